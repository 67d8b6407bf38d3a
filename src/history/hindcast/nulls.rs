//! The null models on a hindcast's window.

use super::Hindcast;
use super::forecast_scores::rmse;
use super::null_models::hashprice_regression::Regression;
use super::null_models::merit_order::{Inputs, MeritOrder};
use super::null_models::{
    EpochFacts, Forecast, NullModel, NullModelError, drift, hashprice_regression, mean_reward,
    merit_order, random_walk, step_by_step,
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

/// The null models on one history.
#[derive(Clone, Debug)]
pub struct NullModels<'h> {
    hindcast: &'h Hindcast,
    history: Vec<EpochFacts>,
    closed: Vec<f64>,
}

impl<'h> NullModels<'h> {
    /// On the history of a hindcast, with its training span, frontier and closures.
    #[must_use]
    pub fn new(hindcast: &'h Hindcast) -> Self {
        Self { hindcast, history: facts(hindcast), closed: closed_shares(hindcast) }
    }

    /// The history that they know.
    #[must_use]
    pub fn history(&self) -> &[EpochFacts] {
        &self.history
    }

    /// Forecasts of the epochs `from..=to` (places in the history) of a null model from the end of the epoch before `from`
    /// on.
    ///
    /// # Errors
    /// If the history does not hold the window, or too little before it to estimate from.
    pub fn free_run(
        &self,
        null: NullModel,
        from: usize,
        to: usize,
    ) -> Result<Forecast, NullModelError> {
        let history = &self.history;
        let training = self.hindcast.spec.training_epochs as usize;
        let regression = |standard: Regression| {
            hashprice_regression::free_run(history, Regression { training, ..standard }, from, to)
        };
        match null {
            NullModel::RandomWalk => random_walk::free_run(history, from, to),
            NullModel::Drift => drift::free_run(history, training, from, to),
            NullModel::Hashprice => regression(Regression::STANDARD),
            NullModel::HashpriceNoTrend => regression(Regression::TRENDLESS),
            NullModel::MeritOrder => {
                let inputs = Inputs {
                    history,
                    frontier: &self.hindcast.spec.frontier,
                    assumptions: &MeritOrder::STANDARD,
                    closed: &self.closed,
                };
                merit_order::free_run(&inputs, from, to)
            }
        }
    }

    /// The same, each epoch from the end of the one before it.
    ///
    /// # Errors
    /// As [`Self::free_run`].
    pub fn one_step(
        &self,
        null: NullModel,
        from: usize,
        to: usize,
    ) -> Result<Forecast, NullModelError> {
        step_by_step(&self.history, from, to, |epoch| self.free_run(null, epoch, epoch))
    }
}

/// One-step and free-run forecasts of every null model.
///
/// # Errors
/// If the history does not hold the window, or too little before it to estimate from.
pub fn forecasts(hindcast: &Hindcast) -> Result<Vec<NullForecast>, ConfigError> {
    let spec = &hindcast.spec;
    let (from, to) = window(spec, &hindcast.history)?;
    let models = NullModels::new(hindcast);
    let refuse = |error: NullModelError| spec.refuse("from", spec.from, error.to_string());
    let forecast = |null: NullModel| {
        Ok(NullForecast {
            name: null.name(),
            one_step: models.one_step(null, from, to).map_err(refuse)?,
            free_run: models.free_run(null, from, to).map_err(refuse)?,
        })
    };
    NullModel::ALL.into_iter().map(forecast).collect()
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
