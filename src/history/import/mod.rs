//! Makes one history of public series: values by day, difficulty epochs, blocks, earlier histories.
//!
//! Everything is gathered first, by day, block and epoch, so that the order of files cannot matter;
//! then the chain is checked, then rows are made. What is impossible is refused, what is doubtful told.

mod blocks;
mod chain;
mod days;
pub mod doubts;
mod epochs;
mod layout;
mod means;
mod money;
mod past;
mod raw_series;
pub(crate) mod replacing;
mod reported_value;
mod reported_values;
mod rows;
mod units;

use std::path::Path;

use super::series::History;
use super::series::sheet;
use crate::files::error::FileError;
use raw_series::RawSeries;

pub use doubts::Doubts;
pub use layout::SourceLayout;
pub use means::DayRange;
pub use rows::MissingData;
pub use rows::date;

/// A file that was read.
#[derive(Clone, Debug)]
pub struct ImportedFile {
    /// Its name.
    pub file: String,
    /// Its layout.
    pub layout: SourceLayout,
    /// Its rows.
    pub rows: usize,
}

/// Days of an epoch without a value, which the mean of its other days stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilledGap {
    /// The epoch.
    pub epoch: u32,
    /// What the days lack: price, fees, or both.
    pub lacking: &'static str,
    /// The days.
    pub run: DayRange,
}

/// A history and how it was made.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The history.
    pub history: History,
    /// The files.
    pub sources: Vec<ImportedFile>,
    /// Gaps that were filled.
    pub filled: Vec<FilledGap>,
    /// Epochs left out before the first row, and what they lack.
    pub before: Vec<(u32, MissingData)>,
    /// Epochs left out after the last row, and what they lack.
    pub after: Vec<(u32, MissingData)>,
    /// What is doubtful.
    pub doubts: Doubts,
}

/// Reads the files, in any order, and makes one history.
///
/// # Errors
/// A file that cannot be read or has no known layout, a value that is impossible or contradicts
/// another, an epoch in the middle that lacks something, or no epoch that has all it needs.
///
/// # Examples
/// ```no_run
/// use hashflight::history::import::import;
///
/// let imported = import(&["experiments/data/difficulty_epochs.csv", "btc.csv"])?;
/// std::fs::write("history.csv", imported.history.text()).expect("the folder can be written");
/// # Ok::<(), hashflight::files::error::FileError>(())
/// ```
pub fn import(files: &[impl AsRef<Path>]) -> Result<Imported, FileError> {
    let mut raw = RawSeries::default();
    let mut sources = Vec::new();
    for file in files {
        sources.push(read(file.as_ref(), &mut raw)?);
    }
    days::check(&mut raw)?;
    blocks::make_epochs(&mut raw)?;
    chain::check(&mut raw)?;
    reported_values::check(&mut raw)?;
    money::check(&mut raw)?;
    past::check(&mut raw)?;
    let rows = rows::make(&raw)?;
    money::check_rows(&rows.history)?;
    Ok(Imported {
        history: rows.history,
        sources,
        filled: rows.filled,
        before: rows.before,
        after: rows.after,
        doubts: raw.doubts,
    })
}

fn read(path: &Path, raw: &mut RawSeries) -> Result<ImportedFile, FileError> {
    let mut sheet = sheet::open(path)?;
    raw.files.push(sheet.file.clone());
    let layout = SourceLayout::from_sheet(&sheet)?;
    match layout {
        SourceLayout::Daily => days::read(&mut sheet, raw)?,
        SourceLayout::Epochs => epochs::read(&mut sheet, raw)?,
        SourceLayout::Blocks => blocks::read(&mut sheet, raw)?,
        SourceLayout::History => past::read(&mut sheet, raw)?,
    }
    Ok(ImportedFile { rows: sheet.rows(), file: sheet.file, layout })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::clock::iso_date;
    use crate::model::chain::difficulty::{BLOCKS_PER_EPOCH, CompactTarget, retarget};
    use crate::units::HashRate;

    /// First day of the synthetic chain, 2015-01-01, and its first epoch.
    const FIRST_DAY: i64 = 16_436;
    const FIRST_EPOCH: u32 = 160;
    const DAY: i64 = 86_400;
    /// Fees of a day, BTC; 4,000 BTC are new, of a block every nine minutes.
    const FEES: f64 = 36.0;

    /// An epoch of the synthetic chain.
    #[derive(Clone, Copy)]
    struct Made {
        epoch: u32,
        first: i64,
        last: i64,
        bits: CompactTarget,
    }

    /// Five epochs whose blocks come every nine minutes, the first at 06:00.
    fn chain() -> Vec<Made> {
        let bits: CompactTarget = "181b0dca".parse().expect("a target of 2015");
        let first = FIRST_DAY * DAY + DAY / 4;
        let mut made = vec![Made { epoch: FIRST_EPOCH, first, last: first + 2_015 * 540, bits }];
        for _ in 1..5 {
            let before = made[made.len() - 1];
            let first = before.last + 540;
            let bits = retarget(before.bits, before.last - before.first);
            made.push(Made { epoch: before.epoch + 1, first, last: first + 2_015 * 540, bits });
        }
        made
    }

    fn epochs(chain: &[Made]) -> String {
        let mut text = "epoch,first_height,first_time,last_time,bits\n".to_owned();
        for Made { epoch, first, last, bits } in chain {
            let _ = writeln!(text, "{epoch},{},{first},{last},{bits}", epoch * BLOCKS_PER_EPOCH);
        }
        text
    }

    /// First and last blocks.
    fn ends(chain: &[Made]) -> String {
        let mut text = "height,time,bits\n".to_owned();
        for Made { epoch, first, last, bits } in chain {
            let height = epoch * BLOCKS_PER_EPOCH;
            let _ = writeln!(text, "{height},{first},{bits}\n{},{last},", height + 2_015);
        }
        text
    }

    fn price(day: i64) -> f64 {
        300.0 + (day - FIRST_DAY) as f64
    }

    /// Seventy days, which reach beyond the chain's 63, without those that `lacks` says.
    fn days(lacks: impl Fn(i64) -> bool) -> String {
        let mut text = "date,price_usd,fee_btc,issuance_btc\n".to_owned();
        for day in (FIRST_DAY..FIRST_DAY + 70).filter(|day| !lacks(day - FIRST_DAY)) {
            let _ = writeln!(text, "{},{},{FEES},4000", iso_date(day), price(day));
        }
        text
    }

    fn all_days() -> String {
        days(|_| false)
    }

    /// Imports files `0.csv`, `1.csv`, … of these texts.
    fn from(texts: &[&str]) -> Result<Imported, FileError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files: Vec<_> =
            (0..texts.len()).map(|n| folder.path().join(format!("{n}.csv"))).collect();
        for (file, text) in files.iter().zip(texts) {
            std::fs::write(file, text).expect("written");
        }
        import(&files)
    }

    fn made(texts: &[&str]) -> Imported {
        from(texts).unwrap_or_else(|error| panic!("{error}"))
    }

    fn refusal(texts: &[&str]) -> String {
        from(texts).expect_err("impossible").to_string()
    }

    /// Asserts that a refusal has all these words.
    fn assert_refused(texts: &[&str], words: &[&str]) {
        let message = refusal(texts);
        for word in words {
            assert!(message.contains(word), "no `{word}` in: {message}");
        }
    }

    /// Asserts that a warning has all these words.
    fn assert_doubted(imported: &Imported, words: &[&str]) {
        let lines = imported.doubts.lines();
        let told = lines.iter().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(told, "{words:?} in {lines:?}");
    }

    #[test]
    fn a_row_is_the_mean_over_the_days_that_its_epoch_touches() {
        let imported = made(&[&epochs(&chain()), &all_days()]);
        assert_eq!(imported.history.epochs.len(), 5);
        assert!(imported.doubts.lines().is_empty(), "{:?}", imported.doubts.lines());
        let first = imported.history.epochs[0];
        // 2,016 blocks of 9 minutes are 12.6 days; from 06:00 they touch 13 days.
        assert_eq!(first.price.0, (0..13).map(|n| price(FIRST_DAY + n)).sum::<f64>() / 13.0);
        assert!((first.fee_share - FEES / (FEES + 4_000.0)).abs() < 1e-15);
        let expected = first.difficulty * 4_294_967_296.0 / 540.0;
        assert!((first.hash_rate / HashRate(expected) - 1.0).abs() < 1e-12);
        // The last epoch's 2,015 intervals give the same mean interval.
        let last = imported.history.epochs[4];
        assert!((last.hash_rate.0 * 540.0 / last.difficulty / 4_294_967_296.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn blocks_at_the_ends_of_epochs_say_what_a_list_of_epochs_says() {
        let listed = made(&[&epochs(&chain()), &all_days()]);
        let blocks = made(&[&all_days(), &ends(&chain())]);
        assert_eq!(blocks.history, listed.history);
        assert!(blocks.doubts.lines().is_empty(), "{:?}", blocks.doubts.lines());
        let iso = ends(&chain()).replace(&chain()[1].first.to_string(), "2015-01-13T20:24:00Z");
        assert_eq!(made(&[&all_days(), &iso]).history, listed.history);
    }

    #[test]
    fn neither_the_order_of_files_nor_files_given_twice_matter() {
        let (epochs, days) = (epochs(&chain()), all_days());
        let (early, late) = (days_of(&days, 0, 40), days_of(&days, 30, 70));
        let expected = made(&[&epochs, &days]).history.text();
        let ends = ends(&chain());
        for files in [
            [&epochs, &early, &late, &ends],
            [&late, &epochs, &ends, &early],
            [&early, &ends, &late, &epochs],
            [&days, &days, &epochs, &epochs],
        ] {
            assert_eq!(made(&files.map(String::as_str)).history.text(), expected);
        }
    }

    /// The header and some of the days.
    fn days_of(days: &str, from: usize, to: usize) -> String {
        let lines: Vec<_> = days.lines().collect();
        [&lines[..1], &lines[1 + from..=to]].concat().join("\n")
    }

    #[test]
    fn the_columns_of_coin_metrics_are_known() {
        let mut text = "asset,time,AdrActCnt,BlkCnt,FeeTotNtv,HashRate,PriceUSD,RevUSD\n\
                        btc,2009-01-03T00:00:00.000000000Z,,0,0,,,\n"
            .to_owned();
        for day in FIRST_DAY..FIRST_DAY + 70 {
            let revenue = (FEES + 4_000.0) * price(day);
            let _ = writeln!(
                text,
                "btc,{}T00:00:00.000000000Z,7,160,{FEES},300000,{},{revenue}",
                iso_date(day),
                price(day)
            );
        }
        let imported = made(&[&text, &epochs(&chain())]);
        let ours = made(&[&all_days(), &epochs(&chain())]);
        assert_eq!(imported.history.text(), ours.history.text());
        assert!(imported.doubts.lines().is_empty(), "{:?}", imported.doubts.lines());
        let other = text.replace("\nbtc,2015-01-02", "\nbch,2015-01-02");
        assert_refused(&[&other], &["column `asset`: `bch` is not btc"]);
    }

    #[test]
    fn a_column_that_ends_is_continued_by_its_like() {
        let mut text = "time,IssContNtv,IssTotNtv,FeeTotNtv,PriceUSD,ReferenceRateUSD\n".to_owned();
        for day in FIRST_DAY..FIRST_DAY + 70 {
            let (date, price) = (iso_date(day), price(day));
            let _ = if day < FIRST_DAY + 33 {
                writeln!(text, "{date},4000,,{FEES},{price},")
            } else {
                writeln!(text, "{date},,4000,{FEES},,{price}")
            };
        }
        let ours = made(&[&all_days(), &epochs(&chain())]);
        assert_eq!(made(&[&text, &epochs(&chain())]).history, ours.history);
    }

    #[test]
    fn a_history_is_imported_unchanged_and_extended() {
        let (epochs, days) = (epochs(&chain()), all_days());
        let whole = made(&[&epochs, &days]).history.text();
        assert_eq!(made(&[&whole]).history.text(), whole);
        let part = whole.lines().take(4).collect::<Vec<_>>().join("\n");
        let extended = made(&[&days, &part, &epochs]);
        assert_eq!(extended.history.text(), whole);
        assert_eq!(extended.history.epochs.len(), 5);
    }

    #[test]
    fn rows_made_before_stand_unless_other_files_contradict_them() {
        let (epochs, days) = (epochs(&chain()), all_days());
        let whole = made(&[&epochs, &days]).history.text();
        let near = whole.replace("306.00", "312.00");
        let imported = made(&[&near, &epochs, &days]);
        assert_eq!(imported.history.text(), near);
        assert_doubted(&imported, &["line 2, column `price_usd`: 312 is not near 306"]);
        let far = whole.replace("306.00", "612.00");
        assert_refused(
            &[&epochs, &far, &days],
            &["line 2, column `price_usd`: `612` is not near 306"],
        );
        assert_refused(&[&whole, &far], &["line 2, column `price_usd`: `612` is not 306, as"]);
    }

    #[test]
    fn fees_of_all_blocks_of_an_epoch_count_for_more_than_days() {
        let Made { epoch, first, bits, .. } = chain()[0];
        let list = |column: &str, amount: &str| {
            let mut text = format!("height,time,bits,{column}\n");
            for place in 0..BLOCKS_PER_EPOCH {
                let height = epoch * BLOCKS_PER_EPOCH + place;
                let time = first + 540 * i64::from(place);
                let _ = writeln!(text, "{height},{time},{bits},{amount}");
            }
            text
        };
        for (column, amount) in [("fee_btc", "2.5"), ("fees_btc", "2.5"), ("reward", "27.5")] {
            let imported = made(&[&list(column, amount), &epochs(&chain()), &all_days()]);
            let shares: Vec<_> = imported.history.epochs.iter().map(|e| e.fee_share).collect();
            assert!((shares[0] - 2.5 / 27.5).abs() < 1e-12, "{column}: {shares:?}");
            assert!((shares[1] - FEES / (FEES + 4_000.0)).abs() < 1e-12, "{column}: {shares:?}");
        }
        let satoshi = list("reward", "2750000000");
        assert_refused(
            &[&satoshi],
            &["line 2, column `reward`: `2750000000` is not an amount in BTC"],
        );
        let halved = list("reward", "12.6");
        let words =
            ["column `reward`: `12.6` is not a reward in BTC", "the subsidy alone is 25 BTC"];
        assert_refused(&[&halved], &words);
        let lines: Vec<_> = list("fee_btc", "1").lines().map(str::to_owned).collect();
        let gap = [&lines[..100], &lines[105..]].concat().join("\n");
        let imported = made(&[&gap, &epochs(&chain()), &all_days()]);
        let first_missing = (epoch * BLOCKS_PER_EPOCH + 99).to_string();
        assert_doubted(&imported, &["epoch 160 lacks 5 of its blocks", &first_missing]);
        assert!((imported.history.epochs[0].fee_share - FEES / 4_036.0).abs() < 1e-12);
        let other = lines.join("\n").replacen(&format!(",{bits},1"), ",181b0dcb,1", 2);
        let other = other.replacen("181b0dcb", &bits.to_string(), 1);
        assert_refused(
            &[&other],
            &["line 3, column `bits`: `181b0dcb` is not 181b0dca, the target"],
        );
    }

    #[test]
    fn up_to_three_days_are_bridged_and_told() {
        let imported = made(&[&epochs(&chain()), &days(|n| (20..23).contains(&n))]);
        let run = DayRange { from: FIRST_DAY + 20, to: FIRST_DAY + 22 };
        let gap = FilledGap { epoch: FIRST_EPOCH + 1, lacking: "price and fees", run };
        assert_eq!(imported.filled, [gap]);
        assert_doubted(
            &imported,
            &["gaps in the days of prices", "2015-01-21 to 2015-01-23, 3 days"],
        );
        // Days 12 to 25, without three.
        let known = (12..26).filter(|n| !(20..23).contains(n)).map(|n| price(FIRST_DAY + n));
        assert_eq!(imported.history.epochs[1].price.0, known.sum::<f64>() / 11.0);
    }

    #[test]
    fn more_than_three_days_end_a_history_and_break_one() {
        let epochs = epochs(&chain());
        let broken = days(|n| (20..24).contains(&n));
        let words = ["epoch 161: no price on 2015-01-21 to 2015-01-24", "epochs 160 and 162"];
        assert_refused(&[&epochs, &broken], &words);
        let ended = made(&[&epochs, &days(|n| n >= 45)]);
        assert_eq!(ended.history.epochs.len(), 3);
        let left: Vec<_> = ended.after.iter().map(|(epoch, _)| *epoch).collect();
        assert_eq!(left, [163, 164]);
        let begun = made(&[&epochs, &days(|n| n < 5)]);
        assert_eq!((begun.history.epochs[0].epoch, begun.before.len()), (161, 1));
        let words = ["none of 5 epochs has a row", "no price on"];
        assert_refused(&[&epochs, &days(|_| true).replace('\n', "\n2010-01-01,,,\n")], &words);
        assert_refused(&[&all_days()], &["no difficulty epochs; a history needs epochs"]);
    }

    #[test]
    fn an_epoch_in_progress_is_left_out() {
        let chain = chain();
        let last = chain[4].last.to_string();
        let imported = made(&[&epochs(&chain).replace(&last, ""), &all_days()]);
        assert_eq!(imported.history.epochs.len(), 4);
        assert_eq!(imported.after, [(164, MissingData::InProgress)]);
    }

    #[test]
    fn missing_epochs_and_first_blocks_are_refused() {
        let mut chain = chain();
        let listed = epochs(&chain);
        let first = (162 * BLOCKS_PER_EPOCH).to_string();
        let without: Vec<_> = ends(&chain)
            .lines()
            .filter(|line| !line.starts_with(&first))
            .map(str::to_owned)
            .collect();
        assert_refused(&[&without.join("\n"), &all_days()], &["epoch 162 is in no file"]);
        let both = made(&[&without.join("\n"), &listed, &all_days()]);
        assert_doubted(&both, &["epoch 162 has blocks but not its first, 326592"]);
        chain.remove(2);
        assert_refused(&[&epochs(&chain), &all_days()], &["epoch 162 is in no file"]);
    }

    #[test]
    fn a_target_must_follow_as_far_as_times_tell() {
        let (chain, days) = (chain(), all_days());
        let known = epochs(&chain).replace(&chain[2].bits.to_string(), &chain[1].bits.to_string());
        assert_refused(
            &[&known, &days],
            &["line 4, column `bits`", "the end of epoch 161, which took"],
        );
        // Without last times, half a day is doubtful and ten days are impossible.
        let unknown = |late: i64| {
            let mut text = "epoch,first_time,bits\n".to_owned();
            for Made { epoch, first, bits, .. } in &chain {
                let late = if *epoch >= 162 { late } else { 0 };
                let _ = writeln!(text, "{epoch},{},{bits}", first + late);
            }
            text
        };
        assert!(made(&[&unknown(0), &days]).doubts.lines().is_empty());
        let doubtful = made(&[&unknown(DAY / 2), &days]);
        assert_doubted(&doubtful, &["only roughly (1)", "line 4, column `bits`"]);
        assert_refused(&[&unknown(10 * DAY), &days], &["line 4, column `bits`"]);
    }

    #[test]
    fn header_times_may_run_backwards_by_two_hours_and_no_more() {
        let chain = chain();
        let next = chain[1].first;
        // The rule still gives the next target when the first block comes later by as much.
        let shifted = |late: i64| {
            let mut chain = chain.clone();
            chain[0].first += 540 + late;
            chain[0].last = next + late;
            epochs(&chain)
        };
        assert!(made(&[&shifted(7_000), &all_days()]).doubts.lines().is_empty());
        let words = ["line 2, column `last_time`", "at most two hours after"];
        assert_refused(&[&shifted(7_300), &all_days()], &words);
    }

    #[test]
    fn impossible_epochs_are_named_by_file_line_column_and_value() {
        let chain = chain();
        let (first, bits) = (chain[1].first.to_string(), chain[1].bits.to_string());
        let cases = [
            (bits.as_str(), "1d00fffg", "column `bits`: `1d00fffg` is not a compact target"),
            (&first, "1400000000", "column `first_time`: `1400000000` is not after"),
            ("161,324576", "161,324577", "column `first_height`: `324577` is not 324576"),
            ("161,", "161.5,", "column `epoch`: `161.5` is not a whole number"),
        ];
        for (right, wrong, expected) in cases {
            let text = epochs(&chain).replacen(right, wrong, 1);
            assert_refused(&[&text, &all_days()], &["0.csv: line 3", expected]);
        }
        let stated = format!("epoch,first_time,bits,difficulty\n160,1420092000,{bits},4e10\n");
        assert_refused(
            &[&stated],
            &["line 2, column `difficulty`: `4e10` is not the difficulty of bits"],
        );
        let other = epochs(&chain).replacen(&first, "1421180000", 1);
        assert_refused(
            &[&epochs(&chain), &other],
            &["1.csv: line 3, column `first_time`", "0.csv line 3"],
        );
        let last = chain[1].last.to_string();
        let other = epochs(&chain).replacen(&last, &(chain[1].last + 90).to_string(), 1);
        assert_refused(&[&epochs(&chain), &other], &["column `last_time`", "within 60 s"]);
    }

    #[test]
    fn impossible_days_are_named_by_file_line_column_and_value() {
        let cases = [
            ("303,36", "0,36", "column `price_usd`: `0` is not a number above zero"),
            ("303,36", "x,36", "column `price_usd`: `x` is not a number above zero"),
            ("303,36", "303,-1", "column `fee_btc`: `-1` is not a number, 0 or more"),
            (
                "303,36,4000",
                "303,36,0",
                "column `fee_btc`: `36` is not below the day's whole reward",
            ),
            ("2015-01-04", "2015-02-30", "column `date`: `2015-02-30` is not a date"),
            ("2015-01-04,303", "2015-01-03,303", "column `price_usd`: `303` is not 302, as"),
        ];
        for (right, wrong, expected) in cases {
            let text = all_days().replacen(right, wrong, 1);
            assert_refused(&[&text, &epochs(&chain())], &["0.csv: line 5", expected]);
        }
        assert_refused(
            &["date,x\n2015-01-01,1\n"],
            &["header is `date,x`", "fits no layout", "FeeTotNtv"],
        );
        assert_refused(&["date,price_usd\n"], &["holds no row"]);
    }

    #[test]
    fn doubtful_days_are_told() {
        let swapped = {
            let text = all_days();
            let mut lines: Vec<_> = text.lines().collect();
            lines.swap(5, 6);
            lines.join("\n")
        };
        let imported = made(&[&swapped, &epochs(&chain())]);
        assert_doubted(&imported, &["dates that run backwards (1)", "line 7: 2015-01-05"]);
        let jump = all_days().replacen("310,36", "95,36", 1);
        let imported = made(&[&jump, &epochs(&chain())]);
        assert_doubted(&imported, &["jump by more than a factor of three (2)", "`price_usd`: 95"]);
        let large = all_days().replacen("310,36", "310,9000", 1);
        let imported = made(&[&large, &epochs(&chain())]);
        assert_doubted(&imported, &["are they in BTC?", "`fee_btc`: 9000"]);
    }

    #[test]
    fn hash_rates_in_another_unit_and_difficulties_of_another_chain_are_refused() {
        let column = |name: &str, value: &dyn Fn(i64) -> f64| {
            let mut text = format!("date,{name}\n");
            for day in FIRST_DAY + 1..FIRST_DAY + 60 {
                let _ = writeln!(text, "{},{}", iso_date(day), value(day));
            }
            text
        };
        let epochs = epochs(&chain());
        let days = all_days();
        let terahashes = column("HashRate", &|_| 300_000.0);
        assert!(made(&[&epochs, &days, &terahashes]).doubts.lines().is_empty());
        let exahashes = column("HashRate", &|_| 0.3);
        assert_refused(
            &[&epochs, &days, &exahashes],
            &["2.csv: line 2, column `HashRate`: `0.3` is not in TH/s", "EH/s", "59 of 59 cells"],
        );
        let one = column("HashRate", &|day| if day == FIRST_DAY + 9 { 0.3 } else { 3e5 });
        let imported = made(&[&epochs, &days, &one]);
        assert_doubted(&imported, &["disagree with the chain's difficulty (1)", "line 10"]);
        let other = column("DiffMean", &|_| 1e9);
        assert_refused(
            &[&epochs, &days, &other],
            &["column `DiffMean`: `1000000000` is not the chain's difficulty on 2015-01-02"],
        );
        let first = chain()[0].bits.difficulty();
        let early = column("DiffLast", &|day| if day < FIRST_DAY + 12 { first } else { 1e9 });
        assert!(from(&[&epochs, &days, &early]).is_err());
        let noon = column("difficulty_noon", &|day| {
            let made = chain();
            let in_force = made.iter().rev().find(|m| m.first <= day * DAY + DAY / 2);
            in_force.expect("the chain began before").bits.difficulty()
        });
        assert!(made(&[&epochs, &days, &noon]).doubts.lines().is_empty());
    }
}
