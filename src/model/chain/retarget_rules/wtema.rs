//! WTEMA: weighted-target exponential moving average (Eliosoff, Toomim).

use ruint::aliases::U256;

use super::{Header, INTERVAL_S, compact};
use crate::model::chain::difficulty::CompactTarget;

/// Blocks that the rule sees: both ends of the last solve time.
pub(crate) const WTEMA_BLOCKS: usize = 2;
/// Reciprocal of the weight `α` of the last block.
const N: i64 = 144;

/// Target of the next block: `⌊target/(600·N)⌋ · (s + 600·(N − 1))` with the last solve time `s` (s,
/// not below 0) and `N = 1/α = 144` blocks, which forgets half in `N·ln 2 = 100` blocks.
///
/// To first order `target·(1 + (s − 600)/(600·N))`. Unlike the windows it takes one block of any
/// length at its word. `None` for fewer than two headers.
///
/// Each block cuts the target off at its three-byte mantissa, which the next one starts from, so that
/// the mean interval falls short of 600 s by a relative `N/2` units of the mantissa (0.06 % at the
/// target of October 2025).
///
/// Source: J. Eliosoff's EMA in the integers of `next_bits_wtema` in the difficulty simulations of
/// Bitcoin Cash (kyuupichan and J. Toomim, mining.py, 2018-20), which print no chain of values: the
/// tests compute theirs by hand.
#[must_use]
pub fn wtema(headers: &[Header]) -> Option<CompactTarget> {
    let &[before, last] = headers.last_chunk::<WTEMA_BLOCKS>()?;
    let solve_s = (last.time_s - before.time_s).max(0);
    let share = last.bits.target().value() / U256::from(INTERVAL_S * N);
    Some(compact(share.saturating_mul(U256::from(solve_s + INTERVAL_S * (N - 1)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chain::retarget_rules::tests::chain;

    /// `0x123456·256³/86400 = 231,666,556 (.02)`, times `s + 85,800`, to three bytes.
    #[test]
    fn targets_are_those_computed_by_hand() {
        let bits = CompactTarget::new(0x0612_3456).expect("a target of mainnet");
        for (interval, target) in [
            (600, 231_666_556_u64 * 86_400),
            (0, 231_666_556 * 85_800),
            (-700, 231_666_556 * 85_800),
            (87_000, 231_666_556 * 172_800),
        ] {
            let next = wtema(&chain(bits, &[interval])).expect("two headers");
            assert_eq!(next, compact(U256::from(target)), "after {interval} s");
        }
    }

    /// The target after `n` blocks that all take `s` seconds is `(1 + (s/600 − 1)/N)ⁿ` as large.
    #[test]
    fn a_hundred_fast_blocks_go_half_the_way() {
        let start = CompactTarget::new(0x1701_fa38).expect("a target of mainnet");
        let mut last = start;
        for _ in 0..100 {
            last = wtema(&chain(last, &[300])).expect("two headers");
        }
        let ratio = start.difficulty() / last.difficulty();
        let expected = libm::pow(1.0 - 0.5 / 144.0, 100.0);
        assert!((ratio / expected - 1.0).abs() < 100.0 * last.rounding_bound(), "{ratio}");
    }
}
