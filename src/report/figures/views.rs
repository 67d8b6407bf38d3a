//! Which contrasts, or which scenario, get figures of their own.

use std::path::Path;

use super::calendar::Date;
use super::data::View;
use crate::analysis::summary::series::SeriesFile;
use crate::study::experiment::Contrast;
use crate::study::results::manifest::Manifest;
use crate::study::results::report_error::ReportError;

/// Contrasts that get figures of their own; the summary has all of them.
const MOST_VIEWS: usize = 4;

/// What to compare: each contrast, or the first scenario alone.
///
/// # Errors
/// When the manifest's first day is no date.
pub(crate) fn views(
    results: &Path,
    manifest: &Manifest,
    series: &SeriesFile,
    notes: &mut Vec<String>,
) -> Result<Vec<View>, ReportError> {
    let first_day = Date::parse(&manifest.first_day).ok_or_else(|| {
        let problem =
            format!("`first_day` is `{}`; a date YYYY-MM-DD is needed", manifest.first_day);
        ReportError::content(&results.join("manifest.json"), problem)
    })?;
    let first_day = (first_day, manifest.first_day.clone());
    let view = |treatment: &str, control: Option<&String>, left_out: Option<String>| View {
        treatment: treatment.to_owned(),
        control: control.cloned(),
        first_day: first_day.clone(),
        left_out: left_out.into_iter().collect(),
    };
    let (scenarios, contrasts) = (manifest.scenarios.len(), manifest.contrasts.len());
    let compared = if contrasts == 0 { scenarios } else { contrasts };
    if !manifest.designs.is_empty() && compared > MOST_VIEWS {
        let what = if contrasts == 0 { "scenarios" } else { "contrasts" };
        notes.push(format!(
            "figures of single worlds: left out, scenarios are points of a design ({compared} {what})"
        ));
        return Ok(Vec::new());
    }
    let finished =
        |contrast: &&Contrast| series.has(&contrast.treatment) && series.has(&contrast.control);
    let drawn: Vec<&Contrast> =
        manifest.contrasts.iter().filter(finished).take(MOST_VIEWS).collect();
    if drawn.is_empty() {
        let first = manifest.scenarios.iter().find(|name| series.has(name));
        let left = (scenarios > 1).then(|| {
            format!(
                "1 of {scenarios} scenarios is drawn; all are in summary.csv and series.parquet."
            )
        });
        notes.extend(
            left.iter().zip(first).map(|(left, name)| format!("figures of `{name}`: {left}")),
        );
        return Ok(first.map(|name| view(name, None, left)).into_iter().collect());
    }
    if drawn.len() < contrasts {
        notes.push(format!(
            "figures: {} of {contrasts} contrasts are drawn, the first that are finished; all are in \
             differences.csv",
            drawn.len()
        ));
    }
    let views = drawn.iter().map(|contrast| {
        let number = 1 + manifest.contrasts.iter().position(|c| c == *contrast).unwrap_or(0);
        let left = (drawn.len() < contrasts).then(|| {
            let some = drawn.len();
            format!("Contrast {number} of {contrasts}, {some} of them drawn; all are in differences.csv.")
        });
        view(&contrast.treatment, Some(&contrast.control), left)
    });
    Ok(views.collect())
}
