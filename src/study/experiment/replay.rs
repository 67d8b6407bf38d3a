//! Puts the replayed price series into the model's input: the one thing a [`Setup`] takes from a file.

use std::path::Path;

use crate::clock::SECONDS_PER_DAY;
use crate::world::market::replay::{self, GapFilling, ReplayError, ReplayWindow};
use crate::world::market::spec::PriceProcess;
use crate::world::simulation::Setup;

/// Reads the series that the experiment replays; nothing where the price is not replayed.
///
/// # Errors
/// When the file is not a dated price series with every day of the experiment that is replayed.
pub fn fill(setup: &mut Setup) -> Result<(), ReplayError> {
    let (price, fees) = (&mut setup.market.price, &mut setup.market.fees);
    if price.process != PriceProcess::Replay {
        return Ok(());
    }
    let first_day = i64::from(setup.chain.unix_time) / SECONDS_PER_DAY;
    let horizon = setup.simulation.horizon_days;
    let days = if price.replay_days == 0 { horizon } else { price.replay_days.min(horizon) };
    let window = ReplayWindow { first_day, days };
    let prices = GapFilling { rule: price.replay_gaps, longest: price.replay_gap_days };
    let bridge = GapFilling { rule: fees.replay_gaps, longest: fees.replay_gap_days };
    let file = Path::new(&price.replay_file);
    let series = replay::load(file, window, prices, bridge)?;
    price.replay_usd = series.price_usd;
    fees.replay_btc = series.fee_btc;
    Ok(())
}
