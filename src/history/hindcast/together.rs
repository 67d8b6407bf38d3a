//! Several windows as one experiment: a scenario each.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Hindcast, WindowRequest};
use crate::study::error::Error;
use crate::study::experiment::{Experiment, Overrides, Scenario};

/// The windows as scenarios that differ from the first one's input.
#[must_use]
pub fn scenarios(windows: &[Hindcast]) -> Vec<Scenario> {
    let config = |window: &Hindcast| serde_json::to_value(&window.experiment.base);
    let configs: Vec<Value> =
        windows.iter().map(|window| config(window).unwrap_or_default()).collect();
    let scenario = |(window, config): (&Hindcast, &Value)| {
        let mut set = Map::new();
        differences("", &configs[0], config, &mut set);
        Scenario {
            name: window.experiment.name.clone(),
            set: set.into_iter().collect(),
            place: None,
        }
    };
    windows.iter().zip(&configs).map(scenario).collect()
}

/// A hindcast's epochs, each forecast from the end of the one before: windows of one epoch, and the
/// experiment that runs them.
#[derive(Clone, Debug)]
pub(crate) struct OneStep {
    /// The windows in order.
    pub windows: Vec<Hindcast>,
    /// All of them, with the hindcast's replicates and seed.
    pub experiment: Experiment,
}

impl OneStep {
    /// The steps of a hindcast that was loaded with the same arguments.
    ///
    /// # Errors
    /// As [`Hindcast::load`].
    pub(crate) fn from_hindcast(
        hindcast: &Hindcast,
        path: &Path,
        window: &WindowRequest,
        overrides: &Overrides,
    ) -> Result<Self, Error> {
        let step = |from: u32| {
            let window = WindowRequest {
                from: Some(from),
                to: Some(from + 1),
                within_history: true,
                ..window.clone()
            };
            Hindcast::load(path, &window, overrides)
        };
        let windows: Vec<Hindcast> =
            (hindcast.spec.from..hindcast.spec.to).map(step).collect::<Result<_, _>>()?;
        let experiment = Experiment {
            name: format!("{}-one-step", hindcast.experiment.name),
            title: format!("{}, one epoch ahead", hindcast.experiment.title),
            stopping: None,
            base: windows[0].experiment.base.clone(),
            scenarios: scenarios(&windows),
            designs: Vec::new(),
            contrasts: Vec::new(),
            ..hindcast.experiment.clone()
        };
        Ok(Self { windows, experiment })
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
