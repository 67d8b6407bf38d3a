//! `parameters`: every parameter there is.

use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{say, say_json};
use crate::study::experiment::config::Tree;
use crate::study::experiment::parameter::Parameter;

/// Lists the parameters.
pub(crate) fn execute(json: bool) -> Result<(), Failure> {
    let tree = Tree::baseline()?;
    if json {
        let list: Vec<_> = tree.parameters().iter().map(as_json).collect();
        return say_json(&json!({ "parameters": list }));
    }
    let lines: Vec<_> = tree.parameters().iter().map(describe).collect();
    say(&lines.join("\n\n"))
}

fn as_json(parameter: &Parameter) -> Value {
    json!({
        "key": parameter.key,
        "unit": parameter.unit,
        "baseline": parameter.value,
        "range": parameter.range,
        "allowed": parameter.allowed,
        "choices": parameter.choices,
        "source": parameter.source,
        "meaning": parameter.meaning,
    })
}

fn describe(parameter: &Parameter) -> String {
    let value = parameter.value.as_ref().map(ToString::to_string).unwrap_or_default();
    let unit = if parameter.unit == "1" { "" } else { &parameter.unit };
    let mut lines = vec![
        format!("{} = {value} {unit}", parameter.key).trim_end().to_owned(),
        format!("  {}", parameter.meaning),
    ];
    let interval = |name: &str, [low, high]: [f64; 2]| format!("{name} {low} to {high}");
    let mut limits: Vec<_> =
        parameter.range.map(|pair| interval("range", pair)).into_iter().collect();
    limits.extend(parameter.allowed.map(|pair| interval("allowed", pair)));
    if !parameter.choices.is_empty() {
        limits.push(format!("one of {}", parameter.choices.join(", ")));
    }
    if !limits.is_empty() {
        lines.push(format!("  {}", limits.join("; ")));
    }
    lines.push(format!("  source: {}", parameter.source));
    lines.join("\n")
}
