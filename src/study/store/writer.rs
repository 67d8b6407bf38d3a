//! Parquet files: written with pinned properties so that equal rows give equal bytes.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArrayType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};

use crate::world::simulation::column::Column;
use crate::world::simulation::columns::SERIES;
use crate::world::simulation::leases::LEASES;
use crate::world::simulation::regions::REGIONS;
use crate::world::simulation::retarget_metrics::OUTCOMES;

use super::table::{CellKind, ColumnCells, Field, Table, may_be_none, row_width};

/// How columns are laid out in files, apart from which there are.
const LAYOUT: u32 = 6;
/// Version of the files' layout: another one for other columns, so that files of two layouts are never
/// mixed. FNV-1a of names and units (Fowler, Noll and Vo 1991), begun with the layout.
pub(crate) const SCHEMA_VERSION: u32 = {
    let hash = 0x811c_9dc5 ^ LAYOUT;
    let hash = fnv_of_columns(fnv_of_columns(fnv_of_columns(hash, SERIES), OUTCOMES), REGIONS);
    fnv_of_columns(hash, LEASES)
};

/// Goes on with a hash over names and units of columns.
const fn fnv_of_columns<Row>(mut hash: u32, columns: &[Column<Row>]) -> u32 {
    let mut column = 0;
    while column < columns.len() {
        hash = fnv(hash, columns[column].name.as_bytes());
        hash = fnv(hash, columns[column].unit.as_bytes());
        column += 1;
    }
    hash
}

/// Goes on with a hash over bytes and an end mark.
const fn fnv(mut hash: u32, bytes: &[u8]) -> u32 {
    let mut place = 0;
    while place < bytes.len() {
        hash = (hash ^ bytes[place] as u32).wrapping_mul(16_777_619);
        place += 1;
    }
    (hash ^ 0xFF).wrapping_mul(16_777_619)
}
/// Memory that the rows of one row group take: what a writer gathers before it writes, and what a
/// reader of whole rows holds at once.
///
/// Large enough that scans of a single column read long stretches and the footer stays small (a
/// row group costs it about half a kilobyte a column), small enough for several to fit anywhere.
const ROW_GROUP_BYTES: usize = 64 << 20;
/// Key of the note that holds the digest of a file's content.
pub(crate) const CONTENT_DIGEST: &str = "content_digest";
/// Key of the note that says what columns mean, by the name of the series or of the number of a run.
const MEANINGS: &str = "meanings";
/// Most rows of a row group.
const ROW_GROUP_ROWS: usize = 1 << 17;

/// Writes tables of one schema, gathered into row groups.
pub(crate) struct TableWriter<W: Write + Send> {
    inner: SerializedFileWriter<W>,
    gathered: Table,
    group_rows: usize,
}

impl<W: Write + Send> TableWriter<W> {
    /// A file for the results of the plan of this digest.
    ///
    /// # Errors
    /// If the sink does.
    pub(crate) fn new(
        sink: W,
        schema: Vec<Field>,
        plan_digest: &str,
    ) -> Result<Self, ParquetError> {
        let properties = Arc::new(properties(&schema, plan_digest));
        let inner = SerializedFileWriter::new(sink, Arc::new(message(&schema)?), properties)?;
        Ok(Self { inner, gathered: Table::empty(&schema), group_rows: group_rows(&schema) })
    }

    /// Appends rows. Where row groups end depends on the rows alone, not on how many are appended
    /// at a time.
    ///
    /// # Errors
    /// If the sink does.
    pub(crate) fn append(&mut self, table: Table) -> Result<(), ParquetError> {
        // Vectors that grow on their own would end with up to twice the memory of a row group.
        self.gathered.make_room(table.rows(), self.group_rows + table.rows());
        self.gathered.append(table);
        while self.gathered.rows() >= self.group_rows {
            let rest = self.gathered.split_off(self.group_rows);
            self.flush()?;
            self.gathered.append(rest);
        }
        Ok(())
    }

    /// Writes the gathered rows as a row group.
    fn flush(&mut self) -> Result<(), ParquetError> {
        if self.gathered.rows() == 0 {
            return Ok(());
        }
        let mut group = self.inner.next_row_group()?;
        for cells in &self.gathered.columns {
            let Some(mut column) = group.next_column()? else { break };
            match cells {
                ColumnCells::Text(values) => {
                    column.typed::<ByteArrayType>().write_batch(values, None, None)
                }
                ColumnCells::Integer(values) => {
                    column.typed::<Int32Type>().write_batch(values, None, None)
                }
                ColumnCells::Number(values) => {
                    let column = column.typed::<DoubleType>();
                    if column.get_descriptor().max_def_level() == 0 {
                        column.write_batch(values, None, None)
                    } else {
                        let levels: Vec<i16> =
                            values.iter().map(|value| i16::from(!value.is_nan())).collect();
                        let there: Vec<f64> =
                            values.iter().copied().filter(|value| !value.is_nan()).collect();
                        column.write_batch(&there, Some(&levels), None)
                    }
                }
                ColumnCells::Boolean(values) => {
                    column.typed::<BoolType>().write_batch(values, None, None)
                }
            }?;
            column.close()?;
        }
        group.close()?;
        self.gathered.clear();
        Ok(())
    }

    /// Adds what the columns of a kind of file mean to the footer, where they are declared.
    pub(crate) fn explain(&mut self, kind: &str) {
        if let Some(meanings) = meanings(kind) {
            self.inner.append_key_value_metadata(KeyValue::new(MEANINGS.to_owned(), meanings));
        }
    }

    /// Ends the file and returns the sink.
    ///
    /// # Errors
    /// If the sink does.
    pub(crate) fn finish(mut self) -> Result<W, ParquetError> {
        self.flush()?;
        self.inner.into_inner()
    }
}

/// Rows of a full row group.
#[must_use]
pub(crate) fn group_rows(schema: &[Field]) -> usize {
    (ROW_GROUP_BYTES / row_width(schema).max(1)).clamp(1, ROW_GROUP_ROWS)
}

/// The bytes of a file that holds one table.
///
/// # Errors
/// Never for tables of the schema.
pub fn encode(
    table: Table,
    schema: Vec<Field>,
    plan_digest: &str,
) -> Result<Vec<u8>, ParquetError> {
    let mut writer = TableWriter::new(Vec::new(), schema, plan_digest)?;
    writer.append(table)?;
    writer.finish()
}

/// The bytes of a file that travels on its own: as [`encode`], with a note of the digest of its
/// content, which [`super::reader::TableReader::numbers`] checks.
///
/// # Errors
/// Never for tables of the schema.
pub(crate) fn encode_sealed(
    table: Table,
    schema: Vec<Field>,
    plan_digest: &str,
) -> Result<Vec<u8>, ParquetError> {
    let names: Vec<String> = schema.iter().map(|field| field.name.clone()).collect();
    let digest = content_digest(&names, &table);
    let mut writer = TableWriter::new(Vec::new(), schema, plan_digest)?;
    writer.inner.append_key_value_metadata(KeyValue::new(CONTENT_DIGEST.to_owned(), digest));
    writer.append(table)?;
    writer.finish()
}

/// BLAKE3 digest of the names of columns and all values, in hexadecimal.
pub(crate) fn content_digest(names: &[String], table: &Table) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(names.join("\n").as_bytes());
    (0..table.rows()).for_each(|row| table.digest_row(row, &mut hasher));
    hasher.finalize().to_hex().to_string()
}

/// The Parquet schema: every column required, but for those whose values may be none, which are missing
/// in the file where they are NaN in memory.
fn message(schema: &[Field]) -> Result<Type, ParquetError> {
    let column = |field: &Field| {
        let (physical, logical) = match field.kind {
            CellKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            CellKind::Integer => (Physical::INT32, None),
            CellKind::Number => (Physical::DOUBLE, None),
            CellKind::Boolean => (Physical::BOOLEAN, None),
        };
        Type::primitive_type_builder(&field.name, physical)
            .with_repetition(if may_be_none(&field.name) {
                Repetition::OPTIONAL
            } else {
                Repetition::REQUIRED
            })
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    };
    let columns = schema.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("hashflight").with_fields(columns).build()
}

/// Meanings of the declared columns of a kind of file, as JSON: a note of the merged series, runs,
/// regions and leases.
#[must_use]
pub(crate) fn meanings(kind: &str) -> Option<String> {
    fn of<Row>(columns: &[Column<Row>]) -> impl Iterator<Item = (String, serde_json::Value)> {
        columns.iter().map(|column| (column.name.to_owned(), column.meaning.into()))
    }
    let all = match kind {
        "series" | "runs" => of(SERIES).chain(of(OUTCOMES)).collect(),
        "regions" => of(REGIONS).collect(),
        "leases" => of(LEASES).collect(),
        _ => return None,
    };
    Some(serde_json::Value::Object(all).to_string())
}

/// How files are written; part of what makes equal rows equal bytes.
fn properties(schema: &[Field], plan_digest: &str) -> WriterProperties {
    let units: serde_json::Map<_, _> = schema
        .iter()
        .filter(|field| !field.unit.is_empty())
        .map(|field| (field.name.clone(), field.unit.clone().into()))
        .collect();
    let note = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    let notes = vec![
        note("plan_digest", plan_digest.to_owned()),
        note("units", serde_json::Value::Object(units).to_string()),
        note("schema_version", SCHEMA_VERSION.to_string()),
    ];
    let builder = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(None)
        .set_created_by(concat!("hashflight ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(notes));
    let texts = schema.iter().filter(|field| field.kind == CellKind::Text);
    texts
        .fold(builder, |builder, field| {
            let path = ColumnPath::new(vec![field.name.clone()]);
            builder.set_column_dictionary_enabled(path, true)
        })
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::store::reader::TableReader;
    use crate::study::store::table::{series_rows, series_schema};
    use crate::world::simulation::Trajectory;
    use crate::world::simulation::trajectory::Record;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    fn some_rows() -> Table {
        let record = |day| Record { day, difficulty: f64::from(day) * 1.1, ..Record::default() };
        let records = (0..1000).map(record).collect();
        series_rows("on", 3, &Trajectory { records, ..Trajectory::default() })
    }

    #[test]
    fn what_is_written_is_read_bit_for_bit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = TableWriter::new(file.reopen().unwrap(), series_schema(), "abc").unwrap();
        for _ in 0..40 {
            writer.append(some_rows()).unwrap();
        }
        writer.finish().unwrap();
        let reader = TableReader::open(file.path(), &series_schema()).unwrap();
        assert_eq!((reader.rows(), reader.plan_digest().as_deref()), (40_000, Some("abc")));
        let whole = reader.whole(&series_schema()).unwrap();
        assert_eq!(whole.unit_of(39_999), Some((b"on".as_slice(), 3)));
        let mut expected = Table::empty(&series_schema());
        (0..40).for_each(|_| expected.append(some_rows()));
        // As texts: a number that is none equals itself there.
        assert!(format!("{whole:?}") == format!("{expected:?}"));
    }

    #[test]
    fn equal_rows_give_equal_bytes() {
        let bytes = || encode(some_rows(), series_schema(), "abc").unwrap();
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn row_groups_end_where_they_must_however_rows_are_appended() {
        let schema = series_schema();
        let full = group_rows(&schema);
        let rows = 2 * full + 1;
        let bytes = full * row_width(&schema);
        assert!(bytes <= ROW_GROUP_BYTES && bytes + row_width(&schema) > ROW_GROUP_BYTES);
        let write = |step: usize| {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut writer = TableWriter::new(file.reopen().unwrap(), schema.clone(), "").unwrap();
            let mut left = rows;
            while left > 0 {
                let mut some = Table::empty(&schema);
                while some.rows() < step.min(left) {
                    some.append(some_rows());
                }
                let _ = some.split_off(step.min(left));
                left -= some.rows();
                writer.append(some).unwrap();
            }
            writer.finish().unwrap();
            file
        };
        let (one, other) = (write(full / 3), write(rows));
        let sizes = |file: &tempfile::NamedTempFile| {
            let reader = TableReader::open(file.path(), &schema).unwrap();
            (0..reader.groups()).map(|g| reader.head(g, 1).unwrap().rows()).collect::<Vec<_>>()
        };
        assert_eq!((sizes(&one), sizes(&other)), (vec![full, full, 1], vec![full, full, 1]));
    }

    #[test]
    fn a_file_of_another_kind_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "no Parquet file at all").unwrap();
        let error = TableReader::open(file.path(), &series_schema()).err().unwrap().to_string();
        assert!(error.starts_with(&file.path().display().to_string()), "{error}");
    }

    #[test]
    fn an_explained_file_says_what_every_column_means() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = TableWriter::new(file.reopen().unwrap(), series_schema(), "abc").unwrap();
        writer.explain("series");
        writer.finish().unwrap();
        let reader = SerializedFileReader::new(file.reopen().unwrap()).unwrap();
        let notes = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let note = notes.iter().find(|note| note.key == MEANINGS).unwrap().value.clone().unwrap();
        let told: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&note).unwrap();
        assert_eq!(told.len(), SERIES.len() + OUTCOMES.len());
        assert_eq!(told["hash_rate_ehs"], "hash rate of running rigs");
    }
}
