//! Percentile intervals by resampling whole rows or trajectories (Efron and Tibshirani 1993, An
//! Introduction to the Bootstrap, chapter 13; for Sobol indices Archer, Saltelli and Sobol 1997,
//! Journal of Statistical Computation and Simulation 58:99).

use crate::random::{Draws, Stream};
use crate::statistics::samples::quantile;

/// Probability that an interval misses the truth.
const ERROR: f64 = 0.05;

/// A number with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndexEstimate {
    /// From all rows.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Draws resamples; equal seeds draw equal ones.
pub(crate) struct IndexBootstrap {
    draws: Draws,
    resamples: u32,
}

impl IndexBootstrap {
    pub(super) fn new(seed: u64, resamples: u32) -> Self {
        Self { draws: Draws::new(seed, 0), resamples }
    }

    /// Intervals of statistics of `rows` rows, of which the function is given numbers below `rows`;
    /// none when it gives none for the rows or for a resample.
    pub(super) fn estimates(
        &self,
        rows: usize,
        statistics: impl Fn(&[usize]) -> Option<Vec<f64>>,
    ) -> Option<Vec<IndexEstimate>> {
        let mut chosen: Vec<usize> = (0..rows).collect();
        let values = statistics(&chosen)?;
        let mut resampled = vec![Vec::with_capacity(self.resamples as usize); values.len()];
        for resample in 0..self.resamples {
            self.choose(resample, &mut chosen);
            for (all, value) in resampled.iter_mut().zip(statistics(&chosen)?) {
                all.push(value);
            }
        }
        values.into_iter().zip(resampled).map(|(value, all)| estimate(value, all)).collect()
    }

    /// Fills `chosen` with as many numbers below its length, each equally likely but for 2⁻³².
    fn choose(&self, resample: u32, chosen: &mut [usize]) {
        let rows = chosen.len() as u64;
        for (subject, four) in chosen.chunks_mut(4).enumerate() {
            let words = self.draws.words(Stream::Analysis, subject as u32, resample, 0);
            for (slot, word) in four.iter_mut().zip(words) {
                *slot = ((u64::from(word) * rows) >> 32) as usize;
            }
        }
    }
}

fn estimate(value: f64, mut all: Vec<f64>) -> Option<IndexEstimate> {
    all.sort_unstable_by(f64::total_cmp);
    let low = quantile(&all, ERROR / 2.0)?;
    Some(IndexEstimate { value, low, high: quantile(&all, 1.0 - ERROR / 2.0)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::samples::{mean, variance};

    /// The interval of a mean is the mean ± 1.96 standard errors, up to the bootstrap's own error.
    #[test]
    fn the_interval_of_a_mean_is_that_of_the_normal_law() {
        let draws = Draws::new(3, 0);
        let values: Vec<f64> =
            (0..400).map(|row| draws.uniform(Stream::Analysis, 9, row, 1)).collect();
        let resamples = 4_000;
        let statistic = |rows: &[usize]| {
            Some(vec![mean(&rows.iter().map(|&row| values[row]).collect::<Vec<_>>())])
        };
        let found = IndexBootstrap::new(1, resamples).estimates(400, statistic).unwrap()[0];
        let error = (variance(&values).unwrap() / 400.0).sqrt();
        // Standard error of a 2.5 % quantile: √(p(1 - p)/R)/φ(1.96), φ(1.96) = 0.0584.
        let tolerance = 4.0 * (0.025 * 0.975 / f64::from(resamples)).sqrt() / 0.0584 * error;
        assert!((found.high - found.value - 1.96 * error).abs() < tolerance, "{found:?}");
        assert!((found.value - found.low - 1.96 * error).abs() < tolerance, "{found:?}");
    }

    #[test]
    fn every_row_is_chosen_equally_often() {
        let bootstrap = IndexBootstrap::new(1, 1);
        let (mut counts, mut chosen) = ([0_u32; 7], [0; 7]);
        let resamples = 10_000;
        for resample in 0..resamples {
            bootstrap.choose(resample, &mut chosen);
            for &row in &chosen {
                counts[row] += 1;
            }
        }
        let error = (f64::from(resamples) * (1.0 - 1.0 / 7.0)).sqrt();
        let far = |count: u32| (f64::from(count) - f64::from(resamples)).abs() > 4.0 * error;
        assert!(!counts.iter().any(|&count| far(count)), "{counts:?}");
    }
}
