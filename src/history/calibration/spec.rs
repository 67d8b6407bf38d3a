//! The `[calibration]` section: windows of history, priors, how far to go.

use std::path::{Path, PathBuf};

use toml::Value;

use super::method::{CalibrationMethod, CalibrationSettings, Prior};
use crate::history::hindcast::null_models::NullModel;
use crate::history::hindcast::rolling::{Beginnings, LATEST, RollingRequest};
use crate::statistics::distribution::Distribution;
use crate::study::error::ConfigError;
use crate::study::experiment::check_name;
use crate::study::experiment::config::{Tree, ValueOrigin};
use crate::study::experiment::document::Document;
use crate::study::experiment::entry::TomlEntry;
use crate::study::experiment::parameter::{Parameter, ParameterKind};

const KEYS: [&str; 15] = [
    "windows",
    "deals",
    "placebos",
    "beginnings",
    "horizons",
    "paths",
    "reference",
    "particles",
    "kept_share",
    "minimum_acceptance",
    "maximum_generations",
    "posterior",
    "record_every_days",
    "set",
    "prior",
];
/// Keys of the section that have to be there.
const REQUIRED: [&str; 8] = [
    "windows",
    "particles",
    "kept_share",
    "minimum_acceptance",
    "maximum_generations",
    "record_every_days",
    "posterior",
    "prior",
];
const PRIOR: [&str; 7] = ["key", "distribution", "low", "high", "mean", "sd", "source"];
const HEADER: [&str; 4] = ["name", "title", "seed", "replicates"];
/// What a calibration is measured by that names no null models: those there were when files could not
/// name any. A null model that comes later must not join them, for it would move the posterior.
pub const USUAL_REFERENCE: [&str; 5] =
    ["random_walk", "drift", "hashprice", "hashprice_no_trend", "merit_order"];
/// Most draws of the posterior that are kept.
const MOST_DRAWS: i64 = 100_000;

/// How the deals of a window are fitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealRuns {
    /// Windows without AI in which the same is looked for.
    pub placebos: Vec<PathBuf>,
    /// Runs of a point with AI hosting, and without it, in each window.
    pub paths: u32,
}

/// What a calibration is of.
#[derive(Clone, Debug)]
pub struct CalibrationSpec {
    /// Name, fit for a folder.
    pub name: String,
    /// One line on what it is.
    pub title: String,
    /// The file, for messages.
    pub file: String,
    /// Hindcast experiments whose windows are matched; with beginnings, the first is that whose file they are of, and the
    /// others are scored whole beside them.
    pub windows: Vec<PathBuf>,
    /// Many beginnings of the first window's file, scored by horizon.
    pub rolling: Option<RollingRequest>,
    /// How deals for AI halls are fitted, if they are.
    pub deals: Option<DealRuns>,
    /// Null models of which the best sets the unit of a window's error.
    pub reference: Vec<String>,
    /// Days between records of a run.
    pub record_every_days: i64,
    /// Parameters that are held at a value in all runs, as `--set` writes them.
    pub set: Vec<(String, String)>,
    /// Equally weighted draws of the posterior that are kept.
    pub draws: usize,
    /// Priors and settings.
    pub method: CalibrationMethod,
}

impl CalibrationSpec {
    /// Runs of a point in each window.
    #[must_use]
    pub fn paths(&self) -> u32 {
        let of_deals = self.deals.as_ref().map(|deals| deals.paths);
        self.rolling.as_ref().and_then(|rolling| rolling.paths).or(of_deals).unwrap_or(1)
    }

    /// The windows that are scored whole.
    #[must_use]
    pub fn whole(&self) -> &[PathBuf] {
        if self.rolling.is_some() { &self.windows[1..] } else { &self.windows }
    }

    /// Reads a file with a `[calibration]` section.
    ///
    /// # Errors
    /// At the first key that is unknown or missing, or value that is not allowed.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let document = Document::read(path)?;
        let header = TomlEntry::section(&document, "experiment", &HEADER)?;
        let header = header.ok_or_else(|| missing(&document, "experiment.name"))?;
        let section = TomlEntry::section(&document, "calibration", &KEYS)?;
        let section = section.ok_or_else(|| missing(&document, "calibration.windows"))?;
        header.require(&["name", "seed"])?;
        section.require(&REQUIRED)?;
        let name = header.required_text("name")?.to_owned();
        check_name(&document.file, "experiment.name", &name)?;
        let seed = header.whole("seed", 0, i64::MAX)?.ok_or_else(|| header.missing("seed"))?;
        let whole =
            |key, low, high| section.whole(key, low, high)?.ok_or_else(|| section.missing(key));
        let share = |key| {
            let number = section.number(key, "from 0 to 1", |n| (0.0..=1.0).contains(&n))?;
            number.ok_or_else(|| section.missing(key))
        };
        let settings = CalibrationSettings {
            particles: whole("particles", 20, 100_000)? as u32,
            kept_share: share("kept_share")?,
            seed: seed as u64,
            minimum_acceptance: share("minimum_acceptance")?,
            target_tolerance: None,
            maximum_generations: whole("maximum_generations", 0, 10_000)? as u32,
        };
        let method = CalibrationMethod::new(priors(&section)?, settings);
        Ok(Self {
            title: header.text("title")?.unwrap_or(&name).to_owned(),
            name,
            rolling: rolling(&section)?,
            windows: windows(&document, &section, "windows")?,
            deals: deals(&document, &section)?,
            reference: reference(&section)?,
            record_every_days: whole("record_every_days", 1, 14)?,
            set: held(&document, &section)?,
            draws: whole("posterior", 1, MOST_DRAWS)? as usize,
            method: method.map_err(|error| ConfigError::file(&document.file, error.to_string()))?,
            file: document.file,
        })
    }
}

fn missing(document: &Document, key: &str) -> ConfigError {
    ConfigError::Missing { file: document.file.clone(), key: key.to_owned() }
}

/// Paths of a point from a beginning, where none are stated.
const PATHS: u32 = 8;
/// Fewest and most of them: a spread takes two.
const PATHS_ALLOWED: [i64; 2] = [2, 1_000];

/// The beginnings, if the section names them: then it has horizons.
fn rolling(section: &TomlEntry) -> Result<Option<RollingRequest>, ConfigError> {
    let paths = section.whole("paths", PATHS_ALLOWED[0], PATHS_ALLOWED[1])?;
    let Some(text) = section.text("beginnings")? else {
        let of_deals = section.table.get("deals") == Some(&Value::Boolean(true));
        let strays = if of_deals { &["horizons"][..] } else { &["horizons", "paths"] };
        let stray = strays.iter().copied().find(|key| section.table.contains_key(*key));
        return match stray.and_then(|key| section.table.get(key).map(|value| (key, value))) {
            Some((key, value)) => {
                Err(section.refuse(key, value, "needs calibration.beginnings or calibration.deals"))
            }
            None => Ok(None),
        };
    };
    let value = Value::String(text.to_owned());
    let refuse = |why: String| section.refuse("beginnings", &value, why);
    let beginnings = Beginnings::parse(text).map_err(refuse)?;
    let list = section.table.get("horizons").ok_or_else(|| section.missing("horizons"))?;
    let refuse = || {
        let allowed = format!("must be a rising list of epochs from 1 to {LATEST}");
        section.refuse("horizons", list, allowed)
    };
    let epochs = |value: &Value| {
        let epochs = value.as_integer().and_then(|number| u32::try_from(number).ok());
        epochs.filter(|epochs| (1..=LATEST).contains(epochs)).ok_or_else(refuse)
    };
    let horizons: Vec<u32> =
        list.as_array().ok_or_else(refuse)?.iter().map(epochs).collect::<Result<_, _>>()?;
    if horizons.is_empty() || !horizons.is_sorted_by(|a, b| a < b) {
        return Err(refuse());
    }
    let paths = Some(paths.map_or(PATHS, |paths| paths as u32));
    Ok(Some(RollingRequest { beginnings, horizons, spin_up: 0, paths }))
}

/// How deals are fitted, if the section asks for it: of one window, all points from the priors.
fn deals(document: &Document, section: &TomlEntry) -> Result<Option<DealRuns>, ConfigError> {
    let value = match section.table.get("deals") {
        None | Some(Value::Boolean(false)) => {
            let stray = section.table.get("placebos");
            return stray.map_or(Ok(None), |value| {
                Err(section.refuse("placebos", value, "needs calibration.deals = true"))
            });
        }
        Some(value) => value,
    };
    if *value != Value::Boolean(true) {
        return Err(section.refuse("deals", value, "must be true or false"));
    }
    let one = section.table.get("windows").and_then(Value::as_array).is_some_and(|w| w.len() == 1);
    if !one || section.table.contains_key("beginnings") {
        return Err(section.refuse("deals", value, "needs one window, and no beginnings"));
    }
    if let Some(more) =
        section.table.get("maximum_generations").filter(|n| n.as_integer() != Some(0))
    {
        let allowed = "must be 0 where deals are fitted, so that all points come from the priors";
        return Err(section.refuse("maximum_generations", more, allowed));
    }
    let placebos = if section.table.contains_key("placebos") {
        windows(document, section, "placebos")?
    } else {
        Vec::new()
    };
    let paths = section.whole("paths", PATHS_ALLOWED[0], PATHS_ALLOWED[1])?;
    Ok(Some(DealRuns { placebos, paths: paths.map_or(PATHS, |paths| paths as u32) }))
}

/// Files of the windows, seen from the calibration's folder.
fn windows(
    document: &Document,
    section: &TomlEntry,
    key: &str,
) -> Result<Vec<PathBuf>, ConfigError> {
    let value = section.table.get(key).ok_or_else(|| section.missing(key))?;
    let refuse = || section.refuse(key, value, "must be a list of experiment files");
    let list = value.as_array().filter(|list| !list.is_empty()).ok_or_else(refuse)?;
    let path = |value: &Value| {
        let path = document.folder.join(value.as_str().ok_or_else(refuse)?);
        let absent = format!("there is no file {}", path.display());
        if path.is_file() { Ok(path) } else { Err(section.refuse(key, value, absent)) }
    };
    list.iter().map(path).collect()
}

/// Names of null models, one or a list.
fn reference(section: &TomlEntry) -> Result<Vec<String>, ConfigError> {
    let Some(value) = section.table.get("reference") else {
        return Ok(USUAL_REFERENCE.map(str::to_owned).to_vec());
    };
    let known = NullModel::ALL.map(NullModel::name);
    let allowed = format!("must be one or some of {}, each once", known.join(", "));
    let refuse = || section.refuse("reference", value, allowed.clone());
    let one = std::slice::from_ref(value);
    let list = value.as_array().map_or(one, Vec::as_slice);
    let mut names: Vec<String> = Vec::with_capacity(list.len());
    for name in list {
        let name = name.as_str().filter(|name| known.contains(name)).ok_or_else(refuse)?;
        if names.iter().any(|earlier| earlier == name) {
            return Err(refuse());
        }
        names.push(name.to_owned());
    }
    if names.is_empty() { Err(refuse()) } else { Ok(names) }
}

/// The table `[calibration.set]`, dotted keys in quotes.
fn held(document: &Document, section: &TomlEntry) -> Result<Vec<(String, String)>, ConfigError> {
    let Some(value) = section.table.get("set") else { return Ok(Vec::new()) };
    let refuse = || section.refuse("set", value, "must be a table, \"dotted.key\" = value");
    let mut tree = Tree::baseline()?;
    let pair = |(key, value): (&String, &Value)| {
        let origin = ValueOrigin { file: section.file, folder: &document.folder };
        tree.set(origin, key, value).map(|()| (key.clone(), value.to_string()))
    };
    value.as_table().ok_or_else(refuse)?.iter().map(pair).collect()
}

fn priors(section: &TomlEntry) -> Result<Vec<Prior>, ConfigError> {
    let tree = Tree::baseline()?;
    let rows = TomlEntry::list(section.file, section.table, &section.place, "prior", &PRIOR)?;
    if rows.is_empty() {
        return Err(section.missing("prior"));
    }
    rows.iter().map(|row| prior(row, tree.parameters())).collect()
}

fn prior(row: &TomlEntry, parameters: &[Parameter]) -> Result<Prior, ConfigError> {
    row.require(&["key", "distribution", "low", "high", "source"])?;
    let key = row.required_text("key")?;
    let number = |name| {
        let value = row.number(name, "a finite number", |_| true)?;
        value.ok_or_else(|| row.missing(name))
    };
    row.required_text("source")?;
    let (low, high) = (number("low")?, number("high")?);
    let law = match row.required_text("distribution")? {
        "uniform" => Distribution::Uniform { low, high },
        "loguniform" => Distribution::LogUniform { low, high },
        "normal" => Distribution::normal_within([number("mean")?, number("sd")?], [low, high]),
        other => {
            let value = Value::String(other.to_owned());
            let allowed = "must be uniform, loguniform or normal";
            return Err(row.refuse("distribution", &value, allowed));
        }
    };
    let value = Value::String(key.to_owned());
    let known = parameters.iter().find(|parameter| parameter.key == key);
    let Some(parameter) = known.filter(|parameter| parameter.kind == ParameterKind::Number) else {
        let keys =
            parameters.iter().filter(|p| p.kind == ParameterKind::Number).map(|p| p.key.as_str());
        let near = crate::study::error::nearest(key, keys);
        let hint = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        return Err(row.refuse("key", &value, format!("is no parameter that is a number{hint}")));
    };
    if let Some([least, most]) = parameter.allowed
        && (low < least || high > most)
    {
        let allowed = format!("low and high must lie between {least} and {most}");
        return Err(row.refuse("key", &value, allowed));
    }
    Ok(Prior { key: key.to_owned(), law })
}
