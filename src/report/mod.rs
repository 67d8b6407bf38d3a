//! Reads finished results and writes figures, tables and a summary; never changes the results.
//!
//! [`report`] works on any results folder: `manifest.json` says which scenarios and contrasts
//! there are, `runs.parquet` gives the summary and tables, `series.parquet` and `miners.parquet`
//! the figures.

pub mod calibration;
pub mod discovery;
mod error;
mod export;
pub mod figures;
mod files;
pub mod hindcast;
mod latex;
mod load;
mod manifest;
pub mod measure;
pub(crate) mod numbers;
pub mod points;
mod runs;
pub mod sensitivity;
mod series;
mod squares;
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
pub use squares::Square;
pub use summary::{Metric, Summary};
pub use tables::HeadlineTable;

/// Scenarios beyond which the summary files hold only what tables and figures show: all metrics of
/// thousands of points would be gigabytes that nobody reads.
const MANY: usize = 100;
/// Scenarios named in notes.
const NAMED: usize = 8;

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

/// Writes `summary.json`, `summary.csv`, `differences.csv`, `interactions.csv`, `tables/` and
/// `figures/` into a results folder.
///
/// # Errors
/// When a file of the results is missing (run first), damaged or contradicts the manifest, or the
/// disk refuses.
pub fn report(results: &Path) -> Result<ReportSummary, ReportError> {
    let manifest = Manifest::read(&results.join("manifest.json"))?;
    let (summary, exported) = summarise(results, &manifest)?;
    let table = HeadlineTable::of(&summary);
    let mut notes = notes(&summary);
    let said = [notes.as_slice(), &table.notes].concat();
    let mut files = exported.finish(results, &said)?.to_vec();
    let mut write = |name: &str, bytes: &[u8]| -> Result<(), ReportError> {
        let path = results.join(name);
        files::write_whole(&path, bytes)?;
        files.push(path);
        Ok(())
    };
    write("tables/headline.csv", table.csv().as_bytes())?;
    write("tables/headline.tex", table.latex().as_bytes())?;
    notes.extend(figures::draw_all(results, &summary, &mut write)?);
    Ok(ReportSummary { headline_text: table.text(), files, notes })
}

/// Writes the statistics of all metrics and keeps those that tables and figures show.
fn summarise<'m>(
    results: &Path,
    manifest: &'m Manifest,
) -> Result<(Summary, Export<'m>), ReportError> {
    let table = Table::open(&results.join("runs.parquet"))?;
    let mut runs = Runs::index(manifest, &table)?;
    let (digest, finished) = (runs.digest()?, runs.finished());
    let shown = |name: &str| tables::shows(name) || figures::compare_by(name);
    if manifest.scenarios.len() > MANY {
        runs.metrics.retain(|metric| shown(&metric.name));
    }
    let metrics = runs.metrics.clone();
    let mut export = Export::begin(results, manifest, metrics, finished, &digest)?;
    let summary = Summary::scan(manifest, &runs, digest, shown, &mut export)?;
    Ok((summary, export))
}

/// Says which scenarios have fewer replicates than planned, and what the summary leaves out.
fn notes(summary: &Summary) -> Vec<String> {
    let manifest = &summary.manifest;
    let scenarios = manifest.scenarios.iter().zip(&summary.finished);
    let fewer = scenarios.filter(|(_, finished)| (**finished as u64) < manifest.replicates);
    let (least, most) = (summary.finished.iter().min(), summary.finished.iter().max());
    let mut notes: Vec<String> = match (&manifest.stopping, least.zip(most)) {
        (Some(_), Some((least, most))) => {
            let all = summary.finished.iter().filter(|n| **n as u64 >= manifest.replicates);
            let all = match all.count() {
                0 => String::new(),
                count => format!(
                    "; {count} of {} had all {} and may be less precise than was asked for",
                    summary.finished.len(),
                    manifest.replicates
                ),
            };
            vec![format!(
                "scenarios were stopped by precision after {least} to {most} replicates{all}"
            )]
        }
        _ => fewer
            .map(|(name, finished)| {
                format!("{name}: {finished} of {} replicates are finished", manifest.replicates)
            })
            .collect(),
    };
    let more = notes.len().saturating_sub(NAMED);
    if more > 0 {
        notes.truncate(NAMED);
        notes.push(format!("… and {more} more scenarios with fewer replicates"));
    }
    let count = manifest.scenarios.len();
    if count > MANY {
        notes.push(format!(
            "with {count} scenarios the summary files hold the {} metrics of tables and figures; all are in \
             runs.parquet",
            summary.metrics.len()
        ));
    }
    notes
}
