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

use super::fleet_history::{Cohort, FleetState, reconstruct};
use super::rig_frontier::Frontier;
use super::{
    EPOCH, EpochFacts, Forecast, NullModelError, TRAINING_EPOCHS, roll, step_by_step,
    training_span, window,
};
use crate::model::chain::hashprice::{break_even_tariff, margin_per_hash};
use crate::numerics::bracketed_root::Bracket;
use crate::units::{Efficiency, HashRate, Hashprice, Tariff};

/// What the merit order assumes of all rigs and times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeritOrder {
    /// Median tariff τ, with everything that hangs on power.
    pub tariff: Tariff,
    /// Standard deviation σ of the log of tariffs.
    pub tariff_sd_log: f64,
    /// Energy per hash of the rigs bought over that of the frontier when they are ordered.
    pub markup: f64,
    /// Rate of retirement per year: exp(−rate·years) of a vintage is left.
    pub annual_retirement: f64,
    /// Epochs from order to delivery, L.
    pub delivery_epochs: usize,
    /// Elasticity ε of orders to margin over price.
    pub order_elasticity: f64,
    /// Epochs before the origin whose additions κ is estimated from, at most.
    pub training_epochs: usize,
}

impl MeritOrder {
    /// τ = 54 USD/MWh, σ = 0.28, rigs of 1.25 times the frontier's J/TH, a quarter retired per
    /// year, 7 epochs to delivery, ε = 0.31.
    pub const STANDARD: Self = Self {
        tariff: Tariff::from_usd_per_mwh(54.0),
        tariff_sd_log: 0.28,
        markup: 1.25,
        annual_retirement: 0.25,
        delivery_epochs: 7,
        order_elasticity: 0.31,
        training_epochs: TRAINING_EPOCHS,
    };

    /// Share of rigs of an efficiency that pay for their power at a hashprice,
    /// Φ(ln((h/e)/τ)/σ).
    #[must_use]
    pub fn online_share(&self, hashprice: Hashprice, efficiency: Efficiency) -> f64 {
        let break_even = break_even_tariff(hashprice, efficiency);
        let deviation = libm::log(break_even / self.tariff) / self.tariff_sd_log;
        0.5 * libm::erfc(-deviation * core::f64::consts::FRAC_1_SQRT_2)
    }

    /// Hash rate that runs at a hashprice.
    #[must_use]
    pub fn online(&self, cohorts: &[Cohort], hashprice: Hashprice) -> HashRate {
        cohorts.iter().map(|c| c.hash_rate * self.online_share(hashprice, c.efficiency)).sum()
    }

    /// Efficiency of rigs delivered at a time (Unix s): `markup` times the frontier at their
    /// order.
    #[must_use]
    pub fn delivered_efficiency(&self, frontier: &Frontier, time: f64) -> Efficiency {
        let ordered = time - self.delivery_epochs as f64 * EPOCH.0;
        self.markup * frontier.efficiency(ordered)
    }

    /// What orders are in proportion to, H·(margin/price)^ε, with the margin h − e·τ (USD/H, at
    /// least zero) of rigs ordered at a time (Unix s) and P·e (USD/BTC·J/H) for their price: the
    /// bitcoin that a new rig earns above its power per joule, to the power of ε, times H/s.
    #[must_use]
    pub fn incentive(
        &self,
        facts: &EpochFacts,
        hash_rate: HashRate,
        frontier: &Frontier,
        time: f64,
    ) -> HashRate {
        let efficiency = self.markup * frontier.efficiency(time);
        let hashprice = facts.settled_hashprice(hash_rate);
        let margin = margin_per_hash(hashprice, efficiency, self.tariff, 1.0);
        let over_price = margin.max(Hashprice::ZERO).0 / (facts.price.0 * efficiency.0);
        hash_rate * libm::pow(over_price, self.order_elasticity)
    }

    /// Hash rate at which just the rigs run that pay at the hashprice it settles at, when the
    /// share `open` of rigs has power: H = open·Σ rigs·share(R·P/(H·600 s)).
    ///
    /// Supply falls in H, so the solution is one, between nothing and everything installed.
    #[must_use]
    pub fn settled_hash_rate(&self, cohorts: &[Cohort], facts: &EpochFacts, open: f64) -> HashRate {
        let installed: HashRate = open * cohorts.iter().map(|c| c.hash_rate).sum::<HashRate>();
        let running = Bracket { low: 0.0, high: 1.0 }.narrow(1e-13, 200, |share| {
            let hashprice = facts.settled_hashprice(installed * share);
            share - open * self.online(cohorts, hashprice) / installed
        });
        installed * running.high
    }
}

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

/// Forecasts of `from..=to`, each from the end of the epoch before, the fleet being reconstructed
/// up to there.
///
/// # Errors
/// As for [`free_run`].
pub fn one_step(inputs: &Inputs<'_>, from: usize, to: usize) -> Result<Forecast, NullModelError> {
    step_by_step(inputs.history, from, to, |epoch| free_run(inputs, epoch, epoch))
}
