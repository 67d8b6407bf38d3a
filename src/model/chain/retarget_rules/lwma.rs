//! LWMA-1: linearly weighted moving average of solve times (zawy12).

use ruint::aliases::U256;

use super::{Header, INTERVAL_S, compact};
use crate::model::chain::difficulty::CompactTarget;

/// Solve times that are averaged, `N`.
const N: i64 = 288;
/// Blocks that the rule sees: `N` solve times have `N + 1` ends.
pub(crate) const LWMA_BLOCKS: usize = N as usize + 1;
/// Sum of the weights times the schedule, `k = N(N + 1)/2·600`, s.
const K: i64 = N * (N + 1) * INTERVAL_S / 2;
/// A solve time counts as six intervals at most.
const LONGEST_S: i64 = 6 * INTERVAL_S;

/// Target of the next block: `Σ ⌊targetᵢ/(N·k)⌋ · Σ i·sᵢ` over the newest `N = 288` blocks, oldest
/// `i = 1`, with solve times `sᵢ` (s) and `k = N(N + 1)/2·600`.
///
/// A timestamp not above the last one counts as one second above it, and no solve time counts as more
/// than 3,600 s. `None` for fewer than 289 headers.
///
/// Source: zawy12, difficulty-algorithms, issue 3, the version for Bitcoin clones, with the window
/// that its author gives for 600 s (2023: `N = 288`, like an exponential average over 144 blocks). The
/// version for CryptoNote coins works on difficulties and lowers the result by 99/100; this one has no
/// such factor. No chain of values was published with it: the tests compute theirs by hand.
#[must_use]
pub fn lwma(headers: &[Header]) -> Option<CompactTarget> {
    let window = headers.last_chunk::<LWMA_BLOCKS>()?;
    let mut previous = window[0].time_s;
    let (mut mean_target, mut weighted_s) = (U256::ZERO, 0);
    for (weight, header) in (1..).zip(&window[1..]) {
        let time = header.time_s.max(previous + 1);
        weighted_s += (time - previous).min(LONGEST_S) * weight;
        mean_target += header.bits.target().value() / U256::from(N * K);
        previous = time;
    }
    Some(compact(mean_target * U256::from(weighted_s)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::chain::retarget_rules::tests::chain;

    const BITS: u32 = 0x1b04_04cb;

    fn bits() -> CompactTarget {
        CompactTarget::new(BITS).expect("a target of mainnet")
    }

    fn next(intervals: &[i64]) -> f64 {
        let next = lwma(&chain(bits(), intervals)).expect("the window is full");
        bits().difficulty() / next.difficulty()
    }

    /// With all targets equal the target is multiplied by `Σ i·sᵢ/k`; here `k = 24,969,600`.
    #[test]
    fn one_long_block_weighs_as_its_place_does() {
        let close = |ratio: f64, expected: f64| (ratio / expected - 1.0).abs() < 1e-5;
        let mut intervals = [600; N as usize];
        intervals[N as usize - 1] = 1_600;
        assert!(close(next(&intervals), 1.0 + 288.0 * 1_000.0 / 24_969_600.0));
        intervals.rotate_left(N as usize - 1);
        assert!(close(next(&intervals), 1.0 + 1_000.0 / 24_969_600.0));
        assert!(close(next(&[300; N as usize]), 0.5));
    }

    #[test]
    fn a_solve_time_counts_as_one_second_to_six_intervals() {
        assert!((next(&[60_000; N as usize]) - 6.0).abs() < 1e-5);
        assert!((next(&[-50; N as usize]) * 600.0 - 1.0).abs() < 1e-4);
    }

    /// 0x0404cb·256²⁴ / (288·24,969,600), rounded down, times 288·24,969,600.
    #[test]
    fn the_integers_round_where_the_published_code_rounds() {
        let headers = chain(bits(), &[600; N as usize]);
        let exact = lwma(&headers).expect("the window is full").target();
        let share = bits().target().value() / U256::from(288_u64) / U256::from(24_969_600_u64);
        let expected = share * U256::from(288_u64) * U256::from(24_969_600_u64);
        assert_eq!(exact, compact(expected).target());
        assert_eq!(compact(expected).bits(), 0x1b04_04ca, "one unit of the mantissa is lost");
    }
}
