//! `calibrate`: the posterior of parameters, given windows of history.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{heed, invocation, parse_share, threads};
use super::attempt::finished;
use super::failure::Failure;
use super::output::say;
use super::run::parse_threads;
use super::watch::Watch;
use crate::history::calibration::deals::WITHOUT;
use crate::history::calibration::method::Population;
use crate::history::calibration::run::{Calibrated, Calibration};
use crate::history::calibration::{CalibrationSpec, generation};
use crate::history::hindcast::rolling::Rolling;
use crate::history::hindcast::{Hindcast, WindowRequest};
use crate::report::analyses::{left_out_score, write_identified, write_posterior};
use crate::report::hindcast::{identified_text, rolling_text};
use crate::study::execution::runner::ShardShare;
use crate::study::experiment::Overrides;

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Calibration file, TOML
    #[arg(value_name = "CALIBRATION")]
    calibration: PathBuf,
    /// History, one row per difficulty epoch, as `import` writes it [default: what the windows name]
    #[arg(long, value_name = "HISTORY.csv")]
    data: Option<PathBuf>,
    /// Results folder [default: results/<name of the calibration>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Number of miners
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    miners: Option<u32>,
    /// Refuses values of the windows outside the plausible range of their parameter
    #[arg(long)]
    strict: bool,
    /// Worker threads [default: `SLURM_CPUS_PER_TASK`, or all there are]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// Runs only part I of N of the generation at hand, 0 <= I < N; the part that finds all others done goes on
    #[arg(long, value_name = "I/N", value_parser = parse_share)]
    shard: Option<ShardShare>,
}

/// Runs generation after generation, or continues, and writes the posterior.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let spec = CalibrationSpec::load(&arguments.calibration)?;
    let (rolling, windows) = windows(arguments, &spec)?;
    heed(&generation::warnings(&windows), arguments.strict)?;
    let root = arguments.out.clone();
    let root = root.unwrap_or_else(|| Path::new("results").join(&spec.name));
    let invocation = invocation(threads(arguments.threads));
    let calibration = Calibration::from_spec(&spec, &windows)?;
    let share = arguments.shard.unwrap_or(ShardShare::WHOLE);
    let watch = Watch::begin(None)?;
    let told = |population: &Population| {
        let _ = say(&progress(population));
    };
    match calibration.run(&root, share, &invocation, &watch, &told)? {
        Calibrated::Unfinished { folder, outcome } => finished(outcome, &folder, &watch),
        Calibrated::Finished(last) => {
            let place = (&*root, &*calibration.digest);
            let deals = calibration.deals(&root, &last)?;
            let posterior = deals.as_ref().map_or(&*last, |(_, both)| both);
            let (table, draws) = write_posterior(&spec, posterior, place, &invocation.command)?;
            let file = root.join("posterior.parquet");
            say(&format!("{}\n{draws} draws in {}", table.text(), file.display()))?;
            if let Some((fit, _)) = &deals {
                write_identified(fit, &root)?;
                say(&format!("\n{}", identified_text(fit)))?;
            }
            let Some(rolling) = rolling.as_ref() else { return Ok(()) };
            for (from, forecasts) in calibration.left_out(&root, rolling)? {
                if forecasts.is_empty() {
                    say(&format!("\n{}: no window is left for any", from.title()))?;
                    continue;
                }
                let board =
                    left_out_score(rolling, (from, &forecasts), &root, &invocation.command)?;
                say(&format!("\n{}", rolling_text(&board)))?;
            }
            Ok(())
        }
    }
}

/// The beginnings, if there are any, and all windows, those of the beginnings first, with the calibration's size and pace of
/// records.
fn windows(
    arguments: &Arguments,
    spec: &CalibrationSpec,
) -> Result<(Option<Rolling>, Vec<Hindcast>), Failure> {
    let every = ("simulation.record_every_days".to_owned(), spec.record_every_days.to_string());
    let set = std::iter::once(every).chain(spec.set.iter().cloned()).collect();
    let overrides = Overrides { miners: arguments.miners, set, ..Overrides::default() };
    let data = arguments.data.clone();
    let window = WindowRequest { data, within_history: true, ..WindowRequest::default() };
    let rolling = match &spec.rolling {
        Some(request) => Some(Rolling::load(&spec.windows[0], &window, &overrides, request)?),
        None => None,
    };
    let origins = rolling.iter().flat_map(|rolling| &rolling.origins);
    let mut windows: Vec<Hindcast> = origins.map(|origin| origin.window.clone()).collect();
    for path in spec.whole().iter().chain(spec.deals.iter().flat_map(|deals| &deals.placebos)) {
        if spec.deals.is_none() {
            windows.push(Hindcast::load(path, &window, &overrides)?);
            continue;
        }
        for enabled in [true, false] {
            windows.push(with_ai(enabled, path, &window, &overrides)?);
        }
    }
    Ok((rolling, windows))
}

/// A window with AI hosting, or under a name of its own without it.
fn with_ai(
    enabled: bool,
    path: &Path,
    window: &WindowRequest,
    overrides: &Overrides,
) -> Result<Hindcast, Failure> {
    let mut overrides = overrides.clone();
    overrides.set.push(("ai.enabled".to_owned(), enabled.to_string()));
    let mut hindcast = Hindcast::load(path, window, &overrides)?;
    if !enabled {
        hindcast.experiment.name += WITHOUT;
    }
    Ok(hindcast)
}

fn progress(population: &Population) -> String {
    format!(
        "generation {}: distance {:.3}, {:.1} % accepted, {} particles worth {:.0}",
        population.generation,
        population.tolerance,
        100.0 * population.acceptance,
        population.particles.len(),
        population.effective_size
    )
}
