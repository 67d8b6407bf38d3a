//! A factor: a name and the law of its values.

use serde::{Deserialize, Serialize};

use crate::numerics::sampling;

/// Share of a normal law's lowest and highest values that a grid leaves out: its ends are infinite.
const TAIL: f64 = 0.005;

/// Law of a factor's values.
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
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, above 0.
        sd: f64,
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
    /// Value that a share `u` in (0, 1) of the values does not exceed.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        match *self {
            Self::Uniform { low, high } => sampling::uniform(u, low, high),
            Self::LogUniform { low, high } => sampling::loguniform(u, low, high),
            Self::Normal { mean, sd } => mean + sd * sampling::normal(u),
            Self::Triangular { low, mode, high } => sampling::triangular(u, low, mode, high),
            Self::Discrete { count } => {
                f64::from(((u * f64::from(count)) as u32).min(count.saturating_sub(1)))
            }
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
}

/// An input of a model that a design varies.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Name: the column of the design.
    pub name: String,
    /// Law of its values.
    pub distribution: Distribution,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normal_factor_has_the_quantiles_of_the_tables() {
        let normal = Distribution::Normal { mean: 10.0, sd: 2.0 };
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
}
