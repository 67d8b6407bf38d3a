//! When a scenario has enough replicates: a fixed number, or as many as a precision needs.
//!
//! Replicates come in rounds. After each, a scenario goes on unless the intervals of the named
//! metrics are narrow enough. The rule reads nothing but the results of complete rounds, so that
//! threads, shards and interruptions cannot change its answer.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};
use toml::Value;

use super::document::Document;
use super::entry::TomlEntry;
use crate::study::error::ConfigError;
use crate::study::store::table::{may_be_none, runs_schema};

/// Most replicates of a scenario.
pub(crate) const MAX_REPLICATES: u32 = 1_000_000;
const KEYS: [&str; 4] = ["minimum", "maximum", "batch", "until"];
const CONDITION: [&str; 4] = ["metric", "half_width", "relative", "of"];
/// Digits of t that are kept: the last ones depend on the machine's logarithm.
const T_SCALE: f64 = 1e9;

/// What an interval is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// The mean of a scenario.
    Scenario,
    /// The mean paired difference of every contrast.
    Difference,
}

/// One precision that is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Column of `runs.parquet`.
    pub metric: String,
    /// Greatest half width of the 95 % interval, in the metric's unit or as a share.
    pub half_width: f64,
    /// Whether it is a share of the mean's size.
    pub relative: bool,
    /// What the interval is of.
    pub of: Of,
}

/// Stop by precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stopping {
    /// Replicates of the first round.
    pub minimum: u32,
    /// Replicates of every further round.
    pub batch: u32,
    /// All of these have to hold.
    pub until: Vec<Condition>,
}

impl Stopping {
    /// Reads `[replication]` with the most replicates, if it says them; none where the file has none.
    ///
    /// # Errors
    /// If a key is unknown or missing, a value not allowed, a metric no outcome.
    pub fn read(document: &Document) -> Result<Option<(Self, Option<u32>)>, ConfigError> {
        let Some(section) = TomlEntry::section(document, "replication", &KEYS)? else {
            return Ok(None);
        };
        section.require(&["minimum", "batch", "until"])?;
        let most = i64::from(MAX_REPLICATES);
        let minimum =
            section.whole("minimum", 2, most)?.ok_or_else(|| section.missing("minimum"))?;
        let batch = section.whole("batch", 1, most)?.ok_or_else(|| section.missing("batch"))?;
        let maximum = section.whole("maximum", i64::max(minimum, 2), most)?;
        let entries =
            TomlEntry::list(section.file, section.table, &section.place, "until", &CONDITION)?;
        if entries.is_empty() {
            return Err(section.missing("until"));
        }
        let until = entries.iter().map(Condition::read).collect::<Result<_, _>>()?;
        let maximum = maximum.map(|maximum| maximum as u32);
        Ok(Some((Self { minimum: minimum as u32, batch: batch as u32, until }, maximum)))
    }
}

impl Stopping {
    /// Whether a condition is about paired differences.
    #[must_use]
    pub(crate) fn is_about_differences(&self) -> bool {
        self.until.iter().any(|condition| condition.of == Of::Difference)
    }
}

impl Condition {
    fn read(entry: &TomlEntry) -> Result<Self, ConfigError> {
        let metric = entry.required_text("metric")?;
        let outcomes = runs_schema();
        let known = outcomes.iter().skip(2).map(|field| field.name.as_str());
        if !known.clone().any(|name| name == metric) {
            let place = format!("{}, {}", entry.file, entry.key("metric"));
            return Err(ConfigError::unknown(&place, metric, known));
        }
        if may_be_none(metric) {
            let rule = "must have a value in every run, and this is NaN where there is none";
            return Err(entry.refuse("metric", &Value::String(metric.to_owned()), rule));
        }
        let half_width = entry.number("half_width", "a number above 0", |width| width > 0.0)?;
        let relative = match entry.table.get("relative") {
            None => false,
            Some(Value::Boolean(relative)) => *relative,
            Some(other) => return Err(entry.refuse("relative", other, "must be true or false")),
        };
        let of = match entry.text("of")?.unwrap_or("scenario") {
            "scenario" => Of::Scenario,
            "difference" => Of::Difference,
            other => {
                let allowed = "must be scenario or difference";
                return Err(entry.refuse("of", &Value::String(other.to_owned()), allowed));
            }
        };
        let half_width = half_width.ok_or_else(|| entry.missing("half_width"))?;
        Ok(Self { metric: metric.to_owned(), half_width, relative, of })
    }

    /// Whether the 95 % interval of the mean of these values, t₀.₉₇₅(n − 1)·s/√n, is narrow enough;
    /// never for fewer than two values.
    #[must_use]
    pub fn holds(&self, values: &[f64]) -> bool {
        let n = values.len() as f64;
        if values.len() < 2 {
            return false;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let half = t_factor(n) * (squares / (n - 1.0) / n).sqrt();
        let scale = if self.relative { mean.abs() } else { 1.0 };
        half <= self.half_width * scale
    }
}

/// t₀.₉₇₅ with n − 1 degrees of freedom, rounded so that it is the same on every machine.
fn t_factor(n: f64) -> f64 {
    let law = StudentsT::new(0.0, 1.0, n - 1.0);
    law.map_or(f64::INFINITY, |law| (law.inverse_cdf(0.975) * T_SCALE).round() / T_SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(half_width: f64, relative: bool) -> Condition {
        Condition { metric: "m".to_owned(), half_width, relative, of: Of::Scenario }
    }

    /// s = 1, n = 4: 3.182446/2 = 1.591223.
    #[test]
    fn the_half_width_is_that_of_students_interval() {
        let sd = (5.0_f64 / 3.0).sqrt();
        let values = [1.0, 2.0, 3.0, 4.0].map(|value| value / sd);
        assert!(condition(1.591_224, false).holds(&values));
        assert!(!condition(1.591_222, false).holds(&values));
        let mean = 2.5 / sd;
        assert!(condition(1.591_224 / mean, true).holds(&values));
        assert!(!condition(1.591_222 / mean, true).holds(&values));
    }

    #[test]
    fn one_value_is_never_precise_and_equal_ones_always() {
        assert!(!condition(1e300, false).holds(&[1.0]));
        assert!(condition(1e-300, false).holds(&[1.0, 1.0]));
    }

    /// Johnson, Kotz and Balakrishnan 1995, and any table of t.
    #[test]
    fn the_t_factor_is_that_of_the_tables() {
        for (n, wanted) in [(2.0, 12.706), (11.0, 2.228), (31.0, 2.042), (1001.0, 1.962)] {
            assert!((t_factor(n) - wanted).abs() < 6e-4, "{n}");
        }
    }
}
