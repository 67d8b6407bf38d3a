//! What analyses leave in a folder: their numbers, tables and figures.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::calibration::{PosteriorTable, posterior_table};
use super::discovery::export as discovery;
use super::figures::{
    self, draw_ai_history, draw_hindcast, draw_measured, draw_posterior, draw_skill_by_horizon,
    write_forms,
};
use super::files::write_whole;
use super::hindcast::{self, AiHistory, rolling};
use super::measure::table;
use super::record::ReportRecord;
use super::sensitivity::export as sensitivity;
use crate::analysis::discovery::Discovery;
use crate::analysis::measure::Measurement;
use crate::analysis::sensitivity::Sensitivity;
use crate::files::{digest, same_file};
use crate::history::calibration::CalibrationSpec;
use crate::history::calibration::deals::DealFit;
use crate::history::calibration::left_out::LearntFrom;
use crate::history::calibration::method::Population;
use crate::history::hindcast::Hindcast;
use crate::history::hindcast::ai_history;
use crate::history::hindcast::deals;
use crate::history::hindcast::matched_start::MatchedStart;
use crate::history::hindcast::nulls::forecasts;
use crate::history::hindcast::paths::{epoch_paths, spans};
use crate::history::hindcast::rolling::Rolling;
use crate::history::hindcast::rolling::ensembles::{OriginForecast, origin_forecasts};
use crate::history::hindcast::rolling::scores::RollingBoard;
use crate::history::hindcast::scores::{MissingScore, Scoreboard};
use crate::history::hindcast::state::Days;
use crate::study::experiment::{ParameterSets, posterior};
use crate::study::results::report_error::ReportError;

/// Everything to keep, as paths below a results folder and bytes; `suffix` tells several
/// analyses of the same results apart, `command` made this one.
///
/// # Errors
/// When a figure cannot be drawn.
pub(crate) fn sensitivity_files(
    found: &Sensitivity,
    suffix: &str,
    command: &str,
) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let mut object = sensitivity::json(found);
    object["command"] = command.into();
    let mut files = vec![
        (format!("sensitivity{suffix}.json"), format!("{object:#}\n").into_bytes()),
        (format!("tables/sensitivity{suffix}.csv"), sensitivity::csv(found).into_bytes()),
        (
            format!("tables/sensitivity{suffix}.tex"),
            sensitivity::latex(found, suffix, command).into_bytes(),
        ),
    ];
    figures::draw_sensitivity(found, suffix, command, &mut |name, bytes| {
        files.push((name.to_owned(), bytes.to_vec()));
        Ok(())
    })?;
    Ok(files)
}

/// Everything to keep, as paths below a results folder and bytes; `suffix` tells several
/// analyses of the same results apart, `command` made this one. `flat` says that the files will lie
/// side by side: the numbers of figures then have names that no table has.
///
/// # Errors
/// When a figure cannot be drawn.
pub(crate) fn discovery_files(
    found: &Discovery,
    (suffix, flat): (&str, bool),
    command: &str,
) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let mut object = discovery::json(found);
    object["command"] = command.into();
    let mut files = vec![
        (format!("discovery{suffix}.json"), format!("{object:#}\n").into_bytes()),
        (format!("tables/discovery{suffix}.csv"), discovery::csv(found).into_bytes()),
        (
            format!("tables/discovery{suffix}.tex"),
            discovery::latex(found, suffix, command).into_bytes(),
        ),
        (
            format!("tables/discovery_trajectory{suffix}.csv"),
            discovery::trajectory_csv(found).into_bytes(),
        ),
    ];
    figures::draw_discovery(found, (suffix, flat), command, &mut |name, bytes| {
        files.push((name.to_owned(), bytes.to_vec()));
        Ok(())
    })?;
    Ok(files)
}

/// Scores the results of a hindcast and writes `hindcast.json`, tables and the figure beside them;
/// `command` made them. `one_step` is the model's error one epoch ahead, where that was run.
///
/// # Errors
/// When a file of the results is missing or damaged, a null model cannot be estimated, or the disk
/// refuses.
pub(crate) fn hindcast_score(
    of: &Hindcast,
    results: &Path,
    one_step: Option<f64>,
    command: &str,
) -> Result<Scoreboard, ReportError> {
    let spans = spans(of).map_err(ReportError::input)?;
    let paths = epoch_paths(&results.join("series.parquet"), &spans)?;
    let nulls = forecasts(of).map_err(ReportError::input)?;
    let mut board = Scoreboard::from_paths(of, &spans, &paths, &nulls)
        .map_err(|MissingScore(problem)| ReportError::Input(problem))?;
    board.model.rmse_one_step = one_step;
    let mut digests = BTreeMap::new();
    let mut write = |name: &str, bytes: &[u8]| {
        digests.insert(name.to_owned(), digest(bytes));
        write_whole(&results.join(name), bytes)
    };
    write("hindcast.json", format!("{:#}\n", hindcast::json(&board)).as_bytes())?;
    write("tables/hindcast.csv", hindcast::csv(&board).as_bytes())?;
    write("tables/hindcast.tex", hindcast::latex(&board).as_bytes())?;
    write_forms("figures/hindcast", &draw_hindcast(&board, command)?, &mut write)?;
    if let Some(record) = &of.ai_record {
        let days = Days::from_history(&of.spec, &of.history).map_err(ReportError::input)?;
        let simulated = i64::from(of.experiment.base.simulation.horizon_days);
        let series = results.join("series.parquet");
        let (rows, paths) = ai_history::compare(&series, (days.start, simulated), record)?;
        let history = AiHistory { title: &of.experiment.title, start: days.start, rows, paths };
        write("tables/ai_history.csv", history.csv().text.as_bytes())?;
        let rows = deals::scores::of_hindcast(of, record, results)?;
        write("tables/ai_deals.csv", hindcast::deals_csv(&rows).text.as_bytes())?;
        write_forms("figures/ai_history", &draw_ai_history(&history, command)?, &mut write)?;
    }
    ReportRecord::of_analysis(results, "hindcast", digests)?;
    Ok(board)
}

/// Scores the forecasts of many beginnings whose runs are merged in a folder, and writes there `rolling.json`, tables of
/// scores, forecasts and weights, and the figure; `command` made it.
///
/// # Errors
/// As [`hindcast_score`].
pub(crate) fn rolling_score(
    of: &Rolling,
    results: &Path,
    command: &str,
) -> Result<RollingBoard, ReportError> {
    let forecasts = origin_forecasts(of, results)?;
    let board = RollingBoard::from_forecasts(of, &forecasts)?;
    let mut digests = BTreeMap::new();
    let mut write = |name: &str, bytes: &[u8]| {
        digests.insert(name.to_owned(), digest(bytes));
        write_whole(&results.join(name), bytes)
    };
    board_files(&board, &forecasts, ["rolling", "skill_by_horizon"], command, &mut write)?;
    write("tables/rolling_weights.csv", rolling::weights_csv(&forecasts).text.as_bytes())?;
    ReportRecord::of_analysis(results, "rolling", digests)?;
    Ok(board)
}

/// Scores the forecasts that a calibration makes where it has not looked, and writes them into its folder as
/// [`rolling_score`] does, under the name of what they were learnt from.
///
/// # Errors
/// As [`hindcast_score`].
pub(crate) fn left_out_score(
    of: &Rolling,
    (from, forecasts): (LearntFrom, &[OriginForecast]),
    root: &Path,
    command: &str,
) -> Result<RollingBoard, ReportError> {
    let mut board = RollingBoard::from_forecasts(of, forecasts)?;
    board.title = format!("{}, {}", board.title, from.title());
    let mut write = |name: &str, bytes: &[u8]| write_whole(&root.join(name), bytes);
    board_files(&board, forecasts, [from.name(); 2], command, &mut write)?;
    Ok(board)
}

/// The numbers, tables and figure of a board, under the names of the numbers and of the figure.
fn board_files(
    board: &RollingBoard,
    forecasts: &[OriginForecast],
    [name, figure]: [&str; 2],
    command: &str,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    write(&format!("{name}.json"), format!("{:#}\n", hindcast::rolling_json(board)).as_bytes())?;
    let table = format!("tables/{name}");
    write(&format!("{table}.csv"), rolling::rolling_csv(board).text.as_bytes())?;
    write(&format!("{table}.tex"), rolling::rolling_latex(board, name).as_bytes())?;
    write(&format!("{table}_forecasts.csv"), rolling::forecasts_csv(forecasts).text.as_bytes())?;
    write_forms(
        &format!("figures/{figure}"),
        &draw_skill_by_horizon(board, figure, command)?,
        write,
    )
}

/// Writes the posterior of a calibration into its folder: equally weighted draws, a table of quantiles
/// and its figure; `digest` names the calibration, `command` made it. Gives the table, and the number
/// of draws.
///
/// # Errors
/// When the figure cannot be drawn, or the disk refuses.
pub(crate) fn write_posterior(
    spec: &CalibrationSpec,
    population: &Population,
    (root, digest): (&Path, &str),
    command: &str,
) -> Result<(PosteriorTable, usize), ReportError> {
    let draws = spec.method.posterior_points(population, spec.draws);
    let keys = spec.method.priors().iter().map(|prior| prior.key.clone()).collect();
    let sets =
        ParameterSets { keys, sets: posterior::shuffled(draws, spec.method.settings().seed) };
    write_whole(&root.join("posterior.parquet"), &posterior::bytes(&sets, digest)?)?;
    let table = posterior_table(spec, population)?;
    write_whole(&root.join("posterior.csv"), table.csv().as_bytes())?;
    let drawn = draw_posterior(&table, &spec.title, command)?;
    let mut write = |name: &str, bytes: &[u8]| write_whole(&root.join(name), bytes);
    write_forms("figures/posterior", &drawn, &mut write)?;
    Ok((table, sets.sets.len()))
}

/// Writes what deals and hash rate tell into a calibration's folder, as a table.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn write_identified(fit: &DealFit, root: &Path) -> Result<(), ReportError> {
    write_whole(&root.join("tables/identified.csv"), hindcast::identified_csv(fit).text.as_bytes())
}

/// Writes the state in which matched paths end into a hindcast's folder: draws from which an experiment can start, and the
/// misfit, weight and state of each path. Gives the file of draws.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn write_matched(
    of: &Hindcast,
    start: &MatchedStart,
    draws: usize,
    root: &Path,
) -> Result<PathBuf, ReportError> {
    let sets = start.draws(draws, of.experiment.seed);
    let file = root.join("matched.parquet");
    write_whole(&file, &posterior::bytes(&sets, &of.experiment.name)?)?;
    write_whole(&root.join("tables/matched.csv"), hindcast::matched_csv(start).text.as_bytes())?;
    Ok(file)
}

/// Where an analysis of points leaves its files: in their places below results, or side by side in a
/// folder of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnalysisFolder<'a> {
    /// The folder.
    pub root: &'a Path,
    /// Whether files lie side by side.
    pub flat: bool,
}

impl AnalysisFolder<'_> {
    /// The name of a file in it.
    fn name(self, name: &str) -> &str {
        if self.flat { name.rsplit('/').next().unwrap_or(name) } else { name }
    }

    /// Removes what an earlier analysis left and this one does not replace.
    ///
    /// # Errors
    /// [`ReportError::Disk`].
    pub(crate) fn remove(self, names: &[String]) -> Result<(), ReportError> {
        for name in names {
            let path = self.root.join(self.name(name));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(ReportError::disk(&path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes files, below results with a record of their digests; the names under which they lie,
    /// each figure named once.
    ///
    /// # Errors
    /// [`ReportError::Disk`].
    pub(crate) fn write(self, files: &[(String, Vec<u8>)]) -> Result<Vec<&str>, ReportError> {
        for (name, bytes) in files {
            write_whole(&self.root.join(self.name(name)), bytes)?;
        }
        let analysis = files.iter().find_map(|(name, _)| name.strip_suffix(".json"));
        if let (false, Some(analysis)) = (self.flat, analysis) {
            let digests = files.iter().map(|(name, bytes)| (name.clone(), digest(bytes)));
            ReportRecord::of_analysis(self.root, analysis, digests.collect())?;
        }
        let twin = |name: &&str| !name.contains("figures/") || name.contains(".png");
        let names = files.iter().map(|(name, _)| name.as_str()).filter(twin);
        Ok(names.map(|name| self.name(name)).collect())
    }
}

/// The files of a measurement: its windows, a figure and the numbers of the figure.
#[derive(Clone, Debug)]
pub(crate) struct MeasurementFiles {
    windows: Option<PathBuf>,
    figure: Option<PathBuf>,
    numbers: Option<PathBuf>,
}

impl MeasurementFiles {
    /// The windows' table and the figure, which lies beside the table unless it has a place of its
    /// own; the figure's numbers lie beside the figure.
    pub(crate) fn new(windows: Option<PathBuf>, figure: Option<PathBuf>) -> Self {
        let figure = figure.or_else(|| Some(windows.as_ref()?.with_extension("svg")));
        let numbers = figure.as_ref().map(|path| path.with_extension("csv"));
        Self { windows, figure, numbers }
    }

    /// Whether one of them would take the place of a file that is there.
    pub(crate) fn takes_place_of(&self, input: &Path) -> bool {
        let mut written = self.windows.iter().chain(&self.figure).chain(&self.numbers);
        written.any(|path| same_file(path, input))
    }

    /// The numbers' file, if nobody asked for it and something else than measured windows is there.
    pub(crate) fn foreign(&self) -> Option<&Path> {
        let numbers =
            self.numbers.as_deref().filter(|path| self.windows.as_deref() != Some(path))?;
        let foreign =
            std::fs::read(numbers).is_ok_and(|bytes| !bytes.starts_with(b"window_start,"));
        foreign.then_some(numbers)
    }

    /// Writes them; `command` made the measurement.
    ///
    /// # Errors
    /// [`ReportError::Disk`], or if the figure cannot be drawn.
    pub(crate) fn write(&self, measured: &Measurement, command: &str) -> Result<(), ReportError> {
        if let Some(path) = &self.windows {
            write_whole(path, table::csv(measured).as_bytes())?;
        }
        let (Some(path), Some(numbers)) = (&self.figure, &self.numbers) else { return Ok(()) };
        let name = numbers.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let drawn = draw_measured(measured, &name, command)?;
        if self.windows.as_ref() != Some(numbers) {
            write_whole(numbers, drawn.csv.as_bytes())?;
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let bytes = match ending.as_str() {
            "png" => drawn.png,
            "pdf" => drawn.pdf,
            _ => drawn.svg.into_bytes(),
        };
        write_whole(path, &bytes)
    }
}
