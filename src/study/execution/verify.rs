//! Runs some units again and compares them, bit for bit, with what the results hold.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use serde::Serialize;

use super::work::{Simulate, Work};
use crate::random::{Draws, Stream};
use crate::study::error::Error;
use crate::study::results::folder::{Folder, KINDS, MANIFEST};
use crate::study::results::manifest::Manifest;
use crate::study::results::plan::Unit;
use crate::study::results::provenance::digest_file;
use crate::study::results::receipt::ReceiptHistory;
use crate::study::results::unit_rows::Swept;
use crate::study::store::column_digest::{ColumnDigest, column_digests};
use crate::study::store::reader::TableReader;
use crate::study::store::table::{Field, Table, runs_schema};

/// Columns that name the unit of a row.
const KEYS: usize = 2;

/// Units (scenario as UTF-8, replicate) and their places in a list.
type UnitPlaces<'p> = BTreeMap<(&'p [u8], u32), usize>;

/// One unit, stored and computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitCheck {
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
    /// Files that are not as they were published.
    pub changed_files: Vec<String>,
    /// The units that were repeated.
    pub checks: Vec<UnitCheck>,
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
    let manifest = merged(folder)?;
    folder.refuse_another_layout()?;
    let changed_files = changed_files(folder, &manifest)?;
    if manifest.files.keys().any(|name| changed_files.contains(name)) {
        // There is nothing to compare a repeated run with.
        let (plan_digest, checks) = (folder.digest.clone(), Vec::new());
        return Ok(Findings { plan_digest, changed_files, checks });
    }
    let units = choose(folder, sample, draw)?;
    let swept = Swept::from_plan(&folder.plan);
    let stored = stored_digests(folder, &swept, &units)?;
    let mut work = Work::from_folder(folder, &swept);
    let mut checks = Vec::new();
    for ((scenario, replicate), stored) in units.into_iter().zip(stored) {
        let place = folder.plan.scenarios.iter().position(|planned| planned.name == scenario);
        let computed = match place {
            None => "no scenario of the plan".to_owned(),
            Some(scenario) => work
                .run(simulate, Unit { scenario, replicate })?
                .map_or_else(|problem| problem, |rows| digest_rows(&rows.tables())),
        };
        checks.push(UnitCheck { same: computed == stored, scenario, replicate, stored, computed });
    }
    Ok(Findings { plan_digest: folder.digest.clone(), changed_files, checks })
}

/// The manifest of merged results.
fn merged(folder: &Folder) -> Result<Manifest, Error> {
    folder.manifest()?.ok_or_else(|| Error::NotResults {
        folder: folder.root().to_owned(),
        problem: if folder.has_lost_manifest() {
            "lacks manifest.json: `hashflight run` or `merge` puts it back".to_owned()
        } else {
            "is not merged yet; there is nothing to verify".to_owned()
        },
    })
}

/// What the columns of merged results hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergedColumns {
    /// The files that are as they were published, with the digests of their columns by name.
    pub files: Vec<(String, Vec<ColumnDigest>)>,
    /// The files that are not.
    pub changed_files: Vec<String>,
}

/// The digests of all columns of the merged files.
///
/// # Errors
/// If the results are not merged or cannot be read.
pub fn columns(folder: &Folder) -> Result<MergedColumns, Error> {
    let mut columns = MergedColumns::default();
    for (name, digest) in merged(folder)?.files {
        let path = folder.root().join(&name);
        if is_as_published(&path, &digest)? {
            columns.files.push((name, column_digests(&path)?));
        } else {
            columns.changed_files.push(name);
        }
    }
    Ok(columns)
}

/// Names of the files that are not as they were published: merged results, what the experiment
/// reads, the points of its designs, receipts.
fn changed_files(folder: &Folder, manifest: &Manifest) -> Result<Vec<String>, Error> {
    let mut changed = Vec::new();
    for (name, digest) in &manifest.files {
        if !is_as_published(&folder.root().join(name), digest)? {
            changed.push(name.clone());
        }
    }
    for name in folder.plan.inputs() {
        let digest = name.trim_start_matches("inputs/").trim_end_matches(".csv");
        if !is_as_published(&folder.root().join(name), digest)? {
            changed.push(name.to_owned());
        }
    }
    if let Some(name) = folder.changed_design()? {
        changed.push(name.to_owned());
    }
    let copy = folder.receipts().join(MANIFEST);
    if Manifest::read(&copy).ok().as_ref() != Some(manifest) {
        changed.push(format!("receipts/{MANIFEST}"));
    }
    let receipts = ReceiptHistory::read(&folder.receipts()).damaged;
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    changed.extend(receipts.iter().map(|(path, _)| format!("receipts/{}", name(path))));
    Ok(changed)
}

/// Whether a file is there and has a digest.
fn is_as_published(path: &Path, digest: &str) -> Result<bool, Error> {
    match digest_file(path) {
        Ok(found) => Ok(found == digest),
        Err(Error::Disk { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Distinct units of the results in order, every set of them equally likely.
fn choose(folder: &Folder, sample: u32, draw: u64) -> Result<Vec<(String, u32)>, Error> {
    let keys = &runs_schema()[..2];
    let reader = TableReader::open(&folder.merged("runs"), keys)?;
    let (draws, rows) = (Draws::new(draw, 0), reader.rows() as u32);
    let mut order: Vec<u32> = (0..rows).collect();
    let wanted = sample.min(rows);
    for place in 0..wanted {
        let uniform = draws.uniform(Stream::Analysis, 0, place, 0);
        let other = place + (uniform * f64::from(rows - place)) as u32;
        order.swap(place as usize, other as usize);
    }
    order.truncate(wanted as usize);
    order.sort_unstable();
    let (mut units, mut first, mut chosen) = (Vec::new(), 0, order.into_iter().peekable());
    for table in reader.tables() {
        let table = table?;
        let end = first + table.rows() as u32;
        while let Some(row) = chosen.next_if(|&row| row < end) {
            let unit = table.unit_of((row - first) as usize);
            units.extend(unit.map(|(name, k)| (String::from_utf8_lossy(name).into_owned(), k)));
        }
        first = end;
    }
    Ok(units)
}

/// Digests of the stored rows of some units, of one kind of file after the other.
fn stored_digests(
    folder: &Folder,
    swept: &Swept,
    units: &[(String, u32)],
) -> Result<Vec<String>, Error> {
    let numbered = units.iter().enumerate();
    let places: UnitPlaces =
        numbered.map(|(place, (name, replicate))| ((name.as_bytes(), *replicate), place)).collect();
    let mut hashers = vec![blake3::Hasher::new(); units.len()];
    for (kind, schema) in KINDS.into_iter().zip(swept.schemas()) {
        digest_stored(folder, kind, &schema, &places, &mut hashers)?;
    }
    Ok(hashers.iter().map(|hasher| hasher.finalize().to_hex().to_string()).collect())
}

/// Adds the rows of a file; row groups that hold none of the units are not read beyond their keys.
fn digest_stored(
    folder: &Folder,
    kind: &str,
    schema: &[Field],
    places: &UnitPlaces,
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
