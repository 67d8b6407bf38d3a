//! The summary as `summary.json`, `summary.csv` and `differences.csv`, in full precision: written
//! scenario by scenario, as the statistics are worked out.
//!
//! Of very many scenarios it is brief, so that it is no larger than what it is of: statistics stand in
//! the tables, and the JSON file has means alone.

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
/// Bytes of a number as it is written, at most about.
const NUMBER_BYTES: u64 = 20;
/// Statistics of an effect in a brief JSON file: places in [`EFFECT`].
const BRIEF_EFFECT: [usize; 3] = [2, 4, 5];

/// Bytes that a brief summary takes for a metric, about: a line for each scenario and each contrast
/// in its table and in the JSON file, with names as long as these.
pub fn brief_bytes(manifest: &Manifest, metric: &Metric) -> u64 {
    let keys = (metric.name.len() + metric.unit.len()) as u64 + 8;
    let json = metric.name.len() as u64 + 40;
    let scenario = |name: &String| {
        name.len() as u64 + keys + NUMBER_BYTES * (DESCRIPTION.len() as u64 + 2) + 16 + json
    };
    let contrast = |pair: &Contrast| {
        let names = (pair.treatment.len() + pair.control.len()) as u64;
        names + keys + NUMBER_BYTES * (EFFECT.len() as u64 + 3) + json
    };
    manifest.scenarios.iter().map(scenario).sum::<u64>()
        + manifest.contrasts.iter().map(contrast).sum::<u64>()
}

/// The files being written.
pub struct Export<'r> {
    manifest: &'r Manifest,
    metrics: &'r [Metric],
    finished: Vec<usize>,
    /// Which metrics are written.
    written: Vec<bool>,
    brief: bool,
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
        written: Vec<bool>,
        brief: bool,
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
        Ok(Self {
            manifest,
            metrics,
            finished,
            written,
            brief,
            json,
            summary,
            differences,
            scenarios,
            contrasts,
        })
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

    /// Appends an object to the list in JSON that `before` others are in, a metric a line.
    fn item<T>(
        &mut self,
        before: usize,
        head: &Value,
        all: &[Option<T>],
        entry: impl Fn(&T) -> Map<String, Value>,
    ) -> Result<(), ReportError> {
        let separator = if before == 0 { "" } else { "," };
        let head = head.to_string();
        let head = head.trim_end_matches('}');
        self.json.write(format!("{separator}\n    {head},\"metrics\":{{").as_bytes())?;
        let written = self.metrics.iter().zip(all).zip(&self.written).filter(|(_, w)| **w);
        for (place, ((metric, value), _)) in written.enumerate() {
            let mut object = Map::new();
            if !self.brief {
                object.insert("unit".to_owned(), metric.unit.into());
            }
            match value {
                Some(value) => object.extend(entry(value)),
                None => drop(object.insert("n".to_owned(), 0.into())),
            }
            let (separator, name) = (if place == 0 { "" } else { "," }, Value::from(&*metric.name));
            let line = format!("{separator}\n      {name}:{}", Value::Object(object));
            self.json.write(line.as_bytes())?;
        }
        self.json.write(b"}}")
    }
}

impl Sink for Export<'_> {
    fn scenario(&mut self, descriptions: &[Option<Description>]) -> Result<(), ReportError> {
        let place = self.scenarios;
        self.scenarios += 1;
        let name = &self.manifest.scenarios[place];
        let (finished, brief) = (self.finished[place], self.brief);
        let head = json!({ "name": name, "finished": finished });
        self.item(place, &head, descriptions, |one| description_json(one, brief))?;
        let brief = self.brief;
        let errors = |description: &Description| match brief {
            true => vec![None; QUANTILES.len() * ERRORS.len()],
            false => error_values(description),
        };
        let written = self.metrics.iter().zip(descriptions).zip(&self.written);
        for ((metric, description), _) in written.filter(|(_, written)| **written) {
            let n = description.as_ref().map_or(0, |description| description.n).to_string();
            let width = DESCRIPTION.len() + QUANTILES.len() * ERRORS.len();
            let values = description.as_ref().map_or_else(
                || vec![None; width],
                |description| [description_values(description), errors(description)].concat(),
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
        let (head, brief) = (json!({ "treatment": treatment, "control": control }), self.brief);
        self.item(place, &head, effects, |one| effect_json(one, brief))?;
        let written = self.metrics.iter().zip(effects).zip(&self.written);
        for ((metric, effect), _) in written.filter(|(_, written)| **written) {
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

fn description_json(description: &Description, brief: bool) -> Map<String, Value> {
    let values = description_values(description).into_iter().map(Value::from);
    let mut entry = Map::from_iter([("n".to_owned(), description.n.into())]);
    let names = DESCRIPTION.iter().map(|name| (*name).to_owned());
    if brief {
        entry.extend(names.zip(values).filter(|(name, _)| name == "mean" || name == "mcse"));
        return entry;
    }
    entry.extend(names.zip(values));
    let errors = quantile_errors().into_iter().zip(error_values(description));
    entry.extend(errors.filter_map(|(name, value)| Some((name, value?.into()))));
    entry
}

fn effect_json(effect: &Effect, brief: bool) -> Map<String, Value> {
    let values = effect_values(effect).into_iter().map(Value::from).enumerate();
    let mut entry = Map::from_iter([("n".to_owned(), effect.n.into())]);
    let shown = values.filter(|(place, _)| !brief || BRIEF_EFFECT.contains(place));
    entry.extend(shown.map(|(place, value)| (EFFECT[place].to_owned(), value)));
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
