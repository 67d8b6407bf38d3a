//! Words that reach a shell or a script: quoted, or refused.

use std::path::Path;

/// A word as one would type it in a shell: as it is if that is safe, else between single quotes.
#[must_use]
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Words as one would type them in a shell.
#[must_use]
pub(crate) fn quoted_line<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// The text of a path, if a script can carry it: Unicode without control characters.
///
/// Quotes hold everything else; a line break would end the comment or the `#SBATCH` line that it
/// stands in, whatever the quotes.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn script_path(path: &Path) -> Result<&str, String> {
    let text = path
        .to_str()
        .ok_or_else(|| format!("{}: no script can name it: not UTF-8", path.display()))?;
    // YAML takes the separators of lines and paragraphs for the ends of lines.
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.chars().any(breaks) {
        return Err(format!("{text:?}: no script can name it: a line break or control character"));
    }
    Ok(text)
}

/// Lets a word through that is made of letters, digits and `also`, and starts with none of these.
///
/// # Errors
/// What is allowed.
pub(crate) fn plain_word(text: &str, also: &str) -> Result<String, String> {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c)) {
        return Ok(text.to_owned());
    }
    Err(format!("expected letters, digits and {also}, beginning with a letter or digit"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_words_stay_plain() {
        assert_eq!(quoted("a=b/c.toml"), "a=b/c.toml");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted_line(&["a", "b c"]), "a 'b c'");
    }

    #[test]
    fn paths_that_break_lines_are_refused() {
        assert!(script_path(Path::new("a\nb")).is_err());
        assert!(script_path(Path::new("a\u{1b}b")).is_err());
        assert_eq!(script_path(Path::new("a 'b' $(c)")), Ok("a 'b' $(c)"));
    }

    #[test]
    fn only_plain_words_pass() {
        assert!(plain_word("debug,long", "_,-").is_ok());
        for bad in ["", "-o", "a b", "a;b", "a\nb", "$(a)"] {
            assert!(plain_word(bad, "_,-").is_err(), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_shell_gives_back_what_was_quoted(word in "[ -~äß€]{0,30}") {
            let script = format!("printf %s {}", quoted(&word));
            let shell = Command::new("sh").args(["-c", &script]).output().unwrap();
            prop_assert_eq!(String::from_utf8(shell.stdout).unwrap(), word);
        }
    }
}
