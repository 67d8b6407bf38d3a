//! What an experiment will cost, from runs made for the purpose.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use super::plan::{Input, Unit};
use super::store::encode;
use super::table::{Field, Table, series_schema};
use super::work::{Rows, Simulate, Swept, Work};
use super::{Error, Plan};

/// Files of a finished experiment apart from figures and tables.
const FILES: u32 = 6;
/// Runs that are measured, as far as there are so many.
const MEASURED: u32 = 4;
/// Bytes of a cell in memory while its shard is gathered and written.
const CELL_BYTES: f64 = 16.0;
/// Core minutes of a task on a cluster: long enough for a scheduler, short enough to fit in gaps.
const TASK_MINUTES: f64 = 20.0;

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
    /// Shards, the pieces of which tasks are made.
    pub shards: u32,
    /// Runs of a shard.
    pub runs_per_shard: u32,
    /// Minutes of one core for a shard.
    pub minutes_per_shard: f64,
    /// Tasks on a cluster, of 10 to 30 minutes of one core where there is so much work.
    pub tasks: u32,
    /// Minutes of one core for a task.
    pub minutes_per_task: f64,
    /// Files while the experiment is under way.
    pub shard_files: u32,
    /// Files left at the end, figures and tables apart.
    pub files: u32,
}

/// Measures a few runs of scenarios from the first to the last.
///
/// # Errors
/// If a run fails.
pub fn measure(
    plan: &Plan,
    inputs: &[Input],
    simulate: &Simulate,
    threads: usize,
) -> Result<Cost, Error> {
    let before = peak_memory_mb();
    let swept = Swept::of(plan);
    let mut work = Work::ahead(plan, &swept, inputs);
    let (mut gathered, mut sizes, mut seconds) = (Rows::none(&swept), vec![0], 0.0);
    let mut failed = None;
    let runs = MEASURED.min(plan.units);
    for run in 0..runs {
        let last = plan.scenarios.len() - 1;
        let scenario = (run as usize * last).checked_div(runs as usize - 1).unwrap_or(0);
        let unit = Unit { scenario, replicate: run + 1 };
        work.setup(unit)?;
        let began = Instant::now();
        match work.run(simulate, unit)? {
            Ok(rows) => gathered.append(rows),
            Err(problem) => {
                failed = Some(format!("{}: {problem}", plan.name_of(unit)));
                continue;
            }
        }
        seconds += began.elapsed().as_secs_f64();
        sizes.push(size(&gathered, &swept)?);
    }
    let runs = sizes.len() as u32 - 1;
    if let (0, Some(problem)) = (runs, failed) {
        return Err(Error::damaged(Path::new("the runs that were measured"))(problem));
    }
    // What a file costs whatever it holds is paid once, not by every run.
    let first = u64::from(runs > 1);
    let bytes = (sizes[runs as usize] - sizes[first as usize]) / (u64::from(runs) - first);
    let cells: usize = [&gathered.runs, &gathered.series]
        .map(|table| table.rows() * table.columns.len())
        .iter()
        .sum();
    let seconds = seconds / f64::from(runs);
    let peak = peak_memory_mb().zip(before);
    let core_hours = seconds * f64::from(plan.units) / 3600.0;
    let useful = threads.min(plan.shards as usize).max(1);
    let miners = (0..plan.shards).filter(|&shard| plan.has_miners(shard)).count() as u32;
    let shard_mb = cells as f64 / f64::from(runs) * f64::from(plan.shard_units) * CELL_BYTES / 1e6;
    let tasks = ((core_hours * 60.0 / TASK_MINUTES).ceil() as u32).clamp(1, plan.shards);
    Ok(Cost {
        experiment: plan.experiment.clone(),
        scenarios: plan.scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
        replicates: plan.replicates,
        runs: plan.units,
        measured_runs: runs,
        seconds_per_run: seconds,
        core_hours,
        threads,
        hours: core_hours / useful as f64,
        memory_mb: peak.map(|(after, before)| before + (after - before + shard_mb) * useful as f64),
        bytes: sizes[first as usize] + bytes * (u64::from(plan.units) - first),
        shards: plan.shards,
        runs_per_shard: plan.shard_units,
        minutes_per_shard: seconds * f64::from(plan.shard_units) / 60.0,
        tasks,
        minutes_per_task: core_hours * 60.0 / f64::from(tasks),
        shard_files: 2 * plan.shards + miners,
        files: FILES,
    })
}

/// Bytes of files that hold these rows.
fn size(rows: &Rows, swept: &Swept) -> Result<u64, Error> {
    let tables = [(&rows.runs, swept.runs_schema()), (&rows.series, series_schema())];
    let length = |(table, schema): (&Table, Vec<Field>)| {
        encode(table.clone(), schema, "").map(|bytes| bytes.len() as u64)
    };
    let lengths = tables.into_iter().map(length).sum::<Result<u64, _>>();
    lengths.map_err(Error::damaged(Path::new("measured rows")))
}

/// Largest memory of this process so far, MB.
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}
