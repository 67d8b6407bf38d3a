//! The summary as `summary.json`, `summary.csv` and `differences.csv`, in full precision: written
//! scenario by scenario, as the statistics are worked out.

use serde_json::{Map, Value, json};

use super::error::ReportError;
use super::files::{Growing, Publisher};
use super::manifest::{Contrast, Manifest};
use super::statistics::{Description, Effect, Interval, QUANTILES};
use super::summary::{Metric, Sink};

/// Statistics of a metric in a scenario, after `n`.
const DESCRIPTION: [&str; 8] = ["mean", "sd", "mcse", "q05", "q25", "q50", "q75", "q95"];
/// How well a quantile is known.
const ERRORS: [&str; 3] = ["low", "high", "mcse"];
/// Statistics of a metric in a contrast, after `n`.
const EFFECT: [&str; 15] = [
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
    "mcse",
    "unpaired_mcse",
    "treatment_mcse",
    "control_mcse",
    "relative_mcse",
];

/// Names of the files.
const FILES: [&str; 3] = ["summary.json", "summary.csv", "differences.csv"];

/// The files being written.
pub struct Export<'r> {
    manifest: &'r Manifest,
    metrics: &'r [Metric],
    finished: Vec<usize>,
    json: Growing,
    summary: Growing,
    differences: Growing,
    scenarios: usize,
    contrasts: usize,
}

impl<'r> Export<'r> {
    /// Starts the files in a results folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn begin(
        publisher: &Publisher,
        manifest: &'r Manifest,
        metrics: &'r [Metric],
        finished: Vec<usize>,
        data_digest: &str,
    ) -> Result<Self, ReportError> {
        let [json, summary, differences] = FILES.map(|name| publisher.begin(name));
        let (mut json, mut summary, mut differences) = (json?, summary?, differences?);
        json.write(head(manifest, data_digest).as_bytes())?;
        let names = quantile_errors();
        let names = DESCRIPTION.into_iter().chain(names.iter().map(String::as_str));
        let keys = ["scenario", "metric", "unit", "n"].into_iter();
        summary.write(csv_line(keys.chain(names)).as_bytes())?;
        let keys = ["treatment", "control", "metric", "unit", "n"].into_iter();
        differences.write(csv_line(keys.chain(EFFECT)).as_bytes())?;
        let (scenarios, contrasts) = (0, 0);
        Ok(Self { manifest, metrics, finished, json, summary, differences, scenarios, contrasts })
    }

    /// Ends the files and publishes them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self, publisher: &mut Publisher) -> Result<(), ReportError> {
        if self.contrasts == 0 {
            self.json.write(b"\n  ],\n  \"contrasts\": [")?;
        }
        let end: &[u8] = if self.contrasts == 0 { b"]\n}\n" } else { b"\n  ]\n}\n" };
        self.json.write(end)?;
        let all = [self.json, self.summary, self.differences];
        FILES.into_iter().zip(all).try_for_each(|(name, file)| publisher.finish(name, file))
    }

    /// Appends an object to the list in JSON that `before` others are in.
    fn item(&mut self, before: usize, object: &Value) -> Result<(), ReportError> {
        let separator = if before == 0 { "" } else { "," };
        let text = format!("{object:#}").replace('\n', "\n    ");
        self.json.write(format!("{separator}\n    {text}").as_bytes())
    }

    fn by_metric<T>(&self, all: &[Option<T>], entry: fn(&T) -> Map<String, Value>) -> Value {
        let none = || Map::from_iter([("n".to_owned(), 0.into())]);
        let metric = |(metric, value): (&Metric, &Option<T>)| {
            let mut object = Map::from_iter([("unit".to_owned(), metric.unit.into())]);
            object.extend(value.as_ref().map_or_else(none, entry));
            (metric.name.clone(), Value::Object(object))
        };
        self.metrics.iter().zip(all).map(metric).collect()
    }
}

impl Sink for Export<'_> {
    fn scenario(&mut self, descriptions: &[Option<Description>]) -> Result<(), ReportError> {
        let place = self.scenarios;
        self.scenarios += 1;
        let name = &self.manifest.scenarios[place];
        let metrics = self.by_metric(descriptions, description_json);
        let finished = self.finished[place];
        self.item(place, &json!({ "name": name, "finished": finished, "metrics": metrics }))?;
        for (metric, description) in self.metrics.iter().zip(descriptions) {
            let n = description.as_ref().map_or(0, |description| description.n).to_string();
            let width = DESCRIPTION.len() + QUANTILES.len() * ERRORS.len();
            let values = description.as_ref().map_or_else(
                || vec![None; width],
                |description| [description_values(description), error_values(description)].concat(),
            );
            self.summary
                .write(csv_row(&[name, &metric.name, metric.unit, &n], &values).as_bytes())?;
        }
        Ok(())
    }

    fn contrast(&mut self, effects: &[Option<Effect>]) -> Result<(), ReportError> {
        if self.contrasts == 0 {
            self.json.write(b"\n  ],\n  \"contrasts\": [")?;
        }
        let place = self.contrasts;
        self.contrasts += 1;
        let Contrast { treatment, control } = &self.manifest.contrasts[place];
        let metrics = self.by_metric(effects, effect_json);
        let object = json!({ "treatment": treatment, "control": control, "metrics": metrics });
        self.item(place, &object)?;
        for (metric, effect) in self.metrics.iter().zip(effects) {
            let n = effect.as_ref().map_or(0, |effect| effect.n).to_string();
            let keys = [treatment.as_str(), control, &metric.name, metric.unit, &n];
            let values = effect.as_ref().map_or_else(|| vec![None; EFFECT.len()], effect_values);
            self.differences.write(csv_row(&keys, &values).as_bytes())?;
        }
        Ok(())
    }
}

/// The JSON object as far as the list of scenarios.
fn head(manifest: &Manifest, data_digest: &str) -> String {
    let object = json!({
        "experiment": manifest.experiment,
        "title": manifest.title,
        "command": manifest.command,
        "plan_digest": manifest.plan_digest,
        "data_digest": data_digest,
        "replicates": manifest.replicates,
        "seed": manifest.seed,
    });
    format!("{},\n  \"scenarios\": [", format!("{object:#}").trim_end_matches("\n}"))
}

/// Names of how well each quantile is known, `q05_low` and so on.
fn quantile_errors() -> Vec<String> {
    let quantiles = &DESCRIPTION[DESCRIPTION.len() - QUANTILES.len()..];
    quantiles.iter().flat_map(|q| ERRORS.map(|error| format!("{q}_{error}"))).collect()
}

fn description_json(description: &Description) -> Map<String, Value> {
    let values = description_values(description).into_iter().map(Value::from);
    let mut entry = Map::from_iter([("n".to_owned(), description.n.into())]);
    entry.extend(DESCRIPTION.iter().map(|name| (*name).to_owned()).zip(values));
    let errors = quantile_errors().into_iter().zip(error_values(description));
    entry.extend(errors.filter_map(|(name, value)| Some((name, value?.into()))));
    entry
}

fn effect_json(effect: &Effect) -> Map<String, Value> {
    let values = effect_values(effect).into_iter().map(Value::from);
    let mut entry = Map::from_iter([("n".to_owned(), effect.n.into())]);
    entry.extend(EFFECT.iter().map(|name| (*name).to_owned()).zip(values));
    entry
}

fn description_values(description: &Description) -> Vec<Option<f64>> {
    let mut values = vec![Some(description.mean), description.sd, description.mcse];
    values.extend(description.quantiles.map(Some));
    values
}

fn error_values(description: &Description) -> Vec<Option<f64>> {
    let none = [None; QUANTILES.len()];
    let errors = description.quantile_errors.as_deref().unwrap_or(&none);
    let three = |error: &Option<_>| {
        let error: Option<super::statistics::QuantileError> = *error;
        [error.map(|e| e.interval.low), error.map(|e| e.interval.high), error.map(|e| e.mcse)]
    };
    errors.iter().flat_map(three).collect()
}

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
        effect.mcse,
        effect.unpaired_mcse,
        effect.treatment_mcse,
        effect.control_mcse,
        effect.relative_mcse,
    ]
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
