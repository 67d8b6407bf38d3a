//! The rigs of one site: up to four classes, each a hash rate and an efficiency.
//!
//! Every operation conserves hash rate and rig power exactly in the algebra: two classes merge
//! into one with the sum of hash rates and the sum of powers.

use crate::units::{Efficiency, HashRate, Power};

/// Most rig classes on a site.
pub const SLOTS: usize = 4;
/// Rigs share a class when their efficiencies differ by less than this part: how finely a fleet is
/// told apart, as the number of classes is.
const ALIKE: f64 = 0.03;
/// Power above the limit that is left alone, W: a numerical tolerance.
const EXCESS: f64 = 1e-3;

/// Rigs of one site.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RigFleet {
    /// Hash rate by class.
    pub hash_rate: [HashRate; SLOTS],
    /// Efficiency by class; meaningless where the hash rate is zero.
    pub efficiency: [Efficiency; SLOTS],
}

/// Rigs taken off a site.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Removed {
    /// Hash rate by class.
    pub hash_rate: [HashRate; SLOTS],
    /// Efficiency by class.
    pub efficiency: [Efficiency; SLOTS],
}

impl Removed {
    /// Classes with rigs in them.
    pub fn classes(&self) -> impl Iterator<Item = (HashRate, Efficiency)> + '_ {
        self.hash_rate
            .iter()
            .copied()
            .zip(self.efficiency.iter().copied())
            .filter(|(h, _)| h.0 > 0.0)
    }
}

impl RigFleet {
    /// Hash rate of all rigs.
    #[must_use]
    pub fn total(&self) -> HashRate {
        self.hash_rate.iter().copied().sum()
    }

    /// Power of all rigs, without cooling.
    #[must_use]
    pub fn power(&self) -> Power {
        (0..SLOTS).map(|slot| self.hash_rate[slot] * self.efficiency[slot]).sum()
    }

    /// Hash rate and power of the rigs with at most `threshold` joules a hash.
    #[must_use]
    pub fn running(&self, threshold: Efficiency) -> (HashRate, Power) {
        let mut running = (HashRate::ZERO, Power::ZERO);
        for slot in 0..SLOTS {
            if self.efficiency[slot] <= threshold {
                running.0 += self.hash_rate[slot];
                running.1 += self.hash_rate[slot] * self.efficiency[slot];
            }
        }
        running
    }

    /// Class with the most joules a hash among those that hold rigs.
    #[must_use]
    pub fn worst(&self) -> Option<usize> {
        (0..SLOTS)
            .filter(|&slot| self.hash_rate[slot].0 > 0.0)
            .max_by(|&a, &b| self.efficiency[a].0.total_cmp(&self.efficiency[b].0))
    }

    /// Adds rigs: to an empty class, else by merging the two classes closest in efficiency.
    pub fn install(&mut self, hash_rate: HashRate, efficiency: Efficiency) {
        if hash_rate.0 <= 0.0 {
            return;
        }
        let near = (0..SLOTS).find(|&slot| {
            self.hash_rate[slot].0 > 0.0 && (self.efficiency[slot] / efficiency - 1.0).abs() < ALIKE
        });
        let empty = || self.hash_rate.iter().position(|h| h.0 <= 0.0);
        if let Some(slot) = near.or_else(empty) {
            self.merge_into(slot, hash_rate, efficiency);
        } else {
            let (keep, give) = self.closest_pair();
            self.merge_into(keep, self.hash_rate[give], self.efficiency[give]);
            self.hash_rate[give] = hash_rate;
            self.efficiency[give] = efficiency;
        }
    }

    fn merge_into(&mut self, slot: usize, hash_rate: HashRate, efficiency: Efficiency) {
        let held = self.hash_rate[slot].max(HashRate::ZERO);
        let power = held * self.efficiency[slot] + hash_rate * efficiency;
        self.hash_rate[slot] = held + hash_rate;
        self.efficiency[slot] = power / self.hash_rate[slot];
    }

    fn closest_pair(&self) -> (usize, usize) {
        let mut best = (0, 1);
        let mut least = f64::INFINITY;
        for a in 0..SLOTS {
            for b in a + 1..SLOTS {
                let gap = (self.efficiency[a] / self.efficiency[b] - 1.0).abs();
                if gap < least {
                    (best, least) = ((a, b), gap);
                }
            }
        }
        best
    }

    /// Takes the least efficient rigs off the site until the rest draw at most `limit`.
    pub fn fit(&mut self, limit: Power) -> Removed {
        let mut removed = Removed::default();
        let mut excess = self.power() - limit.max(Power::ZERO);
        while let Some(slot) = self.worst().filter(|_| excess.0 > EXCESS) {
            let drawn = self.hash_rate[slot] * self.efficiency[slot];
            let share = (excess / drawn).min(1.0);
            let gone = self.hash_rate[slot] * share;
            removed.hash_rate[slot] += gone;
            removed.efficiency[slot] = self.efficiency[slot];
            self.hash_rate[slot] =
                if share < 1.0 { self.hash_rate[slot] - gone } else { HashRate::ZERO };
            excess -= drawn * share;
        }
        removed
    }

    /// Takes a share of every class off the site.
    pub fn take_share(&mut self, share: f64) -> Removed {
        let mut removed = Removed { efficiency: self.efficiency, ..Removed::default() };
        for slot in 0..SLOTS {
            removed.hash_rate[slot] = self.hash_rate[slot] * share;
            self.hash_rate[slot] -= removed.hash_rate[slot];
        }
        removed
    }

    /// Takes a share of one class off the site.
    pub fn take_class(&mut self, slot: usize, share: f64) -> HashRate {
        let gone = self.hash_rate[slot] * share;
        self.hash_rate[slot] -= gone;
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rigs_and_power_are_conserved(
            arrivals in proptest::collection::vec((0.1_f64..10.0, 8.0_f64..60.0), 1..30),
            limit in 0.0_f64..800.0,
        ) {
            let mut fleet = RigFleet::default();
            let (mut hash, mut power) = (0.0, 0.0);
            for &(h, e) in &arrivals {
                fleet.install(HashRate(h), Efficiency(e));
                hash += h;
                power += h * e;
                let removed = fleet.fit(Power(limit));
                for (h, e) in removed.classes() {
                    hash -= h.0;
                    power -= (h * e).0;
                }
                prop_assert!((fleet.total().0 - hash).abs() < 1e-9 * hash.abs().max(1.0));
                prop_assert!((fleet.power().0 - power).abs() < 1e-9 * power.abs().max(1.0));
                prop_assert!(fleet.power().0 <= limit + 2e-3);
            }
        }
    }

    #[test]
    fn the_least_efficient_leave_first() {
        let mut fleet = RigFleet::default();
        fleet.install(HashRate(1.0), Efficiency(40.0));
        fleet.install(HashRate(1.0), Efficiency(10.0));
        let removed = fleet.fit(Power(10.0));
        assert_eq!(removed.classes().collect::<Vec<_>>(), [(HashRate(1.0), Efficiency(40.0))]);
        assert_eq!(fleet.total(), HashRate(1.0));
    }

    #[test]
    fn only_rigs_below_the_threshold_run() {
        let mut fleet = RigFleet::default();
        fleet.install(HashRate(2.0), Efficiency(30.0));
        fleet.install(HashRate(3.0), Efficiency(15.0));
        assert_eq!(fleet.running(Efficiency(20.0)), (HashRate(3.0), Power(45.0)));
    }
}
