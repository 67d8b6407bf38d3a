//! The design of an experiment: its name, size and seed, its scenarios and contrasts.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::config::Tree;
use super::document::Document;
use super::entry::{TomlEntry, check_name};
use super::stopping::{MAX_REPLICATES, Stopping};
use super::sweep::Sweep;
use crate::study::error::ConfigError;

/// Two scenarios to be compared replicate by replicate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contrast {
    /// The scenario whose effect is asked for.
    pub treatment: String,
    /// The scenario it is compared with.
    pub control: String,
}

impl std::fmt::Display for Contrast {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(out, "{} - {}", self.treatment, self.control)
    }
}

/// A scenario as the file states it: a name and what it changes.
#[derive(Clone, Debug)]
pub(crate) struct Variation {
    /// Name, unique.
    pub name: String,
    /// Whether the file states it, rather than it standing for an experiment that states none.
    pub stated: bool,
    /// Dotted keys and their values.
    pub set: Table,
    /// The file that states it.
    pub file: String,
    /// Folder of that file.
    pub folder: PathBuf,
}

/// What is to be run, the parameters apart.
#[derive(Clone, Debug)]
pub(crate) struct ScenarioDesign {
    /// Name, fit for a folder.
    pub name: String,
    /// One line for figures and tables.
    pub title: String,
    /// Replicates of every scenario.
    pub replicates: u32,
    /// Seed of all random numbers.
    pub seed: u64,
    /// When a scenario has enough replicates; none for a fixed number.
    pub stopping: Option<Stopping>,
    /// Where each replicate's parameters come from.
    pub parameters: Parameters,
    /// Scenarios in order; with designs, what is run at every point.
    pub variations: Vec<Variation>,
    /// Designs in order.
    pub sweeps: Vec<Sweep>,
    /// Contrasts in order.
    pub contrasts: Vec<Contrast>,
}

/// Where the calibrated parameters of a replicate come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// The experiment's values, the same in all replicates.
    Stated,
    /// A draw of the posterior each: of this file, or the shipped one.
    Posterior(Option<PathBuf>),
}

impl Parameters {
    /// Reads `parameters` and `posterior` from `[experiment]`; none where neither is stated.
    fn read(header: &TomlEntry, folder: &Path) -> Result<Option<Self>, ConfigError> {
        let file = header.text("posterior")?.map(|name| folder.join(name));
        match (header.text("parameters")?, file) {
            (None, None) => Ok(None),
            (Some("stated"), None) => Ok(Some(Self::Stated)),
            (Some("posterior"), file) => Ok(Some(Self::Posterior(file))),
            (Some("stated") | None, Some(file)) => {
                let value = Value::String(file.to_string_lossy().into_owned());
                Err(header.refuse("posterior", &value, "needs parameters = \"posterior\""))
            }
            (Some(other), _) => {
                let value = Value::String(other.to_owned());
                Err(header.refuse("parameters", &value, "must be \"stated\" or \"posterior\""))
            }
        }
    }
}

const EXPERIMENT: [&str; 6] = ["name", "title", "replicates", "seed", "parameters", "posterior"];

impl ScenarioDesign {
    /// Reads the design from a chain of files, the most basic first.
    ///
    /// Size and seed are inherited; so are scenarios with their contrasts, designs and the stopping
    /// rule, unless the file states its own. Name and title belong to the last file.
    ///
    /// # Errors
    /// If a key is unknown, a value not allowed, a name taken or unsafe, a scenario unknown.
    pub(crate) fn read(chain: &[Document], tree: &Tree) -> Result<Self, ConfigError> {
        let (mut replicates, mut seed, mut stopping) = (None, None, None);
        let (mut variations, mut contrasts) = (Vec::new(), Vec::new());
        let mut sweeps = Vec::new();
        let mut parameters = Parameters::Stated;
        for document in chain {
            if let Some(header) = TomlEntry::section(document, "experiment", &EXPERIMENT)? {
                let most = i64::from(MAX_REPLICATES);
                replicates = header.whole("replicates", 1, most)?.or(replicates);
                seed = header.whole("seed", 0, i64::MAX)?.or(seed);
                let stated = Parameters::read(&header, &document.folder)?;
                parameters = stated.unwrap_or(parameters);
            }
            if document.table.contains_key("scenario") {
                (variations, contrasts) = (read_variations(document)?, Vec::new());
            }
            if document.table.contains_key("contrast") {
                contrasts = read_contrasts(document)?;
            }
            if document.table.contains_key("design") {
                sweeps = Sweep::read_all(document, tree)?;
            }
            if let Some((rule, maximum)) = Stopping::read(document)? {
                stopping = Some(rule);
                replicates = maximum.map(i64::from).or(replicates);
            }
            if variations.is_empty() {
                variations = vec![Variation::plain(document)];
            }
            check_contrasts(document, &variations, &contrasts)?;
        }
        let last = &chain[chain.len() - 1];
        if variations.iter().all(|variation| !variation.stated) {
            variations = vec![Variation::plain(last)];
        }
        let own = TomlEntry::section(last, "experiment", &EXPERIMENT)?;
        let own_text = |key| own.as_ref().map_or(Ok(None), |header| header.text(key));
        let missing = |key: &str| ConfigError::Missing {
            file: last.file.clone(),
            key: format!("experiment.{key}"),
        };
        let name = own_text("name")?.unwrap_or(&last.stem).to_owned();
        check_name(&last.file, "experiment.name", &name)?;
        Ok(Self {
            title: own_text("title")?.unwrap_or(&name).to_owned(),
            name,
            replicates: replicates.ok_or_else(|| missing("replicates"))? as u32,
            seed: seed.ok_or_else(|| missing("seed"))? as u64,
            stopping,
            parameters,
            variations,
            sweeps,
            contrasts,
        })
    }
}

impl ScenarioDesign {
    /// Number of scenarios, all points of all designs counted.
    #[must_use]
    pub(crate) fn scenarios(&self) -> usize {
        let points: usize = self.sweeps.iter().map(|sweep| sweep.points.len()).sum();
        if self.sweeps.is_empty() { self.variations.len() } else { points * self.variations.len() }
    }
}

impl Sweep {
    /// Name of a scenario at a point: `<design>-<number>`, with `.<scenario>` where one is stated.
    #[must_use]
    pub(crate) fn name_at(&self, number: u32, variation: &Variation) -> String {
        let digits = self.points.len().to_string().len();
        let point = format!("{}-{number:0digits$}", self.planned.name);
        if variation.stated { format!("{point}.{}", variation.name) } else { point }
    }
}

impl Variation {
    /// The scenario of an experiment that states none.
    fn plain(document: &Document) -> Self {
        Self {
            name: "baseline".to_owned(),
            stated: false,
            set: Table::new(),
            file: document.file.clone(),
            folder: document.folder.clone(),
        }
    }
}

fn read_variations(document: &Document) -> Result<Vec<Variation>, ConfigError> {
    let mut variations: Vec<Variation> = Vec::new();
    let (file, folder) = (&document.file, &document.folder);
    for entry in TomlEntry::list(file, &document.table, "", "scenario", &["name", "set"])? {
        let name = entry.required_text("name")?.to_owned();
        check_name(file, &entry.key("name"), &name)?;
        if variations.iter().any(|earlier| earlier.name == name) {
            let value = Value::String(name);
            return Err(entry.refuse("name", &value, "another scenario has this name"));
        }
        let set = match entry.table.get("set") {
            None => Table::new(),
            Some(Value::Table(set)) => set.clone(),
            Some(other) => {
                let allowed = "must be a table of dotted keys, { \"ai.enabled\" = false }";
                return Err(entry.refuse("set", other, allowed));
            }
        };
        let (file, folder) = (file.clone(), folder.clone());
        variations.push(Variation { name, stated: true, set, file, folder });
    }
    Ok(variations)
}

fn read_contrasts(document: &Document) -> Result<Vec<Contrast>, ConfigError> {
    let keys = ["treatment", "control"];
    let list = TomlEntry::list(&document.file, &document.table, "", "contrast", &keys)?;
    list.iter()
        .map(|entry| {
            entry.require(&keys)?;
            let text = |key: &str| entry.required_text(key).map(str::to_owned);
            Ok(Contrast { treatment: text("treatment")?, control: text("control")? })
        })
        .collect()
}

/// Refuses contrasts of unknown scenarios, of a scenario with itself, and repeated ones.
fn check_contrasts(
    document: &Document,
    variations: &[Variation],
    contrasts: &[Contrast],
) -> Result<(), ConfigError> {
    let names: Vec<_> = variations.iter().map(|variation| variation.name.as_str()).collect();
    for (index, contrast) in contrasts.iter().enumerate() {
        let refuse = |key: &str, name: &str, allowed: String| {
            let value = Value::String(name.to_owned());
            let key = format!("contrast[{index}].{key}");
            Err(ConfigError::value(&document.file, &key, &value, allowed))
        };
        for (key, name) in [("treatment", &contrast.treatment), ("control", &contrast.control)] {
            if !names.contains(&name.as_str()) {
                return refuse(key, name, format!("the scenarios are {}", names.join(", ")));
            }
        }
        if contrast.treatment == contrast.control {
            return refuse("control", &contrast.control, "is the treatment itself".to_owned());
        }
        if contrasts[..index].contains(contrast) {
            return refuse("treatment", &contrast.treatment, "is stated twice".to_owned());
        }
    }
    Ok(())
}
