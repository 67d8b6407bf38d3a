//! Block times as the day they fall on.

use crate::clock::unix_day;

const SECONDS_PER_DAY: i64 = 86_400;
/// Last second of the year 9999; larger numbers are milliseconds.
const LATEST: i64 = 253_402_300_799;

/// What a time may look like.
pub const ALLOWED_TIME: &str =
    "a time in Unix seconds or ISO 8601, such as 1713571767 or 2024-04-20T00:09:27Z";

/// The UTC day of a time, in days since 1970-01-01; none when it is no time.
///
/// Unix seconds, or `YYYY-MM-DD` with `T` or a space and `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`, then
/// nothing, `Z`, `UTC` or an offset `±hh:mm`.
pub fn utc_day(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return (0..=LATEST).contains(&seconds).then_some(seconds / SECONDS_PER_DAY);
    }
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?.trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'));
    let (clock, zone) = rest.split_at(end.unwrap_or(rest.len()));
    let seconds = seconds_of_day(clock)? - offset(zone.trim())?;
    Some((unix_day(date)? * SECONDS_PER_DAY + seconds).div_euclid(SECONDS_PER_DAY))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_is_one_day_however_it_is_written() {
        for text in [
            "1713571767",
            "2024-04-20T00:09:27Z",
            "2024-04-20 00:09:27",
            "2024-04-20 00:09:27 UTC",
            "2024-04-20 00:09:27.123+00:00",
            "2024-04-19T20:09:27-04:00",
            "2024-04-20T05:39+0530",
            "2024-04-20T01:09:27+01",
        ] {
            assert_eq!(utc_day(text), Some(19_833), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "soon",
            "2024-04-20",
            "2024-02-30T00:00:00Z",
            "2024-04-20T24:00:00Z",
            "2024-04-20T1:00",
            "2024-04-20T10:00:00 CET",
            "2024-04-20T10:00:00+\u{e9}",
            "1713571767000",
            "-5",
            "2024-04-2\u{e9}T00:00",
        ] {
            assert_eq!(utc_day(text), None, "{text}");
        }
    }
}
