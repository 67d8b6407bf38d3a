//! Shards into one data set, with a proof that nothing is missing or doubled.

use std::collections::HashSet;
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use super::folder::shard_name;
use super::folder::{Folder, KINDS, SET_ASIDE};
use super::manifest::{Manifest, Merged};
use super::merged::retitle_manifest;
use super::provenance::{Invocation, digest_file};
use super::receipt::{FailedRun, ReceiptHistory};
use super::rounds::Rounds;
use super::seal::{Damage, Seal};
use super::shard::replace;
use super::unit_order::{RowsEach, UnitOrderCheck};
use super::unit_rows::Swept;
use crate::study::error::Error;
use crate::study::store::reader::TableReader;
use crate::study::store::table::Field;
use crate::study::store::writer::TableWriter;

/// Missing shards named in a message.
const NAMED: usize = 10;
/// Time between two looks at a folder that lags behind.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// What is wrong with a shard whose rows are not those of its units.
const DISORDER: &str = "does not hold each of its runs exactly once and in order";

/// What a merge has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Runs, each there exactly once.
    pub units: u64,
    /// Runs that failed and are listed in the manifest.
    pub failures: Vec<FailedRun>,
    /// Whether it had been merged before.
    pub before: bool,
    /// Whether title or contrasts have changed since.
    pub retitled: bool,
    /// Damaged files that were set aside or written again.
    pub damages: Vec<Damage>,
}

/// Merges all shards, writes the manifest, and empties the shards' folder.
///
/// # Errors
/// [`Error::Incomplete`] if shards are missing or were damaged, which are set aside,
/// [`Error::Damaged`] if one does not hold exactly its runs, [`Error::Disk`].
pub fn merge(folder: &Folder, invocation: &Invocation, wall: Duration) -> Result<Proof, Error> {
    let damages = folder.heal(&|_| true)?;
    let proof = |before, retitled| {
        let units = folder.open_merged("runs", &[])?.rows();
        let (failures, damages) = (folder.failures()?, damages.clone());
        Ok(Proof { units, failures, before, retitled, damages })
    };
    if folder.manifest()?.is_some() {
        folder.empty_shards()?;
        return proof(true, retitle_manifest(folder)?);
    }
    match merge_shards(folder, invocation, wall, &damages) {
        // Another merge of the same shards may have been faster and emptied them.
        Err(_) if folder.manifest()?.is_some() => proof(true, false),
        Err(error) => Err(error),
        Ok(()) => proof(false, false),
    }
}

fn merge_shards(
    folder: &Folder,
    invocation: &Invocation,
    wall: Duration,
    damages: &[Damage],
) -> Result<(), Error> {
    folder.refuse_another_layout()?;
    let rounds = folder.rounds()?;
    let missing = folder.missing_of(&rounds)?;
    if !missing.is_empty() {
        let mut lines = vec![describe_missing(folder, &rounds, &missing)];
        lines.extend(damages.iter().map(|damage| format!("  {damage}; to be made again")));
        let problem = lines.join("\n");
        return Err(Error::Incomplete { folder: folder.root().to_owned(), problem });
    }
    let failures = folder.failures()?;
    let schemas = Swept::from_plan(&folder.plan).schemas();
    let mut merged = Merged::default();
    for (kind, schema) in KINDS.into_iter().zip(schemas) {
        let digests = merge_kind(folder, &rounds, &failures, kind, &schema)?;
        let digest = digest_file(&folder.merged(kind))?;
        merged.files.insert(format!("{kind}.parquet"), digest);
        merged.shards.insert(kind.to_owned(), digests);
    }
    let needed = rounds.shards(&folder.plan).map(|shard| rounds.units(&folder.plan, shard).count());
    merged.runs = needed.sum::<usize>() as u32;
    merged.failed = failures;
    // Another merge may have been faster; reports name the digest of the manifest that is there.
    if folder.manifest()?.is_none() {
        Manifest::from_folder(folder, invocation, wall.as_secs_f64(), merged)?.save(folder)?;
    }
    folder.empty_shards()
}

/// Merges the shards of one kind; returns their digests in order.
fn merge_kind(
    folder: &Folder,
    rounds: &Rounds,
    failures: &[FailedRun],
    kind: &str,
    schema: &[Field],
) -> Result<Vec<String>, Error> {
    let (name, path) = (format!("{kind}.parquet"), folder.merged(kind));
    let mut digests = Vec::new();
    replace(folder.root(), &name, |file| {
        let sink = BufWriter::new(file);
        let mut writer = TableWriter::new(sink, schema.to_vec(), &folder.digest)
            .map_err(Error::writing(&path))?;
        writer.explain(kind);
        for shard in rounds.shards(&folder.plan) {
            if !folder.plan.has_file(shard, kind) {
                continue;
            }
            let (seal, name) = (Seal::read(folder, shard)?, shard_name(shard, kind));
            seal.check(&folder.shards(), &name)?;
            let wanted = wanted(folder, rounds, failures, shard, kind);
            copy_shard(folder, shard, kind, schema, wanted, &mut writer)?;
            digests.extend(seal.digest_of(&name).map(str::to_owned));
        }
        let mut sink = writer.finish().map_err(Error::writing(&path))?;
        sink.flush().map_err(Error::disk(&path))
    })?;
    Ok(digests)
}

/// The units whose rows a shard has to hold: those that are needed and did not fail.
fn wanted<'a>(
    folder: &'a Folder,
    rounds: &'a Rounds,
    failures: &'a [FailedRun],
    shard: u32,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, u32)> {
    let failed: HashSet<(&str, u32)> = failures
        .iter()
        .filter(|failure| failure.shard == shard)
        .map(|failure| (failure.scenario.as_str(), failure.replicate))
        .collect();
    rounds
        .units(&folder.plan, shard)
        .filter(move |unit| folder.plan.has_rows(*unit, kind))
        .map(|unit| (folder.plan.name_of(unit), unit.replicate))
        .filter(move |unit| !failed.contains(unit))
}

/// Copies the rows of a shard, row group by row group, and makes certain that they are those of its
/// units.
fn copy_shard<'a, W: Write + Send>(
    folder: &Folder,
    shard: u32,
    kind: &str,
    schema: &[Field],
    wanted: impl Iterator<Item = (&'a str, u32)>,
    writer: &mut TableWriter<W>,
) -> Result<(), Error> {
    let path = folder.shards().join(shard_name(shard, kind));
    let reader = TableReader::open(&path, schema)?;
    if reader.plan_digest().as_deref() != Some(&folder.digest) {
        return Err(Error::damaged(&path)("belongs to another plan"));
    }
    let mut check = UnitOrderCheck::new(wanted, RowsEach::of(kind));
    for table in reader.tables() {
        let table = table?;
        if !check.accepts(&table) {
            return Err(Error::damaged(&path)(DISORDER));
        }
        writer.append(table).map_err(Error::writing(&path))?;
    }
    let nobody_left = kind == "miners" && reader.rows() == 0;
    if check.completes() || nobody_left {
        return Ok(());
    }
    Err(Error::damaged(&path)(DISORDER))
}

/// Waits while a receipt names a shard as published that cannot be seen: over a network, listings
/// of a folder may be older than what another host has done to it. Returns the time waited; without
/// such a receipt it is none.
///
/// # Errors
/// [`Error::Disk`] if the folder cannot be listed.
pub fn await_announced(folder: &Folder, patience: Duration) -> Result<Duration, Error> {
    let began = Instant::now();
    while began.elapsed() < patience && is_one_announced(folder)? {
        tracing::warn!("a shard that was published is not visible yet: looking again");
        std::thread::sleep(LOOK_AGAIN.min(patience.saturating_sub(began.elapsed())));
    }
    Ok(began.elapsed())
}

/// Whether a receipt says that one of the missing shards was published, and was not set aside.
fn is_one_announced(folder: &Folder) -> Result<bool, Error> {
    if folder.manifest()?.is_some() {
        return Ok(false);
    }
    let published = ReceiptHistory::read(&folder.receipts()).published;
    let names = folder.names()?;
    let was_set_aside = |shard: &u32| {
        let start = format!("{shard:06}.");
        names.iter().any(|name| name.starts_with(&start) && name.ends_with(SET_ASIDE))
    };
    let missing = folder.missing_shards()?;
    Ok(missing.iter().any(|shard| published.contains_key(shard) && !was_set_aside(shard)))
}

/// Which shards are missing, and what is known about why.
fn describe_missing(folder: &Folder, rounds: &Rounds, missing: &[u32]) -> String {
    let named: Vec<_> = missing.iter().take(NAMED).map(u32::to_string).collect();
    let more = missing.len().saturating_sub(NAMED);
    format!(
        "{} of {} shards are missing: {}{}",
        missing.len(),
        rounds.shards(&folder.plan).count(),
        named.join(", "),
        if more > 0 { format!(" and {more} more") } else { String::new() }
    )
}
