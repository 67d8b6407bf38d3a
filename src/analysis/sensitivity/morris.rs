//! Morris designs: trajectories along which one factor moves at a time, and their effects.

use std::collections::BTreeMap;

use super::SensitivityMethod;
use super::dropped::{Dropped, finish};
use crate::analysis::points::{DesignTable, Outputs, PointsError};
use crate::statistics::elementary_effects::elementary_effect;

/// Fewer trajectories than this say nothing.
pub(super) const FEWEST: usize = 4;
/// Steps that differ by less than this share are of equal length.
const ROUNDING: f64 = 1e-9;

/// A move of one factor between two points of the design.
#[derive(Clone, Copy, Debug)]
struct Move {
    from: usize,
    to: usize,
}

/// The moves of a Morris design.
#[derive(Debug)]
pub(crate) struct Trajectories {
    /// A move of each factor, for one trajectory after another.
    moves: Vec<Move>,
    /// How each factor's steps are measured.
    pub scales: Vec<EffectScale>,
}

/// How steps of a factor are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum EffectScale {
    /// In shares of the sampled range, in the factor's unit.
    Linear(f64),
    /// In shares of the sampled range of the factor's logarithm.
    Logarithmic(f64),
    /// In shares of the sampled range of places in the list of categories.
    Places(f64),
}

impl EffectScale {
    /// Name for people and programs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Linear(_) => "linear",
            Self::Logarithmic(_) => "logarithmic",
            Self::Places(_) => "places",
        }
    }

    fn effect(self, output_change: f64, [from, to]: [f64; 2]) -> f64 {
        match self {
            Self::Linear(range) | Self::Places(range) => {
                elementary_effect(output_change, to - from, range)
            }
            Self::Logarithmic(range) => {
                elementary_effect(output_change, libm::log(to / from), range)
            }
        }
    }
}

/// Finds the trajectories of a design.
///
/// # Errors
/// When a block is no number, there are too few trajectories, or one does not move every factor
/// once and alone.
pub(super) fn trajectories(design: &DesignTable) -> Result<Trajectories, PointsError> {
    let mut blocks: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, point) in design.points.iter().enumerate() {
        let number = point.block.parse().map_err(|_| {
            design.refused(format!(
                "row {}: block `{}` is neither a trajectory's number (Morris) nor A, B or AB1 … \
                 (Saltelli); only designs of these two methods can be analysed",
                point.row, point.block
            ))
        })?;
        blocks.entry(number).or_default().push(place);
    }
    if blocks.len() < FEWEST {
        let found = blocks.len();
        return Err(design.refused(format!(
            "there are {found} trajectories; at least {FEWEST} are needed, and 10 to 50 are usual"
        )));
    }
    let mut moves = Vec::with_capacity(design.points.len());
    for (number, places) in &blocks {
        moves.extend(moves_of(design, *number, places)?);
    }
    let scales = (0..design.factors.len()).map(|factor| scale(design, &moves, factor)).collect();
    Ok(Trajectories { moves, scales })
}

/// The moves of one trajectory in the order of the factors. A point follows from the one before it,
/// or, in radial designs, from the first.
fn moves_of(design: &DesignTable, number: u64, places: &[usize]) -> Result<Vec<Move>, PointsError> {
    let refused = |problem: String| design.refused(format!("trajectory {number}: {problem}"));
    let mut found: Vec<Option<Move>> = vec![None; design.factors.len()];
    for (before, &to) in places.iter().zip(places.iter().skip(1)) {
        let single = [*before, places[0]].map(|from| (from, design.moved(from, to)));
        let single = single.iter().find(|(_, moved)| moved.len() == 1);
        let row = design.points[to].row;
        let Some((from, moved)) = single else {
            let count = design.moved(*before, to).len();
            let previous = design.points[*before].row;
            return Err(refused(format!(
                "from row {previous} to row {row} {count} factors move; exactly one has to"
            )));
        };
        if found[moved[0]].replace(Move { from: *from, to }).is_some() {
            let factor = &design.factors[moved[0]];
            return Err(refused(format!("`{factor}` moves again in row {row}; once is needed")));
        }
    }
    let still = found.iter().position(Option::is_none);
    match still {
        Some(factor) => Err(refused(format!("`{}` never moves", design.factors[factor]))),
        None => Ok(found.into_iter().flatten().collect()),
    }
}

/// By places for categories, logarithmic for a factor whose steps are equally long only so, as the levels of a loguniform
/// factor are; linear for all others.
fn scale(design: &DesignTable, moves: &[Move], factor: usize) -> EffectScale {
    let value = |place: usize| design.points[place].factors[factor];
    let of_factor = || moves.iter().skip(factor).step_by(design.factors.len());
    let pairs: Vec<[f64; 2]> = of_factor().map(|m| [value(m.from), value(m.to)]).collect();
    let all = || (0..design.points.len()).map(value);
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    let positive = low > 0.0;
    if design.categories[factor].is_some() {
        EffectScale::Places(high - low)
    } else if positive && !equally_long(&pairs, |x| x) && equally_long(&pairs, libm::log) {
        EffectScale::Logarithmic(libm::log(high / low))
    } else {
        EffectScale::Linear(high - low)
    }
}

fn equally_long(pairs: &[[f64; 2]], transformed: impl Fn(f64) -> f64) -> bool {
    let length = |[from, to]: &[f64; 2]| (transformed(*to) - transformed(*from)).abs();
    let low = pairs.iter().map(length).fold(f64::INFINITY, f64::min);
    let high = pairs.iter().map(length).fold(0.0, f64::max);
    high - low <= ROUNDING * high
}

impl Trajectories {
    /// Leaves out the trajectories of which a point failed.
    ///
    /// # Errors
    /// When too few stay.
    pub(crate) fn drop_failed(
        &mut self,
        design: &DesignTable,
        outputs: &Outputs,
    ) -> Result<Option<Dropped>, PointsError> {
        let width = self.scales.len();
        let of = self.moves.len() / width;
        let stands =
            |moves: &&[Move]| moves.iter().all(|m| outputs.stands(m.from) && outputs.stands(m.to));
        self.moves = self.moves.chunks_exact(width).filter(stands).flatten().copied().collect();
        finish(SensitivityMethod::Morris, design, outputs, of, self.moves.len() / width)
    }

    /// Effects of all factors in one trajectory after another, in the unit of the outputs, which
    /// stand in the order of the design's points.
    pub(super) fn effects(&self, design: &DesignTable, outputs: &[f64]) -> Vec<f64> {
        let effect = |(number, m): (usize, &Move)| {
            let factor = number % self.scales.len();
            let ends = [m.from, m.to].map(|place| design.points[place].factors[factor]);
            self.scales[factor].effect(outputs[m.to] - outputs[m.from], ends)
        };
        self.moves.iter().enumerate().map(effect).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_equal_ratio_are_measured_by_their_logarithm() {
        let pairs = [[1.0, 100.0], [1_000.0, 10.0]];
        assert!(equally_long(&pairs, libm::log) && !equally_long(&pairs, |x| x));
        let effect = EffectScale::Logarithmic(libm::log(1_000.0)).effect(2.0, [1.0, 100.0]);
        assert!((effect - 3.0).abs() < 1e-12);
    }
}
