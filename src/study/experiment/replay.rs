//! Puts the replayed price series into the model's input: the one thing a [`Setup`] takes from a file.

use std::path::Path;

use crate::clock::SECONDS_PER_DAY;
use crate::files::foreign::{comma_separated, number_hint, shortened, time_hint};
use crate::world::market::replay::{self, GapFilling, ReplayError, ReplayWindow};
use crate::world::market::spec::PriceProcess;
use crate::world::simulation::Setup;

/// Reads the series that the experiment replays; nothing where the price is not replayed.
///
/// # Errors
/// When the file is not a dated price series with every day of the experiment.
pub fn fill(setup: &mut Setup) -> Result<(), ReplayError> {
    let (price, fees) = (&mut setup.market.price, &mut setup.market.fees);
    if price.process != PriceProcess::Replay {
        return Ok(());
    }
    let first_day = i64::from(setup.chain.unix_time) / SECONDS_PER_DAY;
    let window = ReplayWindow { first_day, days: setup.simulation.horizon_days };
    let prices = GapFilling { rule: price.replay_gaps, longest: price.replay_gap_days };
    let bridge = GapFilling { rule: fees.replay_gaps, longest: fees.replay_gap_days };
    let file = Path::new(&price.replay_file);
    check_format(file)?;
    let series = replay::load(file, window, prices, bridge).map_err(explained)?;
    price.replay_usd = series.price_usd;
    fees.replay_btc = series.fee_btc;
    Ok(())
}

/// Refuses a file that is something else than comma-separated values; one that cannot be read is left
/// to the reader.
fn check_format(file: &Path) -> Result<(), ReplayError> {
    let Ok(bytes) = std::fs::read(file) else { return Ok(()) };
    let refused = |problem| ReplayError::Layout { file: file.display().to_string(), problem };
    let text = comma_separated(&bytes).map_err(refused)?;
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Err(refused("this is JSON: write it as CSV, `date,price_usd`".into())),
        _ => Ok(()),
    }
}

/// A refused cell, cut where it is long, with what it seems to be.
fn explained(error: ReplayError) -> ReplayError {
    match error {
        ReplayError::Cell { file, row, column, value, allowed } => {
            let dated = matches!(column, "date" | "first_time");
            let hint = if dated { time_hint(&value) } else { number_hint(&value) };
            let (allowed, value) = (allowed + hint, shortened(&value));
            ReplayError::Cell { file, row, column, value, allowed }
        }
        other => other,
    }
}
