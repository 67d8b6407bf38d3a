//! The state of the chain.

use bevy_ecs::prelude::Resource;

use super::adjust::EveryBlock;
use super::{ChainSpec, SpecError};
use crate::model::chain::block_time::work_per_block;
use crate::model::chain::difficulty::{BLOCKS_PER_EPOCH, CompactTarget, retarget};
use crate::model::chain::issuance::{bitcoin, issuance_deviation, subsidy, supply};
use crate::units::{Btc, DAY, Hashes, Seconds};

/// The chain at a midnight (UTC). Times are Unix times in whole seconds, wider than a header's 32
/// bits so that a run may pass the year 2106.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Chain {
    height: u32,
    bits: CompactTarget,
    difficulty: f64,
    epoch_first_time: u64,
    last_time: u64,
    midnight: u64,
    progress: f64,
    waited: Seconds,
    issued_sat: u64,
    intervals: IntervalStatistics,
    first_height: u32,
    days: u32,
    /// None under Bitcoin's rule.
    every_block: Option<EveryBlock>,
}

/// A change of difficulty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retarget {
    /// Height of the first block under the new difficulty.
    pub height: u32,
    /// Time of the last minus time of the first block of the epoch that ended, s; under a rule that
    /// adjusts at every block, the solve time of the last one.
    pub timespan_s: i64,
    /// Time of the last block before it, s.
    pub time: u64,
    /// Difficulty of that block.
    pub before: f64,
    /// Difficulty from now on.
    pub after: f64,
}

/// Intervals between blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct IntervalStatistics {
    /// Their sum.
    pub sum: Seconds,
    /// Their number.
    pub count: u32,
}

impl IntervalStatistics {
    /// Their mean; `None` when no block came.
    #[must_use]
    pub fn mean(&self) -> Option<Seconds> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

impl Chain {
    /// The chain on the first day.
    ///
    /// # Errors
    /// When a value of the spec cannot be (see [`ChainSpec::check`]).
    pub fn new(spec: &ChainSpec) -> Result<Self, SpecError> {
        let bits = spec.checked_bits()?;
        Ok(Self {
            height: spec.height,
            bits,
            difficulty: bits.difficulty(),
            epoch_first_time: u64::from(spec.epoch_first_time),
            last_time: u64::from(spec.unix_time),
            midnight: u64::from(spec.unix_time),
            progress: 0.0,
            waited: Seconds::ZERO,
            issued_sat: supply(spec.height),
            intervals: IntervalStatistics::default(),
            first_height: spec.height,
            days: 0,
            every_block: EveryBlock::start(spec, bits),
        })
    }

    /// Height of the last block.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Compact target that the next block must meet.
    #[must_use]
    pub const fn bits(&self) -> CompactTarget {
        self.bits
    }

    /// Difficulty of the next block.
    #[must_use]
    pub const fn difficulty(&self) -> f64 {
        self.difficulty
    }

    /// Expected work behind the next block.
    #[must_use]
    pub fn work_per_block(&self) -> Hashes {
        work_per_block(self.difficulty)
    }

    /// Timestamp of the first block of the epoch of the last block.
    #[must_use]
    pub const fn epoch_first_time(&self) -> u64 {
        self.epoch_first_time
    }

    /// Timestamp of the last block; the start of the run before the first.
    #[must_use]
    pub const fn last_time(&self) -> u64 {
        self.last_time
    }

    /// Whether every block may change the difficulty.
    #[inline]
    #[must_use]
    pub(crate) const fn adjusts_every_block(&self) -> bool {
        self.every_block.is_some()
    }

    /// The midnight at which the next day begins.
    #[must_use]
    pub const fn midnight(&self) -> u64 {
        self.midnight
    }

    /// Days simulated.
    #[must_use]
    pub const fn days(&self) -> u32 {
        self.days
    }

    /// Work done towards the next block since the last, in expected blocks: `∫ H/(D·2³²) dt`.
    #[must_use]
    pub const fn progress(&self) -> f64 {
        self.progress
    }

    /// Subsidy of the next block, satoshi.
    #[inline]
    #[must_use]
    pub const fn subsidy_sat(&self) -> u64 {
        subsidy(self.height + 1)
    }

    /// Subsidy of the next block.
    #[must_use]
    pub const fn subsidy(&self) -> Btc {
        bitcoin(self.subsidy_sat())
    }

    /// Coins issued by all blocks so far, satoshi.
    #[must_use]
    pub const fn issued_sat(&self) -> u64 {
        self.issued_sat
    }

    /// Coins issued so far minus those of 144 blocks a day since the first day.
    #[must_use]
    pub fn issuance_deviation(&self) -> Btc {
        let satoshi = issuance_deviation(self.height, self.first_height, self.days);
        let size = bitcoin(satoshi.unsigned_abs());
        if satoshi < 0 { -size } else { size }
    }

    /// Intervals of the blocks found since this was last asked. The run's first interval counts
    /// from the start of the run.
    pub fn take_interval_statistics(&mut self) -> IntervalStatistics {
        std::mem::take(&mut self.intervals)
    }

    /// Lets time pass without a block; `progress` is what the network's work came to.
    pub(crate) fn wait(&mut self, time: Seconds, progress: f64) {
        self.waited += time;
        self.progress += progress;
    }

    /// Adds a block found `time` after the last midnight, `interval` after the last event.
    pub(crate) fn append(&mut self, time: Seconds, interval: Seconds) -> Option<Retarget> {
        self.issued_sat += self.subsidy_sat();
        self.intervals.sum += self.waited + interval;
        self.intervals.count += 1;
        self.waited = Seconds::ZERO;
        self.progress = 0.0;
        self.height += 1;
        let previous_time = std::mem::replace(&mut self.last_time, self.midnight + time.0 as u64);
        let place = self.height % BLOCKS_PER_EPOCH;
        if place == 0 {
            self.epoch_first_time = self.last_time;
        }
        if let Some(rule) = &mut self.every_block {
            let next = rule.next_target(self.height, self.last_time.cast_signed(), self.bits);
            let since = self.last_time.cast_signed() - previous_time.cast_signed();
            return Some(self.adjust(next, since));
        }
        (place == LAST_OF_EPOCH).then(|| {
            let timespan_s = self.last_time.cast_signed() - self.epoch_first_time.cast_signed();
            self.adjust(retarget(self.bits, timespan_s), timespan_s)
        })
    }

    /// Passes midnight.
    pub(crate) fn end_day(&mut self) {
        self.midnight += DAY.0 as u64;
        self.days += 1;
    }

    fn adjust(&mut self, bits: CompactTarget, timespan_s: i64) -> Retarget {
        let before = self.difficulty;
        self.bits = bits;
        self.difficulty = self.bits.difficulty();
        let (height, time) = (self.height + 1, self.last_time);
        Retarget { height, timespan_s, time, before, after: self.difficulty }
    }
}

/// Place in its epoch of the block that ends it.
const LAST_OF_EPOCH: u32 = BLOCKS_PER_EPOCH - 1;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::world::chain::DifficultyRule;

    pub(crate) fn october_2025() -> ChainSpec {
        ChainSpec {
            first_day: "2025-10-01".to_owned(),
            unix_time: 1_759_276_800,
            height: 917_160,
            bits: "1701fa38".to_owned(),
            rule: DifficultyRule::Bitcoin,
            epoch_first_time: 1_758_206_848,
        }
    }

    #[test]
    fn the_epoch_of_september_2025_ends_as_it_did() {
        let spec = ChainSpec { height: 917_278, ..october_2025() };
        let mut chain = Chain::new(&spec).expect("the start is valid");
        let time = Seconds(f64::from(1_759_348_314_u32 - spec.unix_time) + 0.9);
        let retarget = chain.append(time, time).expect("block 917279 ends the epoch");
        assert_eq!(retarget.timespan_s, 1_141_466);
        assert_eq!(retarget.height, 917_280);
        let change = 100.0 * (retarget.after / retarget.before - 1.0);
        assert!((change - 5.9693).abs() < 1e-4, "{change}");
        assert!(chain.append(time + Seconds(60.0), Seconds(60.0)).is_none());
        assert_eq!(chain.epoch_first_time(), chain.last_time());
    }

    #[test]
    fn intervals_span_midnights_and_are_handed_over_once() {
        let mut chain = Chain::new(&october_2025()).expect("the start is valid");
        chain.append(Seconds(100.0), Seconds(100.0));
        chain.wait(Seconds(86_300.0), 0.5);
        chain.end_day();
        assert!((chain.progress() - 0.5).abs() < 1e-15);
        chain.append(Seconds(50.0), Seconds(50.0));
        let intervals = chain.take_interval_statistics();
        assert_eq!(intervals, IntervalStatistics { sum: Seconds(86_450.0), count: 2 });
        assert_eq!(chain.take_interval_statistics().mean(), None);
        assert_eq!(chain.last_time(), 1_759_276_800 + 86_450);
    }

    #[test]
    fn issuance_deviates_by_the_blocks_missing_from_144_a_day() {
        let mut chain = Chain::new(&october_2025()).expect("the start is valid");
        for _ in 0..140 {
            chain.append(Seconds(1.0), Seconds(1.0));
        }
        chain.end_day();
        assert_eq!(chain.issuance_deviation(), Btc(-12.5));
        assert_eq!(chain.issued_sat(), supply(chain.height()));
    }
}
