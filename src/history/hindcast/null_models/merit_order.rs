//! An aggregate merit order: rigs run while they pay for their power, and are ordered while
//! they would pay for themselves. No miners, no sites, no money.
//!
//! - Rigs of one epoch's delivery are a vintage of efficiency e. Sites pay log-normal tariffs
//!   with median τ and spread σ, so that at hashprice h the share Φ(ln((h/e)/τ)/σ) of a vintage runs
//!   ([`MeritOrder::online_share`]).
//! - An epoch's hash rate is the one at which just the rigs run that pay at the hashprice it
//!   settles at, R·P/(H·600 s): hash rate and hashprice are solved together. (At given difficulty,
//!   hash rate within an epoch would move the next difficulty only; epochs are short against what
//!   the model asks, and this leaves out the swings of the retarget.)
//! - Orders of an epoch are κ·H·(margin/price)^ε, delivered L epochs later, with the margin h − e·τ of
//!   a new rig and a price of rigs in proportion to P·e: manufacturers ask so many bitcoin per watt
//!   ([`MeritOrder::incentive`]). κ is what the training span's additions say
//!   ([`super::fleet_history`]).
//! - A constant share of all rigs is retired per year.
//!
//! Inside a window epochs count as two weeks each for deliveries and retirement.

use super::fleet_history::{FleetState, reconstruct};
use super::rig_frontier::Frontier;
pub use super::supply::MeritOrder;
use super::{EPOCH, EpochFacts, Forecast, NullModelError, roll, training_span, window};
use crate::units::HashRate;

/// What a run of the merit order is given.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'i> {
    /// Facts of every epoch.
    pub history: &'i [EpochFacts],
    /// Past and future frontier.
    pub frontier: &'i Frontier,
    /// Parameters.
    pub assumptions: &'i MeritOrder,
    /// Share of capacity that is closed by decree in each epoch of the history (at least 0 and below
    /// 1); epochs beyond the slice have none. An empty slice closes nothing.
    ///
    /// What counts for a forecast is the share open against that of the epoch before its origin,
    /// (1 − closed(n))/(1 − closed(from − 1)): the observed hash rate at the origin already lacks
    /// what is closed there.
    pub closed: &'i [f64],
}

impl Inputs<'_> {
    /// Share open in an epoch.
    fn open(&self, epoch: usize) -> Result<f64, NullModelError> {
        let closed = self.closed.get(epoch).copied().unwrap_or(0.0);
        let sound = (0.0..1.0).contains(&closed);
        sound.then_some(1.0 - closed).ok_or(NullModelError::Closure { epoch })
    }
}

/// Forecast of `from..=to` from the end of `from − 1`.
///
/// # Errors
/// When the window is not in the history or too early in it, or a closed share is not in 0 to 1.
pub fn free_run(inputs: &Inputs<'_>, from: usize, to: usize) -> Result<Forecast, NullModelError> {
    let Inputs { history, frontier, assumptions, .. } = *inputs;
    window(history, from, to)?;
    training_span(assumptions.training_epochs, from - 1)?;
    let at_origin = inputs.open(from - 1)?;
    let open: Vec<_> = (from..=to).map(|epoch| inputs.open(epoch)).collect::<Result<_, _>>()?;
    let mut fleet = reconstruct(&history[..from], frontier, assumptions);
    let mut time = history[from].first_time;
    fleet.retire(time - history[from - 1].first_time, assumptions.annual_retirement);
    roll(history, from, to, |step| {
        let open = open[step.epoch - from] / at_origin;
        let hash_rate = next_epoch(&mut fleet, inputs, step.facts, open, time);
        fleet.retire(EPOCH.0, assumptions.annual_retirement);
        time += EPOCH.0;
        libm::log(hash_rate.0)
    })
}

/// Delivers what is due, finds the hash rate of the epoch and orders by it.
fn next_epoch(
    fleet: &mut FleetState,
    inputs: &Inputs<'_>,
    facts: &EpochFacts,
    open: f64,
    time: f64,
) -> HashRate {
    let assumptions = inputs.assumptions;
    fleet.deliver(time, assumptions.delivered_efficiency(inputs.frontier, time));
    let hash_rate = assumptions.settled_hash_rate(&fleet.cohorts, facts, open);
    let incentive = assumptions.incentive(facts, hash_rate, inputs.frontier, time);
    fleet.pipeline.push(fleet.orders_per_incentive * incentive);
    hash_rate
}
