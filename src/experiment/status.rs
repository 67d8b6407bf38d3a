//! How far an experiment is.

use serde::Serialize;

use super::receipt::{Failure, History};
use super::{Error, Folder};

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
    /// Runs an hour, over all attempts; null before the first shard.
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
        let rate = (history.seconds > 0.0).then(|| history.units as f64 / history.seconds);
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
            runs_per_hour: rate.map(|rate| rate * 3600.0),
            eta_seconds: rate.filter(|rate| *rate > 0.0).map(|rate| f64::from(missing) / rate),
        })
    }
}
