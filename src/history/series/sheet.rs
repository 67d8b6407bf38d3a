//! A CSV file, or an answer of mempool.space, row by row, whose cells are refused by file, line,
//! column and value.

use std::io::Cursor;
use std::path::Path;

use csv::StringRecord;

use super::mempool_space;
use crate::clock::unix_seconds;
use crate::files::foreign::{comma_separated, header_hint, number_hint, shortened, time_hint};
use crate::files::sheet_error::SheetError;
use crate::model::chain::difficulty::CompactTarget;

/// What a time may look like.
const ALLOWED_TIME: &str =
    "a time in Unix seconds or ISO 8601, such as 1713571767 or 2024-04-20T00:09:27Z";

/// A column that is there.
#[derive(Clone, Debug)]
pub struct SheetColumn {
    /// Its name in the file.
    pub name: String,
    place: usize,
}

/// An open file.
pub struct SeriesSheet {
    /// Name, for messages.
    pub file: String,
    header: StringRecord,
    reader: csv::Reader<Cursor<Vec<u8>>>,
    record: StringRecord,
    rows: usize,
}

impl SeriesSheet {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// It cannot be read, is neither CSV nor an answer of mempool.space, or two of its columns have
    /// one name.
    pub fn open(path: &Path) -> Result<Self, SheetError> {
        let file = path.display().to_string();
        let disk = |source| SheetError::Disk { file: file.clone(), source };
        let bytes = std::fs::read(path).map_err(disk)?;
        if mempool_space::is_json(&bytes) {
            let foreign = |problem| SheetError::Foreign { file: file.clone(), problem };
            let text = mempool_space::read(&bytes).map_err(foreign)?.csv();
            return Self::from_bytes(format!("{file} (entry n as line n + 1)"), text.into_bytes());
        }
        Self::from_bytes(file, bytes)
    }

    /// A sheet of a text; `file` is its name for messages.
    ///
    /// # Errors
    /// As [`SeriesSheet::open`].
    pub fn from_bytes(file: String, bytes: Vec<u8>) -> Result<Self, SheetError> {
        let foreign = |problem| SheetError::Foreign { file: file.clone(), problem };
        let text = comma_separated(&bytes).map_err(foreign)?.to_vec();
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(Cursor::new(text));
        let header = reader
            .headers()
            .map_err(|source| SheetError::Csv { file: file.clone(), source })?
            .clone();
        let sheet = Self { file, header, reader, record: StringRecord::new(), rows: 0 };
        sheet.refuse_doubled_columns()?;
        Ok(sheet)
    }

    fn refuse_doubled_columns(&self) -> Result<(), SheetError> {
        let mut names: Vec<_> = self.header.iter().map(str::to_ascii_lowercase).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1] && !pair[0].is_empty()) {
            Some(pair) => {
                Err(self.header_error(format!("column `{}` is there twice", shortened(&pair[0]))))
            }
            None => Ok(()),
        }
    }

    /// The column of this name, letters' case aside.
    pub fn column(&self, name: &str) -> Option<SheetColumn> {
        let place = self.header.iter().position(|cell| cell.eq_ignore_ascii_case(name))?;
        Some(SheetColumn { name: self.header[place].to_owned(), place })
    }

    /// The first of these columns that is there.
    pub fn column_of(&self, names: &[&str]) -> Option<SheetColumn> {
        names.iter().find_map(|name| self.column(name))
    }

    /// The column of this name, or a refusal that says which columns the layout has.
    pub fn needed(&self, name: &str, layout: &str) -> Result<SheetColumn, SheetError> {
        let missing = || self.header_error(format!("no column `{name}`; {layout} is needed"));
        self.column(name).ok_or_else(missing)
    }

    /// A refusal of the header.
    pub fn header_error(&self, problem: String) -> SheetError {
        let header = shortened(&self.header.iter().collect::<Vec<_>>().join(","));
        let problem = problem + header_hint(self.header.iter());
        SheetError::Header { file: self.file.clone(), header, problem }
    }

    /// The next row.
    ///
    /// # Errors
    /// The file is not CSV, or ends without a row.
    pub fn next_row(&mut self) -> Result<Option<SeriesRow<'_>>, SheetError> {
        let file = &self.file;
        let there = self
            .reader
            .read_record(&mut self.record)
            .map_err(|source| SheetError::Csv { file: file.clone(), source })?;
        if !there && self.rows == 0 {
            return Err(SheetError::Empty { file: file.clone() });
        }
        self.rows += usize::from(there);
        let line = self.record.position().map_or(0, csv::Position::line);
        Ok(there.then_some(SeriesRow { file, line, record: &self.record }))
    }

    /// Rows read so far.
    pub const fn rows(&self) -> usize {
        self.rows
    }
}

/// A row.
#[derive(Clone, Copy)]
pub struct SeriesRow<'a> {
    file: &'a str,
    /// Its line, the header being 1.
    pub line: u64,
    record: &'a StringRecord,
}

impl<'a> SeriesRow<'a> {
    /// What stands in a column.
    pub fn text(&self, column: &SheetColumn) -> &'a str {
        self.record.get(column.place).unwrap_or_default()
    }

    /// A refusal of a cell.
    pub fn refused(&self, column: &SheetColumn, allowed: impl Into<String>) -> SheetError {
        SheetError::Cell {
            file: self.file.to_owned(),
            line: self.line,
            column: shortened(&column.name),
            value: shortened(self.text(column)),
            allowed: allowed.into(),
        }
    }

    /// A finite number that passes a test.
    pub fn number(
        &self,
        column: &SheetColumn,
        allowed: &str,
        test: impl Fn(f64) -> bool,
    ) -> Result<f64, SheetError> {
        let value = self.text(column).parse::<f64>().ok();
        let value = value.filter(|value| value.is_finite() && test(*value));
        let hint = || number_hint(self.text(column));
        value.ok_or_else(|| self.refused(column, format!("{allowed}{}", hint())))
    }

    /// A number above zero.
    pub fn positive(&self, column: &SheetColumn) -> Result<f64, SheetError> {
        self.number(column, "a number above zero", |value| value > 0.0)
    }

    /// A whole number, 0 or more.
    pub fn whole(&self, column: &SheetColumn) -> Result<u32, SheetError> {
        let whole = self.text(column).parse();
        let hint = || number_hint(self.text(column));
        whole.map_err(|_| self.refused(column, format!("a whole number, 0 or more{}", hint())))
    }

    /// Unix seconds.
    pub fn time(&self, column: &SheetColumn) -> Result<i64, SheetError> {
        let text = self.text(column);
        let refused = || self.refused(column, format!("{ALLOWED_TIME}{}", time_hint(text)));
        unix_seconds(text).ok_or_else(refused)
    }

    /// A target in compact form: eight hexadecimal digits, with or without `0x`, or the same number
    /// in decimal, which has nine or ten digits.
    pub fn bits(&self, column: &SheetColumn) -> Result<CompactTarget, SheetError> {
        let text = self.text(column);
        let decimal = (9..=10).contains(&text.len()).then(|| text.parse::<u32>().ok()).flatten();
        let target = match decimal {
            Some(bits) => CompactTarget::new(bits),
            None => text.strip_prefix("0x").unwrap_or(text).parse(),
        };
        target.map_err(|reason| {
            self.refused(column, format!("a compact target of Bitcoin's main chain: it {reason}"))
        })
    }

    /// Refuses a stated difficulty that is not that of the target, within 10⁻⁶ or within the digits
    /// that are printed.
    pub fn check_difficulty(
        &self,
        column: &SheetColumn,
        bits: CompactTarget,
    ) -> Result<(), SheetError> {
        let stated = self.positive(column)?;
        let text = self.text(column);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let printed = if plain { 0.501 * libm::pow(10.0, -(decimals as f64)) } else { 0.0 };
        let difficulty = bits.difficulty();
        if (stated - difficulty).abs() <= printed.max(1e-6 * difficulty) {
            return Ok(());
        }
        let hint = power_of_thousand(stated / difficulty);
        let allowed = format!("the difficulty of bits {bits}, which is {difficulty}{hint}");
        Err(self.refused(column, allowed))
    }
}

/// The unit that a number seems to have which is so many times what it should be.
pub fn power_of_thousand(ratio: f64) -> &'static str {
    let power = if ratio > 0.0 { libm::round(libm::log10(ratio) / 3.0) } else { 0.0 };
    let near = (ratio / libm::pow(1_000.0, power) - 1.0).abs() < 0.05;
    match power as i32 {
        -1 if near => ", so this is in thousands (k)",
        -2 if near => ", so this is in millions (M)",
        -3 if near => ", so this is in billions (G)",
        -4 if near => ", so this is in trillions (T)",
        -5 if near => ", so this is in P",
        _ => "",
    }
}
