//! The rows of a file of dated prices.

use std::path::Path;

use super::error::ReplayError;
use crate::clock::unix_day;
use crate::model::difficulty::BLOCKS_PER_EPOCH;
use crate::model::forecast_origin::expected_span;
use crate::model::issuance::subsidy;
use crate::units::{DAY, HashRate};

/// Last second of the year 9999.
const LATEST: f64 = 253_402_300_799.0;

/// One dated row.
pub struct Row {
    /// Days since 1970-01-01.
    pub unix_day: i64,
    /// Number of the epoch, where the file tells.
    pub epoch: Option<f64>,
    /// Days that the epoch should last, where the file tells.
    pub span: Option<f64>,
    /// Price, USD/BTC.
    pub price: Option<f64>,
    /// Fees per block, BTC.
    pub fee_btc: Option<f64>,
}

/// What a file holds.
pub struct Sheet {
    /// Its rows in order of days.
    pub rows: Vec<Row>,
    /// Whether a row is a day.
    pub daily: bool,
    /// Whether it has columns for fees.
    pub with_fees: bool,
}

/// Where the fees are.
#[derive(Clone, Copy, Debug)]
enum FeeColumns {
    None,
    Day { fees: usize, blocks: usize },
    Epoch { share: usize, height: usize },
}

impl FeeColumns {
    /// In a file with these columns.
    fn find(name: &str, find: impl Fn(&str) -> Option<usize>) -> Result<Self, ReplayError> {
        let lonely =
            |column, partner| Err(ReplayError::Partner { file: name.to_owned(), column, partner });
        match (find("fee_btc"), find("blocks"), find("fee_share"), find("first_height")) {
            (Some(fees), Some(blocks), ..) => Ok(Self::Day { fees, blocks }),
            (_, _, Some(share), Some(height)) => Ok(Self::Epoch { share, height }),
            (Some(_), None, ..) => lonely("fee_btc", "blocks"),
            (_, _, Some(_), None) => lonely("fee_share", "first_height"),
            _ => Ok(Self::None),
        }
    }
}

/// Reads a file, called `name` in messages.
///
/// # Errors
/// If it is not CSV, lacks a column, or holds a value that is not allowed.
pub fn read(file: &Path, name: &str) -> Result<Sheet, ReplayError> {
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
    let fees = FeeColumns::find(name, find)?;
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(csv_error)?;
        let cell = Cells { record: &record, file: name, row: index + 2 };
        let unix_day = match dated {
            Some(column) => cell.date(column)?,
            None => cell.moment(timed.unwrap_or(0))?,
        };
        let number = |column: &str| cell.text(find(column)?).parse::<f64>().ok();
        let (height, epoch) = (number("first_height"), number("epoch"));
        rows.push(Row {
            unix_day,
            epoch: height.map(|h| libm::floor(h / f64::from(BLOCKS_PER_EPOCH))).or(epoch),
            span: number("difficulty").zip(number("hash_rate_ehs")).and_then(
                |(difficulty, ehs)| {
                    let days = expected_span(difficulty, HashRate::from_ehs(ehs)) / DAY.0;
                    (0.0..LONGEST_EPOCH).contains(&days).then_some(days)
                },
            ),
            price: cell.filled(price, "price_usd")?,
            fee_btc: cell.fees(fees)?,
        });
    }
    rows.sort_by_key(|row| row.unix_day);
    let with_fees = !matches!(fees, FeeColumns::None);
    Ok(Sheet { rows, daily: dated.is_some(), with_fees })
}

/// Days that no epoch has lasted; a longer one is not believed.
const LONGEST_EPOCH: f64 = 100.0;

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

    /// A number above zero, or nothing where the cell is empty.
    fn filled(&self, at: usize, column: &'static str) -> Result<Option<f64>, ReplayError> {
        if self.text(at).is_empty() { Ok(None) } else { self.positive(at, column).map(Some) }
    }

    /// The day of a Unix time.
    fn moment(&self, at: usize) -> Result<i64, ReplayError> {
        let allowed = "a Unix time in seconds, up to the year 9999";
        let fits = |value| (1.0..LATEST).contains(&value);
        Ok((self.number((at, "first_time"), allowed, fits)? / 86_400.0) as i64)
    }

    fn date(&self, at: usize) -> Result<i64, ReplayError> {
        unix_day(self.text(at)).ok_or_else(|| self.error(at, "date", "a date YYYY-MM-DD"))
    }

    /// Fees per block: from fees and blocks of the day, or from the fee share and the height; none
    /// where the cell is empty.
    fn fees(&self, columns: FeeColumns) -> Result<Option<f64>, ReplayError> {
        match columns {
            FeeColumns::None => Ok(None),
            FeeColumns::Day { fees, .. } if self.text(fees).is_empty() => Ok(None),
            FeeColumns::Epoch { share, .. } if self.text(share).is_empty() => Ok(None),
            FeeColumns::Day { fees, blocks } => {
                let total = self.number((fees, "fee_btc"), "zero or more", |fees| fees >= 0.0)?;
                Ok(Some(total / self.positive(blocks, "blocks")?))
            }
            FeeColumns::Epoch { share, height } => {
                let allowed = "a share from 0 to below 1";
                let share =
                    self.number((share, "fee_share"), allowed, |s| (0.0..1.0).contains(&s))?;
                let coins = subsidy(self.positive(height, "first_height")? as u32) as f64 / 1e8;
                Ok(Some(coins * share / (1.0 - share)))
            }
        }
    }
}
