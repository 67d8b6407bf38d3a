//! A copy of the program in `bin/<digest>/` of a results folder knows what its bytes should be.

use std::path::Path;

use super::failure::{ANOTHER_PLAN, Failure};
use crate::study::results::provenance::digest_file;

/// Refuses to work as a copy that is damaged: nobody knows what it would compute.
pub(crate) fn refuse_damaged() -> Result<(), Failure> {
    // The path of a file that has been replaced since it started ends in " (deleted)".
    let Ok(program) = std::env::current_exe() else { return Ok(()) };
    refuse_if_damaged(&program)
}

fn refuse_if_damaged(program: &Path) -> Result<(), Failure> {
    let Some(digest) = promised(program) else { return Ok(()) };
    if digest_file(program)? == digest {
        return Ok(());
    }
    let problem = format!(
        "{}: this copy of the program is damaged: its digest is not the name of its folder; \
         `hashflight submit` again replaces it",
        program.display()
    );
    Err(Failure::new(ANOTHER_PLAN, problem))
}

/// The digest by which the folder of such a copy is named.
fn promised(program: &Path) -> Option<&str> {
    let folder = program.parent()?;
    let digest = folder.file_name()?.to_str()?;
    let is_copy = program.file_name()? == "hashflight" && folder.parent()?.file_name()? == "bin";
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_copy && is_digest).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_is_not_what_its_folder_says_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let digest = blake3::hash(b"program").to_hex().to_string();
        let folder = root.path().join("bin").join(&digest);
        std::fs::create_dir_all(&folder).unwrap();
        let copy = folder.join("hashflight");
        std::fs::write(&copy, b"program").unwrap();
        assert!(refuse_if_damaged(&copy).is_ok());
        std::fs::write(&copy, b"progrbm").unwrap();
        assert_eq!(refuse_if_damaged(&copy).unwrap_err().code, ANOTHER_PLAN);
        assert_eq!(promised(Path::new("/usr/bin/hashflight")), None);
    }
}
