//! Simulated time: whole days since the first day of the experiment.

use bevy_ecs::prelude::Resource;

use crate::units::DAYS_PER_YEAR;

/// Seconds in a day.
pub(crate) const SECONDS_PER_DAY: i64 = 86_400;

/// Today.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Days since the first day; the first simulated day is 1, day 0 is the initial state.
    pub day: u32,
}

impl Clock {
    /// Years since the first day.
    #[must_use]
    pub fn years(self) -> f64 {
        f64::from(self.day) / DAYS_PER_YEAR
    }

    /// Whether `scheduled` (a day as written in a parameter; negative = never) is today.
    #[must_use]
    pub fn is(self, scheduled: f64) -> bool {
        scheduled >= 0.0 && scheduled as u32 == self.day
    }
}

/// Days from 1970-01-01 to a date written `YYYY-MM-DD`; `None` when there is no such day.
///
/// Proleptic Gregorian calendar: years are counted from March, so that a leap day ends its year.
#[must_use]
pub fn unix_day(date: &str) -> Option<i64> {
    let form = date.len() == 10
        && date.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let part = |from: usize, to: usize| date.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    if !form || !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
        return None;
    }
    let year_from_march = if month <= 2 { year - 1 } else { year };
    let leap_days = year_from_march / 4 - year_from_march / 100 + year_from_march / 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(year_from_march * 365 + leap_days + day_of_year - DAYS_TO_1970)
}

/// The date `YYYY-MM-DD` of a day counted from 1970-01-01, the inverse of [`unix_day`].
#[must_use]
pub fn iso_date(unix_day: i64) -> String {
    let from_march = unix_day + DAYS_TO_1970;
    let (era, day) =
        (from_march.div_euclid(DAYS_OF_400_YEARS), from_march.rem_euclid(DAYS_OF_400_YEARS));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day_of_month:02}", 400 * era + year + carry)
}

/// Last second of the year 9999; larger numbers are milliseconds.
const LATEST: i64 = 253_402_300_799;

/// Seconds from 1970-01-01 UTC to a moment; `None` when the text is none.
///
/// Unix seconds, or `YYYY-MM-DD` with `T` or a space and `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`, then
/// nothing, `Z`, `UTC` or an offset `±hh:mm`.
#[must_use]
pub(crate) fn unix_seconds(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return (0..=LATEST).contains(&seconds).then_some(seconds);
    }
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?.trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'));
    let (clock, zone) = rest.split_at(end.unwrap_or(rest.len()));
    let seconds = seconds_of_day(clock)? - offset(zone.trim())?;
    Some(unix_day(date)? * SECONDS_PER_DAY + seconds)
}

/// Seconds since midnight of `hh:mm[:ss[.fff]]`; a leap second counts to its own minute.
fn seconds_of_day(clock: &str) -> Option<i64> {
    let whole = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let mut parts = whole.split(':').map(two_digits);
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let fits = hours < 24 && minutes < 60 && seconds <= 60 && parts.next().is_none();
    fits.then_some(hours * 3_600 + minutes * 60 + seconds.min(59))
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if zone.is_empty() || ["Z", "z", "UTC"].contains(&zone) {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let rest = zone.strip_prefix(['+', '-'])?;
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let minutes = if minutes.is_empty() { 0 } else { two_digits(minutes)? };
    Some(sign * (two_digits(hours)? * 3_600 + minutes * 60))
}

fn two_digits(text: &str) -> Option<i64> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Days of a whole cycle of leap years.
const DAYS_OF_400_YEARS: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

const fn month_length(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_unix_days() {
        assert_eq!(unix_day("1970-01-01"), Some(0));
        assert_eq!(unix_day("2009-01-03"), Some(14_247));
        assert_eq!(unix_day("2024-02-29"), Some(19_782));
        assert_eq!(unix_day("2024-03-01"), Some(19_783));
        assert_eq!(unix_day("2025-10-01"), Some(1_759_276_800 / 86_400));
        assert_eq!(unix_day("2100-03-01"), Some(47_541));
    }

    #[test]
    fn days_become_dates_and_days_again() {
        assert_eq!(iso_date(19_782), "2024-02-29");
        assert!((-300_000..300_000).step_by(13).all(|day| unix_day(&iso_date(day)) == Some(day)));
    }

    #[test]
    fn what_is_not_a_day_is_refused() {
        for none in [
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-1-10",
            "2025/10/01",
            "",
            "2025-10-0\u{e9}",
            "yesterday",
        ] {
            assert_eq!(unix_day(none), None, "{none}");
        }
    }

    #[test]
    fn a_negative_day_never_comes() {
        assert!(!Clock { day: 0 }.is(-1.0));
        assert!(Clock { day: 7 }.is(7.0));
    }
}
