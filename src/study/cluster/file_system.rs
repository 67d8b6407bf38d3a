//! What kind of file system a folder is on: nodes of a cluster do not see each other's disks.

use std::path::{Path, PathBuf};

/// File systems that one machine has to itself. What is not listed (NFS, Lustre, GPFS, BeeGFS,
/// CephFS and their kin) passes for shared.
const LOCAL: [&str; 9] =
    ["ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "f2fs"];

/// The local file system that a folder is on; `None` if it may be shared, or is not known.
#[must_use]
pub(crate) fn local_file_system(folder: &Path) -> Option<String> {
    let table = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    // The folder itself may not be there yet.
    let whole = folder.ancestors().find_map(|part| part.canonicalize().ok())?;
    kind_at(&table, &whole).filter(|kind| LOCAL.contains(&kind.as_str()))
}

/// The kind of file system at a path: that of the longest mount point above it, the last mounted
/// there counting (format: Linux, `Documentation/filesystems/proc.rst`, 3.5).
fn kind_at(table: &str, path: &Path) -> Option<String> {
    let mounts = table.lines().filter_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let point = unescaped(before.split(' ').nth(4)?);
        Some((point, after.split(' ').next()?.to_owned()))
    });
    mounts
        .filter(|(point, _)| path.starts_with(point))
        .max_by_key(|(point, _)| point.components().count())
        .map(|(_, kind)| kind)
}

/// Blanks, tabs, line breaks and backslashes stand as three octal digits in that table.
fn unescaped(text: &str) -> PathBuf {
    let codes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    let plain = codes.iter().fold(text.to_owned(), |text, (code, sign)| text.replace(code, sign));
    PathBuf::from(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
         30 22 0:40 / /scratch rw - lustre mds@tcp:/fs rw\n\
         31 30 0:41 / /scratch/my\\040disk rw master:2 - tmpfs none rw\n\
         32 22 0:42 / /home rw - ext4 /dev/sdb rw\n\
         33 32 0:43 / /home rw - nfs4 server:/home rw\n";

    #[test]
    fn the_longest_and_latest_mount_point_counts() {
        let kind = |path| kind_at(TABLE, Path::new(path)).unwrap();
        assert_eq!(kind("/srv/x"), "ext4");
        assert_eq!(kind("/scratch/study"), "lustre");
        assert_eq!(kind("/scratchy"), "ext4");
        assert_eq!(kind("/scratch/my disk/a"), "tmpfs");
        assert_eq!(kind("/home/me"), "nfs4");
    }

    #[test]
    fn a_folder_that_is_not_there_is_judged_by_the_one_above() {
        if Path::new("/dev/shm").is_dir() {
            let found = local_file_system(Path::new("/dev/shm/not/there"));
            assert_eq!(found.as_deref(), Some("tmpfs"));
        }
    }
}
