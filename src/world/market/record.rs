//! What bitcoin cost in each year, to two digits, and which share of rewards fees were: enough to know
//! cents, thousands, other currencies and satoshi from dollars and BTC.

use crate::clock::{SECONDS_PER_DAY, iso_date};
use crate::model::chain::issuance::SATOSHI_PER_BTC;

/// Share of fees in the rewards of most days, or of an epoch, from which they are in another unit: no
/// epoch had more than 0.31, no day but that of the halving of 2024 (0.75) more than 0.46.
pub(crate) const LARGEST_SHARE: f64 = 0.6;
/// Share of fees in the reward of one day from which they are in another unit.
pub(crate) const LARGEST_DAY: f64 = 0.9;
/// Share of fees below which they are: from the first halving on no day had less than 0.0017.
pub(crate) const SMALLEST_SHARE: f64 = 3e-4;
/// Factor by which a single price may lie outside the range of its year.
pub const PRICE: f64 = 5.0;

/// First year of the table.
const FIRST: usize = 2010;
/// Lowest and highest daily price of each year, USD, rounded outwards to two digits; wider before
/// 2014, when exchanges differed.
const RANGES: [(f64, f64); 16] = [
    (0.003, 0.6),
    (0.2, 35.0),
    (4.0, 16.0),
    (13.0, 1_300.0),
    (300.0, 1_000.0),
    (150.0, 520.0),
    (350.0, 1_000.0),
    (750.0, 20_000.0),
    (3_100.0, 18_000.0),
    (3_300.0, 14_000.0),
    (4_800.0, 30_000.0),
    (28_000.0, 70_000.0),
    (15_000.0, 49_000.0),
    (16_000.0, 45_000.0),
    (38_000.0, 110_000.0),
    (74_000.0, 130_000.0),
];
/// By how much prices of years after the table may leave its last range, as a factor.
const UNKNOWN_YEARS: f64 = 10.0;

/// The year of a day since 1970-01-01.
fn year_of(day: i64) -> i64 {
    iso_date(day).split('-').next().and_then(|year| year.parse().ok()).unwrap_or(i64::MAX)
}

/// Whether the table tells the prices of the year of a day since 1970-01-01.
#[must_use]
pub(crate) fn is_known(day: i64) -> bool {
    let year = usize::try_from(year_of(day)).unwrap_or(0);
    (FIRST..FIRST + RANGES.len()).contains(&year)
}

/// The range of prices in the year of a day since 1970-01-01; wider after the last year known.
fn range(day: i64) -> (i64, f64, f64) {
    let year = year_of(day);
    let place = usize::try_from(year).map_or(0, |year| year.saturating_sub(FIRST));
    let known = RANGES.get(place);
    let (low, high) = *known.unwrap_or(&RANGES[RANGES.len() - 1]);
    let wide = if known.is_some() { 1.0 } else { UNKNOWN_YEARS };
    (year, low / wide, high * wide)
}

/// How far a price lies outside the range of its year, as a factor above 1 or below; 1 inside.
#[must_use]
pub fn ratio(day: i64, price: f64) -> f64 {
    let (_, low, high) = range(day);
    if price < low {
        price / low
    } else if price > high {
        price / high
    } else {
        1.0
    }
}

/// Whether a price lies outside the range of its year by more than a factor.
#[must_use]
pub(crate) fn is_off(day: i64, price: f64, factor: f64) -> bool {
    !(1.0 / factor..=factor).contains(&ratio(day, price))
}

/// What is wrong with a price that lies outside its year's range by more than a factor.
#[must_use]
pub(crate) fn objection(time: i64, price: f64, factor: f64) -> Option<String> {
    let day = time.div_euclid(SECONDS_PER_DAY);
    is_off(day, price, factor).then(|| allowed(day, price))
}

/// What a price of a day may be, and which unit this one seems to have.
#[must_use]
pub fn allowed(day: i64, price: f64) -> String {
    let (year, low, high) = range(day);
    let fits = |dollars: f64| (low..=high).contains(&dollars);
    let unit = match (fits(SATOSHI_PER_BTC as f64 / price), fits(price / 1e3)) {
        (true, true) => ", so this is in thousandths of a dollar or in satoshi per dollar",
        (true, false) => ", so this is in satoshi per dollar",
        (false, _) => unit_of(price / (low * high).sqrt()),
    };
    format!("a price in USD: bitcoin cost {low} to {high} USD in {year}{unit}")
}

/// The unit that prices seem to have which are so many times what they should be.
fn unit_of(ratio: f64) -> &'static str {
    match libm::log10(ratio) {
        power if power > 2.5 => {
            ", so this is in thousandths of a dollar, another currency or another column"
        }
        power if power > 1.0 => ", so this is in cents or another currency",
        power if power < -7.0 => ", so this is the price of a satoshi",
        power if power < -2.0 => {
            ", so this is in thousands of dollars, another unit or another column"
        }
        _ => "",
    }
}
