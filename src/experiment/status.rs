//! How far an experiment is.

use serde::Serialize;

use super::receipt::{Failure, History};
use super::shard::{abandoned, conflicts};
use super::{Error, Folder};

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
    /// `merged`, `complete` (all shards there, not yet merged) or `incomplete`.
    pub state: &'static str,
    /// Runs in all.
    pub runs: u32,
    /// Runs published.
    pub done: u32,
    /// Runs not published, failed ones included.
    pub missing: u32,
    /// Runs that failed and have not been repeated with success.
    pub failed: Vec<Failure>,
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
    /// Temporary files of attempts that are gone.
    pub stale_files: usize,
    /// Runs an hour while attempts were at work; null before the first shard.
    pub runs_per_hour: Option<f64>,
    /// Seconds until all is done at that rate; null if unknown.
    pub eta_seconds: Option<f64>,
}

impl Status {
    /// Reads the state from the files alone.
    ///
    /// # Errors
    /// [`Error::Disk`] if the folder cannot be listed.
    pub fn read(folder: &Folder) -> Result<Self, Error> {
        let plan = &folder.plan;
        let merged = folder.manifest().is_some();
        let absent = if merged { Vec::new() } else { folder.missing_shards()? };
        let missing: u32 = absent.iter().map(|&shard| plan.shard(shard).len() as u32).sum();
        let mut history = History::read(&folder.receipts());
        history.failures.retain(|failure| absent.contains(&failure.shard));
        let busy = history.busy_seconds;
        let rate = (busy > 0.0).then(|| history.units as f64 / busy);
        let shards = folder.shards();
        Ok(Self {
            experiment: plan.experiment.clone(),
            plan_digest: folder.digest.clone(),
            state: match (merged, missing) {
                (true, _) => "merged",
                (false, 0) => "complete",
                _ => "incomplete",
            },
            runs: plan.units,
            done: plan.units - missing,
            missing,
            failed: history.failures,
            shards: plan.shards,
            shards_done: plan.shards - absent.len() as u32,
            attempts: history.attempts,
            duplicates: history.published.values().filter(|times| **times > 1).count(),
            conflicts: conflicts(&shards),
            slowest: history.slowest.map(|(shard, seconds)| Slowest { shard, seconds }),
            stale_files: abandoned(&shards).len(),
            runs_per_hour: rate.map(|rate| rate * 3600.0),
            eta_seconds: rate.filter(|rate| *rate > 0.0).map(|rate| f64::from(missing) / rate),
        })
    }
}
