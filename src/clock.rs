//! Simulated time: whole days since the first day of the experiment.

use bevy_ecs::prelude::Resource;

use crate::units::DAYS_PER_YEAR;

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
