//! `design`: points at which to run a model, any model.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::failure::{Failure, INPUT};
use super::output::{complain, say};
use crate::files::same_file;
use crate::report::write_whole;
use crate::study::design::{Design, DesignMethod, DesignRequest, FactorFile};

/// Levels of a Morris grid when none are asked for.
const LEVELS: u32 = 4;

/// Arguments of `design`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How points are placed
    #[arg(long, value_name = "M", value_enum)]
    method: Name,
    /// CSV of the factors: `name,distribution,low,high` with uniform, loguniform or normal (mean
    /// and sd for low and high), or triangular with a fifth column `mode`
    #[arg(long, value_name = "F.csv")]
    factors: PathBuf,
    /// Points (lhs, sobol), base points (saltelli) or trajectories (morris)
    #[arg(long, value_name = "N")]
    samples: u32,
    /// The design: a column for each factor, `block` and `row`
    #[arg(long, value_name = "D.csv")]
    out: PathBuf,
    /// Seed of all that is random
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Levels of the grid, an even number, for morris only [default: 4]
    #[arg(long, value_name = "L")]
    levels: Option<u32>,
}

/// Methods by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Latin hypercube: one point in each of N strata of every factor
    Lhs,
    /// Sobol sequence, shifted at random
    Sobol,
    /// N(k + 2) points for first-order and total Sobol indices
    Saltelli,
    /// N trajectories of k + 1 points for elementary effects
    Morris,
}

/// Writes a design.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let method = method(arguments)?;
    let (out, factors) = (&arguments.out, &arguments.factors);
    if out.is_dir() {
        let problem = format!("--out: {} is a folder; name a file", out.display());
        return Err(Failure::new(INPUT, problem));
    }
    if same_file(out, factors) {
        let problem = format!("--out: {} is the input; name another file", factors.display());
        return Err(Failure::new(INPUT, problem));
    }
    let request = DesignRequest { method, samples: arguments.samples, seed: arguments.seed };
    let design = Design::new(&FactorFile::read(factors)?, &request)?;
    write_whole(out, design.csv().as_bytes())?;
    warn_of_unbalanced(arguments);
    say(&format!(
        "{}: {} rows of {} factors, method {}, seed {}",
        out.display(),
        design.rows().len(),
        design.factors().len(),
        method.name(),
        request.seed,
    ))
}

/// The method, levels included.
fn method(arguments: &Arguments) -> Result<DesignMethod, Failure> {
    match (arguments.method, arguments.levels) {
        (Name::Morris, levels) => Ok(DesignMethod::Morris { levels: levels.unwrap_or(LEVELS) }),
        (_, Some(levels)) => {
            Err(Failure::new(INPUT, format!("--levels {levels}: only --method morris has levels")))
        }
        (Name::Lhs, None) => Ok(DesignMethod::LatinHypercube),
        (Name::Sobol, None) => Ok(DesignMethod::Sobol),
        (Name::Saltelli, None) => Ok(DesignMethod::Saltelli),
    }
}

/// A sequence of Sobol is balanced at powers of two only.
fn warn_of_unbalanced(arguments: &Arguments) {
    let sequence = matches!(arguments.method, Name::Sobol | Name::Saltelli);
    if sequence && !arguments.samples.is_power_of_two() {
        let above = arguments.samples.next_power_of_two();
        complain(&format!(
            "--samples {}: Sobol points are balanced when their number is a power of two, such as \
             {} or {above}",
            arguments.samples,
            above / 2
        ));
    }
}
