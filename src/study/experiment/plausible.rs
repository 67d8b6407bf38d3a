//! Values outside the plausible range of their parameter: allowed, but rarely meant. A tariff in USD
//! per kWh where USD per MWh are asked for is a number like any other; only its range tells.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ParameterSets;
use super::owner_numbers::{OWNER_NUMBERS, OwnerNumber};
use super::parameter::Parameter;
use crate::study::error::ConfigError;
use crate::world::miners::spec::OwnerSpec;

/// Most keys that a message names.
const NAMED: usize = 12;

/// A parameter with a value outside its plausible range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutOfRange {
    /// Dotted key.
    pub key: String,
    /// The first such value.
    pub value: Value,
    /// Unit of value and range.
    pub unit: String,
    /// Plausible values, lowest and highest.
    pub range: [f64; 2],
    /// File, flag, scenario or posterior that gives the value.
    #[serde(rename = "where")]
    pub place: String,
    /// Further such values of the key: in other scenarios, points or draws.
    #[serde(default)]
    pub more: u64,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, unit, range: [low, high], place, more } = self;
        let unit = if unit == "1" { String::new() } else { format!(" {unit}") };
        let text = value.to_string();
        let short: String = text.chars().take(60).collect();
        let cut = if short.len() < text.len() { "…" } else { "" };
        write!(f, "{place}: {key} = {short}{cut}{unit} is outside its plausible range, ")?;
        write!(f, "{low} to {high}{unit}")?;
        match more {
            0 => Ok(()),
            1 => write!(f, " (and one more value)"),
            more => write!(f, " (and {more} more values)"),
        }
    }
}

/// What is outside, a line a key; long lists are cut.
#[must_use]
pub fn lines(list: &[OutOfRange]) -> Vec<String> {
    let mut lines: Vec<_> = list.iter().take(NAMED).map(OutOfRange::to_string).collect();
    if list.len() > NAMED {
        lines.push(format!("… and {} more", list.len() - NAMED));
    }
    lines
}

/// Share of draws that may lie outside a range: twice what lies outside the middle nine tenths.
const MAY_LIE_OUTSIDE: f64 = 0.2;

/// Collects what is outside, each key once.
#[derive(Clone, Debug, Default)]
pub(crate) struct RangeWatch {
    found: Vec<OutOfRange>,
}

impl RangeWatch {
    /// Looks at the value of a parameter; `place` says where it was given.
    pub(crate) fn look(&mut self, parameter: &Parameter, place: &str) {
        if let (Some(range), Some(value)) = (parameter.range, &parameter.value)
            && !parameter.is_plausible(value)
        {
            let value = serde_json::to_value(value).unwrap_or_default();
            self.note(parameter, range, value, place);
        }
    }

    /// Looks at draws of some parameters: a range is the middle nine tenths of what is plausible, so that a few draws
    /// outside of it say nothing.
    ///
    /// # Errors
    /// If a value is not allowed.
    pub(crate) fn look_at_draws(
        &mut self,
        sets: &ParameterSets,
        parameters: &[Parameter],
        place: &str,
    ) -> Result<(), ConfigError> {
        for (column, key) in sets.keys.iter().enumerate() {
            let Some(parameter) = parameters.iter().find(|known| known.key == *key) else {
                continue;
            };
            let mut outside = Vec::new();
            for draw in sets.sets.iter().filter_map(|set| set.get(column)) {
                let value = toml::Value::Float(*draw);
                parameter
                    .check(&value)
                    .map_err(|allowed| ConfigError::value(place, key, &value, allowed))?;
                if !parameter.is_plausible(&value) {
                    outside.push(*draw);
                }
            }
            let many = outside.len() as f64 > MAY_LIE_OUTSIDE * sets.sets.len() as f64;
            if let (Some(range), true) = (parameter.range, many) {
                for draw in outside {
                    self.note(parameter, range, Value::from(draw), place);
                }
            }
        }
        Ok(())
    }

    /// Looks at the numbers of named owners.
    pub(crate) fn look_at_owners(&mut self, owners: &[OwnerSpec], place: &str) {
        for owner in owners {
            for number in &OWNER_NUMBERS {
                let value = (number.of)(owner);
                if !OwnerNumber::within(number.plausible, value) {
                    self.found.push(OutOfRange {
                        key: format!("miners.owners \"{}\".{}", owner.name, number.field),
                        value: Value::from(value),
                        unit: number.unit.to_owned(),
                        range: number.plausible,
                        place: place.to_owned(),
                        more: 0,
                    });
                }
            }
        }
    }

    fn note(&mut self, parameter: &Parameter, range: [f64; 2], value: Value, place: &str) {
        match self.found.iter_mut().find(|found| found.key == parameter.key) {
            Some(found) => found.more += 1,
            None => self.found.push(OutOfRange {
                key: parameter.key.clone(),
                value,
                unit: parameter.unit.clone(),
                range,
                place: place.to_owned(),
                more: 0,
            }),
        }
    }

    /// What was found, in the order in which it was met.
    #[must_use]
    pub(crate) fn found(self) -> Vec<OutOfRange> {
        self.found
    }
}
