//! `calibrate`: the posterior of parameters, given windows of history.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::arguments::{heed, invocation, parse_share, threads};
use super::failure::{ANOTHER_PLAN, FAILED, Failure, INPUT};
use super::output::say;
use super::run::{complete, parse_threads};
use crate::files::sealed;
use crate::history::calibration::method::{MethodError, Population, Proposal};
use crate::history::calibration::{Spec, USUAL_REFERENCE, generation};
use crate::history::hindcast::{Hindcast, Window};
use crate::report::calibration::{Target, distances, posterior_table};
use crate::report::figures::{draw_posterior, write_forms};
use crate::report::write_whole;
use crate::study::error::Error;
use crate::study::execution::runner::Share;
use crate::study::experiment::posterior;
use crate::study::experiment::{Overrides, ParameterSets};
use crate::study::results::plan::Plan;

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub struct Arguments {
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
    shard: Option<Share>,
}

/// A population on disk, with the digest of what it is of.
#[derive(Serialize, Deserialize)]
struct Kept {
    calibration: String,
    /// Null models of which the best is the unit of distances.
    #[serde(default = "usual_reference")]
    reference: Vec<String>,
    population: Population,
}

fn usual_reference() -> Vec<String> {
    USUAL_REFERENCE.map(str::to_owned).to_vec()
}

/// Runs generation after generation, or continues, and writes the posterior.
pub fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let spec = Spec::load(&arguments.calibration)?;
    let windows = windows(arguments, &spec)?;
    heed(&generation::warnings(&windows), arguments.strict)?;
    let targets = windows.iter().map(|window| Target::of(window, &spec.reference));
    let targets = targets.collect::<Result<Vec<_>, _>>()?;
    let root = arguments.out.clone();
    let root = root.unwrap_or_else(|| Path::new("results").join(&spec.name));
    let method = |error: MethodError| Failure::new(FAILED, format!("{}: {error}", spec.file));
    let first = spec.method.points(&[]).map_err(method)?;
    let digest = Plan::of(&generation::experiment(&spec, &windows, 0, &first))?.0.digest();
    let mut history = populations(&root, &digest, &spec.reference)?;
    while history.last().is_none_or(|population| population.finished.is_none()) {
        let points = spec.method.points(&history).map_err(method)?;
        let number = history.len() as u32;
        let distances = run(arguments, &spec, &windows, &targets, &root, number, &points)?;
        let next = spec.method.advance(&history, &distances).map_err(method)?;
        say(&progress(&next))?;
        let (calibration, reference) = (digest.clone(), spec.reference.clone());
        let kept = Kept { calibration, reference, population: next };
        let path = population_file(&root, number);
        let text = sealed::text(&kept).map_err(Error::damaged(&path))?;
        write_whole(&path, text.as_bytes())?;
        history.push(kept.population);
    }
    history.last().map_or(Ok(()), |last| finish(&spec, last, &root, &digest))
}

/// The windows with the calibration's size and pace of records.
fn windows(arguments: &Arguments, spec: &Spec) -> Result<Vec<Hindcast>, Failure> {
    let every = ("simulation.record_every_days".to_owned(), spec.record_every_days.to_string());
    let set = std::iter::once(every).chain(spec.set.iter().cloned()).collect();
    let overrides = Overrides { miners: arguments.miners, set, ..Overrides::default() };
    let window = Window { data: arguments.data.clone(), ..Window::default() };
    let load = |path: &PathBuf| Ok(Hindcast::load(path, &window, &overrides)?);
    spec.windows.iter().map(load).collect()
}

/// Runs a generation and returns the distances of its points.
fn run(
    arguments: &Arguments,
    spec: &Spec,
    windows: &[Hindcast],
    targets: &[Target],
    root: &Path,
    number: u32,
    points: &[Proposal],
) -> Result<Vec<f64>, Failure> {
    let experiment = generation::experiment(spec, windows, number, points);
    let folder = root.join(format!("generation-{number:02}"));
    let invocation = invocation(threads(arguments.threads));
    complete(&experiment, &folder, arguments.shard, false, &invocation)?;
    Ok(distances(&folder, targets, points.len())?)
}

fn population_file(root: &Path, number: u32) -> PathBuf {
    root.join(format!("population-{number:02}.json"))
}

/// The populations of all finished generations.
fn populations(
    root: &Path,
    digest: &str,
    reference: &[String],
) -> Result<Vec<Population>, Failure> {
    let files = (0..).map(|number| population_file(root, number));
    files
        .take_while(|file| file.is_file())
        .map(|file| population(&file, root, (digest, reference)))
        .collect()
}

fn population(
    file: &Path,
    root: &Path,
    (digest, reference): (&str, &[String]),
) -> Result<Population, Failure> {
    let problem = |problem: String| Failure::new(INPUT, format!("{}: {problem}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| problem(error.to_string()))?;
    let kept: Kept = sealed::read(&bytes).map_err(|why| {
        problem(format!("{why}; remove it, and the same command computes the generation again"))
    })?;
    if kept.calibration == digest && kept.reference == reference {
        return Ok(kept.population);
    }
    let message = format!(
        "{}: another calibration owns these results (its windows, reference, priors, settings or size \
         differ); \
         name another folder with --out",
        root.display()
    );
    Err(Failure::new(ANOTHER_PLAN, message))
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

/// Writes the posterior: equally weighted draws, a table of quantiles and its figure.
fn finish(spec: &Spec, population: &Population, root: &Path, digest: &str) -> Result<(), Failure> {
    let draws = spec.method.posterior_points(population, spec.draws);
    let keys = spec.method.priors().iter().map(|prior| prior.key.clone()).collect();
    let sets =
        ParameterSets { keys, sets: posterior::shuffled(draws, spec.method.settings().seed) };
    write_whole(&root.join("posterior.parquet"), &posterior::bytes(&sets, digest)?)?;
    let table = posterior_table(spec, population)?;
    write_whole(&root.join("posterior.csv"), table.csv().as_bytes())?;
    let drawn = draw_posterior(&table, &spec.title, &invocation(1).command)?;
    let mut write = |name: &str, bytes: &[u8]| write_whole(&root.join(name), bytes);
    write_forms("figures/posterior", &drawn, &mut write)?;
    say(&format!(
        "{}\n{} draws in {}",
        table.text(),
        sets.sets.len(),
        root.join("posterior.parquet").display()
    ))
}
