//! The `[hindcast]` section: window, rigs of the past, closures.

use std::path::PathBuf;

use toml::Value;

use super::closure_schedule::{ScheduledClosure, closed_share};
use super::matching::MatchingSpec;
use super::null_models::rig_frontier::Frontier;
use crate::clock::unix_day;
use crate::study::error::ConfigError;
use crate::study::experiment::document::Document;
use crate::study::experiment::entry::TomlEntry;
use crate::units::{DAY, Efficiency};

const KEYS: [&str; 18] = [
    "history",
    "ai_deals",
    "ai_quarters",
    "from",
    "to",
    "until",
    "training_epochs",
    "recent_epochs",
    "past_years",
    "matching_effective_share",
    "matching_last_counts",
    "matching_residual_carried",
    "capacity_over_additions",
    "least_capacity_share",
    "frontier",
    "frontier_annual_fall",
    "closure",
    "storm",
];
const FRONTIER: [&str; 4] = ["date", "efficiency_j_per_th", "machine", "source"];
const CLOSURE: [&str; 7] = ["name", "from", "to", "share", "return_from", "return_to", "source"];
const STORM: [&str; 3] = ["name", "date", "source"];
/// Latest difficulty epoch that a file may name.
const MOST_EPOCHS: i64 = 3_440;
/// Most epochs whose mean may stand for the first day: a year of them.
const EPOCHS_A_YEAR: i64 = 26;
/// Most years of the past that a fleet may be made of.
const MOST_YEARS: i64 = 20;

/// A phase of closures decided outside the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Closure {
    /// First day, days since 1970-01-01.
    pub from: i64,
    /// Last day.
    pub to: i64,
    /// Share of all sites that close.
    pub share: f64,
    /// Shortest and longest time until a closed site's rigs run elsewhere, days; 0 = never.
    pub away: [f64; 2],
}

/// What a hindcast is of.
#[derive(Clone, Debug, PartialEq)]
pub struct HindcastSpec {
    /// The file that states it, for messages.
    pub file: String,
    /// History in the HISTORY layout, unless the command line names one.
    pub history: Option<PathBuf>,
    /// Deals for AI halls, and what is energised by quarter.
    pub ai_record: Option<[PathBuf; 2]>,
    /// First difficulty epoch.
    pub from: u32,
    /// Last difficulty epoch.
    pub to: u32,
    /// Last day that is simulated, if that is after the last epoch: days since 1970-01-01. Price and fees are drawn from that
    /// epoch on.
    pub until: Option<i64>,
    /// Epochs before the window on which null models are estimated.
    pub training_epochs: u32,
    /// Epochs whose mean hash rate stands for the first day.
    pub recent_epochs: usize,
    /// Years of past hash rates and rigs that the fleet is made of, at most.
    pub past_years: usize,
    /// How paths that began before an origin are matched to what was measured.
    pub matching: MatchingSpec,
    /// Manufacturers' capacity over the mean gross additions of the best year before the window.
    pub capacity_over_additions: f64,
    /// Manufacturers' least monthly capacity over the network's hash rate.
    pub least_capacity_share: f64,
    /// Best rig on sale.
    pub frontier: Frontier,
    /// Closures in order.
    pub closures: Vec<Closure>,
    /// Days of storms that met every exposed region, days since 1970-01-01.
    pub storms: Vec<i64>,
}

impl Closure {
    /// The same as a schedule, in days since 1970-01-01.
    #[must_use]
    pub fn scheduled(&self) -> ScheduledClosure {
        let (from, to) = (self.from as f64, self.to as f64);
        ScheduledClosure { from, to, share: self.share, away: self.away }
    }
}

impl HindcastSpec {
    /// Share of all sites that the closures hold closed between two times (s since 1970-01-01), mean.
    #[must_use]
    pub fn closed(&self, from: i64, to: i64) -> f64 {
        let closures: Vec<_> = self.closures.iter().map(Closure::scheduled).collect();
        closed_share(&closures, from as f64 / DAY.0, to as f64 / DAY.0)
    }

    /// Reads the section from a chain of files, the most basic first; what a later file states counts.
    ///
    /// # Errors
    /// If no file has the section, a key is unknown or missing, a value not allowed.
    pub fn read(chain: &[Document]) -> Result<Self, ConfigError> {
        let last = &chain[chain.len() - 1];
        let mut draft = Draft::default();
        // How a first day is made from history holds for files that do not extend the shipped one, too.
        if let Some(section) = TomlEntry::section(&Document::hindcast()?, "hindcast", &KEYS)? {
            draft.estimate(&section)?;
        }
        for document in chain {
            if let Some(section) = TomlEntry::section(document, "hindcast", &KEYS)? {
                draft.overlay(document, &section)?;
            }
        }
        draft.finish(last)
    }

    /// The complaint that there is no history to compare with.
    #[must_use]
    pub(crate) fn no_history(&self) -> ConfigError {
        let problem = "names no history; give one with --data HISTORY.csv, which `hashflight import` \
                       makes from public files";
        ConfigError::file(&self.file, problem)
    }

    /// A complaint about the window.
    #[must_use]
    pub(crate) fn refuse(&self, key: &str, value: u32, allowed: impl Into<String>) -> ConfigError {
        let value = Value::Integer(i64::from(value));
        ConfigError::value(&self.file, &format!("hindcast.{key}"), &value, allowed)
    }
}

/// A section that is not complete yet.
#[derive(Default)]
struct Draft {
    history: Option<PathBuf>,
    ai_deals: Option<PathBuf>,
    ai_quarters: Option<PathBuf>,
    from: Option<i64>,
    to: Option<i64>,
    until: Option<i64>,
    training_epochs: Option<i64>,
    recent_epochs: Option<i64>,
    past_years: Option<i64>,
    effective_share: Option<f64>,
    last_counts: Option<f64>,
    residual_carried: Option<f64>,
    capacity: Option<f64>,
    least_capacity: Option<f64>,
    frontier: Vec<(f64, Efficiency)>,
    annual_fall: Option<f64>,
    closures: Vec<Closure>,
    storms: Vec<i64>,
}

impl Draft {
    /// Takes over how the first day is estimated.
    fn estimate(&mut self, section: &TomlEntry) -> Result<(), ConfigError> {
        let recent = section.whole("recent_epochs", 1, EPOCHS_A_YEAR)?;
        self.recent_epochs = recent.or(self.recent_epochs);
        self.past_years = section.whole("past_years", 1, MOST_YEARS)?.or(self.past_years);
        let part = "above 0, at most 1";
        let effective = section
            .number("matching_effective_share", part, |number| number > 0.0 && number <= 1.0)?;
        self.effective_share = effective.or(self.effective_share);
        let counts =
            section.number("matching_last_counts", "at least 1", |number| number >= 1.0)?;
        self.last_counts = counts.or(self.last_counts);
        let carried = section.number("matching_residual_carried", "from 0 to 1", |number| {
            (0.0..=1.0).contains(&number)
        })?;
        self.residual_carried = carried.or(self.residual_carried);
        Ok(())
    }

    fn overlay(&mut self, document: &Document, section: &TomlEntry) -> Result<(), ConfigError> {
        for (key, path) in [
            ("history", &mut self.history),
            ("ai_deals", &mut self.ai_deals),
            ("ai_quarters", &mut self.ai_quarters),
        ] {
            let named = section.text(key)?.map(|name| document.folder.join(name));
            *path = named.or(path.take());
        }
        self.from = section.whole("from", 1, MOST_EPOCHS)?.or(self.from);
        self.to = section.whole("to", 1, MOST_EPOCHS)?.or(self.to);
        if section.table.contains_key("until") {
            self.until = Some(date(section, "until")?);
        }
        let training = section.whole("training_epochs", 20, MOST_EPOCHS)?;
        self.training_epochs = training.or(self.training_epochs);
        self.estimate(section)?;
        let capacity =
            section.number("capacity_over_additions", "above 0", |number| number > 0.0)?;
        self.capacity = capacity.or(self.capacity);
        let least = section.number("least_capacity_share", "above 0", |number| number > 0.0)?;
        self.least_capacity = least.or(self.least_capacity);
        let (file, table, place) = (section.file, section.table, &section.place);
        if table.contains_key("frontier") {
            let rows = TomlEntry::list(file, table, place, "frontier", &FRONTIER)?;
            self.frontier = rows.iter().map(rig).collect::<Result<_, _>>()?;
        }
        let fall = section.number("frontier_annual_fall", "from 0 to below 1", |number| {
            (0.0..1.0).contains(&number)
        })?;
        self.annual_fall = fall.or(self.annual_fall);
        if table.contains_key("closure") {
            let rows = TomlEntry::list(file, table, place, "closure", &CLOSURE)?;
            self.closures = rows.iter().map(closure).collect::<Result<_, _>>()?;
        }
        if table.contains_key("storm") {
            let rows = TomlEntry::list(file, table, place, "storm", &STORM)?;
            self.storms = rows.iter().map(|row| date(row, "date")).collect::<Result<_, _>>()?;
        }
        Ok(())
    }

    fn finish(self, last: &Document) -> Result<HindcastSpec, ConfigError> {
        let missing = |key: &str| ConfigError::Missing {
            file: last.file.clone(),
            key: format!("hindcast.{key}"),
        };
        if self.frontier.is_empty() {
            return Err(missing("frontier"));
        }
        let number = |value: Option<f64>, key| value.ok_or_else(|| missing(key));
        let fall = number(self.annual_fall, "frontier_annual_fall")?;
        let twice = || ConfigError::file(&last.file, "hindcast.frontier has a date twice");
        let frontier = Frontier::new(&self.frontier, fall).ok_or_else(twice)?;
        let ai_record = match (self.ai_deals, self.ai_quarters) {
            (Some(deals), Some(quarters)) => Some([deals, quarters]),
            (None, None) => None,
            (Some(_), None) => return Err(missing("ai_quarters")),
            (None, Some(_)) => return Err(missing("ai_deals")),
        };
        let epoch = |value: Option<i64>, key| value.map(|e| e as u32).ok_or_else(|| missing(key));
        Ok(HindcastSpec {
            file: last.file.clone(),
            history: self.history,
            ai_record,
            from: epoch(self.from, "from")?,
            to: epoch(self.to, "to")?,
            until: self.until,
            training_epochs: epoch(self.training_epochs, "training_epochs")?,
            recent_epochs: epoch(self.recent_epochs, "recent_epochs")? as usize,
            past_years: epoch(self.past_years, "past_years")? as usize,
            matching: MatchingSpec {
                effective_share: number(self.effective_share, "matching_effective_share")?,
                last_counts: number(self.last_counts, "matching_last_counts")?,
                residual_carried: number(self.residual_carried, "matching_residual_carried")?,
            },
            capacity_over_additions: number(self.capacity, "capacity_over_additions")?,
            least_capacity_share: number(self.least_capacity, "least_capacity_share")?,
            frontier,
            closures: self.closures,
            storms: self.storms,
        })
    }
}

/// A date as days since 1970-01-01.
fn date(entry: &TomlEntry, key: &str) -> Result<i64, ConfigError> {
    let text = entry.required_text(key)?;
    let refuse = || entry.refuse(key, &Value::String(text.to_owned()), "must be a date YYYY-MM-DD");
    unix_day(text).ok_or_else(refuse)
}

fn required(
    entry: &TomlEntry,
    key: &str,
    allowed: &str,
    fits: impl Fn(f64) -> bool,
) -> Result<f64, ConfigError> {
    entry.number(key, allowed, fits)?.ok_or_else(|| entry.missing(key))
}

fn rig(entry: &TomlEntry) -> Result<(f64, Efficiency), ConfigError> {
    entry.require(&["date", "efficiency_j_per_th"])?;
    let efficiency = required(entry, "efficiency_j_per_th", "above 0", |number| number > 0.0)?;
    Ok((date(entry, "date")? as f64 * DAY.0, Efficiency::from_j_per_th(efficiency)))
}

fn closure(entry: &TomlEntry) -> Result<Closure, ConfigError> {
    entry.require(&["from", "to", "share", "return_from", "return_to"])?;
    let days = |key| required(entry, key, "a number of days, 0 for never", |n| n >= 0.0);
    let (from, to) = (date(entry, "from")?, date(entry, "to")?);
    let away = [days("return_from")?, days("return_to")?];
    let share = required(entry, "share", "at least 0 and below 1", |n| (0.0..1.0).contains(&n))?;
    if to < from {
        let value = Value::String(entry.required_text("to")?.to_owned());
        return Err(entry.refuse("to", &value, "must not be before the first day"));
    }
    if away[1] < away[0] {
        let value = Value::Float(away[1]);
        return Err(entry.refuse("return_to", &value, "must not be less than return_from"));
    }
    Ok(Closure { from, to, share, away })
}
