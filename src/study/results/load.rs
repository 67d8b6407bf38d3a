//! Reads Parquet files one column at a time, in batches.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::folder::MANIFEST;
use super::manifest::Manifest;
use super::report_error::ReportError;
use crate::study::store::columns::{
    Absent, BoolType, ByteArrayType, ColumnFile, DataType, DoubleType, Int32Type, Type,
};

/// An open Parquet file.
pub struct ResultTable {
    path: PathBuf,
    file: ColumnFile,
}

impl ResultTable {
    /// Opens a file of results, once it is certain that it is the one that the manifest beside it
    /// names.
    ///
    /// # Errors
    /// When it or the manifest is missing or damaged.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Manifest::read(&folder.join(MANIFEST))?.check(folder, &name)?;
        let file = File::open(path).map_err(|source| ReportError::disk(path, source))?;
        let file = ColumnFile::of(file)
            .map_err(|source| ReportError::Parquet { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        usize::try_from(self.file.rows()).unwrap_or(0)
    }

    /// Names of the f64 columns, in file order.
    #[must_use]
    pub(crate) fn number_columns(&self) -> Vec<String> {
        let columns = self.file.columns().iter();
        let numbers = columns.filter(|column| column.physical_type() == Type::DOUBLE);
        numbers.map(|column| column.name().to_owned()).collect()
    }

    /// Unit of a column, as the file's footer states it; empty where it does not.
    #[must_use]
    pub fn unit(&self, column: &str) -> String {
        let units = self.file.note("units");
        let units = units.and_then(|units| serde_json::from_str::<Value>(&units).ok());
        let unit = units.as_ref().and_then(|units| units.get(column)?.as_str());
        unit.unwrap_or_default().to_owned()
    }

    /// Makes sure that an f64 column is there.
    ///
    /// # Errors
    /// As [`ResultTable::numbers_of`].
    pub(crate) fn require_number(&self, column: &str) -> Result<(), ReportError> {
        self.position(column, Type::DOUBLE).map(drop)
    }

    /// Some rows of an f64 column.
    ///
    /// # Errors
    /// When the column is missing, has another type, or the file is damaged.
    pub fn numbers_of(&self, column: &str, rows: Range<usize>) -> Result<Vec<f64>, ReportError> {
        let mut values = Vec::with_capacity(rows.len());
        self.stream::<DoubleType>(column, rows, |_, batch| values.extend_from_slice(batch))?;
        Ok(values)
    }

    /// Some rows of a column of integers.
    ///
    /// # Errors
    /// As [`ResultTable::numbers_of`].
    pub(crate) fn integers_of(
        &self,
        column: &str,
        rows: Range<usize>,
    ) -> Result<Vec<i32>, ReportError> {
        let mut values = Vec::with_capacity(rows.len());
        self.stream::<Int32Type>(column, rows, |_, batch| values.extend_from_slice(batch))?;
        Ok(values)
    }

    /// Some rows of a column of switches.
    ///
    /// # Errors
    /// As [`ResultTable::numbers_of`].
    pub fn booleans_of(&self, column: &str, rows: Range<usize>) -> Result<Vec<bool>, ReportError> {
        let mut values = Vec::with_capacity(rows.len());
        self.stream::<BoolType>(column, rows, |_, batch| values.extend_from_slice(batch))?;
        Ok(values)
    }

    /// Calls `take` with every string of a column, in row order.
    ///
    /// # Errors
    /// As [`ResultTable::numbers_of`].
    pub fn strings(&self, column: &str, take: impl FnMut(&str)) -> Result<(), ReportError> {
        self.strings_of(column, 0..self.rows(), take)
    }

    /// Calls `take` with the strings of some rows of a column.
    ///
    /// # Errors
    /// As [`ResultTable::numbers_of`].
    pub(crate) fn strings_of(
        &self,
        column: &str,
        rows: Range<usize>,
        mut take: impl FnMut(&str),
    ) -> Result<(), ReportError> {
        self.stream::<ByteArrayType>(column, rows, |_, batch| {
            for value in batch {
                take(&String::from_utf8_lossy(value.data()));
            }
        })
    }

    /// Calls `take` with the first row and the values of each batch of `rows`; row groups outside
    /// of `rows` are not read.
    ///
    /// # Errors
    /// As [`ResultTable::numbers_of`].
    pub fn stream<T: DataType<T: Absent>>(
        &self,
        column: &str,
        rows: Range<usize>,
        mut take: impl FnMut(usize, &[T::T]),
    ) -> Result<(), ReportError> {
        let position = self.position(column, T::get_physical_type())?;
        self.file
            .stream::<T>(position, &rows, &mut take)
            .map_err(|source| ReportError::Parquet { path: self.path.clone(), source })
    }

    fn position(&self, name: &str, expected: Type) -> Result<usize, ReportError> {
        self.file.position(name, expected).map_err(|found| ReportError::Column {
            path: self.path.clone(),
            column: name.to_owned(),
            expected: expected.to_string(),
            found,
        })
    }
}
