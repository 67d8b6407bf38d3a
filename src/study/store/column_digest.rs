//! Digests of columns: of a column's name, kind and values, whatever file they stand in.
//!
//! The digest of a file changes with its footer, its encoding and each of its columns. That of a
//! column changes with the column alone, so that it tells a changed result from a column or a
//! configuration key that is new. `docs/digests.md` says how other languages compute it.

use std::path::Path;

use super::reader::TableReader;
use super::table::{CellKind, ColumnCells, Field, Table};
use crate::study::error::Error;

/// Hexadecimal digits that are kept: 64 bits, enough against chance.
const DIGITS: usize = 16;

/// The digest of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDigest {
    /// Name of the column.
    pub column: String,
    /// First 16 hexadecimal digits of the BLAKE3 digest of name, kind and values.
    pub digest: String,
}

/// Takes the digests of all columns of a schema while their rows come, table by table.
pub struct ColumnHasher {
    columns: Vec<(String, blake3::Hasher)>,
}

impl ColumnHasher {
    /// Columns without rows.
    #[must_use]
    pub fn new(schema: &[Field]) -> Self {
        let begin = |field: &Field| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(format!("{}\n{}\n", field.name, word(field.kind)).as_bytes());
            (field.name.clone(), hasher)
        };
        Self { columns: schema.iter().map(begin).collect() }
    }

    /// Adds the rows of a table of the schema.
    pub fn update(&mut self, table: &Table) {
        for ((_, hasher), cells) in self.columns.iter_mut().zip(&table.columns) {
            hasher.update(&bytes_of(cells));
        }
    }

    /// The digests, in order of the columns' names.
    #[must_use]
    pub fn finish(self) -> Vec<ColumnDigest> {
        let end = |(column, hasher): (String, blake3::Hasher)| {
            let mut digest = hasher.finalize().to_hex().to_string();
            digest.truncate(DIGITS);
            ColumnDigest { column, digest }
        };
        let mut digests: Vec<_> = self.columns.into_iter().map(end).collect();
        digests.sort_by(|a, b| a.column.cmp(&b.column));
        digests
    }
}

/// The digests of all columns of a result file, in order of their names; one row group is in memory
/// at a time.
///
/// # Errors
/// If the file cannot be opened or is damaged.
pub(crate) fn column_digests(path: &Path) -> Result<Vec<ColumnDigest>, Error> {
    let (reader, schema) = TableReader::open_all(path)?;
    let mut hasher = ColumnHasher::new(&schema);
    for table in reader.tables() {
        hasher.update(&table?);
    }
    Ok(hasher.finish())
}

/// The kind of a column, as digests know it.
const fn word(kind: CellKind) -> &'static str {
    match kind {
        CellKind::Text => "text",
        CellKind::Integer => "integer",
        CellKind::Number => "number",
        CellKind::Boolean => "boolean",
    }
}

/// The bytes of values one after the other; a text follows its length.
fn bytes_of(cells: &ColumnCells) -> Vec<u8> {
    match cells {
        ColumnCells::Text(values) => {
            let with_length = |text: &[u8]| [&(text.len() as u32).to_le_bytes(), text].concat();
            values.iter().flat_map(|text| with_length(text.data())).collect()
        }
        ColumnCells::Integer(values) => {
            values.iter().flat_map(|value| value.to_le_bytes()).collect()
        }
        ColumnCells::Number(values) => {
            values.iter().flat_map(|value| value.to_le_bytes()).collect()
        }
        ColumnCells::Boolean(values) => values.iter().map(|&value| u8::from(value)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::store::writer::encode;

    fn field(name: &str, kind: CellKind) -> Field {
        Field { name: name.to_owned(), unit: String::new(), kind }
    }

    fn texts(values: &[&str]) -> ColumnCells {
        ColumnCells::Text(values.iter().map(|&text| text.into()).collect())
    }

    /// A column of every kind.
    fn columns() -> Vec<(Field, ColumnCells)> {
        vec![
            (field("scenario", CellKind::Text), texts(&["on", "øff"])),
            (field("replicate", CellKind::Integer), ColumnCells::Integer(vec![-1, 7])),
            (field("price", CellKind::Number), ColumnCells::Number(vec![0.1, -0.0])),
            (field("ai.enabled", CellKind::Boolean), ColumnCells::Boolean(vec![true, false])),
        ]
    }

    fn digests(columns: Vec<(Field, ColumnCells)>) -> Vec<ColumnDigest> {
        let (schema, columns): (Vec<_>, _) = columns.into_iter().unzip();
        let mut hasher = ColumnHasher::new(&schema);
        hasher.update(&Table { columns });
        hasher.finish()
    }

    /// The digest of one column.
    fn digest(name: &str, kind: CellKind, cells: ColumnCells) -> String {
        digests(vec![(field(name, kind), cells)]).remove(0).digest
    }

    #[test]
    fn a_digest_is_that_of_name_kind_and_values_as_the_page_defines_it() {
        let wanted = |bytes: &[u8]| blake3::hash(bytes).to_hex()[..16].to_owned();
        let mut price = b"price\nnumber\n".to_vec();
        price.extend(0.1_f64.to_bits().to_le_bytes());
        price.extend([0, 0, 0, 0, 0, 0, 0, 0x80]);
        let expected = [
            ("ai.enabled", wanted(b"ai.enabled\nboolean\n\x01\0")),
            ("price", wanted(&price)),
            ("replicate", wanted(b"replicate\ninteger\n\xff\xff\xff\xff\x07\0\0\0")),
            ("scenario", wanted(b"scenario\ntext\n\x02\0\0\0on\x04\0\0\0\xc3\xb8ff")),
        ];
        let found = digests(columns());
        let found: Vec<_> = found.iter().map(|d| (d.column.as_str(), d.digest.clone())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn order_neighbours_file_and_footer_of_a_column_do_not_matter() {
        let expected = digests(columns());
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut other: Vec<_> = columns().into_iter().rev().collect();
        other.push((field("new", CellKind::Number), ColumnCells::Number(vec![1.0, 2.0])));
        for plan in ["a plan", "another"] {
            let (schema, columns): (Vec<_>, _) = other.clone().into_iter().unzip();
            let bytes = encode(Table { columns }, schema, plan).unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            let mut found = column_digests(file.path()).unwrap();
            assert_eq!(found.remove(1).column, "new");
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn where_tables_end_does_not_matter_and_which_row_a_value_is_in_does() {
        let schema = [field("x", CellKind::Number)];
        let tables = |parts: &[&[f64]]| {
            let mut hasher = ColumnHasher::new(&schema);
            for part in parts {
                hasher.update(&Table { columns: vec![ColumnCells::Number(part.to_vec())] });
            }
            hasher.finish()
        };
        let whole = tables(&[&[1.0, 2.0, 3.0]]);
        assert_eq!(tables(&[&[1.0], &[], &[2.0, 3.0]]), whole);
        assert_ne!(tables(&[&[1.0, 3.0, 2.0]]), whole);
        assert_ne!(tables(&[&[1.0, 2.0]]), whole);
    }

    #[test]
    fn one_bit_another_name_and_another_kind_give_another_digest() {
        let numbers =
            |value: f64| digest("x", CellKind::Number, ColumnCells::Number(vec![1.0, value]));
        for bit in 0..64 {
            assert_ne!(numbers(f64::from_bits(0.3_f64.to_bits() ^ (1 << bit))), numbers(0.3));
        }
        let integer = |name| digest(name, CellKind::Integer, ColumnCells::Integer(vec![1]));
        assert_ne!(integer("x"), integer("y"));
        let text = |values: &[&str]| digest("x", CellKind::Text, texts(values));
        assert_ne!(text(&["ab", "c"]), text(&["a", "bc"]));
        let none = [CellKind::Text, CellKind::Integer, CellKind::Number, CellKind::Boolean]
            .map(|kind| digest("x", kind, ColumnCells::none(kind)));
        let distinct: std::collections::BTreeSet<_> = none.iter().collect();
        assert_eq!(distinct.len(), 4);
    }
}
