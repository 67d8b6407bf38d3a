//! Many beginnings: the same bytes however they are run, weights that know nothing of what came later, scores that add up.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::made_up::chain_with_made_up_price;
use crate::support::repository;
use hashflight::history::series::History;
use serde_json::Value;
use tempfile::TempDir;

/// Last of the beginnings of [`ROLLING`].
const LAST: u32 = 308;
const ROLLING: [&str; 6] = ["--rolling", "300:308:4", "--horizons", "1,3", "--spin-up", "6"];

fn hindcast(data: &Path, out: &Path, more: &[&str]) -> Output {
    hindcast_of(&repository("experiments/hindcast.toml"), data, out, more)
}

fn hindcast_of(experiment: &Path, data: &Path, out: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hashflight"))
        .arg("hindcast")
        .arg(experiment)
        .args(["--miners", "80", "--json", "--data"])
        .arg(data)
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .expect("the program starts")
}

fn roll(data: &Path, out: &Path, more: &[&str]) -> Value {
    let output = hindcast(data, out, &[&ROLLING[..], &["--paths", "12"], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object and nothing else")
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

const FILES: [&str; 5] = [
    "rolling.json",
    "tables/rolling.csv",
    "tables/rolling_forecasts.csv",
    "tables/rolling_weights.csv",
    "figures/skill_by_horizon.csv",
];

#[test]
fn beginnings_are_scored_alike_by_any_threads_and_parts() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(name));
    let board = roll(&data, &whole, &["--threads", "2"]);
    let first =
        hindcast(&data, &parts, &[&ROLLING[..], &["--paths", "12", "--shard", "0/2"]].concat());
    assert_eq!(first.status.code(), Some(75), "{}", String::from_utf8_lossy(&first.stderr));
    roll(&data, &parts, &["--shard", "1/2", "--threads", "1"]);
    for name in FILES {
        assert_eq!(read(&whole, name), read(&parts, name), "{name}");
    }
    assert_eq!(board["beginnings"], serde_json::json!([300, 304, 308]));
    assert_eq!(board["comparisons"], 10);
    for (horizon, independent) in [("1", 3), ("3", 3)] {
        let row = &board["horizons"][horizon];
        assert_eq!(
            (&row["windows"], &row["independent_windows"]),
            (&3.into(), &independent.into())
        );
        for scores in [&row["model"], &row["nulls"]["drift"], &row["nulls"]["merit_order"]] {
            let crps = scores["crps"].as_f64().expect("a number");
            let rmse = scores["rmse"].as_f64().expect("a number");
            assert!(crps > 0.0 && crps < 2.0 * rmse, "{scores}");
        }
        let skill = row["nulls"]["drift"]["skill"]["percent"].as_f64().expect("a number");
        let losses =
            [&row["model"], &row["nulls"]["drift"]].map(|of| of["crps"].as_f64().expect("one"));
        assert!((skill - 100.0 * (1.0 - losses[0] / losses[1])).abs() < 1e-9);
        let [low, high] =
            [0, 1].map(|end| row["perfect_model"]["coverage_90"][end].as_f64().expect("one"));
        assert!(0.0 <= low && low <= high && high <= 1.0);
    }
    // The effective number of paths is a twentieth of twelve, but at least one.
    let effective = board["effective_paths"].as_array().expect("a list");
    assert!(
        effective.iter().all(|of| (of.as_f64().expect("one") - 1.0).abs() < 1e-6),
        "{effective:?}"
    );
    let verified =
        Command::new(env!("CARGO_BIN_EXE_hashflight")).arg("verify").arg(&whole).output();
    let verified = verified.expect("the program starts");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

/// The history with every epoch after the last beginning changed: hash rate and difficulty, not price and fees, which
/// are given.
fn with_other_future(data: &Path, folder: &Path) -> PathBuf {
    let mut history = History::read(data).expect("sound");
    let first = history.position(LAST + 1).expect("in the history");
    for epoch in &mut history.epochs[first..] {
        epoch.hash_rate = epoch.hash_rate * 1.7;
    }
    let path = folder.join("other.csv");
    let mut file = std::fs::File::create(&path).expect("created");
    history.write(&mut file).expect("written");
    path
}

#[test]
fn what_came_after_a_beginning_changes_neither_weights_nor_forecasts() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let same = folder.path().join("same.csv");
    let mut file = std::fs::File::create(&same).expect("created");
    History::read(&data).expect("sound").write(&mut file).expect("written");
    let other = with_other_future(&data, folder.path());
    let [before, after] = ["before", "after"].map(|name| folder.path().join(name));
    roll(&same, &before, &[]);
    roll(&other, &after, &[]);
    let weights = read(&before, "tables/rolling_weights.csv");
    assert_eq!(weights, read(&after, "tables/rolling_weights.csv"));
    assert!(weights.lines().count() == 37, "{weights}");
    let forecasts = |folder: &Path| -> Vec<String> {
        let text = read(folder, "tables/rolling_forecasts.csv");
        let cells = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        // All columns but what was measured.
        cells.map(|cells| [&cells[..3], &cells[4..]].concat().join(",")).collect()
    };
    assert_eq!(forecasts(&before), forecasts(&after));
    assert_ne!(read(&before, "tables/rolling.csv"), read(&after, "tables/rolling.csv"));
}

#[test]
fn beginnings_that_cannot_be_are_refused_with_what_is_allowed() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let out = folder.path().join("out");
    for (more, words) in [
        (&["--rolling", "300:308:0"][..], "STEP must be at least 1"),
        (&["--rolling", "300"], "FROM:TO:STEP"),
        (&["--rolling", "300:308:4", "--horizons", "0"], "1..="),
        (&["--rolling", "300:308:4", "--from", "3"], "cannot be used with"),
        (&["--horizons", "3"], "--rolling"),
        (&["--rolling", "300:308:4", "--horizons", "3000"], "the history to go on to epoch 3300"),
        (&["--rolling", "180:184:4", "--spin-up", "40"], "at least 28 epochs before"),
        (&["--rolling", "168:168:1", "--horizons", "1"], "too few for a band"),
        (&["--rolling", "9000:9000:1"], "at most 3440"),
        (&["--rolling", "3000:3000:1"], "hindcast.from = 3000"),
    ] {
        let output = hindcast(&data, &out, more);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(words), "{more:?}: {error}");
        assert!(!error.contains("panicked"), "{more:?}: {error}");
    }
    assert!(!out.exists(), "nothing was begun");
}

#[test]
fn a_history_that_ends_before_the_file_s_own_window_will_do() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let mut history = History::read(&data).expect("sound");
    let end = history.position(LAST + 3).expect("in the history");
    history.epochs.truncate(end + 1);
    let short = folder.path().join("short.csv");
    let mut file = std::fs::File::create(&short).expect("created");
    history.write(&mut file).expect("written");
    let board = roll(&short, &folder.path().join("out"), &[]);
    assert_eq!(board["experiment"], "hindcast-rolling");
    assert_eq!(board["horizons"]["3"]["windows"], 3);
}

#[test]
fn each_setting_of_matching_moves_the_forecasts() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let forecasts = |name: &str, setting: &str| {
        let file = folder.path().join(format!("{name}.toml"));
        let text = format!(
            "extends = \"hindcast\"\n[experiment]\nname = \"{name}\"\n[hindcast]\n{setting}\n"
        );
        std::fs::write(&file, text).expect("written");
        let out = folder.path().join(name);
        let output = hindcast_of(&file, &data, &out, &[&ROLLING[..], &["--paths", "12"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ["tables/rolling_weights.csv", "tables/rolling_forecasts.csv"].map(|file| read(&out, file))
    };
    let [weights, as_shipped] = forecasts("shipped", "");
    for (name, setting, weighs) in [
        ("many", "matching_effective_share = 0.9", true),
        ("evenly", "matching_effective_share = 0.5\nmatching_last_counts = 1.0", true),
        ("forgotten", "matching_residual_carried = 0.0", false),
    ] {
        let [other, moved] = forecasts(name, setting);
        assert_eq!(other != weights, weighs, "{name}");
        assert_ne!(moved, as_shipped, "{name}");
    }
    let [half, _] = forecasts("half", "matching_effective_share = 0.5");
    let evenly = read(&folder.path().join("evenly"), "tables/rolling_weights.csv");
    assert_ne!(half, evenly, "how often the last epoch counts");
}
