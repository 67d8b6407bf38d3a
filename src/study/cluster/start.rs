//! What one start of a task has to do.

use super::read_tasks;
use crate::study::error::Error;
use crate::study::execution::complete::{Observer, heal};
use crate::study::results::folder::Folder;
use crate::study::results::provenance::binary;

/// Why a task cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The submission has no such task.
    #[error("{0}")]
    NoSuchTask(String),
    /// Another program was submitted; the digest by which it is kept.
    #[error(
        "this is not the program that was submitted, which is kept as bin/{0}/hashflight: call that \
         one, or submit again"
    )]
    AnotherProgram(String),
    /// Anything else that stops an experiment.
    #[error(transparent)]
    Study(#[from] Error),
}

/// The shards of a task, of which damaged ones are set aside first; nothing where all is merged.
///
/// # Errors
/// If there is no such submission or task, or another program was submitted.
pub fn start(
    folder: &Folder,
    submission: u32,
    task: u32,
    observer: &dyn Observer,
) -> Result<Option<Vec<u32>>, StartError> {
    let table = read_tasks(folder, submission)?;
    let shards = table.task(task).map_err(StartError::NoSuchTask)?.to_vec();
    heal(folder, &|shard| shards.contains(&shard), observer)?;
    if folder.manifest()?.is_some() {
        return Ok(None);
    }
    if binary().as_ref() != Some(&table.binary) {
        return Err(StartError::AnotherProgram(table.binary));
    }
    Ok(Some(shards))
}
