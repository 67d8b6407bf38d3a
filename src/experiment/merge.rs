//! Shards into one data set, with a proof that nothing is missing or doubled.

use std::io::{BufWriter, Write};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::folder::shard_name;
use super::provenance::{Invocation, digest_file, retitle_manifest, write_manifest};
use super::receipt::History;
use super::shard::replace;
use super::store::{TableReader, TableWriter};
use super::table::{Field, miners_schema, runs_schema, series_schema};
use super::unit_order::Check;
use super::{Error, Folder};

/// Missing shards named in a message.
const NAMED: usize = 10;

/// What is wrong with a shard whose rows are not those of its units.
const DISORDER: &str = "does not hold each of its runs exactly once and in order";

/// What a merge has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Runs, each there exactly once.
    pub units: u32,
    /// Whether it had been merged before.
    pub before: bool,
    /// Whether title or contrasts have changed since.
    pub retitled: bool,
}

/// Merges all shards, writes the manifest, and empties the shards' folder.
///
/// # Errors
/// [`Error::Incomplete`] if shards are missing, [`Error::Damaged`] if one does not hold exactly its
/// runs, [`Error::Disk`].
pub fn merge(folder: &Folder, invocation: &Invocation, wall: Duration) -> Result<Proof, Error> {
    let units = folder.plan.units;
    if folder.manifest().is_some() {
        folder.empty_shards()?;
        return Ok(Proof { units, before: true, retitled: retitle_manifest(folder)? });
    }
    match merge_shards(folder, invocation, wall) {
        // Another merge of the same shards may have been faster and emptied them.
        Err(_) if folder.manifest().is_some() => Ok(Proof { units, before: true, retitled: false }),
        Err(error) => Err(error),
        Ok(()) => Ok(Proof { units, before: false, retitled: false }),
    }
}

fn merge_shards(folder: &Folder, invocation: &Invocation, wall: Duration) -> Result<(), Error> {
    let missing = folder.missing_shards()?;
    if !missing.is_empty() {
        let problem = describe_missing(folder, &missing);
        return Err(Error::Incomplete { folder: folder.root().to_owned(), problem });
    }
    let kinds = [("series", series_schema()), ("miners", miners_schema()), ("runs", runs_schema())];
    let (mut files, mut shards) = (Map::new(), Map::new());
    for (kind, schema) in kinds {
        let digests = merge_kind(folder, kind, &schema)?;
        let digest = digest_file(&folder.merged(kind))?;
        files.insert(format!("{kind}.parquet"), Value::String(digest));
        shards.insert(kind.to_owned(), json!(digests));
    }
    let (files, shards) = (Value::Object(files), Value::Object(shards));
    write_manifest(folder, invocation, wall.as_secs_f64(), &files, &shards)?;
    folder.empty_shards()
}

/// Merges the shards of one kind; returns their digests in order.
fn merge_kind(folder: &Folder, kind: &str, schema: &[Field]) -> Result<Vec<String>, Error> {
    let (name, path) = (format!("{kind}.parquet"), folder.merged(kind));
    let mut digests = Vec::new();
    replace(folder.root(), &name, |file| {
        let sink = BufWriter::new(file);
        let mut writer = TableWriter::new(sink, schema.to_vec(), &folder.digest)
            .map_err(Error::damaged(&path))?;
        for shard in 0..folder.plan.shards {
            if kind == "miners" && !folder.plan.has_miners(shard) {
                continue;
            }
            copy_shard(folder, shard, kind, schema, &mut writer)?;
            digests.push(digest_file(&folder.shards().join(shard_name(shard, kind)))?);
        }
        let mut sink = writer.finish().map_err(Error::damaged(&path))?;
        sink.flush().map_err(Error::disk(&path))
    })?;
    Ok(digests)
}

/// Copies the rows of a shard, row group by row group, and makes certain that they are those of its
/// units.
fn copy_shard<W: Write + Send>(
    folder: &Folder,
    shard: u32,
    kind: &str,
    schema: &[Field],
    writer: &mut TableWriter<W>,
) -> Result<(), Error> {
    let path = folder.shards().join(shard_name(shard, kind));
    let reader = TableReader::open(&path, schema)?;
    if reader.plan_digest().as_deref() != Some(&folder.digest) {
        return Err(Error::damaged(&path)("belongs to another plan"));
    }
    let wanted = folder.plan.units_of(shard).filter(|(_, k)| kind != "miners" || *k == 0);
    let mut check = Check::new(wanted, kind == "runs");
    for table in reader.tables() {
        let table = table?;
        if !check.accepts(&table) {
            return Err(Error::damaged(&path)(DISORDER));
        }
        writer.append(table).map_err(Error::damaged(&path))?;
    }
    let nobody_left = kind == "miners" && reader.rows() == 0;
    if check.completes() || nobody_left {
        return Ok(());
    }
    Err(Error::damaged(&path)(DISORDER))
}

/// Which shards are missing, and what is known about why.
fn describe_missing(folder: &Folder, missing: &[u32]) -> String {
    let named: Vec<_> = missing.iter().take(NAMED).map(u32::to_string).collect();
    let more = missing.len().saturating_sub(NAMED);
    let text = format!(
        "{} of {} shards are missing: {}{}",
        missing.len(),
        folder.plan.shards,
        named.join(", "),
        if more > 0 { format!(" and {more} more") } else { String::new() }
    );
    let mut lines = vec![text];
    let failures = History::read(&folder.receipts()).failures;
    let unrepeated = failures.iter().filter(|failure| missing.contains(&failure.shard));
    lines.extend(unrepeated.map(|failure| format!("  {failure}")));
    lines.join("\n")
}
