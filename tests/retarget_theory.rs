//! The elasticity of supply and the stability of difficulty rules: the agent model with a homogeneous
//! supply curve against the law `w′ = −ε·w` of log deviations under Bitcoin's rule.

mod support;

use hashflight::chain::{Chain, DayOfBlocks, Retarget};
use hashflight::model::difficulty_response::next_log_deviation;
use hashflight::simulation::{Setup, begin, schedule};
use support::{Change, UNNAMED, setup};

const SEED: u64 = 20_251_001;
const REPLICATES: u32 = 24;
/// Largest accepted deviation, in standard errors.
const SIGMAS: f64 = 4.0;

/// Nothing moves but difficulty and the machines that it switches on and off: one price step on the
/// first day, no luck of markets, no purchases, no entry, no failure, no AI, no inertia of operators.
/// The first block of day 1 opens an epoch, and blocks come every 600 s on day 0.
const HOMOGENEOUS: [Change<'static>; 29] = [
    UNNAMED,
    support::AI_OFF,
    ("chain.height", "917279"),
    ("miners.population.hash_rate_ehs", "1018.9313"),
    ("miners.population.count", "3000"),
    // Sites of nearly equal size: the curve is made of many small steps.
    ("miners.population.pareto_alpha", "10"),
    ("miners.population.max_tail_share", "0.001"),
    ("miners.population.pipeline_ehs_per_month", "0"),
    ("miners.operation.response_half_life_days", "0"),
    ("miners.operation.restart_margin", "0"),
    ("miners.operation.spot_share", "0"),
    ("miners.operation.fixed_opex_usd_per_mwh", "0"),
    ("miners.treasury.initial_debt_share", "0"),
    ("miners.treasury.sale_share_public", "1"),
    ("miners.treasury.sale_share_private", "1"),
    ("miners.investment.monthly_rate", "0"),
    ("miners.investment.idle_sale_share", "0"),
    ("miners.investment.rig_life_years", "50"),
    ("miners.turnover.monthly_entry_rate", "0"),
    ("miners.turnover.grace_days", "36500"),
    ("market.price.process", "gbm"),
    ("market.price.annual_volatility", "0"),
    ("market.price.impact_coefficient", "0"),
    ("market.price.shock_day", "1"),
    ("market.fees.sd_log", "0"),
    ("market.fees.spikes_per_year", "0"),
    ("market.energy.weather_shocks_per_year", "0"),
    ("market.energy.annual_tariff_drift", "0"),
    // All machines would run at a hashprice several times that of the first day.
    ("market.energy.median_tariff_usd_per_mwh", "500"),
];

/// A world whose difficulty lies `deviation` (log) off its equilibrium from the first day on: the price
/// moves by `s` and the equilibrium, where `D = H = c·(R/D)^ε`, by `s·ε/(1 + ε)`.
fn world(elasticity: f64, deviation: f64, rule: &str) -> Setup {
    let shock = (-deviation * (1.0 + elasticity) / elasticity).to_string();
    let elasticity = elasticity.to_string();
    let own = [
        ("market.energy.supply_elasticity", elasticity.as_str()),
        ("market.price.shock_log", shock.as_str()),
        ("chain.rule", rule),
    ];
    setup(&[&HOMOGENEOUS[..], &own].concat())
}

/// Log of difficulty over its level on day 0, after every day, and the retargets.
fn run(setup: &Setup, replicate: u32, days: u32) -> (Vec<f64>, Vec<Retarget>) {
    let mut world = begin(setup, SEED, replicate);
    let mut day = schedule::day();
    let start = world.resource::<Chain>().difficulty();
    let (mut path, mut retargets) = (Vec::new(), Vec::new());
    for _ in 0..days {
        day.run(&mut world);
        path.push(libm::log(world.resource::<Chain>().difficulty() / start));
        retargets.extend(world.resource::<DayOfBlocks>().retarget);
    }
    (path, retargets)
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Deviations after the first `epochs` retargets of every replicate, the opening one first.
fn deviations(elasticity: f64, opening: f64, epochs: usize, days: u32) -> Vec<Vec<f64>> {
    let setup = world(elasticity, opening, "bitcoin");
    (0..REPLICATES)
        .map(|replicate| {
            let (_, retargets) = run(&setup, replicate, days);
            assert!(retargets.len() >= epochs, "{} retargets", retargets.len());
            let start = retargets[0].before;
            let after = |r: &Retarget| opening + libm::log(r.after / start);
            std::iter::once(opening).chain(retargets[..epochs].iter().map(after)).collect()
        })
        .collect()
}

/// Holds each epoch's step to the law from where the epoch began, replicate by replicate.
///
/// What the law leaves out: the span holds 2,015 of 2,016 intervals (1/2016 of log difficulty);
/// machines answer a retarget at the next midnight, for up to a day of an epoch that lasts
/// `14·e^(−(w′ − w))` days, in which hash rate is still `ε·|w′ − w|` off; and the curve is made of
/// finitely many machines, so that its elasticity over a step differs from ε. The last is measured
/// on the first step from day 0 (no lag there: the shock falls on the first midnight) and bounded
/// by the others' scatter.
fn assert_law(elasticity: f64, opening: f64, epochs: usize, days: u32) -> Vec<f64> {
    let paths = deviations(elasticity, opening, epochs, days);
    let mut means = vec![opening];
    for epoch in 0..epochs {
        let residuals: Vec<f64> = paths
            .iter()
            .map(|path| path[epoch + 1] - next_log_deviation(elasticity, path[epoch]))
            .collect();
        let (mean, error) = mean_and_error(&residuals);
        let reached = mean_and_error(&paths.iter().map(|path| path[epoch + 1]).collect::<Vec<_>>());
        println!(
            "ε = {elasticity}, epoch {}: w = {:+.4} ± {:.4}, law off by {mean:+.4} ± {error:.4}",
            epoch + 1,
            reached.0,
            reached.1,
        );
        means.push(reached.0);
        let bias = lag_bias(elasticity, &means, epoch) + 1.0 / 2_016.0;
        assert!(mean.abs() < SIGMAS * error + bias, "ε = {elasticity}, epoch {}", epoch + 1);
    }
    means
}

/// Largest effect of the day's lag on the deviation that an epoch ends with.
fn lag_bias(elasticity: f64, means: &[f64], epoch: usize) -> f64 {
    if epoch == 0 {
        return 0.0;
    }
    let step = (means[epoch] - means[epoch - 1]).abs();
    let days = 14.0 * libm::exp((1.0 + elasticity) * means[epoch]);
    elasticity * step / days
}

#[test]
fn an_elasticity_of_one_half_halves_the_deviation_and_turns_it() {
    let means = assert_law(0.5, -0.5, 4, 90);
    assert!(means.windows(2).all(|pair| pair[0] * pair[1] < 0.0), "{means:?}");
}

#[test]
fn an_elasticity_above_one_makes_bitcoin_s_rule_unstable() {
    let means = assert_law(1.3, -0.1, 5, 100);
    assert!(means.windows(2).all(|pair| pair[0] * pair[1] < 0.0), "{means:?}");
    assert!(means[5].abs() > 2.0 * means[0].abs(), "{means:?}");
}

/// Under ASERT difficulty closes in on its level at the rate `(1 + ε)·ln 2/2 days` and stays there.
#[test]
fn asert_is_stable_for_the_same_elasticity() {
    let setup = world(1.3, -0.1, "asert");
    let ends: Vec<f64> = (0..REPLICATES)
        .map(|replicate| {
            let (path, _) = run(&setup, replicate, 60);
            path[30..].iter().sum::<f64>() / 30.0 - 0.1
        })
        .collect();
    let (mean, error) = mean_and_error(&ends);
    println!("ASERT, ε = 1.3: mean deviation of days 31 to 60 {mean:+.4} ± {error:.4}");
    assert!(mean.abs() < SIGMAS * error + 0.005);
    let swings = (0..REPLICATES).map(|replicate| {
        let (path, _) = run(&setup, replicate, 60);
        path[30..].iter().map(|w| (w - 0.1).abs()).fold(0.0, f64::max)
    });
    let (swing, _) = mean_and_error(&swings.collect::<Vec<_>>());
    assert!(swing < 0.1, "largest deviation {swing}");
}
