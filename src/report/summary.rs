//! Every metric of every scenario over its replicates, and the paired effects.

use std::collections::BTreeMap;

use super::error::ReportError;
use super::load::Table;
use super::manifest::{Contrast, Manifest};
use super::statistics::{Description, Effect, describe, paired_effect};
use crate::simulation::trajectory::{OUTCOMES, Reduction, SERIES};

/// A column of `runs.parquet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Column name.
    pub name: String,
    /// Unit, "1" for plain numbers; empty when unknown.
    pub unit: &'static str,
}

/// Statistics of all metrics.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What the results are of.
    pub manifest: Manifest,
    /// blake3 of all that was read from `runs.parquet`.
    pub data_digest: String,
    /// Metrics, in file order.
    pub metrics: Vec<Metric>,
    /// Replicates finished, in the order of `manifest.scenarios`.
    pub finished: Vec<usize>,
    /// `descriptions[metric][scenario]`; none without a finite value.
    pub descriptions: Vec<Vec<Option<Description>>>,
    /// `effects[metric][contrast]`; none without a finite pair.
    pub effects: Vec<Vec<Option<Effect>>>,
}

/// The rows of each scenario, by replicate.
struct Rows {
    scenarios: Vec<BTreeMap<i32, usize>>,
}

impl Summary {
    /// Reads `runs.parquet` column by column; one column is in memory at a time.
    ///
    /// # Errors
    /// When the file is damaged, holds no runs, doubles one, or names a scenario that the manifest
    /// does not.
    pub fn of(manifest: Manifest, runs: &Table) -> Result<Self, ReportError> {
        let rows = Rows::read(&manifest, runs)?;
        let metrics = metrics(runs);
        let mut digest = blake3::Hasher::new();
        digest.update(manifest.scenarios.join("\n").as_bytes());
        let mut descriptions = Vec::with_capacity(metrics.len());
        let mut effects = Vec::with_capacity(metrics.len());
        for (replicate, row) in rows.scenarios.iter().flatten() {
            digest.update(format!("{replicate} {row}\n").as_bytes());
        }
        for metric in &metrics {
            let values = runs.numbers(&metric.name)?;
            digest.update(metric.name.as_bytes());
            for value in &values {
                digest.update(&value.to_le_bytes());
            }
            descriptions.push(rows.describe(&values));
            effects.push(rows.effects(&manifest, &values));
        }
        let finished = rows.scenarios.iter().map(BTreeMap::len).collect();
        let data_digest = digest.finalize().to_hex().to_string();
        Ok(Self { manifest, data_digest, metrics, finished, descriptions, effects })
    }

    /// Position of a metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<usize> {
        self.metrics.iter().position(|metric| metric.name == name)
    }
}

impl Rows {
    fn read(manifest: &Manifest, runs: &Table) -> Result<Self, ReportError> {
        let wrong = |problem: String| ReportError::content(runs.path(), problem);
        if runs.rows() == 0 {
            return Err(wrong("holds no finished run; nothing to report yet".to_owned()));
        }
        let numbers = runs.integers("replicate")?;
        let mut names = Vec::with_capacity(numbers.len());
        runs.strings("scenario", |name| names.push(name.to_owned()))?;
        let mut scenarios = vec![BTreeMap::new(); manifest.scenarios.len()];
        for (row, (name, replicate)) in names.iter().zip(numbers).enumerate() {
            let rows = manifest.position(name).and_then(|position| scenarios.get_mut(position));
            let rows = rows.ok_or_else(|| {
                wrong(format!(
                    "scenario `{name}` is not in the manifest ({})",
                    manifest.scenarios.join(", ")
                ))
            })?;
            if rows.insert(replicate, row).is_some() {
                return Err(wrong(format!("replicate {replicate} of `{name}` is there twice")));
            }
        }
        Ok(Self { scenarios })
    }

    fn describe(&self, values: &[f64]) -> Vec<Option<Description>> {
        let of = |rows: &BTreeMap<i32, usize>| -> Vec<f64> {
            rows.values().filter_map(|row| values.get(*row).copied()).collect()
        };
        self.scenarios.iter().map(|rows| describe(&of(rows))).collect()
    }

    fn effects(&self, manifest: &Manifest, values: &[f64]) -> Vec<Option<Effect>> {
        let effect = |contrast: &Contrast| {
            let treated = &self.scenarios[manifest.position(&contrast.treatment)?];
            let untreated = &self.scenarios[manifest.position(&contrast.control)?];
            let pair = |(replicate, row): (&i32, &usize)| {
                Some((*values.get(*row)?, *values.get(*untreated.get(replicate)?)?))
            };
            paired_effect(&treated.iter().filter_map(pair).collect::<Vec<_>>())
        };
        manifest.contrasts.iter().map(effect).collect()
    }
}

/// The outcome columns: f64 and named `<series>_<reduction>` or as in [`OUTCOMES`]. Swept parameters are not outcomes.
fn metrics(runs: &Table) -> Vec<Metric> {
    let metric = |name: String| {
        if let Some(column) = OUTCOMES.iter().find(|column| column.name == name) {
            return Some(Metric { name, unit: column.unit });
        }
        let (series, suffix) = name.rsplit_once('_')?;
        Reduction::ALL.iter().find(|reduction| reduction.suffix() == suffix)?;
        let unit = SERIES.iter().find(|column| column.name == series).map(|column| column.unit);
        Some(Metric { unit: unit.unwrap_or_default(), name })
    };
    runs.number_columns().into_iter().filter_map(metric).collect()
}
