//! Deals for AI halls as a marked point process: a path's deals are the leases signed after its first day. What an ensemble says of a
//! period is how many deals a quarter, which owner, how much power, at which rent, on which route, how many months to first power.

pub mod law;
pub mod scores;

use std::path::Path;

use super::ai_deals::Quarter;
use crate::clock::SECONDS_PER_DAY;
use crate::statistics::samples::mean;
use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;
use crate::units::DAYS_PER_MONTH;

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

#[cfg(test)]
mod tests {
    use super::super::ai_deals::AiDeal;
    use super::*;
    use crate::units::Power;

    pub(super) fn quarter(text: &str) -> Quarter {
        Quarter::parse(text).unwrap()
    }

    pub(super) fn simulated(
        replicate: u32,
        owner: &str,
        signed: &str,
        it_mw: f64,
    ) -> SimulatedDeal {
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

    pub(super) fn fact(owner: &str, signed: &str, it_mw: f64) -> AiDeal {
        AiDeal {
            name: owner.to_owned(),
            signed: quarter(signed),
            signed_by: 0,
            it_mw,
            mines: true,
            owner: Power::ZERO,
            in_us: true,
            new_hall: Some(true),
            months: Some([10.0, 14.0]),
            rent_musd: Some(1.4),
        }
    }

    #[test]
    fn numbers_vary_within_groups_and_never_less_than_events_without_memory() {
        let quarters = [quarter("2024Q3")];
        let deals = [0, 0, 0, 0].map(|path| simulated(path, "a", "2024Q3", 9.0));
        // Four in one path and none in the other: mean 2, variance 8.
        let of = |deals: &[SimulatedDeal]| {
            let (deals, paths): (Vec<&SimulatedDeal>, Vec<u32>) =
                (deals.iter().collect(), vec![0, 1]);
            dispersion(&[(deals, paths)], &quarters)
        };
        assert!((of(&deals) - 4.0).abs() < 1e-12);
        assert!((of(&[]) - 1.0).abs() < 1e-12);
        let even = [0, 1].map(|path| simulated(path, "a", "2024Q3", 9.0));
        assert!((of(&even) - 1.0).abs() < 1e-12);
    }
}
