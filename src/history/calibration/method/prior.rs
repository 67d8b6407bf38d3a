//! What is believed of a parameter before the model is compared with anything.

use serde::{Deserialize, Serialize};

use super::MethodError;
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
    pub law: PriorLaw,
}

/// Law of a parameter's values, in the parameter's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "distribution", rename_all = "lowercase")]
pub enum PriorLaw {
    /// Equally likely from `low` to `high`.
    Uniform {
        /// Least value.
        low: f64,
        /// Greatest value.
        high: f64,
    },
    /// Its logarithm is equally likely from that of `low` to that of `high`.
    LogUniform {
        /// Least value, above 0.
        low: f64,
        /// Greatest value.
        high: f64,
    },
    /// Normal, within bounds.
    Normal {
        /// Mean of the law without bounds.
        mean: f64,
        /// Standard deviation of the law without bounds, above 0.
        sd: f64,
        /// Least value.
        low: f64,
        /// Greatest value.
        high: f64,
    },
}

impl PriorLaw {
    /// Value at a place of the scale on which the law is standard normal; never beyond the bounds.
    #[must_use]
    pub fn value(&self, place: f64) -> f64 {
        match *self {
            Self::Uniform { low, high } => prior_scale::uniform(place, low, high),
            Self::LogUniform { low, high } => prior_scale::loguniform(place, low, high),
            Self::Normal { mean, sd, low, high } => {
                prior_scale::truncated_normal(place, [mean, sd], [low, high])
            }
        }
    }

    /// Least and greatest value.
    #[must_use]
    pub const fn bounds(&self) -> [f64; 2] {
        match *self {
            Self::Uniform { low, high }
            | Self::LogUniform { low, high }
            | Self::Normal { low, high, .. } => [low, high],
        }
    }

    /// Refuses numbers that make no law.
    fn check(&self, key: &str) -> Result<(), MethodError> {
        let [low, high] = self.bounds();
        let wrong = |what: &str, value: f64, allowed| {
            Err(MethodError::value(&format!("{key}: {what}"), value, allowed))
        };
        if !low.is_finite() {
            return wrong("low", low, "must be a finite number");
        }
        if !(high.is_finite() && high > low && (high - low).is_finite()) {
            return wrong("high", high, "must be a finite number above low");
        }
        match *self {
            Self::LogUniform { .. } if low <= 0.0 => wrong("low", low, "must be above 0"),
            Self::Normal { mean, .. } if !mean.is_finite() => {
                wrong("mean", mean, "must be a finite number")
            }
            Self::Normal { sd, .. } if !(sd.is_finite() && sd > 0.0) => {
                wrong("sd", sd, "must be a finite number above 0")
            }
            Self::Normal { mean, sd, .. }
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
        prior.law.check(&prior.key)?;
        if priors[..number].iter().any(|other| other.key == prior.key) {
            return Err(MethodError::value("prior", &prior.key, "the parameter has one already"));
        }
    }
    Ok(())
}
