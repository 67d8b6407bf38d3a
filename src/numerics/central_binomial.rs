//! The probability that a fair coin falls heads exactly half of the time.

use std::f64::consts::{LN_2, PI};

/// From this n on, the series in 1/n beats the logarithm of the gamma function.
const ASYMPTOTIC: f64 = 64.0;

/// `ln(C(2n, n)/4^n)`; its error stays near 10⁻¹⁴ for any n.
///
/// For large n the difference of two Stirling series (Abramowitz and Stegun 1964, 6.1.41); the next
/// term is `17/(14336·n⁷)`.
#[must_use]
pub(crate) fn log_central_binomial(n: f64) -> f64 {
    if n < ASYMPTOTIC {
        return libm::lgamma(2.0 * n + 1.0) - 2.0 * libm::lgamma(n + 1.0) - 2.0 * n * LN_2;
    }
    let inverse = 1.0 / n;
    let square = inverse * inverse;
    let correction = inverse * (-1.0 / 8.0 + square * (1.0 / 192.0 - square / 640.0));
    correction - 0.5 * libm::log(PI * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_product_of_its_ratios() {
        let mut product = 1.0;
        for n in 0..2_000_u32 {
            let value = libm::exp(log_central_binomial(f64::from(n)));
            assert!((value / product - 1.0).abs() < 1e-12, "{n}");
            product *= (f64::from(n) + 0.5) / f64::from(n + 1);
        }
    }
}
