//! `status`: how far an experiment is.

use std::path::Path;

use super::failure::{Failure, WORK_LEFT};
use super::output::{complain, duration, say, say_json};
use crate::study::cluster::earlier_jobs;
use crate::study::cluster::queue::Element;
use crate::study::cluster::scheduler::Scheduler;
use crate::study::cluster::status::Status;
use crate::study::cluster::unfinished_tasks::UnfinishedTask;
use crate::study::results::folder::Folder;

/// Tasks named in the text.
const NAMED: usize = 20;

/// Says how far the experiment of a results folder is.
pub(crate) fn execute(results: &Path, json: bool) -> Result<(), Failure> {
    let folder = Folder::open(results)?;
    let elements = ask_queue(&folder);
    let status = Status::read_with(&folder, elements.as_deref())?;
    if json {
        say_json(&status)?;
    } else {
        say(&describe(&status))?;
    }
    if status.state == "damaged" && status.missing == 0 {
        let message = "manifest.json is damaged: `hashflight run` or `merge` writes it again";
        return Err(Failure::new(WORK_LEFT, message));
    }
    if folder.has_lost_manifest() {
        let message = "manifest.json is not there: `hashflight run` or `merge` puts it back";
        return Err(Failure::new(WORK_LEFT, message));
    }
    if status.missing == 0 {
        return Ok(());
    }
    Err(Failure::new(WORK_LEFT, format!("{} runs are missing", status.missing)))
}

/// What Slurm says of our arrays, if there are any and it answers at once; its accounts, where there
/// are some, know of jobs that its queue has forgotten. A merge works on no run.
fn ask_queue(folder: &Folder) -> Option<Vec<Element>> {
    let mut jobs = earlier_jobs(folder.root()).unwrap_or_else(|error| {
        complain(&error.to_string());
        Vec::new()
    });
    jobs.retain(|job| job.offset.is_some());
    let scheduler = Scheduler::in_passing();
    if folder.is_merged() || jobs.is_empty() || !scheduler.is_here() {
        return None;
    }
    let names: Vec<_> = jobs.iter().map(|job| job.name.clone()).collect();
    let mut elements = scheduler.elements(&names, true).ok()?;
    let forgotten = jobs.iter().filter_map(|job| job.job.clone());
    let forgotten: Vec<_> =
        forgotten.filter(|job| elements.iter().all(|element| element.job != *job)).collect();
    elements.extend(scheduler.accounted(&forgotten));
    Some(elements)
}

/// One line for what ended with work left.
fn ended(unfinished: &UnfinishedTask) -> String {
    let UnfinishedTask { submission, task, cause, message, .. } = unfinished;
    let who = match (submission, task) {
        (Some(submission), Some(task)) => format!("task {task} of submission {submission:03}"),
        _ => "the last attempt".to_owned(),
    };
    let host = unfinished.host.as_ref().map_or_else(String::new, |host| format!(" on {host}"));
    let code = unfinished.exit_code.map_or_else(String::new, |code| format!(" (exit code {code})"));
    let said = if message.is_empty() { String::new() } else { format!(": {message}") };
    let log = unfinished.log.as_ref().map_or_else(String::new, |log| format!("; see {log}"));
    format!("{who}{host}, {} shards left: {cause}{code}{said}{log}", unfinished.shards_left)
}

/// Who is at work, and what is to be expected of it.
fn outlook(status: &Status) -> Vec<String> {
    let mut lines = Vec::new();
    if status.missing == 0 {
        return lines;
    }
    match (status.working, status.queued) {
        (0, Some(0) | None) => lines.push(
            "to go     nobody is working on it, as far as can be seen from here; `run` or `submit` \
             continues"
                .to_owned(),
        ),
        (0, Some(queued)) => lines.push(format!("to go     nobody is working yet; {queued} in the queue")),
        (working, queued) => {
            let queued = queued.map_or_else(String::new, |all| format!(", {all} running or queued"));
            lines.push(format!("working   {working} attempts{queued}"));
        }
    }
    if let Some(seconds) = status.eta_seconds.filter(|seconds| *seconds > 0.0) {
        lines.push(format!("to go     {}", duration(seconds)));
    }
    lines
}

fn describe(status: &Status) -> String {
    let mut lines = vec![
        format!("{}: {}", status.experiment, status.state),
        format!("runs      {} of {} done", status.done, status.runs),
        format!("shards    {} of {} done", status.shards_done, status.shards),
        format!("attempts  {}", status.attempts),
    ];
    if let Some(rate) = status.runs_per_hour {
        lines.push(format!("speed     {rate:.0} runs an hour"));
    }
    lines.extend(outlook(status));
    if let Some(slowest) = &status.slowest {
        lines.push(format!("slowest   shard {}, {}", slowest.shard, duration(slowest.seconds)));
    }
    if status.duplicates > 0 {
        let count = status.duplicates;
        lines.push(format!("twice     {count} shards were run by two attempts, with equal bytes"));
    }
    if status.stale_files > 0 {
        let count = status.stale_files;
        lines.push(format!("stale     {count} temporary files of attempts that are gone"));
    }
    for damage in &status.damaged {
        lines.push(format!("DAMAGED   {damage}"));
    }
    for file in &status.set_aside {
        lines.push(format!("set aside {file}: was damaged, and is to be made again"));
    }
    for conflict in &status.conflicts {
        lines.push(format!("CONFLICT  {conflict}: two attempts disagree"));
    }
    for failure in &status.failed {
        lines.push(format!("failed    {failure}"));
    }
    let early = &status.ended_early;
    lines.extend(early.iter().take(NAMED).map(|each| format!("ended     {}", ended(each))));
    if early.len() > NAMED {
        lines.push(format!("ended     … and {} more; --json lists all", early.len() - NAMED));
    }
    lines.join("\n")
}
