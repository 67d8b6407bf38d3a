//! How far an experiment is.

use std::collections::BTreeSet;

use serde::Serialize;

use super::queue::Element;
use super::unfinished_tasks::{Evidence, UnfinishedTask, unfinished_tasks};
use crate::files::abandoned;
use crate::study::error::Error;
use crate::study::results::attempts::Attempt;
use crate::study::results::folder::Folder;
use crate::study::results::folder::{MANIFEST, shard_of};
use crate::study::results::journal;
use crate::study::results::receipt::{FailedRun, ReceiptHistory};
use crate::study::results::rounds::Rounds;
use crate::study::results::seal::Damage;
use crate::study::results::shard::conflicts;

/// A shard that took longer than all others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slowest {
    /// The shard.
    pub shard: u32,
    /// Seconds it took on its thread.
    pub seconds: f64,
}

/// State of a results folder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Name of the experiment.
    pub experiment: String,
    /// Digest of the plan.
    pub plan_digest: String,
    /// `merged`, `complete` (all shards there, not yet merged), `incomplete`, or `damaged` (merged,
    /// but a file is not as it was published).
    pub state: &'static str,
    /// Runs in all; under a stopping rule, those of the rounds known to be needed.
    pub runs: u32,
    /// Runs finished, failed ones included.
    pub done: u32,
    /// Runs not finished.
    pub missing: u32,
    /// Runs that failed.
    pub failed: Vec<FailedRun>,
    /// Shards in all.
    pub shards: u32,
    /// Shards published.
    pub shards_done: u32,
    /// Attempts so far.
    pub attempts: usize,
    /// Shards that were published more than once, with equal bytes.
    pub duplicates: usize,
    /// Files of attempts that disagree with what was published before.
    pub conflicts: Vec<String>,
    /// The shard that took longest; null before the first.
    pub slowest: Option<Slowest>,
    /// Files that are not as they were published, and what is wrong with them.
    pub damaged: Vec<String>,
    /// Damaged files that were set aside and not yet made again.
    pub set_aside: Vec<String>,
    /// Temporary files of attempts that are gone.
    pub stale_files: usize,
    /// Runs an hour while attempts were at work; null before the first shard.
    pub runs_per_hour: Option<f64>,
    /// Seconds until all is done at that rate; null if unknown, or if nobody is working on it.
    pub eta_seconds: Option<f64>,
    /// Attempts at work, as far as can be seen from here.
    pub working: usize,
    /// Elements of our jobs that run or wait; null if the queue was not asked.
    pub queued: Option<usize>,
    /// Tasks, and the last attempt that was none, that ended with work left, and why.
    pub ended_early: Vec<UnfinishedTask>,
}

impl Status {
    /// Reads the state from the files alone.
    ///
    /// # Errors
    /// [`Error::Disk`] if the folder cannot be listed.
    pub fn read(folder: &Folder) -> Result<Self, Error> {
        Self::read_with(folder, None)
    }

    /// Reads the state from the files, and with what the queue says of our jobs.
    ///
    /// # Errors
    /// As [`Status::read`].
    pub(crate) fn read_with(folder: &Folder, elements: Option<&[Element]>) -> Result<Self, Error> {
        let plan = &folder.plan;
        let damages = folder.damages()?;
        let merged = folder.is_merged();
        let mut damaged: Vec<String> = damages.iter().map(ToString::to_string).collect();
        let failed = if damages.is_empty() { folder.failures()? } else { Vec::new() };
        let (runs, of_shards, needed, absent) = if let Some(manifest) = folder.known_manifest() {
            let shards = manifest.shards.get("runs").map_or(0, Vec::len) as u32;
            let runs = manifest.runs;
            // Only what a damaged manifest says of whole files need not be run again.
            let lost = damages.iter().any(|damage| damage.file != folder.root().join(MANIFEST));
            let absent = if lost { (0..shards).collect() } else { Vec::new() };
            (runs, shards, if lost { runs } else { 0 }, absent)
        } else {
            // A rule that cannot read a damaged shard has decided nothing yet.
            let rounds = folder.rounds();
            let rounds =
                rounds.or_else(|error| Damage::from_error(error).map(|_| Rounds::first(plan)))?;
            let units = |shard: u32| rounds.units(plan, shard).count() as u32;
            let name = |damage: &Damage| damage.file.file_name()?.to_str().and_then(shard_of);
            let mut absent = folder.missing_of(&rounds)?;
            absent.extend(damages.iter().filter_map(name));
            absent.sort_unstable();
            absent.dedup();
            let missing: u32 = absent.iter().map(|&shard| units(shard)).sum();
            let runs = rounds.shards(plan).map(units).sum();
            (runs, rounds.shards(plan).count() as u32, missing, absent)
        };
        let missing = needed - in_flight(folder, &absent)?.min(needed);
        let history = ReceiptHistory::read(&folder.receipts());
        let spoilt = history.damaged.iter();
        damaged.extend(spoilt.map(|(path, line)| {
            format!("{}: line {line} is damaged: what it says is left out", path.display())
        }));
        let busy = history.busy_seconds;
        let rate = (busy > 0.0).then(|| history.units as f64 / busy);
        let shards = folder.shards();
        let slowest = history.slowest.map_or(0.0, |(_, seconds)| seconds);
        let workers = WorkerStatus::look(folder, &absent, slowest, elements)?;
        let rate_now = rate.filter(|rate| *rate > 0.0 && (workers.is_at_work() || missing == 0));
        Ok(Self {
            experiment: plan.experiment.clone(),
            plan_digest: folder.digest.clone(),
            state: match (merged, missing) {
                (true, _) if !damages.is_empty() => "damaged",
                (true, _) => "merged",
                (false, 0) if absent.is_empty() => "complete",
                _ => "incomplete",
            },
            runs,
            done: runs - missing,
            missing,
            failed,
            shards: of_shards,
            shards_done: of_shards - absent.len() as u32,
            attempts: history.attempts,
            duplicates: history.published.values().filter(|times| **times > 1).count(),
            conflicts: conflicts(&shards),
            damaged,
            set_aside: folder.set_aside()?,
            slowest: history.slowest.map(|(shard, seconds)| Slowest { shard, seconds }),
            stale_files: abandoned(&shards).len(),
            runs_per_hour: rate.map(|rate| rate * 3600.0),
            eta_seconds: rate_now.map(|rate| f64::from(missing) / rate),
            working: workers.working.max(workers.running),
            queued: workers.queued,
            ended_early: workers.ended_early,
        })
    }
}

/// Who is at work on what is missing, and who was.
struct WorkerStatus {
    /// Attempts at work, by what they leave.
    working: usize,
    /// Elements that run, by the queue's word.
    running: usize,
    queued: Option<usize>,
    ended_early: Vec<UnfinishedTask>,
}

impl WorkerStatus {
    fn look(
        folder: &Folder,
        absent: &[u32],
        slowest: f64,
        elements: Option<&[Element]>,
    ) -> Result<Self, Error> {
        let attempts = Attempt::all(&folder.receipts());
        let journals: Vec<_> =
            journal::journals(&folder.shards())?.into_values().flatten().collect();
        let at_work: BTreeSet<usize> = (0..attempts.len())
            .filter(|&index| attempts[index].is_at_work(&journals, slowest))
            .collect();
        let live = |elements: &[Element]| elements.iter().filter(|e| e.is_live()).count();
        let evidence = Evidence { attempts: &attempts, at_work: &at_work, elements };
        let mut ended_early = unfinished_tasks(folder, absent, &evidence);
        let last = attempts.last().filter(|last| last.task.is_none());
        if let (false, true, Some(last)) = (absent.is_empty(), at_work.is_empty(), last) {
            ended_early.extend(UnfinishedTask::of_attempt(last, absent.len()));
        }
        Ok(Self {
            working: at_work.len(),
            running: elements
                .map_or(0, |elements| elements.iter().filter(|e| e.is_running()).count()),
            queued: elements.map(live),
            ended_early,
        })
    }

    const fn is_at_work(&self) -> bool {
        self.working > 0 || self.running > 0
    }
}

/// Finished runs of shards that are not published, by their journals.
fn in_flight(folder: &Folder, absent: &[u32]) -> Result<u32, Error> {
    if absent.is_empty() {
        return Ok(0);
    }
    let journals = journal::journals(&folder.shards())?;
    let places = |shard: &u32| -> BTreeSet<u32> {
        let paths = journals.get(shard).map_or(&[][..], Vec::as_slice);
        let owner = journal::owner(&folder.digest, *shard);
        paths.iter().flat_map(|path| journal::places(path, &owner)).collect()
    };
    Ok(absent.iter().map(|shard| places(shard).len() as u32).sum())
}
