//! `hindcast`: a window of history against the model and the null models.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{ExperimentArguments, heed, invocation, parse_share, threads};
use super::failure::Failure;
use super::output::{say, say_json};
use super::run::{complete, parse_threads};
use crate::history::hindcast::one_step::one_step_error;
use crate::history::hindcast::{Hindcast, OneStep, WindowRequest};
use crate::report::analyses::hindcast_score;
use crate::report::hindcast::{json, text};
use crate::study::execution::runner::ShardShare;

/// Arguments of `hindcast`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    experiment: ExperimentArguments,
    /// History, one row per difficulty epoch, as `import` writes it [default: what the experiment names]
    #[arg(long, value_name = "HISTORY.csv")]
    data: Option<PathBuf>,
    /// First difficulty epoch [default: the experiment's]
    #[arg(long, value_name = "E")]
    from: Option<u32>,
    /// Last difficulty epoch [default: the experiment's]
    #[arg(long, value_name = "E")]
    to: Option<u32>,
    /// Results folder [default: results/<name of the experiment>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Worker threads [default: `SLURM_CPUS_PER_TASK`, or all there are]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// Runs only part I of N, 0 <= I < N; the part that finds all others done merges and scores
    #[arg(long, value_name = "I/N", value_parser = parse_share)]
    shard: Option<ShardShare>,
    /// Forecasts every epoch from the end of the one before, too: as many short runs again
    #[arg(long, conflicts_with = "shard")]
    one_step: bool,
    /// Starts over: removes the results that are there
    #[arg(long)]
    fresh: bool,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs a hindcast and prints its scores.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let window =
        WindowRequest { data: arguments.data.clone(), from: arguments.from, to: arguments.to };
    let (file, overrides) = (&arguments.experiment.experiment, arguments.experiment.overrides());
    let hindcast = Hindcast::load(file, &window, &overrides)?;
    heed(&hindcast.experiment.warnings, arguments.experiment.strict)?;
    let root = arguments.out.clone();
    let root = root.unwrap_or_else(|| Path::new("results").join(&hindcast.experiment.name));
    let invocation = invocation(threads(arguments.threads));
    complete(&hindcast.experiment, &root, arguments.shard, arguments.fresh, &invocation)?;
    let one_step = if arguments.one_step {
        let steps = OneStep::from_hindcast(&hindcast, file, &window, &overrides)?;
        let folder = root.join("one-step");
        complete(&steps.experiment, &folder, None, arguments.fresh, &invocation)?;
        Some(one_step_error(&steps, &folder)?)
    } else {
        None
    };
    let board = hindcast_score(&hindcast, &root, one_step, &invocation.command)?;
    if arguments.json { say_json(&json(&board)) } else { say(&text(&board)) }
}
