//! A random walk with drift: log hash rate grows by its mean change over the training span, which
//! is (ln H(from − 1) − ln H(from − 1 − s))/s for a span of s epochs.

use super::{EpochFacts, Forecast, NullModelError, roll, training_span, window};

/// Forecast of `from..=to` from the end of `from − 1`, the drift being that of at most `training`
/// epochs.
///
/// # Errors
/// When the window is not in the history or too early in it.
pub fn free_run(
    history: &[EpochFacts],
    training: usize,
    from: usize,
    to: usize,
) -> Result<Forecast, NullModelError> {
    window(history, from, to)?;
    let span = training_span(training, from - 1)?;
    let [begin, end] = [from - 1 - span, from - 1].map(|epoch| history[epoch].log_hash_rate());
    let drift = (end - begin) / span as f64;
    roll(history, from, to, |step| step.last_log_hash_rate + drift)
}
