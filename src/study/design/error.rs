//! What can be wrong with a design.

use std::io;

/// Why a design could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
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
    /// The header is not that of a factors file.
    #[error(
        "{file}: {problem}; the columns are `name,distribution,low,high` and, where a distribution \
         is triangular, `mode`"
    )]
    Header {
        /// File.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// A cell does not say what it should.
    #[error("{file}: line {line}, column `{column}`: `{value}` is not {allowed}")]
    Cell {
        /// File.
        file: String,
        /// Line at which the row begins, the header being 1.
        line: u64,
        /// Column.
        column: &'static str,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: String,
    },
    /// The file has a header only.
    #[error("{file}: holds no factor; rows below the header are needed")]
    Empty {
        /// File.
        file: String,
    },
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
