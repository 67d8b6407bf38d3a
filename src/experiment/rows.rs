//! A table of rows of the experiment file, such as `[[miners.owners]]`.

use toml::{Table, Value};

use super::ConfigError;
use super::parameter::Kind;

/// A table of rows: regions, owners, pools.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Dotted key.
    pub key: String,
    /// The file that gave the rows.
    pub origin: String,
    fields: Vec<(String, Kind)>,
    list: Option<Vec<Table>>,
}

impl Rows {
    /// A table as the baseline declares it; `model` is how the model holds its rows.
    ///
    /// # Errors
    /// If the rows differ in their fields.
    pub fn declare(
        file: &str,
        key: &str,
        model: &serde_json::Value,
        declaration: &Value,
    ) -> Result<Self, ConfigError> {
        let first = model.get(0).and_then(serde_json::Value::as_object);
        let fields = first
            .into_iter()
            .flatten()
            .map(|(field, value)| (field.clone(), Kind::of(value)))
            .collect();
        let mut table = Self { key: key.to_owned(), origin: String::new(), fields, list: None };
        table.accept(file, declaration)?;
        Ok(table)
    }

    /// Forgets the rows.
    pub fn clear(&mut self) {
        self.list = None;
    }

    /// The rows as a TOML value, once there are any.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        let rows = self.list.as_ref()?;
        Some(Value::Array(rows.iter().cloned().map(Value::Table).collect()))
    }

    /// Replaces all rows.
    ///
    /// # Errors
    /// If a row lacks a field, has another one, or one of the wrong kind.
    pub fn accept(&mut self, file: &str, given: &Value) -> Result<(), ConfigError> {
        let refuse = || {
            let allowed = format!("must be a list of tables, [[{}]]", self.key);
            ConfigError::value(file, &self.key, given, allowed)
        };
        let rows = given.as_array().ok_or_else(refuse)?;
        let rows = rows
            .iter()
            .enumerate()
            .map(|(index, row)| self.row(file, index, row.as_table().ok_or_else(refuse)?))
            .collect::<Result<_, _>>()?;
        self.list = Some(rows);
        file.clone_into(&mut self.origin);
        Ok(())
    }

    /// One row, every field in the model's form and order.
    fn row(&self, file: &str, index: usize, given: &Table) -> Result<Table, ConfigError> {
        let place = |field: &str| format!("{}[{index}].{field}", self.key);
        if let Some(stray) = given.keys().find(|key| !self.fields.iter().any(|(f, _)| f == *key)) {
            let known: Vec<_> = self.fields.iter().map(|(field, _)| place(field)).collect();
            return Err(ConfigError::unknown(file, &place(stray), known.iter().map(|k| &**k)));
        }
        self.fields
            .iter()
            .map(|(field, kind)| {
                let missing = || ConfigError::Missing { file: file.into(), key: place(field) };
                let value = given.get(field).ok_or_else(missing)?;
                let coerced = kind.coerce(value).filter(|value| !is_negative(value));
                let refuse = || {
                    let sign = if *kind == Kind::Number { ", not negative" } else { "" };
                    let allowed = format!("must be {}{sign}", kind.wanted());
                    ConfigError::value(file, &place(field), value, allowed)
                };
                Ok((field.clone(), coerced.ok_or_else(refuse)?))
            })
            .collect()
    }
}

fn is_negative(value: &Value) -> bool {
    value.as_float().is_some_and(|number| number < 0.0)
}
