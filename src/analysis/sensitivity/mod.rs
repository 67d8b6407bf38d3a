//! Sensitivity of a model's output to its factors, from a design and the outputs at its points:
//! Sobol indices of Saltelli designs, elementary effects of Morris designs; and what effects vary by.

mod bootstrap;
mod dropped;
mod morris;
mod saltelli;
pub mod variance;

use super::points::{
    AnalysedResults, DesignTable, Failed, Outputs, PointsError, PointsSource, Purpose, title,
};
use crate::statistics::elementary_effects::effect_summary;
use crate::statistics::sobol_indices::{SaltelliOutputs, SobolIndex};

use bootstrap::IndexBootstrap;
pub use bootstrap::IndexEstimate;
pub use dropped::Dropped;
use dropped::{drop_failed, points_left};

/// Stages of convergence, each of twice the rows of the one before.
const STAGES: u32 = 6;

/// What to analyse.
#[derive(Clone, Debug)]
pub struct SensitivityRequest {
    /// Design and outputs.
    pub source: PointsSource,
    /// Column of the output; none for the only one.
    pub output: Option<String>,
    /// What happens to points that are missing or failed.
    pub failed: Failed,
    /// Bootstrap resamples.
    pub resamples: u32,
    /// Seed of the bootstrap.
    pub seed: u64,
}

/// How factors were varied, and so what can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensitivityMethod {
    /// Saltelli design: shares of variance.
    Sobol,
    /// Morris trajectories: elementary effects.
    Morris,
}

impl SensitivityMethod {
    /// Name for people and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sobol => "sobol",
            Self::Morris => "morris",
        }
    }

    /// What is measured of each factor, in the order of [`Index::estimates`].
    #[must_use]
    pub const fn measures(self) -> [&'static str; 3] {
        match self {
            Self::Sobol => ["first", "total", "first_jansen"],
            Self::Morris => ["mu_star", "mu", "sigma"],
        }
    }

    /// Symbols of the measures in LaTeX.
    #[must_use]
    pub(crate) const fn symbols(self) -> [&'static str; 3] {
        match self {
            Self::Sobol => ["$S_i$", "$S_{Ti}$", "$S_i$ (Jansen)"],
            Self::Morris => ["$\\mu^*$", "$\\mu$", "$\\sigma$"],
        }
    }

    /// The measure by which factors are ranked: total share, or mean of absolute effects.
    #[must_use]
    pub const fn ranking(self) -> usize {
        match self {
            Self::Sobol => 1,
            Self::Morris => 0,
        }
    }

    /// What its rows are called.
    #[must_use]
    pub const fn rows(self) -> &'static str {
        match self {
            Self::Sobol => "base rows",
            Self::Morris => "trajectories",
        }
    }

    /// Fewest base rows or trajectories.
    const fn fewest(self) -> usize {
        match self {
            Self::Sobol => saltelli::FEWEST,
            Self::Morris => morris::FEWEST,
        }
    }
}

/// Measures of one factor with 95 % intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Factor.
    pub name: String,
    /// How its steps were measured; Morris only.
    pub scale: Option<&'static str>,
    /// In the order of [`SensitivityMethod::measures`]; shares of variance, or the output's unit.
    pub estimates: [IndexEstimate; 3],
}

/// Measures of all factors from the first rows of the design.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Base rows, or trajectories.
    pub rows: usize,
    /// In the order of the design's columns.
    pub indices: Vec<Index>,
    /// A factor that does nothing, from which others have to stand out; Sobol only.
    pub dummy: Option<Index>,
}

/// All that is found.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// How factors were varied.
    pub method: SensitivityMethod,
    /// Column of the output.
    pub output: String,
    /// Its unit; empty where it is unknown.
    pub unit: String,
    /// The results that were analysed; none for files.
    pub subject: Option<AnalysedResults>,
    /// Points of the design.
    pub points: usize,
    /// Fewest and most replicates of a point.
    pub replicates: (usize, usize),
    /// Share of the output's variance that is replication noise of the mean; none without
    /// replicates.
    pub noise_share: Option<f64>,
    /// From all rows, half of them, a quarter and so on, as far as these are enough; all come last.
    pub stages: Vec<Stage>,
    /// Bootstrap resamples.
    pub resamples: u32,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// blake3 of the design and of the outputs.
    pub digests: [String; 2],
    /// What was left out, if anything.
    pub dropped: Option<Dropped>,
    /// What a reader should know of how the outputs were taken.
    pub notes: Vec<String>,
}

impl Sensitivity {
    /// How much was analysed, in a sentence.
    #[must_use]
    pub(crate) fn extent(&self) -> String {
        let rows = match self.method {
            SensitivityMethod::Sobol => "base rows",
            SensitivityMethod::Morris => "trajectories",
        };
        let (fewest, most) = self.replicates;
        let runs = if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
        format!(
            "Shown: {}, {} {rows}, {} points with {runs} replicates each, {} bootstrap resamples.",
            self.title(),
            self.whole().rows,
            self.points,
            self.resamples
        )
    }

    /// The output, with the arm or the difference of arms that it is of.
    #[must_use]
    pub fn name(&self) -> String {
        let arms = self.subject.as_ref().map(|subject| subject.arms.words());
        format!("{}{}", self.output, arms.unwrap_or_default())
    }

    /// The output in words with its unit, for figures.
    #[must_use]
    pub fn title(&self) -> String {
        title(&self.output, &self.unit, self.subject.as_ref())
    }

    /// Measures from all rows, the factor that matters most first.
    #[must_use]
    pub fn ranked(&self) -> Vec<&Index> {
        let mut indices: Vec<&Index> = self.whole().indices.iter().collect();
        let size = |index: &Index| index.estimates[self.method.ranking()].value;
        indices.sort_by(|one, other| size(other).total_cmp(&size(one)));
        indices
    }

    /// The measures from all rows.
    #[must_use]
    pub fn whole(&self) -> &Stage {
        // `analyse` refuses to give a sensitivity whose last stage is missing.
        &self.stages[self.stages.len() - 1]
    }
}

/// Reads a design and its outputs and finds out which factors matter.
///
/// # Errors
/// When a file cannot be read or does not fit the other, the design is of no known method, has too
/// few rows or inconsistent blocks, a point is missing or failed, or the output hardly varies.
pub fn analyse(request: &SensitivityRequest) -> Result<Sensitivity, PointsError> {
    let points = request.source.open(Purpose::Indices, request.failed)?;
    let design = &points.design;
    let bootstrap = IndexBootstrap::new(request.seed, request.resamples);
    let read = || {
        let mut outputs = varying(points.outputs(request.output.as_deref())?)?;
        let exponent = outputs.rescale();
        Ok::<_, PointsError>((outputs, exponent))
    };
    let (method, outputs, varied, stages, dropped) = if saltelli::has_base_blocks(design) {
        let mut places = saltelli::base_rows(design)?;
        let (outputs, _) = read()?;
        let dropped = drop_failed(design, &outputs, &mut places)?;
        let stages = sobol(design, &places, &outputs, &bootstrap);
        let independent = places.chunks_exact(design.factors.len() + 2).flat_map(|row| &row[..2]);
        let independent: Vec<usize> = independent.copied().collect();
        (SensitivityMethod::Sobol, outputs, independent, stages, dropped)
    } else {
        let mut trajectories = morris::trajectories(design)?;
        let (outputs, exponent) = read()?;
        let dropped = trajectories.drop_failed(design, &outputs)?;
        let stages = morris_stages(design, &trajectories, &outputs, &bootstrap);
        let stages = stages.map(|stages| in_unit(stages, exponent));
        if stages.as_ref().is_some_and(|stages| !finite(stages)) {
            return Err(effects_beyond_numbers(&outputs));
        }
        let stand = (0..design.points.len()).filter(|place| outputs.stands(*place)).collect();
        (SensitivityMethod::Morris, outputs, stand, stages, dropped)
    };
    let Some(stages) = stages else { return Err(hardly_varies(&outputs)) };
    Ok(Sensitivity {
        method,
        points: points_left(design, dropped.as_ref(), method),
        replicates: outputs.replicates(),
        noise_share: outputs.noise_share(&varied),
        stages,
        resamples: request.resamples,
        seed: request.seed,
        digests: [design.digest.clone(), outputs.digest],
        output: outputs.column,
        unit: outputs.unit,
        subject: points.subject(),
        dropped,
        notes: outputs.notes,
    })
}

/// Effects in the unit of the outputs, which were divided by a power of two.
fn in_unit(mut stages: Vec<Stage>, exponent: i32) -> Vec<Stage> {
    for estimate in stages.iter_mut().flat_map(|stage| &mut stage.indices) {
        for IndexEstimate { value, low, high } in &mut estimate.estimates {
            for number in [value, low, high] {
                *number = libm::ldexp(*number, exponent);
            }
        }
    }
    stages
}

fn finite(stages: &[Stage]) -> bool {
    let estimates =
        stages.iter().flat_map(|stage| &stage.indices).flat_map(|index| index.estimates);
    estimates.into_iter().all(|e| e.value.is_finite() && e.low.is_finite() && e.high.is_finite())
}

fn effects_beyond_numbers(outputs: &Outputs) -> PointsError {
    outputs.refused(format!(
        "effects of `{}` per range of a factor are beyond the largest number, 1.8e308; divide the output by \
         a power of ten",
        outputs.column
    ))
}

/// A number in the shorter of the two notations that lose nothing.
fn in_short(value: f64) -> String {
    let (plain, scientific) = (value.to_string(), format!("{value:e}"));
    if plain.len() <= scientific.len() { plain } else { scientific }
}

/// Refuses an output that is the same everywhere.
fn varying(outputs: Outputs) -> Result<Outputs, PointsError> {
    let Some((low, high)) = outputs.constant() else { return Ok(outputs) };
    let value = in_short(low);
    if low < high {
        let (high, spread) = (in_short(high), in_short(high - low));
        return Err(outputs.refused(format!(
            "`{}` varies from {value} to {high}, by {spread}, which is less than rounding leaves of numbers of \
             this size (1e-12 of them): subtract a constant before writing it, or choose another output",
            outputs.column
        )));
    }
    Err(outputs.refused(format!(
        "`{}` is {value} at every point: there is no variance to explain",
        outputs.column
    )))
}

fn hardly_varies(outputs: &Outputs) -> PointsError {
    outputs.refused(format!(
        "`{}` differs in so few rows of blocks A and B that some bootstrap resamples have no \
         variance to explain; more base rows or another output are needed",
        outputs.column
    ))
}

/// Indices of a Saltelli design whose points are at `places`, base row after base row.
fn sobol(
    design: &DesignTable,
    places: &[usize],
    outputs: &Outputs,
    bootstrap: &IndexBootstrap,
) -> Option<Vec<Stage>> {
    let values: Vec<f64> = places.iter().map(|&place| outputs.means[place]).collect();
    let values = SaltelliOutputs::new(&values, design.factors.len())?;
    let flat = |index: SobolIndex| [index.first, index.total, index.first_jansen];
    let statistics = |rows: &[usize]| {
        let found = values.indices(rows)?;
        Some(found.factors.into_iter().chain([found.dummy]).flat_map(flat).collect())
    };
    let names: Vec<_> = design.factors.iter().map(|name| (name.clone(), None)).collect();
    let dummy = [("dummy".to_owned(), None)];
    let names = [names.as_slice(), &dummy].concat();
    let mut stages =
        stages(SensitivityMethod::Sobol, values.base_rows(), &names, bootstrap, statistics)?;
    for stage in &mut stages {
        stage.dummy = stage.indices.pop();
    }
    Some(stages)
}

/// Elementary effects of a Morris design.
fn morris_stages(
    design: &DesignTable,
    trajectories: &morris::Trajectories,
    outputs: &Outputs,
    bootstrap: &IndexBootstrap,
) -> Option<Vec<Stage>> {
    let effects = trajectories.effects(design, &outputs.means);
    let factors = design.factors.len();
    let statistics = |rows: &[usize]| {
        let mut flat = Vec::with_capacity(3 * factors);
        for factor in 0..factors {
            let found = effect_summary(rows.iter().map(|row| effects[row * factors + factor]))?;
            flat.extend([found.mu_star, found.mu, found.sigma]);
        }
        Some(flat)
    };
    let scales = trajectories.scales.iter().map(|scale| Some(scale.name()));
    let names: Vec<_> = design.factors.iter().cloned().zip(scales).collect();
    stages(SensitivityMethod::Morris, effects.len() / factors, &names, bootstrap, statistics)
}

/// Measures from `rows`, half of them, a quarter and so on; none when all give none.
fn stages(
    method: SensitivityMethod,
    rows: usize,
    names: &[(String, Option<&'static str>)],
    bootstrap: &IndexBootstrap,
    statistics: impl Fn(&[usize]) -> Option<Vec<f64>>,
) -> Option<Vec<Stage>> {
    let stage = |rows: usize| {
        let estimates = bootstrap.estimates(rows, &statistics)?;
        let (triples, _) = estimates.as_chunks::<3>();
        let index = |((name, scale), estimates): (&(String, _), &[IndexEstimate; 3])| Index {
            name: name.clone(),
            scale: *scale,
            estimates: *estimates,
        };
        let indices = names.iter().zip(triples).map(index).collect();
        Some(Stage { rows, indices, dummy: None })
    };
    let parts = (1..STAGES).rev().map(|halvings| rows >> halvings);
    let parts = parts.filter(|rows| *rows >= method.fewest());
    let mut stages: Vec<Stage> = parts.filter_map(stage).collect();
    stages.push(stage(rows)?);
    Some(stages)
}
