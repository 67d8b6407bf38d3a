//! Entry and exit. **No decision of the world follows Dixit (1989).** Rigs are switched on and off at no cost, so that
//! a running one stops at break-even, and `restart_margin`, a number and no trigger, keeps a stopped one off until
//! revenue is that much above; rigs are bought by payback against a hurdle (`barrier`). Dixit's triggers are
//! `calc real-option` and nothing else. So the world's band is measured against what it says of itself and set beside
//! Dixit's, whose closed forms are held against solutions of the equations of Hamilton, Jacobi and Bellman by finite
//! differences, and so is the trigger that the world's option does use.

use super::{exchange_trigger, first_yes};
use crate::calc::object;
use crate::support::setup;
use hashflight::model::chain::hashprice::{break_even_efficiency, operating_threshold};
use hashflight::model::hosting::real_option::ExchangeOption;
use hashflight::units::{Efficiency, Hashprice, Tariff};

/// Steps of log price between neighbouring nodes.
const STEP: f64 = 5e-4;
/// Nodes on each side of a log price of zero: prices from 1/400 to 400.
const HALF: usize = 12_000;

fn price(node: usize) -> f64 {
    libm::exp((node as f64 - HALF as f64) * STEP)
}

/// A claim's value solves ½σ²(V″ − V′) + μV′ − rV + flow = 0 in log price: weights of the node below, its own, above.
fn weights(rate: f64, drift: f64, volatility: f64) -> [f64; 3] {
    let spread = volatility * volatility / (STEP * STEP);
    let slope = (drift - 0.5 * volatility * volatility) / STEP;
    [0.5 * (spread - slope), -spread - rate, 0.5 * (spread + slope)]
}

/// Value of a flow that may be exchanged for `obstacle`, which is done towards the first node: elimination from the last
/// node, then substitution from the first with the larger of the two (Brennan and Schwartz 1977).
fn stopping([below, own, above]: [f64; 3], flow: &[f64], obstacle: &[f64], last: f64) -> Vec<f64> {
    let n = flow.len();
    let (mut diagonal, mut right) =
        (vec![own; n], flow.iter().map(|flow| -flow).collect::<Vec<_>>());
    (diagonal[n - 1], right[n - 1]) = (1.0, last);
    for node in (1..n - 1).rev() {
        let under = if node + 1 == n - 1 { 0.0 } else { below };
        let factor = above / diagonal[node + 1];
        diagonal[node] -= factor * under;
        right[node] -= factor * right[node + 1];
    }
    let mut value = vec![obstacle[0]; n];
    for node in 1..n {
        let under = if node == n - 1 { 0.0 } else { below };
        let kept = (right[node] - under * value[node - 1]) / diagonal[node];
        value[node] = kept.max(obstacle[node]);
    }
    value
}

/// The same where the exchange is done towards the last node.
fn stopping_upwards([below, own, above]: [f64; 3], obstacle: &[f64]) -> Vec<f64> {
    let turned: Vec<f64> = obstacle.iter().rev().copied().collect();
    let mut value = stopping([above, own, below], &vec![0.0; turned.len()], &turned, 0.0);
    value.reverse();
    value
}

/// A business of Dixit's: rate, drift, volatility, cost a year, cost of entering and of leaving.
struct Firm {
    rate: f64,
    drift: f64,
    volatility: f64,
    cost: f64,
    entry: f64,
    exit: f64,
}

impl Firm {
    /// Entry and exit triggers: values of the idle and of the active business by turns, each with the other less the
    /// cost of changing over as its obstacle, until neither moves.
    fn triggers(&self) -> (f64, f64) {
        let n = 2 * HALF + 1;
        let weights = weights(self.rate, self.drift, self.volatility);
        let flow: Vec<f64> = (0..n).map(|node| price(node) - self.cost).collect();
        let forever = |node| price(node) / (self.rate - self.drift) - self.cost / self.rate;
        let mut active: Vec<f64> = (0..n).map(forever).collect();
        loop {
            let entered: Vec<f64> = active.iter().map(|value| value - self.entry).collect();
            let idle = stopping_upwards(weights, &entered);
            let left: Vec<f64> = idle.iter().map(|value| value - self.exit).collect();
            let next = stopping(weights, &flow, &left, forever(n - 1));
            let moved = next.iter().zip(&active).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            active = next;
            if moved < 1e-9 {
                let enters = (0..n).find(|&node| idle[node] <= entered[node]);
                let leaves = (1..n).rev().find(|&node| active[node] <= left[node]);
                return (enters.map_or(f64::INFINITY, price), leaves.map_or(0.0, price));
            }
        }
    }
}

#[test]
fn dixits_triggers_are_those_of_the_equation_solved_on_a_grid() {
    let central =
        Firm { rate: 0.025, drift: 0.0, volatility: 0.1, cost: 1.0, entry: 4.0, exit: 0.0 };
    let firms = [
        Firm { volatility: 0.2, ..central },
        Firm { rate: 0.05, drift: 0.02, volatility: 0.25, entry: 2.0, exit: -0.5, ..central },
        Firm { rate: 0.08, drift: -0.03, volatility: 0.5, entry: 1.0, exit: 1.0, ..central },
        central,
    ];
    for Firm { rate, drift, volatility, cost, entry, exit } in firms {
        let (enters, leaves) = Firm { rate, drift, volatility, cost, entry, exit }.triggers();
        let answer = object(&format!(
            "real-option --rate {rate} --drift {drift} --volatility {volatility} --cost {cost} --entry {entry} --exit {exit}"
        ));
        let trigger = |name: &str| answer[name].as_f64().expect("a number");
        let (entry_trigger, exit_trigger) = (trigger("entry_trigger"), trigger("exit_trigger"));
        println!(
            "σ {volatility}: {enters:.5} and {leaves:.5}, closed {entry_trigger:.5} and {exit_trigger:.5}"
        );
        // A trigger lies up to a step from the node at which it shows, and errors are of second order.
        assert!((libm::log(enters / entry_trigger)).abs() < 3.0 * STEP);
        assert!((libm::log(leaves / exit_trigger)).abs() < 3.0 * STEP);
    }
}

#[test]
fn mcdonald_and_siegels_trigger_is_that_of_the_equation_solved_on_a_grid() {
    let worth: Vec<f64> = (0..=2 * HALF).map(|node| price(node) - 1.0).collect();
    for (vol_v, vol_k, yield_v, yield_k) in
        [(0.15, 0.0, 0.15, 0.15), (0.15, 0.55, 0.15, 0.15), (0.3, 0.2, 0.1, 0.06)]
    {
        let option = ExchangeOption { yield_v, yield_k, vol_v, vol_k, correlation: 0.2 };
        let variance = vol_v * vol_v + vol_k * vol_k - 2.0 * 0.2 * vol_v * vol_k;
        // V over K in units of K: discounted at what K pays, growing by what K pays more than V.
        let weights = weights(yield_k, yield_k - yield_v, variance.sqrt());
        let value = stopping_upwards(weights, &worth);
        let first = (0..value.len()).find(|&node| value[node] <= worth[node]);
        let (found, root) =
            (price(first.expect("a trigger")), exchange_trigger(variance, yield_v, yield_k));
        println!(
            "s² {variance}: grid {found:.5}, root {root:.5}, closed {:.5}",
            option.trigger_ratio()
        );
        assert!(libm::log(found / option.trigger_ratio()).abs() < 3.0 * STEP);
        assert!((root / option.trigger_ratio() - 1.0).abs() < 1e-9);
    }
}

/// Whether a rig of 20 J/TH runs on the second of two days, by the world's rule.
fn runs_after(first: f64, second: f64, margin: f64) -> bool {
    let rig = Efficiency::from_j_per_th(20.0);
    let limit = |usd_per_ph_day| {
        break_even_efficiency(
            Hashprice::from_usd_per_ph_day(usd_per_ph_day),
            Tariff::from_usd_per_mwh(50.0),
            1.0,
        )
    };
    let factor = 1.0 / (1.0 + margin);
    let yesterday = operating_threshold(limit(first), limit(first), factor);
    rig.0 <= operating_threshold(yesterday, limit(second), factor).0
}

/// 20 J/TH are 0.48 MWh a PH and day, 24 USD at 50 USD/MWh.
#[test]
fn a_running_rig_stops_at_break_even_and_starts_again_at_the_restart_margin_whatever_the_volatility()
 {
    let margin = setup(&[]).miners.operation.restart_margin;
    let cost = 24.0;
    let starts = first_yes(1.0, 100.0, 60, |hashprice| runs_after(1.0, hashprice, margin));
    let runs = first_yes(1.0, 100.0, 60, |hashprice| runs_after(100.0, hashprice, margin));
    assert!((runs / cost - 1.0).abs() < 1e-12, "stops below {runs}");
    assert!((starts / (cost * (1.0 + margin)) - 1.0).abs() < 1e-12, "starts at {starts}");
    // Without the margin there is no band: entry and exit at cost, as where nothing is sunk.
    let free = first_yes(1.0, 100.0, 60, |hashprice| runs_after(1.0, hashprice, 0.0));
    assert!((free / cost - 1.0).abs() < 1e-12);
    // Dixit's band with a restart that costs anything lies on both sides of cost: a rig would run at a loss for a while.
    let sunk = object(
        "real-option --rate 0.08 --drift 0 --volatility 0.5 --cost 1 --entry 0.001 --exit 0",
    );
    let trigger = |name: &str| sunk[name].as_f64().expect("a number");
    println!(
        "a restart for 0.001 years of cost: on at {}, off at {}",
        trigger("entry_trigger"),
        trigger("exit_trigger")
    );
    assert!(trigger("exit_trigger") < 0.97 && trigger("entry_trigger") > 1.03);
}
