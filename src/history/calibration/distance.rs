//! How far a generation's runs are from history.

use std::path::Path;

use super::CalibrationSpec;
use super::deals::DealTarget;
use super::horizons::HorizonTarget;
use crate::history::hindcast::Hindcast;
use crate::history::hindcast::forecast_scores::rmse;
use crate::history::hindcast::nulls::{best_null_rmse, facts_of};
use crate::history::hindcast::paths::{EpochPath, EpochSpan, paths_of, spans};
use crate::study::results::report_error::ReportError;

/// What runs are held against.
#[derive(Clone, Debug)]
pub enum CalibrationTarget {
    /// Windows, each scored whole by the error of single runs.
    Windows(Vec<WindowTarget>),
    /// Many beginnings, scored by horizon by ensembles, and windows beside them.
    Horizons(HorizonTarget),
    /// A window with deals on record, and placebo windows, with AI hosting and without it.
    Deals(DealTarget),
}

impl CalibrationTarget {
    /// The target of a calibration; `windows` are its windows, or its beginnings' and those that
    /// are scored whole beside them.
    ///
    /// # Errors
    /// If the history does not hold a window, or too little before it.
    pub fn from_spec(spec: &CalibrationSpec, windows: &[Hindcast]) -> Result<Self, ReportError> {
        if spec.deals.is_some() {
            return DealTarget::new(spec, windows).map(Self::Deals);
        }
        let Some(rolling) = &spec.rolling else {
            let target = |window| WindowTarget::from_window(window, &spec.reference);
            return Ok(Self::Windows(windows.iter().map(target).collect::<Result<_, _>>()?));
        };
        let split = windows.split_at(windows.len() - spec.whole().len());
        let horizons = (rolling.horizons.as_slice(), spec.paths());
        HorizonTarget::new(horizons, split, &spec.reference).map(Self::Horizons)
    }

    /// Distance of every point of a generation, in the order of the points.
    ///
    /// # Errors
    /// When the results are missing or damaged.
    pub fn distances(&self, results: &Path, points: usize) -> Result<Vec<f64>, ReportError> {
        match self {
            Self::Windows(targets) => distances(results, targets, points),
            Self::Horizons(target) => target.distances(results, points),
            Self::Deals(target) => target.distances(results, points),
        }
    }
}

/// What a window was, and by how much a fair rival misses it.
#[derive(Clone, Debug)]
pub struct WindowTarget {
    /// Name of the window's experiment, which is a scenario of every generation.
    pub name: String,
    /// Its epochs.
    pub spans: Vec<EpochSpan>,
    /// ln of the measured hash rates, H/s.
    pub observed: Vec<f64>,
    /// Error of the best free run among the null models of the calibration's reference: the unit in
    /// which a run's error counts.
    pub unit: f64,
}

impl WindowTarget {
    /// The target of a window; `reference` names the null models of which the best is the unit.
    ///
    /// # Errors
    /// If the history does not hold the window, or too little before it.
    pub fn from_window(window: &Hindcast, reference: &[String]) -> Result<Self, ReportError> {
        let spans = spans(window).map_err(ReportError::input)?;
        Ok(Self {
            name: window.experiment.name.clone(),
            observed: facts_of(window, &spans),
            unit: best_null_rmse(window, reference).map_err(ReportError::input)?,
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
    targets: &[WindowTarget],
    points: usize,
) -> Result<Vec<f64>, ReportError> {
    let spans_of = |name: &str| {
        targets.iter().find(|target| target.name == name).map(|target| target.spans.as_slice())
    };
    let paths = paths_of(&results.join("series.parquet"), spans_of)?;
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
