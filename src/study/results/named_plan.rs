//! The digest that names a plan, and what it is of: written as it is hashed, without a copy.

use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::plan::Plan;

/// A plan as its digest is of it: without its title and what is said of its values, and without
/// contrasts unless they decide what stops together.
struct NamedPlan<'a>(&'a Plan);

impl Serialize for NamedPlan<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Every field is named, so that none that is added can be forgotten.
        let Plan {
            experiment,
            title: _,
            tool,
            random,
            schema,
            seed,
            replicates,
            stopping,
            designs,
            parameter_sets,
            scenarios,
            contrasts,
            out_of_range: _,
            unit_order,
            units,
            shard_units,
            shards,
            config,
        } = self.0;
        let contrasts = if stopping.is_some() { &contrasts[..] } else { &[] };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("experiment", experiment)?;
        map.serialize_entry("title", "")?;
        map.serialize_entry("tool", tool)?;
        map.serialize_entry("random", random)?;
        map.serialize_entry("schema", schema)?;
        map.serialize_entry("seed", seed)?;
        map.serialize_entry("replicates", replicates)?;
        if stopping.is_some() {
            map.serialize_entry("stopping", stopping)?;
        }
        if !designs.is_empty() {
            map.serialize_entry("designs", designs)?;
        }
        if parameter_sets.is_some() {
            map.serialize_entry("parameter_sets", parameter_sets)?;
        }
        map.serialize_entry("scenarios", scenarios)?;
        map.serialize_entry("contrasts", contrasts)?;
        map.serialize_entry("unit_order", unit_order)?;
        map.serialize_entry("units", units)?;
        map.serialize_entry("shard_units", shard_units)?;
        map.serialize_entry("shards", shards)?;
        map.serialize_entry("config", config)?;
        map.end()
    }
}

impl Plan {
    /// BLAKE3 digest of all that determines the runs, in hexadecimal: the plan's name.
    #[must_use]
    pub fn digest(&self) -> String {
        // Written as it is hashed: a plan of very many scenarios is not held twice.
        digest_of(&NamedPlan(self))
    }

    /// BLAKE3 digest of all of it, in hexadecimal: what a damaged file does not have.
    #[must_use]
    pub fn content_digest(&self) -> String {
        digest_of(self)
    }
}

/// BLAKE3 digest of what a value is as JSON, in hexadecimal; of nothing if it is none.
fn digest_of(value: &impl Serialize) -> String {
    let mut hasher = blake3::Hasher::new();
    let sink = std::io::BufWriter::new(&mut hasher);
    if serde_json::to_writer(sink, value).is_err() {
        hasher.reset();
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::experiment::{Experiment, Overrides};

    #[test]
    fn the_digest_is_of_the_plan_without_its_title() {
        let experiment = Experiment::load(
            std::path::Path::new("experiments/ai-counterfactual.toml"),
            &Overrides::default(),
        );
        let (plan, _) = Plan::from_experiment(&experiment.unwrap()).unwrap();
        assert!(!plan.contrasts.is_empty());
        let runs = Plan { title: String::new(), contrasts: Vec::new(), ..plan.clone() };
        let text = serde_json::to_string(&runs).unwrap();
        assert_eq!(plan.digest(), blake3::hash(text.as_bytes()).to_hex().to_string());
    }
}
