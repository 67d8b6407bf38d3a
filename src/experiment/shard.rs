//! Publishing files: whole or not at all, never over another attempt's work.
//!
//! A file is written under a name of its own, synced, and linked to its final name. If that name is
//! taken, the bytes must be the same: two attempts at one shard may run at once, and equal work
//! gives equal bytes.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Error;
use super::provenance::host;

/// Age after which a temporary file of an unknown process is taken for abandoned.
const ABANDONED: Duration = Duration::from_hours(24);

/// Publishes bytes under a name in a folder, unless the same bytes are there already.
///
/// # Errors
/// [`Error::Conflict`] if other bytes are there; [`Error::Disk`] if the disk refuses.
pub fn publish(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let (target, temporary) = (folder.join(name), folder.join(temporary_name(name)));
    let published = write_synced(&temporary, bytes).and_then(|()| {
        name_finally(&temporary, &target, |from: &Path, to: &Path| fs::hard_link(from, to))
    });
    let outcome = match published {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            settle(&temporary, &target, bytes)
        }
        Err(error) => Err(Error::disk(&target)(error)),
    };
    let _ = fs::remove_file(&temporary);
    outcome?;
    sync_folder(folder).map_err(Error::disk(folder))
}

/// Writes a file and puts it in place of what has its name, in one step.
///
/// # Errors
/// What `write` returns, or [`Error::Disk`].
pub fn replace(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut File) -> Result<(), Error>,
) -> Result<(), Error> {
    let temporary = folder.join(temporary_name(name));
    let outcome = File::create(&temporary).map_err(Error::disk(&temporary)).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all().map_err(Error::disk(&temporary))?;
        fs::rename(&temporary, folder.join(name)).map_err(Error::disk(&temporary))
    });
    if outcome.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    outcome?;
    sync_folder(folder).map_err(Error::disk(folder))
}

/// Removes temporary files whose process is gone.
///
/// # Errors
/// If the folder cannot be listed.
pub fn clear_abandoned(folder: &Path) -> Result<(), Error> {
    fs::read_dir(folder).map_err(Error::disk(folder))?;
    for path in abandoned(folder) {
        let _ = fs::remove_file(path);
    }
    Ok(())
}

/// Temporary files in a folder whose process is gone.
#[must_use]
pub fn abandoned(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            has_ending(&name, "tmp") && is_abandoned(&name, entry)
        })
        .map(|entry| entry.path())
        .collect()
}

/// Whether a name ends in a dot and an ending.
fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| last == ending)
}

/// Names of files in a folder that disagree with what was published before, in order.
#[must_use]
pub fn conflicts(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| has_ending(name, "conflict")).collect();
    names.sort();
    names
}

/// A name for a file that no other attempt has.
fn temporary_name(name: &str) -> String {
    attempt_name(name, "tmp")
}

/// `<name>.<host>~<process>~<thread>x<nanoseconds>.<ending>`: no other attempt has it. Host and
/// process alone would not do: containers may share both.
#[must_use]
pub fn attempt_name(name: &str, ending: &str) -> String {
    let thread = format!("{:?}", std::thread::current().id());
    let thread: String = thread.chars().filter(char::is_ascii_digit).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_nanos());
    format!("{name}.{}~{}~{thread}x{now:x}.{ending}", host(), std::process::id())
}

/// Whether the process that a temporary file is named after has ended.
fn is_abandoned(name: &str, entry: &fs::DirEntry) -> bool {
    let mut parts = name.trim_end_matches(".tmp").rsplit('~');
    let (_, process, rest) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
    let here = rest.ends_with(&format!(".{}", host()));
    let processes = Path::new("/proc/self").exists();
    if let (true, true, Some(process)) = (here, processes, process) {
        return !Path::new("/proc").join(process).exists();
    }
    let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|t| t.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a file its final name, which must be free; renames where links are not to be had.
///
/// An answer may get lost on the way from a file server: the link is made, and the repeated request
/// is told that the name is taken, by itself. A second link to a file whose first name nobody else
/// knows can only be ours.
fn name_finally(
    temporary: &Path,
    target: &Path,
    link: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let Err(error) = link(temporary, target) else { return Ok(()) };
    if links(temporary) == Some(2) {
        return Ok(());
    }
    if error.kind() == ErrorKind::AlreadyExists || target.exists() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    fs::rename(temporary, target)
}

/// Names that a file has; `None` where the system does not tell.
fn links(path: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).ok().map(|data| data.nlink())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Compares with what was published before; keeps other bytes beside it.
fn settle(temporary: &Path, target: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::read(target).map_err(Error::disk(target))? == bytes {
        return Ok(());
    }
    let mut name = target.as_os_str().to_owned();
    name.push(".conflict");
    let conflict = PathBuf::from(name);
    fs::rename(temporary, &conflict).map_err(Error::disk(&conflict))?;
    Err(Error::Conflict { published: target.to_owned(), conflict })
}

/// Makes new names in a folder survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// Two files, of which the first is to get the second's name.
    fn half_way(folder: &Path) -> (PathBuf, PathBuf) {
        let temporary = folder.join("mine.tmp");
        fs::write(&temporary, "bytes").unwrap();
        (temporary, folder.join("a"))
    }

    #[test]
    fn a_link_whose_answer_was_lost_is_known_as_our_own() {
        for answer in [ErrorKind::AlreadyExists, ErrorKind::TimedOut] {
            let folder = tempfile::tempdir().unwrap();
            let (temporary, target) = half_way(folder.path());
            let made_but_denied = |from: &Path, to: &Path| {
                fs::hard_link(from, to)?;
                Err(answer.into())
            };
            name_finally(&temporary, &target, made_but_denied).unwrap();
            assert_eq!(fs::read(&target).unwrap(), b"bytes");
        }
    }

    #[test]
    fn where_links_are_missing_a_free_name_is_taken_and_a_taken_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (temporary, target) = half_way(folder.path());
        let no_links = |_: &Path, _: &Path| Err(ErrorKind::Unsupported.into());
        name_finally(&temporary, &target, no_links).unwrap();
        assert_eq!(names(folder.path()), ["a"]);
        fs::write(&temporary, "other").unwrap();
        let error = name_finally(&temporary, &target, no_links).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"bytes");
    }

    #[test]
    fn a_name_taken_by_another_attempt_is_not_taken_for_ours() {
        let folder = tempfile::tempdir().unwrap();
        let (temporary, target) = half_way(folder.path());
        fs::write(&target, "theirs").unwrap();
        let link = |from: &Path, to: &Path| fs::hard_link(from, to);
        assert!(name_finally(&temporary, &target, link).is_err());
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
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
        let dead = format!("a.{}~4294967294~1.tmp", host());
        let alive = temporary_name("b");
        for name in [&dead, &alive] {
            fs::write(folder.path().join(name), "half").unwrap();
        }
        clear_abandoned(folder.path()).unwrap();
        assert_eq!(names(folder.path()), [alive]);
    }
}
