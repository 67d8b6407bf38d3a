//! Making a results folder ready for a plan, and clearing it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::folder::{DESIGN, Folder, KINDS, MANIFEST, PLAN, SET_ASIDE, refuse_file, shard_of};
use super::journal::is_journal;
use super::plan::{Input, Plan};
use super::shard::clear_abandoned;
use crate::study::error::Error;

/// What a results folder may hold besides the plan; `--fresh` removes these and nothing else.
const CONTENT: [&str; 19] = [
    MANIFEST,
    "runs.parquet",
    "series.parquet",
    "regions.parquet",
    "leases.parquet",
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

impl Folder {
    /// Makes the folder ready for a plan: a new one, or one that holds the same plan.
    ///
    /// # Errors
    /// [`Error::AnotherPlan`] if it holds another one (unless `fresh`), [`Error::Disk`].
    pub fn prepare(root: &Path, plan: Plan, inputs: &[Input], fresh: bool) -> Result<Self, Error> {
        refuse_file(root)?;
        let digest = plan.digest();
        let folder = Self::at(root, plan, digest);
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
    pub(crate) fn preview(root: &Path, plan: Plan) -> Result<Self, Error> {
        refuse_file(root)?;
        let digest = plan.digest();
        let folder = Self::at(root, plan, digest);
        if root.join(PLAN).exists() {
            folder.refuse_another_plan()?;
        } else {
            folder.refuse_orphans()?;
        }
        Ok(folder)
    }

    /// Removes the shards, once they are merged.
    ///
    /// # Errors
    /// [`Error::Disk`] if a published shard cannot be removed.
    pub(crate) fn empty_shards(&self) -> Result<(), Error> {
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
        let results = KINDS.iter().rev().map(|kind| format!("{kind}.parquet"));
        let mut results = results.chain([MANIFEST.to_owned()]);
        let found = results.find(|name| self.root().join(name).exists());
        let is_there = self.names()?.iter().any(|name| is_kept(name));
        let shards = is_there.then(|| "shards".to_owned());
        match found.or(shards) {
            // Another attempt may have begun in the meantime.
            Some(_) if self.root().join(PLAN).exists() => Ok(()),
            None => Ok(()),
            Some(name) => {
                let problem = format!("has {name} but no plan.json; use another --out");
                Err(Error::NotResults { folder: self.root().to_owned(), problem })
            }
        }
    }
}

/// Whether a file of the shards' folder holds runs.
pub(crate) fn is_kept(name: &str) -> bool {
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
