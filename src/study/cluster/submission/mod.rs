//! Handing what is missing to a cluster: which tasks, what they ask of the site, in which scripts, and
//! what is refused.
//!
//! [`prepare`] decides on everything and touches nothing but damaged files; what it returns can be
//! shown, kept for an engine that is not called here, or submitted.

mod limits;
mod queued;
mod request;

use std::io::Write;
use std::path::Path;

use super::engine::Engine;
use super::engines::{self, Order};
use super::file_system::local_file_system;
use super::scheduler::Scheduler;
use super::slurm::{self, Array, Resources};
use super::tasks::{Sizing, TaskTable, deal};
use super::{Jobs, SubmittedJob, TaskPlace, digest_of, own_program, submitted_command};
use crate::study::error::Error;
use crate::study::execution::complete::{self, heal, refuse_another_binary};
use crate::study::execution::cost::{self, Cost};
use crate::study::results::folder::Folder;
use crate::study::results::pace::observed_seconds_per_run;
use crate::study::results::shard::replace;
use crate::world::simulation;

pub use limits::Doubt;
pub use queued::{cancel, listed};
pub(crate) use queued::{refuse_to_clear, way_out};
pub use request::Request;
pub use request::SubmissionError;
pub use request::SubmissionSubject;

/// Elements of an array where the site does not tell: the default of Slurm's `MaxArraySize`.
const MAX_ARRAY: u32 = 1001;

/// What is to be known of a submission, and stops nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The results folder is on a file system of this machine alone, of this kind.
    LocalFileSystem(String),
    /// The experiment stops by precision: this is one round.
    OneRound,
    /// The queue holds these jobs of earlier submissions for good.
    Stuck(Vec<String>),
    /// A limit that was given cannot suffice.
    Doubt(Doubt),
}

/// Who is told while a submission is prepared.
pub trait SubmissionObserver: complete::Observer {
    /// Something is to be known.
    fn notices(&self, _notice: &Notice) {}
}

/// What a results folder comes to.
#[derive(Debug)]
pub enum Prepared {
    /// All of it is done and merged.
    Merged,
    /// All of it is done, and to be merged.
    Done,
    /// This is missing.
    Submission(Box<Submission>),
}

/// A step of handing over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmissionStep<'a> {
    /// The queue has answered; nothing is written yet.
    Begins,
    /// A job is taken.
    Taken {
        /// Its number.
        number: &'a str,
        /// Its name.
        name: &'a str,
    },
}

/// What is to be submitted.
#[derive(Debug)]
pub struct Submission {
    /// Where it is.
    pub place: TaskPlace,
    /// Its tasks.
    pub table: TaskTable,
    /// What a task asks of the site.
    pub resources: Resources,
    /// Shards there are, the missing ones among them.
    pub shards: usize,
    arrays: Vec<Array>,
    program: Vec<u8>,
}

/// Decides on a submission of what is missing of a folder; damaged files are set aside first.
///
/// # Errors
/// What the engine cannot do, jobs of an earlier submission in the queue, another build's runs.
pub fn prepare(
    subject: &SubmissionSubject,
    request: &Request,
    scheduler: &Scheduler,
    observer: &dyn SubmissionObserver,
) -> Result<Prepared, SubmissionError> {
    request.check()?;
    let folder = &subject.folder;
    heal(folder, &|_| true, observer)?;
    let missing = folder.missing_shards()?;
    if folder.manifest()?.is_some() {
        return Ok(Prepared::Merged);
    }
    if missing.is_empty() {
        return Ok(Prepared::Done);
    }
    point_out(folder, observer);
    refuse_another_binary(folder)?;
    let program = own_program()?;
    let place = TaskPlace::next(folder, digest_of(&program), request.shown)?;
    if request.submits() && !request.force {
        queued::refuse_while_queued(folder.root(), scheduler, observer)?;
    }
    let asked = Asked { subject, request, scheduler, observer };
    let submission = asked.submission(&missing, place, program)?;
    Ok(Prepared::Submission(Box::new(submission)))
}

/// What is asked for, and who answers.
struct Asked<'a> {
    subject: &'a SubmissionSubject,
    request: &'a Request,
    scheduler: &'a Scheduler,
    observer: &'a dyn SubmissionObserver,
}

impl Asked<'_> {
    /// Measures a few runs and decides on tasks, resources and arrays for the missing shards.
    fn submission(
        &self,
        missing: &[u32],
        place: TaskPlace,
        program: Vec<u8>,
    ) -> Result<Submission, SubmissionError> {
        let (folder, request) = (&self.subject.folder, self.request);
        let inputs = self.subject.inputs();
        let cost = cost::measure(&folder.plan, &inputs, &simulation::run, request.threads)?;
        let table = table(folder, request, missing, &place, &cost);
        let resources = limits::resources(request, &table, &cost);
        for doubt in limits::doubts(request, resources.budget, &cost) {
            self.observer.notices(&Notice::Doubt(doubt));
        }
        let longest = longest_array(request, &table, self.scheduler)?;
        let arrays = slurm::arrays(&place, table.len(), longest, resources.throttle);
        let shards = folder.rounds().map_or(0, |rounds| rounds.shards(&folder.plan).count());
        Ok(Submission { place, table, resources, shards, arrays, program })
    }
}

/// Says what is to be known of a folder before it is submitted.
fn point_out(folder: &Folder, observer: &dyn SubmissionObserver) {
    if let Some(kind) = local_file_system(folder.root()) {
        observer.notices(&Notice::LocalFileSystem(kind));
    }
    if folder.plan.stopping.is_some() {
        observer.notices(&Notice::OneRound);
    }
}

/// Deals the missing shards to tasks.
fn table(
    folder: &Folder,
    request: &Request,
    missing: &[u32],
    place: &TaskPlace,
    cost: &Cost,
) -> TaskTable {
    let sizing = request.sizing;
    let per_run = match (observed_seconds_per_run(folder), sizing) {
        (Some(seconds), _) => Some(seconds),
        (None, Sizing::Tasks(_)) => None,
        (None, _) => Some(cost.seconds_per_run),
    };
    let seconds_per_shard = per_run.map(|seconds| seconds * f64::from(folder.plan.shard_units));
    let mut tasks = sizing.tasks(missing.len(), seconds_per_shard, request.processors);
    if let (Sizing::Minutes(_), Some(most)) = (sizing, request.wishes.max_array)
        && request.engine != Engine::Slurm
    {
        // All stand in one script.
        tasks = tasks.min(most as usize);
    }
    TaskTable {
        plan_digest: folder.digest.clone(),
        command: request.command.clone().or_else(|| submitted_command(folder)),
        binary: place.binary.clone(),
        seconds_per_shard,
        tasks: deal(missing, tasks),
    }
}

/// Elements that an array may have; indices go from 0 to one less than the site's limit. Where all
/// tasks stand in one script, they must fit into it.
fn longest_array(
    request: &Request,
    table: &TaskTable,
    scheduler: &Scheduler,
) -> Result<u32, SubmissionError> {
    if request.engine != Engine::Slurm {
        request.wishes.check_array(table.len()).map_err(SubmissionError::Refused)?;
        return Ok(table.len());
    }
    let asked = || scheduler.max_array_size();
    Ok(request.wishes.max_array.or_else(asked).unwrap_or(MAX_ARRAY).max(1))
}

impl Submission {
    /// Time that a task is expected to take, s.
    #[must_use]
    pub(crate) fn task_seconds(&self) -> Option<f64> {
        self.table.task_seconds(self.resources.processors)
    }

    /// Slurm's scripts by their names, the merge last.
    #[must_use]
    pub fn scripts(&self) -> Vec<(&str, String)> {
        let array = |array| slurm::array_script(&self.place, &self.resources, array);
        let arrays = self.arrays.iter().map(|part| (part.script.as_str(), array(part)));
        let merge = (slurm::MERGE, slurm::merge_script(&self.place, &self.resources));
        arrays.chain([merge]).collect()
    }

    /// The script of an engine that is not called here.
    #[must_use]
    pub fn script(&self, request: &Request) -> String {
        let Self { place, resources, table, .. } = self;
        let order = Order { place, resources, wishes: &request.wishes, tasks: table.len() };
        engines::script(request.engine, &order)
    }

    /// Words after `sbatch` of all calls, with `JOB0`, `JOB1`, … for the numbers of jobs.
    #[must_use]
    pub fn calls(&self) -> Vec<Vec<String>> {
        let jobs: Vec<_> = (0..self.arrays.len()).map(|part| format!("JOB{part}")).collect();
        (0..=self.arrays.len()).map(|index| self.words(index, &jobs)).collect()
    }

    /// Words after `sbatch` for the job of a place, given the numbers of those before it.
    fn words(&self, index: usize, jobs: &[String]) -> Vec<String> {
        self.arrays.get(index).map_or_else(
            || slurm::merge_words(&self.place, &self.resources, jobs),
            |array| slurm::array_words(&self.place, &self.resources, array, jobs),
        )
    }

    /// The jobs that are about to be handed over, the merge last.
    fn announced(&self) -> Jobs {
        let job = |name: &str, script: &str, offset| SubmittedJob {
            name: name.to_owned(),
            script: script.to_owned(),
            job: None,
            offset,
        };
        let of_array = |array: &Array| job(&array.name, &array.script, Some(array.offset));
        let merge = job(&self.place.merge_name(), slurm::MERGE, None);
        let jobs = self.arrays.iter().map(of_array).chain([merge]).collect();
        Jobs { engine: Engine::Slurm.name().to_owned(), jobs }
    }

    /// Writes the table and a copy of the program into the results folder.
    ///
    /// # Errors
    /// [`Error::Disk`], or [`Error::NotResults`] if another call took this submission's number.
    pub fn keep(&self) -> Result<(), Error> {
        self.place.create(&self.table, &self.program)
    }

    /// Writes everything down, hands it over job by job, and notes the numbers as they come: names
    /// first, so that a submission that is cut short is still found in the queue. Every step is told.
    ///
    /// # Errors
    /// What the scheduler or the disk refuses, and what `tell` returns.
    pub fn submit<E: From<SubmissionError>>(
        &self,
        root: &Path,
        scheduler: &Scheduler,
        tell: &mut dyn FnMut(SubmissionStep) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut jobs = self.announced();
        let names: Vec<_> = jobs.jobs.iter().map(|job| job.name.clone()).collect();
        let before = scheduler.known(&names).map_err(SubmissionError::Study)?;
        tell(SubmissionStep::Begins)?;
        self.write_down(&jobs).map_err(SubmissionError::Study)?;
        let mut numbers = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let words = self.words(index, &numbers);
            let answer = scheduler.submit(Path::new(&self.place.root), name, &words, &before);
            let number = answer.map_err(|source| SubmissionError::CutShort {
                root: root.to_owned(),
                taken: numbers.clone(),
                source: Box::new(source),
            })?;
            tell(SubmissionStep::Taken { number: &number, name })?;
            jobs.jobs[index].job = Some(number.clone());
            self.place.keep_jobs(&jobs).map_err(SubmissionError::Study)?;
            numbers.push(number);
        }
        Ok(())
    }

    /// Table, program, scripts, and the names of the jobs.
    fn write_down(&self, jobs: &Jobs) -> Result<(), Error> {
        self.keep()?;
        for (name, text) in self.scripts() {
            self.place.write(name, &text)?;
        }
        self.place.keep_jobs(jobs)
    }

    /// The folder of the tasks' logs.
    #[must_use]
    pub fn logs(&self) -> std::path::PathBuf {
        Path::new(&self.place.root).join(self.place.folder()).join("logs")
    }
}

/// Writes a script to a file that the user named.
///
/// # Errors
/// If the name is none of a file, or the disk refuses.
pub(crate) fn write_script(path: &Path, text: &str) -> Result<(), SubmissionError> {
    let refused =
        |problem| SubmissionError::Refused(format!("--script {}: {problem}", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| refused("expected the name of a file"))?;
    if path.is_dir() {
        return Err(refused("that is a folder"));
    }
    let write =
        |file: &mut std::fs::File| file.write_all(text.as_bytes()).map_err(Error::disk(path));
    Ok(replace(folder.unwrap_or(Path::new(".")), name, write)?)
}
