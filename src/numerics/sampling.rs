//! Samplers as pure functions of uniforms: inverse distribution functions, one uniform each, so
//! that a draw is monotone in its uniform and two scenarios that share the uniform stay aligned.
#![allow(clippy::excessive_precision, reason = "coefficients stand as published")]

/// Quantile of the standard normal law at `u` in (0, 1).
///
/// Rational approximations of Wichura (1988, Algorithm AS 241, PPND16); relative error below 1e-15.
#[must_use]
pub fn normal(u: f64) -> f64 {
    const CENTRE: f64 = 0.425;
    let q = u - 0.5;
    if q.abs() <= CENTRE {
        let r = CENTRE * CENTRE - q * q;
        return q * ratio(r, &A, &B);
    }
    let tail = if q < 0.0 { u } else { 1.0 - u };
    let r = (-libm::log(tail)).sqrt();
    let magnitude = if r <= 5.0 { ratio(r - 1.6, &C, &D) } else { ratio(r - 5.0, &E, &F) };
    magnitude.copysign(q)
}

/// Quantile of the log-normal law with median `median` and standard deviation `sd_log` of its log.
#[must_use]
pub fn lognormal(u: f64, median: f64, sd_log: f64) -> f64 {
    median * libm::exp(sd_log * normal(u))
}

/// Quantile of the log-normal law with mean `mean` and standard deviation `sd_log` of its log.
#[must_use]
pub fn lognormal_with_mean(u: f64, mean: f64, sd_log: f64) -> f64 {
    lognormal(u, mean * libm::exp(-0.5 * sd_log * sd_log), sd_log)
}

/// Quantile of the uniform law on [low, high]; unit of the bounds, `low < high`.
#[must_use]
pub fn uniform(u: f64, low: f64, high: f64) -> f64 {
    (low + u * (high - low)).max(low).min(high)
}

/// Quantile of the law on [low, high] whose logarithm is uniform; unit of the bounds,
/// `0 < low < high`.
#[must_use]
pub fn loguniform(u: f64, low: f64, high: f64) -> f64 {
    // The ends are met exactly, which the logarithm of an exponential does not promise.
    match u {
        ..=0.0 => low,
        1.0.. => high,
        _ => libm::exp(uniform(u, libm::log(low), libm::log(high))).max(low).min(high),
    }
}

/// Quantile of the triangular law on [low, high] with mode `mode`; unit of the bounds,
/// `low ≤ mode ≤ high` and `low < high`.
///
/// F(x) = (x − low)² / ((high − low)(mode − low)) up to the mode and
/// 1 − (high − x)² / ((high − low)(high − mode)) above it (Kotz and van Dorp 2004, chapter 1).
#[must_use]
pub fn triangular(u: f64, low: f64, mode: f64, high: f64) -> f64 {
    let width = high - low;
    let rising = (mode - low) / width;
    let x = if u < rising {
        low + width * (u * rising).sqrt()
    } else {
        high - width * ((1.0 - u) * (1.0 - rising)).sqrt()
    };
    x.max(low).min(high)
}

/// Quantile of the power law `P(X ≤ x) = (x/top)^exponent` on [0, top] with median `median`, so
/// `top = median·2^(1/exponent)`.
///
/// Rigs whose break-even tariffs follow it make a supply of hash rate of constant elasticity
/// `exponent`: `H = c·(R/D)^exponent`, up to the revenue at which all run.
#[must_use]
pub(crate) fn power_law(u: f64, median: f64, exponent: f64) -> f64 {
    median * libm::pow(2.0 * u, 1.0 / exponent)
}

/// Quantile of the exponential law with mean `mean`.
#[must_use]
pub fn exponential(u: f64, mean: f64) -> f64 {
    -mean * libm::log(u)
}

/// Smallest k with P(N ≤ k) ≥ u for a Poisson law of mean `mean`, by summing the mass function.
///
/// Meant for small means (events a day); stops at 1,000.
#[must_use]
pub fn poisson(u: f64, mean: f64) -> u32 {
    let mut mass = libm::exp(-mean);
    let mut below = mass;
    let mut k = 0_u32;
    while u > below && k < 1_000 {
        k += 1;
        mass *= mean / f64::from(k);
        below += mass;
    }
    k
}

/// Quantile of the Pareto law on [1, `bound`] with tail index `alpha`.
///
/// F(x) = (1 − x^−α) / (1 − bound^−α) (bounded Pareto, e.g. Kleiber and Kotz 2003, ch. 3).
#[must_use]
pub(crate) fn bounded_pareto(u: f64, alpha: f64, bound: f64) -> f64 {
    let reach = 1.0 - libm::pow(bound, -alpha);
    libm::pow(1.0 - u * reach, -1.0 / alpha).min(bound)
}

/// Index drawn from weights: the first whose cumulative share exceeds `u`. 0 when all are zero.
#[must_use]
pub fn categorical(u: f64, weights: &[f64]) -> usize {
    let mut left = u * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 && *weight > 0.0 {
            return index;
        }
    }
    weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(0)
}

/// Ratio of two polynomials of degree seven by Horner's rule, lowest power first.
fn ratio(x: f64, numerator: &[f64; 8], denominator: &[f64; 8]) -> f64 {
    horner(x, numerator) / horner(x, denominator)
}

fn horner(x: f64, coefficients: &[f64; 8]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const A: [f64; 8] = [
    3.387_132_872_796_366_608,
    133.141_667_891_784_377_45,
    1_971.590_950_306_551_442_7,
    13_731.693_765_509_461_125,
    45_921.953_931_549_871_457,
    67_265.770_927_008_700_853,
    33_430.575_583_588_128_105,
    2_509.080_928_730_122_672_7,
];
const B: [f64; 8] = [
    1.0,
    42.313_330_701_600_911_252,
    687.187_007_492_057_908_3,
    5_394.196_021_424_751_107_7,
    21_213.794_301_586_595_867,
    39_307.895_800_092_710_61,
    28_729.085_735_721_942_674,
    5_226.495_278_852_545_925,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_577_34,
    4.630_337_846_156_545_295_9,
    5.769_497_221_460_691_405_5,
    3.647_848_324_763_204_605_04,
    1.270_458_252_452_368_382_58,
    0.241_780_725_177_450_611_77,
    0.022_723_844_989_269_184_583_1,
    0.000_774_545_014_278_341_407_64,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_758_821_87,
    1.676_384_830_183_803_849_4,
    0.689_767_334_985_100_004_55,
    0.148_103_976_427_480_074_59,
    0.015_198_666_563_616_457_197_2,
    0.000_547_593_808_499_534_494_6,
    0.000_000_001_050_750_071_644_416_84,
];
const E: [f64; 8] = [
    6.657_904_643_501_103_777_2,
    5.463_784_911_164_114_369_9,
    1.784_826_539_917_291_335_8,
    0.296_560_571_828_504_891_23,
    0.026_532_189_526_576_123_093,
    0.001_242_660_947_388_078_438_6,
    0.000_027_115_555_687_434_876_6,
    0.000_000_201_033_439_929_228_813_265,
];
const F: [f64; 8] = [
    1.0,
    0.599_832_206_555_887_937_69,
    0.136_929_880_922_735_805_31,
    0.014_875_361_290_850_614_85,
    0.000_786_869_131_145_613_259_1,
    0.000_018_463_183_175_100_546_82,
    0.000_000_142_151_175_831_644_588_87,
    0.000_000_000_000_002_044_263_103_389_939_785_64,
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        for (u, want) in [
            (0.975, 1.959_963_984_540_054),
            (0.5, 0.0),
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
        ] {
            assert!((normal(u) - want).abs() <= 1e-14 * f64::max(1.0, f64::abs(want)), "{u}");
        }
    }

    proptest! {
        #[test]
        fn normal_inverts_the_distribution_function(u in 1e-9_f64..0.999_999_999) {
            let law = Normal::new(0.0, 1.0).expect("standard normal");
            prop_assert!((law.cdf(normal(u)) - u).abs() < 1e-9);
        }

        #[test]
        fn samplers_are_monotone(u in 0.001_f64..0.99, step in 1e-6_f64..0.009) {
            prop_assert!(normal(u + step) > normal(u));
            prop_assert!(bounded_pareto(u + step, 1.1, 500.0) > bounded_pareto(u, 1.1, 500.0));
            prop_assert!(poisson(u + step, 2.0) >= poisson(u, 2.0));
        }

        #[test]
        fn a_power_law_has_its_distribution_function(
            u in 0.001_f64..0.999, exponent in 0.1_f64..4.0,
        ) {
            let top = power_law(1.0, 45.0, exponent);
            prop_assert!((libm::pow(power_law(u, 45.0, exponent) / top, exponent) - u).abs() < 1e-9);
            prop_assert!((power_law(0.5, 45.0, exponent) - 45.0).abs() < 1e-9);
        }

        #[test]
        fn bounded_pareto_stays_in_its_bounds(u in 0.0_f64..1.0, alpha in 0.5_f64..3.0) {
            let x = bounded_pareto(u, alpha, 300.0);
            prop_assert!((1.0..=300.0).contains(&x));
        }
    }

    #[test]
    fn bounded_laws_end_at_their_bounds_and_have_their_medians() {
        for (u, linear, ratio) in [(0.0, 10.0, 1e-3), (0.5, 15.0, 1.0), (1.0, 20.0, 1e3)] {
            assert_eq!(uniform(u, 10.0, 20.0), linear);
            assert!((loguniform(u, 1e-3, 1e3) / ratio - 1.0).abs() < 1e-14);
        }
        assert_eq!([0.0, 1.0].map(|u| loguniform(u, 0.1, 0.7)), [0.1, 0.7]);
        assert_eq!([0.0, 0.25, 1.0].map(|u| triangular(u, 0.0, 1.0, 4.0)), [0.0, 1.0, 4.0]);
        assert_eq!([0.0, 0.25, 1.0].map(|u| triangular(u, 0.0, 0.0, 2.0))[2], 2.0);
    }

    proptest! {
        #[test]
        fn a_triangular_quantile_inverts_its_distribution_function(
            u in 0.001_f64..0.999, peak in 0.0_f64..=1.0,
        ) {
            let (low, width) = (-3.0, 8.0);
            let mode = low + width * peak;
            let x = triangular(u, low, mode, low + width);
            let share = if x <= mode {
                (x - low) * (x - low) / (width * (mode - low))
            } else {
                1.0 - (low + width - x) * (low + width - x) / (width * (low + width - mode))
            };
            prop_assert!((share - u).abs() < 1e-9);
        }
    }

    #[test]
    fn poisson_has_the_right_mass_at_zero() {
        let share = libm::exp(-0.3);
        assert_eq!(poisson(share - 1e-9, 0.3), 0);
        assert_eq!(poisson(share + 1e-9, 0.3), 1);
    }

    #[test]
    fn categorical_never_picks_a_zero_weight() {
        assert_eq!(categorical(0.0, &[0.0, 1.0, 0.0]), 1);
        assert_eq!(categorical(0.999_999, &[0.0, 1.0, 0.0]), 1);
        assert_eq!(categorical(0.5, &[0.0, 0.0]), 0);
    }
}
