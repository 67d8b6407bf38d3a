//! The points of a design file.

use std::collections::HashMap;
use std::path::Path;

use super::Purpose;
use super::error::PointsError;
use super::sheet::{OutputSheet, ROW};
use crate::files::error::FileError;

/// Column that says to which part of a design a point belongs.
const BLOCK: &str = "block";

/// A point of a design.
#[derive(Debug)]
pub struct DesignPoint {
    /// Its number, by which outputs find it.
    pub row: u64,
    /// Sample or trajectory.
    pub block: String,
    /// Values of the factors, in their own units; of categories the number.
    pub factors: Vec<f64>,
}

/// A design, read.
pub struct DesignTable {
    /// Name of the file, for messages.
    pub file: String,
    /// blake3 of the file.
    pub digest: String,
    /// Names of the factors.
    pub factors: Vec<String>,
    /// For each factor the names of its categories, as listed or in order of appearance; none for
    /// numbers.
    pub categories: Vec<Option<Vec<String>>>,
    /// Points in the order of the file.
    pub points: Vec<DesignPoint>,
    /// What the points are for.
    pub purpose: Purpose,
}

impl DesignTable {
    /// Reads a design: columns `row`, `block` (which discovery can do without), and a factor in
    /// every other column.
    ///
    /// # Errors
    /// When the file cannot be read, has no factor or no point, or a cell is empty or, among
    /// numbers, no finite number (for discovery such a column is one of names).
    pub fn read(path: &Path, purpose: Purpose) -> Result<Self, PointsError> {
        let sheet = OutputSheet::read(path)?;
        let own = [BLOCK, ROW];
        let factors = sheet.header.iter().filter(|name| !own.contains(&name.as_str()));
        let factors: Vec<_> = factors.map(|name| (name.clone(), Vec::new())).collect();
        Self::from_sheet(&sheet, &factors, purpose)
    }

    /// The design whose factors stand in these columns of a sheet, each with the order of its
    /// categories; those not listed follow in order of appearance.
    ///
    /// # Errors
    /// As [`DesignTable::read`].
    pub(crate) fn from_sheet(
        sheet: &OutputSheet,
        factors: &[(String, Vec<String>)],
        purpose: Purpose,
    ) -> Result<Self, PointsError> {
        let row = sheet.column(ROW)?;
        let block = match sheet.column(BLOCK) {
            Err(_) if purpose == Purpose::Discovery => None,
            place => Some(place?),
        };
        if factors.is_empty() || sheet.records.is_empty() {
            let problem = "at least one factor beside `block` and `row`, and points, are needed";
            return Err(sheet.refused(problem.to_owned()));
        }
        let mut points = Vec::with_capacity(sheet.records.len());
        for record in &sheet.records {
            points.push(DesignPoint {
                row: sheet.row(record, row)?,
                block: block.and_then(|at| record.get(at)).unwrap_or_default().to_owned(),
                factors: Vec::with_capacity(factors.len()),
            });
        }
        let mut categories = Vec::with_capacity(factors.len());
        for (factor, listed) in factors {
            let at = sheet.column(factor)?;
            let names = is_named(sheet, at, purpose).then(|| listed.clone());
            categories.push(match names {
                Some(listed) => Some(named(sheet, at, listed, &mut points)?),
                None => numbers(sheet, at, &mut points).map(|()| None)?,
            });
        }
        Ok(Self {
            file: sheet.file.clone(),
            digest: sheet.digest.clone(),
            factors: factors.iter().map(|(name, _)| name.clone()).collect(),
            categories,
            points,
            purpose,
        })
    }

    /// Places of the points by their rows.
    ///
    /// # Errors
    /// When a row comes twice.
    pub fn places(&self) -> Result<HashMap<u64, usize>, PointsError> {
        let mut places = HashMap::with_capacity(self.points.len());
        for (place, point) in self.points.iter().enumerate() {
            if places.insert(point.row, place).is_some() {
                return Err(self.refused(format!("row {} is there twice", point.row)));
            }
        }
        Ok(places)
    }

    /// How a point that is missing or failed may be left out.
    #[must_use]
    pub(crate) const fn way_without(&self) -> &'static str {
        self.purpose.way_without()
    }

    /// A refusal of this design.
    #[must_use]
    pub fn refused(&self, problem: String) -> PointsError {
        PointsError::File(FileError::whole(&self.file, problem))
    }

    /// A value of a factor as the file writes it.
    #[must_use]
    pub fn written(&self, factor: usize, value: f64) -> String {
        let names = self.categories[factor].as_deref();
        let name = names.and_then(|names| names.get(value as usize));
        name.map_or_else(|| value.to_string(), Clone::clone)
    }

    /// The factors in which two points differ.
    #[must_use]
    pub fn moved(&self, from: usize, to: usize) -> Vec<usize> {
        let (from, to) = (&self.points[from].factors, &self.points[to].factors);
        (0..self.factors.len()).filter(|&factor| from[factor] != to[factor]).collect()
    }
}

/// Whether a column holds names: for discovery any column with a cell that is no finite number; for
/// indices only one without any number, as a lone word among numbers is a mistake.
fn is_named(sheet: &OutputSheet, at: usize, purpose: Purpose) -> bool {
    let mut cells = sheet.records.iter().map(|record| record.get(at).unwrap_or_default());
    match purpose {
        Purpose::Discovery => cells.any(|cell| finite(cell).is_none()),
        Purpose::Indices => cells.all(|cell| !cell.is_empty() && cell.parse::<f64>().is_err()),
    }
}

fn finite(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Appends a column's numbers to the points.
fn numbers(sheet: &OutputSheet, at: usize, points: &mut [DesignPoint]) -> Result<(), PointsError> {
    for (record, point) in sheet.records.iter().zip(points) {
        point.factors.push(sheet.cell(record, at, "a finite number", finite)?);
    }
    Ok(())
}

/// Appends the places of a column's names in a list, which grows by those that it lacks.
fn named(
    sheet: &OutputSheet,
    at: usize,
    mut names: Vec<String>,
    points: &mut [DesignPoint],
) -> Result<Vec<String>, PointsError> {
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, name) in names.iter().enumerate() {
        places.entry(name.clone()).or_insert(place);
    }
    for (record, point) in sheet.records.iter().zip(points) {
        let name = sheet.cell(record, at, "a number or a name", filled)?;
        let place = *places.entry(name.clone()).or_insert(names.len());
        point.factors.push(place as f64);
        names.extend((place == names.len()).then_some(name));
    }
    Ok(names)
}
