//! Scores of a hindcast against what happened, the null models and the floor that sampling sets.

use super::Hindcast;
use super::forecast_scores::{bias, coverage, crps, quantile, rmse, sampling_floor};
use super::nulls::NullForecast;
use super::paths::{EpochPath, EpochSpan};
use crate::statistics::path_statistics::{deepest_fall, net_change, roughness};

/// Levels of the central intervals that are drawn and judged.
pub(crate) const LEVELS: [f64; 2] = [0.5, 0.9];

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
pub struct PredictiveCheck {
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
    pub checks: Vec<PredictiveCheck>,
    /// Error that two perfectly equal networks would show: √2 times the sampling error of an epoch.
    pub sampling_floor: f64,
}

impl Scoreboard {
    /// Scores an ensemble of paths.
    ///
    /// # Errors
    /// When a score is missing or no number: it would read as a perfect one.
    pub(crate) fn from_paths(
        hindcast: &Hindcast,
        spans: &[EpochSpan],
        paths: &[EpochPath],
        nulls: &[NullForecast],
    ) -> Result<Self, MissingScore> {
        check_paths(spans, paths)?;
        let rows = spans.iter().enumerate().map(|(at, span)| row(hindcast, span, at, paths, nulls));
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        let null_scores = nulls.iter().map(|null| null_scores(&rows, null));
        Ok(Self {
            name: hindcast.experiment.name.clone(),
            title: hindcast.experiment.title.clone(),
            replicates: paths.len(),
            model: model(&rows, paths)?,
            checks: checks(&rows, paths)?,
            nulls: null_scores.collect::<Result<_, _>>()?,
            rows,
            sampling_floor: sampling_floor(),
        })
    }
}

/// Why there is no score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MissingScore(pub String);

/// A score that is there and finite, or a refusal that names it.
fn known(score: Option<f64>, name: &str) -> Result<f64, MissingScore> {
    score.filter(|score| score.is_finite()).ok_or_else(|| {
        MissingScore(format!(
            "the hindcast has no {name}: forecasts or measured values are missing, or no numbers"
        ))
    })
}

/// Refuses an ensemble without members, and a member without a hash rate in an epoch.
fn check_paths(spans: &[EpochSpan], paths: &[EpochPath]) -> Result<(), MissingScore> {
    if paths.is_empty() || spans.is_empty() {
        let what = if spans.is_empty() {
            "window has no epoch"
        } else {
            "hindcast has no finished replicate"
        };
        return Err(MissingScore(format!("the {what}: there is nothing to score")));
    }
    for path in paths {
        let short =
            [&path.log_hash_rate, &path.log_difficulty].iter().any(|of| of.len() != spans.len());
        let wild = (0..spans.len()).find(|&at| {
            let both = [path.log_hash_rate.get(at), path.log_difficulty.get(at)];
            both.iter().any(|value| !value.is_some_and(|value| value.is_finite()))
        });
        if short || wild.is_some() {
            let epoch = wild.and_then(|at| spans.get(at)).map_or(0, |span| span.epoch);
            return Err(MissingScore(format!(
                "replicate {} has no hash rate or difficulty in epoch {epoch}: its chain stands still or its \
                 series is cut, and an ensemble without it would be another one",
                path.replicate
            )));
        }
    }
    Ok(())
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
    span: &EpochSpan,
    at: usize,
    paths: &[EpochPath],
    nulls: &[NullForecast],
) -> Result<EpochRow, MissingScore> {
    let unknown = || MissingScore(format!("epoch {} is not in the history", span.epoch));
    let place = hindcast.history.position(span.epoch).ok_or_else(unknown)?;
    let facts = &hindcast.history.epochs[place];
    let members = members(paths, at);
    let forecast = |null: &NullForecast| {
        let value = null.free_run.log_hash_rate.get(at).copied();
        known(value, &format!("forecast of {} for epoch {}", null.name, span.epoch))
    };
    Ok(EpochRow {
        epoch: span.epoch,
        first_time: facts.first_time,
        observed: libm::log(facts.hash_rate.0),
        mean: mean(members.iter().copied()),
        quantiles: quantiles(&members, [0.05, 0.25, 0.5, 0.75, 0.95])?,
        difficulty: [
            libm::log(facts.difficulty),
            mean(paths.iter().map(|path| path.log_difficulty[at])),
        ],
        nulls: nulls.iter().map(forecast).collect::<Result<_, _>>()?,
    })
}

/// Quantiles of an ensemble.
fn quantiles<const N: usize>(members: &[f64], levels: [f64; N]) -> Result<[f64; N], MissingScore> {
    let mut found = [0.0; N];
    for (slot, level) in found.iter_mut().zip(levels) {
        *slot = known(quantile(members, level), "quantile of the ensemble")?;
    }
    Ok(found)
}

fn model(rows: &[EpochRow], paths: &[EpochPath]) -> Result<ModelScores, MissingScore> {
    let observed: Vec<f64> = rows.iter().map(|row| row.observed).collect();
    let means: Vec<f64> = rows.iter().map(|row| row.mean).collect();
    let [in_force, forecast]: [Vec<f64>; 2] =
        [0, 1].map(|side| rows.iter().map(|row| row.difficulty[side]).collect());
    let ensembles: Vec<Vec<f64>> = (0..rows.len()).map(|at| members(paths, at)).collect();
    let scores = ensembles.iter().zip(&observed);
    let scores = scores.map(|(all, &seen)| known(crps(all, seen), "ranked probability score"));
    let scores: Vec<f64> = scores.collect::<Result<_, _>>()?;
    let covered = |level| known(coverage(&ensembles, &observed, level), "coverage");
    Ok(ModelScores {
        rmse_log_hash_rate: known(rmse(&means, &observed), "error of log hash rate")?,
        rmse_one_step: None,
        rmse_log_difficulty: known(rmse(&forecast, &in_force), "error of log difficulty")?,
        bias_log_hash_rate: known(bias(&means, &observed), "bias of log hash rate")?,
        crps: mean(scores.iter().copied()),
        coverage_50: covered(LEVELS[0])?,
        coverage_90: covered(LEVELS[1])?,
    })
}

/// A number for a whole path of log hash rate.
type Statistic = fn(&[f64]) -> f64;
/// The statistics that are checked, by name.
const STATISTICS: [(&str, Statistic); 3] =
    [("net_change", net_change), ("deepest_fall", deepest_fall), ("roughness", roughness)];

fn checks(rows: &[EpochRow], paths: &[EpochPath]) -> Result<Vec<PredictiveCheck>, MissingScore> {
    let measured: Vec<f64> = rows.iter().map(|row| row.observed).collect();
    let check = |(name, statistic): (&'static str, Statistic)| {
        let observed = statistic(&measured);
        let members: Vec<f64> = paths.iter().map(|path| statistic(&path.log_hash_rate)).collect();
        let beyond = members.iter().filter(|&&member| member >= observed).count();
        Ok(PredictiveCheck {
            name,
            observed: known(Some(observed), name)?,
            quantiles: quantiles(&members, [0.05, 0.5, 0.95])?,
            share_at_or_above: beyond as f64 / members.len().max(1) as f64,
        })
    };
    STATISTICS.into_iter().map(check).collect()
}

fn null_scores(rows: &[EpochRow], null: &NullForecast) -> Result<NullScores, MissingScore> {
    let observed: Vec<f64> = rows.iter().map(|row| row.observed).collect();
    let difficulty: Vec<f64> = rows.iter().map(|row| row.difficulty[0]).collect();
    let free = &null.free_run;
    let errors = free.log_hash_rate.iter().zip(&observed).map(|(f, y)| (f - y).abs());
    let of = |score: Option<f64>, what: &str| known(score, &format!("{what} of {}", null.name));
    Ok(NullScores {
        name: null.name,
        rmse_one_step: of(rmse(&null.one_step.log_hash_rate, &observed), "error one step ahead")?,
        rmse_free_run: of(rmse(&free.log_hash_rate, &observed), "error")?,
        bias_free_run: of(bias(&free.log_hash_rate, &observed), "bias")?,
        rmse_log_difficulty: of(rmse(&free.log_difficulty, &difficulty), "error of difficulty")?,
        crps_free_run: mean(errors.collect::<Vec<_>>().into_iter()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(log_hash_rate: Vec<f64>) -> EpochPath {
        let log_difficulty = vec![30.0; log_hash_rate.len()];
        EpochPath { scenario: "s".to_owned(), replicate: 7, log_hash_rate, log_difficulty }
    }

    #[test]
    fn a_missing_score_is_refused_and_not_a_perfect_one() {
        let span = |epoch| EpochSpan { epoch, from: 0.0, to: 14.0 };
        let spans = [span(400), span(401)];
        let words = |paths: &[EpochPath]| check_paths(&spans, paths).expect_err("not whole").0;
        assert!(words(&[]).contains("no finished replicate"));
        assert!(words(&[path(vec![40.0])]).contains("epoch 401"));
        let stopped = words(&[path(vec![40.0, 40.0]), path(vec![40.0, f64::NEG_INFINITY])]);
        assert!(stopped.contains("replicate 7") && stopped.contains("epoch 401"), "{stopped}");
        assert_eq!(check_paths(&spans, &[path(vec![40.0, 41.0])]), Ok(()));
        assert!(check_paths(&[], &[path(vec![])]).is_err());
        assert!(known(None, "bias").is_err_and(|missing| missing.0.contains("no bias")));
        assert!(known(Some(f64::NAN), "bias").is_err());
        assert!(quantiles(&[], [0.5]).is_err());
    }
}
