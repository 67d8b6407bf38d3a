//! Issuance, fees, revenue and prices of days, compared with what heights give: a wrong unit shows
//! here.
//!
//! The subsidy is known from heights and heights from the epochs' first times, so that the new coins
//! of a day are known within the chance of mining (8 % of a day's 144 blocks), and those of an epoch
//! within 3 %.

use std::collections::BTreeMap;

use super::means::coins;
use super::raw_series::{RawDay, RawSeries, SourcedValue};
use super::units::{fee_unit, issuance_unit};
use crate::clock::{SECONDS_PER_DAY, iso_date};
use crate::files::error::FileError;
use crate::history::series::History;
use crate::model::chain::difficulty::BLOCKS_PER_EPOCH;
use crate::model::chain::issuance::{HALVING_INTERVAL, SATOSHI_PER_BTC, subsidy, supply};
use crate::world::market::record::{self, LARGEST_DAY, LARGEST_SHARE, PRICE, SMALLEST_SHARE};

/// Factor by which the median day of a column may miss the coins that heights give.
const COLUMN: f64 = 1.25;
/// Factor by which an epoch's days may miss them; they missed by 1.05 at most from 2014 to 2025, and a
/// halving that comes too early or too late makes 2.
const EPOCH: f64 = 1.5;
/// Days of an epoch from which [`EPOCH`] holds.
const FEW_DAYS: usize = 8;
/// Share by which all days of a column miss them that is doubtful; 3,000 blocks or more say so.
const WHOLE: f64 = 0.02;
/// Days from which [`WHOLE`] holds.
const MANY_DAYS: usize = 25;
/// Factor by which a single day may miss them; days missed by 1.8 at most from 2014 to 2025, and hash
/// rates grew manyfold within the epochs of earlier years.
const DAY: f64 = 4.0;
const EARLY_DAY: f64 = 10.0;
/// Epoch before which days are early, 2011.
const EARLY: u32 = 50;
/// Factor by which most prices may lie outside the range of their year.
const PRICES: f64 = 2.0;

/// A number of a day beside what is known of the day.
#[derive(Clone, Copy)]
struct DatedValue<'d> {
    day: i64,
    stated: SourcedValue,
    of: &'d RawDay,
}

/// The new coins of a day by the chain, and the epoch of its first second.
struct ExpectedCoins {
    coins: f64,
    epoch: u32,
}

type DatedColumn<'d> = Vec<DatedValue<'d>>;

/// Compares amounts and prices with heights and years.
///
/// # Errors
/// The first cell of a column that means something else, or of a day or an epoch that does.
pub(super) fn check(raw: &mut RawSeries) -> Result<(), FileError> {
    let days = std::mem::take(&mut raw.days);
    let mut doubts = Vec::new();
    let result = check_days(raw, &days, &mut doubts);
    raw.days = days;
    for case in doubts {
        raw.doubts.add("new coins that add up to something else than heights give", case);
    }
    result
}

fn check_days(
    raw: &RawSeries,
    days: &BTreeMap<i64, RawDay>,
    doubts: &mut Vec<String>,
) -> Result<(), FileError> {
    let columns = |slot: fn(&RawDay) -> Option<SourcedValue>| {
        let mut columns: BTreeMap<_, DatedColumn> = BTreeMap::new();
        for (&day, of) in days {
            if let Some(stated) = slot(of) {
                columns.entry(stated.source()).or_default().push(DatedValue { day, stated, of });
            }
        }
        columns
    };
    for column in columns(|day| day.price).values() {
        check_prices(raw, column)?;
    }
    for column in columns(|day| day.issuance).values() {
        check_issuance(raw, column, |told| Some(told.stated.value), doubts)?;
    }
    for column in columns(|day| day.fees).values() {
        check_fees(raw, column)?;
    }
    for column in columns(|day| day.revenue).values() {
        let implied = |told: &DatedValue| {
            Some(told.stated.value / told.of.price?.value - told.of.fees?.value)
        };
        check_issuance(raw, column, implied, doubts)?;
    }
    Ok(())
}

/// A refusal of a cell, with the count of cells of its column that are as wrong.
fn most(
    raw: &RawSeries,
    first: &DatedValue,
    allowed: &str,
    wrong: usize,
    cells: usize,
) -> FileError {
    let allowed = format!("{allowed} (nor are {wrong} of {cells} cells of this column)");
    raw.refused_stated(first.stated, allowed)
}

fn check_prices(raw: &RawSeries, column: &DatedColumn) -> Result<(), FileError> {
    let off = |told: &&DatedValue, factor: f64| record::is_off(told.day, told.stated.value, factor);
    let wrong: Vec<&DatedValue> = column.iter().filter(|told| off(told, PRICES)).collect();
    let allowed = |told: &DatedValue| record::allowed(told.day, told.stated.value);
    if let Some(first) = wrong.first().filter(|_| 2 * wrong.len() > column.len()) {
        return Err(most(raw, first, &allowed(first), wrong.len(), column.len()));
    }
    let alone = wrong.iter().find(|told| off(told, PRICE));
    alone.map_or(Ok(()), |told| Err(raw.refused_stated(told.stated, allowed(told))))
}

/// Checks the new coins that a column states, or implies by `value`, by column, epoch and day.
fn check_issuance(
    raw: &RawSeries,
    column: &DatedColumn,
    value: impl Fn(&DatedValue) -> Option<f64>,
    doubts: &mut Vec<String>,
) -> Result<(), FileError> {
    let known = column.iter().filter_map(|told| Some((told, value(told)?, due(raw, told.day)?)));
    let known: Vec<(&DatedValue, f64, ExpectedCoins)> = known.collect();
    if known.is_empty() {
        return Ok(());
    }
    let ratio = |(_, value, due): &(&DatedValue, f64, ExpectedCoins)| value / due.coins;
    let typical = median(known.iter().map(ratio).collect());
    let words = |told: &DatedValue, due: &ExpectedCoins, ratio: f64| {
        let per_day = digits(due.coins);
        let date = iso_date(told.day);
        let unit = issuance_unit(ratio, due.coins, told.of.price.map(|price| price.value));
        if told.of.issuance.is_some_and(|issuance| issuance.same(told.stated)) {
            format!("the new coins of {date} in BTC: heights give about {per_day} BTC{unit}")
        } else {
            format!(
                "fees and new coins of {date} at the price: without the fees it leaves {ratio:.4} times the \
                 {per_day} BTC that heights give{unit}; price, fees or revenue are in another unit"
            )
        }
    };
    let misses =
        |one: &&(&DatedValue, f64, ExpectedCoins)| !(1.0 / COLUMN..=COLUMN).contains(&ratio(one));
    let wrong: Vec<_> = known.iter().filter(misses).collect();
    if let Some((told, _, due)) =
        wrong.first().filter(|_| !(1.0 / COLUMN..=COLUMN).contains(&typical))
    {
        return Err(most(raw, told, &words(told, due, typical), wrong.len(), known.len()));
    }
    let limit = |due: &ExpectedCoins| if due.epoch < EARLY { EARLY_DAY } else { DAY };
    let wild = known.iter().find(|one| {
        let limit = limit(&one.2);
        !(1.0 / limit..=limit).contains(&ratio(one))
    });
    if let Some(one) = wild {
        let hint = if one.1 == 0.0 { "; leave the cell empty where nothing is known" } else { "" };
        let allowed = words(one.0, &one.2, ratio(one)) + hint;
        return Err(raw.refused_stated(one.0.stated, allowed));
    }
    check_sums(raw, &known, &words, doubts)
}

/// Checks the sums of epochs, and of all days.
fn check_sums(
    raw: &RawSeries,
    known: &[(&DatedValue, f64, ExpectedCoins)],
    words: &dyn Fn(&DatedValue, &ExpectedCoins, f64) -> String,
    doubts: &mut Vec<String>,
) -> Result<(), FileError> {
    let sum_ratio = |part: &[(&DatedValue, f64, ExpectedCoins)]| {
        let (stated, due) =
            part.iter().fold((0.0, 0.0), |(a, b), (_, value, due)| (a + value, b + due.coins));
        stated / due
    };
    let total = sum_ratio(known);
    let (first, _, due) = &known[0];
    if known.len() >= MANY_DAYS && due.epoch >= EARLY && (total - 1.0).abs() > WHOLE {
        let hint = if total > 1.0 { " (are fees in them?)" } else { "" };
        doubts.push(format!(
            "{}: with the days that follow {total:.4} times as many{hint}",
            raw.describe(first.stated)
        ));
    }
    for epoch in known.chunk_by(|one, next| one.2.epoch == next.2.epoch) {
        let ratio = sum_ratio(epoch);
        let early = epoch[0].2.epoch < EARLY;
        if epoch.len() >= FEW_DAYS && !early && !(1.0 / EPOCH..=EPOCH).contains(&ratio) {
            let number = epoch[0].2.epoch;
            let allowed = format!(
                "{} (the days of epoch {number} add up to {ratio:.4} times what heights give)",
                words(epoch[0].0, &epoch[0].2, ratio)
            );
            return Err(raw.refused_stated(epoch[0].0.stated, allowed));
        }
    }
    Ok(())
}

fn check_fees(raw: &RawSeries, column: &DatedColumn) -> Result<(), FileError> {
    let share = |told: &DatedValue| coins(told.of).map(|(fees, reward)| fees / reward);
    let known: Vec<(&DatedValue, f64)> =
        column.iter().filter_map(|told| Some((told, share(told)?))).collect();
    if known.is_empty() {
        return Ok(());
    }
    let allowed = |told: &DatedValue, share: f64| {
        let unit = fee_unit(told.of);
        format!(
            "fees of {} in BTC: they would be {share:.5} of the reward, and no epoch had more than 0.31 \
             nor, since 2012, less than 0.001{unit}",
            iso_date(told.day)
        )
    };
    let late = |told: &DatedValue| {
        due(raw, told.day).is_some_and(|due| due.epoch * BLOCKS_PER_EPOCH >= HALVING_INTERVAL)
    };
    let wrong = |share: f64, told: &DatedValue| {
        share > LARGEST_SHARE || (share < SMALLEST_SHARE && late(told))
    };
    let count = known.iter().filter(|(told, share)| wrong(*share, told)).count();
    if 2 * count > known.len() {
        let first = known.iter().find(|(told, share)| wrong(*share, told));
        let (told, share) = first.unwrap_or(&known[0]);
        return Err(most(raw, told, &allowed(told, *share), count, known.len()));
    }
    let alone = known
        .iter()
        .find(|(told, share)| *share > LARGEST_DAY || (*share < SMALLEST_SHARE && late(told)));
    let Some((told, share)) = alone else { return Ok(()) };
    let hint =
        if told.stated.value == 0.0 { "; leave the cell empty where nothing is known" } else { "" };
    Err(raw.refused_stated(told.stated, allowed(told, *share) + hint))
}

/// Refuses an epoch whose fees, of its days or of its blocks, cannot be in the subsidy's unit, and a
/// history that could not be read again.
///
/// # Errors
/// The first such epoch.
pub(crate) fn check_rows(history: &History) -> Result<(), FileError> {
    let large = history.epochs.iter().find(|epoch| epoch.fee_share > LARGEST_SHARE);
    let small = history
        .epochs
        .iter()
        .find(|epoch| epoch.fee_share < SMALLEST_SHARE && epoch.first_height >= HALVING_INTERVAL);
    if let Some(epoch) = large.or(small) {
        let problem = format!(
            "epoch {}: fees would be {:.5} of the reward, and no epoch had more than 0.31 nor, since \
             2012, less than 0.001: are fees and rewards in BTC?",
            epoch.epoch, epoch.fee_share
        );
        return Err(FileError::Together { problem });
    }
    History::parse("the history that these files give", &history.text()).map(|_| ())
}

/// The new coins of a UTC day by the heights at its two midnights, each between the first blocks of
/// its epoch and the next; none where they are not known, or on a day without new blocks.
fn due(raw: &RawSeries, day: i64) -> Option<ExpectedCoins> {
    let (from, epoch) = height(raw, day * SECONDS_PER_DAY)?;
    let (to, _) = height(raw, (day + 1) * SECONDS_PER_DAY)?;
    let coins = issued_before(to) - issued_before(from);
    (coins > 0.0).then_some(ExpectedCoins { coins, epoch })
}

/// Blocks before a moment, and its epoch.
fn height(raw: &RawSeries, time: i64) -> Option<(f64, u32)> {
    let place = raw.by_first_time.partition_point(|(first_time, _)| *first_time <= time);
    let (first_time, epoch) = *raw.by_first_time.get(place.checked_sub(1)?)?;
    let next = raw.facts.get(&(epoch + 1)).map(|next| (next.first_time, BLOCKS_PER_EPOCH));
    let last = || Some((raw.facts.get(&epoch)?.last_time?, BLOCKS_PER_EPOCH - 1));
    let (end, blocks) = next.or_else(last)?;
    let passed = (time - first_time) as f64 / (end - first_time) as f64;
    let within = time <= end;
    within.then(|| (f64::from(epoch * BLOCKS_PER_EPOCH) + passed * f64::from(blocks), epoch))
}

/// Coins created before a height, BTC.
fn issued_before(height: f64) -> f64 {
    let whole = libm::floor(height) as u32;
    let before = whole.checked_sub(1).map_or(0, supply);
    (before as f64 + (height - f64::from(whole)) * subsidy(whole) as f64) / SATOSHI_PER_BTC as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Four digits, for people.
fn digits(value: f64) -> String {
    if value >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}
