//! The posterior as a file: equally weighted draws, one column a parameter.

use std::path::Path;

use super::config::Tree;
use super::parameter::ParameterKind;
use super::parameter_sets::ParameterSets;
use super::renamed;
use crate::random::{Draws, Need};
use crate::study::error::{ConfigError, Error};
use crate::study::store::reader::TableReader;
use crate::study::store::table::{CellKind, ColumnCells, Field, Table};
use crate::study::store::writer::encode_sealed;

/// The posterior that this binary was built with.
const SHIPPED: &[u8] = include_bytes!("../../../experiments/data/posterior.parquet");

/// The bytes of a Parquet file with these draws.
///
/// # Errors
/// If a parameter is none of the baseline's; what the writer says, and none is known.
pub fn bytes(sets: &ParameterSets, digest: &str) -> Result<Vec<u8>, Error> {
    let columns = (0..sets.keys.len())
        .map(|column| ColumnCells::Number(sets.sets.iter().map(|set| set[column]).collect()));
    let table = Table { columns: columns.collect() };
    encode_sealed(table, schema(&sets.keys)?, digest)
        .map_err(Error::damaged(Path::new("posterior.parquet")))
}

/// Columns with the units of their parameters.
fn schema(keys: &[String]) -> Result<Vec<Field>, ConfigError> {
    let tree = Tree::baseline()?;
    let field = |key: &String| {
        let known = tree.parameters().iter().find(|parameter| parameter.key == *key);
        let unit = known.map(|parameter| parameter.unit.clone()).unwrap_or_default();
        Field { name: key.clone(), unit, kind: CellKind::Number }
    };
    Ok(keys.iter().map(field).collect())
}

/// Reads draws from a file.
///
/// # Errors
/// If it is no Parquet file of numbers, or a column is no parameter of the model.
pub fn read(path: &Path) -> Result<ParameterSets, ConfigError> {
    let name = path.display().to_string();
    let content = std::fs::read(path)
        .map_err(|error| ConfigError::file(&name, format!("cannot be read: {error}")))?;
    decode(path, content)
}

/// The draws that this binary was built with.
///
/// # Errors
/// Never for a released binary: a test reads them.
pub fn shipped() -> Result<ParameterSets, ConfigError> {
    decode(Path::new("built-in posterior.parquet"), SHIPPED.to_vec())
}

fn decode(path: &Path, content: Vec<u8>) -> Result<ParameterSets, ConfigError> {
    let name = path.display().to_string();
    let refuse = |problem: String| ConfigError::file(&name, problem);
    let (keys, table) =
        TableReader::numbers(content, path).map_err(|error| refuse(error.to_string()))?;
    let (keys, columns): (Vec<String>, Vec<_>) = keys
        .into_iter()
        .map(|key| renamed::heed(&name, key))
        .zip(&table.columns)
        .filter(|(key, _)| is_still_there(&name, key))
        .unzip();
    let tree = Tree::baseline()?;
    let known = |key: &String| {
        let parameter = tree.parameters().iter().find(|parameter| parameter.key == *key);
        parameter.is_some_and(|parameter| parameter.kind == ParameterKind::Number)
    };
    if let Some(stray) = keys.iter().find(|key| !known(key)) {
        return Err(refuse(format!("column \"{stray}\" is no parameter that is a number")));
    }
    let set = |row| columns.iter().map(|column| column.number(row)).collect();
    let sets: Vec<Vec<f64>> = (0..table.rows()).map(set).collect();
    if keys.is_empty() || sets.is_empty() {
        return Err(refuse("holds no draws".to_owned()));
    }
    Ok(ParameterSets { keys, sets })
}

/// Whether a column is of a parameter that did not go; says so if it did.
fn is_still_there(file: &str, key: &str) -> bool {
    let gone = renamed::gone(key);
    if let Some(instead) = gone {
        tracing::debug!("{file}: {key} is left out: {instead}");
    }
    gone.is_none()
}

/// Draws in an order of chance, so that the first few are as good a sample as any.
#[must_use]
pub(crate) fn shuffled(mut sets: Vec<Vec<f64>>, seed: u64) -> Vec<Vec<f64>> {
    let draws = Draws::new(seed, 0);
    for last in (1..sets.len()).rev() {
        let u = draws.draw(Need::Shuffle(last as u32));
        sets.swap(last, ((u * (last + 1) as f64) as usize).min(last));
    }
    sets
}
