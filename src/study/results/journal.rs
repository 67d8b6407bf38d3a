//! Finished runs of a shard in flight, so that a kill loses nothing but the runs under way.
//!
//! An attempt appends every finished run of a shard to a file of its own and removes it once the
//! shard is published. Whoever takes up the shard next reads what the files of earlier attempts
//! hold. Every entry carries its digest, which is also of the plan and the shard: one that was cut off,
//! damaged, or is another's, and all after it, are passed over.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::folder::KINDS;
use super::unit_rows::{Swept, UnitRows};
use crate::files::{attempt_name, create_appending};
use crate::study::error::Error;
use crate::study::store::table::{ColumnCells, Field, Table};

/// Ending of a journal's name.
const ENDING: &str = "journal";
/// Bytes of a digest.
const DIGEST: usize = blake3::OUT_LEN;

/// What a finished run left.
pub(crate) type FinishedRun = Result<UnitRows, String>;

/// The journal of an attempt at a shard.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    owner: String,
}

/// Whose entries a journal holds: a shard of a plan.
#[must_use]
pub fn owner(plan_digest: &str, shard: u32) -> String {
    format!("{plan_digest} {shard}")
}

impl Journal {
    /// Starts the journal of an attempt.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn start(folder: &Path, plan_digest: &str, shard: u32) -> Result<Self, Error> {
        let path = folder.join(attempt_name(&format!("{shard:06}"), ENDING));
        let file = create_appending(&path).map_err(Error::disk(&path))?;
        Ok(Self { path, file, owner: owner(plan_digest, shard) })
    }

    /// Removes it: the shard is published.
    pub(crate) fn remove(self) {
        let _ = fs::remove_file(self.path);
    }

    /// Appends a finished run: its place in the shard and what it left.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn add(&self, place: usize, finished: &FinishedRun) -> Result<(), Error> {
        let mut entry = vec![0; 8];
        entry.extend((place as u32).to_le_bytes());
        match finished {
            Ok(rows) => {
                entry.push(1);
                rows.tables().into_iter().for_each(|table| write_table(table, &mut entry));
            }
            Err(message) => {
                entry.push(0);
                entry.extend(message.as_bytes());
            }
        }
        let length = (entry.len() - 8) as u64;
        entry[..8].copy_from_slice(&length.to_le_bytes());
        let digest = digest(&self.owner, &entry);
        entry.extend(digest.as_bytes());
        (&self.file).write_all(&entry).map_err(Error::disk(&self.path))
    }
}

/// The journals that are there, by shard.
///
/// # Errors
/// [`Error::Disk`] if the folder cannot be listed.
pub fn journals(folder: &Path) -> Result<BTreeMap<u32, Vec<PathBuf>>, Error> {
    let mut journals: BTreeMap<u32, Vec<PathBuf>> = BTreeMap::new();
    if !folder.exists() {
        return Ok(journals);
    }
    for entry in fs::read_dir(folder).map_err(Error::disk(folder))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let shard = name.split('.').next().and_then(|shard| shard.parse().ok());
        if let Some(shard) = shard.filter(|_| is_journal(&name)) {
            journals.entry(shard).or_default().push(entry.path());
        }
    }
    for paths in journals.values_mut() {
        paths.sort();
    }
    Ok(journals)
}

/// Whether a file is a journal.
#[must_use]
pub(crate) fn is_journal(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending == ENDING)
}

/// The whole entries of a journal, in order.
pub fn read(path: &Path, owner: &str, swept: &Swept, mut take: impl FnMut(usize, FinishedRun)) {
    let Ok(file) = File::open(path) else { return };
    let mut file = std::io::BufReader::new(file);
    let schemas = swept.schemas();
    while let Some((place, finished)) = read_entry(&mut file, owner, &schemas) {
        take(place, finished);
    }
}

/// The places of the runs that a journal holds, without what they left.
#[must_use]
pub fn places(path: &Path, owner: &str) -> Vec<u32> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut file = std::io::BufReader::new(file);
    let entries = std::iter::from_fn(|| whole_entry(&mut file, owner));
    entries.filter_map(|entry| take(&mut &entry[..]).map(u32::from_le_bytes)).collect()
}

/// Digest of an entry of a shard of a plan: no other shard's or plan's entry has it.
fn digest(owner: &str, entry: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(owner.as_bytes()).update(entry);
    hasher.finalize()
}

/// The next entry, without its length and digest, if it is whole.
fn whole_entry(file: &mut impl Read, owner: &str) -> Option<Vec<u8>> {
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let mut entry = length.to_vec();
    let wanted = u64::from_le_bytes(length).checked_add(DIGEST as u64)?;
    let read = file.take(wanted).read_to_end(&mut entry).ok()?;
    let body = entry.len().checked_sub(DIGEST).filter(|_| read as u64 == wanted)?;
    if digest(owner, &entry[..body]).as_bytes()[..] != entry[body..] {
        return None;
    }
    entry.truncate(body);
    entry.drain(..8);
    Some(entry)
}

fn read_entry(
    file: &mut impl Read,
    owner: &str,
    schemas: &[Vec<Field>; KINDS.len()],
) -> Option<(usize, FinishedRun)> {
    let entry = whole_entry(file, owner)?;
    let mut bytes = &entry[..];
    let place = u32::from_le_bytes(take(&mut bytes)?) as usize;
    let [done] = take::<1>(&mut bytes)?;
    if done == 0 {
        return Some((place, Err(String::from_utf8_lossy(bytes).into_owned())));
    }
    let mut tables = schemas.each_ref().map(|schema| Table::empty(schema));
    for (table, schema) in tables.iter_mut().zip(schemas) {
        *table = read_table(schema, &mut bytes)?;
    }
    Some((place, Ok(UnitRows::from_tables(tables))))
}

fn write_table(table: &Table, out: &mut Vec<u8>) {
    out.extend((table.rows() as u32).to_le_bytes());
    for cells in &table.columns {
        match cells {
            ColumnCells::Text(values) => {
                for value in values {
                    out.extend((value.data().len() as u32).to_le_bytes());
                    out.extend(value.data());
                }
            }
            ColumnCells::Integer(values) => values.iter().for_each(|v| out.extend(v.to_le_bytes())),
            ColumnCells::Number(values) => values.iter().for_each(|v| out.extend(v.to_le_bytes())),
            ColumnCells::Boolean(values) => out.extend(values.iter().map(|&v| u8::from(v))),
        }
    }
}

fn read_table(schema: &[Field], bytes: &mut &[u8]) -> Option<Table> {
    let rows = u32::from_le_bytes(take(bytes)?) as usize;
    let mut table = Table::empty(schema);
    for cells in &mut table.columns {
        for _ in 0..rows {
            match cells {
                ColumnCells::Text(values) => {
                    let length = u32::from_le_bytes(take(bytes)?) as usize;
                    let (text, rest) = bytes.split_at_checked(length)?;
                    *bytes = rest;
                    values.push(text.to_vec().into());
                }
                ColumnCells::Integer(values) => values.push(i32::from_le_bytes(take(bytes)?)),
                ColumnCells::Number(values) => values.push(f64::from_le_bytes(take(bytes)?)),
                ColumnCells::Boolean(values) => values.push(take::<1>(bytes)? == [1]),
            }
        }
    }
    Some(table)
}

/// The next bytes, if there are so many.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::store::reader::TableReader;
    use crate::study::store::table::{
        CellKind, lease_rows, miner_rows, region_rows, run_row, series_rows,
    };
    use crate::study::store::writer::encode;
    use crate::world::simulation::Trajectory;
    use crate::world::simulation::trajectory::{Record, RegionRecord};

    fn some_rows(days: u32) -> UnitRows {
        let record = |day| Record { day, difficulty: f64::from(day) * 1.1, ..Record::default() };
        let region = |day| RegionRecord { day, tariff_level: 1.25, ..RegionRecord::default() };
        let trajectory = Trajectory {
            records: (0..days).map(record).collect(),
            regions: (0..days).map(region).collect(),
            region_names: vec!["texas".to_owned()],
            ..Trajectory::default()
        };
        UnitRows {
            series: series_rows("on", days, &trajectory),
            regions: region_rows("on", days, &trajectory),
            leases: lease_rows("on", days, &trajectory),
            miners: miner_rows("on", days, &trajectory),
            runs: run_row("on", days, &trajectory),
        }
    }

    fn all(path: &Path) -> Vec<(usize, FinishedRun)> {
        let mut entries = Vec::new();
        read(path, &owner("abc", 7), &Swept::none(), |place, finished| {
            entries.push((place, finished));
        });
        entries
    }

    #[test]
    fn switches_are_read_as_they_were_written() {
        let kind = CellKind::Boolean;
        let schema = vec![Field { name: "ai.enabled".to_owned(), unit: String::new(), kind }];
        let table = Table { columns: vec![ColumnCells::Boolean(vec![true, false, false, true])] };
        let mut bytes = Vec::new();
        write_table(&table, &mut bytes);
        assert_eq!(read_table(&schema, &mut &bytes[..]), Some(table.clone()));
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), encode(table.clone(), schema.clone(), "").unwrap()).unwrap();
        let reader = TableReader::open(file.path(), &schema).unwrap();
        assert_eq!(reader.whole(&schema).unwrap(), table);
    }

    #[test]
    fn what_is_written_is_read_and_a_torn_end_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::start(folder.path(), "abc", 7).unwrap();
        journal.add(0, &Ok(some_rows(3))).unwrap();
        journal.add(1, &Err("panicked: no luck".to_owned())).unwrap();
        journal.add(2, &Ok(some_rows(5))).unwrap();
        let found = journals(folder.path()).unwrap();
        let [path] = &found[&7][..] else { panic!("one journal") };
        let mine = owner("abc", 7);
        assert_eq!((found.len(), places(path, &mine)), (1, vec![0, 1, 2]));
        for another in [owner("abc", 8), owner("abd", 7)] {
            assert_eq!(places(path, &another), Vec::<u32>::new());
            read(path, &another, &Swept::none(), |_, _| panic!("an entry of another"));
        }
        let whole = fs::read(path).unwrap();
        assert_eq!(all(path).len(), 3);
        for (place, finished) in all(path) {
            match finished {
                Ok(rows) => {
                    let wanted = some_rows([3, 0, 5][place]);
                    // As texts: a number that is none equals itself there.
                    assert!(format!("{rows:?}") == format!("{wanted:?}"));
                }
                Err(message) => assert_eq!((place, &*message), (1, "panicked: no luck")),
            }
        }
        for length in 0..whole.len() {
            fs::write(path, &whole[..length]).unwrap();
            assert!(all(path).len() < 3 && places(path, &mine).len() < 3, "cut at {length}");
        }
        let mut spoilt = whole.clone();
        spoilt[whole.len() - 60] ^= 1;
        fs::write(path, &spoilt).unwrap();
        assert_eq!(all(path).len(), 2);
    }
}
