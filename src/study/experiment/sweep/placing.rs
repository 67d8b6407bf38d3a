//! How the points of a design are placed.

use serde::{Deserialize, Serialize};
use toml::Value;

use crate::study::design::{DesignMethod, DesignRequest, MOST_LEVELS, MOST_SAMPLES};
use crate::study::error::ConfigError;
use crate::study::experiment::entry::TomlEntry;

/// Levels of a Morris grid when none are given.
const LEVELS: i64 = 4;
const METHODS: &str = "list, grid, zip, one-at-a-time, lhs, sobol, saltelli or morris";

/// How points are placed, as the plan keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Placing {
    /// As listed.
    List,
    /// Every combination of the factors' values; the last factor varies fastest.
    Grid,
    /// The first values of all factors, then the second ones, and so on.
    Zip,
    /// The base, then each factor through its values with all others at the base.
    OneAtATime,
    /// A Latin hypercube.
    Lhs {
        /// Points.
        samples: u32,
        /// Seed of the design.
        seed: u64,
    },
    /// A Sobol' sequence.
    Sobol {
        /// Points.
        samples: u32,
        /// Seed of the design.
        seed: u64,
    },
    /// Saltelli's design for Sobol' indices.
    Saltelli {
        /// Base points.
        samples: u32,
        /// Seed of the design.
        seed: u64,
    },
    /// Morris trajectories.
    Morris {
        /// Trajectories.
        samples: u32,
        /// Seed of the design.
        seed: u64,
        /// Levels of the grid.
        levels: u32,
    },
}

impl Placing {
    /// Reads `method` and what belongs to it.
    ///
    /// # Errors
    /// If the method is unknown or lacks its samples, or a key belongs to another method.
    pub fn read(entry: &TomlEntry) -> Result<Self, ConfigError> {
        let method = entry.required_text("method")?;
        let samples = entry.whole("samples", 1, i64::from(MOST_SAMPLES))?;
        let needed = || samples.map(|n| n as u32).ok_or_else(|| entry.missing("samples"));
        let given_seed = entry.whole("seed", 0, i64::MAX)?;
        let seed = given_seed.unwrap_or(1).unsigned_abs();
        let given_levels = entry.whole("levels", 2, i64::from(MOST_LEVELS))?;
        let levels = given_levels.unwrap_or(LEVELS) as u32;
        let placing = match method {
            "list" => Self::List,
            "grid" => Self::Grid,
            "zip" => Self::Zip,
            "one-at-a-time" => Self::OneAtATime,
            "lhs" => Self::Lhs { samples: needed()?, seed },
            "sobol" => Self::Sobol { samples: needed()?, seed },
            "saltelli" => Self::Saltelli { samples: needed()?, seed },
            "morris" => Self::Morris { samples: needed()?, seed, levels },
            other => {
                let value = Value::String(other.to_owned());
                return Err(entry.refuse("method", &value, format!("must be {METHODS}")));
            }
        };
        let sampled = placing.sampled().is_some();
        let is_morris = matches!(placing, Self::Morris { .. });
        for (key, wanted) in [
            ("samples", sampled),
            ("seed", sampled),
            ("levels", is_morris),
            ("points", placing == Self::List),
        ] {
            if let (Some(value), false) = (entry.table.get(key), wanted) {
                return Err(entry.refuse(key, value, format!("method {method} has no {key}")));
            }
        }
        Ok(placing)
    }

    /// Name of the method.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Grid => "grid",
            Self::Zip => "zip",
            Self::OneAtATime => "one-at-a-time",
            Self::Lhs { .. } => "lhs",
            Self::Sobol { .. } => "sobol",
            Self::Saltelli { .. } => "saltelli",
            Self::Morris { .. } => "morris",
        }
    }

    /// Whether the method goes through the values of its factors.
    #[must_use]
    pub(crate) const fn is_crossed(&self) -> bool {
        matches!(self, Self::Grid | Self::Zip | Self::OneAtATime)
    }

    /// The method that samples the unit cube, if it is one.
    pub(crate) const fn sampled(&self) -> Option<DesignRequest> {
        let (method, samples, seed) = match *self {
            Self::Lhs { samples, seed } => (DesignMethod::LatinHypercube, samples, seed),
            Self::Sobol { samples, seed } => (DesignMethod::Sobol, samples, seed),
            Self::Saltelli { samples, seed } => (DesignMethod::Saltelli, samples, seed),
            Self::Morris { samples, seed, levels } => {
                (DesignMethod::Morris { levels }, samples, seed)
            }
            _ => return None,
        };
        Some(DesignRequest { method, samples, seed })
    }
}
