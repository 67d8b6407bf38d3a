//! What can be wrong with a design and its outputs.

use std::io;

/// Why sensitivity could not be analysed.
#[derive(Debug, thiserror::Error)]
pub enum SensitivityError {
    /// The disk refused.
    #[error("{file}: {source}")]
    Disk {
        /// File.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not CSV.
    #[error("{file}: not readable as CSV: {source}")]
    Csv {
        /// File.
        file: String,
        /// What the reader says.
        source: csv::Error,
    },
    /// A cell does not say what it should.
    #[error("{file}: line {line}, column `{column}`: `{value}` is not {allowed}")]
    Cell {
        /// File.
        file: String,
        /// Line, the header being 1.
        line: u64,
        /// Column.
        column: String,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: &'static str,
    },
    /// The file as a whole does not serve.
    #[error("{file}: {problem}")]
    Refused {
        /// File.
        file: String,
        /// What is wrong, and what is needed.
        problem: String,
    },
}
