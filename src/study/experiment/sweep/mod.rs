//! Designs in an experiment file: named groups of points, at each of which all scenarios are run.
//!
//! `[[design]]` says how points are placed and `[[design.factor]]` what varies. The points are a
//! pure function of the file, so that the design can be written again at any time.

pub mod factor;
mod place;
mod placing;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::config::{Tree, ValueOrigin};
use super::document::Document;
use super::entry::TomlEntry;
use super::entry::check_name;
use crate::study::error::ConfigError;
pub use factor::Law;
use factor::SweptFactor;
pub use placing::Placing;

/// Fewest base rows of which `sensitivity` works out Sobol' indices.
pub(crate) const FEWEST_BASE_ROWS: u32 = 16;
const KEYS: [&str; 7] = ["name", "method", "samples", "seed", "levels", "factor", "points"];

/// A factor of a design as the plan keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedFactor {
    /// Dotted key of the parameter.
    pub key: String,
    /// Law of its values; none in designs that list their points.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub law: Option<Law>,
}

/// A design as the plan keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedSweep {
    /// Name.
    pub name: String,
    /// How points are placed.
    #[serde(flatten)]
    pub placing: Placing,
    /// What varies.
    pub factors: Vec<PlannedFactor>,
    /// Number of points.
    pub points: u32,
}

impl PlannedFactor {
    /// The values of a discrete law in their order, as `design.csv` writes them; none of other laws.
    #[must_use]
    pub fn listed(&self) -> Vec<String> {
        let Some(Law::Discrete { values }) = &self.law else { return Vec::new() };
        let json = values.iter().map(|value| serde_json::to_value(value).unwrap_or_default());
        json.map(|value| written(&value)).collect()
    }
}

/// A value as `design.csv` and `runs.parquet` write it: a text as it is, else as in JSON.
#[must_use]
pub fn written(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl PlannedSweep {
    /// What an analysis of this design will lack, as far as the design tells.
    #[must_use]
    pub(crate) fn shortcomings(&self) -> Vec<String> {
        let Placing::Saltelli { samples, .. } = self.placing else { return Vec::new() };
        let name = &self.name;
        let mut lacks = Vec::new();
        if samples < FEWEST_BASE_ROWS {
            lacks.push(format!(
                "design {name}: {samples} samples; `sensitivity` needs at least {FEWEST_BASE_ROWS}"
            ));
        }
        if !samples.is_power_of_two() {
            let above = samples.next_power_of_two();
            lacks.push(format!(
                "design {name}: {samples} samples; Sobol points are balanced when their number is \
                 a power of two, such as {} or {above}",
                above / 2
            ));
        }
        lacks
    }
}

/// A point of a design.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPoint {
    /// What part of the design it belongs to: `A`, `B`, `AB1` … of Saltelli, the number of the
    /// trajectory of Morris, `A` of all others.
    pub block: String,
    /// Dotted keys and their values.
    pub set: Table,
}

/// A design, read and placed.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// What the plan keeps of it.
    pub planned: PlannedSweep,
    /// Its points in order.
    pub points: Vec<SweepPoint>,
    /// Folder of the file that states it.
    pub folder: PathBuf,
}

impl Sweep {
    /// Reads all designs of a file and places their points.
    ///
    /// # Errors
    /// If a key is unknown, a value not allowed, a name taken, a factor no parameter of the model.
    pub(crate) fn read_all(document: &Document, tree: &Tree) -> Result<Vec<Self>, ConfigError> {
        let mut sweeps: Vec<Self> = Vec::new();
        for entry in TomlEntry::list(&document.file, &document.table, "", "design", &KEYS)? {
            let sweep = Self::read(&entry, document, tree)?;
            if sweeps.iter().any(|earlier| earlier.planned.name == sweep.planned.name) {
                let value = Value::String(sweep.planned.name);
                return Err(entry.refuse("name", &value, "another design has this name"));
            }
            sweeps.push(sweep);
        }
        Ok(sweeps)
    }

    fn read(entry: &TomlEntry, document: &Document, tree: &Tree) -> Result<Self, ConfigError> {
        let name = entry.required_text("name")?.to_owned();
        check_name(entry.file, &entry.key("name"), &name)?;
        let placing = Placing::read(entry)?;
        let factors = SweptFactor::read_all(entry, &placing, tree)?;
        let points = if placing == Placing::List {
            listed(entry, document, tree)?
        } else if factors.is_empty() {
            return Err(entry.missing("factor"));
        } else {
            placing.points(entry, &factors)?
        };
        let factors = if placing == Placing::List { keys_of(&points) } else { planned(factors) };
        let points_in_all = points.len() as u32;
        let planned = PlannedSweep { name, placing, factors, points: points_in_all };
        Ok(Self { planned, points, folder: document.folder.clone() })
    }
}

fn planned(factors: Vec<SweptFactor>) -> Vec<PlannedFactor> {
    let keep = |factor: SweptFactor| PlannedFactor { key: factor.key, law: Some(factor.law) };
    factors.into_iter().map(keep).collect()
}

/// The keys that listed points set, in order of appearance.
fn keys_of(points: &[SweepPoint]) -> Vec<PlannedFactor> {
    let mut factors: Vec<PlannedFactor> = Vec::new();
    for key in points.iter().flat_map(|point| point.set.keys()) {
        if !factors.iter().any(|factor| factor.key == *key) {
            factors.push(PlannedFactor { key: key.clone(), law: None });
        }
    }
    factors
}

/// The points that a `list` states, each a table of dotted keys.
fn listed(
    entry: &TomlEntry,
    document: &Document,
    tree: &Tree,
) -> Result<Vec<SweepPoint>, ConfigError> {
    let value = entry.table.get("points").ok_or_else(|| entry.missing("points"))?;
    let refuse = || {
        let allowed = "must be a list of tables of dotted keys, [{ \"ai.enabled\" = false }]";
        entry.refuse("points", value, allowed)
    };
    let list = value.as_array().filter(|list| !list.is_empty()).ok_or_else(refuse)?;
    let point = |(index, value): (usize, &Value)| {
        let set = value.as_table().ok_or_else(refuse)?;
        let place = format!("{}, {}.points[{index}]", entry.file, entry.place);
        let origin = ValueOrigin { file: &place, folder: &document.folder };
        let mut trial = tree.clone();
        set.iter().try_for_each(|(key, value)| trial.set(origin, key, value))?;
        Ok(SweepPoint { block: "A".to_owned(), set: set.clone() })
    };
    list.iter().enumerate().map(point).collect()
}
