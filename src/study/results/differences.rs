//! What differs between two JSON values.

use serde_json::Value;

/// Collects the leaves in which two JSON values differ.
pub fn compare(key: &str, there: &Value, here: &Value, lines: &mut Vec<String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match (there, here) {
        (Value::Object(left), Value::Object(right)) => {
            let added = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(added) {
                let side = |map: &serde_json::Map<_, _>| map.get(name).cloned().unwrap_or_default();
                compare(&below(name), &side(left), &side(right), lines);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{key}[{index}]"), left, right, lines);
            }
        }
        _ if there == here => {}
        _ => lines.push(format!("{key}: {} there, {} here", short(there), short(here))),
    }
}

/// A JSON value on few characters.
fn short(value: &Value) -> String {
    let text = value.to_string();
    let head: String = text.chars().take(40).collect();
    if head.len() < text.len() { format!("{head}…") } else { text }
}
