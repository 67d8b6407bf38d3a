//! Means over replicates from `regions.parquet`: what regions were like on the first and the last day
//! on which they are recorded.

use std::collections::BTreeMap;
use std::ops::Range;

use super::miners::stretch;
use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;

/// Columns that figures of regions are drawn from: uses of connected power, from the first up.
pub(crate) const USES: [&str; 5] =
    ["mining_mw", "idle_mw", "converting_mw", "hosting_mw", "vacant_mw"];
/// Rows read at a time.
const ROWS: usize = 1 << 16;

/// Means of the [`USES`], MW.
pub(crate) type PowerByUse = [f64; USES.len()];

/// Regions of one scenario on two days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionsView {
    /// Names, in the order of the experiment.
    pub names: Vec<String>,
    /// The first and the last recorded day, with the power of each region.
    pub days: Vec<(i32, Vec<PowerByUse>)>,
}

/// Sums over replicates: rows, and power by use.
type RegionSums = Vec<(u32, PowerByUse)>;

impl RegionsView {
    /// Reads the means over all replicates of a scenario; empty when it has no rows.
    ///
    /// # Errors
    /// When a column is missing or the file damaged.
    pub(crate) fn read(table: &ResultTable, scenario: &str) -> Result<Self, ReportError> {
        let rows = stretch(table, scenario)?.unwrap_or(0..0);
        let (mut names, mut sums) = (Vec::new(), BTreeMap::<i32, RegionSums>::new());
        for start in rows.clone().step_by(ROWS) {
            add(table, start..rows.end.min(start + ROWS), &mut names, &mut sums)?;
        }
        let mean = |sums: RegionSums| {
            let mean = |(rows, sum): (u32, PowerByUse)| sum.map(|mw| mw / f64::from(rows.max(1)));
            sums.into_iter().map(mean).collect()
        };
        let ends = [sums.pop_first(), sums.pop_last()].into_iter().flatten();
        Ok(Self { days: ends.map(|(day, sums)| (day, mean(sums))).collect(), names })
    }
}

/// Adds some rows to the sums of their days and regions.
fn add(
    table: &ResultTable,
    rows: Range<usize>,
    names: &mut Vec<String>,
    sums: &mut BTreeMap<i32, RegionSums>,
) -> Result<(), ReportError> {
    let mut places = Vec::with_capacity(rows.len());
    table.strings_of("region", rows.clone(), |name| {
        let known = names.iter().position(|known| known == name);
        places.push(known.unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        }));
    })?;
    let days = table.integers_of("day", rows.clone())?;
    for (number, column) in USES.iter().enumerate() {
        let values = table.numbers_of(column, rows.clone())?;
        for ((day, place), value) in days.iter().zip(&places).zip(values) {
            let regions = sums.entry(*day).or_default();
            regions.resize(names.len().max(regions.len()), (0, PowerByUse::default()));
            let (rows, sum) = &mut regions[*place];
            *rows += u32::from(number == 0);
            sum[number] += value;
        }
    }
    Ok(())
}
