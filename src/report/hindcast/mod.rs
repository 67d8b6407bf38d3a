//! Hindcasts: what the model and null models say of a window of history, and how they score.

mod export;
mod nulls;
mod one_step;
mod paths;
mod scores;

use std::collections::BTreeMap;
use std::path::Path;

use super::error::ReportError;
use super::figures::{draw_hindcast, write_forms};
use super::files::write_whole;
use super::record::ReportRecord;
use crate::experiment::ConfigError;
use crate::experiment::hindcast::Hindcast;
use crate::files::digest;

pub use export::{csv, json, latex, text};
pub use nulls::{NullForecast, best_null_rmse, facts, facts_of, forecasts};
pub use one_step::one_step_error;
pub use paths::{EpochPath, Span, epoch_paths, paths_of, spans};
pub use scores::{Check, EpochRow, ModelScores, NullScores, Scoreboard};

/// Scores the results of a hindcast and writes `hindcast.json`, tables and the figure beside them;
/// `command` made them. `one_step` is the model's error one epoch ahead, where that was run.
///
/// # Errors
/// When a file of the results is missing or damaged, a null model cannot be estimated, or the disk
/// refuses.
pub fn score(
    hindcast: &Hindcast,
    results: &Path,
    one_step: Option<f64>,
    command: &str,
) -> Result<Scoreboard, ReportError> {
    let spans = spans(hindcast).map_err(input)?;
    let paths = epoch_paths(&results.join("series.parquet"), &spans)?;
    let nulls = forecasts(hindcast).map_err(input)?;
    let mut board = Scoreboard::of(hindcast, &spans, &paths, &nulls)
        .map_err(|scores::Missing(problem)| ReportError::Input(problem))?;
    board.model.rmse_one_step = one_step;
    let mut digests = BTreeMap::new();
    let mut write = |name: &str, bytes: &[u8]| {
        digests.insert(name.to_owned(), digest(bytes));
        write_whole(&results.join(name), bytes)
    };
    write("hindcast.json", format!("{:#}\n", json(&board)).as_bytes())?;
    write("tables/hindcast.csv", csv(&board).as_bytes())?;
    write("tables/hindcast.tex", latex(&board).as_bytes())?;
    write_forms("figures/hindcast", &draw_hindcast(&board, command)?, &mut write)?;
    ReportRecord::of_analysis(results, "hindcast", digests)?;
    Ok(board)
}

fn input(error: ConfigError) -> ReportError {
    ReportError::Input(error.to_string())
}
