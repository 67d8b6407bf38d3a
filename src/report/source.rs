//! The numbers behind a figure: the CSV that stands beside it, whose digest the figure carries.

use crate::files::digest;
use crate::files::sheet::csv_line;

/// A table of numbers in full precision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FigureData {
    /// The CSV.
    pub text: String,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// A name.
    Text(String),
    /// A quantity, in the unit that its column names; empty where there is none.
    Number(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        Self::Number(number.unwrap_or(f64::NAN))
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Text(count.to_string())
    }
}

impl From<i32> for Cell {
    fn from(count: i32) -> Self {
        Self::Text(count.to_string())
    }
}

impl Cell {
    fn written(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => written(number),
        }
    }
}

/// A number with all its digits; with an exponent where they would hide among zeros; empty for what
/// is no number.
#[must_use]
pub(super) fn written(number: f64) -> String {
    match number.abs() {
        size if !size.is_finite() => String::new(),
        size if size != 0.0 && !(1e-5..1e18).contains(&size) => format!("{number:e}"),
        _ => number.to_string(),
    }
}

impl FigureData {
    /// A table without rows.
    #[must_use]
    pub(super) fn new<C: AsRef<str>>(columns: impl IntoIterator<Item = C>) -> Self {
        let columns: Vec<C> = columns.into_iter().collect();
        Self { text: csv_line(columns.iter().map(AsRef::as_ref)) }
    }

    /// Appends a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<String> = cells.into_iter().map(Cell::written).collect();
        self.text += &csv_line(cells.iter().map(String::as_str));
    }

    /// BLAKE3 digest of the file, as `b3sum` prints it.
    #[must_use]
    pub(super) fn digest(&self) -> String {
        digest(self.text.as_bytes())
    }
}

impl From<String> for FigureData {
    fn from(text: String) -> Self {
        Self { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_full_and_read_back_as_they_were() {
        for number in [0.1 + 0.2, -1.0 / 3.0, 1e-12, 6.02e23, 123_456_789.125, 0.0] {
            let text = written(number);
            assert!(text.len() < 26 && text.parse::<f64>().unwrap() == number, "{text}");
        }
        assert_eq!([written(f64::NAN), written(f64::INFINITY)], ["", ""]);
    }

    #[test]
    fn a_table_quotes_names_and_leaves_what_is_missing_empty() {
        let mut source = FigureData::new(["scenario", "price_usd"]);
        source.row(["a,b".into(), Cell::from(None)]);
        assert_eq!(source.text, "scenario,price_usd\n\"a,b\",\n");
        assert_eq!(source.digest(), digest(source.text.as_bytes()));
    }
}
