//! Distance between summary statistics of different units.

/// Median of finite values: the mean of the middle two where their number is even; none without
/// values.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(lower + 0.5 * (upper - lower))
}

/// Spread of a statistic over runs, in its unit: the median of |x − median| (Prangle 2017, Bayesian
/// Analysis 12:289); where more than half the runs agree, the mean of |x − median|.
/// Zero when all agree; values that are not finite do not count.
#[must_use]
pub fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let Some(middle) = median(finite.clone()) else { return 0.0 };
    let deviations: Vec<f64> = finite.iter().map(|value| (value - middle).abs()).collect();
    let mean = deviations.iter().sum::<f64>() / deviations.len() as f64;
    median(deviations).filter(|spread| *spread > 0.0).unwrap_or(mean)
}

/// √(Σ((x − observed)/spread)²): Euclidean distance in units of the spreads; a statistic without
/// spread does not count. Infinite if one of those that count is not finite.
#[must_use]
pub fn distance(statistics: &[f64], observed: &[f64], spreads: &[f64]) -> f64 {
    let terms = statistics.iter().zip(observed).zip(spreads);
    let square: f64 = terms
        .filter(|(_, spread)| **spread > 0.0)
        .map(|((x, observed), spread)| (x - observed) / spread)
        .map(|deviation| deviation * deviation)
        .sum();
    if square.is_finite() { square.sqrt() } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_ignores_outliers_and_failures() {
        let values = [1.0, 2.0, 3.0, 4.0, 1e9, f64::NAN];
        // Median 3; deviations 2, 1, 0, 1, 1e9.
        assert_eq!(spread(values.into_iter()), 1.0);
        // Median 2.5; deviations 1.5, 0.5, 0.5, 1.5.
        assert_eq!(spread([1.0, 2.0, 3.0, 4.0].into_iter()), 1.0);
    }

    #[test]
    fn a_statistic_that_mostly_stands_still_has_its_mean_deviation() {
        assert_eq!(spread([0.0, 0.0, 0.0, 4.0].into_iter()), 1.0);
        assert_eq!(spread([7.0; 3].into_iter()), 0.0);
        assert_eq!(spread(std::iter::empty()), 0.0);
    }

    #[test]
    fn the_distance_is_in_units_of_the_spreads() {
        assert_eq!(distance(&[3.0, 40.0], &[0.0, 0.0], &[1.0, 10.0]), 5.0);
        assert_eq!(distance(&[3.0, 40.0], &[0.0, 0.0], &[1.0, 0.0]), 3.0);
        assert_eq!(distance(&[f64::NAN, 0.0], &[0.0, 0.0], &[1.0, 1.0]), f64::INFINITY);
        assert_eq!(distance(&[0.0, f64::NAN], &[0.0, 0.0], &[1.0, 0.0]), 0.0);
    }
}
