//! Rules that set the difficulty of every block from the blocks before it, in the integers in which
//! they were published. Bitcoin's own rule, once in 2,016 blocks, is [`super::difficulty::retarget`];
//! ASERT, which needs no window, is [`super::asert`].
//!
//! | rule | sees | averages | published as |
//! |---|---|---|---|
//! | [`cw144()`] | 147 blocks | work over time of 144 blocks, all alike | Bitcoin Cash, November 2017 |
//! | [`lwma()`] | 289 blocks | solve times of 288 blocks, the newest counting most | zawy12, LWMA-1 |
//! | [`wtema()`] | 2 blocks | solve times, weight falling by 1/144 a block | Eliosoff, Toomim, 2018-20 |

mod cw144;
mod lwma;
mod wtema;

use ruint::aliases::U256;

pub(crate) use cw144::CW144_BLOCKS;
pub use cw144::cw144;
pub(crate) use lwma::LWMA_BLOCKS;
pub use lwma::lwma;
pub(crate) use wtema::WTEMA_BLOCKS;
pub use wtema::wtema;

use super::difficulty::{CompactTarget, Target};

/// Time between blocks that every rule aims at, s.
const INTERVAL_S: i64 = 600;

/// What the rules see of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Timestamp, s.
    pub time_s: i64,
    /// Target that the block met.
    pub bits: CompactTarget,
    /// Work of the chain up to and with this block, in hashes, from any origin.
    pub work: U256,
}

impl Header {
    /// The first block of a chain.
    #[must_use]
    pub fn first(time_s: i64, bits: CompactTarget) -> Self {
        Self { time_s, bits, work: work_of(bits) }
    }

    /// The block after this one.
    #[must_use]
    pub fn next(&self, time_s: i64, bits: CompactTarget) -> Self {
        Self { time_s, bits, work: self.work.wrapping_add(work_of(bits)) }
    }
}

/// Expected hashes behind a block, `⌊2²⁵⁶/(target + 1)⌋`, without leaving 256 bits.
fn work_of(bits: CompactTarget) -> U256 {
    let target = bits.target().value();
    !target / (target + U256::ONE) + U256::ONE
}

/// The compact form of a target, not easier than the limit.
fn compact(target: U256) -> CompactTarget {
    CompactTarget::from_target(Target::nearest(target))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type NextTarget = (&'static str, fn(&[Header]) -> Option<CompactTarget>, usize);
    const RULES: [NextTarget; 3] = [
        ("cw144", cw144, CW144_BLOCKS),
        ("lwma", lwma, LWMA_BLOCKS),
        ("wtema", wtema, WTEMA_BLOCKS),
    ];

    /// A chain whose blocks take these times, all at one target.
    pub(crate) fn chain(bits: CompactTarget, intervals: &[i64]) -> Vec<Header> {
        let mut headers = vec![Header::first(1_500_000_000, bits)];
        for interval in intervals {
            let last = headers[headers.len() - 1];
            headers.push(last.next(last.time_s + interval, bits));
        }
        headers
    }

    fn bits(text: &str) -> CompactTarget {
        text.parse().expect("the test names a valid target")
    }

    #[test]
    fn the_work_of_difficulty_one_is_the_published_4295032833_hashes() {
        assert_eq!(work_of(CompactTarget::LIMIT), U256::from(4_295_032_833_u64));
    }

    #[test]
    fn blocks_on_schedule_keep_the_difficulty_up_to_compact_rounding() {
        for (name, rule, window) in RULES {
            let headers = chain(bits("1701fa38"), &vec![600; window - 1]);
            let next = rule(&headers).expect("the window is full");
            let change = next.difficulty() / bits("1701fa38").difficulty() - 1.0;
            assert!(change.abs() < 2.0 * next.rounding_bound(), "{name}: {change}");
        }
    }

    #[test]
    fn fewer_blocks_than_the_window_give_no_target() {
        for (name, rule, window) in RULES {
            let headers = chain(bits("1701fa38"), &vec![600; window - 2]);
            assert_eq!(rule(&headers), None, "{name}");
        }
    }

    #[test]
    fn only_the_newest_blocks_of_the_window_count() {
        for (name, rule, window) in RULES {
            let mut intervals = vec![1; 500];
            intervals.extend(vec![700; window]);
            let long = chain(bits("1701fa38"), &intervals);
            assert_eq!(rule(&long), rule(&long[long.len() - window..]), "{name}");
        }
    }

    proptest! {
        /// A slower last block never makes the next one harder.
        #[test]
        fn the_target_rises_with_the_last_solve_time(
            intervals in proptest::collection::vec(1_i64..4_000, 300),
            last in 1_i64..4_000, more in 0_i64..4_000,
        ) {
            for (name, rule, _) in RULES {
                let with = |interval: i64| {
                    let mut all = intervals.clone();
                    all.push(interval);
                    rule(&chain(bits("1701fa38"), &all)).expect("the window is full").target()
                };
                prop_assert!(with(last + more) >= with(last), "{}", name);
            }
        }

        /// Timestamps that run backwards or jump by years neither panic nor leave the valid targets.
        #[test]
        fn any_timestamps_give_a_valid_target(
            intervals in proptest::collection::vec(-100_000_000_i64..100_000_000, 300),
            size in 0x04_u32..=0x1c, mantissa in 1_u32..0x0080_0000,
        ) {
            let bits = CompactTarget::new(size << 24 | mantissa).expect("below the limit");
            for (name, rule, _) in RULES {
                let next = rule(&chain(bits, &intervals)).expect("the window is full");
                prop_assert!(CompactTarget::new(next.bits()).is_ok(), "{}", name);
            }
        }
    }
}
