//! How long a shard takes: seen by the attempts so far, and watched while a task runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::receipt::ReceiptHistory;

/// A shard is begun only if so many times the slowest so far fits in the time that is left.
const MARGIN: f64 = 1.2;

/// The time that a task has, and the slowest shard so far.
#[derive(Debug)]
pub(crate) struct Pace {
    began: Instant,
    budget: Option<Duration>,
    slowest_ms: AtomicU64,
}

impl Pace {
    /// Starts the clock.
    #[must_use]
    pub(crate) fn start(budget: Option<Duration>) -> Self {
        Self { began: Instant::now(), budget, slowest_ms: AtomicU64::new(0) }
    }

    /// Notes how long a shard took.
    pub(crate) fn note(&self, took: Duration) {
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.slowest_ms.fetch_max(milliseconds, Ordering::Relaxed);
    }

    /// Whether another shard fits in the time that is left.
    pub(crate) fn fits(&self) -> bool {
        let slowest = Duration::from_millis(self.slowest_ms.load(Ordering::Relaxed));
        self.budget.is_none_or(|budget| self.began.elapsed() + slowest.mul_f64(MARGIN) < budget)
    }

    /// Whether the time is up.
    pub(crate) fn is_over(&self) -> bool {
        self.budget.is_some_and(|budget| self.began.elapsed() >= budget)
    }
}

/// Seconds that a run took in the attempts so far, on average; `None` before the first shard.
#[must_use]
pub(crate) fn observed_seconds_per_run(folder: &Folder) -> Option<f64> {
    let history = ReceiptHistory::read(&folder.receipts());
    (history.units > 0).then(|| history.shard_seconds / history.units as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_that_would_not_fit_is_not_begun() {
        let pace = Pace::start(Some(Duration::from_mins(1)));
        assert!(pace.fits());
        pace.note(Duration::from_secs(40));
        pace.note(Duration::from_secs(2));
        assert!(pace.fits(), "48 of 60 s");
        pace.note(Duration::from_secs(50));
        assert!(!pace.fits() && !pace.is_over(), "60 of 60 s");
    }

    #[test]
    fn without_a_budget_there_is_always_time_and_without_time_never() {
        let free = Pace::start(None);
        free.note(Duration::from_hours(1000));
        assert!(free.fits() && !free.is_over());
        let none = Pace::start(Some(Duration::ZERO));
        assert!(!none.fits() && none.is_over());
    }
}
