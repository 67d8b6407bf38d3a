//! Files of reports: whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::files::{FileAttempt, abandoned_attempts_at, clear};
use crate::study::results::report_error::ReportError;

/// Writes under a name of its own beside `path`, syncs, then renames.
///
/// # Errors
/// When the disk refuses, or something other than a file has that name.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let mut file = PartialFile::create(path)?;
    file.write(bytes)?;
    file.finish().map(drop)
}

/// Publishes the files of a report below a folder and keeps their digests.
pub(crate) struct Publisher<'r> {
    results: &'r Path,
    /// Digests by path below the folder.
    pub digests: BTreeMap<String, String>,
    /// Files in the order in which they were published.
    pub files: Vec<PathBuf>,
}

impl<'r> Publisher<'r> {
    /// One that has published nothing yet.
    #[must_use]
    pub(super) const fn new(results: &'r Path) -> Self {
        Self { results, digests: BTreeMap::new(), files: Vec::new() }
    }

    /// Starts a file that is written piece by piece.
    ///
    /// # Errors
    /// As [`write_whole`].
    pub(super) fn begin(&self, name: &str) -> Result<PartialFile, ReportError> {
        PartialFile::create(&self.results.join(name))
    }

    /// Publishes such a file.
    ///
    /// # Errors
    /// As [`write_whole`].
    pub(super) fn finish(&mut self, name: &str, file: PartialFile) -> Result<(), ReportError> {
        let digest = file.finish()?;
        self.digests.insert(name.to_owned(), digest);
        self.files.push(self.results.join(name));
        Ok(())
    }

    /// Publishes a file at one go.
    ///
    /// # Errors
    /// As [`write_whole`].
    pub(super) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
        let mut file = self.begin(name)?;
        file.write(bytes)?;
        self.finish(name, file)
    }
}

/// A file written piece by piece, which gets its name when it is finished and leaves nothing when it
/// is not.
pub(crate) struct PartialFile {
    path: PathBuf,
    attempt: BufWriter<FileAttempt>,
    digest: blake3::Hasher,
}

impl PartialFile {
    /// Starts beside `path`, and clears what killed attempts at it left.
    ///
    /// # Errors
    /// As [`write_whole`].
    pub(super) fn create(path: &Path) -> Result<Self, ReportError> {
        let failed = |source| ReportError::Disk { path: path.to_owned(), source };
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(failed(io::Error::new(ErrorKind::InvalidInput, "is there and no file")));
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        clear(abandoned_attempts_at(path));
        let attempt = BufWriter::new(FileAttempt::begin(path).map_err(failed)?);
        Ok(Self { path: path.to_owned(), attempt, digest: blake3::Hasher::new() })
    }

    /// Appends.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ReportError> {
        self.digest.update(bytes);
        let failed = |source| ReportError::Disk { path: self.path.clone(), source };
        self.attempt.write_all(bytes).map_err(failed)
    }

    /// Syncs, gives the file its name, and tells its digest.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn finish(self) -> Result<String, ReportError> {
        let Self { path, attempt, digest } = self;
        let done = attempt.into_inner().map_err(io::IntoInnerError::into_error);
        done.and_then(FileAttempt::replace).map_err(|source| ReportError::Disk { path, source })?;
        Ok(digest.finalize().to_hex().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write_whole(&taken, b"1").is_err() && taken.is_dir());
        let file = folder.path().join("file");
        write_whole(&file, b"1").unwrap();
        write_whole(&file, b"2").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"2");
    }
}
