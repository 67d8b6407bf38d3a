//! The snapshot in `miners.parquet`.

use std::ops::Range;

use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;

/// Miners of one scenario and replicate on the last day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MinersView {
    /// Replicate.
    pub replicate: i32,
    /// Tariff, USD/MWh.
    pub tariff: Vec<f64>,
    /// Mean efficiency of a miner's rigs, J/TH.
    pub efficiency: Vec<f64>,
    /// What each does.
    pub activity: Vec<String>,
}

impl MinersView {
    /// Reads the first replicate that the snapshot has of a scenario; empty when it has none.
    ///
    /// # Errors
    /// When a column is missing or the file damaged.
    pub fn read(table: &ResultTable, scenario: &str) -> Result<Self, ReportError> {
        let Some(rows) = stretch(table, scenario)? else { return Ok(Self::default()) };
        let numbers = table.integers_of("replicate", rows.clone())?;
        let replicate = numbers.first().copied().unwrap_or(0);
        let others = numbers.iter().position(|number| *number != replicate);
        let rows = rows.start..rows.start + others.unwrap_or(numbers.len());
        let mut activity = Vec::with_capacity(rows.len());
        table.strings_of("activity", rows.clone(), |name| activity.push(name.to_owned()))?;
        Ok(Self {
            replicate,
            tariff: table.numbers_of("tariff_usd_per_mwh", rows.clone())?,
            efficiency: table.numbers_of("efficiency_j_per_th", rows)?,
            activity,
        })
    }
}

/// The first stretch of rows of a scenario.
pub(super) fn stretch(
    table: &ResultTable,
    scenario: &str,
) -> Result<Option<Range<usize>>, ReportError> {
    let (mut row, mut found) = (0, None::<Range<usize>>);
    table.strings("scenario", |name| {
        match &mut found {
            Some(rows) if name == scenario && rows.end == row => rows.end = row + 1,
            None if name == scenario => found = Some(row..row + 1),
            _ => {}
        }
        row += 1;
    })?;
    Ok(found)
}
