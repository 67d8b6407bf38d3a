//! Runs that failed: where they are recorded, and how they are forgotten.

use std::collections::BTreeSet;
use std::fs;

use super::folder::Folder;
use super::folder::{FAILED, shard_of};
use super::receipt::FailedRun;
use super::seal::Seal;
use crate::study::error::Error;

impl Folder {
    /// The runs that failed, of all published shards or of the merged results.
    ///
    /// # Errors
    /// [`Error::Disk`] or [`Error::Damaged`].
    pub fn failures(&self) -> Result<Vec<FailedRun>, Error> {
        if let Some(manifest) = self.manifest()? {
            return Ok(manifest.failed);
        }
        let mut failures = Vec::new();
        for name in self.names()?.iter().filter(|name| name.ends_with(FAILED)) {
            let path = self.shards().join(name);
            if let Some(shard) = shard_of(name) {
                match Seal::read(self, shard).and_then(|seal| seal.check(&self.shards(), name)) {
                    // Another attempt has merged in the meantime: its manifest has the list.
                    Err(_) if self.is_merged() => return self.failures(),
                    checked => checked?,
                }
            }
            let text = match fs::read(&path) {
                Err(_) if self.is_merged() => return self.failures(),
                read => read.map_err(Error::disk(&path))?,
            };
            let more: Vec<FailedRun> =
                serde_json::from_slice(&text).map_err(Error::damaged(&path))?;
            failures.extend(more);
        }
        Ok(failures)
    }

    /// Forgets the shards in which runs failed, so that they are run again; under a stopping rule
    /// all of their round and of later ones, which they have decided. Returns how many.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn forget_failures(&self) -> Result<usize, Error> {
        let failures = self.failures()?;
        let mut shards: BTreeSet<u32> = failures.iter().map(|failure| failure.shard).collect();
        if let (true, Some(first)) = (self.plan.stopping.is_some(), shards.first()) {
            let later = self.plan.round_of(*first) + 1..self.plan.rounds();
            shards.extend(later.flat_map(|round| self.plan.shards_in(round)));
        }
        let of_them = |name: &String| {
            let shard = name.split('.').next().and_then(|shard| shard.parse().ok());
            shard.is_some_and(|shard: u32| shards.contains(&shard))
        };
        self.remove_shards(self.names()?.into_iter().filter(of_them).collect())?;
        Ok(shards.len())
    }
}
