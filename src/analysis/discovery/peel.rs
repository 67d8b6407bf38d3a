//! Peeling: the thin slices that can be cut off a box, and the best of them.

use std::cmp::Ordering;

use super::limits::{Limits, between, inside};
use super::prim::{DiscoverySample, PrimSettings};
use super::step::PeelStep;

impl DiscoverySample {
    /// Peels a box, step by step, until it holds cases only or no peel leaves it large enough.
    pub(crate) fn peel(&self, pool: &[usize], settings: &PrimSettings) -> Vec<PeelStep> {
        let all = self.interest.len() as f64;
        let fewest = (settings.minimum_mass * all).ceil().max(1.0) as usize;
        let mut points = pool.to_vec();
        let limits = self.factors.iter().map(Limits::whole).collect();
        let mut trajectory = vec![PeelStep::new(self, limits, &points)];
        let mut last = 0;
        while trajectory[last].cases < trajectory[last].points {
            let step = &trajectory[last];
            let peels = (0..self.factors.len()).flat_map(|factor| {
                self.peels(factor, &step.limits[factor], &points, settings.peel)
            });
            let best =
                peels.filter(|peel| peel.left >= fewest).fold(None, |best: Option<Peel>, peel| {
                    match best {
                        Some(best) if !better(&peel, &best, step) => Some(best),
                        _ => Some(peel),
                    }
                });
            let Some(peel) = best else { break };
            let mut limits = step.limits.clone();
            limits[peel.factor] = peel.limits;
            points = inside(&self.factors, &limits, &points);
            trajectory.push(PeelStep::new(self, limits, &points));
            last += 1;
        }
        trajectory
    }

    /// The peels of one factor: from below, from above, or of each category.
    fn peels(&self, factor: usize, limits: &Limits, points: &[usize], share: f64) -> Vec<Peel> {
        match limits {
            Limits::Range { low, high } => self.peeled_ends(factor, (*low, *high), points, share),
            Limits::Categories(allowed) => self.peeled_categories(factor, allowed, points),
        }
    }

    fn peeled_ends(
        &self,
        factor: usize,
        (low, high): (f64, f64),
        points: &[usize],
        share: f64,
    ) -> Vec<Peel> {
        let value = |point: &usize| self.factors[factor].values[*point];
        let mut rising = points.to_vec();
        rising.sort_by(|a, b| value(a).total_cmp(&value(b)));
        let mut peels = Vec::with_capacity(2);
        if let Some(removed) = removed(&rising, share, value) {
            let limit = between(value(&rising[removed - 1]), value(&rising[removed]));
            let limits = Limits::Range { low: limit, high };
            peels.push(self.peel_of(factor, limits, &rising[removed..]));
        }
        rising.reverse();
        if let Some(removed) = removed(&rising, share, value) {
            let limit = between(value(&rising[removed - 1]), value(&rising[removed]));
            let limits = Limits::Range { low, high: limit };
            peels.push(self.peel_of(factor, limits, &rising[removed..]));
        }
        peels
    }

    fn peeled_categories(&self, factor: usize, allowed: &[bool], points: &[usize]) -> Vec<Peel> {
        let of = |point: usize| self.factors[factor].values[point] as usize;
        let is_there = |category: &usize| points.iter().any(|&point| of(point) == *category);
        let there: Vec<usize> = (0..allowed.len()).filter(is_there).collect();
        let without = |&category: &usize| {
            let left: Vec<usize> =
                points.iter().copied().filter(|&point| of(point) != category).collect();
            let mut allowed = allowed.to_vec();
            allowed[category] = false;
            self.peel_of(factor, Limits::Categories(allowed), &left)
        };
        if there.len() > 1 { there.iter().map(without).collect() } else { Vec::new() }
    }

    fn peel_of(&self, factor: usize, limits: Limits, left: &[usize]) -> Peel {
        Peel { factor, limits, left: left.len(), cases: self.cases(left) }
    }
}

/// What a peel would leave.
struct Peel {
    factor: usize,
    limits: Limits,
    left: usize,
    cases: usize,
}

impl Peel {
    /// Gain of density over a step, per point removed; a loss counts the more the more points go.
    fn score(&self, step: &PeelStep) -> f64 {
        let gain = self.cases as f64 / self.left as f64 - step.density();
        let removed = (step.points - self.left) as f64;
        if gain > 0.0 { gain / removed } else { gain * removed }
    }
}

/// Whether a peel is better than another, or as good and leaves more; the first wins a tie.
fn better(peel: &Peel, other: &Peel, step: &PeelStep) -> bool {
    let order = peel.score(step).total_cmp(&other.score(step));
    order.then(peel.left.cmp(&other.left)) == Ordering::Greater
}

/// How many of the points, sorted inwards, a peel removes: those outside of the value at `share`,
/// or, when there are none, all of the outermost value; none when nothing would be left.
fn removed(sorted: &[usize], share: f64, value: impl Fn(&usize) -> f64) -> Option<usize> {
    let wanted = ((share * sorted.len() as f64) as usize).max(1);
    let (outermost, kept) = (value(sorted.first()?), value(sorted.get(wanted)?));
    let outside = |point: &usize| {
        if kept == outermost { value(point) == outermost } else { value(point) != kept }
    };
    let count = sorted.iter().take_while(|point| outside(point)).count();
    (count < sorted.len()).then_some(count)
}
