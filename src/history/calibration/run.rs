//! Generation after generation to the posterior's population; continues where it was left.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::deals::DealFit;
use super::distance::CalibrationTarget;
use super::generation;
use super::left_out::{LearntFrom, left_out};
use super::method::{MethodError, Population};
use super::spec::{CalibrationSpec, USUAL_REFERENCE};
use crate::files::sealed;
use crate::history::hindcast::Hindcast;
use crate::history::hindcast::rolling::Rolling;
use crate::history::hindcast::rolling::ensembles::OriginForecast;
use crate::study::error::Error;
use crate::study::execution::complete::{Observer, Outcome, complete};
use crate::study::execution::runner::ShardShare;
use crate::study::results::plan::Plan;
use crate::study::results::provenance::Invocation;
use crate::study::results::report_error::ReportError;
use crate::study::results::shard::replace;

/// Why a calibration cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// Runs or their results.
    #[error(transparent)]
    Study(#[from] Error),
    /// Results or history cannot be read.
    #[error(transparent)]
    Results(#[from] ReportError),
    /// The method refuses.
    #[error("{file}: {problem}")]
    Method {
        /// The calibration's file.
        file: String,
        /// Why.
        problem: MethodError,
    },
    /// A population on disk is damaged.
    #[error("{}: {problem}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong, and the way out.
        problem: String,
    },
    /// The folder holds other results.
    #[error(
        "{}: another calibration owns these results (its windows, reference, horizons, priors, settings or \
         size differ); name another folder with --out", .0.display()
    )]
    Another(PathBuf),
}

/// How far a calibration came.
#[derive(Debug)]
pub enum Calibrated {
    /// To its last population.
    Finished(Box<Population>),
    /// A generation is not merged whole: other parts are missing, runs failed, or it was stopped.
    Unfinished {
        /// Folder of the generation.
        folder: PathBuf,
        /// How far it is.
        outcome: Outcome,
    },
}

/// A population on disk, with the digest of what it is of.
#[derive(Serialize, Deserialize)]
struct KeptPopulation {
    calibration: String,
    /// Null models of which the best is the unit of distances.
    #[serde(default = "usual_reference")]
    reference: Vec<String>,
    /// Horizons by which ensembles are scored; none where runs are scored by window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    horizons: Vec<u32>,
    population: Population,
}

fn usual_reference() -> Vec<String> {
    USUAL_REFERENCE.map(str::to_owned).to_vec()
}

/// A calibration and what it is held against.
#[derive(Debug)]
pub struct Calibration<'a> {
    spec: &'a CalibrationSpec,
    windows: &'a [Hindcast],
    target: CalibrationTarget,
    /// Names it: the digest of its first generation's plan.
    pub digest: String,
}

impl<'a> Calibration<'a> {
    /// A calibration on windows of history.
    ///
    /// # Errors
    /// If the history does not hold a window, or the method refuses.
    pub(crate) fn from_spec(
        spec: &'a CalibrationSpec,
        windows: &'a [Hindcast],
    ) -> Result<Self, CalibrationError> {
        let target = CalibrationTarget::from_spec(spec, windows)?;
        let first = spec.method.points(&[]).map_err(method(spec))?;
        let first = generation::experiment(spec, windows, 0, &first);
        let digest = Plan::from_experiment(&first).map_err(Error::from)?.0.digest();
        Ok(Self { spec, windows, target, digest })
    }

    /// Runs what is missing in a folder, or a share of it; `on_generation` is told of every new
    /// population.
    ///
    /// # Errors
    /// As [`complete`]; if a population on disk is damaged or of another calibration.
    pub fn run(
        &self,
        root: &Path,
        share: ShardShare,
        invocation: &Invocation,
        observer: &dyn Observer,
        on_generation: &dyn Fn(&Population),
    ) -> Result<Calibrated, CalibrationError> {
        let mut history = self.populations(root)?;
        loop {
            if let Some(last) = history.pop_if(|population| population.finished.is_some()) {
                return Ok(Calibrated::Finished(Box::new(last)));
            }
            let points = self.spec.method.points(&history).map_err(method(self.spec))?;
            let number = history.len() as u32;
            let experiment = generation::experiment(self.spec, self.windows, number, &points);
            let folder = root.join(generation_name(number));
            let outcome = complete(&experiment, &folder, share, invocation, observer)?;
            if !matches!(&outcome, Outcome::Merged { failures, .. } if failures.is_empty()) {
                return Ok(Calibrated::Unfinished { folder, outcome });
            }
            let distances = self.target.distances(&folder, points.len())?;
            let next = self.spec.method.advance(&history, &distances).map_err(method(self.spec))?;
            on_generation(&next);
            history.push(self.keep(root, number, next)?);
        }
    }

    /// Forecasts from the beginnings, each learnt only in windows apart from its own; none where runs are scored
    /// by window, or points were moved towards all windows by further generations.
    ///
    /// # Errors
    /// When the results of the first generation are missing or damaged.
    pub fn left_out(
        &self,
        root: &Path,
        rolling: &Rolling,
    ) -> Result<Vec<(LearntFrom, Vec<OriginForecast>)>, ReportError> {
        let settings = self.spec.method.settings();
        let (CalibrationTarget::Horizons(target), 0) = (&self.target, settings.maximum_generations)
        else {
            return Ok(Vec::new());
        };
        let folder = root.join(generation_name(0));
        let ensembles = target.ensembles(&folder, settings.particles as usize)?;
        let beginnings: Vec<u32> = rolling.origins.iter().map(|origin| origin.beginning).collect();
        let kept = settings.kept() as usize;
        let of = |from| (from, left_out(target, &beginnings, &ensembles, (kept, from)));
        Ok(LearntFrom::ALL.into_iter().map(of).collect())
    }

    /// What deals and hash rate tell, and the population that both leave; none where no deals are fitted.
    ///
    /// # Errors
    /// When the results of the first generation are missing or damaged, or the method refuses.
    pub fn deals(
        &self,
        root: &Path,
        last: &Population,
    ) -> Result<Option<(DealFit, Population)>, CalibrationError> {
        let CalibrationTarget::Deals(target) = &self.target else { return Ok(None) };
        let points = self.spec.method.points(&[]).map_err(method(self.spec))?;
        let fit = target.fit(self.spec, &root.join(generation_name(0)), &points)?;
        let both = fit.reweighed(last, &points);
        Ok(Some((fit, both)))
    }

    /// Writes a population, and gives it back.
    fn keep(&self, root: &Path, number: u32, next: Population) -> Result<Population, Error> {
        let (calibration, reference) = (self.digest.clone(), self.spec.reference.clone());
        let horizons = self.horizons().to_vec();
        let kept = KeptPopulation { calibration, reference, horizons, population: next };
        let name = population_name(number);
        let path = root.join(&name);
        let text = sealed::text(&kept).map_err(Error::damaged(&path))?;
        replace(root, &name, |file| file.write_all(text.as_bytes()).map_err(Error::disk(&path)))?;
        Ok(kept.population)
    }

    fn horizons(&self) -> &[u32] {
        self.spec.rolling.as_ref().map_or(&[], |rolling| &rolling.horizons)
    }

    /// Whether a population on disk is of this calibration.
    fn owns(&self, kept: &KeptPopulation) -> bool {
        kept.calibration == self.digest
            && kept.reference == self.spec.reference
            && kept.horizons == self.horizons()
    }

    /// The populations of all finished generations.
    fn populations(&self, root: &Path) -> Result<Vec<Population>, CalibrationError> {
        let files = (0..).map(|number| root.join(population_name(number)));
        files.take_while(|file| file.is_file()).map(|file| self.population(root, file)).collect()
    }

    fn population(&self, root: &Path, file: PathBuf) -> Result<Population, CalibrationError> {
        let read = std::fs::read(&file).map_err(|error| error.to_string());
        let kept = read.and_then(|bytes| {
            let way_out = "remove it, and the same command computes the generation again";
            sealed::read::<KeptPopulation>(&bytes).map_err(|why| format!("{why}; {way_out}"))
        });
        match kept {
            Err(problem) => Err(CalibrationError::Damaged { file, problem }),
            Ok(kept) if self.owns(&kept) => Ok(kept.population),
            Ok(_) => Err(CalibrationError::Another(root.to_owned())),
        }
    }
}

fn method(spec: &CalibrationSpec) -> impl Fn(MethodError) -> CalibrationError {
    let file = spec.file.clone();
    move |problem| CalibrationError::Method { file: file.clone(), problem }
}

fn generation_name(number: u32) -> String {
    format!("generation-{number:02}")
}

fn population_name(number: u32) -> String {
    format!("population-{number:02}.json")
}
