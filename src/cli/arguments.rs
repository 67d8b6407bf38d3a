//! Arguments that several verbs share.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, INPUT};
use super::output::complain;
use crate::files::quoting::quoted;
use crate::study::execution::runner::ShardShare;
use crate::study::experiment::plausible::{OutOfRange, lines};
use crate::study::experiment::{Experiment, Overrides};
use crate::study::results::provenance::Invocation;

/// An experiment and what the command line changes in it.
#[derive(Debug, Args)]
pub(crate) struct ExperimentArguments {
    /// Experiment file, TOML
    #[arg(value_name = "EXPERIMENT")]
    pub experiment: PathBuf,
    /// Replicates of every scenario
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub replicates: Option<u32>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Number of miners
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub miners: Option<u32>,
    /// Sets a parameter; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_assignment)]
    pub set: Vec<(String, String)>,
    /// Refuses values outside the plausible range of their parameter, which are else pointed out
    #[arg(long)]
    pub strict: bool,
}

impl ExperimentArguments {
    /// What the command line changes.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            replicates: self.replicates,
            seed: self.seed,
            miners: self.miners,
            set: self.set.clone(),
        }
    }

    /// Reads and checks the experiment.
    pub(super) fn load(&self) -> Result<Experiment, Failure> {
        let experiment = Experiment::load(&self.experiment, &self.overrides())?;
        for design in &experiment.designs {
            design.shortcomings().iter().for_each(|lack| complain(lack));
        }
        heed(&experiment.warnings, self.strict)?;
        Ok(experiment)
    }
}

/// Points out values outside the plausible range of their parameter, or refuses them.
pub(crate) fn heed(warnings: &[OutOfRange], strict: bool) -> Result<(), Failure> {
    let lines = lines(warnings);
    if strict && !lines.is_empty() {
        let message = format!("--strict: refused, although allowed\n  {}", lines.join("\n  "));
        return Err(Failure::new(INPUT, message));
    }
    for line in lines {
        complain(&format!("warning: {line}"));
    }
    Ok(())
}

/// Splits `key=value`.
fn parse_assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected key=value, such as market.price.initial_usd=90000".to_owned()),
    }
}

/// Reads `I/N`.
pub(crate) fn parse_share(text: &str) -> Result<ShardShare, String> {
    let parts = text.split_once('/');
    let number = |text: &str| text.parse::<u32>().ok();
    match parts.and_then(|(index, of)| number(index).zip(number(of))) {
        Some((index, of)) if index < of => Ok(ShardShare { index, of }),
        Some((_, of)) if of > 0 => Err(format!("I must be from 0 to {}", of - 1)),
        _ => Err("expected I/N with whole numbers and I < N, such as 0/3".to_owned()),
    }
}

/// Worker threads: what is asked for, or what the scheduler grants, or what the machine has.
pub(super) fn threads(asked: Option<usize>) -> usize {
    let granted = || std::env::var("SLURM_CPUS_PER_TASK").ok()?.parse().ok();
    let there = || std::thread::available_parallelism().ok().map(usize::from);
    asked.or_else(granted).or_else(there).unwrap_or(1).max(1)
}

/// This command line, with the program under its own name.
pub(super) fn invocation(threads: usize) -> Invocation {
    let arguments = std::env::args_os().skip(1);
    let words = arguments.map(|word| quoted(&word.to_string_lossy()));
    let command = std::iter::once("hashflight".to_owned()).chain(words);
    Invocation { command: command.collect::<Vec<_>>().join(" "), threads }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_checked() {
        assert_eq!(parse_share("2/3"), Ok(ShardShare { index: 2, of: 3 }));
        for bad in ["3/3", "0/0", "-1/3", "1", "a/b", "", "1/2/3"] {
            assert!(parse_share(bad).is_err(), "{bad}");
        }
    }
}
