//! What is counted: blocks of entities by day or epoch, and what counts as one entity.

use std::path::PathBuf;

use super::clusters::When;
use super::layout::CountKey;
use super::span::WindowSpan;
use crate::files::sheet::csv_fields;

/// Blocks of a difficulty epoch.
pub(crate) const EPOCH_BLOCKS: u32 = 2_016;

/// Entities that count as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Name of the one.
    pub name: String,
    /// Names in the file.
    pub parts: Vec<String>,
}

impl Merge {
    /// Entities to count as `name`, from their names apart by commas; names with commas stand in
    /// double quotes. None where a name is empty.
    #[must_use]
    pub(crate) fn from_names(name: &str, parts: &str) -> Option<Self> {
        let parts = csv_fields(parts)?;
        let (name, named) = (name.trim().to_owned(), parts.iter().all(|part| !part.is_empty()));
        (named && !name.is_empty()).then_some(Self { name, parts })
    }
}

/// Blocks of an entity on a day or in an epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountEntry {
    /// Days since 1970-01-01, or the epoch's number.
    pub at: i64,
    /// Number of the entity, merged.
    pub entity: u32,
    /// Blocks.
    pub blocks: u32,
    /// What makes the row unique: entity (before merging) and `at`, or the height.
    pub unique: (i64, u32),
    /// When exactly, for clusters with dates.
    pub when: When,
    /// Line of the file.
    pub line: u64,
}

/// What to count as one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merging<'m> {
    /// By names.
    pub merges: &'m [Merge],
    /// Files of clusters.
    pub clusters: &'m [PathBuf],
}

/// A file, read.
#[derive(Debug)]
pub(super) struct File {
    /// Name, for messages.
    pub name: String,
    /// blake3.
    pub digest: String,
    /// What rows count by.
    pub key: CountKey,
    /// Length of windows.
    pub span: WindowSpan,
    /// Rows in order of `at`.
    pub entries: Vec<CountEntry>,
    /// Number of names.
    pub entities: usize,
    /// Entities that stand for blocks of unknown origin, with their names.
    pub unknown: Vec<(u32, String)>,
    /// What a reader should know.
    pub notes: Vec<String>,
}
