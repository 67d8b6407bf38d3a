//! Simulated deals beside those on record, by period: what a fit may have looked at, and what came after.

use std::path::Path;

use super::law::{ANYBODY, DealLaw, DealScore};
use super::{SimulatedDeal, dispersion, simulated_deals};
use crate::clock::SECONDS_PER_DAY;
use crate::history::hindcast::Hindcast;
use crate::history::hindcast::ai_deals::{AiDeal, AiRecord, Quarter};
use crate::history::hindcast::state::Days;
use crate::statistics::event_scores::rank_correlation;
use crate::statistics::samples::{mean, quantiles};
use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;
use crate::world::miners::conversion::opening::HallRoom;
use crate::world::miners::spec::MinersSpec;

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

    /// The periods of a hindcast: quarters that end by the last epoch, and those after it up to the last simulated day. A period
    /// without a quarter is left out.
    #[must_use]
    pub fn of_hindcast(of: &Hindcast, days: Days) -> Vec<Self> {
        let first = days.start.div_euclid(SECONDS_PER_DAY);
        let last = first + i64::from(of.experiment.base.simulation.horizon_days);
        Self::of_days(first, first + days.horizon(), last)
    }

    /// The same by days, counted from 1970-01-01.
    #[must_use]
    pub fn of_days(first: i64, end: i64, last: i64) -> Vec<Self> {
        let mut periods = [Vec::new(), Vec::new()];
        for (quarter, day) in Quarter::ends_between(first, last) {
            periods[usize::from(day > end)].push(quarter);
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
            log_score: told((mark.score)(&score)),
            ..row(mark.name, mark.unit, average(values.iter().copied()), model)
        });
    }
    let order = rank_of_owners(&all, &facts, &named).map(|order| [order; 3]);
    rows.push(DealRow {
        log_score: Some(score.owners),
        log_score_by_power: Some(score_by_power(&facts, owners)),
        ..row("owners_rank_correlation", "1", None, order)
    });
    rows
}

/// A score, unless no simulated deal gives a law.
fn told(score: f64) -> Option<f64> {
    (!score.is_nan()).then_some(score)
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
    let record = record.after(days.start.div_euclid(SECONDS_PER_DAY));
    let rows = |period: &DealPeriod| compare(period, (&deals, &paths), &record, &owners);
    Ok(DealPeriod::of_hindcast(of, days).iter().flat_map(rows).collect())
}

/// Names of the experiment's owners and their utility power, pipelines included, MW.
#[must_use]
pub fn owners_and_power(miners: &MinersSpec) -> Vec<(String, f64)> {
    let power = |owner| HallRoom::from_owner(miners, owner).most().mw();
    miners.owners.iter().map(|owner| (owner.name.clone(), power(owner))).collect()
}

/// Rank correlation over named owners of the power that they signed on record and in the mean of the paths.
fn rank_of_owners(deals: &[&SimulatedDeal], facts: &[&AiDeal], named: &[String]) -> Option<f64> {
    let model = |name: &String| -> f64 {
        deals.iter().filter(|deal| deal.owner == *name).map(|deal| deal.it_mw).sum()
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
    use super::super::tests::{fact, quarter, simulated};
    use super::*;
    use crate::clock::unix_day;

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
