//! What can be wrong with a file of the past.

use std::io;

/// Why a history could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The disk refused.
    #[error("{file}: {source}")]
    Disk {
        /// File.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not CSV.
    #[error(
        "{file}: not readable as CSV: {source}; UTF-8 text with as many fields in each row as in the \
         header is needed"
    )]
    Csv {
        /// File.
        file: String,
        /// What the reader says.
        source: csv::Error,
    },
    /// The file is something else than the program reads.
    #[error("{file}: {problem}")]
    Foreign {
        /// File.
        file: String,
        /// What it is, and what is needed.
        problem: String,
    },
    /// The header does not say what is needed.
    #[error("{file}: the header is `{header}`: {problem}")]
    Header {
        /// File.
        file: String,
        /// Column names found, shortened.
        header: String,
        /// What is wrong with them and what is allowed.
        problem: String,
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
        allowed: String,
    },
    /// The file has a header only.
    #[error("{file}: holds no row; rows below the header are needed")]
    Empty {
        /// File.
        file: String,
    },
    /// The files together do not make a history.
    #[error("{problem}")]
    Series {
        /// What is missing or does not fit, and what is needed.
        problem: String,
    },
}
