//! A box of a trajectory: what lies inside, how it is judged and compared.

use std::cmp::Ordering;

use super::limits::{Cut, Limits, restricted};

/// How one of the boxes of a trajectory, widened, with all cuts or without those that are not
/// significant, is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChoiceRule {
    /// Greatest harmonic mean of coverage and density.
    Balanced,
    /// Greatest coverage of those with at least this density.
    Density(f64),
}

/// A box and what lies inside.
#[derive(Clone, Debug, PartialEq)]
pub struct PeelStep {
    /// What is allowed of each factor.
    pub limits: Vec<Limits>,
    /// Points inside.
    pub points: usize,
    /// Cases of interest among them.
    pub cases: usize,
}

/// A cut with its quasi-p-value: the probability of at least as many cases among as many points,
/// were each a case as often as in the box without this cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestedCut {
    /// The cut.
    pub cut: Cut,
    /// Its quasi-p-value; too small, as the cut was chosen by the same points.
    pub quasi_p: f64,
}

impl PeelStep {
    /// Share of the points inside that are cases of interest.
    #[must_use]
    pub fn density(&self) -> f64 {
        self.cases as f64 / self.points.max(1) as f64
    }

    /// Factors that are cut.
    #[must_use]
    pub fn restricted(&self) -> usize {
        restricted(&self.limits)
    }

    /// Harmonic mean of density and of coverage of `all` cases, 2H/(T + all).
    #[must_use]
    pub fn balance(&self, all: usize) -> f64 {
        2.0 * self.cases as f64 / (self.points + all).max(1) as f64
    }
}

/// Compares densities exactly.
pub(crate) fn denser(one: &PeelStep, other: &PeelStep) -> Ordering {
    let product = |cases: usize, points: usize| cases as u128 * points as u128;
    product(one.cases, other.points).cmp(&product(other.cases, one.points))
}
