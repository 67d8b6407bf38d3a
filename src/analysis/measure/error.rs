//! What can be wrong with a file of blocks.

use std::io;

use super::span::WindowSpan;

/// Why blocks could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
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
         header is needed (names with commas in double quotes, decimals with a point)"
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
    /// A row of a file of clusters cannot be used.
    #[error("{file}: line {line}: {problem}")]
    Clusters {
        /// File.
        file: String,
        /// Line, the header being 1.
        line: u64,
        /// What is wrong, and what is needed.
        problem: String,
    },
    /// The header fits no layout.
    #[error(
        "{file}: the header is `{header}`; a header `date,entity,blocks` or `epoch,entity,blocks` \
         (counts; `pool` for `entity` is fine) or `height,time,pool` (blocks) is needed: {problem}"
    )]
    Header {
        /// File.
        file: String,
        /// Column names found.
        header: String,
        /// What is wrong with them.
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
        column: &'static str,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: String,
    },
    /// A row is there twice.
    #[error("{file}: line {line}: {what} is there already in line {earlier}; {advice}")]
    Doubled {
        /// File.
        file: String,
        /// Later line.
        line: u64,
        /// Earlier line.
        earlier: u64,
        /// What is doubled.
        what: String,
        /// What to do.
        advice: &'static str,
    },
    /// The file has no blocks.
    #[error("{file}: holds no block; rows with blocks above 0 are needed")]
    Empty {
        /// File.
        file: String,
    },
    /// The file cannot be laid out in such windows.
    #[error("--window {span}: {file} holds {holds}; {allowed}")]
    Window {
        /// File.
        file: String,
        /// What was asked for.
        span: WindowSpan,
        /// What the file holds.
        holds: &'static str,
        /// What is possible.
        allowed: &'static str,
    },
    /// A window has too many blocks.
    #[error(
        "{file}: the window of {start} has {blocks} blocks; at most {most} in a window can be \
         measured, so take a shorter one or check column `blocks`"
    )]
    Crowded {
        /// File.
        file: String,
        /// Window.
        start: String,
        /// Blocks.
        blocks: u64,
        /// The limit.
        most: u64,
    },
    /// An entity is the sum of the others.
    #[error(
        "{file}: `{name}` has as many blocks as all other entities together: it is a total and no entity; \
         remove its rows"
    )]
    Total {
        /// File.
        file: String,
        /// Name of the total.
        name: String,
    },
    /// A day has more blocks than Bitcoin ever had.
    #[error(
        "{file}: {date} has {blocks} blocks, and a day has about 144, at most {most} are allowed; check \
         columns `date` (or `time`) and `blocks`: is this a sum over several days?"
    )]
    CrowdedDay {
        /// File.
        file: String,
        /// Day.
        date: String,
        /// Blocks.
        blocks: u64,
        /// The limit.
        most: u64,
    },
    /// The population is smaller than a window's.
    #[error(
        "--population {population}: the window of {start} has {entities} entities, and a population \
         counts them all; at least {entities} is needed"
    )]
    Population {
        /// What was asked for.
        population: usize,
        /// Window.
        start: String,
        /// Entities there.
        entities: usize,
    },
    /// A merge cannot be done.
    #[error("--merge {name}=…: {problem} in {file}")]
    Merge {
        /// File.
        file: String,
        /// Name of the merged entity.
        name: String,
        /// What is wrong.
        problem: String,
    },
}
