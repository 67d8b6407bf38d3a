//! Deals for AI halls as a marked point process: how probable those on record are under the laws that simulated ones give,
//! and how the two compare.
//!
//! A path's deals are the leases signed after its first day. What an ensemble says of a period is: how many deals a quarter,
//! which owner, how much power, at which rent, on which route, how many months to first power.

use std::collections::BTreeMap;
use std::path::Path;

use super::Hindcast;
use super::ai_deals::{AiDeal, AiRecord, Quarter};
use super::state::Days;
use crate::clock::SECONDS_PER_DAY;
use crate::statistics::event_scores::{NormalLaw, log_count, rank_correlation};
use crate::statistics::samples::{mean, quantiles};
use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;
use crate::units::DAYS_PER_MONTH;
use crate::world::miners::conversion::opening::HallRoom;
use crate::world::miners::spec::MinersSpec;

/// Deals that the law of all ensembles together counts for in the law of one, whose own are few.
const PSEUDO_DEALS: f64 = 5.0;
/// The same in the shares of owners, of which there are many and a point says little: some fifty deals tell fifteen shares badly, and
/// a likelihood of noise would leave the luckiest point alone.
const PSEUDO_OWNERS: f64 = 100.0;
/// Paths that it counts for in the numbers of deals a quarter.
const PSEUDO_PATHS: f64 = 1.0;
/// Under every law this share of all deals goes to any owner alike.
const ANYBODY: f64 = 0.1;
/// Owners that the experiment does not name.
const OTHERS: &str = "others";

/// A lease that a path signed after its first day.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedDeal {
    /// Replicate.
    pub replicate: u32,
    /// Name of the owner.
    pub owner: String,
    /// Quarter in which it was signed.
    pub signed: Quarter,
    /// IT power, MW.
    pub it_mw: f64,
    /// First-year rent, million USD per IT MW and year; none of GPU clouds.
    pub rent_musd: Option<f64>,
    /// Months to first power.
    pub months: f64,
    /// Whether it is built new, on pipeline power; none of halls that stand and are let again.
    pub new_hall: Option<bool>,
}

/// Reads the deals of a scenario from `leases.parquet`; `start` is its first midnight, s since 1970-01-01.
///
/// # Errors
/// When the file is missing or damaged.
pub fn simulated_deals(
    leases: &Path,
    scenario: &str,
    start: i64,
) -> Result<Vec<SimulatedDeal>, ReportError> {
    let table = ResultTable::open(leases)?;
    let rows = || 0..table.rows();
    let texts = |name: &str| {
        let mut values = Vec::with_capacity(table.rows());
        table.strings(name, |value| values.push(value.to_owned()))?;
        Ok::<_, ReportError>(values)
    };
    let (scenarios, owners) = (texts("scenario")?, texts("owner")?);
    let (kinds, routes) = (texts("kind")?, texts("route")?);
    let replicates = table.integers_of("replicate", rows())?;
    let numbers = |name: &str| table.numbers_of(name, rows());
    let (signed, powered) = (numbers("signed_day")?, numbers("first_power_day")?);
    let (it, rents) = (numbers("it_mw")?, numbers("first_year_rent_musd")?);
    let first = start.div_euclid(SECONDS_PER_DAY);
    let deal = |row: usize| {
        Some(SimulatedDeal {
            replicate: replicates[row].cast_unsigned(),
            owner: owners[row].clone(),
            signed: Quarter::of_day(first + signed[row] as i64)?,
            it_mw: it[row],
            rent_musd: (kinds[row] == "colocation").then_some(rents[row]),
            months: (powered[row] - signed[row]) / DAYS_PER_MONTH,
            new_hall: match routes[row].as_str() {
                "new" => Some(true),
                "retrofit" => Some(false),
                _ => None,
            },
        })
    };
    let there = rows().filter(|&row| scenarios[row] == scenario && signed[row] > 0.0);
    Ok(there.filter_map(deal).collect())
}

/// Number of deals by path and quarter.
fn counts(deals: &[&SimulatedDeal], paths: &[u32], quarters: &[Quarter]) -> Vec<Vec<f64>> {
    let of = |&path: &u32| {
        let there = |&quarter: &Quarter| {
            deals.iter().filter(move |d| d.replicate == path && d.signed == quarter)
        };
        quarters.iter().map(|quarter| there(quarter).count() as f64).collect()
    };
    paths.iter().map(of).collect()
}

/// Variance of the numbers of deals a quarter within groups of paths over their mean; at least 1, that of events without memory.
#[must_use]
pub fn dispersion(groups: &[(Vec<&SimulatedDeal>, Vec<u32>)], quarters: &[Quarter]) -> f64 {
    let (mut variance, mut sum) = (0.0, 0.0);
    for (deals, paths) in groups {
        let counts = counts(deals, paths, quarters);
        for quarter in 0..quarters.len() {
            let values: Vec<f64> = counts.iter().map(|path| path[quarter]).collect();
            if values.len() > 1 {
                let middle = mean(&values);
                let squares: f64 = values.iter().map(|x| (x - middle) * (x - middle)).sum();
                variance += squares / (values.len() - 1) as f64;
                sum += middle;
            }
        }
    }
    if sum > 0.0 { (variance / sum).max(1.0) } else { 1.0 }
}

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

/// ln of the probability of deals on record, by what it is of.
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
            |law: Option<NormalLaw>, value: f64| law.map_or(0.0, |law| law.log_density(value));
        let months = |[low, high]: [f64; 2]| {
            let law = self.log_months;
            law.map_or(0.0, |law| law.log_within([libm::log(low), libm::log(high)]))
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

/// A period of deals: those that a fit may look at, and those that came after it.
#[derive(Clone, Debug, PartialEq)]
pub struct DealPeriod {
    /// First and last quarter.
    pub quarters: Vec<Quarter>,
}

impl DealPeriod {
    /// Its name, such as `2024Q3 to 2025Q3`.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.quarters.first(), self.quarters.last()) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => String::new(),
        }
    }

    /// The periods of a hindcast.
    #[must_use]
    pub fn of_hindcast(of: &Hindcast, days: Days) -> Vec<Self> {
        let first = days.start.div_euclid(SECONDS_PER_DAY);
        let last = first + i64::from(of.experiment.base.simulation.horizon_days);
        Self::of_days(first, first + days.horizon(), last)
    }

    /// The same by days: quarters that end by the last epoch, and those up to the last simulated day; days since
    /// 1970-01-01. A period without a quarter is left out.
    #[must_use]
    pub fn of_days(first: i64, end: i64, last: i64) -> Vec<Self> {
        let mut periods = [Vec::new(), Vec::new()];
        let mut next = Quarter::of_day(first);
        while let Some((quarter, day)) = next.and_then(|q| q.last_day().map(|day| (q, day))) {
            if day > last {
                break;
            }
            periods[usize::from(day > end)].push(quarter);
            next = Some(quarter.next());
        }
        let periods = periods.into_iter().filter(|quarters| !quarters.is_empty());
        periods.map(|quarters| Self { quarters }).collect()
    }
}

/// A quantity of the deals of a period, on record and of the paths.
#[derive(Clone, Debug, PartialEq)]
pub struct DealRow {
    /// Name of the period.
    pub period: String,
    /// Name of the quantity.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Deals on record that tell.
    pub deals: usize,
    /// Of the deals on record; none where they do not tell.
    pub fact: Option<f64>,
    /// Over paths: mean and quantiles of 5 and 95 %; none where no path has it.
    pub model: Option<[f64; 3]>,
    /// ln of the probability of what is on record; none where nothing is scored.
    pub log_score: Option<f64>,
    /// The same if deals went to named owners in proportion to their power.
    pub log_score_by_power: Option<f64>,
}

/// A mark of deals: of those on record, of simulated ones, and its part of the score.
struct Mark {
    name: &'static str,
    unit: &'static str,
    fact: fn(&AiDeal) -> Option<f64>,
    model: fn(&SimulatedDeal) -> Option<f64>,
    score: fn(&DealScore) -> f64,
}

/// What is compared deal by deal.
const MARKS: [Mark; 4] = [
    Mark {
        name: "mean_log_size",
        unit: "ln MW (IT)",
        fact: |deal| Some(libm::log(deal.it_mw)),
        model: |deal| Some(libm::log(deal.it_mw)),
        score: |score| score.sizes,
    },
    Mark {
        name: "first_year_rent",
        unit: "MUSD/(MW year)",
        fact: |deal| deal.rent_musd,
        model: |deal| deal.rent_musd,
        score: |score| score.rents,
    },
    Mark {
        name: "months_to_first_power",
        unit: "months",
        fact: |deal| deal.months.map(|[low, high]| f64::midpoint(low, high)),
        model: |deal| Some(deal.months),
        score: |score| score.months,
    },
    Mark {
        name: "share_new_halls",
        unit: "1",
        fact: |deal| deal.new_hall.map(|new| f64::from(u8::from(new))),
        model: |deal| deal.new_hall.map(|new| f64::from(u8::from(new))),
        score: |score| score.routes,
    },
];

/// Compares simulated deals with those on record in a period; `owners` are the names of the experiment's owners and their power.
#[must_use]
pub fn compare(
    period: &DealPeriod,
    (deals, paths): (&[SimulatedDeal], &[u32]),
    record: &[AiDeal],
    owners: &[(String, f64)],
) -> Vec<DealRow> {
    let named: Vec<String> = owners.iter().map(|(name, _)| name.clone()).collect();
    let quarters = &period.quarters;
    let all: Vec<&SimulatedDeal> =
        deals.iter().filter(|deal| quarters.contains(&deal.signed)).collect();
    let spread = dispersion(&[(all.clone(), paths.to_vec())], quarters);
    let law = DealLaw::estimate((&all, paths), quarters, &named, spread, None);
    let facts: Vec<&AiDeal> =
        record.iter().filter(|deal| quarters.contains(&deal.signed)).collect();
    let score = law.score(record);
    let by_path = |of: &dyn Fn(&[&SimulatedDeal]) -> Option<f64>| {
        let own = |path: &u32| -> Vec<&SimulatedDeal> {
            all.iter().copied().filter(|deal| deal.replicate == *path).collect()
        };
        let values: Vec<f64> = paths.iter().filter_map(|path| of(&own(path))).collect();
        let average = mean(&values);
        quantiles(values).map(|[low, .., high]| [average, low, high])
    };
    let row = |name, unit, fact, model| DealRow {
        period: period.name(),
        name,
        unit,
        deals: facts.len(),
        fact,
        model,
        log_score: None,
        log_score_by_power: None,
    };
    let (number, power) = (facts.len() as f64, sum(facts.iter().map(|deal| deal.it_mw)));
    let signed = by_path(&|deals| Some(sum(deals.iter().map(|deal| deal.it_mw))));
    let counted = by_path(&|deals| Some(deals.len() as f64));
    let mut rows = vec![
        DealRow { log_score: Some(score.counts), ..row("deals", "1", Some(number), counted) },
        row("signed", "MW (IT)", Some(power), signed),
    ];
    for mark in &MARKS {
        let values: Vec<f64> = facts.iter().filter_map(|deal| (mark.fact)(deal)).collect();
        let model = by_path(&|deals| average(deals.iter().filter_map(|deal| (mark.model)(deal))));
        rows.push(DealRow {
            deals: values.len(),
            log_score: Some((mark.score)(&score)),
            ..row(mark.name, mark.unit, average(values.iter().copied()), model)
        });
    }
    let order = rank_of_owners(&all, quarters, &facts, &named).map(|order| [order; 3]);
    rows.push(DealRow {
        log_score: Some(score.owners),
        log_score_by_power: Some(score_by_power(&facts, owners)),
        ..row("owners_rank_correlation", "1", None, order)
    });
    rows
}

/// Sum; 0 of nothing.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |a, b| a + b)
}

/// Mean; none of nothing.
fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| mean(&values))
}

/// ln of the probability of who signed, if deals went to named owners in proportion to their power.
fn score_by_power(facts: &[&AiDeal], owners: &[(String, f64)]) -> f64 {
    let power: f64 = owners.iter().map(|(_, power)| power).sum();
    let log = |deal: &&AiDeal| {
        let own = owners.iter().find(|(name, _)| *name == deal.name);
        let share = own.map(|(_, own)| (1.0 - ANYBODY) * own / power);
        libm::log(share.unwrap_or(0.0) + ANYBODY / (owners.len() + 1) as f64)
    };
    facts.iter().map(log).sum()
}

/// The rows of a hindcast whose runs are merged in a folder, by period.
///
/// # Errors
/// When a file of the results is missing or damaged.
pub fn of_hindcast(
    of: &Hindcast,
    record: &AiRecord,
    results: &Path,
) -> Result<Vec<DealRow>, ReportError> {
    let base = &of.experiment.base;
    let days = Days::from_history(&of.spec, &of.history).map_err(ReportError::input)?;
    let scenario = of.experiment.scenarios.first().map_or("", |scenario| scenario.name.as_str());
    let deals = simulated_deals(&results.join("leases.parquet"), scenario, days.start)?;
    let runs = ResultTable::open(&results.join("runs.parquet"))?;
    let replicates = runs.integers_of("replicate", 0..runs.rows())?;
    let paths: Vec<u32> = replicates.into_iter().map(i32::cast_unsigned).collect();
    let owners = owners_and_power(&base.miners);
    let rows = |period: &DealPeriod| compare(period, (&deals, &paths), &record.deals, &owners);
    Ok(DealPeriod::of_hindcast(of, days).iter().flat_map(rows).collect())
}

/// Names of the experiment's owners and their utility power, pipelines included, MW.
#[must_use]
pub fn owners_and_power(miners: &MinersSpec) -> Vec<(String, f64)> {
    let power = |owner| HallRoom::from_owner(miners, owner).most().mw();
    miners.owners.iter().map(|owner| (owner.name.clone(), power(owner))).collect()
}

/// Rank correlation over named owners of the power that they signed on record and in the mean of the paths.
fn rank_of_owners(
    deals: &[&SimulatedDeal],
    quarters: &[Quarter],
    facts: &[&AiDeal],
    named: &[String],
) -> Option<f64> {
    let there = deals.iter().filter(|deal| quarters.contains(&deal.signed));
    let model = |name: &String| -> f64 {
        there.clone().filter(|deal| deal.owner == *name).map(|deal| deal.it_mw).sum()
    };
    let fact = |name: &String| -> f64 {
        facts.iter().filter(|deal| deal.name == *name).map(|deal| deal.it_mw).sum()
    };
    let (model, fact): (Vec<f64>, Vec<f64>) =
        named.iter().map(|name| (model(name), fact(name))).unzip();
    rank_correlation(&model, &fact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::unix_day;
    use crate::units::Power;

    fn quarter(text: &str) -> Quarter {
        Quarter::parse(text).unwrap()
    }

    fn simulated(replicate: u32, owner: &str, signed: &str, it_mw: f64) -> SimulatedDeal {
        SimulatedDeal {
            replicate,
            owner: owner.to_owned(),
            signed: quarter(signed),
            it_mw,
            rent_musd: Some(1.4),
            months: 12.0,
            new_hall: Some(true),
        }
    }

    fn fact(owner: &str, signed: &str, it_mw: f64) -> AiDeal {
        AiDeal {
            name: owner.to_owned(),
            signed: quarter(signed),
            it_mw,
            mines: true,
            owner: Power::ZERO,
            in_us: true,
            new_hall: Some(true),
            months: Some([10.0, 14.0]),
            rent_musd: Some(1.4),
        }
    }

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

    #[test]
    fn quarters_that_end_by_the_last_epoch_may_be_fitted_and_later_ones_not() {
        let day = |date| unix_day(date).unwrap();
        let periods = DealPeriod::of_days(day("2024-07-06"), day("2025-10-01"), day("2026-06-30"));
        let names: Vec<_> = periods.iter().map(DealPeriod::name).collect();
        assert_eq!(names, ["2024Q3 to 2025Q3", "2025Q4 to 2026Q2"]);
        let alone = DealPeriod::of_days(day("2024-07-06"), day("2025-10-01"), day("2025-10-01"));
        assert_eq!(alone.len(), 1);
    }

    #[test]
    fn deals_are_compared_by_period_and_owner() {
        let period = DealPeriod { quarters: vec![quarter("2024Q3")] };
        let deals = [
            simulated(0, "a", "2024Q3", 100.0),
            simulated(1, "b", "2024Q3", 50.0),
            simulated(1, "a", "2025Q3", 900.0),
        ];
        let owners = [("a".to_owned(), 10.0), ("b".to_owned(), 30.0)];
        let record = [fact("a", "2024Q3", 80.0), fact("b", "2025Q3", 70.0)];
        let rows = compare(&period, (&deals, &[0, 1, 2]), &record, &owners);
        let of = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
        assert_eq!((of("deals").fact, of("deals").model.unwrap()[0]), (Some(1.0), 2.0 / 3.0));
        assert_eq!((of("signed").fact, of("signed").model.unwrap()[0]), (Some(80.0), 50.0));
        // Both order a before b.
        assert_eq!(of("owners_rank_correlation").model.unwrap()[0], 1.0);
        let by_power = of("owners_rank_correlation").log_score_by_power.unwrap();
        assert!((by_power - libm::log(0.9 * 0.25 + 0.1 / 3.0)).abs() < 1e-12);
        assert_eq!(of("months_to_first_power").fact, Some(12.0));
    }
}
