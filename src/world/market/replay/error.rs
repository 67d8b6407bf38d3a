//! What is said where a series cannot be replayed.

use thiserror::Error;

/// Why a series cannot be replayed.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The file cannot be read as CSV.
    #[error("{file}: {source}")]
    Csv {
        /// File.
        file: String,
        /// Cause.
        source: csv::Error,
    },
    /// A column is missing.
    #[error(
        "{file}: no column `{column}`; a replay needs `price_usd` and either `date` or `first_time`"
    )]
    Column {
        /// File.
        file: String,
        /// Column.
        column: &'static str,
    },
    /// A cell does not say what it should.
    #[error("{file}: row {row}, column `{column}`: `{value}` is not {allowed}")]
    Cell {
        /// File.
        file: String,
        /// Row, the header being 1.
        row: usize,
        /// Column.
        column: &'static str,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: String,
    },
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
    /// The file is no table of comma-separated values, or its header is ambiguous.
    #[error("{file}: {problem}")]
    Layout {
        /// File.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// A column is there without the one that gives it a meaning.
    #[error(
        "{file}: column `{column}` needs `{partner}` beside it to become fees per block; leave it \
         out if fees are to be drawn"
    )]
    Partner {
        /// File.
        file: String,
        /// Column.
        column: &'static str,
        /// What it needs.
        partner: &'static str,
    },
    /// A day has two rows.
    #[error("{file}: {date} stands in two rows")]
    Twice {
        /// File.
        file: String,
        /// The day.
        date: String,
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
