//! A table of an experiment file that says what is to be run, read key by key.

use toml::{Table, Value};

use super::document::Document;
use crate::study::error::ConfigError;

/// One table: `[experiment]`, or an entry of `[[scenario]]`, `[[design]]` and the like.
#[derive(Clone, Debug)]
pub struct TomlEntry<'a> {
    /// The file.
    pub file: &'a str,
    /// Where in the file, such as `scenario[2]`.
    pub place: String,
    /// What it says.
    pub table: &'a Table,
}

impl<'a> TomlEntry<'a> {
    /// A section of a file, if it is there; its keys are checked.
    ///
    /// # Errors
    /// If it is no section, or has a key that is not allowed.
    pub fn section(
        document: &'a Document,
        key: &str,
        allowed: &[&str],
    ) -> Result<Option<Self>, ConfigError> {
        let Some(value) = document.table.get(key) else { return Ok(None) };
        let table = value.as_table().ok_or_else(|| {
            let allowed = format!("must be a section, [{key}]");
            ConfigError::value(&document.file, key, value, allowed)
        })?;
        let entry = Self { file: &document.file, place: key.to_owned(), table };
        entry.check_keys(allowed)?;
        Ok(Some(entry))
    }

    /// The entries of a list of tables; none where the key is absent.
    ///
    /// # Errors
    /// If it is no list of tables, or empty, or an entry has a key that is not allowed.
    pub fn list(
        file: &'a str,
        table: &'a Table,
        place: &str,
        key: &str,
        allowed: &[&str],
    ) -> Result<Vec<Self>, ConfigError> {
        let Some(value) = table.get(key) else { return Ok(Vec::new()) };
        let full = if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
        let refuse = || {
            let name = if place.is_empty() { key.to_owned() } else { format!("design.{key}") };
            ConfigError::value(file, &full, value, format!("must be a list of tables, [[{name}]]"))
        };
        let list = value.as_array().filter(|list| !list.is_empty()).ok_or_else(refuse)?;
        let entries = list.iter().enumerate().map(|(index, value)| {
            let table = value.as_table().ok_or_else(refuse)?;
            let entry = Self { file, place: format!("{full}[{index}]"), table };
            entry.check_keys(allowed)?;
            Ok(entry)
        });
        entries.collect()
    }

    /// Refuses keys that are not in the list.
    fn check_keys(&self, allowed: &[&str]) -> Result<(), ConfigError> {
        let known: Vec<_> = allowed.iter().map(|key| self.key(key)).collect();
        match self.table.keys().find(|key| !allowed.contains(&key.as_str())) {
            None => Ok(()),
            Some(stray) => {
                let known = known.iter().map(|key| &**key);
                Err(ConfigError::unknown(self.file, &self.key(stray), known))
            }
        }
    }

    /// The whole name of a key.
    #[must_use]
    pub fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.place)
    }

    /// A refusal of the value of a key.
    #[must_use]
    pub(crate) fn refuse(
        &self,
        key: &str,
        value: &Value,
        allowed: impl Into<String>,
    ) -> ConfigError {
        ConfigError::value(self.file, &self.key(key), value, allowed)
    }

    /// A complaint about a key that is not there.
    #[must_use]
    pub fn missing(&self, key: &str) -> ConfigError {
        ConfigError::Missing { file: self.file.to_owned(), key: self.key(key) }
    }

    /// Refuses a table that lacks some of these keys, and names all that it lacks.
    ///
    /// # Errors
    /// If one is missing.
    pub(crate) fn require(&self, keys: &[&str]) -> Result<(), ConfigError> {
        let missing: Vec<&str> =
            keys.iter().copied().filter(|key| !self.table.contains_key(*key)).collect();
        match missing.as_slice() {
            [] => Ok(()),
            [key] => Err(self.missing(key)),
            [first, others @ ..] => {
                let first = self.key(first);
                let problem = format!("{first} is missing, as well as {}", others.join(", "));
                Err(ConfigError::file(self.file, problem))
            }
        }
    }

    /// A text.
    ///
    /// # Errors
    /// If the value is none.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let text = value.as_str();
        text.map(Some).ok_or_else(|| self.refuse(key, value, "must be a text in quotes"))
    }

    /// A text that has to be there.
    ///
    /// # Errors
    /// If it is missing or no text.
    pub(crate) fn required_text(&self, key: &str) -> Result<&'a str, ConfigError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A whole number from `lowest` to `highest`.
    ///
    /// # Errors
    /// If the value is none.
    pub fn whole(&self, key: &str, lowest: i64, highest: i64) -> Result<Option<i64>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let number = value.as_integer().filter(|number| (lowest..=highest).contains(number));
        number.map(Some).ok_or_else(|| {
            self.refuse(key, value, format!("must be a whole number from {lowest} to {highest}"))
        })
    }

    /// A finite number that `fits`; `allowed` says which do.
    ///
    /// # Errors
    /// If the value is none.
    pub fn number(
        &self,
        key: &str,
        allowed: &str,
        fits: impl Fn(f64) -> bool,
    ) -> Result<Option<f64>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let number = value.as_float().or(value.as_integer().map(|whole| whole as f64));
        let number = number.filter(|number| number.is_finite() && fits(*number));
        number.map(Some).ok_or_else(|| self.refuse(key, value, format!("must be {allowed}")))
    }
}

/// Refuses names that are no plain folder names.
///
/// # Errors
/// Unless the name has 1 to 100 of the characters A-Z a-z 0-9 . _ - and starts with neither . nor -.
pub(crate) fn check_name(file: &str, key: &str, name: &str) -> Result<(), ConfigError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let good =
        (1..=100).contains(&name.len()) && name.chars().all(plain) && !name.starts_with(['.', '-']);
    if good {
        return Ok(());
    }
    let allowed = "must have 1 to 100 of A-Z a-z 0-9 . _ - and start with neither . nor -";
    Err(ConfigError::value(file, key, &Value::String(name.to_owned()), allowed))
}
