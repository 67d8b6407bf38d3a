//! Which of the finished boxes of a trajectory is taken, and which are shown beside it.

use super::step::{ChoiceRule, PeelStep, TestedCut, denser};

/// Next best boxes that are shown beside the one taken.
const NEXT: usize = 2;
/// Least coverage of the densest box that is shown beside the one taken.
pub(crate) const DENSE_COVERAGE: f64 = 0.5;

/// The box of a step, widened, with all its cuts or without those that are not significant.
#[derive(Clone, Debug)]
pub struct FinishedBox {
    /// The step.
    pub step: usize,
    /// Its box.
    pub last: PeelStep,
    /// Cuts of that box.
    pub cuts: Vec<TestedCut>,
    /// Cuts that were given back, in this order.
    pub dropped: Vec<TestedCut>,
    /// Whether those that are not significant were.
    pub pruned: bool,
}

/// Why a box is shown beside the one taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlternativeReason {
    /// The one taken, without the cuts that are not significant.
    Significant,
    /// Greatest harmonic mean of coverage and density, where the rule is another.
    Balanced,
    /// The next greatest harmonic mean.
    Next,
    /// Greatest density of those with at least [`DENSE_COVERAGE`].
    Dense,
}

/// A box beside the one taken.
#[derive(Clone, Debug)]
pub struct AlternativeBox {
    /// Why it is shown.
    pub why: AlternativeReason,
    /// The box.
    pub found: FinishedBox,
}

/// The finished box that serves the rule best among `all` cases; of equals the earliest, without
/// cuts that are not significant.
pub(crate) fn choose(finished: &[FinishedBox], rule: ChoiceRule, all: usize) -> Option<usize> {
    let worth = |step: &PeelStep| match rule {
        ChoiceRule::Balanced => Some(step.balance(all)),
        ChoiceRule::Density(least) => (step.density() >= least).then_some(step.cases as f64),
    };
    let rated = finished.iter().enumerate();
    let rated = rated.filter_map(|(place, one)| Some((place, worth(&one.last)?)));
    let best = rated.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(place, _)| place)
}

/// What a reader should see beside the box taken; none that holds the same points and cases.
pub(crate) fn beside(
    finished: &[FinishedBox],
    taken: usize,
    rule: ChoiceRule,
    all: usize,
) -> Vec<AlternativeBox> {
    let taken = &finished[taken];
    let mut list: Vec<AlternativeBox> = Vec::new();
    let same = |one: &FinishedBox, other: &FinishedBox| {
        (one.last.points, one.last.cases) == (other.last.points, other.last.cases)
    };
    let mut add = |why, found: Option<&FinishedBox>| {
        let new = found
            .filter(|new| !same(new, taken) && !list.iter().any(|there| same(&there.found, new)));
        list.extend(new.map(|found| AlternativeBox { why, found: found.clone() }));
        new.is_some()
    };
    add(
        AlternativeReason::Significant,
        finished.iter().find(|one| one.step == taken.step && one.pruned),
    );
    if rule != ChoiceRule::Balanced {
        add(
            AlternativeReason::Balanced,
            choose(finished, ChoiceRule::Balanced, all).map(|place| &finished[place]),
        );
    }
    let mut falling: Vec<&FinishedBox> = finished.iter().collect();
    falling.sort_by(|a, b| b.last.balance(all).total_cmp(&a.last.balance(all)));
    let mut next = 0;
    for one in falling {
        next += usize::from(
            rule == ChoiceRule::Balanced && next < NEXT && add(AlternativeReason::Next, Some(one)),
        );
    }
    let wide = finished.iter().filter(|one| one.last.cases as f64 >= DENSE_COVERAGE * all as f64);
    let denser = |best: &'_ &FinishedBox, next: &'_ &FinishedBox| {
        denser(&next.last, &best.last).then(next.last.cases.cmp(&best.last.cases)).is_gt()
    };
    add(
        AlternativeReason::Dense,
        wide.reduce(|best, next| if denser(&best, &next) { next } else { best }),
    );
    list
}
