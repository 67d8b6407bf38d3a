//! What the system says of this process: processor time and memory. None where it does not tell.

use std::fs;
use std::time::Instant;

/// A stretch of work of this thread, by the processor's clock where there is one: time in which others
/// had the processor does not count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadTime {
    began: Instant,
    before: Option<f64>,
}

impl ThreadTime {
    /// Starts the clock.
    #[must_use]
    pub(super) fn start() -> Self {
        Self { began: Instant::now(), before: processor_seconds() }
    }

    /// Seconds since the start.
    #[must_use]
    pub(super) fn seconds(self) -> f64 {
        let wall = self.began.elapsed().as_secs_f64();
        let processor = processor_seconds().zip(self.before).map(|(now, before)| now - before);
        // A clock that stands still tells nothing.
        processor.filter(|seconds| *seconds > 0.0).unwrap_or(wall)
    }
}

/// Processor time of this thread so far, s.
fn processor_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// Memory of this process now, MB.
#[must_use]
pub(crate) fn memory_mb() -> Option<f64> {
    status("VmRSS:")
}

/// Largest memory of this process since [`forget_peak`], MB.
#[must_use]
pub(crate) fn peak_memory_mb() -> Option<f64> {
    status("VmHWM:")
}

/// Starts the peak anew; where the system does not allow it, peaks only grow.
pub(crate) fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn status(key: &str) -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_no_processor_time() {
        let stretch = ThreadTime::start();
        std::thread::sleep(std::time::Duration::from_millis(60));
        assert!(processor_seconds().is_none() || stretch.seconds() < 0.06);
    }
}
