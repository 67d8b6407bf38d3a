//! Which of the finished boxes of a trajectory is taken, and which are shown beside it.

use super::step::{Judged, Rule, Step, denser};

/// Next best boxes that are shown beside the one taken.
const NEXT: usize = 2;
/// Least coverage of the densest box that is shown beside the one taken.
pub const DENSE_COVERAGE: f64 = 0.5;

/// The box of a step, widened, with all its cuts or without those that are not significant.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The step.
    pub step: usize,
    /// Its box.
    pub last: Step,
    /// Cuts of that box.
    pub cuts: Vec<Judged>,
    /// Cuts that were given back, in this order.
    pub dropped: Vec<Judged>,
    /// Whether those that are not significant were.
    pub pruned: bool,
}

/// Why a box is shown beside the one taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
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
pub struct Beside {
    /// Why it is shown.
    pub why: Why,
    /// The box.
    pub found: Finished,
}

/// The finished box that serves the rule best among `all` cases; of equals the earliest, without
/// cuts that are not significant.
pub fn choose(finished: &[Finished], rule: Rule, all: usize) -> Option<usize> {
    let worth = |step: &Step| match rule {
        Rule::Balanced => Some(step.balance(all)),
        Rule::Density(least) => (step.density() >= least).then_some(step.cases as f64),
    };
    let rated = finished.iter().enumerate();
    let rated = rated.filter_map(|(place, one)| Some((place, worth(&one.last)?)));
    let best = rated.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(place, _)| place)
}

/// What a reader should see beside the box taken; none that holds the same points and cases.
pub fn beside(finished: &[Finished], taken: usize, rule: Rule, all: usize) -> Vec<Beside> {
    let taken = &finished[taken];
    let mut list: Vec<Beside> = Vec::new();
    let same = |one: &Finished, other: &Finished| {
        (one.last.points, one.last.cases) == (other.last.points, other.last.cases)
    };
    let mut add = |why, found: Option<&Finished>| {
        let new = found
            .filter(|new| !same(new, taken) && !list.iter().any(|there| same(&there.found, new)));
        list.extend(new.map(|found| Beside { why, found: found.clone() }));
        new.is_some()
    };
    add(Why::Significant, finished.iter().find(|one| one.step == taken.step && one.pruned));
    if rule != Rule::Balanced {
        add(Why::Balanced, choose(finished, Rule::Balanced, all).map(|place| &finished[place]));
    }
    let mut falling: Vec<&Finished> = finished.iter().collect();
    falling.sort_by(|a, b| b.last.balance(all).total_cmp(&a.last.balance(all)));
    let mut next = 0;
    for one in falling {
        next += usize::from(rule == Rule::Balanced && next < NEXT && add(Why::Next, Some(one)));
    }
    let wide = finished.iter().filter(|one| one.last.cases as f64 >= DENSE_COVERAGE * all as f64);
    let denser = |best: &'_ &Finished, next: &'_ &Finished| {
        denser(&next.last, &best.last).then(next.last.cases.cmp(&best.last.cases)).is_gt()
    };
    add(Why::Dense, wide.reduce(|best, next| if denser(&best, &next) { next } else { best }));
    list
}
