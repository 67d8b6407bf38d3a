//! `hindcast`: a window of history against the model and the null models.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{ExperimentArguments, heed, invocation, parse_share, threads};
use super::failure::Failure;
use super::output::{say, say_json};
use super::run::{complete, parse_threads};
use crate::history::hindcast::matched_start::MatchedStart;
use crate::history::hindcast::one_step::one_step_error;
use crate::history::hindcast::rolling::{Beginnings, LATEST, Rolling, RollingRequest};
use crate::history::hindcast::{Hindcast, OneStep, WindowRequest};
use crate::report::analyses::{hindcast_score, rolling_score, write_matched};
use crate::report::hindcast::{json, matched_text, rolling_json, rolling_text, text};
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
    /// Forecasts from many epochs, FROM, FROM + STEP, … up to TO, and scores by horizon
    #[arg(long, value_name = "FROM:TO:STEP", value_parser = Beginnings::parse, conflicts_with_all = ["from", "to", "one_step"])]
    rolling: Option<Beginnings>,
    /// Horizons of --rolling in epochs [default: 1,12,26,52,78]
    #[arg(long, value_name = "H,…", value_delimiter = ',', requires = "rolling", value_parser = clap::value_parser!(u32).range(1..=LONGEST))]
    horizons: Option<Vec<u32>>,
    /// Epochs before each beginning from which paths start, to be weighed by how they kept to what was measured since
    #[arg(long, value_name = "N", requires = "rolling", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=LONGEST))]
    spin_up: u32,
    /// Paths of each beginning of --rolling [default: the experiment's replicates]
    #[arg(long, value_name = "N", requires = "rolling", conflicts_with = "replicates", value_parser = clap::value_parser!(u32).range(1..=MOST_PATHS))]
    paths: Option<u32>,
    /// Writes so many draws of the state in which the paths that kept to history end, from which an experiment can start
    #[arg(long, value_name = "DRAWS", conflicts_with = "rolling", value_parser = clap::value_parser!(u32).range(1..=MOST_DRAWS))]
    r#match: Option<u32>,
    /// Starts over: removes the results that are there
    #[arg(long)]
    fresh: bool,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

/// Longest horizon and spin-up, epochs.
const LONGEST: i64 = LATEST as i64;
/// Most paths of a beginning.
const MOST_PATHS: i64 = 1_000_000;
/// Most draws of --match.
const MOST_DRAWS: i64 = 100_000;
/// Horizons where none are named.
const HORIZONS: [u32; 5] = [1, 12, 26, 52, 78];

/// Runs a hindcast and prints its scores.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let (data, from, to) = (arguments.data.clone(), arguments.from, arguments.to);
    // The state is that of the last epoch's end, and forecasts are scored by epochs.
    let within_history = arguments.rolling.is_some() || arguments.r#match.is_some();
    let window = WindowRequest { data, from, to, within_history };
    if let Some(beginnings) = arguments.rolling {
        return roll(arguments, &window, beginnings);
    }
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
    if arguments.json {
        say_json(&json(&board))?;
    } else {
        say(&text(&board))?;
    }
    let Some(draws) = arguments.r#match else { return Ok(()) };
    let start = MatchedStart::from_results(&hindcast, &root)?;
    let file = write_matched(&hindcast, &start, draws as usize, &root)?;
    if arguments.json {
        return Ok(());
    }
    say(&format!("\n{}\n{draws} draws in {}", matched_text(&start), file.display()))
}

/// Runs a hindcast from many beginnings and prints its scores by horizon.
fn roll(
    arguments: &Arguments,
    window: &WindowRequest,
    beginnings: Beginnings,
) -> Result<(), Failure> {
    let mut horizons = arguments.horizons.clone().unwrap_or_else(|| HORIZONS.to_vec());
    horizons.sort_unstable();
    horizons.dedup();
    let (spin_up, paths) = (arguments.spin_up, arguments.paths);
    let request = RollingRequest { beginnings, horizons, spin_up, paths };
    let (file, overrides) = (&arguments.experiment.experiment, arguments.experiment.overrides());
    let rolling = Rolling::load(file, window, &overrides, &request)?;
    heed(&rolling.experiment.warnings, arguments.experiment.strict)?;
    let root = arguments.out.clone();
    let root = root.unwrap_or_else(|| Path::new("results").join(&rolling.experiment.name));
    let invocation = invocation(threads(arguments.threads));
    complete(&rolling.experiment, &root, arguments.shard, arguments.fresh, &invocation)?;
    let board = rolling_score(&rolling, &root, &invocation.command)?;
    if arguments.json { say_json(&rolling_json(&board)) } else { say(&rolling_text(&board)) }
}
