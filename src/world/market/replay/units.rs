//! Refuses what cannot be meant: prices that bitcoin never had in dollars, fees that would be nearly the
//! whole reward, or next to nothing of it.

use super::error::ReplayError;
use super::sheet::ReplayRow;
use crate::clock::iso_date;
use crate::world::market::record::{self, LARGEST_DAY, LARGEST_SHARE, PRICE, SMALLEST_SHARE};

/// Prices of any time, USD; those of the table's years may be lower.
const POSSIBLE: std::ops::RangeInclusive<f64> = 1.0..=1e9;
/// Factor by which most prices may lie outside the range of their year; made-up ones may by some.
const MOST: f64 = 3.0;
/// Factor between neighbouring prices that no market has had.
const STEP: f64 = 50.0;
/// Subsidy, BTC, that fees are compared with once it has become small.
const LEAST_SUBSIDY: f64 = 1.0;
/// Share of fees in a reward that is usual.
const USUAL_SHARE: f64 = 0.02;
/// Units by the factor that turns BTC into them.
const UNITS: [(f64, &str); 3] = [(1e8, "in satoshi"), (1e6, "in µBTC (bits)"), (1e3, "in mBTC")];
/// First day of 2013: from the first halving on, fees were never next to nothing.
const LATE: i64 = 15_706;

/// Checks the prices and the fees of rows in order of days.
///
/// # Errors
/// The first row that is in another unit.
pub(super) fn check(file: &str, rows: &[ReplayRow]) -> Result<(), ReplayError> {
    let found = prices(rows).or_else(|| fees(rows));
    found.map_or(Ok(()), |WrongUnit { row, column, value, allowed }| {
        Err(ReplayError::Unit {
            file: file.to_owned(),
            row: row.line,
            date: iso_date(row.unix_day),
            column,
            value: plain(value),
            allowed,
        })
    })
}

/// A number of a row that is in another unit.
struct WrongUnit<'r> {
    row: &'r ReplayRow,
    column: &'static str,
    value: f64,
    allowed: String,
}

/// A row and what it states, or implies.
type StatedRow<'r> = (&'r ReplayRow, f64);

/// The first of those that are `wrong`, if they are most of all.
fn most<'r>(
    all: &[StatedRow<'r>],
    wrong: impl Fn(&StatedRow) -> bool,
) -> Option<(StatedRow<'r>, String)> {
    let found: Vec<StatedRow> = all.iter().filter(|one| wrong(one)).copied().collect();
    let count = found.len();
    let first = found.first().filter(|_| 2 * count > all.len())?;
    Some((*first, format!(" (nor are {count} of {} rows)", all.len())))
}

fn prices(rows: &[ReplayRow]) -> Option<WrongUnit<'_>> {
    let filled: Vec<StatedRow> = rows.iter().filter_map(|row| Some((row, row.price?))).collect();
    let known = |one: &&StatedRow| record::is_known(one.0.unix_day);
    let dated: Vec<StatedRow> = filled.iter().filter(known).copied().collect();
    let off = |(row, price): &StatedRow, factor| record::is_off(row.unix_day, *price, factor);
    let told = |(row, price): StatedRow| record::allowed(row.unix_day, price);
    let column = most(&dated, |one| off(one, MOST)).map(|(one, more)| (one, told(one) + &more));
    let single = || dated.iter().find(|one| off(one, PRICE)).map(|&one| (one, told(one)));
    let impossible = |one: &&StatedRow| {
        let price = one.1;
        price > *POSSIBLE.end() || (price < *POSSIBLE.start() && !known(one))
    };
    let never = || {
        let one = *filled.iter().find(impossible)?;
        Some((one, format!("a price from 1 to 1e9 USD{}", unit_of_price(one.1))))
    };
    let leap = || filled.windows(2).find_map(step);
    let ((row, value), allowed) = column.or_else(single).or_else(never).or_else(leap)?;
    Some(WrongUnit { row, column: "price_usd", value, allowed })
}

/// The unit that a price of no year seems to have.
fn unit_of_price(price: f64) -> &'static str {
    match price {
        1e-6..0.1 => ", so this is the price of a satoshi or another unit",
        0.1..1.0 => ", so this is in thousands or millions of dollars",
        1e9..1e15 => ", so this is in cents, in thousandths of a dollar or another column",
        _ => "",
    }
}

/// What is wrong with a price that is many times the one before it, or a small part of it.
fn step<'r>(pair: &[StatedRow<'r>]) -> Option<(StatedRow<'r>, String)> {
    let [(before, old), next] = pair else { return None };
    let ratio = next.1 / old;
    let allowed = format!(
        "within {STEP} times the price before it, {} on {}: are they in one unit?",
        plain(*old),
        iso_date(before.unix_day)
    );
    (!(1.0 / STEP..=STEP).contains(&ratio)).then_some((*next, allowed))
}

fn fees(rows: &[ReplayRow]) -> Option<WrongUnit<'_>> {
    let share = |row: &ReplayRow| {
        let fees = row.fee_btc?;
        Some(fees / (fees + row.subsidy_btc.max(LEAST_SUBSIDY)))
    };
    let shares: Vec<StatedRow> = rows.iter().filter_map(|row| Some((row, share(row)?))).collect();
    let late = |row: &ReplayRow| record::is_known(row.unix_day) && row.unix_day >= LATE;
    let small = |(row, share): &StatedRow| *share > 0.0 && *share < SMALLEST_SHARE && late(row);
    let column = most(&shares, |one| one.1 > LARGEST_SHARE || small(one));
    let single = || shares.iter().find(|one| one.1 > LARGEST_DAY).map(|&one| (one, String::new()));
    let ((row, share), more) = column.or_else(single)?;
    let fees = row.fee_btc?;
    let allowed = format!(
        "fees per block in BTC: they would be {share:.5} of the reward, and no epoch had more than 0.31 \
         nor, since 2012, less than 0.001{}{more}",
        unit_of_fees(row, fees)
    );
    Some(WrongUnit { row, column: row.fee_column, value: fees, allowed })
}

/// The unit in which fees per block would be nearest to a usual share, in words.
fn unit_of_fees(row: &ReplayRow, fees: f64) -> String {
    let price = row.price.map(|price| (price, "in USD"));
    let usual = USUAL_SHARE * row.subsidy_btc.max(LEAST_SUBSIDY);
    let each = [(1.0 / 144.0, "a block's, not a day's")];
    let fitting = UNITS
        .into_iter()
        .chain(each)
        .chain(price)
        .map(|(factor, name)| (libm::log(fees / factor / usual).abs(), name));
    let best = fitting.min_by(|one, other| one.0.total_cmp(&other.0));
    let near = best.filter(|(distance, _)| *distance < libm::log(16.0));
    near.map_or_else(String::new, |(_, name)| format!(", so this is {name}"))
}

/// A number for people: very large and small ones by powers of ten.
fn plain(value: f64) -> String {
    if (1e-3..1e12).contains(&value) { format!("{value}") } else { format!("{value:e}") }
}
