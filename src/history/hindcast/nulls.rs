//! The null models on a hindcast's window.

use super::Hindcast;
use super::forecast_scores::rmse;
use super::null_models::hashprice_regression::Regression;
use super::null_models::merit_order::{Inputs, MeritOrder};
use super::null_models::{
    EpochFacts, Forecast, NullModelError, drift, hashprice_regression, mean_reward, merit_order,
    random_walk,
};
use super::state::{end_of, window};
use crate::study::error::ConfigError;

use super::paths::EpochSpan;

/// Forecasts of one null model.
#[derive(Clone, Debug)]
pub struct NullForecast {
    /// Name in the scoreboard.
    pub name: &'static str,
    /// One epoch ahead.
    pub one_step: Forecast,
    /// From the window's beginning on.
    pub free_run: Forecast,
}

/// The history as null models read it.
#[must_use]
pub fn facts(hindcast: &Hindcast) -> Vec<EpochFacts> {
    let epochs = hindcast.history.epochs.iter();
    epochs
        .map(|epoch| EpochFacts {
            first_time: epoch.first_time as f64,
            height: epoch.first_height,
            difficulty: epoch.difficulty,
            hash_rate: epoch.hash_rate,
            price: epoch.price,
            reward: mean_reward(epoch.first_height, epoch.fee_share),
        })
        .collect()
}

/// One-step and free-run forecasts of every null model.
///
/// # Errors
/// If the history does not hold the window, or too little before it to estimate from.
pub fn forecasts(hindcast: &Hindcast) -> Result<Vec<NullForecast>, ConfigError> {
    let spec = &hindcast.spec;
    let (from, to) = window(spec, &hindcast.history)?;
    let history = facts(hindcast);
    let training = spec.training_epochs as usize;
    let [with_trend, without] = [Regression::STANDARD, Regression::TRENDLESS]
        .map(|standard| Regression { training, ..standard });
    let closed = closed_shares(hindcast);
    let assumptions = MeritOrder::STANDARD;
    let inputs = Inputs {
        history: &history,
        frontier: &spec.frontier,
        assumptions: &assumptions,
        closed: &closed,
    };
    let refuse = |error: NullModelError| spec.refuse("from", spec.from, error.to_string());
    let null = |name, one_step: Result<_, _>, free_run: Result<_, _>| {
        let (one_step, free_run) = (one_step.map_err(refuse)?, free_run.map_err(refuse)?);
        Ok(NullForecast { name, one_step, free_run })
    };
    Ok(vec![
        null(
            "random_walk",
            random_walk::one_step(&history, from, to),
            random_walk::free_run(&history, from, to),
        )?,
        null(
            "drift",
            drift::one_step(&history, training, from, to),
            drift::free_run(&history, training, from, to),
        )?,
        null(
            "hashprice",
            hashprice_regression::one_step(&history, with_trend, from, to),
            hashprice_regression::free_run(&history, with_trend, from, to),
        )?,
        null(
            "hashprice_no_trend",
            hashprice_regression::one_step(&history, without, from, to),
            hashprice_regression::free_run(&history, without, from, to),
        )?,
        null(
            "merit_order",
            merit_order::one_step(&inputs, from, to),
            merit_order::free_run(&inputs, from, to),
        )?,
    ])
}

/// Error of log hash rate of the best free run among the null models of these names; infinite without
/// any.
///
/// # Errors
/// As [`forecasts`].
pub(crate) fn best_null_rmse(hindcast: &Hindcast, names: &[String]) -> Result<f64, ConfigError> {
    let spans = super::paths::spans(hindcast)?;
    let observed = facts_of(hindcast, &spans);
    let nulls = forecasts(hindcast)?;
    let named = nulls.iter().filter(|null| names.iter().any(|name| name == null.name));
    let errors = named.filter_map(|null| rmse(&null.free_run.log_hash_rate, &observed));
    Ok(errors.fold(f64::INFINITY, f64::min))
}

/// ln of the measured hash rates of a window's epochs, H/s.
#[must_use]
pub(crate) fn facts_of(hindcast: &Hindcast, spans: &[EpochSpan]) -> Vec<f64> {
    let history = &hindcast.history;
    let places = spans.iter().filter_map(|span| history.position(span.epoch));
    places.map(|place| libm::log(history.epochs[place].hash_rate.0)).collect()
}

/// Share of capacity that the declared closures hold closed, mean over each epoch of the history.
fn closed_shares(hindcast: &Hindcast) -> Vec<f64> {
    let epochs = &hindcast.history.epochs;
    let mean = |at: usize| hindcast.spec.closed(epochs[at].first_time, end_of(epochs, at));
    (0..epochs.len()).map(mean).collect()
}
