//! JSON that carries its own proof: an object whose last key, `digest`, is the BLAKE3 digest of the
//! rest. Blanks and line breaks do not count; a changed key or value is noticed by every reader.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufWriter;

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

/// Key of the digest.
const DIGEST: &str = "digest";

/// What a reader says of a file whose digest is not that of its content.
const CHANGED: &str = "is damaged: its digest is not that of its content";

/// A value as sealed JSON, laid out for people.
///
/// # Errors
/// If the value is no JSON object.
pub fn text(value: &impl Serialize) -> Result<String, serde_json::Error> {
    closed(serde_json::to_string_pretty(value)?, value, "\n}", [",\n  ", ": ", "\n}\n"])
}

/// A value as one line of sealed JSON.
///
/// # Errors
/// If the value is no JSON object.
pub fn line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    closed(serde_json::to_string(value)?, value, "}", [",", ":", "}\n"])
}

/// An object's text with the digest as its last key.
fn closed(
    mut text: String,
    value: &impl Serialize,
    end: &str,
    [before, between, after]: [&str; 3],
) -> Result<String, serde_json::Error> {
    if !(text.starts_with('{') && text.ends_with(end) && text != "{}") {
        return Err(serde::ser::Error::custom("only objects that hold something can be sealed"));
    }
    text.truncate(text.len() - end.len());
    for part in
        [before, &format!("\"{DIGEST}\""), between, &format!("\"{}\"", digest(value)?), after]
    {
        text.push_str(part);
    }
    Ok(text)
}

/// Reads sealed JSON into the type that it was written from.
///
/// # Errors
/// In a sentence that goes with a file's name: it is no JSON, its digest is missing or is not that
/// of its content, or a key is missing or unknown.
pub fn read<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, String> {
    let content = content(bytes)?;
    let value: T =
        serde_json::from_slice(&content).map_err(|error| format!("is not as expected: {error}"))?;
    let known = serde_json::to_vec(&value).map_err(|error| format!("is damaged: {error}"))?;
    match keys(&content).symmetric_difference(&keys(&known)).next() {
        Some(key) => Err(format!("is damaged: key `{key}` is missing or unknown")),
        None => Ok(value),
    }
}

/// Reads sealed JSON as it is, without its digest.
///
/// # Errors
/// As [`read`], but for the keys.
pub fn opened(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(&content(bytes)?).map_err(|error| format!("is damaged: {error}"))
}

/// The text of sealed JSON without blanks and without its digest, once that is seen to be right.
fn content(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut content = without_blanks(bytes);
    let missing = || format!("is damaged: it does not end with a key \"{DIGEST}\"");
    let before = format!(",\"{DIGEST}\":\"");
    let length = blake3::OUT_LEN * 2;
    let end = content.len().checked_sub(before.len() + length + 2).ok_or_else(missing)?;
    let stated = content.split_off(end);
    let stated = stated.strip_prefix(before.as_bytes()).and_then(|rest| rest.strip_suffix(b"\"}"));
    let stated = stated.ok_or_else(missing)?;
    content.push(b'}');
    if blake3::hash(&content).to_hex().as_bytes() == stated {
        return Ok(content);
    }
    Err(CHANGED.to_owned())
}

/// A text of JSON without the blanks outside its strings.
fn without_blanks(text: &[u8]) -> Vec<u8> {
    let (mut inside, mut escaped) = (false, false);
    let kept = |byte: &u8| {
        let keep = inside || !byte.is_ascii_whitespace();
        if *byte == b'"' && !escaped {
            inside = !inside;
        }
        escaped = inside && *byte == b'\\' && !escaped;
        keep
    };
    text.iter().copied().filter(kept).collect()
}

/// Names of the outermost keys.
fn keys(text: &[u8]) -> BTreeSet<String> {
    #[expect(clippy::zero_sized_map_values, reason = "values are read past, not held")]
    let keys: BTreeMap<String, IgnoredAny> = serde_json::from_slice(text).unwrap_or_default();
    keys.into_keys().collect()
}

/// BLAKE3 digest of a value as JSON without blanks, in hexadecimal.
fn digest(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut hasher = blake3::Hasher::new();
    serde_json::to_writer(BufWriter::new(&mut hasher), value)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    /// What is sealed in these tests.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Kept {
        a: Vec<Option<f64>>,
        b: std::collections::BTreeMap<String, Value>,
        #[serde(default)]
        c: Option<u32>,
    }

    fn kept() -> Kept {
        let b = [("c", json!("ä\n\"")), ("d", json!(true))];
        let b = b.map(|(key, value)| (key.to_owned(), value)).into();
        Kept { a: vec![Some(1.5e-300), Some(0.1), None], b, c: None }
    }

    #[test]
    fn what_is_sealed_is_read_and_every_flipped_bit_is_noticed_or_means_nothing() {
        for text in [text(&kept()).unwrap(), line(&kept()).unwrap()] {
            assert_eq!(read::<Kept>(text.as_bytes()).unwrap(), kept());
            let value = serde_json::to_value(kept()).unwrap();
            assert_eq!(opened(text.as_bytes()).unwrap(), value);
            for bit in 0..8 * text.len() {
                let mut spoilt = text.clone().into_bytes();
                spoilt[bit / 8] ^= 1 << (bit % 8);
                let (read, opened) = (read::<Kept>(&spoilt), opened(&spoilt));
                assert!(read.is_err() || read == Ok(kept()), "bit {bit}");
                assert!(opened.is_err() || opened.as_ref() == Ok(&value), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_key_too_many_or_too_few_is_named_even_where_the_digest_is_right() {
        let mut value = serde_json::to_value(kept()).unwrap();
        let object = value.as_object_mut().unwrap();
        object.insert("more".to_owned(), json!(1));
        let error = read::<Kept>(text(&value).unwrap().as_bytes()).unwrap_err();
        assert_eq!(error, "is damaged: key `more` is missing or unknown");
        let object = value.as_object_mut().unwrap();
        object.shift_remove("more");
        object.shift_remove("c");
        let error = read::<Kept>(text(&value).unwrap().as_bytes()).unwrap_err();
        assert_eq!(error, "is damaged: key `c` is missing or unknown");
        // Nor does a key pass that no digest knows of, wherever it stands.
        let whole = line(&kept()).unwrap();
        for (from, to) in [("{", "{\"more\":1,"), ("\"b\":{", "\"b\":{\"more\":1,")] {
            let error = read::<Kept>(whole.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(error, CHANGED);
        }
    }

    #[test]
    fn what_is_not_sealed_is_refused() {
        for text in ["", "{}", "[]", "{\"a\": 1}", "{\"digest\": 3}"] {
            assert!(opened(text.as_bytes()).is_err(), "{text}");
            assert!(read::<Kept>(text.as_bytes()).is_err(), "{text}");
        }
        for value in [json!([1]), json!({}), json!("{}")] {
            assert!(text(&value).is_err() && line(&value).is_err(), "{value}");
        }
    }
}
