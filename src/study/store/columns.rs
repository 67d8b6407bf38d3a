//! An open Parquet file, of which one column is read at a time, in batches.

use std::fs::File;
use std::ops::Range;

use bytes::Bytes;
pub(crate) use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
pub(crate) use parquet::data_type::{BoolType, DataType};
pub use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
pub(crate) use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, ParquetMetaData};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescPtr;

use super::table::may_be_none;

/// Values decoded at a time.
const BATCH: usize = 8192;

/// An open Parquet file.
pub(crate) struct ColumnFile {
    inner: Box<dyn FileReader>,
}

impl ColumnFile {
    /// Reads what a file says of its own layout.
    ///
    /// # Errors
    /// If it is no Parquet file.
    pub(crate) fn of(file: File) -> Result<Self, ParquetError> {
        Ok(Self { inner: Box::new(SerializedFileReader::new(file)?) })
    }

    /// The same of the content of a file.
    ///
    /// # Errors
    /// If it is no Parquet file.
    pub(crate) fn in_memory(content: Vec<u8>) -> Result<Self, ParquetError> {
        Ok(Self { inner: Box::new(SerializedFileReader::new(Bytes::from(content))?) })
    }

    /// What it says of its layout.
    #[must_use]
    pub(crate) fn layout(&self) -> &ParquetMetaData {
        self.inner.metadata()
    }

    fn head(&self) -> &FileMetaData {
        self.layout().file_metadata()
    }

    /// Rows that it states.
    #[must_use]
    pub(crate) fn rows(&self) -> u64 {
        u64::try_from(self.head().num_rows()).unwrap_or(0)
    }

    /// Number of row groups.
    #[must_use]
    pub(crate) fn groups(&self) -> usize {
        self.inner.num_row_groups()
    }

    /// Its columns.
    #[must_use]
    pub(crate) fn columns(&self) -> &[ColumnDescPtr] {
        self.head().schema_descr().columns()
    }

    /// Names of all columns.
    #[must_use]
    pub(crate) fn names(&self) -> Vec<String> {
        self.columns().iter().map(|column| column.name().to_owned()).collect()
    }

    /// What its footer notes under a key.
    #[must_use]
    pub(crate) fn note(&self, key: &str) -> Option<String> {
        let notes = self.head().key_value_metadata()?;
        notes.iter().find(|note| note.key == key)?.value.clone()
    }

    /// Place of a column of a type, all of whose values are there, but for those that may be none.
    ///
    /// # Errors
    /// What is there instead.
    pub(crate) fn position(&self, name: &str, expected: Type) -> Result<usize, String> {
        let found = self.columns().iter().enumerate().find(|(_, column)| column.name() == name);
        match found {
            None => Err("is not there".to_owned()),
            Some((_, column)) if column.physical_type() != expected => {
                Err(format!("has type {}", column.physical_type()))
            }
            Some((_, column))
                if column.max_rep_level() > 0
                    || column.max_def_level() > i16::from(may_be_none(name)) =>
            {
                Err("is optional or repeated".to_owned())
            }
            Some((position, _)) => Ok(position),
        }
    }

    /// A row group, to read some of its columns whole.
    pub(super) fn group(&self, index: usize) -> Result<Box<dyn RowGroupReader + '_>, ParquetError> {
        self.inner.get_row_group(index)
    }

    /// Calls `take` with the first row and the values of each batch of `rows` of a column; row groups
    /// outside of `rows` are not read.
    ///
    /// # Errors
    /// If the file is damaged.
    pub(crate) fn stream<T: DataType<T: Absent>>(
        &self,
        position: usize,
        rows: &Range<usize>,
        take: &mut impl FnMut(usize, &[T::T]),
    ) -> Result<(), ParquetError> {
        let mut first = 0;
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0..self.groups() {
            let length = self.layout().row_group(number).num_rows();
            let length = usize::try_from(length).unwrap_or(0);
            let within =
                rows.start.saturating_sub(first)..length.min(rows.end.saturating_sub(first));
            if !within.is_empty() {
                let group = self.group(number)?;
                let column = group.get_column_reader(position)?;
                let mut take = |row: usize, values: &[T::T]| take(first + row, values);
                in_batches::<T>(column, &within, &mut batch, &mut take)?;
            }
            first += length;
        }
        Ok(())
    }
}

/// What stands in memory for a value that a file lacks.
pub trait Absent: Sized + Clone {
    /// It, if there may be one.
    const ABSENT: Option<Self>;
}

impl Absent for f64 {
    const ABSENT: Option<Self> = Some(Self::NAN);
}
impl Absent for i32 {
    const ABSENT: Option<Self> = None;
}
impl Absent for bool {
    const ABSENT: Option<Self> = None;
}
impl Absent for ByteArray {
    const ABSENT: Option<Self> = None;
}

/// Puts what stands for missing values where the levels from `first` on say that one is missing; `values`
/// holds those that are there from the same place on.
pub(crate) fn fill_absent<V: Absent>(values: &mut Vec<V>, levels: &[i16], first: usize) {
    let Some(absent) = V::ABSENT.filter(|_| values.len() - first < levels.len()) else { return };
    let there = values.split_off(first);
    let mut there = there.into_iter();
    values.extend(levels.iter().map(|&level| {
        (level > 0).then(|| there.next()).flatten().unwrap_or_else(|| absent.clone())
    }));
}

/// Calls `take` with some rows of a row group, batch by batch.
fn in_batches<T: DataType<T: Absent>>(
    column: ColumnReader,
    rows: &Range<usize>,
    batch: &mut Vec<T::T>,
    take: &mut impl FnMut(usize, &[T::T]),
) -> Result<(), ParquetError> {
    let mut reader = get_typed_column_reader::<T>(column);
    let mut row = reader.skip_records(rows.start)?;
    let mut levels = Vec::new();
    while row < rows.end {
        batch.clear();
        levels.clear();
        let most = BATCH.min(rows.end - row);
        let (read, _, _) = reader.read_records(most, Some(&mut levels), None, batch)?;
        fill_absent(batch, &levels, 0);
        if read == 0 {
            break;
        }
        take(row, batch);
        row += read;
    }
    Ok(())
}
