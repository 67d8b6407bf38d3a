//! `design` as a user meets it: files in, files out, refusals; and what the designs are good for.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hashflight::study::design::{Design, DesignBlock, DesignMethod, DesignRequest, FactorFile};
use tempfile::TempDir;

const FACTORS: &str = "name,distribution,low,high\n\
                       price,loguniform,20000,500000\n\
                       \"tariff, \"\"all in\"\"\nUSD/MWh\",uniform,20,90\n\
                       growth,normal,0.1,0.3\n";

fn folder(factors: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("f.csv"), factors).expect("a file in it");
    folder
}

fn call(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    program.env_remove("RUST_LOG").current_dir(folder).args(["design", "--factors", "f.csv"]);
    program.args(arguments).output().expect("the program starts")
}

/// What the program says on standard error when it ends with `code`.
fn expect(code: i32, folder: &Path, arguments: &[&str]) -> String {
    let output = call(folder, arguments);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    err
}

/// The bytes of a design.
fn written(method: &str, more: &[&str]) -> Vec<u8> {
    let folder = folder(FACTORS);
    let mut all = vec!["--method", method, "--out", "d.csv"];
    all.extend(more);
    if !more.contains(&"--samples") {
        all.extend(["--samples", "8"]);
    }
    expect(0, folder.path(), &all);
    fs::read(folder.path().join("d.csv")).expect("a design")
}

/// Header and records.
fn table(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let row =
        |row: Result<csv::StringRecord, _>| row.expect("a row").iter().map(str::to_owned).collect();
    (header, reader.records().map(row).collect())
}

#[test]
fn columns_are_the_factors_then_block_and_row_whatever_the_names_hold() {
    let text = written("saltelli", &[]);
    let (header, rows) = table(&text);
    assert_eq!(header, ["price", "tariff, \"all in\"\nUSD/MWh", "growth", "block", "row"]);
    let blocks: Vec<&str> = rows.iter().map(|row| row[3].as_str()).collect();
    let wanted = ["A", "B", "AB1", "AB2", "AB3"].iter().flat_map(|block| [*block; 8]);
    assert!(blocks.into_iter().eq(wanted));
    assert!(rows.iter().map(|row| row[4].as_str()).eq((1..=40).map(|n| n.to_string())));
    for row in rows {
        let price: f64 = row[0].parse().expect("a number");
        let tariff: f64 = row[1].parse().expect("a number");
        assert!((20_000.0..=500_000.0).contains(&price) && (20.0..=90.0).contains(&tariff));
    }
}

#[test]
fn blocks_are_a_for_one_sample_and_numbers_for_trajectories() {
    for method in ["lhs", "sobol"] {
        let (_, rows) = table(&written(method, &[]));
        assert!(rows.len() == 8 && rows.iter().all(|row| row[3] == "A"));
    }
    let (_, rows) = table(&written("morris", &[]));
    let wanted = (1..=8).flat_map(|number: u32| vec![number.to_string(); 4]);
    assert!(rows.iter().map(|row| row[3].clone()).eq(wanted));
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_gives_others() {
    for method in ["lhs", "sobol", "saltelli", "morris"] {
        let text = written(method, &["--seed", "7"]);
        assert_eq!(text, written(method, &["--seed", "7"]), "{method}");
        assert_ne!(text, written(method, &["--seed", "8"]), "{method}");
        assert_eq!(written(method, &[]), written(method, &["--seed", "1"]), "{method}");
    }
}

#[test]
fn a_morris_grid_has_the_levels_asked_for() {
    let (_, rows) = table(&written("morris", &["--levels", "2", "--samples", "20"]));
    assert!(rows.iter().all(|row| ["20.0", "90.0"].contains(&row[1].as_str())));
}

#[test]
fn bad_input_is_refused_with_code_2_and_what_was_there_stays() {
    let bad = "name,distribution,low,high\nprice,uniform,5,5\n";
    for (factors, arguments, words) in [
        (bad, vec!["--method", "lhs", "--samples", "8"], "f.csv: line 2, column `high`: `5`"),
        (FACTORS, vec!["--method", "lhs", "--samples", "0"], "--samples 0"),
        (
            FACTORS,
            vec!["--method", "lhs", "--samples", "8", "--levels", "4"],
            "only --method morris",
        ),
        (FACTORS, vec!["--method", "morris", "--samples", "8", "--levels", "3"], "--levels 3"),
        (FACTORS, vec!["--method", "halton", "--samples", "8"], "lhs, sobol, saltelli, morris"),
        (FACTORS, vec!["--method", "lhs", "--samples", "-3"], "-3"),
    ] {
        let folder = folder(factors);
        let out = folder.path().join("d.csv");
        fs::write(&out, "earlier work").expect("a file");
        let mut all = arguments.clone();
        all.extend(["--out", "d.csv"]);
        let message = expect(2, folder.path(), &all);
        assert!(message.contains(words), "{message}");
        assert_eq!(fs::read_to_string(&out).expect("it is there"), "earlier work");
    }
}

#[test]
fn an_absent_file_is_a_wrong_name_and_the_input_is_never_written_over() {
    let folder = folder(FACTORS);
    let asked = ["--method", "lhs", "--samples", "8", "--out", "./f.csv"];
    assert!(expect(2, folder.path(), &asked).contains("is the input"));
    assert_eq!(fs::read_to_string(folder.path().join("f.csv")).expect("it is there"), FACTORS);
    fs::remove_file(folder.path().join("f.csv")).expect("it was there");
    let asked = ["--method", "lhs", "--samples", "8", "--out", "d.csv"];
    assert!(expect(2, folder.path(), &asked).contains("f.csv: "));
    assert!(!folder.path().join("d.csv").exists());
}

/// First-order and total indices of Ishigami's function from a Saltelli design: Saltelli et al.
/// (2010), table 2, estimators (b) and (f).
fn ishigami_indices(seed: u64) -> [[f64; 3]; 2] {
    let pi = std::f64::consts::PI;
    let text = format!(
        "name,distribution,low,high\na,uniform,-{pi},{pi}\n\
                        b,uniform,-{pi},{pi}\nc,uniform,-{pi},{pi}\n"
    );
    let file = FactorFile::parse("ishigami.csv".to_owned(), text.as_bytes()).expect("factors");
    let request = DesignRequest { method: DesignMethod::Saltelli, samples: 1_024, seed };
    let design = Design::new(&file, &request).expect("a design");
    let output = |point: &[f64]| {
        let (first, second, third) = (libm::sin(point[0]), libm::sin(point[1]), point[2]);
        first + 7.0 * second * second + 0.1 * third * third * third * third * first
    };
    let of = |block: DesignBlock| -> Vec<f64> {
        design.rows().filter(|row| row.0 == block).map(|row| output(row.1)).collect()
    };
    let (a, b) = (of(DesignBlock::A), of(DesignBlock::B));
    let n = a.len() as f64;
    let mean = a.iter().chain(&b).sum::<f64>() / (2.0 * n);
    let variance = a.iter().chain(&b).map(|y| (y - mean) * (y - mean)).sum::<f64>() / (2.0 * n);
    let mut indices = [[0.0; 3]; 2];
    for factor in 0..3 {
        for (mixed, (a, b)) in of(DesignBlock::Mixed(factor + 1)).iter().zip(a.iter().zip(&b)) {
            indices[0][factor as usize] += b * (mixed - a) / (n * variance);
            indices[1][factor as usize] += (a - mixed) * (a - mixed) / (2.0 * n * variance);
        }
    }
    indices
}

/// Ishigami and Homma (1990) with a = 7, b = 0.1, whose indices are known in closed form.
#[test]
fn a_saltelli_design_gives_the_known_indices_of_ishigamis_function() {
    let known = [[0.313_905, 0.442_411, 0.0], [0.557_589, 0.442_411, 0.243_684]];
    let seeds = 16;
    let runs: Vec<_> = (0..seeds).map(ishigami_indices).collect();
    for kind in 0..2 {
        for factor in 0..3 {
            let values = runs.iter().map(|run| run[kind][factor]);
            let mean = values.clone().sum::<f64>() / seeds as f64;
            let squares = values.map(|value| (value - mean) * (value - mean)).sum::<f64>();
            let standard_error = (squares / ((seeds - 1) * seeds) as f64).sqrt();
            let error = mean - known[kind][factor];
            // The bias of a ratio of estimates is of the order of 1/N.
            assert!(error.abs() < 4.0 * standard_error + 1e-3, "{kind} {factor}: {error}");
            assert!(standard_error < 0.01, "{kind} {factor}: {standard_error}");
        }
    }
}
