//! `run`: from an experiment file to merged results and figures.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::{ExperimentArguments, invocation, parse_share, threads};
use super::deadline::Deadline;
use super::failure::{FAILED, Failure, INPUT, WORK_LEFT};
use super::interrupt::Interrupt;
use super::output::{complain, duration, say};
use super::submit::refuse_to_clear;
use super::task::{self, TaskArguments, TaskTime};
use crate::report::{REPORT, ReportRecord, report};
use crate::study::error::Error;
use crate::study::execution::runner::{self, Attempt, Job, Part, Share};
use crate::study::experiment::Experiment;
use crate::study::results::explain::{Standing, explain};
use crate::study::results::folder::Folder;
use crate::study::results::merge::merge;
use crate::study::results::plan::Plan;
use crate::study::results::provenance::{Invocation, binary};
use crate::study::results::receipt::{Failure as FailedRun, History};
use crate::world::simulation;

/// Failed runs named in the message.
const NAMED: usize = 10;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    experiment: ExperimentArguments,
    /// Results folder [default: results/<name of the experiment>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Worker threads [default: `SLURM_CPUS_PER_TASK`, or all there are]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// Runs only part I of N, 0 <= I < N, and leaves merging to `merge`
    #[arg(long, value_name = "I/N", value_parser = parse_share)]
    shard: Option<Share>,
    #[command(flatten)]
    standing: StandingResults,
    /// Says for every scenario what is done, missing, failed or stale, and why; runs nothing
    #[arg(long)]
    explain: bool,
    /// Leaves figures, tables and the summary to `report`
    #[arg(long)]
    no_report: bool,
    #[command(flatten)]
    task: TaskArguments,
}

/// What to do with results that are there.
#[derive(Debug, Args)]
struct StandingResults {
    /// Starts over: removes the results that are there
    #[arg(long)]
    fresh: bool,
    /// Runs again what failed, unless the results are merged
    #[arg(long)]
    retry_failed: bool,
    /// Continues runs that another build of this program began
    #[arg(long)]
    allow_binary_change: bool,
}

/// Reads a number of worker threads.
pub fn parse_threads(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|threads| (1..=4096).contains(threads));
    number.ok_or_else(|| "expected a whole number from 1 to 4096".to_owned())
}

/// Runs an experiment.
pub fn execute(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(submission) = arguments.task.submission {
        let results = &arguments.experiment.experiment;
        return task::execute(results, submission, &arguments.task, threads(arguments.threads));
    }
    let experiment = arguments.experiment.load()?;
    let root = arguments.out.clone();
    let root = root.unwrap_or_else(|| Path::new("results").join(&experiment.name));
    if arguments.explain {
        return say_standings(&explain(&root, &Plan::of(&experiment)?.0)?);
    }
    let invocation = invocation(threads(arguments.threads));
    let folder = prepare(&experiment, &root, arguments.standing.fresh)?;
    let share = arguments.shard.unwrap_or(Share::WHOLE);
    heal(&folder, |shard| share.has(shard))?;
    if !arguments.standing.allow_binary_change {
        refuse_another_binary(&folder)?;
    }
    if arguments.standing.retry_failed {
        retry_failed(&folder)?;
    }
    match arguments.shard {
        Some(share) => run_share(&folder, share, &invocation),
        None => run_whole(&folder, &invocation, !arguments.no_report),
    }
}

/// Makes a results folder ready for an experiment.
pub fn prepare(experiment: &Experiment, root: &Path, fresh: bool) -> Result<Folder, Failure> {
    let (plan, inputs) = Plan::of(experiment)?;
    if fresh {
        refuse_to_clear(root)?;
    }
    Ok(Folder::prepare(root, plan, &inputs, fresh)?)
}

/// Sets aside what is damaged, and says so: it is run again.
pub fn heal(folder: &Folder, mine: impl Fn(u32) -> bool) -> Result<(), Failure> {
    let damages = folder.heal(mine)?;
    for damage in damages.iter().take(NAMED) {
        complain(&format!("{damage}; it is set aside and made again"));
    }
    if damages.len() > NAMED {
        complain(&format!("… and {} more damaged files", damages.len() - NAMED));
    }
    Ok(())
}

/// Runs everything that is missing, merges, and reports.
pub fn run_whole(
    folder: &Folder,
    invocation: &Invocation,
    with_report: bool,
) -> Result<(), Failure> {
    let root = folder.root().display();
    if folder.manifest()?.is_some() {
        let proof = merge(folder, invocation, Duration::ZERO)?;
        say(&format!("{root}: all {} runs are done and merged", proof.units))?;
        if with_report && proof.units > 0 && !ReportRecord::is_current(folder.root()) {
            write_report(folder.root())?;
        }
        return recorded(&proof.failures);
    }
    let attempt = run_missing(folder, &Part::Share(Share::WHOLE), TaskTime::FREE, invocation)?;
    let proof = merge(folder, invocation, attempt.wall)?;
    let time = duration(attempt.wall.as_secs_f64());
    say(&format!("{root}: {} runs merged, {} of them in {time}", proof.units, attempt.units))?;
    if with_report && proof.units > 0 {
        write_report(folder.root())?;
    }
    recorded(&proof.failures)
}

/// Runs what is missing of an experiment, or a share of it, and merges once nothing is missing.
///
/// Work that is left to other shares is a failure, so that nobody reads what is not there yet.
pub fn complete(
    experiment: &Experiment,
    root: &Path,
    share: Option<Share>,
    fresh: bool,
    invocation: &Invocation,
) -> Result<(), Failure> {
    let folder = prepare(experiment, root, fresh)?;
    let part = share.unwrap_or(Share::WHOLE);
    heal(&folder, |shard| part.has(shard))?;
    if folder.manifest()?.is_some() {
        return recorded(&folder.failures()?);
    }
    refuse_another_binary(&folder)?;
    let part = Part::Share(part);
    let attempt = run_missing(&folder, &part, TaskTime::FREE, invocation)?;
    let left = folder.missing_shards()?.len();
    if left > 0 {
        let message = format!("{}: {left} shards of other parts are missing", root.display());
        return Err(Failure::new(WORK_LEFT, message));
    }
    recorded(&merge(&folder, invocation, attempt.wall)?.failures)
}

/// Runs a part and leaves its shards.
fn run_share(folder: &Folder, share: Share, invocation: &Invocation) -> Result<(), Failure> {
    let root = folder.root().display();
    if folder.manifest()?.is_some() {
        say(&format!("{root}: all runs are done and merged"))?;
        return recorded(&folder.failures()?);
    }
    let attempt = run_missing(folder, &Part::Share(share), TaskTime::FREE, invocation)?;
    let Share { index, of } = share;
    let left = folder.missing_shards()?.len();
    say(&format!(
        "{root}: part {index}/{of} is done ({} runs now); {left} shards of other parts are missing",
        attempt.units
    ))?;
    let failures = folder.failures()?.into_iter().filter(|failure| share.has(failure.shard));
    recorded(&failures.collect::<Vec<_>>())?;
    if left > 0 && folder.plan.stopping.is_some() {
        let message = "whether this part has more to do is known once the others are done; the same \
                       command then continues";
        return Err(Failure::new(WORK_LEFT, message));
    }
    Ok(())
}

/// Runs the missing shards of a part, with a progress bar and an ear for signals. In a task, the end
/// of its time, which an early sign announces, is no failure: what it left is in the attempt.
pub fn run_missing(
    folder: &Folder,
    part: &Part,
    time: TaskTime,
    invocation: &Invocation,
) -> Result<Attempt, Failure> {
    let deadline = Deadline::set(time.limit);
    let interrupt = Interrupt::listen()?;
    let rounds = folder.rounds()?;
    let mine = folder.missing_of(&rounds)?.into_iter().filter(|&shard| part.has(shard));
    let units: usize = mine.map(|shard| rounds.units(&folder.plan, shard).count()).sum();
    let bar = progress_bar(units as u64);
    let attempt = runner::run(&Job {
        folder,
        simulate: &|setup, seed, replicate, miners| {
            let trajectory = simulation::run(setup, seed, replicate, miners);
            deadline.note();
            trajectory
        },
        part,
        budget: time.budget,
        invocation,
        stop: &|| interrupt.exit_code().is_some(),
        on_unit: &|| bar.inc(1),
    });
    drop(deadline);
    bar.finish_and_clear();
    let attempt = attempt?;
    let in_task = matches!(part, Part::Task { .. });
    match interrupt.exit_code() {
        Some(WORK_LEFT) if in_task => Ok(attempt),
        Some(code) if attempt.left > 0 => Err(Failure::new(
            code,
            format!(
                "interrupted; {} runs are kept in {}, and the same command continues",
                attempt.units,
                folder.root().display()
            ),
        )),
        _ => Ok(attempt),
    }
}

/// Names the runs that failed, if any did.
pub fn recorded(failures: &[FailedRun]) -> Result<(), Failure> {
    if failures.is_empty() {
        return Ok(());
    }
    let mut lines =
        vec![format!("{} runs failed and are recorded; the others are kept", failures.len())];
    lines.extend(failures.iter().take(NAMED).map(|failure| format!("  {failure}")));
    if failures.len() > NAMED {
        lines.push("  … the rest is in receipts/".to_owned());
    }
    Err(Failure::new(FAILED, lines.join("\n")))
}

/// Refuses to continue what another build of the program began.
pub fn refuse_another_binary(folder: &Folder) -> Result<(), Failure> {
    let history = History::read(&folder.receipts());
    let before = history.binaries;
    let here = binary().unwrap_or_default();
    if folder.is_untouched()? || folder.manifest()?.is_some() || before.contains(&here) {
        return Ok(());
    }
    let Some(there) = before.first() else {
        let spoilt = history.damaged.into_iter().next();
        let what = spoilt.as_ref().map_or("is not there or empty".to_owned(), |(_, line)| {
            format!("has a damaged line {line}")
        });
        let file = spoilt.map_or_else(|| folder.receipts(), |(file, _)| file);
        let problem = format!(
            "what tells which program made the runs that are there {what}: --allow-binary-change if \
             it was this one, or --fresh to start over"
        );
        return Err(Error::Damaged { file, problem }.into());
    };
    let (root, there) = (folder.root().to_owned(), there.chars().take(12).collect());
    Err(Error::AnotherBinary { folder: root, there }.into())
}

/// Forgets recorded failures, so that they are run again.
fn retry_failed(folder: &Folder) -> Result<(), Failure> {
    if folder.manifest()?.is_some() && !folder.failures()?.is_empty() {
        let root = folder.root().display();
        let problem = format!("{root}: --retry-failed: the results are merged; use --fresh");
        return Err(Failure::new(INPUT, problem));
    }
    let shards = folder.forget_failures()?;
    say(&format!("{}: {shards} shards with failed runs are run again", folder.root().display()))
}

/// Says what of every scenario is there.
fn say_standings(standings: &[Standing]) -> Result<(), Failure> {
    let line = |standing: &Standing| {
        let Standing { scenario, done, failed, missing, stale } = standing;
        let state = match (missing, done) {
            _ if !stale.is_empty() => format!("stale: {}", stale.join("; ")),
            (0, _) => format!("{done} done"),
            (_, 0) => format!("{missing} missing"),
            _ => format!("{done} done, {missing} missing"),
        };
        let failed = if *failed > 0 { format!(", {failed} of them failed") } else { String::new() };
        format!("{scenario}: {state}{failed}")
    };
    say(&standings.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// A bar on standard error that shows nothing unless it is a terminal.
fn progress_bar(units: u64) -> ProgressBar {
    let template = "{bar:40} {pos}/{len} runs, {elapsed} gone, {eta} to go";
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(units);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Writes the report and says what it shows.
pub fn write_report(root: &Path) -> Result<(), Failure> {
    let written = report(root)?;
    for note in &written.notes {
        complain(note);
    }
    let figures = root.join("figures");
    let ends = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "svg");
    let drawn = written.files.iter().filter(ends).count();
    let others = |file: &&PathBuf| !file.starts_with(&figures) && !file.ends_with(REPORT);
    let tables = written.files.iter().filter(others).count();
    let place = root.display();
    say(&format!(
        "{}\n{drawn} figures in {}; {tables} tables and summaries in {place}",
        written.headline_text.trim_end(),
        figures.display()
    ))
}
