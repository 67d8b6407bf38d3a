//! Lays rows out in windows that follow one another.

use std::ops::RangeInclusive;

use super::counts::{CountEntry, EPOCH_BLOCKS, File};
use super::error::MeasureError;
use super::layout::CountKey;
use super::span::WindowSpan;
use crate::clock::iso_date;
use crate::files::foreign::listed;

/// Most blocks of a window; the bootstrap draws each of them a thousand times.
const MOST_BLOCKS: u64 = 1_000_000;
/// Blocks of a day, of which a note is made: 13 standard deviations above 144.
const MANY_A_DAY: u64 = 300;
/// Most blocks of a day; Bitcoin had fewer even in July 2010, when its hash rate grew fourfold in a week.
const MOST_A_DAY: u64 = 1_000;
/// Windows that a note names.
const NAMED: usize = 5;

/// Where a window starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Days since 1970-01-01.
    Day(i64),
    /// Number of the difficulty epoch.
    Epoch(i64),
    /// Everything is one window.
    All,
}

impl Start {
    const fn from_span(span: WindowSpan, at: i64) -> Self {
        match span {
            WindowSpan::Days(_) => Self::Day(at),
            WindowSpan::Epoch => Self::Epoch(at),
            WindowSpan::All => Self::All,
        }
    }

    /// The date, or the number of the epoch.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Day(day) => iso_date(day),
            Self::Epoch(epoch) => epoch.to_string(),
            Self::All => "all".to_owned(),
        }
    }

    /// The number of the day since 1970-01-01, or of the epoch.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Day(number) | Self::Epoch(number) => number,
            Self::All => 0,
        }
    }
}

/// Blocks of each entity in one window.
#[derive(Clone, Debug)]
pub(crate) struct CountWindow {
    /// Where it starts.
    pub start: Start,
    /// Blocks, ascending; a zero is an entity that the file names without blocks.
    pub counts: Vec<u32>,
}

impl CountWindow {
    /// Entities with at least one block.
    pub(super) fn entities(&self) -> usize {
        self.counts.iter().filter(|count| **count > 0).count()
    }

    fn blocks(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }
}

/// The windows of a file that hold blocks, and notes on those that are not whole.
///
/// # Errors
/// When a window has too many blocks.
pub(super) fn windows(file: &File) -> Result<(Vec<CountWindow>, Vec<String>), MeasureError> {
    let Some(range) = range(&file.entries) else { return Ok((Vec::new(), Vec::new())) };
    let crowded = crowded_days(file)?;
    let days = match file.span {
        WindowSpan::Days(days) => i64::from(days),
        WindowSpan::Epoch => 1,
        WindowSpan::All => range.end() - range.start() + 1,
    };
    let first = *range.start();
    let place = |entry: &CountEntry| first + (entry.at - first) / days * days;
    let mut counter = Counter { blocks: vec![None; file.entities], touched: Vec::new() };
    let mut windows = Vec::new();
    for entries in file.entries.chunk_by(|one, next| place(one) == place(next)) {
        let at = place(&entries[0]);
        let start = Start::from_span(file.span, at);
        windows.extend(counter.window(start, entries, &file.name)?);
    }
    let mut notes = match file.span {
        WindowSpan::Epoch => incomplete_epochs(&windows),
        WindowSpan::Days(_) => missing_days(file, range, days),
        WindowSpan::All if file.key == CountKey::Date => missing_days(file, range, days),
        WindowSpan::All => Vec::new(),
    };
    notes.extend(crowded);
    let largest = file
        .entries
        .chunk_by(|one, next| place(one) == place(next))
        .map(|entries| (unknown_share(&file.unknown, entries), place(&entries[0])))
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let names = listed(file.unknown.iter().map(|(_, name)| name.as_str()));
    let (verb, ones) = match file.unknown.len() {
        1 => ("has", "one entity".to_owned()),
        several => ("have", format!("{several} entities")),
    };
    notes.extend(largest.filter(|(share, _)| *share > MUCH).map(|(share, at)| {
        let (percent, start) = (100.0 * share, Start::from_span(file.span, at).text());
        let counts = if verb == "has" { "counts" } else { "count" };
        format!(
            "{names} {verb} up to {percent:.1} % of a window's blocks (window {start}) and {counts} as {ones}: \
             as many small ones would be less concentrated"
        )
    }));
    Ok((windows, notes))
}

/// Share of blocks that nobody claims, of which a note is made.
const MUCH: f64 = 0.05;

fn unknown_share(unknown: &[(u32, String)], entries: &[CountEntry]) -> f64 {
    let nobody = |entry: &&CountEntry| unknown.iter().any(|(number, _)| *number == entry.entity);
    let blocks = |entry: &CountEntry| f64::from(entry.blocks);
    let all: f64 = entries.iter().map(blocks).sum();
    let unclaimed: f64 = entries.iter().filter(nobody).map(blocks).sum();
    if all > 0.0 { unclaimed / all } else { 0.0 }
}

/// A note on days with far more blocks than the 144 that difficulty aims at.
///
/// # Errors
/// When a day has more than Bitcoin ever had.
fn crowded_days(file: &File) -> Result<Option<String>, MeasureError> {
    if !file.span.is_of_days() && file.key != CountKey::Date {
        return Ok(None);
    }
    let mut crowded = Vec::new();
    for entries in file.entries.chunk_by(|one, next| one.at == next.at) {
        let blocks: u64 = entries.iter().map(|entry| u64::from(entry.blocks)).sum();
        let date = iso_date(entries[0].at);
        if blocks > MOST_A_DAY {
            let file = file.name.clone();
            return Err(MeasureError::CrowdedDay { file, date, blocks, most: MOST_A_DAY });
        }
        if blocks > MANY_A_DAY {
            crowded.push(format!("{date} ({blocks} blocks)"));
        }
    }
    let named = crowded.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if crowded.len() > NAMED { " and others" } else { "" };
    Ok((!crowded.is_empty()).then(|| {
        format!(
            "{} of the days have more than {MANY_A_DAY} blocks, where 144 are usual and chance alone gives \
             not even 250: {named}{more}; sums over several days, or counted twice?",
            crowded.len()
        )
    }))
}

fn range(entries: &[CountEntry]) -> Option<RangeInclusive<i64>> {
    Some(entries.first()?.at..=entries.last()?.at)
}

/// Sums the blocks of each entity.
struct Counter {
    blocks: Vec<Option<u64>>,
    touched: Vec<u32>,
}

impl Counter {
    /// The window of these entries; none without blocks.
    fn window(
        &mut self,
        start: Start,
        entries: &[CountEntry],
        file: &str,
    ) -> Result<Option<CountWindow>, MeasureError> {
        for entry in entries {
            let sum = &mut self.blocks[entry.entity as usize];
            if sum.is_none() {
                self.touched.push(entry.entity);
            }
            *sum = Some(sum.unwrap_or(0) + u64::from(entry.blocks));
        }
        let sums: Vec<u64> = self
            .touched
            .drain(..)
            .filter_map(|entity| self.blocks[entity as usize].take())
            .collect();
        let blocks = sums.iter().sum();
        if blocks > MOST_BLOCKS {
            let (file, start) = (file.to_owned(), start.text());
            return Err(MeasureError::Crowded { file, start, blocks, most: MOST_BLOCKS });
        }
        let mut counts: Vec<u32> = sums.into_iter().map(|sum| sum as u32).collect();
        counts.sort_unstable();
        Ok((blocks > 0).then_some(CountWindow { start, counts }))
    }
}

/// Epochs with other than 2,016 blocks.
fn incomplete_epochs(windows: &[CountWindow]) -> Vec<String> {
    let partial = windows.iter().filter(|window| window.blocks() != u64::from(EPOCH_BLOCKS));
    let partial: Vec<String> = partial
        .map(|window| format!("{} ({} blocks)", window.start.text(), window.blocks()))
        .collect();
    let named = partial.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if partial.len() > NAMED { " and others" } else { "" };
    let note = || {
        format!(
            "{} of {} epochs do not have 2,016 blocks: {named}{more}",
            partial.len(),
            windows.len()
        )
    };
    (!partial.is_empty()).then(note).into_iter().collect()
}

/// Days without a row, and a last window that the file cuts.
fn missing_days(file: &File, range: RangeInclusive<i64>, days: i64) -> Vec<String> {
    let (first, last) = range.into_inner();
    let days_present = file.entries.chunk_by(|one, next| one.at == next.at);
    let present: i64 = days_present.map(|_| 1).sum();
    let all = last - first + 1;
    let mut notes = Vec::new();
    if present < all {
        notes.push(format!(
            "{} of {all} days from {} to {} have no row; their windows hold fewer blocks or are left out",
            all - present,
            iso_date(first),
            iso_date(last)
        ));
    }
    let rest = all % days;
    if rest > 0 {
        let start = iso_date(last - rest + 1);
        notes.push(format!("the last window, from {start}, has {rest} of {days} days"));
    }
    let key = if file.key == CountKey::Height { "block" } else { "row" };
    notes.into_iter().map(|note| note.replace("no row", &format!("no {key}"))).collect()
}
