//! Means over the days of an epoch.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::raw_series::RawDay;
use crate::clock::{SECONDS_PER_DAY, iso_date};

/// Longest run of days without a value that is filled by the mean of the others.
pub(crate) const MAX_FILLED_DAYS: i64 = 3;

/// Days in a row, from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// First.
    pub from: i64,
    /// Last.
    pub to: i64,
}

impl DayRange {
    /// Number of days.
    #[must_use]
    pub const fn days(self) -> i64 {
        self.to - self.from + 1
    }
}

impl std::fmt::Display for DayRange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let from = iso_date(self.from);
        if self.from == self.to {
            write!(formatter, "{from}")
        } else {
            write!(formatter, "{from} to {}", iso_date(self.to))
        }
    }
}

/// A mean and the days that it lacks, or the run of days that are too many to fill.
pub(super) type Mean = Result<(f64, Vec<DayRange>), DayRange>;

/// UTC days that an epoch touches: from the day of its first block to that of the next epoch's, or
/// of its own last block where no next one is known. Days at both ends count whole.
#[must_use]
pub(crate) const fn days_of(first_time: i64, end: i64) -> RangeInclusive<i64> {
    first_time.div_euclid(SECONDS_PER_DAY)..=end.div_euclid(SECONDS_PER_DAY)
}

/// Mean price of the days that have one.
pub(super) fn price(days: &BTreeMap<i64, RawDay>, of: &RangeInclusive<i64>) -> Mean {
    let known = known(days, of, |day| Some((day.price?.value, 1.0)));
    ratio(known, of)
}

/// Fee share of the days whose fees and rewards are known: `Σ fees / Σ (fees + issuance)`.
pub(super) fn fee_share(days: &BTreeMap<i64, RawDay>, of: &RangeInclusive<i64>) -> Mean {
    ratio(known(days, of, coins), of)
}

/// Fees and reward of a day, BTC: from fees and new coins, or from fees, revenue and price. None on a
/// day without a reward, which is one without blocks.
pub(super) fn coins(day: &RawDay) -> Option<(f64, f64)> {
    let fees = day.fees?.value;
    let reward = match day.issuance {
        Some(issuance) => fees + issuance.value,
        None => day.revenue?.value / day.price?.value,
    };
    (reward > 0.0).then_some((fees, reward))
}

type Known = Vec<(i64, (f64, f64))>;

fn known(
    days: &BTreeMap<i64, RawDay>,
    of: &RangeInclusive<i64>,
    value: impl Fn(&RawDay) -> Option<(f64, f64)>,
) -> Known {
    days.range(of.clone()).filter_map(|(at, day)| Some((*at, value(day)?))).collect()
}

/// Sum of numerators over sum of denominators.
fn ratio(known: Known, of: &RangeInclusive<i64>) -> Mean {
    let missing = missing(known.iter().map(|(day, _)| *day), of);
    if let Some(run) = missing.iter().find(|run| run.days() > MAX_FILLED_DAYS) {
        return Err(*run);
    }
    if known.is_empty() {
        return Err(DayRange { from: *of.start(), to: *of.end() });
    }
    let (above, below) =
        known.iter().fold((0.0, 0.0), |(above, below), (_, (a, b))| (above + a, below + b));
    Ok((above / below, missing))
}

/// Runs of days that are not there; `there` is in order.
pub(super) fn missing(there: impl Iterator<Item = i64>, of: &RangeInclusive<i64>) -> Vec<DayRange> {
    let mut runs = Vec::new();
    let mut due = *of.start();
    for day in there.chain([*of.end() + 1]) {
        if day > due {
            runs.push(DayRange { from: due, to: day - 1 });
        }
        due = day + 1;
    }
    runs
}
