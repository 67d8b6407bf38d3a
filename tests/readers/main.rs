//! Results as others read them: pyarrow and DuckDB agree on every column, and the Python of
//! `docs/using-results.md` and `docs/digests.md` runs.

use std::path::Path;
use std::process::Command;

/// A Python that has the readers: `HASHFLIGHT_PYTHON`, or the one on the path.
fn python() -> Option<Command> {
    let name = std::env::var("HASHFLIGHT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let readers = Command::new(&name).args(["-c", "import pyarrow, duckdb"]).output();
    readers.is_ok_and(|output| output.status.success()).then(|| Command::new(name))
}

/// Runs a command and returns what it printed, or panics with it.
fn finish(mut command: Command) -> String {
    let output = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    out
}

#[test]
fn other_readers_see_the_same_and_the_guide_runs() {
    let Some(mut python) = python() else {
        eprintln!("SKIPPED: no python3 with pyarrow and duckdb; name one in HASHFLIGHT_PYTHON");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut run = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    run.current_dir(root)
        .args(["run", "experiments/ai-counterfactual.toml", "--miners", "100"])
        .args(["--replicates", "8", "--set", "simulation.horizon_days=120", "--out"])
        .arg(folder.path());
    finish(run);
    python.arg(root.join("tests/readers/read_results.py"));
    python.arg(folder.path());
    python.args(["docs/using-results.md", "docs/digests.md"].map(|page| root.join(page)));
    let said = finish(python);
    eprintln!("{said}");
    for file in ["runs: 16 rows", "series: ", "miners: "] {
        assert!(said.contains(file), "{said}");
    }
    assert!(said.contains("using-results.md: "), "{said}");
    let mut verify = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    verify.arg("verify").arg(folder.path()).arg("--columns");
    let skipped = said.contains("block 1 of digests.md needs");
    assert!(skipped || said.contains(&finish(verify)), "other digests of columns:\n{said}");
}
