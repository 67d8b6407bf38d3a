//! Results of a calculation, for people and for scripts.

use serde_json::{Map, Value, json};

use crate::report::numbers::{decimals_for, fixed, grouped};

/// Significant digits that people are shown.
const DIGITS: i32 = 7;

/// Named results in the order in which they are shown.
#[derive(Debug, Default)]
pub(super) struct Answer {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    key: &'static str,
    value: Value,
    shown: String,
    unit: &'static str,
    /// Why a value is null.
    why: Option<String>,
}

/// Why a result is null that is a number no computer holds.
pub(crate) const BEYOND: &str = "unbounded: beyond the largest number, 1.8e308";
/// Why a result is null that no formula gives.
const NO_NUMBER: &str =
    "not a number: the inputs are too large, too small or too far apart to calculate with";
/// Why a list has a null in it.
const SOME_NUMBER: &str =
    "at least one value is beyond the largest number, 1.8e308, or none at all";

impl Answer {
    /// A number; one beyond all bounds becomes null and "unbounded".
    pub(super) fn number(self, key: &'static str, value: f64, unit: &'static str) -> Self {
        self.number_or(key, Some(value), unit, BEYOND)
    }

    /// A number, or null and why there is none; what the inputs give no number for says so.
    pub(crate) fn number_or(
        mut self,
        key: &'static str,
        value: Option<f64>,
        unit: &'static str,
        otherwise: &str,
    ) -> Self {
        let finite = value.filter(|value| value.is_finite());
        let otherwise = if value.is_some_and(f64::is_nan) { NO_NUMBER } else { otherwise };
        let why = finite.is_none().then(|| otherwise.to_owned());
        let shown = finite.map_or_else(|| otherwise.to_owned(), readable);
        let unit = if finite.is_some() { unit } else { "" };
        self.lines.push(Line { key, value: json!(finite), shown, unit, why });
        self
    }

    /// A whole number, or null and why there is none.
    pub(crate) fn whole_or(
        mut self,
        key: &'static str,
        value: Option<u64>,
        unit: &'static str,
        otherwise: &str,
    ) -> Self {
        let shown = value.map_or_else(|| otherwise.to_owned(), |n| grouped(&n.to_string(), ","));
        let unit = if value.is_some() { unit } else { "" };
        let why = value.is_none().then(|| otherwise.to_owned());
        self.lines.push(Line { key, value: json!(value), shown, unit, why });
        self
    }

    /// A whole number.
    pub(super) fn whole(self, key: &'static str, value: u64, unit: &'static str) -> Self {
        self.whole_or(key, Some(value), unit, "")
    }

    /// A word.
    pub(super) fn word(mut self, key: &'static str, word: &str) -> Self {
        let (shown, unit) = (word.to_owned(), "");
        self.lines.push(Line { key, value: json!(word), shown, unit, why: None });
        self
    }

    /// A list of numbers.
    pub(super) fn list(mut self, key: &'static str, values: &[f64], unit: &'static str) -> Self {
        let shown: Vec<_> = values.iter().map(|value| readable(*value)).collect();
        let (value, shown) = (json!(values), shown.join("  "));
        let why = why_null(&value);
        self.lines.push(Line { key, value, shown, unit, why });
        self
    }

    /// A list of objects, and what people see of it.
    pub(super) fn rows(mut self, key: &'static str, rows: Vec<Value>, shown: &[String]) -> Self {
        let indent = format!("\n{}", " ".repeat(INDENT));
        let shown = shown.join(&indent);
        let value = Value::Array(rows);
        let why = why_null(&value);
        self.lines.push(Line { key, value, shown, unit: "", why });
        self
    }

    /// One object: what was asked under `inputs`, then the results, and under `why_null` why a result
    /// is null.
    pub(crate) fn as_json(&self, inputs: Value) -> Value {
        let mut object = Map::new();
        object.insert("inputs".to_owned(), inputs);
        object.extend(self.lines.iter().map(|line| (line.key.to_owned(), line.value.clone())));
        let why = self
            .lines
            .iter()
            .filter_map(|line| Some((line.key.to_owned(), json!(line.why.as_ref()?))));
        let why: Map<String, Value> = why.collect();
        if !why.is_empty() {
            object.insert("why_null".to_owned(), Value::Object(why));
        }
        Value::Object(object)
    }

    /// One line each: name, value, unit.
    pub(crate) fn as_text(&self) -> String {
        let line = |line: &Line| {
            let name = line.key.replace('_', " ");
            format!("{name:<INDENT$}{} {}", line.shown, line.unit).trim_end().to_owned()
        };
        self.lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Why a list has a null in it, if it has.
fn why_null(list: &Value) -> Option<String> {
    let null = |value: &Value| match value {
        Value::Object(entry) => entry.values().any(Value::is_null),
        value => value.is_null(),
    };
    list.as_array()?.iter().any(null).then(|| SOME_NUMBER.to_owned())
}

/// Column at which values start.
const INDENT: usize = 22;

/// A number of seven digits, in scientific notation where it is very large or small.
pub(super) fn readable(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e15).contains(&size) {
        return format!("{value:.6e}");
    }
    let text = fixed(value, decimals_for(value, DIGITS));
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    grouped(text, ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let cases = [
            (0.0, "0"),
            (28.0, "28"),
            (-0.279_427_4, "-0.2794274"),
            (1_234_567.891, "1,234,568"),
            (5.914_122e-4, "5.914122e-4"),
            (1e40, "1.000000e40"),
        ];
        for (value, text) in cases {
            assert_eq!(readable(value), text);
        }
    }

    #[test]
    fn what_has_no_number_is_null_for_scripts_and_words_for_people() {
        let answer = Answer::default().number("a_b", f64::INFINITY, "USD").number("c", 1.5, "days");
        let why = "unbounded: beyond the largest number, 1.8e308";
        let expected = json!({"inputs": {}, "a_b": null, "c": 1.5, "why_null": {"a_b": why}});
        assert_eq!(answer.as_json(json!({})), expected);
        assert_eq!(answer.as_text(), format!("{:<22}{why}\n{:<22}1.5 days", "a b", "c"));
        let answer =
            Answer::default().number("x", 1.0, "").number_or("y", Some(f64::NAN), "", "never");
        assert_eq!(answer.as_json(json!({}))["why_null"]["y"], NO_NUMBER);
        let answer = Answer::default().list("z", &[1.0, f64::INFINITY], "");
        assert_eq!(answer.as_json(json!({}))["why_null"]["z"], SOME_NUMBER);
        let sound = Answer::default().number("x", 1.0, "");
        assert_eq!(sound.as_json(json!({})).get("why_null"), None);
    }
}
