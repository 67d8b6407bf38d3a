//! Many replicates of many scenarios: from an experiment file to one checked data set.
//!
//! [`Experiment::load`] finds everything that can be wrong with the input; [`Plan`] freezes what is
//! to be run; [`runner`] runs it shard by shard; [`merge`] proves that nothing is missing or
//! doubled. A shard is a fixed, contiguous range of units, a unit is one replicate of one scenario,
//! and the same unit gives the same bytes wherever, whenever and beside whatever it is run.

pub mod config;
pub mod cost;
pub mod design;
pub mod document;
mod error;
pub mod folder;
pub mod merge;
pub mod parameter;
pub mod plan;
pub mod provenance;
pub mod receipt;
pub mod replay;
mod rows;
pub mod runner;
pub mod scenario;
pub mod shard;
pub mod status;
pub mod store;
pub mod table;
mod unit_order;
mod validate;
pub mod verify;

use std::path::Path;

use config::{Origin, Tree};
use document::Document;
pub use error::{ConfigError, Error};
pub use folder::Folder;
pub use plan::Plan;
use scenario::Design;
pub use scenario::{Contrast, check_name};

use crate::simulation::Setup;

/// What the command line changes in an experiment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--replicates`.
    pub replicates: Option<u32>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--miners`.
    pub miners: Option<u32>,
    /// `--set key=value`, in order.
    pub set: Vec<(String, String)>,
}

/// A parameter point.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Name, unique in the experiment.
    pub name: String,
    /// The keys it changes, with the values in force.
    pub set: serde_json::Map<String, serde_json::Value>,
    /// The model's input.
    pub setup: Setup,
}

/// A valid experiment.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// Name, fit for a folder.
    pub name: String,
    /// One line for figures and tables.
    pub title: String,
    /// Replicates of every scenario.
    pub replicates: u32,
    /// Seed of all random numbers.
    pub seed: u64,
    /// The parameters that scenarios start from.
    pub base: Setup,
    /// Scenarios in order.
    pub scenarios: Vec<Scenario>,
    /// Pairs of scenarios to be compared.
    pub contrasts: Vec<Contrast>,
}

impl Experiment {
    /// Reads an experiment file and all it extends, and checks everything.
    ///
    /// # Errors
    /// At the first thing that is wrong, with file, key, value and what is allowed.
    pub fn load(path: &Path, overrides: &Overrides) -> Result<Self, ConfigError> {
        Self::resolve(Document::read(path)?, overrides)
    }

    /// Resolves a document that is read already.
    ///
    /// # Errors
    /// As [`Experiment::load`].
    pub fn resolve(document: Document, overrides: &Overrides) -> Result<Self, ConfigError> {
        let file = document.file.clone();
        let chain = document.chain()?;
        let mut tree = Tree::blank()?;
        chain.iter().try_for_each(|link| tree.overlay(link))?;
        let design = Design::read(&chain)?;
        overrides.apply(&mut tree)?;
        let base = tree.setup(&file)?;
        let scenarios = design
            .variations
            .iter()
            .map(|variation| Scenario::of(&tree, variation))
            .collect::<Result<Vec<_>, _>>()?;
        let replicates = overrides.replicates.unwrap_or(design.replicates);
        check_size(&file, replicates, scenarios.len())?;
        Ok(Self {
            name: design.name,
            title: design.title,
            replicates,
            seed: overrides.seed.unwrap_or(design.seed),
            base,
            scenarios,
            contrasts: design.contrasts,
        })
    }
}

impl Scenario {
    /// The base with the scenario's changes.
    fn of(base: &Tree, variation: &scenario::Variation) -> Result<Self, ConfigError> {
        let mut tree = base.clone();
        let place = format!("{}, scenario \"{}\"", variation.file, variation.name);
        let origin = Origin { file: &place, folder: &variation.folder };
        let mut set = serde_json::Map::new();
        for (key, value) in &variation.set {
            tree.set(origin, key, value)?;
            for leaf in tree.leaves_of(key, value) {
                set.insert(leaf.clone(), tree.json(&leaf).unwrap_or_default());
            }
        }
        Ok(Self { name: variation.name.clone(), set, setup: tree.setup(&place)? })
    }
}

impl Overrides {
    /// Sets what the flags say about parameters.
    fn apply(&self, tree: &mut Tree) -> Result<(), ConfigError> {
        let here = Path::new("");
        for (key, text) in &self.set {
            let value = parse_value(text);
            tree.set(Origin { file: "--set", folder: here }, key, &value)?;
        }
        let Some(miners) = self.miners else { return Ok(()) };
        let count = toml::Value::Integer(i64::from(miners));
        let origin = Origin { file: "--miners", folder: here };
        tree.set(origin, "miners.population.count", &count)
    }
}

/// The right-hand side of `--set key=value`: a TOML value, or else a text without quotes.
fn parse_value(text: &str) -> toml::Value {
    let document: Result<toml::Table, _> = format!("value = {text}").parse();
    document
        .ok()
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(text.to_owned()))
}

/// Refuses designs of more runs than a 32-bit number can count.
fn check_size(file: &str, replicates: u32, scenarios: usize) -> Result<(), ConfigError> {
    let units = u64::from(replicates) * scenarios as u64;
    if (1..=u64::from(u32::MAX >> 1)).contains(&units) {
        return Ok(());
    }
    let value = toml::Value::Integer(i64::from(replicates));
    let allowed = format!("with {scenarios} scenarios there would be {units} runs");
    Err(ConfigError::value(file, "experiment.replicates", &value, allowed))
}
