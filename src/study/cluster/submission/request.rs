//! What is asked of a submission, of which folder, and why it may be refused.

use std::path::{Path, PathBuf};

use crate::files::quoting::{quoted, script_path};
use crate::study::cluster::engine::Engine;
use crate::study::cluster::engines;
use crate::study::cluster::tasks::Sizing;
use crate::study::cluster::wishes::Wishes;
use crate::study::error::Error;
use crate::study::experiment::Experiment;
use crate::study::results::folder::Folder;
use crate::study::results::plan::{Input, Plan};

/// Why nothing, or a part only, was submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmissionError {
    /// What is asked for cannot be done, or would do harm.
    #[error("{0}")]
    Refused(String),
    /// The scheduler did not take a job.
    #[error("{source}\n{}", so_far(.root, .taken))]
    CutShort {
        /// Results folder.
        root: PathBuf,
        /// Numbers of the jobs that it took before.
        taken: Vec<String>,
        /// Its complaint.
        source: Box<Error>,
    },
    /// Anything else that stops an experiment.
    #[error(transparent)]
    Study(#[from] Error),
}

/// What is said when a job was not taken: which ones before it were.
fn so_far(root: &Path, taken: &[String]) -> String {
    if taken.is_empty() {
        return "nothing was submitted".to_owned();
    }
    let (root, taken) = (quoted(&root.display().to_string()), taken.join(", "));
    format!(
        "only a part was submitted: jobs {taken}; `hashflight submit --cancel {root}` takes them off \
         the queue"
    )
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The scheduler.
    pub engine: Engine,
    /// What the site is asked for.
    pub wishes: Wishes,
    /// How the work is cut.
    pub sizing: Sizing,
    /// Processors of a task, each for a shard of its own.
    pub processors: u32,
    /// Time after which a task begins no shard, s; somewhat less than its limit if none is given.
    pub time_budget: Option<u32>,
    /// The command that would do all of it at one go; where there is none, an earlier submission may
    /// tell.
    pub command: Option<String>,
    /// Threads on which a few runs are measured.
    pub threads: usize,
    /// It is only shown: nothing is touched.
    pub shown: bool,
    /// Submits although jobs of an earlier submission are queued.
    pub force: bool,
}

impl Request {
    /// Refuses what the engine cannot express.
    ///
    /// # Errors
    /// [`SubmissionError::Refused`].
    pub fn check(&self) -> Result<(), SubmissionError> {
        self.wishes.check(self.engine).map_err(SubmissionError::Refused)
    }

    /// Whether jobs are handed over, not printed.
    #[must_use]
    pub(crate) fn submits(&self) -> bool {
        self.engine == Engine::Slurm && !self.shown
    }

    /// Refuses a folder that the scheduler's scripts cannot name.
    fn check_root(&self, root: &Path) -> Result<(), SubmissionError> {
        let absolute = std::path::absolute(root).map_err(Error::disk(root))?;
        let named = script_path(&absolute).and_then(|root| engines::check_root(self.engine, root));
        named.map_err(SubmissionError::Refused)
    }
}

/// The results folder that is submitted.
#[derive(Debug)]
pub struct SubmissionSubject {
    /// The folder.
    pub folder: Folder,
    /// The experiment's own input files; those kept in the folder where only that is known.
    inputs: Option<Vec<Input>>,
}

impl SubmissionSubject {
    /// A results folder that is there.
    ///
    /// # Errors
    /// If no script can name it, or it is none.
    pub fn standing(root: &Path, request: &Request) -> Result<Self, SubmissionError> {
        request.check_root(root)?;
        Ok(Self { folder: Folder::open(root)?, inputs: None })
    }

    /// The results folder of an experiment, made ready unless the submission is only shown.
    ///
    /// # Errors
    /// If no script can name the folder, or it belongs to another plan.
    pub fn of(
        experiment: &Experiment,
        root: &Path,
        request: &Request,
    ) -> Result<Self, SubmissionError> {
        let (plan, inputs) = Plan::from_experiment(experiment).map_err(Error::from)?;
        // Before anything is made: a folder that no script can name stays unmade.
        request.check_root(root)?;
        let folder = if request.shown {
            Folder::preview(root, plan)?
        } else {
            Folder::prepare(root, plan, &inputs, false)?
        };
        Ok(Self { folder, inputs: Some(inputs) })
    }

    /// Files that runs read.
    pub(super) fn inputs(&self) -> Vec<Input> {
        self.inputs.clone().unwrap_or_else(|| self.folder.inputs())
    }
}
