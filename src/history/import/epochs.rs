//! Reads difficulty epochs as the chain gives them.

use super::raw_series::{ChainEpoch, RawSeries};
use super::reported_value::CellPlace;
use crate::files::error::FileError;
use crate::files::sheet::{Row, Sheet, SheetColumn};
use crate::history::series::read::height_of;
use crate::history::series::sheet::HistoryCells;

const LAYOUT: &str = "epoch,first_time,bits";

struct EpochColumns {
    epoch: SheetColumn,
    first_time: SheetColumn,
    bits: SheetColumn,
    first_height: Option<SheetColumn>,
    last_time: Option<SheetColumn>,
    difficulty: Option<SheetColumn>,
}

impl EpochColumns {
    fn from_sheet(sheet: &Sheet) -> Result<Self, FileError> {
        Ok(Self {
            epoch: sheet.needed("epoch", LAYOUT)?,
            first_time: sheet.needed("first_time", LAYOUT)?,
            bits: sheet.needed("bits", LAYOUT)?,
            first_height: sheet.column("first_height"),
            last_time: sheet.column("last_time"),
            difficulty: sheet.column("difficulty"),
        })
    }

    fn read(&self, row: &Row, place: CellPlace) -> Result<(u32, ChainEpoch), FileError> {
        let said = |column: &Option<SheetColumn>| {
            column.clone().filter(|column| !row.text(column).is_empty())
        };
        let epoch = row.whole(&self.epoch)?;
        let first_time = row.time(&self.first_time)?;
        let bits = row.bits(&self.bits)?;
        if let Some(column) = said(&self.first_height) {
            height_of(row, &column, epoch)?;
        }
        if let Some(column) = said(&self.difficulty) {
            row.check_difficulty(&column, bits)?;
        }
        let last_time = said(&self.last_time).map(|column| {
            let last = row.time(&column)?;
            let allowed = || format!("after {first_time}, the first time of epoch {epoch}");
            if last > first_time { Ok(last) } else { Err(row.refused(&column, allowed())) }
        });
        Ok((epoch, ChainEpoch { first_time, last_time: last_time.transpose()?, bits, place }))
    }
}

/// Reads a file of epochs.
pub(super) fn read(sheet: &mut Sheet, into: &mut RawSeries) -> Result<(), FileError> {
    let columns = EpochColumns::from_sheet(sheet)?;
    while let Some(row) = sheet.needed_row()? {
        let (epoch, fact) = columns.read(&row, into.place(&row))?;
        into.add_fact(epoch, fact)?;
    }
    Ok(())
}
