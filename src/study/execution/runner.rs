//! Runs what is missing, shard by shard, on all threads.
//!
//! A worker runs the units of one shard in order and publishes it; nothing else is shared, so that
//! neither threads nor order nor interruptions show in the results, and memory is bounded by the
//! shards in flight. Finished runs of a shard in flight are in its journal.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::work::Work;
use crate::study::error::Error;
use crate::study::results::folder::Folder;
use crate::study::results::folder::{KINDS, failed_name, shard_name};
use crate::study::results::journal::{self, FinishedRun, Journal};
use crate::study::results::pace::Pace;
use crate::study::results::plan::Unit;
use crate::study::results::provenance::Invocation;
use crate::study::results::receipt::{FailedRun, Receipt};
use crate::study::results::rounds::Rounds;
use crate::study::results::seal::publish_shard;
use crate::study::results::unit_rows::{Swept, UnitRows};
use crate::study::store::table::{Field, Table};
use crate::study::store::writer::encode;

use super::work::Simulate;

/// A part of the shards: those whose index modulo `of` is `index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardShare {
    /// Which part.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl ShardShare {
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
    Share(ShardShare),
    /// Those of a list.
    Shards(Vec<u32>),
    /// Those of a task.
    Task {
        /// Number of the submission.
        submission: u32,
        /// Number of the task.
        task: u32,
        /// Its shards.
        shards: Vec<u32>,
    },
}

impl Part {
    /// Whether a shard belongs to this part.
    #[must_use]
    pub fn has(&self, shard: u32) -> bool {
        match self {
            Self::Share(share) => share.has(shard),
            Self::Shards(shards) | Self::Task { shards, .. } => shards.contains(&shard),
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Share(share) => write!(out, "{}/{}", share.index, share.of),
            Self::Shards(shards) => write!(out, "{} shards", shards.len()),
            Self::Task { submission, task, shards } => {
                write!(out, "task {task} of submission {submission}: {} shards", shards.len())
            }
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
pub struct AttemptOutcome {
    /// Runs finished.
    pub units: usize,
    /// Of them, those that failed.
    pub failures: Vec<FailedRun>,
    /// Shards of the part that were left undone because of a request to stop, or for want of time.
    pub left: usize,
    /// Time taken.
    pub wall: Duration,
}

/// What became of a shard.
struct ShardOutcome {
    /// Runs finished by this attempt.
    units: usize,
    /// Runs of the shard that failed.
    failures: Vec<FailedRun>,
    /// Whether all of it is done and published.
    published: bool,
}

/// What the workers of an attempt share.
struct WorkerContext<'a> {
    rounds: &'a Rounds,
    swept: &'a Swept,
    journals: BTreeMap<u32, Vec<PathBuf>>,
    receipt: &'a Receipt,
    pace: &'a Pace,
}

/// Runs the missing shards of a part, round after round.
///
/// # Errors
/// If the disk refuses, two attempts disagree, or the threads cannot be started. A run that fails
/// is no error: it is recorded in its shard, listed in the attempt and in the receipt.
pub fn run(job: &Job) -> Result<AttemptOutcome, Error> {
    let receipt = Receipt::start(job.folder, job.invocation, &job.part.to_string())?;
    let outcome = work_through(job, &receipt);
    if let Err(error) = &outcome {
        receipt.broken(error);
    }
    outcome
}

fn work_through(job: &Job, receipt: &Receipt) -> Result<AttemptOutcome, Error> {
    let (began, folder) = (Instant::now(), job.folder);
    let swept = Swept::from_plan(&folder.plan);
    let pace = Pace::start(job.budget);
    let pool = ThreadPoolBuilder::new()
        .num_threads(job.invocation.threads)
        .build()
        .map_err(|error| Error::Threads(error.to_string()))?;
    let (mut attempt, mut rounds) = (AttemptOutcome::default(), folder.rounds()?);
    // Once another attempt has merged, there are no shards, and nothing is missing.
    while !folder.is_merged() && attempt.left == 0 {
        let mut pending = folder.missing_of(&rounds)?;
        if let (true, Some(stopping)) = (pending.is_empty(), &folder.plan.stopping) {
            match rounds.open_next(folder, stopping) {
                Ok(true) => continue,
                Ok(false) => {}
                // Another attempt has merged and emptied the shards while this one was reading them.
                Err(_) if folder.is_merged() => break,
                Err(error) => return Err(error),
            }
        }
        pending.retain(|&shard| job.part.has(shard));
        if pending.is_empty() {
            break;
        }
        let journals = journal::journals(&folder.shards())?;
        let rounds = &rounds;
        let bench = WorkerContext { rounds, swept: &swept, journals, receipt, pace: &pace };
        let outcomes: Vec<ShardOutcome> = pool.install(|| {
            let shards = pending.into_par_iter().with_max_len(1);
            shards.map(|shard| job.run_shard(shard, &bench)).collect::<Result<_, _>>()
        })?;
        for outcome in outcomes {
            attempt.units += outcome.units;
            attempt.left += usize::from(!outcome.published);
            attempt.failures.extend(outcome.failures);
        }
    }
    attempt.wall = began.elapsed();
    receipt.end(attempt.units, attempt.left > 0)?;
    Ok(attempt)
}

impl Job<'_> {
    fn run_shard(&self, shard: u32, bench: &WorkerContext) -> Result<ShardOutcome, Error> {
        let mut outcome = ShardOutcome { units: 0, failures: Vec::new(), published: false };
        if self.folder.has_shard(shard) || self.folder.is_merged() {
            return Ok(ShardOutcome { published: true, ..outcome });
        }
        if !bench.pace.fits() {
            return Ok(outcome);
        }
        let (began, plan) = (Instant::now(), &self.folder.plan);
        let units: Vec<Unit> = bench.rounds.units(plan, shard).collect();
        let earlier = bench.journals.get(&shard).map_or(&[][..], Vec::as_slice);
        let owner = journal::owner(&self.folder.digest, shard);
        let mut known = finished(earlier, &owner, bench.swept, units.len());
        let mut work = Work::from_folder(self.folder, bench.swept);
        let mut rows = UnitRows::none(bench.swept);
        let mut journal = None;
        for (place, unit) in units.into_iter().enumerate() {
            let result = match known.remove(&place) {
                Some(result) => result,
                None if (self.stop)() || bench.pace.is_over() => return Ok(outcome),
                None => {
                    let result = work.run(self.simulate, unit)?;
                    if journal.is_none() {
                        journal = Some(Journal::start(
                            &self.folder.shards(),
                            &self.folder.digest,
                            shard,
                        )?);
                    }
                    journal.as_ref().map_or(Ok(()), |journal| journal.add(place, &result))?;
                    outcome.units += 1;
                    result
                }
            };
            match result {
                Ok(more) => rows.append(more),
                Err(message) => {
                    let (scenario, replicate) = (plan.name_of(unit).to_owned(), unit.replicate);
                    outcome.failures.push(FailedRun { scenario, replicate, shard, message });
                }
            }
            (self.on_unit)();
        }
        self.publish(shard, rows, bench.swept, &outcome.failures)?;
        bench.pace.note(began.elapsed());
        outcome.failures.iter().try_for_each(|failure| bench.receipt.failed(failure))?;
        let seconds = began.elapsed().as_secs_f64();
        bench.receipt.published(shard, outcome.units, seconds)?;
        tracing::info!(shard, units = outcome.units, seconds, "shard published");
        journal.into_iter().for_each(Journal::remove);
        for path in earlier {
            let _ = std::fs::remove_file(path);
        }
        Ok(ShardOutcome { published: true, ..outcome })
    }

    /// Publishes the files of a shard; the runs come last and mark it as done.
    fn publish(
        &self,
        shard: u32,
        rows: UnitRows,
        swept: &Swept,
        failures: &[FailedRun],
    ) -> Result<(), Error> {
        let folder = self.folder.shards();
        let table = |kind: &str, table: Table, schema: Vec<Field>| {
            let name = shard_name(shard, kind);
            let bytes = encode(table, schema, &self.folder.digest)
                .map_err(Error::damaged(&folder.join(&name)))?;
            Ok::<_, Error>((name, bytes))
        };
        let kinds = KINDS.into_iter().zip(rows.into_tables()).zip(swept.schemas());
        let kinds = kinds.filter(|((kind, _), _)| self.folder.plan.has_file(shard, kind));
        let mut files = kinds
            .map(|((kind, rows), schema)| table(kind, rows, schema))
            .collect::<Result<Vec<_>, _>>()?;
        if !failures.is_empty() {
            let name = failed_name(shard);
            let text = serde_json::to_string_pretty(failures)
                .map_err(Error::damaged(&folder.join(&name)))?;
            files.insert(files.len() - 1, (name, (text + "\n").into_bytes()));
        }
        publish_shard(self.folder, shard, &files)
    }
}

/// The finished runs of a shard that earlier attempts left, by their place.
fn finished(
    journals: &[PathBuf],
    owner: &str,
    swept: &Swept,
    units: usize,
) -> BTreeMap<usize, FinishedRun> {
    let mut known = BTreeMap::new();
    for path in journals {
        journal::read(path, owner, swept, |place, result| {
            if place < units {
                known.entry(place).or_insert(result);
            }
        });
    }
    known
}
