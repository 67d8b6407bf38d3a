//! Difficulty rules that adjust at every block, and the few past blocks they look at.
//!
//! Before the first day the blocks came on schedule at the opening difficulty, so that every rule
//! starts at rest.

use super::spec::{ChainSpec, DifficultyRule};
use crate::model::chain::asert::asert;
use crate::model::chain::difficulty::CompactTarget;
use crate::model::chain::retarget_rules::{
    CW144_BLOCKS, Header, LWMA_BLOCKS, WTEMA_BLOCKS, cw144, lwma, wtema,
};

/// Time between blocks on schedule, s.
const SCHEDULE_S: i64 = 600;

/// A rule and what it remembers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EveryBlock {
    /// Of the absolute schedule: the block it counts from, the last before the first day.
    Asert { anchor: CompactTarget, height: u32, parent_time_s: i64 },
    /// Of the others: the newest blocks.
    Windowed(HeaderWindow),
}

impl EveryBlock {
    /// The rule of a run in its state on the first day; none for Bitcoin's.
    pub(crate) fn start(spec: &ChainSpec, bits: CompactTarget) -> Option<Self> {
        let time_s = i64::from(spec.unix_time);
        let blocks = match spec.rule {
            DifficultyRule::Bitcoin => return None,
            DifficultyRule::Asert => {
                let parent_time_s = time_s - SCHEDULE_S;
                return Some(Self::Asert { anchor: bits, height: spec.height, parent_time_s });
            }
            DifficultyRule::Lwma => LWMA_BLOCKS,
            DifficultyRule::Cw144 => CW144_BLOCKS,
            DifficultyRule::Wtema => WTEMA_BLOCKS,
        };
        Some(Self::Windowed(HeaderWindow::on_schedule(spec.rule, blocks, time_s, bits)))
    }

    /// The target of the block after the one found at `time_s` with target `bits`.
    pub(crate) fn next_target(
        &mut self,
        height: u32,
        time_s: i64,
        bits: CompactTarget,
    ) -> CompactTarget {
        match self {
            Self::Asert { anchor, height: since, parent_time_s } => {
                asert(*anchor, time_s - *parent_time_s, i64::from(height) - i64::from(*since))
            }
            Self::Windowed(window) => {
                window.push(time_s, bits);
                window.next_target().unwrap_or(bits)
            }
        }
    }
}

/// The newest blocks, oldest first, in one piece of memory that never grows: once it holds twice
/// what the rule sees, the newest half moves to its front.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeaderWindow {
    rule: DifficultyRule,
    headers: Vec<Header>,
    /// Headers that the rule sees.
    blocks: usize,
}

impl HeaderWindow {
    fn on_schedule(
        rule: DifficultyRule,
        blocks: usize,
        last_time_s: i64,
        bits: CompactTarget,
    ) -> Self {
        let mut window = Self { rule, headers: Vec::with_capacity(2 * blocks), blocks };
        let newest_first = (0..).map(|age| last_time_s - age * SCHEDULE_S);
        let times: Vec<i64> = newest_first.take(blocks).collect();
        times.into_iter().rev().for_each(|time_s| window.push(time_s, bits));
        window
    }

    fn push(&mut self, time_s: i64, bits: CompactTarget) {
        if self.headers.len() == 2 * self.blocks {
            self.headers.drain(..=self.blocks);
        }
        let next = match self.headers.last() {
            Some(last) => last.next(time_s, bits),
            None => Header::first(time_s, bits),
        };
        self.headers.push(next);
    }

    fn next_target(&self) -> Option<CompactTarget> {
        match self.rule {
            DifficultyRule::Lwma => lwma(&self.headers),
            DifficultyRule::Cw144 => cw144(&self.headers),
            DifficultyRule::Wtema => wtema(&self.headers),
            DifficultyRule::Bitcoin | DifficultyRule::Asert => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::chain::state::tests::october_2025;

    const RULES: [DifficultyRule; 4] =
        [DifficultyRule::Asert, DifficultyRule::Lwma, DifficultyRule::Cw144, DifficultyRule::Wtema];

    fn start(rule: DifficultyRule) -> (EveryBlock, CompactTarget) {
        let spec = ChainSpec { rule, ..october_2025() };
        let bits = spec.bits.parse().expect("the start is valid");
        (EveryBlock::start(&spec, bits).expect("not Bitcoin's rule"), bits)
    }

    /// Blocks that go on coming every ten minutes change nothing but the last digits of the target:
    /// one unit of its three-byte mantissa a block at most.
    #[test]
    fn every_rule_starts_at_rest() {
        for rule in RULES {
            let (mut state, start) = start(rule);
            let mut bits = start;
            for block in 1..=400 {
                let time_s = i64::from(october_2025().unix_time) + block * SCHEDULE_S;
                bits = state.next_target(october_2025().height + block as u32, time_s, bits);
            }
            let change = bits.difficulty() / start.difficulty() - 1.0;
            assert!(change.abs() < 405.0 * start.rounding_bound(), "{rule:?}: {change}");
        }
    }

    #[test]
    fn the_window_never_grows_and_never_forgets_what_the_rule_sees() {
        for rule in [DifficultyRule::Lwma, DifficultyRule::Cw144, DifficultyRule::Wtema] {
            let (state, bits) = start(rule);
            let EveryBlock::Windowed(mut window) = state else { panic!("{rule:?} has a window") };
            let capacity = window.headers.capacity();
            let mut all = window.headers.clone();
            for block in 0..1_500 {
                let last = all[all.len() - 1];
                let time_s = last.time_s + 300 + block % 7 * 100;
                all.push(last.next(time_s, bits));
                window.push(time_s, bits);
                let seen = &window.headers[window.headers.len() - window.blocks..];
                assert_eq!(seen, &all[all.len() - window.blocks..], "{rule:?}, block {block}");
            }
            assert_eq!(window.headers.capacity(), capacity);
        }
    }
}
