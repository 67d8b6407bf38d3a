//! What a simulated chain shows of a stretch of time, measured as on the real one: from the blocks
//! found and their difficulty.

use super::difficulty::BLOCKS_PER_EPOCH;
use super::hashprice::HASHES_PER_DIFFICULTY;

/// The chain at the end of a recorded day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChainDay {
    /// Days since the start.
    pub day: f64,
    /// Height of the last block.
    pub height: u32,
    /// Difficulty in force.
    pub difficulty: f64,
}

/// Work done since the first record, hashes, at the end of each recorded day: Σ ΔN·D·2³², blocks before
/// a retarget counted at the difficulty before it.
///
/// At most one retarget may lie between two records.
#[must_use]
pub(crate) fn cumulative_work(days: &[ChainDay]) -> Vec<f64> {
    let mut total = 0.0;
    let mut work = Vec::with_capacity(days.len());
    work.extend(days.first().map(|_| 0.0));
    for pair in days.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let boundary = (after.height + 1) / BLOCKS_PER_EPOCH * BLOCKS_PER_EPOCH;
        let old = (boundary.saturating_sub(1)).clamp(before.height, after.height) - before.height;
        let new = after.height - before.height - old;
        let blocks = f64::from(old) * before.difficulty + f64::from(new) * after.difficulty;
        total += blocks * HASHES_PER_DIFFICULTY;
        work.push(total);
    }
    work
}

/// Mean hash rate between two times (in days), H/s: the work done between them over the time.
///
/// The work is linear between records; times outside of the records are drawn in to them.
#[must_use]
pub(crate) fn mean_hash_rate(days: &[ChainDay], work: &[f64], from: f64, to: f64) -> f64 {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return 0.0 };
    let (from, to) = (from.max(first.day), to.min(last.day));
    let done = work_at(days, work, to) - work_at(days, work, from);
    done / ((to - from).max(1e-9) * 86_400.0)
}

fn work_at(days: &[ChainDay], work: &[f64], time: f64) -> f64 {
    let after = days.partition_point(|record| record.day <= time);
    let Some(before) = after.checked_sub(1) else { return 0.0 };
    let Some(next) = days.get(after) else { return work[before] };
    let share = (time - days[before].day) / (next.day - days[before].day);
    work[before] + (work[after] - work[before]) * share
}

/// Difficulty of an epoch by its number: that in force once its first block is found or due; the last one
/// recorded for epochs that are not reached.
#[must_use]
pub(crate) fn difficulty_of(days: &[ChainDay], epoch: u32) -> f64 {
    let first_height = epoch * BLOCKS_PER_EPOCH;
    let reached = days.iter().find(|record| record.height + 1 >= first_height);
    reached.or(days.last()).map_or(0.0, |record| record.difficulty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> Vec<ChainDay> {
        let record = |day, height, difficulty| ChainDay { day, height, difficulty };
        vec![record(0.0, 2_000, 1.0), record(1.0, 2_014, 1.0), record(2.0, 2_020, 3.0)]
    }

    #[test]
    fn blocks_count_at_their_own_difficulty() {
        // Height 2,015 is the last of epoch 0: one block at difficulty 1 and five at 3.
        let work = cumulative_work(&days());
        assert_eq!(work, [0.0, 14.0, 30.0].map(|blocks| blocks * HASHES_PER_DIFFICULTY));
    }

    #[test]
    fn the_mean_hash_rate_is_work_over_time() {
        let (days, unit) = (days(), HASHES_PER_DIFFICULTY / 86_400.0);
        let work = cumulative_work(&days);
        let mean = |from, to| mean_hash_rate(&days, &work, from, to) / unit;
        assert!((mean(0.0, 1.0) - 14.0).abs() < 1e-9);
        assert!((mean(0.5, 1.5) - 15.0).abs() < 1e-9);
        assert!((mean(-5.0, 9.0) - 15.0).abs() < 1e-9);
    }

    #[test]
    fn an_epoch_has_its_difficulty_from_its_first_block_on() {
        assert_eq!((difficulty_of(&days(), 0), difficulty_of(&days(), 1)), (1.0, 3.0));
        assert_eq!(difficulty_of(&days(), 5), 3.0);
    }
}
