//! The program as a user meets it: exit codes, messages, files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use hashflight::study::experiment::config::Tree;
use hashflight::study::results::folder::KINDS;
use hashflight::study::results::load::ResultTable;
use serde_json::Value;
use tempfile::TempDir;

/// Arguments that make a run tiny.
const TINY: [&str; 6] =
    ["--miners", "100", "--replicates", "2", "--set", "simulation.horizon_days=60"];

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    command.env_remove("SLURM_CPUS_PER_TASK").env_remove("RUST_LOG");
    command
}

fn call(folder: &Path, arguments: &[&str]) -> Output {
    program().current_dir(folder).args(arguments).output().expect("the program starts")
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Calls the program, checks its exit code, and returns what it printed.
fn expect(code: i32, folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = call(folder, arguments);
    let (out, err) = (words(&output.stdout), words(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

/// A folder with a tiny paired experiment in it, `pair.toml`.
fn workshop() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "extends = \"baseline\"\n[experiment]\ntitle = \"A pair\"\n\
                [[scenario]]\nname = \"on\"\n\
                [[scenario]]\nname = \"off\"\nset = { \"ai.enabled\" = false }\n\
                [[contrast]]\ntreatment = \"on\"\ncontrol = \"off\"\n";
    fs::write(folder.path().join("pair.toml"), text).expect("a file in it");
    folder
}

/// `run pair.toml --no-report` with tiny size and more arguments.
fn run_tiny<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ["run", "pair.toml", "--no-report"].iter().chain(&TINY).chain(more).copied().collect()
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

#[test]
fn a_run_ends_merged_and_a_second_one_says_so() {
    let folder = workshop();
    expect(0, folder.path(), &run_tiny(&[]));
    let results = folder.path().join("results/pair");
    let manifest = json(results.join("manifest.json"));
    assert_eq!(manifest["experiment"], "pair");
    assert_eq!(manifest["title"], "A pair");
    let command = "hashflight run pair.toml --no-report --miners 100 --replicates 2 \
                   --set simulation.horizon_days=60";
    assert_eq!(manifest["command"], command);
    assert_eq!(manifest["contrasts"][0]["control"], "off");
    assert_eq!(fs::read_dir(results.join("shards")).unwrap().count(), 0);
    let before = fs::metadata(results.join("runs.parquet")).unwrap().modified().unwrap();
    let (out, _) = expect(0, folder.path(), &run_tiny(&[]));
    assert!(out.contains("all 4 runs are done and merged"), "{out}");
    let after = fs::metadata(results.join("runs.parquet")).unwrap().modified().unwrap();
    assert_eq!(before, after);
}

#[test]
fn one_thread_two_threads_and_three_parts_give_the_same_bytes() {
    let folder = workshop();
    expect(0, folder.path(), &run_tiny(&["--out", "one", "--threads", "1"]));
    expect(0, folder.path(), &run_tiny(&["--out", "two", "--threads", "2"]));
    for part in ["2/3", "0/3", "1/3"] {
        expect(0, folder.path(), &run_tiny(&["--out", "parts", "--shard", part]));
    }
    expect(0, folder.path(), &["merge", "parts"]);
    let files = KINDS.map(|kind| format!("{kind}.parquet"));
    for file in files.iter().map(String::as_str).chain(["plan.json"]) {
        let bytes = |name: &str| fs::read(folder.path().join(name).join(file)).unwrap();
        assert!(bytes("one") == bytes("two"), "{file}");
        assert!(bytes("one") == bytes("parts"), "{file}");
    }
}

#[test]
fn a_merge_with_a_hole_fails_and_says_which() {
    let folder = workshop();
    expect(0, folder.path(), &run_tiny(&["--out", "holed", "--shard", "0/2"]));
    let (_, err) = expect(75, folder.path(), &["merge", "holed"]);
    assert!(err.contains("2 of 4 shards are missing: 1, 3"), "{err}");
    let (out, err) = expect(75, folder.path(), &["status", "holed", "--json"]);
    let status: Value = serde_json::from_str(&out).expect("nothing but JSON");
    assert_eq!((&status["done"], &status["missing"]), (&2.into(), &2.into()));
    assert!(err.contains("2 runs are missing"), "{err}");
    expect(0, folder.path(), &run_tiny(&["--out", "holed"]));
    let (out, _) = expect(0, folder.path(), &["status", "holed"]);
    assert!(out.contains("pair: merged"), "{out}");
}

#[test]
fn another_plan_is_refused_with_exit_code_65() {
    let folder = workshop();
    expect(0, folder.path(), &run_tiny(&[]));
    let (_, err) = expect(65, folder.path(), &run_tiny(&["--seed", "5"]));
    assert!(err.contains("  seed: 20251001 there, 5 here"), "{err}");
    expect(0, folder.path(), &run_tiny(&["--seed", "5", "--fresh"]));
}

#[test]
fn wrong_input_ends_with_exit_code_2_and_a_message() {
    let folder = workshop();
    let cases: [(&[&str], &str); 14] = [
        (&["run", "no/such/file.toml"], "no/such/file.toml: cannot be read"),
        (&["run", "."], "cannot be read"),
        (&["run", "pair.toml", "--miners", "0"], "--miners"),
        (&["run", "pair.toml", "--replicates", "-1"], "-1"),
        (&["run", "pair.toml", "--replicates", "0"], "--replicates"),
        (&["run", "pair.toml", "--shard", "3/3"], "I must be from 0 to 2"),
        (&["run", "pair.toml", "--threads", "x"], "expected a whole number from 1"),
        (&["run", "pair.toml", "--set", "no.such.key=1"], "--set: no.such.key: no such key"),
        (&["run", "pair.toml", "--set", "oops"], "expected key=value"),
        (&["frobnicate"], "unrecognized subcommand"),
        (&["status", "nowhere"], "nowhere: is no results folder"),
        (&["merge", "nowhere"], "nowhere: is no results folder"),
        (&["report", "nowhere"], "nowhere/manifest.json: no such file"),
        (&["verify", "nowhere"], "nowhere: is no results folder"),
    ];
    for (arguments, message) in cases {
        let (out, err) = expect(2, folder.path(), arguments);
        assert!(err.contains(message), "{arguments:?}: {err}");
        assert!(out.is_empty(), "{out}");
    }
    for (name, bytes) in [("empty", &b""[..]), ("binary", b"\0\x01\xff"), ("bad", b"= = =")] {
        fs::write(folder.path().join("bad.toml"), bytes).unwrap();
        let (_, err) = expect(2, folder.path(), &["run", "bad.toml"]);
        assert!(err.contains("bad.toml: "), "{name}: {err}");
    }
    assert!(!folder.path().join("results").exists());
}

#[test]
fn init_writes_a_valid_experiment_once_and_only_under_plain_names() {
    let folder = tempfile::tempdir().unwrap();
    expect(0, folder.path(), &["init", "mine"]);
    expect(0, folder.path(), &["init", "second", "--from", "mine"]);
    let (_, err) = expect(2, folder.path(), &["init", "mine"]);
    assert!(err.contains("experiments/mine.toml: is there already"), "{err}");
    assert!(err.contains("choose another name"), "{err}");
    expect(0, folder.path(), &["init", "shipped", "--from", "ai-counterfactual"]);
    let (_, err) = expect(2, folder.path(), &["init", "baseline"]);
    assert!(err.contains("choose another name"), "{err}");
    for name in ["../evil", "a b", ".hidden", "", "x/y"] {
        expect(2, folder.path(), &["init", "--", name]);
    }
    let (_, err) = expect(2, folder.path(), &["init", "third", "--from", "nothing"]);
    let (_, there) = err.split_once("experiments to start from: ").expect("a list");
    let there: Vec<_> = there.trim().split(", ").collect();
    for name in ["baseline", "ai-counterfactual", "mine", "second"] {
        assert!(there.contains(&name), "{err}");
    }
    let run = ["run", "experiments/second.toml", "--no-report"];
    let arguments: Vec<_> = run.iter().chain(&TINY).copied().collect();
    expect(0, folder.path(), &arguments);
    assert!(folder.path().join("results/second/runs.parquet").exists());
}

#[test]
fn parameters_are_listed_as_text_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let (out, _) = expect(0, folder.path(), &["parameters", "--json"]);
    let list: Value = serde_json::from_str(&out).expect("nothing but JSON");
    let list = list["parameters"].as_array().expect("a list");
    assert!(list.len() > 150);
    for key in ["key", "unit", "baseline", "range", "allowed", "source", "meaning"] {
        assert!(list.iter().all(|parameter| parameter.get(key).is_some()), "{key}");
    }
    let (out, _) = expect(0, folder.path(), &["parameters"]);
    assert!(out.contains("market.price.initial_usd = 114000.0 USD/BTC"), "{out}");
}

#[test]
fn a_plan_is_measured_without_leaving_anything() {
    let folder = workshop();
    let arguments: Vec<_> = ["plan", "pair.toml", "--json"].iter().chain(&TINY).copied().collect();
    let (out, _) = expect(0, folder.path(), &arguments);
    let cost: Value = serde_json::from_str(&out).expect("nothing but JSON");
    assert_eq!((&cost["runs"], &cost["shard_files"]), (&4.into(), &14.into()));
    assert!(cost["seconds_per_run"].as_f64().unwrap() > 0.0);
    assert!(!folder.path().join("results").exists());
}

#[test]
fn verification_holds_for_untouched_results_and_fails_for_touched_ones() {
    let folder = workshop();
    expect(0, folder.path(), &run_tiny(&["--out", "a"]));
    let (out, _) = expect(0, folder.path(), &["verify", "a", "--sample", "2", "--draw", "1"]);
    assert_eq!(out.lines().filter(|line| line.starts_with("same ")).count(), 2, "{out}");
    let other = ["--out", "b", "--set", "market.price.initial_usd=50000"];
    expect(0, folder.path(), &run_tiny(&other));
    let file = |name: &str| folder.path().join(name).join("runs.parquet");
    fs::copy(file("b"), file("a")).unwrap();
    let (out, _) = expect(1, folder.path(), &["verify", "a", "--sample", "2", "--json"]);
    let findings: Value = serde_json::from_str(&out).expect("nothing but JSON");
    assert_eq!(findings["changed_files"][0], "runs.parquet");
    // There is nothing to compare with.
    assert_eq!(findings["checks"], serde_json::json!([]));
}

/// What `verify --columns` prints, by file and column.
fn columns(folder: &Path, results: &str) -> BTreeMap<String, String> {
    let (out, _) = expect(0, folder, &["verify", results, "--columns"]);
    let mut lines = out.lines();
    assert_eq!(lines.next(), Some("file,column,digest"));
    let lines: Vec<_> = lines.map(|line| line.rsplit_once(',').expect("a digest")).collect();
    assert!(lines.is_sorted(), "{out}");
    lines.into_iter().map(|(column, digest)| (column.to_owned(), digest.to_owned())).collect()
}

#[test]
fn digests_of_columns_tell_a_new_key_from_changed_values() {
    let folder = workshop();
    expect(0, folder.path(), &run_tiny(&["--out", "a"]));
    // Nothing reads this key: another plan, other footers, the same values.
    expect(0, folder.path(), &run_tiny(&["--out", "b", "--set", "ai.demand.shift_log=0.5"]));
    expect(0, folder.path(), &run_tiny(&["--out", "c", "--set", "market.price.initial_usd=50000"]));
    let files = |name: &str| json(folder.path().join(name).join("manifest.json"))["files"].clone();
    let [a, b, c] = ["a", "b", "c"].map(|name| columns(folder.path(), name));
    assert_ne!(files("a"), files("b"));
    assert_eq!(a, b);
    assert!(a.keys().eq(c.keys()) && a.len() > 300, "{}", a.len());
    for column in ["runs.parquet,replicate", "series.parquet,replicate", "series.parquet,day"] {
        assert_eq!(a[column], c[column], "{column}");
    }
    assert_ne!(a["series.parquet,btc_price_usd"], c["series.parquet,btc_price_usd"]);
    let replicate = b"replicate\ninteger\n\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0";
    assert_eq!(a["runs.parquet,replicate"], blake3::hash(replicate).to_hex()[..16]);
    let (_, err) = expect(2, folder.path(), &["verify", "a", "--columns", "--json"]);
    assert!(err.contains("cannot be used with"), "{err}");
    let swapped = folder.path().join("a/runs.parquet");
    fs::copy(folder.path().join("c/runs.parquet"), swapped).unwrap();
    let (out, err) = expect(1, folder.path(), &["verify", "a", "--columns"]);
    assert!(err.contains("a: not as published: runs.parquet"), "{err}");
    assert!(!out.contains("runs.parquet,") && out.contains("\nseries.parquet,day,"), "{out}");
}

#[test]
fn a_killed_run_is_continued_to_the_same_bytes() {
    let folder = workshop();
    let size = ["--miners", "100", "--replicates", "40", "--set", "simulation.horizon_days=200"];
    let run = |out: &'static str| -> Vec<&str> {
        let start = ["run", "pair.toml", "--no-report", "--out", out];
        start.iter().chain(&size).copied().collect()
    };
    let began = Instant::now();
    expect(0, folder.path(), &run("whole"));
    let took = began.elapsed();
    for share in [4, 2] {
        let mut child = program()
            .current_dir(folder.path())
            .args(run("killed"))
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(took / share);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    expect(0, folder.path(), &run("killed"));
    for file in KINDS.map(|kind| format!("{kind}.parquet")) {
        let bytes = |name: &str| fs::read(folder.path().join(name).join(&file)).unwrap();
        assert!(bytes("whole") == bytes("killed"), "{file}");
    }
    assert_eq!(fs::read_dir(folder.path().join("killed/shards")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_keeps_what_is_finished_and_the_same_command_continues() {
    let folder = workshop();
    let arguments =
        ["run", "pair.toml", "--no-report", "--out", "r", "--miners", "100", "--threads", "1"];
    let more = ["--replicates", "20000", "--set", "simulation.horizon_days=60"];
    for (attempt, (signal, code)) in [("-INT", 130), ("-TERM", 143)].into_iter().enumerate() {
        let child = program()
            .current_dir(folder.path())
            .args(arguments.iter().chain(&more))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        wait_for_receipts(&folder.path().join("r/receipts"), attempt + 1);
        std::thread::sleep(Duration::from_millis(300));
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let err = words(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(err.contains("the same command continues"), "{err}");
    }
    expect(75, folder.path(), &["status", "r"]);
}

/// Waits until so many attempts have begun: from then on they listen to signals.
#[cfg(unix)]
fn wait_for_receipts(folder: &Path, attempts: usize) {
    let began = Instant::now();
    let count = || fs::read_dir(folder).map_or(0, Iterator::count);
    while count() < attempts && began.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_leaves_figures_and_the_report_can_be_repeated() {
    let folder = workshop();
    let run: Vec<_> = ["run", "pair.toml"].iter().chain(&TINY).copied().collect();
    let (out, _) = expect(0, folder.path(), &run);
    assert!(out.contains("figures in results/pair/figures"), "{out}");
    expect(0, folder.path(), &["report", "results/pair"]);
    let figures = fs::read_dir(folder.path().join("results/pair/figures")).unwrap().flatten();
    let vector = figures.filter(|f| f.path().extension().is_some_and(|e| e == "svg")).count();
    assert!(vector >= 5, "{vector}");
    assert!(folder.path().join("results/pair/summary.json").exists());
}

/// Names of files in the making, anywhere in a folder.
fn in_the_making(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let unfinished = ["tmp", "partial", "conflict"];
    let ends =
        |path: &PathBuf| path.extension().is_some_and(|e| unfinished.iter().any(|u| e == *u));
    let below = folders.iter().flat_map(|folder| in_the_making(folder));
    below.chain(files.into_iter().filter(ends)).collect()
}

/// Starts a command several times at once and asserts that every one of them succeeds.
fn all_succeed(folder: &Path, times: usize, arguments: &[&str]) {
    let start = || {
        let mut command = program();
        command.current_dir(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    };
    let started: Vec<_> = (0..times).map(|_| start()).collect();
    for child in started {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{:?}\n{}", output.status, words(&output.stderr));
    }
    let left = in_the_making(folder);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn runs_and_reports_side_by_side_all_succeed_and_leave_whole_files() {
    let folder = workshop();
    let run: Vec<_> = ["run", "pair.toml"].iter().chain(&TINY).copied().collect();
    all_succeed(folder.path(), 3, &run);
    let results = folder.path().join("results/pair");
    let current = || hashflight::report::ReportRecord::is_current(&results);
    assert!(current() && fs::read_dir(results.join("shards")).unwrap().count() == 0);
    expect(0, folder.path(), &["verify", "results/pair", "--sample", "1"]);
    let before = fs::read(results.join("report.json")).unwrap();
    all_succeed(folder.path(), 4, &["report", "results/pair"]);
    assert!(current() && fs::read(results.join("report.json")).unwrap() == before);
}

#[test]
fn a_report_that_is_not_whole_is_finished_by_the_next_run() {
    let folder = workshop();
    let run: Vec<_> = ["run", "pair.toml"].iter().chain(&TINY).copied().collect();
    expect(0, folder.path(), &run);
    let results = folder.path().join("results/pair");
    let record = fs::read(results.join("report.json")).unwrap();
    let (out, _) = expect(0, folder.path(), &run);
    assert!(!out.contains("figures in"), "{out}");
    // As a kill leaves it: no record, figures missing, a file half written.
    let figure = results.join("figures/idle_stock.pdf");
    for broken in ["report.json", "figures/idle_stock.pdf", "summary.csv", "tables/headline.tex"] {
        fs::remove_file(results.join(broken)).unwrap();
        let (out, _) = expect(0, folder.path(), &run);
        assert!(out.contains("10 figures in results/pair/figures; 8 tables"), "{broken}: {out}");
        assert!(figure.exists() && fs::read(results.join("report.json")).unwrap() == record);
    }
    fs::write(&figure, "%PDF").unwrap();
    expect(0, folder.path(), &run);
    assert!(hashflight::report::ReportRecord::is_current(&results));
}

/// A design of switches, rules and numbers.
const SWITCHES: &str = "extends = \"baseline\"\n\
    [simulation]\nhorizon_days = 30\nrecord_every_days = 10\n\
    [[design]]\nname = \"g\"\nmethod = \"grid\"\n\
    [[design.factor]]\nkey = \"ai.enabled\"\nvalues = [true, false]\n\
    [[design.factor]]\nkey = \"ai.conversion.rule\"\nvalues = [\"real_option\", \"npv\"]\n\
    [[design.factor]]\nkey = \"market.price.annual_volatility\"\nvalues = [0.4, 0.6]\n";

#[test]
fn a_switch_is_a_boolean_column_and_an_owner_has_a_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("g.toml"), SWITCHES).unwrap();
    let run = ["run", "g.toml", "--no-report", "--miners", "100", "--replicates", "1"];
    expect(0, folder.path(), &run);
    let results = folder.path().join("results/g");
    let runs = ResultTable::open(&results.join("runs.parquet")).expect("Parquet");
    let switches = runs.booleans_of("ai.enabled", 0..8).expect("a Boolean column");
    assert_eq!(switches, [true, true, true, true, false, false, false, false]);
    let numbers = runs.numbers_of("market.price.annual_volatility", 0..2).expect("numbers");
    assert_eq!(numbers, [0.4, 0.6]);
    let mut rules = Vec::new();
    runs.strings("ai.conversion.rule", |rule| rules.push(rule.to_owned())).expect("texts");
    assert_eq!(rules[..3], ["real_option", "real_option", "npv"]);
    let design = fs::read_to_string(results.join("design.csv")).unwrap();
    assert!(design.lines().nth(1).unwrap().contains(",true,real_option,0.4,"), "{design}");
    assert!(design.lines().nth(8).unwrap().contains(",false,npv,0.6,"), "{design}");

    let miners = ResultTable::open(&results.join("miners.parquet")).expect("Parquet");
    let mut owners = Vec::new();
    miners.strings("owner", |owner| owners.push(owner.to_owned())).expect("texts");
    let made_up = |owner: &String| {
        let number = owner.strip_prefix("owner-");
        number.is_some_and(|number| number.len() >= 4 && number.parse::<u32>().is_ok())
    };
    let baseline = include_str!("../../experiments/baseline.toml").parse::<toml::Table>().unwrap();
    let rows = baseline["miners"]["owners"].as_array().unwrap();
    let names: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    let known = |owner: &String| names.contains(&owner.as_str());
    assert!(owners.iter().all(|owner| known(owner) != made_up(owner)), "{owners:?}");
    assert!(owners.iter().any(known) && owners.iter().any(made_up), "{owners:?}");
    // The first site is of the owner with the most hash rate, not of the first row of the file.
    let size = |row: &&toml::Value| row["hash_rate_ehs"].as_float().unwrap();
    let largest = rows.iter().max_by(|a, b| size(a).total_cmp(&size(b))).unwrap();
    assert_eq!(Some(owners[0].as_str()), largest["name"].as_str());
}

#[test]
fn implausible_values_are_pointed_out_kept_and_refused_by_strict() {
    let folder = workshop();
    let tariff = "market.energy.median_tariff_usd_per_mwh=0.05";
    let few = ["--replicates", "1", "--set", "simulation.horizon_days=28", "--set", tariff];
    let run: Vec<_> = ["run", "pair.toml", "--no-report"].iter().chain(&few).copied().collect();
    let tree = Tree::baseline().expect("the built-in baseline is valid, as other tests show");
    let key = "market.energy.median_tariff_usd_per_mwh";
    let known = tree.parameters().iter().find(|parameter| parameter.key == key);
    let [low, high] = known.and_then(|parameter| parameter.range).expect("a range");
    let line = &format!(
        "--set: {key} = 0.05 USD/MWh is outside its plausible range, {low} to {high} USD/MWh"
    );
    for verb in ["run", "plan"] {
        let mut strict = run.clone();
        strict[0] = verb;
        strict.retain(|word| verb == "run" || *word != "--no-report");
        strict.push("--strict");
        let (_, err) = expect(2, folder.path(), &strict);
        assert!(err.contains(line) && err.contains("--strict"), "{err}");
    }
    let mut submit = vec!["submit", "pair.toml", "--engine", "slurm", "--dry-run", "--strict"];
    submit.extend(few);
    let (_, err) = expect(2, folder.path(), &submit);
    assert!(err.contains(line), "{err}");
    assert!(!folder.path().join("results").exists());

    let (_, err) = expect(0, folder.path(), &[&run[..], &["--miners", "200"]].concat());
    assert!(err.contains(&format!("warning: {line}")), "{err}");
    assert_eq!(err.matches("is outside its plausible range").count(), 2, "{err}");
    let manifest = json(folder.path().join("results/pair/manifest.json"));
    let list = manifest["out_of_range"].as_array().expect("a list");
    let noted = list.iter().find(|noted| noted["where"] == "--set").expect("the tariff");
    assert_eq!(noted["key"], "market.energy.median_tariff_usd_per_mwh");
    assert_eq!((&noted["value"], &noted["range"][1]), (&0.05.into(), &high.into()));
    // What is plausible runs without a word, and a changed range is no other plan.
    let fine =
        ["run", "pair.toml", "--no-report", "--strict", "--replicates", "1", "--out", "fine"];
    let small = ["--miners", "1000", "--set", "simulation.horizon_days=28"];
    let (_, err) = expect(0, folder.path(), &[&fine[..], &small].concat());
    assert!(!err.contains("warning"), "{err}");
}

#[test]
fn every_kind_of_error_ends_with_the_exit_code_of_the_contract() {
    let folder = workshop();
    let at = |name: &str| folder.path().join(name);
    expect(0, folder.path(), &run_tiny(&["--out", "done"]));
    let shifted = ["--set", "market.price.initial_usd=50000"];
    expect(0, folder.path(), &run_tiny(&[&["--out", "other"], &shifted[..]].concat()));
    expect(0, folder.path(), &run_tiny(&["--out", "half", "--shard", "0/2"]));
    fs::write(at("file"), "no folder").unwrap();
    fs::write(at("factors.csv"), "name,distribution,low,high\nx,uniform,0,1\n").unwrap();
    fs::create_dir(at("folder")).unwrap();
    let design = ["design", "--method", "lhs", "--samples", "4", "--factors"];
    let design = |more: &[&'static str]| [&design[..], more].concat();
    let cases: Vec<(i32, Vec<&str>, &str)> = vec![
        // Wrong input.
        (2, run_tiny(&["--out", "file"]), "file: is a file"),
        (2, run_tiny(&["--out", "file/below"]), "file/below"),
        (2, run_tiny(&["--out", "file", "--shard", "0/2"]), "file: is a file"),
        (2, run_tiny(&["--out", "file", "--fresh"]), "file: is a file"),
        (2, run_tiny(&["--out", "file", "--explain"]), "file: is a file"),
        (2, vec!["demo", "--out", "file"], "file: is a file"),
        (2, vec!["submit", "pair.toml", "--engine", "slurm", "--out", "file"], "file: is a file"),
        (
            2,
            vec!["submit", "pair.toml", "--engine", "k8s", "--dry-run", "--out", "file"],
            "file: is a file",
        ),
        (2, vec!["submit", "nowhere.toml", "--engine", "slurm"], "nowhere.toml"),
        (2, vec!["plan", "nowhere.toml"], "nowhere.toml"),
        (2, vec!["plan", "pair.toml", "--design", "d.csv"], "has no [[design]]"),
        (2, vec!["hindcast", "pair.toml"], "pair.toml"),
        (2, vec!["hindcast", "nowhere.toml"], "nowhere.toml"),
        (2, vec!["calibrate", "pair.toml"], "pair.toml"),
        (2, vec!["init", "a b"], "a b"),
        (2, vec!["merge", "file"], "file: is no results folder"),
        (2, vec!["status", "file"], "file: is no results folder"),
        (2, vec!["verify", "file"], "file: is no results folder"),
        (2, vec!["verify", "half"], "half: is not merged yet"),
        (2, vec!["report", "half"], "half/manifest.json"),
        (2, vec!["report", "file"], "file"),
        (2, design(&["nowhere.csv", "--out", "d.csv"]), "nowhere.csv"),
        (2, design(&["folder", "--out", "d.csv"]), "folder"),
        (2, design(&["factors.csv", "--out", "folder"]), "folder"),
        (2, design(&["factors.csv", "--out", "file/d.csv"]), "file/d.csv"),
        (2, vec!["import", "nowhere.csv", "--out", "h.csv"], "nowhere.csv"),
        (2, vec!["import", "folder", "--out", "h.csv"], "folder"),
        (2, vec!["measure", "nowhere.csv"], "nowhere.csv"),
        (2, vec!["measure", "folder"], "folder"),
        (2, vec!["sensitivity", "nowhere"], "nowhere"),
        (2, vec!["sensitivity", "done"], "done"),
        (2, vec!["discover", "nowhere", "--output", "x", "--above", "1"], "nowhere"),
        (2, vec!["calc", "subsidy", "--height", "-1"], "-1"),
        // Another plan.
        (65, run_tiny(&["--out", "done", "--seed", "5"]), "results of another plan"),
        (65, run_tiny(&["--out", "half", "--seed", "5"]), "results of another plan"),
        // Work is left.
        (75, vec!["merge", "half"], "2 of 4 shards are missing"),
        (75, vec!["status", "half"], "2 runs are missing"),
        // Done.
        (0, vec!["merge", "done"], ""),
        (0, vec!["status", "done"], ""),
    ];
    for (code, arguments, message) in &cases {
        let (_, err) = expect(*code, folder.path(), arguments);
        assert!(err.contains(message), "{arguments:?}: {err}");
    }
    // A file that was swapped is no file of these results, nor is a manifest that names it.
    let (runs, manifest) = (at("done/runs.parquet"), at("done/manifest.json"));
    fs::copy(at("other/runs.parquet"), &runs).unwrap();
    expect(1, folder.path(), &["verify", "done", "--sample", "2"]);
    let digest = |path: &PathBuf| json(path.clone())["files"]["runs.parquet"].to_string();
    let (own, other) = (digest(&manifest), digest(&at("other/manifest.json")));
    let text = fs::read_to_string(&manifest).unwrap().replace(&own, &other);
    fs::write(&manifest, text).unwrap();
    let (_, err) = expect(2, folder.path(), &["verify", "done", "--sample", "2"]);
    assert!(err.contains("done/manifest.json: is damaged"), "{err}");
    fs::write(&runs, "no Parquet at all").unwrap();
    let (_, err) = expect(2, folder.path(), &["report", "done"]);
    assert!(err.contains("done/manifest.json"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_refuses_ends_with_exit_code_74() {
    let folder = workshop();
    let (_, err) = expect(74, folder.path(), &run_tiny(&["--out", "/proc/no-place-for-results"]));
    assert!(err.contains("/proc/no-place-for-results"), "{err}");
    let full = fs::File::options().write(true).open("/dev/full").expect("a full device");
    let output = program().arg("parameters").stdout(full).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(74), "{}", words(&output.stderr));
}

#[test]
fn what_a_file_states_in_vain_and_what_may_surprise_is_said() {
    let folder = workshop();
    let prices: Vec<_> = (1..=31).map(|day| format!("2025-10-{day:02},{}e3", 90 + day)).collect();
    let prices = prices.join("\n");
    fs::write(folder.path().join("p.csv"), format!("date,price_usd\n{prices}\n")).unwrap();
    let said = |text: &str| {
        let text = format!("extends = \"pair\"\n[simulation]\nhorizon_days = 30\n{text}");
        fs::write(folder.path().join("mine.toml"), text).unwrap();
        expect(0, folder.path(), &["run", "mine.toml", "--miners", "1000", "--explain"]).1
    };
    assert_eq!(said(""), "");
    let replayed = "[market.price]\nprocess = \"replay\"\nreplay_file = \"p.csv\"\n";
    let noted = said(&format!("{replayed}initial_usd = 5e4\njump_sd_log = 0.2\n"));
    for part in [
        "miners' own sales move the replayed price",
        "market.price.impact_coefficient = 0",
        "market.price.initial_usd = 50000.0 has no effect",
        "market.price.jump_sd_log = 0.2 has no effect, since market.price.process is not",
    ] {
        assert!(noted.contains(part), "{part}: {noted}");
    }
    assert_eq!(said(&format!("{replayed}impact_coefficient = 0\n")), "");
    let noted = said("[miners.closures]\nsingle_share = 0.3\n[ai.demand]\nshift_log = 0.5\n");
    assert!(
        noted.contains("single_share = 0.3 has no effect, since miners.closures.single_day"),
        "{noted}"
    );
    assert!(noted.contains("ai.demand.shift_log = 0.5 has no effect"), "{noted}");
    // Under its old name a key does what it does under today's.
    let noted = said("[miners.turnover]\nexodus_share = 0.3\n");
    for part in [
        "mine.toml: miners.turnover.exodus_share is called miners.closures.single_share now",
        "miners.closures.single_share = 0.3 has no effect",
    ] {
        assert!(noted.contains(part), "{part}: {noted}");
    }
    let noted = said("[market.price]\nshock_day = 30.0\nshock_log = -0.7\n");
    assert!(noted.contains("shock_day = 30 never comes"), "{noted}");
    let noted = said("[chain]\nbits = \"1d00ffff\"\n");
    assert!(noted.contains("in place of 600"), "{noted}");
    // One scenario reads what the other does not.
    assert_eq!(said("[ai.demand]\ndemand_gw_per_year = 9\n"), "");
}

#[test]
fn runs_of_a_program_that_nothing_names_are_not_continued() {
    let folder = workshop();
    expect(0, folder.path(), &run_tiny(&["--out", "half", "--shard", "0/2"]));
    for receipt in fs::read_dir(folder.path().join("half/receipts")).unwrap().flatten() {
        fs::write(receipt.path(), "").unwrap();
    }
    let (_, err) = expect(2, folder.path(), &run_tiny(&["--out", "half"]));
    assert!(err.contains("which program made the runs that are there"), "{err}");
    expect(0, folder.path(), &run_tiny(&["--out", "half", "--allow-binary-change"]));
}
