//! The command line: one file per verb. Doc comments on arguments are the texts of the help.
#![allow(rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags, reason = "texts of the help")]

mod arguments;
mod attempt;
mod calc;
mod calibrate;
mod deadline;
mod demo;
mod design;
mod discover;
mod failure;
mod hindcast;
mod import;
mod init;
mod interrupt;
mod measure;
mod merge;
mod output;
mod own_copy;
mod parameters;
mod plan;
mod points;
mod report;
mod run;
mod sensitivity;
mod status;
mod submit;
mod task;
mod verify;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::study::store::reader::UNTRUSTED;
use failure::Failure;

/// Simulates Bitcoin miners who choose between mining and AI hosting, and what their choice does
/// to Bitcoin's security.
///
/// Exit codes: 0 done; 1 a run failed; 2 the input is wrong; 65 another plan owns these results;
/// 70 two attempts disagree, or no progress; 74 the disk; 75 work is left; 130 and 143 interrupted, state kept.
#[derive(Debug, Parser)]
#[command(name = "hashflight", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Verb {
    /// A small paired run, its headline numbers and figures, in less than a minute
    Demo(demo::Arguments),
    /// Writes a new experiment file, commented and ready to run
    Init(init::Arguments),
    /// Lists every parameter: key, unit, baseline value, range, source, meaning
    Parameters {
        /// Prints one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Measures what an experiment will cost, before it is run
    Plan(plan::Arguments),
    /// Runs an experiment, or continues it; ends with merged results and figures
    Run(run::Arguments),
    /// Says how far an experiment is; exit code 75 while runs are missing
    Status {
        /// Results folder
        results: PathBuf,
        /// Prints one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Joins shards to one data set, and proves that nothing is missing or doubled
    Merge {
        /// Results folder
        results: PathBuf,
    },
    /// Hands what is missing to a cluster, as an array of tasks and a merge after it
    Submit(submit::Arguments),
    /// Writes figures, tables and the summary of finished results
    Report {
        /// Results folder
        results: PathBuf,
    },
    /// Places the points at which a model, any model, is to be run
    Design(design::Arguments),
    /// Makes one checked history, a row for each difficulty epoch, of public series
    Import(import::Arguments),
    /// Measures concentration from block counts, with intervals and a figure
    Measure(measure::Arguments),
    /// Sobol indices or elementary effects of a design's factors, with intervals
    Sensitivity(sensitivity::Arguments),
    /// Finds the box of factor values in which the outputs of interest lie
    Discover(discover::Arguments),
    /// Runs a window of history and scores the model against what happened and against null models
    Hindcast(hindcast::Arguments),
    /// Finds the parameters with which the model keeps to windows of history, as draws of a posterior
    Calibrate(calibrate::Arguments),
    /// Runs some runs again and compares them with the results, bit for bit
    Verify(verify::Arguments),
    /// Closed forms: security, difficulty, issuance, options, concentration
    Calc(calc::Arguments),
}

/// Reads the command line, does what it says, and tells how it went.
#[must_use]
pub fn run() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = logger.try_init();
    silence_caught_panics();
    let matches = command().try_get_matches().unwrap_or_else(|error| refuse(&error));
    let words = Cli::from_arg_matches(&matches);
    let verb = words.unwrap_or_else(|error| refuse(&error)).verb;
    match own_copy::refuse_damaged().and_then(|()| verb.execute()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// Says nothing of panics over files of unknown origin: they are caught and become errors.
fn silence_caught_panics() {
    let speak = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(UNTRUSTED) {
            speak(panic);
        }
    }));
}

/// Prints what clap says and ends; a long value does not fill the screen.
fn refuse(error: &clap::Error) -> ! {
    let text = error.to_string();
    let shown = output::within_a_screen(&text);
    if !error.use_stderr() || shown == text {
        error.exit();
    }
    let _ = std::io::Write::write_all(&mut std::io::stderr(), shown.as_bytes());
    std::process::exit(i32::from(failure::INPUT))
}

fn command() -> Command {
    Cli::command().mut_subcommand("calc", calc::with_signed_numbers)
}

impl Verb {
    fn execute(self) -> Result<(), Failure> {
        match self {
            Self::Demo(arguments) => demo::execute(&arguments),
            Self::Init(arguments) => init::execute(&arguments),
            Self::Parameters { json } => parameters::execute(json),
            Self::Plan(arguments) => plan::execute(&arguments),
            Self::Run(arguments) => run::execute(&arguments),
            Self::Status { results, json } => status::execute(&results, json),
            Self::Merge { results } => merge::execute(&results),
            Self::Submit(arguments) => submit::execute(&arguments),
            Self::Report { results } => report::execute(&results),
            Self::Design(arguments) => design::execute(&arguments),
            Self::Import(arguments) => import::execute(&arguments),
            Self::Measure(arguments) => measure::execute(&arguments),
            Self::Sensitivity(arguments) => sensitivity::execute(&arguments),
            Self::Discover(arguments) => discover::execute(&arguments),
            Self::Calibrate(arguments) => calibrate::execute(&arguments),
            Self::Hindcast(arguments) => hindcast::execute(&arguments),
            Self::Verify(arguments) => verify::execute(&arguments),
            Self::Calc(arguments) => calc::execute(&arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
