//! What is forecast of one number, as weighted members or as a normal law, and how an observation scores it.

use crate::numerics::normal::{normal_cdf, normal_density};
use crate::numerics::sampling::normal;

use super::scores::LEVELS;

/// A predictive law.
#[derive(Clone, Debug, PartialEq)]
pub enum Predictive {
    /// Members of an ensemble.
    Members(WeightedMembers),
    /// A normal law.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, above 0.
        sd: f64,
    },
}

/// How far an observation is from what was forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointScore {
    /// Mean of the law less the observation.
    pub error: f64,
    /// Continuous ranked probability score.
    pub crps: f64,
    /// Whether the central intervals at [`LEVELS`] hold the observation.
    pub inside: [bool; 2],
    /// Probability integral transform: what the law gives to values below the observation.
    pub pit: f64,
}

impl Predictive {
    /// Mean of the law.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Members(members) => members.mean(),
            Self::Normal { mean, .. } => *mean,
        }
    }

    /// Quantile at a probability.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> f64 {
        match self {
            Self::Members(members) => members.quantile(probability),
            Self::Normal { mean, sd } => mean + sd * normal(probability),
        }
    }

    /// Scores an observation.
    #[must_use]
    pub fn score(&self, observed: f64) -> PointScore {
        let inside = LEVELS.map(|level| {
            let end = |probability| self.quantile(probability);
            (end(0.5 * (1.0 - level))..=end(0.5 * (1.0 + level))).contains(&observed)
        });
        let (crps, pit) = match self {
            Self::Members(members) => (members.crps(observed), members.below(observed)),
            Self::Normal { mean, sd } => {
                let z = (observed - mean) / sd;
                (normal_crps(z) * sd, normal_cdf(z))
            }
        };
        PointScore { error: self.mean() - observed, crps, inside, pit }
    }
}

/// Continuous ranked probability score of the standard normal law, z·(2Φ(z) − 1) + 2φ(z) − 1/√π
/// (Gneiting and Raftery 2007, Journal of the American Statistical Association 102:359, eq. 22).
fn normal_crps(z: f64) -> f64 {
    let root_of_pi = core::f64::consts::PI.sqrt();
    z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * normal_density(z) - 1.0 / root_of_pi
}

/// Members in order of their values, with weights that add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedMembers {
    members: Vec<(f64, f64)>,
}

impl WeightedMembers {
    /// Of values and weights in the same order; none without a weight above 0.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = f64>, weights: &[f64]) -> Option<Self> {
        let mut members: Vec<(f64, f64)> =
            values.into_iter().zip(weights.iter().copied()).filter(|&(_, w)| w > 0.0).collect();
        members.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = members.iter().map(|&(_, weight)| weight).sum();
        for (_, weight) in &mut members {
            *weight /= total;
        }
        (!members.is_empty()).then_some(Self { members })
    }

    /// Σ w·x.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.members.iter().map(|&(value, weight)| weight * value).sum()
    }

    /// Weight of what is below an observation, and half of what equals it.
    #[must_use]
    pub fn below(&self, observed: f64) -> f64 {
        let part = |value: f64| match value.total_cmp(&observed) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        };
        self.members.iter().map(|&(value, weight)| weight * part(value)).sum()
    }

    /// E|X − y| − ½·E|X − X′| = Σ w|x − y| − Σᵢ wᵢxᵢ(Cᵢ₋₁ + Cᵢ − 1), with cumulative weights C of members in order:
    /// [`super::forecast_scores::crps`] where weights are equal.
    #[must_use]
    pub fn crps(&self, observed: f64) -> f64 {
        let mut before = 0.0;
        let mut score = 0.0;
        for &(value, weight) in &self.members {
            let after = before + weight;
            score += weight * ((value - observed).abs() - value * (before + after - 1.0));
            before = after;
        }
        score
    }

    /// Quantile, linear between members, which stand at (Σ_{j≤i} (wⱼ₋₁ + wⱼ)/2)/(1 − (w₁ + wₘ)/2): at (i − 1)/(m − 1)
    /// where weights are equal, as [`super::forecast_scores::quantile`].
    #[must_use]
    pub fn quantile(&self, probability: f64) -> f64 {
        let (first, last) = (self.members[0], self.members[self.members.len() - 1]);
        let span = 1.0 - 0.5 * (first.1 + last.1);
        let wanted = probability.clamp(0.0, 1.0) * span;
        let mut place = 0.0;
        for pair in self.members.windows(2) {
            let ((low, before), (high, after)) = (pair[0], pair[1]);
            let step = 0.5 * (before + after);
            if wanted <= place + step {
                return low + (high - low) * ((wanted - place) / step);
            }
            place += step;
        }
        last.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::forecast_scores;
    use super::*;

    fn members(values: &[f64], weights: &[f64]) -> WeightedMembers {
        WeightedMembers::new(values.iter().copied(), weights).expect("weights above 0")
    }

    #[test]
    fn a_member_of_twice_the_weight_is_two_members_to_score_and_mean() {
        let (twice, two) =
            (members(&[1.0, 4.0], &[2.0, 1.0]), members(&[1.0, 1.0, 4.0], &[1.0; 3]));
        for observed in [0.0, 1.0, 2.5, 6.0] {
            assert!((twice.crps(observed) - two.crps(observed)).abs() < 1e-14);
            assert!((twice.below(observed) - two.below(observed)).abs() < 1e-14);
        }
        assert!((twice.mean() - 2.0).abs() < 1e-14);
    }

    #[test]
    fn members_without_weight_are_no_members() {
        assert_eq!(members(&[1.0, 9.0, 4.0], &[1.0, 0.0, 1.0]), members(&[1.0, 4.0], &[3.0, 3.0]));
        assert_eq!(WeightedMembers::new([1.0], &[0.0]), None);
    }

    #[test]
    fn a_normal_law_scores_as_many_members_of_it_do() {
        let law = Predictive::Normal { mean: 1.0, sd: 0.2 };
        let count = 20_000;
        let values =
            (0..count).map(|i| 1.0 + 0.2 * normal((f64::from(i) + 0.5) / f64::from(count)));
        let same = WeightedMembers::new(values, &vec![1.0; count as usize]).expect("members");
        let same = Predictive::Members(same);
        for observed in [0.5, 0.9, 1.0, 1.2, 1.9] {
            let (one, other) = (law.score(observed), same.score(observed));
            assert!((one.crps - other.crps).abs() < 1e-5 && (one.pit - other.pit).abs() < 1e-4);
            assert_eq!(one.inside, other.inside);
        }
    }

    proptest! {
        #[test]
        fn equal_weights_are_none(values in prop::collection::vec(-5.0..5.0_f64, 1..30), observed in -5.0..5.0_f64, p in 0.0..1.0_f64) {
            let equal = members(&values, &vec![0.3; values.len()]);
            let crps = forecast_scores::crps(&values, observed).unwrap();
            prop_assert!((equal.crps(observed) - crps).abs() < 1e-12);
            let quantile = forecast_scores::quantile(&values, p).unwrap();
            prop_assert!((equal.quantile(p) - quantile).abs() < 1e-9);
        }
    }
}
