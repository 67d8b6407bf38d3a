//! The whole report on made-up results.

use std::fs;
use std::path::Path;

use super::figures::FIGURES;
use super::synthetic::{Plan, Values, value, write_parquet, write_results};
use super::{HeadlineTable, Manifest, ReportError, SeriesFile, Summary, Table, report};

const PAIR: Plan =
    Plan { scenarios: &["ai-on", "ai-off"], contrast: true, replicates: 8, horizon: 1095 };

/// A folder for results: a fresh temporary one, or one named by the environment to look at.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_report_holds_every_figure_in_three_forms_and_all_tables() {
    let folder = folder();
    write_results(folder.path(), &PAIR);
    let summary = report(folder.path()).unwrap();
    assert!(summary.notes.is_empty(), "{:?}", summary.notes);
    assert_eq!(summary.files.len(), 5 + 3 * FIGURES.len());
    for file in &summary.files {
        assert!(fs::metadata(file).unwrap().len() > 100, "{}", file.display());
    }
    if let Some(kept) = std::env::var_os("HASHFLIGHT_KEEP_REPORT") {
        println!("{}", summary.headline_text);
        let status =
            std::process::Command::new("cp").arg("-r").arg(folder.path()).arg(kept).status();
        assert!(status.unwrap().success());
    }
}
