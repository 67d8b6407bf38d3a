//! What the user sees while runs are made, and how they are stopped.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::deadline::Deadline;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::output::complain;
use crate::study::execution::complete::Observer;
use crate::study::results::seal::Damage;

/// Damaged files named in the message.
const NAMED: usize = 10;

/// A progress bar, an ear for signals, and the end of the time there is.
#[derive(Debug)]
pub(crate) struct Watch {
    bar: ProgressBar,
    interrupt: Interrupt,
    deadline: Deadline,
}

impl Watch {
    /// Watches from now on; `limit` is when somebody else would end the program. The bar is on
    /// standard error, and shows nothing unless that is a terminal.
    pub(super) fn begin(limit: Option<Duration>) -> Result<Self, Failure> {
        let template = "{bar:40} {pos}/{len} runs, {elapsed} gone, {eta} to go";
        let style = ProgressStyle::with_template(template);
        let bar = ProgressBar::new(0);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Ok(Self { bar, interrupt: Interrupt::listen()?, deadline: Deadline::set(limit) })
    }

    /// The exit code of the signal that came, if one did.
    pub(crate) fn exit_code(&self) -> Option<u8> {
        self.interrupt.exit_code()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Watch {
    fn damaged(&self, damages: &[Damage]) {
        say_damaged(damages);
    }

    fn begins(&self, runs: u64) {
        self.bar.set_length(runs);
        self.bar.reset();
    }

    fn finished(&self) {
        self.deadline.note();
        self.bar.inc(1);
        // What is said next must not run into the bar.
        if self.bar.length().is_some_and(|runs| self.bar.position() >= runs) {
            self.bar.finish_and_clear();
        }
    }

    fn stops(&self) -> bool {
        self.exit_code().is_some()
    }
}

/// Only says what is damaged.
#[derive(Debug)]
pub(super) struct Damages;

impl Observer for Damages {
    fn damaged(&self, damages: &[Damage]) {
        say_damaged(damages);
    }
}

/// Says what is damaged.
pub(crate) fn say_damaged(damages: &[Damage]) {
    for damage in damages.iter().take(NAMED) {
        complain(&format!("{damage}; it is set aside and made again"));
    }
    if damages.len() > NAMED {
        complain(&format!("… and {} more damaged files", damages.len() - NAMED));
    }
}
