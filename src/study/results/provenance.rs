//! Where results come from: program, machine, command.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::files;
use crate::study::error::Error;

/// How this run was started.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The command line.
    pub command: String,
    /// Worker threads.
    pub threads: usize,
}

/// What a program is: version, source revision, compiler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Name and version.
    pub tool: String,
    /// Revision of the source.
    pub revision: String,
    /// Whether the source was changed since.
    pub dirty: bool,
    /// Compiler.
    pub toolchain: String,
    /// What it was built for.
    pub target: String,
    /// How it was optimised.
    pub profile: String,
}

/// What this binary is.
#[must_use]
pub fn build() -> Build {
    Build {
        tool: concat!("hashflight ", env!("CARGO_PKG_VERSION")).to_owned(),
        revision: env!("HASHFLIGHT_REVISION").to_owned(),
        dirty: env!("HASHFLIGHT_DIRTY") == "true",
        toolchain: env!("HASHFLIGHT_RUSTC").to_owned(),
        target: env!("HASHFLIGHT_TARGET").to_owned(),
        profile: env!("HASHFLIGHT_PROFILE").to_owned(),
    }
}

/// BLAKE3 digest of this program's file, in hexadecimal; none where the system does not tell.
#[must_use]
pub fn binary() -> Option<String> {
    // The file that is running, even if another one has its name by now.
    let running = digest_file(Path::new("/proc/self/exe"));
    running.or_else(|_| digest_file(&std::env::current_exe().unwrap_or_default())).ok()
}

/// Seconds since 1970.
#[must_use]
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs())
}

/// BLAKE3 digest of a file, in hexadecimal.
///
/// # Errors
/// [`Error::Disk`] if it cannot be read.
pub(crate) fn digest_file(path: &Path) -> Result<String, Error> {
    files::digest_file(path).map_err(Error::disk(path))
}
