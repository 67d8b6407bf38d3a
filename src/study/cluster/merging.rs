//! The merge of what tasks and parts have left, under the command that makes the whole.

use std::time::Duration;

use super::submitted_command;
use crate::study::error::Error;
use crate::study::execution::complete::{Observer, heal};
use crate::study::results::folder::Folder;
use crate::study::results::merge::{Proof, await_announced, merge};
use crate::study::results::provenance::Invocation;
use crate::study::results::receipt::ReceiptHistory;

/// How long a published shard may stay invisible: clients of NFS look at a folder again after a
/// minute at the latest (`acdirmax`, nfs(5)).
const PATIENCE: Duration = Duration::from_secs(90);

/// Merges the shards of a results folder, whoever made them; `fallback` is said to have made the whole
/// where neither a submission nor a receipt tells.
///
/// # Errors
/// As [`Folder::heal`] and [`merge`].
pub(crate) fn merge_parts(
    folder: &Folder,
    fallback: Invocation,
    observer: &dyn Observer,
) -> Result<Proof, Error> {
    heal(folder, &|_| true, observer)?;
    await_announced(folder, PATIENCE)?;
    let history = ReceiptHistory::read(&folder.receipts());
    let command = submitted_command(folder);
    let command = command.or_else(|| history.command.as_deref().map(without_share));
    let invocation = Invocation { command: command.unwrap_or(fallback.command), ..fallback };
    let wall = Duration::try_from_secs_f64(history.seconds).unwrap_or_default();
    merge(folder, &invocation, wall)
}

/// The command that makes the whole of what a part was made by.
fn without_share(command: &str) -> String {
    let mut words = Vec::new();
    let mut all = command.split(' ');
    while let Some(word) = all.next() {
        if word == "--shard" {
            all.next();
        } else if !word.starts_with("--shard=") {
            words.push(word);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_of_a_part_becomes_that_of_the_whole() {
        let command = "hashflight run e.toml --shard 2/3 --seed 1";
        assert_eq!(without_share(command), "hashflight run e.toml --seed 1");
        assert_eq!(without_share("hashflight run e.toml --shard=0/3"), "hashflight run e.toml");
    }
}
