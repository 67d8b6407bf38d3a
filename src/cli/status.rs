//! `status`: how far an experiment is.

use std::path::Path;

use super::failure::{Failure, WORK_LEFT};
use super::output::{duration, say, say_json};
use crate::experiment::Folder;
use crate::experiment::status::Status;

/// Says how far the experiment of a results folder is.
pub fn execute(results: &Path, json: bool) -> Result<(), Failure> {
    let status = Status::read(&Folder::open(results)?)?;
    if json {
        say_json(&status)?;
    } else {
        say(&describe(&status))?;
    }
    if status.state == "damaged" && status.missing == 0 {
        let message = "manifest.json is damaged: `hashflight run` or `merge` writes it again";
        return Err(Failure::new(WORK_LEFT, message));
    }
    if status.missing == 0 {
        return Ok(());
    }
    Err(Failure::new(WORK_LEFT, format!("{} runs are missing", status.missing)))
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
    if let Some(seconds) = status.eta_seconds.filter(|seconds| *seconds > 0.0) {
        lines.push(format!("to go     {}", duration(seconds)));
    }
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
    lines.join("\n")
}
