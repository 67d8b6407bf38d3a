//! Boxes as tables for people.

use crate::analysis::discovery::choice::{AlternativeReason, DENSE_COVERAGE};
use crate::analysis::discovery::{
    ChoiceRule, Discovery, Found, Limits, PeelStep, Sampled, Side, TestedCut,
};
use crate::report::numbers::{aligned, decimals_for, fixed, grouped};

/// Significant digits of a limit.
const DIGITS: i32 = 3;
/// Sizes that numbers are counted in.
const LARGE: [(f64, &str); 3] = [(1e6, "million"), (1e9, "billion"), (1e12, "trillion")];
/// Numbers from here on are written with an exponent.
const LARGEST: f64 = 1e15;
/// Steps of a trajectory that are shown.
const STEPS_SHOWN: usize = 12;
/// Numbers below this are written in powers of ten.
const SMALLEST: f64 = 1e-6;
/// Quasi-p-values below this are not told apart.
const SMALLEST_P: f64 = 0.001;

/// What was asked, each box with its limits and trajectory, and what to mind.
#[must_use]
pub fn text(found: &Discovery) -> String {
    let mut lines = vec![format!(
        "`{}` {} {}: {} of {} points are cases of interest ({} %)",
        found.name(),
        found.side(),
        number(found.threshold),
        found.cases,
        found.points,
        per_cent(found.cases as f64 / found.points as f64)
    )];
    let estimand = found.subject.as_ref().map(crate::analysis::points::AnalysedResults::estimand);
    lines.extend(estimand.map(|estimand| format!("The output at a point: {estimand}.")));
    for (place, one) in found.boxes.iter().enumerate() {
        lines.push(String::new());
        lines.extend(box_lines(found, place + 1, one));
    }
    let (points, cases) = found.in_boxes();
    if found.boxes.len() > 1 {
        lines.push(String::new());
        lines.push(format!(
            "All boxes: coverage {} %, density {} %, mass {} %",
            per_cent(found.coverage(cases)),
            per_cent(cases as f64 / points as f64),
            per_cent(found.mass(points))
        ));
    }
    lines.push(String::new());
    let which = if found.boxes.is_empty() { "No box" } else { "No further box" };
    lines.extend(found.note.as_ref().map(|note| format!("{which}: {note}.")));
    if !found.boxes.is_empty() {
        lines.push(
            "Coverage: share of all cases inside; density: share of cases inside; mass: share of \
             points inside. Density and quasi-p-values flatter the box, as the same points chose it."
                .to_owned(),
        );
    }
    lines.join("\n")
}

fn box_lines(found: &Discovery, place: usize, one: &Found) -> Vec<String> {
    let mut lines = vec![format!(
        "Box {place}: coverage {} %, density {} %, mass {} % (from step {} of {}, {})",
        per_cent(found.coverage(one.last.cases)),
        per_cent(one.last.density()),
        per_cent(found.mass(one.last.points)),
        one.chosen,
        one.trajectory.len() - 1,
        chosen_words(found.settings.rule),
    )];
    let mut rows = vec![["factor", "inside", "sampled", "quasi-p"].map(str::to_owned).to_vec()];
    for (factor, sampled, limits) in found.cut_factors(one) {
        rows.push(vec![
            sampled.name.clone(),
            limit_words(sampled, limits),
            range_words(sampled),
            quasi_p_words(one, factor),
        ]);
    }
    lines.extend(aligned(&rows));
    if !one.dropped.is_empty() {
        let words = one.dropped.iter().map(|judged| dropped_words(found, judged));
        lines.push(format!(
            "Given back after widening, not significant: {}",
            words.collect::<Vec<_>>().join(", ")
        ));
    }
    let least = found.settings.significance;
    let weak = one.cuts.iter().filter(|judged| least < 1.0 && judged.quasi_p >= least).count();
    if weak > 0 {
        lines.push(format!(
            "{weak} of {} cuts not significant (quasi-p {least} or more), kept as the box is worse by \
             the rule without",
            one.cuts.len()
        ));
    }
    if one.is_beaten() {
        lines.push(
            "A step below has more of both coverage and density, without any significant cut."
                .to_owned(),
        );
    }
    if !one.beside.is_empty() {
        lines.push(String::new());
        lines.extend(aligned(&beside(found, one)));
    }
    lines.push(String::new());
    lines.extend(trajectory(found, one));
    lines
}

/// How a box was chosen.
#[must_use]
pub(crate) fn chosen_words(rule: ChoiceRule) -> String {
    match rule {
        ChoiceRule::Balanced => "best harmonic mean of coverage and density".to_owned(),
        ChoiceRule::Density(least) => format!("greatest coverage at density {least} or more"),
    }
}

/// Why a box is shown beside the one taken.
#[must_use]
pub(crate) fn beside_words(why: AlternativeReason) -> String {
    match why {
        AlternativeReason::Significant => "without cuts that are not significant".to_owned(),
        AlternativeReason::Balanced => "best harmonic mean".to_owned(),
        AlternativeReason::Next => "next best harmonic mean".to_owned(),
        AlternativeReason::Dense => {
            format!("densest at coverage {:.0} % or more", 100.0 * DENSE_COVERAGE)
        }
    }
}

/// The box taken and those beside it.
fn beside(found: &Discovery, one: &Found) -> Vec<Vec<String>> {
    let header = [
        "boxes",
        "from step",
        "coverage %",
        "density %",
        "mass %",
        "factors cut",
        "harmonic mean %",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut row = |name: String, place: usize, step: &PeelStep| {
        let mut cells = vec![name];
        cells.extend(step_cells(found, one, step, place.to_string()));
        rows.push(cells);
    };
    row("taken".to_owned(), one.chosen, &one.last);
    for other in &one.beside {
        row(beside_words(other.why), other.found.step, &other.found.last);
    }
    rows
}

fn dropped_words(found: &Discovery, judged: &TestedCut) -> String {
    let name = &found.factors[judged.cut.factor].name;
    let side = match judged.cut.side {
        Side::Low => "from below",
        Side::High => "from above",
        Side::Categories => "by value",
    };
    format!("{name} {side} ({})", p_words(judged.quasi_p))
}

/// Steps of equal distance, and the chosen one; how many of how many, where not all.
fn trajectory(found: &Discovery, one: &Found) -> Vec<String> {
    let header = ["step", "coverage %", "density %", "mass %", "factors cut", "harmonic mean %"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let last = one.trajectory.len() - 1;
    let stride = last.div_ceil(STEPS_SHOWN).max(1);
    for (place, step) in one.trajectory.iter().enumerate() {
        if place % stride == 0 || place == last || place == one.chosen {
            let mark = if place == one.chosen { "*" } else { "" };
            rows.push(step_cells(found, one, step, format!("{place}{mark}")));
        }
    }
    let (shown, all) = (rows.len() - 1, one.trajectory.len());
    let mut lines = aligned(&rows);
    if shown < all {
        lines.push(format!(
            "{shown} of {all} steps as they were peeled; all are in discovery_trajectory.csv and --json"
        ));
    }
    lines
}

fn step_cells(found: &Discovery, one: &Found, step: &PeelStep, place: String) -> Vec<String> {
    vec![
        place,
        per_cent(found.coverage(step.cases)),
        per_cent(step.density()),
        per_cent(found.mass(step.points)),
        step.restricted().to_string(),
        per_cent(step.balance(one.pool_cases)),
    ]
}

fn per_cent(share: f64) -> String {
    fixed(100.0 * share, 1)
}

/// A number of three significant digits, as people write it.
#[must_use]
pub fn number(value: f64) -> String {
    let large = LARGE.iter().find(|(size, _)| (*size..1_000.0 * size).contains(&value.abs()));
    if let Some((size, name)) = large {
        return format!("{} {name}", number(value / size));
    }
    let tiny = value != 0.0 && value.abs() < SMALLEST;
    if tiny || value.abs() >= LARGEST {
        return format!("{value:.2e}");
    }
    let text = fixed(value, decimals_for(value, DIGITS));
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    };
    grouped(&text, ",")
}

/// `≥ 3`, `≤ 5`, `3 to 5` or the allowed categories.
#[must_use]
pub(crate) fn limit_words(sampled: &Sampled, limits: &Limits) -> String {
    match limits {
        Limits::Categories(allowed) => {
            chosen(sampled.categories.as_deref().unwrap_or_default(), allowed).join(" or ")
        }
        Limits::Range { low, high } => match (low.is_finite(), high.is_finite()) {
            (true, true) => format!("{} to {}", number(*low), number(*high)),
            (true, false) => format!("≥ {}", number(*low)),
            (false, true) => format!("≤ {}", number(*high)),
            (false, false) => "anything".to_owned(),
        },
    }
}

fn range_words(sampled: &Sampled) -> String {
    match &sampled.categories {
        Some(names) => format!("{} values", names.len()),
        None => format!("{} to {}", number(sampled.range()[0]), number(sampled.range()[1])),
    }
}

/// Quasi-p-values of the cuts of a factor, the lower first.
pub(crate) fn quasi_p_words(one: &Found, factor: usize) -> String {
    let sides = [Side::Low, Side::High, Side::Categories];
    let found = sides.into_iter().filter_map(|side| quasi_p(&one.cuts, factor, side));
    found.map(p_words).collect::<Vec<_>>().join(", ")
}

fn p_words(p: f64) -> String {
    if p < SMALLEST_P { format!("<{SMALLEST_P}") } else { fixed(p, 3) }
}

/// Names of the allowed categories.
#[must_use]
pub fn chosen(names: &[String], allowed: &[bool]) -> Vec<String> {
    names
        .iter()
        .zip(allowed)
        .filter(|(_, allowed)| **allowed)
        .map(|(name, _)| name.clone())
        .collect()
}

/// Quasi-p-value of a cut; none where nothing is cut.
#[must_use]
pub fn quasi_p(cuts: &[TestedCut], factor: usize, side: Side) -> Option<f64> {
    let found = cuts.iter().find(|judged| judged.cut.factor == factor && judged.cut.side == side);
    found.map(|judged| judged.quasi_p)
}
