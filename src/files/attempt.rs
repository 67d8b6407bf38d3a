//! One attempt at a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::names::{TEMPORARY, attempt_name};

/// Names that are tried before it is given up: clocks may be coarse.
const TRIES: u32 = 8;

/// A file in the making. Dropped without having got its final name, it leaves nothing behind.
#[derive(Debug)]
pub struct FileAttempt {
    target: PathBuf,
    temporary: PathBuf,
    file: File,
}

impl FileAttempt {
    /// Begins a file that is to be at `target`, beside it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn begin(target: &Path) -> io::Result<Self> {
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut tries = 0;
        loop {
            let temporary = target.with_file_name(attempt_name(&name, TEMPORARY));
            // Exclusive: neither a file nor a link of that name is ever opened.
            match File::create_new(&temporary) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < TRIES => {
                    tries += 1;
                }
                opened => {
                    let file = opened?;
                    // Tells programs that cannot see this process; some file systems have no locks.
                    let _ = file.try_lock();
                    return Ok(Self { target: target.to_owned(), file, temporary });
                }
            }
        }
    }

    /// The file itself.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts the file in the place of what has its final name; of a link, not of what it leads to.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn replace(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        sync_folder(&self.target)
    }

    /// Gives the file its final name if that is free.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if it is taken, or when the disk refuses.
    pub(crate) fn take_name(&self) -> io::Result<()> {
        self.file.sync_all()?;
        let link = |from: &Path, to: &Path| fs::hard_link(from, to);
        name_finally(&self.temporary, &self.target, link)?;
        sync_folder(&self.target)
    }

    /// Gives the file another final name, in the place of what has it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn put_aside(self, name: &Path) -> io::Result<()> {
        fs::rename(&self.temporary, name)
    }
}

impl Write for FileAttempt {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for FileAttempt {
    fn drop(&mut self) {
        // Nobody else has this name; once it has got its final one, there is nothing to remove.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Creates a file that nobody has, to be appended to; not through a link.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] if the name is taken, or when the disk refuses.
pub(crate) fn create_appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create_new(true).open(path)
}

/// Makes a file's name survive a power cut.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn sync_folder(of: &Path) -> io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
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
    fn an_attempt_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut attempt = FileAttempt::begin(&folder.path().join("a")).unwrap();
        attempt.write_all(b"half").unwrap();
        assert_eq!(names(folder.path()).len(), 1);
        drop(attempt);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    #[cfg(unix)]
    fn a_link_with_the_final_name_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [victim, target] = ["victim", "a"].map(|name| folder.path().join(name));
        fs::write(&victim, "theirs").unwrap();
        std::os::unix::fs::symlink(&victim, &target).unwrap();
        let mut attempt = FileAttempt::begin(&target).unwrap();
        attempt.write_all(b"ours").unwrap();
        attempt.replace().unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"theirs");
        assert!(fs::read(&target).unwrap() == b"ours" && !target.is_symlink());
        assert_eq!(names(folder.path()), ["a", "victim"]);
    }

    #[test]
    #[cfg(unix)]
    fn what_is_appended_to_is_never_another_file_or_link() {
        let folder = tempfile::tempdir().unwrap();
        let [victim, link] = ["victim", "link"].map(|name| folder.path().join(name));
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        assert_eq!(create_appending(&link).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert!(!victim.exists());
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
}
