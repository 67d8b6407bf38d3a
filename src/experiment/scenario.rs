//! The design of an experiment: its name, size and seed, its scenarios and contrasts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::ConfigError;
use super::document::Document;

/// Two scenarios to be compared replicate by replicate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contrast {
    /// The scenario whose effect is asked for.
    pub treatment: String,
    /// The scenario it is compared with.
    pub control: String,
}

/// A scenario as the file states it: a name and what it changes.
#[derive(Clone, Debug)]
pub struct Variation {
    /// Name, unique.
    pub name: String,
    /// Dotted keys and their values.
    pub set: Table,
    /// The file that states it.
    pub file: String,
    /// Folder of that file.
    pub folder: PathBuf,
}

/// What is to be run, the parameters apart.
#[derive(Clone, Debug)]
pub struct Design {
    /// Name, fit for a folder.
    pub name: String,
    /// One line for figures and tables.
    pub title: String,
    /// Replicates of every scenario.
    pub replicates: u32,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Scenarios in order.
    pub variations: Vec<Variation>,
    /// Contrasts in order.
    pub contrasts: Vec<Contrast>,
}

/// Most replicates of a scenario.
pub const MAX_REPLICATES: u32 = 1_000_000;
const EXPERIMENT: [&str; 4] = ["name", "title", "replicates", "seed"];

impl Design {
    /// Reads the design from a chain of files, the most basic first.
    ///
    /// Size and seed are inherited; so are scenarios with their contrasts, unless the file states
    /// its own. Name and title belong to the last file.
    ///
    /// # Errors
    /// If a key is unknown, a value not allowed, a name taken or unsafe, a scenario unknown.
    pub fn read(chain: &[Document]) -> Result<Self, ConfigError> {
        let (mut replicates, mut seed) = (None, None);
        let (mut variations, mut contrasts) = (Vec::new(), Vec::new());
        for document in chain {
            let header = header(document)?;
            replicates =
                whole(document, header, "replicates", 1, i64::from(MAX_REPLICATES))?.or(replicates);
            seed = whole(document, header, "seed", 0, i64::MAX)?.or(seed);
            if document.table.contains_key("scenario") {
                (variations, contrasts) = (read_variations(document)?, Vec::new());
            }
            if document.table.contains_key("contrast") {
                contrasts = read_contrasts(document)?;
            }
            if variations.is_empty() {
                variations = vec![Variation::plain(document)];
            }
            check_contrasts(document, &variations, &contrasts)?;
        }
        let last = &chain[chain.len() - 1];
        let missing = |key: &str| ConfigError::Missing {
            file: last.file.clone(),
            key: format!("experiment.{key}"),
        };
        let own = header(last)?;
        let name = text(last, own, "name")?.unwrap_or_else(|| last.stem.clone());
        check_name(&last.file, "experiment.name", &name)?;
        Ok(Self {
            title: text(last, own, "title")?.unwrap_or_else(|| name.clone()),
            name,
            replicates: replicates.ok_or_else(|| missing("replicates"))? as u32,
            seed: seed.ok_or_else(|| missing("seed"))? as u64,
            variations,
            contrasts,
        })
    }
}

impl Variation {
    /// The scenario of an experiment that states none.
    fn plain(document: &Document) -> Self {
        Self {
            name: "baseline".to_owned(),
            set: Table::new(),
            file: document.file.clone(),
            folder: document.folder.clone(),
        }
    }
}

/// The `[experiment]` section, its keys checked.
fn header(document: &Document) -> Result<Option<&Table>, ConfigError> {
    let Some(value) = document.table.get("experiment") else { return Ok(None) };
    let table = value.as_table().ok_or_else(|| {
        ConfigError::value(&document.file, "experiment", value, "must be a section, [experiment]")
    })?;
    check_keys(document, "experiment", table, &EXPERIMENT)?;
    Ok(Some(table))
}

/// Refuses keys that are not in the list.
fn check_keys(
    document: &Document,
    place: &str,
    table: &Table,
    allowed: &[&str],
) -> Result<(), ConfigError> {
    let known: Vec<_> = allowed.iter().map(|key| format!("{place}.{key}")).collect();
    match table.keys().find(|key| !allowed.contains(&key.as_str())) {
        None => Ok(()),
        Some(stray) => {
            let stray = format!("{place}.{stray}");
            Err(ConfigError::unknown(&document.file, &stray, known.iter().map(|key| &**key)))
        }
    }
}

fn whole(
    document: &Document,
    header: Option<&Table>,
    key: &str,
    lowest: i64,
    highest: i64,
) -> Result<Option<i64>, ConfigError> {
    let Some(value) = header.and_then(|header| header.get(key)) else { return Ok(None) };
    let number = value.as_integer().filter(|number| (lowest..=highest).contains(number));
    let allowed = format!("must be a whole number from {lowest} to {highest}");
    let refuse =
        || ConfigError::value(&document.file, &format!("experiment.{key}"), value, allowed);
    number.map(Some).ok_or_else(refuse)
}

fn text(
    document: &Document,
    header: Option<&Table>,
    key: &str,
) -> Result<Option<String>, ConfigError> {
    let Some(value) = header.and_then(|header| header.get(key)) else { return Ok(None) };
    let refuse = || {
        let key = format!("experiment.{key}");
        ConfigError::value(&document.file, &key, value, "must be a text in quotes")
    };
    value.as_str().map(|text| Some(text.to_owned())).ok_or_else(refuse)
}

/// The entries of `[[scenario]]` or `[[contrast]]`.
fn entries<'a>(document: &'a Document, key: &str) -> Result<Vec<&'a Table>, ConfigError> {
    let value = &document.table[key];
    let list = value.as_array().filter(|list| !list.is_empty());
    list.and_then(|list| list.iter().map(Value::as_table).collect::<Option<Vec<_>>>()).ok_or_else(
        || {
            let allowed = format!("must be a list of tables, [[{key}]]");
            ConfigError::value(&document.file, key, value, allowed)
        },
    )
}

/// A text that an entry must have.
fn entry_text(
    document: &Document,
    place: &str,
    entry: &Table,
    key: &str,
) -> Result<String, ConfigError> {
    let place = format!("{place}.{key}");
    let value = entry
        .get(key)
        .ok_or_else(|| ConfigError::Missing { file: document.file.clone(), key: place.clone() })?;
    let refuse = || ConfigError::value(&document.file, &place, value, "must be a text in quotes");
    value.as_str().map(str::to_owned).ok_or_else(refuse)
}

fn read_variations(document: &Document) -> Result<Vec<Variation>, ConfigError> {
    let mut variations: Vec<Variation> = Vec::new();
    for (index, entry) in entries(document, "scenario")?.into_iter().enumerate() {
        let place = format!("scenario[{index}]");
        check_keys(document, &place, entry, &["name", "set"])?;
        let name = entry_text(document, &place, entry, "name")?;
        let key = format!("{place}.name");
        check_name(&document.file, &key, &name)?;
        if variations.iter().any(|earlier| earlier.name == name) {
            let value = Value::String(name);
            let allowed = "another scenario has this name";
            return Err(ConfigError::value(&document.file, &key, &value, allowed));
        }
        let set = match entry.get("set") {
            None => Table::new(),
            Some(Value::Table(set)) => set.clone(),
            Some(other) => {
                let allowed = "must be a table of dotted keys, { \"ai.enabled\" = false }";
                let key = format!("{place}.set");
                return Err(ConfigError::value(&document.file, &key, other, allowed));
            }
        };
        let (file, folder) = (document.file.clone(), document.folder.clone());
        variations.push(Variation { name, set, file, folder });
    }
    Ok(variations)
}

fn read_contrasts(document: &Document) -> Result<Vec<Contrast>, ConfigError> {
    let list = entries(document, "contrast")?.into_iter().enumerate();
    list.map(|(index, entry)| {
        let place = format!("contrast[{index}]");
        check_keys(document, &place, entry, &["treatment", "control"])?;
        let text = |key: &str| entry_text(document, &place, entry, key);
        Ok(Contrast { treatment: text("treatment")?, control: text("control")? })
    })
    .collect()
}

/// Refuses contrasts of unknown scenarios, of a scenario with itself, and repeated ones.
fn check_contrasts(
    document: &Document,
    variations: &[Variation],
    contrasts: &[Contrast],
) -> Result<(), ConfigError> {
    let names: Vec<_> = variations.iter().map(|variation| variation.name.as_str()).collect();
    for (index, contrast) in contrasts.iter().enumerate() {
        let refuse = |key: &str, name: &str, allowed: String| {
            let value = Value::String(name.to_owned());
            let key = format!("contrast[{index}].{key}");
            Err(ConfigError::value(&document.file, &key, &value, allowed))
        };
        for (key, name) in [("treatment", &contrast.treatment), ("control", &contrast.control)] {
            if !names.contains(&name.as_str()) {
                return refuse(key, name, format!("the scenarios are {}", names.join(", ")));
            }
        }
        if contrast.treatment == contrast.control {
            return refuse("control", &contrast.control, "is the treatment itself".to_owned());
        }
        if contrasts[..index].contains(contrast) {
            return refuse("treatment", &contrast.treatment, "is stated twice".to_owned());
        }
    }
    Ok(())
}

/// Refuses names that are no plain folder names.
///
/// # Errors
/// Unless the name has 1 to 100 of the characters A-Z a-z 0-9 . _ - and starts with neither . nor -.
pub fn check_name(file: &str, key: &str, name: &str) -> Result<(), ConfigError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let good =
        (1..=100).contains(&name.len()) && name.chars().all(plain) && !name.starts_with(['.', '-']);
    if good {
        return Ok(());
    }
    let allowed = "must have 1 to 100 of A-Z a-z 0-9 . _ - and start with neither . nor -";
    Err(ConfigError::value(file, key, &Value::String(name.to_owned()), allowed))
}
