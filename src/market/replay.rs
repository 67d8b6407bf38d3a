//! Reads a dated price series to replay: `date,price_usd[,fee_btc,blocks]` by day, or the HISTORY
//! layout by difficulty epoch (`first_time, price_usd, fee_share`).

use std::path::Path;

use thiserror::Error;

use crate::clock::unix_day;
use crate::model::issuance::subsidy;

/// Why a series cannot be replayed.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The file cannot be read as CSV.
    #[error("{file}: {source}")]
    Csv {
        /// File.
        file: String,
        /// Cause.
        source: csv::Error,
    },
    /// A column is missing.
    #[error(
        "{file}: no column `{column}`; a replay needs `price_usd` and either `date` or `first_time`"
    )]
    Column {
        /// File.
        file: String,
        /// Column.
        column: &'static str,
    },
    /// A cell does not say what it should.
    #[error("{file}: row {row}, column `{column}`: `{value}` is not {allowed}")]
    Cell {
        /// File.
        file: String,
        /// Row, the header being 1.
        row: usize,
        /// Column.
        column: &'static str,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: &'static str,
    },
    /// The series does not reach the days asked for.
    #[error("{file}: covers unix days {from} to {to}, the experiment begins on day {wanted}")]
    Range {
        /// File.
        file: String,
        /// First day covered.
        from: i64,
        /// Last day covered.
        to: i64,
        /// First day wanted.
        wanted: i64,
    },
}

/// Days that a difficulty epoch should last.
const EPOCH_DAYS: i64 = 14;

/// Daily values from the first day on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// Price, USD/BTC.
    pub price_usd: Vec<f64>,
    /// Fees per block, BTC; empty where the file has none.
    pub fee_btc: Vec<f64>,
}

/// One dated row.
struct Row {
    unix_day: i64,
    price: f64,
    fee_btc: Option<f64>,
}

/// Reads `file` and lays it out by day: each day takes the last row that is not later.
///
/// `first_day` is the experiment's first day in days since 1970-01-01.
///
/// # Errors
/// The file is not CSV, lacks a column, holds a value that is not allowed, or begins later than
/// the experiment.
pub fn load(file: &Path, first_day: i64, days: u32) -> Result<Replay, ReplayError> {
    let name = file.display().to_string();
    let (mut rows, lasting) = read_rows(file, &name)?;
    rows.sort_by_key(|row| row.unix_day);
    let (from, to) = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => (first.unix_day, last.unix_day + lasting),
        _ => (i64::MAX, i64::MIN),
    };
    if !(from..=to).contains(&first_day) {
        return Err(ReplayError::Range { file: name, from, to, wanted: first_day });
    }
    Ok(lay_out(&rows, first_day, days))
}

fn lay_out(rows: &[Row], first_day: i64, days: u32) -> Replay {
    let mut replay = Replay::default();
    let mut at = 0;
    for day in first_day..=first_day + i64::from(days) {
        while rows.get(at + 1).is_some_and(|row| row.unix_day <= day) {
            at += 1;
        }
        replay.price_usd.push(rows[at].price);
        replay.fee_btc.extend(rows[at].fee_btc);
    }
    if replay.fee_btc.len() != replay.price_usd.len() {
        replay.fee_btc.clear();
    }
    replay
}

/// The rows, and the days for which one holds beyond its own.
fn read_rows(file: &Path, name: &str) -> Result<(Vec<Row>, i64), ReplayError> {
    let csv_error = |source| ReplayError::Csv { file: name.to_owned(), source };
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file).map_err(csv_error)?;
    let header = reader.headers().map_err(csv_error)?.clone();
    let find = |column: &str| header.iter().position(|cell| cell == column);
    let missing = |column| ReplayError::Column { file: name.to_owned(), column };
    let price = find("price_usd").ok_or_else(|| missing("price_usd"))?;
    let dated = find("date");
    let timed = find("first_time");
    if dated.is_none() && timed.is_none() {
        return Err(missing("date"));
    }
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(csv_error)?;
        let cell = Cells { record: &record, file: name, row: index + 2 };
        let unix_day = match (dated, timed) {
            (Some(column), _) => cell.date(column)?,
            (None, column) => (cell.positive(column.unwrap_or(0), "first_time")? / 86_400.0) as i64,
        };
        rows.push(Row {
            unix_day,
            price: cell.positive(price, "price_usd")?,
            fee_btc: cell.fees(
                find("fee_btc"),
                find("blocks"),
                find("fee_share"),
                find("first_height"),
            )?,
        });
    }
    Ok((rows, if dated.is_some() { 0 } else { EPOCH_DAYS }))
}

/// The cells of one row.
struct Cells<'a> {
    record: &'a csv::StringRecord,
    file: &'a str,
    row: usize,
}

impl Cells<'_> {
    fn text(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default()
    }

    fn error(&self, at: usize, column: &'static str, allowed: &'static str) -> ReplayError {
        ReplayError::Cell {
            file: self.file.to_owned(),
            row: self.row,
            column,
            value: self.text(at).to_owned(),
            allowed,
        }
    }

    fn number(
        &self,
        (at, column): (usize, &'static str),
        allowed: &'static str,
        fits: impl Fn(f64) -> bool,
    ) -> Result<f64, ReplayError> {
        let value: Option<f64> = self.text(at).parse().ok();
        let fitting = value.filter(|&value| value.is_finite() && fits(value));
        fitting.ok_or_else(|| self.error(at, column, allowed))
    }

    fn positive(&self, at: usize, column: &'static str) -> Result<f64, ReplayError> {
        self.number((at, column), "a number above zero", |value| value > 0.0)
    }

    fn date(&self, at: usize) -> Result<i64, ReplayError> {
        unix_day(self.text(at)).ok_or_else(|| self.error(at, "date", "a date YYYY-MM-DD"))
    }

    /// Fees per block: from fees and blocks of the day, or from the fee share and the height.
    fn fees(
        &self,
        fees: Option<usize>,
        blocks: Option<usize>,
        share: Option<usize>,
        height: Option<usize>,
    ) -> Result<Option<f64>, ReplayError> {
        if let (Some(fees), Some(blocks)) = (fees, blocks) {
            let total = self.number((fees, "fee_btc"), "zero or more", |fees| fees >= 0.0)?;
            return Ok(Some(total / self.positive(blocks, "blocks")?));
        }
        if let (Some(share), Some(height)) = (share, height) {
            let allowed = "a share from 0 to below 1";
            let share = self.number((share, "fee_share"), allowed, |s| (0.0..1.0).contains(&s))?;
            let coins = subsidy(self.positive(height, "first_height")? as u32) as f64 / 1e8;
            return Ok(Some(coins * share / (1.0 - share)));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    #[test]
    fn a_missing_day_repeats_the_one_before() {
        let file = write("date,price_usd\n1970-01-02,10\n1970-01-04,12\n");
        let replay = load(file.path(), 1, 3).expect("valid");
        assert_eq!(replay.price_usd, [10.0, 10.0, 12.0, 12.0]);
        assert!(replay.fee_btc.is_empty());
    }

    #[test]
    fn an_epoch_without_fees_is_replayed_and_one_of_nothing_but_fees_is_not() {
        let epochs = |share| {
            write(&format!(
                "first_height,first_time,price_usd,fee_share\n2016,86400,10,{share}\n4032,1296000,11,0.5\n"
            ))
        };
        let replay = load(epochs("0").path(), 1, 20).expect("valid");
        assert_eq!((replay.fee_btc[0], replay.fee_btc[20]), (0.0, 50.0));
        // The last epoch lasts two weeks from day 15.
        assert_eq!(load(epochs("0").path(), 29, 3).expect("valid").price_usd, [11.0; 4]);
        assert!(load(epochs("0").path(), 30, 3).is_err());
        let message = load(epochs("1").path(), 1, 1).expect_err("invalid").to_string();
        assert!(message.contains("row 2, column `fee_share`: `1`"), "{message}");
    }

    #[test]
    fn a_bad_cell_is_named_by_row_and_column() {
        let file = write("date,price_usd\n1970-01-02,ten\n");
        let message = load(file.path(), 1, 1).expect_err("invalid").to_string();
        assert!(message.contains("row 2, column `price_usd`: `ten`"), "{message}");
    }

    #[test]
    fn an_experiment_before_the_series_is_refused() {
        let file = write("date,price_usd\n1970-01-10,10\n");
        assert!(matches!(load(file.path(), 1, 1), Err(ReplayError::Range { .. })));
    }
}
