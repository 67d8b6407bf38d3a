//! What the command line changes in an experiment.

use std::path::Path;

use super::config::{Tree, ValueOrigin};
use super::renamed;
use crate::study::error::ConfigError;

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

impl Overrides {
    /// Sets what the flags say about parameters.
    pub(crate) fn apply(&self, tree: &mut Tree) -> Result<(), ConfigError> {
        let here = Path::new("");
        for (key, text) in &self.set {
            let value = parse_value(text);
            let key = renamed::heed("--set", key.clone());
            tree.set(ValueOrigin { file: "--set", folder: here }, &key, &value)?;
        }
        let Some(miners) = self.miners else { return Ok(()) };
        let count = toml::Value::Integer(i64::from(miners));
        let origin = ValueOrigin { file: "--miners", folder: here };
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
