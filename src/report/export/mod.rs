//! The summary as `summary.json`, `summary.csv`, `differences.csv` and `interactions.csv`, in full
//! precision: written scenario by scenario, as the statistics are worked out.
//!
//! Of very many scenarios it is brief, so that it is no larger than what it is of: statistics stand in
//! the tables, and the JSON file has means alone.

mod columns;

use serde_json::{Map, Value, json};

use columns::{
    DESCRIPTION, EFFECT, ERRORS, INTERACTION, description_json, description_values, effect_json,
    effect_values, error_values, estimands, interaction_json, interaction_values, quantile_errors,
};

use super::files::{PartialFile, Publisher};
use crate::analysis::summary::squares::Square;
use crate::analysis::summary::{Sink, SummaryMetric};
use crate::files::sheet::csv_line;
use crate::statistics::samples::{Description, Interaction, PairedEffect, QUANTILES};
use crate::study::experiment::Contrast;
use crate::study::results::manifest::Manifest;
use crate::study::results::report_error::ReportError;

/// Lists of `summary.json`, in order.
const LISTS: [&str; 4] = ["scenarios", "contrasts", "interactions", "notes"];

/// Names of the files.
const FILES: [&str; 4] = ["summary.json", "summary.csv", "differences.csv", "interactions.csv"];
/// Bytes of a number as it is written, at most about.
const NUMBER_BYTES: u64 = 20;

/// Bytes that a brief summary takes for a metric, about: a line for each scenario and each contrast
/// in its table and in the JSON file, with names as long as these.
pub(crate) fn brief_bytes(manifest: &Manifest, metric: &SummaryMetric) -> u64 {
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
pub(crate) struct Export<'r> {
    manifest: &'r Manifest,
    metrics: Vec<SummaryMetric>,
    finished: Vec<usize>,
    /// Which metrics are written.
    written: Vec<bool>,
    brief: bool,
    json: PartialFile,
    summary: PartialFile,
    differences: PartialFile,
    interactions: PartialFile,
    /// The list of `summary.json` that is open, and the objects in it.
    list: usize,
    items: usize,
}

impl<'r> Export<'r> {
    /// Starts the files in a results folder.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn begin(
        publisher: &Publisher,
        manifest: &'r Manifest,
        metrics: Vec<SummaryMetric>,
        finished: Vec<usize>,
        data_digest: &str,
        written: Vec<bool>,
        brief: bool,
    ) -> Result<Self, ReportError> {
        let [json, summary, differences, interactions] = FILES.map(|name| publisher.begin(name));
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
            written,
            brief,
            json,
            summary,
            differences,
            interactions,
            list,
            items,
        })
    }

    /// Ends the files, with what is left out of tables and figures, and publishes them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn finish(
        mut self,
        publisher: &mut Publisher,
        notes: &[String],
    ) -> Result<(), ReportError> {
        for note in notes {
            let separator = self.next_item(3)?;
            self.json
                .write(format!("{separator}\n    {}", Value::from(note.as_str())).as_bytes())?;
        }
        self.open(LISTS.len())?;
        self.json.write(b"\n}\n")?;
        let all = [self.json, self.summary, self.differences, self.interactions];
        FILES.into_iter().zip(all).try_for_each(|(name, file)| publisher.finish(name, file))
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

    /// Begins an item of a list of `summary.json`; returns what stands between it and the one before.
    fn next_item(&mut self, list: usize) -> Result<&'static str, ReportError> {
        self.open(list)?;
        self.items += 1;
        Ok(if self.items == 1 { "" } else { "," })
    }

    /// Appends an object to a list of `summary.json`, a metric a line.
    fn item<T>(
        &mut self,
        list: usize,
        head: &Value,
        all: &[Option<T>],
        entry: impl Fn(&T) -> Map<String, Value>,
    ) -> Result<(), ReportError> {
        let separator = self.next_item(list)?;
        let head = head.to_string();
        let head = head.strip_suffix('}').unwrap_or(&head);
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
        let place = self.items;
        let name = &self.manifest.scenarios[place];
        let (finished, brief) = (self.finished[place], self.brief);
        let head = json!({ "name": name, "finished": finished });
        self.item(0, &head, descriptions, |one| description_json(one, brief))?;
        let errors = |description: &Description| {
            if brief {
                vec![None; QUANTILES.len() * ERRORS.len()]
            } else {
                error_values(description)
            }
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

    fn contrast(&mut self, effects: &[Option<PairedEffect>]) -> Result<(), ReportError> {
        self.open(1)?;
        let Contrast { treatment, control } = &self.manifest.contrasts[self.items];
        let (head, brief) = (json!({ "treatment": treatment, "control": control }), self.brief);
        self.item(1, &head, effects, |one| effect_json(one, brief))?;
        let written = self.metrics.iter().zip(effects).zip(&self.written);
        for ((metric, effect), _) in written.filter(|(_, written)| **written) {
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
        let Square { first, second } = square;
        let (head, brief) = (json!({ "first": first, "second": second }), self.brief);
        self.item(2, &head, interactions, |one| interaction_json(one, brief))?;
        let names = [first.to_string(), second.to_string()];
        let written = self.metrics.iter().zip(interactions).zip(&self.written);
        for ((metric, found), _) in written.filter(|(_, written)| **written) {
            let n = found.as_ref().map_or(0, |found| found.absolute.n).to_string();
            let keys = [&names[0], &names[1], metric.name.as_str(), metric.unit, &n];
            let none = || vec![None; INTERACTION.len()];
            let values = found.as_ref().map_or_else(none, interaction_values);
            self.interactions.write(csv_row(&keys, &values).as_bytes())?;
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
