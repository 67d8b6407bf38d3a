//! Days since the first day as calendar dates on an axis.

use super::axis::Axis;
use crate::clock::iso_date;

/// A date of the proleptic Gregorian calendar, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(i64);

impl Date {
    /// Reads `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let date = Self::from_ymd(year, month, day);
        ((1..=9999).contains(&year) && date.parts() == (year, month, day)).then_some(date)
    }

    /// The date so many days later, `YYYY-MM-DD`.
    #[must_use]
    pub fn after(self, days: i32) -> String {
        iso_date(self.0 + i64::from(days))
    }

    /// Days from the civil calendar, counting years from 1 March so that the leap day comes last.
    fn from_ymd(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        Self(365 * year + leap_days + day_of_year - 719_468)
    }

    /// Year, month and day.
    fn parts(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
    }
}

/// The axis of `days` since `first` and its title.
#[must_use]
pub(crate) fn time_axis(
    first: Date,
    first_text: &str,
    days: &[i32],
    most_ticks: usize,
) -> (Axis, String) {
    let low = f64::from(days.first().copied().unwrap_or(0));
    let high = f64::from(days.last().copied().unwrap_or(1)).max(low + 1.0);
    let length = high - low;
    if length < 60.0 {
        let axis = Axis::linear([low, high], most_ticks);
        return (Axis { low, high, ..axis }, format!("Days since {first_text}"));
    }
    let months = [1, 2, 3, 6, 12, 24, 60, 120, 240];
    let fits = |step: &&i64| length / (30.44 * **step as f64) <= most_ticks as f64;
    let step = *months.iter().find(fits).unwrap_or(&480);
    let ticks = month_ticks(first, low, high, step);
    let title = if step >= 12 { "Year (ticks at 1 January)" } else { "Date (year-month)" };
    (Axis { low, high, ticks }, title.to_owned())
}

/// The first days of every `step`th month within the range.
fn month_ticks(first: Date, low: f64, high: f64, step: i64) -> Vec<(f64, String)> {
    let (year, month, _) = Date(first.0 + low as i64).parts();
    let start = (year * 12 + month - 1).div_euclid(step) * step;
    let count = (high - low) as i64 / (28 * step) + 2;
    let tick = |index: i64| {
        let (year, month) =
            ((start + index * step).div_euclid(12), (start + index * step).rem_euclid(12) + 1);
        let label = if step >= 12 { year.to_string() } else { format!("{year}-{month:02}") };
        ((Date::from_ymd(year, month, 1).0 - first.0) as f64, label)
    };
    (0..=count).map(tick).filter(|(at, _)| (low..=high).contains(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_days_since_1970() {
        assert_eq!(Date::parse("1970-01-01"), Some(Date(0)));
        assert_eq!(Date::parse("2000-02-29"), Some(Date(11_016)));
        assert_eq!(Date::parse("2025-10-01"), Some(Date(20_362)));
        assert_eq!(Date::parse("2025-02-30"), None);
        assert_eq!(Date::parse("soon"), None);
    }

    #[test]
    fn dates_round_trip() {
        assert!((-200_000..200_000).step_by(37).all(|day| {
            let (year, month, day_of_month) = Date(day).parts();
            Date::from_ymd(year, month, day_of_month) == Date(day)
        }));
    }

    #[test]
    fn three_years_are_marked_at_each_new_year() {
        let first = Date::parse("2025-10-01").unwrap();
        let (axis, title) = time_axis(first, "2025-10-01", &[0, 1096], 4);
        assert_eq!(
            axis.ticks,
            [(92.0, "2026".to_owned()), (457.0, "2027".to_owned()), (822.0, "2028".to_owned())]
        );
        assert!(title.starts_with("Year"));
    }

    #[test]
    fn a_month_is_marked_in_days() {
        let first = Date::parse("2025-10-01").unwrap();
        let (axis, title) = time_axis(first, "2025-10-01", &[0, 30], 4);
        assert_eq!((axis.low, axis.high, title.as_str()), (0.0, 30.0, "Days since 2025-10-01"));
    }
}
