//! `plan`: what an experiment will cost.

use clap::Args;

use super::arguments::{ExperimentArguments, threads};
use super::failure::Failure;
use super::output::{duration, say, say_json};
use crate::experiment::Plan;
use crate::experiment::cost::{Cost, measure};
use crate::simulation;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    experiment: ExperimentArguments,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

/// Measures two runs and extrapolates.
pub fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let experiment = arguments.experiment.load()?;
    let (plan, _) = Plan::of(&experiment)?;
    let cost = measure(&experiment, &plan, &simulation::run, threads(None))?;
    if arguments.json { say_json(&cost) } else { say(&describe(&cost)) }
}

fn describe(cost: &Cost) -> String {
    let megabytes = cost.bytes as f64 / 1e6;
    let memory = cost.memory_mb.map_or_else(|| "unknown".to_owned(), |mb| format!("{mb:.0} MB"));
    format!(
        "{}: {} scenarios ({}) × {} replicates = {} runs\n\
         time per run  {} (from {} runs)\n\
         time in all   {} on {} threads ({:.2} core hours)\n\
         memory        {memory}\n\
         results       {megabytes:.1} MB in {} files (up to {} small ones on the way)",
        cost.experiment,
        cost.scenarios.len(),
        cost.scenarios.join(", "),
        cost.replicates,
        cost.runs,
        duration(cost.seconds_per_run),
        cost.measured_runs,
        duration(cost.hours * 3600.0),
        cost.threads,
        cost.core_hours,
        cost.files,
        cost.shard_files,
    )
}
