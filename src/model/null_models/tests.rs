//! Claims about the null models that hold without any history.

use super::fleet_history::reconstruct;
use super::hashprice_regression::{Regression, fit};
use super::merit_order::{Inputs, MeritOrder};
use super::rig_frontier::Frontier;
use super::*;
use crate::model::forecast_scores::{bias, rmse};
use crate::model::mining::HASHES_PER_DIFFICULTY;
use crate::units::Efficiency;

/// Difficulty at which a hash rate finds blocks on time.
fn settled_difficulty(hash_rate: HashRate) -> f64 {
    hash_rate.0 * (EPOCH.0 / f64::from(BLOCKS_PER_EPOCH - 1)) / HASHES_PER_DIFFICULTY
}

/// Epochs on schedule, with these logs of hash rate and price.
fn history(
    epochs: usize,
    log_ehs: impl Fn(usize) -> f64,
    log_price: impl Fn(usize) -> f64,
) -> Vec<EpochFacts> {
    let of = |n: usize| {
        let hash_rate = HashRate::from_ehs(libm::exp(log_ehs(n)));
        EpochFacts {
            first_time: n as f64 * EPOCH.0,
            height: n as u32 * BLOCKS_PER_EPOCH,
            difficulty: settled_difficulty(hash_rate),
            hash_rate,
            price: BtcPrice(libm::exp(log_price(n))),
            reward: Btc(3.125),
        }
    };
    (0..epochs).map(of).collect()
}

fn observed(history: &[EpochFacts], from: usize, to: usize) -> Vec<f64> {
    history[from..=to].iter().map(EpochFacts::log_hash_rate).collect()
}

/// A number in −1 to 1 that has no pattern in n.
fn scatter(n: usize, salt: f64) -> f64 {
    libm::sin(12.9898 * n as f64 + salt) * libm::cos(78.233 * n as f64 * salt)
}

fn standing_frontier() -> Frontier {
    Frontier::new(&[(0.0, Efficiency::from_j_per_th(20.0))], 0.0).expect("one sound release")
}

#[test]
fn the_random_walk_of_constant_growth_errs_by_the_growth_since_its_origin() {
    let growing = history(60, |n| 0.03 * n as f64, |_| 11.0);
    let want = observed(&growing, 40, 49);
    let free = random_walk::free_run(&growing, 40, 49).expect("a window").log_hash_rate;
    // −g·(1 + … + 10)/10 and g·√(mean of 1² … 10²).
    assert!((bias(&free, &want).expect("ten epochs") + 0.03 * 5.5).abs() < 1e-12);
    assert!((rmse(&free, &want).expect("ten epochs") - 0.03 * 38.5_f64.sqrt()).abs() < 1e-12);
    let one = random_walk::one_step(&growing, 40, 49).expect("a window").log_hash_rate;
    assert!((rmse(&one, &want).expect("ten epochs") - 0.03).abs() < 1e-12);
}

#[test]
fn the_drift_foresees_constant_growth_and_its_difficulty() {
    let growing = history(160, |n| 0.03 * n as f64, |_| 11.0);
    let free = drift::free_run(&growing, TRAINING_EPOCHS, 140, 159).expect("a window");
    let one = drift::one_step(&growing, TRAINING_EPOCHS, 140, 159).expect("a window");
    let want = observed(&growing, 140, 159);
    assert!(rmse(&free.log_hash_rate, &want).expect("twenty epochs") < 1e-12);
    assert!(rmse(&one.log_hash_rate, &want).expect("twenty epochs") < 1e-12);
    // The retarget answers hash rate one epoch later.
    let next = libm::log(settled_difficulty(growing[140].hash_rate));
    assert!((free.log_difficulty[1] - next).abs() < 1e-12);
}

/// History in which hash rate follows the regression exactly.
fn history_of_the_regression(constant: f64, hashprice: f64, price: f64) -> Vec<EpochFacts> {
    let mut made = history(200, |_| 6.0, |n| 11.0 + 0.4 * scatter(n, 0.7));
    for n in 1..made.len() {
        let (before, now) = (made[n - 1], made[n]);
        let usual = libm::log(made[0].hashprice_at(made[0].difficulty).0);
        let change = constant
            + hashprice * (libm::log(before.hashprice_at(before.difficulty).0) - usual)
            + price * libm::log(now.price / before.price);
        made[n].hash_rate = before.hash_rate * libm::exp(change);
        made[n].difficulty = next_difficulty(before.difficulty, before.hash_rate);
    }
    made
}

#[test]
fn the_regression_recovers_the_coefficients_of_synthetic_data_and_foresees_it() {
    let made = history_of_the_regression(0.01, 0.05, 0.2);
    let found = fit(&made, Regression::STANDARD, 180).expect("enough epochs");
    assert!((found.hashprice - 0.05).abs() < 1e-9 && (found.price - 0.2).abs() < 1e-9, "{found:?}");
    let free = hashprice_regression::free_run(&made, Regression::STANDARD, 180, 199);
    let free = free.expect("a window").log_hash_rate;
    assert!(rmse(&free, &observed(&made, 180, 199)).expect("twenty epochs") < 1e-9);
}

#[test]
fn without_a_trend_usual_hashprice_and_constant_price_leave_hash_rate_alone() {
    let made = history_of_the_regression(0.01, 0.05, 0.2);
    let found = fit(&made, Regression::TRENDLESS, 180).expect("enough epochs");
    assert_eq!(found.constant, 0.0);
    assert!((found.price - 0.2).abs() < 0.02, "{found:?}");
}

#[test]
fn a_constant_history_does_not_tell_the_coefficients_apart() {
    let constant = history(60, |_| 6.0, |_| 11.0);
    let error = fit(&constant, Regression::STANDARD, 50).expect_err("nothing varies");
    assert_eq!(error, NullModelError::NoVariation { epochs: 49 });
}

#[test]
fn fewer_than_twenty_epochs_before_the_window_are_an_error() {
    let short = history(60, |n| scatter(n, 0.3), |n| 11.0 + scatter(n, 0.7));
    let (frontier, assumptions) = (standing_frontier(), MeritOrder::STANDARD);
    let inputs =
        Inputs { history: &short, frontier: &frontier, assumptions: &assumptions, closed: &[] };
    let want = Err(NullModelError::ShortHistory { found: 19 });
    assert_eq!(drift::free_run(&short, TRAINING_EPOCHS, 20, 30), want);
    assert_eq!(hashprice_regression::free_run(&short, Regression::STANDARD, 20, 30), want);
    assert_eq!(merit_order::free_run(&inputs, 20, 30), want);
    assert!(drift::free_run(&short, TRAINING_EPOCHS, 21, 30).is_ok());
}

#[test]
fn windows_outside_the_history_are_an_error() {
    let short = history(60, |n| scatter(n, 0.3), |_| 11.0);
    for (from, to) in [(0, 10), (30, 29), (50, 60)] {
        let want = Err(NullModelError::Window { from, to, epochs: 60 });
        assert_eq!(random_walk::free_run(&short, from, to), want);
        assert_eq!(random_walk::one_step(&short, from, to), want);
        assert_eq!(hashprice_regression::one_step(&short, Regression::STANDARD, from, to), want);
    }
}

#[test]
fn free_runs_do_not_look_at_what_happened_to_hash_rate_in_their_window() {
    let truth = history(120, |n| 6.0 + 0.1 * scatter(n, 0.3), |n| 11.0 + 0.1 * scatter(n, 0.7));
    let mut other = truth.clone();
    for (n, facts) in other.iter_mut().enumerate().skip(100) {
        facts.hash_rate = facts.hash_rate * 7.0;
        // Difficulty and beginning of the window's first epoch are known.
        if n > 100 {
            facts.difficulty *= 7.0;
            facts.first_time += 1e6;
        }
    }
    let (frontier, assumptions) = (standing_frontier(), MeritOrder::STANDARD);
    let runs = |history: &[EpochFacts]| {
        let inputs =
            Inputs { history, frontier: &frontier, assumptions: &assumptions, closed: &[] };
        [
            random_walk::free_run(history, 100, 119),
            drift::free_run(history, TRAINING_EPOCHS, 100, 119),
            hashprice_regression::free_run(history, Regression::STANDARD, 100, 119),
            merit_order::free_run(&inputs, 100, 119),
        ]
    };
    assert!(runs(&truth).iter().all(Result::is_ok));
    assert_eq!(runs(&truth), runs(&other));
}

#[test]
fn a_merit_order_in_a_steady_state_stays_there() {
    let steady = history(300, |_| 6.0, |_| 11.0);
    let (frontier, assumptions) = (standing_frontier(), MeritOrder::STANDARD);
    let inputs =
        Inputs { history: &steady, frontier: &frontier, assumptions: &assumptions, closed: &[] };
    let free = merit_order::free_run(&inputs, 250, 299).expect("a window").log_hash_rate;
    assert!(rmse(&free, &observed(&steady, 250, 299)).expect("fifty epochs") < 1e-9);
}

#[test]
fn what_is_closed_is_missing_at_first_and_some_of_it_is_made_up_by_dearer_machines() {
    let steady = history(300, |_| 6.0, |_| 11.0);
    let (frontier, assumptions) = (standing_frontier(), MeritOrder::STANDARD);
    let mut closed = vec![0.0; 300];
    closed[251..].fill(0.5);
    let inputs = Inputs {
        history: &steady,
        frontier: &frontier,
        assumptions: &assumptions,
        closed: &closed,
    };
    let free = merit_order::free_run(&inputs, 250, 299).expect("a window").log_hash_rate;
    let fall = free[1] - free[0];
    assert!(fall > libm::log(0.5) && fall < libm::log(0.75), "{fall}");
    // An origin inside the closure has it in the observed hash rate.
    let inside = merit_order::free_run(&inputs, 252, 252).expect("a window").log_hash_rate;
    assert!((inside[0] - steady[252].log_hash_rate()).abs() < 1e-9);
}

#[test]
fn a_closed_share_of_one_is_an_error() {
    let steady = history(60, |_| 6.0, |_| 11.0);
    let (frontier, assumptions) = (standing_frontier(), MeritOrder::STANDARD);
    let closed = [1.0; 60];
    let inputs = Inputs {
        history: &steady,
        frontier: &frontier,
        assumptions: &assumptions,
        closed: &closed,
    };
    let error = merit_order::free_run(&inputs, 40, 50).expect_err("nothing is open");
    assert_eq!(error, NullModelError::Closure { epoch: 39 });
}

#[test]
fn the_reconstructed_fleet_runs_at_the_observed_hash_rate_even_after_an_unexplained_fall() {
    let assumptions = MeritOrder::STANDARD;
    let fallen = history(120, |n| if n < 110 { 6.0 } else { 5.5 }, |_| 11.0);
    let fleet = reconstruct(&fallen, &standing_frontier(), &assumptions);
    let last = fallen[119];
    let online = assumptions.settled_hash_rate(&fleet.cohorts, &last, 1.0);
    assert!((online / last.hash_rate - 1.0).abs() < 1e-9);
    assert!(fleet.correction < 0.9 && fleet.correction > 0.5, "{}", fleet.correction);
    assert_eq!(fleet.pipeline.len(), 7);
    assert_eq!(fleet.cohorts.len(), 120);
}

#[test]
fn growth_is_made_of_deliveries_and_deliveries_of_orders() {
    let assumptions = MeritOrder::STANDARD;
    let growing = history(200, |n| 0.03 * n as f64, |n| 8.0 + 0.03 * n as f64);
    let fleet = reconstruct(&growing, &standing_frontier(), &assumptions);
    // At constant hashprice and frontier but rising price, additions are (1 − e^(−g − r))·H/share.
    let added = fleet.cohorts[199].hash_rate / fleet.correction;
    let retired = 0.25 * EPOCH.days() / 365.25;
    let share = added / (growing[199].hash_rate * (1.0 - libm::exp(-0.03 - retired)));
    assert!(share >= 1.0 && share < 1.2, "{share}");
    assert_eq!(fleet.correction, 1.0);
    assert!(fleet.pipeline.iter().zip(&fleet.pipeline[1..]).all(|(a, b)| a < b));
}

#[test]
fn half_of_a_vintage_runs_at_its_median_tariff_and_fifth_and_nineteen_twentieths_around_it() {
    let machines = Efficiency::from_j_per_th(20.0);
    let at = |quantile: f64| {
        let assumptions = MeritOrder::STANDARD;
        let tariff = assumptions.tariff * libm::exp(assumptions.tariff_sd_log * quantile);
        assumptions.online_share(machines * tariff, machines)
    };
    assert!((at(0.0) - 0.5).abs() < 1e-12);
    assert!((at(1.644_853_626_951_472_2) - 0.95).abs() < 1e-12);
    assert!((at(-1.644_853_626_951_472_2) - 0.05).abs() < 1e-12);
}

#[test]
fn no_machines_are_reconstructed_from_no_epochs() {
    let fleet = reconstruct(&[], &standing_frontier(), &MeritOrder::STANDARD);
    assert!(fleet.cohorts.is_empty() && fleet.orders_per_incentive == 0.0);
    assert_eq!(fleet.pipeline, [HashRate::ZERO; 7]);
}

#[test]
fn a_retarget_is_limited_to_a_factor_of_four() {
    let on_time = HashRate(HASHES_PER_DIFFICULTY * 2_015.0 / 1_209_600.0);
    assert!((next_difficulty(1.0, on_time) - 1.0).abs() < 1e-12);
    assert!((next_difficulty(1.0, on_time * 2.0) - 2.0).abs() < 1e-12);
    assert_eq!(next_difficulty(1.0, on_time * 9.0), 4.0);
    assert_eq!(next_difficulty(1.0, on_time * 0.1), 0.25);
}
