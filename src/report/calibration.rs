//! How far a generation's runs are from history.

use std::path::Path;

use super::numbers::{aligned, decimals_for, fixed};
use crate::history::calibration::Spec;
use crate::history::calibration::method::{Population, Prior, PriorLaw};
use crate::history::hindcast::Hindcast;
use crate::history::hindcast::forecast_scores::rmse;
use crate::history::hindcast::nulls::{best_null_rmse, facts_of};
use crate::history::hindcast::paths::{EpochPath, Span, spans};
use crate::study::experiment::config::Tree;
use crate::study::results::report_error::ReportError;

/// What a window was, and by how much a fair rival misses it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name of the window's experiment, which is a scenario of every generation.
    pub name: String,
    /// Its epochs.
    pub spans: Vec<Span>,
    /// ln of the measured hash rates, H/s.
    pub observed: Vec<f64>,
    /// Error of the best free run among the null models of the calibration's reference: the unit in
    /// which a run's error counts.
    pub unit: f64,
}

impl Target {
    /// The target of a window; `reference` names the null models of which the best is the unit.
    ///
    /// # Errors
    /// If the history does not hold the window, or too little before it.
    pub fn of(window: &Hindcast, reference: &[String]) -> Result<Self, ReportError> {
        let input = |error: crate::study::error::ConfigError| ReportError::Input(error.to_string());
        let spans = spans(window).map_err(input)?;
        Ok(Self {
            name: window.experiment.name.clone(),
            observed: facts_of(window, &spans),
            unit: best_null_rmse(window, reference).map_err(input)?,
            spans,
        })
    }

    /// Squared error of a path in the window's unit.
    fn squared_error(&self, path: &EpochPath) -> f64 {
        let error = rmse(&path.log_hash_rate, &self.observed).unwrap_or(f64::INFINITY) / self.unit;
        error * error
    }
}

/// Distance of every point of a generation, in the order of the points:
///
/// d = √(mean over windows of (RMSE of log hash rate / RMSE of the best null model)²),
///
/// so that 1 is as good as the best null models of the calibration's reference. Infinite where a run failed.
///
/// # Errors
/// When the results are missing or damaged.
pub fn distances(
    results: &Path,
    targets: &[Target],
    points: usize,
) -> Result<Vec<f64>, ReportError> {
    let spans_of = |name: &str| {
        targets.iter().find(|target| target.name == name).map(|target| target.spans.as_slice())
    };
    let paths =
        crate::history::hindcast::paths::paths_of(&results.join("series.parquet"), spans_of)?;
    let mut sums = vec![(0.0, 0); points];
    for path in &paths {
        let target = targets.iter().find(|target| target.name == path.scenario);
        let Some((target, sum)) = target.zip(sums.get_mut(path.replicate as usize)) else {
            continue;
        };
        sum.0 += target.squared_error(path);
        sum.1 += 1;
    }
    let distance = |(sum, windows): (f64, usize)| {
        if windows == targets.len() { (sum / windows as f64).sqrt() } else { f64::INFINITY }
    };
    Ok(sums.into_iter().map(distance).collect())
}

/// Quantiles of a posterior beside the bounds of its priors.
#[derive(Clone, Debug)]
pub struct PosteriorTable {
    /// One row a parameter, in the order of the priors.
    pub rows: Vec<PosteriorRow>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct PosteriorRow {
    /// Dotted key.
    pub key: String,
    /// Unit of its values; `1` for a pure number.
    pub unit: String,
    /// Least and greatest value of the prior.
    pub bounds: [f64; 2],
    /// Whether the prior is one of the value's logarithm.
    pub logarithmic: bool,
    /// 5, 25, 50, 75, 95 % of the posterior.
    pub quantiles: [f64; 5],
    /// Value in the baseline, if it has one.
    pub baseline: Option<f64>,
}

impl PosteriorRow {
    fn of(place: usize, prior: &Prior, population: &Population, baseline: &Tree) -> Self {
        let known = baseline.parameters().iter().find(|parameter| parameter.key == prior.key);
        Self {
            key: prior.key.clone(),
            unit: known.map_or_else(|| "1".to_owned(), |parameter| parameter.unit.clone()),
            bounds: prior.law.bounds(),
            logarithmic: matches!(prior.law, PriorLaw::LogUniform { .. }),
            quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(|at| population.quantile(place, at)),
            baseline: baseline.json(&prior.key).and_then(|value| value.as_f64()),
        }
    }

    /// Where a value lies between the bounds on the prior's own scale: 0 at the lower, 1 at the
    /// upper.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        let on_scale = |value: f64| if self.logarithmic { libm::log(value) } else { value };
        let [low, high] = self.bounds.map(on_scale);
        (on_scale(value) - low) / (high - low)
    }
}

/// The table of a population.
///
/// # Errors
/// If the baseline cannot be read.
pub fn posterior_table(
    spec: &Spec,
    population: &Population,
) -> Result<PosteriorTable, ReportError> {
    let tree = Tree::baseline().map_err(|error| ReportError::Input(error.to_string()))?;
    let priors = spec.method.priors().iter().enumerate();
    let row = |(place, prior)| PosteriorRow::of(place, prior, population, &tree);
    Ok(PosteriorTable { rows: priors.map(row).collect() })
}

impl PosteriorTable {
    /// One row a parameter, all digits.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = "key,prior_low,prior_high,q05,q25,q50,q75,q95\n".to_owned();
        for row in &self.rows {
            let numbers = row.bounds.iter().chain(&row.quantiles).map(f64::to_string);
            text += &[row.key.as_str(), ",", &numbers.collect::<Vec<_>>().join(","), "\n"].concat();
        }
        text
    }

    /// Columns for people.
    #[must_use]
    pub fn text(&self) -> String {
        let header = ["parameter", "prior from", "to", "5 %", "25 %", "median", "75 %", "95 %"];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        rows.extend(self.rows.iter().map(|row| {
            let decimals = decimals_for(row.quantiles[2], 3);
            let numbers = row.bounds.iter().chain(&row.quantiles);
            let cells = numbers.map(|&number| fixed(number, decimals));
            std::iter::once(row.key.clone()).chain(cells).collect()
        }));
        aligned(&rows).join("\n")
    }
}
