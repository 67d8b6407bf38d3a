//! Runs what is missing, shard by shard, on all threads.
//!
//! A worker runs the units of one shard in order and publishes it; nothing else is shared, so that
//! neither threads nor order nor interruptions show in the results, and memory is bounded by the
//! shards in flight.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::folder::shard_name;
use super::provenance::Invocation;
use super::receipt::{Failure, Receipt};
use super::shard::publish;
use super::store::encode;
use super::submission::pace::Pace;
use super::table::{
    Field, Table, miner_rows, miners_schema, run_row, runs_schema, series_rows, series_schema,
};
use super::{Error, Folder};
use crate::simulation::{Setup, Trajectory};

/// Runs one replicate: setup, seed, replicate, whether to keep the miners of the last day.
pub type Simulate<'a> = dyn Fn(&Setup, u64, u32, bool) -> Trajectory + Sync + 'a;

/// After a request to stop, a shard in flight is finished if it takes no longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// A part of the shards: those whose index modulo `of` is `index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which part.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Share {
    /// All shards.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Whether a shard belongs to this part.
    #[must_use]
    pub const fn has(self, shard: u32) -> bool {
        shard % self.of == self.index
    }
}

/// Which shards an attempt is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those of a share.
    Share(Share),
    /// Those of a task.
    Shards(Vec<u32>),
}

impl Part {
    /// Whether a shard belongs to this part.
    #[must_use]
    pub fn has(&self, shard: u32) -> bool {
        match self {
            Self::Share(share) => share.has(shard),
            Self::Shards(shards) => shards.contains(&shard),
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Share(share) => write!(out, "{}/{}", share.index, share.of),
            Self::Shards(shards) => write!(out, "{} shards", shards.len()),
        }
    }
}

/// What to run, where, and whom to tell.
pub struct Job<'a> {
    /// Results folder.
    pub folder: &'a Folder,
    /// The model.
    pub simulate: &'a Simulate<'a>,
    /// Which shards.
    pub part: &'a Part,
    /// Time after which no shard is begun that would not fit; `None` for as long as it takes.
    pub budget: Option<Duration>,
    /// How the program was started.
    pub invocation: &'a Invocation,
    /// Asked between runs: whether to leave.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Told after every run.
    pub on_unit: &'a (dyn Fn() + Sync),
}

/// What an attempt achieved.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    /// Runs published.
    pub units: usize,
    /// Runs that failed.
    pub failures: Vec<Failure>,
    /// Shards of the part that were left undone because of a request to stop, or for want of time.
    pub left: usize,
    /// Time taken.
    pub wall: Duration,
}

/// What became of a shard.
enum Outcome {
    Published(usize),
    Failed(Vec<Failure>),
    Left,
}

/// The rows of a shard in the making.
#[derive(Debug)]
pub struct Rows {
    /// Outcome rows.
    pub runs: Table,
    /// Recorded days.
    pub series: Table,
    /// Miners of first replicates.
    pub miners: Table,
}

impl Rows {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self {
            runs: Table::empty(&runs_schema()),
            series: Table::empty(&series_schema()),
            miners: Table::empty(&miners_schema()),
        }
    }

    fn append(&mut self, other: Self) {
        self.runs.append(other.runs);
        self.series.append(other.series);
        self.miners.append(other.miners);
    }
}

/// Runs the missing shards of a part.
///
/// # Errors
/// If the disk refuses, two attempts disagree, or the threads cannot be started. A run that fails
/// is no error: it is listed in the attempt and in the receipt, and its shard stays missing.
pub fn run(job: &Job) -> Result<Attempt, Error> {
    let began = Instant::now();
    let setups = job.folder.setups()?;
    let mut pending = job.folder.missing_shards()?;
    pending.retain(|&shard| job.part.has(shard));
    let receipt = Receipt::start(job.folder, job.invocation, &job.part.to_string())?;
    let pace = Pace::start(job.budget);
    let pool = ThreadPoolBuilder::new()
        .num_threads(job.invocation.threads)
        .build()
        .map_err(|error| Error::Threads(error.to_string()))?;
    let outcomes: Vec<Outcome> = pool.install(|| {
        let shards = pending.into_par_iter().with_max_len(1);
        shards.map(|shard| job.run_shard(shard, &setups, &receipt, &pace)).collect::<Result<_, _>>()
    })?;
    let mut attempt = Attempt { wall: began.elapsed(), ..Attempt::default() };
    for outcome in outcomes {
        match outcome {
            Outcome::Published(units) => attempt.units += units,
            Outcome::Failed(failures) => attempt.failures.extend(failures),
            Outcome::Left => attempt.left += 1,
        }
    }
    receipt.end(attempt.units, attempt.left > 0)?;
    Ok(attempt)
}

impl Job<'_> {
    fn run_shard(
        &self,
        shard: u32,
        setups: &[Setup],
        receipt: &Receipt,
        pace: &Pace,
    ) -> Result<Outcome, Error> {
        if !pace.fits() {
            return Ok(Outcome::Left);
        }
        let (began, plan) = (Instant::now(), &self.folder.plan);
        let (mut rows, mut failures) = (Rows::none(), Vec::new());
        let units = plan.shard(shard).len();
        for (done, (index, (scenario, replicate))) in
            plan.shard(shard).zip(plan.units_of(shard)).enumerate()
        {
            if ((self.stop)() || pace.is_over()) && !is_nearly_done(done, units, began.elapsed()) {
                return Ok(Outcome::Left);
            }
            let setup = &setups[plan.unit(index).scenario];
            match run_unit(self.simulate, setup, plan.seed, scenario, replicate) {
                Ok(more) => rows.append(more),
                Err(message) => {
                    let scenario = scenario.to_owned();
                    failures.push(Failure { scenario, replicate, shard, message });
                }
            }
            (self.on_unit)();
        }
        if failures.is_empty() {
            self.publish(shard, rows)?;
            pace.note(began.elapsed());
            let seconds = began.elapsed().as_secs_f64();
            receipt.published(shard, units, seconds)?;
            tracing::info!(shard, units, seconds, "shard published");
            return Ok(Outcome::Published(units));
        }
        failures.iter().try_for_each(|failure| receipt.failed(failure))?;
        Ok(Outcome::Failed(failures))
    }

    /// Publishes the files of a shard; the runs come last and mark it as done.
    fn publish(&self, shard: u32, rows: Rows) -> Result<(), Error> {
        let publish = |kind: &str, table: Table, schema: Vec<Field>| {
            let (folder, name) = (self.folder.shards(), shard_name(shard, kind));
            let bytes = encode(table, schema, &self.folder.digest)
                .map_err(Error::damaged(&folder.join(&name)))?;
            publish(&folder, &name, &bytes)
        };
        publish("series", rows.series, series_schema())?;
        if self.folder.plan.has_miners(shard) {
            publish("miners", rows.miners, miners_schema())?;
        }
        publish("runs", rows.runs, runs_schema())
    }
}

/// Whether the rest of a shard is worth waiting for.
fn is_nearly_done(done: usize, units: usize, elapsed: Duration) -> bool {
    let left = (units - done) as f64;
    done > 0 && elapsed.as_secs_f64() / done as f64 * left <= PATIENCE.as_secs_f64()
}

/// The rows of one run, or why there are none: it panicked, or left something that is no number.
///
/// # Errors
/// What went wrong, in a sentence.
pub fn run_unit(
    simulate: &Simulate,
    setup: &Setup,
    seed: u64,
    scenario: &str,
    replicate: u32,
) -> Result<Rows, String> {
    let snapshot = replicate == 0;
    let simulated = catch_unwind(AssertUnwindSafe(|| simulate(setup, seed, replicate, snapshot)));
    let trajectory = simulated.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        format!("panicked: {}", text.unwrap_or_else(|| "without a message".to_owned()))
    })?;
    if trajectory.records.is_empty() {
        return Err("left no records".to_owned());
    }
    let rows = Rows {
        runs: run_row(scenario, replicate, &trajectory),
        series: series_rows(scenario, replicate, &trajectory),
        miners: miner_rows(scenario, replicate, &trajectory),
    };
    let tables = [
        (&rows.series, series_schema()),
        (&rows.runs, runs_schema()),
        (&rows.miners, miners_schema()),
    ];
    for (table, schema) in tables {
        if let Some((row, column)) = table.first_not_finite() {
            return Err(format!("{} is not a finite number in row {row}", schema[column].name));
        }
    }
    Ok(rows)
}
