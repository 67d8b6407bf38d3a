//! A results folder: the plan it belongs to, its files, its shards.

mod names;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::plan::{Input, Plan};
use crate::study::error::Error;
use crate::study::store::writer::SCHEMA_VERSION;

pub(crate) use names::FAILED;
use names::SEAL;
pub use names::{KINDS, LATER_KINDS};
pub(crate) use names::{SET_ASIDE, failed_name, seal_name, shard_name, shard_of};

/// Name of the plan's file.
pub(crate) const PLAN: &str = "plan.json";
/// Name of the manifest's file.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Name of the file of the designs' points.
pub(crate) const DESIGN: &str = "design.csv";
/// A results folder.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// The plan that its results are of.
    pub plan: Plan,
    /// The plan's digest.
    pub digest: String,
}

impl Folder {
    /// A folder of a plan with this digest, wherever it is.
    pub(crate) fn at(root: &Path, plan: Plan, digest: String) -> Self {
        Self { root: root.to_owned(), plan, digest }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Folder of the shards.
    #[must_use]
    pub fn shards(&self) -> PathBuf {
        self.root.join("shards")
    }

    /// Folder of the receipts.
    #[must_use]
    pub fn receipts(&self) -> PathBuf {
        self.root.join("receipts")
    }

    /// A merged file of one of the [`KINDS`].
    #[must_use]
    pub fn merged(&self, kind: &str) -> PathBuf {
        self.root.join(format!("{kind}.parquet"))
    }

    /// Removes files of shards: what marks a shard as done goes first and what explains its gaps
    /// last, so that no shard that seems done lacks a part.
    pub(crate) fn remove_shards(&self, mut names: Vec<String>) -> Result<(), Error> {
        let last = |name: &String| name.ends_with(FAILED) || name.ends_with(SEAL);
        names.sort_by_key(|name| (!name.ends_with(".runs.parquet"), last(name)));
        for name in names {
            let path = self.shards().join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::disk(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The files that its runs read, where it keeps them.
    #[must_use]
    pub fn inputs(&self) -> Vec<Input> {
        let entries = fs::read_dir(self.root.join("inputs")).into_iter().flatten().flatten();
        let input = |entry: fs::DirEntry| {
            let name = format!("inputs/{}", entry.file_name().to_string_lossy());
            Input { name, path: entry.path() }
        };
        entries.map(input).collect()
    }

    /// Names of the files in the folder of the shards.
    pub(crate) fn names(&self) -> Result<BTreeSet<String>, Error> {
        let shards = self.shards();
        if !shards.exists() {
            return Ok(BTreeSet::new());
        }
        let entries = fs::read_dir(&shards).map_err(Error::disk(&shards))?.flatten();
        Ok(entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    }

    /// Whether a shard is published: its seal and all its files of rows are there.
    #[must_use]
    pub(crate) fn has_shard(&self, shard: u32) -> bool {
        self.files_of(shard).all(|name| self.shards().join(name).exists())
    }

    /// Whether a shard is published, by the names of the files that are there.
    pub(crate) fn is_published(&self, shard: u32, names: &BTreeSet<String>) -> bool {
        self.files_of(shard).all(|name| names.contains(&name))
    }

    /// Files that every published shard has; the one that marks it as done comes first.
    fn files_of(&self, shard: u32) -> impl Iterator<Item = String> {
        let kinds = KINDS.into_iter().rev();
        let kinds = kinds.filter(move |kind| self.plan.has_file(shard, kind));
        kinds.map(move |kind| shard_name(shard, kind)).chain([seal_name(shard)])
    }

    /// Refuses files of another layout, where rows are to be read as this program writes them.
    ///
    /// # Errors
    /// [`Error::NotResults`].
    pub(crate) fn refuse_another_layout(&self) -> Result<(), Error> {
        if self.plan.is_of_this_layout() {
            return Ok(());
        }
        let (there, here) = (self.plan.schema, SCHEMA_VERSION);
        let problem = format!("has files of layout {there}; this program writes layout {here}");
        Err(Error::NotResults { folder: self.root().to_owned(), problem })
    }

    /// Whether the results are merged, as far as the names of files tell.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.root.join(MANIFEST).exists() && self.merged("runs").is_file()
    }
}

/// Refuses a file where a folder of results should be.
pub(crate) fn refuse_file(root: &Path) -> Result<(), Error> {
    // Asked once: another attempt may make the folder meanwhile.
    if fs::metadata(root).map_or(true, |there| there.is_dir()) {
        return Ok(());
    }
    let problem = "is a file, and results need a folder: name another one with --out".to_owned();
    Err(Error::NotResults { folder: root.to_owned(), problem })
}
