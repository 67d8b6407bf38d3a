//! Reads Parquet files one column at a time, in batches.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use parquet::basic::Type;
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use serde_json::Value;

use super::folder::MANIFEST;
use super::manifest::Manifest;
use super::report_error::ReportError;

/// Values decoded at a time.
const BATCH: usize = 8192;

/// An open Parquet file.
pub struct ResultTable {
    path: PathBuf,
    reader: SerializedFileReader<File>,
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
        let reader = SerializedFileReader::new(file)
            .map_err(|source| ReportError::Parquet { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), reader })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        usize::try_from(self.reader.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Names of the f64 columns, in file order.
    #[must_use]
    pub fn number_columns(&self) -> Vec<String> {
        let columns = self.reader.metadata().file_metadata().schema_descr().columns();
        columns
            .iter()
            .filter(|column| column.physical_type() == Type::DOUBLE)
            .map(|column| column.name().to_owned())
            .collect()
    }

    /// Unit of a column, as the file's footer states it; empty where it does not.
    #[must_use]
    pub fn unit(&self, column: &str) -> String {
        let notes = self.reader.metadata().file_metadata().key_value_metadata();
        let units = notes.into_iter().flatten().find(|note| note.key == "units");
        let units = units.and_then(|note| serde_json::from_str::<Value>(note.value.as_ref()?).ok());
        let unit = units.as_ref().and_then(|units| units.get(column)?.as_str());
        unit.unwrap_or_default().to_owned()
    }

    /// Makes sure that an f64 column is there.
    ///
    /// # Errors
    /// As [`ResultTable::numbers_of`].
    pub fn require_number(&self, column: &str) -> Result<(), ReportError> {
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
    pub fn integers_of(&self, column: &str, rows: Range<usize>) -> Result<Vec<i32>, ReportError> {
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
    pub fn strings_of(
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
    pub fn stream<T: DataType>(
        &self,
        column: &str,
        rows: Range<usize>,
        mut take: impl FnMut(usize, &[T::T]),
    ) -> Result<(), ReportError> {
        let position = self.position(column, T::get_physical_type())?;
        self.stream_groups::<T>(position, &rows, &mut take)
            .map_err(|source| ReportError::Parquet { path: self.path.clone(), source })
    }

    fn stream_groups<T: DataType>(
        &self,
        position: usize,
        rows: &Range<usize>,
        take: &mut impl FnMut(usize, &[T::T]),
    ) -> Result<(), ParquetError> {
        let mut first = 0;
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(number)?;
            let length = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            if first < rows.end && rows.start < first + length {
                let mut reader = get_typed_column_reader::<T>(group.get_column_reader(position)?);
                let before = rows.start.saturating_sub(first);
                let mut row = first + reader.skip_records(before)?;
                let end = rows.end.min(first + length);
                while row < end {
                    batch.clear();
                    let most = BATCH.min(end - row);
                    let (read, _, _) = reader.read_records(most, None, None, &mut batch)?;
                    if read == 0 {
                        break;
                    }
                    take(row, &batch);
                    row += read;
                }
            }
            first += length;
        }
        Ok(())
    }

    fn position(&self, name: &str, expected: Type) -> Result<usize, ReportError> {
        let columns = self.reader.metadata().file_metadata().schema_descr().columns();
        let found = columns.iter().enumerate().find(|(_, column)| column.name() == name);
        let complaint = match found {
            None => "is not there".to_owned(),
            Some((_, column)) if column.physical_type() != expected => {
                format!("has type {}", column.physical_type())
            }
            Some((_, column)) if column.max_def_level() > 0 || column.max_rep_level() > 0 => {
                "is optional or repeated".to_owned()
            }
            Some((position, _)) => return Ok(position),
        };
        Err(ReportError::Column {
            path: self.path.clone(),
            column: name.to_owned(),
            expected: expected.to_string(),
            found: complaint,
        })
    }
}
