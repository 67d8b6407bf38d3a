//! A table of rows of the experiment file, such as `[[miners.owners]]`.

use toml::{Table, Value};

use super::parameter::ParameterKind;
use crate::study::error::{ConfigError, some_of};

/// A field that a row may leave out: nothing stands for it then.
struct OptionalField {
    /// Dotted key of the table.
    table: &'static str,
    /// Name.
    field: &'static str,
    /// What its value has to be.
    kind: ParameterKind,
}

/// All of them.
const OPTIONAL: [OptionalField; 3] = [
    OptionalField { table: "miners.owners", field: "ai_signed", kind: ParameterKind::Text },
    OptionalField { table: "market.regions", field: "country", kind: ParameterKind::Text },
    OptionalField { table: "miners.owners", field: "elsewhere", kind: ParameterKind::Texts },
];

/// The field of a table, if rows may leave it out.
fn optional(table: &str, field: &str) -> Option<&'static OptionalField> {
    OPTIONAL.iter().find(|known| known.table == table && known.field == field)
}

/// A table of rows: regions, owners, pools.
#[derive(Clone, Debug)]
pub(crate) struct TableRows {
    /// Dotted key.
    pub key: String,
    /// The file that gave the rows.
    pub origin: String,
    fields: Vec<(String, ParameterKind)>,
    list: Option<Vec<Table>>,
}

impl TableRows {
    /// A table as the baseline declares it; `model` is how the model holds its rows.
    ///
    /// # Errors
    /// If the rows differ in their fields.
    pub(crate) fn declare(
        file: &str,
        key: &str,
        model: &serde_json::Value,
        declaration: &Value,
    ) -> Result<Self, ConfigError> {
        let first = model.get(0).and_then(serde_json::Value::as_object);
        let fields = first
            .into_iter()
            .flatten()
            .map(|(field, value)| {
                let known = optional(key, field).map(|field| field.kind);
                (field.clone(), known.unwrap_or_else(|| ParameterKind::from_json(value)))
            })
            .collect();
        let mut table = Self { key: key.to_owned(), origin: String::new(), fields, list: None };
        table.accept(file, declaration)?;
        Ok(table)
    }

    /// Forgets the rows.
    pub(super) fn clear(&mut self) {
        self.list = None;
    }

    /// The rows as a TOML value, once there are any.
    #[must_use]
    pub(super) fn value(&self) -> Option<Value> {
        let rows = self.list.as_ref()?;
        Some(Value::Array(rows.iter().cloned().map(Value::Table).collect()))
    }

    /// Replaces all rows.
    ///
    /// # Errors
    /// If a row lacks a field, has another one, or one of the wrong kind.
    pub(crate) fn accept(&mut self, file: &str, given: &Value) -> Result<(), ConfigError> {
        let refuse = || {
            let allowed = format!("must be a list of tables, [[{}]]", self.key);
            ConfigError::value(file, &self.key, given, allowed)
        };
        let rows = given.as_array().ok_or_else(refuse)?;
        let rows: Vec<&Table> =
            rows.iter().map(|row| row.as_table().ok_or_else(refuse)).collect::<Result<_, _>>()?;
        for (index, row) in rows.iter().enumerate() {
            self.refuse_strays(file, index, row)?;
        }
        self.refuse_gaps(file, &rows)?;
        let rows = rows
            .into_iter()
            .enumerate()
            .map(|(index, row)| self.row(file, index, row))
            .collect::<Result<_, _>>()?;
        self.list = Some(rows);
        file.clone_into(&mut self.origin);
        Ok(())
    }

    fn refuse_strays(&self, file: &str, index: usize, given: &Table) -> Result<(), ConfigError> {
        let place = |field: &str| format!("{}[{index}].{field}", self.key);
        match given.keys().find(|key| !self.fields.iter().any(|(f, _)| f == *key)) {
            None => Ok(()),
            Some(stray) => {
                let known: Vec<_> = self.fields.iter().map(|(field, _)| place(field)).collect();
                Err(ConfigError::unknown(file, &place(stray), known.iter().map(|k| &**k)))
            }
        }
    }

    /// Names every field that is missing in any row.
    fn refuse_gaps(&self, file: &str, rows: &[&Table]) -> Result<(), ConfigError> {
        let missing = |row: &Table| -> Vec<&str> {
            let fields = self.fields.iter().map(|(field, _)| field.as_str());
            fields.filter(|f| !row.contains_key(*f) && self.stand_in(f).is_none()).collect()
        };
        let gaps = rows.iter().enumerate().filter_map(|(index, row)| {
            let missing = missing(row);
            let (first, others) = missing.split_first()?;
            let name = row.get("name").and_then(Value::as_str);
            let name = name.map(|name| format!(", {name:?}")).unwrap_or_default();
            let others = if others.is_empty() {
                String::new()
            } else {
                format!(", as well as {}", others.join(", "))
            };
            let row = index + 1;
            Some(format!("{}[{index}].{first} is missing{others} (row {row}{name})", self.key))
        });
        let gaps: Vec<String> = gaps.collect();
        if gaps.is_empty() {
            return Ok(());
        }
        Err(ConfigError::file(file, some_of(&gaps, "; ", "rows")))
    }

    /// What stands for a field that a row may leave out.
    fn stand_in(&self, field: &str) -> Option<Value> {
        optional(&self.key, field).map(|field| match field.kind {
            ParameterKind::Texts => Value::Array(Vec::new()),
            _ => Value::String(String::new()),
        })
    }

    /// One row, every field in the model's form and order.
    fn row(&self, file: &str, index: usize, given: &Table) -> Result<Table, ConfigError> {
        let place = |field: &str| format!("{}[{index}].{field}", self.key);
        self.fields
            .iter()
            .map(|(field, kind)| {
                let missing = || ConfigError::Missing { file: file.into(), key: place(field) };
                let value = given.get(field).cloned().or_else(|| self.stand_in(field));
                let value = &value.ok_or_else(missing)?;
                let coerced = kind.coerce(value).filter(|value| !is_negative(value));
                let refuse = || {
                    let sign = if *kind == ParameterKind::Number { ", not negative" } else { "" };
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
