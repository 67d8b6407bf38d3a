//! What can be wrong with a calibration.

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
    pub(super) fn value(key: &str, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self::Value { key: key.to_owned(), value: value.to_string(), allowed: allowed.into() }
    }
}

/// Refuses outcomes that are not as many as the points.
pub(super) const fn check_count(points: usize, distances: &[f64]) -> Result<(), MethodError> {
    if points == distances.len() {
        return Ok(());
    }
    Err(MethodError::Count { points, given: distances.len() })
}
