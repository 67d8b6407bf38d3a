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
//! (`one_step`) move the origin with every epoch. H and later D of the window are never read.
//!
//! | model | next log H | estimated |
//! |---|---|---|
//! | [`random_walk`] | the last one | – |
//! | [`drift`] | + the mean change of the training span | 1 number |
//! | [`hashprice_regression`] | + a + b·log hashprice + c·Δlog price | 2 or 3 numbers |
//! | [`merit_order`] | the machines that pay for their power, and those on order | 1 number |
//!
//! The training span is the [`TRAINING_EPOCHS`] epochs before the origin, or as many as there are.

pub mod drift;
pub mod fleet_history;
pub mod hashprice_regression;
pub mod merit_order;
pub mod random_walk;
pub mod rig_frontier;

use thiserror::Error;

use super::block_time::expected_interval;
use super::difficulty::{BLOCKS_PER_EPOCH, EPOCH_TIMESPAN_S, LARGEST_STEP};
use super::mining::hashprice;
use crate::units::{Btc, BtcPrice, HashRate, Hashprice, Seconds};

/// Epochs of the training span where the caller has no other wish: four years, from halving to
/// halving.
pub const TRAINING_EPOCHS: usize = 104;
/// Fewer epochs before a window than this estimate nothing.
pub const FEWEST_EPOCHS: usize = 20;
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

impl EpochFacts {
    /// ln H, H in H/s.
    #[must_use]
    pub fn log_hash_rate(&self) -> f64 {
        libm::log(self.hash_rate.0)
    }

    /// Hashprice R·P/(D·2³²) of the epoch's reward and price at a difficulty.
    #[must_use]
    pub fn hashprice_at(&self, difficulty: f64) -> Hashprice {
        hashprice(self.reward, self.price, difficulty)
    }

    /// Hashprice R·P/(H·600 s) at the difficulty that a hash rate leads to, H·600 s/2³².
    #[must_use]
    pub fn settled_hashprice(&self, hash_rate: HashRate) -> Hashprice {
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
/// (Without the integers of [`super::difficulty::retarget`], whose rounding is below 10⁻⁴.)
#[must_use]
pub fn next_difficulty(difficulty: f64, hash_rate: HashRate) -> f64 {
    let span = f64::from(BLOCKS_PER_EPOCH - 1) * expected_interval(hash_rate, difficulty);
    let largest = LARGEST_STEP as f64;
    difficulty * (EPOCH / span).clamp(1.0 / largest, largest)
}

/// An epoch to forecast, as a free run comes to it.
#[derive(Clone, Copy, Debug)]
struct Step<'h> {
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
    mut next: impl FnMut(&Step) -> f64,
) -> Result<Forecast, NullModelError> {
    let window = window(history, from, to)?;
    let mut last_log_hash_rate = history[from - 1].log_hash_rate();
    let mut difficulty = history[from].difficulty;
    let mut forecast = Forecast::default();
    for (offset, facts) in window.iter().enumerate() {
        let step = Step { epoch: from + offset, facts, difficulty, last_log_hash_rate };
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

/// One forecast per epoch of the window, each a free run of that epoch alone.
fn step_by_step(
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
mod tests;
