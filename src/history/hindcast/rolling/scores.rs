//! Scores by horizon: the model, the null models, and how much better one is than the other.

use super::Rolling;
use super::ensembles::OriginForecast;
use super::null_bands::{NullLaws, null_laws};
use super::perfect::{CoverageRange, coverage_ranges};
use crate::history::hindcast::nulls::NullModels;
use crate::history::hindcast::predictive::{PointScore, Predictive};
use crate::statistics::forecast_comparison::{DieboldMariano, Skill};
use crate::statistics::samples::{mean, variance};
use crate::study::results::report_error::ReportError;

/// Resamples of blocks for the interval of a skill.
const RESAMPLES: u32 = 2_000;
/// Longest horizon in epochs, a year, at which forecasts are tested: beyond, too few windows do not overlap.
const LAWFUL: u32 = 26;

/// Scores of one forecast over all windows of a horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HorizonScores {
    /// Root mean square error of the mean of log hash rate, over all epochs of all windows.
    pub rmse: f64,
    /// Mean error.
    pub bias: f64,
    /// Mean continuous ranked probability score.
    pub crps: f64,
    /// Shares of epochs in the central intervals of 50 and 90 %.
    pub coverage: [f64; 2],
    /// Mean of the probability integral transform, 1/2 for a perfect forecast.
    pub pit_mean: f64,
    /// Its variance, 1/12 for a perfect forecast; more where bands are too narrow.
    pub pit_variance: f64,
    /// Root mean square error and mean score of the windows' last epochs alone, so many epochs ahead.
    pub at_horizon: [f64; 2],
}

/// A null model at a horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct RivalScores {
    /// Name.
    pub name: &'static str,
    /// Its scores, with bands of its own past errors.
    pub scores: HorizonScores,
    /// Skill of the model's ranked probability score over its own.
    pub skill: Option<Skill>,
    /// Test that both lose equally, where it is lawful.
    pub test: Option<DieboldMariano>,
}

/// One horizon.
#[derive(Clone, Debug)]
pub struct HorizonRow {
    /// Epochs.
    pub horizon: u32,
    /// Beginnings that have as many epochs behind them.
    pub windows: usize,
    /// Of these, the most that do not overlap.
    pub independent: usize,
    /// The model.
    pub model: HorizonScores,
    /// Null models.
    pub nulls: Vec<RivalScores>,
    /// Ranges of coverage of 50 and 90 % had the model been true.
    pub perfect: Option<[CoverageRange; 2]>,
}

/// All horizons.
#[derive(Clone, Debug)]
pub struct RollingBoard {
    /// Name of the experiment.
    pub name: String,
    /// One line on what it is.
    pub title: String,
    /// Beginnings, with the number of paths and their effective number.
    pub beginnings: Vec<(u32, usize, f64)>,
    /// Epochs of spin-up.
    pub spin_up: u32,
    /// Horizons, rising.
    pub horizons: Vec<HorizonRow>,
}

/// Scores of one forecast at one beginning, by lead.
type Course = Vec<PointScore>;

impl RollingBoard {
    /// Scores the forecasts of all beginnings, at the horizons that one of them has.
    ///
    /// # Errors
    /// When a null model cannot be estimated, or there is nothing to score.
    pub fn from_forecasts(
        rolling: &Rolling,
        forecasts: &[OriginForecast],
    ) -> Result<Self, ReportError> {
        let model: Vec<Course> = forecasts.iter().map(model_course).collect();
        let nulls = null_courses(rolling, forecasts)?;
        let request = &rolling.request;
        let row = |&horizon: &u32| {
            let long = horizon as usize;
            let there: Vec<&OriginForecast> =
                forecasts.iter().filter(|forecast| forecast.observed.len() >= long).collect();
            let own = windows(&model, long);
            let overlap = request.overlap(horizon);
            let seed = rolling.experiment.seed;
            let known = |name: &str, windows: &[&[PointScore]]| {
                let whole = windows.len() == own.len();
                let scores = HorizonScores::of(windows).filter(|_| whole);
                scores.ok_or_else(|| {
                    let problem =
                        format!("{name} has no forecast of {horizon} epochs from every beginning");
                    ReportError::Input(problem)
                })
            };
            let nulls = nulls.iter().map(|(name, courses)| {
                let theirs = windows(courses, long);
                let losses = [&own, &theirs].map(|of| losses(of));
                Ok(RivalScores {
                    name,
                    scores: known(name, &theirs)?,
                    skill: Skill::from_losses(&losses[0], &losses[1], overlap, RESAMPLES, seed),
                    test: (horizon <= LAWFUL)
                        .then(|| DieboldMariano::from_losses(&losses[0], &losses[1], overlap))
                        .flatten(),
                })
            });
            Ok(HorizonRow {
                horizon,
                windows: own.len(),
                independent: own.len().div_ceil(overlap),
                model: known("the model", &own)?,
                nulls: nulls.collect::<Result<_, ReportError>>()?,
                perfect: coverage_ranges(&there, long, request.beginnings.step as usize, seed),
            })
        };
        Ok(Self {
            name: rolling.experiment.name.clone(),
            title: rolling.experiment.title.clone(),
            beginnings: forecasts
                .iter()
                .map(|of| (of.beginning, of.paths.len(), of.weights.effective))
                .collect(),
            spin_up: request.spin_up,
            horizons: request
                .horizons
                .iter()
                .filter(|&&horizon| {
                    forecasts.iter().any(|forecast| forecast.observed.len() >= horizon as usize)
                })
                .map(row)
                .collect::<Result<_, ReportError>>()?,
        })
    }
}

fn model_course(forecast: &OriginForecast) -> Course {
    let laws = (1..=forecast.observed.len()).filter_map(|lead| forecast.law(lead));
    laws.zip(&forecast.observed).map(|(law, &measured)| law.score(measured)).collect()
}

/// The null models' courses, by name.
fn null_courses(
    rolling: &Rolling,
    forecasts: &[OriginForecast],
) -> Result<Vec<(&'static str, Vec<Course>)>, ReportError> {
    let Some(first) = rolling.origins.first() else { return Ok(Vec::new()) };
    let window = &first.window;
    let place = |forecast: &OriginForecast| window.history.position(forecast.beginning);
    let places: Vec<usize> = forecasts.iter().filter_map(place).collect();
    let leads = forecasts.iter().map(|forecast| forecast.observed.len()).max().unwrap_or(0);
    let laws = null_laws(&NullModels::new(window), &places, leads)
        .map_err(|error| ReportError::Input(error.to_string()))?;
    let courses = laws.into_iter().map(|NullLaws { null, laws }| {
        let course = |(laws, forecast): (Vec<Predictive>, &OriginForecast)| {
            let pairs = laws.into_iter().zip(&forecast.observed);
            pairs.map(|(law, &measured)| law.score(measured)).collect()
        };
        (null.name(), laws.into_iter().zip(forecasts).map(course).collect())
    });
    Ok(courses.collect())
}

/// The first epochs of the courses that are as long.
fn windows(courses: &[Course], horizon: usize) -> Vec<&[PointScore]> {
    courses.iter().filter_map(|course| course.get(..horizon)).collect()
}

/// Mean ranked probability score of each window.
fn losses(windows: &[&[PointScore]]) -> Vec<f64> {
    let loss = |window: &&[PointScore]| {
        let sum: f64 = window.iter().map(|point| point.crps).sum();
        sum / window.len() as f64
    };
    windows.iter().map(loss).collect()
}

impl HorizonScores {
    /// Of windows; none without an epoch.
    fn of(windows: &[&[PointScore]]) -> Option<Self> {
        let all: Vec<PointScore> = windows.iter().copied().flatten().copied().collect();
        let last: Vec<PointScore> = windows.iter().filter_map(|w| w.last().copied()).collect();
        let over = |points: &[PointScore], of: &dyn Fn(&PointScore) -> f64| {
            mean(&points.iter().map(of).collect::<Vec<_>>())
        };
        let square = |point: &PointScore| point.error * point.error;
        let crps = |point: &PointScore| point.crps;
        let pits: Vec<f64> = all.iter().map(|point| point.pit).collect();
        let inside = |level: usize| {
            over(&all, &|point: &PointScore| f64::from(u8::from(point.inside[level])))
        };
        (!all.is_empty()).then(|| Self {
            rmse: over(&all, &square).sqrt(),
            bias: over(&all, &|point: &PointScore| point.error),
            crps: over(&all, &crps),
            coverage: [inside(0), inside(1)],
            pit_mean: mean(&pits),
            pit_variance: variance(&pits).unwrap_or(0.0),
            at_horizon: [over(&last, &square).sqrt(), over(&last, &crps)],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_over_all_epochs_and_losses_by_window() {
        let point = |error: f64, inside: bool| PointScore {
            error,
            crps: error.abs(),
            inside: [false, inside],
            pit: 0.5 - error,
        };
        let courses = vec![
            vec![point(0.3, true), point(-0.4, false)],
            vec![point(0.0, true)],
            vec![point(0.1, true), point(0.2, true), point(9.0, false)],
        ];
        let two = windows(&courses, 2);
        assert_eq!(two.len(), 2);
        let scores = HorizonScores::of(&two).expect("four epochs");
        assert!((scores.rmse - (0.30_f64 / 4.0).sqrt()).abs() < 1e-12);
        assert!((scores.bias - 0.05).abs() < 1e-12 && (scores.crps - 0.25).abs() < 1e-12);
        assert_eq!(scores.coverage, [0.0, 0.75]);
        assert!((scores.at_horizon[0] - (0.20_f64 / 2.0).sqrt()).abs() < 1e-12);
        assert!((losses(&two)[0] - 0.35).abs() < 1e-12 && (losses(&two)[1] - 0.15).abs() < 1e-12);
        assert_eq!(HorizonScores::of(&windows(&courses, 4)), None);
    }
}
