//! Statistics that know nothing of Bitcoin: intervals of replicates, Sobol' points and indices,
//! elementary effects, weighted particles, inference from counts.

pub mod count_estimates;
pub mod distribution;
pub mod elementary_effects;
pub mod particle_population;
pub mod path_statistics;
pub mod prior_scale;
pub mod rare_entities;
pub mod samples;
pub mod sobol;
pub mod sobol_indices;
pub mod statistic_scale;
