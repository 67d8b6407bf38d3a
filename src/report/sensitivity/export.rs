//! Sensitivity as JSON, CSV and LaTeX.

use serde_json::{Map, Value, json};

use super::table::decimals;
use crate::analysis::points::AnalysedResults;
use crate::analysis::sensitivity::{Dropped, Index, IndexEstimate, Sensitivity, SensitivityMethod};
use crate::files::digest;
use crate::files::sheet::csv_line;
use crate::report::latex;
use crate::report::numbers::fixed;
use crate::report::source::{Cell, FigureData};

/// One object: what was analysed, measures with intervals, convergence.
#[must_use]
pub fn json(found: &Sensitivity) -> Value {
    let method = found.method;
    let whole = found.whole();
    let convergence = found
        .stages
        .iter()
        .map(|stage| json!({ "rows": stage.rows, "indices": list(method, &stage.indices) }));
    let mut object = json!({
        "method": method.name(),
        "output": found.output,
        "unit": (!found.unit.is_empty()).then_some(&found.unit),
        "results": found.subject.as_ref().map(AnalysedResults::json),
        "rows": whole.rows,
        "points": found.points,
        "replicates": { "fewest": found.replicates.0, "most": found.replicates.1 },
        "noise_share": found.noise_share,
        "estimators": estimators(method),
        "resamples": found.resamples,
        "seed": found.seed,
        "design_blake3": found.digests[0],
        "outputs_blake3": found.digests[1],
        "indices": list(method, &whole.indices),
        "dummy": whole.dummy.as_ref().map(|dummy| object(method, dummy)),
        "convergence": convergence.collect::<Vec<_>>(),
    });
    if let Some(Dropped { count, of, rows }) = &found.dropped {
        object["dropped"] = json!({ "count": count, "of": of, "failed_rows": rows });
    }
    if !found.notes.is_empty() {
        object["notes"] = json!(found.notes);
    }
    object
}

fn list(method: SensitivityMethod, indices: &[Index]) -> Vec<Value> {
    indices.iter().map(|index| object(method, index)).collect()
}

/// `name`, then each measure with `_low` and `_high`.
fn object(method: SensitivityMethod, index: &Index) -> Value {
    let mut object = Map::from_iter([("name".to_owned(), index.name.clone().into())]);
    object.extend(index.scale.map(|scale| ("scale".to_owned(), scale.into())));
    for (measure, estimate) in method.measures().iter().zip(index.estimates) {
        object.insert((*measure).to_owned(), estimate.value.into());
        object.insert(format!("{measure}_low"), estimate.low.into());
        object.insert(format!("{measure}_high"), estimate.high.into());
    }
    Value::Object(object)
}

fn estimators(method: SensitivityMethod) -> Value {
    match method {
        SensitivityMethod::Sobol => json!({
            "first": "Saltelli 2010: mean(b (c - a)) / V, centred",
            "total": "Jansen 1999: mean((a - c)^2) / (2 V)",
            "first_jansen": "Jansen 1999: 1 - mean((b - c)^2) / (2 V)",
            "dummy": "c = a: mean(a b) / V and 1 - mean(a a) / V, centred",
            "intervals": "95 % percentile bootstrap of base rows",
        }),
        SensitivityMethod::Morris => json!({
            "mu_star": "mean of absolute effects per sampled range",
            "mu": "mean effect",
            "sigma": "standard deviation of effects, divisor n - 1",
            "intervals": "95 % percentile bootstrap of trajectories",
        }),
    }
}

/// A line for each factor at each stage of convergence, the dummy last: rows analysed, `name`, each
/// measure with `_low` and `_high`, in full precision.
#[must_use]
pub(crate) fn convergence_csv(found: &Sensitivity) -> String {
    let names = found.method.measures();
    let names =
        names.iter().flat_map(|name| ["", "_low", "_high"].map(|end| format!("{name}{end}")));
    let mut source = FigureData::new(["rows", "name"].map(str::to_owned).into_iter().chain(names));
    for stage in &found.stages {
        for index in stage.indices.iter().chain(&stage.dummy) {
            let keys = [stage.rows.into(), index.name.as_str().into()];
            let numbers = index.estimates.iter().flat_map(|e| [e.value, e.low, e.high]);
            source.row(keys.into_iter().chain(numbers.map(Cell::from)));
        }
    }
    source.text
}

/// A line for each factor, the dummy last: `name`, each measure with `_low` and `_high`, in full
/// precision; with `scale` for elementary effects.
#[must_use]
pub fn csv(found: &Sensitivity) -> String {
    let whole = found.whole();
    let ends = |measure: &str| ["", "_low", "_high"].map(|end| format!("{measure}{end}"));
    let mut header = vec!["name".to_owned()];
    header.extend(found.method.measures().iter().flat_map(|measure| ends(measure)));
    header.extend(whole.indices.iter().find_map(|index| index.scale).map(|_| "scale".to_owned()));
    let mut lines = vec![csv_line(header.iter().map(String::as_str))];
    for index in whole.indices.iter().chain(&whole.dummy) {
        let mut cells = vec![index.name.clone()];
        let numbers = index.estimates.iter().flat_map(|e| [e.value, e.low, e.high]);
        cells.extend(numbers.map(|number| number.to_string()));
        cells.extend(index.scale.map(str::to_owned));
        lines.push(csv_line(cells.iter().map(String::as_str)));
    }
    lines.concat()
}

/// A `tabular` in booktabs style, the factor that matters most first; `command` made it.
#[must_use]
pub fn latex(found: &Sensitivity, suffix: &str, command: &str) -> String {
    let (whole, measures) = (found.whole(), found.method.symbols());
    let mut header = vec!["Factor".to_owned()];
    let (size, unit) = scaled(found);
    header.extend(measures.map(|symbol| format!("{symbol} [95\\,\\%]{unit}")));
    let places = if found.method == SensitivityMethod::Sobol { decimals(found) } else { 2 };
    let rows = found.ranked().into_iter().chain(&whole.dummy).map(|index| {
        let cells = index.estimates.map(|estimate| latex_cell(estimate, size, places));
        format!("{} & {} \\\\\n", latex::escape(&index.name), cells.join(" & "))
    });
    let origin = format!(
        "{} of {}: {} rows; data blake3 {} (sensitivity{suffix}.csv); design blake3 {}, outputs blake3 \
         {}; {command}",
        found.method.name(),
        found.name(),
        found.whole().rows,
        digest(csv(found).as_bytes()),
        found.digests[0],
        found.digests[1]
    );
    let origin: String = origin.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!(
        "% {origin}\n% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{lrrr}}\n\\toprule\n{} \\\\\n\
         \\midrule\n{}\\bottomrule\n\\end{{tabular}}\n",
        header.join(" & "),
        rows.collect::<String>(),
    )
}

/// The power of a thousand that leaves effects at most three digits before the point, and how a
/// heading writes it and the unit; shares of variance are as they are.
fn scaled(found: &Sensitivity) -> (f64, String) {
    if found.method == SensitivityMethod::Sobol {
        return (1.0, String::new());
    }
    let ends = found.whole().indices.iter().flat_map(|index| index.estimates);
    let largest = ends.map(|e| e.low.abs().max(e.high.abs())).fold(0.0, f64::max);
    let thousands = if largest > 0.0 { libm::floor(libm::log10(largest) / 3.0) } else { 0.0 };
    let unit = if found.unit == "1" { String::new() } else { latex::escape(&found.unit) };
    let exponent = 3.0 * thousands;
    let words = match (exponent == 0.0, unit.as_str()) {
        (true, "") => String::new(),
        (true, unit) => format!(", {unit}"),
        (false, "") => format!(", $10^{{{exponent}}}$"),
        (false, unit) => format!(", $10^{{{exponent}}}$ {unit}"),
    };
    (libm::pow(10.0, exponent), words)
}

fn latex_cell(estimate: IndexEstimate, size: f64, decimals: usize) -> String {
    let [value, low, high] = [estimate.value, estimate.low, estimate.high]
        .map(|number| latex::number(&fixed(number / size, decimals)));
    format!("{value} [{low}, {high}]")
}
