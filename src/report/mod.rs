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
mod runs;
pub mod sensitivity;
mod series;
pub mod statistics;
mod summary;
mod tables;

use std::path::{Path, PathBuf};

use export::Export;
use runs::Runs;

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
    let (summary, exported) = summarise(results, &manifest)?;
    let table = HeadlineTable::of(&summary);
    let mut files = exported.to_vec();
    let mut write = |name: &str, bytes: &[u8]| -> Result<(), ReportError> {
        let path = results.join(name);
        files::write_whole(&path, bytes)?;
        files.push(path);
        Ok(())
    };
    write("tables/headline.csv", table.csv().as_bytes())?;
    write("tables/headline.tex", table.latex().as_bytes())?;
    let mut notes = incomplete(&summary);
    notes.extend(figures::draw_all(results, &summary, &mut write)?);
    Ok(ReportSummary { headline_text: table.text(), files, notes })
}

/// Writes the statistics of all metrics and keeps those that tables and figures show.
fn summarise(results: &Path, manifest: &Manifest) -> Result<(Summary, [PathBuf; 3]), ReportError> {
    let table = Table::open(&results.join("runs.parquet"))?;
    let runs = Runs::index(manifest, &table)?;
    let (digest, finished) = (runs.digest()?, runs.finished());
    let mut export = Export::begin(results, manifest, &runs.metrics, finished, &digest)?;
    let shown = |name: &str| tables::shows(name) || figures::compare_by(name);
    let summary = Summary::scan(manifest, &runs, digest, shown, &mut export)?;
    Ok((summary, export.finish(results)?))
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
