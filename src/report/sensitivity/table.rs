//! Sensitivity as a table for people.

use crate::analysis::points::rows_in_words;
use crate::analysis::sensitivity::{Index, IndexEstimate, Sensitivity, SensitivityMethod, Stage};
use crate::files::foreign::listed;
use crate::report::numbers::{aligned, decimals_for, fixed};

/// Stages that the table of convergence shows, the last ones.
const STAGES_SHOWN: usize = 3;

/// A table of measures, one of convergence, and what to mind.
#[must_use]
pub fn text(found: &Sensitivity) -> String {
    let (method, whole) = (found.method, found.whole());
    let mut rows = vec![head(method)];
    rows.extend(whole.indices.iter().chain(&whole.dummy).map(|index| cells(found, index)));
    let mut lines = vec![subject(found), String::new()];
    lines.extend(aligned(&rows));
    lines.push(String::new());
    let (all, shown) = (found.stages.len(), found.stages.len().min(STAGES_SHOWN));
    let part = (shown < all).then(|| format!(", the last {shown} of {all} stages"));
    let measures = method.measures()[..2].join(" and ");
    lines.push(format!("Convergence of {measures}{}:", part.unwrap_or_default()));
    lines.extend(aligned(&convergence(found)));
    lines.push(String::new());
    lines.extend(remarks(found, whole));
    lines.join("\n")
}

fn subject(found: &Sensitivity) -> String {
    let rows = found.method.rows();
    let what = match found.method {
        SensitivityMethod::Sobol => "Sobol indices",
        SensitivityMethod::Morris => "Elementary effects",
    };
    format!(
        "{what} of `{}`: {} {rows}, {} points, 95 % intervals from {} resamples",
        found.name(),
        found.whole().rows,
        found.points,
        found.resamples
    )
}

fn head(method: SensitivityMethod) -> Vec<String> {
    let measures = method.measures().map(|measure| format!("{} [95 %]", measure.replace('_', " ")));
    [vec!["factor".to_owned()], measures.to_vec()].concat()
}

/// Decimals that suit all values of a table: three for shares, four digits of the largest effect.
#[must_use]
pub fn decimals(found: &Sensitivity) -> usize {
    if found.method == SensitivityMethod::Sobol { 3 } else { decimals_for(largest(found), 4) }
}

/// Size of the largest value.
fn largest(found: &Sensitivity) -> f64 {
    let values = found.whole().indices.iter().flat_map(|index| index.estimates);
    values.map(|estimate| estimate.value.abs()).fold(0.0, f64::max)
}

/// Sizes of effects that fixed decimals show well.
const PLAIN: std::ops::Range<f64> = 1e-6..1e12;

/// A measure as text: with fixed decimals, or an exponent where the largest effect asks for one.
fn number(found: &Sensitivity) -> impl Fn(f64) -> String {
    let places = decimals(found);
    let plain = found.method == SensitivityMethod::Sobol || PLAIN.contains(&largest(found));
    move |value| if plain { fixed(value, places) } else { format!("{value:.3e}") }
}

fn cells(found: &Sensitivity, index: &Index) -> Vec<String> {
    let text = number(found);
    let cell = |estimate: IndexEstimate| {
        let [value, low, high] = [estimate.value, estimate.low, estimate.high].map(&text);
        format!("{value} [{low}, {high}]")
    };
    [vec![index.name.clone()], index.estimates.map(cell).to_vec()].concat()
}

/// A line for each factor, the first two measures at each stage.
fn convergence(found: &Sensitivity) -> Vec<Vec<String>> {
    let text = number(found);
    let stages = &found.stages[found.stages.len().saturating_sub(STAGES_SHOWN)..];
    let rows = stages.iter().map(|stage| format!("{} rows", stage.rows));
    let mut lines = vec![["factor".to_owned()].into_iter().chain(rows).collect::<Vec<_>>()];
    for (number, index) in found.whole().indices.iter().enumerate() {
        let at = stages.iter().map(|stage| {
            let [one, other, _] = stage.indices[number].estimates.map(|e| text(e.value));
            format!("{one} / {other}")
        });
        lines.push([index.name.clone()].into_iter().chain(at).collect());
    }
    lines
}

/// The sum of first-order indices, and what is missing to 1 where the intervals leave that to be
/// said: half-widths, which errors that vary independently would share as root of squares, are added.
fn sum_words(whole: &Stage) -> String {
    let first = || whole.indices.iter().map(|index| index.estimates[0]);
    let sum: f64 = first().map(|estimate| estimate.value).sum();
    let error: f64 = first().map(|estimate| 0.5 * (estimate.high - estimate.low)).sum();
    let meaning = if sum + error < 1.0 {
        "the rest to 1 is what factors explain only together (interaction)"
    } else {
        "within their intervals they may add up to 1, so that interaction cannot be told from error"
    };
    format!("First-order indices add up to {}; {meaning}.", fixed(sum, 3))
}

/// What a reader should mind.
fn remarks(found: &Sensitivity, whole: &Stage) -> Vec<String> {
    let estimand = found.subject.as_ref().map(crate::analysis::points::AnalysedResults::estimand);
    let mut remarks: Vec<String> =
        estimand.map(|of| format!("The output at a point: {of}.")).into_iter().collect();
    remarks.extend(found.dropped.as_ref().map(|dropped| {
        format!(
            "Left out of all blocks: {} of {} {}, in which {} failed. Points rarely fail by chance, so \
             that what stays may differ from the whole.",
            dropped.count,
            dropped.of,
            found.method.rows(),
            rows_in_words(&dropped.rows)
        )
    }));
    if found.method == SensitivityMethod::Sobol {
        remarks.push(sum_words(whole));
        remarks.push(format!(
            "`dummy` is a factor that does nothing: an index whose interval overlaps that of the \
             dummy cannot be told from noise at {} base rows; more of them narrow intervals.",
            whole.rows
        ));
    } else {
        let unit = if found.unit.is_empty() { "its unit" } else { &found.unit };
        remarks.push(format!(
            "Effects are changes of the output, in {unit}, per sampled range of the factor."
        ));
        let logarithmic = whole.indices.iter().filter(|index| index.scale == Some("logarithmic"));
        let names: Vec<&str> = logarithmic.map(|index| index.name.as_str()).collect();
        if !names.is_empty() {
            let names = listed(names.into_iter());
            remarks.push(format!("The range of {names} is that of the logarithm."));
        }
        let placed = whole.indices.iter().filter(|index| index.scale == Some("places"));
        let names: Vec<&str> = placed.map(|index| index.name.as_str()).collect();
        if !names.is_empty() {
            let names = listed(names.into_iter());
            remarks.push(format!("Steps of {names} are counted by places in the list of values."));
        }
    }
    remarks.push(found.noise_share.map_or_else(
        || "One run a point: the share of replication noise is unknown.".to_owned(),
        |share| {
            format!(
                "Replication noise of the means is {} % of the output's variance.",
                fixed(100.0 * share, 2)
            )
        },
    ));
    remarks
}
