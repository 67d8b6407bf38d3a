//! Reads a dated price series to replay: `date,price_usd[,fee_btc,blocks]` by day, or the HISTORY
//! layout by difficulty epoch (`first_time, price_usd, fee_share`). Every day of the experiment must
//! have its price: a series that begins late or ends early is refused, and a hole is bridged only
//! where the experiment says how.

mod error;
mod sheet;
mod units;

use std::path::Path;

pub use error::ReplayError;
use sheet::{ReplayRow, ReplaySheet, read};

use super::spec::GapRule;
use crate::clock::iso_date;
use crate::files::error::FileError;

/// Days that a difficulty epoch should last.
const EPOCH_DAYS: i64 = 14;
/// Days to the next row, where nothing numbers the epochs, beyond which one is missing between.
const SLOW_EPOCH: i64 = 20;

/// Daily values from the first day on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// Price, USD/BTC.
    pub price_usd: Vec<f64>,
    /// Fees per block, BTC; empty where the file has none.
    pub fee_btc: Vec<f64>,
}

/// The days that a series has to cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayWindow {
    /// First day, in days since 1970-01-01.
    pub first_day: i64,
    /// Days simulated; the day after the last of them is the last one needed.
    pub days: u32,
}

/// How holes are bridged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapFilling {
    /// By what.
    pub rule: GapRule,
    /// Longest hole, days.
    pub longest: u32,
}

/// Reads `file` and lays it out by day: a row holds for its day, or for its epoch.
///
/// # Errors
/// The file is not CSV, lacks a column, holds a value that is not allowed, or does not have every day
/// of the window.
pub fn load(
    file: &Path,
    window: ReplayWindow,
    prices: GapFilling,
    fees: GapFilling,
) -> Result<Replay, ReplayError> {
    let name = file.display().to_string();
    let ReplaySheet { rows, daily, with_fees } = read(file, &name)?;
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].unix_day == pair[1].unix_day) {
        let problem = format!("{} stands in two rows", iso_date(pair[0].unix_day));
        return Err(FileError::whole(&name, problem).into());
    }
    check_order(&name, &rows, daily)?;
    units::check(&name, &rows)?;
    let path = |what, of: fn(&ReplayRow) -> Option<f64>, bridge, key| {
        let spans = spans(&rows, daily, of);
        QuantitySeries { file: &name, what, key, spans, bridge, window }.lay_out()
    };
    Ok(Replay {
        price_usd: path("prices", |row| row.price, prices, "market.price")?,
        fee_btc: if with_fees {
            path("fees", |row| row.fee_btc, fees, "market.fees")?
        } else {
            Vec::new()
        },
    })
}

/// Refuses epochs whose numbers do not rise with time; days of one epoch may share its number.
fn check_order(file: &str, rows: &[ReplayRow], daily: bool) -> Result<(), FileError> {
    let numbered: Vec<(&ReplayRow, f64)> =
        rows.iter().filter_map(|row| Some((row, row.epoch?))).collect();
    let falls =
        |pair: &&[(&ReplayRow, f64)]| pair[1].1 < pair[0].1 || (!daily && pair[1].1 <= pair[0].1);
    let Some(pair) = numbered.windows(2).find(falls) else { return Ok(()) };
    let [(before, first), (after, second)] = [pair[0], pair[1]];
    let problem = format!(
        "row {}: epoch {second} of {} does not come after epoch {first} of {} (row {}); numbers of epochs          rise with time, and days are given by `date`",
        after.line,
        iso_date(after.unix_day),
        iso_date(before.unix_day),
        before.line
    );
    Err(FileError::whole(file, problem))
}

/// A value and the days for which it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ValueSpan {
    from: i64,
    to: i64,
    value: f64,
}

/// The days of every value: its own, or its epoch's, which ends as the next one begins.
fn spans(rows: &[ReplayRow], daily: bool, of: fn(&ReplayRow) -> Option<f64>) -> Vec<ValueSpan> {
    let filled: Vec<(&ReplayRow, f64)> =
        rows.iter().filter_map(|row| of(row).map(|value| (row, value))).collect();
    let place = |(index, &(row, value)): (usize, &(&ReplayRow, f64))| {
        let from = row.unix_day;
        let next = filled.get(index + 1).map(|(next, _)| *next);
        let to = if daily { from } else { end_of_epoch(row, next) };
        ValueSpan { from, to, value }
    };
    filled.iter().enumerate().map(place).collect()
}

/// Last day of an epoch: before the next one if that follows it, else after its blocks.
fn end_of_epoch(row: &ReplayRow, next: Option<&ReplayRow>) -> i64 {
    // A day of rounding at both ends of what the file tells of the last epoch.
    let alone = row.span.map_or(EPOCH_DAYS, |days| (libm::ceil(days) as i64 + 1).max(EPOCH_DAYS));
    let Some(next) = next else { return row.unix_day + alone };
    let follows = match (row.epoch, next.epoch) {
        (Some(this), Some(next)) => next == this + 1.0,
        _ => next.unix_day - row.unix_day <= SLOW_EPOCH,
    };
    if follows { next.unix_day - 1 } else { (row.unix_day + alone).min(next.unix_day - 1) }
}

/// One quantity on its way to daily values.
struct QuantitySeries<'a> {
    file: &'a str,
    what: &'static str,
    key: &'static str,
    spans: Vec<ValueSpan>,
    bridge: GapFilling,
    window: ReplayWindow,
}

impl QuantitySeries<'_> {
    fn lay_out(&self) -> Result<Vec<f64>, ReplayError> {
        let first = self.window.first_day;
        let last = first + i64::from(self.window.days);
        let covers = self.spans.first().zip(self.spans.last());
        if covers.is_none_or(|(begin, end)| begin.from > first || end.to < last) {
            return Err(self.out_of_range(first, last));
        }
        let mut values = Vec::with_capacity(self.window.days as usize + 1);
        let mut at = 0;
        for day in first..=last {
            while self.spans.get(at + 1).is_some_and(|span| span.from <= day) {
                at += 1;
            }
            values.push(self.value_on(day, at)?);
        }
        Ok(values)
    }

    /// The value of a day, `at` being the last span that begins no later.
    fn value_on(&self, day: i64, at: usize) -> Result<f64, ReplayError> {
        let span = self.spans[at];
        let Some(next) = self.spans.get(at + 1).filter(|_| day > span.to) else {
            return Ok(span.value);
        };
        let hole = next.from - 1 - span.to;
        let bridged = self.bridge.rule != GapRule::Refuse && hole <= i64::from(self.bridge.longest);
        match self.bridge.rule {
            _ if !bridged => Err(self.hole(at)),
            GapRule::Interpolate => {
                let part = (day - span.to) as f64 / (hole + 1) as f64;
                Ok(between(span.value, next.value, part))
            }
            GapRule::Last | GapRule::Refuse => Ok(span.value),
        }
    }

    fn out_of_range(&self, first: i64, last: i64) -> ReplayError {
        let ends = self.spans.first().zip(self.spans.last());
        let covered = ends.map_or("no day".to_owned(), |(begin, end)| {
            format!("{} to {}", iso_date(begin.from), iso_date(end.to))
        });
        let held = ends.filter(|(begin, end)| begin.from <= first && end.to > first);
        let way_out = held.map_or(String::new(), |(_, end)| {
            format!(
                ": add the days that are missing, or set simulation.horizon_days to at most {}",
                end.to - first
            )
        });
        ReplayError::Range {
            file: self.file.to_owned(),
            what: self.what,
            covered,
            wanted: format!("{} to {}", iso_date(first), iso_date(last)),
            way_out,
        }
    }

    fn hole(&self, at: usize) -> ReplayError {
        let pairs = self.spans[at..].windows(2);
        let more = pairs.filter(|pair| pair[1].from > pair[0].to + 1).count() - 1;
        let (from, to) = (self.spans[at].to + 1, self.spans[at + 1].from - 1);
        let GapFilling { rule, longest } = self.bridge;
        let key = self.key;
        let days = if to == from { "1 day".into() } else { format!("{} days", to - from + 1) };
        let more = if more == 0 { String::new() } else { format!(" and {more} more stretches") };
        ReplayError::Hole {
            file: self.file.to_owned(),
            what: self.what,
            span: format!("{} to {} ({days}){more}", iso_date(from), iso_date(to)),
            way_out: if rule == GapRule::Refuse {
                format!(
                    "fill them in, or say how holes are bridged: {key}.replay_gaps = \"last\" or \
                     \"interpolate\", up to {key}.replay_gap_days"
                )
            } else {
                format!("longer than {key}.replay_gap_days = {longest}")
            },
        }
    }
}

/// Between two values, in equal ratios where both are above zero, else in equal steps.
fn between(before: f64, after: f64, part: f64) -> f64 {
    if before > 0.0 && after > 0.0 {
        return before * libm::exp(part * libm::log(after / before));
    }
    before + part * (after - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: GapFilling = GapFilling { rule: GapRule::Refuse, longest: 7 };

    fn write(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    fn bridged(
        text: &str,
        (first_day, days): (i64, u32),
        bridge: GapFilling,
    ) -> Result<Replay, String> {
        let window = ReplayWindow { first_day, days };
        load(write(text).path(), window, bridge, bridge).map_err(|error| error.to_string())
    }

    fn strict(text: &str, window: (i64, u32)) -> Result<Replay, String> {
        bridged(text, window, STRICT)
    }

    #[test]
    fn a_hole_in_replayed_prices_is_refused_with_its_dates() {
        let text = "date,price_usd\n1970-01-02,10\n1970-01-04,16\n1970-01-08,1\n";
        let message = strict(text, (1, 4)).expect_err("two holes");
        for part in [
            "prices lack 1970-01-03 to 1970-01-03 (1 day) and 1 more",
            "market.price.replay_gaps = \"last\"",
        ] {
            assert!(message.contains(part), "{message}");
        }
        // Holes after the last day do not matter, those across it do.
        assert_eq!(strict(text, (1, 0)).expect("one day").price_usd, [10.0]);
        assert!(strict(text, (3, 1)).is_err());
    }

    #[test]
    fn an_empty_cell_is_a_hole() {
        let text = "date,price_usd\n1970-01-02,10\n1970-01-03,\n1970-01-04,16\n";
        assert!(strict(text, (1, 2)).expect_err("a hole").contains("1970-01-03"));
        let fees = "date,price_usd,fee_btc,blocks\n1970-01-02,1,4,2\n1970-01-03,1,,2\n\
                    1970-01-04,1,0,1\n";
        let message = strict(fees, (1, 2)).expect_err("a hole in fees");
        assert!(message.contains("fees lack 1970-01-03"), "{message}");
        assert!(message.contains("market.fees.replay_gaps"), "{message}");
    }

    #[test]
    fn a_hole_is_bridged_as_the_experiment_says_and_no_longer_one() {
        let text = "date,price_usd,fee_btc,blocks\n1970-01-02,10,4,2\n1970-01-04,40,0,1\n";
        let with = |rule, longest| bridged(text, (1, 2), GapFilling { rule, longest });
        let last = with(GapRule::Last, 1).expect("bridged");
        assert_eq!((last.price_usd, last.fee_btc), (vec![10.0, 10.0, 40.0], vec![2.0, 2.0, 0.0]));
        let between = with(GapRule::Interpolate, 1).expect("bridged");
        assert!((between.price_usd[1] - 20.0).abs() < 1e-12, "{:?}", between.price_usd);
        assert_eq!(between.fee_btc, [2.0, 1.0, 0.0]);
        let message = with(GapRule::Last, 0).expect_err("too long");
        assert!(message.contains("longer than market.price.replay_gap_days = 0"), "{message}");
    }

    #[test]
    fn a_series_that_ends_before_the_horizon_is_refused_with_dates() {
        let text = "date,price_usd\n1970-01-02,10\n1970-01-03,11\n1970-01-04,12\n";
        assert_eq!(strict(text, (1, 2)).expect("covered").price_usd, [10.0, 11.0, 12.0]);
        for rule in [GapRule::Refuse, GapRule::Last, GapRule::Interpolate] {
            let bridge = GapFilling { rule, longest: 1_000 };
            let message = bridged(text, (1, 3), bridge).expect_err("too short");
            for part in [
                "prices cover 1970-01-02 to 1970-01-04",
                "from 1970-01-02 to 1970-01-05",
                "simulation.horizon_days to at most 2",
            ] {
                assert!(message.contains(part), "{message}");
            }
        }
        assert!(strict(text, (0, 1)).expect_err("too late").contains("1970-01-01 to 1970-01-02"));
        assert!(strict("date,price_usd\n", (0, 1)).expect_err("empty").contains("cover no day"));
    }

    #[test]
    fn an_epoch_without_fees_is_replayed_and_one_of_nothing_but_fees_is_not() {
        let epochs = |share| {
            format!(
                "first_height,first_time,price_usd,fee_share\n2016,86400,10,{share}\n4032,1296000,11,0.5\n"
            )
        };
        let replay = strict(&epochs("0"), (1, 20)).expect("valid");
        assert_eq!((replay.fee_btc[0], replay.fee_btc[20]), (0.0, 50.0));
        // The last epoch lasts two weeks from day 15.
        assert_eq!(strict(&epochs("0"), (26, 3)).expect("valid").price_usd, [11.0; 4]);
        let message = strict(&epochs("0"), (27, 3)).expect_err("a day too long");
        assert!(message.contains("1970-01-02 to 1970-01-30"), "{message}");
        let message = strict(&epochs("1"), (1, 1)).expect_err("invalid");
        assert!(message.contains("row 2, column `fee_share`: `1`"), "{message}");
    }

    #[test]
    fn a_missing_epoch_is_a_hole() {
        let text = "first_height,first_time,price_usd\n2016,86400,10\n6048,2505600,11\n";
        let message = strict(text, (1, 28)).expect_err("epoch 2 is missing");
        assert!(message.contains("lack 1970-01-17 to 1970-01-29"), "{message}");
        // A slow epoch is none: the next one follows by height.
        let slow = "first_height,first_time,price_usd\n2016,86400,10\n4032,4320000,11\n";
        assert_eq!(strict(slow, (1, 48)).expect("no hole").price_usd, [10.0; 49]);
    }

    #[test]
    fn a_bad_cell_is_named_by_row_and_column() {
        let message = strict("date,price_usd\n1970-01-02,ten\n", (1, 0)).expect_err("invalid");
        assert!(message.contains("row 2, column `price_usd`: `ten`"), "{message}");
        let message = strict("first_time,price_usd\n1e300,10\n", (1, 0)).expect_err("invalid");
        assert!(message.contains("row 2, column `first_time`: `1e300`"), "{message}");
    }

    #[test]
    fn a_day_in_two_rows_and_fees_without_blocks_are_refused() {
        let message =
            strict("date,price_usd\n1970-01-02,1\n1970-01-02,2\n", (1, 0)).expect_err("twice");
        assert!(message.contains("1970-01-02 stands in two rows"), "{message}");
        for (columns, lonely) in
            [("date,price_usd,fee_btc", "fee_btc"), ("date,price_usd,fee_share", "fee_share")]
        {
            let message = strict(&format!("{columns}\n1970-01-02,1,0.5\n"), (1, 0))
                .expect_err("fees would be drawn");
            assert!(message.contains(&format!("column `{lonely}` needs")), "{message}");
        }
    }

    /// Prices of the last six days of 2025 and the first six of 2026.
    fn priced(price: impl Fn(i64) -> String) -> String {
        let first = crate::clock::unix_day("2025-12-26").expect("a date");
        let row = |day| format!("{},{}\n", iso_date(first + day), price(day));
        "date,price_usd\n".to_owned() + &(0..12).map(row).collect::<String>()
    }

    const LATE_2025: (i64, u32) = (20_448, 11);

    #[test]
    fn a_replayed_price_in_another_unit_is_refused_with_its_row() {
        assert!(strict(&priced(|day| format!("{}", 88_000 + day)), LATE_2025).is_ok());
        for (price, unit) in [
            ("88", "thousands of dollars"),
            ("8800000", "cents"),
            ("1136.4", "satoshi per dollar"),
            ("1e300", "thousandths of a dollar"),
            ("1e-300", "price of a satoshi"),
        ] {
            let message = strict(&priced(|_| price.to_owned()), LATE_2025).expect_err(price);
            for part in ["row 2 (2025-12-26), column `price_usd`", "in 2025", unit, "6 of 6 rows"] {
                assert!(message.contains(part), "{part}: {message}");
            }
            assert!(message.len() < 400, "{message}");
        }
    }

    #[test]
    fn a_single_replayed_price_of_another_unit_is_refused() {
        let with = |place: i64, price: &str| {
            let price = |day| if day == place { price.to_owned() } else { "88000".to_owned() };
            strict(&priced(price), LATE_2025).expect_err("one price is in another unit")
        };
        for price in ["88000000", "88", "1e-300", "1e300"] {
            assert!(with(3, price).contains("row 5 (2025-12-29)"), "{}", with(3, price));
        }
        // The years after the table have no range, but neighbours.
        for price in ["88000000", "88", "1e-300", "1e300"] {
            assert!(with(9, price).contains("row 11 (2026-01-04)"), "{}", with(9, price));
        }
        assert!(with(9, "88").contains("times the price before it, 88000 on 2026-01-03"));
        assert!(with(9, "0.5").contains("a price from 1 to 1e9 USD"));
    }

    #[test]
    fn replayed_fees_in_another_unit_are_refused() {
        let with = |fees: &str, blocks: &str| {
            let text = format!("date,price_usd,fee_btc,blocks\n2025-12-26,88000,{fees},{blocks}\n");
            strict(&text, (20_448, 0))
        };
        assert_eq!(with("7.2", "144").expect("valid").fee_btc, [0.05]);
        assert_eq!(with("0", "144").expect("no fees").fee_btc, [0.0]);
        for (fees, unit) in [
            ("720000000", "in satoshi"),
            ("7200", "in mBTC"),
            ("633600", "in USD"),
            ("0.05", "a block's, not a day's"),
        ] {
            let message = with(fees, "144").expect_err(fees);
            for part in ["row 2 (2025-12-26), column `fee_btc`", unit] {
                assert!(message.contains(part), "{part}: {message}");
            }
        }
        for blocks in ["1", "14400", "1008", "-144", "0"] {
            let message = with("7.2", blocks).expect_err(blocks);
            assert!(message.contains(&format!("column `blocks`: `{blocks}`")), "{message}");
        }
    }

    #[test]
    fn heights_and_numbers_of_epochs_that_no_chain_has_are_refused() {
        let with = |epoch: &str, height: &str, share: &str| {
            let text = format!(
                "epoch,first_height,first_time,price_usd,fee_share\n{epoch},{height},1766707200,88000,\
                 {share}\n"
            );
            strict(&text, (20_448, 0)).map(|replay| replay.fee_btc)
        };
        assert!(with("460", "927360", "0.01").is_ok());
        for (epoch, height, share, column) in [
            ("460", "3.5e12", "0.01", "first_height"),
            ("460", "6930000", "0.01", "first_height"),
            ("460", "-2016", "0.01", "first_height"),
            ("460", "", "0.01", "first_height"),
            ("460", "high", "0.01", "first_height"),
            ("461", "927360", "0.01", "epoch"),
            ("460", "927360", "1.5", "fee_share"),
            ("460", "927360", "0.7", "fee_share"),
        ] {
            let message = with(epoch, height, share).expect_err("refused");
            assert!(message.contains(&format!("column `{column}`")), "{column}: {message}");
        }
    }

    #[test]
    fn a_hole_between_daily_times_is_refused_and_one_between_fortnights_is_an_epoch() {
        let text = |days: &[i64]| {
            let row = |day: &i64| format!("{},10\n", day * 86_400);
            "first_time,price_usd\n".to_owned() + &days.iter().map(row).collect::<String>()
        };
        let message = strict(&text(&[1, 2, 3, 17, 18, 19]), (1, 18)).expect_err("a hole");
        assert!(message.contains("lack 1970-01-05 to 1970-01-17 (13 days)"), "{message}");
        assert!(strict(&text(&[1, 8, 15, 22]), (1, 21)).is_err(), "weeks are no days");
        assert_eq!(strict(&text(&[1, 15, 30, 43]), (1, 50)).expect("epochs").price_usd.len(), 51);
        assert!(strict(&text(&[1, 15, 43, 57]), (1, 50)).is_err(), "an epoch is missing");
    }

    #[test]
    fn numbers_of_epochs_that_do_not_rise_with_time_are_refused() {
        let with = |numbers: [u32; 3]| {
            let [a, b, c] = numbers;
            let text = format!(
                "epoch,first_time,price_usd\n{a},86400,10\n{b},1296000,11\n{c},2505600,12\n"
            );
            strict(&text, (1, 28))
        };
        assert!(with([454, 455, 456]).is_ok());
        let message = with([455, 454, 456]).expect_err("they fall");
        assert!(message.contains("row 3: epoch 454 of 1970-01-16"), "{message}");
        assert!(with([454, 454, 455]).is_err(), "one number for two epochs");
    }

    #[test]
    fn columns_that_contradict_one_another_are_refused() {
        for header in ["date,price_usd,price_usd", "date,price_usd,Price_USD"] {
            let text = format!("{header}\n1970-01-02,10,20\n");
            let message = strict(&text, (1, 0)).expect_err("which price?");
            assert!(message.contains("two columns are called `price_usd`"), "{message}");
        }
        let both = strict("date,price_usd,PriceUSD\n1970-01-02,10,20\n", (1, 0));
        assert!(both.expect_err("which price?").contains("leave one"));
        let timed = |time: u32| {
            strict(&format!("date,first_time,price_usd\n1970-01-02,{time},10\n"), (1, 0))
        };
        assert!(timed(100_000).is_ok());
        let message = timed(200_000).expect_err("another day");
        assert!(
            message.contains("`first_time`: `200000` is not a moment of 1970-01-02"),
            "{message}"
        );
    }

    #[test]
    fn the_price_is_found_under_the_names_that_import_reads() {
        for name in ["price_usd", "PRICE_USD", "PriceUSD"] {
            let text = format!("Date,{name}\n1970-01-02,10\n");
            assert_eq!(strict(&text, (1, 0)).expect(name).price_usd, [10.0]);
        }
    }
}
