//! The model one epoch ahead.

use std::path::Path;

use super::OneStep;
use super::forecast_scores::rmse;
use super::nulls::facts_of;
use super::paths::{EpochSpan, paths_of, spans};
use crate::study::results::report_error::ReportError;

/// Root mean square error of log hash rate of the ensembles' means, each forecast from the end of the
/// epoch before.
///
/// # Errors
/// When a file of the results is missing or damaged, or a run of a step failed in every replicate.
pub(crate) fn one_step_error(steps: &OneStep, results: &Path) -> Result<f64, ReportError> {
    let spans_of = |window| spans(window).map_err(ReportError::input);
    let spans: Vec<Vec<EpochSpan>> =
        steps.windows.iter().map(spans_of).collect::<Result<_, _>>()?;
    let place = |name: &str| steps.windows.iter().position(|step| step.experiment.name == name);
    let series = results.join("series.parquet");
    let paths = paths_of(&series, |name| place(name).map(|place| spans[place].as_slice()))?;
    let mut sums = vec![(0.0, 0.0); spans.len()];
    for path in &paths {
        if let Some(place) = place(&path.scenario) {
            sums[place].0 += path.log_hash_rate[0];
            sums[place].1 += 1.0;
        }
    }
    let forecasts: Vec<f64> = sums.iter().map(|(sum, count)| sum / count).collect();
    let windows = steps.windows.iter().zip(&spans);
    let observed: Vec<f64> = windows.flat_map(|(step, spans)| facts_of(step, spans)).collect();
    let error = rmse(&forecasts, &observed).filter(|error| error.is_finite());
    let failed = || ReportError::Input("a step of the hindcast has no finished run".to_owned());
    error.ok_or_else(failed)
}
