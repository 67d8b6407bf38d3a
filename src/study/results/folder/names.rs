//! Names of the files of shards.

/// Ending of the name of a shard's list of failed runs.
pub(crate) const FAILED: &str = ".failed.json";
/// Ending of the name of a shard's seal.
pub(crate) const SEAL: &str = ".seal.json";
/// Ending of the name of a file that was set aside.
pub(crate) const SET_ASIDE: &str = ".damaged";
/// Kinds of the files of rows, in the order in which those of a shard are published.
pub const KINDS: [&str; 5] = ["series", "regions", "leases", "miners", "runs"];
/// Kinds of which earlier layouts have no files.
pub const LATER_KINDS: [&str; 2] = ["regions", "leases"];

/// File name of the list of a shard's failed runs.
#[must_use]
pub(crate) fn failed_name(shard: u32) -> String {
    format!("{shard:06}{FAILED}")
}

/// File name of a shard's seal.
#[must_use]
pub(crate) fn seal_name(shard: u32) -> String {
    format!("{shard:06}{SEAL}")
}

/// The shard that a published file belongs to, by its name.
#[must_use]
pub(crate) fn shard_of(name: &str) -> Option<u32> {
    let (number, rest) = name.split_at_checked(name.find('.')?)?;
    let is_table = || KINDS.iter().any(|kind| rest == format!(".{kind}.parquet"));
    let known = rest == FAILED || rest == SEAL || is_table();
    number.parse().ok().filter(|_| known)
}

/// File name of a shard: `NNNNNN.<kind>.parquet`.
#[must_use]
pub(crate) fn shard_name(shard: u32, kind: &str) -> String {
    format!("{shard:06}.{kind}.parquet")
}
