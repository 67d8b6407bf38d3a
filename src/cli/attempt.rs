//! An attempt at missing runs, as verbs make it: watched, and with words for how it ended.

use std::path::Path;
use std::time::Duration;

use super::failure::{FAILED, Failure, WORK_LEFT};
use super::watch::{Damages, Watch};
use crate::study::execution::complete::{self, Outcome};
use crate::study::execution::runner::{AttemptOutcome, Part};
use crate::study::results::folder::Folder;
use crate::study::results::provenance::Invocation;
use crate::study::results::receipt::FailedRun;

/// Failed runs named in the message.
const NAMED: usize = 10;

/// The time that an attempt has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskTime {
    /// After which no shard is begun that would not fit, and work in flight is left.
    pub budget: Option<Duration>,
    /// After which somebody else ends it.
    pub limit: Option<Duration>,
}

impl TaskTime {
    /// As much as it takes.
    pub(super) const FREE: Self = Self { budget: None, limit: None };
}

/// Sets aside what is damaged, and says so: it is run again.
pub(super) fn heal(folder: &Folder, mine: &dyn Fn(u32) -> bool) -> Result<(), Failure> {
    Ok(complete::heal(folder, mine, &Damages)?)
}

/// Only what is merged whole is no failure.
pub(super) fn finished(outcome: Outcome, root: &Path, watch: &Watch) -> Result<(), Failure> {
    match outcome {
        Outcome::Merged { failures, .. } => recorded(&failures),
        Outcome::Left { shards, .. } => {
            let message = format!("{}: {shards} shards of other parts are missing", root.display());
            Err(Failure::new(WORK_LEFT, message))
        }
        Outcome::Stopped(attempt) => {
            Err(interrupted(watch.exit_code().unwrap_or(WORK_LEFT), &attempt, root))
        }
    }
}

/// Runs the missing shards of a part, with a progress bar and an ear for signals. In a task, the end
/// of its time, which an early sign announces, is no failure: what it left is in the attempt.
pub(super) fn run_missing(
    folder: &Folder,
    part: &Part,
    time: TaskTime,
    invocation: &Invocation,
) -> Result<AttemptOutcome, Failure> {
    let watch = Watch::begin(time.limit)?;
    let attempt = complete::run_missing(folder, part, time.budget, invocation, &watch)?;
    let in_task = matches!(part, Part::Task { .. });
    match watch.exit_code() {
        Some(WORK_LEFT) if in_task => Ok(attempt),
        Some(code) if attempt.left > 0 => Err(interrupted(code, &attempt, folder.root())),
        _ => Ok(attempt),
    }
}

fn interrupted(code: u8, attempt: &AttemptOutcome, root: &Path) -> Failure {
    let message = format!(
        "interrupted; {} runs are kept in {}, and the same command continues",
        attempt.units,
        root.display()
    );
    Failure::new(code, message)
}

/// Names the runs that failed, if any did.
pub(super) fn recorded(failures: &[FailedRun]) -> Result<(), Failure> {
    if failures.is_empty() {
        return Ok(());
    }
    let mut lines =
        vec![format!("{} runs failed and are recorded; the others are kept", failures.len())];
    lines.extend(failures.iter().take(NAMED).map(|failure| format!("  {failure}")));
    if failures.len() > NAMED {
        lines.push("  … the rest is in receipts/".to_owned());
    }
    Err(Failure::new(FAILED, lines.join("\n")))
}
