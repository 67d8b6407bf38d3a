//! What can be wrong with a file of blocks.

use super::span::WindowSpan;
use crate::files::error::FileError;

/// What is said of text that is no CSV.
pub(crate) const ADVICE: &str = "; UTF-8 text with as many fields in each row as in the header is needed (names \
                      with commas in double quotes, decimals with a point)";
/// Which headers there may be.
pub(crate) const HEADERS: &str = "; a header `date,entity,blocks` or `epoch,entity,blocks` (counts; `pool` for \
                       `entity` is fine) or `height,time,pool` (blocks) is needed";

/// Why blocks could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
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
