//! `sensitivity` and `discover` on the results of an experiment with a design.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::report::synthetic::{Values, write_parquet};
use crate::support::manifest::{change_manifest, write_manifest};
use hashflight::random::{Draws, Stream};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Replicates of every scenario.
const REPLICATES: i32 = 4;
const OUTCOME: &str = "attack_gross_usd_last";

/// A point: block and two factors in the unit square.
type Point = (String, [f64; 2]);

fn unit(salt: u32, row: u32) -> [f64; 2] {
    let draws = Draws::new(31, 0);
    [0, 1].map(|factor| draws.uniform(Stream::Analysis, factor + salt, row, 0))
}

fn saltelli(rows: u32) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let (a, b) = (|row| unit(0, row), |row| unit(2, row));
    points.extend((0..rows).map(|row| ("A".to_owned(), a(row))));
    points.extend((0..rows).map(|row| ("B".to_owned(), b(row))));
    points.extend((0..rows).map(|row| ("AB1".to_owned(), [b(row)[0], a(row)[1]])));
    points.extend((0..rows).map(|row| ("AB2".to_owned(), [a(row)[0], b(row)[1]])));
    points
}

fn latin(points: u32) -> Vec<Point> {
    (0..points).map(|row| ("A".to_owned(), unit(4, row))).collect()
}

/// Noise that the arms of a replicate share.
fn noise(row: usize, replicate: i32) -> f64 {
    Draws::new(32, 0).uniform(Stream::Analysis, replicate as u32, row as u32, 0)
}

/// With AI an arm gains what the first factor says, more where the second is large.
fn outcome(arm: &str, [x, y]: [f64; 2], noise: f64) -> f64 {
    let gain = if arm == "ai" { 2.0 * x + x * y } else { 0.0 };
    10.0 + 3.0 * y + gain + noise
}

/// Results of one design `space` in arms; an unnamed arm is `""`.
struct Results {
    folder: TempDir,
    points: Vec<Point>,
    arms: Vec<&'static str>,
}

impl Results {
    fn new(method: &str, points: Vec<Point>, arms: &[&'static str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let results = Self { folder, points, arms: arms.to_vec() };
        results.write_manifest(method, &json!([]));
        let mut design = "scenario,design,arm,ai.growth,btc.drift,block,row\n".to_owned();
        for (row, (block, [x, y])) in results.points.iter().enumerate() {
            for arm in arms {
                let name = scenario(row, arm);
                let _ = writeln!(design, "{name},space,{arm},{x},{y},{block},{row}");
            }
        }
        fs::write(results.folder.path().join("design.csv"), design).expect("a file");
        results.write_runs(|_, _| true);
        results
    }

    fn write_manifest(&self, method: &str, failed: &Value) {
        let names: Vec<String> = self.runs().map(|(row, arm)| scenario(row, arm)).collect();
        let factor =
            |key: &str| json!({ "key": key, "distribution": "uniform", "low": 0.0, "high": 1.0 });
        let manifest = json!({
            "experiment": "made-up", "plan_digest": "0123", "scenarios": names,
            "replicates": REPLICATES, "failed": failed,
            "designs": [{
                "name": "space", "method": method, "samples": 64, "seed": 1, "levels": 4,
                "factors": [factor("ai.growth"), factor("btc.drift")], "points": self.points.len(),
            }],
        });
        write_manifest(self.folder.path(), &manifest);
    }

    fn runs(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let arms = self.arms.clone();
        (0..self.points.len())
            .flat_map(move |row| arms.clone().into_iter().map(move |arm| (row, arm)))
    }

    /// The runs that `keep` keeps, by scenario and replicate.
    fn write_runs(&self, keep: impl Fn(&str, i32) -> bool) {
        let (mut scenarios, mut replicates, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
        for (row, arm) in self.runs() {
            for replicate in
                (0..REPLICATES).filter(|replicate| keep(&scenario(row, arm), *replicate))
            {
                scenarios.push(scenario(row, arm));
                replicates.push(replicate);
                outcomes.push(outcome(arm, self.points[row].1, noise(row, replicate)));
            }
        }
        let columns = [
            ("scenario".to_owned(), Values::Text(scenarios)),
            ("replicate".to_owned(), Values::Whole(replicates)),
            (OUTCOME.to_owned(), Values::Real(outcomes)),
        ];
        write_parquet(&self.folder.path().join("runs.parquet"), &columns);
        change_manifest(self.folder.path(), |_| ());
    }

    /// The same as two files for any model; `of` makes an output from a run's arms.
    fn as_files(&self, of: impl Fn(usize, i32) -> f64) {
        let mut design = "ai.growth,btc.drift,block,row\n".to_owned();
        let mut outputs = "row,replicate,y\n".to_owned();
        for (row, (block, [x, y])) in self.points.iter().enumerate() {
            let _ = writeln!(design, "{x},{y},{block},{row}");
            for replicate in 0..REPLICATES {
                let _ = writeln!(outputs, "{row},{replicate},{}", of(row, replicate));
            }
        }
        fs::write(self.folder.path().join("d.csv"), design).expect("a file");
        fs::write(self.folder.path().join("y.csv"), outputs).expect("a file");
    }

    fn call(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_hashflight"));
        program.env_remove("RUST_LOG").current_dir(self.folder.path()).args(arguments);
        program.output().expect("the program starts")
    }

    fn found(&self, arguments: &[&str]) -> Value {
        let output = self.call(&[arguments, &["--json"]].concat());
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{err}");
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }

    fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(output.stdout.is_empty() && !err.contains("panicked"), "{err}");
        err
    }

    fn there(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }
}

fn scenario(row: usize, arm: &str) -> String {
    if arm.is_empty() { format!("space-{row}") } else { format!("space-{row}.{arm}") }
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn results_and_files_of_the_same_numbers_have_the_same_indices() {
    let results = Results::new("saltelli", saltelli(64), &["ai", "none"]);
    let difference = |row: usize, replicate| {
        let (_, x) = results.points[row];
        let noise = noise(row, replicate);
        outcome("ai", x, noise) - outcome("none", x, noise)
    };
    results.as_files(difference);
    let of_files = results.found(&["sensitivity", "--design", "d.csv", "--outputs", "y.csv"]);
    let contrast = ["sensitivity", ".", "--output", OUTCOME, "--contrast", "ai", "none"];
    let of_results = results.found(&contrast);
    assert_eq!(of_results["indices"], of_files["indices"]);
    assert_eq!(of_results["convergence"], of_files["convergence"]);
    assert_eq!(of_results["results"]["contrast"], json!({ "treatment": "ai", "control": "none" }));
    assert_eq!(of_results["indices"][0]["name"], "ai.growth");
}

/// The arms of a replicate share their noise: their difference has none, each of them has. The
/// second factor moves an arm and hardly the difference.
#[test]
fn the_index_of_a_difference_is_that_of_the_effect() {
    let results = Results::new("saltelli", saltelli(256), &["ai", "none"]);
    let arm = results.found(&["sensitivity", ".", "--output", OUTCOME, "--arm", "ai"]);
    let effect =
        results.found(&["sensitivity", ".", "--output", OUTCOME, "--contrast", "ai", "none"]);
    let number = |value: &Value| value.as_f64().expect("a number");
    assert!(number(&arm["noise_share"]) > 0.005, "{}", arm["noise_share"]);
    assert!(number(&effect["noise_share"]) < 1e-20, "{}", effect["noise_share"]);
    let drift = |found: &Value| number(&found["indices"][1]["total"]);
    // Arm: the variance is (2.5² + 3.5²)/12 and 1/144 of interaction, up to the noise; effect
    // 2x + xy: main effects of 2.5²/12 and 0.5²/12, interaction 1/144.
    let of_effect = (0.25 / 12.0 + 1.0 / 144.0) / (6.25 / 12.0 + 0.25 / 12.0 + 1.0 / 144.0);
    assert!((drift(&effect) - of_effect).abs() < 0.02, "{} {of_effect}", drift(&effect));
    assert!(drift(&arm) > 0.5, "{}", drift(&arm));
}

#[test]
fn what_is_found_is_kept_with_the_results() {
    let results = Results::new("saltelli", saltelli(64), &[""]);
    let folder = results.folder.path();
    let found = results.found(&["sensitivity", ".", "--output", OUTCOME]);
    assert!(found["results"].get("arm").is_none(), "{}", found["results"]);
    let kept: Value = serde_json::from_str(&read(folder, "sensitivity.json")).expect("JSON");
    assert_eq!(
        (&kept["indices"], &kept["results"]["design"]),
        (&found["indices"], &"space".into())
    );
    assert!(kept["command"].as_str().expect("text").starts_with("hashflight sensitivity ."));
    assert!(read(folder, "tables/sensitivity.tex").contains("ai.growth & $"));
    assert_eq!(read(folder, "tables/sensitivity.csv").lines().count(), 4);
    for figure in ["sensitivity", "sensitivity_convergence"] {
        let svg = read(folder, &format!("figures/{figure}.svg"));
        assert!(svg.contains(found["outputs_blake3"].as_str().expect("text")), "{figure}");
        assert!(svg.contains("hashflight sensitivity . --output"), "{figure}");
        assert_sourced(folder, figure, figure);
        assert!(results.there(&format!("figures/{figure}.pdf")));
    }
    results.found(&["sensitivity", ".", "--output", OUTCOME, "--label", "second"]);
    assert!(results.there("sensitivity_second.json"));
    assert!(results.there("figures/sensitivity_convergence_second.png"));

    results.found(&["discover", ".", "--output", OUTCOME, "--above-quantile", "0.8"]);
    for name in ["discovery.json", "tables/discovery.csv", "figures/discovery.png"] {
        assert!(results.there(name), "{name}");
    }
    assert_sourced(folder, "discovery", "discovery");
}

/// Asserts that a figure carries the digest of the numbers beside it.
fn assert_sourced(folder: &Path, figure: &str, numbers: &str) {
    let svg = read(folder, &format!("figures/{figure}.svg"));
    let digest = blake3::hash(read(folder, &format!("figures/{numbers}.csv")).as_bytes());
    let said = format!("<metadata>data blake3 {} ({numbers}.csv); ", digest.to_hex());
    assert!(svg.contains(&said), "{figure}: no {said}");
}

#[test]
fn a_discovery_without_a_box_leaves_no_figure_of_an_earlier_one() {
    let results = Results::new("lhs", latin(400), &[""]);
    let discover = |more: &[&str]| {
        results.found(&[&["discover", ".", "--output", OUTCOME][..], more].concat());
    };
    let figure = |name: &str, there: bool| {
        for form in ["svg", "png", "pdf", "csv"] {
            assert_eq!(results.there(&format!("figures/{name}.{form}")), there, "{name}.{form}");
        }
    };
    discover(&["--above-quantile", "0.7", "--boxes", "2"]);
    discover(&["--above-quantile", "0.7", "--label", "2"]);
    figure("discovery", true);
    figure("discovery-2", true);
    discover(&["--above-quantile", "0.8"]);
    figure("discovery", true);
    figure("discovery-2", false);
    // No cut of twenty points is as improbable as this.
    discover(&["--above-quantile", "0.8", "--significance", "1e-300"]);
    figure("discovery", false);
    figure("discovery_2", true);
}

/// Names stand in the file; the manifest says in which order they belong.
#[test]
fn names_are_factors_of_indices_as_numbers_are() {
    let names = ["npv", "real_option", "logit"];
    let place = |x: f64| ((3.0 * x) as usize).min(2);
    let numbered = |point: &Point| (point.0.clone(), [place(point.1[0]) as f64, point.1[1]]);
    let points: Vec<Point> = saltelli(64).iter().map(numbered).collect();
    let results = Results::new("saltelli", points, &[""]);
    let by_number = results.found(&["sensitivity", ".", "--output", OUTCOME]);
    let path = results.folder.path().join("design.csv");
    let mut design = "scenario,design,arm,ai.growth,btc.drift,block,row\n".to_owned();
    for (row, (block, [x, y])) in results.points.iter().enumerate() {
        let name = names[*x as usize];
        let _ = writeln!(design, "{},space,,{name},{y},{block},{row}", scenario(row, ""));
    }
    fs::write(&path, &design).expect("a file");
    change_manifest(results.folder.path(), |_| ());
    let by_name = results.found(&["sensitivity", ".", "--output", OUTCOME]);
    assert_eq!(by_name["indices"], by_number["indices"]);
    fs::write(&path, design.replacen(",npv,", ",0.5,", 1)).expect("a file");
    let refused = results.call(&["sensitivity", ".", "--output", OUTCOME]);
    let err = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{err}");
    assert!(err.contains("design.csv: is damaged or was changed"), "{err}");
    change_manifest(results.folder.path(), |_| ());
    let err = results.refusal(&["sensitivity", ".", "--output", OUTCOME]);
    assert!(err.contains("is not a finite number"), "{err}");
}

/// Effects of places 0, 1 and 2: the list of the manifest decides which name stands where, not the
/// order in which names appear.
#[test]
fn steps_of_names_are_measured_by_their_place_in_the_list() {
    let names = ["logit", "npv", "real_option"];
    let step = |trajectory: usize| [[2.0, 0.0], [0.0, 1.0], [1.0, 2.0]][trajectory % 3];
    let points = (0..6).flat_map(|trajectory: usize| {
        let [from, to] = step(trajectory);
        [[from, 0.0], [to, 0.0], [to, 1.0]].map(|x| (trajectory.to_string(), x))
    });
    let results = Results::new("morris", points.collect(), &["ai"]);
    let (mut design, folder) = (String::new(), results.folder.path());
    design.push_str("scenario,design,arm,ai.growth,btc.drift,block,row\n");
    for (row, (block, [x, y])) in results.points.iter().enumerate() {
        let name = names[*x as usize];
        let _ = writeln!(design, "{},space,ai,{name},{y},{block},{row}", scenario(row, "ai"));
    }
    fs::write(folder.join("design.csv"), design).expect("a file");
    change_manifest(folder, |manifest| {
        manifest["designs"][0]["factors"][0] =
            json!({ "key": "ai.growth", "distribution": "discrete", "values": names });
    });
    let found = results.found(&["sensitivity", ".", "--output", OUTCOME]);
    let index = &found["indices"][0];
    assert_eq!(index["scale"], "places");
    // 2 a place, four units over the list of three, and noise below 1 a point.
    let mu = index["mu"].as_f64().expect("a number");
    assert!((mu - 4.0).abs() < 2.0, "{index}");
}

#[test]
fn a_misspelt_outcome_is_answered_with_the_one_that_was_meant() {
    let results = Results::new("saltelli", saltelli(64), &[""]);
    let err = results.refusal(&["sensitivity", ".", "--output", "atack_gross_usd_last"]);
    assert!(err.contains("did you mean `attack_gross_usd_last`?"), "{err}");
}

#[test]
fn discovery_finds_where_the_effect_is_large() {
    let results = Results::new("lhs", latin(400), &["ai", "none"]);
    let found = results.found(&[
        "discover",
        ".",
        "--output",
        OUTCOME,
        "--contrast",
        "ai",
        "none",
        "--above",
        "2.2",
    ]);
    assert_eq!(found["points"], 400);
    let limits = &found["boxes"][0]["limits"];
    assert_eq!(limits[0]["factor"], "ai.growth");
    // 2x + xy > 2.2 needs x > 0.733 even at y = 1.
    assert!(limits[0]["low"].as_f64().expect("a limit") > 0.7, "{limits}");
    assert_eq!(limits[0]["high"], Value::Null);
}

#[test]
fn unclear_arms_and_designs_are_refused_with_the_choices() {
    let results = Results::new("saltelli", saltelli(16), &["ai", "none"]);
    let ask = |more: &[&str]| {
        results.refusal(&[&["sensitivity", ".", "--output", OUTCOME], more].concat())
    };
    let message = ask(&[]);
    assert!(message.contains("--arm ai") && message.contains("--contrast ai none"), "{message}");
    let message = ask(&["--arm", "both"]);
    assert!(message.contains("no arm `both`; there is `ai`, `none`"), "{message}");
    let message = ask(&["--contrast", "ai", "ai"]);
    assert!(message.contains("named twice"), "{message}");
    let message = ask(&["--arm", "ai", "--contrast", "ai", "none"]);
    assert!(message.contains("cannot be used with"), "{message}");
    let message = ask(&["--design-name", "other"]);
    assert!(message.contains("no design `other`; there is `space`"), "{message}");
    let message = ask(&["--design", "d.csv", "--outputs", "y.csv"]);
    assert!(message.contains("cannot be used with") && message.contains("RESULTS"), "{message}");
    let message = results.refusal(&["sensitivity", ".", "--arm", "ai", "--output", "attack_net"]);
    assert!(message.contains("no outcome `attack_net`") && message.contains(OUTCOME), "{message}");
}

#[test]
fn designs_without_indices_say_what_they_are_for() {
    let results = Results::new("lhs", latin(40), &[""]);
    let message = results.refusal(&["sensitivity", ".", "--output", OUTCOME]);
    assert!(message.contains("`lhs`") && message.contains("hashflight discover"), "{message}");
    assert!(message.contains("`saltelli`") && message.contains("`morris`"), "{message}");
}

#[test]
fn failed_and_missing_runs_are_refused() {
    let results = Results::new("saltelli", saltelli(16), &["ai", "none"]);
    let ask = |more: &[&str]| {
        results.refusal(&[&["sensitivity", ".", "--output", OUTCOME], more].concat())
    };
    results.write_runs(|name, _| name != "space-3.ai");
    let message = ask(&["--arm", "ai"]);
    assert!(message.contains("missing in row 3"), "{message}");
    results.write_runs(|name, replicate| name != "space-3.ai" || replicate != 2);
    let message = ask(&["--contrast", "ai", "none"]);
    assert!(message.contains("replicate 2") && message.contains("space-3.none"), "{message}");
    let failure =
        json!([{ "scenario": "space-3.ai", "replicate": 2, "shard": 0, "message": "it broke" }]);
    results.write_manifest("saltelli", &failure);
    let message = ask(&["--contrast", "ai", "none"]);
    assert!(message.contains("replicate 2 of `space-3.ai` (it broke)"), "{message}");
    // The other arm is whole.
    results.found(&["sensitivity", ".", "--output", OUTCOME, "--arm", "none"]);
}

#[test]
fn a_failed_run_takes_its_base_row_out_of_all_blocks_when_asked() {
    let results = Results::new("saltelli", saltelli(20), &["ai", "none"]);
    let failure =
        json!([{ "scenario": "space-3.ai", "replicate": 2, "shard": 0, "message": "it broke" }]);
    results.write_manifest("saltelli", &failure);
    results.write_runs(|name, replicate| name != "space-3.ai" || replicate != 2);
    let contrast = ["sensitivity", ".", "--output", OUTCOME, "--contrast", "ai", "none"];
    let message = results.refusal(&contrast);
    assert!(message.contains("--drop-failed"), "{message}");
    let found = results.found(&[&contrast[..], &["--drop-failed"]].concat());
    assert_eq!(found["dropped"], json!({ "count": 1, "of": 20, "failed_rows": [3] }));
    assert_eq!(found["rows"], 19);
}
