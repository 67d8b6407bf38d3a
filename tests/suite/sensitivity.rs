//! `sensitivity` as a user meets it: published indices, noise, refusals.

use std::f64::consts::PI;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hashflight::random::{Draws, Stream};
use serde_json::Value;
use tempfile::TempDir;

/// A point of a design: block and factors.
type Point = (String, Vec<f64>);

fn call(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    program.env_remove("RUST_LOG").current_dir(folder).arg("sensitivity");
    program.args(["--design", "d.csv", "--outputs", "y.csv"]).args(arguments);
    program.output().expect("the program starts")
}

/// A folder with a design and outputs.
fn folder(design: &str, outputs: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("d.csv"), design).expect("a file in it");
    fs::write(folder.path().join("y.csv"), outputs).expect("a file in it");
    folder
}

fn printed(design: &str, outputs: &str, arguments: &[&str]) -> String {
    let folder = folder(design, outputs);
    let output = call(folder.path(), arguments);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{err}");
    String::from_utf8(output.stdout).expect("text")
}

fn found(design: &str, outputs: &str, arguments: &[&str]) -> Value {
    let text = printed(design, outputs, &[&["--json"], arguments].concat());
    serde_json::from_str(&text).expect("one JSON object")
}

/// The message with which it refuses, exit code 2.
fn refusal(design: &str, outputs: &str, arguments: &[&str]) -> String {
    let folder = folder(design, outputs);
    let output = call(folder.path(), arguments);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(output.stdout.is_empty() && !err.contains("panicked"), "{err}");
    err
}

fn number(object: &Value, key: &str) -> f64 {
    object[key].as_f64().unwrap_or_else(|| panic!("{key} of {object}"))
}

/// Asserts that an estimate's interval, widened to four standard errors, holds the truth.
fn assert_near(index: &Value, key: &str, truth: f64) {
    let [value, low, high] = ["", "_low", "_high"].map(|end| number(index, &format!("{key}{end}")));
    assert!(low <= value && value <= high, "{key} of {index}");
    let error = (high - low) / (2.0 * 1.96);
    assert!((value - truth).abs() <= 4.0 * error, "{key} should be {truth}: {index}");
}

/// A Saltelli design of `rows` random base rows in the unit cube, block after block.
fn saltelli(factors: u32, rows: u32) -> Vec<Point> {
    let draws = Draws::new(11, 0);
    let sample = |which: usize| {
        let value = move |row, i| draws.pair(Stream::Analysis, i, row, 0)[which];
        (0..rows).map(move |row| (0..factors).map(|i| value(row, i)).collect::<Vec<_>>())
    };
    let named = |name: &str, values: Vec<f64>| (name.to_owned(), values);
    let mut points: Vec<Point> = sample(0).map(|a| named("A", a)).collect();
    points.extend(sample(1).map(|b| named("B", b)));
    for i in 0..factors as usize {
        points.extend(sample(0).zip(sample(1)).map(|(mut a, b)| {
            a[i] = b[i];
            named(&format!("AB{}", i + 1), a)
        }));
    }
    points
}

/// Random trajectories on four levels of the unit cube, every other one upwards.
fn trajectories(factors: usize, count: u32) -> Vec<Point> {
    let draws = Draws::new(12, 0);
    let mut points = Vec::new();
    for number in 0..count {
        let lower = |i: u32| draws.uniform(Stream::Analysis, i, number, 0) < 0.5;
        let mut x: Vec<f64> =
            (0..factors as u32).map(|i| if lower(i) { 0.0 } else { 1.0 / 3.0 }).collect();
        let block = (number + 1).to_string();
        points.push((block.clone(), x.clone()));
        for step in 0..factors {
            let factor = (step + number as usize) % factors;
            x[factor] += 2.0 / 3.0;
            points.push((block.clone(), x.clone()));
        }
        if number % 2 == 1 {
            let from = points.len() - factors - 1;
            points[from..].reverse();
        }
    }
    points
}

fn design(points: &[Point]) -> String {
    let names: Vec<_> = (1..=points[0].1.len()).map(|i| format!("x{i}")).collect();
    let mut text = format!("{},block,row\n", names.join(","));
    for (row, (block, values)) in points.iter().enumerate() {
        let values: Vec<_> = values.iter().map(f64::to_string).collect();
        let _ = writeln!(text, "{},{block},{}", values.join(","), row + 1);
    }
    text
}

fn outputs(points: &[Point], model: impl Fn(&[f64]) -> f64) -> String {
    let mut text = "row,y\n".to_owned();
    for (row, (_, x)) in points.iter().enumerate() {
        let _ = writeln!(text, "{},{}", row + 1, model(x));
    }
    text
}

fn ishigami(x: &[f64]) -> f64 {
    let [x, y, z] = [x[0], x[1], x[2]].map(|u| PI * (2.0 * u - 1.0));
    libm::sin(x) + 7.0 * libm::pow(libm::sin(y), 2.0) + 0.1 * libm::pow(z, 4.0) * libm::sin(x)
}

/// Ishigami and Homma 1990 with a = 7, b = 0.1; the indices follow from the integrals.
#[test]
fn the_ishigami_function_has_its_published_indices() {
    let points = saltelli(3, 4_096);
    let found = found(&design(&points), &outputs(&points, ishigami), &["--resamples", "400"]);
    let published = [(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)];
    for (index, (first, total)) in found["indices"].as_array().unwrap().iter().zip(published) {
        assert_near(index, "first", first);
        assert_near(index, "first_jansen", first);
        assert_near(index, "total", total);
        assert!(number(index, "total_high") - number(index, "total_low") < 0.1, "{index}");
        assert!(number(index, "first_high") - number(index, "first_low") < 0.2, "{index}");
    }
    assert_eq!(found["indices"].as_array().unwrap().len(), 3);
    assert_near(&found["dummy"], "first", 0.0);
    assert_near(&found["dummy"], "total", 0.0);
    let rows: Vec<_> =
        found["convergence"].as_array().unwrap().iter().map(|s| &s["rows"]).collect();
    assert_eq!(rows, [128, 256, 512, 1_024, 2_048, 4_096]);
    assert_eq!(found["convergence"][5]["indices"], found["indices"]);
    assert_eq!((&found["method"], &found["rows"]), (&"sobol".into(), &4_096.into()));
    assert!(found["noise_share"].is_null());
}

#[test]
fn intervals_narrow_with_the_root_of_the_rows() {
    let points = saltelli(3, 4_096);
    let found = found(&design(&points), &outputs(&points, ishigami), &["--resamples", "400"]);
    let width = |stage: usize| {
        let index = &found["convergence"][stage]["indices"][0];
        number(index, "first_high") - number(index, "first_low")
    };
    // Four times the rows: half the width, give or take the error of two bootstrap quantiles.
    assert!((width(3) / width(5) - 2.0).abs() < 0.5, "{} {}", width(3), width(5));
}

#[test]
fn linear_models_have_mu_star_of_their_coefficients_and_no_sigma() {
    let points = trajectories(3, 10);
    let model = |x: &[f64]| 5.0 + 2.0 * x[0] - 3.0 * x[1] + 0.0 * x[2];
    let found = found(&design(&points), &outputs(&points, model), &[]);
    for (index, coefficient) in found["indices"].as_array().unwrap().iter().zip([2.0, -3.0, 0.0]) {
        assert!((number(index, "mu_star") - f64::abs(coefficient)).abs() < 1e-12, "{index}");
        assert!((number(index, "mu") - coefficient).abs() < 1e-12, "{index}");
        assert!(number(index, "sigma") < 1e-12, "{index}");
        assert!((number(index, "mu_star_high") - number(index, "mu_star_low")) < 1e-12, "{index}");
        assert_eq!(index["scale"], "linear");
    }
    assert_eq!((&found["method"], &found["rows"]), (&"morris".into(), &10.into()));
}

#[test]
fn interaction_shows_in_sigma() {
    let points = trajectories(2, 40);
    let found = found(&design(&points), &outputs(&points, |x| x[0] * x[1]), &[]);
    let index = &found["indices"][0];
    // The effect of x1 is x2, on four levels of mean 1/2 and variance 5/36.
    assert_near(index, "mu", 0.5);
    assert_near(index, "mu_star", 0.5);
    assert_near(index, "sigma", (5.0_f64 / 36.0).sqrt());
}

#[test]
fn a_loguniform_factor_is_measured_on_its_logarithm() {
    let mut points = trajectories(2, 10);
    for (_, x) in &mut points {
        x[1] = libm::pow(1_000.0, x[1]);
    }
    let found = found(&design(&points), &outputs(&points, |x| x[0] + libm::log10(x[1])), &[]);
    let index = &found["indices"][1];
    assert_eq!(index["scale"], "logarithmic");
    assert!((number(index, "mu_star") - 3.0).abs() < 1e-9 && number(index, "sigma") < 1e-9);
}

#[test]
fn replication_noise_has_its_share_of_the_variance() {
    let points = saltelli(1, 2_000);
    let draws = Draws::new(13, 0);
    let mut text = "row,replicate,y\n".to_owned();
    for (row, (_, x)) in points.iter().enumerate() {
        for replicate in 0..4 {
            let noise = draws.uniform(Stream::Analysis, replicate, row as u32, 0) - 0.5;
            let _ = writeln!(text, "{},{replicate},{}", row + 1, x[0] + 2.0 * noise);
        }
    }
    let found = found(&design(&points), &text, &["--resamples", "100"]);
    // Variances: x 1/12, noise 4/12 over 4 replicates: one half. The ratio of two variances, each of
    // 4,000 means with kurtosis at most 3, has a relative error of at most √(2·2/4000).
    let error = 0.5 * (4.0_f64 / 4_000.0).sqrt();
    assert!((number(&found, "noise_share") - 0.5).abs() < 4.0 * error, "{found}");
    assert_eq!(found["replicates"], serde_json::json!({ "fewest": 4, "most": 4 }));
}

#[test]
fn equal_input_gives_equal_bytes_and_another_seed_other_intervals() {
    let points = saltelli(2, 64);
    let (d, y) = (design(&points), outputs(&points, |x| x[0] + x[0] * x[1]));
    let first = printed(&d, &y, &["--json"]);
    assert_eq!(first, printed(&d, &y, &["--json"]));
    let other = found(&d, &y, &["--seed", "2"]);
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["indices"][0]["first"], other["indices"][0]["first"]);
    assert_ne!(first["indices"][0]["first_low"], other["indices"][0]["first_low"]);
    // The order of lines in the outputs does not matter.
    let mut lines: Vec<&str> = y.lines().skip(1).collect();
    lines.reverse();
    let turned = found(&d, &format!("row,y\n{}\n", lines.join("\n")), &[]);
    assert_eq!(turned["indices"], first["indices"]);
}

#[test]
fn the_table_names_factors_dummy_and_convergence() {
    let points = saltelli(2, 64);
    let text = printed(&design(&points), &outputs(&points, |x| x[0]), &[]);
    for words in ["Sobol indices of `y`", "x1 ", "x2 ", "dummy ", "64 rows", "is unknown"] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}

#[test]
fn what_cannot_be_analysed_is_refused_with_the_reason() {
    let points = saltelli(2, 16);
    let (d, y) = (design(&points), outputs(&points, |x| x[0] + x[1]));
    let few = saltelli(2, 15);
    let message = refusal(&design(&few), &outputs(&few, |x| x[0]), &[]);
    assert!(message.contains("15 base rows") && message.contains("16"), "{message}");
    let three = trajectories(2, 3);
    let message = refusal(&design(&three), &outputs(&three, |x| x[0]), &[]);
    assert!(message.contains("3 trajectories"), "{message}");
    let message = refusal(&d, &outputs(&points, |_| 7.0), &[]);
    assert!(message.contains("`y` is 7 at every point"), "{message}");

    let without = |row: &str| {
        let kept: Vec<&str> = y.lines().filter(|line| !line.starts_with(row)).collect();
        kept.join("\n")
    };
    let message = refusal(&d, &without("17,"), &[]);
    assert!(message.contains("missing in row 17"), "{message}");
    for failed in ["", "NaN", "NA", "inf"] {
        let broken = format!("{}\n9,{failed}\n", without("9,"));
        let message = refusal(&d, &broken, &[]);
        assert!(message.contains("not finite in row 9"), "{failed}: {message}");
    }
    let message = refusal(&d, &y.replacen("\n9,", "\n999,", 1), &[]);
    assert!(message.contains("row 999 is not in d.csv"), "{message}");
    let message = refusal(&d, &format!("{}\n9,fast\n", without("9,")), &[]);
    assert!(message.contains("column `y`: `fast` is not a number"), "{message}");
    let message = refusal(&d, &y.replacen("row,y", "row,z", 1), &["--output", "y"]);
    assert!(message.contains("no output `y`; there is `z`"), "{message}");
}

#[test]
fn inconsistent_blocks_are_refused_by_row() {
    let points = saltelli(2, 16);
    let y = outputs(&points, |x| x[0] + x[1]);
    let mut wrong = points.clone();
    wrong[40].1[1] = 0.25;
    let message = refusal(&design(&wrong), &y, &[]);
    assert!(message.contains("row 41: `x2` is 0.25 and should be"), "{message}");
    let mut short = points.clone();
    short[63].0 = "AB1".to_owned();
    let message = refusal(&design(&short), &y, &[]);
    assert!(message.contains("block AB1 has 17 rows and block A has 16"), "{message}");
    let mut unknown = points.clone();
    unknown[63].0 = "AB3".to_owned();
    let message = refusal(&design(&unknown), &y, &[]);
    assert!(message.contains("block `AB3` is unknown"), "{message}");
    let mut unblocked = points;
    for (block, _) in &mut unblocked {
        block.clear();
    }
    let message = refusal(&design(&unblocked), &y, &[]);
    assert!(message.contains("only designs of these two methods"), "{message}");
}

#[test]
fn trajectories_that_move_two_factors_or_none_are_refused() {
    let points = trajectories(2, 4);
    let y = outputs(&points, |x| x[0] + x[1]);
    let mut still = points.clone();
    still[1].1 = still[0].1.clone();
    let message = refusal(&design(&still), &y, &[]);
    assert!(message.contains("trajectory 1: from row 1 to row 2 0 factors move"), "{message}");
    let mut short = points;
    short[2].0 = "2".to_owned();
    let message = refusal(&design(&short), &y, &[]);
    assert!(message.contains("trajectory 1: `x2` never moves"), "{message}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = call(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("d.csv"));
}

#[test]
fn outputs_of_any_size_have_the_same_indices() {
    let points = saltelli(2, 64);
    let model = |x: &[f64]| x[0] + x[0] * x[1];
    let plain = found(&design(&points), &outputs(&points, model), &[]);
    // Powers of two lose nothing: about 1e154, 1e-162, nearly the largest and smallest numbers.
    for exponent in [512, -538, 1_020, -1_000] {
        let scaled = outputs(&points, |x| libm::ldexp(model(x), exponent));
        let found = found(&design(&points), &scaled, &[]);
        assert_eq!(found["indices"], plain["indices"], "2^{exponent}");
        assert_eq!(found["dummy"], plain["dummy"], "2^{exponent}");
    }
    let points = trajectories(2, 8);
    let plain = found(&design(&points), &outputs(&points, model), &[]);
    for exponent in [512, -538] {
        let scaled = outputs(&points, |x| libm::ldexp(model(x), exponent));
        let found = found(&design(&points), &scaled, &[]);
        for (index, plain) in [0, 1].map(|i| (&found["indices"][i], &plain["indices"][i])) {
            for key in ["mu_star", "mu", "sigma", "sigma_high"] {
                let expected = libm::ldexp(number(plain, key), exponent);
                let error = (number(index, key) - expected).abs();
                assert!(error <= 1e-12 * expected.abs(), "{key} {index}");
            }
        }
        assert!(printed(&design(&points), &scaled, &[]).len() < 3_000);
    }
}

#[test]
fn a_failed_point_takes_its_base_row_out_of_all_blocks_when_asked() {
    let points = saltelli(2, 32);
    let model = |x: &[f64]| x[0] + x[0] * x[1];
    let (d, y) = (design(&points), outputs(&points, model));
    // Points stand block after block: row 33 + 5 is the sixth of B, row 70 the sixth of AB1.
    let broken: Vec<String> = y
        .lines()
        .filter(|line| !line.starts_with("70,"))
        .map(|line| if line.starts_with("40,") { "40,NaN".to_owned() } else { line.to_owned() })
        .collect();
    let broken = broken.join("\n");
    let message = refusal(&d, &broken, &[]);
    assert!(
        message.contains("missing in row 70") && message.contains("--drop-failed"),
        "{message}"
    );
    let dropped = found(&d, &broken, &["--drop-failed"]);
    assert_eq!(
        dropped["dropped"],
        serde_json::json!({"count": 2, "of": 32, "failed_rows": [40, 70]})
    );
    assert_eq!((&dropped["rows"], &dropped["points"]), (&30.into(), &120.into()));
    // The same as a design that never had the two base rows, the sixth and the eighth.
    let kept: Vec<Point> = (0..4 * 32)
        .filter(|place| ![5, 7].contains(&(place % 32)))
        .map(|place| points[place].clone())
        .collect();
    let whole = found(&design(&kept), &outputs(&kept, model), &[]);
    assert_eq!(dropped["indices"], whole["indices"]);
    let text = printed(&d, &broken, &["--drop-failed"]);
    assert!(text.contains("2 of 32 base rows, in which rows 40, 70 failed"), "{text}");
    assert_eq!(found(&d, &y, &["--drop-failed"]).get("dropped"), None);
    let most: Vec<&str> = y.lines().take(1 + 15).collect();
    let message = refusal(&d, &most.join("\n"), &["--drop-failed"]);
    assert!(message.contains("of 32 base rows only 0 have no failed point"), "{message}");
}

#[test]
fn a_failed_point_takes_its_trajectory_out_when_asked() {
    let points = trajectories(2, 8);
    let model = |x: &[f64]| x[0] * x[1];
    let y = outputs(&points, model).replace("\n5,", "\n5,NaN\n5,");
    let dropped = found(&design(&points), &y, &["--drop-failed"]);
    assert_eq!(dropped["dropped"], serde_json::json!({"count": 1, "of": 8, "failed_rows": [5]}));
    let kept: Vec<Point> = [&points[..3], &points[6..]].concat();
    let whole = found(&design(&kept), &outputs(&kept, model), &[]);
    assert_eq!(dropped["indices"][0]["mu"], whole["indices"][0]["mu"]);
    assert_eq!(dropped["rows"], 7);
}

#[test]
fn outputs_without_rows_are_taken_in_order_and_said_so() {
    let points = saltelli(2, 16);
    let (d, y) = (design(&points), outputs(&points, |x| x[0] + x[0] * x[1]));
    let bare: Vec<&str> =
        y.lines().map(|line| line.split_once(',').expect("two cells").1).collect();
    let bare = bare.join("\n");
    let found_bare = found(&d, &bare, &[]);
    assert_eq!(found_bare["indices"], found(&d, &y, &[])["indices"]);
    let words = "y.csv has no column `row`: its 64 lines were taken in the order of d.csv";
    assert_eq!(found_bare["notes"], serde_json::json!([words]));
    let err = call(folder(&d, &bare).path(), &[]).stderr;
    assert!(String::from_utf8_lossy(&err).contains(words));
    let message = refusal(&d, &bare[..bare.rfind('\n').expect("lines")], &[]);
    assert!(message.contains("there are 63 lines and d.csv has 64 points"), "{message}");
    let headless = bare.split_once('\n').expect("lines").1;
    assert!(refusal(&d, headless, &[]).contains("its first line is no header"), "{headless}");
}

#[test]
fn an_index_column_of_pandas_is_no_factor() {
    let points = saltelli(1, 16);
    let (d, y) = (design(&points), outputs(&points, |x| x[0]));
    let indexed: Vec<String> =
        d.lines().enumerate().map(|(n, line)| format!("{n},{line}")).collect();
    let indexed = indexed.join("\n").replacen("0,", ",", 1);
    let message = refusal(&indexed, &y, &[]);
    assert!(
        message.contains("column 1 has no name") && message.contains("index=False"),
        "{message}"
    );
    let message = refusal(&d.replace(',', ";"), &y, &[]);
    assert!(message.contains("the separator is `;` — expected `,`"), "{message}");
}

#[test]
fn an_infinite_point_is_a_failed_one() {
    let points = saltelli(2, 32);
    let model = |x: &[f64]| x[0] + x[0] * x[1];
    let (d, y) = (design(&points), outputs(&points, model));
    let with = |cell: &str| {
        let lines = y.lines().map(|line| match line.split_once(',') {
            Some(("40", _)) => format!("40,{cell}"),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let dropped = found(&d, &with("NaN"), &["--drop-failed"]);
    for cell in ["inf", "-inf", "1e400"] {
        assert!(refusal(&d, &with(cell), &[]).contains("not finite in row 40"), "{cell}");
        let found = found(&d, &with(cell), &["--drop-failed"]);
        assert_eq!(
            (&found["dropped"], &found["indices"]),
            (&dropped["dropped"], &dropped["indices"])
        );
    }
}

#[test]
fn outputs_that_vary_by_less_than_rounding_are_not_called_equal() {
    let points = saltelli(2, 16);
    let message = refusal(&design(&points), &outputs(&points, |x| 1e15 + 16.0 * x[0]), &[]);
    assert!(
        message.contains("varies from 1") && message.contains("less than rounding"),
        "{message}"
    );
    let message = refusal(&design(&points), &outputs(&points, |_| 2.5), &[]);
    assert!(message.contains("`y` is 2.5 at every point"), "{message}");
}

#[test]
fn rows_numbered_under_another_name_are_not_taken_in_order() {
    let points = saltelli(2, 16);
    let (d, y) = (design(&points), outputs(&points, |x| x[0] + x[0] * x[1]));
    let mut lines: Vec<&str> = y.lines().collect();
    lines[1..].reverse();
    let reversed = lines.join("\n");
    let renamed = |name: &str| reversed.replacen("row", name, 1);
    let message = refusal(&d, &renamed("run"), &["--output", "y"]);
    assert!(
        message.contains("`run` numbers the lines") && message.contains("name it `row`"),
        "{message}"
    );
    let message = refusal(&d, &renamed("Row"), &["--output", "y"]);
    assert!(message.contains("but `Row`: name it `row`"), "{message}");
    // In the order of the design nothing can be mistaken.
    found(&d, &y.replacen("row", "run", 1), &["--output", "y"]);
}

#[test]
fn uneven_numbers_of_replicates_are_noted() {
    let points = saltelli(2, 16);
    let y = outputs(&points, |x| x[0] + x[0] * x[1]);
    let last = y.trim_end().lines().last().expect("a line").to_owned();
    let uneven = format!("{}\n{last}\n", y.trim_end());
    let notes = found(&design(&points), &uneven, &[])["notes"].to_string();
    assert!(notes.contains("points have 1 to 2 replicates"), "{notes}");
}
