//! What a reader of a table of metrics must know: what is left out, what the effects are of, and
//! where few paths decide.

use super::Headline;
use super::choice::Shown;
use crate::analysis::summary::Summary;
use crate::statistics::samples::{Interval, MANY_TIMES_EVEN, PairedEffect};

/// Metrics named in a note.
const NAMED: usize = 6;

/// The notes of a table.
pub(super) fn of(
    (table, rows): (&str, &[Headline]),
    summary: &Summary,
    shown: &Shown,
) -> Vec<String> {
    let mut notes = left_out(table, summary, shown);
    if !shown.contrasts.is_empty() {
        notes.push(
            "Effects: difference is the mean over paths of treatment - control; ratio of means is \
             that in per cent of the control's mean, so that paths count by the size of their \
             control; mean over paths is of each path's own change in per cent, so that paths count \
             the same; a path falls when its treatment is below its control, equal ones do not."
                .to_owned(),
        );
        notes.extend(few_paths(summary, rows, shown));
        notes.extend(opposite(summary, rows, shown));
    }
    if !shown.squares.is_empty() {
        notes.push(
            "Interactions: the first effect minus the second, path by path; of ratios of means, and \
             as the mean over paths of the difference of each path's two changes, both in percentage \
             points."
                .to_owned(),
        );
    }
    notes
}

/// What there is beside what is shown, and where.
fn left_out(table: &str, summary: &Summary, shown: &Shown) -> Vec<String> {
    let manifest = &summary.manifest;
    let parts = [
        ("scenarios", shown.scenarios.len(), manifest.scenarios.len(), "summary.csv"),
        ("contrasts", shown.contrasts.len(), manifest.contrasts.len(), "differences.csv"),
        ("interactions", shown.squares.len(), summary.squares.len(), "interactions.csv"),
    ];
    let left = parts.into_iter().filter(|(_, some, all, _)| some < all);
    left.map(|(what, some, all, file)| {
        format!("The {table} shows {some} of {all} {what}; all are in {file}.")
    })
    .collect()
}

/// Every effect shown: label of the metric, place of the contrast, effect.
fn effects<'s>(
    summary: &'s Summary,
    rows: &'s [Headline],
    shown: &'s Shown,
) -> impl Iterator<Item = (&'static str, usize, &'s PairedEffect)> {
    rows.iter().flat_map(move |&Headline(metric, label, ..)| {
        let effects = summary.metric(metric).map(|position| &summary.effects[position]);
        let of = move |at: &usize| Some((label, *at, effects?.get(*at)?.as_ref()?));
        shown.contrasts.iter().filter_map(of)
    })
}

/// Where the largest tenth of paths hold much of the sum.
fn few_paths(summary: &Summary, rows: &[Headline], shown: &Shown) -> Option<String> {
    let mut labels = Vec::new();
    let mut most = 0.0_f64;
    for (label, _, effect) in effects(summary, rows, shown).filter(|(.., e)| e.paths.hang_on_few())
    {
        most = most.max(effect.paths.top_tenth.unwrap_or(0.0));
        labels.push(label);
    }
    labels.dedup();
    let names = named(&labels)?;
    Some(format!(
        "Few paths decide the ratio of means where the largest tenth of paths hold more than \
         {MANY_TIMES_EVEN} times an even share of the control's sum (up to {:.0} %): {names}.",
        100.0 * most
    ))
}

/// Where the two relative estimands differ in sign, and at least one can be told from zero.
fn opposite(summary: &Summary, rows: &[Headline], shown: &Shown) -> Option<String> {
    let told = |interval: Option<Interval>| interval.is_some_and(|i| i.low > 0.0 || i.high < 0.0);
    let differ = |(_, _, effect): &(&str, usize, &PairedEffect)| {
        let signs = effect.relative_percent.zip(effect.paths.mean_percent);
        signs.is_some_and(|(ratio, paths)| ratio * paths < 0.0)
            && (told(effect.relative_interval) || told(effect.paths.interval))
    };
    let of = |(label, at, _)| format!("{label} ({})", summary.manifest.contrasts[at]);
    let labels: Vec<String> = effects(summary, rows, shown).filter(differ).map(of).collect();
    let names = named(&labels)?;
    Some(format!("Ratio of means and mean over paths differ in sign: {names}."))
}

/// The first of some names, and how many more; none of none.
fn named<T: AsRef<str>>(names: &[T]) -> Option<String> {
    let some: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = names.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    (!some.is_empty()).then(|| some.join("; ") + &rest)
}
