//! Files appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::error::ReportError;

/// Writes under a temporary name beside `path`, syncs, then renames.
///
/// # Errors
/// When the disk refuses, or something other than a file has that name.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let mut file = Growing::create(path)?;
    file.write(bytes)?;
    file.finish()
}

/// A file written piece by piece, which gets its name when it is finished.
pub struct Growing {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
}

impl Growing {
    /// Starts under a temporary name beside `path`.
    ///
    /// # Errors
    /// As [`write_whole`].
    pub fn create(path: &Path) -> Result<Self, ReportError> {
        let failed = |source| ReportError::Disk { path: path.to_owned(), source };
        if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file() && !there.is_symlink()) {
            return Err(failed(io::Error::new(ErrorKind::InvalidInput, "is there and no file")));
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = path.with_file_name(name);
        let file = BufWriter::new(File::create(&partial).map_err(failed)?);
        Ok(Self { path: path.to_owned(), partial, file })
    }

    /// Appends.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ReportError> {
        self.file.write_all(bytes).map_err(|source| self.failed(source))
    }

    /// Syncs and gives the file its name.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> Result<(), ReportError> {
        let done = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        let done = done.and_then(|()| fs::rename(&self.partial, &self.path));
        done.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> ReportError {
        ReportError::Disk { path: self.path.clone(), source }
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
