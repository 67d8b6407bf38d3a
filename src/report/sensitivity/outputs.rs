//! The outputs of a model at the points of a design, and how much of them is replication noise.

use std::path::Path;

use super::super::statistics::{mean, variance};
use super::design::Design;
use super::error::SensitivityError;
use super::sheet::{ROW, Sheet, rows_in_words};

/// Column that numbers replicates; never an output.
const REPLICATE: &str = "replicate";
/// Outputs that differ by less than this share of their size are equal but for rounding.
const ROUNDING: f64 = 1e-12;

/// One output at every point of a design.
pub struct Outputs {
    /// Name of the output.
    pub column: String,
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
    /// is missing or failed, or the output does not vary.
    pub fn read(
        path: &Path,
        wanted: Option<&str>,
        design: &Design,
    ) -> Result<Self, SensitivityError> {
        let sheet = Sheet::read(path)?;
        let row = sheet.column(ROW)?;
        let column = output_column(&sheet, wanted)?;
        let places = design.places()?;
        let mut replicates = vec![Vec::new(); design.points.len()];
        let mut failed = Vec::new();
        for record in &sheet.records {
            let number = sheet.row(record, row)?;
            let Some(&place) = places.get(&number) else {
                return Err(sheet.refused(format!("row {number} is not in {}", design.file)));
            };
            let value = sheet.cell(record, column, "a number", number_or_failure)?;
            if !value.is_finite() && failed.last() != Some(&number) {
                failed.push(number);
            }
            replicates[place].push(value);
        }
        let name = sheet.header[column].clone();
        let empty = design.points.iter().zip(&replicates).filter(|(_, values)| values.is_empty());
        let missing: Vec<u64> = empty.map(|(point, _)| point.row).collect();
        for (rows, what) in [(missing, "missing"), (failed, "empty or not finite")] {
            if !rows.is_empty() {
                let rows = rows_in_words(&rows);
                return Err(sheet.refused(format!(
                    "`{name}` is {what} in {rows}; indices need every point of {}",
                    design.file
                )));
            }
        }
        let means: Vec<f64> = replicates.iter().map(|values| mean(values)).collect();
        if is_constant(&means) {
            return Err(sheet.refused(format!(
                "`{name}` is {} at every point: there is no variance to explain",
                means[0]
            )));
        }
        Ok(Self { column: name, digest: sheet.digest, means, replicates })
    }

    /// Fewest and most replicates of a point.
    pub fn replicates(&self) -> (usize, usize) {
        let counts = || self.replicates.iter().map(Vec::len);
        (counts().min().unwrap_or(0), counts().max().unwrap_or(0))
    }

    /// Mean over `points` of s²/n, the variance of a mean of n replicates, over the variance of the
    /// means; a point of one replicate has the mean s² of the others. None without replicates.
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

fn output_column(sheet: &Sheet, wanted: Option<&str>) -> Result<usize, SensitivityError> {
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

fn is_constant(values: &[f64]) -> bool {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    high - low <= ROUNDING * low.abs().max(high.abs())
}
