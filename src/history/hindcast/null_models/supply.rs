//! The supply of hash rate in the merit order: which rigs run at a hashprice, at which hash rate
//! that settles, and what orders are in proportion to. [`super::merit_order`] says what it assumes.

use super::rig_frontier::Frontier;
use super::{EPOCH, EpochFacts, TRAINING_EPOCHS};
use crate::model::chain::hashprice::{break_even_tariff, margin_per_hash};
use crate::numerics::bracketed_root::Bracket;
use crate::units::{Efficiency, HashRate, Hashprice, Tariff};

/// Rigs of one delivery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cohort {
    /// Time of delivery, Unix s.
    pub time: f64,
    /// Energy per hash.
    pub efficiency: Efficiency,
    /// Hash rate installed, whether or not it runs.
    pub hash_rate: HashRate,
}

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
    pub(crate) fn online_share(&self, hashprice: Hashprice, efficiency: Efficiency) -> f64 {
        let break_even = break_even_tariff(hashprice, efficiency);
        let deviation = libm::log(break_even / self.tariff) / self.tariff_sd_log;
        0.5 * libm::erfc(-deviation * core::f64::consts::FRAC_1_SQRT_2)
    }

    /// Hash rate that runs at a hashprice.
    #[must_use]
    pub(crate) fn online(&self, cohorts: &[Cohort], hashprice: Hashprice) -> HashRate {
        cohorts.iter().map(|c| c.hash_rate * self.online_share(hashprice, c.efficiency)).sum()
    }

    /// Efficiency of rigs delivered at a time (Unix s): `markup` times the frontier at their
    /// order.
    #[must_use]
    pub(crate) fn delivered_efficiency(&self, frontier: &Frontier, time: f64) -> Efficiency {
        let ordered = time - self.delivery_epochs as f64 * EPOCH.0;
        self.markup * frontier.efficiency(ordered)
    }

    /// What orders are in proportion to, H·(margin/price)^ε, with the margin h − e·τ (USD/H, at
    /// least zero) of rigs ordered at a time (Unix s) and P·e (USD/BTC·J/H) for their price: the
    /// bitcoin that a new rig earns above its power per joule, to the power of ε, times H/s.
    #[must_use]
    pub(crate) fn incentive(
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
    pub(crate) fn settled_hash_rate(
        &self,
        cohorts: &[Cohort],
        facts: &EpochFacts,
        open: f64,
    ) -> HashRate {
        let installed: HashRate = open * cohorts.iter().map(|c| c.hash_rate).sum::<HashRate>();
        let running = Bracket { low: 0.0, high: 1.0 }.narrow(1e-13, 200, |share| {
            let hashprice = facts.settled_hashprice(installed * share);
            share - open * self.online(cohorts, hashprice) / installed
        });
        installed * running.high
    }
}
