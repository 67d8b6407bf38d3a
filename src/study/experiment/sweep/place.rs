//! Where the points of a design lie.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::Point;
use super::factor::SweptFactor;
use crate::study::design::{
    self, DesignError, Factor, FactorFile, MOST_LEVELS, MOST_SAMPLES, MOST_VALUES, Method, Request,
};
use crate::study::error::ConfigError;
use crate::study::experiment::entry::Entry;

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
    pub fn read(entry: &Entry) -> Result<Self, ConfigError> {
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
    pub const fn is_crossed(&self) -> bool {
        matches!(self, Self::Grid | Self::Zip | Self::OneAtATime)
    }

    /// The method that samples the unit cube, if it is one.
    const fn sampled(&self) -> Option<Request> {
        let (method, samples, seed) = match *self {
            Self::Lhs { samples, seed } => (Method::LatinHypercube, samples, seed),
            Self::Sobol { samples, seed } => (Method::Sobol, samples, seed),
            Self::Saltelli { samples, seed } => (Method::Saltelli, samples, seed),
            Self::Morris { samples, seed, levels } => (Method::Morris { levels }, samples, seed),
            _ => return None,
        };
        Some(Request { method, samples, seed })
    }

    /// The points of a design with these factors.
    ///
    /// # Errors
    /// If there would be too many, or the factors of a zip differ in length.
    pub fn points(
        &self,
        entry: &Entry,
        factors: &[SweptFactor],
    ) -> Result<Vec<Point>, ConfigError> {
        match self.sampled() {
            Some(request) => sampled(entry, factors, &request),
            None => crossed(self, entry, factors),
        }
    }
}

fn sampled(
    entry: &Entry,
    factors: &[SweptFactor],
    request: &Request,
) -> Result<Vec<Point>, ConfigError> {
    let factor = |swept: &SweptFactor| Factor {
        name: swept.key.clone(),
        distribution: swept.law.distribution(),
    };
    let name = format!("{}, {}", entry.file, entry.place);
    let file = FactorFile { name: name.clone(), factors: factors.iter().map(factor).collect() };
    let design = design::Design::new(&file, request).map_err(|error| match error {
        DesignError::Levels { levels, .. } => {
            let value = Value::Integer(i64::from(levels));
            entry.refuse("levels", &value, "must be an even whole number")
        }
        other => ConfigError::file(&name, other.to_string().replace("--", "")),
    })?;
    let point = |(block, numbers): (design::Block, &[f64])| {
        let cells = factors.iter().zip(numbers);
        let set = cells.map(|(factor, number)| (factor.key.clone(), factor.value(*number)));
        Point { block: block.to_string(), set: set.collect() }
    };
    Ok(design.rows().map(point).collect())
}

fn crossed(
    placing: &Placing,
    entry: &Entry,
    factors: &[SweptFactor],
) -> Result<Vec<Point>, ConfigError> {
    let values: Vec<Vec<Value>> = factors.iter().map(SweptFactor::values).collect();
    let lengths: Vec<u64> = values.iter().map(|list| list.len() as u64).collect();
    let count = match placing {
        Placing::Grid => lengths.iter().try_fold(1_u64, |all, length| all.checked_mul(*length)),
        Placing::Zip => Some(lengths[0]),
        _ => Some(1 + lengths.iter().sum::<u64>()),
    };
    let fits = count.filter(|count| {
        count.checked_mul(factors.len() as u64).is_some_and(|values| values <= MOST_VALUES)
    });
    let Some(count) = fits else {
        let problem = format!("{}: has more than {MOST_VALUES} values", entry.place);
        return Err(ConfigError::file(entry.file, problem));
    };
    if *placing == Placing::Zip && lengths.iter().any(|length| *length != lengths[0]) {
        let lengths: Vec<_> = lengths.iter().map(u64::to_string).collect();
        let problem = format!(
            "{}: the factors of a zip need equally many values, these have {}",
            entry.place,
            lengths.join(", ")
        );
        return Err(ConfigError::file(entry.file, problem));
    }
    let set = |number: u64| -> Table {
        let keyed = factors.iter().map(|factor| factor.key.clone());
        match placing {
            Placing::Grid => keyed.zip(combination(&values, number)).collect(),
            Placing::Zip => {
                keyed.zip(values.iter().map(|list| list[number as usize].clone())).collect()
            }
            _ => keyed
                .zip(&values)
                .zip(starts(&lengths))
                .filter_map(|((key, list), start)| {
                    let place = number.checked_sub(start)?;
                    list.get(usize::try_from(place).ok()?).map(|value| (key, value.clone()))
                })
                .collect(),
        }
    };
    Ok((0..count).map(|number| Point { block: "A".to_owned(), set: set(number) }).collect())
}

/// The values of a point of a grid; the last factor varies fastest.
fn combination(values: &[Vec<Value>], mut number: u64) -> Vec<Value> {
    let mut chosen: Vec<Value> = Vec::with_capacity(values.len());
    for list in values.iter().rev() {
        let length = list.len() as u64;
        chosen.push(list[(number % length) as usize].clone());
        number /= length;
    }
    chosen.reverse();
    chosen
}

/// Number of the first point that moves each factor, the base being point 0.
fn starts(lengths: &[u64]) -> impl Iterator<Item = u64> {
    lengths.iter().scan(1, |next, length| {
        let start = *next;
        *next += length;
        Some(start)
    })
}
