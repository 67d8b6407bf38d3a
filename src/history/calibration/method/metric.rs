//! How far a run is from what was observed.

use serde::{Deserialize, Serialize};

use super::MethodError;
use crate::statistics::statistic_scale::{distance, spread};

/// Distance of statistics from the observed ones, each in units of its spread over the runs of
/// generation 0. It stays the same in all later generations, or their tolerances would not compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistanceMetric {
    observed: Vec<f64>,
    spreads: Vec<f64>,
}

impl DistanceMetric {
    /// The metric of generation 0, from the statistics of its runs (a failed run has none).
    ///
    /// # Errors
    /// If a run has not as many statistics as are observed.
    pub fn of_first_generation(
        observed: Vec<f64>,
        runs: &[Option<Vec<f64>>],
    ) -> Result<Self, MethodError> {
        let needed = observed.len();
        let came_through = || runs.iter().flatten();
        if let Some(odd) = came_through().find(|statistics| statistics.len() != needed) {
            return Err(MethodError::Statistics { given: odd.len(), needed });
        }
        let over_runs = |column| spread(came_through().map(|statistics| statistics[column]));
        Ok(Self { spreads: (0..needed).map(over_runs).collect(), observed })
    }

    /// Distance of a run's statistics, without unit; infinite for a failed run, and for one with a
    /// statistic that is not finite or missing.
    #[must_use]
    pub fn distance(&self, statistics: Option<&[f64]>) -> f64 {
        let complete = statistics.filter(|statistics| statistics.len() == self.observed.len());
        complete.map_or(f64::INFINITY, |own| distance(own, &self.observed, &self.spreads))
    }

    /// Spreads, one a statistic.
    #[must_use]
    pub fn spreads(&self) -> &[f64] {
        &self.spreads
    }

    /// Numbers of the statistics, from 0, that were the same in every run of generation 0 and hence
    /// do not count.
    pub fn ignored(&self) -> impl Iterator<Item = usize> {
        self.spreads.iter().enumerate().filter(|(_, s)| **s <= 0.0).map(|(number, _)| number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_count_by_their_spread_and_failed_runs_are_infinitely_far() {
        let runs: Vec<_> = [1.0, 2.0, 3.0, 4.0, 5.0]
            .into_iter()
            .map(|x| Some(vec![x, 100.0 * x, 7.0]))
            .chain([None])
            .collect();
        let metric = DistanceMetric::of_first_generation(vec![3.0, 300.0, 7.0], &runs).unwrap();
        assert_eq!(metric.spreads(), [1.0, 100.0, 0.0]);
        assert_eq!(metric.ignored().collect::<Vec<_>>(), [2]);
        assert_eq!(metric.distance(Some(&[6.0, 700.0, 7.0])), 5.0);
        assert_eq!(metric.distance(None), f64::INFINITY);
        assert_eq!(metric.distance(Some(&[6.0, f64::NAN, 7.0])), f64::INFINITY);
        assert_eq!(metric.distance(Some(&[6.0])), f64::INFINITY);
    }

    #[test]
    fn a_run_with_other_statistics_is_refused() {
        let error =
            DistanceMetric::of_first_generation(vec![0.0; 2], &[Some(vec![1.0])]).unwrap_err();
        assert_eq!(error.to_string(), "1 statistics where 2 are observed");
    }
}
