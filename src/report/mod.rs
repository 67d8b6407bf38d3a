//! Reads finished results and writes figures, tables and a summary; never changes the results.
//!
//! [`report`] works on any results folder: `manifest.json` says which scenarios and contrasts
//! there are, `runs.parquet` gives the summary and tables, `series.parquet` and `miners.parquet`
//! the figures.

pub mod discovery;
mod error;
mod export;
pub mod figures;
mod files;
mod latex;
mod load;
mod manifest;
pub mod measure;
pub(crate) mod numbers;
pub mod points;
pub mod sensitivity;
mod series;
pub mod statistics;
mod summary;
mod tables;

use std::path::{Path, PathBuf};

pub use error::ReportError;
pub use files::write_whole;
pub use load::Table;
pub use manifest::{Contrast, Manifest};
pub use series::{Ensemble, SeriesFile};
pub use summary::{Metric, Summary};
pub use tables::HeadlineTable;

/// What a report consists of.
#[derive(Clone, Debug)]
pub struct ReportSummary {
    /// The headline table as text.
    pub headline_text: String,
    /// Files written.
    pub files: Vec<PathBuf>,
    /// What was left out and why.
    pub notes: Vec<String>,
}

/// Writes `summary.json`, `summary.csv`, `differences.csv`, `tables/` and `figures/` into a results
/// folder.
///
/// # Errors
/// When a file of the results is missing (run first), damaged or contradicts the manifest, or the
/// disk refuses.
pub fn report(results: &Path) -> Result<ReportSummary, ReportError> {
    let manifest = Manifest::read(&results.join("manifest.json"))?;
    let summary = Summary::of(manifest, &Table::open(&results.join("runs.parquet"))?)?;
    let table = HeadlineTable::of(&summary);
    let mut files = Vec::new();
    let mut write = |name: &str, bytes: &[u8]| -> Result<(), ReportError> {
        let path = results.join(name);
        files::write_whole(&path, bytes)?;
        files.push(path);
        Ok(())
    };
    write("summary.json", export::json(&summary).as_bytes())?;
    write("summary.csv", export::summary_csv(&summary).as_bytes())?;
    write("differences.csv", export::differences_csv(&summary).as_bytes())?;
    write("tables/headline.csv", table.csv().as_bytes())?;
    write("tables/headline.tex", table.latex().as_bytes())?;
    let mut notes = incomplete(&summary);
    notes.extend(figures::draw_all(results, &summary, &mut write)?);
    Ok(ReportSummary { headline_text: table.text(), files, notes })
}

/// Says which scenarios have fewer replicates than planned.
fn incomplete(summary: &Summary) -> Vec<String> {
    let planned = summary.manifest.replicates;
    let scenarios = summary.manifest.scenarios.iter().zip(&summary.finished);
    scenarios
        .filter(|(_, finished)| (**finished as u64) < planned)
        .map(|(name, finished)| format!("{name}: {finished} of {planned} replicates are finished"))
        .collect()
}
