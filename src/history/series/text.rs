//! A history as text: the digits that each column has.

use std::io::{self, Write};

use super::{COLUMNS, History};
use crate::files::sheet::csv_line;

/// Significant digits of hash rates, and of small prices and fee shares.
const SIGNIFICANT: i32 = 6;

impl History {
    /// The file's text: equal histories give equal bytes, and what is read back gives them again.
    ///
    /// Difficulties are whole numbers from a million up and complete below; hash rates have six
    /// significant digits; prices have cents and fee shares five decimals, or six significant digits
    /// where those would be few (below 100 USD and below 0.001).
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = csv_line(COLUMNS);
        for epoch in &self.epochs {
            text += &csv_line([
                epoch.epoch.to_string(),
                epoch.first_height.to_string(),
                epoch.first_time.to_string(),
                epoch.bits.to_string(),
                difficulty(epoch.difficulty),
                significant(epoch.hash_rate.ehs()),
                decimals(epoch.price.0, 2, 100.0),
                decimals(epoch.fee_share, 5, 0.001),
            ]);
        }
        text
    }

    /// Writes the file's text.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(self.text().as_bytes())
    }
}

fn difficulty(value: f64) -> String {
    if value >= 1e6 { format!("{value:.0}") } else { value.to_string() }
}

/// A number with `places` decimals, or with six significant digits when it is below `few`.
fn decimals(value: f64, places: usize, few: f64) -> String {
    let text = format!("{value:.places$}");
    let rounded: f64 = text.parse().unwrap_or(value);
    if value < 1.0 && rounded >= 1.0 && few < 1.0 {
        // A share below 1 is not read back when it is written as 1.
        value.to_string()
    } else if rounded >= few || value == 0.0 {
        text
    } else {
        significant(value)
    }
}

/// A number above zero with six significant digits, zeros at its end left out.
fn significant(value: f64) -> String {
    let leading = libm::floor(libm::log10(value)) as i32;
    let places = (SIGNIFICANT - 1 - leading).max(0) as usize;
    let text = format!("{value:.places$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_digits_that_their_size_needs() {
        assert_eq!(significant(0.012_808_51), "0.0128085");
        assert_eq!(significant(972.554_3), "972.554");
        assert_eq!(significant(1_234_567.8), "1234568");
        assert_eq!(significant(9.999_999_9), "10");
        assert_eq!(significant(4.209_31e-12), "0.00000000000420931");
        assert_eq!(decimals(111_358.512, 2, 100.0), "111358.51");
        assert_eq!(decimals(842.0, 2, 100.0), "842.00");
        assert_eq!(decimals(0.060_712_345, 2, 100.0), "0.0607123");
        assert_eq!(decimals(0.003_221_4, 5, 0.001), "0.00322");
        assert_eq!(decimals(0.0, 5, 0.001), "0.00000");
        assert_eq!(difficulty(1_418_481_395.256), "1418481395");
        assert_eq!(difficulty(16_307.420_938_523_983), "16307.420938523983");
    }

    #[test]
    fn digits_read_back_are_written_again() {
        assert_eq!(decimals(0.999_999_9, 5, 0.001), "0.9999999");
        for value in [99.999_9, 99.996, 100.004, 0.000_999_999, 0.000_995_1, 1e-9, 12.345_678_9] {
            for (places, few) in [(2, 100.0), (5, 0.001)] {
                let once = decimals(value, places, few);
                assert_eq!(decimals(once.parse().unwrap(), places, few), once);
            }
            let once = significant(value);
            assert_eq!(significant(once.parse().unwrap()), once);
        }
    }
}
