//! The summary as `summary.json`, `summary.csv`, `differences.csv` and `interactions.csv`, in full
//! precision: written scenario by scenario, as the statistics are worked out.

mod columns;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use self::columns::{
    DESCRIPTION, EFFECT, ERRORS, INTERACTION, description_json, description_values, effect_json,
    effect_values, error_values, estimands, interaction_json, interaction_values, quantile_errors,
};

use super::error::ReportError;
use super::files::Growing;
use super::manifest::{Contrast, Manifest};
use super::squares::Square;
use super::statistics::{Description, Effect, Interaction, QUANTILES};
use super::summary::{Metric, Sink};

/// Lists of `summary.json`, in order.
const LISTS: [&str; 4] = ["scenarios", "contrasts", "interactions", "notes"];

/// The files being written.
pub struct Export<'r> {
    manifest: &'r Manifest,
    metrics: Vec<Metric>,
    finished: Vec<usize>,
    json: Growing,
    summary: Growing,
    differences: Growing,
    interactions: Growing,
    /// The list of `summary.json` that is open, and the objects in it.
    list: usize,
    items: usize,
}

impl<'r> Export<'r> {
    /// Starts the files in a results folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn begin(
        results: &Path,
        manifest: &'r Manifest,
        metrics: Vec<Metric>,
        finished: Vec<usize>,
        data_digest: &str,
    ) -> Result<Self, ReportError> {
        let [json, summary, differences, interactions] =
            files(results).map(|path| Growing::create(&path));
        let (mut json, mut summary) = (json?, summary?);
        let (mut differences, mut interactions) = (differences?, interactions?);
        json.write(head(manifest, data_digest).as_bytes())?;
        let names = quantile_errors();
        let names = DESCRIPTION.into_iter().chain(names.iter().map(String::as_str));
        let keys = ["scenario", "metric", "unit", "n"].into_iter();
        summary.write(csv_line(keys.chain(names)).as_bytes())?;
        let keys = ["treatment", "control", "metric", "unit", "n"].into_iter();
        differences.write(csv_line(keys.chain(EFFECT)).as_bytes())?;
        let keys = ["first", "second", "metric", "unit", "n"].into_iter();
        interactions.write(csv_line(keys.chain(INTERACTION)).as_bytes())?;
        let (list, items) = (0, 0);
        Ok(Self {
            manifest,
            metrics,
            finished,
            json,
            summary,
            differences,
            interactions,
            list,
            items,
        })
    }

    /// Ends the files, with what is left out of tables and figures, and returns their paths.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self, results: &Path, notes: &[String]) -> Result<[PathBuf; 4], ReportError> {
        for note in notes {
            self.item(3, &json!(note))?;
        }
        self.open(LISTS.len())?;
        self.json.write(b"\n}\n")?;
        self.json.finish()?;
        self.summary.finish()?;
        self.differences.finish()?;
        self.interactions.finish()?;
        Ok(files(results))
    }

    /// Ends lists until this one is open; none is beyond the last.
    fn open(&mut self, list: usize) -> Result<(), ReportError> {
        while self.list < list {
            self.json.write(if self.items == 0 { b"]" } else { b"\n  ]" })?;
            self.list += 1;
            self.items = 0;
            if let Some(name) = LISTS.get(self.list) {
                self.json.write(format!(",\n  \"{name}\": [").as_bytes())?;
            }
        }
        Ok(())
    }

    /// Appends to a list of `summary.json`; tells how many were in it.
    fn item(&mut self, list: usize, value: &Value) -> Result<(), ReportError> {
        self.open(list)?;
        let separator = if self.items == 0 { "" } else { "," };
        self.items += 1;
        let text = format!("{value:#}").replace('\n', "\n    ");
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
        let place = self.items;
        let name = &self.manifest.scenarios[place];
        let metrics = self.by_metric(descriptions, description_json);
        let finished = self.finished[place];
        self.item(0, &json!({ "name": name, "finished": finished, "metrics": metrics }))?;
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
        self.open(1)?;
        let Contrast { treatment, control } = &self.manifest.contrasts[self.items];
        let metrics = self.by_metric(effects, effect_json);
        let object = json!({ "treatment": treatment, "control": control, "metrics": metrics });
        self.item(1, &object)?;
        for (metric, effect) in self.metrics.iter().zip(effects) {
            let n = effect.as_ref().map_or(0, |effect| effect.n).to_string();
            let keys = [treatment.as_str(), control, &metric.name, metric.unit, &n];
            let values = effect.as_ref().map_or_else(|| vec![None; EFFECT.len()], effect_values);
            self.differences.write(csv_row(&keys, &values).as_bytes())?;
        }
        Ok(())
    }

    fn interaction(
        &mut self,
        square: &Square,
        interactions: &[Option<Interaction>],
    ) -> Result<(), ReportError> {
        let metrics = self.by_metric(interactions, interaction_json);
        let Square { first, second } = square;
        self.item(2, &json!({ "first": first, "second": second, "metrics": metrics }))?;
        let names = [first.to_string(), second.to_string()];
        for (metric, found) in self.metrics.iter().zip(interactions) {
            let n = found.as_ref().map_or(0, |found| found.absolute.n).to_string();
            let keys = [&names[0], &names[1], metric.name.as_str(), metric.unit, &n];
            let none = || vec![None; INTERACTION.len()];
            let values = found.as_ref().map_or_else(none, interaction_values);
            self.interactions.write(csv_row(&keys, &values).as_bytes())?;
        }
        Ok(())
    }
}

fn files(results: &Path) -> [PathBuf; 4] {
    ["summary.json", "summary.csv", "differences.csv", "interactions.csv"]
        .map(|name| results.join(name))
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
        "estimands": estimands(),
    });
    format!("{},\n  \"scenarios\": [", format!("{object:#}").trim_end_matches("\n}"))
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
