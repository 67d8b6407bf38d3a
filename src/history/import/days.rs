//! Reads values by day: Coin Metrics' community files and our own daily layout.

use super::layout::daily;
use super::means::{coins, missing};
use super::raw_series::{RawDay, RawSeries, SourcedValue};
use super::reported_value::{ReportedQuantity, ReportedValue};
use crate::clock::{SECONDS_PER_DAY, iso_date, unix_day, unix_seconds};
use crate::files::error::FileError;
use crate::files::foreign::time_hint;
use crate::files::sheet::{Row, Sheet, SheetColumn};

type Slot = fn(&mut RawDay) -> &mut Option<SourcedValue>;

/// Columns of one number, of which the first that is not empty counts: sources retire columns. Then
/// whether zero is allowed, and where the number goes.
struct Numbers {
    columns: Vec<SheetColumn>,
    zero: bool,
    slot: Slot,
}

struct DayColumns {
    date: SheetColumn,
    asset: Option<SheetColumn>,
    numbers: Vec<Numbers>,
    reported: Vec<(SheetColumn, ReportedQuantity)>,
    blocks: Option<SheetColumn>,
}

impl DayColumns {
    fn from_sheet(sheet: &Sheet) -> Result<Self, FileError> {
        let date = sheet.column_of(&daily::DATE);
        let date = date.ok_or_else(|| sheet.header_error("no column `date` or `time`".into()))?;
        let numbers = [
            (&daily::PRICE[..], false, (|day| &mut day.price) as Slot),
            (&daily::FEES[..], true, |day| &mut day.fees),
            (&daily::ISSUANCE[..], true, |day| &mut day.issuance),
            (&daily::REVENUE[..], true, |day| &mut day.revenue),
        ];
        let numbers = numbers.map(|(names, zero, slot)| {
            let columns = names.iter().filter_map(|name| sheet.column(name)).collect();
            Numbers { columns, zero, slot }
        });
        let reported = [
            (&daily::HASH_RATE[..], ReportedQuantity::HashRate),
            (&daily::DIFFICULTY[..], ReportedQuantity::Difficulty),
        ];
        let reported = reported.into_iter().flat_map(|(names, quantity)| {
            names.iter().filter_map(move |name| Some((sheet.column(name)?, quantity)))
        });
        Ok(Self {
            date,
            asset: sheet.column(daily::ASSET),
            numbers: numbers.into(),
            reported: reported.collect(),
            blocks: sheet.column_of(&daily::BLOCKS),
        })
    }

    /// The day of a row: a date, or a moment at midnight.
    fn day(&self, row: &Row) -> Result<i64, FileError> {
        let text = row.text(&self.date);
        let midnight = |seconds: &i64| seconds % SECONDS_PER_DAY == 0;
        let moment = || {
            let seconds = unix_seconds(text).filter(midnight)?;
            text.contains('-').then_some(seconds / SECONDS_PER_DAY)
        };
        let day = unix_day(text).or_else(moment);
        day.ok_or_else(|| {
            let zone = if text.len() > 10 { " (or a moment at midnight UTC)" } else { "" };
            row.refused(&self.date, format!("a date YYYY-MM-DD{zone}{}", time_hint(text)))
        })
    }

    fn refuse_other_assets(&self, row: &Row) -> Result<(), FileError> {
        match &self.asset {
            Some(column) if !row.text(column).eq_ignore_ascii_case("btc") => {
                Err(row.refused(column, "btc"))
            }
            _ => Ok(()),
        }
    }

    /// Reads a row; empty cells say nothing.
    fn read(&self, row: &Row, into: &mut RawSeries) -> Result<i64, FileError> {
        let day = self.day(row)?;
        self.refuse_other_assets(row)?;
        for Numbers { columns, zero, slot } in &self.numbers {
            let said = columns.iter().find(|column| !row.text(column).is_empty());
            let Some(column) = said else { continue };
            let value = if *zero {
                row.number(column, "a number, 0 or more", |value| value >= 0.0)?
            } else {
                row.positive(column)?
            };
            into.add_stated(day, *slot, value, row, column)?;
        }
        for (column, quantity) in &self.reported {
            if row.text(column).is_empty() {
                continue;
            }
            let value = row.number(column, "a number, 0 or more", |value| value >= 0.0)?;
            let (text, column) = (row.text(column).to_owned(), column.name.clone());
            let (quantity, place) = (*quantity, into.place(row));
            into.reported.push(ReportedValue { day, quantity, value, text, column, place });
        }
        if let Some(column) = self.blocks.as_ref().filter(|column| !row.text(column).is_empty()) {
            let whole = |value: f64| value >= 0.0 && value == libm::trunc(value);
            row.number(column, "a whole number, 0 or more", whole)?;
        }
        Ok(day)
    }
}

/// Reads a file of days.
pub(super) fn read(sheet: &mut Sheet, into: &mut RawSeries) -> Result<(), FileError> {
    let columns = DayColumns::from_sheet(sheet)?;
    let mut before = None;
    while let Some(row) = sheet.needed_row()? {
        let day = columns.read(&row, into)?;
        if before.is_some_and(|before| day < before) {
            let place = into.at(into.place(&row));
            let case = format!("{place}: {} stands after a later day", row.text(&columns.date));
            into.doubts.add("dates that run backwards", case);
        }
        before = Some(day);
    }
    Ok(())
}

/// Share of fees in a day's reward that makes the unit doubtful.
const LARGE_SHARE: f64 = 0.6;
/// Relative difference of stated revenue from fees, issuance and price that is doubtful.
const REVENUE: f64 = 0.05;
/// Factor between the prices of two days in a row that is doubtful.
const JUMP: f64 = 3.0;

/// Looks at each day and at the days in a row.
///
/// # Errors
/// Fees of a day without new coins.
pub(super) fn check(raw: &mut RawSeries) -> Result<(), FileError> {
    doubt_gaps(raw);
    let days = std::mem::take(&mut raw.days);
    let mut before: Option<f64> = None;
    for (at, day) in &days {
        check_fees(raw, *at, day)?;
        doubt_revenue(raw, *at, day);
        if let (Some(before), Some(price)) = (before, day.price) {
            let ratio = price.value / before;
            if !(1.0 / JUMP..=JUMP).contains(&ratio) {
                let case = format!("{} comes after {before} USD", raw.describe(price));
                raw.doubts.add("prices that jump by more than a factor of three", case);
            }
        }
        before = day.price.map(|price| price.value);
    }
    raw.days = days;
    Ok(())
}

/// Lists the days without a price between the first and the last that have one.
fn doubt_gaps(raw: &mut RawSeries) {
    let priced = raw.days.iter().filter(|(_, day)| day.price.is_some()).map(|(at, _)| *at);
    let priced: Vec<i64> = priced.collect();
    let (Some(first), Some(last)) = (priced.first(), priced.last()) else { return };
    for run in missing(priced.iter().copied(), &(*first..=*last)) {
        raw.doubts.add("gaps in the days of prices", format!("{run}, {} days", run.days()));
    }
}

/// A day with fees has new coins; fees of most of the reward may be in another unit.
fn check_fees(raw: &mut RawSeries, at: i64, day: &RawDay) -> Result<(), FileError> {
    let (Some(fees), Some((_, reward))) = (day.fees, coins(day)) else { return Ok(()) };
    let share = fees.value / reward;
    if share >= 1.0 {
        let allowed = format!(
            "below the day's whole reward, {reward} BTC on {}: a fee share is from 0 to below 1",
            iso_date(at)
        );
        return Err(raw.refused_stated(fees, allowed));
    }
    if share > LARGE_SHARE {
        let case = format!("{} is {share:.3} of the reward", raw.describe(fees));
        raw.doubts.add("days whose fees are most of the reward (are they in BTC?)", case);
    }
    Ok(())
}

fn doubt_revenue(raw: &mut RawSeries, at: i64, day: &RawDay) {
    let (Some(revenue), Some(price), Some(_)) = (day.revenue, day.price, day.issuance) else {
        return;
    };
    let Some((_, reward)) = coins(day) else { return };
    let due = reward * price.value;
    if (revenue.value / due - 1.0).abs() > REVENUE {
        let case = format!("{} is not {due:.0} USD on {}", raw.describe(revenue), iso_date(at));
        raw.doubts.add("revenues that are not fees and issuance at the price", case);
    }
}
