//! What can be wrong with points and their outputs.

use std::io;
use std::path::Path;

use crate::study::results::report_error::ReportError;

/// Why points and outputs could not be read or analysed.
#[derive(Debug, thiserror::Error)]
pub enum PointsError {
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
        allowed: String,
    },
    /// The file as a whole does not serve.
    #[error("{file}: {problem}")]
    Refused {
        /// File.
        file: String,
        /// What is wrong, and what is needed.
        problem: String,
    },
    /// Results cannot be read.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl PointsError {
    pub(crate) fn refused(path: &Path, problem: String) -> Self {
        Self::Refused { file: path.display().to_string(), problem }
    }
}
