//! What numbers a flag takes. An error says what is allowed; clap adds flag and value.

use std::fmt::Display;
use std::str::FromStr;

/// Largest amount of anything: products of several stay finite.
pub(super) const MOST: f64 = 1e30;

/// Numbers from `low` to `high`.
pub(super) fn within(low: f64, high: f64) -> impl Fn(&str) -> Result<f64, String> + Clone {
    let words = format!("from {} to {}", plain(low), plain(high));
    allowed(move |value| (low..=high).contains(&value), words)
}

/// Numbers above `low` and up to `high`.
pub(super) fn above(low: f64, high: f64) -> impl Fn(&str) -> Result<f64, String> + Clone {
    let words = format!("above {}, at most {}", plain(low), plain(high));
    allowed(move |value| value > low && value <= high, words)
}

/// Numbers above `low` and below `high`.
pub(super) fn between(low: f64, high: f64) -> impl Fn(&str) -> Result<f64, String> + Clone {
    let words = format!("above {} and below {}", plain(low), plain(high));
    allowed(move |value| value > low && value < high, words)
}

/// Whole numbers from `low` to `high`.
pub(super) fn whole<T>(low: T, high: T) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync
where
    T: FromStr + PartialOrd + Display + Copy + Send + Sync,
{
    move |text| match text.trim().parse::<T>() {
        Ok(value) if value >= low && value <= high => Ok(value),
        _ => Err(format!("must be a whole number from {low} to {high}")),
    }
}

fn allowed(
    test: impl Fn(f64) -> bool + Clone,
    words: String,
) -> impl Fn(&str) -> Result<f64, String> + Clone {
    move |text| match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() && test(value) => Ok(value),
        Ok(_) => Err(format!("must be {words}")),
        Err(_) => Err(format!("must be a number {words}")),
    }
}

/// A limit as one would type it.
fn plain(limit: f64) -> String {
    if limit.abs() < 1e9 { limit.to_string() } else { format!("{limit:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_belong_to_the_range_or_not_as_the_words_say() {
        assert_eq!(within(0.0, 1.0)("0"), Ok(0.0));
        assert_eq!(within(0.0, 1.0)("1.1"), Err("must be from 0 to 1".to_owned()));
        assert_eq!(above(0.0, MOST)("0"), Err("must be above 0, at most 1e30".to_owned()));
        assert_eq!(between(0.0, 1.0)("1"), Err("must be above 0 and below 1".to_owned()));
        assert_eq!(within(-10.0, 10.0)("-1e-3"), Ok(-0.001));
    }

    #[test]
    fn whole_numbers_say_what_is_allowed() {
        assert_eq!(whole(0, 9)("9"), Ok(9));
        for text in ["-1", "10", "1.5", "1e0", "", "99999999999999999999"] {
            let refusal = "must be a whole number from 0 to 9".to_owned();
            assert_eq!(whole(0, 9)(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_finite_number_is_refused() {
        for text in ["", "x", "nan", "inf", "-inf", "1e999", "0x1", "1,5"] {
            assert!(within(-MOST, MOST)(text).is_err(), "{text}");
        }
    }
}
