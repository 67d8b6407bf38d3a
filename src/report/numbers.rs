//! Rounds numbers for people.

/// Decimals that leave a number of this size with `digits` significant digits; never negative.
#[must_use]
pub(crate) fn decimals_for(value: f64, digits: i32) -> usize {
    let size = value.abs();
    if !size.is_finite() || size == 0.0 {
        return 0;
    }
    let exponent = libm::floor(libm::log10(size)) as i32;
    usize::try_from(digits - 1 - exponent).unwrap_or(0).min(9)
}

/// A number with fixed decimals; a rounded zero has no sign.
#[must_use]
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// Puts `separator` between the thousands of a plain decimal number.
#[must_use]
pub(crate) fn grouped(number: &str, separator: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Columns of equal width; the first to the left, others to the right.
#[must_use]
pub(crate) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> =
        (0..rows.first().map_or(0, Vec::len)).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_leave_the_significant_digits_asked_for() {
        assert_eq!(fixed(1234.567, decimals_for(1234.567, 4)), "1235");
        assert_eq!(fixed(0.012_345, decimals_for(0.012_345, 3)), "0.0123");
        assert_eq!(fixed(-9.876_54, decimals_for(9.876_54, 2)), "-9.9");
        assert_eq!(decimals_for(f64::NAN, 3), 0);
    }

    #[test]
    fn a_rounded_zero_has_no_sign() {
        assert_eq!(fixed(-0.004, 2), "0.00");
        assert_eq!(fixed(-0.006, 2), "-0.01");
    }

    #[test]
    fn thousands_are_separated_left_of_the_point_only() {
        assert_eq!(grouped("-1234567.8901", ","), "-1,234,567.8901");
        assert_eq!(grouped("999", ","), "999");
        assert_eq!(grouped("NaN", ","), "NaN");
    }
}
