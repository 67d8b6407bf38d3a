//! Hash rates and difficulties that files state by day, compared with the chain: a wrong unit or
//! another chain shows here.

use std::collections::BTreeMap;

use super::raw_series::RawSeries;
use super::reported_value::{ReportedQuantity, ReportedValue};
use crate::clock::{SECONDS_PER_DAY, iso_date};
use crate::files::error::FileError;
use crate::history::series::read::{WRONG_UNIT, hash_rate};
use crate::history::series::sheet::power_of_thousand;
use crate::history::series::succession::BACKWARDS_S;
use crate::model::chain::difficulty::TARGET_INTERVAL_S;
use crate::units::Seconds;

/// Relative difference of a stated difficulty from the chain's that may be rounding.
const ROUNDING: f64 = 1e-4;

/// The cells of a column that the chain speaks of.
#[derive(Default)]
struct Compared<'a> {
    cells: usize,
    /// Those that disagree, and what would be allowed.
    disagreeing: Vec<(&'a ReportedValue, String)>,
}

/// Compares what files state by day with the difficulty in force. Where most of a column disagrees,
/// the column means something else and is refused; a few cells are doubtful.
///
/// # Errors
/// The first cell of a column of which most disagree.
pub(super) fn check(raw: &mut RawSeries) -> Result<(), FileError> {
    let reported = std::mem::take(&mut raw.reported);
    let mut columns: BTreeMap<(u32, ReportedQuantity), Compared> = BTreeMap::new();
    for value in &reported {
        let Some((low, high)) = difficulties(raw, value.day) else { continue };
        let column = columns.entry((value.place.file, value.quantity)).or_default();
        column.cells += 1;
        column.disagreeing.extend(disagreement(value, low, high).map(|allowed| (value, allowed)));
    }
    for Compared { cells, disagreeing } in columns.values() {
        if let Some((value, allowed)) =
            disagreeing.first().filter(|_| 2 * disagreeing.len() > *cells)
        {
            let most = format!(
                "{allowed} (nor are {} of {cells} cells of this column)",
                disagreeing.len()
            );
            return Err(raw.refused(value.place, &value.column, &value.text, most));
        }
        for (value, allowed) in disagreeing {
            let (at, ReportedValue { column, text, .. }) = (raw.at(value.place), value);
            let case = format!("{at}, column `{column}`: `{text}` is not {allowed}");
            raw.doubts.add("cells that disagree with the chain's difficulty", case);
        }
    }
    Ok(())
}

/// Lowest and highest difficulty in force on a day, give or take two hours; none where an epoch that
/// touches the day is unknown.
fn difficulties(raw: &RawSeries, day: i64) -> Option<(f64, f64)> {
    let from = day * SECONDS_PER_DAY - BACKWARDS_S;
    let to = (day + 1) * SECONDS_PER_DAY + BACKWARDS_S;
    let place = raw.by_first_time.partition_point(|(first_time, _)| *first_time <= from);
    let (_, epoch) = *raw.by_first_time.get(place.checked_sub(1)?)?;
    let first = raw.facts.get(&epoch)?.bits.difficulty();
    let (mut low, mut high, mut next) = (first, first, epoch + 1);
    while let Some(fact) = raw.facts.get(&next) {
        if fact.first_time > to {
            return Some((low, high));
        }
        low = low.min(fact.bits.difficulty());
        high = high.max(fact.bits.difficulty());
        next += 1;
    }
    // The last epoch known: it is in force as long as it is known to be.
    let last = raw.facts.get(&(next - 1))?.last_time?;
    (last >= to).then_some((low, high))
}

/// What would be allowed where a claim disagrees.
fn disagreement(value: &ReportedValue, low: f64, high: f64) -> Option<String> {
    let date = iso_date(value.day);
    match value.quantity {
        ReportedQuantity::Difficulty => {
            let fits = (low * (1.0 - ROUNDING)..=high * (1.0 + ROUNDING)).contains(&value.value);
            let range = if low == high { format!("{low}") } else { format!("{low} to {high}") };
            let unit = power_of_thousand(value.value / (low * high).sqrt());
            (!fits).then(|| format!("the chain's difficulty on {date}, {range}{unit}"))
        }
        ReportedQuantity::HashRate => {
            let scheduled = hash_rate((low * high).sqrt(), 1, Seconds(TARGET_INTERVAL_S)).ths();
            let ratio = value.value / scheduled;
            let fits = (1.0 / WRONG_UNIT..=WRONG_UNIT).contains(&ratio);
            (!fits).then(|| {
                format!(
                    "in TH/s: the difficulty of {date} means about {scheduled:.6} TH/s{}",
                    unit_of(ratio)
                )
            })
        }
    }
}

/// The unit that a hash rate seems to have.
fn unit_of(ratio: f64) -> &'static str {
    let power = if ratio > 0.0 { libm::round(libm::log10(ratio) / 3.0) as i32 } else { 0 };
    match power {
        4 => ", so this is in H/s",
        2 => ", so this is in MH/s",
        1 => ", so this is in GH/s",
        -1 => ", so this is in PH/s",
        -2 => ", so this is in EH/s",
        _ => "",
    }
}
