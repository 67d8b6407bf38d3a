//! Reads difficulty epochs as the chain gives them.

use super::claim::Place;
use super::gathered::{Fact, Gathered};
use crate::files::error::FileError;
use crate::files::sheet::{Column, Row, Sheet};
use crate::history::series::read::height_of;
use crate::history::series::sheet::HistoryCells;

const LAYOUT: &str = "epoch,first_time,bits";

struct Columns {
    epoch: Column,
    first_time: Column,
    bits: Column,
    first_height: Option<Column>,
    last_time: Option<Column>,
    difficulty: Option<Column>,
}

impl Columns {
    fn of(sheet: &Sheet) -> Result<Self, FileError> {
        Ok(Self {
            epoch: sheet.needed("epoch", LAYOUT)?,
            first_time: sheet.needed("first_time", LAYOUT)?,
            bits: sheet.needed("bits", LAYOUT)?,
            first_height: sheet.column("first_height"),
            last_time: sheet.column("last_time"),
            difficulty: sheet.column("difficulty"),
        })
    }

    fn read(&self, row: &Row, place: Place) -> Result<(u32, Fact), FileError> {
        let said =
            |column: &Option<Column>| column.clone().filter(|column| !row.text(column).is_empty());
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
        Ok((epoch, Fact { first_time, last_time: last_time.transpose()?, bits, place }))
    }
}

/// Reads a file of epochs.
pub fn read(sheet: &mut Sheet, into: &mut Gathered) -> Result<(), FileError> {
    let columns = Columns::of(sheet)?;
    while let Some(row) = sheet.needed_row()? {
        let (epoch, fact) = columns.read(&row, into.place(&row))?;
        into.add_fact(epoch, fact)?;
    }
    Ok(())
}
