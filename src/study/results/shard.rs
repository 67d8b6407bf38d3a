//! Publishing shards and what stands beside them: whole or not at all, never over another attempt's
//! work.
//!
//! A file is written by an [`FileAttempt`] and linked to its final name. If that name is taken, the
//! bytes must be the same: two attempts at one shard may run at once, and equal work gives equal
//! bytes.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::files::{self, FileAttempt, abandoned_attempts_at, has_ending};
use crate::study::error::Error;

use crate::files::abandoned;

/// Publishes bytes under a name in a folder, unless the same bytes are there already.
///
/// # Errors
/// [`Error::Conflict`] if other bytes are there; [`Error::Disk`] if the disk refuses.
pub(crate) fn publish(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let target = folder.join(name);
    let mut attempt = FileAttempt::begin(&target).map_err(Error::disk(&target))?;
    attempt.write_all(bytes).map_err(Error::disk(&target))?;
    match attempt.take_name() {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => settle(attempt, &target, bytes),
        Err(error) => Err(Error::disk(&target)(error)),
    }
}

/// Writes a file and puts it in place of what has its name, in one step; clears what killed attempts
/// at it left.
///
/// # Errors
/// What `write` returns, or [`Error::Disk`].
pub fn replace(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut File) -> Result<(), Error>,
) -> Result<(), Error> {
    let target = folder.join(name);
    files::clear(abandoned_attempts_at(&target));
    let mut attempt = FileAttempt::begin(&target).map_err(Error::disk(&target))?;
    write(attempt.file())?;
    attempt.replace().map_err(Error::disk(&target))
}

/// Removes temporary files whose process is gone.
///
/// # Errors
/// If the folder cannot be listed.
pub(crate) fn clear_abandoned(folder: &Path) -> Result<(), Error> {
    fs::read_dir(folder).map_err(Error::disk(folder))?;
    files::clear(abandoned(folder));
    Ok(())
}

/// Names of files in a folder that disagree with what was published before, in order.
#[must_use]
pub(crate) fn conflicts(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| has_ending(name, "conflict")).collect();
    names.sort();
    names
}

/// Compares with what was published before; keeps other bytes beside it.
fn settle(attempt: FileAttempt, target: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::read(target).map_err(Error::disk(target))? == bytes {
        return Ok(());
    }
    let mut name = target.as_os_str().to_owned();
    name.push(".conflict");
    let conflict = PathBuf::from(name);
    attempt.put_aside(&conflict).map_err(Error::disk(&conflict))?;
    Err(Error::Conflict { published: target.to_owned(), conflict })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::attempt_name;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn equal_bytes_may_be_published_twice() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            publish(folder.path(), "a", b"same").unwrap();
        }
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn other_bytes_are_kept_beside_and_reported() {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), "a", b"one").unwrap();
        let error = publish(folder.path(), "a", b"two").unwrap_err();
        assert!(matches!(error, Error::Conflict { .. }));
        assert_eq!(names(folder.path()), ["a", "a.conflict"]);
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"one");
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_a_matter_of_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let error = publish(&folder.path().join("gone"), "a", b"x").unwrap_err();
        assert!(matches!(error, Error::Disk { .. }), "{error}");
    }

    #[test]
    fn racing_attempts_leave_one_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = vec![7_u8; 1 << 16];
        std::thread::scope(|scope| {
            let attempts: Vec<_> =
                (0..8).map(|_| scope.spawn(|| publish(folder.path(), "a", &bytes))).collect();
            for attempt in attempts {
                attempt.join().unwrap().unwrap();
            }
        });
        assert_eq!(names(folder.path()), ["a"]);
        assert_eq!(fs::read(folder.path().join("a")).unwrap(), bytes);
    }

    #[test]
    fn leftovers_of_dead_processes_are_cleared_and_those_of_living_ones_kept() {
        let folder = tempfile::tempdir().unwrap();
        let dead = format!("a.{}~4294967294~1.tmp", files::host());
        let alive = attempt_name("b", "tmp");
        for name in [&dead, &alive] {
            fs::write(folder.path().join(name), "half").unwrap();
        }
        clear_abandoned(folder.path()).unwrap();
        assert_eq!(names(folder.path()), [alive]);
    }
}
