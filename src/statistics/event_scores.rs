//! How probable counts and marks of events are under laws that simulated events give.

use std::f64::consts::TAU;

use super::prior_scale::normal_share;

/// Least probability that a law of this module gives to anything: no single event rules a law out.
const LEAST: f64 = 1e-9;

/// ln P(n) of a count with mean m and variance v: negative binomial with shape r = m²/(v − m), so that
/// P(n) = Γ(n + r)/(Γ(r) n!) (r/(r + m))^r (m/(r + m))^n; Poisson where v ≤ m.
#[must_use]
pub(crate) fn log_count(count: u32, mean: f64, variance: f64) -> f64 {
    let (n, m) = (f64::from(count), mean.max(LEAST));
    let factorial = libm::lgamma(n + 1.0);
    let poisson = || n * libm::log(m) - m - factorial;
    let shape = m * m / (variance - m);
    if variance <= m || !shape.is_finite() || shape > 1e8 {
        return poisson();
    }
    libm::lgamma(n + shape) - libm::lgamma(shape) - factorial
        + shape * libm::log(shape / (shape + m))
        + n * libm::log(m / (shape + m))
}

/// Mean and standard deviation of a normal law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NormalLaw {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
}

impl NormalLaw {
    /// Of values, drawn towards another law as if `pseudo` more values had been drawn from that: with n values x, mean x̄, and
    /// the other's mean m and standard deviation s,
    ///
    /// mean = (k m + n x̄)/(k + n), variance = (k (s² + (m − mean)²) + Σ(x − mean)²)/(k + n).
    ///
    /// Without another law it is that of the values alone; none without values either.
    #[must_use]
    pub(crate) fn estimate(values: &[f64], towards: Option<Self>, pseudo: f64) -> Option<Self> {
        let (k, law) = towards.map_or((0.0, Self { mean: 0.0, sd: 0.0 }), |law| (pseudo, law));
        let n = values.len() as f64;
        if k + n <= 0.0 {
            return None;
        }
        let mean = (k * law.mean + values.iter().sum::<f64>()) / (k + n);
        let square = |x: f64| (x - mean) * (x - mean);
        let around = values.iter().map(|&x| square(x)).sum::<f64>();
        let variance = (k * (law.sd * law.sd + square(law.mean)) + around) / (k + n);
        Some(Self { mean, sd: variance.sqrt() })
    }

    /// ln of the density.
    #[must_use]
    pub(crate) fn log_density(self, value: f64) -> f64 {
        let sd = self.sd.max(LEAST);
        let z = (value - self.mean) / sd;
        (-0.5 * z * z - libm::log(sd) - 0.5 * libm::log(TAU)).max(libm::log(LEAST))
    }

    /// ln of the probability of an interval: what is left of an event whose mark is known to lie in it.
    #[must_use]
    pub(crate) fn log_within(self, [low, high]: [f64; 2]) -> f64 {
        let sd = self.sd.max(LEAST);
        let below = |value: f64| normal_share((value - self.mean) / sd);
        libm::log((below(high) - below(low)).max(LEAST))
    }
}

/// Rank correlation (Spearman 1904): the correlation of the ranks, ties at their mean rank. None where one side has no order.
#[must_use]
pub(crate) fn rank_correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let (one, other) = (ranks(one), ranks(other));
    let n = one.len() as f64;
    let middle = f64::midpoint(n, 1.0);
    let sum = |a: &[f64], b: &[f64]| {
        a.iter().zip(b).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>()
    };
    let scale = (sum(&one, &one) * sum(&other, &other)).sqrt();
    (scale > 0.0).then(|| sum(&one, &other) / scale)
}

/// Ranks from 1 up, ties at the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let below = |value: f64| values.iter().filter(|&&other| other < value).count() as f64;
    let alike = |value: f64| values.iter().filter(|&&other| other == value).count() as f64;
    values.iter().map(|&value| below(value) + f64::midpoint(alike(value), 1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_mean_and_variance_and_are_poissons_where_these_are_equal() {
        // Poisson of mean 2: P(3) = 2³e⁻²/3!.
        assert!((log_count(3, 2.0, 2.0) - libm::log(8.0 / 6.0 * libm::exp(-2.0))).abs() < 1e-12);
        // Mean 2, variance 4: shape 2, P(0) = (2/4)², P(1) = 2·(1/2)²·(1/2).
        assert!((log_count(0, 2.0, 4.0) - libm::log(0.25)).abs() < 1e-12);
        assert!((log_count(1, 2.0, 4.0) - libm::log(0.25)).abs() < 1e-12);
        let probability = |n: u32| libm::exp(log_count(n, 3.0, 7.5));
        let sum = |of: fn(f64) -> f64| (0..400).map(|n| of(f64::from(n)) * probability(n)).sum();
        let (one, mean, square): (f64, f64, f64) = (sum(|_| 1.0), sum(|n| n), sum(|n| n * n));
        assert!((one - 1.0).abs() < 1e-9 && (mean - 3.0).abs() < 1e-9);
        assert!((square - mean * mean - 7.5).abs() < 1e-7);
    }

    #[test]
    fn a_law_without_values_is_the_one_it_is_drawn_towards_and_many_values_are_their_own() {
        let other = NormalLaw { mean: 10.0, sd: 2.0 };
        assert_eq!(NormalLaw::estimate(&[], Some(other), 5.0), Some(other));
        assert_eq!(NormalLaw::estimate(&[], None, 5.0), None);
        assert_eq!(
            NormalLaw::estimate(&[1.0, 3.0], None, 5.0),
            Some(NormalLaw { mean: 2.0, sd: 1.0 })
        );
        // Two values and two pseudo-values: mean (2·10 + 4)/4 = 6, variance (2(4 + 16) + 25 + 9)/4 = 18.5.
        let law = NormalLaw::estimate(&[1.0, 3.0], Some(other), 2.0).unwrap();
        assert_eq!((law.mean, law.sd * law.sd), (6.0, 18.5_f64.sqrt() * 18.5_f64.sqrt()));
    }

    #[test]
    fn an_interval_has_the_mass_of_its_density() {
        let law = NormalLaw { mean: 1.0, sd: 0.5 };
        let all = law.log_within([-9.0, 9.0]);
        assert!(all.abs() < 1e-12, "{all}");
        let narrow = law.log_within([1.2, 1.2001]) - libm::log(0.0001);
        assert!((narrow - law.log_density(1.20005)).abs() < 1e-4);
        assert!(law.log_within([50.0, 60.0]) >= libm::log(LEAST));
    }

    #[test]
    fn rank_correlation_is_spearmans() {
        // Ranks 1..5 against 2, 1, 4, 3, 5: 1 − 6·4/(5·24) = 0.8.
        let found = rank_correlation(&[1.0, 2.0, 3.0, 4.0, 5.0], &[20.0, 10.0, 40.0, 30.0, 50.0]);
        assert!((found.unwrap() - 0.8).abs() < 1e-12);
        assert_eq!(rank_correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
        // Ties share their rank: 1.5, 1.5, 3 against 1, 2, 3.
        let tied = rank_correlation(&[0.0, 0.0, 7.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((tied - 1.5 / (1.5_f64 * 2.0).sqrt()).abs() < 1e-12);
    }
}
