//! Block times as the day they fall on.

use crate::clock::{SECONDS_PER_DAY, unix_seconds};

/// What a time may look like.
pub(crate) const ALLOWED_TIME: &str =
    "a time in Unix seconds or ISO 8601, such as 1713571767 or 2024-04-20T00:09:27Z";

/// The UTC day of a time, in days since 1970-01-01; none when it is no time.
pub(crate) fn utc_day(text: &str) -> Option<i64> {
    unix_seconds(text).map(|seconds| seconds.div_euclid(SECONDS_PER_DAY))
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
