//! Ways to spoil bytes and texts.

use crate::dice::Dice;

/// Words that stand where a number or a name should.
const WORDS: [&str; 36] = [
    "NaN",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1e308",
    "1e-320",
    "1e999",
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "4294967295",
    "4294967296",
    "2147483648",
    "-2147483649",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1_000",
    "0x10",
    "1,5",
    "1.5.2",
    "",
    "\"\"",
    "true",
    "null",
    "[]",
    "{}",
    "[[[]]]",
    "2025-02-30",
    "9999-12-31",
    "-0001-01-01",
    "ä€𝟙",
    "\u{202e}x",
];
/// Marks of CSV and TOML.
const MARKS: [&str; 14] =
    [",", ";", "\t", "\"", "'", "\n", "\r\n", "=", "[", "]", "{", "}", "#", "\u{feff}"];
/// Depth of nests.
const DEPTHS: [usize; 3] = [20, 200, 20_000];

/// Spoils a text in one to four ways.
pub fn text(text: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=dice.below(4) {
        bytes = match dice.below(14) {
            0 => flipped(bytes, dice),
            1 => cut(bytes, dice),
            2 | 3 => token_replaced(&bytes, dice),
            4 => number_replaced(&bytes, dice),
            5 => lines_changed(&bytes, dice, |lines, at, _| drop(lines.remove(at))),
            6 => lines_changed(&bytes, dice, |lines, at, _| lines.insert(at, lines[at].clone())),
            7 => lines_changed(&bytes, dice, |lines, at, other| lines.swap(at, other)),
            8 => inserted(bytes, dice),
            9 => String::from_utf8_lossy(&bytes).replace('\n', "\r\n").into_bytes(),
            10 => [b"\xef\xbb\xbf".as_slice(), &bytes].concat(),
            11 => separators_changed(&bytes, dice),
            12 => nested(bytes, dice),
            _ => raw(bytes, dice),
        };
    }
    bytes
}

/// Spoils a file of no text in one or two ways.
pub fn binary(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(2) {
        bytes = match dice.below(8) {
            0 | 1 => flipped(bytes, dice),
            2 => cut(bytes, dice),
            3 => [bytes, vec![0; 1 + dice.below(64)]].concat(),
            4 => zeroed(bytes, dice),
            // The footer says where everything is and how long.
            5 | 6 => footer_changed(bytes, dice),
            _ => raw(bytes, dice),
        };
    }
    bytes
}

/// One bit turned over.
pub fn flipped(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let at = dice.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << dice.below(8);
    }
    bytes
}

/// The end cut off.
pub fn cut(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    bytes.truncate(dice.below(bytes.len()));
    bytes
}

/// A block of zeros.
pub fn zeroed(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let from = dice.below(bytes.len());
    let to = (from + 1 + dice.below(512)).min(bytes.len());
    bytes[from..to].fill(0);
    bytes
}

fn raw(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let at = dice.below(bytes.len() + 1);
    let some: Vec<u8> = (0..=dice.below(8)).map(|_| dice.below(256) as u8).collect();
    bytes.splice(at..at, some);
    bytes
}

fn footer_changed(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let length = bytes.len();
    let from = length.saturating_sub(1 + dice.below(length.min(4096)));
    for byte in bytes[from..].iter_mut().take(1 + dice.below(4)) {
        *byte = dice.below(256) as u8;
    }
    bytes
}

fn inserted(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let at = dice.below(bytes.len() + 1);
    let word = if dice.happens(0.5) { *dice.one_of(&MARKS) } else { *dice.one_of(&WORDS) };
    bytes.splice(at..at, word.bytes());
    bytes
}

/// Ranges of bytes for which `is_part` holds without a break.
fn runs(bytes: &[u8], is_part: impl Fn(u8) -> bool) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, &byte) in bytes.iter().enumerate() {
        match found.last_mut() {
            Some((_, end)) if *end == at && is_part(byte) => *end += 1,
            _ if is_part(byte) => found.push((at, at + 1)),
            _ => {}
        }
    }
    found
}

fn replaced(bytes: &[u8], places: &[(usize, usize)], word: &str, dice: &mut Dice) -> Vec<u8> {
    if places.is_empty() {
        return bytes.to_vec();
    }
    let &(from, to) = dice.one_of(places);
    [&bytes[..from], word.as_bytes(), &bytes[to..]].concat()
}

fn token_replaced(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let places = runs(bytes, |byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte));
    if places.is_empty() || dice.happens(0.5) {
        let word = *dice.one_of(&WORDS);
        return replaced(bytes, &places, word, dice);
    }
    // Another word of the same file: the right kind in the wrong place.
    let &(from, to) = dice.one_of(&places);
    let word = String::from_utf8_lossy(&bytes[from..to]).into_owned();
    replaced(bytes, &places, &word, dice)
}

fn number_replaced(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let places = runs(bytes, |byte| byte.is_ascii_digit() || byte == b'.');
    let places: Vec<_> = places.into_iter().filter(|&(from, _)| bytes[from] != b'.').collect();
    let word = match dice.below(4) {
        0 => format!("-{}", dice.below(1000)),
        1 => format!("{}", dice.uniform() * 1e18),
        2 => format!("{:e}", dice.uniform() * 1e-12),
        _ => (*dice.one_of(&WORDS)).to_owned(),
    };
    replaced(bytes, &places, &word, dice)
}

fn lines_changed(
    bytes: &[u8],
    dice: &mut Dice,
    change: impl Fn(&mut Vec<Vec<u8>>, usize, usize),
) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (at, other) = (dice.below(lines.len()), dice.below(lines.len()));
    change(&mut lines, at, other);
    lines.join(&b'\n')
}

fn separators_changed(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let to = *dice.one_of(&MARKS);
    let all = dice.happens(0.5);
    let text = String::from_utf8_lossy(bytes).into_owned();
    let changed =
        if all { text.replace(',', to) } else { text.replacen(',', to, 1 + dice.below(4)) };
    changed.into_bytes()
}

fn nested(bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let depth = *dice.one_of(&DEPTHS);
    let (open, close, head) = match dice.below(4) {
        0 => ("[", "]", "deep = "),
        1 => ("{a=", "}", "deep = "),
        2 => ("a.", "a = 1", ""),
        _ => ("[", "]", ""),
    };
    let close = if close.len() > 1 { close.to_owned() } else { close.repeat(depth) };
    [&bytes, format!("\n{head}{}1{close}\n", open.repeat(depth)).as_bytes()].concat()
}
