//! What a loss of hash rate does to the length of epochs and to difficulty, without luck.

use super::difficulty::{BLOCKS_PER_EPOCH, LARGEST_STEP, TARGET_INTERVAL_S};
use crate::units::Seconds;

/// Scheduled length of an epoch: fourteen days.
const SCHEDULED: Seconds = Seconds(BLOCKS_PER_EPOCH as f64 * TARGET_INTERVAL_S);

/// A loss of hash rate and how what remains reacts to difficulty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HashRateLoss {
    /// Share of the hash rate lost, below 1; negative for a gain.
    pub share: f64,
    /// Fraction of the epoch's blocks found before, in [0, 1].
    pub at: f64,
    /// Elasticity ε of the remaining supply `H = c·(R/D)^ε`; zero for none.
    pub elasticity: f64,
}

/// One epoch of the response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochResponse {
    /// How long its blocks take.
    pub duration: Seconds,
    /// Relative change of difficulty at its end.
    pub change: f64,
}

/// The epochs that follow a loss of hash rate, in expectation (blocks come at their mean interval).
///
/// The first takes `14 d·(f + (1 − f)/(1 − x))` for a loss of share `x` at fraction `f`. Later ones
/// take `14 d·D/(D₀·h)` with hash rate `h = (1 − x)·(D₀/D)^ε` relative to the start; each retarget
/// multiplies difficulty by 14 d over the duration, by 4 or 1/4 at most. Half the hash rate lost at
/// an epoch's start gives 28 days, −50 %, then 14 days. Empty for a share or fraction out of range.
#[must_use]
pub fn difficulty_response(loss: HashRateLoss, epochs: usize) -> Vec<EpochResponse> {
    let HashRateLoss { share, at, elasticity } = loss;
    if !(share < 1.0 && share.is_finite() && (0.0..=1.0).contains(&at)) {
        return Vec::new();
    }
    let remaining = 1.0 - share;
    let first = at + (1.0 - at) / remaining;
    let step = LARGEST_STEP as f64;
    let mut difficulty = 1.0;
    (0..epochs)
        .map(|epoch| {
            let supply = remaining * libm::pow(difficulty, -elasticity);
            let length = if epoch == 0 { first } else { difficulty / supply };
            let factor = (1.0 / length).clamp(1.0 / step, step);
            difficulty *= factor;
            EpochResponse { duration: SCHEDULED * length, change: factor - 1.0 }
        })
        .collect()
}

/// Log deviation of difficulty from its equilibrium one epoch on, `w′ = −ε·w`, for a supply
/// `H = c·(R/D)^ε`: each retarget sets difficulty to the hash rate that the old difficulty called
/// forth. Oscillates and dies out for ε < 1, grows for ε > 1.
#[must_use]
pub fn next_log_deviation(elasticity: f64, deviation: f64) -> f64 {
    -elasticity * deviation
}

/// Log deviation of the old difficulty from its new equilibrium after a loss of share `x`:
/// equilibrium has `D = H`, so `ln D* = ln(1 − x)/(1 + ε)` and `w₀ = −ln D*`.
#[cfg(test)]
fn log_deviation_after_loss(share: f64, elasticity: f64) -> f64 {
    -libm::log1p(-share) / (1.0 + elasticity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(share: f64, at: f64, elasticity: f64, epochs: usize) -> Vec<(f64, f64)> {
        difficulty_response(HashRateLoss { share, at, elasticity }, epochs)
            .iter()
            .map(|epoch| (epoch.duration.days(), epoch.change))
            .collect()
    }

    fn assert_close(actual: &[(f64, f64)], expected: &[(f64, f64)]) {
        assert_eq!(actual.len(), expected.len());
        for (a, e) in actual.iter().zip(expected) {
            assert!((a.0 - e.0).abs() < 1e-9 && (a.1 - e.1).abs() < 1e-9, "{a:?} against {e:?}");
        }
    }

    #[test]
    fn half_lost_at_the_start_gives_28_days_then_minus_half_then_14_days() {
        assert_close(&respond(0.5, 0.0, 0.0, 3), &[(28.0, -0.5), (14.0, 0.0), (14.0, 0.0)]);
    }

    #[test]
    fn half_lost_midway_takes_two_retargets() {
        let expected = [(21.0, -1.0 / 3.0), (56.0 / 3.0, -0.25), (14.0, 0.0)];
        assert_close(&respond(0.5, 0.5, 0.0, 3), &expected);
    }

    #[test]
    fn hash_rate_doubled_midway_is_met_after_two_retargets() {
        let expected = [(10.5, 1.0 / 3.0), (28.0 / 3.0, 0.5), (14.0, 0.0)];
        assert_close(&respond(-1.0, 0.5, 0.0, 3), &expected);
    }

    #[test]
    fn nine_tenths_lost_meets_the_clamp() {
        let expected = [(140.0, -0.75), (35.0, -0.6), (14.0, 0.0)];
        assert_close(&respond(0.9, 0.0, 0.0, 3), &expected);
    }

    #[test]
    fn elastic_supply_returns_in_halving_swings() {
        let swings: Vec<f64> =
            std::iter::successors(Some(-0.5), |w| Some(next_log_deviation(0.5, *w)))
                .take(4)
                .collect();
        assert_eq!(swings, [-0.5, 0.25, -0.125, 0.0625]);
    }

    #[test]
    fn the_response_follows_the_law_of_log_deviations() {
        let (share, elasticity) = (0.3, 0.5);
        let mut deviation = log_deviation_after_loss(share, elasticity);
        for (days, change) in respond(share, 0.0, elasticity, 6) {
            let next = next_log_deviation(elasticity, deviation);
            assert!((libm::log1p(change) - (next - deviation)).abs() < 1e-12);
            assert!((libm::log(days / 14.0) + (next - deviation)).abs() < 1e-12);
            deviation = next;
        }
    }

    #[test]
    fn a_loss_out_of_range_has_no_response() {
        for (share, at) in [(1.0, 0.0), (f64::NEG_INFINITY, 0.0), (f64::NAN, 0.0), (0.5, 1.5)] {
            assert!(respond(share, at, 0.0, 2).is_empty());
        }
    }
}
