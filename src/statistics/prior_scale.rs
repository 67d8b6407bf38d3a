//! Prior laws of parameters on a common scale, where each is the standard normal law.
//!
//! A place z on that scale stands for the value x = F⁻¹(Φ(z)), with F the prior's distribution
//! function and Φ the standard normal one (isoprobabilistic transform; Rosenblatt 1952, Annals of
//! Mathematical Statistics 23:470). Every place is a value within the prior's bounds, the prior's
//! density is that of the standard normal law, and a step has the size of the prior's spread.

use std::f64::consts::SQRT_2;

use crate::numerics::sampling;

/// Φ(z), the share of the standard normal law up to z; accurate in the lower tail.
#[must_use]
pub(crate) fn normal_share(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// Value of the uniform law on [low, high] at a place: low·Φ(−z) + high·Φ(z).
#[must_use]
pub(crate) fn uniform(z: f64, low: f64, high: f64) -> f64 {
    (low * normal_share(-z) + high * normal_share(z)).max(low).min(high)
}

/// Value at a place of the law on [low, high] whose logarithm is uniform; `0 < low < high`.
#[must_use]
pub(crate) fn loguniform(z: f64, low: f64, high: f64) -> f64 {
    libm::exp(uniform(z, libm::log(low), libm::log(high))).max(low).min(high)
}

/// Value at a place of the normal law with `mean` and `sd` (unit of the value) between `low` and
/// `high`.
///
/// With a and b the standardised bounds, F(x) = p and 1 − F(x) = s are mixed from their shares,
/// p = Φ(a)·Φ(−z) + Φ(b)·Φ(z) and s = Φ(−a)·Φ(−z) + Φ(−b)·Φ(z), and the smaller is inverted:
/// nothing cancels, however far out the bounds are.
#[must_use]
pub(crate) fn truncated_normal(z: f64, [mean, sd]: [f64; 2], [low, high]: [f64; 2]) -> f64 {
    let (a, b) = ((low - mean) / sd, (high - mean) / sd);
    let (above, below) = (normal_share(-z), normal_share(z));
    let lower = normal_share(a) * above + normal_share(b) * below;
    let upper = normal_share(-a) * above + normal_share(-b) * below;
    let standard = if lower <= upper { sampling::normal(lower) } else { -sampling::normal(upper) };
    (mean + sd * standard).max(low).min(high)
}

/// Share of the normal law with `mean` and `sd` that lies between `low` and `high`.
#[must_use]
pub(crate) fn share_within([mean, sd]: [f64; 2], [low, high]: [f64; 2]) -> f64 {
    let (a, b) = ((low - mean) / sd, (high - mean) / sd);
    if a > 0.0 { normal_share(-a) - normal_share(-b) } else { normal_share(b) - normal_share(a) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    #[test]
    fn the_normal_share_is_that_of_the_tables() {
        for (z, want) in [
            (0.0, 0.5),
            (1.959_963_984_540_054, 0.975),
            (-3.090_232_306_167_813_5, 0.001),
            (-9.262_340_089_798_408, 1e-20),
        ] {
            assert!((normal_share(z) / want - 1.0).abs() < 1e-13, "{z}");
        }
    }

    #[test]
    fn the_middle_of_the_scale_is_the_median() {
        assert_eq!(uniform(0.0, 10.0, 20.0), 15.0);
        assert!((loguniform(0.0, 0.01, 100.0) - 1.0).abs() < 1e-14);
        assert!((truncated_normal(0.0, [3.0, 2.0], [-1.0, 7.0]) - 3.0).abs() < 1e-14);
    }

    #[test]
    fn a_normal_law_far_from_its_bounds_is_a_straight_line() {
        for z in [-7.5, -3.0, -0.1, 0.4, 2.0, 7.5] {
            let value = truncated_normal(z, [5.0, 2.0], [-1e3, 1e3]);
            assert!((value - (5.0 + 2.0 * z)).abs() < 1e-9, "{z} {value}");
        }
    }

    #[test]
    fn a_far_tail_keeps_its_digits() {
        // Beyond 10 sd the law is nearly exponential: median near 10 + ln 2/10.
        let value = truncated_normal(0.0, [0.0, 1.0], [10.0, 20.0]);
        assert!((value - 10.068).abs() < 1e-3, "{value}");
        assert_eq!(truncated_normal(0.0, [0.0, 1.0], [-20.0, -10.0]), -value);
    }

    proptest! {
        #[test]
        fn shares_of_the_prior_are_shares_of_the_scale(
            z in -4.0..4.0_f64, low in -3.0..0.5_f64, width in 0.5..5.0_f64,
        ) {
            let law = Normal::new(0.3, 1.2).expect("an sd above zero");
            let value = truncated_normal(z, [0.3, 1.2], [low, low + width]);
            let within = law.cdf(low + width) - law.cdf(low);
            let share = (law.cdf(value) - law.cdf(low)) / within;
            prop_assert!((share - normal_share(z)).abs() < 1e-9);
            prop_assert!((share_within([0.3, 1.2], [low, low + width]) - within).abs() < 1e-9);
        }

        #[test]
        fn no_place_leaves_the_bounds(z in prop::num::f64::NORMAL, low in 0.1..2.0_f64) {
            let high = 3.7 * low;
            for value in [
                uniform(z, low, high),
                loguniform(z, low, high),
                truncated_normal(z, [1.0, 0.4], [low, high]),
            ] {
                prop_assert!((low..=high).contains(&value), "{z} {value}");
            }
        }
    }
}
