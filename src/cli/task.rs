//! `run RESULTS --submission K`: one task of a submission, as a scheduler starts it.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::arguments::invocation;
use super::attempt::{TaskTime, recorded, run_missing};
use super::failure::{CONFLICT, Failure, INPUT, WORK_LEFT};
use super::output::say;
use super::watch::Damages;
use crate::study::cluster::start::start;
use crate::study::execution::runner::Part;
use crate::study::results::folder::Folder;
use crate::study::results::task_index::task_index;

/// Which task to run, and for how long.
#[derive(Debug, Args)]
pub(crate) struct TaskArguments {
    /// Runs one task of submission K; EXPERIMENT is the results folder then
    #[arg(long, value_name = "K", conflicts_with_all = ["out", "shard", "fresh", "no_report", "replicates", "seed", "miners", "set", "explain", "retry_failed", "allow_binary_change"])]
    pub submission: Option<u32>,
    /// The task, from 0 [default: what the scheduler's environment says]
    #[arg(long, value_name = "I", requires = "submission")]
    pub task: Option<u32>,
    /// First task of the array that this process is an element of
    #[arg(long, value_name = "O", default_value_t = 0, requires = "submission")]
    pub offset: u32,
    /// Seconds after which no shard is begun that would not fit, and work in flight is left
    #[arg(long, value_name = "S", requires = "submission", value_parser = parse_seconds)]
    pub time_budget: Option<u32>,
    /// Seconds after which the scheduler ends the task: it then leaves shortly before, amid a run
    #[arg(long, value_name = "S", requires = "submission", value_parser = parse_seconds)]
    pub time_limit: Option<u32>,
}

fn parse_seconds(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|seconds| (1..=31_622_400).contains(seconds));
    number.ok_or_else(|| "expected whole seconds, from 1 to a year".to_owned())
}

/// Runs the missing shards of a task.
///
/// Exit code 75 if time ran out with work left and some runs finished, so that another start will
/// get further; 70 if none was, so that it would not.
pub(crate) fn execute(
    results: &Path,
    submission: u32,
    arguments: &TaskArguments,
    threads: usize,
) -> Result<(), Failure> {
    let folder = Folder::open(results)?;
    let root = results.display();
    let index = arguments.task.map_or_else(|| task_index(&|name| std::env::var(name).ok()), Ok);
    let index = index.map_err(|problem| Failure::new(INPUT, problem))?;
    let task = arguments.offset.saturating_add(index);
    let Some(shards) = start(&folder, submission, task, &Damages)? else {
        return say(&format!("{root}: all {} runs are done and merged", folder.plan.units));
    };
    let seconds = |given: Option<u32>| given.map(u64::from).map(Duration::from_secs);
    let (budget, limit) = (seconds(arguments.time_budget), seconds(arguments.time_limit));
    let count = shards.len();
    let part = Part::Task { submission, task, shards };
    let time = TaskTime { budget, limit };
    let attempt = run_missing(&folder, &part, time, &invocation(threads))?;
    let summary = format!(
        "task {task} of submission {submission}: {} runs now, {} of its {count} shards left",
        attempt.units, attempt.left
    );
    match (attempt.left, attempt.units) {
        (0, _) => {
            say(&format!("{root}: {summary}"))?;
            let failures = folder.failures()?;
            let of_task = failures.into_iter().filter(|failure| part.has(failure.shard));
            recorded(&of_task.collect::<Vec<_>>())
        }
        (_, 0) => Err(Failure::new(
            CONFLICT,
            format!("{summary}: no progress; a shard takes longer than the time there is"),
        )),
        _ => Err(Failure::new(WORK_LEFT, summary)),
    }
}
