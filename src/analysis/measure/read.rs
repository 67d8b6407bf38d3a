//! Reads the rows of a file, checks each, and merges entities.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::clusters::{self, Cluster, When, cluster_of};
use super::counts::{CountEntry, EPOCH_BLOCKS, File, Merging};
use super::error::{ADVICE, HEADERS, MeasureError};
use super::layout::{CountKey, CountLayout};
use super::names::{Names, shown};
use super::span::WindowSpan;
use super::time::{ALLOWED_TIME, utc_day};
use super::totals;
use crate::clock::unix_day;
use crate::files::error::{FileError, FilePlace};
use crate::files::foreign::{header_hint, number_hint, shortened, time_hint};
use crate::files::sheet::{Row, Sheet};
use crate::history::series::mempool_space::{self, MempoolKind};

/// A file as a sheet, and what an answer of mempool.space holds.
fn open(file: &str, bytes: Vec<u8>) -> Result<(Sheet, Option<MempoolKind>), FileError> {
    let foreign = |problem: String| FileError::whole(file, problem);
    if !mempool_space::is_json(&bytes) {
        return Ok((Sheet::of(file.to_owned(), bytes, ADVICE)?, None));
    }
    let answer = mempool_space::read(&bytes).map_err(foreign)?;
    let poolless = || answer.rows.iter().all(|row| row.get(2).is_none_or(String::is_empty));
    match answer.kind {
        MempoolKind::Epochs => Err(foreign(
            "holds difficulty epochs and no blocks of pools; `hashflight import` reads it"
                .to_owned(),
        )),
        MempoolKind::Blocks if poolless() => Err(foreign(
            "its blocks have no `extras.pool`; /api/v1/blocks has them, /api/blocks has not"
                .to_owned(),
        )),
        kind => {
            let sheet = Sheet::of(file.to_owned(), answer.csv().into_bytes(), ADVICE)?;
            Ok((sheet, Some(kind)))
        }
    }
}

/// Reads and checks a file.
///
/// # Errors
/// See [`super::measure`].
pub(super) fn read(
    path: &Path,
    span: Option<WindowSpan>,
    merging: Merging,
) -> Result<File, MeasureError> {
    let file = path.display().to_string();
    let bytes = fs::read(path).map_err(FileError::disk(path))?;
    let digest = blake3::hash(&bytes).to_hex().to_string();
    let (mut sheet, kind) = open(&file, bytes)?;
    let layout = CountLayout::from_header(sheet.header(), kind)
        .map_err(|problem| wrong_header(&sheet, &problem))?;
    let span = allowed_span(&file, layout, span)?;
    let clusters = read_clusters(merging.clusters)?;
    if span.is_of_days() && layout.key == CountKey::Height && layout.time.is_none() {
        return Err(wrong_header(&sheet, "windows of days need column `time`").into());
    }
    let mut names = Names::default();
    let mut entries = Vec::new();
    let dated = span.is_of_days() || !clusters.is_empty();
    while let Some(row) = sheet.next_row()? {
        entries.push(CountCells { layout, row }.entry(span, dated, &mut names)?);
    }
    if entries.iter().all(|entry| entry.blocks == 0) {
        return Err(sheet.refused("holds no block; rows with blocks above 0 are needed").into());
    }
    refuse_doubles(&file, layout.key, &mut entries)?;
    let mut notes = partial_days(layout.key, span);
    notes.extend(totals::check(&file, layout.key, &names, &entries)?);
    let (merged, met) = merge(&file, &mut names, &mut entries, merging, &clusters)?;
    notes.extend(clusters::doubled(&clusters));
    notes.extend(clusters::idle(&clusters, |name| names.knows(name), &met));
    notes.extend(names.alike(&merged, &clusters));
    notes.extend(names.strangers(&clusters));
    entries.sort_by_key(|entry| entry.at);
    let unknown = names.unknown(&merged).into_iter();
    let unknown = unknown.map(|number| (number, shown(names.name(number)))).collect();
    let entities = names.len();
    Ok(File { name: file, digest, key: layout.key, span, entries, entities, unknown, notes })
}

fn wrong_header(sheet: &Sheet, problem: &str) -> FileError {
    let problem = format!("{problem}{}", header_hint(sheet.header().iter()));
    let header = shortened(&sheet.header().written().collect::<Vec<_>>().join(","));
    let file = sheet.file.clone();
    FileError::Header { file, header, advice: HEADERS, problem }
}

fn read_clusters(files: &[PathBuf]) -> Result<Vec<Cluster>, MeasureError> {
    let lists = files.iter().map(|file| clusters::read(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(lists.concat())
}

/// Gives every row the entity that it counts to, by name or by cluster; gives the number that counts
/// for each name where no cluster says otherwise, and which clusters hold a row.
fn merge(
    file: &str,
    names: &mut Names,
    entries: &mut [CountEntry],
    merging: Merging,
    clusters: &[Cluster],
) -> Result<(Vec<u32>, Vec<bool>), MeasureError> {
    let merged = names.merged(merging.merges).map_err(|(name, problem)| MeasureError::Merge {
        name,
        file: file.to_owned(),
        problem,
    })?;
    let mut of_entity: BTreeMap<u32, (Vec<usize>, Vec<&Cluster>)> = BTreeMap::new();
    for number in 0..merged.len() as u32 {
        let all = clusters.iter().enumerate();
        let own = all.filter(|(_, cluster)| cluster.entity == names.name(number));
        of_entity.insert(number, own.unzip());
    }
    let mut met = vec![false; clusters.len()];
    for entry in entries {
        let cluster = match of_entity.get(&entry.entity) {
            Some((places, own)) if !own.is_empty() => {
                for (place, cluster) in places.iter().zip(own) {
                    met[*place] |= cluster.holds(entry.when) == Some(true);
                }
                cluster_of(own, entry.when)?
            }
            _ => None,
        };
        entry.entity = match cluster {
            Some(cluster) => names.number(&cluster.into),
            None => merged[entry.entity as usize],
        };
    }
    Ok((merged, met))
}

/// The windows asked for when the file allows them, else its shortest.
fn allowed_span(
    file: &str,
    layout: CountLayout,
    asked: Option<WindowSpan>,
) -> Result<WindowSpan, MeasureError> {
    let refused = |span, holds, allowed| {
        Err(MeasureError::Window { file: file.to_owned(), span, holds, allowed })
    };
    match (layout.key, asked) {
        (_, Some(WindowSpan::All)) | (CountKey::Whole, None) => Ok(WindowSpan::All),
        (CountKey::Epoch, None | Some(WindowSpan::Epoch)) => Ok(WindowSpan::Epoch),
        (CountKey::Whole, Some(span)) => {
            refused(span, "one count for each pool", "only --window all is possible")
        }
        (CountKey::Epoch, Some(days)) => refused(
            days,
            "counts by epoch, which have no days",
            "only --window epoch or all is possible",
        ),
        (CountKey::Date, Some(WindowSpan::Epoch)) => refused(
            WindowSpan::Epoch,
            "counts by day, which have no heights",
            "--window 1d, 7d, 30d or all is possible",
        ),
        (_, asked) => Ok(asked.unwrap_or(WindowSpan::Days(1))),
    }
}

fn partial_days(key: CountKey, span: WindowSpan) -> Vec<String> {
    let cut = key == CountKey::Height && span.is_of_days();
    let note = "the first and the last day may be cut: blocks, not days, were given";
    cut.then(|| note.to_owned()).into_iter().collect()
}

/// A row and what its cells mean.
struct CountCells<'a> {
    layout: CountLayout,
    row: Row<'a>,
}

impl<'a> CountCells<'a> {
    fn cell(&self, place: usize) -> &'a str {
        self.row.record.text(place)
    }

    fn refused(&self, column: &'static str, place: usize, allowed: String) -> FileError {
        self.row.refused_as(column, shortened(self.cell(place)), allowed)
    }

    fn whole(&self, column: &'static str, place: usize) -> Result<u32, FileError> {
        let text = self.cell(place);
        text.parse().map_err(|_| {
            let allowed = format!("a whole number, 0 or more{}", number_hint(text));
            self.refused(column, place, allowed)
        })
    }

    fn entry(
        &self,
        span: WindowSpan,
        dated: bool,
        names: &mut Names,
    ) -> Result<CountEntry, FileError> {
        let layout = self.layout;
        let entity = names.number(self.cell(layout.entity));
        let line = self.row.line();
        let Some(place) = layout.blocks else {
            let height = self.whole("height", layout.at)?;
            let epoch = i64::from(height / EPOCH_BLOCKS);
            let day = layout.time.filter(|_| dated).map(|place| self.day(place)).transpose()?;
            let at = if span.is_of_days() { day.unwrap_or(epoch) } else { epoch };
            let when = When { day, epoch: Some(epoch) };
            return Ok(CountEntry {
                at,
                entity,
                blocks: 1,
                unique: (i64::from(height), 0),
                when,
                line,
            });
        };
        let (at, when) = self.count_place()?;
        let blocks = self.whole("blocks", place)?;
        Ok(CountEntry { at, entity, blocks, unique: (at, entity), when, line })
    }

    /// Day of a single block.
    fn day(&self, place: usize) -> Result<i64, FileError> {
        let text = self.cell(place);
        let refused = || self.refused("time", place, format!("{ALLOWED_TIME}{}", time_hint(text)));
        utc_day(text).ok_or_else(refused)
    }

    /// Day or epoch of a count.
    fn count_place(&self) -> Result<(i64, When), FileError> {
        let place = self.layout.at;
        match self.layout.key {
            CountKey::Whole => Ok((0, When::default())),
            CountKey::Epoch => {
                let epoch = self.whole("epoch", place).map(i64::from)?;
                Ok((epoch, When { epoch: Some(epoch), day: None }))
            }
            CountKey::Date | CountKey::Height => {
                let text = self.cell(place);
                let allowed = || format!("a date YYYY-MM-DD{}", time_hint(text));
                let day = unix_day(text).ok_or_else(|| self.refused("date", place, allowed()))?;
                Ok((day, When { day: Some(day), epoch: None }))
            }
        }
    }
}

/// Two rows about the same thing may be a correction, a sum or a mistake; nobody but the user knows.
fn refuse_doubles(file: &str, key: CountKey, entries: &mut [CountEntry]) -> Result<(), FileError> {
    entries.sort_by_key(|entry| entry.unique);
    let doubled = entries.windows(2).find(|pair| pair[0].unique == pair[1].unique);
    let Some([earlier, later]) = doubled else { return Ok(()) };
    let (what, advice) = match key {
        CountKey::Height => (
            format!("height {}", later.unique.0),
            "a chain has one block at each height, so remove the stale one",
        ),
        _ => (
            format!("this {} and entity", key.column()),
            "sum the rows or remove one; to count several entities as one use --merge",
        ),
    };
    let (file, place) = (file.to_owned(), FilePlace::Line(later.line));
    let problem = format!("{what} is there already in line {}; {advice}", earlier.line);
    Err(FileError::Row { file, place, problem })
}
