//! The tree of all parameters: declared by the baseline, overlaid by files, scenarios and flags,
//! and turned into the model's [`Setup`].

use std::path::Path;

use toml::{Table, Value};

use super::document::Document;
use super::dotted::put;
use super::parameter::{Parameter, ParameterKind};
use super::rows::TableRows;
use super::{renamed, replay, validate};
use crate::study::error::ConfigError;
use crate::study::error::some_of;
use crate::world::simulation::Setup;

/// The key whose value is a file.
pub(crate) const REPLAY_FILE: &str = "market.price.replay_file";
/// Top-level keys of a file that are not parameters.
const DESIGN: [&str; 8] = [
    "extends",
    "experiment",
    "scenario",
    "contrast",
    "design",
    "replication",
    "hindcast",
    "calibration",
];

/// Where a value comes from.
#[derive(Clone, Copy, Debug)]
pub struct ValueOrigin<'a> {
    /// The file or flag, for messages.
    pub file: &'a str,
    /// Folder against which relative paths are resolved.
    pub folder: &'a Path,
}

/// All parameters and tables of rows.
#[derive(Clone, Debug)]
pub struct Tree {
    parameters: Vec<Parameter>,
    tables: Vec<TableRows>,
}

impl Tree {
    /// The built-in baseline: every parameter there is, with its baseline value.
    ///
    /// # Errors
    /// If the baseline and the model disagree, which a test excludes.
    pub fn baseline() -> Result<Self, ConfigError> {
        let document = Document::baseline()?;
        let mut leaves = Vec::new();
        for (key, value) in document.table.iter().filter(|(key, _)| !is_design(key)) {
            find_leaves(key, value, &mut leaves);
        }
        let mut plain = Table::new();
        for (key, declaration) in &leaves {
            put(&mut plain, key, declaration.get("value").unwrap_or(declaration).clone());
        }
        let setup: Setup = plain.try_into().map_err(|error: toml::de::Error| {
            ConfigError::file(&document.file, first_line(&error))
        })?;
        let model = serde_json::to_value(&setup)
            .map_err(|error| ConfigError::file(&document.file, error.to_string()))?;
        let mut tree = Self { parameters: Vec::new(), tables: Vec::new() };
        for (key, declaration) in leaves {
            let held = model.pointer(&pointer(&key)).unwrap_or(&serde_json::Value::Null);
            if is_rows(declaration) {
                tree.tables.push(TableRows::declare(&document.file, &key, held, declaration)?);
            } else {
                let kind = ParameterKind::from_json(held);
                let parameter = Parameter::declare(&document.file, &key, kind, declaration)?;
                tree.parameters.push(parameter);
            }
        }
        Ok(tree)
    }

    /// The parameters, without values, waiting for a chain of files.
    ///
    /// # Errors
    /// As [`Tree::baseline`].
    pub fn blank() -> Result<Self, ConfigError> {
        let mut tree = Self::baseline()?;
        tree.parameters.iter_mut().for_each(|parameter| parameter.value = None);
        tree.tables.iter_mut().for_each(TableRows::clear);
        Ok(tree)
    }

    /// The parameters in the order of the baseline.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The parameter of a key, if it is one.
    #[must_use]
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.key == key)
    }

    /// Lays a file over what is there.
    ///
    /// # Errors
    /// At the first key that does not exist or value that is not allowed.
    pub(crate) fn overlay(&mut self, document: &Document) -> Result<(), ConfigError> {
        let origin = ValueOrigin { file: &document.file, folder: &document.folder };
        document
            .table
            .iter()
            .filter(|(key, _)| !is_design(key))
            .try_for_each(|(key, value)| self.set(origin, key, value))
    }

    /// Sets a parameter, a table of rows, or every key of a section.
    ///
    /// # Errors
    /// If the key does not exist or the value is not allowed.
    pub fn set(
        &mut self,
        origin: ValueOrigin,
        key: &str,
        value: &Value,
    ) -> Result<(), ConfigError> {
        if let Some(parameter) = self.parameters.iter_mut().find(|p| p.key == key) {
            parameter.accept(origin.file, value)?;
            return if key == REPLAY_FILE { resolve_path(parameter, origin) } else { Ok(()) };
        }
        if let Some(rows) = self.tables.iter_mut().find(|rows| rows.key == key) {
            return rows.accept(origin.file, value);
        }
        let inside = format!("{key}.");
        let known = self.keys();
        if !known.iter().any(|known| known.starts_with(&inside)) {
            renamed::refuse_gone(origin.file, key)?;
            let sections = known.iter().filter_map(|known| known.rsplit_once('.'));
            let sections = sections
                .flat_map(|(section, _)| [section, section.split('.').next().unwrap_or(section)]);
            let known = sections.chain(known.iter().map(String::as_str)).chain(DESIGN);
            return Err(ConfigError::unknown(origin.file, key, known));
        }
        let Some(section) = value.as_table() else {
            let allowed = format!("is a section; set one of its keys, such as {}", {
                known.iter().find(|known| known.starts_with(&inside)).map_or("", String::as_str)
            });
            return Err(ConfigError::value(origin.file, key, value, allowed));
        };
        section
            .iter()
            .try_for_each(|(name, value)| self.set(origin, &format!("{inside}{name}"), value))
    }

    /// The value of a key in force, as JSON.
    #[must_use]
    pub fn json(&self, key: &str) -> Option<serde_json::Value> {
        let parameter = self.parameters.iter().find(|p| p.key == key);
        let value = match parameter {
            Some(parameter) => parameter.value.clone(),
            None => self.tables.iter().find(|rows| rows.key == key).and_then(TableRows::value),
        };
        value.and_then(|value| serde_json::to_value(value).ok())
    }

    /// Every key that `value` set at `key` gives a value to.
    #[must_use]
    pub(crate) fn leaves_of(&self, key: &str, value: &Value) -> Vec<String> {
        match value.as_table() {
            Some(section) if !self.keys().iter().any(|known| known == key) => section
                .iter()
                .flat_map(|(name, value)| self.leaves_of(&format!("{key}.{name}"), value))
                .collect(),
            _ => vec![key.to_owned()],
        }
    }

    /// The model's input.
    ///
    /// # Errors
    /// If a parameter has no value yet, or the values contradict one another.
    pub fn setup(&self, file: &str) -> Result<Setup, ConfigError> {
        self.refuse_gaps(file)?;
        let mut plain = Table::new();
        let missing = |key: &str| ConfigError::Missing { file: file.into(), key: key.into() };
        for parameter in &self.parameters {
            let value = parameter.value.clone().ok_or_else(|| missing(&parameter.key))?;
            put(&mut plain, &parameter.key, value);
        }
        for rows in &self.tables {
            let value = rows.value().ok_or_else(|| missing(&rows.key))?;
            put(&mut plain, &rows.key, value);
        }
        let mut setup: Setup = plain.try_into().map_err(|error: toml::de::Error| {
            ConfigError::file(file, error.to_string().trim_end().replace('\n', " "))
        })?;
        validate::check(&setup).map_err(|complaint| {
            let origin = self.origin(&complaint.key).filter(|origin| *origin != file);
            let from = origin.map(|origin| format!(" (from {origin})")).unwrap_or_default();
            let value = complaint.value + &from;
            let (key, allowed) = (complaint.key, complaint.allowed);
            ConfigError::Value { file: file.to_owned(), key, value, allowed }
        })?;
        replay::fill(&mut setup).map_err(|error| ConfigError::file(file, error.to_string()))?;
        Ok(setup)
    }

    /// Names every key that no file gives a value.
    fn refuse_gaps(&self, file: &str) -> Result<(), ConfigError> {
        let parameters = self.parameters.iter().filter(|p| p.value.is_none()).map(|p| &p.key);
        let tables = self.tables.iter().filter(|rows| rows.value().is_none()).map(|rows| &rows.key);
        let missing: Vec<String> = parameters.chain(tables).cloned().collect();
        match missing.as_slice() {
            [] => Ok(()),
            [key] => Err(ConfigError::Missing { file: file.into(), key: key.clone() }),
            more => {
                let keys = some_of(more, ", ", "keys");
                let hint =
                    "`extends = \"baseline\"` at the top of the file gives every key a value";
                Err(ConfigError::file(file, format!("{keys} are missing; {hint}")))
            }
        }
    }

    /// The file that gave the value of a key, or of the row `key` points into.
    fn origin(&self, key: &str) -> Option<&str> {
        let table = key.split('[').next().unwrap_or(key);
        let parameters = self.parameters.iter().map(|p| (&p.key, &p.origin));
        let tables = self.tables.iter().map(|rows| (&rows.key, &rows.origin));
        parameters.chain(tables).find(|(known, _)| *known == table).map(|(_, origin)| &**origin)
    }

    fn keys(&self) -> Vec<String> {
        let parameters = self.parameters.iter().map(|parameter| parameter.key.clone());
        parameters.chain(self.tables.iter().map(|rows| rows.key.clone())).collect()
    }
}

/// Whether a top-level key describes the design rather than the model.
fn is_design(key: &str) -> bool {
    DESIGN.contains(&key)
}

/// Whether a value is an array of tables.
fn is_rows(value: &Value) -> bool {
    value.as_array().and_then(|rows| rows.first()).is_some_and(Value::is_table)
}

/// Collects the leaves of the baseline: bare values, inline tables with a `value`, tables of rows.
fn find_leaves<'a>(key: &str, value: &'a Value, leaves: &mut Vec<(String, &'a Value)>) {
    match value.as_table() {
        Some(section) if !section.contains_key("value") => {
            for (name, value) in section {
                find_leaves(&format!("{key}.{name}"), value, leaves);
            }
        }
        _ => leaves.push((key.to_owned(), value)),
    }
}

/// A dotted key as a JSON pointer (RFC 6901).
#[must_use]
pub fn pointer(key: &str) -> String {
    format!("/{}", key.replace('.', "/"))
}

/// The first line of a message, with what follows joined to it.
fn first_line(error: &toml::de::Error) -> String {
    error.to_string().trim_end().replace('\n', " ")
}

/// Makes the path of a file absolute, seen from the file that names it.
fn resolve_path(parameter: &mut Parameter, origin: ValueOrigin) -> Result<(), ConfigError> {
    let Some(name) = parameter.value.as_ref().and_then(Value::as_str) else { return Ok(()) };
    if name.is_empty() {
        return Ok(());
    }
    let path = origin.folder.join(name);
    let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
    if !absolute.is_file() {
        let allowed = format!("there is no file {}", path.display());
        let value = Value::String(name.to_owned());
        return Err(ConfigError::value(origin.file, &parameter.key, &value, allowed));
    }
    parameter.value = Some(Value::String(absolute.to_string_lossy().into_owned()));
    Ok(())
}
