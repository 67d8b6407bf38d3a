//! Reads result files, and anybody's file of numbers.

use std::fs::File;
use std::path::Path;

use parquet::basic::Type as Physical;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::schema::types::ColumnDescPtr;

use super::columns::{Absent, ColumnFile, DataType, ParquetError, fill_absent};
use super::table::{CellKind, ColumnCells, Field, Table};
use super::writer::{CONTENT_DIGEST, content_digest};
use crate::study::error::Error;

/// Name of the thread that reads files of unknown origin, whose panics are caught.
pub(crate) const UNTRUSTED: &str = "reading Parquet";
/// Rows that a byte may stand for: a column of equal values is a few bytes for thousands of rows.
const ROWS_PER_BYTE: u64 = 1 << 10;

/// A result file opened for reading.
pub struct TableReader {
    file: ColumnFile,
    path: std::path::PathBuf,
    /// Length of the file, which bounds what it can hold.
    bytes: u64,
    order: Vec<usize>,
    kinds: Vec<CellKind>,
}

impl TableReader {
    /// Opens a file and finds the columns of the schema in it, in whatever order.
    ///
    /// # Errors
    /// If it cannot be opened, is no Parquet file, or lacks a column.
    pub fn open(path: &Path, schema: &[Field]) -> Result<Self, Error> {
        let (file, bytes) = on_disk(path)?;
        Self::find(file, path, bytes, schema)
    }

    /// Opens a file with all columns that it has, in its order; their units are left out.
    ///
    /// # Errors
    /// If it cannot be opened, is no Parquet file, or has a column of a kind that results lack.
    pub(crate) fn open_all(path: &Path) -> Result<(Self, Vec<Field>), Error> {
        let (file, bytes) = on_disk(path)?;
        let schema = fields(&file).map_err(Error::damaged(path))?;
        let reader = Self::find(file, path, bytes, &schema)?;
        Ok((reader, schema))
    }

    /// Takes the content of anybody's file, all of whose columns are numbers; `path` names it in
    /// messages.
    ///
    /// The library that reads Parquet trusts the sizes and offsets that a file states, and panics
    /// where they cannot be; that becomes an error here.
    ///
    /// # Errors
    /// If it is no Parquet file, or says of its content what cannot be.
    pub fn numbers(content: Vec<u8>, path: &Path) -> Result<(Vec<String>, Table), Error> {
        let reader = std::thread::Builder::new().name(UNTRUSTED.to_owned());
        let read = std::thread::scope(|scope| {
            let thread = reader.spawn_scoped(scope, || Self::trusted_numbers(content, path));
            thread.map(std::thread::ScopedJoinHandle::join)
        });
        match read {
            Err(error) => Err(Error::Threads(error.to_string())),
            Ok(Ok(read)) => read,
            Ok(Err(_)) => {
                Err(Error::damaged(path)("is damaged: what it says of its own layout cannot be"))
            }
        }
    }

    fn trusted_numbers(content: Vec<u8>, path: &Path) -> Result<(Vec<String>, Table), Error> {
        let bytes = content.len() as u64;
        let file = ColumnFile::in_memory(content).map_err(Error::damaged(path))?;
        let names = file.names();
        let field = |name: &String| Field {
            name: name.clone(),
            unit: String::new(),
            kind: CellKind::Number,
        };
        let schema: Vec<_> = names.iter().map(field).collect();
        let reader = Self::find(file, path, bytes, &schema)?;
        let table = reader.whole(&schema)?;
        let ours = reader.plan_digest().is_some() || reader.file.note("schema_version").is_some();
        match reader.file.note(CONTENT_DIGEST) {
            Some(digest) if digest != content_digest(&names, &table) => Err(Error::damaged(path)(
                "is damaged: its values are not those it was written with",
            )),
            None if ours => Err(Error::damaged(path)(
                "is damaged, or of an earlier version: it has no digest of its values",
            )),
            _ => Ok((names, table)),
        }
    }

    /// Finds the columns of the schema in a file, in whatever order.
    fn find(file: ColumnFile, path: &Path, bytes: u64, schema: &[Field]) -> Result<Self, Error> {
        check_rows(&file, bytes).map_err(Error::damaged(path))?;
        let names = file.names();
        let find = |field: &Field| {
            let place = names.iter().position(|name| *name == field.name);
            place.ok_or_else(|| Error::damaged(path)(format!("has no column {}", field.name)))
        };
        let order = schema.iter().map(find).collect::<Result<_, _>>()?;
        let kinds = schema.iter().map(|field| field.kind).collect();
        Ok(Self { file, path: path.to_owned(), bytes, order, kinds })
    }

    /// The digest of the plan that the file belongs to.
    #[must_use]
    pub fn plan_digest(&self) -> Option<String> {
        self.file.note("plan_digest")
    }

    /// Rows in the file.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.file.rows()
    }

    /// Number of row groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.file.groups()
    }

    /// The tables of the file, one per row group; only one is in memory if they are dropped in
    /// turn.
    pub fn tables(&self) -> impl Iterator<Item = Result<Table, Error>> + '_ {
        (0..self.groups()).map(|index| self.table(index))
    }

    /// Everything in one table: for files known to be small.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn whole(&self, schema: &[Field]) -> Result<Table, Error> {
        let mut whole = Table::empty(schema);
        self.tables().try_for_each(|table| table.map(|table| whole.append(table)))?;
        Ok(whole)
    }

    /// The first `columns` columns of the schema of one row group.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn head(&self, index: usize, columns: usize) -> Result<Table, Error> {
        self.read(index, columns).map_err(Error::damaged(&self.path))
    }

    /// One row group.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn table(&self, index: usize) -> Result<Table, Error> {
        self.head(index, self.order.len())
    }

    fn read(&self, index: usize, columns: usize) -> Result<Table, ParquetError> {
        let group = self.file.group(index)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        // Room for what the file states is made only as far as the file is long.
        let room = rows.min(usize::try_from(self.bytes).unwrap_or(usize::MAX));
        let read =
            |(&place, kind): (&usize, &CellKind)| match (group.get_column_reader(place)?, kind) {
                (ColumnReader::ByteArrayColumnReader(reader), CellKind::Text) => {
                    column(reader, rows, room).map(ColumnCells::Text)
                }
                (ColumnReader::Int32ColumnReader(reader), CellKind::Integer) => {
                    column(reader, rows, room).map(ColumnCells::Integer)
                }
                (ColumnReader::DoubleColumnReader(reader), CellKind::Number) => {
                    column(reader, rows, room).map(ColumnCells::Number)
                }
                (ColumnReader::BoolColumnReader(reader), CellKind::Boolean) => {
                    column(reader, rows, room).map(ColumnCells::Boolean)
                }
                _ => Err(ParquetError::General(format!("column {place} is of another type"))),
            };
        let places = self.order.iter().zip(&self.kinds).take(columns);
        let columns = places.map(read).collect::<Result<_, _>>()?;
        Ok(Table { columns })
    }
}

/// Opens a file, and says how long it is.
fn on_disk(path: &Path) -> Result<(ColumnFile, u64), Error> {
    let file = File::open(path).map_err(Error::disk(path))?;
    let bytes = file.metadata().map_err(Error::disk(path))?.len();
    Ok((ColumnFile::of(file).map_err(Error::damaged(path))?, bytes))
}

/// Refuses a file whose numbers of rows cannot be: negative, of another sum than stated, or more
/// than so many bytes can hold however well they are compressed.
fn check_rows(file: &ColumnFile, bytes: u64) -> Result<(), String> {
    let metadata = file.layout();
    let stated = metadata.file_metadata().num_rows();
    let groups = metadata.row_groups().iter().map(|group| i128::from(group.num_rows()));
    let negative = metadata.row_groups().iter().any(|group| group.num_rows() < 0);
    if negative || i128::from(stated) != groups.sum::<i128>() {
        return Err("is damaged: its row groups do not hold the rows it states".to_owned());
    }
    if u64::try_from(stated).is_ok_and(|rows| rows / ROWS_PER_BYTE <= bytes) {
        return Ok(());
    }
    Err(format!("is damaged: {stated} rows cannot be in {bytes} bytes"))
}

/// All columns with what they hold.
fn fields(file: &ColumnFile) -> Result<Vec<Field>, String> {
    let field = |column: &ColumnDescPtr| {
        let kind = match column.physical_type() {
            Physical::BYTE_ARRAY => CellKind::Text,
            Physical::INT32 => CellKind::Integer,
            Physical::DOUBLE => CellKind::Number,
            Physical::BOOLEAN => CellKind::Boolean,
            other => return Err(format!("column {} is of type {other}", column.name())),
        };
        Ok(Field { name: column.name().to_owned(), unit: String::new(), kind })
    };
    file.columns().iter().map(field).collect()
}

/// All values of a column; a missing one is an error where nothing stands for it.
fn column<T: DataType<T: Absent>>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    room: usize,
) -> Result<Vec<T::T>, ParquetError> {
    let (mut values, mut levels) = (Vec::with_capacity(room), Vec::new());
    loop {
        let before = values.len();
        levels.clear();
        let wanted = (rows - before.min(rows)).min(room.max(1));
        let (records, ..) = reader.read_records(wanted, Some(&mut levels), None, &mut values)?;
        fill_absent(&mut values, &levels, before);
        if records == 0 || before + records >= rows {
            break;
        }
    }
    if values.len() == rows {
        return Ok(values);
    }
    Err(ParquetError::General(format!("has {} values in a group of {rows} rows", values.len())))
}
