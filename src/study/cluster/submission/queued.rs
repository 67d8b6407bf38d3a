//! Jobs of a results folder that Slurm still has: what they forbid, and how they are cancelled.

use std::path::Path;

use super::request::SubmissionError;
use super::{Notice, SubmissionObserver};
use crate::files::quoting::{quoted, quoted_line};
use crate::study::cluster::queue::Element;
use crate::study::cluster::scheduler::Scheduler;
use crate::study::cluster::status::Status;
use crate::study::cluster::{SubmittedJob, earlier_jobs};
use crate::study::error::Error;
use crate::study::results::folder::Folder;

/// Job numbers in a message.
const FEW: usize = 12;

/// The arrays among the jobs: they work, while a merge only looks.
fn arrays(jobs: &[SubmittedJob]) -> Vec<String> {
    jobs.iter().filter(|job| job.offset.is_some()).map(|job| job.name.clone()).collect()
}

/// The jobs that elements belong to, each once.
fn jobs_of<'a>(elements: impl Iterator<Item = &'a Element>) -> Vec<String> {
    let mut jobs: Vec<_> = elements.map(|element| element.job.clone()).collect();
    jobs.sort();
    jobs.dedup();
    jobs
}

/// Numbers of jobs as messages list them: a dozen, then how many more.
#[must_use]
pub fn listed(jobs: &[String]) -> String {
    let more = jobs.len().saturating_sub(FEW);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    jobs.iter().take(FEW).cloned().collect::<Vec<_>>().join(", ") + &rest
}

/// The command that takes the jobs of a results folder off the queue.
#[must_use]
pub(crate) fn way_out(root: &Path) -> String {
    format!("hashflight submit --cancel {}", quoted(&root.display().to_string()))
}

/// Refuses while tasks of earlier submissions wait or run: they are about to do the same work. What
/// Slurm holds for good, as after a crash of its controller, is no work in hand.
pub(super) fn refuse_while_queued(
    root: &Path,
    scheduler: &Scheduler,
    observer: &dyn SubmissionObserver,
) -> Result<(), SubmissionError> {
    let jobs = earlier_jobs(root)?;
    let merges: Vec<_> = jobs.iter().filter(|job| job.offset.is_none()).collect();
    let is_merge = |job: &String| merges.iter().any(|merge| merge.job.as_ref() == Some(job));
    let mut elements = scheduler.elements(&arrays(&jobs), false)?;
    elements.retain(|element| !is_merge(&element.job));
    let live = jobs_of(elements.iter().filter(|element| element.is_live()));
    if live.is_empty() {
        let stuck = jobs_of(elements.iter().filter(|element| element.is_stuck()));
        if !stuck.is_empty() {
            observer.notices(&Notice::Stuck(stuck));
        }
        return Ok(());
    }
    Err(SubmissionError::Refused(format!(
        "{}: jobs of an earlier submission are still queued: {}; wait for them, cancel them (`{}`), \
         or give --force, which may do work twice but does no harm",
        root.display(),
        listed(&live),
        way_out(root)
    )))
}

/// Refuses to remove results that queued jobs are about to work on, or that an attempt works on.
/// Where Slurm is not there its queue is not, either: then what the folder tells of attempts counts.
///
/// # Errors
/// [`SubmissionError::Refused`] with the jobs or attempts, and what a queue that does not answer says.
pub(crate) fn refuse_to_clear(root: &Path) -> Result<(), SubmissionError> {
    let names: Vec<_> = earlier_jobs(root)?.into_iter().map(|job| job.name).collect();
    let scheduler = Scheduler::in_passing();
    if !names.is_empty() && scheduler.is_here() {
        return refuse_queued(root, &unended(&scheduler, &names)?);
    }
    let Ok(folder) = Folder::open(root) else { return Ok(()) };
    if names.is_empty() || folder.is_merged() {
        return Ok(());
    }
    let working = Status::read(&folder).map_or(0, |status| status.working);
    if working == 0 {
        return Ok(());
    }
    Err(SubmissionError::Refused(format!(
        "{}: --fresh: {working} attempts seem to be at work on these results, of jobs that were \
         submitted and cannot be asked for here; cancel them where they were submitted (`{}`), or use \
         another --out",
        root.display(),
        way_out(root)
    )))
}

/// Refuses to remove results that these jobs are about to work on.
fn refuse_queued(root: &Path, jobs: &[String]) -> Result<(), SubmissionError> {
    if jobs.is_empty() {
        return Ok(());
    }
    Err(SubmissionError::Refused(format!(
        "{}: --fresh: jobs of these results are still queued: {}; cancel them first: `{}`, or \
         `scancel {}`",
        root.display(),
        listed(jobs),
        way_out(root),
        quoted_line(jobs)
    )))
}

/// Jobs of these names that have not ended.
fn unended(scheduler: &Scheduler, names: &[String]) -> Result<Vec<String>, Error> {
    let elements = scheduler.elements(names, false)?;
    Ok(jobs_of(elements.iter().filter(|element| !element.has_ended())))
}

/// Takes the jobs of a results folder off the queue, and returns their numbers.
///
/// # Errors
/// If there are no results, or the scheduler does not do it.
pub fn cancel(root: &Path, scheduler: &Scheduler) -> Result<Vec<String>, Error> {
    let folder = Folder::open(root)?;
    let names: Vec<_> = earlier_jobs(folder.root())?.into_iter().map(|job| job.name).collect();
    let jobs = unended(scheduler, &names)?;
    if !jobs.is_empty() {
        scheduler.cancel(&jobs)?;
    }
    Ok(jobs)
}
