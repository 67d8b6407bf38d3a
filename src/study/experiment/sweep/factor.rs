//! What a design varies: a parameter of the model and the law of its values.

use serde::{Deserialize, Serialize};
use toml::Value;

use super::placing::Placing;
use crate::study::design::Distribution;
use crate::study::error::ConfigError;
use crate::study::experiment::config::Tree;
use crate::study::experiment::entry::TomlEntry;
use crate::study::experiment::parameter::{Parameter, ParameterKind};
use crate::study::experiment::renamed;

/// Keys that `[[design.factor]]` may have.
pub(crate) const FACTOR_KEYS: [&str; 9] =
    ["key", "values", "distribution", "low", "high", "mode", "mean", "sd", "steps"];
const LAWS: &str = "uniform, loguniform, normal or triangular";

/// Law of a factor's values, as the plan keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "distribution", rename_all = "lowercase")]
pub enum Law {
    /// One of a list, each equally likely.
    Discrete {
        /// The list.
        values: Vec<Value>,
    },
    /// A number by a law of its own.
    #[serde(untagged)]
    Drawn(Distribution),
}

impl Law {
    /// The law as designs in general know it.
    #[must_use]
    pub const fn distribution(&self) -> Distribution {
        match self {
            Self::Drawn(law) => *law,
            Self::Discrete { values } => Distribution::Discrete { count: values.len() as u32 },
        }
    }
}

/// A factor, read and checked.
#[derive(Clone, Debug)]
pub struct SweptFactor {
    /// Dotted key of the parameter.
    pub key: String,
    /// Law of its values.
    pub law: Law,
    /// Values of a grid on it; none where the method draws its own.
    pub steps: Option<u32>,
    kind: ParameterKind,
}

impl SweptFactor {
    /// Reads the factors of a design.
    ///
    /// # Errors
    /// If one is no parameter, comes twice, or has values that are not allowed.
    pub(crate) fn read_all(
        design: &TomlEntry,
        placing: &Placing,
        tree: &Tree,
    ) -> Result<Vec<Self>, ConfigError> {
        let entries =
            TomlEntry::list(design.file, design.table, &design.place, "factor", &FACTOR_KEYS)?;
        if let (Placing::List, Some(first)) = (placing, entries.first()) {
            let value = Value::Table(first.table.clone());
            let allowed = "a list states its points and has no factors";
            return Err(design.refuse("factor", &value, allowed));
        }
        let mut factors: Vec<Self> = Vec::new();
        for entry in entries {
            let factor = Self::read(&entry, placing, tree)?;
            if factors.iter().any(|earlier| earlier.key == factor.key) {
                let value = Value::String(factor.key);
                return Err(entry.refuse(
                    "key",
                    &value,
                    "another factor of the design is this one",
                ));
            }
            factors.push(factor);
        }
        Ok(factors)
    }

    fn read(entry: &TomlEntry, placing: &Placing, tree: &Tree) -> Result<Self, ConfigError> {
        let key = entry.required_text("key")?;
        let known = tree.parameters();
        renamed::refuse_gone(&format!("{}, {}.key", entry.file, entry.place), key)?;
        let parameter = known.iter().find(|parameter| parameter.key == key).ok_or_else(|| {
            let known = known.iter().map(|parameter| parameter.key.as_str());
            ConfigError::unknown(&format!("{}, {}.key", entry.file, entry.place), key, known)
        })?;
        let law = read_law(entry, parameter)?;
        let discrete = matches!(law, Law::Discrete { .. });
        let steps = entry.whole("steps", 2, 100_000)?.map(|steps| steps as u32);
        if let (Some(steps), true) = (steps, discrete || !placing.is_crossed()) {
            let allowed = "only grid, zip and one-at-a-time take steps, and not beside `values`";
            return Err(entry.refuse("steps", &Value::Integer(i64::from(steps)), allowed));
        }
        if placing.is_crossed() && !discrete && steps.is_none() {
            return Err(entry.missing("values"));
        }
        let factor = Self { key: key.to_owned(), law, steps, kind: parameter.kind };
        if let Some(steps) = steps {
            let values = factor.values();
            if values.windows(2).any(|pair| pair[0] == pair[1]) {
                let value = Value::Integer(i64::from(steps));
                let allowed = "are more than the range has whole numbers";
                return Err(entry.refuse("steps", &value, allowed));
            }
        }
        Ok(factor)
    }

    /// The values of a factor that a grid, zip or walk goes through.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        if let Law::Discrete { values } = &self.law {
            return values.clone();
        }
        let steps = self.steps.unwrap_or(2);
        let place = |step| f64::from(step) / f64::from(steps - 1);
        let law = self.law.distribution();
        (0..steps).map(|step| self.value(law.on_grid(place(step)))).collect()
    }

    /// What a number of a design stands for: the number, rounded where the parameter is whole, or
    /// the value at that place of the list.
    #[must_use]
    pub fn value(&self, number: f64) -> Value {
        match (&self.law, self.kind) {
            (Law::Discrete { values }, _) => values[number as usize].clone(),
            (_, ParameterKind::Integer) => Value::Integer(number.round() as i64),
            _ => Value::Float(number),
        }
    }
}

/// The law of an entry; its values must be allowed for the parameter.
fn read_law(entry: &TomlEntry, parameter: &Parameter) -> Result<Law, ConfigError> {
    if let Some(given) = entry.table.get("values") {
        let stray = ["distribution", "low", "high", "mode", "mean", "sd"];
        if let Some((key, value)) =
            stray.iter().find_map(|&key| entry.table.get(key).map(|value| (key, value)))
        {
            return Err(entry.refuse(key, value, "says the same as `values`; give one of both"));
        }
        return read_values(entry, parameter, given);
    }
    if !matches!(parameter.kind, ParameterKind::Number | ParameterKind::Integer) {
        return Err(entry.missing("values"));
    }
    let law = match entry.text("distribution")?.unwrap_or("uniform") {
        "uniform" => {
            bounds(entry, parameter).map(|(low, high)| Distribution::Uniform { low, high })?
        }
        "loguniform" => {
            let (low, high) = bounds(entry, parameter)?;
            if low <= 0.0 {
                let allowed = "must be above 0 for loguniform";
                return Err(entry.refuse("low", &Value::Float(low), allowed));
            }
            Distribution::LogUniform { low, high }
        }
        "normal" => {
            let mean = entry.number("mean", "a finite number", |_| true)?;
            let sd = entry.number("sd", "a number above 0", |sd| sd > 0.0)?;
            let mean = mean.ok_or_else(|| entry.missing("mean"))?;
            Distribution::normal(mean, sd.ok_or_else(|| entry.missing("sd"))?)
        }
        "triangular" => {
            let (low, high) = bounds(entry, parameter)?;
            let allowed = format!("a number from {low} to {high}");
            let mode = entry.number("mode", &allowed, |mode| (low..=high).contains(&mode))?;
            Distribution::Triangular { low, mode: mode.ok_or_else(|| entry.missing("mode"))?, high }
        }
        other => {
            let value = Value::String(other.to_owned());
            return Err(entry.refuse("distribution", &value, format!("must be {LAWS}")));
        }
    };
    refuse_unused(entry, &law)?;
    Ok(Law::Drawn(law))
}

/// `low` and `high`, or the parameter's plausible range where they are not given.
fn bounds(entry: &TomlEntry, parameter: &Parameter) -> Result<(f64, f64), ConfigError> {
    let side = |key: &str, place: usize| {
        let given = entry.number(key, "a finite number", |_| true)?;
        let ranged = parameter.range.map(|range| range[place]);
        given.or(ranged).ok_or_else(|| entry.missing(key))
    };
    let (low, high) = (side("low", 0)?, side("high", 1)?);
    for (key, value) in [("low", low), ("high", high)] {
        let mut trial = parameter.clone();
        trial.accept(entry.file, &Value::Float(value)).map_err(|error| match error {
            ConfigError::Value { allowed, .. } => entry.refuse(key, &Value::Float(value), allowed),
            other => other,
        })?;
    }
    if low < high {
        return Ok((low, high));
    }
    Err(entry.refuse("high", &Value::Float(high), format!("must be above {low} (low)")))
}

fn read_values(
    entry: &TomlEntry,
    parameter: &Parameter,
    given: &Value,
) -> Result<Law, ConfigError> {
    let refuse = || entry.refuse("values", given, "must be a list of values, such as [1.0, 2.0]");
    let list = given.as_array().filter(|list| !list.is_empty()).ok_or_else(refuse)?;
    let mut values: Vec<Value> = Vec::with_capacity(list.len());
    for value in list {
        let mut trial = parameter.clone();
        trial.accept(entry.file, value).map_err(|error| match error {
            ConfigError::Value { allowed, .. } => entry.refuse("values", value, allowed),
            other => other,
        })?;
        let value = trial.value.ok_or_else(refuse)?;
        if values.contains(&value) {
            return Err(entry.refuse("values", &value, "is listed twice"));
        }
        values.push(value);
    }
    Ok(Law::Discrete { values })
}

/// Refuses keys that the law does not read.
fn refuse_unused(entry: &TomlEntry, law: &Distribution) -> Result<(), ConfigError> {
    let read: &[&str] = match law {
        Distribution::Normal { .. } => &["mean", "sd"],
        Distribution::Triangular { .. } => &["low", "high", "mode"],
        _ => &["low", "high"],
    };
    let all = ["low", "high", "mode", "mean", "sd"];
    let unused = all.into_iter().filter(|key| !read.contains(key));
    match unused.into_iter().find_map(|key| entry.table.get(key).map(|value| (key, value))) {
        None => Ok(()),
        Some((key, value)) => {
            let allowed = format!("this law has no {key}; it has {}", read.join(", "));
            Err(entry.refuse(key, value, allowed))
        }
    }
}
