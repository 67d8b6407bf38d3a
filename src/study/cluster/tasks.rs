//! The tasks of a submission: explicit lists of shards.
//!
//! Shards are fixed by the plan, tasks are dealt anew at every submission. What a task is to do
//! stands in a table and is never derived from the number of elements of an array, which says how
//! many were submitted together and nothing about the work.

use serde::{Deserialize, Serialize};

/// Content of `tasks.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskTable {
    /// The plan that the shards are of.
    pub plan_digest: String,
    /// The command that would do the same work at one go; null if only the results folder is known.
    pub command: Option<String>,
    /// BLAKE3 digest of the program that is to run them.
    pub binary: String,
    /// Time that a shard is expected to take, s; null where nothing was measured.
    pub seconds_per_shard: Option<f64>,
    /// Shards of every task, in the order in which they are begun.
    pub tasks: Vec<Vec<u32>>,
}

/// How many tasks there shall be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sizing {
    /// So many.
    Tasks(u32),
    /// As many as make a task this long, min.
    Minutes(f64),
}

impl Sizing {
    /// Tasks for so many shards of so many seconds each on so many processors; at least one, and
    /// no more than shards.
    #[must_use]
    pub fn tasks(self, shards: usize, seconds_per_shard: Option<f64>, processors: u32) -> usize {
        let wanted = match (self, seconds_per_shard) {
            (Self::Tasks(tasks), _) => tasks as usize,
            (Self::Minutes(minutes), Some(seconds)) => {
                let in_turn = (minutes * 60.0 / seconds.max(1e-9)).floor().max(1.0);
                (shards as f64 / (in_turn * f64::from(processors))).ceil() as usize
            }
            (Self::Minutes(_), None) => shards,
        };
        wanted.clamp(1, shards.max(1))
    }
}

/// Deals shards to tasks one by one: neighbours, which take alike long, go to different tasks.
#[must_use]
pub(crate) fn deal(shards: &[u32], tasks: usize) -> Vec<Vec<u32>> {
    let hand = |task| shards.iter().skip(task).step_by(tasks.max(1)).copied().collect();
    (0..tasks.min(shards.len())).map(hand).collect()
}

impl TaskTable {
    /// Number of tasks.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.tasks.len() as u32
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Number of shards of all tasks.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.tasks.iter().map(Vec::len).sum()
    }

    /// Time that the longest task is expected to take on so many processors, s.
    #[must_use]
    pub(crate) fn task_seconds(&self, processors: u32) -> Option<f64> {
        let most = self.tasks.iter().map(Vec::len).max()?;
        let in_turn = most.div_ceil(processors.max(1) as usize);
        Some(self.seconds_per_shard? * in_turn as f64)
    }

    /// Shards of a task.
    ///
    /// # Errors
    /// If there is no such task.
    pub fn task(&self, index: u32) -> Result<&[u32], String> {
        let last = self.len().saturating_sub(1);
        let found = self.tasks.get(index as usize).map(Vec::as_slice);
        found.ok_or_else(|| format!("there is no task {index}: they go from 0 to {last}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tasks_last_as_long_as_is_asked() {
        let half_hour = Sizing::Minutes(30.0);
        // 500 shards of 200 s: nine in turn fit in half an hour of one processor.
        assert_eq!(half_hour.tasks(500, Some(200.0), 1), 56);
        assert_eq!(half_hour.tasks(500, Some(200.0), 4), 14);
        assert_eq!(half_hour.tasks(500, Some(1e6), 1), 500);
        assert_eq!(half_hour.tasks(500, Some(1e-3), 1), 1);
        assert_eq!(half_hour.tasks(3, None, 1), 3);
        assert_eq!(Sizing::Tasks(8).tasks(3, None, 1), 3);
    }

    #[test]
    fn a_task_that_is_not_there_is_refused() {
        let tasks = deal(&[4, 5, 9], 2);
        assert_eq!(tasks, [vec![4, 9], vec![5]]);
        let table = TaskTable {
            plan_digest: String::new(),
            command: None,
            binary: String::new(),
            seconds_per_shard: Some(10.0),
            tasks,
        };
        assert_eq!(table.task(1), Ok(&[5][..]));
        assert_eq!(table.task(2), Err("there is no task 2: they go from 0 to 1".to_owned()));
        assert_eq!(table.task_seconds(1), Some(20.0));
        assert_eq!(table.task_seconds(2), Some(10.0));
    }

    proptest! {
        #[test]
        fn every_shard_is_dealt_once_and_hands_differ_by_one_at_most(
            shards in proptest::collection::btree_set(0_u32..5_000, 1..300),
            tasks in 1_usize..400,
        ) {
            let shards: Vec<_> = shards.into_iter().collect();
            let hands = deal(&shards, tasks);
            let mut dealt: Vec<_> = hands.iter().flatten().copied().collect();
            dealt.sort_unstable();
            prop_assert_eq!(&dealt, &shards);
            let sizes: Vec<_> = hands.iter().map(Vec::len).collect();
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }
}
