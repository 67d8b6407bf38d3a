//! What the figure of a box shows, as one table.

use super::export::limit_cells;
use crate::analysis::discovery::{Discovery, Found, PeelStep};
use crate::report::source::{Cell, FigureData};

/// What is known of a step of the peeling and of the box.
const STEP: [&str; 8] =
    ["part", "step", "points", "cases", "coverage", "density", "mass", "factors_cut"];
/// What is known of a limit of the box.
const LIMIT: [&str; 7] =
    ["factor", "low", "low_quasi_p", "high", "high_quasi_p", "values", "values_quasi_p"];

/// A line for each step of the trajectory, one for the box, and one for each factor that it cuts.
#[must_use]
pub(crate) fn figure_csv(found: &Discovery, one: &Found) -> String {
    let mut source = FigureData::new(STEP.into_iter().chain(LIMIT));
    let empty = |count: usize| (0..count).map(|_| Cell::from(""));
    let step = |part: &str, number: Cell, step: &PeelStep| {
        [
            part.into(),
            number,
            Cell::from(step.points.to_string()),
            Cell::from(step.cases.to_string()),
            found.coverage(step.cases).into(),
            step.density().into(),
            found.mass(step.points).into(),
            step.restricted().into(),
        ]
    };
    for (number, at) in one.trajectory.iter().enumerate() {
        source.row(step("trajectory", number.into(), at).into_iter().chain(empty(LIMIT.len())));
    }
    let last = step("box", one.chosen.into(), &one.last);
    source.row(last.into_iter().chain(empty(LIMIT.len())));
    for (factor, sampled, limits) in found.cut_factors(one) {
        let cells = limit_cells(one, factor, sampled, limits).map(Cell::from);
        let before = [Cell::from("limit")].into_iter().chain(empty(STEP.len() - 1));
        let name = [sampled.name.as_str().into()];
        source.row(before.chain(name).chain(cells));
    }
    source.text
}
