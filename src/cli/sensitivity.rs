//! `sensitivity`: which factors of a design an output depends on.

use clap::Args;

use super::arguments::invocation;
use super::failure::Failure;
use super::output::{say, say_json};
use super::points::PointsArguments;
use crate::report::sensitivity::{Request, analyse, files, json, text};

/// Arguments of `sensitivity`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    points: PointsArguments,
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
pub fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let points = &arguments.points;
    let found = analyse(&Request {
        source: points.source(),
        output: points.output.clone(),
        resamples: arguments.resamples,
        seed: arguments.seed,
    })?;
    let mut written = String::new();
    if points.writes() {
        let command = invocation(1).command;
        written = points.write(&files(&found, &points.suffix(), &command)?)?;
    }
    if arguments.json {
        return say_json(&json(&found));
    }
    say(format!("{}\n{written}", text(&found)).trim_end())
}
