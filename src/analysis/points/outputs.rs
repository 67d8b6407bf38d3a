//! The outputs of a model at the points of a design, and how much of them is replication noise.

use std::collections::BTreeSet;
use std::path::Path;

use super::design::DesignTable;
use super::error::PointsError;
use super::sheet::{OutputSheet, ROW, rows_in_words};
use crate::files::error::FileError;
use crate::files::foreign::{listed, shortened};
use crate::statistics::samples::{mean, variance};

/// Column that numbers replicates; never an output.
const REPLICATE: &str = "replicate";
/// Outputs that differ by less than this share of their size are equal but for rounding.
const ROUNDING: f64 = 1e-12;

/// One output at every point of a design.
pub struct Outputs {
    /// Name of the output.
    pub column: String,
    /// Its unit; empty where it is unknown, as in files.
    pub unit: String,
    /// Name of the file, for messages.
    pub file: String,
    /// blake3 of the file.
    pub digest: String,
    /// Mean over replicates, in the order of the design's points; NaN where a point failed.
    pub means: Vec<f64>,
    /// Replicates of each point.
    replicates: Vec<Vec<f64>>,
    /// What a reader should know of how the file was taken.
    pub notes: Vec<String>,
}

/// What to do with a point that is missing or failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failed {
    /// Refuse the outputs: points rarely fail by chance.
    #[default]
    Refused,
    /// Leave its mean out, as NaN.
    Dropped,
}

/// Largest and smallest power of two of outputs whose squares can be summed as they are.
const COMFORTABLE: i32 = 300;

impl Outputs {
    /// Reads column `wanted`, or the only output there is.
    ///
    /// # Errors
    /// When the file cannot be read, the output is not clear, a row is not of the design, a point
    /// is missing or failed.
    pub fn read(
        path: &Path,
        wanted: Option<&str>,
        design: &DesignTable,
        failed: Failed,
    ) -> Result<Self, PointsError> {
        let sheet = OutputSheet::read(path)?;
        let rows = sheet.header.iter().position(|name| name == ROW);
        if rows.is_none() {
            check_no_other_rows(&sheet, wanted, design)?;
            check_in_order(&sheet, design)?;
        }
        let column = output_column(&sheet, wanted)?;
        let places = design.places()?;
        let mut replicates = vec![Vec::new(); design.points.len()];
        for (line, record) in sheet.records.iter().enumerate() {
            let place = match rows {
                None => line,
                Some(row) => {
                    let number = sheet.row(record, row)?;
                    *places.get(&number).ok_or_else(|| {
                        sheet.refused(format!("row {number} is not in {}", design.file))
                    })?
                }
            };
            replicates[place].push(sheet.cell(record, column, "a number", number_or_failure)?);
        }
        let (file, digest) = (sheet.file.clone(), sheet.digest.clone());
        let name = (file, sheet.header[column].clone());
        let mut outputs = Self::from_replicates(name, digest, replicates, design, failed)?;
        outputs.notes.extend(rows.is_none().then(|| {
            format!(
                "{} has no column `row`: its {} lines were taken in the order of {}",
                outputs.file,
                sheet.records.len(),
                design.file
            )
        }));
        Ok(outputs)
    }

    /// A column of a file at every point, of which each needs at least one replicate and finite
    /// ones only, unless failed points are dropped.
    ///
    /// # Errors
    /// When a point has no replicate, or one that is not finite, and such points are refused.
    pub(crate) fn from_replicates(
        (file, column): (String, String),
        digest: String,
        replicates: Vec<Vec<f64>>,
        design: &DesignTable,
        on_failure: Failed,
    ) -> Result<Self, PointsError> {
        let rows = |wrong: fn(&[f64]) -> bool| {
            let points = design.points.iter().zip(&replicates);
            let points = points.filter(|(_, values)| wrong(values));
            points.map(|(point, _)| point.row).collect::<Vec<_>>()
        };
        let failed = rows(|values| values.iter().any(|value| !value.is_finite()));
        for (rows, what) in [(rows(<[f64]>::is_empty), "missing"), (failed, "empty or not finite")]
        {
            if !rows.is_empty() && on_failure == Failed::Refused {
                let rows = rows_in_words(&rows);
                let problem = format!(
                    "`{column}` is {what} in {rows}; every point of {} counts ({})",
                    design.file,
                    design.way_without()
                );
                return Err(PointsError::File(FileError::whole(&file, problem)));
            }
        }
        let means = replicates.iter().map(|values| finite_mean(values)).collect();
        let (unit, notes) = (String::new(), Vec::new());
        let mut outputs = Self { column, unit, file, digest, means, replicates, notes };
        let (fewest, most) = outputs.replicates();
        outputs.notes.extend((fewest < most).then(|| {
            format!(
                "{}: points have {fewest} to {most} replicates, and all count alike: means of few replicates \
                 are noisier than the others",
                outputs.file
            )
        }));
        Ok(outputs)
    }

    /// Whether the point at a place has a mean.
    #[must_use]
    pub fn stands(&self, place: usize) -> bool {
        self.means[place].is_finite()
    }

    /// Makes outputs so large or so small that their squares are no numbers comfortable: divides all
    /// by a power of two, which loses nothing, and gives its exponent (0 for nearly all outputs).
    pub(crate) fn rescale(&mut self) -> i32 {
        let sizes = self.replicates.iter().flatten().filter(|value| value.is_finite());
        let largest = sizes.fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let (_, exponent) = libm::frexp(largest);
        if largest == 0.0 || exponent.abs() <= COMFORTABLE {
            return 0;
        }
        for value in self.replicates.iter_mut().flatten() {
            *value = libm::ldexp(*value, -exponent);
        }
        self.means = self.replicates.iter().map(|values| finite_mean(values)).collect();
        exponent
    }

    /// A refusal of these outputs.
    #[must_use]
    pub fn refused(&self, problem: String) -> PointsError {
        PointsError::File(FileError::whole(&self.file, problem))
    }

    /// The smallest and the largest value when there is but one, up to rounding.
    #[must_use]
    pub fn constant(&self) -> Option<(f64, f64)> {
        let low = self.means.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // NaN, which failed points leave, is passed over by both.
        if low > high {
            return None;
        }
        (high - low <= ROUNDING * low.abs().max(high.abs())).then_some((low, high))
    }

    /// Fewest and most replicates of a point.
    #[must_use]
    pub fn replicates(&self) -> (usize, usize) {
        let stand = |values: &&Vec<f64>| !values.is_empty();
        let counts = || self.replicates.iter().filter(stand).map(Vec::len);
        (counts().min().unwrap_or(0), counts().max().unwrap_or(0))
    }

    /// Mean over `points` of s²/n, the variance of a mean of n replicates, over the variance of the
    /// means; a point of one replicate has the mean s² of the others. None without replicates.
    #[must_use]
    pub fn noise_share(&self, points: &[usize]) -> Option<f64> {
        let spread: Vec<f64> =
            points.iter().filter_map(|&point| variance(&self.replicates[point])).collect();
        let typical = mean(&spread);
        let noise = points.iter().map(|&point| {
            let values = &self.replicates[point];
            variance(values).unwrap_or(typical) / values.len() as f64
        });
        let noise = mean(&noise.collect::<Vec<_>>());
        let means: Vec<f64> = points.iter().map(|&point| self.means[point]).collect();
        let all = variance(&means).filter(|all| *all > 0.0 && !spread.is_empty());
        all.map(|all| noise / all)
    }
}

fn output_column(sheet: &OutputSheet, wanted: Option<&str>) -> Result<usize, PointsError> {
    let is_output = |name: &String| ![ROW, REPLICATE].contains(&name.as_str());
    let outputs: Vec<&String> = sheet.header.iter().filter(|name| is_output(name)).collect();
    match (wanted, outputs.as_slice()) {
        (Some(name), _) if outputs.iter().any(|output| *output == name) => sheet.column(name),
        (None, [only]) => sheet.column(only),
        (_, []) => Err(sheet.refused("there is no output beside `row`".to_owned())),
        (wanted, several) => {
            let names = listed(several.iter().map(|name| name.as_str()));
            let problem = wanted.map_or("say which output by --output".to_owned(), |name| {
                format!("--output: there is no output `{name}`")
            });
            Err(sheet.refused(format!("{problem}; there is {names}")))
        }
    }
}

/// Refuses outputs whose rows are numbered in a column of another name, in another order than the
/// design's.
fn check_no_other_rows(
    sheet: &OutputSheet,
    wanted: Option<&str>,
    design: &DesignTable,
) -> Result<(), PointsError> {
    let other = |name: &&String| name.eq_ignore_ascii_case(ROW);
    if let Some(name) = sheet.header.iter().find(other) {
        return Err(sheet.refused(format!(
            "there is no column `row`, but `{name}`: name it `row`, in small letters"
        )));
    }
    let rows: Vec<u64> = design.points.iter().map(|point| point.row).collect();
    let ordered = from_smallest(&rows);
    let all: BTreeSet<u64> = ordered.iter().copied().collect();
    let only = sheet.header.iter().filter(|name| *name != REPLICATE).count() == 1;
    for (at, name) in sheet.header.iter().enumerate() {
        if only || name == REPLICATE || wanted == Some(name.as_str()) {
            continue;
        }
        let cells = sheet.records.iter().map(|record| record.get(at).unwrap_or_default().parse());
        let Ok(numbers) = cells.collect::<Result<Vec<u64>, _>>() else { continue };
        let numbers = from_smallest(&numbers);
        if numbers != ordered && numbers.iter().copied().collect::<BTreeSet<_>>() == all {
            return Err(sheet.refused(format!(
                "there is no column `row`, but `{}` numbers the lines in another order than {}: if it says \
                 which point a line is of, name it `row` (with the numbers of the design); else leave it out",
                shortened(name),
                design.file
            )));
        }
    }
    Ok(())
}

/// Numbers counted from the smallest, as they may begin with 0 or 1.
fn from_smallest(numbers: &[u64]) -> Vec<u64> {
    let smallest = numbers.iter().copied().min().unwrap_or(0);
    numbers.iter().map(|number| number - smallest).collect()
}

/// Outputs without a column `row` have a line for each point.
fn check_in_order(sheet: &OutputSheet, design: &DesignTable) -> Result<(), PointsError> {
    let (lines, points) = (sheet.records.len(), design.points.len());
    if lines == points {
        return Ok(());
    }
    let bare = sheet.header.iter().all(|name| name.parse::<f64>().is_ok());
    let hint =
        if bare { "; its first line is no header but numbers: name the columns" } else { "" };
    Err(sheet.refused(format!(
        "there is no column `row`, and without it the lines are taken in the order of the design: there are \
         {lines} lines and {} has {points} points{hint}",
        design.file
    )))
}

/// The mean, also of numbers whose sum is too large; NaN of none and where one is not finite.
fn finite_mean(values: &[f64]) -> f64 {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return f64::NAN;
    }
    let plain = mean(values);
    if plain.is_finite() {
        return plain;
    }
    let parts: Vec<f64> = values.iter().map(|value| value / values.len() as f64).collect();
    parts.iter().sum()
}

/// A number; NaN for what failed runs leave.
fn number_or_failure(text: &str) -> Option<f64> {
    let failed = ["", "na", "n/a", "null", "none"].contains(&text.to_lowercase().as_str());
    if failed { Some(f64::NAN) } else { text.parse().ok() }
}
