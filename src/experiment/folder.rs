//! A results folder: the plan it belongs to, its files, its shards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::journal::is_journal;
use super::plan::Input;
use super::rounds::Rounds;
use super::shard::{clear_abandoned, publish, replace};
use super::store::TableReader;
use super::table::runs_schema;
use super::{Error, Plan};

/// Name of the plan's file.
const PLAN: &str = "plan.json";
/// Name of the manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// Name of the file of the designs' points.
const DESIGN: &str = "design.csv";
/// Ending of the name of a shard's list of failed runs.
pub(super) const FAILED: &str = ".failed.json";
/// What a results folder may hold besides the plan; `--fresh` removes these and nothing else.
const CONTENT: [&str; 15] = [
    MANIFEST,
    "runs.parquet",
    "series.parquet",
    "miners.parquet",
    "summary.json",
    "summary.csv",
    "differences.csv",
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
const ANALYSES: [&str; 2] = ["sensitivity", "discovery"];

/// A results folder.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// The plan that its results are of.
    pub plan: Plan,
    /// The plan's digest.
    pub digest: String,
}

/// Content of `plan.json`.
#[derive(Serialize, Deserialize)]
struct PlanFile {
    plan_digest: String,
    plan: Plan,
}

impl Folder {
    /// Makes the folder ready for a plan: a new one, or one that holds the same plan.
    ///
    /// # Errors
    /// [`Error::AnotherPlan`] if it holds another one (unless `fresh`), [`Error::Disk`].
    pub fn prepare(root: &Path, plan: Plan, inputs: &[Input], fresh: bool) -> Result<Self, Error> {
        let folder = Self { root: root.to_owned(), digest: plan.digest(), plan };
        if fresh && root.join(PLAN).exists() {
            folder.remove_shards(folder.names()?.into_iter().collect())?;
            clear(root)?;
        }
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
        let folder = Self { root: root.to_owned(), digest: plan.digest(), plan };
        if root.join(PLAN).exists() {
            folder.refuse_another_plan()?;
        } else {
            folder.refuse_orphans()?;
        }
        Ok(folder)
    }

    /// Opens a folder that holds results.
    ///
    /// # Errors
    /// [`Error::NotResults`] if it holds none, [`Error::Damaged`] if its plan is unreadable.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let path = root.join(PLAN);
        if !path.is_file() {
            let problem = "is no results folder: it has no plan.json".to_owned();
            return Err(Error::NotResults { folder: root.to_owned(), problem });
        }
        let text = fs::read(&path).map_err(Error::disk(&path))?;
        let file: PlanFile = serde_json::from_slice(&text).map_err(Error::damaged(&path))?;
        drop(text);
        if file.plan.digest() != file.plan_digest {
            return Err(Error::damaged(&path)("its digest is not that of its content"));
        }
        Ok(Self { root: root.to_owned(), plan: file.plan, digest: file.plan_digest })
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
        let Some(stopping) = &self.plan.stopping else { return Ok(rounds) };
        let published = self.names()?;
        let is_there = |shard| published.contains(&shard_name(shard, "runs"));
        while rounds.shards_of_last(&self.plan).all(is_there) && rounds.open_next(self, stopping)? {
        }
        Ok(rounds)
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
        let missing = |shard: &u32| !published.contains(&shard_name(*shard, "runs"));
        Ok(rounds.shards(&self.plan).filter(missing).collect())
    }

    /// Runs of every scenario in the merged results.
    ///
    /// # Errors
    /// [`Error::Disk`] or [`Error::Damaged`].
    pub fn merged_runs(&self) -> Result<BTreeMap<String, u32>, Error> {
        let reader = TableReader::open(&self.merged("runs"), &runs_schema()[..2])?;
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
    pub(super) fn remove_shards(&self, mut names: Vec<String>) -> Result<(), Error> {
        names.sort_by_key(|name| (!name.ends_with(".runs.parquet"), name.ends_with(FAILED)));
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
        Ok(self.manifest().is_none() && !self.names()?.iter().any(|name| is_kept(name)))
    }

    /// Names of the files in the folder of the shards.
    pub(super) fn names(&self) -> Result<BTreeSet<String>, Error> {
        let shards = self.shards();
        if !shards.exists() {
            return Ok(BTreeSet::new());
        }
        let entries = fs::read_dir(&shards).map_err(Error::disk(&shards))?.flatten();
        Ok(entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
    }

    /// Whether a shard is published.
    #[must_use]
    pub fn has_shard(&self, shard: u32) -> bool {
        self.shards().join(shard_name(shard, "runs")).exists()
    }

    /// Whether the results are merged, as far as the names of files tell.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.root.join(MANIFEST).exists() && self.merged("runs").is_file()
    }

    /// The manifest, if the results are merged and belong to this plan.
    #[must_use]
    pub fn manifest(&self) -> Option<Value> {
        let text = fs::read(self.root.join(MANIFEST)).ok()?;
        let manifest: Value = serde_json::from_slice(&text).ok()?;
        let same = manifest.get("plan_digest")?.as_str()? == self.digest;
        (same && self.merged("runs").is_file()).then_some(manifest)
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
        self.remove_shards(self.names()?.into_iter().filter(|name| is_kept(name)).collect())?;
        clear_abandoned(&folder)
    }

    /// Copies the files that the experiment reads, so that the results stand on their own.
    fn keep_inputs(&self, inputs: &[Input]) -> Result<(), Error> {
        for input in inputs {
            let target = self.root.join(&input.name);
            if target.exists() {
                continue;
            }
            let folder = self.root.join("inputs");
            fs::create_dir_all(&folder).map_err(Error::disk(&folder))?;
            let content = fs::read(&input.path).map_err(Error::disk(&input.path))?;
            publish(&folder, input.name.trim_start_matches("inputs/"), &content)?;
        }
        Ok(())
    }

    /// Writes the points of the designs, unless they are there.
    fn keep_design(&self) -> Result<(), Error> {
        let path = self.root.join(DESIGN);
        if self.plan.designs.is_empty() || path.exists() {
            return Ok(());
        }
        let text = self.plan.design_csv().map_err(Error::damaged(&path))?;
        replace(&self.root, DESIGN, |out| out.write_all(&text).map_err(Error::disk(&path)))
    }

    /// Writes the plan, or compares it with the one that is there.
    fn keep_plan(&self) -> Result<(), Error> {
        let file = PlanFile { plan_digest: self.digest.clone(), plan: self.plan.clone() };
        let path = self.root.join(PLAN);
        let text = serde_json::to_string_pretty(&file).map_err(Error::damaged(&path))? + "\n";
        if !path.exists() {
            match publish(&self.root, PLAN, text.as_bytes()) {
                Err(Error::Conflict { conflict, .. }) => {
                    fs::remove_file(&conflict).map_err(Error::disk(&conflict))?;
                }
                done => return done,
            }
        }
        self.refuse_another_plan()?;
        if Self::open(&self.root)?.plan == self.plan {
            return Ok(());
        }
        replace(&self.root, PLAN, |out| out.write_all(text.as_bytes()).map_err(Error::disk(&path)))
    }

    /// Refuses a folder that holds results of another plan.
    fn refuse_another_plan(&self) -> Result<(), Error> {
        let there = Self::open(&self.root)?;
        if there.digest == self.digest {
            return Ok(());
        }
        let differences = self.plan.differences(&there.plan);
        Err(Error::AnotherPlan { folder: self.root.clone(), differences })
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

/// Whether a file of the shards' folder holds runs.
fn is_kept(name: &str) -> bool {
    let kinds = ["runs", "series", "miners"];
    let is_table = kinds.iter().any(|kind| name.ends_with(&format!(".{kind}.parquet")));
    is_table || name.ends_with(FAILED) || is_journal(name)
}

/// File name of the list of a shard's failed runs.
#[must_use]
pub fn failed_name(shard: u32) -> String {
    format!("{shard:06}{FAILED}")
}

/// File name of a shard: `NNNNNN.<kind>.parquet`.
#[must_use]
pub fn shard_name(shard: u32, kind: &str) -> String {
    format!("{shard:06}.{kind}.parquet")
}

/// Removes results, the plan last, so that a killed clearing can be repeated.
fn clear(root: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(root).map_err(Error::disk(root))?.flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let analyses = names.filter(|name| {
        Path::new(name).extension().is_some_and(|extension| extension == "json")
            && ANALYSES.iter().any(|start| name.starts_with(start))
    });
    let names = analyses.chain(CONTENT.into_iter().chain([PLAN]).map(str::to_owned));
    for name in names.collect::<Vec<_>>() {
        let path = root.join(name);
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::disk(&path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
