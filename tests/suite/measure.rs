//! `measure` as a user meets it: published metrics, both layouts, windows, refusals.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

type Row = BTreeMap<String, String>;

fn call(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    program.env_remove("SLURM_CPUS_PER_TASK").env_remove("RUST_LOG").current_dir(folder);
    program.arg("measure").args(arguments).output().expect("the program starts")
}

/// What `measure` prints, to standard output and to standard error.
fn expect(code: i32, folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = call(folder, arguments);
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (words(&output.stdout), words(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

/// A folder with `counts.csv` in it.
fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("counts.csv"), text).expect("a file in it");
    folder
}

fn read(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("a file");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// The windows that `measure counts.csv` writes.
fn windows(folder: &TempDir, arguments: &[&str]) -> Vec<Row> {
    let mut all = vec!["counts.csv", "--out", "m.csv", "--resamples", "100"];
    all.extend(arguments);
    expect(0, folder.path(), &all);
    read(&folder.path().join("m.csv"))
}

/// The message with which `measure counts.csv` refuses, exit code 2.
fn refusal(text: &str, arguments: &[&str]) -> String {
    let folder = folder(text);
    let all: Vec<&str> = ["counts.csv"].iter().chain(arguments).copied().collect();
    expect(2, folder.path(), &all).1
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"))
}

/// Whether a value, rounded to eight significant digits, is the one published.
fn as_printed(value: f64, published: f64) -> bool {
    let unit = libm::pow(10.0, libm::floor(libm::log10(published.abs())) - 7.0);
    (value - published).abs() <= 0.501 * unit
}

/// Edinburgh Blockchain Technology Lab's daily metrics; 236 is the number of entities of their
/// whole file, which their Gini and Theil indices count.
#[test]
fn every_published_day_of_2018_to_2020_comes_out_of_the_verb() {
    let blocks = crate::support::history("pool_blocks_daily_2018_2020.csv");
    let published = crate::support::history("edi_metrics_daily_2018_2020.csv");
    let (Some(blocks), Some(published)) = (blocks, published) else { return };
    let folder = folder(&fs::read_to_string(blocks).expect("a text"));
    let measured = windows(&folder, &["--population", "236"]);
    let published = read(&published);
    assert_eq!((measured.len(), published.len()), (1_096, 1_096));
    let pairs = [
        ("hhi", "hhi"),
        ("shannon_bits", "entropy"),
        ("gini", "gini"),
        ("theil", "theil"),
        ("top1_share", "mpr"),
    ];
    for (row, day) in measured.iter().zip(&published) {
        assert_eq!(row["window_start"], day["date"]);
        assert_eq!((&row["nakamoto"], &row["entities"]), (&day["nc"], &day["nump"]), "{day:?}");
        for (ours, theirs) in pairs {
            let (value, printed) = (number(row, ours), number(day, theirs));
            assert!(as_printed(value, printed), "{ours}: {value} in {day:?}");
        }
    }
}

#[test]
fn the_tau_index_is_the_published_one_with_its_threshold() {
    let blocks = crate::support::history("pool_blocks_daily_2018_2020.csv");
    let published = crate::support::history("edi_metrics_daily_2018_2020.csv");
    let (Some(blocks), Some(published)) = (blocks, published) else { return };
    let folder = folder(&fs::read_to_string(blocks).expect("a text"));
    let measured = windows(&folder, &["--threshold", "0.66"]);
    assert_eq!(measured.len(), 1_096);
    for (row, day) in measured.iter().zip(read(&published)) {
        assert_eq!(row["nakamoto"], day["tau"], "{day:?}");
    }
}

#[test]
fn the_shipped_epochs_say_that_three_pools_were_needed_in_epoch_450() {
    let path = crate::support::repository("experiments/data/pool_blocks_epoch.csv");
    let folder = folder(&fs::read_to_string(path).expect("a shipped file"));
    let measured = windows(&folder, &[]);
    assert_eq!(measured.len(), 125);
    assert!(measured.iter().all(|row| row["blocks"] == "2016"));
    let row = measured.iter().find(|row| row["window_start"] == "450").expect("epoch 450");
    // Foundry 570 and AntPool 368 hold 938 of 2,016 blocks; ViaBTC's 258 make it 1,196.
    assert_eq!(row["nakamoto"], "3");
    assert_eq!((row["nakamoto_low"].as_str(), row["nakamoto_high"].as_str()), ("3", "3"));
    assert!((number(row, "top3_share") - 1_196.0 / 2_016.0).abs() < 1e-12);
    // 938 blocks are 3.1 standard deviations of √504 below 1,008.
    assert!((0.000_5..0.002).contains(&number(row, "p_fewer")), "{row:?}");
    assert!(number(row, "p_more") < 1e-9);
}

#[test]
fn the_columns_of_the_contract_come_first() {
    let folder = folder("date,entity,blocks\n2024-01-01,a,80\n2024-01-01,b,64\n");
    windows(&folder, &[]);
    let text = fs::read_to_string(folder.path().join("m.csv")).unwrap();
    let contract = "window_start,blocks,entities,nakamoto,nakamoto_low,nakamoto_high,hhi,hhi_low,\
                    hhi_high,gini,shannon_bits,theil,top1_share,top3_share,";
    assert!(text.starts_with(contract), "{text}");
}

/// Blocks of two epochs, one every ten minutes, found in turn by pools of 4, 2 and 1 in seven.
fn block_list() -> String {
    let mut text = "height,time,pool\n".to_owned();
    for height in 0..4_032_u32 {
        let pool = ["a", "a", "b", "a", "c", "b", "a"][height as usize % 7];
        let time = 1_704_067_200 + 600 * height;
        let _ = writeln!(text, "{},{time},{pool}", height + 403_200);
    }
    text
}

/// The same blocks, counted by `key`.
fn counted(header: &str, key: impl Fn(u32) -> String) -> String {
    let mut counts = BTreeMap::new();
    for (place, line) in block_list().lines().skip(1).enumerate() {
        let pool = line.rsplit(',').next().unwrap_or_default().to_owned();
        *counts.entry((key(place as u32), pool)).or_insert(0) += 1;
    }
    counts.iter().fold(format!("{header},entity,blocks\n"), |mut text, ((key, pool), blocks)| {
        let _ = writeln!(text, "{key},{pool},{blocks}");
        text
    })
}

#[test]
fn blocks_and_their_counts_by_epoch_measure_alike() {
    let counts = counted("epoch", |place| (200 + place / 2_016).to_string());
    let expected = windows(&folder(&counts), &[]);
    assert_eq!(windows(&folder(&block_list()), &["--window", "epoch"]), expected);
    assert_eq!(expected.len(), 2);
}

#[test]
fn blocks_and_their_counts_by_day_measure_alike_in_windows_of_any_length() {
    let counts = counted("date", |place| format!("2024-01-{:02}", place / 144 + 1));
    for (span, windows_expected) in [("1d", 28), ("7d", 4), ("30d", 1)] {
        let expected = windows(&folder(&counts), &["--window", span]);
        assert_eq!(windows(&folder(&block_list()), &["--window", span]), expected);
        assert_eq!(expected.len(), windows_expected, "{span}");
        assert_eq!(expected[0]["window_start"], "2024-01-01");
    }
}

#[test]
fn neither_the_order_of_rows_nor_the_number_of_threads_matters() {
    let text = counted("date", |place| format!("2024-01-{:02}", place / 144 + 1));
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    let (one, other) = (folder(&text), folder(&lines.join("\n")));
    let arguments = ["measure", "counts.csv", "--out", "m.csv"];
    for (folder, threads) in [(&one, "1"), (&other, "3")] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_hashflight"));
        program.env("SLURM_CPUS_PER_TASK", threads).current_dir(folder.path());
        assert!(program.args(arguments).output().expect("the program starts").status.success());
    }
    let bytes = |folder: &TempDir| fs::read(folder.path().join("m.csv")).unwrap();
    assert!(bytes(&one) == bytes(&other));
}

#[test]
fn merged_pools_count_as_one() {
    let text = "epoch,pool,blocks\n7,antpool,600\n7,braiins,500\n7,foundry,900\n7,luxor,16\n";
    let folder = folder(text);
    let apart = windows(&folder, &[]);
    let merged = windows(&folder, &["--merge", "antpool=antpool,braiins,luxor"]);
    let shape = |rows: &[Row]| (rows[0]["entities"].clone(), rows[0]["nakamoto"].clone());
    assert_eq!(shape(&apart), ("4".to_owned(), "2".to_owned()));
    assert_eq!(shape(&merged), ("2".to_owned(), "1".to_owned()));
    let message = refusal(text, &["--merge", "x=antpool,Braiins Pool"]);
    assert!(message.contains("no entity `Braiins Pool`; there is `braiins`"), "{message}");
    let message = refusal(text, &["--merge", "x=antpool,luxor", "--merge", "y=luxor"]);
    assert!(message.contains("`luxor` is named twice"), "{message}");
}

#[test]
fn exactly_half_is_control_only_when_at_least_is_enough() {
    let folder = folder("date,entity,blocks\n2024-01-01,a,72\n2024-01-01,b,40\n2024-01-01,c,32\n");
    assert_eq!(windows(&folder, &[])[0]["nakamoto"], "2");
    assert_eq!(windows(&folder, &["--at-least"])[0]["nakamoto"], "1");
}

#[test]
fn a_population_counts_in_gini_and_theil_and_gives_them_intervals() {
    let text = "date,entity,blocks\n2024-01-01,a,72\n2024-01-01,b,40\n2024-01-01,c,32\n";
    let folder = folder(text);
    let (alone, among) = (windows(&folder, &[]), windows(&folder, &["--population", "10"]));
    assert_eq!(alone[0]["gini_low"], "");
    assert!(number(&among[0], "gini") > number(&alone[0], "gini"));
    let log = |n: f64| libm::log(n) - std::f64::consts::LN_2 * number(&alone[0], "shannon_bits");
    assert!((number(&among[0], "theil") - log(10.0)).abs() < 1e-12);
    for measure in ["gini", "theil", "hhi", "shannon_bits", "top1_share", "top3_share"] {
        let row = &among[0];
        let (low, high) = (format!("{measure}_low"), format!("{measure}_high"));
        assert!(number(row, &low) <= number(row, measure), "{measure} {row:?}");
        assert!(number(row, &high) >= number(row, measure), "{measure} {row:?}");
    }
    let message = refusal(text, &["--population", "2"]);
    assert!(
        message.contains("--population 2: the window of 2024-01-01 has 3 entities"),
        "{message}"
    );
}

#[test]
fn impossible_windows_are_refused() {
    let message = refusal("date,entity,blocks\n2024-01-01,a,1\n", &["--window", "epoch"]);
    assert!(message.contains("counts by day, which have no heights"), "{message}");
    let message = refusal("epoch,entity,blocks\n5,a,1\n", &["--window", "7d"]);
    assert!(message.contains("only --window epoch or all is possible"), "{message}");
    let message = refusal("height,pool\n5,a\n", &[]);
    assert!(message.contains("windows of days need column `time`"), "{message}");
}

#[test]
fn wrong_cells_are_named_by_line_column_and_value() {
    let cases = [
        (
            "date,entity,blocks\n2024-01-01,a,1\n2024-02-30,a,1\n",
            "line 3, column `date`: `2024-02-30`",
        ),
        ("date,entity,blocks\n2024-01-01,a,-1\n", "line 2, column `blocks`: `-1` is not a whole"),
        ("date,entity,blocks\n2024-01-01,a,1.5\n", "line 2, column `blocks`: `1.5`"),
        (
            "date,entity,blocks\n2024-01-01,a,\"1,5\"\n",
            "`1,5` is not a whole number, 0 or more (a decimal",
        ),
        ("epoch,pool,blocks\nlast,a,1\n", "line 2, column `epoch`: `last`"),
        ("height,time,pool\n1,noon,a\n", "line 2, column `time`: `noon` is not a time"),
        ("height,time,pool\n1,1700000000000,a\n", "(milliseconds? divide by 1000)"),
        ("date,entity,blocks\n2024-01-01,a\n", "not readable as CSV"),
        ("day,entity,blocks\n2024-01-01,a,1\n", "the header is `day,entity,blocks`"),
        ("date,entity,blocks\n", "holds no block"),
        ("date,entity,blocks\n2024-01-01,a,0\n", "holds no block"),
        ("", "the header is ``"),
    ];
    for (text, expected) in cases {
        let message = refusal(text, &[]);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn doubled_rows_are_refused_with_both_lines() {
    let counts = "date,entity,blocks\n2024-01-01,a,1\n2024-01-02,a,1\n2024-01-01,a,2\n";
    let message = refusal(counts, &[]);
    assert!(
        message.contains("line 4: this date and entity is there already in line 2"),
        "{message}"
    );
    let message = refusal("height,time,pool\n9,1700000000,a\n9,1700000600,b\n", &[]);
    assert!(message.contains("line 3: height 9 is there already in line 2"), "{message}");
}

#[test]
fn gaps_and_incomplete_windows_are_noted_not_hidden() {
    let folder = folder("date,entity,blocks\n2024-01-01,a,144\n2024-01-09,a,144\n2024-01-09,b,9\n");
    let (_, err) = expect(0, folder.path(), &["counts.csv", "--window", "7d"]);
    assert!(err.contains("7 of 9 days from 2024-01-01 to 2024-01-09 have no row"), "{err}");
    assert!(err.contains("the last window, from 2024-01-08, has 2 of 7 days"), "{err}");
}

#[test]
fn files_and_json_say_where_they_come_from() {
    let folder = folder("epoch,pool,blocks\n7,a,1200\n7,b,816\n8,a,1000\n8,b,1000\n8,c,15\n");
    let arguments = ["counts.csv", "--json", "--out", "m.csv", "--figure", "f.svg"];
    let (out, err) = expect(0, folder.path(), &arguments);
    let object: Value = serde_json::from_str(&out).expect("nothing but JSON");
    assert_eq!(object["windows"][0]["nakamoto"], 1);
    assert_eq!(object["windows"][1]["window_start"], "8");
    assert!(err.contains("1 of 2 epochs do not have 2,016 blocks: 8 (2015 blocks)"), "{err}");
    let figure = fs::read_to_string(folder.path().join("f.svg")).unwrap();
    let digest = object["data_digest"].as_str().unwrap();
    assert!(figure.contains(digest) && figure.contains("hashflight measure counts.csv"));
    let numbers = fs::read(folder.path().join("f.csv")).unwrap();
    let said = format!("<metadata>data blake3 {} (f.csv); ", blake3::hash(&numbers).to_hex());
    assert!(figure.contains(&said) && numbers == fs::read(folder.path().join("m.csv")).unwrap());
    // The figure beside the table is drawn from that very table; a file of another kind stays.
    expect(0, folder.path(), &["counts.csv", "--out", "m.csv"]);
    let figure = fs::read_to_string(folder.path().join("m.svg")).unwrap();
    assert!(figure.contains(&said.replace("(f.csv)", "(m.csv)")));
    fs::write(folder.path().join("notes.csv"), "mine\n").unwrap();
    let (_, err) = expect(2, folder.path(), &["counts.csv", "--figure", "notes.svg"]);
    assert!(err.contains("notes.csv would hold the numbers of the figure"), "{err}");
    let (_, err) = expect(2, folder.path(), &["counts.csv", "--figure", "counts.svg"]);
    assert!(err.contains("is the input"), "{err}");
    let (_, err) = expect(2, folder.path(), &["counts.csv", "--out", "counts.csv"]);
    assert!(err.contains("is the input"), "{err}");
    expect(2, folder.path(), &["nowhere.csv"]);
    expect(2, folder.path(), &["."]);
}

#[test]
fn too_few_blocks_have_no_upper_end_rather_than_a_made_up_one() {
    let folder = folder("date,entity,blocks\n2024-01-01,a,3\n2024-01-01,b,1\n");
    let row = &windows(&folder, &[])[0];
    assert_eq!((row["nakamoto_low"].as_str(), row["nakamoto_high"].as_str()), ("1", ""));
    assert_eq!((row["hhi_low"].as_str(), row["hhi_unbiased"].as_str()), ("", "5000"));
}

/// Blocks of a day, of which `unknown` are of this pool.
fn a_day_with(unknown: &str) -> String {
    format!(
        "date,entity,blocks\n2024-05-01,{unknown},60\n2024-05-01,Alpha,50\n2024-05-01,Beta,34\n"
    )
}

#[test]
fn blocks_of_nobody_are_noted_in_any_spelling() {
    for name in ["unknown", "Unknown", "UNKNOWN", "N/A", "", "unidentified", "-", "Other"] {
        let folder = folder(&a_day_with(name));
        let (_, err) = expect(0, folder.path(), &["counts.csv"]);
        let shown = if name.is_empty() { "(empty)" } else { name };
        assert!(err.contains(&format!("`{shown}` has up to 41.7 % of a window's blocks")), "{err}");
    }
    let text = a_day_with("Unknown") + "2024-05-01,N/A,10\n";
    let (_, err) = expect(0, folder(&text).path(), &["counts.csv"]);
    assert!(
        err.contains("`Unknown`, `N/A` have up to 45.5 %") && err.contains("2 entities"),
        "{err}"
    );
    let (_, err) = expect(0, folder(&a_day_with("Gamma")).path(), &["counts.csv"]);
    assert_eq!(err, "");
}

#[test]
fn names_that_differ_only_in_spelling_are_pointed_out_and_count_apart_until_merged() {
    let text = "date,entity,blocks\n2024-05-01,Alpha,40\n2024-05-01,ALPHA,40\n2024-05-01,Beta Pool,40\n\
                2024-05-01,beta,24\n";
    let folder = folder(text);
    let (_, err) = expect(0, folder.path(), &["counts.csv"]);
    assert!(err.contains("`Alpha`, `ALPHA`; `Beta Pool`, `beta`"), "{err}");
    assert!(err.contains("--merge 'Alpha=Alpha,ALPHA'"), "{err}");
    assert_eq!(windows(&folder, &[])[0]["entities"], "4");
    let merged = ["--merge", "Alpha=Alpha,ALPHA", "--merge", "Beta=Beta Pool,beta"];
    assert_eq!(windows(&folder, &merged)[0]["entities"], "2");
    let (_, err) = expect(0, folder.path(), &[&["counts.csv"], &merged[..]].concat());
    assert_eq!(err, "");
}

#[test]
fn names_with_commas_are_merged_by_flag_and_by_file() {
    let text = "date,entity,blocks\n2024-05-01,\"Alpha, Inc.\",40\n2024-05-01,Beta,30\n2024-05-01,Gamma,30\n";
    let folder = folder(text);
    let by_flag = windows(&folder, &["--merge", "X=\"Alpha, Inc.\",Beta"]);
    assert_eq!((&*by_flag[0]["entities"], &*by_flag[0]["nakamoto"]), ("2", "1"));
    let clusters = "entity,cluster\n\"Alpha, Inc.\",X\nBeta,X\nDelta,X\n";
    fs::write(folder.path().join("c.csv"), clusters).expect("a file");
    assert_eq!(windows(&folder, &["--merge", "c.csv"]), by_flag);
    let (_, err) = expect(0, folder.path(), &["counts.csv", "--merge", "c.csv"]);
    assert!(err.contains("1 entities of the clusters have no row here: `Delta`"), "{err}");
}

#[test]
fn clusters_hold_from_a_day_to_a_day() {
    let mut text = "date,entity,blocks\n".to_owned();
    for day in 1..=5 {
        let _ = writeln!(text, "2024-05-0{day},a,50\n2024-05-0{day},b,50\n2024-05-0{day},c,44");
    }
    let folder = folder(&text);
    let clusters =
        "entity,cluster,from,to\na,X,2024-05-02,2024-05-03\nb,X,,2024-05-03\nb,Y,2024-05-04,\n";
    fs::write(folder.path().join("c.csv"), clusters).expect("a file");
    let rows = windows(&folder, &["--merge", "c.csv"]);
    let entities: Vec<&str> = rows.iter().map(|row| row["entities"].as_str()).collect();
    assert_eq!(entities, ["3", "2", "2", "3", "3"]);
    for (row, words) in [
        ("a,Z,2024-05-03,", "line 5: `a` is in cluster `Z` and, by line 2, in `X`"),
        ("a,Z,2024-06-03,2024-06-01", "line 5: `from` is after `to`"),
        ("a,Z,soon,", "line 5: `from` is `soon`: a date"),
        ("c,Z,400,", "the counts are by day: give `from` and `to` as dates"),
    ] {
        fs::write(folder.path().join("c.csv"), format!("{clusters}{row}\n")).expect("a file");
        let (_, err) = expect(2, folder.path(), &["counts.csv", "--merge", "c.csv"]);
        assert!(err.contains("c.csv") && err.contains(words), "{err}");
    }
}

#[test]
fn answers_of_mempool_space_are_measured() {
    let pools = r#"{"pools":[{"poolId":1,"name":"A","slug":"a","blockCount":600,"emptyBlocks":1},
        {"poolId":2,"name":"B","slug":"b","blockCount":300,"emptyBlocks":0},
        {"poolId":3,"name":"Unknown","slug":"unknown","blockCount":108,"emptyBlocks":0}],
        "blockCount":1008,"lastEstimatedHashrate":1}"#;
    let folder = folder(pools);
    let rows = windows(&folder, &[]);
    assert_eq!((rows.len(), &*rows[0]["window_start"], &*rows[0]["blocks"]), (1, "all", "1008"));
    assert_eq!(rows[0]["nakamoto"], "1");
    let (_, err) = expect(2, folder.path(), &["counts.csv", "--window", "7d"]);
    assert!(err.contains("only --window all is possible"), "{err}");
    let block = |height: u32, pool: &str| {
        format!(
            r#"{{"id":"0{height}","height":{height},"timestamp":{},"extras":{{"pool":{{"id":1,"name":"{pool}"}}}}}}"#,
            1_704_067_200 + 600 * (height - 840_000)
        )
    };
    let page =
        |heights: [u32; 2]| format!("[{},{}]", block(heights[0], "A"), block(heights[1], "B"));
    let pages = page([840_003, 840_002]) + "\n" + &page([840_001, 840_000]);
    let listed = "height,time,pool\n840000,1704067200,B\n840001,1704067800,A\n840002,1704068400,B\n\
                  840003,1704069000,A\n";
    fs::write(folder.path().join("counts.csv"), pages).expect("a file");
    let answered = windows(&folder, &[]);
    fs::write(folder.path().join("counts.csv"), listed).expect("a file");
    assert_eq!(windows(&folder, &[]), answered);
    let message = refusal(r#"[{"id":"0","height":1,"timestamp":1700000000}]"#, &[]);
    assert!(message.contains("no `extras.pool`"), "{message}");
    let message = refusal("[[1757050390,913248,136039872848261.3,1.04]]", &[]);
    assert!(message.contains("`hashflight import` reads it"), "{message}");
}

#[test]
fn other_separators_and_an_index_column_are_named() {
    let message = refusal("date;entity;blocks\n2024-05-01;a;1\n", &[]);
    assert!(message.contains("the separator is `;` — expected `,`"), "{message}");
    let message = refusal("date\tentity\tblocks\n2024-05-01\ta\t1\n", &[]);
    assert!(message.contains("the separator is a tab — expected `,`"), "{message}");
    let message = refusal(",entity,blocks\n2024-05-01,a,1\n", &[]);
    assert!(message.contains("an index column of pandas"), "{message}");
    let long = format!("date,entity,blocks\n2024-05-01,a,{}\n", "9".repeat(100_000));
    assert!(refusal(&long, &[]).len() < 600);
    let wide: Vec<String> = (0..500).map(|n| format!("column_{n}")).collect();
    assert!(refusal(&(wide.join(",") + "\n"), &[]).len() < 600);
}

#[test]
fn all_rows_can_be_one_window() {
    let folder = folder(&counted("date", |place| format!("2024-01-{:02}", place / 144 + 1)));
    let rows = windows(&folder, &["--window", "all"]);
    assert_eq!((rows.len(), &*rows[0]["window_start"], &*rows[0]["blocks"]), (1, "all", "4032"));
}

#[test]
fn a_row_of_totals_is_no_entity() {
    for name in ["Total", "total", "sum", "All"] {
        let text = format!(
            "date,entity,blocks\n2024-05-01,a,90\n2024-05-01,b,54\n2024-05-01,{name},144\n"
        );
        let message = refusal(&text, &[]);
        assert!(
            message.contains(&format!("`{name}` has as many blocks as all other")),
            "{message}"
        );
    }
    let (small, empty) = ("2024-05-01,Total,20\n", "");
    let head = "date,entity,blocks\n2024-05-01,a,90\n2024-05-01,b,34\n";
    let (_, err) = expect(0, folder(&format!("{head}{small}")).path(), &["counts.csv"]);
    assert!(err.contains("`Total` counts as an entity like any other"), "{err}");
    let (_, err) = expect(0, folder(&format!("{head}{empty}")).path(), &["counts.csv"]);
    assert_eq!(err, "");
    let mut text = "epoch,entity,blocks\n".to_owned();
    for epoch in 1..=3 {
        let _ =
            writeln!(text, "{epoch},a,{epoch}00\n{epoch},b,50\n{epoch},Chain,{}", epoch * 100 + 50);
    }
    let (_, err) = expect(0, folder(&text).path(), &["counts.csv"]);
    assert!(err.contains("`Chain` counts as an entity like any other"), "{err}");
}

#[test]
fn days_with_more_blocks_than_chance_gives_are_noted_and_impossible_ones_refused() {
    let text = |blocks: u32| format!("date,entity,blocks\n2024-05-01,a,{blocks}\n2024-05-01,b,9\n");
    let (_, err) = expect(0, folder(&text(200)).path(), &["counts.csv"]);
    assert_eq!(err, "");
    for window in ["1d", "all"] {
        let (_, err) = expect(0, folder(&text(800)).path(), &["counts.csv", "--window", window]);
        assert!(
            err.contains("more than 300 blocks") && err.contains("2024-05-01 (809 blocks)"),
            "{err}"
        );
        let message = refusal(&text(40_091), &["--window", window]);
        assert!(message.contains("2024-05-01 has 40100 blocks"), "{message}");
    }
}

#[test]
fn clusters_that_merge_nothing_or_are_doubled_are_named() {
    let folder = folder("date,entity,blocks\n2024-05-01,a,90\n2024-05-01,b,54\n");
    let with = |clusters: &str, code: i32| {
        fs::write(folder.path().join("c.csv"), clusters).expect("a file");
        expect(code, folder.path(), &["counts.csv", "--merge", "c.csv"]).1
    };
    let err = with("entity,cluster,from,to\na,X,2023-01-01,2023-02-01\nb,X,2025-01-01,\n", 0);
    assert!(err.contains("line 2 of c.csv (`a`), line 3 of c.csv (`b`) meet no row"), "{err}");
    assert!(err.contains("nothing was merged by clusters"), "{err}");
    let err = with("entity,cluster\na,X\nb,X\na,X\n", 0);
    assert!(err.contains("line 4 of c.csv (as line 2 of c.csv) say again"), "{err}");
    assert_eq!(with("entity,cluster\na,X\nb,X\n", 0), "");
    assert!(with("entity,cluster\n", 2).contains("no cluster below it"));
}
