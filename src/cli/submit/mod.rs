//! `submit`: what is missing, handed to a cluster.

mod arguments;
mod limits;

use std::path::Path;

pub use arguments::Arguments;

use super::failure::{Failure, INPUT};
use super::output::{complain, duration, say};
use super::run::refuse_another_binary;
use crate::experiment::Folder;
use crate::experiment::submission::engines::{self, Engine};
use crate::experiment::submission::file_system::local_file_system;
use crate::experiment::submission::quoting::quoted_line;
use crate::experiment::submission::scheduler::Scheduler;
use crate::experiment::submission::slurm::{self, Array, Resources};
use crate::experiment::submission::tasks::TaskTable;
use crate::experiment::submission::{
    Jobs, Place, SubmittedJob, digest_of, earlier_jobs, own_program,
};

/// Submits the missing shards, or prints how it would.
pub fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let (folder, experiment) = arguments.folder()?;
    let missing = folder.missing_shards()?;
    let root = folder.root().display();
    if folder.manifest().is_some() {
        return say(&format!(
            "{root}: all runs are done and merged; next: hashflight report {root}"
        ));
    }
    if missing.is_empty() {
        let next = format!("hashflight merge {root} && hashflight report {root}");
        return say(&format!("{root}: nothing is missing; next: {next}"));
    }
    if let Some(kind) = local_file_system(folder.root()) {
        complain(&format!(
            "warning: {root} is on {kind}, a file system of this machine alone; \
             nodes of a cluster must all see the results folder"
        ));
    }
    if folder.plan.stopping.is_some() {
        complain(
            "the experiment stops by precision: this is one round; when it is done, submit again, \
             until nothing is missing",
        );
    }
    refuse_another_binary(&folder)?;
    let program = own_program()?;
    let place = Place::next(&folder, digest_of(&program))?;
    let scheduler = Scheduler::default();
    let engine = arguments.engine();
    if engine == Engine::Slurm {
        slurm::check_root(&place.root).map_err(|problem| Failure::new(INPUT, problem))?;
    }
    let submits = engine == Engine::Slurm && !arguments.dry_run;
    if submits {
        refuse_while_queued(&folder, &scheduler, arguments.force)?;
    }
    let cost = arguments.cost(&folder, experiment.as_ref())?;
    let table = arguments.table(&folder, experiment.as_ref(), &missing, &place, &cost)?;
    let resources = arguments.resources(&table, &cost);
    for doubt in arguments.doubts(&resources, &cost) {
        complain(&format!("warning: {doubt}"));
    }
    let longest = (engine == Engine::Slurm).then(|| arguments.longest_array(&scheduler));
    let arrays = slurm::arrays(&place, table.len(), longest.unwrap_or(table.len()));
    let plan = Submission { place, table, resources, arrays };
    say(&plan.describe(&folder))?;
    match (engine, arguments.dry_run) {
        (Engine::Slurm, true) => plan.print(),
        (Engine::Slurm, false) => plan.submit(&folder, &scheduler, &program),
        (_, dry_run) => {
            if !dry_run {
                plan.place.create(&plan.table, &program)?;
                complain("the table is written; the script below is printed, not submitted");
            }
            say(&engines::script(engine, &plan.place, &plan.resources, plan.table.len()))
        }
    }
}

/// Refuses while jobs of earlier submissions wait or run: they are about to do the same work.
fn refuse_while_queued(folder: &Folder, scheduler: &Scheduler, force: bool) -> Result<(), Failure> {
    let names: Vec<_> = earlier_jobs(folder).into_iter().map(|job| job.name).collect();
    if force || names.is_empty() {
        return Ok(());
    }
    let queued = scheduler.queued(&names)?;
    if queued.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{}: jobs of an earlier submission are still queued: {}; wait for them, cancel them, or \
         give --force, which may do work twice but does no harm",
        folder.root().display(),
        queued.join(", ")
    );
    Err(Failure::new(INPUT, message))
}

/// What is to be submitted.
struct Submission {
    place: Place,
    table: TaskTable,
    resources: Resources,
    arrays: Vec<Array>,
}

impl Submission {
    fn describe(&self, folder: &Folder) -> String {
        let time = self.table.task_seconds(self.resources.processors);
        let time = time.map_or_else(String::new, |time| format!(" of about {}", duration(time)));
        format!(
            "{}: submission {:03}: {} of {} shards are missing, {} tasks{time}",
            folder.root().display(),
            self.place.number,
            self.table.shards(),
            folder.rounds().map_or(0, |rounds| rounds.shards(&folder.plan).count()),
            self.table.len(),
        )
    }

    fn scripts(&self) -> Vec<(&str, String)> {
        let array = |array| slurm::array_script(&self.place, &self.resources, array);
        let arrays = self.arrays.iter().map(|part| (part.script.as_str(), array(part)));
        let merge = (slurm::MERGE, slurm::merge_script(&self.place, &self.resources));
        arrays.chain([merge]).collect()
    }

    /// Prints scripts, calls and tasks.
    fn print(&self) -> Result<(), Failure> {
        for (name, text) in self.scripts() {
            say(&format!("\n=== {}\n{}", self.place.file(name).display(), text.trim_end()))?;
        }
        say("\n=== tasks, with their shards")?;
        for (task, shards) in self.table.tasks.iter().enumerate() {
            let shards: Vec<_> = shards.iter().map(u32::to_string).collect();
            say(&format!("{task}: {}", shards.join(" ")))?;
        }
        say("\n=== calls")?;
        for array in &self.arrays {
            let words = slurm::words(&self.place, &self.resources, &array.script);
            say(&format!("sbatch --parsable {}", quoted_line(&words)))?;
        }
        let jobs: Vec<_> = (0..self.arrays.len()).map(|part| format!("JOB{part}")).collect();
        let words = slurm::merge_words(&self.place, &self.resources, &jobs);
        say(&format!("sbatch --parsable {}", quoted_line(&words)))
    }

    /// Writes everything down, hands it over job by job, and notes the numbers as they come: names
    /// first, so that a submission that is cut short is still found in the queue.
    fn submit(
        &self,
        folder: &Folder,
        scheduler: &Scheduler,
        program: &[u8],
    ) -> Result<(), Failure> {
        let (place, root) = (&self.place, Path::new(&self.place.root));
        place.create(&self.table, program)?;
        for (name, text) in self.scripts() {
            place.write(name, &text)?;
        }
        let announced = |name: &str, script: &str| SubmittedJob {
            name: name.to_owned(),
            script: script.to_owned(),
            job: None,
        };
        let arrays = self.arrays.iter().map(|array| announced(&array.name, &array.script));
        let merge = announced(&place.merge_name(), slurm::MERGE);
        let mut jobs =
            Jobs { engine: Engine::Slurm.name().to_owned(), jobs: arrays.chain([merge]).collect() };
        place.keep_jobs(&jobs)?;
        let mut numbers = Vec::new();
        for index in 0..jobs.jobs.len() {
            let SubmittedJob { name, script, .. } = jobs.jobs[index].clone();
            let words = if script == slurm::MERGE {
                slurm::merge_words(place, &self.resources, &numbers)
            } else {
                slurm::words(place, &self.resources, &script)
            };
            let number = scheduler.submit(root, &name, &words)?;
            say(&format!("  job {number}  {name}"))?;
            jobs.jobs[index].job = Some(number.clone());
            place.keep_jobs(&jobs)?;
            numbers.push(number);
        }
        let root = folder.root().display();
        say(&format!("logs in {}; `hashflight status {root}` says how far it is", self.logs()))
    }

    fn logs(&self) -> String {
        Path::new(&self.place.root).join(self.place.folder()).join("logs").display().to_string()
    }
}
