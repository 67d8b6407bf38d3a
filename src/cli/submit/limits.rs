//! What jobs are asked to be given, from what was measured, and doubts about what the user gave.

use crate::cli::output::duration;
use crate::study::execution::cost::Cost;

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

/// Memory for what takes so many MB, as Slurm writes it; `processors` where nothing was measured.
pub fn memory_for(megabytes: Option<f64>, processors: u32) -> String {
    let needed = megabytes.map_or(0.0, |mb| MARGIN * mb * 1e6 / f64::from(1 << 20)) as u64;
    let mib = needed.next_multiple_of(STEP_MIB).max(LEAST_MIB * u64::from(processors));
    if mib.is_multiple_of(1024) { format!("{}G", mib / 1024) } else { format!("{mib}M") }
}

/// Time limit of the job that merges and reports, s: whole minutes.
pub fn merge_limit(cost: &Cost) -> u32 {
    let seconds = cost.merge_bytes as f64 / BYTES_PER_SECOND;
    ((seconds / 60.0).ceil() as u32 * 60).max(SHORTEST_MERGE)
}

/// What the user limits: memory, as Slurm writes it; time of a task and time to work in it, s.
pub struct Given<'a> {
    /// Memory.
    pub memory: Option<&'a str>,
    /// Time limit.
    pub limit: Option<u32>,
    /// Time after which no run is begun.
    pub budget: u32,
    /// Processors of a task.
    pub processors: u32,
}

/// Why limits that were given cannot suffice.
pub fn doubts(given: &Given, cost: &Cost) -> Vec<String> {
    let jobs = [
        ("a task", cost.task_memory_mb(given.processors)),
        ("the merge with its report", cost.last_memory_mb()),
    ];
    let short = |(job, needed): (&str, Option<f64>)| {
        let (text, needed) = (given.memory?, needed?);
        (mib(text)? * f64::from(1 << 20) / 1e6 < needed).then(|| {
            let enough = memory_for(Some(needed), 1);
            format!("--mem {text}: {job} takes about {needed:.0} MB; --mem {enough} would do")
        })
    };
    let time = f64::from(given.budget.min(given.limit.unwrap_or(u32::MAX)));
    let late = (cost.seconds_per_run > time).then(|| {
        let (run, time) = (duration(cost.seconds_per_run), duration(time));
        format!("a run takes about {run}, and a task has {time}: it would never finish one; give more --time")
    });
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
