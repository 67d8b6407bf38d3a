//! The end that a scheduler makes of a task at its time limit, forestalled: a run under way cannot
//! be left, and a task that is killed in it says nothing of why.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::failure::{CONFLICT, WORK_LEFT};
use super::output::complain;

/// How long before the limit the program ends: a twelfth of the time, and no more than this.
const MARGIN: Duration = Duration::from_secs(45);

/// Ends the program shortly before its time limit, unless it is dropped before.
#[derive(Debug)]
pub(crate) struct Deadline {
    over: Arc<AtomicBool>,
    finished: Arc<AtomicUsize>,
}

impl Deadline {
    /// Sets it from now on; without a limit it never comes.
    pub(super) fn set(limit: Option<Duration>) -> Self {
        let deadline = Self { over: Arc::default(), finished: Arc::default() };
        if let Some(limit) = limit {
            let (over, finished) = (Arc::clone(&deadline.over), Arc::clone(&deadline.finished));
            std::thread::spawn(move || {
                std::thread::sleep(limit.saturating_sub(MARGIN.min(limit / 12)));
                if !over.load(Ordering::SeqCst) {
                    end(limit, finished.load(Ordering::SeqCst));
                }
            });
        }
        deadline
    }

    /// Notes a finished run.
    pub(super) fn note(&self) {
        self.finished.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

/// Ends the program amid a run: what is finished is in the journals, as after any kill.
fn end(limit: Duration, finished: usize) {
    let seconds = limit.as_secs();
    let code = if finished > 0 {
        complain(&format!(
            "the time limit of {seconds} s comes amid a run: {finished} runs are kept, more are left"
        ));
        WORK_LEFT
    } else {
        complain(&format!(
            "no progress: one run takes longer than the time limit of {seconds} s; give more --time"
        ));
        CONFLICT
    };
    std::process::exit(i32::from(code));
}
