//! What can be wrong with a results folder.

use std::io;
use std::path::{Path, PathBuf};

use crate::study::store::columns::ParquetError;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file of the results folder is missing.
    #[error("{}: no such file; a report needs finished results, so run first: hashflight run EXPERIMENT", .0.display())]
    Missing(PathBuf),
    /// The disk refused.
    #[error("{}: {source}", path.display())]
    Disk {
        /// File or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A Parquet file cannot be read.
    #[error("{}: not readable as Parquet: {source}", path.display())]
    Parquet {
        /// File.
        path: PathBuf,
        /// What the reader says.
        source: ParquetError,
    },
    /// A column is absent or of another type.
    #[error("{}: column `{column}` of type {expected} is needed and {found}; were the results made by another version?", path.display())]
    Column {
        /// File.
        path: PathBuf,
        /// Column.
        column: String,
        /// Physical type.
        expected: String,
        /// What is there instead.
        found: String,
    },
    /// A file of the results is not there, or not as it was published.
    #[error(transparent)]
    Results(#[from] crate::study::error::Error),
    /// A file can be read but says something impossible.
    #[error("{}: {problem}", path.display())]
    Content {
        /// File.
        path: PathBuf,
        /// What is impossible about it.
        problem: String,
    },
    /// What was asked for does not fit the input.
    #[error("{0}")]
    Input(String),
    /// A figure could not be drawn or converted.
    #[error("figure {name}: {problem}")]
    Figure {
        /// Name of the figure.
        name: String,
        /// What went wrong.
        problem: String,
    },
}

impl ReportError {
    /// A missing file when it is missing, else what the disk says.
    pub(crate) fn disk(path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound {
            Self::Missing(path.to_owned())
        } else {
            Self::Disk { path: path.to_owned(), source }
        }
    }

    /// What was asked for does not fit the input.
    pub(crate) fn input(error: crate::study::error::ConfigError) -> Self {
        Self::Input(error.to_string())
    }

    pub(crate) fn content(path: &Path, problem: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), problem: problem.into() }
    }
}
