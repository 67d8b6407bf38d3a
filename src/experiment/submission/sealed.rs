//! JSON files that carry the digest of their own content, so that a reader knows them whole.
//!
//! The first key is `digest`; it is that of every byte after its value. Any reader of JSON takes the
//! file as it is.

/// What stands before the digest, and after it.
const BEFORE: &str = "{\"digest\": \"";
const AFTER: &str = "\",";
/// Length of a digest, in hexadecimal.
const DIGITS: usize = 2 * blake3::OUT_LEN;

/// A JSON object with the digest of the rest as its first key. The text must have a key.
#[must_use]
pub fn sealed(text: &str) -> String {
    let rest = text.strip_prefix('{').unwrap_or(text);
    format!("{BEFORE}{}{AFTER}{rest}", blake3::hash(rest.as_bytes()).to_hex())
}

/// Whether a file is what was written.
///
/// # Errors
/// What is wrong with it.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let parts =
        bytes.strip_prefix(BEFORE.as_bytes()).and_then(|rest| rest.split_at_checked(DIGITS));
    let Some((digest, rest)) =
        parts.and_then(|(digest, rest)| Some((digest, rest.strip_prefix(AFTER.as_bytes())?)))
    else {
        return Err("is damaged: it does not begin with its digest".to_owned());
    };
    if blake3::hash(rest).to_hex().as_bytes() == digest {
        return Ok(());
    }
    Err("is damaged: its digest is not that of its content".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_bit_flips_it_is_seen_and_the_file_stays_json() {
        let text = sealed("{\n  \"tasks\": [[1, 2], [3]]\n}\n");
        assert_eq!(check(text.as_bytes()), Ok(()));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["tasks"][0][1], 2);
        for place in 0..8 * text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place / 8] ^= 1 << (place % 8);
            assert!(check(&bytes).is_err(), "bit {place}");
        }
        assert!(check(b"").is_err() && check(&text.as_bytes()[..40]).is_err());
    }
}
