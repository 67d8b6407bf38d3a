//! A generation of points as an experiment: a scenario a window, a replicate a point.

use serde_json::{Map, Value};

use super::super::hindcast::Hindcast;
use super::super::{Experiment, ParameterSets, Scenario};
use super::Spec;
use super::method::Proposal;

/// The runs of a generation.
///
/// Every point is a replicate of its own, so that its noise is independent of the others', and every
/// generation has its own seed.
///
/// # Panics
/// Without windows, which a [`Spec`] has.
#[must_use]
pub fn experiment(
    spec: &Spec,
    windows: &[Hindcast],
    generation: u32,
    points: &[Proposal],
) -> Experiment {
    let keys = spec.method.priors().iter().map(|prior| prior.key.clone()).collect();
    let configs: Vec<Value> = windows
        .iter()
        .map(|window| serde_json::to_value(&window.experiment.base).unwrap_or_default())
        .collect();
    let scenario = |(window, config): (&Hindcast, &Value)| {
        let mut set = Map::new();
        differences("", &configs[0], config, &mut set);
        Scenario { name: window.experiment.name.clone(), set, place: None }
    };
    Experiment {
        name: format!("{}-{generation:02}", spec.name),
        title: format!("{}, generation {generation}", spec.title),
        replicates: points.len() as u32,
        stopping: None,
        seed: spec.method.settings().seed.wrapping_add(u64::from(generation) + 1),
        base: windows[0].experiment.base.clone(),
        parameter_sets: Some(ParameterSets {
            keys,
            sets: points.iter().map(|proposal| proposal.point.clone()).collect(),
        }),
        scenarios: windows.iter().zip(&configs).map(scenario).collect(),
        designs: Vec::new(),
        contrasts: Vec::new(),
    }
}

/// Dotted keys at which `other` differs from `base`, with its values.
fn differences(place: &str, base: &Value, other: &Value, found: &mut Map<String, Value>) {
    match (base.as_object(), other.as_object()) {
        (Some(base), Some(other)) => {
            for (name, value) in other {
                let key = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                differences(&key, base.get(name).unwrap_or(&Value::Null), value, found);
            }
        }
        _ if base != other => {
            found.insert(place.to_owned(), other.clone());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_set() {
        let (one, two) = (json!({"a": {"x": 1, "y": [1]}}), json!({"a": {"x": 1, "y": [1, 2]}}));
        let mut set = Map::new();
        differences("", &one, &two, &mut set);
        assert_eq!(Value::Object(set), json!({"a.y": [1, 2]}));
    }
}
