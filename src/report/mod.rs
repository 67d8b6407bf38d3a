//! Reads finished results and writes figures, tables and a summary; never changes the results.
//!
//! [`report`] works on any results folder: `manifest.json` says which scenarios and contrasts
//! there are, `runs.parquet` gives the summary and tables, `series.parquet` and `miners.parquet`
//! the figures.

pub mod analyses;
pub mod calibration;
pub mod discovery;
mod export;
pub mod figures;
mod files;
pub mod hindcast;
mod latex;
pub mod measure;
pub(crate) mod numbers;
mod record;
pub mod sensitivity;
mod source;
pub mod tables;

use std::path::{Path, PathBuf};

use crate::analysis::sensitivity::variance::{EffectVariance, effect_variances};
use crate::analysis::summary::runs::Runs;
use export::{Export, brief_bytes};
use files::Publisher;
use tables::variance::VarianceTable;

use crate::files::digest_file;
use crate::study::results::folder::Folder;
use crate::study::results::folder::PLAN;

use crate::analysis::summary::{Summary, SummaryMetric};
use crate::study::results::load::ResultTable;
use crate::study::results::manifest::Manifest;
use crate::study::results::report_error::ReportError;
pub(crate) use files::write_whole;
pub(crate) use record::REPORT;
pub use record::ReportRecord;
pub use tables::MetricTable;

/// Scenarios beyond which the summary files hold only what tables and figures show: all metrics of
/// thousands of points would be gigabytes that nobody reads.
const MANY: usize = 100;
/// How often a report is drawn when the manifest changes under it.
const TRIES: u32 = 3;
/// Scenarios named in notes.
const NAMED: usize = 8;

/// What a report consists of.
#[derive(Clone, Debug)]
pub struct ReportSummary {
    /// The headline table as text.
    pub headline_text: String,
    /// Attack costs by assumption as text; empty where the results lack them.
    pub attack_costs_text: String,
    /// What the effects vary by as text; empty where no parameter was drawn for two paths or more.
    pub variance_text: String,
    /// Files written.
    pub files: Vec<PathBuf>,
    /// What was left out and why.
    pub notes: Vec<String>,
}

/// Writes `summary.json`, `summary.csv`, `differences.csv`, `interactions.csv`, `tables/` and
/// `figures/` into a results folder, and last of all `report.json`, which says that all of it is there.
///
/// # Errors
/// When a file of the results is missing (run first), damaged or contradicts the manifest, or the
/// disk refuses.
///
/// # Examples
/// ```no_run
/// let written = hashflight::report::report("results/ai-counterfactual".as_ref())?;
/// println!("{}{} files", written.headline_text, written.files.len());
/// # Ok::<(), hashflight::study::results::report_error::ReportError>(())
/// ```
pub fn report(results: &Path) -> Result<ReportSummary, ReportError> {
    if results.join(PLAN).exists() {
        // A plan that is damaged, or of other results, is noticed before anything is drawn.
        Folder::open(results)?;
    }
    let digest = || {
        let manifest = results.join("manifest.json");
        digest_file(&manifest).map_err(|source| ReportError::disk(&manifest, source))
    };
    let mut tries = 1;
    loop {
        let manifest = digest()?;
        let before = ReportRecord::read(results).ok().flatten();
        ReportRecord::retire(results, &manifest)?;
        let mut publisher = Publisher::new(results);
        let ([headline_text, attack_costs_text, variance_text], notes) =
            publish(results, &mut publisher)?;
        // Another program may have merged again, or given the results another title, in the
        // meantime.
        if digest()? != manifest && tries < TRIES {
            tries += 1;
            continue;
        }
        let Publisher { digests, mut files, .. } = publisher;
        // What the report before drew and this one does not is of other results.
        for name in before.iter().flat_map(|before| before.files.keys()) {
            if !digests.contains_key(name) {
                let _ = std::fs::remove_file(results.join(name));
            }
        }
        ReportRecord::new(manifest, digests).write(results)?;
        files.push(results.join(REPORT));
        return Ok(ReportSummary { headline_text, attack_costs_text, variance_text, files, notes });
    }
}

/// Publishes everything; returns the tables as text, and notes.
fn publish(
    results: &Path,
    publisher: &mut Publisher,
) -> Result<([String; 3], Vec<String>), ReportError> {
    let manifest = Manifest::read(&results.join("manifest.json"))?;
    let (summary, variances, export) = summarise(results, &manifest, publisher)?;
    let tables = [MetricTable::headline(&summary), MetricTable::attack_costs(&summary)];
    let mut notes = notes(&summary);
    export.finish(publisher, &[notes.as_slice(), &tables[0].notes].concat())?;
    let mut texts = [const { String::new() }; 3];
    for (table, text) in tables.iter().zip(&mut texts).filter(|(table, _)| table.is_shown()) {
        publisher.write(&format!("tables/{}.csv", table.name), table.csv().as_bytes())?;
        publisher.write(&format!("tables/{}.tex", table.name), table.latex().as_bytes())?;
        *text = table.text();
    }
    if let Some(table) = VarianceTable::new(variances, &summary) {
        publisher.write("tables/variance.csv", table.csv().as_bytes())?;
        publisher.write("tables/variance.tex", table.latex().as_bytes())?;
        texts[2] = table.text();
    }
    let mut write = |name: &str, bytes: &[u8]| publisher.write(name, bytes);
    notes.extend(figures::draw_all(results, &summary, &mut write)?);
    Ok((texts, notes))
}

/// Writes the statistics of all metrics and keeps those that tables and figures show.
fn summarise<'m>(
    results: &Path,
    manifest: &'m Manifest,
    publisher: &Publisher,
) -> Result<(Summary, Vec<EffectVariance>, Export<'m>), ReportError> {
    let table = ResultTable::open(&results.join("runs.parquet"))?;
    let mut runs = Runs::index(manifest, &table)?;
    let (digest, finished) = (runs.digest()?, runs.finished());
    let shown = |name: &str| tables::shows(name) || figures::compare_by(name);
    let many = manifest.scenarios.len() > MANY;
    if many {
        runs.metrics.retain(|metric| shown(&metric.name));
    }
    let written = if many {
        as_many_as_data(results, manifest, &runs.metrics)
    } else {
        vec![true; runs.metrics.len()]
    };
    let metrics = runs.metrics.clone();
    let mut export = Export::begin(publisher, manifest, metrics, finished, &digest, written, many)?;
    let keep = |name: &str| match (figures::compare_by(name), tables::shows(name)) {
        (true, _) => usize::MAX,
        // The table has room for a few.
        (_, true) => MANY,
        _ => 0,
    };
    let summary = Summary::scan(manifest, &runs, digest, keep, &mut export)?;
    let variances = if many {
        Vec::new()
    } else {
        effect_variances(manifest, &runs, tables::variance::metrics())?
    };
    Ok((summary, variances, export))
}

/// The metrics with which a summary is no larger than the data: the first that fit.
fn as_many_as_data(results: &Path, manifest: &Manifest, metrics: &[SummaryMetric]) -> Vec<bool> {
    let bytes = |name: &str| std::fs::metadata(results.join(name)).map_or(0, |data| data.len());
    let mut left = bytes("runs.parquet") + bytes("series.parquet");
    let fits = |metric: &SummaryMetric| {
        let needed = brief_bytes(manifest, metric);
        let fits = needed <= left;
        left -= if fits { needed } else { 0 };
        fits
    };
    metrics.iter().map(fits).collect()
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
            "with {count} scenarios the summary files hold metrics of tables and figures alone, as many as \
             are no larger than the data, the JSON file their means; all are in runs.parquet"
        ));
    }
    notes
}
