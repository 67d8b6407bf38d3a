//! Histories made before: their rows stand, and are compared with what days and blocks give.

use super::raw_series::{ChainEpoch, RawSeries};
use super::reported_value::CellPlace;
use super::rows::new_row;
use crate::files::error::FileError;
use crate::files::sheet::Sheet;
use crate::history::series::HistoryEpoch;
use crate::history::series::read::rows;

/// Relative difference of price or hash rate from which a row is doubtful.
const DOUBTFUL: f64 = 0.01;
/// Relative difference of price or hash rate from which a row contradicts the other files.
const CONTRADICTORY: f64 = 0.1;
/// Half as much, as a share: the limits for fee shares.
const SHARE: f64 = 0.5;

/// Reads a history.
pub(super) fn read(sheet: &mut Sheet, into: &mut RawSeries) -> Result<(), FileError> {
    for (line, epoch) in rows(sheet)? {
        let place = CellPlace { file: into.files.len() as u32 - 1, line };
        let HistoryEpoch { first_time, bits, .. } = epoch;
        into.add_fact(epoch.epoch, ChainEpoch { first_time, last_time: None, bits, place })?;
        match into.past.get(&epoch.epoch) {
            Some((there, other)) => {
                if let Some((column, value, allowed)) = difference(&epoch, there) {
                    let allowed = format!("{allowed}, as {} says", into.at(*other));
                    return Err(into.refused(place, column, value, allowed));
                }
            }
            None => {
                into.past.insert(epoch.epoch, (epoch, place));
            }
        }
    }
    Ok(())
}

/// A column in which two rows differ, with both values.
fn difference(one: &HistoryEpoch, other: &HistoryEpoch) -> Option<(&'static str, f64, f64)> {
    values(one, other).into_iter().map(|(column, a, b, _)| (column, a, b)).find(|(_, a, b)| a != b)
}

/// Columns that the chain alone does not give, with both values and the scale of a difference.
fn values(one: &HistoryEpoch, other: &HistoryEpoch) -> [(&'static str, f64, f64, f64); 3] {
    let (a, b) = (one.hash_rate.ehs(), other.hash_rate.ehs());
    [
        ("hash_rate_ehs", a, b, b),
        ("price_usd", one.price.0, other.price.0, other.price.0),
        ("fee_share", one.fee_share, other.fee_share, SHARE),
    ]
}

/// Compares the rows made before with those that the other files give.
///
/// # Errors
/// A row that differs by more than days to be filled can explain.
pub(super) fn check(raw: &mut RawSeries) -> Result<(), FileError> {
    let mut doubtful = Vec::new();
    for (epoch, (past, place)) in &raw.past {
        let fact = raw.facts.get(epoch);
        let Some(Ok((new, _))) = fact.map(|fact| new_row(raw, *epoch, fact)) else { continue };
        for (column, there, here, scale) in values(past, &new) {
            let difference = (there - here).abs() / scale;
            let allowed = format!("near {here}, which the other files give for epoch {epoch}");
            if difference > CONTRADICTORY {
                return Err(raw.refused(*place, column, there, allowed));
            }
            if difference > DOUBTFUL {
                let at = raw.at(*place);
                doubtful.push(format!("{at}, column `{column}`: {there} is not {allowed}"));
            }
        }
    }
    for case in doubtful {
        raw.doubts.add("rows kept that the other files would change", case);
    }
    Ok(())
}
