//! What `manifest.json` says about the results: which experiment, scenarios, contrasts, seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::ReportError;
use crate::experiment::Place;
use crate::experiment::receipt::Failure;
use crate::experiment::sweep::PlannedSweep;

/// The part of `manifest.json` that a report needs; other keys are left alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the experiment.
    pub experiment: String,
    /// One line about it.
    #[serde(default)]
    pub title: String,
    /// Command that produced the results.
    #[serde(default)]
    pub command: String,
    /// Scenario names, in the order of the experiment.
    pub scenarios: Vec<String>,
    /// Pairs of scenarios whose difference is an effect.
    #[serde(default)]
    pub contrasts: Vec<Contrast>,
    /// What each scenario sets: dotted keys and their values.
    #[serde(default)]
    pub settings: BTreeMap<String, Map<String, Value>>,
    /// Designs whose points the scenarios lie at.
    #[serde(default)]
    pub designs: Vec<PlannedSweep>,
    /// Where in a design each scenario lies.
    #[serde(default)]
    pub points: BTreeMap<String, Place>,
    /// Replicates planned for each scenario.
    #[serde(default)]
    pub replicates: u64,
    /// The rule by which scenarios were stopped; none for a fixed number of replicates.
    #[serde(default)]
    pub stopping: Option<Value>,
    /// Runs that failed.
    #[serde(default)]
    pub failed: Vec<Failure>,
    /// Seed.
    #[serde(default)]
    pub seed: u64,
    /// Digest of the plan.
    #[serde(default)]
    pub plan_digest: String,
    /// Date of day 0, `YYYY-MM-DD`.
    #[serde(default = "default_first_day")]
    pub first_day: String,
}

/// Two scenarios that share their random numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contrast {
    /// With the change.
    pub treatment: String,
    /// Without it.
    pub control: String,
}

impl fmt::Display for Contrast {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} - {}", self.treatment, self.control)
    }
}

/// The date that days count from when a manifest does not say.
fn default_first_day() -> String {
    "2025-10-01".to_owned()
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// When the file is missing, is not JSON of this shape, names no scenario, or has a contrast
    /// between scenarios it does not name.
    pub fn read(path: &Path) -> Result<Self, ReportError> {
        let text = fs::read_to_string(path).map_err(|source| ReportError::disk(path, source))?;
        let manifest: Self = serde_json::from_str(&text)
            .map_err(|source| ReportError::Manifest { path: path.to_owned(), source })?;
        manifest.check().map_err(|problem| ReportError::content(path, problem))?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if self.scenarios.is_empty() {
            return Err("`scenarios` is empty; at least one is needed".to_owned());
        }
        let known: BTreeSet<&String> = self.scenarios.iter().collect();
        let unknown = self
            .contrasts
            .iter()
            .flat_map(|contrast| [&contrast.treatment, &contrast.control])
            .find(|name| !known.contains(name));
        match unknown {
            Some(name) => Err(format!("`contrasts` names `{name}`, which `scenarios` does not")),
            None => Ok(()),
        }
    }

    /// Position of a scenario in the order of the experiment.
    #[must_use]
    pub fn position(&self, scenario: &str) -> Option<usize> {
        self.scenarios.iter().position(|name| name == scenario)
    }
}
