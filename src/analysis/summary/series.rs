//! `series.parquet`: where each replicate's rows lie, and one column of one scenario at a time.
//!
//! Nothing here grows with the results but the index of replicates (24 bytes for each): a column is
//! read in as many passes as its recorded days need to fit the memory set aside for them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;
use crate::study::store::columns::{Absent, DataType, DoubleType, Int32Type};

/// Values of a column held at once: 64 MiB.
const WINDOW_VALUES: usize = 8 << 20;

/// An open `series.parquet`.
pub struct SeriesFile {
    table: ResultTable,
    /// Scenarios by name and the part of `blocks` that is theirs.
    scenarios: BTreeMap<String, Range<usize>>,
    /// By scenario, then replicate.
    blocks: Vec<RowBlock>,
    window_values: usize,
}

/// Consecutive rows of one replicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RowBlock {
    first: usize,
    rows: u32,
    scenario: u32,
    replicate: i32,
}

/// Cuts rows wherever the scenario or the replicate changes.
struct Cutter<'n> {
    /// Scenario and end of each stretch of rows.
    scenarios: &'n [(u32, usize)],
    blocks: Vec<RowBlock>,
    row: usize,
}

impl Cutter<'_> {
    fn take(&mut self, replicates: &[i32]) {
        for replicate in replicates {
            while self.scenarios.first().is_some_and(|(_, end)| *end <= self.row) {
                self.scenarios = &self.scenarios[1..];
            }
            let scenario = self.scenarios.first().map_or(0, |(scenario, _)| *scenario);
            match self.blocks.last_mut() {
                Some(last) if (last.scenario, last.replicate) == (scenario, *replicate) => {
                    last.rows += 1;
                }
                _ => {
                    let (first, replicate) = (self.row, *replicate);
                    self.blocks.push(RowBlock { first, rows: 1, scenario, replicate });
                }
            }
            self.row += 1;
        }
    }
}

impl SeriesFile {
    /// Opens the file and notes which rows belong to which replicate.
    ///
    /// # Errors
    /// When the file is missing, damaged or lacks the key columns.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        let table = ResultTable::open(path)?;
        let (mut names, mut stretches) = (BTreeMap::new(), Vec::<(u32, usize)>::new());
        let (mut current, mut row) = (String::new(), 0);
        table.strings("scenario", |name| {
            row += 1;
            match stretches.last_mut() {
                Some((_, end)) if current == name => *end = row,
                _ => {
                    let next = names.len() as u32;
                    name.clone_into(&mut current);
                    stretches.push((*names.entry(current.clone()).or_insert(next), row));
                }
            }
        })?;
        let mut cutter = Cutter { scenarios: &stretches, blocks: Vec::new(), row: 0 };
        table.stream::<Int32Type>("replicate", 0..table.rows(), |_, batch| cutter.take(batch))?;
        let mut blocks = cutter.blocks;
        blocks.sort_by_key(|block| (block.scenario, block.replicate));
        let part = |scenario: u32| {
            let start = blocks.partition_point(|block| block.scenario < scenario);
            start..blocks.partition_point(|block| block.scenario <= scenario)
        };
        let scenarios = names.into_iter().map(|(name, number)| (name, part(number))).collect();
        Ok(Self { table, scenarios, blocks, window_values: WINDOW_VALUES })
    }

    /// The same file, read with no more than so many values in memory.
    #[must_use]
    pub fn with_window(self, values: usize) -> Self {
        Self { window_values: values, ..self }
    }

    /// Whether a scenario records the days given.
    ///
    /// # Errors
    /// When it records others.
    pub(crate) fn check_days(&self, scenario: &str, days: &[i32]) -> Result<(), ReportError> {
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
        self.scenarios.contains_key(scenario)
    }

    /// The recorded days of a scenario.
    ///
    /// # Errors
    /// When the file is damaged, or replicates of the scenario record different days.
    pub fn days(&self, scenario: &str) -> Result<Vec<i32>, ReportError> {
        let blocks = self.blocks_of(scenario)?;
        let (mut days, mut same) = (Vec::new(), true);
        let length = blocks.first().map_or(0, |block| block.rows as usize);
        self.scan::<Int32Type>("day", blocks, |_, offset, values| {
            // The block that lies first in the file fills the list before another begins.
            if days.len() < length {
                days.extend_from_slice(values);
            }
            same &= days.get(offset..offset + values.len()) == Some(values);
        })?;
        if same {
            return Ok(days);
        }
        Err(self.wrong(format!("replicates of `{scenario}` record different days")))
    }

    /// One column of one scenario.
    ///
    /// # Errors
    /// When the column is missing or of another type, or replicates differ in length.
    pub fn ensemble(&self, scenario: &str, column: &str) -> Result<Ensemble<'_>, ReportError> {
        self.table.require_number(column)?;
        let blocks = self.blocks_of(scenario)?;
        let days = blocks.first().map_or(0, |block| block.rows as usize);
        Ok(Ensemble { file: self, column: column.to_owned(), blocks, days })
    }

    fn blocks_of(&self, scenario: &str) -> Result<&[RowBlock], ReportError> {
        let part = self.scenarios.get(scenario).cloned().unwrap_or(0..0);
        let blocks = &self.blocks[part];
        if blocks.windows(2).any(|pair| pair[0].rows != pair[1].rows) {
            return Err(self.wrong(format!("replicates of `{scenario}` record different days")));
        }
        if blocks.windows(2).any(|pair| pair[0].replicate == pair[1].replicate) {
            return Err(self.wrong(format!("a replicate of `{scenario}` is there twice")));
        }
        Ok(blocks)
    }

    /// Calls `take` with the index of a block, how far into it, and values, for all values of the
    /// blocks in the order of the file.
    fn scan<T: DataType<T: Absent>>(
        &self,
        column: &str,
        blocks: &[RowBlock],
        mut take: impl FnMut(usize, usize, &[T::T]),
    ) -> Result<(), ReportError> {
        let mut order: Vec<u32> = (0..blocks.len() as u32).collect();
        order.sort_by_key(|index| blocks[*index as usize].first);
        let end =
            |index: &u32| blocks[*index as usize].first + blocks[*index as usize].rows as usize;
        let start = order.first().map_or(0, |index| blocks[*index as usize].first);
        let rows = start..order.last().map_or(start, end);
        let mut next = 0;
        self.table.stream::<T>(column, rows, |first, batch| {
            while let Some(index) = order.get(next) {
                let block = &blocks[*index as usize];
                let from = block.first.max(first);
                let to = end(index).min(first + batch.len());
                if from < to {
                    let values = &batch[from - first..to - first];
                    take(*index as usize, from - block.first, values);
                }
                if to < end(index) {
                    break;
                }
                next += 1;
            }
        })
    }

    fn wrong(&self, problem: String) -> ReportError {
        ReportError::content(self.table.path(), problem)
    }
}

/// One series of one scenario, the same days for every replicate; its values stay in the file.
#[derive(Clone)]
pub struct Ensemble<'f> {
    file: &'f SeriesFile,
    column: String,
    /// By replicate.
    blocks: &'f [RowBlock],
    /// Days in each replicate.
    pub days: usize,
}

impl Ensemble<'_> {
    /// Number of replicates.
    #[must_use]
    pub const fn replicates(&self) -> usize {
        self.blocks.len()
    }

    /// Replicate numbers, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = i32> {
        self.blocks.iter().map(|block| block.replicate)
    }

    /// Calls `take` with each recorded day and the values of all replicates on it.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn by_day(&self, mut take: impl FnMut(usize, &[f64])) -> Result<(), ReportError> {
        let mut values = Vec::with_capacity(self.replicates());
        for days in self.windows(self.replicates()) {
            let window = self.window(&days)?;
            for day in days.clone() {
                values.clear();
                values.extend(window.iter().skip(day - days.start).step_by(days.len()));
                take(day, &values);
            }
        }
        Ok(())
    }

    /// Calls `take` with each recorded day and the values of this and another scenario on it, for
    /// the replicates both have.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn pairs_by_day(
        &self,
        control: &Self,
        mut take: impl FnMut(usize, &[(f64, f64)]),
    ) -> Result<(), ReportError> {
        let partner = |number| control.blocks.binary_search_by_key(&number, |b| b.replicate).ok();
        let matched: Vec<(usize, usize)> = self
            .numbers()
            .enumerate()
            .filter_map(|(place, number)| Some((place, partner(number)?)))
            .collect();
        let mut pairs = Vec::with_capacity(matched.len());
        for days in self.windows(self.replicates() + control.replicates()) {
            let (treated, untreated) = (self.window(&days)?, control.window(&days)?);
            for day in 0..days.len() {
                let at = |values: &[f64], place: usize| values[place * days.len() + day];
                pairs.clear();
                pairs.extend(matched.iter().map(|(t, c)| (at(&treated, *t), at(&untreated, *c))));
                take(days.start + day, &pairs);
            }
        }
        Ok(())
    }

    /// The series of the replicate of a number; none if there is no such replicate.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn replicate(&self, number: i32) -> Result<Option<Vec<f64>>, ReportError> {
        let place = self.blocks.binary_search_by_key(&number, |block| block.replicate);
        let Ok(place) = place else { return Ok(None) };
        let mut series = Vec::with_capacity(self.days);
        self.file.scan::<DoubleType>(
            &self.column,
            &self.blocks[place..=place],
            |_, _, values| {
                series.extend_from_slice(values);
            },
        )?;
        Ok(Some(series))
    }

    /// Calls `take` with all values, replicate after replicate, a part at a time.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn in_order(&self, mut take: impl FnMut(&[f64])) -> Result<(), ReportError> {
        // Replicates that follow one another in the file are read in one go: as a rule all.
        for stretch in self.blocks.chunk_by(|left, right| left.first < right.first) {
            self.file.scan::<DoubleType>(&self.column, stretch, |_, _, values| take(values))?;
        }
        Ok(())
    }

    /// Stretches of days of which `replicates` replicates fit into the memory set aside.
    fn windows(&self, replicates: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let width = (self.file.window_values / replicates.max(1)).max(1);
        let days = self.days;
        (0..days).step_by(width).map(move |first| first..(first + width).min(days))
    }

    /// The values of some days, replicate after replicate.
    fn window(&self, days: &Range<usize>) -> Result<Vec<f64>, ReportError> {
        let mut window = vec![0.0; self.replicates() * days.len()];
        self.file.scan::<DoubleType>(&self.column, self.blocks, |index, offset, values| {
            let from = offset.max(days.start);
            let to = (offset + values.len()).min(days.end);
            if from < to {
                let place = index * days.len() + from - days.start;
                window[place..place + to - from]
                    .copy_from_slice(&values[from - offset..to - offset]);
            }
        })?;
        Ok(window)
    }
}
