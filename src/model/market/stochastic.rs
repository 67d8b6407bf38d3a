//! Laws of motion shared by prices, fees, rents and spot power.

/// Share of a deviation left after `days` when it halves every `half_life` days: 2^(−days/half-life).
///
/// A half-life of zero forgets at once.
#[must_use]
pub fn decay(days: f64, half_life: f64) -> f64 {
    if half_life <= 0.0 { 0.0 } else { libm::exp2(-days / half_life) }
}

/// One step of a mean-reverting Gaussian process with stationary standard deviation `sd`:
/// x′ = mean + φ(x − mean) + sd·√(1 − φ²)·z, φ the share kept (exact discretisation of the
/// Ornstein–Uhlenbeck process; Uhlenbeck and Ornstein 1930).
#[must_use]
pub fn mean_reverting_step(x: f64, mean: f64, kept: f64, sd: f64, z: f64) -> f64 {
    mean + kept * (x - mean) + sd * (1.0 - kept * kept).sqrt() * z
}

/// Logistic growth relative to today: K / (1 + (K − 1)·e^(−g·t)), 1 at t = 0, K at infinity.
///
/// `ceiling` K ≥ 1, `growth` g per year, `years` t (Verhulst 1838).
#[must_use]
pub fn logistic_growth(ceiling: f64, growth: f64, years: f64) -> f64 {
    ceiling / (1.0 + (ceiling - 1.0) * libm::exp(-growth * years))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deviation_halves_in_a_half_life() {
        assert!((decay(30.0, 30.0) - 0.5).abs() < 1e-15);
        assert_eq!(decay(1.0, 0.0), 0.0);
    }

    #[test]
    fn the_stationary_variance_is_kept_by_a_step() {
        let (kept, sd) = (0.9_f64, 0.3_f64);
        let variance = kept * kept * sd * sd + (sd * (1.0 - kept * kept).sqrt()).powi(2);
        assert!((variance - sd * sd).abs() < 1e-15);
    }

    #[test]
    fn logistic_growth_starts_at_one_and_saturates() {
        assert!((logistic_growth(3.0, 0.5, 0.0) - 1.0).abs() < 1e-15);
        assert!((logistic_growth(3.0, 0.5, 100.0) - 3.0).abs() < 1e-12);
    }
}
