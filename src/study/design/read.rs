//! Reads a factors file and checks every cell.

use std::fs;
use std::path::Path;

use super::factor::{Distribution, Factor};
use crate::files::error::FileError;
use crate::files::sheet::{self, Sheet};

/// Columns of a factors file, the last being needed for triangular laws only.
const COLUMNS: [&str; 5] = ["name", "distribution", "low", "high", "mode"];

/// The columns in words.
const HEADER: &str = "`name,distribution,low,high` and, where a distribution is triangular, `mode`";
/// What is said of a file without rows.
pub(crate) const NO_FACTOR: &str = "holds no factor; rows below the header are needed";

/// Columns that a design has besides its factors.
pub(crate) const OWN_COLUMNS: [&str; 2] = ["block", "row"];

/// Greatest magnitude of a number: quantiles stay finite.
const GREATEST: f64 = 1e300;

/// The factors of a file.
#[derive(Clone, Debug)]
pub struct FactorFile {
    /// Name, for messages.
    pub name: String,
    /// Factors in the file's order.
    pub factors: Vec<Factor>,
}

impl FactorFile {
    /// Reads and checks a file: columns `name, distribution, low, high` and perhaps `mode`, in any
    /// order.
    ///
    /// # Errors
    /// When the file cannot be read, is no CSV, has unknown, doubled or missing columns, has no
    /// factor, or a cell does not say what it should.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = fs::read(path).map_err(FileError::disk(path))?;
        Self::parse(path.display().to_string(), &bytes)
    }

    /// Like [`FactorFile::read`], from the bytes of the file `name`.
    ///
    /// # Errors
    /// See [`FactorFile::read`].
    pub fn parse(name: String, bytes: &[u8]) -> Result<Self, FileError> {
        let mut sheet = Sheet::unchecked(name, bytes.to_vec())?;
        let places = places(&sheet)
            .map_err(|problem| sheet.refused(format!("{problem}; the columns are {HEADER}")))?;
        let mut lines: Vec<(Factor, u64)> = Vec::new();
        while let Some(row) = sheet.next_row()? {
            let row = FactorRow { places, row };
            lines.push((row.factor(&lines)?, row.row.line()));
        }
        if lines.is_empty() {
            return Err(sheet.refused(NO_FACTOR));
        }
        let factors = lines.into_iter().map(|(factor, _)| factor).collect();
        Ok(Self { name: sheet.file, factors })
    }
}

/// Place of each column of [`COLUMNS`].
type ColumnPlaces = [Option<usize>; 5];

fn places(sheet: &Sheet) -> Result<ColumnPlaces, String> {
    let mut places = ColumnPlaces::default();
    for (place, cell) in sheet.header().iter().enumerate() {
        let Some(column) = COLUMNS.iter().position(|column| *column == cell) else {
            return Err(format!("column `{cell}` is unknown"));
        };
        if places[column].replace(place).is_some() {
            return Err(format!("column `{cell}` is there twice"));
        }
    }
    match places[..4].iter().position(Option::is_none) {
        Some(missing) => Err(format!("column `{}` is missing", COLUMNS[missing])),
        None => Ok(places),
    }
}

/// A row and what its cells mean.
struct FactorRow<'a> {
    places: ColumnPlaces,
    row: sheet::Row<'a>,
}

impl<'a> FactorRow<'a> {
    fn cell(&self, column: usize) -> &'a str {
        self.places[column].map_or("", |place| self.row.record.text(place))
    }

    fn refused<T>(&self, column: usize, allowed: impl Into<String>) -> Result<T, FileError> {
        Err(self.row.refused_as(COLUMNS[column], self.cell(column).to_owned(), allowed))
    }

    /// The number in a column, if `allowed` has it.
    fn number(
        &self,
        column: usize,
        allowed: impl Into<String>,
        fits: impl Fn(f64) -> bool,
    ) -> Result<f64, FileError> {
        let number = self.cell(column).parse::<f64>().ok();
        match number.filter(|number| number.abs() <= GREATEST && fits(*number)) {
            Some(number) => Ok(number),
            None => self.refused(column, allowed),
        }
    }

    fn factor(&self, earlier: &[(Factor, u64)]) -> Result<Factor, FileError> {
        let name = self.cell(0);
        if name.is_empty() || OWN_COLUMNS.contains(&name) {
            return self.refused(0, "a name; `block` and `row` are columns of the design itself");
        }
        if let Some((_, line)) = earlier.iter().find(|(factor, _)| factor.name == name) {
            return self.refused(0, format!("a new name; line {line} has it already"));
        }
        Ok(Factor { name: name.to_owned(), distribution: self.distribution()? })
    }

    fn distribution(&self) -> Result<Distribution, FileError> {
        let law = self.cell(1);
        if law != "triangular" && !self.cell(4).is_empty() {
            return self.refused(4, format!("empty; a {law} law has no mode"));
        }
        match law {
            "uniform" => {
                let (low, high) = self.bounds()?;
                Ok(Distribution::Uniform { low, high })
            }
            "loguniform" => {
                self.number(2, "a number above 0 (for loguniform)", |low| low > 0.0)?;
                let (low, high) = self.bounds()?;
                Ok(Distribution::LogUniform { low, high })
            }
            "normal" => {
                let mean = self.number(2, "a number (the mean)", |_| true)?;
                let sd = self.number(3, "a number above 0 (the sd)", |sd| sd > 0.0)?;
                Ok(Distribution::normal(mean, sd))
            }
            "triangular" => {
                let (low, high) = self.bounds()?;
                let allowed = format!("a number from {low:?} to {high:?} (low and high)");
                let mode = self.number(4, allowed, |mode| (low..=high).contains(&mode))?;
                Ok(Distribution::Triangular { low, mode, high })
            }
            _ => self.refused(1, "uniform, loguniform, normal or triangular"),
        }
    }

    fn bounds(&self) -> Result<(f64, f64), FileError> {
        let low = self.number(2, "a number", |_| true)?;
        let high = self.number(3, format!("a number above {low:?} (low)"), |high| high > low)?;
        Ok((low, high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FactorFile, String> {
        FactorFile::parse("f.csv".to_owned(), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn each_law_is_read() {
        let text = "name, distribution, low, high, mode\n\
                    a, uniform, 0, 1,\nb, loguniform, 1e-3, 10,\nc, normal, 5, 0.5,\n\
                    d, triangular, 1, 4, 2\n";
        let laws: Vec<_> =
            read(text).unwrap().factors.into_iter().map(|factor| factor.distribution).collect();
        assert_eq!(
            laws,
            [
                Distribution::Uniform { low: 0.0, high: 1.0 },
                Distribution::LogUniform { low: 1e-3, high: 10.0 },
                Distribution::normal(5.0, 0.5),
                Distribution::Triangular { low: 1.0, mode: 2.0, high: 4.0 },
            ]
        );
    }

    #[test]
    fn messages_name_file_line_column_value_and_what_is_allowed() {
        for (row, message) in [
            ("a,gaussian,0,1", "line 2, column `distribution`: `gaussian` is not uniform, log"),
            ("a,uniform,zero,1", "line 2, column `low`: `zero` is not a number"),
            ("a,uniform,1,1", "line 2, column `high`: `1` is not a number above 1.0 (low)"),
            ("a,uniform,0,inf", "column `high`: `inf` is not"),
            ("a,uniform,NaN,1", "column `low`: `NaN` is not"),
            ("a,loguniform,0,1", "column `low`: `0` is not a number above 0 (for loguniform)"),
            ("a,normal,0,-1", "column `high`: `-1` is not a number above 0 (the sd)"),
            (",uniform,0,1", "column `name`: `` is not a name"),
            ("row,uniform,0,1", "column `name`: `row` is not a name"),
            ("a,triangular,0,1", "column `mode`: `` is not a number from 0.0 to 1.0"),
            ("a,uniform,0,1\na,normal,0,1", "line 3, column `name`: `a` is not a new name; line 2"),
            ("a,uniform,0", "not readable as CSV"),
        ] {
            let refusal = read(&format!("name,distribution,low,high\n{row}\n")).unwrap_err();
            assert!(refusal.starts_with("f.csv: ") && refusal.contains(message), "{refusal}");
        }
    }

    #[test]
    fn headers_are_checked() {
        for (header, message) in [
            ("name,distribution,low", "column `high` is missing"),
            ("name,distribution,low,high,unit", "column `unit` is unknown"),
            ("name,name,distribution,low,high", "column `name` is there twice"),
        ] {
            let refusal = read(&format!("{header}\n")).unwrap_err();
            assert!(refusal.contains(message), "{refusal}");
        }
        assert!(read("name,distribution,low,high\n").unwrap_err().contains("holds no factor"));
        assert!(read("").unwrap_err().contains("is missing"));
    }

    #[test]
    fn a_mode_beside_another_law_is_refused() {
        let refusal = read("name,distribution,low,high,mode\na,uniform,0,1,0.5\n").unwrap_err();
        assert!(refusal.contains("column `mode`: `0.5` is not empty"), "{refusal}");
    }
}
