//! Why `run` would run a scenario, or refuse to: what of it is there, and what has changed.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::differences::compare;
use super::folder::Folder;
use super::folder::refuse_file;
use super::plan::Plan;
use crate::study::error::Error;

/// What the results hold of one scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ScenarioStatus {
    /// Scenario.
    pub scenario: String,
    /// Runs finished.
    pub done: u32,
    /// Of them, those that failed.
    pub failed: u32,
    /// Runs needed and not finished; all of them where the scenario is stale.
    pub missing: u32,
    /// Why what is there does not serve: `key: value there, value here`.
    pub stale: Vec<String>,
}

/// The status of every scenario of a plan in a folder.
///
/// # Errors
/// If the folder's plan or shards cannot be read.
pub fn explain(root: &Path, plan: &Plan) -> Result<Vec<ScenarioStatus>, Error> {
    refuse_file(root)?;
    if !root.join("plan.json").is_file() {
        return Ok(plan
            .scenarios
            .iter()
            .map(|each| ScenarioStatus::unknown(plan, &each.name))
            .collect());
    }
    let there = Folder::open(root)?;
    if there.digest == plan.digest() {
        return statuses(&there);
    }
    let base = base_differences(&there.plan, plan);
    let known: BTreeMap<&str, usize> = names(&there.plan);
    let status = |(place, scenario): (usize, &crate::study::experiment::Scenario)| {
        let mut stale = base.clone();
        match known.get(scenario.name.as_str()) {
            None => stale.push("scenario: not there".to_owned()),
            Some(&old) => stale.extend(setting_differences(&there.plan, old, plan, place)),
        }
        if stale.is_empty() {
            stale.push("unchanged itself, but other scenarios of the plan are not".to_owned());
        }
        ScenarioStatus { stale, ..ScenarioStatus::unknown(plan, &scenario.name) }
    };
    Ok(plan.scenarios.iter().enumerate().map(status).collect())
}

impl ScenarioStatus {
    fn unknown(plan: &Plan, scenario: &str) -> Self {
        let missing = plan.replicates_of_round(0).len() as u32;
        Self { scenario: scenario.to_owned(), missing, ..Self::default() }
    }
}

fn names(plan: &Plan) -> BTreeMap<&str, usize> {
    plan.scenarios.iter().enumerate().map(|(place, each)| (each.name.as_str(), place)).collect()
}

/// What is done of the scenarios of a folder.
fn statuses(folder: &Folder) -> Result<Vec<ScenarioStatus>, Error> {
    let plan = &folder.plan;
    let new =
        |name: &String| ScenarioStatus { scenario: name.clone(), ..ScenarioStatus::default() };
    let mut all: Vec<ScenarioStatus> = plan.scenarios.iter().map(|each| new(&each.name)).collect();
    let places = names(plan);
    let failures = folder.failures()?;
    if folder.manifest()?.is_some() {
        for (name, runs) in folder.merged_runs()? {
            places.get(name.as_str()).into_iter().for_each(|&place| all[place].done = runs);
        }
        for failure in &failures {
            places.get(&*failure.scenario).into_iter().for_each(|&place| all[place].done += 1);
        }
    } else {
        let rounds = folder.rounds()?;
        let absent: std::collections::HashSet<u32> =
            folder.missing_of(&rounds)?.into_iter().collect();
        for shard in rounds.shards(plan) {
            for unit in rounds.units(plan, shard) {
                let status = &mut all[unit.scenario];
                let there = !absent.contains(&shard);
                status.done += u32::from(there);
                status.missing += u32::from(!there);
            }
        }
    }
    for failure in &failures {
        places.get(&*failure.scenario).into_iter().for_each(|&place| all[place].failed += 1);
    }
    Ok(all)
}

/// Differences that concern every scenario.
fn base_differences(there: &Plan, here: &Plan) -> Vec<String> {
    let json = |plan: &Plan| {
        let mut value = serde_json::to_value(plan).unwrap_or_default();
        if let Some(fields) = value.as_object_mut() {
            for own in ["title", "contrasts", "scenarios", "designs", "units", "shards", "config"] {
                fields.remove(own);
            }
            for own in ["shard_units", "out_of_range"] {
                fields.remove(own);
            }
        }
        value
    };
    let mut lines = Vec::new();
    compare("", &json(there), &json(here), &mut lines);
    lines
}

/// Values in force that differ between a scenario there and one here.
fn setting_differences(there: &Plan, old: usize, here: &Plan, new: usize) -> Vec<String> {
    let resolved = |plan: &Plan, scenario: usize| {
        let mut config = plan.config.clone();
        for (key, value) in plan.scenarios[scenario].set.iter() {
            if let Some(place) = config.pointer_mut(&crate::study::experiment::config::pointer(key))
            {
                *place = value.clone();
            }
        }
        config
    };
    let mut lines = Vec::new();
    let (before, after): (Value, Value) = (resolved(there, old), resolved(here, new));
    compare("", &before, &after, &mut lines);
    lines
}
