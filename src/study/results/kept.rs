//! What a results folder keeps beside its runs: plan, inputs, points of the designs.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::{DESIGN, Folder, PLAN};
use super::healing::ShardOwner;
use super::plan::Plan;
use super::plan::{Input, input_name};
use super::provenance::digest_file;
use super::seal::move_aside;
use super::shard::{clear_abandoned, publish, replace};
use crate::study::error::Error;

/// What is said of a plan that is not as it was written.
const DAMAGED_PLAN: &str = "is damaged: its digest is not that of its content";
/// How a plan is made whole.
const PUT_RIGHT: &str = "`hashflight run` with the experiment and this --out puts it right";

/// Content of `plan.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile<P> {
    /// Names the plan: the digest of all that determines results.
    plan_digest: String,
    plan: P,
    /// Digest of the plan with its title and contrasts.
    digest: String,
}

impl Folder {
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
        // Not as one text: a plan of very many scenarios is long.
        let text = BufReader::new(File::open(&path).map_err(Error::disk(&path))?);
        let read = serde_json::from_reader(text);
        let file: PlanFile<Plan> = read.map_err(|why| match why.io_error_kind() {
            Some(_) => Error::disk(&path)(why.into()),
            None => Error::damaged(&path)(format!("{DAMAGED_PLAN} ({why}); {PUT_RIGHT}")),
        })?;
        if file.plan.digest() != file.plan_digest || file.plan.content_digest() != file.digest {
            return Err(Error::damaged(&path)(format!("{DAMAGED_PLAN}; {PUT_RIGHT}")));
        }
        let folder = Self::at(root, file.plan, file.plan_digest);
        match folder.owner()? {
            ShardOwner::Another(witness) => Err(Error::damaged(&path)(format!(
                "is the plan of other results than {witness}; {PUT_RIGHT}"
            ))),
            ShardOwner::This | ShardOwner::Nobody => Ok(folder),
        }
    }

    /// Copies the files that the experiment reads, so that the results stand on their own.
    pub(crate) fn keep_inputs(&self, inputs: &[Input]) -> Result<(), Error> {
        for input in inputs {
            let target = self.root().join(&input.name);
            if target.exists() {
                if input.name == input_name(&digest_file(&target)?) {
                    continue;
                }
                tracing::warn!("{} is damaged; set aside and copied again", target.display());
                move_aside(&target)?;
            }
            let folder = self.root().join("inputs");
            fs::create_dir_all(&folder).map_err(Error::disk(&folder))?;
            clear_abandoned(&folder)?;
            let content = fs::read(&input.path).map_err(Error::disk(&input.path))?;
            publish(&folder, input.name.trim_start_matches("inputs/"), &content)?;
        }
        Ok(())
    }

    /// Writes the points of the designs, unless they are there.
    pub(crate) fn keep_design(&self) -> Result<(), Error> {
        if self.changed_design()?.is_none() {
            return Ok(());
        }
        let path = self.root().join(DESIGN);
        let text = self.plan.design_csv();
        replace(self.root(), DESIGN, |out| {
            out.write_all(text.as_bytes()).map_err(Error::disk(&path))
        })
    }

    /// The name of the file of the designs' points, where it is not what the plan makes it.
    ///
    /// # Errors
    /// [`Error::Disk`] if it cannot be read.
    pub(crate) fn changed_design(&self) -> Result<Option<&'static str>, Error> {
        let path = self.root().join(DESIGN);
        if self.plan.designs.is_empty() {
            return Ok(None);
        }
        let there = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(DESIGN)),
            read => read.map_err(Error::disk(&path))?,
        };
        let wanted = self.plan.design_csv();
        Ok((there != wanted.as_bytes()).then_some(DESIGN))
    }

    /// Writes the plan, or compares it with the one that is there.
    pub(crate) fn keep_plan(&self) -> Result<(), Error> {
        let file = PlanFile {
            plan_digest: self.digest.clone(),
            plan: &self.plan,
            digest: self.plan.content_digest(),
        };
        let path = self.root().join(PLAN);
        let text = serde_json::to_string_pretty(&file).map_err(Error::damaged(&path))? + "\n";
        if !path.exists() {
            match publish(self.root(), PLAN, text.as_bytes()) {
                Err(Error::Conflict { conflict, .. }) => {
                    fs::remove_file(&conflict).map_err(Error::disk(&conflict))?;
                }
                done => return done,
            }
        }
        self.refuse_another_plan()?;
        if Self::open(self.root())?.plan == self.plan {
            return Ok(());
        }
        replace(self.root(), PLAN, |out| out.write_all(text.as_bytes()).map_err(Error::disk(&path)))
    }

    /// Refuses a folder that holds results of another plan.
    pub(crate) fn refuse_another_plan(&self) -> Result<(), Error> {
        let there = Self::open(self.root())?;
        if there.digest == self.digest {
            return Ok(());
        }
        let differences = self.plan.differences(&there.plan);
        Err(Error::AnotherPlan { folder: self.root().to_owned(), differences })
    }
}
