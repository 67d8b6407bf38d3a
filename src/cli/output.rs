//! Words for the user: results to standard output, everything else to standard error.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use super::failure::{DISK, FAILED, Failure};

/// Prints a text and a line break; a reader that has left is no error.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(DISK, format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints one JSON object.
pub(crate) fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(FAILED, error.to_string()))?;
    say(&text)
}

/// Most characters of a message: about a screen.
const SCREEN: usize = 2_000;
/// Characters at the end of a longer message that are kept, where the way out stands.
const END: usize = 400;

/// Prints a message to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "hashflight: {}", within_a_screen(text));
}

/// A message that stays within a screen: the middle of a longer one is left out, and said so.
pub(crate) fn within_a_screen(text: &str) -> String {
    let all = text.chars().count();
    if all <= SCREEN {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(SCREEN - END).collect();
    let end: String = text.chars().skip(all - END).collect();
    format!("{beginning} … ({} characters left out) … {end}", all - SCREEN)
}

/// Seconds in words: `8 ms`, `12.3 s`, `4.5 min`, `6.7 h`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 90.0 => format!("{s:.1} s"),
        s if s < 5400.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_keeps_its_ends_and_says_what_is_left_out() {
        assert_eq!(within_a_screen("short"), "short");
        let text = format!("first{}last", "é".repeat(9_991));
        let cut = within_a_screen(&text);
        assert!(cut.starts_with("first") && cut.ends_with("last"), "{cut}");
        assert!(cut.contains("(8000 characters left out)") && cut.chars().count() < 2_100, "{cut}");
    }
}
