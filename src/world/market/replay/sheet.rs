//! The rows of a file of dated prices.

use std::path::Path;

use crate::clock::{iso_date, unix_day};
use crate::files::error::{FileError, FilePlace};
use crate::files::foreign::{comma_separated, number_hint, shortened, time_hint};
use crate::files::sheet::{Row as CsvRow, Sheet as CsvSheet};
use crate::model::chain::difficulty::BLOCKS_PER_EPOCH;
use crate::model::chain::forecast_origin::expected_span;
use crate::model::chain::issuance::subsidy;
use crate::units::{DAY, HashRate};

/// Last second of the year 9999.
const LATEST: f64 = 253_402_300_799.0;

/// One dated row.
pub(crate) struct ReplayRow {
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
    /// Subsidy of a block, BTC: by the height where the file tells, else by the day.
    pub subsidy_btc: f64,
    /// Column that the fees come from.
    pub fee_column: &'static str,
    /// Row, the header being 1.
    pub line: usize,
}

/// What a file holds.
pub(crate) struct ReplaySheet {
    /// Its rows in order of days.
    pub rows: Vec<ReplayRow>,
    /// Whether a row is a day.
    pub daily: bool,
    /// Whether it has columns for fees.
    pub with_fees: bool,
}

/// The columns of a file, by their names in any case.
struct ReplayColumns {
    file: String,
    names: Vec<String>,
}

impl ReplayColumns {
    /// Of a header in which every name stands once.
    fn of(sheet: &CsvSheet) -> Result<Self, FileError> {
        let names: Vec<_> = sheet.header().iter().map(str::to_ascii_lowercase).collect();
        let again = |(at, name): &(usize, &String)| !name.is_empty() && names[..*at].contains(name);
        if let Some((_, name)) = names.iter().enumerate().find(again) {
            let shown: String = name.chars().take(60).collect();
            return Err(
                sheet.refused(format!("two columns are called `{shown}`: leave one of them"))
            );
        }
        Ok(Self { file: sheet.file.clone(), names })
    }

    fn find(&self, column: &str) -> Option<usize> {
        self.names.iter().position(|name| name == column)
    }

    fn refused(&self, problem: impl Into<String>) -> FileError {
        FileError::whole(&self.file, problem)
    }

    /// A refusal of a file without a column.
    fn missing(&self, column: &str) -> FileError {
        self.refused(format!(
            "no column `{column}`; a replay needs `price_usd` and either `date` or `first_time`"
        ))
    }

    /// The price, also under the name that `import` reads.
    fn price(&self) -> Result<usize, FileError> {
        match (self.find("price_usd"), self.find("priceusd")) {
            (Some(_), Some(_)) => {
                Err(self.refused("both `price_usd` and `PriceUSD` are there: leave one of them"))
            }
            (one, other) => one.or(other).ok_or_else(|| self.missing("price_usd")),
        }
    }

    /// Date and time of a row, at least one of which is there.
    fn moments(&self) -> Result<(Option<usize>, Option<usize>), FileError> {
        match (self.find("date"), self.find("first_time")) {
            (None, None) => Err(self.missing("date")),
            moments => Ok(moments),
        }
    }
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
    fn of(columns: &ReplayColumns) -> Result<Self, FileError> {
        let find = |name| columns.find(name);
        let lonely = |column, partner| {
            Err(columns.refused(format!(
                "column `{column}` needs `{partner}` beside it to become fees per block; leave it out \
                 if fees are to be drawn"
            )))
        };
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
pub(super) fn read(file: &Path, name: &str) -> Result<ReplaySheet, FileError> {
    let mut sheet = open(file, name).map_err(unadorned)?;
    let columns = ReplayColumns::of(&sheet)?;
    let (price, moments) = (columns.price()?, columns.moments()?);
    let fees = FeeColumns::of(&columns)?;
    let mut rows = Vec::new();
    while let Some(row) = sheet.next_row().map_err(unadorned)? {
        rows.push(ReplayCells { row, file: name }.row(&columns, (price, fees), moments)?);
    }
    rows.sort_by_key(|row| row.unix_day);
    let with_fees = !matches!(fees, FeeColumns::None);
    let numbered = columns.find("epoch").or(columns.find("first_height")).is_some();
    let daily = moments.0.is_some() || (!numbered && !is_fortnightly(&rows));
    Ok(ReplaySheet { rows, daily, with_fees })
}

/// Opens a file, unless it is something else than comma-separated values.
fn open(file: &Path, name: &str) -> Result<CsvSheet, FileError> {
    let bytes = std::fs::read(file).map_err(FileError::disk(file))?;
    let refused = |problem: String| FileError::whole(name, problem);
    let text = comma_separated(&bytes).map_err(refused)?;
    if let Some(b'{' | b'[') = text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        return Err(refused("this is JSON: write it as CSV, `date,price_usd`".to_owned()));
    }
    CsvSheet::unchecked(name.to_owned(), bytes)
}

/// What the reader says of text that is no CSV, without more words.
fn unadorned(error: FileError) -> FileError {
    match error {
        FileError::Csv { file, source, .. } => FileError::whole(&file, source.to_string()),
        other => other,
    }
}

/// Whether rows lie about an epoch apart.
fn is_fortnightly(rows: &[ReplayRow]) -> bool {
    let mut apart: Vec<i64> =
        rows.windows(2).map(|pair| pair[1].unix_day - pair[0].unix_day).collect();
    apart.sort_unstable();
    apart.get(apart.len() / 2).is_some_and(|median| (10..=18).contains(median))
}

/// Height of the last block that creates coins.
const LAST_HEIGHT: f64 = 6_929_999.0;
/// Days of the halvings so far, 2012 to 2024.
const HALVINGS: [i64; 4] = [15_672, 16_991, 18_393, 19_833];
/// Days that 210,000 blocks should take.
const HALVING_DAYS: i64 = 1_458;

/// Subsidy of the blocks of a day, BTC; of the greater one about a halving.
fn subsidy_on(unix_day: i64) -> f64 {
    let past = HALVINGS.iter().filter(|&&halving| halving < unix_day).count();
    let later = usize::try_from((unix_day - HALVINGS[3]) / HALVING_DAYS).unwrap_or(0);
    (0..(past + later).min(32)).fold(50.0, |coins, _| coins / 2.0)
}

/// Epoch of a height.
fn epoch_of(height: f64) -> f64 {
    libm::floor(height / f64::from(BLOCKS_PER_EPOCH))
}

/// Subsidy at a height, BTC.
fn coins(height: f64) -> f64 {
    subsidy(height as u32) as f64 / 1e8
}

/// First day of 2011; before it, days had few blocks.
const FEW_BLOCKS: i64 = 14_975;
/// Days that no epoch has lasted; a longer one is not believed.
const LONGEST_EPOCH: f64 = 100.0;

/// The cells of one row.
struct ReplayCells<'a> {
    row: CsvRow<'a>,
    file: &'a str,
}

impl ReplayCells<'_> {
    /// What the row says, of its day, its epoch and its money.
    fn row(
        &self,
        columns: &ReplayColumns,
        (price, fees): (usize, FeeColumns),
        (dated, timed): (Option<usize>, Option<usize>),
    ) -> Result<ReplayRow, FileError> {
        let unix_day = self.day(dated, timed)?;
        let height = columns.find("first_height").map(|at| self.height(at)).transpose()?.flatten();
        let epoch = columns.find("epoch").map(|at| self.epoch(at, height)).transpose()?.flatten();
        let number = |column: &str| self.text(columns.find(column)?).parse::<f64>().ok();
        let span = number("difficulty").zip(number("hash_rate_ehs"));
        let span = span.map(|(d, ehs)| expected_span(d, HashRate::from_ehs(ehs)) / DAY.0);
        Ok(ReplayRow {
            unix_day,
            epoch: height.map(epoch_of).or(epoch),
            span: span.filter(|days| (0.0..LONGEST_EPOCH).contains(days)),
            price: self.filled(price, "price_usd")?,
            fee_btc: self.fees(fees, unix_day)?,
            subsidy_btc: height.map_or_else(|| subsidy_on(unix_day), coins),
            fee_column: if matches!(fees, FeeColumns::Day { .. }) {
                "fee_btc"
            } else {
                "fee_share"
            },
            line: self.row.number,
        })
    }

    /// The day, which date and time must agree on.
    fn day(&self, dated: Option<usize>, timed: Option<usize>) -> Result<i64, FileError> {
        let date = dated.map(|at| self.date(at)).transpose()?;
        let stated = timed.filter(|&at| date.is_none() || !self.text(at).is_empty());
        let moment = stated.map(|at| self.moment(at)).transpose()?;
        if let (Some(at), Some(date), Some(moment)) = (timed, date, moment)
            && date != moment
        {
            let allowed = format!("a moment of {}, the row's `date`", iso_date(date));
            return Err(self.error(at, "first_time", allowed));
        }
        Ok(date.or(moment).unwrap_or_default())
    }

    /// A height; nothing where the cell is empty.
    fn height(&self, at: usize) -> Result<Option<f64>, FileError> {
        let allowed = "a height of a block, a whole number from 0 to 6929999";
        let fits =
            |h: f64| (0.0..=LAST_HEIGHT).contains(&h) && libm::floor(h).total_cmp(&h).is_eq();
        let stated = !self.text(at).is_empty();
        stated.then(|| self.number((at, "first_height"), allowed, fits)).transpose()
    }

    /// The number of an epoch, which a height must agree with; nothing where the cell is empty.
    fn epoch(&self, at: usize, height: Option<f64>) -> Result<Option<f64>, FileError> {
        let allowed = "the number of an epoch, `first_height` / 2016, whole and at most 3437";
        let due = height.map(epoch_of);
        let fits = |e: f64| {
            (0.0..=epoch_of(LAST_HEIGHT)).contains(&e)
                && libm::floor(e).total_cmp(&e).is_eq()
                && due.is_none_or(|due| due.total_cmp(&e).is_eq())
        };
        let stated = !self.text(at).is_empty();
        stated.then(|| self.number((at, "epoch"), allowed, fits)).transpose()
    }

    fn text(&self, column: usize) -> &str {
        self.row.record.text(column)
    }

    /// A refusal of a cell, cut where it is long, with what it seems to be.
    fn error(&self, at: usize, column: &'static str, allowed: impl Into<String>) -> FileError {
        let value = self.text(at);
        let dated = matches!(column, "date" | "first_time");
        let hint = if dated { time_hint(value) } else { number_hint(value) };
        FileError::Cell {
            file: self.file.to_owned(),
            place: FilePlace::Row(self.row.number),
            column: column.to_owned(),
            value: shortened(value),
            allowed: allowed.into() + hint,
        }
    }

    fn number(
        &self,
        (at, column): (usize, &'static str),
        allowed: &'static str,
        fits: impl Fn(f64) -> bool,
    ) -> Result<f64, FileError> {
        let value: Option<f64> = self.text(at).parse().ok();
        let fitting = value.filter(|&value| value.is_finite() && fits(value));
        fitting.ok_or_else(|| self.error(at, column, allowed))
    }

    fn positive(&self, at: usize, column: &'static str) -> Result<f64, FileError> {
        self.number((at, column), "a number above zero", |value| value > 0.0)
    }

    /// A number above zero, or nothing where the cell is empty.
    fn filled(&self, at: usize, column: &'static str) -> Result<Option<f64>, FileError> {
        if self.text(at).is_empty() { Ok(None) } else { self.positive(at, column).map(Some) }
    }

    /// The day of a Unix time.
    fn moment(&self, at: usize) -> Result<i64, FileError> {
        let allowed = "a Unix time in seconds, up to the year 9999";
        let fits = |value| (1.0..LATEST).contains(&value);
        Ok((self.number((at, "first_time"), allowed, fits)? / 86_400.0) as i64)
    }

    fn date(&self, at: usize) -> Result<i64, FileError> {
        unix_day(self.text(at)).ok_or_else(|| self.error(at, "date", "a date YYYY-MM-DD"))
    }

    /// The blocks of a day; since 2011 no day had few.
    fn blocks(&self, at: usize, unix_day: i64) -> Result<f64, FileError> {
        let (least, allowed) = if unix_day >= FEW_BLOCKS {
            (24.0, "the blocks of a day, 24 to 400 and 144 as a rule")
        } else {
            (1.0, "the blocks of a day, 1 to 400 and 144 as a rule")
        };
        self.number((at, "blocks"), allowed, |blocks| (least..=400.0).contains(&blocks))
    }

    /// Fees per block: from fees and blocks of the day, or from the fee share and the height; none
    /// where the cell is empty.
    fn fees(&self, columns: FeeColumns, unix_day: i64) -> Result<Option<f64>, FileError> {
        match columns {
            FeeColumns::None => Ok(None),
            FeeColumns::Day { fees, .. } if self.text(fees).is_empty() => Ok(None),
            FeeColumns::Epoch { share, .. } if self.text(share).is_empty() => Ok(None),
            FeeColumns::Day { fees, blocks } => {
                let total = self.number((fees, "fee_btc"), "zero or more", |fees| fees >= 0.0)?;
                Ok(Some(total / self.blocks(blocks, unix_day)?))
            }
            FeeColumns::Epoch { share, height } => {
                let allowed = "a share from 0 to below 1 (a percentage? divide by 100)";
                let share =
                    self.number((share, "fee_share"), allowed, |s| (0.0..1.0).contains(&s))?;
                let wanted = || self.error(height, "first_height", "the height of these fees");
                let coins = coins(self.height(height)?.ok_or_else(wanted)?);
                Ok(Some(coins * share / (1.0 - share)))
            }
        }
    }
}
