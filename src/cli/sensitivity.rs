//! `sensitivity`: which factors of a design an output depends on.

use clap::Args;

use super::arguments::invocation;
use super::failure::Failure;
use super::output::{complain, say, say_json};
use super::points::PointsArguments;
use crate::analysis::points::Failed;
use crate::analysis::sensitivity::{SensitivityRequest, analyse};
use crate::report::analyses::sensitivity_files;
use crate::report::sensitivity::export::json;
use crate::report::sensitivity::table::text;

/// Arguments of `sensitivity`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    points: PointsArguments,
    /// Leaves a base row or trajectory with a missing or failed point out of all blocks, and says so
    #[arg(long)]
    drop_failed: bool,
    /// Bootstrap resamples
    #[arg(long, value_name = "N", default_value_t = 1_000,
          value_parser = clap::value_parser!(u32).range(100..=100_000))]
    resamples: u32,
    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

/// Analyses a design, writes what is to be kept and prints the indices.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let points = &arguments.points;
    let found = analyse(&SensitivityRequest {
        source: points.source(),
        output: points.output.clone(),
        failed: if arguments.drop_failed { Failed::Dropped } else { Failed::Refused },
        resamples: arguments.resamples,
        seed: arguments.seed,
    })?;
    found.notes.iter().for_each(|note| complain(note));
    let mut written = String::new();
    if points.writes() {
        let command = invocation(1).command;
        written = points.write(&sensitivity_files(&found, &points.suffix(), &command)?)?;
    }
    if arguments.json {
        return say_json(&json(&found));
    }
    say(format!("{}\n{written}", text(&found)).trim_end())
}
