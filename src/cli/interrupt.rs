//! Ctrl-C and friends: the first asks to stop, the second ends the program at once. A scheduler's
//! early sign (USR1) asks to leave with work left, to be continued.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::failure::{DISK, Failure, WORK_LEFT};

/// Whether, and by which signal, the program was asked to stop.
#[derive(Debug, Default)]
pub(crate) struct Interrupt {
    signal: Arc<AtomicUsize>,
    early_sign: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Failure> {
        let (interrupt, again) = (Self::default(), Arc::new(AtomicBool::new(false)));
        for signal in [SIGINT, SIGTERM] {
            let listen = || {
                // In this order: the flag is still down at the first signal, and up at the second.
                flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
                flag::register(signal, Arc::clone(&again))?;
                let number = usize::try_from(signal).unwrap_or_default();
                flag::register_usize(signal, Arc::clone(&interrupt.signal), number)
            };
            listen().map_err(|error| Failure::new(DISK, format!("signals: {error}")))?;
        }
        #[cfg(unix)]
        flag::register(signal_hook::consts::SIGUSR1, Arc::clone(&interrupt.early_sign))
            .map_err(|error| Failure::new(DISK, format!("signals: {error}")))?;
        Ok(interrupt)
    }

    /// The exit code of the signal that came, if one did: 130 or 143 after a request to end, 75
    /// after an early sign alone.
    pub(crate) fn exit_code(&self) -> Option<u8> {
        match self.signal.load(Ordering::Relaxed) {
            0 => self.early_sign.load(Ordering::Relaxed).then_some(WORK_LEFT),
            signal => Some(128 + u8::try_from(signal).unwrap_or(0)),
        }
    }
}
