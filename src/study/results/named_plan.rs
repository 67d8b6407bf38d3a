//! What the digest of a plan is of, written without a copy of it.

use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::plan::Plan;

/// A plan as its digest is of it: without its title and what is said of its values, and without
/// contrasts unless they decide what stops together.
pub struct Named<'a>(pub &'a Plan);

impl Serialize for Named<'_> {
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
