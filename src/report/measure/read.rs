//! Reads the rows of a file, checks each, and merges entities.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use csv::StringRecord;

use super::error::MeasureError;
use super::layout::{Key, Layout};
use super::time::{ALLOWED_TIME, utc_day};
use super::window::Span;
use crate::clock::unix_day;

/// Blocks of a difficulty epoch.
pub const EPOCH_BLOCKS: u32 = 2_016;

/// Entities that count as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Name of the one.
    pub name: String,
    /// Names in the file.
    pub parts: Vec<String>,
}

/// Blocks of an entity on a day or in an epoch.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Days since 1970-01-01, or the epoch's number.
    pub at: i64,
    /// Number of the entity, merged.
    pub entity: u32,
    /// Blocks.
    pub blocks: u32,
    /// What makes the row unique: entity (before merging) and `at`, or the height.
    unique: (i64, u32),
    line: u64,
}

/// How files call blocks that nobody claims.
const UNKNOWN: &str = "unknown";

/// A file, read.
#[derive(Debug)]
pub struct File {
    /// Name, for messages.
    pub name: String,
    /// blake3.
    pub digest: String,
    /// What rows count by.
    pub key: Key,
    /// Length of windows.
    pub span: Span,
    /// Rows in order of `at`.
    pub entries: Vec<Entry>,
    /// Number of names.
    pub entities: usize,
    /// The entity that stands for blocks of unknown origin, if the file has one.
    pub unknown: Option<u32>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Numbers for names, in order of appearance.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The number that counts for each number, after merging.
    fn merged(&mut self, merges: &[Merge]) -> Result<Vec<u32>, (String, String)> {
        let mut by_number: Vec<u32> = (0..self.numbers.len() as u32).collect();
        let mut taken = vec![false; by_number.len()];
        for merge in merges {
            let refused = |problem: String| (merge.name.clone(), problem);
            let target = self.number(&merge.name);
            for part in &merge.parts {
                let known = self.numbers.get(part).map(|number| *number as usize);
                let Some(known) = known.filter(|number| *number < by_number.len()) else {
                    return Err(refused(format!("there is no entity `{part}`{}", self.like(part))));
                };
                if std::mem::replace(&mut taken[known], true) {
                    return Err(refused(format!("`{part}` is named twice")));
                }
                by_number[known] = target;
            }
        }
        Ok(by_number)
    }

    /// Names that hold `part` or that it holds, letters' case aside.
    fn like(&self, part: &str) -> String {
        let wanted = part.to_lowercase();
        let near = |name: &&String| {
            let name = name.to_lowercase();
            name.contains(&wanted) || wanted.contains(&name)
        };
        let mut names: Vec<_> =
            self.numbers.keys().filter(|name| *name != part).filter(near).collect();
        names.sort_unstable();
        let names: Vec<_> = names.into_iter().take(3).map(|name| format!("`{name}`")).collect();
        if names.is_empty() { String::new() } else { format!("; there is {}", names.join(", ")) }
    }
}

/// Reads and checks a file.
///
/// # Errors
/// See [`super::measure`].
pub fn read(path: &Path, span: Option<Span>, merges: &[Merge]) -> Result<File, MeasureError> {
    let file = path.display().to_string();
    let bytes =
        fs::read(path).map_err(|source| MeasureError::Disk { file: file.clone(), source })?;
    let digest = blake3::hash(&bytes).to_hex().to_string();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let csv_error = |source| MeasureError::Csv { file: file.clone(), source };
    let header = reader.headers().map_err(csv_error)?.clone();
    let found = header.iter().collect::<Vec<_>>().join(",");
    let wrong =
        |problem| MeasureError::Header { file: file.clone(), header: found.clone(), problem };
    let layout = Layout::of(&header).map_err(wrong)?;
    let span = allowed_span(&file, layout, span)?;
    if span != Span::Epoch && layout.key == Key::Height && layout.time.is_none() {
        return Err(wrong("windows of days need column `time`".to_owned()));
    }
    let mut names = Names::default();
    let mut entries = Vec::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(csv_error)? {
        let cells = Cells { file: &file, layout, record: &record };
        entries.push(cells.entry(span, &mut names)?);
    }
    if entries.iter().all(|entry| entry.blocks == 0) {
        return Err(MeasureError::Empty { file });
    }
    refuse_doubles(&file, layout.key, &mut entries)?;
    let merged = names.merged(merges).map_err(|(name, problem)| MeasureError::Merge {
        name,
        file: file.clone(),
        problem,
    })?;
    for entry in &mut entries {
        entry.entity = merged[entry.entity as usize];
    }
    entries.sort_by_key(|entry| entry.at);
    let notes = partial_days(layout.key, span);
    let entities = names.numbers.len();
    let unknown = names.numbers.get(UNKNOWN).map(|&number| merged[number as usize]);
    Ok(File { name: file, digest, key: layout.key, span, entries, entities, unknown, notes })
}

/// The windows asked for when the file allows them, else its shortest.
fn allowed_span(file: &str, layout: Layout, asked: Option<Span>) -> Result<Span, MeasureError> {
    let refused = |span, holds, allowed| {
        Err(MeasureError::Window { file: file.to_owned(), span, holds, allowed })
    };
    match (layout.key, asked) {
        (Key::Epoch, None | Some(Span::Epoch)) => Ok(Span::Epoch),
        (Key::Epoch, Some(days)) => {
            refused(days, "counts by epoch, which have no days", "only --window epoch is possible")
        }
        (Key::Date, Some(Span::Epoch)) => refused(
            Span::Epoch,
            "counts by day, which have no heights",
            "--window 1d, 7d or 30d is possible",
        ),
        (_, asked) => Ok(asked.unwrap_or(Span::Days(1))),
    }
}

fn partial_days(key: Key, span: Span) -> Vec<String> {
    let cut = key == Key::Height && span != Span::Epoch;
    let note = "the first and the last day may be cut: blocks, not days, were given";
    cut.then(|| note.to_owned()).into_iter().collect()
}

/// A row and what its cells mean.
struct Cells<'a> {
    file: &'a str,
    layout: Layout,
    record: &'a StringRecord,
}

impl<'a> Cells<'a> {
    fn cell(&self, place: usize) -> &'a str {
        self.record.get(place).unwrap_or_default().trim()
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn refused(&self, column: &'static str, place: usize, allowed: &'static str) -> MeasureError {
        let (file, value) = (self.file.to_owned(), self.cell(place).to_owned());
        MeasureError::Cell { file, line: self.line(), column, value, allowed }
    }

    fn whole(&self, column: &'static str, place: usize) -> Result<u32, MeasureError> {
        let allowed = "a whole number, 0 or more";
        self.cell(place).parse().map_err(|_| self.refused(column, place, allowed))
    }

    fn entry(&self, span: Span, names: &mut Names) -> Result<Entry, MeasureError> {
        let layout = self.layout;
        let name = self.cell(layout.entity);
        if name.is_empty() {
            return Err(self.refused(layout.entity_name, layout.entity, "a name"));
        }
        let entity = names.number(name);
        let line = self.line();
        let Some(place) = layout.blocks else {
            let height = self.whole("height", layout.at)?;
            let at = self.block_place(height, span)?;
            return Ok(Entry { at, entity, blocks: 1, unique: (i64::from(height), 0), line });
        };
        let at = self.count_place()?;
        let blocks = self.whole("blocks", place)?;
        Ok(Entry { at, entity, blocks, unique: (at, entity), line })
    }

    /// Day or epoch of a single block.
    fn block_place(&self, height: u32, span: Span) -> Result<i64, MeasureError> {
        match (span, self.layout.time) {
            (Span::Days(_), Some(place)) => {
                utc_day(self.cell(place)).ok_or_else(|| self.refused("time", place, ALLOWED_TIME))
            }
            _ => Ok(i64::from(height / EPOCH_BLOCKS)),
        }
    }

    /// Day or epoch of a count.
    fn count_place(&self) -> Result<i64, MeasureError> {
        let place = self.layout.at;
        if self.layout.key == Key::Epoch {
            return self.whole("epoch", place).map(i64::from);
        }
        let day = unix_day(self.cell(place));
        day.ok_or_else(|| self.refused("date", place, "a date YYYY-MM-DD"))
    }
}

/// Two rows about the same thing may be a correction, a sum or a mistake; nobody but the user knows.
fn refuse_doubles(file: &str, key: Key, entries: &mut [Entry]) -> Result<(), MeasureError> {
    entries.sort_by_key(|entry| entry.unique);
    let doubled = entries.windows(2).find(|pair| pair[0].unique == pair[1].unique);
    let Some([earlier, later]) = doubled else { return Ok(()) };
    let (what, advice) = match key {
        Key::Height => (
            format!("height {}", later.unique.0),
            "a chain has one block at each height, so remove the stale one",
        ),
        _ => (
            format!("this {} and entity", key.column()),
            "sum the rows or remove one; to count several entities as one use --merge",
        ),
    };
    let (file, line, earlier) = (file.to_owned(), later.line, earlier.line);
    Err(MeasureError::Doubled { file, line, earlier, what, advice })
}
