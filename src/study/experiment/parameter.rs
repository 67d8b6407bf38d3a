//! One parameter: its value, what it means, and what it may be.

use toml::Value;

use crate::study::error::ConfigError;

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A whole number from 0 to 2³² - 1.
    Integer,
    /// A finite number.
    Number,
    /// True or false.
    Boolean,
    /// A text.
    Text,
    /// A list of finite numbers.
    Numbers,
    /// A list of texts.
    Texts,
}

impl ParameterKind {
    /// The kind of a value as the model holds it.
    #[must_use]
    pub(crate) fn from_json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Bool(_) => Self::Boolean,
            serde_json::Value::Number(number) if number.is_u64() => Self::Integer,
            serde_json::Value::Number(_) => Self::Number,
            serde_json::Value::Array(_) => Self::Numbers,
            _ => Self::Text,
        }
    }

    /// The value in the form the model wants; `None` if it is of another kind.
    #[must_use]
    pub(crate) fn coerce(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Boolean, Value::Boolean(_)) | (Self::Text, Value::String(_)) => {
                Some(value.clone())
            }
            (Self::Integer, _) => whole(value).map(|number| Value::Integer(i64::from(number))),
            (Self::Number, _) => finite(value).map(Value::Float),
            (Self::Texts, Value::Array(items)) => {
                items.iter().all(Value::is_str).then(|| value.clone())
            }
            (Self::Numbers, Value::Array(items)) => items
                .iter()
                .map(|item| finite(item).map(Value::Float))
                .collect::<Option<Vec<_>>>()
                .map(Value::Array),
            _ => None,
        }
    }

    /// What a value of this kind looks like, to complete "must be …".
    #[must_use]
    pub const fn wanted(self) -> &'static str {
        match self {
            Self::Integer => "a whole number from 0 to 4294967295",
            Self::Number => "a finite number",
            Self::Boolean => "true or false",
            Self::Text => "a text in quotes",
            Self::Numbers => "a list of finite numbers",
            Self::Texts => "a list of texts in quotes",
        }
    }
}

/// The value as a finite number.
fn finite(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Float(number) => *number,
        Value::Integer(number) => *number as f64,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// The value as a whole number; `1e3` is one.
fn whole(value: &Value) -> Option<u32> {
    match value {
        Value::Integer(number) => u32::try_from(*number).ok(),
        Value::Float(number) => {
            let inside = (0.0..=f64::from(u32::MAX)).contains(number);
            (inside && number.fract() == 0.0).then_some(*number as u32)
        }
        _ => None,
    }
}

/// A parameter of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Dotted key.
    pub key: String,
    /// What a value has to be.
    pub kind: ParameterKind,
    /// The value; `None` until a file gives one.
    pub value: Option<Value>,
    /// Unit of the value.
    pub unit: String,
    /// Plausible values: what a sensitivity analysis should span.
    pub range: Option<[f64; 2]>,
    /// Values that are accepted.
    pub allowed: Option<[f64; 2]>,
    /// The texts that are accepted; empty if any.
    pub choices: Vec<String>,
    /// Where the value comes from.
    pub source: String,
    /// What it means.
    pub meaning: String,
    /// The file that gave the value.
    pub origin: String,
}

impl Parameter {
    /// A parameter as the baseline declares it, its value included.
    ///
    /// # Errors
    /// If the declaration contradicts itself.
    pub(crate) fn declare(
        file: &str,
        key: &str,
        kind: ParameterKind,
        declaration: &Value,
    ) -> Result<Self, ConfigError> {
        let mut parameter = Self {
            key: key.to_owned(),
            kind,
            value: None,
            unit: text_field(declaration, "unit"),
            range: None,
            allowed: None,
            choices: Vec::new(),
            source: String::new(),
            meaning: String::new(),
            origin: String::new(),
        };
        parameter.accept(file, declaration)?;
        Ok(parameter)
    }

    /// Takes over a bare value, or an inline table with `value` and what else it says.
    ///
    /// # Errors
    /// If the value is of the wrong kind or not allowed, or the table has an unknown field.
    pub(crate) fn accept(&mut self, file: &str, given: &Value) -> Result<(), ConfigError> {
        let value = match given {
            Value::Table(fields) => {
                for (field, content) in fields {
                    self.accept_field(file, field, content)?;
                }
                fields.get("value").ok_or_else(|| ConfigError::Missing {
                    file: file.to_owned(),
                    key: format!("{}.value", self.key),
                })?
            }
            bare => bare,
        };
        let refuse = |allowed: String| ConfigError::value(file, &self.key, value, allowed);
        let coerced = self
            .kind
            .coerce(value)
            .ok_or_else(|| refuse(format!("must be {}", self.kind.wanted())))?;
        self.check(&coerced).map_err(refuse)?;
        self.value = Some(coerced);
        file.clone_into(&mut self.origin);
        Ok(())
    }

    /// Takes over one field of an inline table other than the value.
    fn accept_field(
        &mut self,
        file: &str,
        field: &str,
        content: &Value,
    ) -> Result<(), ConfigError> {
        let key = format!("{}.{field}", self.key);
        let refuse = |allowed: &str| ConfigError::value(file, &key, content, allowed);
        let text = || content.as_str().map(str::to_owned).ok_or_else(|| refuse("must be a text"));
        let pair = || interval(content).ok_or_else(|| refuse("must be [lowest, highest]"));
        match field {
            "value" => {}
            "unit" if content.as_str() == Some(&self.unit) => {}
            "unit" => return Err(refuse(&format!("the unit is \"{}\"", self.unit))),
            "range" => self.range = Some(pair()?),
            "allowed" => self.allowed = Some(pair()?),
            "choices" => {
                self.choices = texts(content).ok_or_else(|| refuse("must be a list of texts"))?;
            }
            "source" => self.source = text()?,
            "meaning" => self.meaning = text()?,
            _ => return Err(ConfigError::unknown(file, &key, self.fields().iter().map(|f| &**f))),
        }
        Ok(())
    }

    /// The keys an inline table for this parameter may have.
    fn fields(&self) -> Vec<String> {
        ["value", "unit", "range", "allowed", "choices", "source", "meaning"]
            .map(|field| format!("{}.{field}", self.key))
            .to_vec()
    }

    /// Whether each number of a value lies in the plausible range, where there is one.
    #[must_use]
    pub(crate) fn is_plausible(&self, value: &Value) -> bool {
        self.range.is_none_or(|range| each_within(value, range))
    }

    /// Whether the value is one of the choices and each number lies in the allowed interval.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        if let (Value::String(text), false) = (value, self.choices.is_empty())
            && !self.choices.contains(text)
        {
            return Err(format!("must be one of {}", self.choices.join(", ")));
        }
        let Some([lowest, highest]) = self.allowed else { return Ok(()) };
        if each_within(value, [lowest, highest]) {
            return Ok(());
        }
        let unit = if self.unit == "1" { "" } else { &self.unit };
        Err(format!("must be between {lowest} and {highest} {unit}").trim_end().to_owned())
    }
}

/// Whether a value, or each of a list, lies in an interval; what is no number does.
fn each_within(value: &Value, [lowest, highest]: [f64; 2]) -> bool {
    let inside =
        |value: &Value| finite(value).is_none_or(|number| (lowest..=highest).contains(&number));
    match value {
        Value::Array(items) => items.iter().all(inside),
        single => inside(single),
    }
}

/// A text field of an inline table; empty if absent.
fn text_field(declaration: &Value, field: &str) -> String {
    declaration.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Two numbers in rising order.
fn interval(value: &Value) -> Option<[f64; 2]> {
    let number = |value: &Value| value.as_float().or(value.as_integer().map(|i| i as f64));
    match value.as_array()?.as_slice() {
        [low, high] => Some([number(low)?, number(high)?]).filter(|[low, high]| low <= high),
        _ => None,
    }
}

/// A list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tariff() -> Parameter {
        let declaration: Value = toml::from_str::<toml::Table>(
            "value = 45\nunit = \"USD/MWh\"\nrange = [30, 60]\nallowed = [0, 500]\n\
             source = \"s\"\nmeaning = \"m\"",
        )
        .map(Value::Table)
        .unwrap();
        Parameter::declare("base", "market.tariff", ParameterKind::Number, &declaration).unwrap()
    }

    #[test]
    fn a_bare_value_keeps_meaning_and_source() {
        let mut parameter = tariff();
        parameter.accept("mine.toml", &Value::Integer(50)).unwrap();
        assert_eq!(parameter.value, Some(Value::Float(50.0)));
        assert_eq!((parameter.source.as_str(), parameter.origin.as_str()), ("s", "mine.toml"));
    }

    #[test]
    fn wrong_values_are_refused_with_what_is_allowed() {
        let cases = [
            ("-1.5", "f: market.tariff = -1.5: must be between 0 and 500 USD/MWh"),
            ("nan", "f: market.tariff = nan: must be a finite number"),
            ("inf", "f: market.tariff = inf: must be a finite number"),
            ("true", "f: market.tariff = true: must be a finite number"),
            ("\"45\"", "f: market.tariff = \"45\": must be a finite number"),
            ("[1]", "f: market.tariff = [1]: must be a finite number"),
            ("{ unit = \"USD/MWh\" }", "f: market.tariff.value is missing"),
            (
                "{ value = 1, unit = \"USD/kWh\" }",
                "f: market.tariff.unit = \"USD/kWh\": the unit is \"USD/MWh\"",
            ),
            (
                "{ value = 1, sorce = \"x\" }",
                "f: market.tariff.sorce: no such key; did you mean \"market.tariff.source\"?",
            ),
            (
                "{ value = 1, allowed = [2, 1] }",
                "f: market.tariff.allowed = [2, 1]: must be [lowest, highest]",
            ),
        ];
        for (text, message) in cases {
            let given = toml::from_str::<toml::Table>(&format!("x = {text}")).unwrap();
            let error = tariff().accept("f", &given["x"]).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn a_whole_number_may_be_written_as_a_float_but_not_as_a_fraction() {
        assert_eq!(ParameterKind::Integer.coerce(&Value::Float(1e3)), Some(Value::Integer(1000)));
        assert_eq!(ParameterKind::Integer.coerce(&Value::Float(1.5)), None);
        assert_eq!(ParameterKind::Integer.coerce(&Value::Integer(-1)), None);
        assert_eq!(ParameterKind::Integer.coerce(&Value::Integer(1 << 32)), None);
    }
}
