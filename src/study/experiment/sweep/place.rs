//! Where the points of a design lie.

use toml::{Table, Value};

use super::SweepPoint;
use super::factor::SweptFactor;
use super::placing::Placing;
use crate::study::design::{self, DesignError, DesignRequest, Factor, FactorFile, MOST_VALUES};
use crate::study::error::ConfigError;
use crate::study::experiment::entry::TomlEntry;

impl Placing {
    /// The points of a design with these factors.
    ///
    /// # Errors
    /// If there would be too many, or the factors of a zip differ in length.
    pub fn points(
        &self,
        entry: &TomlEntry,
        factors: &[SweptFactor],
    ) -> Result<Vec<SweepPoint>, ConfigError> {
        match self.sampled() {
            Some(request) => sampled(entry, factors, &request),
            None => crossed(self, entry, factors),
        }
    }
}

fn sampled(
    entry: &TomlEntry,
    factors: &[SweptFactor],
    request: &DesignRequest,
) -> Result<Vec<SweepPoint>, ConfigError> {
    let factor = |swept: &SweptFactor| Factor {
        name: swept.key.clone(),
        distribution: swept.law.distribution(),
    };
    let name = format!("{}, {}", entry.file, entry.place);
    let file = FactorFile { name: name.clone(), factors: factors.iter().map(factor).collect() };
    let design = design::Design::new(&file, request).map_err(|error| match error {
        DesignError::Levels { levels, .. } => {
            let value = Value::Integer(i64::from(levels));
            entry.refuse("levels", &value, "must be an even whole number")
        }
        other => ConfigError::file(&name, other.to_string().replace("--", "")),
    })?;
    let point = |(block, numbers): (design::DesignBlock, &[f64])| {
        let cells = factors.iter().zip(numbers);
        let set = cells.map(|(factor, number)| (factor.key.clone(), factor.value(*number)));
        SweepPoint { block: block.to_string(), set: set.collect() }
    };
    Ok(design.rows().map(point).collect())
}

fn crossed(
    placing: &Placing,
    entry: &TomlEntry,
    factors: &[SweptFactor],
) -> Result<Vec<SweepPoint>, ConfigError> {
    let values: Vec<Vec<Value>> = factors.iter().map(SweptFactor::values).collect();
    let lengths: Vec<u64> = values.iter().map(|list| list.len() as u64).collect();
    let count = match placing {
        Placing::Grid => lengths.iter().try_fold(1_u64, |all, length| all.checked_mul(*length)),
        Placing::Zip => Some(lengths[0]),
        _ => Some(1 + lengths.iter().sum::<u64>()),
    };
    let fits = count.filter(|count| {
        count.checked_mul(factors.len() as u64).is_some_and(|values| values <= MOST_VALUES)
    });
    let Some(count) = fits else {
        let problem = format!("{}: has more than {MOST_VALUES} values", entry.place);
        return Err(ConfigError::file(entry.file, problem));
    };
    if *placing == Placing::Zip && lengths.iter().any(|length| *length != lengths[0]) {
        let lengths: Vec<_> = lengths.iter().map(u64::to_string).collect();
        let problem = format!(
            "{}: the factors of a zip need equally many values, these have {}",
            entry.place,
            lengths.join(", ")
        );
        return Err(ConfigError::file(entry.file, problem));
    }
    let set = |number: u64| -> Table {
        let keyed = factors.iter().map(|factor| factor.key.clone());
        match placing {
            Placing::Grid => keyed.zip(combination(&values, number)).collect(),
            Placing::Zip => {
                keyed.zip(values.iter().map(|list| list[number as usize].clone())).collect()
            }
            _ => keyed
                .zip(&values)
                .zip(starts(&lengths))
                .filter_map(|((key, list), start)| {
                    let place = number.checked_sub(start)?;
                    list.get(usize::try_from(place).ok()?).map(|value| (key, value.clone()))
                })
                .collect(),
        }
    };
    Ok((0..count).map(|number| SweepPoint { block: "A".to_owned(), set: set(number) }).collect())
}

/// The values of a point of a grid; the last factor varies fastest.
fn combination(values: &[Vec<Value>], mut number: u64) -> Vec<Value> {
    let mut chosen: Vec<Value> = Vec::with_capacity(values.len());
    for list in values.iter().rev() {
        let length = list.len() as u64;
        chosen.push(list[(number % length) as usize].clone());
        number /= length;
    }
    chosen.reverse();
    chosen
}

/// Number of the first point that moves each factor, the base being point 0.
fn starts(lengths: &[u64]) -> impl Iterator<Item = u64> {
    lengths.iter().scan(1, |next, length| {
        let start = *next;
        *next += length;
        Some(start)
    })
}
