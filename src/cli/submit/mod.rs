//! `submit`: what is missing, handed to a cluster.

mod arguments;
mod limits;
mod queued;

use std::io::Write;
use std::path::Path;

pub use arguments::Arguments;
pub use queued::refuse_to_clear;

use super::attempt::heal;
use super::failure::{Failure, INPUT};
use super::output::{complain, duration, say};
use crate::files::quoting::{quoted, quoted_line};
use crate::study::cluster::engine::Engine;
use crate::study::cluster::engines::{self, Order};
use crate::study::cluster::file_system::local_file_system;
use crate::study::cluster::scheduler::Scheduler;
use crate::study::cluster::slurm::{self, Array, Resources};
use crate::study::cluster::tasks::TaskTable;
use crate::study::cluster::wishes::Wishes;
use crate::study::cluster::{Jobs, Place, SubmittedJob, digest_of, own_program};
use crate::study::error::Error;
use crate::study::execution::complete::refuse_another_binary;
use crate::study::results::folder::Folder;
use crate::study::results::shard::replace;

/// Submits the missing shards, or prints how it would.
pub fn execute(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(root) = arguments.to_cancel() {
        return queued::cancel(root);
    }
    let (engine, wishes) = (arguments.engine(), arguments.wishes());
    wishes.check(engine).map_err(|problem| Failure::new(INPUT, problem))?;
    if engine == Engine::Slurm && arguments.script.is_some() {
        let problem = "--script: Slurm's scripts are kept in submissions/ of the results folder; \
                       --dry-run shows them";
        return Err(Failure::new(INPUT, problem));
    }
    let (folder, experiment) = arguments.folder()?;
    heal(&folder, &|_| true)?;
    let missing = folder.missing_shards()?;
    if nothing_left(&folder, &missing)? {
        return Ok(());
    }
    warn_of_place(&folder);
    refuse_another_binary(&folder)?;
    let program = own_program()?;
    let place = Place::next(&folder, digest_of(&program), arguments.dry_run)?;
    let scheduler = Scheduler::default();
    let submits = engine == Engine::Slurm && !arguments.dry_run;
    if submits {
        queued::refuse_while_queued(folder.root(), &scheduler, arguments.force)?;
    }
    let cost = Arguments::cost(&folder, experiment.as_ref())?;
    let table = arguments.table(&folder, experiment.as_ref(), &missing, &place, &cost);
    let resources = arguments.resources(&table, &cost);
    for doubt in arguments.doubts(&resources, &cost) {
        complain(&format!("warning: {doubt}"));
    }
    let longest = (engine == Engine::Slurm).then(|| arguments.longest_array(&scheduler));
    let longest = longest.unwrap_or(table.len());
    let arrays = slurm::arrays(&place, table.len(), longest, resources.throttle);
    let plan = Submission { place, table, resources, arrays };
    match (engine, arguments.dry_run) {
        (Engine::Slurm, true) => plan.print(&folder),
        (Engine::Slurm, false) => plan.submit(&folder, &scheduler, &program),
        (_, shown) => {
            wishes.check_array(plan.table.len()).map_err(|problem| Failure::new(INPUT, problem))?;
            if !shown {
                plan.place.create(&plan.table, &program)?;
            }
            plan.hand_out(engine, &wishes, &folder, arguments)
        }
    }
}

/// Whether there is nothing to submit; says what comes next then.
fn nothing_left(folder: &Folder, missing: &[u32]) -> Result<bool, Failure> {
    let (root, word) = (folder.root().display(), quoted(&folder.root().display().to_string()));
    if folder.manifest()?.is_some() {
        let next = format!("hashflight report {word}");
        say(&format!("{root}: all runs are done and merged; next: {next}"))?;
        return Ok(true);
    }
    if missing.is_empty() {
        let next = format!("hashflight merge {word} && hashflight report {word}");
        say(&format!("{root}: nothing is missing; next: {next}"))?;
        return Ok(true);
    }
    Ok(false)
}

/// Says what is to be known of a folder before it is submitted.
fn warn_of_place(folder: &Folder) {
    if let Some(kind) = local_file_system(folder.root()) {
        complain(&format!(
            "warning: {} is on {kind}, a file system of this machine alone; \
             nodes of a cluster must all see the results folder",
            folder.root().display()
        ));
    }
    if folder.plan.stopping.is_some() {
        complain(
            "the experiment stops by precision: this is one round; when it is done, submit again, \
             until nothing is missing",
        );
    }
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

    /// Hands out the script of an engine that is not called here: to a file, or alone on standard
    /// output, so that it can be piped.
    fn hand_out(
        &self,
        engine: Engine,
        wishes: &Wishes,
        folder: &Folder,
        arguments: &Arguments,
    ) -> Result<(), Failure> {
        let Self { place, resources, table, .. } = self;
        let order = Order { place, resources, wishes, tasks: table.len() };
        let text = engines::script(engine, &order);
        let written = if arguments.dry_run { "is not written" } else { "is written" };
        let Some(path) = &arguments.script else {
            complain(&self.describe(folder));
            complain(&format!("the table {written}; the script is printed, not submitted"));
            return say(text.trim_end());
        };
        write_script(path, &text)?;
        say(&self.describe(folder))?;
        say(&format!("the table {written}; the script is in {}, not submitted", path.display()))
    }

    /// Prints scripts, calls and tasks.
    fn print(&self, folder: &Folder) -> Result<(), Failure> {
        say(&self.describe(folder))?;
        for (name, text) in self.scripts() {
            say(&format!("\n=== {}\n{}", self.place.file(name).display(), text.trim_end()))?;
        }
        say("\n=== tasks, with their shards")?;
        for (task, shards) in self.table.tasks.iter().enumerate() {
            let shards: Vec<_> = shards.iter().map(u32::to_string).collect();
            say(&format!("{task}: {}", shards.join(" ")))?;
        }
        say("\n=== calls")?;
        let jobs: Vec<_> = (0..self.arrays.len()).map(|part| format!("JOB{part}")).collect();
        for array in &self.arrays {
            let words = slurm::array_words(&self.place, &self.resources, array, &jobs);
            say(&format!("sbatch --parsable {}", quoted_line(&words)))?;
        }
        let words = slurm::merge_words(&self.place, &self.resources, &jobs);
        say(&format!("sbatch --parsable {}", quoted_line(&words)))
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

    /// Writes everything down, hands it over job by job, and notes the numbers as they come: names
    /// first, so that a submission that is cut short is still found in the queue.
    fn submit(
        &self,
        folder: &Folder,
        scheduler: &Scheduler,
        program: &[u8],
    ) -> Result<(), Failure> {
        let (place, mut jobs) = (&self.place, self.announced());
        let names: Vec<_> = jobs.jobs.iter().map(|job| job.name.clone()).collect();
        let before = scheduler.known(&names)?;
        say(&self.describe(folder))?;
        place.create(&self.table, program)?;
        for (name, text) in self.scripts() {
            place.write(name, &text)?;
        }
        place.keep_jobs(&jobs)?;
        let mut numbers = Vec::new();
        for index in 0..jobs.jobs.len() {
            let name = jobs.jobs[index].name.clone();
            let words = self.arrays.get(index).map_or_else(
                || slurm::merge_words(place, &self.resources, &numbers),
                |array| slurm::array_words(place, &self.resources, array, &numbers),
            );
            let number = scheduler
                .submit(Path::new(&place.root), &name, &words, &before)
                .map_err(|error| cut_short(folder, error, &numbers))?;
            say(&format!("  job {number}  {name}"))?;
            jobs.jobs[index].job = Some(number.clone());
            place.keep_jobs(&jobs)?;
            numbers.push(number);
        }
        let root = quoted(&folder.root().display().to_string());
        say(&format!("logs in {}; `hashflight status {root}` says how far it is", self.logs()))
    }

    fn logs(&self) -> String {
        Path::new(&self.place.root).join(self.place.folder()).join("logs").display().to_string()
    }
}

/// What is said when a job was not taken: which ones before it were.
fn cut_short(folder: &Folder, error: Error, taken: &[String]) -> Failure {
    let Failure { code, message } = Failure::from(error);
    if taken.is_empty() {
        return Failure::new(code, format!("{message}\nnothing was submitted"));
    }
    let (root, taken) = (quoted(&folder.root().display().to_string()), taken.join(", "));
    let message = format!(
        "{message}\nonly a part was submitted: jobs {taken}; `hashflight submit --cancel {root}` \
         takes them off the queue"
    );
    Failure::new(code, message)
}

/// Writes a script to a file that the user named.
fn write_script(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        Failure::new(INPUT, format!("--script {}: expected the name of a file", path.display()))
    })?;
    if path.is_dir() {
        let problem = format!("--script {}: that is a folder", path.display());
        return Err(Failure::new(INPUT, problem));
    }
    let write =
        |file: &mut std::fs::File| file.write_all(text.as_bytes()).map_err(Error::disk(path));
    Ok(replace(folder.unwrap_or(Path::new(".")), name, write)?)
}
