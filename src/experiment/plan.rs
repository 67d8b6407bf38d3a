//! What results are of: everything that determines them, and nothing about where or when they are
//! made.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::{REPLAY_FILE, pointer};
use super::scenario::Contrast;
use super::store::SCHEMA_VERSION;
use super::{ConfigError, Experiment};
use crate::simulation::Setup;

/// Shards that an experiment is cut into, as far as their size allows.
const SHARDS: u32 = 64;
/// Most units of a shard.
const MAX_SHARD_UNITS: u32 = 256;
/// Differences shown between two plans.
const SHOWN: usize = 12;

/// A scenario of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedScenario {
    /// Name.
    pub name: String,
    /// Dotted keys of the configuration that it changes, and their values.
    pub set: serde_json::Map<String, Value>,
}

/// A frozen experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the experiment.
    pub experiment: String,
    /// One line for figures and tables; no part of the digest.
    pub title: String,
    /// Program and version that give the results their meaning.
    pub tool: String,
    /// Generator of random numbers.
    pub random: String,
    /// Version of the result files' layout.
    pub schema: u32,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Replicates of every scenario.
    pub replicates: u32,
    /// Scenarios in order.
    pub scenarios: Vec<PlannedScenario>,
    /// Pairs of scenarios to be compared; no part of the digest.
    pub contrasts: Vec<Contrast>,
    /// How units are numbered.
    pub unit_order: String,
    /// Runs in all.
    pub units: u32,
    /// Units of every shard but the last, which may have fewer.
    pub shard_units: u32,
    /// Number of shards.
    pub shards: u32,
    /// Configuration that scenarios start from.
    pub config: Value,
}

/// One replicate of one scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Index of the scenario.
    pub scenario: usize,
    /// Replicate.
    pub replicate: u32,
}

/// A file that the experiment reads and its name in the results folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Name in the results folder: the digest of the content.
    pub name: String,
    /// Where it was found.
    pub path: PathBuf,
}

impl Plan {
    /// The plan of an experiment, and the files it reads.
    ///
    /// # Errors
    /// If one of those files cannot be read.
    pub fn of(experiment: &Experiment) -> Result<(Self, Vec<Input>), ConfigError> {
        let mut inputs = Vec::new();
        let mut config = serde_json::to_value(&experiment.base).unwrap_or_default();
        if let Some(value) = config.pointer_mut(&pointer(REPLAY_FILE)) {
            name_by_content(value, &mut inputs)?;
        }
        let mut scenarios = Vec::new();
        for scenario in &experiment.scenarios {
            let mut set = scenario.set.clone();
            if let Some(value) = set.get_mut(REPLAY_FILE) {
                name_by_content(value, &mut inputs)?;
            }
            scenarios.push(PlannedScenario { name: scenario.name.clone(), set });
        }
        let units = experiment.replicates * experiment.scenarios.len() as u32;
        let shard_units = units.div_ceil(SHARDS).clamp(1, MAX_SHARD_UNITS);
        let plan = Self {
            experiment: experiment.name.clone(),
            title: experiment.title.clone(),
            tool: concat!("hashflight ", env!("CARGO_PKG_VERSION")).to_owned(),
            random: "philox4x32-10".to_owned(),
            schema: SCHEMA_VERSION,
            seed: experiment.seed,
            replicates: experiment.replicates,
            scenarios,
            contrasts: experiment.contrasts.clone(),
            unit_order: "scenario-major, replicate-minor".to_owned(),
            units,
            shard_units,
            shards: units.div_ceil(shard_units),
            config,
        };
        Ok((plan, inputs))
    }

    /// BLAKE3 digest of all that determines the runs, in hexadecimal: the plan's name.
    #[must_use]
    pub fn digest(&self) -> String {
        let runs = Self { title: String::new(), contrasts: Vec::new(), ..self.clone() };
        let text = serde_json::to_string(&runs).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    /// BLAKE3 digest of the configuration alone, in hexadecimal.
    #[must_use]
    pub fn config_digest(&self) -> String {
        blake3::hash(self.config.to_string().as_bytes()).to_hex().to_string()
    }

    /// The unit of an index.
    #[must_use]
    pub const fn unit(&self, index: u32) -> Unit {
        Unit { scenario: (index / self.replicates) as usize, replicate: index % self.replicates }
    }

    /// Indices of the units of a shard.
    #[must_use]
    pub fn shard(&self, shard: u32) -> Range<u32> {
        let first = shard * self.shard_units;
        first..(first + self.shard_units).min(self.units)
    }

    /// Scenario and replicate of the units of a shard, in order.
    pub fn units_of(&self, shard: u32) -> impl Iterator<Item = (&str, u32)> {
        self.shard(shard).map(|index| {
            let unit = self.unit(index);
            (self.scenarios[unit.scenario].name.as_str(), unit.replicate)
        })
    }

    /// Whether a shard holds a first replicate, whose miners are kept.
    #[must_use]
    pub fn has_miners(&self, shard: u32) -> bool {
        self.shard(shard).any(|index| self.unit(index).replicate == 0)
    }

    /// The model's input of every scenario; files are looked up in `folder`.
    ///
    /// # Errors
    /// If the configuration does not fit the model.
    pub fn setups(&self, folder: &Path) -> Result<Vec<Setup>, String> {
        self.scenarios.iter().map(|scenario| self.setup(scenario, folder)).collect()
    }

    fn setup(&self, scenario: &PlannedScenario, folder: &Path) -> Result<Setup, String> {
        let mut config = self.config.clone();
        for (key, value) in &scenario.set {
            let place = config.pointer_mut(&pointer(key));
            *place.ok_or_else(|| format!("the configuration has no key {key}"))? = value.clone();
        }
        let mut setup: Setup = serde_json::from_value(config).map_err(|error| error.to_string())?;
        let file = &mut setup.market.price.replay_file;
        if !file.is_empty() {
            *file = folder.join(&*file).to_string_lossy().into_owned();
        }
        super::replay::fill(&mut setup).map_err(|error| error.to_string())?;
        Ok(setup)
    }

    /// What differs in another plan, one line each: key, value there, value here.
    #[must_use]
    pub fn differences(&self, there: &Self) -> String {
        let json = |plan: &Self| serde_json::to_value(plan).unwrap_or_default();
        let mut lines = Vec::new();
        compare("", &json(there), &json(self), &mut lines);
        lines.retain(|line| !["title", "contrasts"].iter().any(|key| line.starts_with(key)));
        let more = lines.len().saturating_sub(SHOWN);
        lines.truncate(SHOWN);
        if more > 0 {
            lines.push(format!("… and {more} more"));
        }
        lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }
}

/// Replaces the path of a file by the name under which the results folder keeps it.
fn name_by_content(value: &mut Value, inputs: &mut Vec<Input>) -> Result<(), ConfigError> {
    let Some(path) = value.as_str().filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let content = std::fs::read(&path).map_err(|error| {
        ConfigError::file(&path.display().to_string(), format!("cannot be read: {error}"))
    })?;
    let name = format!("inputs/{}.csv", blake3::hash(&content).to_hex());
    *value = Value::String(name.clone());
    inputs.push(Input { name, path });
    Ok(())
}

/// Collects the leaves in which two JSON values differ.
fn compare(key: &str, there: &Value, here: &Value, lines: &mut Vec<String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match (there, here) {
        (Value::Object(left), Value::Object(right)) => {
            let added = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(added) {
                let side = |map: &serde_json::Map<_, _>| map.get(name).cloned().unwrap_or_default();
                compare(&below(name), &side(left), &side(right), lines);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{key}[{index}]"), left, right, lines);
            }
        }
        _ if there == here => {}
        _ => lines.push(format!("{key}: {} there, {} here", short(there), short(here))),
    }
}

/// A JSON value on few characters.
fn short(value: &Value) -> String {
    let text = value.to_string();
    let head: String = text.chars().take(40).collect();
    if head.len() < text.len() { format!("{head}…") } else { text }
}
