//! How well a quantile is known: intervals whose ends are two of the values themselves.
//!
//! The number of n independent values below the p-quantile ξ of a continuous distribution is
//! Binomial(n, p), whatever the distribution. Hence X₍ᵣ₎ < ξ < X₍ₛ₎, with the r-th and s-th smallest
//! values, holds with probability P(r ≤ B ≤ s − 1), B ~ Binomial(n, p) (David and Nagaraja 2003,
//! Order Statistics, 3rd ed., section 7.1). For distributions with ties it holds with that
//! probability at least when the ends are counted in.

use std::collections::BTreeMap;

use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF};

use super::{Interval, QUANTILES};

/// Probability left on either side of a 95 % interval.
const TAIL: f64 = 0.025;
/// Φ(−1): probability left on either side of an interval of one standard error.
const ONE_ERROR: f64 = 0.158_655_253_931_457_05;

/// How well a quantile is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileError {
    /// Interval that covers the quantile with a probability of at least 95 %.
    pub interval: Interval,
    /// Monte Carlo standard error.
    pub mcse: f64,
}

/// Places (from 0) of the values that make a quantile's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct QuantilePlaces {
    low: usize,
    high: usize,
    below: usize,
    above: usize,
}

/// Places for all [`QUANTILES`], worked out once for each number of values.
#[derive(Clone, Debug, Default)]
pub struct Ranks {
    known: BTreeMap<usize, [Option<QuantilePlaces>; 5]>,
}

impl Ranks {
    /// The errors of the [`QUANTILES`] of sorted values; none where there are too few values for
    /// an interval: fewer than 6 for the median, 13 for the quartiles, 72 for 5 and 95 %.
    #[must_use]
    pub fn errors(&mut self, sorted: &[f64]) -> [Option<QuantileError>; 5] {
        let n = sorted.len();
        let places = self
            .known
            .entry(n)
            .or_insert_with(|| QUANTILES.map(|p| QuantilePlaces::from_level(n, p)));
        places.map(|places| {
            let QuantilePlaces { low, high, below, above } = places?;
            Some(QuantileError {
                interval: Interval { low: *sorted.get(low)?, high: *sorted.get(high)? },
                mcse: (sorted.get(above)? - sorted.get(below)?) / 2.0,
            })
        })
    }
}

impl QuantilePlaces {
    fn from_level(n: usize, p: f64) -> Option<Self> {
        let (low, high) = interval_ranks(n, p)?;
        let (below, above) = error_ranks(n, p)?;
        Some(Self { low: low - 1, high: high - 1, below: below - 1, above: above - 1 })
    }
}

/// Ranks r < s (from 1) of the ends of the 95 % interval of the p-quantile of n values: the largest
/// r with P(B < r) ≤ 2.5 % and the smallest s with P(B ≥ s) ≤ 2.5 %; none where one of them does
/// not exist.
#[must_use]
pub(crate) fn interval_ranks(n: usize, p: f64) -> Option<(usize, usize)> {
    let binomial = Binomial::new(p, n as u64).ok()?;
    // P(B < r) grows with r: r − 1 is the last count whose cumulated probability is small enough.
    let low = first(n, |count| binomial.cdf(count as u64) > TAIL);
    // P(B ≥ s) = 1 − P(B ≤ s − 1) falls with s.
    let high = first(n, |count| binomial.sf(count as u64) <= TAIL) + 1;
    (low >= 1 && high <= n).then_some((low, high))
}

/// Ranks (from 1) of the values one standard error below and above the p-quantile of n values: the
/// probability mass below X₍ᵣ₎ is Beta distributed, so these are ⌈n·a⌉ and ⌈n·b⌉ for the
/// probabilities a, b that Beta(np + 1, n(1 − p) + 1) leaves 15.87 % outside of (Vehtari et al.
/// 2021, Bayesian Analysis 16:667, section 4.3).
fn error_ranks(n: usize, p: f64) -> Option<(usize, usize)> {
    let size = n as f64;
    let beta = Beta::new(size * p + 1.0, size * (1.0 - p) + 1.0).ok()?;
    let rank = |tail: f64| ((size * beta.inverse_cdf(tail)).ceil() as usize).clamp(1, n);
    Some((rank(ONE_ERROR), rank(1.0 - ONE_ERROR)))
}

/// The first of 0..=n for which a condition that stays true holds; n + 1 if none.
fn first(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n + 1);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Draws, Stream};
    use proptest::prelude::*;

    #[test]
    fn the_ranks_of_the_median_are_the_tabulated_ones() {
        // Ranks of the two-sided 95 % sign-test interval of the median (Dixon and Mood 1946;
        // Conover 1999, Practical Nonparametric Statistics, table A3 for p = 0.5).
        for (n, ranks) in [(6, (1, 6)), (10, (2, 9)), (15, (4, 12)), (20, (6, 15)), (25, (8, 18))] {
            assert_eq!(interval_ranks(n, 0.5), Some(ranks), "{n}");
        }
        // 2·0.5⁵ = 6.25 %: five values are too few.
        assert_eq!(interval_ranks(5, 0.5), None);
    }

    #[test]
    fn an_outer_quantile_needs_as_many_values_as_the_power_says() {
        // 0.95ⁿ ≤ 0.025 first at n = ln 0.025/ln 0.95 = 71.9.
        assert_eq!((interval_ranks(71, 0.05), interval_ranks(71, 0.95)), (None, None));
        assert!(interval_ranks(72, 0.05).is_some() && interval_ranks(72, 0.95).is_some());
        // 0.75ⁿ ≤ 0.025 first at n = 12.8.
        assert!(interval_ranks(12, 0.25).is_none() && interval_ranks(13, 0.25).is_some());
    }

    #[test]
    fn the_coverage_is_at_least_what_is_said_and_no_rank_more_than_needed() {
        for (n, p) in [(13, 0.25), (72, 0.05), (100, 0.5), (317, 0.95), (5000, 0.25)] {
            let (low, high) = interval_ranks(n, p).unwrap();
            let binomial = Binomial::new(p, n as u64).unwrap();
            let below = |rank: usize| binomial.cdf(rank as u64 - 1);
            assert!(below(low) <= TAIL && below(low + 1) > TAIL, "{n} {p}");
            assert!(1.0 - below(high) <= TAIL && 1.0 - below(high - 1) > TAIL, "{n} {p}");
        }
    }

    #[test]
    fn simulated_intervals_cover_the_quantile_as_often_as_the_binomial_says() {
        const TRIALS: u32 = 4000;
        let mut ranks = Ranks::default();
        let draws = Draws::new(7, 0);
        for n in [20, 100] {
            let mut hits = [0_u32; 5];
            for trial in 0..TRIALS {
                // Cubed uniforms: skewed, and the p-quantile is p³.
                let cube = |x: f64| x * x * x;
                let value = |k| cube(draws.uniform(Stream::Analysis, trial, u32::from(k), n));
                let mut values: Vec<f64> = (0..n).map(value).collect();
                values.sort_by(f64::total_cmp);
                for ((hit, error), p) in hits.iter_mut().zip(ranks.errors(&values)).zip(QUANTILES) {
                    let covers = |i: Interval| i.low <= cube(p) && cube(p) <= i.high;
                    *hit += u32::from(error.is_some_and(|error| covers(error.interval)));
                }
            }
            for (hit, p) in hits.into_iter().zip(QUANTILES) {
                let Some((low, high)) = interval_ranks(usize::from(n), p) else {
                    assert_eq!(hit, 0);
                    continue;
                };
                let binomial = Binomial::new(p, u64::from(n)).unwrap();
                let exact = binomial.cdf(high as u64 - 1) - binomial.cdf(low as u64 - 1);
                let found = f64::from(hit) / f64::from(TRIALS);
                let error = (exact * (1.0 - exact) / f64::from(TRIALS)).sqrt();
                assert!(exact >= 0.95 && (found - exact).abs() < 4.0 * error, "{n} {p}: {found}");
            }
        }
    }

    #[test]
    fn the_standard_error_is_that_of_the_asymptotic_law() {
        // Of 10,000 uniforms: se = sqrt(p(1 − p)/n)/f, with density f = 1.
        let n = 10_000;
        let values: Vec<f64> = (0..n).map(|k| (f64::from(k) + 0.5) / f64::from(n)).collect();
        for (error, p) in Ranks::default().errors(&values).into_iter().zip(QUANTILES) {
            let law = (p * (1.0 - p) / f64::from(n)).sqrt();
            assert!((error.unwrap().mcse / law - 1.0).abs() < 0.03, "{p}");
        }
    }

    proptest! {
        #[test]
        fn the_interval_is_mirrored_for_the_mirrored_quantile(n in 1_usize..3000, p in 0.01..0.99_f64) {
            let mirrored = interval_ranks(n, 1.0 - p).map(|(low, high)| (n + 1 - high, n + 1 - low));
            prop_assert_eq!(interval_ranks(n, p), mirrored);
        }

        #[test]
        fn the_interval_holds_the_quantile(values in prop::collection::vec(-1e3..1e3_f64, 1..400)) {
            let mut sorted = values;
            sorted.sort_by(f64::total_cmp);
            for (error, p) in Ranks::default().errors(&sorted).into_iter().zip(QUANTILES) {
                let Some(QuantileError { interval, mcse }) = error else { continue };
                let quantile = crate::statistics::samples::quantile(&sorted, p).unwrap();
                prop_assert!(interval.low <= quantile && quantile <= interval.high);
                prop_assert!(mcse >= 0.0 && mcse <= interval.high - interval.low);
            }
        }
    }
}
