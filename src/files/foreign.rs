//! Files that come from elsewhere: what stands in the way of reading them, in words.

/// Most characters of a cell, a name or a header that a message shows.
const SHOWN: usize = 80;
/// Things of one kind that a message names.
const NAMED: usize = 12;

/// The text of a file of comma-separated values, without a byte order mark.
///
/// # Errors
/// What it is instead: another encoding, a program's own format, another separator.
pub(crate) fn comma_separated(bytes: &[u8]) -> Result<&[u8], String> {
    let formats: [(&[u8], &str); 6] = [
        (b"\xFF\xFE", "UTF-16 text: save it as UTF-8"),
        (b"\xFE\xFF", "UTF-16 text: save it as UTF-8"),
        (b"PK\x03\x04", "a ZIP archive or a workbook: export the sheet as CSV"),
        (b"PAR1", "Parquet: export it as CSV"),
        (b"\x1F\x8B", "compressed: unpack it first"),
        (b"\x28\xB5\x2F\xFD", "compressed: unpack it first"),
    ];
    if let Some((_, what)) = formats.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(format!("this is {what}"));
    }
    // Some spreadsheets put a byte order mark before the header.
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let header = text.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty());
    match header.and_then(other_separator) {
        Some(separator) => Err(format!(
            "the separator is {separator} — expected `,`; write columns apart by commas, and decimals \
             with a point"
        )),
        None => Ok(text),
    }
}

/// The separator of a header that commas do not separate.
fn other_separator(header: &[u8]) -> Option<&'static str> {
    let mut quoted = false;
    let mut counts = [0_usize; 4];
    for byte in header {
        quoted ^= *byte == b'"';
        let place = b",;\t|".iter().position(|separator| separator == byte);
        if let Some(place) = place.filter(|_| !quoted) {
            counts[place] += 1;
        }
    }
    let others = ["`;`", "a tab", "`|`"].into_iter().zip(&counts[1..]);
    let most = others.max_by_key(|(_, count)| **count);
    most.filter(|(_, count)| **count > counts[0]).map(|(name, _)| name)
}

/// Why a cell that should be a number is none, where that is plain to see; else nothing.
#[must_use]
pub(crate) fn number_hint(text: &str) -> &'static str {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let signless = text.trim_start_matches(['-', '+']);
    let parts: Vec<&str> = signless.split(',').collect();
    let grouped = |part: &&str| part.len() == 3 && plain(part);
    match parts.as_slice() {
        [whole, rest @ ..]
            if rest.len() > 1 && plain(whole) && rest[..rest.len() - 1].iter().all(grouped) =>
        {
            " (commas between thousands? write digits alone)"
        }
        [whole, rest] if plain(whole) && rest.contains('.') => {
            " (a comma between thousands? write digits alone)"
        }
        [whole, rest] if plain(&whole.replace('.', "")) && plain(rest) => {
            " (a decimal comma? write a point)"
        }
        _ if signless.ends_with('%') => " (a percentage? write a share)",
        _ if signless.starts_with(['$', '€', '£', '₿']) => {
            " (write the number without its unit)"
        }
        _ => "",
    }
}

/// Why a cell that should be a time is none, where that is plain to see; else nothing.
#[must_use]
pub(crate) fn time_hint(text: &str) -> &'static str {
    let whole = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        12..=14 if whole => " (milliseconds? divide by 1000)",
        15..=17 if whole => " (microseconds? divide by 1000000)",
        18.. if whole => " (nanoseconds? divide by 1000000000)",
        _ if text.contains('/') => " (day, month and year apart by hyphens, year first)",
        _ if text.parse::<f64>().is_ok_and(|value| value >= 1e8) => " (whole seconds are needed)",
        _ => "",
    }
}

/// What a header says of the program that wrote it: pandas puts a column without a name first.
#[must_use]
pub(crate) fn header_hint<'a>(mut header: impl Iterator<Item = &'a str>) -> &'static str {
    let first = header.next().unwrap_or("x").trim();
    if first.is_empty() || first.starts_with("Unnamed:") {
        " (the first column has no name: an index column of pandas? write the file with index=False, \
         or name the index)"
    } else {
        ""
    }
}

/// A cell, a name or a header as messages show it: the beginning of a long one, on one line.
#[must_use]
pub(crate) fn shortened(text: &str) -> String {
    let shown: String = text
        .chars()
        .take(SHOWN)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    match text.chars().count().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}… ({more} more characters)"),
    }
}

/// Names as messages list them: each in back ticks, a dozen at most, then how many more.
#[must_use]
pub fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named: Vec<_> = names.take(NAMED).map(|name| format!("`{}`", shortened(name))).collect();
    let rest = if more > 0 { format!(" … and {more} more") } else { String::new() };
    named.join(", ") + &rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_separators_and_formats_are_named() {
        assert_eq!(comma_separated(b"\xEF\xBB\xBFa,b\n1,2"), Ok(&b"a,b\n1,2"[..]));
        assert_eq!(comma_separated(b"one\n1\n"), Ok(&b"one\n1\n"[..]));
        assert_eq!(comma_separated(b"\"a;b;c\",d\n"), Ok(&b"\"a;b;c\",d\n"[..]));
        for (text, words) in [
            (&b"date;pool;blocks\n2024-01-01;a;1,5\n"[..], "separator is `;` — expected `,`"),
            (b"\r\ndate\tpool\tblocks", "separator is a tab"),
            (b"date|pool|blocks", "separator is `|`"),
            (b"\xFF\xFEd\0a\0", "UTF-16"),
            (b"PK\x03\x04abc", "workbook"),
            (b"PAR1", "Parquet"),
        ] {
            let problem = comma_separated(text).expect_err("no comma separates");
            assert!(problem.contains(words), "{problem}");
        }
    }

    #[test]
    fn numbers_of_other_countries_are_explained() {
        for (text, words) in [
            ("68111,81", "decimal comma"),
            ("-1.234,5", "decimal comma"),
            ("68,111.81", "comma between thousands"),
            ("1,234,567", "commas between thousands"),
            ("12%", "percentage"),
            ("$5", "without its unit"),
        ] {
            assert!(number_hint(text).contains(words), "{text}: {}", number_hint(text));
        }
        for text in ["", "soon", "12.5", "a,b"] {
            assert_eq!(number_hint(text), "", "{text}");
        }
        assert!(time_hint("1713571767000").contains("milliseconds"));
        assert!(time_hint("1713571767.0").contains("whole seconds"));
        assert!(time_hint("04/01/2015").contains("year first"));
        assert_eq!(time_hint("soon"), "");
    }

    #[test]
    fn long_cells_and_lists_are_cut_and_say_so() {
        assert_eq!(shortened("a\nb"), "a b");
        assert_eq!(
            shortened(&"x".repeat(100)),
            format!("{}… (20 more characters)", "x".repeat(80))
        );
        let names: Vec<String> = (0..300).map(|n| format!("n{n}")).collect();
        let text = listed(names.iter().map(String::as_str));
        assert!(text.starts_with("`n0`, `n1`") && text.ends_with("`n11` … and 288 more"), "{text}");
        assert!(header_hint(["", "date"].into_iter()).contains("index=False"));
        assert_eq!(header_hint(["date"].into_iter()), "");
    }
}
