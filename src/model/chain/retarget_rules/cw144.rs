//! cw-144: the difficulty adjustment of Bitcoin Cash from November 2017 to November 2020.

use ruint::aliases::U256;

use super::{Header, INTERVAL_S, compact};
use crate::model::chain::difficulty::CompactTarget;

/// Blocks over which work is averaged.
const WINDOW: usize = 144;
/// Blocks that the rule sees: the window and two more for the median of its older end.
pub(crate) const CW144_BLOCKS: usize = WINDOW + 3;
/// The time that the window counts as lies between half and twice its schedule, s.
const SHORTEST_S: i64 = 72 * INTERVAL_S;
const LONGEST_S: i64 = 288 * INTERVAL_S;

/// Target of the next block: `2²⁵⁶/w − 1`, where `w = 600·W/t` is the work a block should hold.
///
/// `W` is the work (hashes) and `t` the time (s, held within 43,200 and 172,800) between two suitable
/// blocks: of the newest three, and of the three that lie 144 blocks below them, the one whose
/// timestamp is the middle. All divisions round down. `None` for fewer than 147 headers.
///
/// Source: Bitcoin ABC 0.16, `GetNextCashWorkRequired` (specification: Bitcoin Cash, "Nov 13 2017
/// hard fork", section difficulty adjustment).
#[must_use]
pub fn cw144(headers: &[Header]) -> Option<CompactTarget> {
    let window = headers.last_chunk::<CW144_BLOCKS>()?;
    let first = suitable([window[0], window[1], window[2]]);
    let last = suitable([window[WINDOW], window[WINDOW + 1], window[WINDOW + 2]]);
    let time = (last.time_s - first.time_s).clamp(SHORTEST_S, LONGEST_S).unsigned_abs();
    let work = last.work.wrapping_sub(first.work).saturating_mul(U256::from(INTERVAL_S));
    // Work is zero only where its sum left 256 bits, beyond any difficulty there could be.
    let per_block = (work / U256::from(time)).max(U256::ONE);
    Some(compact(U256::ZERO.wrapping_sub(per_block) / per_block))
}

/// The block with the middle timestamp of three; where two agree, the one that three exchanges of
/// neighbours out of order leave in the middle.
fn suitable(mut three: [Header; 3]) -> Header {
    for (a, b) in [(0, 2), (0, 1), (1, 2)] {
        if three[a].time_s > three[b].time_s {
            three.swap(a, b);
        }
    }
    three[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chain of Bitcoin ABC's `cash_difficulty_test` (pow_tests.cpp).
    struct Published {
        headers: Vec<Header>,
        bits: CompactTarget,
    }

    impl Published {
        fn start() -> Self {
            // A sixteenth of that test's limit, 2²²⁴ − 1.
            let bits = CompactTarget::new(0x1c0f_ffff).expect("below the limit");
            let mut headers = vec![Header::first(1_269_211_443, bits)];
            for _ in 1..2_050 {
                let last = headers[headers.len() - 1];
                headers.push(last.next(last.time_s + 600, bits));
            }
            Self { headers, bits }
        }

        fn next(&self) -> CompactTarget {
            cw144(&self.headers).expect("the window is full")
        }

        /// Adds a block after `interval` seconds at the current target.
        fn add(&mut self, interval: i64) {
            let last = self.headers[self.headers.len() - 1];
            self.headers.push(last.next(last.time_s + interval, self.bits));
        }

        /// Adds blocks, each at the target that the rule asks for, which must move by less than
        /// `2^−shift` of the target and in the direction given.
        fn follow(&mut self, blocks: usize, interval: i64, rises: bool, shift: usize) {
            for block in 0..blocks {
                self.add(interval);
                let (now, next) = (self.bits.target().value(), self.next().target().value());
                let change = if rises { next.checked_sub(now) } else { now.checked_sub(next) };
                let change = change.unwrap_or_else(|| panic!("block {block} of {blocks} turns"));
                assert!(!change.is_zero() && change < now >> shift, "block {block} of {blocks}");
                self.bits = self.next();
            }
        }
    }

    /// Every value and bound that the published test checks, in its order.
    #[test]
    fn the_published_chain_of_bitcoin_cash_has_its_published_targets() {
        let mut chain = Published::start();
        chain.bits = chain.next();
        for interval in [600; 10].into_iter().chain([6_000, 2 * 600 - 6_000]).chain([600; 20]) {
            chain.add(interval);
            assert_eq!(chain.next(), chain.bits, "after a block of {interval} s");
        }
        chain.add(550);
        assert_eq!(chain.next(), chain.bits, "the first faster block has no effect");
        chain.follow(10, 550, false, 10);
        assert_eq!(chain.bits.bits(), 0x1c0f_e7b1);
        chain.follow(20, 10, false, 4);
        assert_eq!(chain.bits.bits(), 0x1c0d_b19f);
        chain.add(6_000);
        chain.bits = chain.next();
        assert_eq!(chain.bits.bits(), 0x1c0d_9222);
        chain.follow(93, 6_000, true, 3);
        assert_eq!(chain.bits.bits(), 0x1c2f_13b9);
        chain.add(6_000);
        chain.bits = chain.next();
        assert_eq!(chain.bits.bits(), 0x1c2e_e9bf, "the bound on time makes it harder once");
        chain.follow(192, 6_000, true, 3);
        assert_eq!(chain.bits, CompactTarget::LIMIT);
        for _ in 0..5 {
            chain.add(6_000);
            assert_eq!(chain.next(), CompactTarget::LIMIT);
        }
    }
}
