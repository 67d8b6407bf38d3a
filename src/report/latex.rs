//! Text that LaTeX prints as it is.

/// Escapes every character that LaTeX would act on; control characters become spaces.
#[must_use]
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => safe.push_str("\\textbackslash{}"),
            '~' => safe.push_str("\\textasciitilde{}"),
            '^' => safe.push_str("\\textasciicircum{}"),
            '<' => safe.push_str("\\textless{}"),
            '>' => safe.push_str("\\textgreater{}"),
            '|' => safe.push_str("\\textbar{}"),
            '"' => safe.push_str("''"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                safe.push('\\');
                safe.push(character);
            }
            '[' | ']' => {
                safe.push('{');
                safe.push(character);
                safe.push('}');
            }
            _ if character.is_control() => safe.push(' '),
            _ => safe.push(character),
        }
    }
    safe
}

/// A rounded number in math mode, thousands set apart by a thin space.
#[must_use]
pub(super) fn number(rounded: &str) -> String {
    format!("${}$", super::numbers::grouped(rounded, "\\,"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_is_printed_as_it_is() {
        assert_eq!(
            escape("a_b&c%$#{}~^\\"),
            "a\\_b\\&c\\%\\$\\#\\{\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{}"
        );
    }

    #[test]
    fn a_line_break_cannot_leave_a_comment() {
        assert_eq!(escape("x\n\\input{y}"), "x \\textbackslash{}input\\{y\\}");
    }

    #[test]
    fn numbers_are_set_in_math_mode() {
        assert_eq!(number("-12345.6"), "$-12\\,345.6$");
    }
}
