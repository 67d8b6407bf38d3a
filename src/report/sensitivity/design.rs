//! The points of a design file.

use std::collections::HashMap;
use std::path::Path;

use super::error::SensitivityError;
use super::sheet::{ROW, Sheet};

/// Column that says to which part of a design a point belongs.
const BLOCK: &str = "block";

/// A point of a design.
#[derive(Debug)]
pub struct Point {
    /// Its number, by which outputs find it.
    pub row: u64,
    /// Sample or trajectory.
    pub block: String,
    /// Values of the factors, in their own units.
    pub factors: Vec<f64>,
}

/// A design, read.
pub struct Design {
    /// Name of the file, for messages.
    pub file: String,
    /// blake3 of the file.
    pub digest: String,
    /// Names of the factors.
    pub factors: Vec<String>,
    /// Points in the order of the file.
    pub points: Vec<Point>,
}

impl Design {
    /// Reads a design: columns `block`, `row`, and a factor in every other column.
    ///
    /// # Errors
    /// When the file cannot be read, has no factor or no point, a cell is no finite number, or a
    /// row comes twice.
    pub fn read(path: &Path) -> Result<Self, SensitivityError> {
        let sheet = Sheet::read(path)?;
        let (block, row) = (sheet.column(BLOCK)?, sheet.column(ROW)?);
        let columns: Vec<usize> =
            (0..sheet.header.len()).filter(|column| ![block, row].contains(column)).collect();
        if columns.is_empty() || sheet.records.is_empty() {
            let problem = "at least one factor beside `block` and `row`, and points, are needed";
            return Err(sheet.refused(problem.to_owned()));
        }
        let finite = |text: &str| text.parse().ok().filter(|value: &f64| value.is_finite());
        let mut points = Vec::with_capacity(sheet.records.len());
        for record in &sheet.records {
            let factors = columns.iter();
            let factors = factors.map(|&at| sheet.cell(record, at, "a finite number", finite));
            points.push(Point {
                row: sheet.row(record, row)?,
                block: record.get(block).unwrap_or_default().to_owned(),
                factors: factors.collect::<Result<_, _>>()?,
            });
        }
        let names = columns.iter().map(|&at| sheet.header[at].clone()).collect();
        Ok(Self { file: sheet.file, digest: sheet.digest, factors: names, points })
    }

    /// Places of the points by their rows.
    ///
    /// # Errors
    /// When a row comes twice.
    pub fn places(&self) -> Result<HashMap<u64, usize>, SensitivityError> {
        let mut places = HashMap::with_capacity(self.points.len());
        for (place, point) in self.points.iter().enumerate() {
            if places.insert(point.row, place).is_some() {
                return Err(self.refused(format!("row {} is there twice", point.row)));
            }
        }
        Ok(places)
    }

    /// A refusal of this design.
    pub fn refused(&self, problem: String) -> SensitivityError {
        SensitivityError::Refused { file: self.file.clone(), problem }
    }

    /// The factors in which two points differ.
    pub fn moved(&self, from: usize, to: usize) -> Vec<usize> {
        let (from, to) = (&self.points[from].factors, &self.points[to].factors);
        (0..self.factors.len()).filter(|&factor| from[factor] != to[factor]).collect()
    }
}
