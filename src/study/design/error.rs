//! What can be wrong with a design.

use crate::files::error::FileError;

/// Why a design could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// The file of factors cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The method has no design for so many factors.
    #[error("{file}: {factors} factors; --method {method} can vary at most {most}")]
    Factors {
        /// File.
        file: String,
        /// Factors in the file.
        factors: usize,
        /// Method.
        method: &'static str,
        /// The limit.
        most: usize,
    },
    /// The design would be too large.
    #[error(
        "--samples {samples}: {rows} rows of {factors} factors; a design has at most {most} values, \
         so at most --samples {allowed} is possible here"
    )]
    Large {
        /// What was asked for.
        samples: u32,
        /// Rows of the design.
        rows: u64,
        /// Its factors.
        factors: usize,
        /// The limit.
        most: u64,
        /// Samples within the limit.
        allowed: u64,
    },
    /// Samples out of range.
    #[error("--samples {samples}: a whole number from 1 to {most} is needed")]
    Samples {
        /// What was asked for.
        samples: u32,
        /// The limit.
        most: u32,
    },
    /// Levels out of range.
    #[error("--levels {levels}: an even whole number from 2 to {most} is needed")]
    Levels {
        /// What was asked for.
        levels: u32,
        /// The limit.
        most: u32,
    },
}
