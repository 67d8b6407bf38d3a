//! What is said where a series cannot be replayed.

use thiserror::Error;

use crate::files::error::FileError;

/// Why a series cannot be replayed.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A number is in another unit.
    #[error("{file}: row {row} ({date}), column `{column}`: {value} is not {allowed}")]
    Unit {
        /// File.
        file: String,
        /// Row, the header being 1.
        row: usize,
        /// Its day.
        date: String,
        /// Column.
        column: &'static str,
        /// What it states or implies.
        value: String,
        /// What it may be, and which unit it seems to have.
        allowed: String,
    },
    /// The series does not cover the days of the experiment.
    #[error(
        "{file}: its {what} cover {covered}, the experiment needs every day from {wanted}{way_out}"
    )]
    Range {
        /// File.
        file: String,
        /// Prices or fees.
        what: &'static str,
        /// From when to when, or that there are none.
        covered: String,
        /// From which day to which it is wanted.
        wanted: String,
        /// What would help.
        way_out: String,
    },
    /// Days are missing in between.
    #[error("{file}: its {what} lack {span}: {way_out}")]
    Hole {
        /// File.
        file: String,
        /// Prices or fees.
        what: &'static str,
        /// The days that are missing, and how many more holes there are.
        span: String,
        /// What would help.
        way_out: String,
    },
}
