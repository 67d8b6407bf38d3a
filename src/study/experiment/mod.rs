//! What an experiment file may say: [`Experiment::load`] reads it with all it extends and finds
//! everything that can be wrong with it.

pub mod config;
pub mod document;
pub(crate) mod dotted;
pub mod entry;
mod overrides;
mod owner_numbers;
pub mod parameter;
pub mod parameter_sets;
pub mod plausible;
pub mod posterior;
mod renamed;
pub mod replay;
mod rows;
pub mod scenario;
pub mod settings;
pub mod stopping;
pub mod sweep;
pub(crate) mod template;
mod unused;
mod validate;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::ConfigError;
use config::{Tree, ValueOrigin};
use document::Document;
pub(crate) use entry::check_name;
pub use overrides::Overrides;
use parameter::Parameter;
pub use parameter_sets::ParameterSets;
use plausible::{OutOfRange, RangeWatch};
pub use scenario::Contrast;
use scenario::{Parameters, ScenarioDesign};
use settings::{Settings, ShareTexts as _, Shared};
use stopping::Stopping;
use sweep::{PlannedSweep, Sweep};
use unused::Unused;

use crate::world::simulation::Setup;

/// Where in a design a scenario lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignPlace {
    /// Name of the design.
    pub design: Arc<str>,
    /// Number of the point, from 1.
    pub number: u32,
    /// Part of the design that the point belongs to.
    pub block: Arc<str>,
    /// Which of the scenarios that are run at every point.
    pub arm: Arc<str>,
}

/// A parameter point: what is run, apart from chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Name, unique in the experiment.
    pub name: String,
    /// The keys it changes, with the values in force.
    pub set: Settings,
    /// Where in a design it lies; none without designs.
    #[serde(rename = "point", default, skip_serializing_if = "Option::is_none")]
    pub place: Option<DesignPlace>,
}

/// What is noted about values while scenarios are checked.
#[derive(Clone, Debug, Default)]
struct Looks {
    plausible: RangeWatch,
    unused: Unused,
}

/// A valid experiment.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// Name, fit for a folder.
    pub name: String,
    /// One line for figures and tables.
    pub title: String,
    /// Replicates of every scenario, or the most of them under a stopping rule.
    pub replicates: u32,
    /// When a scenario has enough replicates; none for a fixed number.
    pub stopping: Option<Stopping>,
    /// Seed of all random numbers.
    pub seed: u64,
    /// The parameters that scenarios start from.
    pub base: Setup,
    /// Parameters that differ between replicates; none where all replicates share theirs.
    pub parameter_sets: Option<ParameterSets>,
    /// Scenarios in order.
    pub scenarios: Vec<Scenario>,
    /// Designs in order.
    pub designs: Vec<PlannedSweep>,
    /// Pairs of scenarios to be compared.
    pub contrasts: Vec<Contrast>,
    /// Parameters with values that are allowed but not plausible.
    pub warnings: Vec<OutOfRange>,
}

impl Experiment {
    /// Reads an experiment file and all it extends, and checks everything.
    ///
    /// # Errors
    /// At the first thing that is wrong, with file, key, value and what is allowed.
    ///
    /// # Examples
    /// ```
    /// use std::path::Path;
    /// use hashflight::study::experiment::{Experiment, Overrides};
    ///
    /// let file = Path::new("experiments/ai-counterfactual.toml");
    /// let overrides = Overrides { replicates: Some(4), ..Overrides::default() };
    /// let experiment = Experiment::load(file, &overrides)?;
    /// assert_eq!(experiment.scenarios[1].name, "ai-off");
    ///
    /// let set = vec![("ai.enable".to_owned(), "false".to_owned())];
    /// let mistaken = Experiment::load(file, &Overrides { set, ..overrides });
    /// assert!(mistaken.unwrap_err().to_string().contains("did you mean \"ai.enabled\"?"));
    /// # Ok::<(), hashflight::study::error::ConfigError>(())
    /// ```
    pub fn load(path: &Path, overrides: &Overrides) -> Result<Self, ConfigError> {
        Self::resolve(Document::read(path)?, overrides)
    }

    /// Resolves a document that is read already.
    ///
    /// # Errors
    /// As [`Experiment::load`].
    pub fn resolve(document: Document, overrides: &Overrides) -> Result<Self, ConfigError> {
        Self::resolve_from(document, None, overrides)
    }

    /// Resolves a document; `first_day`, made from history, overlays what the files say of it.
    ///
    /// # Errors
    /// As [`Experiment::load`]; if the files describe a hindcast and there is no first day.
    pub(crate) fn resolve_from(
        document: Document,
        first_day: Option<&Document>,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        let file = document.file.clone();
        let chain = document.chain()?;
        if first_day.is_none() && chain.iter().any(|link| link.table.contains_key("hindcast")) {
            let problem = "describes a hindcast, whose first day comes from history: use \
                           `hashflight hindcast`";
            return Err(ConfigError::file(&file, problem));
        }
        let mut tree = Tree::blank()?;
        chain.iter().chain(first_day).try_for_each(|link| tree.overlay(link))?;
        let design = ScenarioDesign::read(&chain, &tree)?;
        overrides.apply(&mut tree)?;
        let base = tree.setup(&file)?;
        let replicates = overrides.replicates.unwrap_or(design.replicates);
        check_size(&file, replicates, design.scenarios())?;
        let mut looks = Looks::default();
        // What was measured on a past day may lie outside of what is plausible today.
        let stated = |parameter: &&Parameter| {
            first_day.is_none_or(|measured| parameter.origin != measured.file)
        };
        for parameter in tree.parameters().iter().filter(stated) {
            looks.plausible.look(parameter, &parameter.origin);
        }
        looks.plausible.look_at_owners(&base.miners.owners, &file);
        let parameter_sets = parameter_sets(&tree, &design.parameters, &mut looks.plausible)?;
        let scenarios = scenarios(&tree, &design, &mut looks)?;
        let made = first_day.map(|document| document.file.as_str());
        for note in looks.unused.complaints(&file, (&tree, &scenarios), made)? {
            if made.is_none() {
                tracing::warn!("{file}: {note}");
            } else {
                tracing::info!("{file}: {note}");
            }
        }
        refuse_repeated(&file, &scenarios)?;
        let contrasts = expand(&design);
        if let Some(stopping) = &design.stopping {
            check_stopping(&file, stopping, &design)?;
        }
        Ok(Self {
            name: design.name,
            title: design.title,
            replicates,
            stopping: design.stopping,
            seed: overrides.seed.unwrap_or(design.seed),
            base,
            parameter_sets,
            scenarios,
            designs: design.sweeps.into_iter().map(|sweep| sweep.planned).collect(),
            contrasts,
            warnings: looks.plausible.found(),
        })
    }
}

/// The posterior's draws of the parameters that the experiment leaves as the baseline has them: what
/// a file or a flag states holds in every replicate.
fn parameter_sets(
    tree: &Tree,
    parameters: &Parameters,
    watch: &mut RangeWatch,
) -> Result<Option<ParameterSets>, ConfigError> {
    let sets = match parameters {
        Parameters::Stated => return Ok(None),
        Parameters::Posterior(None) => posterior::shipped()?,
        Parameters::Posterior(Some(file)) => posterior::read(file)?,
    };
    let baseline = Tree::baseline()?;
    let stated = |key: &str| tree.json(key) != baseline.json(key);
    if let Parameters::Posterior(Some(file)) = parameters {
        let left_out: Vec<&str> =
            sets.keys.iter().map(String::as_str).filter(|key| stated(key)).collect();
        if !left_out.is_empty() {
            let (file, keys) = (file.display(), left_out.join(", "));
            tracing::warn!("{file}: draws of {keys} are left out: the experiment states a value");
        }
    }
    let sets = sets.without(stated);
    // The baseline's ranges are the middle 90 % of the shipped draws: that the rest lies outside says
    // nothing.
    if let (Parameters::Posterior(Some(file)), Some(sets)) = (parameters, &sets) {
        watch.look_at_draws(sets, tree.parameters(), &file.display().to_string())?;
    }
    Ok(sets)
}

/// The scenarios as stated, or each at every point of every design; all are checked.
fn scenarios(
    tree: &Tree,
    design: &ScenarioDesign,
    looks: &mut Looks,
) -> Result<Vec<Scenario>, ConfigError> {
    if design.sweeps.is_empty() {
        let nothing = toml::Table::new();
        let plain = |variation: &scenario::Variation| {
            Scenario::check(tree, variation, (&nothing, &variation.folder), None, looks)
        };
        return design.variations.iter().map(plain).collect();
    }
    let mut scenarios = Vec::with_capacity(design.scenarios());
    let mut shared = Shared::default();
    for sweep in &design.sweeps {
        for (number, point) in (1..).zip(&sweep.points) {
            for variation in &design.variations {
                let place = DesignPlace {
                    design: sweep.planned.name.as_str().into(),
                    number,
                    block: point.block.as_str().into(),
                    arm: variation.name.as_str().into(),
                };
                let name = sweep.name_at(number, variation);
                check_name(&variation.file, "design.name", &name)?;
                let point = (&point.set, &*sweep.folder);
                let at = Some((name, place));
                let mut scenario = Scenario::check(tree, variation, point, at, looks)?;
                scenario.share(&mut shared);
                scenarios.push(scenario);
            }
        }
    }
    Ok(scenarios)
}

/// Refuses two scenarios of one name: points and arms of several designs may spell the same.
fn refuse_repeated(file: &str, scenarios: &[Scenario]) -> Result<(), ConfigError> {
    let mut names = HashSet::with_capacity(scenarios.len());
    match scenarios.iter().find(|scenario| !names.insert(scenario.name.as_str())) {
        None => Ok(()),
        Some(again) => {
            let problem = format!(
                "two scenarios would be called \"{}\"; give a design or a scenario another name",
                again.name
            );
            Err(ConfigError::file(file, problem))
        }
    }
}

/// Refuses a rule that could never act, or that says nothing about a scenario.
fn check_stopping(
    file: &str,
    stopping: &Stopping,
    design: &ScenarioDesign,
) -> Result<(), ConfigError> {
    if stopping.minimum > design.replicates {
        let value = toml::Value::Integer(i64::from(stopping.minimum));
        let allowed = format!(
            "must not exceed the most replicates, experiment.replicates = {}",
            design.replicates
        );
        return Err(ConfigError::value(file, "replication.minimum", &value, allowed));
    }
    let tied = |arm: &str| {
        design
            .contrasts
            .iter()
            .any(|contrast| [&contrast.treatment, &contrast.control].contains(&&arm.to_owned()))
    };
    let untied = design.variations.iter().find(|arm| !tied(&arm.name));
    match untied.filter(|_| stopping.is_about_differences()) {
        None => Ok(()),
        Some(arm) => {
            let value = toml::Value::String("difference".to_owned());
            let allowed = format!("scenario \"{}\" is in no contrast", arm.name);
            Err(ConfigError::value(file, "replication.until.of", &value, allowed))
        }
    }
}

/// The contrasts as stated, or each at every point of every design.
fn expand(design: &ScenarioDesign) -> Vec<Contrast> {
    if design.sweeps.is_empty() {
        return design.contrasts.clone();
    }
    let arm = |name: &String| design.variations.iter().find(|arm| arm.name == *name);
    let at = |sweep: &Sweep, number, contrast: &Contrast| {
        let name = |arm_name| Some(sweep.name_at(number, arm(arm_name)?));
        Some(Contrast { treatment: name(&contrast.treatment)?, control: name(&contrast.control)? })
    };
    let mut contrasts = Vec::new();
    for sweep in &design.sweeps {
        for number in 1..=sweep.planned.points {
            contrasts.extend(design.contrasts.iter().filter_map(|each| at(sweep, number, each)));
        }
    }
    contrasts
}

impl Scenario {
    /// The base with the point's and the scenario's changes, once it is certain that they make a
    /// valid input.
    fn check(
        base: &Tree,
        variation: &scenario::Variation,
        (point, point_folder): (&toml::Table, &Path),
        at: Option<(String, DesignPlace)>,
        looks: &mut Looks,
    ) -> Result<Self, ConfigError> {
        let (name, place) = at.map_or((variation.name.clone(), None), |(n, p)| (n, Some(p)));
        let mut tree = base.clone();
        let message = format!("{}, scenario \"{name}\"", variation.file);
        let mut set = serde_json::Map::new();
        let stated = variation.set.iter().map(|entry| (entry, false));
        for ((key, value), placed) in stated.chain(point.iter().map(|entry| (entry, true))) {
            let leaves = tree.leaves_of(key, value);
            if let Some(leaf) = leaves.iter().find(|leaf| placed && set.contains_key(*leaf)) {
                let allowed = "is set by the scenario and by the design";
                return Err(ConfigError::value(&message, leaf, value, allowed));
            }
            let folder = if placed { point_folder } else { &variation.folder };
            tree.set(ValueOrigin { file: &message, folder }, key, value)?;
            for leaf in leaves {
                if let Some(parameter) = tree.parameter(&leaf) {
                    looks.plausible.look(parameter, &message);
                }
                set.insert(leaf.clone(), tree.json(&leaf).unwrap_or_default());
            }
        }
        looks.unused.meet(&tree.setup(&message)?);
        Ok(Self { name, set: set.into_iter().collect(), place })
    }
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
