//! Words for the user: results to standard output, everything else to standard error.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::failure::{DISK, FAILED, Failure};

/// Prints a text and a line break; a reader that has left is no error.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(DISK, format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints one JSON object.
pub fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(FAILED, error.to_string()))?;
    say(&text)
}

/// Prints a message to standard error.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "hashflight: {text}");
}

/// Seconds in words: `8 ms`, `12.3 s`, `4.5 min`, `6.7 h`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 90.0 => format!("{s:.1} s"),
        s if s < 5400.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
