//! Puts the replayed price series into the model's input: the one thing a [`Setup`] takes from a file.

use std::path::Path;

use crate::market::replay::{self, ReplayError};
use crate::market::spec::PriceProcess;
use crate::simulation::Setup;

/// Reads the series that the experiment replays; nothing where the price is not replayed.
///
/// # Errors
/// When the file is not a dated price series that covers the first day.
pub fn fill(setup: &mut Setup) -> Result<(), ReplayError> {
    let price = &mut setup.market.price;
    if price.process != PriceProcess::Replay {
        return Ok(());
    }
    let first_day = i64::from(setup.chain.unix_time) / 86_400;
    let series =
        replay::load(Path::new(&price.replay_file), first_day, setup.simulation.horizon_days)?;
    price.replay_usd = series.price_usd;
    setup.market.fees.replay_btc = series.fee_btc;
    Ok(())
}
