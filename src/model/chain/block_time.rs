//! When blocks come: the hazard of finding one, and the stationary laws of Bitcoin's retarget rule
//! under a constant hash rate.
//!
//! Let `n = 2015` intervals be measured per epoch, `T = 1,209,600 s`, and `H` be constant. In an
//! epoch whose blocks take `m_k` on average the measured span is `S_k = m_k·G_k` with independent
//! `G_k ~ Gamma(n, 1)`, and the retarget rule gives `m_{k+1} = m_k·T/S_k = T/G_k`. One epoch after
//! any start, the mean intervals are thus independent and inverse-gamma, whatever came before.
//! Left out are the whole seconds of timestamps (relative effect on the mean below 10⁻¹²), the
//! clamp at a factor of four (44 standard deviations away) and the compact rounding of targets,
//! which lengthens intervals by a relative
//! [`rounding_bound`](super::difficulty::CompactTarget::rounding_bound) at most.

use super::difficulty::{BLOCKS_PER_EPOCH, EPOCH_TIMESPAN_S};
use crate::units::{HashRate, Hashes, Seconds};

/// Intervals between the first and the last block of an epoch, `n`.
const MEASURED: f64 = (BLOCKS_PER_EPOCH - 1) as f64;
/// Intervals in an epoch, `n + 1`.
const BLOCKS: f64 = BLOCKS_PER_EPOCH as f64;
/// `T`.
const TIMESPAN: Seconds = Seconds(EPOCH_TIMESPAN_S as f64);
const HASHES_PER_DIFFICULTY: f64 = 4_294_967_296.0;

/// Expected work behind a block, `D·2³²` hashes. (The exact count, `2²⁵⁶/(target + 1)`, is 1.5·10⁻⁵
/// larger; every published hash rate uses this convention.)
#[inline]
#[must_use]
pub fn work_per_block(difficulty: f64) -> Hashes {
    Hashes(difficulty * HASHES_PER_DIFFICULTY)
}

/// Rate at which blocks are found, `H/(D·2³²)` per second; zero without a (finite) hash rate.
#[inline]
#[must_use]
pub fn hazard_rate(hash_rate: HashRate, difficulty: f64) -> f64 {
    if hash_rate.0 > 0.0 && hash_rate.0.is_finite() {
        hash_rate.0 / work_per_block(difficulty).0
    } else {
        0.0
    }
}

/// Mean time between blocks, `D·2³²/H`; infinite without hash rate.
#[inline]
#[must_use]
pub fn expected_interval(hash_rate: HashRate, difficulty: f64) -> Seconds {
    work_per_block(difficulty) / hash_rate
}

/// Mean time between blocks in the long run, over blocks: `E[T/G] = T/(n − 1) = 600.596 s`.
///
/// It exceeds 600 s because 2,015 intervals are held against the time for 2,016 (`T/n` =
/// 600.298 s), and because the mean of `1/G` exceeds `1/n`. The harmonic mean over epochs is `T/n`.
#[must_use]
pub fn stationary_interval() -> Seconds {
    TIMESPAN / (MEASURED - 1.0)
}

/// Coefficient of variation over epochs of the difficulty and of an epoch's mean interval `T/G`:
/// `1/√(n − 2)`, 2.229 %.
#[must_use]
pub fn stationary_difficulty_cv() -> f64 {
    (1.0 / (MEASURED - 2.0)).sqrt()
}

/// Coefficient of variation over epochs of the measured span `T·G_k/G_{k−1}`:
/// `√((2n − 1)/(n(n − 2)))`, 3.152 %. A span varies by its own blocks and by the difficulty that
/// the blocks before it left.
#[must_use]
pub fn stationary_span_cv() -> f64 {
    ((2.0 * MEASURED - 1.0) / (MEASURED * (MEASURED - 2.0))).sqrt()
}

/// Standard deviation of an epoch's log change of difficulty, `ln G_{k−1} − ln G_k`:
/// `√(2ψ′(n))`, 3.151 %, with ψ′ the trigamma function. Successive changes correlate by −1/2: the
/// luck that one retarget takes for hash rate the next one takes back.
#[must_use]
pub fn log_change_sd() -> f64 {
    (2.0 * trigamma(MEASURED)).sqrt()
}

/// Sampling error of a hash rate read off one epoch: `√ψ′(n)`, 2.228 %, the standard deviation of
/// `ln G`.
#[must_use]
pub fn epoch_sampling_sd() -> f64 {
    trigamma(MEASURED).sqrt()
}

/// Standard error of the mean interval over `epochs` successive stationary epochs.
///
/// An epoch lasts `X_k = T·(e_k + G_k)/G_{k−1}`, where `e_k ~ Exp(1)` is the interval that the span
/// leaves out. So `Var X = 2T²n(n + 1)/((n − 1)²(n − 2))`, `Cov(X_k, X_{k+1}) = −T²(n + 1)/(n − 1)²`
/// and zero beyond. Luck is taken back by the next retarget, so that the variance of the sum grows
/// by only `4T²(n + 1)/((n − 1)²(n − 2))` an epoch, a thousandth of `Var X`.
#[must_use]
pub fn mean_interval_standard_error(epochs: u32) -> Seconds {
    let epochs = f64::from(epochs);
    let scale = (MEASURED + 1.0) / ((MEASURED - 1.0) * (MEASURED - 1.0));
    let variance = 2.0 * MEASURED * scale / (MEASURED - 2.0);
    let covariance = -scale;
    let sum = epochs * variance + 2.0 * (epochs - 1.0) * covariance;
    TIMESPAN * (sum.sqrt() / (epochs * BLOCKS))
}

/// Trigamma function ψ′(x) by its asymptotic series; relative error below x⁻⁶/42, here 10⁻²¹
/// (Abramowitz and Stegun 1964, 6.4.12).
fn trigamma(x: f64) -> f64 {
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    inverse + square / 2.0 + square * inverse * (1.0 / 6.0 - square / 30.0)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    fn close(value: f64, expected: f64, tolerance: f64) -> bool {
        (value / expected - 1.0).abs() < tolerance
    }

    #[test]
    fn the_network_of_october_2025_finds_a_block_every_ten_minutes() {
        let interval = expected_interval(HashRate::from_ehs(1_000.0), 142_342_602_928_675.0);
        assert!(close(interval.0, 611.357, 1e-5), "{interval:?}");
        let rate = hazard_rate(HashRate::from_ehs(1_000.0), 142_342_602_928_675.0);
        assert!(close(rate * interval.0, 1.0, 1e-15));
    }

    #[test]
    fn without_hash_rate_no_block_comes() {
        for nothing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(hazard_rate(HashRate(nothing), 1.0) <= 0.0);
        }
        assert!(expected_interval(HashRate::ZERO, 1.0).0.is_infinite());
    }

    #[test]
    fn the_long_run_interval_is_neither_600_nor_600_298_seconds() {
        assert!((stationary_interval().0 - 600.595_829).abs() < 1e-6);
    }

    #[test]
    fn dispersions_have_their_published_size() {
        assert!(close(stationary_difficulty_cv(), 0.022_288_3, 1e-5));
        assert!(close(stationary_span_cv(), 0.031_516_5, 1e-5));
        assert!(close(log_change_sd(), 0.031_508_7, 1e-5));
        assert!(close(epoch_sampling_sd(), 0.022_28, 1e-4));
    }

    #[test]
    fn trigamma_is_the_tail_of_the_sum_of_inverse_squares() {
        let head: f64 = (1..2_015).rev().map(|k| 1.0 / f64::from(k).powi(2)).sum();
        assert!(close(trigamma(2_015.0), PI * PI / 6.0 - head, 1e-11));
    }

    #[test]
    fn the_dispersion_of_one_epoch_is_that_of_its_own_formula() {
        // Two independent factors: a Gamma(n + 1) number of unit intervals and an inverse Gamma(n).
        let squared = (1.0 + 1.0 / BLOCKS) * (1.0 + stationary_difficulty_cv().powi(2)) - 1.0;
        let expected = stationary_interval().0 * squared.sqrt();
        assert!(close(mean_interval_standard_error(1).0, expected, 1e-9));
    }

    #[test]
    fn retargets_make_the_mean_of_many_epochs_far_more_precise_than_independence_would() {
        let independent = mean_interval_standard_error(1).0 / f64::from(10_000_u32).sqrt();
        assert!(mean_interval_standard_error(10_000).0 < independent / 20.0);
    }
}
