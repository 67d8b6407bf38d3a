//! `plan`: what an experiment will cost.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{ExperimentArguments, threads};
use super::failure::{Failure, INPUT};
use super::output::{duration, say, say_json};
use crate::report::write_whole;
use crate::study::execution::cost::{Cost, measure};
use crate::study::results::plan::Plan;
use crate::world::simulation;

/// Scenarios named in the text.
const NAMED: usize = 6;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    experiment: ExperimentArguments,
    /// Writes the points of the experiment's designs
    #[arg(long, value_name = "D.csv")]
    design: Option<PathBuf>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

/// Measures a few runs and extrapolates.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let experiment = arguments.experiment.load()?;
    let (plan, inputs) = Plan::from_experiment(&experiment)?;
    if let Some(path) = &arguments.design {
        write_design(&plan, path)?;
    }
    let cost = measure(&plan, &inputs, &simulation::run, threads(None))?;
    if arguments.json { say_json(&cost) } else { say(&describe(&cost, plan.stopping.is_some())) }
}

fn write_design(plan: &Plan, path: &Path) -> Result<(), Failure> {
    if plan.designs.is_empty() {
        let problem = format!("--design {}: the experiment has no [[design]]", path.display());
        return Err(Failure::new(INPUT, problem));
    }
    Ok(write_whole(path, plan.design_csv().as_bytes())?)
}

fn describe(cost: &Cost, stops: bool) -> String {
    let most = if stops { "at most " } else { "" };
    let names = &cost.scenarios;
    let scenarios = match &names[..] {
        [first, .., last] if names.len() > NAMED => format!("{first} … {last}"),
        _ => names.join(", "),
    };
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let memory =
        |mb: Option<f64>| mb.map_or_else(|| "unknown".to_owned(), |mb| format!("{mb:.0} MB"));
    format!(
        "{}: {} scenarios ({}) × {most}{} replicates = {most}{} runs\n\
         time per run  {} of a processor (from {} runs)\n\
         time in all   {} on {} threads ({:.2} CPU hours)\n\
         memory        {}; merge {}, report {}\n\
         results       {:.1} MB in {} files; figures, tables and summaries about {:.1} MB more\n\
         disk          {:.1} MB while merging, in up to {} files\n\
         shards        {} of {} runs, {} each\n\
         on a cluster  {} tasks of {} on one core",
        cost.experiment,
        cost.scenarios.len(),
        scenarios,
        cost.replicates,
        cost.runs,
        duration(cost.seconds_per_run),
        cost.measured_runs,
        duration(cost.hours * 3600.0),
        cost.threads,
        cost.core_hours,
        memory(cost.memory_mb),
        memory(cost.merge_memory_mb),
        memory(cost.report_memory_mb),
        megabytes(cost.bytes),
        cost.files,
        megabytes(cost.report_bytes),
        megabytes(cost.merge_bytes),
        cost.shard_files,
        cost.shards,
        cost.runs_per_shard,
        duration(cost.minutes_per_shard * 60.0),
        cost.tasks,
        duration(cost.minutes_per_task * 60.0),
    )
}
