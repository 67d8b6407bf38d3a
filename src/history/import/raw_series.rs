//! Everything that the files say, by day, by block and by epoch; what they say twice must agree.

use std::collections::BTreeMap;

use super::doubts::Doubts;
use super::reported_value::{CellPlace, ReportedValue};
use crate::files::error::{self, FileError};
use crate::files::foreign::shortened;
use crate::files::sheet::{Row, SheetColumn};
use crate::history::series::HistoryEpoch;
use crate::model::chain::difficulty::CompactTarget;

/// Relative difference of two values of one day that may be rounding.
const ROUNDING: f64 = 1e-4;
/// Difference of two last times of one epoch that may be reconstruction, s.
pub(crate) const RECONSTRUCTED_S: i64 = 60;

/// A number of a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourcedValue {
    /// The number.
    pub value: f64,
    /// Where it stands.
    pub place: CellPlace,
    /// Number of its column's name.
    column: usize,
}

impl SourcedValue {
    /// File and column: numbers of one source have one unit.
    pub(super) const fn source(self) -> (u32, usize) {
        (self.place.file, self.column)
    }

    /// Whether both stand in one cell.
    pub(super) fn same(self, other: Self) -> bool {
        self.place == other.place && self.column == other.column
    }
}

/// What is known of a day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RawDay {
    /// Price, USD.
    pub price: Option<SourcedValue>,
    /// Fees, BTC.
    pub fees: Option<SourcedValue>,
    /// New coins, BTC.
    pub issuance: Option<SourcedValue>,
    /// Fees and new coins, USD.
    pub revenue: Option<SourcedValue>,
}

/// What is known of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RawBlock {
    /// Header time, Unix seconds.
    pub time: i64,
    /// Target.
    pub bits: Option<CompactTarget>,
    /// Fees, BTC.
    pub fees: Option<f64>,
    /// Where it stands.
    pub place: CellPlace,
}

/// What is known of an epoch from the chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChainEpoch {
    /// Header time of its first block.
    pub first_time: i64,
    /// Header time of its last block.
    pub last_time: Option<i64>,
    /// Target.
    pub bits: CompactTarget,
    /// Where it stands.
    pub place: CellPlace,
}

/// What the files say.
#[derive(Default)]
pub(crate) struct RawSeries {
    /// Names of the files.
    pub files: Vec<String>,
    /// Names of columns of days.
    columns: Vec<String>,
    /// Days since 1970-01-01.
    pub days: BTreeMap<i64, RawDay>,
    /// Heights.
    pub blocks: BTreeMap<u32, RawBlock>,
    /// Epochs.
    pub facts: BTreeMap<u32, ChainEpoch>,
    /// First times and numbers of the epochs, in order, once the chain is checked.
    pub by_first_time: Vec<(i64, u32)>,
    /// Epochs of histories made before.
    pub past: BTreeMap<u32, (HistoryEpoch, CellPlace)>,
    /// Hash rates and difficulties of days, to be compared with the chain.
    pub reported: Vec<ReportedValue>,
    /// What is doubtful.
    pub doubts: Doubts,
}

impl RawSeries {
    /// A place in words.
    pub(super) fn at(&self, place: CellPlace) -> String {
        format!("{} line {}", self.files[place.file as usize], place.line)
    }

    /// A refusal of a cell whose row is no longer at hand.
    pub(super) fn refused(
        &self,
        place: CellPlace,
        column: &str,
        value: impl ToString,
        allowed: String,
    ) -> FileError {
        FileError::Cell {
            file: self.files[place.file as usize].clone(),
            place: error::FilePlace::Line(place.line),
            column: shortened(column),
            value: shortened(&value.to_string()),
            allowed,
        }
    }

    /// Place of a row of the file that is being read.
    pub(super) fn place(&self, row: &Row) -> CellPlace {
        CellPlace { file: self.files.len() as u32 - 1, line: row.line() }
    }

    fn number_of(&mut self, column: &str) -> usize {
        let known = self.columns.iter().position(|name| name == column);
        known.unwrap_or_else(|| {
            self.columns.push(column.to_owned());
            self.columns.len() - 1
        })
    }

    /// A refusal of a number of a day.
    pub(crate) fn refused_stated(&self, stated: SourcedValue, allowed: String) -> FileError {
        self.refused(stated.place, &self.columns[stated.column], stated.value, allowed)
    }

    /// A number of a day in words: where it stands and what it is.
    pub(super) fn describe(&self, stated: SourcedValue) -> String {
        let (at, column) = (self.at(stated.place), &self.columns[stated.column]);
        format!("{at}, column `{column}`: {}", stated.value)
    }

    /// Adds a number of a day, read from a cell. Of two that agree but for rounding, the smaller stays:
    /// the order of files must not matter.
    pub(crate) fn add_stated(
        &mut self,
        day: i64,
        slot: fn(&mut RawDay) -> &mut Option<SourcedValue>,
        value: f64,
        row: &Row,
        column: &SheetColumn,
    ) -> Result<(), FileError> {
        let stated =
            SourcedValue { value, place: self.place(row), column: self.number_of(&column.name) };
        let slot = slot(self.days.entry(day).or_default());
        let there = *slot.get_or_insert(stated);
        if (value - there.value).abs() <= ROUNDING * value.abs().max(there.value.abs()) {
            *slot = Some(if value < there.value { stated } else { there });
            return Ok(());
        }
        let allowed = format!("{}, as {} says of the same day", there.value, self.at(there.place));
        Err(row.refused(column, allowed))
    }

    /// Adds an epoch from the chain. Of two reconstructed last times the earlier stays.
    pub(crate) fn add_fact(&mut self, epoch: u32, fact: ChainEpoch) -> Result<(), FileError> {
        let Some(there) = self.facts.get(&epoch).copied() else {
            self.facts.insert(epoch, fact);
            return Ok(());
        };
        let as_there = format!("as {} says of epoch {epoch}", self.at(there.place));
        if fact.first_time != there.first_time {
            let allowed = format!("{}, {as_there}", there.first_time);
            return Err(self.refused(fact.place, "first_time", fact.first_time, allowed));
        }
        if fact.bits != there.bits {
            let allowed = format!("{}, {as_there}", there.bits);
            return Err(self.refused(fact.place, "bits", fact.bits, allowed));
        }
        let last_time = match (fact.last_time, there.last_time) {
            (Some(new), Some(old)) if (new - old).abs() > RECONSTRUCTED_S => {
                let allowed = format!("{old}, {as_there}, within {RECONSTRUCTED_S} s");
                return Err(self.refused(fact.place, "last_time", new, allowed));
            }
            (Some(new), Some(old)) => Some(new.min(old)),
            (new, old) => new.or(old),
        };
        self.facts.insert(epoch, ChainEpoch { last_time, ..there });
        Ok(())
    }
}
