//! A results folder: the plan it belongs to, its files, its shards.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::Input;
use super::shard::{clear_abandoned, publish, replace};
use super::{Error, Plan};
use crate::simulation::Setup;

/// Name of the plan's file.
const PLAN: &str = "plan.json";
/// Name of the manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// What a results folder may hold besides the plan; `--fresh` removes these and nothing else.
const CONTENT: [&str; 14] = [
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
    "figures",
    "tables",
    "submissions",
    "bin",
];

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
        if fresh && root.join(PLAN).exists() {
            clear(root)?;
        }
        let folder = Self { root: root.to_owned(), digest: plan.digest(), plan };
        if !root.join(PLAN).exists() {
            folder.refuse_orphans()?;
        }
        for part in ["shards", "receipts"] {
            let part = root.join(part);
            fs::create_dir_all(&part).map_err(Error::disk(&part))?;
        }
        folder.keep_inputs(inputs)?;
        folder.keep_plan()?;
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

    /// The model's input of every scenario.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the plan does not fit the model.
    pub fn setups(&self) -> Result<Vec<Setup>, Error> {
        let root = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
        self.plan.setups(&root).map_err(|problem| Error::damaged(&self.root.join(PLAN))(problem))
    }

    /// The shards not yet published, in order.
    ///
    /// # Errors
    /// [`Error::Disk`] if the folder cannot be listed.
    pub fn missing_shards(&self) -> Result<Vec<u32>, Error> {
        let shards = self.shards();
        if !shards.exists() {
            return Ok((0..self.plan.shards).collect());
        }
        let published: BTreeSet<String> = fs::read_dir(&shards)
            .map_err(Error::disk(&shards))?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let missing = |shard: &u32| !published.contains(&shard_name(*shard, "runs"));
        Ok((0..self.plan.shards).filter(missing).collect())
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
        for shard in 0..self.plan.shards {
            for kind in ["runs", "series", "miners"] {
                let path = folder.join(shard_name(shard, kind));
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(Error::disk(&path)(error));
                    }
                    _ => {}
                }
            }
        }
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
        let results = ["runs.parquet", "series.parquet", "miners.parquet", MANIFEST, "shards"];
        match results.iter().find(|name| self.root.join(name).exists()) {
            None => Ok(()),
            Some(name) => {
                let problem = format!("has {name} but no plan.json; use another --out");
                Err(Error::NotResults { folder: self.root.clone(), problem })
            }
        }
    }
}

/// File name of a shard: `NNNNNN.<kind>.parquet`.
#[must_use]
pub fn shard_name(shard: u32, kind: &str) -> String {
    format!("{shard:06}.{kind}.parquet")
}

/// Removes results, the plan last, so that a killed clearing can be repeated.
fn clear(root: &Path) -> Result<(), Error> {
    for name in CONTENT.into_iter().chain([PLAN]) {
        let path = root.join(name);
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::disk(&path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
