//! `merge`: shards into one data set.

use std::path::Path;

use super::arguments::{invocation, threads};
use super::attempt::recorded;
use super::failure::Failure;
use super::output::say;
use super::watch::Damages;
use crate::study::cluster::merging::merge_parts;
use crate::study::results::folder::Folder;

/// Merges the shards of a results folder.
pub(crate) fn execute(results: &Path) -> Result<(), Failure> {
    let proof = merge_parts(&Folder::open(results)?, invocation(threads(None)), &Damages)?;
    let root = results.display();
    let when = if proof.before { "had been merged before" } else { "are merged" };
    say(&format!("{root}: {} runs, each exactly once, {when}", proof.units))?;
    recorded(&proof.failures)
}
