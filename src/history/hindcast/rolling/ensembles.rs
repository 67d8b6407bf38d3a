//! From paths to weighted ensembles: what each origin's paths forecast, epoch by epoch.

use std::path::Path;

use super::{Origin, Rolling};
use crate::history::hindcast::matching::{PathWeights, misfit};
use crate::history::hindcast::nulls::facts_of;
use crate::history::hindcast::paths::{EpochPath, EpochSpan, paths_of, spans};
use crate::history::hindcast::predictive::{Predictive, WeightedMembers};
use crate::model::market::stochastic::decay;
use crate::study::results::report_error::ReportError;

/// What the paths of one origin say.
#[derive(Clone, Debug)]
pub struct OriginForecast {
    /// Last epoch that is known.
    pub beginning: u32,
    /// Replicates of the paths.
    pub replicates: Vec<u32>,
    /// A weight a path.
    pub weights: PathWeights,
    /// Misfit of each path since the spin-up's beginning; none without a spin-up.
    pub misfits: Vec<f64>,
    /// Each path's forecasts of ln hash rate (H/s) of the epochs after the beginning.
    pub paths: Vec<Vec<f64>>,
    /// The measured values.
    pub observed: Vec<f64>,
}

impl OriginForecast {
    /// The ensemble's law of the epoch so many after the beginning, from 1 on.
    #[must_use]
    pub fn law(&self, lead: usize) -> Option<Predictive> {
        let values = self.paths.iter().map(|path| path[lead - 1]);
        WeightedMembers::new(values, &self.weights.weights).map(Predictive::Members)
    }
}

/// Reads the paths of all origins and weighs them.
///
/// # Errors
/// When results are missing or damaged, or a path has no hash rate in an epoch.
pub fn origin_forecasts(
    rolling: &Rolling,
    results: &Path,
) -> Result<Vec<OriginForecast>, ReportError> {
    let spans_of = |origin: &Origin| spans(&origin.window).map_err(ReportError::input);
    let spans: Vec<Vec<EpochSpan>> =
        rolling.origins.iter().map(spans_of).collect::<Result<_, _>>()?;
    let place = |name: &str| {
        rolling.origins.iter().position(|origin| origin.window.experiment.name == name)
    };
    let series = results.join("series.parquet");
    let all = paths_of(&series, |name| place(name).map(|place| spans[place].as_slice()))?;
    let mut by_origin: Vec<Vec<EpochPath>> = spans.iter().map(|_| Vec::new()).collect();
    for path in all {
        if let Some(place) = place(&path.scenario) {
            by_origin[place].push(path);
        }
    }
    let origins = rolling.origins.iter().zip(&spans).zip(by_origin);
    origins.map(|((origin, spans), paths)| origin_forecast(origin, spans, &paths)).collect()
}

fn origin_forecast(
    origin: &Origin,
    spans: &[EpochSpan],
    paths: &[EpochPath],
) -> Result<OriginForecast, ReportError> {
    let window = &origin.window;
    let observed = facts_of(window, spans);
    let spin_up = spans.iter().take_while(|span| span.epoch <= origin.beginning).count();
    check(origin, paths, spans)?;
    let matching = &window.spec.matching;
    let residuals = |path: &EpochPath| -> Vec<f64> {
        let seen = observed.iter().zip(&path.log_hash_rate).take(spin_up);
        seen.map(|(measured, simulated)| measured - simulated).collect()
    };
    let residuals: Vec<Vec<f64>> = paths.iter().map(residuals).collect();
    let half_life = window.experiment.base.market.energy.uptime_half_life_days;
    let forecasts = paths.iter().zip(&residuals).map(|(path, residuals)| {
        let last = residuals.last().copied().unwrap_or(0.0);
        carried(path, spans, spin_up, last * matching.residual_carried, half_life)
    });
    let misfits: Vec<f64> = if spin_up == 0 {
        Vec::new()
    } else {
        residuals.iter().map(|residuals| misfit(residuals, matching.last_counts)).collect()
    };
    let weights = match spin_up {
        0 => PathWeights::equal(paths.len()),
        _ => PathWeights::from_misfits(&misfits, matching.effective_share),
    };
    Ok(OriginForecast {
        beginning: origin.beginning,
        replicates: paths.iter().map(|path| path.replicate).collect(),
        paths: forecasts.collect(),
        weights,
        misfits,
        observed: observed[spin_up..].to_vec(),
    })
}

/// A path's forecasts after the spin-up, with its last residual, which decays from the middle of the last known epoch on.
fn carried(
    path: &EpochPath,
    spans: &[EpochSpan],
    spin_up: usize,
    residual: f64,
    half_life_days: f64,
) -> Vec<f64> {
    let middle = |span: &EpochSpan| 0.5 * (span.from + span.to);
    let origin = spin_up.checked_sub(1).map_or(0.0, |last| middle(&spans[last]));
    let ahead = path.log_hash_rate.iter().zip(spans).skip(spin_up);
    ahead.map(|(log, span)| log + residual * decay(middle(span) - origin, half_life_days)).collect()
}

/// Refuses an origin without paths, and a path without a hash rate in an epoch.
fn check(origin: &Origin, paths: &[EpochPath], spans: &[EpochSpan]) -> Result<(), ReportError> {
    let beginning = origin.beginning;
    if paths.is_empty() {
        let problem = format!("beginning {beginning} has no finished path");
        return Err(ReportError::Input(problem));
    }
    for path in paths {
        let wild = path.log_hash_rate.iter().position(|value| !value.is_finite());
        if let Some(at) = wild {
            return Err(ReportError::Input(format!(
                "path {} of beginning {beginning} has no hash rate in epoch {}: its chain stands still or its series \
                 is cut, and an ensemble without it would be another one",
                path.replicate, spans[at].epoch
            )));
        }
    }
    Ok(())
}
