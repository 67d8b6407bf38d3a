//! The patient rule induction method (Friedman and Fisher 1999, Statistics and Computing 9:123): a
//! box is peeled until most points inside are cases of interest, then widened where that costs
//! nothing. Cuts are judged by the quasi-p-value of Bryant and Lempert (2010, Technological
//! Forecasting and Social Change 77:34).
//!
//! Two choices beside the paper's: a peel is judged by the gain of density per point removed, as
//! peels of categories and of repeated values differ in size (Kwakkel and Jaxa-Rozen 2016,
//! Environmental Modelling & Software 79:311; equal peels give the paper's order); and a widening
//! that leaves the density as it is counts as an improvement when it adds cases.
//!
//! The box taken by default has the greatest harmonic mean of coverage and density of all boxes of
//! the trajectory that have a significant cut, as peeled and widened or with cuts that are not
//! significant given back, whichever is better; it may keep such cuts, which are told by their
//! quasi-p-values.

use std::cmp::Ordering;

use super::choice::{AlternativeBox, FinishedBox, beside, choose};
use super::limits::{Cut, FactorValues, Limits, Side, between, cuts, inside};
use super::step::{ChoiceRule, PeelStep, TestedCut, denser};
use crate::numerics::binomial::upper_tail;

/// Points and which of them are of interest.
#[derive(Clone, Debug)]
pub struct DiscoverySample {
    /// Factors, each with a value at every point.
    pub factors: Vec<FactorValues>,
    /// Whether a point is a case of interest.
    pub interest: Vec<bool>,
}

/// How boxes are found.
#[derive(Clone, Copy, Debug)]
pub struct PrimSettings {
    /// Share of a box's points that a peel removes, about.
    pub peel: f64,
    /// Fewest points of a box, as a share of all.
    pub minimum_mass: f64,
    /// How a box is chosen.
    pub rule: ChoiceRule,
    /// Cuts of this quasi-p-value or more are given back where that does not make the box worse by
    /// the rule; 1 keeps all.
    pub significance: f64,
}

/// A box found in a pool of points.
#[derive(Clone, Debug)]
pub struct Found {
    /// Everything allowed, then the box after each peel.
    pub trajectory: Vec<PeelStep>,
    /// The step whose box, finished, was chosen.
    pub chosen: usize,
    /// Its box, widened, and without the cuts that were given back.
    pub last: PeelStep,
    /// Boxes that a reader should see beside it.
    pub beside: Vec<AlternativeBox>,
    /// Cuts of that box.
    pub cuts: Vec<TestedCut>,
    /// Cuts that were given back, in this order.
    pub dropped: Vec<TestedCut>,
    /// Points in the pool.
    pub pool: usize,
    /// Cases of interest in the pool.
    pub pool_cases: usize,
}

impl Found {
    /// Whether a step of the peeling has more coverage and more density: one without any significant
    /// cut, as all others were to choose from.
    #[must_use]
    pub fn is_beaten(&self) -> bool {
        is_beaten(&self.last, &self.trajectory)
    }
}

impl PeelStep {
    pub(crate) fn new(sample: &DiscoverySample, limits: Vec<Limits>, points: &[usize]) -> Self {
        Self { limits, points: points.len(), cases: sample.cases(points) }
    }
}

impl DiscoverySample {
    /// Cases of interest among points.
    #[must_use]
    pub fn cases(&self, points: &[usize]) -> usize {
        points.iter().filter(|&&point| self.interest[point]).count()
    }

    /// A box in a pool of points.
    ///
    /// # Errors
    /// Why there is none: no factor can be cut, no cut is significant, or no box serves the rule.
    pub fn find(&self, pool: &[usize], settings: &PrimSettings) -> Result<Found, String> {
        let trajectory = self.peel(pool, settings);
        let pool_cases = self.cases(pool);
        let finished = self.finish(pool, &trajectory, settings);
        let Some(best) = choose(&finished, settings.rule, pool_cases) else {
            return Err(unserved(&trajectory, &finished, settings));
        };
        let beside = beside(&finished, best, settings.rule, pool_cases);
        let FinishedBox { step: chosen, last, cuts, dropped, .. } = finished[best].clone();
        let pool = pool.len();
        Ok(Found { trajectory, chosen, last, beside, cuts, dropped, pool, pool_cases })
    }

    /// The box of each step, widened, without cuts that are not significant and with all cuts: of
    /// steps with a significant cut.
    fn finish(
        &self,
        pool: &[usize],
        trajectory: &[PeelStep],
        settings: &PrimSettings,
    ) -> Vec<FinishedBox> {
        let finished = |(step, peeled): (usize, &PeelStep)| {
            let widened = self.paste(pool, peeled.clone(), settings.peel);
            let cuts = self.judge(pool, &widened);
            let dropped = Vec::new();
            let whole = FinishedBox { step, last: widened.clone(), cuts, dropped, pruned: false };
            let (last, cuts, dropped) = self.prune(pool, widened, settings.significance);
            let pruned = FinishedBox { step, last, cuts, dropped, pruned: true };
            let has_whole = !pruned.dropped.is_empty();
            let some = !pruned.cuts.is_empty();
            some.then_some(pruned).into_iter().chain((some && has_whole).then_some(whole))
        };
        trajectory.iter().enumerate().skip(1).flat_map(finished).collect()
    }

    /// Gives back cuts that are not significant, the weakest first.
    fn prune(
        &self,
        pool: &[usize],
        mut step: PeelStep,
        significance: f64,
    ) -> (PeelStep, Vec<TestedCut>, Vec<TestedCut>) {
        let mut dropped = Vec::new();
        loop {
            let judged = self.judge(pool, &step);
            let weakest = judged.iter().max_by(|a, b| a.quasi_p.total_cmp(&b.quasi_p));
            match weakest.filter(|weakest| significance < 1.0 && weakest.quasi_p >= significance) {
                Some(&weakest) => {
                    step = self.without(pool, &step, weakest.cut);
                    dropped.push(weakest);
                }
                None => return (step, judged, dropped),
            }
        }
    }

    /// Widens a box as long as its density does not fall and cases are added.
    fn paste(&self, pool: &[usize], mut step: PeelStep, share: f64) -> PeelStep {
        loop {
            let wider = cuts(&step.limits).into_iter().flat_map(|cut| {
                self.widened(pool, &step, cut, share).into_iter().map(|limits| {
                    PeelStep::new(self, limits.clone(), &inside(&self.factors, &limits, pool))
                })
            });
            let improves = |wider: &PeelStep| {
                wider.cases > step.cases && denser(wider, &step) != Ordering::Less
            };
            let best =
                wider.filter(improves).max_by(|a, b| denser(a, b).then(a.cases.cmp(&b.cases)));
            match best {
                Some(wider) => step = wider,
                None => return step,
            }
        }
    }

    /// Boxes in which one cut is moved outwards by a peel's share of points, or for categories in
    /// which one more is allowed.
    fn widened(&self, pool: &[usize], step: &PeelStep, cut: Cut, share: f64) -> Vec<Vec<Limits>> {
        let with = |limits: Limits| {
            let mut all = step.limits.clone();
            all[cut.factor] = limits;
            all
        };
        let (low, high) = match &step.limits[cut.factor] {
            Limits::Categories(allowed) => {
                let shut = (0..allowed.len()).filter(|&category| !allowed[category]);
                let open = |category: usize| {
                    let mut allowed = allowed.clone();
                    allowed[category] = true;
                    with(Limits::Categories(allowed))
                };
                return shut.map(open).collect();
            }
            Limits::Range { low, high } => (*low, *high),
        };
        let value = |point: &usize| self.factors[cut.factor].values[*point];
        let open = with(step.limits[cut.factor].without(cut.side));
        let mut beyond = inside(&self.factors, &open, pool);
        beyond.retain(
            |point| if cut.side == Side::Low { value(point) < low } else { value(point) > high },
        );
        // The nearest first.
        beyond.sort_by(|a, b| value(a).total_cmp(&value(b)));
        if cut.side == Side::Low {
            beyond.reverse();
        }
        let wanted = ((share * step.points as f64) as usize).max(1);
        let Some(last) = beyond.get(wanted - 1).map(value) else { return vec![open] };
        let next = beyond[wanted..].iter().map(value).find(|next| *next != last);
        let limits = match (next, cut.side) {
            (None, _) => return vec![open],
            (Some(next), Side::Low) => Limits::Range { low: between(next, last), high },
            (Some(next), _) => Limits::Range { low, high: between(next, last) },
        };
        vec![with(limits)]
    }

    /// Quasi-p-values of all cuts of a box.
    fn judge(&self, pool: &[usize], step: &PeelStep) -> Vec<TestedCut> {
        let judged = |cut: Cut| {
            let density = self.without(pool, step, cut).density();
            let quasi_p = upper_tail(step.points as u64, density, step.cases as u64);
            TestedCut { cut, quasi_p }
        };
        cuts(&step.limits).into_iter().map(judged).collect()
    }

    fn without(&self, pool: &[usize], step: &PeelStep, cut: Cut) -> PeelStep {
        let mut limits = step.limits.clone();
        limits[cut.factor] = limits[cut.factor].without(cut.side);
        let points = inside(&self.factors, &limits, pool);
        PeelStep::new(self, limits, &points)
    }
}

/// Whether a step of a trajectory has more coverage and more density than a box.
fn is_beaten(one: &PeelStep, trajectory: &[PeelStep]) -> bool {
    let beats = |step: &PeelStep| step.cases > one.cases && denser(step, one) == Ordering::Greater;
    trajectory.iter().skip(1).any(beats)
}

/// Why no box can be given.
fn unserved(trajectory: &[PeelStep], finished: &[FinishedBox], settings: &PrimSettings) -> String {
    let densest = finished.iter().map(|one| one.last.density()).reduce(f64::max);
    match (settings.rule, densest) {
        _ if trajectory.len() < 2 => {
            "no factor can be cut: every peel would leave fewer points than the minimum mass"
                .to_owned()
        }
        (ChoiceRule::Density(least), Some(densest)) => format!(
            "no box of at least {} of the points whose cuts are significant reaches density \
             {least}; the densest has {densest:.3}",
            settings.minimum_mass
        ),
        _ => format!(
            "no cut of any box has a quasi-p-value below {}: the factors do not tell cases of \
             interest from others",
            settings.significance
        ),
    }
}
