//! Hindcasts: what the model and null models say of a window of history, and how they score.

mod export;

use std::collections::BTreeMap;
use std::path::Path;

use super::figures::{draw_hindcast, write_forms};
use super::files::write_whole;
use super::record::ReportRecord;
use crate::files::digest;
use crate::history::hindcast::Hindcast;
use crate::study::results::report_error::ReportError;

use crate::history::hindcast::nulls::forecasts;
use crate::history::hindcast::paths::{epoch_paths, spans};
use crate::history::hindcast::scores::{Missing, Scoreboard};
pub use export::{csv, json, latex, text};

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
    let spans = spans(hindcast).map_err(ReportError::input)?;
    let paths = epoch_paths(&results.join("series.parquet"), &spans)?;
    let nulls = forecasts(hindcast).map_err(ReportError::input)?;
    let mut board = Scoreboard::of(hindcast, &spans, &paths, &nulls)
        .map_err(|Missing(problem)| ReportError::Input(problem))?;
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
