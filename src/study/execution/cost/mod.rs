//! What an experiment will cost, from runs made for the purpose.

mod process;
mod size;

use std::path::Path;

use serde::Serialize;

use super::work::{Simulate, Work};
use crate::study::error::Error;
use crate::study::results::folder::KINDS;
use crate::study::results::plan::Plan;
use crate::study::results::plan::{Input, Unit};
use crate::study::results::unit_rows::{Swept, UnitRows};
use crate::study::store::table::Table;
use crate::study::store::writer::meanings;
use process::{ThreadTime, forget_peak, memory_mb, peak_memory_mb};
use size::{file_size, size_of_row};

/// Files of a finished experiment apart from figures and tables.
const FILES: u32 = 7;
/// Runs that are measured, as far as there are so many.
const MEASURED: u32 = 4;
/// Processor time after which no further run is measured, s, once there are two.
const PATIENCE: f64 = 60.0;
/// Processor time for runs that are made for the sizes of files alone, s, and most of them.
const SIZING: f64 = 2.0;
const MOST_SIZED: u32 = 512;
/// Most recorded days of them, which are held in memory.
const MOST_DAYS: usize = 1 << 14;
/// Fewest runs in a row from which the size of many is told, if there are more.
const FEWEST_SIZED: u32 = 64;
/// Bytes of a cell in memory while its shard is gathered, journaled and written.
const CELL_BYTES: f64 = 24.0;
/// Memory of a merge besides what the plan takes, and a shard: a row group, gathered and written, MB.
const MERGE_MB: f64 = 200.0;
/// Memory of a report besides what the plan, the runs and the scenarios take: values of a column in
/// parts (64 MB), pages, pictures, MB.
const REPORT_MB: f64 = 150.0;
/// Bytes of memory for each run in a report: where its rows lie, its outcome at hand.
const REPORT_RUN_BYTES: f64 = 150.0;
/// Bytes of memory for each scenario in a report: its statistics of the metrics that are shown. Measured
/// with 40,000 scenarios of 25 runs: 309 MB in all.
const REPORT_SCENARIO_BYTES: f64 = 8_000.0;
/// Bytes of a figure in its three forms, and figures of a pair of scenarios, or of many points.
const FIGURE_BYTES: u64 = 350_000;
const FIGURES: u64 = 10;
/// Bytes of a scenario and of a contrast in the summary files, and in those of very many scenarios.
const SUMMARY_BYTES: [u64; 2] = [330_000, 180_000];
const BRIEF_BYTES: [u64; 2] = [8_000, 8_000];
/// Bytes of a shard's lines in the manifest.
const MANIFEST_SHARD_BYTES: f64 = 80.0;
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
    /// Processor time per run, s; time on the wall where the system does not tell.
    pub seconds_per_run: f64,
    /// Hours of one core.
    pub core_hours: f64,
    /// Threads that would be used.
    pub threads: usize,
    /// Hours on the wall, if they have a core each.
    pub hours: f64,
    /// Memory, MB; null where the system does not tell.
    pub memory_mb: Option<f64>,
    /// Memory of a process apart from its threads, MB.
    pub process_mb: Option<f64>,
    /// Memory of each thread, MB: a run and the shard it belongs to.
    pub thread_mb: Option<f64>,
    /// Memory of the merge, MB.
    pub merge_memory_mb: Option<f64>,
    /// Memory of the report, MB.
    pub report_memory_mb: Option<f64>,
    /// Bytes of the merged files, of plan and manifest.
    pub bytes: u64,
    /// Bytes of figures, tables and summaries, roughly.
    pub report_bytes: u64,
    /// Bytes on the disk while shards and merged files stand side by side.
    pub merge_bytes: u64,
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

impl Cost {
    /// Memory of a task on so many processors, MB.
    #[must_use]
    pub(crate) fn task_memory_mb(&self, processors: u32) -> Option<f64> {
        Some(self.process_mb? + self.thread_mb? * f64::from(processors))
    }

    /// Memory of the job that merges and reports, MB.
    #[must_use]
    pub(crate) fn last_memory_mb(&self) -> Option<f64> {
        Some(self.merge_memory_mb?.max(self.report_memory_mb?))
    }
}

/// What a few runs took and left.
struct MeasuredRuns {
    seconds: f64,
    process_mb: Option<f64>,
    run_mb: Option<f64>,
    runs: Vec<UnitRows>,
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
    let swept = Swept::from_plan(plan);
    let measured = run_some(plan, &swept, inputs, simulate)?;
    let seconds = measured.seconds / measured.runs.len() as f64;
    let days = measured.runs.iter().map(|rows| rows.series.rows()).max().unwrap_or(1).max(1);
    let fit = MOST_SIZED.min((MOST_DAYS / days) as u32);
    let count = ((SIZING / seconds).min(f64::from(fit)) as u32).min(plan.units);
    let row = if count < FEWEST_SIZED.min(plan.units) {
        None
    } else {
        run_row(plan, &swept, inputs, simulate, count)?
    };
    let sizes = Sizes::from_measured(&measured, row.as_ref(), plan, &swept)?;
    let core_hours = seconds * f64::from(plan.units) / 3600.0;
    let useful = threads.min(plan.shards as usize).max(1);
    let tasks = ((core_hours * 60.0 / TASK_MINUTES).ceil() as u32).clamp(1, plan.shards);
    let shard_mb = measured.cells_per_run() * f64::from(plan.shard_units) * CELL_BYTES / 1e6;
    let (process_mb, run_mb) = (measured.process_mb, measured.run_mb);
    let thread_mb = run_mb.map(|run_mb| run_mb + shard_mb);
    let more = |mb: f64| process_mb.map(|process| process + mb);
    let report_mb = REPORT_RUN_BYTES * f64::from(plan.units)
        + REPORT_SCENARIO_BYTES * plan.scenarios.len() as f64;
    Ok(Cost {
        experiment: plan.experiment.clone(),
        scenarios: plan.scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
        replicates: plan.replicates,
        runs: plan.units,
        measured_runs: measured.runs.len() as u32,
        seconds_per_run: seconds,
        core_hours,
        threads,
        hours: core_hours / useful as f64,
        memory_mb: process_mb.zip(thread_mb).map(|(one, each)| one + each * useful as f64),
        process_mb,
        thread_mb,
        merge_memory_mb: more(MERGE_MB + shard_mb),
        report_memory_mb: more(REPORT_MB + report_mb / 1e6),
        bytes: sizes.merged as u64,
        report_bytes: report_bytes(plan, sizes.merged as u64),
        merge_bytes: (sizes.merged + sizes.shards) as u64,
        shards: plan.shards,
        runs_per_shard: plan.shard_units,
        minutes_per_shard: seconds * f64::from(plan.shard_units) / 60.0,
        tasks,
        minutes_per_task: core_hours * 60.0 / f64::from(tasks),
        shard_files: 3 * plan.shards + shards_with_miners(plan),
        files: FILES,
    })
}

/// Makes the first runs in the order of the files: what neighbours share is seen as it is.
fn run_row(
    plan: &Plan,
    swept: &Swept,
    inputs: &[Input],
    simulate: &Simulate,
    count: u32,
) -> Result<Option<Vec<UnitRows>>, Error> {
    let mut work = Work::ahead(plan, swept, inputs);
    let units = (0..plan.shards).flat_map(|shard| plan.shard(shard)).take(count as usize);
    let rows = units.map(|unit| work.run(simulate, unit));
    // A run that fails leaves nothing in the files.
    let rows = rows.filter_map(|run| run.map(Result::ok).transpose());
    rows.collect::<Result<Vec<_>, _>>().map(|rows| Some(rows).filter(|rows| !rows.is_empty()))
}

/// Makes a few runs of scenarios from the first to the last.
fn run_some(
    plan: &Plan,
    swept: &Swept,
    inputs: &[Input],
    simulate: &Simulate,
) -> Result<MeasuredRuns, Error> {
    let mut work = Work::ahead(plan, swept, inputs);
    forget_peak();
    let process_mb = memory_mb();
    let mut all = MeasuredRuns { seconds: 0.0, process_mb, run_mb: None, runs: Vec::new() };
    let mut failed = None;
    let wanted = MEASURED.min(plan.units);
    for run in 0..wanted {
        if run > 1 && all.seconds > PATIENCE {
            break;
        }
        let last = plan.scenarios.len() - 1;
        // The first run of all keeps its miners, too.
        let scenario = (run as usize * last).checked_div(wanted as usize - 1).unwrap_or(0);
        let unit = Unit { scenario, replicate: run.min(plan.replicates.saturating_sub(1)) };
        work.setup(unit)?;
        let stretch = ThreadTime::start();
        match work.run(simulate, unit)? {
            Ok(rows) => {
                all.seconds += stretch.seconds();
                all.runs.push(rows);
            }
            Err(problem) => failed = Some(format!("{}: {problem}", plan.name_of(unit))),
        }
    }
    if let (true, Some(problem)) = (all.runs.is_empty(), failed) {
        return Err(Error::damaged(Path::new("the runs that were measured"))(problem));
    }
    all.run_mb = peak_memory_mb().zip(process_mb).map(|(peak, before)| (peak - before).max(0.0));
    Ok(all)
}

impl MeasuredRuns {
    /// Cells that a run leaves.
    fn cells_per_run(&self) -> f64 {
        let cells = |table: &Table| table.rows() * table.columns.len();
        let kept =
            |rows: &'_ UnitRows| [&rows.runs, &rows.series, &rows.regions, &rows.leases].map(cells);
        let all: usize = self.runs.iter().flat_map(kept).sum();
        all as f64 / self.runs.len() as f64
    }
}

/// Bytes of all files.
struct Sizes {
    merged: f64,
    shards: f64,
}

impl Sizes {
    fn from_measured(
        measured: &MeasuredRuns,
        row: Option<&Vec<UnitRows>>,
        plan: &Plan,
        swept: &Swept,
    ) -> Result<Self, Error> {
        let (mut merged, mut more) = (0.0, 0.0);
        let with_miners = shards_with_miners(plan);
        for (place, (kind, schema)) in KINDS.into_iter().zip(swept.schemas()).enumerate() {
            let rows = row.unwrap_or(&measured.runs);
            let tables = rows.iter().map(|rows| rows.tables()[place]);
            let tables: Vec<&Table> =
                tables.filter(|table| kind != "miners" || table.rows() > 0).collect();
            let size = if row.is_some() { size_of_row } else { file_size }(&tables, &schema)?;
            let (units, shards) = match kind {
                "miners" => (plan.scenarios.len() as u32, with_miners),
                _ => (plan.units, plan.shards),
            };
            merged += size.of(units);
            // A shard costs its files' fixed part once more.
            more += size.fixed * f64::from(shards.saturating_sub(1));
        }
        let shards = merged + more;
        let plan_bytes = serde_json::to_string_pretty(plan).map_or(0, |text| text.len()) as f64;
        // The manifest lists scenarios and contrasts as the plan does, and a digest of every shard.
        let digests = MANIFEST_SHARD_BYTES * f64::from(KINDS_OF_ALL * plan.shards + with_miners);
        let explained =
            KINDS.iter().filter_map(|kind| meanings(kind)).map(|note| note.len() as f64);
        let explained: f64 = explained.sum();
        Ok(Self { merged: merged + explained + 2.0 * plan_bytes + digests, shards })
    }
}

/// Bytes of figures, tables and summaries. Summaries of very many scenarios are no larger than the data.
fn report_bytes(plan: &Plan, merged: u64) -> u64 {
    let (scenarios, contrasts) = (plan.scenarios.len() as u64, plan.contrasts.len() as u64);
    let pictured = if plan.designs.is_empty() { contrasts.max(1) } else { 1 };
    let many = scenarios > 100;
    let [scenario, contrast] = if many { BRIEF_BYTES } else { SUMMARY_BYTES };
    let summaries = scenario * scenarios + contrast * contrasts;
    let summaries = if many { summaries.min(merged) } else { summaries };
    FIGURE_BYTES * FIGURES * pictured + summaries
}

/// Kinds of files that every shard has: all but miners.
const KINDS_OF_ALL: u32 = KINDS.len() as u32 - 1;

/// Shards that have a file of miners.
fn shards_with_miners(plan: &Plan) -> u32 {
    (0..plan.shards).filter(|&shard| plan.has_miners(shard)).count() as u32
}
