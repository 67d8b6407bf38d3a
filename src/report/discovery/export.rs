//! Boxes as JSON, CSV and LaTeX.

use serde_json::{Map, Value, json};

use super::table::{beside_words, chosen, limit_words, quasi_p, quasi_p_words};
use crate::analysis::discovery::{
    AlternativeBox, Bound, ChoiceRule, Discovery, Found, Limits, MOST_BOXES, PeelStep, Sampled,
    Side, TestedCut,
};
use crate::analysis::points::AnalysedResults;
use crate::files::digest;
use crate::files::sheet::csv_line;
use crate::report::latex;

/// One object: what was asked, boxes with their trajectories, and what they hold together.
#[must_use]
pub fn json(found: &Discovery) -> Value {
    let (points, cases) = found.in_boxes();
    let quantile = match found.interest.bound {
        Bound::Quantile(p) => Some(p),
        Bound::Value(_) => None,
    };
    let (rule, least) = match found.settings.rule {
        ChoiceRule::Balanced => ("balanced", None),
        ChoiceRule::Density(least) => ("density", Some(least)),
    };
    let mut object = json!({
        "output": found.output,
        "unit": (!found.unit.is_empty()).then_some(&found.unit),
        "results": found.subject.as_ref().map(AnalysedResults::json),
        "interest": { "side": found.side(), "threshold": found.threshold, "quantile": quantile },
        "points": found.points,
        "cases": found.cases,
        "replicates": { "fewest": found.replicates.0, "most": found.replicates.1 },
        "peel": found.settings.peel,
        "minimum_mass": found.settings.minimum_mass,
        "rule": rule,
        "least_density": least,
        "significance": found.settings.significance,
        "design_blake3": found.digests[0],
        "outputs_blake3": found.digests[1],
        "boxes": found.boxes.iter().map(|one| box_json(found, one)).collect::<Vec<_>>(),
        "coverage": found.coverage(cases),
        "density": (points > 0).then(|| cases as f64 / points as f64),
        "mass": found.mass(points),
        "note": found.note,
    });
    if !found.notes.is_empty() {
        object["notes"] = json!(found.notes);
    }
    object
}

fn box_json(found: &Discovery, one: &Found) -> Value {
    let mut object = step_json(found, &one.last);
    let dropped = one.dropped.iter().map(|judged| {
        let TestedCut { cut, quasi_p } = judged;
        json!({ "factor": found.factors[cut.factor].name, "side": name(cut.side), "quasi_p": quasi_p })
    });
    object.insert("limits".to_owned(), all_limits(found, &one.last, &one.cuts));
    object.insert("dropped".to_owned(), dropped.collect());
    object.insert("among_points".to_owned(), one.pool.into());
    object.insert("among_cases".to_owned(), one.pool_cases.into());
    object.insert("chosen_step".to_owned(), one.chosen.into());
    let step = |step: &PeelStep| {
        let mut object = step_json(found, step);
        object.insert("harmonic_mean".to_owned(), step.balance(one.pool_cases).into());
        Value::Object(object)
    };
    object.insert("trajectory".to_owned(), one.trajectory.iter().map(step).collect());
    object.insert("harmonic_mean".to_owned(), one.last.balance(one.pool_cases).into());
    let beside = one.beside.iter().map(|beside| beside_json(found, one, beside));
    object.insert("beside".to_owned(), beside.collect());
    Value::Object(object)
}

/// A box beside the one taken, and why.
fn beside_json(found: &Discovery, one: &Found, beside: &AlternativeBox) -> Value {
    let AlternativeBox { why, found: other } = beside;
    let mut object = Map::from_iter([("what".to_owned(), beside_words(*why).into())]);
    object.extend(step_json(found, &other.last));
    object.insert("harmonic_mean".to_owned(), other.last.balance(one.pool_cases).into());
    object.insert("step".to_owned(), other.step.into());
    object.insert("limits".to_owned(), all_limits(found, &other.last, &other.cuts));
    Value::Object(object)
}

fn all_limits(found: &Discovery, step: &PeelStep, cuts: &[TestedCut]) -> Value {
    let limits = found.cut(step);
    limits.map(|(factor, sampled, limits)| limits_json(cuts, factor, sampled, limits)).collect()
}

fn step_json(found: &Discovery, step: &PeelStep) -> Map<String, Value> {
    Map::from_iter([
        ("points".to_owned(), step.points.into()),
        ("cases".to_owned(), step.cases.into()),
        ("coverage".to_owned(), found.coverage(step.cases).into()),
        ("density".to_owned(), step.density().into()),
        ("mass".to_owned(), found.mass(step.points).into()),
        ("restricted".to_owned(), step.restricted().into()),
    ])
}

/// `null` where nothing is cut.
fn limits_json(cuts: &[TestedCut], factor: usize, sampled: &Sampled, limits: &Limits) -> Value {
    let judged = |side| quasi_p(cuts, factor, side);
    match (limits, &sampled.categories) {
        (Limits::Categories(allowed), Some(names)) => json!({
            "factor": sampled.name,
            "values": chosen(names, allowed),
            "of": names,
            "quasi_p": judged(Side::Categories),
        }),
        (Limits::Range { low, high }, _) => json!({
            "factor": sampled.name,
            "low": finite(*low),
            "low_quasi_p": judged(Side::Low),
            "high": finite(*high),
            "high_quasi_p": judged(Side::High),
            "sampled_low": sampled.range()[0],
            "sampled_high": sampled.range()[1],
        }),
        (Limits::Categories(_), None) => Value::Null,
    }
}

/// Name of a side in files.
const fn name(side: Side) -> &'static str {
    match side {
        Side::Low => "low",
        Side::High => "high",
        Side::Categories => "values",
    }
}

fn finite(limit: f64) -> Option<f64> {
    limit.is_finite().then_some(limit)
}

/// A line for each cut factor of each box, in full precision; cells are empty where nothing is cut,
/// and `values` are joined by `|`.
pub fn csv(found: &Discovery) -> String {
    let header = [
        "box",
        "factor",
        "low",
        "low_quasi_p",
        "high",
        "high_quasi_p",
        "values",
        "values_quasi_p",
        "coverage",
        "density",
        "mass",
    ];
    let mut lines = vec![csv_line(header)];
    for (place, one) in found.boxes.iter().enumerate() {
        for (factor, sampled, limits) in found.cut_factors(one) {
            let mut cells = vec![(place + 1).to_string(), sampled.name.clone()];
            cells.extend(limit_cells(one, factor, sampled, limits));
            let last = &one.last;
            let shares = [found.coverage(last.cases), last.density(), found.mass(last.points)];
            cells.extend(shares.map(|share| share.to_string()));
            lines.push(csv_line(cells.iter().map(String::as_str)));
        }
    }
    lines.concat()
}

/// Low, high and values, each with its quasi-p-value.
pub(crate) fn limit_cells(
    one: &Found,
    factor: usize,
    sampled: &Sampled,
    limits: &Limits,
) -> [String; 6] {
    let cell = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let judged = |side| cell(quasi_p(&one.cuts, factor, side));
    let (low, high, values) = match limits {
        Limits::Range { low, high } => (cell(finite(*low)), cell(finite(*high)), String::new()),
        Limits::Categories(allowed) => {
            let names = sampled.categories.as_deref().unwrap_or_default();
            (String::new(), String::new(), chosen(names, allowed).join("|"))
        }
    };
    [low, judged(Side::Low), high, judged(Side::High), values, judged(Side::Categories)]
}

/// A line for each step of the peeling of each box.
pub(crate) fn trajectory_csv(found: &Discovery) -> String {
    let header = [
        "box",
        "step",
        "points",
        "cases",
        "coverage",
        "density",
        "mass",
        "restricted",
        "chosen",
        "harmonic_mean",
    ];
    let mut lines = vec![csv_line(header)];
    for (number, one) in found.boxes.iter().enumerate() {
        for (place, step) in one.trajectory.iter().enumerate() {
            let cells = [
                (number + 1).to_string(),
                place.to_string(),
                step.points.to_string(),
                step.cases.to_string(),
                found.coverage(step.cases).to_string(),
                step.density().to_string(),
                found.mass(step.points).to_string(),
                step.restricted().to_string(),
                u8::from(place == one.chosen).to_string(),
                step.balance(one.pool_cases).to_string(),
            ];
            lines.push(csv_line(cells.iter().map(String::as_str)));
        }
    }
    lines.concat()
}

/// A `tabular` in booktabs style: cut factors of each box; `command` made it.
#[must_use]
pub fn latex(found: &Discovery, suffix: &str, command: &str) -> String {
    let boxes = found.boxes.iter().enumerate();
    let rows = boxes.map(|(place, one)| latex_rows(found, place + 1, one));
    let origin = format!(
        "{} {} {}; data blake3 {} (discovery{suffix}.csv); design blake3 {}, outputs blake3 {}; {command}",
        found.name(),
        found.side(),
        found.threshold,
        digest(csv(found).as_bytes()),
        found.digests[0],
        found.digests[1]
    );
    let origin: String = origin.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!(
        "% {origin}\n% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{lll}}\n\\toprule\n\
         Factor & Within the box & quasi-$p$ \\\\\n\\midrule\n{}\\bottomrule\n\\end{{tabular}}\n",
        rows.collect::<String>()
    )
}

/// What a box holds, and a row for each cut factor.
fn latex_rows(found: &Discovery, place: usize, one: &Found) -> String {
    let share = |share: f64| format!("{:.1}\\,\\%", 100.0 * share);
    let head = format!(
        "\\multicolumn{{3}}{{l}}{{Box {place}: coverage {}, density {}, mass {}}} \\\\\n",
        share(found.coverage(one.last.cases)),
        share(one.last.density()),
        share(found.mass(one.last.points)),
    );
    let row = |(factor, sampled, limits): (usize, &Sampled, &Limits)| {
        let words = latex::escape(&limit_words(sampled, limits));
        let quasi_p = latex::escape(&quasi_p_words(one, factor));
        format!(
            "\\quad {} & {} & {} \\\\\n",
            latex::escape(&sampled.name),
            words.replace('≤', "$\\le$").replace('≥', "$\\ge$"),
            quasi_p.replace("\\textless{}", "$<$"),
        )
    };
    std::iter::once(head).chain(found.cut_factors(one).map(row)).collect()
}

/// Figure of a box, without its ending: a number before the label, so that no label can be taken
/// for one.
#[must_use]
pub(crate) fn figure_name(place: usize, suffix: &str) -> String {
    let number = if place == 0 { String::new() } else { format!("-{}", place + 1) };
    format!("figures/discovery{number}{suffix}")
}

/// Figures that an earlier analysis with more boxes may have left.
#[must_use]
pub(crate) fn outdated(found: &Discovery, suffix: &str) -> Vec<String> {
    let beyond = found.boxes.len()..usize::from(MOST_BOXES);
    let endings = [".svg", ".png", ".pdf", ".csv", "_figure.csv"];
    let forms = |place| endings.map(|ending| figure_name(place, suffix) + ending);
    beyond.flat_map(forms).collect()
}
