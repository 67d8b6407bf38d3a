//! What a path of log hash rate looks like as a whole, for posterior predictive checks: quantities that
//! the distance of a calibration does not look at one by one.

/// Change from the first value to the last; 0 of nothing.
#[must_use]
pub(crate) fn net_change(path: &[f64]) -> f64 {
    match path {
        [first, .., last] => last - first,
        _ => 0.0,
    }
}

/// Deepest fall below the highest value before it, max over i < j of xᵢ − xⱼ, never negative.
#[must_use]
pub(crate) fn deepest_fall(path: &[f64]) -> f64 {
    let mut highest = f64::NEG_INFINITY;
    path.iter().fold(0.0, |deepest: f64, &value| {
        highest = highest.max(value);
        deepest.max(highest - value)
    })
}

/// Standard deviation of the changes from one value to the next (divisor n); 0 below two changes.
#[must_use]
pub(crate) fn roughness(path: &[f64]) -> f64 {
    let changes: Vec<f64> = path.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if changes.len() < 2 {
        return 0.0;
    }
    let n = changes.len() as f64;
    let mean = changes.iter().sum::<f64>() / n;
    (changes.iter().map(|change| (change - mean) * (change - mean)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: [f64; 5] = [1.0, 3.0, 2.0, 0.5, 2.5];

    #[test]
    fn a_path_is_described_by_its_ends_its_fall_and_its_steps() {
        assert_eq!(net_change(&PATH), 1.5);
        assert_eq!(deepest_fall(&PATH), 2.5);
        // Changes 2, −1, −1.5, 2 with mean 0.375.
        let variance = (4.0 + 1.0 + 2.25 + 4.0) / 4.0 - 0.375 * 0.375;
        assert!((roughness(&PATH) - f64::sqrt(variance)).abs() < 1e-12);
    }

    #[test]
    fn a_steady_rise_has_no_fall_and_no_roughness() {
        assert_eq!(deepest_fall(&[1.0, 2.0, 3.0]), 0.0);
        assert_eq!(roughness(&[1.0, 2.0, 3.0]), 0.0);
    }

    #[test]
    fn of_one_value_nothing_is_known() {
        assert_eq!([net_change(&[4.0]), deepest_fall(&[4.0]), roughness(&[4.0])], [0.0; 3]);
        assert_eq!([net_change(&[]), deepest_fall(&[]), roughness(&[1.0, 2.0])], [0.0; 3]);
    }
}
