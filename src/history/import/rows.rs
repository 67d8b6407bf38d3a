//! Makes the rows of a history from the raw series.

use super::means::{self, DayRange, MAX_FILLED_DAYS};
use super::raw_series::{ChainEpoch, RawSeries};
use super::{FilledGap, blocks};
use crate::clock::{SECONDS_PER_DAY, iso_date};
use crate::files::error::FileError;
use crate::history::series::read::hash_rate;
use crate::history::series::{History, HistoryEpoch};
use crate::model::chain::difficulty::BLOCKS_PER_EPOCH;
use crate::units::{BtcPrice, HashRate, Seconds};

/// Why an epoch has no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingData {
    /// No price on these days.
    Price(DayRange),
    /// No fees, or no rewards, on these days.
    Fees(DayRange),
    /// Its end is unknown.
    InProgress,
}

impl std::fmt::Display for MissingData {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Price(run) => write!(formatter, "no price on {run}"),
            Self::Fees(run) => write!(formatter, "no fees with rewards on {run}"),
            Self::InProgress => write!(formatter, "in progress: its last block is unknown"),
        }
    }
}

/// Rows and what they lack.
#[derive(Default)]
pub(crate) struct HistoryRows {
    /// The history.
    pub history: History,
    /// Gaps filled.
    pub filled: Vec<FilledGap>,
    /// Epochs before the first row.
    pub before: Vec<(u32, MissingData)>,
    /// Epochs after the last row.
    pub after: Vec<(u32, MissingData)>,
}

/// Makes the rows: one for each epoch from the first to the last that has all it needs.
///
/// # Errors
/// None has, or one in between has not.
pub(super) fn make(raw: &RawSeries) -> Result<HistoryRows, FileError> {
    let mut rows = HistoryRows::default();
    for (&epoch, fact) in &raw.facts {
        match row(raw, epoch, fact) {
            Ok((row, filled)) => {
                refuse_gap(&rows, epoch)?;
                rows.history.epochs.push(row);
                rows.filled.extend(filled);
            }
            Err(missing) if rows.history.epochs.is_empty() => rows.before.push((epoch, missing)),
            Err(missing) => rows.after.push((epoch, missing)),
        }
    }
    if rows.history.epochs.is_empty() {
        return Err(FileError::Together { problem: nothing(raw, &rows) });
    }
    Ok(rows)
}

/// Refuses a row that does not follow the last one.
fn refuse_gap(rows: &HistoryRows, epoch: u32) -> Result<(), FileError> {
    let Some(last) = rows.history.epochs.last() else { return Ok(()) };
    let problem = if let Some((lacking, missing)) = rows.after.first() {
        format!(
            "epoch {lacking}: {missing}; epochs {} and {epoch} on either side are complete, and at most \
             {MAX_FILLED_DAYS} days in a row are filled: add the days",
            last.epoch
        )
    } else if epoch != last.epoch + 1 {
        let (from, to) = (last.epoch + 1, epoch - 1);
        let missing = if from == to {
            format!("epoch {from} is")
        } else {
            format!("epochs {from} to {to} are")
        };
        format!("{missing} in no file; a history has no gaps: add their first blocks")
    } else {
        return Ok(());
    };
    Err(FileError::Together { problem })
}

/// What is missing when no epoch has a row.
fn nothing(raw: &RawSeries, rows: &HistoryRows) -> String {
    let needed = "a history needs epochs (`epoch,first_time,bits` or `height,time,bits`), prices by \
                  day, and fees with issuance by day or by block";
    match rows.before.last() {
        None => format!("{}: no difficulty epochs; {needed}", raw.files.join(", ")),
        Some((epoch, missing)) => {
            let count = rows.before.len();
            format!("none of {count} epochs has a row; the last, {epoch}: {missing}; {needed}")
        }
    }
}

/// The row of an epoch: the one made before, or a new one and what it bridges.
fn row(
    raw: &RawSeries,
    epoch: u32,
    fact: &ChainEpoch,
) -> Result<(HistoryEpoch, Vec<FilledGap>), MissingData> {
    if let Some((past, _)) = raw.past.get(&epoch) {
        return Ok((*past, Vec::new()));
    }
    new_row(raw, epoch, fact)
}

/// The row that days and blocks give.
pub(crate) fn new_row(
    raw: &RawSeries,
    epoch: u32,
    fact: &ChainEpoch,
) -> Result<(HistoryEpoch, Vec<FilledGap>), MissingData> {
    let next = raw.facts.get(&(epoch + 1)).map(|next| next.first_time);
    let end = next.or(fact.last_time).ok_or(MissingData::InProgress)?;
    let days = means::days_of(fact.first_time, end);
    let (price, priceless) = means::price(&raw.days, &days).map_err(MissingData::Price)?;
    let (fee_share, feeless) = match blocks::fee_share(&raw.blocks, epoch) {
        Some(share) => (share, Vec::new()),
        None => means::fee_share(&raw.days, &days).map_err(MissingData::Fees)?,
    };
    let difficulty = fact.bits.difficulty();
    let row = HistoryEpoch {
        epoch,
        first_height: epoch * BLOCKS_PER_EPOCH,
        first_time: fact.first_time,
        bits: fact.bits,
        difficulty,
        hash_rate: mean_hash_rate(difficulty, fact, next, end),
        price: BtcPrice(price),
        fee_share,
    };
    Ok((row, gaps(epoch, priceless, feeless)))
}

/// Difficulty over the mean block interval: 2,016 intervals to the next epoch's first block, or 2,015
/// to the last block where no next one is known.
fn mean_hash_rate(difficulty: f64, fact: &ChainEpoch, next: Option<i64>, end: i64) -> HashRate {
    let intervals = BLOCKS_PER_EPOCH - u32::from(next.is_none());
    hash_rate(difficulty, intervals, Seconds((end - fact.first_time) as f64))
}

fn gaps(epoch: u32, priceless: Vec<DayRange>, feeless: Vec<DayRange>) -> Vec<FilledGap> {
    let both = |run: &DayRange| priceless.contains(run) && feeless.contains(run);
    let of = |lacking: &'static str| move |run| FilledGap { epoch, lacking, run };
    let mut gaps: Vec<_> =
        priceless.iter().filter(|run| both(run)).copied().map(of("price and fees")).collect();
    gaps.extend(priceless.iter().filter(|run| !both(run)).copied().map(of("price")));
    gaps.extend(feeless.iter().filter(|run| !both(run)).copied().map(of("fees")));
    gaps.sort_by_key(|gap| gap.run.from);
    gaps
}

/// The UTC date of a moment.
#[must_use]
pub fn date(time: i64) -> String {
    iso_date(time.div_euclid(SECONDS_PER_DAY))
}
