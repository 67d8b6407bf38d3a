//! What a shard consists of: a digest for each of its files, published before any of them.
//!
//! Equal work gives equal bytes, so that two attempts publish the same seal. A file that is not as
//! its seal says was damaged after it was written; the shard is then set aside and made again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder::{Folder, SET_ASIDE, seal_name, shard_of};
use super::provenance::digest_file;
use super::shard::publish;
use crate::files::sealed;
use crate::files::sync_folder;
use crate::study::error::Error;

/// The files of a shard, or of a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// Digest of the plan that they belong to.
    plan_digest: String,
    /// BLAKE3 digests by name.
    files: BTreeMap<String, String>,
}

/// A damaged file that was moved out of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(out, "{}: {}", self.file.display(), self.problem)
    }
}

impl Seal {
    /// The seal of files that are about to be published.
    #[must_use]
    pub(crate) fn from_files(plan_digest: &str, files: &[(String, Vec<u8>)]) -> Self {
        let digest = |bytes: &Vec<u8>| blake3::hash(bytes).to_hex().to_string();
        let files = files.iter().map(|(name, bytes)| (name.clone(), digest(bytes))).collect();
        Self { plan_digest: plan_digest.to_owned(), files }
    }

    /// Reads the seal of a shard.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is missing, damaged, or of another plan.
    pub(crate) fn read(folder: &Folder, shard: u32) -> Result<Self, Error> {
        let seal = Self::of_shard(folder, shard)?;
        if seal.is_of(folder) {
            return Ok(seal);
        }
        let path = folder.shards().join(seal_name(shard));
        Err(Error::damaged(&path)("belongs to another plan"))
    }

    /// Whether it belongs to the folder's plan.
    #[must_use]
    pub(crate) fn is_of(&self, folder: &Folder) -> bool {
        self.plan_digest == folder.digest
    }

    /// Reads the seal of a shard, whatever plan it belongs to.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is missing or damaged.
    pub(crate) fn of_shard(folder: &Folder, shard: u32) -> Result<Self, Error> {
        let path = folder.shards().join(seal_name(shard));
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::damaged(&path)("is missing"));
            }
            Err(error) => return Err(Error::disk(&path)(error)),
        };
        let seal: Self = sealed::read(&bytes).map_err(Error::damaged(&path))?;
        let mut names = seal.files.keys();
        if !seal.files.is_empty() && names.all(|name| shard_of(name) == Some(shard)) {
            return Ok(seal);
        }
        Err(Error::damaged(&path)("is the seal of another shard"))
    }

    /// Makes sure that a file of the shard is the one that was published.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is not; [`Error::Disk`].
    pub(crate) fn check(&self, folder: &Path, name: &str) -> Result<(), Error> {
        let path = folder.join(name);
        let stated = self.files.get(name).ok_or_else(|| {
            Error::damaged(&path)("is not among the files that the shard's seal lists")
        })?;
        if !path.exists() {
            return Err(Error::damaged(&path)("is missing"));
        }
        if digest_file(&path)? == *stated {
            return Ok(());
        }
        Err(Error::damaged(&path)("is damaged: its digest is not the one it was published with"))
    }

    /// The digest that a file was published with.
    #[must_use]
    pub(crate) fn digest_of(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(String::as_str)
    }
}

/// Publishes the files of a shard, the one that marks it as done last. Files that an earlier
/// attempt left damaged are set aside.
///
/// # Errors
/// [`Error::Conflict`] if an earlier attempt published other bytes; [`Error::Disk`].
pub(crate) fn publish_shard(
    folder: &Folder,
    shard: u32,
    files: &[(String, Vec<u8>)],
) -> Result<(), Error> {
    for damage in set_aside(folder, shard)? {
        tracing::warn!("{damage}; set aside");
    }
    let shards = folder.shards();
    let seal = Seal::from_files(&folder.digest, files);
    let name = seal_name(shard);
    let text = sealed::text(&seal).map_err(Error::damaged(&shards.join(&name)))?;
    if let Err(error) = publish(&shards, &name, text.as_bytes()) {
        // Another attempt left other bytes: these are kept beside them, and complete nothing.
        for (name, bytes) in files.iter().filter(|(name, _)| shards.join(name).exists()) {
            let _ = publish(&shards, name, bytes);
        }
        return Err(error);
    }
    files.iter().try_for_each(|(name, bytes)| publish(&shards, name, bytes))
}

/// Sets aside the files of a shard that are not as they were published; says which.
///
/// # Errors
/// [`Error::Disk`].
pub fn set_aside(folder: &Folder, shard: u32) -> Result<Vec<Damage>, Error> {
    let (shards, names) = (folder.shards(), folder.names()?);
    let of_shard = |name: &&String| shard_of(name) == Some(shard);
    let files: Vec<&String> = names.iter().filter(of_shard).collect();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let mut damages = Vec::new();
    let seal = match Seal::read(folder, shard) {
        Ok(seal) => Some(seal),
        Err(error) => {
            damages.push(Damage::from_error(error)?);
            None
        }
    };
    for name in files.into_iter().filter(|name| **name != seal_name(shard)) {
        // A merge elsewhere may have removed it since.
        if !shards.join(name).exists() {
            continue;
        }
        let checked = match &seal {
            Some(seal) => seal.check(&shards, name),
            None => Err(Error::damaged(&shards.join(name))("has no seal that vouches for it")),
        };
        checked.or_else(|error| Damage::from_error(error).map(|damage| damages.push(damage)))?;
    }
    for damage in &damages {
        move_aside(&damage.file)?;
    }
    // The shard's list of files names one that is gone, as its list of failed runs may be.
    let lost = seal.iter().flat_map(|seal| seal.files.keys());
    if folder.has_shard(shard) && lost.clone().any(|name| !shards.join(name).exists()) {
        let path = shards.join(super::folder::shard_name(shard, "runs"));
        damages.push(Damage { file: path.clone(), problem: "lacks a file beside it".to_owned() });
        move_aside(&path)?;
    }
    Ok(damages)
}

impl Damage {
    /// What an error says of a damaged file; other errors stay errors.
    ///
    /// # Errors
    /// What is no damage.
    pub(crate) fn from_error(error: Error) -> Result<Self, Error> {
        match error {
            Error::Damaged { file, problem } => Ok(Self { file, problem }),
            other => Err(other),
        }
    }
}

/// Gives a damaged file another name, in place of an earlier one of that name.
///
/// # Errors
/// [`Error::Disk`].
pub(crate) fn move_aside(file: &Path) -> Result<(), Error> {
    let mut name = file.as_os_str().to_owned();
    name.push(SET_ASIDE);
    match fs::rename(file, PathBuf::from(name)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::disk(file)(error)),
        _ => sync_folder(file).map_err(Error::disk(file)),
    }
}
