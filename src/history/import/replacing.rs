//! Whether a history may take the place of what is there.

use std::path::{Path, PathBuf};

use super::{Imported, SourceLayout};
use crate::files::same_file;

/// Why a history may not be written to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// It is a folder.
    Folder,
    /// One of the inputs is there, and is no history itself.
    Input,
    /// Another file is there.
    Differs,
}

impl Obstacle {
    /// What is said of the place.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Folder => "is a folder; name a file",
            Self::Input => "is an input that no history can replace; name another file",
            Self::Differs => "is there and differs; name another file, or --force to replace it",
        }
    }
}

impl Imported {
    /// Whether the history, as `text`, has to be written: not where the same is there.
    ///
    /// # Errors
    /// What is in its way; a file that differs is not if `force` says so.
    pub(crate) fn has_to_be_written(
        &self,
        out: &Path,
        (files, text): (&[PathBuf], &str),
        force: bool,
    ) -> Result<bool, Obstacle> {
        if out.is_dir() {
            return Err(Obstacle::Folder);
        }
        let mut inputs = files.iter().zip(&self.sources);
        if inputs
            .any(|(file, source)| source.layout != SourceLayout::History && same_file(out, file))
        {
            return Err(Obstacle::Input);
        }
        match std::fs::read(out) {
            Ok(there) if there == text.as_bytes() => Ok(false),
            Ok(_) if !force => Err(Obstacle::Differs),
            _ => Ok(true),
        }
    }
}
