//! The standard normal law.

/// Density φ(x) = e^(−x²/2)/√(2π).
#[must_use]
pub(crate) fn normal_density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x) * 0.398_942_280_401_432_7
}

/// Distribution Φ(x) = ½·erfc(−x/√2).
#[must_use]
pub(crate) fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::sampling::normal;

    #[test]
    fn the_law_has_its_published_quantiles() {
        assert!((normal_cdf(1.959_963_984_540_054) - 0.975).abs() < 1e-12);
        assert!((normal_density(0.0) - 0.398_942_280_4).abs() < 1e-10);
        for p in [0.01, 0.25, 0.5, 0.9] {
            assert!((normal_cdf(normal(p)) - p).abs() < 1e-6, "{p}");
        }
    }
}
