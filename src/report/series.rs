//! `series.parquet`: where each replicate's rows lie, and one column of one scenario at a time.

use std::path::Path;

use parquet::data_type::{DoubleType, Int32Type};

use super::error::ReportError;
use super::load::Table;

/// An open `series.parquet`.
pub struct SeriesFile {
    table: Table,
    blocks: Vec<Block>,
}

/// Consecutive rows of one replicate.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    scenario: String,
    replicate: i32,
    first: usize,
    rows: usize,
}

/// Cuts the rows wherever the scenario or the replicate changes, from the lengths of equal runs.
fn cut(scenarios: &[(String, usize)], replicates: &[(i32, usize)]) -> Vec<Block> {
    let mut blocks = Vec::with_capacity(replicates.len());
    let mut replicates = replicates.iter().copied();
    let (mut replicate, mut left) = replicates.next().unwrap_or((0, 0));
    let mut first = 0;
    for (scenario, rows) in scenarios {
        let end = first + rows;
        while first < end && left > 0 {
            let rows = left.min(end - first);
            blocks.push(Block { scenario: scenario.clone(), replicate, first, rows });
            first += rows;
            left -= rows;
            if left == 0 {
                (replicate, left) = replicates.next().unwrap_or((0, 0));
            }
        }
    }
    blocks
}

/// One series of one scenario: the same days for every replicate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ensemble {
    /// Replicate numbers, ascending.
    pub replicates: Vec<i32>,
    /// Days in each replicate.
    pub days: usize,
    /// Values, replicate after replicate.
    pub values: Vec<f64>,
}

impl Ensemble {
    /// The values of all replicates on the `day`th recorded day.
    #[must_use]
    pub fn on(&self, day: usize) -> Vec<f64> {
        self.values.iter().copied().skip(day).step_by(self.days.max(1)).collect()
    }

    /// The series of the `index`th replicate.
    #[must_use]
    pub fn replicate(&self, index: usize) -> &[f64] {
        self.values.get(index * self.days..(index + 1) * self.days).unwrap_or(&[])
    }

    /// Values of this and another scenario on one day, for the replicates both have.
    #[must_use]
    pub fn pairs_on(&self, control: &Self, day: usize) -> Vec<(f64, f64)> {
        let (treated, untreated) = (self.on(day), control.on(day));
        let partner = |number| control.replicates.binary_search(number).ok();
        let matched = self.replicates.iter().zip(treated);
        matched
            .filter_map(|(number, value)| Some((value, *untreated.get(partner(number)?)?)))
            .collect()
    }
}

impl SeriesFile {
    /// Opens the file and notes which rows belong to which replicate.
    ///
    /// # Errors
    /// When the file is missing, damaged or lacks the key columns.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        let table = Table::open(path)?;
        let mut scenarios: Vec<(String, usize)> = Vec::new();
        table.strings("scenario", |name| match scenarios.last_mut() {
            Some((last, rows)) if last == name => *rows += 1,
            _ => scenarios.push((name.to_owned(), 1)),
        })?;
        let mut replicates: Vec<(i32, usize)> = Vec::new();
        table.stream::<Int32Type>("replicate", 0..table.rows(), |_, batch| {
            for number in batch {
                match replicates.last_mut() {
                    Some((last, rows)) if last == number => *rows += 1,
                    _ => replicates.push((*number, 1)),
                }
            }
        })?;
        let mut blocks = cut(&scenarios, &replicates);
        blocks.sort_by_key(|block| block.replicate);
        Ok(Self { table, blocks })
    }

    /// Whether a scenario records the days given.
    ///
    /// # Errors
    /// When it records others.
    pub fn check_days(&self, scenario: &str, days: &[i32]) -> Result<(), ReportError> {
        if self.days(scenario)? == days {
            return Ok(());
        }
        Err(self.wrong(format!(
            "`{scenario}` and the scenario it is compared with record different days"
        )))
    }

    /// Whether a scenario has any rows.
    #[must_use]
    pub fn has(&self, scenario: &str) -> bool {
        self.blocks.iter().any(|block| block.scenario == scenario)
    }

    /// The recorded days of a scenario.
    ///
    /// # Errors
    /// When the file is damaged, or replicates of the scenario record different days.
    pub fn days(&self, scenario: &str) -> Result<Vec<i32>, ReportError> {
        let blocks = self.blocks_of(scenario)?;
        let mut days = vec![0; blocks.len() * blocks.first().map_or(0, |block| block.rows)];
        self.gather::<Int32Type>("day", &blocks, &mut days)?;
        let length = blocks.first().map_or(1, |block| block.rows);
        let mut replicates = days.chunks(length);
        let first = replicates.next().unwrap_or(&[]).to_vec();
        if replicates.any(|other| other != first) {
            return Err(self.wrong(format!("replicates of `{scenario}` record different days")));
        }
        Ok(first)
    }

    /// One column of one scenario.
    ///
    /// # Errors
    /// When the column is missing or the file damaged, or replicates differ in length.
    pub fn ensemble(&self, scenario: &str, column: &str) -> Result<Ensemble, ReportError> {
        let blocks = self.blocks_of(scenario)?;
        let days = blocks.first().map_or(0, |block| block.rows);
        let mut values = vec![0.0; blocks.len() * days];
        self.gather::<DoubleType>(column, &blocks, &mut values)?;
        let replicates = blocks.iter().map(|block| block.replicate).collect();
        Ok(Ensemble { replicates, days, values })
    }

    fn blocks_of(&self, scenario: &str) -> Result<Vec<&Block>, ReportError> {
        let blocks: Vec<&Block> =
            self.blocks.iter().filter(|block| block.scenario == scenario).collect();
        if blocks.windows(2).any(|pair| pair[0].rows != pair[1].rows) {
            return Err(self.wrong(format!("replicates of `{scenario}` record different days")));
        }
        if blocks.windows(2).any(|pair| pair[0].replicate == pair[1].replicate) {
            return Err(self.wrong(format!("a replicate of `{scenario}` is there twice")));
        }
        Ok(blocks)
    }

    /// Copies the rows of equally long blocks behind one another into `target`.
    fn gather<T: parquet::data_type::DataType>(
        &self,
        column: &str,
        blocks: &[&Block],
        target: &mut [T::T],
    ) -> Result<(), ReportError> {
        let start = blocks.iter().map(|block| block.first).min().unwrap_or(0);
        let end = blocks.iter().map(|block| block.first + block.rows).max().unwrap_or(0);
        self.table.stream::<T>(column, start..end, |first, batch| {
            for (block, slot) in blocks.iter().enumerate() {
                let from = slot.first.max(first);
                let to = (slot.first + slot.rows).min(first + batch.len());
                if from < to {
                    let offset = block * slot.rows + from - slot.first;
                    target[offset..offset + to - from]
                        .clone_from_slice(&batch[from - first..to - first]);
                }
            }
        })
    }

    fn wrong(&self, problem: String) -> ReportError {
        ReportError::content(self.table.path(), problem)
    }
}
