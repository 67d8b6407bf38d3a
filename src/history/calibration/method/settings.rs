//! Settings of a calibration.

use serde::{Deserialize, Serialize};

use super::MethodError;

/// Fewest particles.
const FEWEST: u32 = 20;
/// Most particles: the work between generations grows with their square, to minutes.
const MOST: u32 = 20_000;

/// Settings of a calibration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationSettings {
    /// N: points of generation 0. The bias of the method falls as 1/N, see tests/suite/calibration_theory.rs.
    pub particles: u32,
    /// α: share of N that is kept from one generation to the next; 0.5 is the source's advice. With generation 0 alone it is
    /// rejection sampling, of which the posterior is what is kept.
    pub kept_share: f64,
    /// Seed of all draws of the method.
    pub seed: u64,
    /// The calibration ends with a generation of which less than this share is accepted; 0.01 to
    /// 0.05 in the source, 0 for no such end.
    pub minimum_acceptance: f64,
    /// The calibration ends when the tolerance has fallen to this; none for no such end.
    #[serde(default)]
    pub target_tolerance: Option<f64>,
    /// The calibration ends with the generation of this number.
    pub maximum_generations: u32,
}

impl CalibrationSettings {
    /// K, the particles that are kept: α·N, rounded.
    #[must_use]
    pub fn kept(&self) -> u32 {
        let kept = (self.kept_share * f64::from(self.particles) + 0.5) as u32;
        kept.clamp(1, self.particles.saturating_sub(1).max(1))
    }

    /// N − K, the points of every generation but the first.
    #[must_use]
    pub fn fresh(&self) -> u32 {
        self.particles.saturating_sub(self.kept())
    }

    /// Refuses what is not allowed.
    pub(crate) fn check(&self) -> Result<(), MethodError> {
        let wrong = |key, value: String, allowed| Err(MethodError::value(key, value, allowed));
        if !(FEWEST..=MOST).contains(&self.particles) {
            let allowed = format!("must be from {FEWEST} to {MOST}");
            return wrong("particles", self.particles.to_string(), allowed);
        }
        // Without a second generation nothing is proposed around what is kept, which may be little.
        let least = if self.maximum_generations == 0 { 0.01 } else { 0.1 };
        if !(least..=0.9).contains(&self.kept_share) {
            let allowed = format!("must be from {least} to 0.9");
            return wrong("kept_share", self.kept_share.to_string(), allowed);
        }
        if !(0.0..1.0).contains(&self.minimum_acceptance) {
            let allowed = "must be from 0 to below 1".to_owned();
            return wrong("minimum_acceptance", self.minimum_acceptance.to_string(), allowed);
        }
        match self.target_tolerance {
            Some(target) if !(target.is_finite() && target >= 0.0) => {
                let allowed = "must be a finite number, not below 0".to_owned();
                wrong("target_tolerance", target.to_string(), allowed)
            }
            _ => Ok(()),
        }
    }
}
