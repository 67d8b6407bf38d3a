//! A CSV file with a header, whose cells can be asked for by column.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::error::PointsError;
use crate::files::error::FileError;
use crate::files::foreign::{header_hint, number_hint, shortened};
use crate::files::sheet::{self, SheetRecord};

/// Column that joins designs and outputs.
pub(crate) const ROW: &str = "row";
/// Numbers of rows that a message names.
const NAMED: usize = 8;

/// A file, read.
pub(crate) struct OutputSheet {
    /// Name, for messages.
    pub file: String,
    /// blake3.
    pub digest: String,
    /// Names of columns, all different.
    pub header: Vec<String>,
    /// Lines below the header.
    pub records: Vec<SheetRecord>,
}

impl OutputSheet {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is not CSV, or names a column twice.
    pub(crate) fn read(path: &Path) -> Result<Self, PointsError> {
        let bytes = fs::read(path).map_err(FileError::disk(path))?;
        let digest = blake3::hash(&bytes).to_hex().to_string();
        let mut rows = sheet::Sheet::of(path.display().to_string(), bytes, "")?;
        let header = rows.header().iter().map(str::to_owned).collect();
        let mut records = Vec::new();
        while let Some(row) = rows.next_row()? {
            records.push(row.record.clone());
        }
        let sheet = Self { file: rows.file, digest, header, records };
        sheet.refuse_ambiguous_columns()?;
        Ok(sheet)
    }

    fn refuse_ambiguous_columns(&self) -> Result<(), PointsError> {
        let unnamed = |name: &String| name.is_empty() || name.starts_with("Unnamed:");
        if let Some(at) = self.header.iter().position(unnamed) {
            let hint = header_hint(self.header.iter().map(String::as_str));
            return Err(self.refused(format!("column {} has no name{hint}", at + 1)));
        }
        let mut seen = BTreeSet::new();
        match self.header.iter().find(|name| !seen.insert(name.as_str())) {
            Some(name) => Err(self.refused(format!("column `{}` is there twice", shortened(name)))),
            None => Ok(()),
        }
    }

    /// A refusal of this file.
    pub(crate) fn refused(&self, problem: String) -> PointsError {
        PointsError::File(FileError::whole(&self.file, problem))
    }

    /// Place of a column.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(crate) fn column(&self, name: &str) -> Result<usize, PointsError> {
        self.header.iter().position(|column| column == name).ok_or_else(|| {
            let header = shortened(&self.header.join(","));
            let name = shortened(name);
            self.refused(format!("there is no column `{name}`; the header is `{header}`"))
        })
    }

    /// What `parse` makes of a cell.
    ///
    /// # Errors
    /// When it makes nothing of it, with what is allowed.
    pub(crate) fn cell<T>(
        &self,
        record: &SheetRecord,
        column: usize,
        allowed: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, PointsError> {
        let value = record.text(column);
        parse(value).ok_or_else(|| {
            let name = shortened(&self.header[column]);
            let allowed = format!("{allowed}{}", number_hint(value));
            let row = sheet::Row::of(&self.file, record);
            PointsError::File(row.refused_as(&name, shortened(value), allowed))
        })
    }

    /// The number in column `row`.
    ///
    /// # Errors
    /// When it is not a whole number.
    pub(crate) fn row(&self, record: &SheetRecord, column: usize) -> Result<u64, PointsError> {
        self.cell(record, column, "a whole number", |text| text.parse().ok())
    }
}

/// `row 3` or `rows 3, 5, 8 and 12 more`.
pub(crate) fn rows_in_words(rows: &[u64]) -> String {
    let named: Vec<_> = rows.iter().take(NAMED).map(u64::to_string).collect();
    let rest = match rows.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let noun = if rows.len() == 1 { "row" } else { "rows" };
    format!("{noun} {}{rest}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_rows_are_cut() {
        assert_eq!(rows_in_words(&[3]), "row 3");
        assert_eq!(rows_in_words(&[1, 2]), "rows 1, 2");
        let many: Vec<u64> = (1..=10).collect();
        assert_eq!(rows_in_words(&many), "rows 1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
    }
}
