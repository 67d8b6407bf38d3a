//! What is believed of a parameter before the model is compared with anything.

use serde::{Deserialize, Serialize};

use super::MethodError;
use crate::statistics::distribution::Distribution;
use crate::statistics::prior_scale;

/// Most parameters: their draws are numbered, and no calibration is of so many.
const MOST: usize = 100;
/// Least share of a normal law between its bounds.
const LEAST_SHARE: f64 = 1e-100;

/// A parameter and its prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Dotted key of the parameter.
    pub key: String,
    /// Law of its values.
    #[serde(flatten)]
    pub law: Distribution,
}

impl Prior {
    /// Least and greatest value; a prior without them is refused before anything is drawn of it.
    #[must_use]
    pub fn bounds(&self) -> [f64; 2] {
        self.law.bounds().unwrap_or([f64::NEG_INFINITY, f64::INFINITY])
    }

    /// Refuses numbers that make no law within bounds.
    fn check(&self) -> Result<(), MethodError> {
        let [low, high] = self.bounds();
        let wrong = |what: &str, value: f64, allowed| {
            Err(MethodError::value(&format!("{}: {what}", self.key), value, allowed))
        };
        if !low.is_finite() {
            return wrong("low", low, "must be a finite number");
        }
        if !(high.is_finite() && high > low && (high - low).is_finite()) {
            return wrong("high", high, "must be a finite number above low");
        }
        match self.law {
            Distribution::LogUniform { .. } if low <= 0.0 => wrong("low", low, "must be above 0"),
            Distribution::Triangular { mode, .. } if !(low..=high).contains(&mode) => {
                wrong("mode", mode, "must be from low to high")
            }
            Distribution::Normal { mean, .. } if !mean.is_finite() => {
                wrong("mean", mean, "must be a finite number")
            }
            Distribution::Normal { sd, .. } if !(sd.is_finite() && sd > 0.0) => {
                wrong("sd", sd, "must be a finite number above 0")
            }
            Distribution::Normal { mean, sd, .. }
                if prior_scale::share_within([mean, sd], [low, high]) < LEAST_SHARE =>
            {
                wrong("mean", mean, "must be nearer to low and high, in units of sd")
            }
            _ => Ok(()),
        }
    }
}

/// Refuses priors that are no laws, or two of one parameter.
pub(crate) fn check(priors: &[Prior]) -> Result<(), MethodError> {
    if !(1..=MOST).contains(&priors.len()) {
        let allowed = format!("there must be from 1 to {MOST}");
        return Err(MethodError::value("priors", priors.len(), allowed));
    }
    for (number, prior) in priors.iter().enumerate() {
        prior.check()?;
        if priors[..number].iter().any(|other| other.key == prior.key) {
            return Err(MethodError::value("prior", &prior.key, "the parameter has one already"));
        }
    }
    Ok(())
}
