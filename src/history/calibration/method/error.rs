//! What can be wrong with a calibration.

use super::{Particle, Population};

/// Why a calibration cannot start or go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// A prior or a setting that is not allowed.
    #[error("{key} = {value}: {allowed}")]
    Value {
        /// The parameter of a prior, or the name of a setting.
        key: String,
        /// The value as given.
        value: String,
        /// What would be allowed.
        allowed: String,
    },
    /// Outcomes that do not belong to the points.
    #[error("{given} distances were given for {points} points; one for each is needed")]
    Count {
        /// Points of the generation.
        points: usize,
        /// Distances given.
        given: usize,
    },
    /// A population that is not the next of those before it.
    #[error("population {given} stands where that of generation {needed} is needed")]
    History {
        /// Generation of the population given.
        given: u32,
        /// Generation that is needed.
        needed: u32,
    },
    /// A population without particles, or with particles of other parameters.
    #[error("the population of generation {generation} does not hold {parameters} parameters")]
    Shape {
        /// Its generation.
        generation: u32,
        /// Parameters that have priors.
        parameters: usize,
    },
    /// Nothing comes after the last generation.
    #[error("the calibration is finished with generation {generation}")]
    Finished {
        /// The last generation.
        generation: u32,
    },
    /// Too few runs to go on from.
    #[error(
        "only {came_through} of the {of} runs of generation 0 came through; at least {needed} are \
         needed: see why the others failed, or narrow the priors"
    )]
    Failed {
        /// Runs with a finite distance.
        came_through: usize,
        /// Runs.
        of: usize,
        /// Fewest that are enough.
        needed: usize,
    },
    /// Statistics of a run, or observed ones, that are not as many as they should be.
    #[error("{given} statistics where {needed} are observed")]
    Statistics {
        /// Statistics given.
        given: usize,
        /// Statistics observed.
        needed: usize,
    },
}

impl MethodError {
    /// A [`MethodError::Value`].
    pub(crate) fn value(key: &str, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self::Value { key: key.to_owned(), value: value.to_string(), allowed: allowed.into() }
    }
}

/// Refuses populations that are not all so far in order, or not of as many parameters.
pub(crate) fn check_history(history: &[Population], parameters: usize) -> Result<(), MethodError> {
    let complete = |particle: &Particle| {
        [&particle.place, &particle.point].iter().all(|list| list.len() == parameters)
    };
    for (needed, population) in (0..).zip(history) {
        let (given, particles) = (population.generation, &population.particles);
        if given != needed {
            return Err(MethodError::History { given, needed });
        }
        if particles.is_empty() || !particles.iter().all(complete) {
            return Err(MethodError::Shape { generation: given, parameters });
        }
    }
    let before_last = history.split_last().map_or(&[][..], |(_, before)| before);
    before_last.iter().try_for_each(check_unfinished)
}

/// Refuses a population after which there is none.
fn check_unfinished(population: &Population) -> Result<(), MethodError> {
    match population.finished {
        None => Ok(()),
        Some(_) => Err(MethodError::Finished { generation: population.generation }),
    }
}

/// Refuses outcomes that are not as many as the points, and any after the last generation.
pub(crate) fn check_outcomes(
    points: usize,
    distances: &[f64],
    history: &[Population],
) -> Result<(), MethodError> {
    history.last().map_or(Ok(()), check_unfinished)?;
    if points == distances.len() {
        return Ok(());
    }
    Err(MethodError::Count { points, given: distances.len() })
}
