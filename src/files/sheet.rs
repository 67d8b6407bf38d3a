//! Comma-separated values: the one reader, whose rows and cells are refused by their place, and the one
//! writer.

use std::io::Cursor;

use csv::StringRecord;

use super::error::{FileError, FilePlace};
use super::foreign::{comma_separated, header_hint, number_hint, shortened};

/// A file that is read row by row.
///
/// What surrounds a cell's text, blanks and quotes, does not count.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// Name, for messages.
    pub file: String,
    header: SheetRecord,
    reader: csv::Reader<Cursor<Vec<u8>>>,
    record: SheetRecord,
    rows: usize,
    /// Where the text begins in the file.
    start: usize,
    advice: &'static str,
}

/// A column that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetColumn {
    /// Its name in the file.
    pub name: String,
    /// Its place, from 0.
    pub place: usize,
}

/// The cells of a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct SheetRecord {
    cells: StringRecord,
    line: u64,
}

impl<'a> FromIterator<&'a str> for SheetRecord {
    fn from_iter<I: IntoIterator<Item = &'a str>>(cells: I) -> Self {
        Self { cells: cells.into_iter().collect(), line: 0 }
    }
}

impl SheetRecord {
    /// What stands in a column.
    #[must_use]
    pub(crate) fn get(&self, place: usize) -> Option<&str> {
        self.cells.get(place).map(str::trim)
    }

    /// What stands in a column; nothing where there is none.
    #[must_use]
    pub(crate) fn text(&self, place: usize) -> &str {
        self.get(place).unwrap_or_default()
    }

    /// Line at which the row begins, the header being 1.
    #[must_use]
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    /// All cells with the blanks around them.
    pub(crate) fn written(&self) -> impl Iterator<Item = &str> {
        self.cells.iter()
    }

    /// All cells, from the left.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(str::trim)
    }
}

impl Sheet {
    /// The sheet in the bytes of a file; `file` is its name for messages, `advice` what they say of
    /// text that is no CSV.
    ///
    /// # Errors
    /// It is something else than comma-separated values.
    pub(crate) fn of(
        file: String,
        bytes: Vec<u8>,
        advice: &'static str,
    ) -> Result<Self, FileError> {
        let text = comma_separated(&bytes).map_err(|problem| FileError::whole(&file, problem))?;
        let start = bytes.len() - text.len();
        Self::after(start, file, bytes, advice)
    }

    /// Like [`Sheet::of`], for text whose separator is not looked at.
    ///
    /// # Errors
    /// It is no text, or ends within quotes.
    pub(crate) fn unchecked(file: String, bytes: Vec<u8>) -> Result<Self, FileError> {
        Self::after(0, file, bytes, "")
    }

    fn after(
        start: usize,
        file: String,
        bytes: Vec<u8>,
        advice: &'static str,
    ) -> Result<Self, FileError> {
        let mut text = Cursor::new(bytes);
        text.set_position(start as u64);
        let mut reader = csv::Reader::from_reader(text);
        let header = reader.headers().cloned();
        let header =
            header.map_err(|source| FileError::Csv { file: file.clone(), source, advice })?;
        let line = line_of(&header, start, reader.get_ref().get_ref());
        let header = SheetRecord { cells: header, line };
        Ok(Self { file, header, reader, record: SheetRecord::default(), rows: 0, start, advice })
    }

    /// Names of the columns, from the left.
    #[must_use]
    pub(crate) const fn header(&self) -> &SheetRecord {
        &self.header
    }

    /// The header as messages show it.
    #[must_use]
    pub(crate) fn shown_header(&self) -> String {
        shortened(&self.header.iter().collect::<Vec<_>>().join(","))
    }

    /// The column of this name, letters' case aside.
    #[must_use]
    pub(crate) fn column(&self, name: &str) -> Option<SheetColumn> {
        let mut names = self.header.iter().enumerate();
        let (place, name) = names.find(|(_, cell)| cell.eq_ignore_ascii_case(name))?;
        Some(SheetColumn { name: name.to_owned(), place })
    }

    /// The first of these columns that is there.
    #[must_use]
    pub(crate) fn column_of(&self, names: &[&str]) -> Option<SheetColumn> {
        names.iter().find_map(|name| self.column(name))
    }

    /// The column of this name.
    ///
    /// # Errors
    /// A refusal that says which columns the layout has.
    pub(crate) fn needed(&self, name: &str, layout: &str) -> Result<SheetColumn, FileError> {
        let missing = || self.header_error(format!("no column `{name}`; {layout} is needed"));
        self.column(name).ok_or_else(missing)
    }

    /// Refuses a header in which two columns have one name, letters' case aside.
    ///
    /// # Errors
    /// With the name.
    pub(crate) fn refuse_doubled_columns(&self) -> Result<(), FileError> {
        let mut names: Vec<_> = self.header.iter().map(str::to_ascii_lowercase).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1] && !pair[0].is_empty()) {
            Some(pair) => {
                Err(self.header_error(format!("column `{}` is there twice", shortened(&pair[0]))))
            }
            None => Ok(()),
        }
    }

    /// A refusal of the header.
    #[must_use]
    pub(crate) fn header_error(&self, problem: String) -> FileError {
        let problem = problem + header_hint(self.header.iter());
        let (file, header) = (self.file.clone(), self.shown_header());
        FileError::Header { file, header, advice: "", problem }
    }

    /// A refusal of the file as a whole.
    #[must_use]
    pub(crate) fn refused(&self, problem: impl Into<String>) -> FileError {
        FileError::whole(&self.file, problem)
    }

    /// The next row.
    ///
    /// # Errors
    /// It has not as many fields as the header, or is no text.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row<'_>>, FileError> {
        let there = self.advance()?;
        Ok(there.then(|| self.row()))
    }

    /// The next row of a file that must have one.
    ///
    /// # Errors
    /// As [`Sheet::next_row`], or the file ends without a row.
    pub(crate) fn needed_row(&mut self) -> Result<Option<Row<'_>>, FileError> {
        let there = self.advance()?;
        if !there && self.rows == 0 {
            return Err(self.refused("holds no row; rows below the header are needed"));
        }
        Ok(there.then(|| self.row()))
    }

    /// Reads the next row, if there is one.
    fn advance(&mut self) -> Result<bool, FileError> {
        let (file, advice) = (&self.file, self.advice);
        let read = self.reader.read_record(&mut self.record.cells);
        let there = read.map_err(|source| FileError::Csv { file: file.clone(), source, advice })?;
        self.rows += usize::from(there);
        let bytes = self.reader.get_ref().get_ref();
        self.record.line = line_of(&self.record.cells, self.start, bytes);
        Ok(there)
    }

    /// The row that was read last.
    const fn row(&self) -> Row<'_> {
        Row { file: self.file.as_str(), record: &self.record, number: self.rows + 1 }
    }

    /// Rows read so far.
    #[must_use]
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }
}

/// Line at which a row begins: that of its first sign, not of the blank lines above it, at which the
/// reader lets it begin.
fn line_of(cells: &StringRecord, start: usize, bytes: &[u8]) -> u64 {
    let Some(position) = cells.position() else { return 0 };
    let mut rest = bytes.get(start + position.byte() as usize..).unwrap_or_default();
    let mut line = position.line();
    while let [b'\r', b'\n', after @ ..] | [b'\r' | b'\n', after @ ..] = rest {
        (rest, line) = (after, line + 1);
    }
    line
}

/// A row of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    file: &'a str,
    /// Its cells.
    pub record: &'a SheetRecord,
    /// Its number, the header being 1.
    pub number: usize,
}

impl<'a> Row<'a> {
    /// A row whose cells are kept by the reader of a file.
    #[must_use]
    pub(crate) const fn of(file: &'a str, record: &'a SheetRecord) -> Self {
        Self { file, record, number: 0 }
    }

    /// Line at which it begins, the header being 1.
    #[must_use]
    pub(crate) fn line(&self) -> u64 {
        self.record.line()
    }

    /// What stands in a column.
    #[must_use]
    pub(crate) fn text(&self, column: &SheetColumn) -> &'a str {
        self.record.text(column.place)
    }

    /// A refusal of a cell, whose value is shortened.
    #[must_use]
    pub(crate) fn refused(&self, column: &SheetColumn, allowed: impl Into<String>) -> FileError {
        self.refused_as(&shortened(&column.name), shortened(self.text(column)), allowed)
    }

    /// A refusal of a cell under names of its own: the column's, and the value as it is to be shown.
    #[must_use]
    pub(crate) fn refused_as(
        &self,
        column: &str,
        value: String,
        allowed: impl Into<String>,
    ) -> FileError {
        FileError::Cell {
            file: self.file.to_owned(),
            place: FilePlace::Line(self.line()),
            column: column.to_owned(),
            value,
            allowed: allowed.into(),
        }
    }

    /// A refusal of the row.
    #[must_use]
    pub(crate) fn problem(&self, problem: impl Into<String>) -> FileError {
        let (file, place) = (self.file.to_owned(), FilePlace::Line(self.line()));
        FileError::Row { file, place, problem: problem.into() }
    }

    /// A finite number that passes a test.
    ///
    /// # Errors
    /// A refusal of the cell.
    pub(crate) fn number(
        &self,
        column: &SheetColumn,
        allowed: &str,
        test: impl Fn(f64) -> bool,
    ) -> Result<f64, FileError> {
        let value = self.text(column).parse::<f64>().ok();
        let value = value.filter(|value| value.is_finite() && test(*value));
        let hint = || number_hint(self.text(column));
        value.ok_or_else(|| self.refused(column, format!("{allowed}{}", hint())))
    }

    /// A number above zero.
    ///
    /// # Errors
    /// A refusal of the cell.
    pub(crate) fn positive(&self, column: &SheetColumn) -> Result<f64, FileError> {
        self.number(column, "a number above zero", |value| value > 0.0)
    }

    /// A whole number, 0 or more.
    ///
    /// # Errors
    /// A refusal of the cell.
    pub(crate) fn whole(&self, column: &SheetColumn) -> Result<u32, FileError> {
        let whole = self.text(column).parse();
        let hint = || number_hint(self.text(column));
        whole.map_err(|_| self.refused(column, format!("a whole number, 0 or more{}", hint())))
    }
}

/// The fields of the first line of a text; none where there is no line.
#[must_use]
pub(crate) fn csv_fields(text: &str) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).from_reader(text.as_bytes());
    let cells = reader.into_records().next()?.ok()?;
    Some(SheetRecord { cells, line: 0 }.iter().map(str::to_owned).collect())
}

/// One line of comma-separated values; fields with a comma, a quote or a line break are quoted.
pub(crate) fn csv_line<S: AsRef<str>>(fields: impl IntoIterator<Item = S>) -> String {
    let mut line = String::new();
    for (place, field) in fields.into_iter().enumerate() {
        if place > 0 {
            line.push(',');
        }
        push_quoted(&mut line, field.as_ref());
    }
    line.push('\n');
    line
}

fn push_quoted(line: &mut String, field: &str) {
    if !field.contains([',', '"', '\n', '\r']) {
        line.push_str(field);
        return;
    }
    line.push('"');
    line.push_str(&field.replace('"', "\"\""));
    line.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sheet(text: &str) -> Result<Sheet, FileError> {
        Sheet::of("f.csv".to_owned(), text.as_bytes().to_vec(), "; help")
    }

    #[test]
    fn cells_are_found_by_column_and_refused_by_place() {
        let mut sheet = sheet("\u{feff} Name ,low\n\"a, b\" , 1.5 \n\n c,x\n").expect("a sheet");
        let [name, low] = ["NAME", "low"].map(|name| sheet.column(name).expect(name));
        assert_eq!((name.name.as_str(), name.place), ("Name", 0));
        let row = sheet.next_row().expect("text").expect("a row");
        assert_eq!((row.text(&name), row.positive(&low).expect("a number")), ("a, b", 1.5));
        let row = sheet.next_row().expect("text").expect("a row");
        let refusal = row.whole(&low).expect_err("x").to_string();
        assert_eq!(refusal, "f.csv: line 4, column `low`: `x` is not a whole number, 0 or more");
        assert_eq!(
            (row.number, row.problem("odd").to_string().as_str()),
            (3, "f.csv: line 4: odd")
        );
        assert!(sheet.next_row().expect("the end").is_none() && sheet.rows() == 2);
    }

    #[test]
    fn what_is_no_csv_is_refused_with_advice() {
        let mut uneven = sheet("a,b\n1\n").expect("a header");
        let refusal = uneven.next_row().expect_err("one field").to_string();
        assert!(refusal.starts_with("f.csv: not readable as CSV: "), "{refusal}");
        assert!(refusal.ends_with("; help"), "{refusal}");
        let refusal = sheet("a;b\n1;2\n").expect_err("another separator").to_string();
        assert!(refusal.starts_with("f.csv: the separator is `;`"), "{refusal}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_written_is_read(cells in prop::collection::vec("[a\",\n\r;]{1,5}", 2..5)) {
            let text = ["x,".repeat(cells.len() - 1) + "x\n", csv_line(&cells)].concat();
            let mut sheet = Sheet::unchecked("f".to_owned(), text.into_bytes()).unwrap();
            let row = sheet.next_row().unwrap().unwrap();
            let read: Vec<_> = row.record.iter().collect();
            let written: Vec<_> = cells.iter().map(|cell| cell.trim()).collect();
            prop_assert_eq!(read, written);
        }
    }
}
