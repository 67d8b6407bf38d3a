//! How probable deals on record are under the laws that simulated ones give.

use std::collections::BTreeMap;

use super::{SimulatedDeal, counts};
use crate::history::hindcast::ai_deals::{AiDeal, Quarter};
use crate::statistics::event_scores::{NormalLaw, log_count};
use crate::units::DAYS_PER_MONTH;

/// Deals that the law of all ensembles together counts for in the law of one, whose own are few.
const PSEUDO_DEALS: f64 = 5.0;
/// The same in the shares of owners, of which there are many and a point says little: some fifty deals tell fifteen shares badly, and
/// a likelihood of noise would leave the luckiest point alone.
const PSEUDO_OWNERS: f64 = 100.0;
/// Paths that it counts for in the numbers of deals a quarter.
const PSEUDO_PATHS: f64 = 1.0;
/// Under every law this share of all deals goes to any owner alike.
pub(super) const ANYBODY: f64 = 0.1;
/// Owners that the experiment does not name.
const OTHERS: &str = "others";

/// What simulated deals say of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct DealLaw {
    quarters: Vec<Quarter>,
    /// Expected deals by quarter.
    expected: Vec<f64>,
    /// Variance of that number over its mean.
    dispersion: f64,
    /// Probability that a deal is an owner's, by name; the last is all others together.
    owners: BTreeMap<String, f64>,
    log_size: Option<NormalLaw>,
    rent: Option<NormalLaw>,
    log_months: Option<NormalLaw>,
    new_share: f64,
}

/// ln of the probability of deals on record, by what it is of; NaN where no simulated deal gives a law.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DealScore {
    /// Numbers by quarter.
    pub counts: f64,
    /// Owners.
    pub owners: f64,
    /// Sizes.
    pub sizes: f64,
    /// Rents, where they are known.
    pub rents: f64,
    /// Months to first power, where they are known.
    pub months: f64,
    /// Routes, where they are known.
    pub routes: f64,
}

impl DealScore {
    /// Of all.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.counts + self.owners + self.sizes + self.rents + self.months + self.routes
    }
}

impl DealLaw {
    /// The law of the deals of some paths in some quarters. Owners are those `named` and all others together. `towards` is the law
    /// of all ensembles, which the estimate is drawn to as by a few more deals; without it, it stands on the deals alone.
    #[must_use]
    pub fn estimate(
        (deals, paths): (&[&SimulatedDeal], &[u32]),
        quarters: &[Quarter],
        named: &[String],
        dispersion: f64,
        towards: Option<&Self>,
    ) -> Self {
        let there: Vec<&SimulatedDeal> =
            deals.iter().copied().filter(|deal| quarters.contains(&deal.signed)).collect();
        let counts = counts(&there, paths, quarters);
        let pseudo = towards.map_or(0.0, |_| PSEUDO_PATHS);
        let expected = |at: usize| {
            let sum = counts.iter().map(|path| path[at]).sum::<f64>();
            let all = towards.map_or(0.0, |law| law.expected[at]);
            // Without any, half a deal in all paths.
            let seen = if pseudo == 0.0 && sum == 0.0 { 0.5 } else { sum };
            (pseudo * all + seen) / (pseudo + paths.len() as f64)
        };
        let values = |of: &dyn Fn(&SimulatedDeal) -> Option<f64>| -> Vec<f64> {
            there.iter().filter_map(|deal| of(deal)).collect()
        };
        let law = |values: Vec<f64>, towards: Option<NormalLaw>| {
            NormalLaw::estimate(&values, towards, PSEUDO_DEALS)
        };
        let routes = values(&|deal| deal.new_hall.map(|new| f64::from(u8::from(new))));
        let all_new = towards.map_or(0.5, |law| law.new_share);
        let weight = towards.map_or(1.0, |_| PSEUDO_DEALS);
        let new = (weight * all_new + routes.iter().sum::<f64>()) / (weight + routes.len() as f64);
        Self {
            quarters: quarters.to_vec(),
            expected: (0..quarters.len()).map(expected).collect(),
            dispersion,
            owners: owner_shares(&there, named, towards),
            log_size: law(values(&|d| Some(libm::log(d.it_mw))), towards.and_then(|l| l.log_size)),
            rent: law(values(&|d| d.rent_musd), towards.and_then(|l| l.rent)),
            log_months: law(
                values(&|d| Some(libm::log(d.months.max(1.0 / DAYS_PER_MONTH)))),
                towards.and_then(|l| l.log_months),
            ),
            new_share: new,
        }
    }

    /// ln of the probability of the deals on record in the law's quarters:
    ///
    /// Σ ln P(number in a quarter) + Σ ln P(owner) + Σ ln f(ln MW) + Σ ln f(rent) + Σ ln P(months within what is known) + Σ ln P(route).
    #[must_use]
    pub fn score(&self, deals: &[AiDeal]) -> DealScore {
        let there = || deals.iter().filter(|deal| self.quarters.contains(&deal.signed));
        let count = |(quarter, mean): (&Quarter, &f64)| {
            let found = there().filter(|deal| deal.signed == *quarter).count() as u32;
            log_count(found, *mean, mean * self.dispersion)
        };
        let density =
            |law: Option<NormalLaw>, value: f64| law.map_or(f64::NAN, |law| law.log_density(value));
        let months = |[low, high]: [f64; 2]| {
            let law = self.log_months;
            law.map_or(f64::NAN, |law| law.log_within([libm::log(low), libm::log(high)]))
        };
        let route = |new: bool| libm::log(if new { self.new_share } else { 1.0 - self.new_share });
        DealScore {
            counts: self.quarters.iter().zip(&self.expected).map(count).sum(),
            owners: there().map(|deal| libm::log(self.owner(&deal.name))).sum(),
            sizes: there().map(|deal| density(self.log_size, libm::log(deal.it_mw))).sum(),
            rents: there().filter_map(|d| d.rent_musd).map(|rent| density(self.rent, rent)).sum(),
            months: there().filter_map(|deal| deal.months).map(months).sum(),
            routes: there().filter_map(|deal| deal.new_hall).map(route).sum(),
        }
    }

    /// Probability that a deal is an owner's.
    fn owner(&self, name: &str) -> f64 {
        let others = || self.owners.get(OTHERS).copied().unwrap_or(f64::MIN_POSITIVE);
        self.owners.get(name).copied().unwrap_or_else(others)
    }
}

/// Probabilities by owner: shares of the simulated deals, drawn to those of another law, and a little for anybody.
fn owner_shares(
    deals: &[&SimulatedDeal],
    named: &[String],
    towards: Option<&DealLaw>,
) -> BTreeMap<String, f64> {
    let names = || named.iter().map(String::as_str).chain([OTHERS]);
    let anybody = ANYBODY / (named.len() + 1) as f64;
    let all = |name: &str| towards.map_or(0.0, |law| law.owners.get(name).copied().unwrap_or(0.0));
    let pseudo = towards.map_or(0.0, |_| PSEUDO_OWNERS);
    let own = |name: &str| {
        let is_it = |deal: &&&SimulatedDeal| {
            if name == OTHERS { !named.contains(&deal.owner) } else { deal.owner == name }
        };
        deals.iter().filter(is_it).count() as f64
    };
    let sum = pseudo + deals.len() as f64;
    let share = |name: &str| {
        if sum > 0.0 {
            (pseudo * all(name) + own(name)) / sum
        } else {
            1.0 / (named.len() + 1) as f64
        }
    };
    names().map(|name| (name.to_owned(), (1.0 - ANYBODY) * share(name) + anybody)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fact, quarter, simulated};
    use super::*;

    /// Of two laws the one that signs as was signed is the likelier, in every part that they differ in and in no other.
    #[test]
    fn the_likelier_law_is_the_one_that_signs_what_was_signed() {
        let named = ["a".to_owned(), "b".to_owned()];
        let quarters = [quarter("2024Q3"), quarter("2024Q4")];
        let right = [simulated(0, "a", "2024Q3", 100.0), simulated(1, "a", "2024Q3", 120.0)];
        let wrong = right.clone().map(|deal| SimulatedDeal {
            owner: "b".to_owned(),
            signed: quarters[1],
            new_hall: Some(false),
            ..deal
        });
        let law = |deals: &[SimulatedDeal]| {
            let deals: Vec<_> = deals.iter().collect();
            DealLaw::estimate((&deals, &[0, 1]), &quarters, &named, 1.0, None)
        };
        let record = [fact("a", "2024Q3", 110.0), fact("c", "2025Q1", 9.0)];
        let (right, wrong) = (law(&right).score(&record), law(&wrong).score(&record));
        assert!(right.counts > wrong.counts + 1.0 && right.owners > wrong.owners + 1.0);
        assert!(right.routes > wrong.routes + 0.5);
        assert_eq!(
            (right.sizes, right.rents, right.months),
            (wrong.sizes, wrong.rents, wrong.months)
        );
        assert!(right.sum() > wrong.sum());
    }

    /// One deal a path in the first quarter, none in the second: Poisson of mean 1 and of 1/4.
    #[test]
    fn the_score_of_counts_and_owners_is_the_one_computed_by_hand() {
        let named = ["a".to_owned(), "b".to_owned()];
        let quarters = [quarter("2024Q3"), quarter("2024Q4")];
        let deals = [simulated(0, "a", "2024Q3", 100.0), simulated(1, "z", "2024Q3", 100.0)];
        let deals: Vec<_> = deals.iter().collect();
        let law = DealLaw::estimate((&deals, &[0, 1]), &quarters, &named, 1.0, None);
        let score = law.score(&[fact("a", "2024Q3", 100.0), fact("y", "2024Q4", 100.0)]);
        // ln(1·e⁻¹) + ln(¼·e^−¼).
        assert!((score.counts - (-1.0 + libm::log(0.25) - 0.25)).abs() < 1e-12);
        // Half of the deals are a's, half others': 0.9/2 + 0.1/3 each.
        assert!((score.owners - 2.0 * libm::log(0.45 + 0.1 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn a_law_of_no_deals_is_the_one_it_is_drawn_to() {
        let named = ["a".to_owned()];
        let quarters = [quarter("2024Q3")];
        let deals = [simulated(0, "a", "2024Q3", 100.0), simulated(1, "a", "2024Q3", 150.0)];
        let deals: Vec<_> = deals.iter().collect();
        let all = DealLaw::estimate((&deals, &[0, 1]), &quarters, &named, 1.2, None);
        let none = DealLaw::estimate((&[], &[]), &quarters, &named, 1.2, Some(&all));
        assert_eq!(
            (none.expected, none.log_size, none.rent),
            (all.expected, all.log_size, all.rent)
        );
        assert!((none.new_share - all.new_share).abs() < 1e-12);
    }

    /// Where nothing is simulated there is no law, and what is on record is neither sure nor impossible: it has no score.
    #[test]
    fn what_no_simulated_deal_gives_a_law_for_has_no_score() {
        let quarters = [quarter("2024Q3")];
        let law = DealLaw::estimate((&[], &[0, 1]), &quarters, &["a".to_owned()], 1.0, None);
        let score = law.score(&[fact("a", "2024Q3", 100.0)]);
        assert!(score.sizes.is_nan() && score.rents.is_nan() && score.months.is_nan());
        assert!(score.counts.is_finite() && score.sum().is_nan());
    }
}
