//! The published digests: the shipped experiments at a small size give the bytes that
//! `docs/digests.md` lists, in every build and on every machine.
//!
//! `HASHFLIGHT_BINARY` names another build of the program, as a release build. A deliberate change
//! of the model or of the files changes the list; then
//! `HASHFLIGHT_REPIN=1 cargo test --test digests` writes the new one.

mod support;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::repository;

/// Experiments of the list.
const EXPERIMENTS: [&str; 6] =
    ["baseline", "ai-counterfactual", "btc-crash", "ai-boom", "halving-2028", "retarget-lab"];
/// What makes them small.
const SIZE: [&str; 6] =
    ["--miners", "200", "--replicates", "2", "--set", "simulation.horizon_days=300"];

/// Rows of the table for one experiment: its name, a file, the file's digest.
fn rows(experiment: &str, results: &Path) -> String {
    let built = std::env::var("HASHFLIGHT_BINARY").ok();
    let program = built.unwrap_or_else(|| env!("CARGO_BIN_EXE_hashflight").to_owned());
    let file = repository(&format!("experiments/{experiment}.toml"));
    let output = Command::new(repository(&program))
        .arg("run")
        .arg(&file)
        .args(SIZE)
        .args(["--no-report", "--out"])
        .arg(results)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ["runs.parquet", "series.parquet"].iter().fold(String::new(), |mut rows, name| {
        let bytes = fs::read(results.join(name)).expect("a run leaves this file");
        let digest = blake3::hash(&bytes).to_hex();
        writeln!(rows, "| `{experiment}.toml` | `{name}` | `{digest}` |").expect("text grows");
        rows
    })
}

#[test]
fn shipped_experiments_give_the_published_bytes() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let found: String =
        EXPERIMENTS.iter().map(|name| rows(name, &root.path().join(name))).collect();
    let path = repository("docs/digests.md");
    let page = fs::read_to_string(&path).expect("the page is there");
    let start = page.find("| `").unwrap_or(page.len());
    let end = page.rfind("` |\n").map_or(page.len(), |at| at + 4);
    if std::env::var_os("HASHFLIGHT_REPIN").is_some() {
        fs::write(&path, format!("{}{found}{}", &page[..start], &page[end..])).expect("written");
        return;
    }
    assert_eq!(&page[start..end], found, "HASHFLIGHT_REPIN=1 writes a deliberate change");
}
