//! Simulated paths by epoch of the real chain, from `series.parquet`.

use std::path::Path;

use super::Hindcast;
use super::state::{Days, end_of, window};
use crate::model::chain::epoch_means::{ChainDay, cumulative_work, difficulty_of, mean_hash_rate};
use crate::study::error::ConfigError;
use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;

/// An epoch of the real chain on the calendar of a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochSpan {
    /// Number of the epoch.
    pub epoch: u32,
    /// Days from the simulation's first midnight to the epoch's first block.
    pub from: f64,
    /// The same to its end.
    pub to: f64,
}

/// What one replicate says of the epochs of a window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EpochPath {
    /// Scenario.
    pub scenario: String,
    /// Replicate.
    pub replicate: u32,
    /// ln of the mean hash rate (H/s) while the real epoch lasted, from the simulated blocks of that time.
    pub log_hash_rate: Vec<f64>,
    /// ln of the difficulty of the simulated epoch of that number.
    pub log_difficulty: Vec<f64>,
}

/// The epochs of a hindcast's window.
///
/// # Errors
/// If the history does not hold the window.
pub fn spans(hindcast: &Hindcast) -> Result<Vec<EpochSpan>, ConfigError> {
    let (spec, history) = (&hindcast.spec, &hindcast.history);
    let (first, last) = window(spec, history)?;
    let start = Days::from_history(spec, history)?.start;
    let day = |time: i64| (time - start) as f64 / 86_400.0;
    let span = |index: usize| {
        let epoch = &history.epochs[index];
        EpochSpan {
            epoch: epoch.epoch,
            from: day(epoch.first_time),
            to: day(end_of(&history.epochs, index)),
        }
    };
    Ok((first..=last).map(span).collect())
}

/// Reads every replicate's path.
///
/// # Errors
/// When the file is missing or damaged.
pub(crate) fn epoch_paths(
    series: &Path,
    spans: &[EpochSpan],
) -> Result<Vec<EpochPath>, ReportError> {
    paths_of(series, |_| Some(spans))
}

/// Reads the paths of the scenarios that `spans_of` knows, each with the epochs of its own window.
///
/// # Errors
/// As [`epoch_paths`].
pub(crate) fn paths_of<'s>(
    series: &Path,
    spans_of: impl Fn(&str) -> Option<&'s [EpochSpan]>,
) -> Result<Vec<EpochPath>, ReportError> {
    let table = ResultTable::open(series)?;
    let rows = 0..table.rows();
    let replicates = table.integers_of("replicate", rows.clone())?;
    let days = table.integers_of("day", rows.clone())?;
    let heights = table.integers_of("height", rows.clone())?;
    let difficulties = table.numbers_of("difficulty", rows)?;
    let record = |row: usize| ChainDay {
        day: f64::from(days[row]),
        height: heights[row] as u32,
        difficulty: difficulties[row],
    };
    let mut paths = Vec::new();
    for (scenario, first, end) in stretches(&table, &replicates)? {
        let Some(spans) = spans_of(&scenario) else { continue };
        let chain: Vec<_> = (first..end).map(record).collect();
        paths.push(path(scenario, replicates[first] as u32, &chain, spans));
    }
    Ok(paths)
}

fn path(scenario: String, replicate: u32, chain: &[ChainDay], spans: &[EpochSpan]) -> EpochPath {
    let work = cumulative_work(chain);
    let rate = |span: &EpochSpan| libm::log(mean_hash_rate(chain, &work, span.from, span.to));
    let difficulty = |span: &EpochSpan| libm::log(difficulty_of(chain, span.epoch));
    EpochPath {
        scenario,
        replicate,
        log_hash_rate: spans.iter().map(rate).collect(),
        log_difficulty: spans.iter().map(difficulty).collect(),
    }
}

/// Scenario, first row and end of each replicate's rows, which follow one another in the file.
pub(super) fn stretches(
    table: &ResultTable,
    replicates: &[i32],
) -> Result<Vec<(String, usize, usize)>, ReportError> {
    let mut stretches: Vec<(String, usize, usize)> = Vec::new();
    let mut row = 0;
    table.strings("scenario", |name| {
        let same = row > 0 && replicates[row] == replicates[row - 1];
        match stretches.last_mut() {
            Some((last, _, end)) if same && last == name => *end = row + 1,
            _ => stretches.push((name.to_owned(), row, row + 1)),
        }
        row += 1;
    })?;
    Ok(stretches)
}
