//! How paths were matched to history, and in which state they end, as tables.

use crate::history::hindcast::matched_start::MatchedStart;
use crate::report::numbers::{aligned, decimals_for, fixed};
use crate::report::source::FigureData;

/// One row a path: replicate, misfit, weight, the effective number of paths, and its state.
#[must_use]
pub(crate) fn matched_csv(start: &MatchedStart) -> FigureData {
    let fixed = ["replicate", "misfit", "weight", "effective_paths"];
    let keys = start.keys.iter().map(String::as_str);
    let mut table = FigureData::new(fixed.into_iter().chain(keys));
    for (path, &replicate) in start.replicates.iter().enumerate() {
        let numbers = [start.misfits[path], start.weights.weights[path], start.weights.effective];
        let numbers = numbers.into_iter().chain(start.states[path].iter().copied());
        table.row([replicate.to_string().into()].into_iter().chain(numbers.map(Into::into)));
    }
    table
}

/// The parts of the state before and after matching, for people.
#[must_use]
pub(crate) fn matched_text(start: &MatchedStart) -> String {
    let header =
        ["state on the last day", "all: 5 %", "median", "95 %", "matched: 5 %", "median", "95 %"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (key, all, matched) in start.summary() {
        let numbers = all.into_iter().chain(matched);
        let cells = numbers.map(|number| fixed(number, decimals_for(matched[1], 3)));
        rows.push(std::iter::once(key.to_owned()).chain(cells).collect());
    }
    let (paths, effective) = (start.replicates.len(), start.weights.effective);
    format!("{paths} paths, matched worth {effective:.0}\n{}", aligned(&rows).join("\n"))
}
