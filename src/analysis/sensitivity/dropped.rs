//! Base rows and trajectories that are left out because a point of theirs failed.

use super::SensitivityMethod;
use crate::analysis::points::{DesignTable, Outputs, PointsError};

/// Base rows or trajectories that were left out of all blocks, because a point of theirs failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// How many were left out.
    pub count: usize,
    /// How many there were.
    pub of: usize,
    /// Rows of the points that are missing or failed.
    pub rows: Vec<u64>,
}

/// Points that were analysed.
pub(crate) fn points_left(
    design: &DesignTable,
    dropped: Option<&Dropped>,
    method: SensitivityMethod,
) -> usize {
    let factors = design.factors.len();
    let width = if method == SensitivityMethod::Sobol { factors + 2 } else { factors + 1 };
    design.points.len() - dropped.map_or(0, |dropped| width * dropped.count)
}

/// Leaves out the base rows, `width` places each, of which a point failed.
pub(crate) fn drop_failed(
    design: &DesignTable,
    outputs: &Outputs,
    places: &mut Vec<usize>,
) -> Result<Option<Dropped>, PointsError> {
    let width = design.factors.len() + 2;
    let of = places.len() / width;
    let stands = |row: &&[usize]| row.iter().all(|place| outputs.stands(*place));
    *places = places.chunks_exact(width).filter(stands).flatten().copied().collect();
    finish(SensitivityMethod::Sobol, design, outputs, of, places.len() / width)
}

/// What was left out, unless too little stays.
pub(super) fn finish(
    method: SensitivityMethod,
    design: &DesignTable,
    outputs: &Outputs,
    of: usize,
    kept: usize,
) -> Result<Option<Dropped>, PointsError> {
    let places = (0..design.points.len()).filter(|place| !outputs.stands(*place));
    let rows: Vec<u64> = places.map(|place| design.points[place].row).collect();
    if kept < method.fewest() {
        return Err(outputs.refused(format!(
            "of {of} {} only {kept} have no failed point; at least {} are needed",
            method.rows(),
            method.fewest()
        )));
    }
    Ok((kept < of).then_some(Dropped { count: of - kept, of, rows }))
}
