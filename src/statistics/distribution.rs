//! Laws of a parameter's values: what designs sample from, and what is believed before a calibration.

use serde::{Deserialize, Serialize};

use super::prior_scale::{self, normal_share};
use crate::numerics::sampling;

/// Share of a normal law's lowest and highest values that a grid leaves out: its ends are infinite.
const TAIL: f64 = 0.005;

/// Law of a parameter's values, in the parameter's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "distribution", rename_all = "lowercase")]
pub enum Distribution {
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
    /// Normal, within bounds where there are any.
    Normal {
        /// Mean of the law without bounds.
        mean: f64,
        /// Standard deviation of the law without bounds, above 0.
        sd: f64,
        /// Least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<f64>,
        /// Greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<f64>,
    },
    /// Density rises from `low` to `mode` and falls to `high`, in straight lines.
    Triangular {
        /// Least value.
        low: f64,
        /// Likeliest value.
        mode: f64,
        /// Greatest value.
        high: f64,
    },
    /// One of a list that is kept elsewhere, each equally likely; its value is the place in the list, from 0.
    #[serde(skip)]
    Discrete {
        /// Length of the list, above 0.
        count: u32,
    },
}

impl Distribution {
    /// A normal law without bounds.
    #[must_use]
    pub const fn normal(mean: f64, sd: f64) -> Self {
        Self::Normal { mean, sd, low: None, high: None }
    }

    /// A normal law within bounds.
    #[must_use]
    pub const fn normal_within([mean, sd]: [f64; 2], [low, high]: [f64; 2]) -> Self {
        Self::Normal { mean, sd, low: Some(low), high: Some(high) }
    }

    /// Value that a share `u` in (0, 1) of the values does not exceed.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        match *self {
            Self::Uniform { low, high } => sampling::uniform(u, low, high),
            Self::LogUniform { low, high } => sampling::loguniform(u, low, high),
            Self::Normal { .. } => self.at(sampling::normal(u)),
            Self::Triangular { low, mode, high } => sampling::triangular(u, low, mode, high),
            Self::Discrete { count } => {
                f64::from(((u * f64::from(count)) as u32).min(count.saturating_sub(1)))
            }
        }
    }

    /// Value at a place of the scale on which the law is standard normal; never beyond the bounds.
    #[must_use]
    pub fn at(&self, place: f64) -> f64 {
        match *self {
            Self::Uniform { low, high } => prior_scale::uniform(place, low, high),
            Self::LogUniform { low, high } => prior_scale::loguniform(place, low, high),
            Self::Normal { mean, sd, low: None, high: None } => mean + sd * place,
            Self::Normal { mean, sd, low, high } => {
                let bounds = [low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)];
                prior_scale::truncated_normal(place, [mean, sd], bounds)
            }
            Self::Triangular { .. } | Self::Discrete { .. } => self.quantile(normal_share(place)),
        }
    }

    /// Value at a place in [0, 1] of a grid that ends where the values end; for a normal law, at
    /// its quantiles 0.005 and 0.995.
    #[must_use]
    pub(crate) fn on_grid(&self, place: f64) -> f64 {
        match self {
            Self::Normal { .. } => self.quantile(TAIL + (1.0 - 2.0 * TAIL) * place),
            _ => self.quantile(place),
        }
    }

    /// Least and greatest value, where the law has both and is one of numbers.
    #[must_use]
    pub const fn bounds(&self) -> Option<[f64; 2]> {
        match *self {
            Self::Uniform { low, high }
            | Self::LogUniform { low, high }
            | Self::Triangular { low, high, .. }
            | Self::Normal { low: Some(low), high: Some(high), .. } => Some([low, high]),
            Self::Normal { .. } | Self::Discrete { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normal_factor_has_the_quantiles_of_the_tables() {
        let normal = Distribution::normal(10.0, 2.0);
        assert_eq!(normal.quantile(0.5), 10.0);
        assert!((normal.quantile(0.975) - 13.919_927_969_080_108).abs() < 1e-12);
        // z(0.995) = 2.5758293035489…
        assert!((normal.on_grid(1.0) - (10.0 + 2.0 * 2.575_829_303_548_901)).abs() < 1e-12);
        assert_eq!(normal.on_grid(0.5), 10.0);
    }

    #[test]
    fn a_grid_reaches_the_ends_of_a_bounded_law() {
        let laws = [
            Distribution::Uniform { low: -2.0, high: 3.0 },
            Distribution::Triangular { low: -2.0, mode: 0.0, high: 3.0 },
        ];
        for law in laws {
            assert_eq!([law.on_grid(0.0), law.on_grid(1.0)], [-2.0, 3.0]);
        }
    }

    #[test]
    fn bounds_are_written_only_where_there_are_any() {
        let free = Distribution::normal(1.0, 2.0);
        let within = Distribution::normal_within([1.0, 2.0], [0.0, 4.0]);
        for (law, text) in [
            (free, r#"{"distribution":"normal","mean":1.0,"sd":2.0}"#),
            (within, r#"{"distribution":"normal","mean":1.0,"sd":2.0,"low":0.0,"high":4.0}"#),
        ] {
            assert_eq!(serde_json::to_string(&law).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Distribution>(text).expect("a law"), law);
        }
        assert_eq!((free.bounds(), within.bounds()), (None, Some([0.0, 4.0])));
    }

    #[test]
    fn a_place_on_the_normal_scale_is_the_quantile_of_its_share() {
        let laws = [
            Distribution::Uniform { low: -2.0, high: 3.0 },
            Distribution::LogUniform { low: 0.1, high: 3.0 },
            Distribution::Triangular { low: -2.0, mode: 0.0, high: 3.0 },
            Distribution::normal(10.0, 2.0),
            Distribution::normal_within([1.0, 2.0], [0.0, 4.0]),
        ];
        for law in laws {
            for place in [-2.0, -0.3, 0.0, 1.7] {
                let difference = law.at(place) - law.quantile(normal_share(place));
                assert!(difference.abs() < 1e-9, "{law:?} at {place}");
            }
        }
    }
}
