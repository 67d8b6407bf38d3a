//! The summary as `summary.json`, `summary.csv` and `differences.csv`, in full precision.

use serde_json::{Map, Value, json};

use super::manifest::Contrast;
use super::statistics::{Description, Effect, Interval};
use super::summary::Summary;

/// One JSON object: what the results are of, then every metric by scenario and by contrast.
#[must_use]
pub fn json(summary: &Summary) -> String {
    let manifest = &summary.manifest;
    let scenarios = manifest.scenarios.iter().enumerate().map(|(position, name)| {
        let metrics = by_metric(summary, |metric| {
            summary.descriptions[metric][position].as_ref().map(description_json)
        });
        json!({ "name": name, "finished": summary.finished[position], "metrics": metrics })
    });
    let contrasts = manifest.contrasts.iter().enumerate().map(|(position, contrast)| {
        let metrics = by_metric(summary, |metric| {
            summary.effects[metric][position].as_ref().map(effect_json)
        });
        json!({ "treatment": contrast.treatment, "control": contrast.control, "metrics": metrics })
    });
    let object = json!({
        "experiment": manifest.experiment,
        "title": manifest.title,
        "command": manifest.command,
        "plan_digest": manifest.plan_digest,
        "data_digest": summary.data_digest,
        "replicates": manifest.replicates,
        "seed": manifest.seed,
        "scenarios": scenarios.collect::<Vec<_>>(),
        "contrasts": contrasts.collect::<Vec<_>>(),
    });
    format!("{object:#}\n")
}

fn by_metric(summary: &Summary, value: impl Fn(usize) -> Option<Map<String, Value>>) -> Value {
    let mut all = Map::new();
    for (position, metric) in summary.metrics.iter().enumerate() {
        let mut entry = Map::new();
        entry.insert("unit".to_owned(), metric.unit.into());
        entry.extend(
            value(position).unwrap_or_else(|| Map::from_iter([("n".to_owned(), 0.into())])),
        );
        all.insert(metric.name.clone(), Value::Object(entry));
    }
    Value::Object(all)
}

fn description_json(description: &Description) -> Map<String, Value> {
    let values = description_values(description).into_iter().map(Value::from);
    let mut entry = Map::from_iter([("n".to_owned(), description.n.into())]);
    entry.extend(DESCRIPTION.iter().map(|name| (*name).to_owned()).zip(values));
    entry
}

fn effect_json(effect: &Effect) -> Map<String, Value> {
    let values = effect_values(effect).into_iter().map(Value::from);
    let mut entry = Map::from_iter([("n".to_owned(), effect.n.into())]);
    entry.extend(EFFECT.iter().map(|name| (*name).to_owned()).zip(values));
    entry
}

const DESCRIPTION: [&str; 8] = ["mean", "sd", "mcse", "q05", "q25", "q50", "q75", "q95"];

fn description_values(description: &Description) -> Vec<Option<f64>> {
    let mut values = vec![Some(description.mean), description.sd, description.mcse];
    values.extend(description.quantiles.map(Some));
    values
}

const EFFECT: [&str; 10] = [
    "treatment_mean",
    "control_mean",
    "difference",
    "sd",
    "low",
    "high",
    "relative_percent",
    "relative_low",
    "relative_high",
    "variance_reduction",
];

fn effect_values(effect: &Effect) -> Vec<Option<f64>> {
    let low = |interval: Option<Interval>| interval.map(|interval| interval.low);
    let high = |interval: Option<Interval>| interval.map(|interval| interval.high);
    vec![
        Some(effect.treatment_mean),
        Some(effect.control_mean),
        Some(effect.difference),
        effect.sd,
        low(effect.interval),
        high(effect.interval),
        effect.relative_percent,
        low(effect.relative_interval),
        high(effect.relative_interval),
        effect.variance_reduction,
    ]
}

/// Long CSV: one row per scenario and metric; an empty field is a value that does not exist.
#[must_use]
pub fn summary_csv(summary: &Summary) -> String {
    let mut lines =
        vec![csv_line(["scenario", "metric", "unit", "n"].into_iter().chain(DESCRIPTION))];
    for (position, scenario) in summary.manifest.scenarios.iter().enumerate() {
        for (metric, by_scenario) in summary.metrics.iter().zip(&summary.descriptions) {
            let description = by_scenario[position].as_ref();
            let n = description.map_or(0, |description| description.n).to_string();
            let keys = [scenario.as_str(), &metric.name, metric.unit, &n];
            let values = description.map_or_else(|| vec![None; 8], description_values);
            lines.push(csv_row(&keys, &values));
        }
    }
    lines.concat()
}

/// Long CSV: one row per contrast and metric.
#[must_use]
pub fn differences_csv(summary: &Summary) -> String {
    let header = ["treatment", "control", "metric", "unit", "n"].into_iter().chain(EFFECT);
    let mut lines = vec![csv_line(header)];
    for (position, Contrast { treatment, control }) in summary.manifest.contrasts.iter().enumerate()
    {
        for (metric, by_contrast) in summary.metrics.iter().zip(&summary.effects) {
            let effect = by_contrast[position].as_ref();
            let n = effect.map_or(0, |effect| effect.n).to_string();
            let keys = [treatment.as_str(), control, &metric.name, metric.unit, &n];
            lines.push(csv_row(&keys, &effect.map_or_else(|| vec![None; 10], effect_values)));
        }
    }
    lines.concat()
}

fn csv_row(keys: &[&str], values: &[Option<f64>]) -> String {
    let numbers: Vec<String> = values
        .iter()
        .map(|value| value.map(|value| value.to_string()).unwrap_or_default())
        .collect();
    csv_line(keys.iter().copied().chain(numbers.iter().map(String::as_str)))
}

/// One line of CSV; fields with a comma, quote or line break are quoted.
pub fn csv_line<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let quoted = |field: &str| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    };
    let mut line = fields.into_iter().map(quoted).collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}
