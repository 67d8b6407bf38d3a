//! The assumptions name keys that exist, and say what the baseline has.

use std::fs;

use hashflight::study::experiment::config::Tree;

use crate::documents::{path, quoted, read, rows};

const ASSUMPTIONS: &str = "docs/ASSUMPTIONS.md";
/// What begins and ends the note of the key behind a number, which readers do not see; a `%` before the key says that
/// the number is in per cent.
const NOTE: (&str, &str) = ("<!--", "-->");

#[test]
fn every_key_that_the_assumptions_name_exists() {
    let tree = Tree::baseline().expect("the built-in baseline is valid, as other tests show");
    let text = read("docs/ASSUMPTIONS.md");
    let mut checked = 0;
    for row in rows(&text).into_iter().filter(|row| row.len() == 5) {
        let mut section = String::new();
        for name in quoted(row[3]) {
            let key = if name.contains('.') { name.to_owned() } else { format!("{section}{name}") };
            section =
                key.rsplit_once('.').map_or(String::new(), |(section, _)| format!("{section}."));
            let parameter = tree.parameters().iter().any(|known| matches(&known.key, &key));
            assert!(parameter || tree.json(&key).is_some(), "{}: no parameter {key}", row[0]);
            checked += 1;
        }
    }
    assert!(checked >= 60, "only {checked} keys");
}

/// Whether a key fits a pattern with at most one `*`.
fn matches(key: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => key == pattern,
        Some((start, end)) => {
            key.len() >= start.len() + end.len() && key.starts_with(start) && key.ends_with(end)
        }
    }
}

/// The number that ends a text, as it stands there.
fn last_number(text: &str) -> &str {
    let digits = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let begin = text.char_indices().rev().take_while(|&(_, c)| digits(c)).last();
    begin.map_or("", |(at, _)| &text[at..])
}

/// A value with as many decimals as a number that stands for it, thousands apart if they are there.
fn written_like(number: &str, value: f64) -> String {
    let decimals = number.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((&*text, ""), |(w, f)| (w, f));
    let grouped: String = whole
        .char_indices()
        .map(|(at, c)| match (whole.len() - at) % 3 {
            0 if at > 0 && number.contains(',') => format!(",{c}"),
            _ => c.to_string(),
        })
        .collect();
    if fraction.is_empty() { grouped } else { format!("{grouped}.{fraction}") }
}

/// The text with every number that a note names as the baseline has it, and how many there are.
fn with_values(text: &str) -> (String, usize) {
    let tree = Tree::baseline().expect("the built-in baseline is valid, as other tests show");
    let mut parts = text.split(NOTE.0);
    let mut done = parts.next().unwrap_or_default().to_owned();
    let mut noted = 0;
    for part in parts {
        let (note, rest) =
            part.split_once(NOTE.1).unwrap_or_else(|| panic!("a note is open: {part}"));
        let (key, scale) = note.strip_prefix('%').map_or((note, 1.0), |key| (key, 100.0));
        let value = tree.json(key).and_then(|value| value.as_f64());
        let value = value
            .unwrap_or_else(|| panic!("{ASSUMPTIONS}: {note} is no parameter that is a number"));
        let number = last_number(&done).to_owned();
        assert!(!number.is_empty(), "{ASSUMPTIONS}: no number before the note {note}");
        done.truncate(done.len() - number.len());
        done += &written_like(&number, scale * value);
        done += &[NOTE.0, note, NOTE.1, rest].concat();
        noted += 1;
    }
    (done, noted)
}

#[test]
fn the_assumptions_say_what_the_baseline_has() {
    let text = read(ASSUMPTIONS);
    let (wanted, noted) = with_values(&text);
    assert!(noted >= 90, "only {noted} values");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path(ASSUMPTIONS), wanted)
            .unwrap_or_else(|error| panic!("{ASSUMPTIONS}: {error}"));
        return;
    }
    for (line, wanted) in text.lines().zip(wanted.lines()) {
        assert_eq!(line, wanted, "UPDATE_DOCS=1 cargo test --test suite assumptions rewrites it");
    }
}

#[test]
fn numbers_keep_their_form() {
    assert_eq!(last_number("around 1,060.5"), "1,060.5");
    assert_eq!(last_number("sd "), "");
    assert_eq!(written_like("1,060", 917_148.4), "917,148");
    assert_eq!(written_like("0.80", 0.792), "0.79");
    assert_eq!(written_like("5", 4.86), "5");
}
