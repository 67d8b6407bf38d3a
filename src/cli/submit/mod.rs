//! `submit`: what is missing, handed to a cluster.

mod arguments;

use std::path::Path;

pub(super) use arguments::Arguments;

use super::failure::{Failure, INPUT};
use super::output::{complain, duration, say};
use super::watch::say_damaged;
use crate::files::quoting::{quoted, quoted_line};
use crate::study::cluster::engine::Engine;
use crate::study::cluster::scheduler::Scheduler;
use crate::study::cluster::submission::{
    self, Doubt, Notice, Prepared, Request, Submission, SubmissionStep, listed, prepare, way_out,
    write_script,
};
use crate::study::execution::complete;
use crate::study::results::seal::Damage;

/// Submits the missing shards, or prints how it would.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(root) = arguments.to_cancel() {
        return cancel(root);
    }
    let request = arguments.request();
    request.check()?;
    if request.engine == Engine::Slurm && arguments.script.is_some() {
        let problem = "--script: Slurm's scripts are kept in submissions/ of the results folder; \
                       --dry-run shows them";
        return Err(Failure::new(INPUT, problem));
    }
    let subject = arguments.subject(&request)?;
    let (scheduler, root) = (Scheduler::default(), subject.folder.root());
    let shown = root.display();
    let word = quoted(&shown.to_string());
    match prepare(&subject, &request, &scheduler, &Voice { root })? {
        Prepared::Merged => {
            say(&format!("{shown}: all runs are done and merged; next: hashflight report {word}"))
        }
        Prepared::Done => {
            let next = format!("hashflight merge {word} && hashflight report {word}");
            say(&format!("{shown}: nothing is missing; next: {next}"))
        }
        Prepared::Submission(submission) => match (request.engine, request.shown) {
            (Engine::Slurm, true) => print(&submission, root),
            (Engine::Slurm, false) => submit(&submission, root, &scheduler),
            _ => hand_out(&submission, root, &request, arguments.script.as_deref()),
        },
    }
}

/// Takes the jobs of a results folder off the queue.
fn cancel(root: &Path) -> Result<(), Failure> {
    let jobs = submission::cancel(root, &Scheduler::default())?;
    let shown = root.display();
    if jobs.is_empty() {
        return say(&format!("{shown}: no jobs are queued"));
    }
    say(&format!("{shown}: cancelled jobs {}; what they published is kept", listed(&jobs)))
}

/// Says what is to be known of a submission of this results folder.
struct Voice<'a> {
    root: &'a Path,
}

impl complete::Observer for Voice<'_> {
    fn damaged(&self, damages: &[Damage]) {
        say_damaged(damages);
    }
}

impl submission::SubmissionObserver for Voice<'_> {
    fn notices(&self, notice: &Notice) {
        complain(&match notice {
            Notice::LocalFileSystem(kind) => format!(
                "warning: {} is on {kind}, a file system of this machine alone; nodes of a cluster \
                 must all see the results folder",
                self.root.display()
            ),
            Notice::OneRound => "the experiment stops by precision: this is one round; when it is \
                                 done, submit again, until nothing is missing"
                .to_owned(),
            Notice::Stuck(jobs) => format!(
                "warning: Slurm holds what is left of jobs {}, and will not run it: it is submitted \
                 anew; `{}` takes it off the queue",
                listed(jobs),
                way_out(self.root)
            ),
            Notice::Doubt(doubt) => format!("warning: {}", words_of(doubt)),
        });
    }
}

fn words_of(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Memory { given, job, needed_mb, enough } => {
            format!("--mem {given}: {job} takes about {needed_mb:.0} MB; --mem {enough} would do")
        }
        Doubt::Time { run, task } => format!(
            "a run takes about {}, and a task has {}: it would never finish one; give more --time",
            duration(*run),
            duration(*task)
        ),
    }
}

fn describe(submission: &Submission, root: &Path) -> String {
    let time = submission.task_seconds();
    let time = time.map_or_else(String::new, |time| format!(" of about {}", duration(time)));
    format!(
        "{}: submission {:03}: {} of {} shards are missing, {} tasks{time}",
        root.display(),
        submission.place.number,
        submission.table.shards(),
        submission.shards,
        submission.table.len(),
    )
}

/// Hands out the script of an engine that is not called here: to a file, or alone on standard
/// output, so that it can be piped.
fn hand_out(
    submission: &Submission,
    root: &Path,
    request: &Request,
    path: Option<&Path>,
) -> Result<(), Failure> {
    if !request.shown {
        submission.keep()?;
    }
    let text = submission.script(request);
    let written = if request.shown { "is not written" } else { "is written" };
    let Some(path) = path else {
        complain(&describe(submission, root));
        complain(&format!("the table {written}; the script is printed, not submitted"));
        return say(text.trim_end());
    };
    write_script(path, &text)?;
    say(&describe(submission, root))?;
    say(&format!("the table {written}; the script is in {}, not submitted", path.display()))
}

/// Prints scripts, calls and tasks.
fn print(submission: &Submission, root: &Path) -> Result<(), Failure> {
    say(&describe(submission, root))?;
    for (name, text) in submission.scripts() {
        let file = submission.place.file(name);
        say(&format!("\n=== {}\n{}", file.display(), text.trim_end()))?;
    }
    say("\n=== tasks, with their shards")?;
    for (task, shards) in submission.table.tasks.iter().enumerate() {
        let shards: Vec<_> = shards.iter().map(u32::to_string).collect();
        say(&format!("{task}: {}", shards.join(" ")))?;
    }
    say("\n=== calls")?;
    for words in submission.calls() {
        say(&format!("sbatch --parsable {}", quoted_line(&words)))?;
    }
    Ok(())
}

/// Hands everything over and says which jobs there are.
fn submit(submission: &Submission, root: &Path, scheduler: &Scheduler) -> Result<(), Failure> {
    submission.submit(root, scheduler, &mut |step| match step {
        SubmissionStep::Begins => say(&describe(submission, root)),
        SubmissionStep::Taken { number, name } => say(&format!("  job {number}  {name}")),
    })?;
    let (logs, root) = (submission.logs(), quoted(&root.display().to_string()));
    let logs = logs.display();
    say(&format!("logs in {logs}; `hashflight status {root}` says how far it is"))
}
