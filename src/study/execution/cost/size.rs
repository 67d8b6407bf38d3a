//! How large files will be, from the rows of a few runs.
//!
//! A few rows do not compress as many do. So they are multiplied to as many as a few pages of a file
//! hold: a number that differs between runs differs between their stand-ins, one that does not is the
//! same in all.

use std::path::Path;

use crate::random::{Draws, Stream};
use crate::study::error::Error;
use crate::study::store::table::{ColumnCells, Field, Table};
use crate::study::store::writer::encode;

/// Rows that stand-ins make up together, about.
const ROWS: usize = 8192;
/// Most stand-ins.
const MOST: usize = 512;
/// How much stand-ins differ from what they stand for: the last digits alone, of which compression
/// sees no more than that they are others.
const SPREAD: f64 = 1e-6;

/// Bytes of a file: what it costs whatever it holds, and what each run adds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FileSize {
    /// Without runs.
    pub fixed: f64,
    /// For a run.
    pub per_run: f64,
}

impl FileSize {
    /// Bytes of a file that holds so many runs.
    #[must_use]
    pub(super) fn of(self, runs: u32) -> f64 {
        self.fixed + self.per_run * f64::from(runs)
    }
}

/// The size of files that hold runs such as these: a table for each run.
///
/// # Errors
/// Never for tables of the schema.
pub(crate) fn file_size(runs: &[&Table], schema: &[Field]) -> Result<FileSize, Error> {
    let rows: usize = runs.iter().map(|table| table.rows()).sum();
    if rows == 0 {
        return Ok(FileSize::default());
    }
    let count = (ROWS * runs.len() / rows).clamp(8, MOST);
    let varying = varying(runs);
    let stand_in =
        |number: usize| stand_in(runs[number % runs.len()].clone(), number as u32, &varying);
    from_halves(count, schema, stand_in)
}

/// The size of files that begin with these runs and go on alike: a table for each run.
///
/// # Errors
/// Never for tables of the schema.
pub(crate) fn size_of_row(runs: &[&Table], schema: &[Field]) -> Result<FileSize, Error> {
    from_halves(runs.len(), schema, |number| runs[number].clone())
}

/// The size of files, from so many runs and from half of them.
fn from_halves(
    count: usize,
    schema: &[Field],
    run: impl Fn(usize) -> Table,
) -> Result<FileSize, Error> {
    let bytes = |count: usize| {
        let mut all = Table::empty(schema);
        (0..count).for_each(|number| all.append(run(number)));
        let bytes = encode(all, schema.to_vec(), "").map(|bytes| bytes.len() as f64);
        bytes.map_err(Error::damaged(Path::new("measured rows")))
    };
    let (few, many) = (bytes(count / 2)?, bytes(count)?);
    let per_run = (many - few).max(0.0) / (count - count / 2).max(1) as f64;
    Ok(FileSize { fixed: (many - per_run * count as f64).max(0.0), per_run })
}

/// Which columns hold broken numbers that are not the same in all runs; of a single run, in all its
/// rows.
fn varying(runs: &[&Table]) -> Vec<bool> {
    let differs = |column: usize| {
        let ColumnCells::Number(first) = &runs[0].columns[column] else { return false };
        let broken = first.iter().any(|value| value.fract() != 0.0);
        let others = runs[1..].iter().any(|run| run.columns[column] != runs[0].columns[column]);
        let within = runs.len() == 1 && first.iter().any(|value| *value != first[0]);
        broken && (others || within)
    };
    (0..runs[0].columns.len()).map(differs).collect()
}

/// A run that might have been made as well.
fn stand_in(mut own: Table, number: u32, varying: &[bool]) -> Table {
    let draws = Draws::new(0, number);
    for (column, cells) in own.columns.iter_mut().enumerate() {
        match cells {
            ColumnCells::Number(values) if varying[column] => {
                let uniform = draws.uniform(Stream::Analysis, column as u32, 0, 0);
                let factor = 1.0 + SPREAD * (uniform - 0.5);
                for value in values {
                    *value *= factor;
                }
            }
            ColumnCells::Integer(values) if column == 1 => values.fill(number.cast_signed()),
            _ => {}
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::store::table::{run_row, runs_schema, series_rows, series_schema};
    use crate::units::{BtcPrice, HashRate};
    use crate::world::simulation::Trajectory;
    use crate::world::simulation::trajectory::Record;

    /// A run with drawn, constant and whole numbers, of so many records.
    fn run(number: u32, records: u32) -> Trajectory {
        let draws = Draws::new(3, number);
        let record = |day| {
            let uniform = |item| draws.uniform(Stream::Price, 0, day, item);
            let mut record = Record { day, height: 144 * day, ..Record::default() };
            record.hash_rate = HashRate::from_ehs(1000.0 * (1.0 + uniform(0)));
            record.btc_price = BtcPrice(1e5 * (1.0 + uniform(1)));
            record.difficulty = 1e14 + f64::from(number);
            record.security.owner.nakamoto = (10.0 * uniform(2)).floor();
            record
        };
        Trajectory { records: (0..records).map(record).collect(), ..Trajectory::default() }
    }

    /// Rows of a run.
    type RowCount = fn(&str, u32, &Trajectory) -> Table;

    #[test]
    fn four_runs_tell_how_large_a_file_of_many_is() {
        for (records, many) in [(3, 2000), (150, 300)] {
            let name = |number: u32| if number.is_multiple_of(2) { "on" } else { "off" };
            let kinds: [(RowCount, Vec<Field>); 2] =
                [(run_row, runs_schema()), (series_rows, series_schema())];
            for (rows, schema) in kinds {
                let table = |number| rows(name(number), number, &run(number, records));
                let few: Vec<Table> = (0..4).map(table).collect();
                let few: Vec<&Table> = few.iter().collect();
                let foreseen = file_size(&few, &schema).unwrap().of(many);
                let mut all = Table::empty(&schema);
                (0..many).for_each(|number| all.append(table(number)));
                let bytes = encode(all, schema, "").unwrap().len() as f64;
                let factor = foreseen / bytes;
                assert!((1.0 / 1.5..1.5).contains(&factor), "{records} records: {factor}");
            }
        }
    }
}
