//! Statistics that know nothing of Bitcoin: intervals of replicates, Sobol' points and indices,
//! elementary effects, weighted particles, inference from counts.

pub(crate) mod count_estimates;
pub mod distribution;
pub(crate) mod elementary_effects;
pub(crate) mod event_scores;
pub mod forecast_comparison;
pub(crate) mod particle_population;
pub(crate) mod path_statistics;
pub(crate) mod prior_scale;
pub(crate) mod rare_entities;
pub mod samples;
pub mod sobol;
pub(crate) mod sobol_indices;
pub mod variance_parts;
