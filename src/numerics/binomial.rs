//! Tails of the binomial law, exact to rounding.

/// Terms below this part of the sum end it.
const NEGLIGIBLE: f64 = 1e-17;

/// ln C(n, k) = ln Γ(n+1) − ln Γ(k+1) − ln Γ(n−k+1), also for real n ≥ k.
#[must_use]
pub(crate) fn ln_choose(n: f64, k: f64) -> f64 {
    libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0)
}

/// P(X ≥ x) for X ~ Bin(n, p): `n` blocks, each of an entity of share `p` (0 to 1).
#[must_use]
pub(crate) fn upper_tail(n: u64, p: f64, x: u64) -> f64 {
    if x == 0 || p >= 1.0 {
        return f64::from(u8::from(x <= n));
    }
    if x > n || p <= 0.0 {
        return 0.0;
    }
    // The tail that does not hold the mean falls monotonically: sum that one.
    if x as f64 > n as f64 * p {
        sum_upwards(n, p, x)
    } else {
        1.0 - sum_upwards(n, 1.0 - p, n - x + 1)
    }
}

/// P(X ≤ x) for X ~ Bin(n, p).
#[must_use]
pub(crate) fn lower_tail(n: u64, p: f64, x: u64) -> f64 {
    if x >= n { 1.0 } else { upper_tail(n, 1.0 - p, n - x) }
}

/// Σ_{j ≥ x} C(n, j)·pʲ·(1−p)ⁿ⁻ʲ from its largest term, with the ratio of neighbours
/// `(n−j)/(j+1)·p/(1−p)`.
fn sum_upwards(n: u64, p: f64, x: u64) -> f64 {
    let (trials, from) = (n as f64, x as f64);
    let first = ln_choose(trials, from) + from * libm::log(p) + (trials - from) * libm::log1p(-p);
    let odds = p / (1.0 - p);
    let (mut term, mut sum) = (1.0, 0.0);
    for j in x..=n {
        sum += term;
        term *= (n - j) as f64 / (j + 1) as f64 * odds;
        if term < NEGLIGIBLE * sum {
            break;
        }
    }
    (libm::exp(first) * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_tails_agree_with_counting() {
        // 10 coins: C(10,8) + C(10,9) + 1 = 56 of 1,024.
        assert!((upper_tail(10, 0.5, 8) - 56.0 / 1_024.0).abs() < 1e-14);
        assert!((lower_tail(10, 0.5, 2) - 56.0 / 1_024.0).abs() < 1e-14);
        // 3 dice without a six: (5/6)³.
        assert!((lower_tail(3, 1.0 / 6.0, 0) - 125.0 / 216.0).abs() < 1e-14);
        assert_eq!(
            (upper_tail(5, 0.3, 0), upper_tail(5, 0.3, 6), lower_tail(5, 0.3, 5)),
            (1.0, 0.0, 1.0)
        );
    }

    /// Clopper and Pearson's limits for 10 of 100 at 95 % are tabulated: 0.0490 and 0.1762.
    #[test]
    fn tails_are_those_behind_the_tables_of_clopper_and_pearson() {
        assert!((upper_tail(100, 0.049_005, 10) - 0.025).abs() < 2e-5);
        assert!((lower_tail(100, 0.176_223, 10) - 0.025).abs() < 2e-5);
    }

    proptest! {
        #[test]
        fn the_tails_of_neighbours_sum_to_one(n in 1_u64..5_000, p in 0.0001..0.9999_f64, at in 0.0..1.0_f64) {
            let x = (at * n as f64) as u64;
            prop_assert!((upper_tail(n, p, x + 1) + lower_tail(n, p, x) - 1.0).abs() < 1e-10);
        }

        #[test]
        fn a_larger_share_raises_the_upper_tail(n in 1_u64..3_000, p in 0.01..0.98_f64, at in 0.0..1.0_f64) {
            let x = (at * n as f64) as u64;
            prop_assert!(upper_tail(n, p + 0.01, x) >= upper_tail(n, p, x) * (1.0 - 1e-9));
        }
    }
}
