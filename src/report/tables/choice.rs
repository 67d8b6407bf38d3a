//! Which scenarios, contrasts and interactions the headline table shows: what the experiment asks
//! for first.

use crate::analysis::summary::Summary;

/// Scenarios that fit side by side, unless the contrasts shown are of more.
const SCENARIOS: usize = 6;
/// Contrasts shown.
const CONTRASTS: usize = 4;
/// Interactions shown.
const SQUARES: usize = 2;

/// Places of what is shown, in the order of the experiment.
pub(super) struct Shown {
    /// In the manifest: those of the contrasts shown, then the first others.
    pub scenarios: Vec<usize>,
    /// In the manifest: those that make interactions, then the first others.
    pub contrasts: Vec<usize>,
    /// In the summary.
    pub squares: Vec<usize>,
}

impl Shown {
    /// What the table of these results shows.
    pub(super) fn from_summary(summary: &Summary) -> Self {
        let manifest = &summary.manifest;
        let squares: Vec<usize> = (0..summary.squares.len().min(SQUARES)).collect();
        let stated = &manifest.contrasts;
        let asked = squares.iter().flat_map(|at| {
            let square = &summary.squares[*at];
            let corners = [&square.first, &square.second];
            let of = |name| corners.iter().any(|c| [&c.treatment, &c.control].contains(&name));
            (0..stated.len())
                .filter(move |at| of(&stated[*at].treatment) && of(&stated[*at].control))
                .collect::<Vec<_>>()
        });
        let contrasts = first(asked.chain(0..stated.len()), CONTRASTS);
        let of_contrasts: Vec<usize> = contrasts
            .iter()
            .flat_map(|at| [&stated[*at].treatment, &stated[*at].control])
            .filter_map(|name| manifest.position(name))
            .collect();
        let mut most = of_contrasts.clone();
        most.sort_unstable();
        most.dedup();
        let most = most.len().max(SCENARIOS);
        let scenarios = first(of_contrasts.into_iter().chain(0..manifest.scenarios.len()), most);
        Self { scenarios, contrasts, squares }
    }
}

/// The first different places, at most so many, in rising order.
fn first(wanted: impl Iterator<Item = usize>, most: usize) -> Vec<usize> {
    let mut places = Vec::new();
    for place in wanted {
        if places.len() == most {
            break;
        }
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.sort_unstable();
    places
}
