//! One file per figure; each is drawn once, as SVG, and converted from that to PNG and PDF.

mod ai_history;
mod ai_supply_curve;
mod analyses;
mod attack_cost_components;
mod attack_phase_map;
mod attack_waterfall;
pub mod axis;
pub mod calendar;
pub mod canvas;
mod concentration_by_layer;
mod convert;
pub mod data;
mod design_points;
mod draw;
mod elementary_effects;
mod factor_rows;
mod fan;
mod footnote;
mod hash_rate_difficulty;
mod heat_map;
mod hindcast;
mod idle_stock;
mod measured_blocks;
pub mod miners;
mod miners_map;
mod page;
mod paired_effect;
pub mod palette;
mod panel;
mod phase_diagram;
mod posterior;
mod power_by_region;
mod power_by_use;
pub mod regions;
mod retarget_comparison;
mod rule_comparison;
mod scenario_discovery;
pub mod scope;
mod sensitivity_convergence;
mod skill_by_horizon;
mod sobol_indices;
mod stack;
mod tabulate;
mod views;

use std::path::Path;

use crate::analysis::summary::Summary;
use crate::analysis::summary::series::SeriesFile;
use crate::study::results::load::ResultTable;
use crate::study::results::manifest::Manifest;
use crate::study::results::report_error::ReportError;
use canvas::{Area, FigureOrigin};
use canvas::{DrawError, DrawResult};
use data::{Data, View};
use miners::MinersView;
use page::Page;
use regions::RegionsView;
use scope::Scope;
use views::views;

use super::source::FigureData;
pub use ai_history::draw_ai_history;
pub(crate) use analyses::draw_measured;
pub(crate) use analyses::{draw_discovery, draw_sensitivity};
pub use hindcast::draw_hindcast;
pub use page::Drawn;
pub(crate) use page::write_forms;
pub use posterior::draw_posterior;
pub(crate) use skill_by_horizon::draw_skill_by_horizon;

/// A figure of the report.
pub struct Figure {
    /// File name without extension.
    pub name: &'static str,
    /// Title in the metadata.
    pub title: &'static str,
    /// What is drawn.
    pub about: &'static str,
    /// Height at the width of one column, mm.
    pub height_mm: f64,
    /// Columns of `series.parquet` that it needs.
    pub columns: &'static [&'static str],
    /// Which of the runs it shows.
    pub scope: Scope,
    /// Whether it compares two scenarios.
    pub needs_control: bool,
    /// Whether it needs the snapshot of miners.
    pub needs_miners: bool,
    /// The numbers that it shows, of its columns.
    source: fn(&Data, &[&str]) -> Result<FigureData, DrawError>,
    /// Draws it.
    draw: fn(&Area, &Data) -> DrawResult,
}

impl Figure {
    /// Whether it needs the regions.
    #[must_use]
    pub const fn needs_regions(&self) -> bool {
        matches!(self.scope, Scope::Regions)
    }
}

/// All figures of a report.
pub const FIGURES: [Figure; 10] = [
    hash_rate_difficulty::FIGURE,
    attack_cost_components::FIGURE,
    attack_waterfall::FIGURE,
    paired_effect::FIGURE,
    power_by_use::FIGURE,
    power_by_region::FIGURE,
    concentration_by_layer::FIGURE,
    miners_map::FIGURE,
    idle_stock::FIGURE,
    ai_supply_curve::FIGURE,
];

/// A figure that compares all scenarios of an experiment at once, from the summary.
pub(crate) struct Comparison {
    /// File name without extension.
    pub name: &'static str,
    /// Title in the metadata.
    pub title: &'static str,
    /// What is drawn.
    pub about: &'static str,
    /// Height at the width of one column, mm.
    pub height_mm: fn(&Summary) -> f64,
    /// Columns of `runs.parquet` whose statistics it needs.
    pub columns: &'static [&'static str],
    /// Whether the experiment varies what the figure compares.
    applies: fn(&Summary) -> bool,
    /// The numbers that it shows.
    source: fn(&Summary) -> FigureData,
    /// What it does not show, in sentences.
    left_out: fn(&Summary) -> Vec<String>,
    /// Draws it.
    draw: fn(&Area, &Summary) -> DrawResult,
}

/// All figures that compare the scenarios of an experiment.
pub(crate) const COMPARISONS: [Comparison; 4] = [
    retarget_comparison::FIGURE,
    attack_phase_map::FIGURE,
    phase_diagram::FIGURE,
    rule_comparison::FIGURE,
];

/// Whether a comparison needs the statistics of a column of `runs.parquet`.
#[must_use]
pub(crate) fn compare_by(column: &str) -> bool {
    COMPARISONS.iter().any(|figure| figure.columns.contains(&column))
}

/// Draws every figure for every contrast (or for the first scenario when there is none) unless these
/// are the many points of a design, then the comparisons that the experiment is made for, and hands the files to `write`; returns notes on what was left out.
///
/// # Errors
/// When `series.parquet` is missing or damaged, or a figure cannot be drawn or written.
pub(crate) fn draw_all(
    results: &Path,
    summary: &Summary,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<Vec<String>, ReportError> {
    let manifest = &summary.manifest;
    let series = SeriesFile::open(&results.join("series.parquet"))?;
    let snapshot = ResultTable::open(&results.join("miners.parquet"))?;
    // Results of earlier layouts have none.
    let regions = manifest.has("regions").then(|| results.join("regions.parquet"));
    let regions = regions.map(|path| ResultTable::open(&path)).transpose()?;
    let mut notes = Vec::new();
    for (number, view) in views(results, manifest, &series, &mut notes)?.iter().enumerate() {
        let miners = MinersView::read(&snapshot, &view.treatment)?;
        let regions = regions.as_ref().map(|table| RegionsView::read(table, &view.treatment));
        let state = (miners, regions.transpose()?.unwrap_or_default());
        for figure in &FIGURES {
            if let Some(reason) = left_out(figure, view, &state) {
                notes.push(format!("figure {}: left out, {reason}", figure.name));
                continue;
            }
            let suffix = if number == 0 { String::new() } else { format!("_{}", number + 1) };
            let name = format!("{}{suffix}", figure.name);
            let Some(drawn) = draw(figure, &name, (&series, view, &state), manifest)? else {
                let scenario = &view.treatment;
                notes.push(format!("figure {}: left out, it is zero in `{scenario}`", figure.name));
                continue;
            };
            write_forms(&format!("figures/{name}"), &drawn, write)?;
        }
    }
    for figure in COMPARISONS.iter().filter(|figure| (figure.applies)(summary)) {
        let drawn = compare(figure, summary)?;
        let left_out = (figure.left_out)(summary);
        notes.extend(left_out.iter().map(|left| format!("figure {}: {left}", figure.name)));
        write_forms(&format!("figures/{}", figure.name), &drawn, write)?;
    }
    notes.extend(rule_comparison::undrawn(summary));
    Ok(notes)
}

fn left_out(figure: &Figure, view: &View, (miners, regions): &ViewedState) -> Option<String> {
    if figure.needs_control && view.control.is_none() {
        Some("the experiment has no contrast".to_owned())
    } else if figure.needs_miners && miners.activity.is_empty() {
        Some(format!("miners.parquet has no miners of `{}`", view.treatment))
    } else if figure.needs_regions() && regions.days.is_empty() {
        Some(format!("regions of `{}` were not recorded", view.treatment))
    } else {
        None
    }
}

/// The miners and the regions of a view's treatment.
type ViewedState = (MinersView, RegionsView);

/// Draws one figure of one view; nothing if all that it shows of the treatment is zero.
fn draw(
    figure: &Figure,
    name: &str,
    (series, view, (miners, regions)): (&SeriesFile, &View, &ViewedState),
    manifest: &Manifest,
) -> Result<Option<Drawn>, ReportError> {
    let miners = figure.needs_miners.then_some(miners);
    let regions = figure.needs_regions().then_some(regions);
    let data = Data::load(series, view, figure.columns, (miners, regions))?;
    let failed = |error: DrawError| ReportError::Figure {
        name: name.to_owned(),
        problem: error.to_string(),
    };
    if data.is_zero(figure.columns).map_err(failed)? {
        return Ok(None);
    }
    let source = (figure.source)(&data, figure.columns).map_err(failed)?;
    let origin = origin(figure, view, &data, manifest);
    let below = footnote::lines(&view.left_out);
    let height_mm = figure.height_mm + footnote::height_mm(&below);
    let page = Page { name, height_mm, origin, source };
    page.render(|area| footnote::with(area, &below, |area| (figure.draw)(area, &data))).map(Some)
}

/// Draws one comparison.
fn compare(figure: &Comparison, summary: &Summary) -> Result<Drawn, ReportError> {
    let manifest = &summary.manifest;
    let fewest = summary.finished.iter().min().copied().unwrap_or(0);
    let most = summary.finished.iter().max().copied().unwrap_or(0);
    let replicates =
        if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
    let described = format!(
        "{} Shown: scenarios of {} with {replicates} replicates each; which ones and of how many \
         is in the source data.",
        figure.about,
        manifest.scenarios.len()
    );
    let left_out = (figure.left_out)(summary);
    let origin = FigureOrigin {
        title: format!("{}: {}", manifest.experiment, figure.title),
        description: [&[described], left_out.as_slice()].concat().join(" "),
        provenance: provenance(manifest),
    };
    let below = footnote::lines(&left_out);
    let height_mm = (figure.height_mm)(summary) + footnote::height_mm(&below);
    let page = Page { name: figure.name, height_mm, origin, source: (figure.source)(summary) };
    page.render(|area| footnote::with(area, &below, |area| (figure.draw)(area, summary)))
}

fn provenance(manifest: &Manifest) -> String {
    let Manifest { plan_digest, seed, command, .. } = manifest;
    format!("plan {plan_digest}; seed {seed}; command: {command}")
}

fn origin(figure: &Figure, view: &View, data: &Data, manifest: &Manifest) -> FigureOrigin {
    let scenarios = figure.scope.scenarios(data);
    let described = format!("{} {}", figure.about, figure.scope.words(data));
    FigureOrigin {
        title: format!("{}: {} ({scenarios})", manifest.experiment, figure.title),
        description: [&[described], view.left_out.as_slice()].concat().join(" "),
        provenance: provenance(manifest),
    }
}
