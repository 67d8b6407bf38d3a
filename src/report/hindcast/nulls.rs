//! The null models on a hindcast's window.

use crate::experiment::ConfigError;
use crate::experiment::hindcast::Hindcast;
use crate::experiment::hindcast::spec::Closure;
use crate::experiment::hindcast::state::{end_of, window};
use crate::model::closure_schedule::{Wave, closed_share};
use crate::model::issuance::subsidy;
use crate::model::null_models::hashprice_regression::Regression;
use crate::model::null_models::merit_order::{Inputs, MeritOrder};
use crate::model::null_models::{
    EpochFacts, Forecast, NullModelError, drift, hashprice_regression, merit_order, random_walk,
};
use crate::units::{Btc, DAY};

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
        .map(|epoch| {
            let coins = subsidy(epoch.first_height) as f64 / 1e8;
            EpochFacts {
                first_time: epoch.first_time as f64,
                height: epoch.first_height,
                difficulty: epoch.difficulty,
                hash_rate: epoch.hash_rate,
                price: epoch.price,
                reward: Btc(coins / (1.0 - epoch.fee_share)),
            }
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
    let regression = Regression { training, ..Regression::STANDARD };
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
            hashprice_regression::one_step(&history, regression, from, to),
            hashprice_regression::free_run(&history, regression, from, to),
        )?,
        null(
            "merit_order",
            merit_order::one_step(&inputs, from, to),
            merit_order::free_run(&inputs, from, to),
        )?,
    ])
}

/// Share of capacity that the declared closures hold closed, mean over each epoch of the history.
fn closed_shares(hindcast: &Hindcast) -> Vec<f64> {
    let waves: Vec<_> = hindcast.spec.closures.iter().map(wave).collect();
    let epochs = &hindcast.history.epochs;
    let mean = |index: usize| {
        let (from, to) = (epochs[index].first_time as f64, end_of(epochs, index) as f64);
        closed_share(&waves, from / DAY.0, to / DAY.0)
    };
    (0..epochs.len()).map(mean).collect()
}

fn wave(closure: &Closure) -> Wave {
    Wave {
        from: closure.from as f64,
        to: closure.to as f64,
        share: closure.share,
        away: closure.away,
    }
}
