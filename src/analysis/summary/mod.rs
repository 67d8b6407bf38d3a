//! Every metric of every scenario over its replicates, and the paired effects.

pub mod runs;
pub mod series;
pub mod squares;

use crate::statistics::samples::{Description, Interaction, PairedEffect};
use crate::study::results::load::ResultTable;
use crate::study::results::manifest::Manifest;
use crate::study::results::report_error::ReportError;
use runs::Runs;
use squares::Square;

/// A column of `runs.parquet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SummaryMetric {
    /// Column name.
    pub name: String,
    /// Unit, "1" for plain numbers; empty when unknown.
    pub unit: &'static str,
}

/// Statistics of metrics: of all, or of those that tables and figures show.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What the results are of.
    pub manifest: Manifest,
    /// blake3 of all that was read from `runs.parquet`.
    pub data_digest: String,
    /// Metrics, in file order.
    pub metrics: Vec<SummaryMetric>,
    /// Replicates finished, in the order of `manifest.scenarios`.
    pub finished: Vec<usize>,
    /// `descriptions[metric][scenario]`; none without a finite value. Of very many scenarios, the lists
    /// of metrics that no figure compares end early.
    pub descriptions: Vec<Vec<Option<Description>>>,
    /// `effects[metric][contrast]`; none without a finite pair.
    pub effects: Vec<Vec<Option<PairedEffect>>>,
    /// Pairs of contrasts whose difference is an interaction.
    pub squares: Vec<Square>,
    /// `interactions[metric][square]`; none without a finite quadruple.
    pub interactions: Vec<Vec<Option<Interaction>>>,
}

/// Takes the statistics of all metrics, scenario by scenario, contrast by contrast, and interaction
/// by interaction.
pub(crate) trait Sink {
    /// The next scenario's descriptions.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn scenario(&mut self, descriptions: &[Option<Description>]) -> Result<(), ReportError>;

    /// The next contrast's effects; all scenarios come before.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn contrast(&mut self, effects: &[Option<PairedEffect>]) -> Result<(), ReportError>;

    /// The next interaction; all contrasts come before.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn interaction(
        &mut self,
        square: &Square,
        interactions: &[Option<Interaction>],
    ) -> Result<(), ReportError>;
}

/// Keeps nothing.
impl Sink for () {
    fn scenario(&mut self, _: &[Option<Description>]) -> Result<(), ReportError> {
        Ok(())
    }

    fn contrast(&mut self, _: &[Option<PairedEffect>]) -> Result<(), ReportError> {
        Ok(())
    }

    fn interaction(&mut self, _: &Square, _: &[Option<Interaction>]) -> Result<(), ReportError> {
        Ok(())
    }
}

impl Summary {
    /// All metrics of results that are not too large for it.
    ///
    /// # Errors
    /// When the file is damaged, holds no runs, doubles one, or names a scenario that the manifest
    /// does not.
    pub fn from_runs(manifest: &Manifest, runs: &ResultTable) -> Result<Self, ReportError> {
        let runs = Runs::index(manifest, runs)?;
        let digest = runs.digest()?;
        Self::scan(manifest, &runs, digest, |_| usize::MAX, &mut ())
    }

    /// Keeps of every metric the statistics of as many scenarios and contrasts as `keep` says of its
    /// name, and hands all of them to `sink`: memory is bounded by what is kept.
    ///
    /// # Errors
    /// When the file is damaged or the sink refuses.
    pub(crate) fn scan(
        manifest: &Manifest,
        runs: &Runs,
        data_digest: String,
        keep: impl Fn(&str) -> usize,
        sink: &mut impl Sink,
    ) -> Result<Self, ReportError> {
        let kept: Vec<(usize, usize)> = (0..runs.metrics.len())
            .map(|place| (place, keep(&runs.metrics[place].name)))
            .filter(|(_, most)| *most > 0)
            .collect();
        let mut descriptions = vec![Vec::new(); kept.len()];
        runs.describe(|mut all| {
            sink.scenario(&all)?;
            hold(&kept, &mut all, &mut descriptions);
            Ok(())
        })?;
        let mut effects = vec![Vec::new(); kept.len()];
        runs.compare(&manifest.contrasts, |mut all| {
            sink.contrast(&all)?;
            hold(&kept, &mut all, &mut effects);
            Ok(())
        })?;
        let squares = squares::of(manifest);
        let mut interactions = vec![Vec::new(); kept.len()];
        let mut next = squares.iter();
        runs.interact(&squares, |mut all| {
            next.next().map_or(Ok(()), |square| sink.interaction(square, &all))?;
            hold(&kept, &mut all, &mut interactions);
            Ok(())
        })?;
        Ok(Self {
            manifest: manifest.clone(),
            data_digest,
            metrics: kept.iter().map(|(place, _)| runs.metrics[*place].clone()).collect(),
            finished: runs.finished(),
            descriptions,
            effects,
            squares,
            interactions,
        })
    }

    /// Position of a metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<usize> {
        self.metrics.iter().position(|metric| metric.name == name)
    }
}

/// Moves what is kept of a scenario or contrast to its metrics' lists.
fn hold<T>(kept: &[(usize, usize)], all: &mut [Option<T>], lists: &mut [Vec<Option<T>>]) {
    for ((place, most), list) in kept.iter().zip(lists) {
        if list.len() < *most {
            list.push(all[*place].take());
        }
    }
}
