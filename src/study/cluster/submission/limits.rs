//! What jobs are asked to be given, from what was measured, and doubts about what the user gave.

use super::request::Request;
use crate::study::cluster::slurm::{Resources, default_budget};
use crate::study::cluster::tasks::TaskTable;
use crate::study::execution::cost::Cost;

/// How often a task may start again because its time was up, unless it is said.
const MAX_REQUEUE: u32 = 5;
/// Shortest time limit chosen here, s: short jobs start no sooner, and nodes differ in speed.
const SHORTEST_LIMIT: f64 = 1800.0;
/// Room above what was measured: nodes and runs differ.
const MARGIN: f64 = 1.3;
/// Memory is asked for in steps of so much, MiB.
const STEP_MIB: u64 = 256;
/// Least memory for each processor, MiB.
const LEAST_MIB: u64 = 1024;
/// Bytes that a merge and its report read and write in a second on a slow file system.
const BYTES_PER_SECOND: f64 = 5e6;
/// Shortest time limit of the merge, s.
const SHORTEST_MERGE: u32 = 3600;

/// Why a limit that was given cannot suffice.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// A job takes more memory.
    Memory {
        /// What was given, as Slurm writes it.
        given: String,
        /// The job.
        job: &'static str,
        /// What it takes, MB.
        needed_mb: f64,
        /// What would do, as Slurm writes it.
        enough: String,
    },
    /// A run takes more time than there is for a task.
    Time {
        /// A run, s.
        run: f64,
        /// A task, s.
        task: f64,
    },
}

/// What a task asks of the site: what was wished for, and else what was measured with some room.
pub(super) fn resources(request: &Request, table: &TaskTable, cost: &Cost) -> Resources {
    let (wishes, processors) = (&request.wishes, request.processors);
    let expected = table.task_seconds(processors).unwrap_or(0.0);
    // Whole minutes, of which Slurm counts.
    let chosen = ((3.0 * expected).max(SHORTEST_LIMIT) / 60.0).ceil() as u32 * 60;
    let limit = wishes.time.unwrap_or(chosen);
    let memory = |needed| wishes.memory.clone().unwrap_or_else(|| memory_for(needed, processors));
    Resources {
        processors,
        memory: memory(cost.task_memory_mb(processors)),
        merge_memory: memory(cost.last_memory_mb()),
        limit,
        merge_limit: limit.max(merge_limit(cost)),
        budget: request.time_budget.unwrap_or_else(|| default_budget(limit)),
        max_requeue: wishes.max_requeue.unwrap_or(MAX_REQUEUE),
        throttle: wishes.throttle,
        site: wishes.words(),
    }
}

/// Memory for what takes so many MB, as Slurm writes it; `processors` where nothing was measured.
fn memory_for(megabytes: Option<f64>, processors: u32) -> String {
    let needed = megabytes.map_or(0.0, |mb| MARGIN * mb * 1e6 / f64::from(1 << 20)) as u64;
    let mib = needed.next_multiple_of(STEP_MIB).max(LEAST_MIB * u64::from(processors));
    if mib.is_multiple_of(1024) { format!("{}G", mib / 1024) } else { format!("{mib}M") }
}

/// Time limit of the job that merges and reports, s: whole minutes.
fn merge_limit(cost: &Cost) -> u32 {
    let seconds = cost.merge_bytes as f64 / BYTES_PER_SECOND;
    ((seconds / 60.0).ceil() as u32 * 60).max(SHORTEST_MERGE)
}

/// Why limits that were given cannot suffice; `budget` is the time after which no shard is begun, s.
pub(super) fn doubts(request: &Request, budget: u32, cost: &Cost) -> Vec<Doubt> {
    let jobs = [
        ("a task", cost.task_memory_mb(request.processors)),
        ("the merge with its report", cost.last_memory_mb()),
    ];
    let short = |(job, needed): (&'static str, Option<f64>)| {
        let (given, needed_mb) = (request.wishes.memory.clone()?, needed?);
        let is_short = mib(&given)? * f64::from(1 << 20) / 1e6 < needed_mb;
        let enough = memory_for(Some(needed_mb), 1);
        is_short.then_some(Doubt::Memory { given, job, needed_mb, enough })
    };
    let (run, task) =
        (cost.seconds_per_run, f64::from(budget.min(request.wishes.time.unwrap_or(u32::MAX))));
    let late = (run > task).then_some(Doubt::Time { run, task });
    jobs.into_iter().filter_map(short).chain(late).collect()
}

/// MiB that Slurm reads in an amount of memory.
fn mib(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(['K', 'M', 'G', 'T']);
    let factor = match text.trim_start_matches(digits) {
        "K" => 1.0 / 1024.0,
        "G" => 1024.0,
        "T" => 1024.0 * 1024.0,
        _ => 1.0,
    };
    Some(digits.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_asked_for_in_steps_above_what_was_measured() {
        assert_eq!(memory_for(None, 2), "2G");
        assert_eq!(memory_for(Some(30.0), 1), "1G");
        assert_eq!(memory_for(Some(5_800.0), 1), "7424M");
        assert_eq!((mib("3G"), mib("512M"), mib("2048K")), (Some(3072.0), Some(512.0), Some(2.0)));
    }
}
