//! `sensitivity`: which factors of a design an output depends on.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::output::{say, say_json};
use crate::report::sensitivity::{Request, analyse, json, text};

/// Arguments of `sensitivity`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// CSV of the design: a column for each factor, `block` (A, B, AB1 … for Saltelli designs; the
    /// trajectory's number for Morris designs) and `row`
    #[arg(long, value_name = "D.csv")]
    design: PathBuf,
    /// CSV of outputs: `row` and one column or more; several lines of one row are replicates
    #[arg(long, value_name = "Y.csv")]
    outputs: PathBuf,
    /// Output to analyse [default: the only one]
    #[arg(long, value_name = "COLUMN")]
    output: Option<String>,
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

/// Analyses a design and prints the indices.
pub fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let found = analyse(&Request {
        design: arguments.design.clone(),
        outputs: arguments.outputs.clone(),
        output: arguments.output.clone(),
        resamples: arguments.resamples,
        seed: arguments.seed,
    })?;
    if arguments.json { say_json(&json(&found)) } else { say(&text(&found)) }
}
