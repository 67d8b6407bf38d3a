//! What a hindcast's paths have let for AI at the ends of quarters, against the deals on record.

use std::path::Path;

use super::ai_deals::{AiDeal, AiRecord, Quarter};
use super::paths::stretches;
use crate::clock::SECONDS_PER_DAY;
use crate::statistics::samples::{mean, quantiles};
use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;
use crate::world::miners::state::{LARGE_OWNER, SMALL_OWNER};

/// A quantity that deals and paths both have.
struct Measure {
    name: &'static str,
    unit: &'static str,
    /// The column of the series, and what it is divided by.
    column: (&'static str, Option<&'static str>),
    /// Whether it is one minus that.
    rest: bool,
    /// The same of all deals on record at the end of a quarter.
    fact: fn(&AiRecord, Quarter) -> Option<f64>,
}

/// What is compared.
const MEASURES: [Measure; 8] = [
    Measure {
        name: "contracted",
        unit: "MW (IT)",
        column: ("ai_contracted_mw", None),
        rest: false,
        fact: |record, quarter| Some(sum(record.until(quarter), |_| true)),
    },
    Measure {
        name: "contracted_by_miners",
        unit: "MW (IT)",
        column: ("ai_contracted_mw", None),
        rest: false,
        fact: |record, quarter| Some(sum(record.until(quarter), |deal| deal.mines)),
    },
    Measure {
        name: "energised",
        unit: "MW (IT)",
        column: ("ai_energised_mw", None),
        rest: false,
        fact: AiRecord::energised_mw,
    },
    Measure {
        name: "first_year_rent",
        unit: "MUSD/(MW year)",
        column: ("ai_lease_rent_musd_per_mw_year", None),
        rest: false,
        fact: mean_rent,
    },
    Measure {
        name: "share_new_halls",
        unit: "1",
        column: ("ai_retrofit_mw", Some("ai_contracted_mw")),
        rest: true,
        fact: |record, quarter| {
            let known = || record.until(quarter).filter(|deal| deal.new_hall.is_some());
            ratio(sum(known(), |deal| deal.new_hall == Some(true)), sum(known(), |_| true))
        },
    },
    Measure {
        name: "share_us",
        unit: "1",
        column: ("ai_contracted_us_mw", Some("ai_contracted_mw")),
        rest: false,
        fact: |record, quarter| share(record, quarter, |deal| deal.in_us),
    },
    Measure {
        name: "share_large_owners",
        unit: "1",
        column: ("ai_contracted_large_mw", Some("ai_contracted_mw")),
        rest: false,
        fact: |record, quarter| share(record, quarter, |deal| deal.owner >= LARGE_OWNER),
    },
    Measure {
        name: "share_small_owners",
        unit: "1",
        column: ("ai_contracted_small_mw", Some("ai_contracted_mw")),
        rest: false,
        fact: |record, quarter| share(record, quarter, |deal| deal.owner < SMALL_OWNER),
    },
];

/// IT power of the deals that count, MW.
fn sum<'d>(deals: impl Iterator<Item = &'d AiDeal>, counts: impl Fn(&AiDeal) -> bool) -> f64 {
    deals.filter(|deal| counts(deal)).map(|deal| deal.it_mw).fold(0.0, |a, b| a + b)
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Share of the deals that count in the IT power of all.
fn share(record: &AiRecord, quarter: Quarter, counts: fn(&AiDeal) -> bool) -> Option<f64> {
    ratio(sum(record.until(quarter), counts), sum(record.until(quarter), |_| true))
}

/// Mean first-year rent of the deals of which it is known, weighted by IT power.
fn mean_rent(record: &AiRecord, quarter: Quarter) -> Option<f64> {
    let known = record.until(quarter).filter_map(|deal| Some((deal.it_mw, deal.rent_musd?)));
    let (rent, it) = known.fold((0.0, 0.0), |(rent, it), (mw, r)| (rent + mw * r, it + mw));
    ratio(rent, it)
}

/// A quantity at the end of a quarter.
#[derive(Clone, Debug, PartialEq)]
pub struct AiHistoryRow {
    /// Quarter.
    pub quarter: Quarter,
    /// Day of the simulation on which it ends.
    pub day: i32,
    /// Name of the quantity.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Of the deals on record; none where they do not tell.
    pub fact: Option<f64>,
    /// Over paths: mean and quantiles of 5 and 95 %; none where no path has it.
    pub model: Option<[f64; 3]>,
}

/// Compares the paths of `series.parquet` with the record, at the ends of all quarters between the first
/// (first midnight `start`, s since 1970-01-01) and the last of the simulated `days`; gives the number of paths, too.
///
/// # Errors
/// When the file is missing or damaged, or holds no path.
pub fn compare(
    series: &Path,
    (start, days): (i64, i64),
    record: &AiRecord,
) -> Result<(Vec<AiHistoryRow>, usize), ReportError> {
    let table = ResultTable::open(series)?;
    let replicates = table.integers_of("replicate", 0..table.rows())?;
    let recorded = table.integers_of("day", 0..table.rows())?;
    let paths = stretches(&table, &replicates)?;
    let column = |name: &str| table.numbers_of(name, 0..table.rows());
    let first = start.div_euclid(SECONDS_PER_DAY);
    let ends = Quarter::ends_between(first, first + days);
    let ends = ends.into_iter().map(|(quarter, day)| (quarter, (day - first) as i32));
    let ends: Vec<(Quarter, i32)> = ends.collect();
    let mut rows = Vec::new();
    for measure in &MEASURES {
        let (above, below) = measure.column;
        let (above, below) = (column(above)?, below.map(column).transpose()?);
        for &(quarter, day) in &ends {
            let at = |&(_, from, end): &(String, usize, usize)| {
                (from..end).rev().find(|&row| recorded[row] <= day)
            };
            let value = |row: usize| {
                let value = below.as_ref().map_or(above[row], |below| above[row] / below[row]);
                if measure.rest { 1.0 - value } else { value }
            };
            let values: Vec<f64> =
                paths.iter().filter_map(at).map(value).filter(|value| value.is_finite()).collect();
            let average = mean(&values);
            let model = quantiles(values).map(|[low, .., high]| [average, low, high]);
            let fact = (measure.fact)(record, quarter);
            rows.push(AiHistoryRow {
                quarter,
                day,
                name: measure.name,
                unit: measure.unit,
                fact,
                model,
            });
        }
    }
    Ok((rows, paths.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deal(signed: &str, it_mw: f64, new_hall: Option<bool>, rent_musd: Option<f64>) -> AiDeal {
        let signed = Quarter::parse(signed).unwrap();
        let owner = LARGE_OWNER;
        let mines = it_mw < 150.0;
        let name = String::new();
        let months = None;
        let signed_by = 0;
        AiDeal {
            name,
            signed,
            signed_by,
            it_mw,
            mines,
            owner,
            in_us: true,
            new_hall,
            months,
            rent_musd,
        }
    }

    #[test]
    fn deals_count_from_their_quarter_on_and_unknown_routes_and_rents_in_no_share() {
        let deals = vec![
            deal("2024Q2", 100.0, Some(false), Some(1.2)),
            deal("2024Q3", 300.0, Some(true), Some(1.6)),
            deal("2024Q3", 100.0, None, None),
        ];
        let record = AiRecord { deals, energised: vec![(Quarter::parse("2024Q3").unwrap(), 8.0)] };
        let at = |quarter: &str| {
            let quarter = Quarter::parse(quarter).unwrap();
            MEASURES.map(|measure| (measure.fact)(&record, quarter))
        };
        assert_eq!(at("2024Q1")[0], Some(0.0));
        assert_eq!(at("2024Q1")[3], None);
        let [contracted, miners, energised, rent, new, us, ..] = at("2024Q3");
        assert_eq!((contracted, miners, energised), (Some(500.0), Some(200.0), Some(8.0)));
        assert_eq!((rent, new, us), (Some(1.5), Some(0.75), Some(1.0)));
    }
}
