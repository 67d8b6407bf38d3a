//! Null models of the network's hash rate: what a model of miners must beat.
//!
//! All forecast the mean hash rate H of difficulty epochs. An epoch's place in the history is its
//! index in a slice of [`EpochFacts`]; a window is `from..=to` in these indices. What a forecast may
//! know at its origin, the end of epoch `from − 1`:
//!
//! - H, difficulty D, price P and reward R of every epoch before `from`;
//! - D of `from`, which follows from H of `from − 1`;
//! - the realised P and R of the window's own epochs: the question is what hash rate does *given*
//!   price and fees.
//!
//! A free run (`free_run`) forecasts the window from this one origin; where a model needs D it
//! follows from the predicted H by Bitcoin's rule ([`next_difficulty`]). One-step forecasts
//! ([`step_by_step`]) move the origin with every epoch. H and later D of the window are never read.
//!
//! | model | next log H | estimated |
//! |---|---|---|
//! | [`random_walk`] | the last one | – |
//! | [`drift`] | + the mean change of the training span | 1 number |
//! | [`hashprice_regression`] | + a + b·log hashprice + c·Δlog price | 2 or 3 numbers |
//! | [`merit_order`] | the rigs that pay for their power, and those on order | 1 number |
//!
//! The training span is the [`TRAINING_EPOCHS`] epochs before the origin, or as many as there are.

pub mod drift;
pub(crate) mod fleet_history;
pub mod hashprice_regression;
pub mod merit_order;
pub mod random_walk;
pub mod rig_frontier;
pub mod supply;

use thiserror::Error;

use crate::model::chain::block_time::expected_interval;
use crate::model::chain::difficulty::{BLOCKS_PER_EPOCH, EPOCH_TIMESPAN_S, LARGEST_STEP};
use crate::model::chain::hashprice::hashprice;
use crate::model::chain::issuance::{bitcoin, subsidy};
use crate::units::{Btc, BtcPrice, HashRate, Hashprice, Seconds};

/// Epochs of the training span where the caller has no other wish: four years, from halving to
/// halving.
pub const TRAINING_EPOCHS: usize = 104;
/// Fewer epochs before a window than this estimate nothing.
pub(crate) const FEWEST_EPOCHS: usize = 20;
/// The null models, in the order of scoreboards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullModel {
    /// [`random_walk`].
    RandomWalk,
    /// [`drift`].
    Drift,
    /// [`hashprice_regression`], with a trend.
    Hashprice,
    /// The same without one.
    HashpriceNoTrend,
    /// [`merit_order`].
    MeritOrder,
}

impl NullModel {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::RandomWalk, Self::Drift, Self::Hashprice, Self::HashpriceNoTrend, Self::MeritOrder];

    /// Name in scoreboards and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RandomWalk => "random_walk",
            Self::Drift => "drift",
            Self::Hashprice => "hashprice",
            Self::HashpriceNoTrend => "hashprice_no_trend",
            Self::MeritOrder => "merit_order",
        }
    }
}
/// How long an epoch should take.
pub const EPOCH: Seconds = Seconds(EPOCH_TIMESPAN_S as f64);

/// What happened in a difficulty epoch. Rates, prices and rewards are above zero; the epochs of a
/// history follow one another without gaps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochFacts {
    /// Time of the epoch's first block, Unix s.
    pub first_time: f64,
    /// Height of the epoch's first block.
    pub height: u32,
    /// Difficulty D in force.
    pub difficulty: f64,
    /// Mean hash rate H over the epoch.
    pub hash_rate: HashRate,
    /// Mean price P over the epoch.
    pub price: BtcPrice,
    /// Mean reward of a block R = subsidy/(1 − fee share).
    pub reward: Btc,
}

/// Mean reward of an epoch's blocks, in which a halving may fall: subsidy/(1 − fee share).
#[must_use]
pub fn mean_reward(first_height: u32, fee_share: f64) -> Btc {
    let satoshi: u64 = (first_height..first_height + BLOCKS_PER_EPOCH).map(subsidy).sum();
    bitcoin(satoshi) / (f64::from(BLOCKS_PER_EPOCH) * (1.0 - fee_share))
}

impl EpochFacts {
    /// ln H, H in H/s.
    #[must_use]
    pub fn log_hash_rate(&self) -> f64 {
        libm::log(self.hash_rate.0)
    }

    /// Hashprice R·P/(D·2³²) of the epoch's reward and price at a difficulty.
    #[must_use]
    pub(crate) fn hashprice_at(&self, difficulty: f64) -> Hashprice {
        hashprice(self.reward, self.price, difficulty)
    }

    /// Hashprice R·P/(H·600 s) at the difficulty that a hash rate leads to, H·600 s/2³².
    #[must_use]
    pub(crate) fn settled_hashprice(&self, hash_rate: HashRate) -> Hashprice {
        self.reward * self.price / (hash_rate * (EPOCH / f64::from(BLOCKS_PER_EPOCH)))
    }
}

/// Forecast of a window, one entry per epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecast {
    /// ln of the mean hash rate, H/s.
    pub log_hash_rate: Vec<f64>,
    /// ln of the difficulty in force. The first entry is known at the origin.
    pub log_difficulty: Vec<f64>,
}

/// Why there is no forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NullModelError {
    /// The window is not in the history, or nothing comes before it.
    #[error(
        "the window {from} to {to} must lie in the {epochs} epochs of the history, after the first, and not end before it begins"
    )]
    Window {
        /// First epoch asked for.
        from: usize,
        /// Last epoch asked for.
        to: usize,
        /// Epochs of the history.
        epochs: usize,
    },
    /// The training span is too short.
    #[error(
        "{found} epochs before the window are too few to estimate from; at least {FEWEST_EPOCHS} are needed"
    )]
    ShortHistory {
        /// Changes of hash rate before the window.
        found: usize,
    },
    /// The regressors do not tell coefficients apart.
    #[error(
        "hashprice and price vary too little in the {epochs} epochs before the window to estimate from"
    )]
    NoVariation {
        /// Epochs of the training span.
        epochs: usize,
    },
    /// Too few past forecasts have come true or not.
    #[error(
        "only {found} past forecasts can be held against what came, too few for a band; at least {needed} are needed"
    )]
    FewErrors {
        /// Errors one epoch ahead.
        found: usize,
        /// Fewest that make a band.
        needed: usize,
    },
    /// A closed share is none.
    #[error(
        "the share of capacity closed in epoch {epoch} of the history must be at least 0 and below 1"
    )]
    Closure {
        /// Index of the epoch.
        epoch: usize,
    },
}

/// Difficulty after an epoch of difficulty `D` and mean hash rate `H`: D·T/S with the span S =
/// 2015·D·2³²/H of the measured intervals and T = 1,209,600 s, by a factor of at most 4 up or down.
/// (Without the integers of [`crate::model::chain::difficulty::retarget`], whose rounding is below 10⁻⁴.)
#[must_use]
pub(crate) fn next_difficulty(difficulty: f64, hash_rate: HashRate) -> f64 {
    let span = f64::from(BLOCKS_PER_EPOCH - 1) * expected_interval(hash_rate, difficulty);
    let largest = LARGEST_STEP as f64;
    difficulty * (EPOCH / span).clamp(1.0 / largest, largest)
}

/// An epoch to forecast, as a free run comes to it.
#[derive(Clone, Copy, Debug)]
struct ForecastStep<'h> {
    /// Index in the history.
    epoch: usize,
    /// Price and reward of the epoch.
    facts: &'h EpochFacts,
    /// Difficulty in force, predicted but for the first epoch.
    difficulty: f64,
    /// ln H of the epoch before, predicted but for the first epoch.
    last_log_hash_rate: f64,
}

/// Rolls a model over a window: `next` gives ln H of a step, and difficulty follows.
fn roll(
    history: &[EpochFacts],
    from: usize,
    to: usize,
    mut next: impl FnMut(&ForecastStep) -> f64,
) -> Result<Forecast, NullModelError> {
    let window = window(history, from, to)?;
    let mut last_log_hash_rate = history[from - 1].log_hash_rate();
    let mut difficulty = history[from].difficulty;
    let mut forecast = Forecast::default();
    for (offset, facts) in window.iter().enumerate() {
        let step = ForecastStep { epoch: from + offset, facts, difficulty, last_log_hash_rate };
        last_log_hash_rate = next(&step);
        forecast.log_hash_rate.push(last_log_hash_rate);
        forecast.log_difficulty.push(libm::log(difficulty));
        difficulty = next_difficulty(difficulty, HashRate(libm::exp(last_log_hash_rate)));
    }
    Ok(forecast)
}

/// The epochs of a window, at least one, with at least one before them.
fn window(history: &[EpochFacts], from: usize, to: usize) -> Result<&[EpochFacts], NullModelError> {
    let wrong = NullModelError::Window { from, to, epochs: history.len() };
    let inside = from >= 1 && from <= to && to < history.len();
    inside.then(|| &history[from..=to]).ok_or(wrong)
}

/// One-step forecasts of the window `from..=to`: one per epoch, each the free run `run` of that epoch alone.
///
/// # Errors
/// When the window is not in the history, or `run` fails.
pub fn step_by_step(
    history: &[EpochFacts],
    from: usize,
    to: usize,
    run: impl Fn(usize) -> Result<Forecast, NullModelError>,
) -> Result<Forecast, NullModelError> {
    window(history, from, to)?;
    let mut all = Forecast::default();
    for epoch in from..=to {
        let one = run(epoch)?;
        all.log_hash_rate.extend(one.log_hash_rate);
        all.log_difficulty.extend(one.log_difficulty);
    }
    Ok(all)
}

/// Number of epochs in the training span: `wanted`, or fewer where only `changes` are there.
fn training_span(wanted: usize, changes: usize) -> Result<usize, NullModelError> {
    let found = wanted.min(changes);
    if found < FEWEST_EPOCHS { Err(NullModelError::ShortHistory { found }) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::fleet_history::reconstruct;
    use super::hashprice_regression::{Regression, fit};
    use super::merit_order::{Inputs, MeritOrder};
    use super::rig_frontier::Frontier;
    use super::*;
    use crate::history::hindcast::forecast_scores::{bias, rmse};
    use crate::model::chain::hashprice::HASHES_PER_DIFFICULTY;
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
        let one = step_by_step(&growing, 40, 49, |at| random_walk::free_run(&growing, at, at));
        let one = one.expect("a window").log_hash_rate;
        assert!((rmse(&one, &want).expect("ten epochs") - 0.03).abs() < 1e-12);
    }

    #[test]
    fn the_drift_foresees_constant_growth_and_its_difficulty() {
        let growing = history(160, |n| 0.03 * n as f64, |_| 11.0);
        let free = drift::free_run(&growing, TRAINING_EPOCHS, 140, 159).expect("a window");
        let one = step_by_step(&growing, 140, 159, |at| {
            drift::free_run(&growing, TRAINING_EPOCHS, at, at)
        });
        let one = one.expect("a window");
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
        assert!(
            (found.hashprice - 0.05).abs() < 1e-9 && (found.price - 0.2).abs() < 1e-9,
            "{found:?}"
        );
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
            assert_eq!(step_by_step(&short, from, to, |_| unreachable!("no window")), want);
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
        let inputs = Inputs {
            history: &steady,
            frontier: &frontier,
            assumptions: &assumptions,
            closed: &[],
        };
        let free = merit_order::free_run(&inputs, 250, 299).expect("a window").log_hash_rate;
        assert!(rmse(&free, &observed(&steady, 250, 299)).expect("fifty epochs") < 1e-9);
    }

    #[test]
    fn what_is_closed_is_missing_at_first_and_some_of_it_is_made_up_by_dearer_rigs() {
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
        assert!((1.0..1.2).contains(&share), "{share}");
        assert_eq!(fleet.correction, 1.0);
        assert!(fleet.pipeline.iter().zip(&fleet.pipeline[1..]).all(|(a, b)| a < b));
    }

    #[test]
    fn half_of_a_vintage_runs_at_its_median_tariff_and_fifth_and_nineteen_twentieths_around_it() {
        let rigs = Efficiency::from_j_per_th(20.0);
        let at = |quantile: f64| {
            let assumptions = MeritOrder::STANDARD;
            let tariff = assumptions.tariff * libm::exp(assumptions.tariff_sd_log * quantile);
            assumptions.online_share(rigs * tariff, rigs)
        };
        assert!((at(0.0) - 0.5).abs() < 1e-12);
        assert!((at(1.644_853_626_951_472_2) - 0.95).abs() < 1e-12);
        assert!((at(-1.644_853_626_951_472_2) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn no_rigs_are_reconstructed_from_no_epochs() {
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
}
