//! `run`: from an experiment file to merged results and figures.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::arguments::{ExperimentArguments, invocation, parse_share, threads};
use super::attempt::{TaskTime, finished, heal, recorded, run_missing};
use super::failure::{Failure, WORK_LEFT};
use super::output::{complain, duration, say};
use super::task::{self, TaskArguments};
use super::watch::Watch;
use crate::report::{REPORT, ReportRecord, report};
use crate::study::cluster::submission::refuse_to_clear;
use crate::study::execution::complete::{self, refuse_another_binary};
use crate::study::execution::runner::{Part, ShardShare};
use crate::study::experiment::Experiment;
use crate::study::results::explain::{ScenarioStatus, explain};
use crate::study::results::folder::Folder;
use crate::study::results::merge::merge;
use crate::study::results::plan::Plan;
use crate::study::results::provenance::Invocation;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
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
    shard: Option<ShardShare>,
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
pub(crate) fn parse_threads(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|threads| (1..=4096).contains(threads));
    number.ok_or_else(|| "expected a whole number from 1 to 4096".to_owned())
}

/// Runs an experiment.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(submission) = arguments.task.submission {
        let results = &arguments.experiment.experiment;
        return task::execute(results, submission, &arguments.task, threads(arguments.threads));
    }
    let experiment = arguments.experiment.load()?;
    let root = arguments.out.clone();
    let root = root.unwrap_or_else(|| Path::new("results").join(&experiment.name));
    if arguments.explain {
        return say_statuses(&explain(&root, &Plan::from_experiment(&experiment)?.0)?);
    }
    let invocation = invocation(threads(arguments.threads));
    let folder = prepare(&experiment, &root, arguments.standing.fresh)?;
    let share = arguments.shard.unwrap_or(ShardShare::WHOLE);
    heal(&folder, &|shard| share.has(shard))?;
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
pub(super) fn prepare(
    experiment: &Experiment,
    root: &Path,
    fresh: bool,
) -> Result<Folder, Failure> {
    let (plan, inputs) = Plan::from_experiment(experiment)?;
    if fresh {
        refuse_to_clear(root)?;
    }
    Ok(Folder::prepare(root, plan, &inputs, fresh)?)
}

/// Runs everything that is missing, merges, and reports.
pub(crate) fn run_whole(
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
    let attempt = run_missing(folder, &Part::Share(ShardShare::WHOLE), TaskTime::FREE, invocation)?;
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
pub(super) fn complete(
    experiment: &Experiment,
    root: &Path,
    share: Option<ShardShare>,
    fresh: bool,
    invocation: &Invocation,
) -> Result<(), Failure> {
    if fresh {
        prepare(experiment, root, fresh)?;
    }
    let watch = Watch::begin(None)?;
    let share = share.unwrap_or(ShardShare::WHOLE);
    finished(complete::complete(experiment, root, share, invocation, &watch)?, root, &watch)
}

/// Runs a part and leaves its shards.
fn run_share(folder: &Folder, share: ShardShare, invocation: &Invocation) -> Result<(), Failure> {
    let root = folder.root().display();
    if folder.manifest()?.is_some() {
        say(&format!("{root}: all runs are done and merged"))?;
        return recorded(&folder.failures()?);
    }
    let attempt = run_missing(folder, &Part::Share(share), TaskTime::FREE, invocation)?;
    let ShardShare { index, of } = share;
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

/// Forgets recorded failures, so that they are run again.
fn retry_failed(folder: &Folder) -> Result<(), Failure> {
    let shards = complete::retry_failed(folder)?;
    say(&format!("{}: {shards} shards with failed runs are run again", folder.root().display()))
}

/// Says what of every scenario is there.
fn say_statuses(statuses: &[ScenarioStatus]) -> Result<(), Failure> {
    let line = |status: &ScenarioStatus| {
        let ScenarioStatus { scenario, done, failed, missing, stale } = status;
        let state = match (missing, done) {
            _ if !stale.is_empty() => format!("stale: {}", stale.join("; ")),
            (0, _) => format!("{done} done"),
            (_, 0) => format!("{missing} missing"),
            _ => format!("{done} done, {missing} missing"),
        };
        let failed = if *failed > 0 { format!(", {failed} of them failed") } else { String::new() };
        format!("{scenario}: {state}{failed}")
    };
    say(&statuses.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// A text between empty lines; nothing of nothing.
fn apart(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\n{}\n\n", text.trim_end()) }
}

/// Writes the report and says what it shows.
pub(crate) fn write_report(root: &Path) -> Result<(), Failure> {
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
        "{}\n{}{}{drawn} figures in {}; {tables} tables and summaries in {place}",
        written.headline_text.trim_end(),
        apart(&written.attack_costs_text),
        apart(&written.variance_text),
        figures.display()
    ))
}
