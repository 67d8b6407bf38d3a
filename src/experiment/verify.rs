//! Runs some units again and compares them, bit for bit, with what the results hold.

use std::collections::BTreeMap;

use serde::Serialize;

use super::provenance::digest_file;
use super::runner::{Simulate, run_unit};
use super::store::TableReader;
use super::table::{Field, Table, runs_schema, series_schema};
use super::{Error, Folder};
use crate::random::{Draws, Stream};

/// Columns that name the unit of a row.
const KEYS: usize = 2;

/// Units (scenario as UTF-8, replicate) and their places in a list.
type Places<'p> = BTreeMap<(&'p [u8], u32), usize>;

/// One unit, stored and computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Scenario.
    pub scenario: String,
    /// Replicate.
    pub replicate: u32,
    /// Digest of the rows in the results.
    pub stored: String,
    /// Digest of the rows of the repeated run.
    pub computed: String,
    /// Whether they agree.
    pub same: bool,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Digest of the plan.
    pub plan_digest: String,
    /// Merged files whose bytes are not those of the manifest.
    pub changed_files: Vec<String>,
    /// The units that were repeated.
    pub checks: Vec<Check>,
}

impl Findings {
    /// Whether everything agrees.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.changed_files.is_empty() && self.checks.iter().all(|check| check.same)
    }
}

/// Repeats `sample` units drawn by `draw` and compares them with the results.
///
/// # Errors
/// If the results are not merged or cannot be read.
pub fn verify(
    folder: &Folder,
    simulate: &Simulate,
    sample: u32,
    draw: u64,
) -> Result<Findings, Error> {
    let manifest = folder.manifest().ok_or_else(|| Error::NotResults {
        folder: folder.root().to_owned(),
        problem: "is not merged yet; there is nothing to verify".to_owned(),
    })?;
    let mut changed_files = Vec::new();
    for (name, digest) in manifest["files"].as_object().into_iter().flatten() {
        if digest.as_str() != Some(&digest_file(&folder.root().join(name))?) {
            changed_files.push(name.clone());
        }
    }
    let units = choose(folder, sample, draw);
    let stored = stored_digests(folder, &units)?;
    let setups = folder.setups()?;
    let mut checks = Vec::new();
    for (index, hasher) in units.iter().zip(stored) {
        let unit = folder.plan.unit(*index);
        let name = &folder.plan.scenarios[unit.scenario].name;
        let setup = &setups[unit.scenario];
        let computed = run_unit(simulate, setup, folder.plan.seed, name, unit.replicate)
            .map_or_else(|problem| problem, |rows| digest_rows(&[&rows.runs, &rows.series]));
        checks.push(Check {
            scenario: name.clone(),
            replicate: unit.replicate,
            same: computed == hasher,
            stored: hasher,
            computed,
        });
    }
    Ok(Findings { plan_digest: folder.digest.clone(), changed_files, checks })
}

/// Distinct units in order, every set of them equally likely.
fn choose(folder: &Folder, sample: u32, draw: u64) -> Vec<u32> {
    let (draws, units) = (Draws::new(draw, 0), folder.plan.units);
    let mut order: Vec<u32> = (0..units).collect();
    let wanted = sample.min(units);
    for place in 0..wanted {
        let uniform = draws.uniform(Stream::Analysis, 0, place, 0);
        let other = place + (uniform * f64::from(units - place)) as u32;
        order.swap(place as usize, other as usize);
    }
    order.truncate(wanted as usize);
    order.sort_unstable();
    order
}

/// Digests of the stored rows of some units: runs first, then series.
fn stored_digests(folder: &Folder, units: &[u32]) -> Result<Vec<String>, Error> {
    let places: Places = units
        .iter()
        .enumerate()
        .map(|(place, &index)| {
            let unit = folder.plan.unit(index);
            ((folder.plan.scenarios[unit.scenario].name.as_bytes(), unit.replicate), place)
        })
        .collect();
    let mut hashers = vec![blake3::Hasher::new(); units.len()];
    for (kind, schema) in [("runs", runs_schema()), ("series", series_schema())] {
        digest_stored(folder, kind, &schema, &places, &mut hashers)?;
    }
    Ok(hashers.iter().map(|hasher| hasher.finalize().to_hex().to_string()).collect())
}

/// Adds the rows of a file; row groups that hold none of the units are not read beyond their keys.
fn digest_stored(
    folder: &Folder,
    kind: &str,
    schema: &[Field],
    places: &Places,
    hashers: &mut [blake3::Hasher],
) -> Result<(), Error> {
    let reader = TableReader::open(&folder.merged(kind), schema)?;
    for group in 0..reader.groups() {
        let keys = reader.head(group, KEYS)?;
        let place = |row| Some((row, *places.get(&keys.unit_of(row)?)?));
        let rows: Vec<(usize, usize)> = (0..keys.rows()).filter_map(place).collect();
        if rows.is_empty() {
            continue;
        }
        let table = reader.table(group)?;
        for (row, place) in rows {
            table.digest_row(row, &mut hashers[place]);
        }
    }
    Ok(())
}

fn digest_rows(tables: &[&Table]) -> String {
    let mut hasher = blake3::Hasher::new();
    for table in tables {
        (0..table.rows()).for_each(|row| table.digest_row(row, &mut hasher));
    }
    hasher.finalize().to_hex().to_string()
}
