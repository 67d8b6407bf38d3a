//! What results are of: everything that determines them, and nothing about where or when they are
//! made.

use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::differences::compare;
use crate::files::sheet::csv_line;
use crate::study::error::ConfigError;
use crate::study::experiment::config::{REPLAY_FILE, pointer};
use crate::study::experiment::plausible::OutOfRange;
use crate::study::experiment::scenario::Contrast;
use crate::study::experiment::stopping::Stopping;
use crate::study::experiment::sweep::{PlannedSweep, written};
use crate::study::experiment::{Experiment, ParameterSets, Scenario, settings};
use crate::study::store::writer::SCHEMA_VERSION;

/// Shards that a round is cut into at least, as far as it has runs: work for many threads.
const SHARDS: u32 = 64;
/// Most recorded days of a shard, which it holds in memory.
const MAX_SHARD_RECORDS: u64 = 1 << 16;
/// Records of regions that take as much memory as one of the world, about.
const REGIONS_OF_RECORD: u64 = 8;
/// The parameter that says how often regions are recorded.
const REGIONS_EVERY: &str = "simulation.regions_every_days";
/// Most units of a shard.
const MAX_SHARD_UNITS: u32 = 1 << 12;
/// Miner-days of a shard: about two minutes of one core.
const SHARD_MINER_DAYS: u64 = 6_000_000_000;
/// Differences shown between two plans.
const SHOWN: usize = 12;

/// A frozen experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Replicates of every scenario, or the most of them under a stopping rule.
    pub replicates: u32,
    /// When a scenario has enough replicates; none for a fixed number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopping: Option<Stopping>,
    /// Designs in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub designs: Vec<PlannedSweep>,
    /// Parameters that differ between replicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter_sets: Option<ParameterSets>,
    /// Scenarios in order.
    #[serde(deserialize_with = "settings::read_list")]
    pub scenarios: Vec<Scenario>,
    /// Pairs of scenarios to be compared; part of the digest where they decide what stops together.
    pub contrasts: Vec<Contrast>,
    /// Parameters with values that are allowed but not plausible; no part of the digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out_of_range: Vec<OutOfRange>,
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
    ///
    /// # Examples
    /// ```
    /// use hashflight::study::experiment::{Experiment, Overrides};
    /// use hashflight::study::results::plan::Plan;
    ///
    /// let file = "experiments/ai-counterfactual.toml".as_ref();
    /// let experiment = Experiment::load(file, &Overrides::default())?;
    /// let (plan, inputs) = Plan::from_experiment(&experiment)?;
    /// assert_eq!(plan.units, 200); // 100 replicates of two scenarios
    /// assert_eq!(plan.shard(0).len() as u32, plan.shard_units);
    /// assert!(inputs.is_empty(), "no prices are replayed");
    /// # Ok::<(), hashflight::study::error::ConfigError>(())
    /// ```
    pub fn from_experiment(experiment: &Experiment) -> Result<(Self, Vec<Input>), ConfigError> {
        let mut inputs = Vec::new();
        let mut config = serde_json::to_value(&experiment.base).unwrap_or_default();
        if let Some(value) = config.pointer_mut(&pointer(REPLAY_FILE)) {
            name_by_content(value, &mut inputs)?;
        }
        let mut scenarios = experiment.scenarios.clone();
        for value in scenarios.iter_mut().filter_map(|each| each.set.get_mut(REPLAY_FILE)) {
            name_by_content(value, &mut inputs)?;
        }
        let units = experiment.replicates * experiment.scenarios.len() as u32;
        let stopping = experiment.stopping.clone().map(|mut stopping| {
            stopping.minimum = stopping.minimum.min(experiment.replicates);
            stopping
        });
        let mut plan = Self {
            experiment: experiment.name.clone(),
            title: experiment.title.clone(),
            tool: concat!("hashflight ", env!("CARGO_PKG_VERSION")).to_owned(),
            random: "philox4x32-10".to_owned(),
            schema: SCHEMA_VERSION,
            seed: experiment.seed,
            replicates: experiment.replicates,
            unit_order: match stopping {
                None => "scenario-major, replicate-minor".to_owned(),
                Some(_) => "round-major, scenario-major, replicate-minor".to_owned(),
            },
            stopping,
            designs: experiment.designs.clone(),
            parameter_sets: experiment.parameter_sets.clone(),
            scenarios,
            contrasts: experiment.contrasts.clone(),
            out_of_range: experiment.warnings.clone(),
            units,
            shard_units: 1,
            shards: units,
            config,
        };
        plan.shard_units = plan.units_of_round(0).div_ceil(SHARDS).clamp(1, plan.largest_shard());
        let rounds = 0..plan.rounds();
        plan.shards = rounds.map(|round| plan.shards_of_round(round)).sum();
        Ok((plan, inputs))
    }

    /// BLAKE3 digest of the configuration alone, in hexadecimal.
    #[must_use]
    pub fn config_digest(&self) -> String {
        blake3::hash(self.config.to_string().as_bytes()).to_hex().to_string()
    }

    /// Rounds that there can be: one, or as many as a stopping rule may ask for.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        let more =
            |stopping: &Stopping| 1 + (self.replicates - stopping.minimum).div_ceil(stopping.batch);
        self.stopping.as_ref().map_or(1, more)
    }

    /// Replicates of a round.
    #[must_use]
    pub(crate) fn replicates_of_round(&self, round: u32) -> Range<u32> {
        let Some(Stopping { minimum, batch, .. }) = &self.stopping else {
            return 0..self.replicates;
        };
        let end = |round: u32| (minimum + round * batch).min(self.replicates);
        if round == 0 { 0..end(0) } else { end(round - 1)..end(round) }
    }

    fn units_of_round(&self, round: u32) -> u32 {
        self.replicates_of_round(round).len() as u32 * self.scenarios.len() as u32
    }

    fn shards_of_round(&self, round: u32) -> u32 {
        self.units_of_round(round).div_ceil(self.shard_units)
    }

    /// The shards of a round.
    #[must_use]
    pub(crate) fn shards_in(&self, round: u32) -> Range<u32> {
        // All rounds between the first and the last are equally large.
        let first = if round == 0 {
            0
        } else {
            self.shards_of_round(0) + (round - 1) * self.shards_of_round(1)
        };
        first..first + self.shards_of_round(round)
    }

    /// The round that a shard belongs to.
    #[must_use]
    pub(crate) fn round_of(&self, shard: u32) -> u32 {
        let first = self.shards_of_round(0);
        if shard < first { 0 } else { 1 + (shard - first) / self.shards_of_round(1) }
    }

    /// The units of a shard, in order.
    #[must_use]
    pub fn shard(&self, shard: u32) -> impl ExactSizeIterator<Item = Unit> + use<> {
        let round = self.round_of(shard);
        let (replicates, units) = (self.replicates_of_round(round), self.units_of_round(round));
        let first = (shard - self.shards_in(round).start) * self.shard_units;
        let (start, count) = (replicates.start, replicates.len() as u32);
        (first..(first + self.shard_units).min(units)).map(move |place| Unit {
            scenario: (place / count) as usize,
            replicate: start + place % count,
        })
    }

    /// Name of the scenario of a unit.
    #[must_use]
    pub(crate) fn name_of(&self, unit: Unit) -> &str {
        &self.scenarios[unit.scenario].name
    }

    /// Whether a unit's regions are recorded.
    #[must_use]
    pub(crate) fn keeps_regions(&self, unit: Unit) -> bool {
        self.value_in(unit, REGIONS_EVERY).as_u64() != Some(0)
    }

    /// Whether a unit leaves rows of a kind of file.
    #[must_use]
    pub(crate) fn has_rows(&self, unit: Unit, kind: &str) -> bool {
        match kind {
            "miners" => unit.replicate == 0,
            "regions" => self.keeps_regions(unit),
            _ => true,
        }
    }

    /// Whether a shard has a file of a kind: of miners, only with a first replicate; of regions and leases,
    /// not in other layouts.
    #[must_use]
    pub(crate) fn has_file(&self, shard: u32, kind: &str) -> bool {
        match kind {
            "miners" => self.has_miners(shard),
            "regions" | "leases" => self.is_of_this_layout(),
            _ => true,
        }
    }

    /// Whether its files are laid out as this program writes them.
    #[must_use]
    pub(crate) const fn is_of_this_layout(&self) -> bool {
        self.schema == SCHEMA_VERSION
    }

    /// Whether a shard may hold a first replicate, whose miners are kept.
    #[must_use]
    pub(crate) fn has_miners(&self, shard: u32) -> bool {
        self.shard(shard).any(|unit| unit.replicate == 0)
    }

    /// Most units of a shard, whatever its scenarios: the records fit in memory, and it takes about
    /// two minutes.
    fn largest_shard(&self) -> u32 {
        let largest = |keys: [&str; 3]| {
            let number = |scenario: usize, key: &str| {
                self.value_of(scenario, key).and_then(Value::as_u64).unwrap_or(1)
            };
            let regions = |scenario: usize| {
                let regions = self.value_of(scenario, "market.regions").and_then(Value::as_array);
                regions.map_or(0, Vec::len) as u64
            };
            let sizes = (0..self.scenarios.len()).map(|scenario| {
                let [days, interval, miners] = keys.map(|key| number(scenario, key).max(1));
                let region_days = days.checked_div(number(scenario, REGIONS_EVERY));
                let rows = region_days.map_or(0, |days| (days + 1) * regions(scenario));
                let records = days.div_ceil(interval) + 1 + rows.div_ceil(REGIONS_OF_RECORD);
                (records, days.saturating_mul(miners))
            });
            sizes.fold((1, 1), |most: (u64, u64), size| (most.0.max(size.0), most.1.max(size.1)))
        };
        let (records, miner_days) = largest([
            "simulation.horizon_days",
            "simulation.record_every_days",
            "miners.population.count",
        ]);
        let units = (SHARD_MINER_DAYS / miner_days).min(MAX_SHARD_RECORDS / records);
        u32::try_from(units).unwrap_or(MAX_SHARD_UNITS).clamp(1, MAX_SHARD_UNITS)
    }

    /// The value of a key in a unit: its scenario's own, or else its replicate's, or else the base's.
    #[must_use]
    pub(crate) fn value_in(&self, unit: Unit, key: &str) -> Value {
        let sets = self.parameter_sets.as_ref();
        let own = self.scenarios[unit.scenario].set.get(key).cloned();
        let drawn = || sets.and_then(|sets| sets.value(key, unit.replicate)).map(Value::from);
        let base = || self.config.pointer(&pointer(key)).cloned();
        own.or_else(drawn).or_else(base).unwrap_or(Value::Null)
    }

    /// The value of a key in a scenario: its own, or else that of the base.
    #[must_use]
    pub(crate) fn value_of(&self, scenario: usize, key: &str) -> Option<&Value> {
        let own = self.scenarios[scenario].set.get(key);
        own.or_else(|| self.config.pointer(&pointer(key)))
    }

    /// The points of all designs as CSV: a line for every scenario with its design, scenario at the
    /// point, value of every factor, block, and number of the point.
    #[must_use]
    pub fn design_csv(&self) -> String {
        let mut keys: Vec<&str> = Vec::new();
        for factor in self.designs.iter().flat_map(|design| &design.factors) {
            if !keys.contains(&factor.key.as_str()) {
                keys.push(&factor.key);
            }
        }
        let head = ["scenario", "design", "arm"].into_iter();
        let mut text = csv_line(head.chain(keys.iter().copied()).chain(["block", "row"]));
        for (place, scenario) in self.scenarios.iter().enumerate() {
            let Some(at) = &scenario.place else { continue };
            let cells = [&*scenario.name, &*at.design, &*at.arm].map(str::to_owned);
            let value = |key: &&str| written(self.value_of(place, key).unwrap_or(&Value::Null));
            let values = keys.iter().map(value);
            let end = [at.block.to_string(), at.number.to_string()];
            text += &csv_line(cells.into_iter().chain(values).chain(end));
        }
        text
    }

    /// Names, in the results folder, of the files that the experiment reads.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        let base = self.config.pointer(&pointer(REPLAY_FILE));
        let set = self.scenarios.iter().filter_map(|scenario| scenario.set.get(REPLAY_FILE));
        let mut names: Vec<&str> = base.into_iter().chain(set).filter_map(Value::as_str).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        names.into_iter()
    }

    /// What differs in another plan, one line each: key, value there, value here.
    #[must_use]
    pub fn differences(&self, there: &Self) -> String {
        let json = |plan: &Self| serde_json::to_value(plan).unwrap_or_default();
        let mut lines = Vec::new();
        compare("", &json(there), &json(self), &mut lines);
        let ignored: &[&str] = if self.stopping.is_some() {
            &["title", "out_of_range"]
        } else {
            &["title", "out_of_range", "contrasts"]
        };
        lines.retain(|line| !ignored.iter().any(|key| line.starts_with(key)));
        let more = lines.len().saturating_sub(SHOWN);
        lines.truncate(SHOWN);
        if more > 0 {
            lines.push(format!("… and {more} more"));
        }
        lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }
}

/// Name under which a results folder keeps a file of this digest.
#[must_use]
pub(crate) fn input_name(digest: &str) -> String {
    format!("inputs/{digest}.csv")
}

/// Replaces the path of a file by the name under which the results folder keeps it.
fn name_by_content(value: &mut Value, inputs: &mut Vec<Input>) -> Result<(), ConfigError> {
    let Some(path) = value.as_str().filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let content = std::fs::read(&path).map_err(|error| {
        ConfigError::file(&path.display().to_string(), format!("cannot be read: {error}"))
    })?;
    let name = input_name(&blake3::hash(&content).to_hex());
    *value = Value::String(name.clone());
    inputs.push(Input { name, path });
    Ok(())
}
