//! A results folder: the plan it belongs to, its files, its shards.

mod kept;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::journal::is_journal;
use super::manifest::Manifest;
use super::plan::Input;
use super::plan::Plan;
use super::rounds::Rounds;
use super::seal::SET_ASIDE;
use super::shard::clear_abandoned;
use crate::study::error::Error;
use crate::study::parquet::reader::TableReader;
use crate::study::parquet::table::{Field, runs_schema};

pub(crate) use names::FAILED;
use names::SEAL;
pub use names::{KINDS, failed_name, seal_name, shard_name, shard_of};

/// Name of the plan's file.
pub const PLAN: &str = "plan.json";
/// Name of the manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// Name of the file of the designs' points.
pub const DESIGN: &str = "design.csv";
/// What a results folder may hold besides the plan; `--fresh` removes these and nothing else.
const CONTENT: [&str; 17] = [
    MANIFEST,
    "runs.parquet",
    "series.parquet",
    "miners.parquet",
    "summary.json",
    "summary.csv",
    "differences.csv",
    "interactions.csv",
    "report.json",
    "shards",
    "receipts",
    "inputs",
    DESIGN,
    "figures",
    "tables",
    "submissions",
    "bin",
];

/// What the names of analyses of the results begin with.
const ANALYSES: [&str; 3] = ["sensitivity", "discovery", "hindcast"];

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
    /// Makes the folder ready for a plan: a new one, or one that holds the same plan.
    ///
    /// # Errors
    /// [`Error::AnotherPlan`] if it holds another one (unless `fresh`), [`Error::Disk`].
    pub fn prepare(root: &Path, plan: Plan, inputs: &[Input], fresh: bool) -> Result<Self, Error> {
        refuse_file(root)?;
        let folder = Self { root: root.to_owned(), digest: plan.digest(), plan };
        if fresh && root.join(PLAN).exists() {
            // A link is removed as such, never what it leads to.
            if fs::symlink_metadata(folder.shards()).is_ok_and(|there| there.is_dir()) {
                folder.remove_shards(folder.names()?.into_iter().collect())?;
            }
            clear(root)?;
        }
        folder.heal_plan()?;
        if !root.join(PLAN).exists() {
            folder.refuse_orphans()?;
        }
        // The plan comes before the folders that hold runs: whoever finds those finds it too.
        fs::create_dir_all(root).map_err(Error::disk(root))?;
        folder.keep_inputs(inputs)?;
        folder.keep_plan()?;
        folder.keep_design()?;
        for part in ["shards", "receipts"] {
            let part = root.join(part);
            fs::create_dir_all(&part).map_err(Error::disk(&part))?;
        }
        clear_abandoned(root)?;
        clear_abandoned(&folder.shards())?;
        Ok(folder)
    }

    /// The folder as [`Folder::prepare`] would make it, with nothing made.
    ///
    /// # Errors
    /// [`Error::AnotherPlan`] if it holds another plan, [`Error::Disk`].
    pub fn foresee(root: &Path, plan: Plan) -> Result<Self, Error> {
        refuse_file(root)?;
        let folder = Self { root: root.to_owned(), digest: plan.digest(), plan };
        if root.join(PLAN).exists() {
            folder.refuse_another_plan()?;
        } else {
            folder.refuse_orphans()?;
        }
        Ok(folder)
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

    /// A merged file: `runs`, `series` or `miners`.
    #[must_use]
    pub fn merged(&self, kind: &str) -> PathBuf {
        self.root.join(format!("{kind}.parquet"))
    }

    /// The rounds that are known to be needed.
    ///
    /// # Errors
    /// [`Error::Disk`] or [`Error::Damaged`] if shards cannot be listed or read.
    pub fn rounds(&self) -> Result<Rounds, Error> {
        let mut rounds = Rounds::first(&self.plan);
        match self.open_rounds(&mut rounds) {
            // Another attempt has merged and emptied the shards while they were read.
            Err(_) if self.is_merged() => Ok(rounds),
            opened => opened.map(|()| rounds),
        }
    }

    fn open_rounds(&self, rounds: &mut Rounds) -> Result<(), Error> {
        let Some(stopping) = &self.plan.stopping else { return Ok(()) };
        let published = self.names()?;
        let is_there = |shard| self.is_published(shard, &published);
        while rounds.shards_of_last(&self.plan).all(is_there) && rounds.open_next(self, stopping)? {
        }
        Ok(())
    }

    /// The shards that are needed and not yet published, in order.
    ///
    /// # Errors
    /// As [`Folder::rounds`].
    pub fn missing_shards(&self) -> Result<Vec<u32>, Error> {
        self.missing_of(&self.rounds()?)
    }

    /// The shards of these rounds that are not yet published, in order.
    ///
    /// # Errors
    /// [`Error::Disk`] if the folder cannot be listed.
    pub fn missing_of(&self, rounds: &Rounds) -> Result<Vec<u32>, Error> {
        let published = self.names()?;
        let missing = |shard: &u32| !self.is_published(*shard, &published);
        Ok(rounds.shards(&self.plan).filter(missing).collect())
    }

    /// Runs of every scenario in the merged results.
    ///
    /// # Errors
    /// [`Error::Disk`] or [`Error::Damaged`].
    pub fn merged_runs(&self) -> Result<BTreeMap<String, u32>, Error> {
        let reader = self.open_merged("runs", &runs_schema()[..2])?;
        let mut runs = BTreeMap::new();
        for table in reader.tables() {
            let table = table?;
            for (name, _) in (0..table.rows()).filter_map(|row| table.unit_of(row)) {
                *runs.entry(String::from_utf8_lossy(name).into_owned()).or_insert(0) += 1;
            }
        }
        Ok(runs)
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

    /// Whether no run is kept in it yet.
    ///
    /// # Errors
    /// [`Error::Disk`] if the folder cannot be listed.
    pub fn is_untouched(&self) -> Result<bool, Error> {
        Ok(self.manifest()?.is_none() && !self.names()?.iter().any(|name| is_kept(name)))
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
    pub fn has_shard(&self, shard: u32) -> bool {
        self.files_of(shard).all(|name| self.shards().join(name).exists())
    }

    /// Whether a shard is published, by the names of the files that are there.
    fn is_published(&self, shard: u32, names: &BTreeSet<String>) -> bool {
        self.files_of(shard).all(|name| names.contains(&name))
    }

    /// Files that every published shard has; the one that marks it as done comes first.
    fn files_of(&self, shard: u32) -> impl Iterator<Item = String> {
        let kinds = KINDS.into_iter().rev();
        let kinds = kinds.filter(move |kind| *kind != "miners" || self.plan.has_miners(shard));
        kinds.map(move |kind| shard_name(shard, kind)).chain([seal_name(shard)])
    }

    /// Whether the results are merged, as far as the names of files tell.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.root.join(MANIFEST).exists() && self.merged("runs").is_file()
    }

    /// The manifest, if the results are merged.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is damaged, or says other things than the plan.
    pub fn manifest(&self) -> Result<Option<Manifest>, Error> {
        let path = self.root.join(MANIFEST);
        if !path.exists() {
            return Ok(None);
        }
        let manifest = Manifest::read(&path)?;
        match manifest.contradiction(self) {
            None => Ok(Some(manifest)),
            Some(key) => Err(Error::damaged(&path)(format!("its `{key}` is not that of the plan"))),
        }
    }

    /// Opens a merged file, once it is certain that it is the one that was published.
    ///
    /// # Errors
    /// [`Error::NotResults`] if the results are not merged, [`Error::Damaged`], [`Error::Disk`].
    pub fn open_merged(&self, kind: &str, schema: &[Field]) -> Result<TableReader, Error> {
        let manifest = self.manifest()?.ok_or_else(|| Error::NotResults {
            folder: self.root.clone(),
            problem: "is not merged yet".to_owned(),
        })?;
        manifest.check(&self.root, &format!("{kind}.parquet"))?;
        let reader = TableReader::open(&self.merged(kind), schema)?;
        if reader.plan_digest().as_deref() == Some(&self.digest) {
            return Ok(reader);
        }
        Err(Error::damaged(&self.merged(kind))("belongs to another plan"))
    }

    /// Removes the shards, once they are merged.
    ///
    /// # Errors
    /// [`Error::Disk`] if a published shard cannot be removed.
    pub fn empty_shards(&self) -> Result<(), Error> {
        let folder = self.shards();
        if !folder.exists() {
            return Ok(());
        }
        // What was set aside has been made again by now.
        let done = |name: &String| is_kept(name) || name.ends_with(SET_ASIDE);
        self.remove_shards(self.names()?.into_iter().filter(done).collect())?;
        clear_abandoned(&folder)
    }

    /// Refuses a folder that holds results nobody can name.
    fn refuse_orphans(&self) -> Result<(), Error> {
        let results = ["runs.parquet", "series.parquet", "miners.parquet", MANIFEST];
        let found = results.iter().find(|name| self.root.join(name).exists()).copied();
        let shards = self.names()?.iter().any(|name| is_kept(name)).then_some("shards");
        match found.or(shards) {
            // Another attempt may have begun in the meantime.
            Some(_) if self.root.join(PLAN).exists() => Ok(()),
            None => Ok(()),
            Some(name) => {
                let problem = format!("has {name} but no plan.json; use another --out");
                Err(Error::NotResults { folder: self.root.clone(), problem })
            }
        }
    }
}

/// Refuses a file where a folder of results should be.
pub(crate) fn refuse_file(root: &Path) -> Result<(), Error> {
    if root.is_dir() || !root.exists() {
        return Ok(());
    }
    let problem = "is a file, and results need a folder: name another one with --out".to_owned();
    Err(Error::NotResults { folder: root.to_owned(), problem })
}

/// Whether a file of the shards' folder holds runs.
fn is_kept(name: &str) -> bool {
    shard_of(name).is_some() || is_journal(name)
}

/// Removes results, the plan last, so that a killed clearing can be repeated.
fn clear(root: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(root).map_err(Error::disk(root))?.flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let analyses = names.filter(|name| {
        let is_analysis = Path::new(name).extension().is_some_and(|extension| extension == "json")
            && ANALYSES.iter().any(|start| name.starts_with(start));
        is_analysis || name.ends_with(SET_ASIDE)
    });
    let names = analyses.chain(CONTENT.into_iter().chain([PLAN]).map(str::to_owned));
    for name in names.collect::<Vec<_>>() {
        let path = root.join(name);
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|there| there.is_dir());
        let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::disk(&path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
