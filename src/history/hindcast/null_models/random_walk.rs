//! Hash rate stays where it was: H(from − 1) in a free run, H(n − 1) one step ahead.

use super::{EpochFacts, Forecast, NullModelError, roll};

/// Forecast of `from..=to` from the end of `from − 1`.
///
/// # Errors
/// When the window is not in the history.
pub fn free_run(
    history: &[EpochFacts],
    from: usize,
    to: usize,
) -> Result<Forecast, NullModelError> {
    roll(history, from, to, |step| step.last_log_hash_rate)
}
