//! Scores of a hindcast against what happened, the null models and the floor that sampling sets.

use super::{EpochPath, NullForecast, Span};
use crate::experiment::hindcast::Hindcast;
use crate::model::forecast_scores::{bias, coverage, crps, quantile, rmse, sampling_floor};
use crate::model::path_statistics::{deepest_fall, net_change, roughness};

/// Levels of the central intervals that are drawn and judged.
pub const LEVELS: [f64; 2] = [0.5, 0.9];

/// Scores of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelScores {
    /// Root mean square error of the ensemble's mean log hash rate.
    pub rmse_log_hash_rate: f64,
    /// The same one epoch ahead, where that was run.
    pub rmse_one_step: Option<f64>,
    /// The same of log difficulty.
    pub rmse_log_difficulty: f64,
    /// Mean error of log hash rate.
    pub bias_log_hash_rate: f64,
    /// Continuous ranked probability score of log hash rate, mean over epochs.
    pub crps: f64,
    /// Share of epochs in the central half of the ensemble.
    pub coverage_50: f64,
    /// Share of epochs in the central nine tenths.
    pub coverage_90: f64,
}

/// Scores of a null model, whose forecasts are single numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct NullScores {
    /// Name.
    pub name: &'static str,
    /// Root mean square error of log hash rate, one epoch ahead.
    pub rmse_one_step: f64,
    /// The same from the window's beginning on.
    pub rmse_free_run: f64,
    /// Mean error of log hash rate in the free run.
    pub bias_free_run: f64,
    /// Root mean square error of log difficulty in the free run.
    pub rmse_log_difficulty: f64,
    /// Mean absolute error in the free run, which is a single number's continuous ranked probability
    /// score.
    pub crps_free_run: f64,
}

/// An epoch as it was and as it was forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRow {
    /// Number.
    pub epoch: u32,
    /// First block, seconds since 1970-01-01.
    pub first_time: i64,
    /// ln of the measured hash rate, H/s.
    pub observed: f64,
    /// Mean of the ensemble.
    pub mean: f64,
    /// Quantiles of the ensemble: 5, 25, 50, 75, 95 %.
    pub quantiles: [f64; 5],
    /// ln of the difficulty that was in force, and the ensemble's mean.
    pub difficulty: [f64; 2],
    /// Free runs of the null models, in their order.
    pub nulls: Vec<f64>,
}

/// A quantity of a path as it was, and among the replicates: a posterior predictive check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Name.
    pub name: &'static str,
    /// Of the measured hash rates.
    pub observed: f64,
    /// Of the replicates: quantiles 5, 50, 95 %.
    pub quantiles: [f64; 3],
    /// Share of replicates in which it is as large as measured or larger.
    pub share_at_or_above: f64,
}

/// Everything about one window.
#[derive(Clone, Debug)]
pub struct Scoreboard {
    /// Name of the experiment.
    pub name: String,
    /// One line on what it is.
    pub title: String,
    /// Replicates in the ensemble.
    pub replicates: usize,
    /// Epochs.
    pub rows: Vec<EpochRow>,
    /// The model's scores.
    pub model: ModelScores,
    /// The null models'.
    pub nulls: Vec<NullScores>,
    /// Posterior predictive checks.
    pub checks: Vec<Check>,
    /// Error that two perfectly equal networks would show: √2 times the sampling error of an epoch.
    pub sampling_floor: f64,
}

impl Scoreboard {
    /// Scores an ensemble of paths.
    #[must_use]
    pub fn of(
        hindcast: &Hindcast,
        spans: &[Span],
        paths: &[EpochPath],
        nulls: Vec<NullForecast>,
    ) -> Self {
        let rows: Vec<_> =
            (0..spans.len()).map(|at| row(hindcast, &spans[at], at, paths, &nulls)).collect();
        Self {
            name: hindcast.experiment.name.clone(),
            title: hindcast.experiment.title.clone(),
            replicates: paths.len(),
            model: model(&rows, paths),
            checks: checks(&rows, paths),
            nulls: nulls.iter().map(|null| null_scores(&rows, null)).collect(),
            rows,
            sampling_floor: sampling_floor(),
        }
    }
}

/// The members of an ensemble for one epoch.
fn members(paths: &[EpochPath], at: usize) -> Vec<f64> {
    paths.iter().map(|path| path.log_hash_rate[at]).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

fn row(
    hindcast: &Hindcast,
    span: &Span,
    at: usize,
    paths: &[EpochPath],
    nulls: &[NullForecast],
) -> EpochRow {
    let place = hindcast.history.position(span.epoch).unwrap_or(0);
    let facts = &hindcast.history.epochs[place];
    let members = members(paths, at);
    let at_level = |level| quantile(&members, level).unwrap_or(0.0);
    EpochRow {
        epoch: span.epoch,
        first_time: facts.first_time,
        observed: libm::log(facts.hash_rate.0),
        mean: mean(members.iter().copied()),
        quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(at_level),
        difficulty: [
            libm::log(facts.difficulty),
            mean(paths.iter().map(|path| path.log_difficulty[at])),
        ],
        nulls: nulls.iter().map(|null| null.free_run.log_hash_rate[at]).collect(),
    }
}

fn model(rows: &[EpochRow], paths: &[EpochPath]) -> ModelScores {
    let observed: Vec<f64> = rows.iter().map(|row| row.observed).collect();
    let means: Vec<f64> = rows.iter().map(|row| row.mean).collect();
    let [known, forecast]: [Vec<f64>; 2] =
        [0, 1].map(|side| rows.iter().map(|row| row.difficulty[side]).collect());
    let ensembles: Vec<Vec<f64>> = (0..rows.len()).map(|at| members(paths, at)).collect();
    let scores = ensembles.iter().zip(&observed).filter_map(|(all, &seen)| crps(all, seen));
    let scores: Vec<f64> = scores.collect();
    let covered = |level| coverage(&ensembles, &observed, level).unwrap_or(0.0);
    ModelScores {
        rmse_log_hash_rate: rmse(&means, &observed).unwrap_or(0.0),
        rmse_one_step: None,
        rmse_log_difficulty: rmse(&forecast, &known).unwrap_or(0.0),
        bias_log_hash_rate: bias(&means, &observed).unwrap_or(0.0),
        crps: mean(scores.iter().copied()),
        coverage_50: covered(LEVELS[0]),
        coverage_90: covered(LEVELS[1]),
    }
}

/// A number for a whole path of log hash rate.
type Statistic = fn(&[f64]) -> f64;
/// The statistics that are checked, by name.
const STATISTICS: [(&str, Statistic); 3] =
    [("net_change", net_change), ("deepest_fall", deepest_fall), ("roughness", roughness)];

fn checks(rows: &[EpochRow], paths: &[EpochPath]) -> Vec<Check> {
    let measured: Vec<f64> = rows.iter().map(|row| row.observed).collect();
    let check = |(name, statistic): (&'static str, Statistic)| {
        let observed = statistic(&measured);
        let members: Vec<f64> = paths.iter().map(|path| statistic(&path.log_hash_rate)).collect();
        let at_level = |level| quantile(&members, level).unwrap_or(0.0);
        let beyond = members.iter().filter(|&&member| member >= observed).count();
        Check {
            name,
            observed,
            quantiles: [0.05, 0.5, 0.95].map(at_level),
            share_at_or_above: beyond as f64 / members.len().max(1) as f64,
        }
    };
    STATISTICS.into_iter().map(check).collect()
}

fn null_scores(rows: &[EpochRow], null: &NullForecast) -> NullScores {
    let observed: Vec<f64> = rows.iter().map(|row| row.observed).collect();
    let difficulty: Vec<f64> = rows.iter().map(|row| row.difficulty[0]).collect();
    let free = &null.free_run;
    let errors = free.log_hash_rate.iter().zip(&observed).map(|(f, y)| (f - y).abs());
    NullScores {
        name: null.name,
        rmse_one_step: rmse(&null.one_step.log_hash_rate, &observed).unwrap_or(0.0),
        rmse_free_run: rmse(&free.log_hash_rate, &observed).unwrap_or(0.0),
        bias_free_run: bias(&free.log_hash_rate, &observed).unwrap_or(0.0),
        rmse_log_difficulty: rmse(&free.log_difficulty, &difficulty).unwrap_or(0.0),
        crps_free_run: mean(errors.collect::<Vec<_>>().into_iter()),
    }
}
