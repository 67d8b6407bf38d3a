//! Files that appear whole or not at all, whoever else writes, and whatever is cut short.
//!
//! Every file is written by an [`FileAttempt`]: under a name that no other attempt has, created
//! exclusively (never over a file or through a link that is there), synced, and only then given its
//! final name. An attempt that fails takes its file away; what a killed one left is cleared by
//! whoever writes next.

mod attempt;
pub mod error;
pub mod foreign;
mod names;
pub(crate) mod quoting;
pub mod sealed;
pub(crate) mod sheet;

pub use attempt::FileAttempt;
pub(crate) use attempt::{create_appending, sync_folder};
pub(crate) use names::abandoned_attempts_at;
pub use names::{abandoned, host};
pub(crate) use names::{attempt_name, has_ending};

use std::fs;
use std::path::{Path, PathBuf};

/// Removes files of attempts whose process is gone; those that cannot be removed harm nobody.
pub fn clear(abandoned: Vec<PathBuf>) {
    for path in abandoned {
        let _ = fs::remove_file(path);
    }
}

/// BLAKE3 digest of bytes, in hexadecimal, as `b3sum` prints it.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// BLAKE3 digest of a file, in hexadecimal, as `b3sum` prints it.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn digest_file(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Whether two paths lead to one file that is there.
pub(crate) fn same_file(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().ok();
    whole(one).is_some() && whole(one) == whole(other)
}
