//! What an experiment will cost, from runs made for the purpose.

use std::time::Instant;

use serde::Serialize;

use super::runner::{Rows, Simulate, run_unit};
use super::store::encode;
use super::table::{runs_schema, series_schema};
use super::{Error, Experiment, Plan};

/// Files of a finished experiment apart from figures and tables.
const FILES: u32 = 6;

/// What an experiment takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Name of the experiment.
    pub experiment: String,
    /// Names of the scenarios.
    pub scenarios: Vec<String>,
    /// Replicates of each.
    pub replicates: u32,
    /// Runs in all.
    pub runs: u32,
    /// Runs that were made to measure.
    pub measured_runs: u32,
    /// Time per run, s.
    pub seconds_per_run: f64,
    /// Hours of one core.
    pub core_hours: f64,
    /// Threads that would be used.
    pub threads: usize,
    /// Hours on them.
    pub hours: f64,
    /// Memory, MB; null where the system does not tell.
    pub memory_mb: Option<f64>,
    /// Bytes of the merged files.
    pub bytes: u64,
    /// Files while the experiment is under way.
    pub shard_files: u32,
    /// Files left at the end, figures and tables apart.
    pub files: u32,
}

/// Measures two runs, one of the first scenario and one of the last.
///
/// # Errors
/// If a run fails.
pub fn measure(
    experiment: &Experiment,
    plan: &Plan,
    simulate: &Simulate,
    threads: usize,
) -> Result<Cost, Error> {
    let before = peak_memory_mb();
    let began = Instant::now();
    let (mut bytes, mut measured) = (0, 0);
    let ends = [experiment.scenarios.first(), experiment.scenarios.last()];
    for (replicate, scenario) in ends.into_iter().flatten().enumerate() {
        let rows =
            run_unit(simulate, &scenario.setup, plan.seed, &scenario.name, replicate as u32 + 1)
                .map_err(Error::damaged(std::path::Path::new(&scenario.name)))?;
        measured += 1;
        bytes += size(rows)?;
    }
    let seconds = began.elapsed().as_secs_f64() / f64::from(measured);
    let peak = peak_memory_mb().zip(before);
    let core_hours = seconds * f64::from(plan.units) / 3600.0;
    let useful = threads.min(plan.shards as usize).max(1);
    let miners = (0..plan.shards).filter(|&shard| plan.has_miners(shard)).count() as u32;
    Ok(Cost {
        experiment: plan.experiment.clone(),
        scenarios: plan.scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
        replicates: plan.replicates,
        runs: plan.units,
        measured_runs: measured,
        seconds_per_run: seconds,
        core_hours,
        threads,
        hours: core_hours / useful as f64,
        memory_mb: peak.map(|(after, before)| before + (after - before) * useful as f64),
        bytes: bytes / u64::from(measured) * u64::from(plan.units),
        shard_files: 2 * plan.shards + miners,
        files: FILES,
    })
}

/// Bytes of a run's rows.
fn size(rows: Rows) -> Result<u64, Error> {
    let mut bytes = 0;
    for (table, schema) in [(rows.runs, runs_schema()), (rows.series, series_schema())] {
        // Footers are paid once per file, not once per run.
        let empty = super::table::Table::empty(&schema);
        let length = |table| encode(table, schema.clone(), "").map(|bytes| bytes.len() as u64);
        let sizes = length(table).and_then(|full| Ok(full.saturating_sub(length(empty)?)));
        bytes += sizes.map_err(Error::damaged(std::path::Path::new("measured rows")))?;
    }
    Ok(bytes)
}

/// Largest memory of this process so far, MB.
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}
