//! History matching: ordinary paths that began some epochs before the origin count by how well they kept to what was
//! measured since then.
//!
//! Nothing after the origin is looked at. Nothing is cloned or run again: a weight is a number for a whole path.

use crate::numerics::bracketed_root::Bracket;

/// How paths are matched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchingSpec {
    /// Effective number of paths that weights leave, over all paths; from above 0 to 1, where all count the same.
    pub effective_share: f64,
    /// How often the last epoch counts.
    pub last_counts: f64,
    /// Part of a path's last residual that its forecast carries on; it decays as uptime does.
    pub residual_carried: f64,
}

/// Weights of the paths of one origin.
#[derive(Clone, Debug, PartialEq)]
pub struct PathWeights {
    /// A weight a path; they add up to 1.
    pub weights: Vec<f64>,
    /// Effective number of paths, 1/Σw².
    pub effective: f64,
}

/// Misfit of a path, Σr² over its residuals r (measured less simulated log hash rate), the last counted `last_counts`
/// times.
#[must_use]
pub fn misfit(residuals: &[f64], last_counts: f64) -> f64 {
    let square = |r: &f64| r * r;
    let all: f64 = residuals.iter().map(square).sum();
    all + residuals.last().map_or(0.0, |last| (last_counts - 1.0) * square(last))
}

/// Steps of the search for γ, and how far the effective number may miss what is wanted, in paths: numerical bounds.
const STEPS: u32 = 200;
const TOLERANCE: f64 = 1e-9;
/// Largest γ·(misfit − least misfit) that is tried: beyond it a weight is 0 in floating point.
const LARGEST_EXPONENT: f64 = 700.0;

impl PathWeights {
    /// Equal weights.
    #[must_use]
    pub fn equal(paths: usize) -> Self {
        Self { weights: vec![1.0 / paths as f64; paths], effective: paths as f64 }
    }

    /// w ∝ exp(−γ·misfit), γ ≥ 0 so that 1/Σw² is `share` of the number of paths, at least one; or as near as it comes
    /// where several paths are the best alike. Misfits are finite.
    #[must_use]
    pub fn from_misfits(misfits: &[f64], share: f64) -> Self {
        let paths = misfits.len() as f64;
        let least = misfits.iter().copied().fold(f64::INFINITY, f64::min);
        let worst = misfits.iter().copied().fold(0.0, f64::max) - least;
        if worst <= 0.0 || share >= 1.0 {
            return Self::equal(misfits.len());
        }
        let of = |gamma: f64| Self::with_gamma(misfits, least, gamma);
        let wanted = (share * paths).max(1.0);
        // The least gap decides how large γ may have to be: it is doubled until few enough are left.
        let mut high = 1.0 / worst;
        while of(high).effective > wanted && high < LARGEST_EXPONENT / f64::MIN_POSITIVE.sqrt() {
            high *= 2.0;
        }
        let bracket = Bracket { low: 0.0, high };
        let found = bracket.narrow(TOLERANCE, STEPS, |gamma| wanted - of(gamma).effective);
        of(found.high)
    }

    fn with_gamma(misfits: &[f64], least: f64, gamma: f64) -> Self {
        let raw: Vec<f64> = misfits
            .iter()
            .map(|misfit| libm::exp(-(gamma * (misfit - least)).min(LARGEST_EXPONENT)))
            .collect();
        let total: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.into_iter().map(|weight| weight / total).collect();
        let effective = 1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>();
        Self { weights, effective }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::sampling::normal;
    use crate::random::{Draws, Stream};

    #[test]
    fn the_last_epoch_counts_as_often_as_it_is_told() {
        assert_eq!(misfit(&[1.0, 2.0, 3.0], 5.0), 1.0 + 4.0 + 45.0);
        assert_eq!(misfit(&[], 5.0), 0.0);
    }

    #[test]
    fn weights_leave_the_share_that_is_asked_for_and_the_best_weighs_most() {
        let misfits: Vec<f64> = (0..500).map(|path| 0.1 + 0.003 * f64::from(path)).collect();
        let found = PathWeights::from_misfits(&misfits, 0.05);
        assert!((found.effective - 25.0).abs() < 1e-6, "{}", found.effective);
        assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(found.weights.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn paths_alike_weigh_alike_and_ties_do_not_hang() {
        assert_eq!(PathWeights::from_misfits(&[0.4; 8], 0.05), PathWeights::equal(8));
        let tied = PathWeights::from_misfits(&[0.1, 0.1, 0.1, 0.1, 9.0, 9.0], 0.2);
        assert!((tied.effective - 4.0).abs() < 1e-6, "{tied:?}");
        assert_eq!(PathWeights::from_misfits(&[0.1, 0.9], 1.0), PathWeights::equal(2));
    }

    /// A linear Gaussian toy: a path is a level x ~ N(0, 1) measured twice with noise of variance s². With γ = 1/(2s²) weights
    /// are likelihoods, and the weighted mean and variance are those of the exact (Kalman) update: precision 1 + 2/s².
    #[test]
    fn weights_at_the_likelihood_s_gamma_give_the_exact_posterior_of_a_gaussian_toy() {
        let draws = Draws::new(11, 0);
        let paths = 40_000;
        let levels: Vec<f64> =
            (0..paths).map(|path| normal(draws.uniform(Stream::Analysis, path, 0, 0))).collect();
        let (measured, noise) = ([0.9, 0.5], 0.4_f64);
        let of = |x: &f64| measured.map(|y| y - x);
        let misfits: Vec<f64> = levels.iter().map(|x| misfit(&of(x), 1.0)).collect();
        let least = misfits.iter().copied().fold(f64::INFINITY, f64::min);
        let found = PathWeights::with_gamma(&misfits, least, 0.5 / (noise * noise));
        let mean: f64 = found.weights.iter().zip(&levels).map(|(w, x)| w * x).sum();
        let square: f64 = found.weights.iter().zip(&levels).map(|(w, x)| w * x * x).sum();
        let precision = 1.0 + 2.0 / (noise * noise);
        let exact = (0.9 + 0.5) / (noise * noise) / precision;
        assert!((mean - exact).abs() < 0.01, "{mean} {exact}");
        assert!((square - mean * mean - 1.0 / precision).abs() < 0.005);
    }
}
