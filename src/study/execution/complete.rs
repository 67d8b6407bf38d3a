//! Running an experiment to its end: damaged files are set aside, what is missing is run, and once
//! nothing is missing all is merged.

use std::path::Path;
use std::time::Duration;

use super::runner::{self, AttemptOutcome, Job, Part, ShardShare};
use crate::study::error::Error;
use crate::study::experiment::Experiment;
use crate::study::results::folder::Folder;
use crate::study::results::merge::merge;
use crate::study::results::plan::Plan;
use crate::study::results::provenance::{Invocation, binary};
use crate::study::results::receipt::{FailedRun, ReceiptHistory};
use crate::study::results::seal::Damage;
use crate::world::simulation;

/// Digits of a program's digest in a message.
const SHOWN: usize = 12;

/// Who is told of what happens, from any thread, and may end it.
pub trait Observer: Sync {
    /// These files are damaged; they are set aside and made again.
    fn damaged(&self, _damages: &[Damage]) {}
    /// So many runs are to be made.
    fn begins(&self, _runs: u64) {}
    /// One of them is finished, and kept.
    fn finished(&self) {}
    /// No further run is to be begun: what is finished is kept.
    fn stops(&self) -> bool {
        false
    }
}

/// What has become of a part of an experiment.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All of it is merged.
    Merged {
        /// Runs in all.
        runs: u64,
        /// Of them, those made now; none where all had been merged before.
        attempt: Option<AttemptOutcome>,
        /// Runs that failed.
        failures: Vec<FailedRun>,
    },
    /// The part is done; so many shards of other parts are missing.
    Left {
        /// Shards.
        shards: usize,
        /// What was done now.
        attempt: AttemptOutcome,
    },
    /// The observer ended it.
    Stopped(AttemptOutcome),
}

/// Makes a folder ready for an experiment, runs what is missing of it, or a share of that, and merges
/// once nothing is missing.
///
/// # Errors
/// As [`Folder::prepare`], [`refuse_another_binary`], [`run_missing`] and [`merge`].
pub fn complete(
    experiment: &Experiment,
    root: &Path,
    share: ShardShare,
    invocation: &Invocation,
    observer: &dyn Observer,
) -> Result<Outcome, Error> {
    let (plan, inputs) = Plan::from_experiment(experiment)?;
    let folder = Folder::prepare(root, plan, &inputs, false)?;
    heal(&folder, &|shard| share.has(shard), observer)?;
    if folder.manifest()?.is_some() {
        return merged(&folder, None, invocation);
    }
    refuse_another_binary(&folder)?;
    let attempt = run_missing(&folder, &Part::Share(share), None, invocation, observer)?;
    if attempt.left > 0 && observer.stops() {
        return Ok(Outcome::Stopped(attempt));
    }
    match folder.missing_shards()?.len() {
        0 => merged(&folder, Some(attempt), invocation),
        shards => Ok(Outcome::Left { shards, attempt }),
    }
}

/// Merges what is done, or finds it merged.
///
/// # Errors
/// As [`merge`].
pub fn merged(
    folder: &Folder,
    attempt: Option<AttemptOutcome>,
    invocation: &Invocation,
) -> Result<Outcome, Error> {
    let wall = attempt.as_ref().map_or(Duration::ZERO, |attempt| attempt.wall);
    let proof = merge(folder, invocation, wall)?;
    Ok(Outcome::Merged { runs: proof.units, attempt, failures: proof.failures })
}

/// Sets aside what is damaged of the shards that are `mine`, and of what belongs to all.
///
/// # Errors
/// As [`Folder::heal`].
pub fn heal(
    folder: &Folder,
    mine: &dyn Fn(u32) -> bool,
    observer: &dyn Observer,
) -> Result<(), Error> {
    let damages = folder.heal(mine)?;
    if !damages.is_empty() {
        observer.damaged(&damages);
    }
    Ok(())
}

/// Forgets recorded failures, so that they are run again, and returns of how many shards.
///
/// # Errors
/// If the results are merged, and as [`Folder::forget_failures`].
pub(crate) fn retry_failed(folder: &Folder) -> Result<usize, Error> {
    if folder.manifest()?.is_some() && !folder.failures()?.is_empty() {
        let problem = "--retry-failed: the results are merged; use --fresh".to_owned();
        return Err(Error::NotResults { folder: folder.root().to_owned(), problem });
    }
    folder.forget_failures()
}

/// Runs the missing shards of a part, with the model; after `budget` no shard is begun that would not
/// fit.
///
/// # Errors
/// As [`runner::run`].
pub fn run_missing(
    folder: &Folder,
    part: &Part,
    budget: Option<Duration>,
    invocation: &Invocation,
    observer: &dyn Observer,
) -> Result<AttemptOutcome, Error> {
    let rounds = folder.rounds()?;
    let mine = folder.missing_of(&rounds)?.into_iter().filter(|&shard| part.has(shard));
    let runs: usize = mine.map(|shard| rounds.units(&folder.plan, shard).count()).sum();
    observer.begins(runs as u64);
    let (simulate, stop) = (&simulation::run, &|| observer.stops());
    let on_unit = &|| observer.finished();
    runner::run(&Job { folder, simulate, part, budget, invocation, stop, on_unit })
}

/// Refuses to continue what another build of the program began: results of two builds are no one data
/// set.
///
/// # Errors
/// [`Error::AnotherBinary`]; [`Error::Damaged`] if nothing tells which build it was.
pub(crate) fn refuse_another_binary(folder: &Folder) -> Result<(), Error> {
    refuse_unless_known(folder, || ReceiptHistory::read(&folder.receipts()))
}

fn refuse_unless_known(
    folder: &Folder,
    receipts: impl FnOnce() -> ReceiptHistory,
) -> Result<(), Error> {
    if folder.is_untouched()? || folder.manifest()?.is_some() {
        return Ok(());
    }
    // An attempt says who it is before it keeps anything: so what is kept is looked at first, and an
    // attempt that begins in between is known.
    let history = receipts();
    if history.binaries.contains(&binary().unwrap_or_default()) {
        return Ok(());
    }
    let root = folder.root().to_owned();
    match history.binaries.first() {
        Some(there) => {
            Err(Error::AnotherBinary { folder: root, there: there.chars().take(SHOWN).collect() })
        }
        None => Err(no_program(folder, history)),
    }
}

/// What is said where receipts do not tell which program made the runs.
fn no_program(folder: &Folder, history: ReceiptHistory) -> Error {
    let spoilt = history.damaged.into_iter().next();
    let what = spoilt.as_ref().map_or("is not there or empty".to_owned(), |(_, line)| {
        format!("has a damaged line {line}")
    });
    let file = spoilt.map_or_else(|| folder.receipts(), |(file, _)| file);
    let problem = format!(
        "what tells which program made the runs that are there {what}: --allow-binary-change if it \
         was this one, or --fresh to start over"
    );
    Error::Damaged { file, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::experiment::{Experiment, Overrides};
    use crate::study::results::folder::shard_name;

    #[test]
    fn receipts_are_read_after_what_is_kept_so_that_an_attempt_in_between_is_known() {
        let parent = tempfile::tempdir().expect("a folder");
        let file = parent.path().join("a.toml");
        std::fs::write(&file, "extends = \"baseline\"\n").expect("a file");
        let experiment = Experiment::load(&file, &Overrides::default()).expect("an experiment");
        let (plan, inputs) = Plan::from_experiment(&experiment).expect("a plan");
        let root = parent.path().join("results");
        let folder = Folder::prepare(&root, plan, &inputs, false).expect("a folder");
        // Nothing is kept yet: an attempt that begins now changes nothing.
        refuse_unless_known(&folder, || panic!("receipts are read before what is kept"))
            .expect("new");
        std::fs::create_dir_all(folder.shards()).expect("a folder");
        std::fs::write(folder.shards().join(shard_name(0, "runs")), "").expect("a shard");
        let mine = || {
            let binaries = std::iter::once(binary().unwrap_or_default()).collect();
            ReceiptHistory { binaries, ..ReceiptHistory::default() }
        };
        refuse_unless_known(&folder, mine)
            .expect("the attempt that began meanwhile is of this program");
        let nobody = refuse_unless_known(&folder, ReceiptHistory::default);
        assert!(matches!(nobody, Err(Error::Damaged { .. })), "{nobody:?}");
    }
}
