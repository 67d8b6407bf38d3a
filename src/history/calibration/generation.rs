//! A generation of points as an experiment: a scenario a window, a replicate a point.

use std::iter::repeat_n;

use super::CalibrationSpec;
use super::method::Proposal;
use crate::history::hindcast::{Hindcast, scenarios};
use crate::study::experiment::plausible::OutOfRange;
use crate::study::experiment::{Experiment, ParameterSets};

/// The runs of a generation.
///
/// Every point is a replicate of its own, or as many in a row as the spec asks for paths, so that its noise is independent of
/// the others', and every generation has its own seed.
///
/// # Panics
/// Without windows, which a [`CalibrationSpec`] has.
#[must_use]
pub fn experiment(
    spec: &CalibrationSpec,
    windows: &[Hindcast],
    generation: u32,
    points: &[Proposal],
) -> Experiment {
    let paths = spec.paths() as usize;
    let keys = spec.method.priors().iter().map(|prior| prior.key.clone()).collect();
    Experiment {
        name: format!("{}-{generation:02}", spec.name),
        title: format!("{}, generation {generation}", spec.title),
        replicates: points.len() as u32 * spec.paths(),
        stopping: None,
        seed: spec.method.settings().seed.wrapping_add(u64::from(generation) + 1),
        base: windows[0].experiment.base.clone(),
        parameter_sets: Some(ParameterSets {
            keys,
            sets: points
                .iter()
                .flat_map(|proposal| repeat_n(&proposal.point, paths).cloned())
                .collect(),
        }),
        scenarios: scenarios(windows),
        designs: Vec::new(),
        contrasts: Vec::new(),
        // Priors may well span more than what is plausible now; the windows' own values may not.
        warnings: warnings(windows),
    }
}

/// What lies outside its plausible range in the windows' files, each key once.
#[must_use]
pub fn warnings(windows: &[Hindcast]) -> Vec<OutOfRange> {
    let mut found: Vec<OutOfRange> = Vec::new();
    for warning in windows.iter().flat_map(|window| &window.experiment.warnings) {
        if !found.iter().any(|earlier| earlier.key == warning.key) {
            found.push(warning.clone());
        }
    }
    found
}
