//! `import` as a user meets it: the measured history made again, order of files, overwriting, words.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hashflight::clock::iso_date;
use hashflight::history::series::History;
use hashflight::model::chain::difficulty::{BLOCKS_PER_EPOCH, CompactTarget, retarget};
use serde_json::Value;
use tempfile::TempDir;

/// What becomes of a number in a row.
type CellChange<'a> = &'a dyn Fn(usize, f64) -> f64;
/// What becomes of a text.
type TextChange<'a> = &'a dyn Fn(&str) -> String;

const HEADER: &str =
    "epoch,first_height,first_time,bits,difficulty,hash_rate_ehs,price_usd,fee_share";

fn call(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    program.env_remove("SLURM_CPUS_PER_TASK").env_remove("RUST_LOG").current_dir(folder);
    program.arg("import").args(arguments).output().expect("the program starts")
}

/// What `import` prints, to standard output and to standard error.
fn expect(code: i32, folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = call(folder, arguments);
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (words(&output.stdout), words(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

fn word(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// The measured history and what it was made of: daily values, epochs.
fn measured() -> Option<[PathBuf; 3]> {
    let [history, days, epochs] =
        ["history.csv", "btc_daily.csv", "difficulty_epochs.csv"].map(crate::support::history);
    Some([history?, days?, epochs?])
}

/// Imports into a new file and returns its text.
fn imported(folder: &TempDir, inputs: &[&str]) -> String {
    let arguments = [inputs, &["--out", "h.csv", "--force"]].concat();
    expect(0, folder.path(), &arguments);
    fs::read_to_string(folder.path().join("h.csv")).expect("a text")
}

/// Of 317 epochs, 316 come out digit for digit. The last one's end lies a day beyond the daily values,
/// so its means are of thirteen days instead of fourteen.
#[test]
fn the_measured_history_comes_out_digit_for_digit_in_any_order_of_files() {
    let Some([history, days, epochs]) = measured() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = imported(&folder, &[word(&days), word(&epochs)]);
    let expected = fs::read_to_string(&history).expect("a text");
    let (ours, theirs): (Vec<_>, Vec<_>) = (text.lines().collect(), expected.lines().collect());
    assert_eq!((ours.len(), theirs.len()), (318, 318));
    assert_eq!(ours[..317], theirs[..317]);
    let read = |path: &Path| History::read(path).unwrap_or_else(|error| panic!("{error}"));
    let (ours, theirs) = (read(&folder.path().join("h.csv")), read(&history));
    let (last, due) = (ours.epochs[316], theirs.epochs[316]);
    assert_eq!((last.epoch, last.bits, last.difficulty), (454, due.bits, due.difficulty));
    assert!((last.hash_rate / due.hash_rate - 1.0).abs() < 0.01);
    assert!((last.price / due.price - 1.0).abs() < 0.01);
    assert!((last.fee_share - due.fee_share).abs() < 0.005);
    assert_eq!(imported(&folder, &[word(&epochs), word(&days)]), text);
    let shipped = crate::support::repository("experiments/data/difficulty_epochs.csv");
    assert_eq!(imported(&folder, &[word(&shipped), word(&days), word(&epochs)]), text);
}

#[test]
fn the_measured_history_is_read_whole_and_imported_unchanged() {
    let Some(path) = crate::support::history("history.csv") else { return };
    let history = History::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let ends = (history.epochs[0].epoch, history.epochs[316].epoch, history.position(454));
    assert_eq!(ends, (138, 454, Some(316)));
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(imported(&folder, &[word(&path)]), fs::read_to_string(&path).expect("a text"));
}

#[test]
fn a_part_of_the_measured_history_is_extended() {
    let Some([history, days, epochs]) = measured() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = fs::read_to_string(&history).expect("a text");
    let part: Vec<_> = text.lines().take(300).collect();
    fs::write(folder.path().join("part.csv"), part.join("\n")).expect("written");
    let extended = imported(&folder, &["part.csv", word(&days), word(&epochs)]);
    let all: Vec<_> = text.lines().take(317).collect();
    assert_eq!(extended.lines().take(317).collect::<Vec<_>>(), all);
    assert_eq!(extended.lines().count(), 318);
}

/// What Coin Metrics' community file would hold of the measured days, with empty early rows.
#[test]
fn the_layout_of_coin_metrics_gives_the_same_history() {
    let Some([_, days, epochs]) = measured() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut reader = csv::Reader::from_path(&days).expect("a file");
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|cell| cell == name).expect("a column");
    let names =
        ["date", "blocks", "fee_btc", "hashrate_ths", "issuance_btc", "price_usd", "revenue_usd"];
    let places = names.map(place);
    let mut text = "time,AdrActCnt,BlkCnt,FeeTotNtv,HashRate,IssContNtv,PriceUSD,RevUSD\n\
                    2009-01-03,0,,,,,,\n2009-01-09,20,14,0,,700,,\n"
        .to_owned();
    for record in reader.records() {
        let record = record.expect("a row");
        let [date, blocks, fees, hash_rate, issuance, price, revenue] =
            places.map(|place| record[place].to_owned());
        let _ = writeln!(text, "{date},9,{blocks},{fees},{hash_rate},{issuance},{price},{revenue}");
    }
    fs::write(folder.path().join("btc.csv"), text).expect("written");
    let ours = imported(&folder, &[word(&days), word(&epochs)]);
    assert_eq!(imported(&folder, &[word(&epochs), "btc.csv"]), ours);
}

/// A folder with four epochs from 2015 on, of ten-minute blocks, in `epochs.csv`, and sixty days of
/// prices and fees in Coin Metrics' layout in `btc.csv`.
fn synthetic() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut epochs = "epoch,first_height,first_time,last_time,bits\n".to_owned();
    let mut bits: CompactTarget = "181b0dca".parse().expect("a target of 2015");
    let mut first = 16_436 * 86_400_i64;
    for epoch in 160..164_u32 {
        let last = first + 2_015 * 600;
        let _ = writeln!(epochs, "{epoch},{},{first},{last},{bits}", epoch * BLOCKS_PER_EPOCH);
        bits = retarget(bits, last - first);
        first = last + 600;
    }
    let mut days = "time,AdrActCnt,FeeTotNtv,IssTotNtv,PriceUSD\n2014-12-31,7,,,\n".to_owned();
    for day in 16_436..16_496 {
        let _ = writeln!(days, "{},7,36,3600,300", iso_date(day));
    }
    fs::write(folder.path().join("epochs.csv"), epochs).expect("written");
    fs::write(folder.path().join("btc.csv"), days).expect("written");
    folder
}

#[test]
fn a_synthetic_file_of_coin_metrics_makes_a_history_in_words_and_json() {
    let folder = synthetic();
    let inputs = ["btc.csv", "epochs.csv", "--out", "h.csv"];
    let (out, err) = expect(0, folder.path(), &inputs);
    let expected = "h.csv: 4 epochs, 160 (from 2015-01-01) to 163 (from 2015-02-12)\n\
                    gaps bridged: 0\nleft out before the first price: 0 epochs\n";
    assert_eq!((out.as_str(), err.as_str()), (expected, ""));
    let text = fs::read_to_string(folder.path().join("h.csv")).expect("a text");
    assert!(text.starts_with(&format!("{HEADER}\n160,322560,1420070400,181b0dca,40640955017")));
    assert!(text.lines().nth(1).is_some_and(|row| row.ends_with(",300.00,0.00990")), "{text}");
    let (out, _) = expect(0, folder.path(), &[&inputs[..], &["--json"]].concat());
    let object: Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((&object["rows"], &object["written"]), (&4.into(), &false.into()));
    assert_eq!(object["last"]["date"], "2015-02-12");
    assert_eq!(object["files"][0]["layout"], "days");
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_force() {
    let folder = synthetic();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("h.csv"), "mine").expect("written");
    let inputs = ["btc.csv", "epochs.csv", "--out", "h.csv"];
    let (_, err) = expect(2, folder.path(), &inputs);
    assert!(err.contains("--out: h.csv is there and differs") && err.contains("--force"), "{err}");
    assert_eq!(fs::read(at("h.csv")).expect("a file"), b"mine");
    expect(0, folder.path(), &[&inputs[..], &["--force"]].concat());
    let made = fs::read(at("h.csv")).expect("a file");
    let (out, _) = expect(0, folder.path(), &inputs);
    assert!(out.contains("as it was"), "{out}");
    expect(0, folder.path(), &["h.csv", "--out", "again.csv"]);
    assert_eq!(fs::read(at("again.csv")).expect("a file"), made);
    let (_, err) =
        expect(2, folder.path(), &["btc.csv", "epochs.csv", "--out", "btc.csv", "--force"]);
    assert!(err.contains("is an input that no history can replace"), "{err}");
    expect(2, folder.path(), &["btc.csv", "epochs.csv", "--out", "."]);
    let names = fs::read_dir(folder.path()).expect("a folder").flatten();
    assert!(
        names.into_iter().all(|entry| !entry.file_name().to_string_lossy().contains("partial"))
    );
}

#[test]
fn what_is_impossible_is_refused_and_nothing_is_written() {
    let cases = [
        (
            "btc.csv",
            "2015-01-04,7,36,3600,300",
            "2015-01-04,7,36,3600,-300",
            "line 6, column `PriceUSD`",
        ),
        (
            "btc.csv",
            "2015-01-04,7,36,3600,300",
            "2015-01-04,7,36,0,300",
            "column `FeeTotNtv`: `36`",
        ),
        ("btc.csv", "2015-01-04", "04/01/2015", "column `time`: `04/01/2015` is not a date"),
        ("epochs.csv", "181b0dca", "181b0dcg", "column `bits`: `181b0dcg`"),
        ("epochs.csv", "161,324576", "161,324577", "line 3, column `first_height`: `324577`"),
        ("epochs.csv", "epoch,", "number,", "fits no layout"),
    ];
    for (file, right, wrong, expected) in cases {
        let folder = synthetic();
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).expect("a text");
        assert!(text.contains(right));
        fs::write(&path, text.replacen(right, wrong, 1)).expect("written");
        let (out, err) = expect(2, folder.path(), &["epochs.csv", "btc.csv", "--out", "h.csv"]);
        assert!(err.contains(file) && err.contains(expected), "{err}");
        assert!(out.is_empty() && !folder.path().join("h.csv").exists());
    }
    let folder = synthetic();
    expect(2, folder.path(), &["nowhere.csv", "--out", "h.csv"]);
    expect(2, folder.path(), &[".", "--out", "h.csv"]);
    expect(2, folder.path(), &["epochs.csv"]);
}

#[test]
fn what_is_doubtful_is_told_and_bridged_gaps_are_counted() {
    let folder = synthetic();
    let path = folder.path().join("btc.csv");
    let text = fs::read_to_string(&path).expect("a text");
    let lines = text.lines().filter(|line| !line.starts_with("2015-01-2"));
    let kept = text.lines().filter(|line| line.starts_with("2015-01-2")).skip(2);
    let all: Vec<_> = lines.chain(kept).collect();
    fs::write(&path, all.join("\n")).expect("written");
    let (out, err) = expect(0, folder.path(), &["epochs.csv", "btc.csv", "--out", "h.csv"]);
    let expected = "gaps bridged: 1: epoch 161: price and fees of 2015-01-20 to 2015-01-21";
    assert!(out.contains(expected), "{out}");
    assert!(err.contains("warning: dates that run backwards (1): btc.csv line"), "{err}");
    assert!(err.contains("gaps in the days of prices (1): 2015-01-20 to 2015-01-21"), "{err}");
}

/// The synthetic days with a column changed by `change`, which is given the day's number and the cell.
fn changed(folder: &TempDir, column: usize, change: impl Fn(usize, f64) -> f64) {
    let path = folder.path().join("btc.csv");
    let text = fs::read_to_string(&path).expect("a text");
    let line = |(number, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(value) = cells[column].parse::<f64>() {
            cells[column] = change(number, value).to_string();
        }
        cells.join(",")
    };
    let lines: Vec<String> = text.lines().enumerate().map(line).collect();
    fs::write(&path, lines.join("\n") + "\n").expect("written");
}

/// Columns of the synthetic days.
const FEES: usize = 2;
const ISSUANCE: usize = 3;
const PRICE: usize = 4;

#[test]
fn amounts_in_another_unit_are_refused_and_the_unit_is_named() {
    let cases = [
        (FEES, 1e8, "`FeeTotNtv`", "in satoshi"),
        (FEES, 1e3, "`FeeTotNtv`", "in mBTC"),
        (FEES, 1.0 / 144.0, "`FeeTotNtv`", "a block's, not a day's"),
        (ISSUANCE, 1e8, "`IssTotNtv`", "in satoshi"),
        (ISSUANCE, 1e3, "`IssTotNtv`", "in mBTC"),
        (ISSUANCE, 300.0, "`IssTotNtv`", "in USD"),
        (ISSUANCE, 2.0, "`IssTotNtv`", "before a halving"),
        (ISSUANCE, 0.1, "`IssTotNtv`", "0.100 times as much"),
        (ISSUANCE, 1.0 / 144.0, "`IssTotNtv`", "a block's, not a day's"),
        (ISSUANCE, 3_700.0, "`IssTotNtv`", "the supply"),
        (PRICE, 1e3, "`PriceUSD`", "thousandths of a dollar"),
        (PRICE, 1e2, "`PriceUSD`", "in cents"),
        (PRICE, 1e-3, "`PriceUSD`", "in thousands of dollars"),
    ];
    for (column, factor, name, unit) in cases {
        let folder = synthetic();
        // Fees of 10 BTC a day are a small share, as they were in 2015.
        changed(&folder, FEES, |_, _| 10.0);
        changed(&folder, column, |_, value| value * factor);
        let (_, err) = expect(2, folder.path(), &["epochs.csv", "btc.csv", "--out", "h.csv"]);
        assert!(err.contains(name) && err.contains(unit), "{factor} {name}: {err}");
        assert!(err.contains("cells of this column"), "{err}");
        assert!(!folder.path().join("h.csv").exists());
    }
}

#[test]
fn single_cells_and_parts_in_another_unit_are_refused() {
    let cases: [(usize, CellChange, &str); 6] = [
        (FEES, &|day, fees| if day == 20 { 0.0 } else { fees }, "leave the cell empty"),
        (
            FEES,
            &|day, fees| if day == 20 { fees * 1e8 } else { fees },
            "line 21, column `FeeTotNtv`",
        ),
        (
            ISSUANCE,
            &|day, new| if day == 20 { 0.0 } else { new },
            "`36` is not below the day's whole reward",
        ),
        (
            ISSUANCE,
            &|day, new| if day == 20 { new * 0.1 } else { new },
            "line 21, column `IssTotNtv`",
        ),
        (
            ISSUANCE,
            &|day, new| if day > 42 { new / 2.0 } else { new },
            "the days of epoch 163 add up to",
        ),
        (
            PRICE,
            &|day, price| if day == 20 { price * 1e3 } else { price },
            "line 21, column `PriceUSD`",
        ),
    ];
    for (column, change, words) in cases {
        let folder = synthetic();
        changed(&folder, column, change);
        let (_, err) = expect(2, folder.path(), &["epochs.csv", "btc.csv", "--out", "h.csv"]);
        assert!(err.contains(words), "{words}: {err}");
    }
}

#[test]
fn columns_that_changed_places_are_refused() {
    for (one, other) in [(FEES, ISSUANCE), (FEES, PRICE), (ISSUANCE, PRICE)] {
        let folder = synthetic();
        changed(&folder, FEES, |_, _| 10.0);
        let path = folder.path().join("btc.csv");
        let text = fs::read_to_string(&path).expect("a text");
        let swapped = text.lines().enumerate().map(|(number, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if number > 0 {
                cells.swap(one, other);
            }
            cells.join(",")
        });
        fs::write(&path, swapped.collect::<Vec<_>>().join("\n")).expect("written");
        expect(2, folder.path(), &["epochs.csv", "btc.csv", "--out", "h.csv"]);
    }
}

#[test]
fn the_files_of_other_programs_are_named_when_refused() {
    let cases: [(TextChange, &str); 4] = [
        (&|text| text.replace(',', ";"), "the separator is `;` — expected `,`"),
        (&|text| text.replace(",300", ",\"300,5\""), "(a decimal comma? write a point)"),
        (&|text| text.replace("2015-01-04", "2015-01-04T00:00:00+02:00"), "midnight UTC"),
        (&|text| text.replace("2015-01-04", "1420329600000"), "milliseconds"),
    ];
    for (change, words) in cases {
        let folder = synthetic();
        let path = folder.path().join("btc.csv");
        let text = fs::read_to_string(&path).expect("a text");
        fs::write(&path, change(&text)).expect("written");
        let (_, err) = expect(2, folder.path(), &["epochs.csv", "btc.csv", "--out", "h.csv"]);
        assert!(err.contains(words), "{words}: {err}");
    }
}

#[test]
fn difficulty_adjustments_of_mempool_space_are_epochs() {
    let folder = synthetic();
    let epochs = fs::read_to_string(folder.path().join("epochs.csv")).expect("a text");
    let entries = epochs.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let bits: CompactTarget = cells[4].parse().expect("a target");
        format!("[{},{},{},1.0]", cells[2], cells[1], bits.difficulty())
    });
    let mut entries: Vec<String> = entries.collect();
    entries.reverse();
    fs::write(folder.path().join("a.json"), format!("[{}]", entries.join(","))).expect("written");
    let listed = imported(&folder, &["epochs.csv", "btc.csv"]);
    let answered = imported(&folder, &["a.json", "btc.csv"]);
    // The last epoch's end is not in the answer.
    let (listed, answered): (Vec<_>, Vec<_>) =
        (listed.lines().collect(), answered.lines().collect());
    assert_eq!(answered, listed[..4]);
}

#[test]
fn a_history_with_prices_or_fees_in_another_unit_is_refused() {
    let folder = synthetic();
    let text = imported(&folder, &["epochs.csv", "btc.csv"]);
    for (right, wrong, words) in [
        (",300.00,", ",300000.00,", "column `price_usd`: `300000.00` is not a price in USD"),
        (",0.00990", ",0.99990", "column `fee_share`: `0.99990` is not a fee share of any epoch"),
    ] {
        fs::write(folder.path().join("w.csv"), text.replace(right, wrong)).expect("written");
        let (_, err) = expect(2, folder.path(), &["w.csv", "--out", "again.csv"]);
        assert!(err.contains(words), "{err}");
    }
}
