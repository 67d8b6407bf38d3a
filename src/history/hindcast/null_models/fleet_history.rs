//! The rigs installed at a time, from the hash rates before it.
//!
//! The walk goes through the epochs in order. In each, last epoch's rigs are retired for the
//! time that has passed, and the share of every vintage that pays at the observed hashprice
//! R·P/(H·600 s) runs. Where that falls short of the observed hash rate, the gap is the epoch's
//! gross addition: rigs of 1.25 times the frontier at their order, as many as make the online
//! hash rate equal the observed one. Where it exceeds the observed hash rate nothing is added, and
//! all rigs stay: some stand still for a reason that the merit order does not know (a ban, a
//! storm), or the epoch's blocks were unlucky. At the end one factor, [`FleetState::correction`],
//! brings the online hash rate of the last epoch to the observed one.
//!
//! The first epoch's hash rate becomes one vintage; with a quarter retired per year and falling
//! energy per hash it has left the scene after three years.

use super::EpochFacts;
use super::rig_frontier::Frontier;
use super::supply::{Cohort, MeritOrder};
use crate::units::{DAY, DAYS_PER_YEAR, Efficiency, HashRate};

/// Least share of new rigs that is taken to run, so that a gap in a bust, when even new ones
/// hardly pay, does not stand for any number of rigs.
const LEAST_ONLINE_SHARE: f64 = 0.05;
const YEAR_S: f64 = DAYS_PER_YEAR * DAY.0;

/// Rigs at the end of an epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FleetState {
    /// Rigs installed, the oldest delivery first. [`Self::correction`] is in them.
    pub cohorts: Vec<Cohort>,
    /// Deliveries due in each of the next L epochs.
    pub pipeline: Vec<HashRate>,
    /// κ: orders of an epoch per [`MeritOrder::incentive`], gross additions of the training span over
    /// the incentives L epochs earlier; zero where nothing is known of either.
    pub orders_per_incentive: f64,
    /// Observed hash rate of the last epoch over what the rigs before this correction would
    /// have run. Below 1 where hash rate had fallen for a reason unknown to the merit order.
    pub correction: f64,
}

impl FleetState {
    /// Leaves exp(−rate·span) of every cohort, with the rate per year and the span in seconds.
    pub(crate) fn retire(&mut self, span: f64, annual_rate: f64) {
        let left = libm::exp(-annual_rate * span / YEAR_S);
        for cohort in &mut self.cohorts {
            cohort.hash_rate = cohort.hash_rate * left;
        }
    }

    /// Scales all cohorts so that the online hash rate of an epoch is the observed one.
    fn correct(&mut self, facts: &EpochFacts, assumptions: &MeritOrder) {
        let hashprice = facts.settled_hashprice(facts.hash_rate);
        let online = assumptions.online(&self.cohorts, hashprice);
        self.correction = facts.hash_rate / online;
        for cohort in &mut self.cohorts {
            cohort.hash_rate = cohort.hash_rate * self.correction;
        }
    }

    /// Installs the delivery due first.
    pub(crate) fn deliver(&mut self, time: f64, efficiency: Efficiency) {
        if !self.pipeline.is_empty() {
            let hash_rate = self.pipeline.remove(0);
            self.cohorts.push(Cohort { time, efficiency, hash_rate });
        }
    }
}

/// The fleet at the end of the last of some successive epochs. They should begin three years or
/// more before it, so that the first vintage does not count. No epochs, no rigs.
#[must_use]
pub(crate) fn reconstruct(
    before: &[EpochFacts],
    frontier: &Frontier,
    assumptions: &MeritOrder,
) -> FleetState {
    let mut fleet = FleetState::default();
    let (mut additions, mut incentives) = (Vec::new(), Vec::new());
    let mut last_time = before.first().map_or(0.0, |facts| facts.first_time);
    for facts in before {
        fleet.retire(facts.first_time - last_time, assumptions.annual_retirement);
        last_time = facts.first_time;
        let efficiency = assumptions.delivered_efficiency(frontier, last_time);
        let hash_rate = gross_addition(&fleet.cohorts, efficiency, facts, assumptions);
        fleet.cohorts.push(Cohort { time: last_time, efficiency, hash_rate });
        additions.push(hash_rate);
        incentives.push(assumptions.incentive(facts, facts.hash_rate, frontier, last_time));
    }
    fleet.orders_per_incentive = orders_per_incentive(&additions, &incentives, assumptions);
    fleet.pipeline = pipeline(&incentives, fleet.orders_per_incentive, assumptions);
    if let Some(last) = before.last() {
        fleet.correct(last, assumptions);
    }
    fleet
}

/// New rigs that make the online hash rate of an epoch equal the observed one, none where the
/// rigs there are suffice.
fn gross_addition(
    cohorts: &[Cohort],
    efficiency: Efficiency,
    facts: &EpochFacts,
    assumptions: &MeritOrder,
) -> HashRate {
    let hashprice = facts.settled_hashprice(facts.hash_rate);
    let gap = facts.hash_rate - assumptions.online(cohorts, hashprice);
    let share = assumptions.online_share(hashprice, efficiency).max(LEAST_ONLINE_SHARE);
    gap.max(HashRate::ZERO) / share
}

/// κ: the training span's additions over the incentives L epochs before each.
fn orders_per_incentive(
    additions: &[HashRate],
    incentives: &[HashRate],
    assumptions: &MeritOrder,
) -> f64 {
    // The first addition is the whole fleet, and no order.
    let earliest = assumptions.delivery_epochs.max(1);
    let span = assumptions.training_epochs.min(additions.len().saturating_sub(earliest));
    let begin = additions.len() - span;
    let added: HashRate = additions[begin..].iter().copied().sum();
    let ordered = incentives.iter().skip(begin.saturating_sub(assumptions.delivery_epochs));
    let incentive: HashRate = ordered.take(span).copied().sum();
    if incentive.0 > 0.0 { added / incentive } else { 0.0 }
}

/// Orders of the last L epochs, the oldest first; zero for epochs that history does not reach.
fn pipeline(
    incentives: &[HashRate],
    orders_per_incentive: f64,
    assumptions: &MeritOrder,
) -> Vec<HashRate> {
    let unknown = assumptions.delivery_epochs.saturating_sub(incentives.len());
    let known =
        incentives.iter().skip(incentives.len().saturating_sub(assumptions.delivery_epochs));
    let orders = known.map(|&incentive| orders_per_incentive * incentive);
    std::iter::repeat_n(HashRate::ZERO, unknown).chain(orders).collect()
}
