//! How likely a payment with z confirmations is overtaken by a secret branch (double spend).
//!
//! The attacker has the share `q` of the hash rate, the honest side `p = 1 − q`; the seller waits
//! for `z` blocks; the attacker mines in secret from the payment on and goes on forever. The
//! probability is 1 for q ≥ 1/2 or z = 0, and 0 for q = 0 otherwise.
//!
//! * [`Formula::Exact`]: `P = I_{4pq}(z, 1/2)`, the regularised incomplete beta function
//!   (Grunspan and Pérez-Marco 2018, "Double spend races", theorem 1).
//! * [`Formula::Rosenfeld`]: `P = 1 − Σ_{m=0..z} C(m+z−1, m)·(p^z·q^m − p^m·q^z)` (Rosenfeld 2014,
//!   "Analysis of hashrate-based double-spending", section 5). Its last term, m = z, vanishes; the
//!   rest equals `2·Σ_{m<z} C(m+z−1, m)·q^z·p^m`, where nothing cancels. The two formulas are one law.
//! * [`Formula::Nakamoto`]: `P = 1 − Σ_{k=0..z} e^(−λ)·λ^k/k!·(1 − (q/p)^(z−k))`, `λ = z·q/p`
//!   (Nakamoto 2008, section 11): the time of the z blocks is taken for its mean, which makes P
//!   too small from some z on (2 at q = 0.1, 25 at q = 0.45) and slightly too large before.
//!
//! Probabilities are computed by sums of positive terms or a continued fraction around a leading
//! factor whose logarithm is kept, so that their relative error stays near 10⁻¹² however small
//! they are.

use std::f64::consts::PI;

use crate::numerics::central_binomial::log_central_binomial;

/// Which law of the race.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formula {
    /// Grunspan and Pérez-Marco 2018.
    #[default]
    Exact,
    /// Nakamoto 2008.
    Nakamoto,
    /// Rosenfeld 2014.
    Rosenfeld,
}

/// The largest number of confirmations that is searched or asked for.
pub(crate) const MOST_CONFIRMATIONS: u64 = 1_000_000_000_000;
/// Relative room for rounding in a comparison of log probabilities.
const ROUNDING: f64 = 1e-13;

/// From this argument on, series in its inverse beat the logarithm of the gamma function.
const ASYMPTOTIC: f64 = 64.0;
/// Steps of a continued fraction, far beyond the some hundred that it takes.
const MOST_STEPS: f64 = 1e6;
/// Terms below this part of a sum end it.
const NEGLIGIBLE: f64 = 1e-18;

/// Share of the hash rate of a latent attacker with `ratio` φ times the honest hash rate:
/// `q = φ/(1 + φ)`.
#[must_use]
pub(crate) fn latent_share(ratio: f64) -> f64 {
    if ratio.is_infinite() { 1.0 } else { ratio / (1.0 + ratio) }
}

/// Probability that a double spend succeeds, 0 to 1: attacker's share `q`, `confirmations` z.
#[must_use]
pub fn double_spend(formula: Formula, q: f64, confirmations: u64) -> f64 {
    libm::exp(log_double_spend(formula, q, confirmations)).min(1.0)
}

/// Natural logarithm of [`double_spend`], −∞ for a probability of zero: tells apart probabilities
/// that are too small for a number.
#[must_use]
pub(crate) fn log_double_spend(formula: Formula, q: f64, confirmations: u64) -> f64 {
    if q >= 0.5 || confirmations == 0 {
        return 0.0;
    }
    if q <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let z = confirmations as f64;
    match formula {
        Formula::Exact => log_exact(q, z),
        Formula::Rosenfeld => log_rosenfeld(q, z),
        Formula::Nakamoto => log_nakamoto(q, z),
    }
}

/// The smallest number of confirmations at which a double spend succeeds with less than `risk`,
/// 0 < risk < 1. `None` when there is none (q ≥ 1/2) or none up to [`MOST_CONFIRMATIONS`].
///
/// The probability falls with every confirmation: the search doubles, then halves.
#[must_use]
pub fn confirmations(formula: Formula, q: f64, risk: f64) -> Option<u64> {
    // At a tie the probability is not below the risk, whichever way the last digit is rounded.
    let limit = libm::log(risk);
    let limit = limit - ROUNDING * (1.0 - limit);
    let safe = |z: u64| log_double_spend(formula, q, z) < limit;
    if q >= 0.5 || !safe(MOST_CONFIRMATIONS) {
        return None;
    }
    let (mut unsafe_at, mut safe_at) = (0, 1);
    while !safe(safe_at) {
        (unsafe_at, safe_at) = (safe_at, (2 * safe_at).min(MOST_CONFIRMATIONS));
    }
    while safe_at - unsafe_at > 1 {
        let middle = unsafe_at + (safe_at - unsafe_at) / 2;
        if safe(middle) { safe_at = middle } else { unsafe_at = middle }
    }
    Some(safe_at)
}

/// `ln I_x(z, 1/2)` with `x = 4pq` and `1 − x = (1 − 2q)²`, by the continued fraction where it
/// converges fast, else from the complement, which is then no larger than 0.92.
fn log_exact(q: f64, z: f64) -> f64 {
    let (x, rest) = (4.0 * q * (1.0 - q), (1.0 - 2.0 * q) * (1.0 - 2.0 * q));
    let leading = z * log_4pq(q) + 0.5 * libm::log(rest) + log_central_binomial(z) + libm::log(z);
    if rest * (z + 2.5) > 1.5 {
        leading - libm::log(fraction(x, rest, z, 0.5))
    } else {
        libm::log1p(-libm::exp(leading) / fraction(rest, x, 0.5, z))
    }
}

/// `ln 2·Σ_{m<z} C(m+z−1, m)·q^z·p^m`, from the largest term, m = z − 1, down.
fn log_rosenfeld(q: f64, z: f64) -> f64 {
    let p = 1.0 - q;
    let leading = (z - 1.0) * log_4pq(q) + log_central_binomial(z - 1.0) + libm::log(2.0 * q);
    let sum = series(|step| {
        let m = z - step;
        // With one confirmation there is but one term, m = 0.
        m / ((m + z - 1.0).max(1.0) * p)
    });
    leading + libm::log(sum)
}

/// `P = T·(Σ_{k≤z} (λ/r)^k/k!·z!/z^z + Σ_{k>z} λ^k/k!·z!/λ^z)` with `r = q/p`, `λ = z·r` and the
/// Poisson term `T = e^(−λ)·λ^z/z!`: caught up with after k ≤ z blocks, or ahead at once.
fn log_nakamoto(q: f64, z: f64) -> f64 {
    let behind = (1.0 - 2.0 * q) / (1.0 - q);
    let ratio = q / (1.0 - q);
    let decay = if ratio < 0.5 { libm::log(ratio) } else { libm::log1p(-behind) };
    let leading = z * (behind + decay) - log_stirling(z);
    let catching_up = series(|step| (z - step + 1.0) / z);
    let ahead = series(|step| z * ratio / (z + step)) - 1.0;
    leading + libm::log(catching_up + ahead)
}

/// `1 + t₁ + t₁t₂ + …` with positive, finally falling factors `t(step)`, step from 1.
fn series(factor: impl Fn(f64) -> f64) -> f64 {
    let (mut term, mut sum, mut step) = (1.0, 1.0, 1.0);
    while term > NEGLIGIBLE * sum {
        term *= factor(step);
        sum += term;
        step += 1.0;
    }
    sum
}

/// `ln 4pq`, without cancellation at either end of 0 < q < 1/2.
fn log_4pq(q: f64) -> f64 {
    if q < 0.25 {
        libm::log(4.0 * q) + libm::log1p(-q)
    } else {
        libm::log1p(-(1.0 - 2.0 * q) * (1.0 - 2.0 * q))
    }
}

/// `ln n! − n·ln n + n`, by Stirling's series for large n (Abramowitz and Stegun 1964, 6.1.41).
fn log_stirling(n: f64) -> f64 {
    if n < ASYMPTOTIC {
        return libm::lgamma(n + 1.0) - n * libm::log(n) + n;
    }
    let inverse = 1.0 / n;
    let square = inverse * inverse;
    let correction = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square / 1_260.0));
    correction + 0.5 * libm::log(2.0 * PI * n)
}

/// The continued fraction `β₀ + α₁/(β₁ + α₂/(β₂ + …))` by which `x^a·y^b/B(a, b)` is divided to give
/// `I_x(a, b)`, `y = 1 − x` (Didonato and Morris 1992, "Significant digit computation of the
/// incomplete beta function ratios", equation 9), by Lentz's method. That x enters by y, too, keeps
/// the digits where x is close to 1.
fn fraction(x: f64, y: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    // Twice the same number; the smaller of x and y is the exact one.
    let lambda = if x < y { a - (a + b) * x } else { (a + b) * y - b };
    let part = |n: f64| (a + n) / (a + 2.0 * n + 1.0) * (lambda + 1.0 + n * (1.0 + y));
    let mut value = away(part(0.0));
    let (mut upper, mut lower, mut n) = (value, 0.0, 1.0);
    loop {
        let place = a + 2.0 * n - 1.0;
        let above = (a + n - 1.0) * (a + b + n - 1.0) / (place * place) * n * (b - n) * x * x;
        let below = n + n * (b - n) * x / place + part(n);
        lower = 1.0 / away(below + above * lower);
        upper = away(below + above / upper);
        let change = upper * lower;
        value *= change;
        if (change - 1.0).abs() <= f64::EPSILON || n > MOST_STEPS {
            return value;
        }
        n += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::Formula::{Exact, Nakamoto, Rosenfeld};
    use super::*;
    use proptest::prelude::*;

    fn close(value: f64, expected: f64, tolerance: f64) -> bool {
        (value - expected).abs() <= tolerance * expected.abs()
    }

    #[test]
    fn nakamotos_table_is_reproduced() {
        let table = [
            (0.1, 0, 1.0),
            (0.1, 1, 0.204_587_3),
            (0.1, 2, 0.050_977_9),
            (0.1, 3, 0.013_172_2),
            (0.1, 4, 0.003_455_2),
            (0.1, 5, 0.000_913_7),
            (0.1, 6, 0.000_242_8),
            (0.1, 7, 0.000_064_7),
            (0.1, 8, 0.000_017_3),
            (0.1, 9, 0.000_004_6),
            (0.1, 10, 0.000_001_2),
            (0.3, 5, 0.177_352_3),
            (0.3, 10, 0.041_660_5),
            (0.3, 15, 0.010_100_8),
            (0.3, 20, 0.002_480_4),
            (0.3, 25, 0.000_613_2),
            (0.3, 30, 0.000_152_2),
            (0.3, 35, 0.000_037_9),
            (0.3, 40, 0.000_009_5),
            (0.3, 45, 0.000_002_4),
            (0.3, 50, 0.000_000_6),
        ];
        for (q, z, probability) in table {
            assert!((double_spend(Nakamoto, q, z) - probability).abs() < 5.1e-8, "{q} {z}");
        }
    }

    #[test]
    fn nakamotos_confirmations_for_a_risk_of_a_thousandth_are_reproduced() {
        let table = [
            (0.10, 5),
            (0.15, 8),
            (0.20, 11),
            (0.25, 15),
            (0.30, 24),
            (0.35, 41),
            (0.40, 89),
            (0.45, 340),
        ];
        for (q, z) in table {
            assert_eq!(confirmations(Nakamoto, q, 0.001), Some(z), "{q}");
        }
    }

    #[test]
    fn the_exact_law_has_its_published_values() {
        assert!(close(double_spend(Exact, 0.1, 6), 0.000_591_412_2, 1e-7));
        assert_eq!(confirmations(Exact, 0.1, 0.001), Some(6));
    }

    #[test]
    fn rosenfelds_table_is_reproduced() {
        let table = [
            (0.02, 1, 0.04),
            (0.10, 1, 0.20),
            (0.10, 2, 0.056),
            (0.20, 3, 0.115_84),
            (0.30, 2, 0.432),
            (0.40, 1, 0.80),
        ];
        for (q, z, probability) in table {
            assert!(close(double_spend(Rosenfeld, q, z), probability, 1e-12), "{q} {z}");
        }
    }

    /// Rosenfeld's sum as it is printed, m from 0 to z.
    fn as_printed(q: f64, z: u64, last: u64) -> f64 {
        let p = 1.0 - q;
        let mut binomial = 1.0_f64;
        let mut sum = 1.0;
        for m in 0..=last {
            let (m, z) = (m as f64, z as f64);
            sum -=
                binomial * (libm::pow(p, z) * libm::pow(q, m) - libm::pow(p, m) * libm::pow(q, z));
            binomial *= (m + z) / (m + 1.0);
        }
        sum
    }

    #[test]
    fn rosenfelds_last_term_vanishes() {
        for (q, z) in [(0.1, 2), (0.3, 5), (0.45, 10)] {
            assert!((as_printed(q, z, z) - as_printed(q, z, z - 1)).abs() < 1e-15);
            assert!((double_spend(Rosenfeld, q, z) - as_printed(q, z, z)).abs() < 1e-13);
        }
    }

    /// Nakamoto's sum as it is printed.
    fn nakamoto_as_printed(q: f64, z: u64) -> f64 {
        let (p, lambda) = (1.0 - q, z as f64 * q / (1.0 - q));
        let mut poisson = libm::exp(-lambda);
        let mut sum = 1.0;
        for k in 0..=z {
            sum -= poisson * (1.0 - libm::pow(q / p, (z - k) as f64));
            poisson *= lambda / (k + 1) as f64;
        }
        sum
    }

    #[test]
    fn the_ends_of_the_domain_are_certain() {
        for formula in [Exact, Nakamoto, Rosenfeld] {
            assert_eq!(double_spend(formula, 0.3, 0), 1.0);
            assert_eq!(double_spend(formula, 0.0, 1), 0.0);
            assert_eq!(double_spend(formula, 0.0, 0), 1.0);
            assert_eq!(double_spend(formula, 0.5, 10_000), 1.0);
            assert_eq!(double_spend(formula, 0.9, 1), 1.0);
            assert_eq!(confirmations(formula, 0.5, 0.001), None);
            assert_eq!(confirmations(formula, 0.0, 0.001), Some(1));
            assert_eq!(confirmations(formula, 0.499_999_999, 1e-9), None);
        }
    }

    #[test]
    fn a_latent_attacker_of_the_honest_size_has_half() {
        assert_eq!(latent_share(1.0), 0.5);
        assert_eq!(latent_share(0.0), 0.0);
        assert_eq!(latent_share(f64::INFINITY), 1.0);
    }

    #[test]
    fn large_waits_follow_the_asymptotic_law() {
        // P ~ x^z/√(π·(1 − x)·z), x = 4pq (Grunspan and Pérez-Marco 2018, proposition 5).
        for (q, z) in [(0.1_f64, 10_000_u64), (0.3, 100_000), (0.4, 1_000_000)] {
            let x = 4.0 * q * (1.0 - q);
            let n = z as f64;
            let law = n * libm::log(x) - 0.5 * libm::log(PI * (1.0 - x) * n);
            assert!((log_double_spend(Exact, q, z) - law).abs() < 1.0 / (n * (1.0 - x)) + 1e-9);
        }
    }

    #[test]
    fn a_probability_of_1e_300_keeps_its_digits() {
        // Terms of Rosenfeld's sum from m = 0, with powers of ten taken out on the way.
        let (q, z) = (0.1_f64, 670_u64);
        let (mut term, mut sum, mut tens) = (2.0, 0.0, 0);
        for m in 0..z {
            sum += term;
            term *= (m + z) as f64 / (m + 1) as f64 * (1.0 - q);
            if term > 1e200 {
                (term, sum, tens) = (term / 1e100, sum / 1e100, tens + 100);
            }
        }
        // q^z = 10^−670, and 10^300 for scale.
        let expected = sum * 10_f64.powi(tens - 670 + 300);
        assert!(close(double_spend(Exact, q, z) * 1e300, expected, 1e-10));
        assert!(expected > 1e-8 && expected < 1e8, "{expected}");
    }

    proptest! {
        #[test]
        fn the_exact_law_is_rosenfelds(log_q in -6.0_f64..-0.301_04, z in prop_oneof![1_u64..20, 1_u64..20_000]) {
            let q = libm::pow(10.0, log_q);
            let (exact, sum) = (log_double_spend(Exact, q, z), log_double_spend(Rosenfeld, q, z));
            prop_assert!((exact - sum).abs() <= 1e-12 * (1.0 + exact.abs()), "{} {}", exact, sum);
        }

        #[test]
        fn close_to_half_the_laws_still_agree(gap in 1e-9_f64..0.02, z in 1_u64..2_000_000) {
            let q = 0.5 - gap;
            let (exact, sum) = (double_spend(Exact, q, z), double_spend(Rosenfeld, q, z));
            prop_assert!(close(sum, exact, 2e-10), "{} {}", exact, sum);
        }

        #[test]
        fn the_exact_law_is_the_incomplete_beta_function(q in 0.01_f64..0.499, z in 1_u64..300) {
            let oracle = statrs::function::beta::beta_reg(z as f64, 0.5, 4.0 * q * (1.0 - q));
            let exact = double_spend(Exact, q, z);
            prop_assert!(close(exact, oracle, 1e-9) || oracle < 1e-280, "{} {}", exact, oracle);
        }

        #[test]
        fn nakamotos_law_is_the_printed_sum(q in 0.0_f64..0.5, z in 0_u64..100) {
            let difference = double_spend(Nakamoto, q, z) - nakamoto_as_printed(q, z);
            prop_assert!(difference.abs() < 1e-12, "{}", difference);
        }

        #[test]
        fn probabilities_rise_with_the_share_and_fall_with_confirmations(
            q in 1e-6_f64..0.5, more in 1e-6_f64..0.1, z in 0_u64..12_000,
        ) {
            for formula in [Exact, Nakamoto, Rosenfeld] {
                let log = log_double_spend(formula, q, z);
                prop_assert!(log <= 0.0);
                prop_assert!(log_double_spend(formula, q + more, z) >= log);
                prop_assert!(log_double_spend(formula, q, z + 1) < log);
                let probability = double_spend(formula, q, z);
                prop_assert!((0.0..=1.0).contains(&probability));
            }
        }

        #[test]
        fn nakamoto_understates_the_risk_of_small_attackers(q in 0.001_f64..0.3, z in 3_u64..5_000) {
            let exact = log_double_spend(Exact, q, z);
            prop_assert!(log_double_spend(Nakamoto, q, z) < exact);
        }

        #[test]
        fn the_confirmations_are_the_first_that_are_safe(
            q in 1e-4_f64..0.499, log_risk in -40.0_f64..-0.01,
        ) {
            let risk = libm::pow(10.0, log_risk);
            for formula in [Exact, Nakamoto, Rosenfeld] {
                let z = confirmations(formula, q, risk).expect("the share is below a half");
                prop_assert!(double_spend(formula, q, z) < risk);
                prop_assert!(double_spend(formula, q, z - 1) >= risk * (1.0 - 1e-12));
            }
        }
    }

    #[test]
    fn a_probability_equal_to_the_risk_is_not_below_it() {
        for (q, risk) in [(0.4, 0.8), (0.02, 0.04), (0.25, 0.5)] {
            for formula in [Formula::Exact, Formula::Rosenfeld] {
                // P(1) = 2q.
                assert_eq!(confirmations(formula, q, risk), Some(2), "{q}");
                assert_eq!(confirmations(formula, q, risk + 1e-9), Some(1), "{q}");
            }
        }
    }
}
