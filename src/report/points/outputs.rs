//! The outputs of a model at the points of a design, and how much of them is replication noise.

use std::path::Path;

use super::super::statistics::{mean, variance};
use super::design::Design;
use super::error::PointsError;
use super::sheet::{ROW, Sheet, rows_in_words};

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
    /// Mean over replicates, in the order of the design's points.
    pub means: Vec<f64>,
    /// Replicates of each point.
    replicates: Vec<Vec<f64>>,
}

impl Outputs {
    /// Reads column `wanted`, or the only output there is.
    ///
    /// # Errors
    /// When the file cannot be read, the output is not clear, a row is not of the design, a point
    /// is missing or failed.
    pub fn read(path: &Path, wanted: Option<&str>, design: &Design) -> Result<Self, PointsError> {
        let sheet = Sheet::read(path)?;
        let row = sheet.column(ROW)?;
        let column = output_column(&sheet, wanted)?;
        let places = design.places()?;
        let mut replicates = vec![Vec::new(); design.points.len()];
        for record in &sheet.records {
            let number = sheet.row(record, row)?;
            let Some(&place) = places.get(&number) else {
                return Err(sheet.refused(format!("row {number} is not in {}", design.file)));
            };
            replicates[place].push(sheet.cell(record, column, "a number", number_or_failure)?);
        }
        let (file, digest) = (sheet.file.clone(), sheet.digest.clone());
        Self::of((file, sheet.header[column].clone()), digest, replicates, design)
    }

    /// A column of a file at every point, of which each needs at least one replicate and finite
    /// ones only.
    ///
    /// # Errors
    /// When a point has no replicate, or one that is not finite.
    pub fn of(
        (file, column): (String, String),
        digest: String,
        replicates: Vec<Vec<f64>>,
        design: &Design,
    ) -> Result<Self, PointsError> {
        let rows = |wrong: fn(&[f64]) -> bool| {
            let points = design.points.iter().zip(&replicates);
            let points = points.filter(|(_, values)| wrong(values));
            points.map(|(point, _)| point.row).collect::<Vec<_>>()
        };
        let failed = rows(|values| values.iter().any(|value| !value.is_finite()));
        for (rows, what) in [(rows(<[f64]>::is_empty), "missing"), (failed, "empty or not finite")]
        {
            if !rows.is_empty() {
                let rows = rows_in_words(&rows);
                let problem = format!(
                    "`{column}` is {what} in {rows}; every point of {} counts",
                    design.file
                );
                return Err(PointsError::Refused { file, problem });
            }
        }
        let means = replicates.iter().map(|values| mean(values)).collect();
        Ok(Self { unit: String::new(), column, file, digest, means, replicates })
    }

    /// A refusal of these outputs.
    #[must_use]
    pub fn refused(&self, problem: String) -> PointsError {
        PointsError::Refused { file: self.file.clone(), problem }
    }

    /// The value at every point when there is but one, up to rounding.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        let low = self.means.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (high - low <= ROUNDING * low.abs().max(high.abs())).then_some(low)
    }

    /// Fewest and most replicates of a point.
    #[must_use]
    pub fn replicates(&self) -> (usize, usize) {
        let counts = || self.replicates.iter().map(Vec::len);
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

fn output_column(sheet: &Sheet, wanted: Option<&str>) -> Result<usize, PointsError> {
    let is_output = |name: &String| ![ROW, REPLICATE].contains(&name.as_str());
    let outputs: Vec<&String> = sheet.header.iter().filter(|name| is_output(name)).collect();
    match (wanted, outputs.as_slice()) {
        (Some(name), _) if outputs.iter().any(|output| *output == name) => sheet.column(name),
        (None, [only]) => sheet.column(only),
        (_, []) => Err(sheet.refused("there is no output beside `row`".to_owned())),
        (wanted, several) => {
            let names: Vec<_> = several.iter().map(|name| format!("`{name}`")).collect();
            let problem = wanted.map_or("say which output by --output".to_owned(), |name| {
                format!("--output: there is no output `{name}`")
            });
            Err(sheet.refused(format!("{problem}; there is {}", names.join(", "))))
        }
    }
}

/// A number; NaN for what failed runs leave.
fn number_or_failure(text: &str) -> Option<f64> {
    let failed = ["", "na", "n/a", "null", "none"].contains(&text.to_lowercase().as_str());
    if failed { Some(f64::NAN) } else { text.parse().ok() }
}
