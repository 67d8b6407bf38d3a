//! JSON that carries its own proof: an object whose last key, `digest`, is the BLAKE3 digest of the
//! rest. Blanks and line breaks do not count; a changed key or value is noticed by every reader.

use serde::Serialize;
use serde::de::DeserializeOwned;
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
    serde_json::to_string_pretty(&sealed(value)?).map(|text| text + "\n")
}

/// A value as one line of sealed JSON.
///
/// # Errors
/// If the value is no JSON object.
pub fn line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(sealed(value)?.to_string() + "\n")
}

/// Reads sealed JSON into a type that knows all of its keys.
///
/// # Errors
/// In a sentence that goes with a file's name: it is no JSON, its digest is missing or is not that
/// of its content, or a key is missing or unknown.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_value(opened(bytes)?).map_err(|error| format!("is not as expected: {error}"))
}

/// Reads sealed JSON as it is, without its digest.
///
/// # Errors
/// As [`read`], but for the keys.
pub fn opened(bytes: &[u8]) -> Result<Value, String> {
    let damaged = |error: serde_json::Error| format!("is damaged: {error}");
    let mut value: Value = serde_json::from_slice(bytes).map_err(damaged)?;
    let stated = value.as_object_mut().and_then(|object| object.shift_remove(DIGEST));
    let stated = stated.ok_or_else(|| format!("is damaged: it has no key \"{DIGEST}\""))?;
    if stated.as_str() == Some(&digest(&value)) { Ok(value) } else { Err(CHANGED.to_owned()) }
}

fn sealed(value: &impl Serialize) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(value)?;
    let digest = digest(&value);
    match value.as_object_mut() {
        Some(object) => object.insert(DIGEST.to_owned(), Value::String(digest)),
        None => return Err(serde::ser::Error::custom("only objects can be sealed")),
    };
    Ok(value)
}

fn digest(value: &Value) -> String {
    blake3::hash(value.to_string().as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_sealed_is_read_and_every_flipped_bit_is_noticed_or_means_nothing() {
        let value = json!({"a": [1.5e-300, 0.1, null], "b": {"c": "ä\n\"", "d": true}});
        for text in [text(&value).unwrap(), line(&value).unwrap()] {
            assert_eq!(read::<Value>(text.as_bytes()).unwrap(), value);
            for bit in 0..8 * text.len() {
                let mut spoilt = text.clone().into_bytes();
                spoilt[bit / 8] ^= 1 << (bit % 8);
                let read = read::<Value>(&spoilt);
                assert!(read.is_err() || read == Ok(value.clone()), "bit {bit}");
            }
        }
    }

    #[test]
    fn what_is_not_sealed_is_refused() {
        for text in ["", "{}", "[]", "{\"a\": 1}", "{\"digest\": 3}"] {
            assert!(read::<Value>(text.as_bytes()).is_err(), "{text}");
        }
        assert!(text(&json!([1])).is_err());
    }
}
