//! Names of files in the making, and what they tell of the process that makes them.

use std::fs::{self, DirEntry, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Ending of the name of a file in the making.
pub(crate) const TEMPORARY: &str = "tmp";
/// Age after which a file in the making of an unknown process is taken for abandoned.
const ABANDONED: Duration = Duration::from_hours(24);
/// Bytes of a final name that its attempts keep: with host and numbers they stay below 255.
const LONGEST: usize = 120;

/// Name of this machine, fit for a file name.
#[must_use]
pub fn host() -> String {
    let named = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = named.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let plain: String = name
        .trim()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .take(40)
        .collect();
    if plain.is_empty() { "unknown".to_owned() } else { plain }
}

/// `<name>.<host>~<process>~<thread>x<nanoseconds>.<ending>`: no other attempt has it. Host and
/// process alone would not do: containers may share both.
#[must_use]
pub(crate) fn attempt_name(name: &str, ending: &str) -> String {
    let thread = format!("{:?}", std::thread::current().id());
    let thread: String = thread.chars().filter(char::is_ascii_digit).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_nanos());
    let (name, process) = (stem(name), std::process::id());
    format!("{name}.{}~{process}~{thread}x{now:x}.{ending}", host())
}

/// As much of a name as its attempts keep.
fn stem(name: &str) -> &str {
    let mut length = name.len().min(LONGEST);
    while !name.is_char_boundary(length) {
        length -= 1;
    }
    &name[..length]
}

/// Whether a name ends in a dot and an ending.
#[must_use]
pub(crate) fn has_ending(name: &str, ending: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| last == ending)
}

/// Files in the making in a folder whose process is gone.
#[must_use]
pub fn abandoned(folder: &Path) -> Vec<PathBuf> {
    matching(folder, |_| true)
}

/// Files in the making of one file whose process is gone.
#[must_use]
pub(crate) fn abandoned_attempts_at(target: &Path) -> Vec<PathBuf> {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let start = format!("{}.", stem(&name));
    matching(target.parent().unwrap_or(target), |other| other.starts_with(&start))
}

fn matching(folder: &Path, of: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    // A bare file name has the empty path for its folder.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
            of(&name) && maker(&name).is_some_and(|maker| is_file() && is_gone(maker, entry))
        })
        .map(|entry| entry.path())
        .collect()
}

/// What a file in the making says of its maker: all before its process, and the process. A name
/// that only looks alike is somebody else's.
fn maker(name: &str) -> Option<(&str, &str)> {
    let (name, ending) = name.rsplit_once('.')?;
    let mut parts = name.rsplitn(3, '~');
    let (serial, process, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let number = process.bytes().all(|byte| byte.is_ascii_digit());
    (ending == TEMPORARY && plain(serial) && plain(process) && number).then_some((rest, process))
}

/// Whether the process of a file in the making has ended, or the file has long been left alone
/// where nobody can know.
fn is_gone((rest, process): (&str, &str), entry: &DirEntry) -> bool {
    let here = rest.ends_with(&format!(".{}", host()));
    if here && Path::new("/proc/self").exists() {
        return !Path::new("/proc").join(process).exists() && !is_locked(&entry.path());
    }
    let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|t| t.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED)
}

/// Whether somebody writes a file: its maker may be a process of another container, which has this
/// host's name but is not seen here.
fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_the_dead_are_told_from_those_of_the_living_and_from_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let dead = format!("a.csv.{}~4294967294~1x2.tmp", host());
        let other = format!("b.csv.{}~4294967294~1x2.tmp", host());
        let living = attempt_name("a.csv", TEMPORARY);
        for name in [&dead, &other, &living, "a.csv.tmp", "a.csv.my~notes~.tmp", "a.csv"] {
            fs::write(folder.path().join(name), "half").unwrap();
        }
        assert_eq!(
            abandoned_attempts_at(&folder.path().join("a.csv")),
            [folder.path().join(&dead)]
        );
        let mut all = abandoned(folder.path());
        all.sort();
        assert_eq!(all, [folder.path().join(dead), folder.path().join(other)]);
    }

    #[test]
    fn what_an_unseen_process_is_still_writing_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("a.csv.{}~4294967294~1x2.tmp", host()));
        let file = File::create(&path).unwrap();
        file.try_lock().unwrap();
        assert!(abandoned(folder.path()).is_empty());
        drop(file);
        assert_eq!(abandoned(folder.path()), [path]);
    }

    #[test]
    fn an_attempt_at_a_long_name_has_a_name_that_fits() {
        for long in ["x".repeat(255), "€".repeat(85)] {
            assert!(attempt_name(&long, TEMPORARY).len() < 255);
        }
    }
}
