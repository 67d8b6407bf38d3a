//! One file per figure; each is drawn once, as SVG, and converted from that to PNG and PDF.

mod attack_cost_components;
mod attack_phase_map;
mod attack_waterfall;
mod axis;
mod calendar;
mod canvas;
mod concentration_by_layer;
mod convert;
mod data;
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
mod miners;
mod miners_map;
mod paired_effect;
mod palette;
mod panel;
mod phase_diagram;
mod posterior;
mod power_by_use;
mod retarget_comparison;
mod rule_comparison;
mod scenario_discovery;
mod sensitivity_convergence;
mod sobol_indices;
mod stack;
mod views;

use std::path::Path;

use self::canvas::{Area, Origin};
use self::data::{Data, View};
use self::draw::DrawResult;
use self::miners::Miners;
use self::views::views;
use super::discovery::{Discovery, figure_name};
use super::error::ReportError;
use super::load::Table;
use super::manifest::Manifest;
use super::measure::Measured;
use super::sensitivity::{Method, Sensitivity};
use super::series::SeriesFile;
use super::summary::Summary;

pub use hindcast::draw_hindcast;
pub use posterior::draw_posterior;

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
    /// Whether it compares two scenarios.
    pub needs_control: bool,
    /// Whether it needs the snapshot of miners.
    pub needs_miners: bool,
    /// Draws it.
    draw: fn(&Area, &Data) -> DrawResult,
}

/// All figures of a report.
pub const FIGURES: [Figure; 8] = [
    hash_rate_difficulty::FIGURE,
    attack_cost_components::FIGURE,
    attack_waterfall::FIGURE,
    paired_effect::FIGURE,
    power_by_use::FIGURE,
    concentration_by_layer::FIGURE,
    miners_map::FIGURE,
    idle_stock::FIGURE,
];

/// A figure that compares all scenarios of an experiment at once, from the summary.
pub struct Comparison {
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
    /// What it does not show, in sentences.
    left_out: fn(&Summary) -> Vec<String>,
    /// Draws it.
    draw: fn(&Area, &Summary) -> DrawResult,
}

/// All figures that compare the scenarios of an experiment.
pub const COMPARISONS: [Comparison; 4] = [
    retarget_comparison::FIGURE,
    attack_phase_map::FIGURE,
    phase_diagram::FIGURE,
    rule_comparison::FIGURE,
];

/// Whether a comparison needs the statistics of a column of `runs.parquet`.
#[must_use]
pub fn compare_by(column: &str) -> bool {
    COMPARISONS.iter().any(|figure| figure.columns.contains(&column))
}

/// A drawn figure in its three forms.
pub struct Drawn {
    /// SVG.
    pub svg: String,
    /// PNG.
    pub png: Vec<u8>,
    /// PDF.
    pub pdf: Vec<u8>,
}

/// Draws every figure for every contrast (or for the first scenario when there is none) unless these
/// are the many points of a design, then the comparisons that the experiment is made for, and hands the files to `write`; returns notes on what was left out.
///
/// # Errors
/// When `series.parquet` is missing or damaged, or a figure cannot be drawn or written.
pub fn draw_all(
    results: &Path,
    summary: &Summary,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<Vec<String>, ReportError> {
    let manifest = &summary.manifest;
    let series = SeriesFile::open(&results.join("series.parquet"))?;
    let snapshot = results.join("miners.parquet");
    let snapshot = if snapshot.exists() { Some(Table::open(&snapshot)?) } else { None };
    let mut notes = Vec::new();
    for (number, view) in views(results, manifest, &series, &mut notes)?.iter().enumerate() {
        let miners = match &snapshot {
            Some(table) => Miners::read(table, &view.treatment)?,
            None => Miners::default(),
        };
        for figure in &FIGURES {
            if let Some(reason) = left_out(figure, view, &miners) {
                notes.push(format!("figure {}: left out, {reason}", figure.name));
                continue;
            }
            let drawn = draw(figure, &series, view, &miners, manifest)?;
            let suffix = if number == 0 { String::new() } else { format!("_{}", number + 1) };
            write_forms(&format!("figures/{}{suffix}", figure.name), &drawn, write)?;
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

/// Hands the three forms of a figure to `write`, as `name.svg`, `name.png` and `name.pdf`.
///
/// # Errors
/// When `write` fails.
pub fn write_forms(
    name: &str,
    drawn: &Drawn,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    write(&format!("{name}.svg"), drawn.svg.as_bytes())?;
    write(&format!("{name}.png"), &drawn.png)?;
    write(&format!("{name}.pdf"), &drawn.pdf)
}

fn left_out(figure: &Figure, view: &View, miners: &Miners) -> Option<String> {
    if figure.needs_control && view.control.is_none() {
        Some("the experiment has no contrast".to_owned())
    } else if figure.needs_miners && miners.activity.is_empty() {
        Some(format!("miners.parquet has no miners of `{}`", view.treatment))
    } else {
        None
    }
}

/// Draws one figure of one view.
fn draw(
    figure: &Figure,
    series: &SeriesFile,
    view: &View,
    miners: &Miners,
    manifest: &Manifest,
) -> Result<Drawn, ReportError> {
    let miners = figure.needs_miners.then_some(miners);
    let data = Data::load(series, view, figure.columns, miners)?;
    let origin = origin(figure, view, &data, manifest);
    let below = footnote::lines(&view.left_out);
    let height_mm = figure.height_mm + footnote::height_mm(&below);
    render(figure.name, height_mm, &origin, |page| {
        footnote::with(page, &below, |area| (figure.draw)(area, &data))
    })
}

/// Draws one comparison.
fn compare(figure: &Comparison, summary: &Summary) -> Result<Drawn, ReportError> {
    let manifest = &summary.manifest;
    let fewest = summary.finished.iter().min().copied().unwrap_or(0);
    let described = format!("{} Replicates: {fewest}.", figure.about);
    let left_out = (figure.left_out)(summary);
    let origin = Origin {
        title: format!("{}: {}", manifest.experiment, figure.title),
        description: [&[described], left_out.as_slice()].concat().join(" "),
        provenance: provenance(&summary.data_digest, manifest),
    };
    let below = footnote::lines(&left_out);
    let height_mm = (figure.height_mm)(summary) + footnote::height_mm(&below);
    render(figure.name, height_mm, &origin, |page| {
        footnote::with(page, &below, |area| (figure.draw)(area, summary))
    })
}

/// Draws the concentration of measured windows, with its bands; `command` made them.
///
/// # Errors
/// When the figure cannot be drawn or converted.
pub fn draw_measured(measured: &Measured, command: &str) -> Result<Drawn, ReportError> {
    let origin = measured_blocks::origin(measured, command);
    render("measured_blocks", measured_blocks::HEIGHT_MM, &origin, |page| {
        measured_blocks::draw(page, measured)
    })
}

/// Draws the measures of all factors, and how they converge, as `figures/sensitivity…` and
/// `figures/sensitivity_convergence…`; `command` made them.
///
/// # Errors
/// When a figure cannot be drawn or converted, or `write` fails.
pub fn draw_sensitivity(
    found: &Sensitivity,
    suffix: &str,
    command: &str,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let origin = |title: &str, about: &str| Origin {
        title: format!("{title} of {}", found.name()),
        description: about.to_owned(),
        provenance: format!(
            "design blake3 {}; outputs blake3 {}; command: {command}",
            found.digests[0], found.digests[1]
        ),
    };
    let drawn = match found.method {
        Method::Sobol => {
            let origin = origin("Sobol indices", sobol_indices::ABOUT);
            render("sensitivity", sobol_indices::height_mm(found), &origin, |page| {
                sobol_indices::draw(page, found)
            })
        }
        Method::Morris => {
            let origin = origin("Elementary effects", elementary_effects::ABOUT);
            render("sensitivity", elementary_effects::height_mm(found), &origin, |page| {
                elementary_effects::draw(page, found)
            })
        }
    };
    write_forms(&format!("figures/sensitivity{suffix}"), &drawn?, write)?;
    let (name, height) = ("sensitivity_convergence", sensitivity_convergence::HEIGHT_MM);
    let origin = origin("Convergence of the sensitivity", sensitivity_convergence::ABOUT);
    let drawn = render(name, height, &origin, |page| sensitivity_convergence::draw(page, found))?;
    write_forms(&format!("figures/{name}{suffix}"), &drawn, write)
}

/// Draws trajectory and limits of every box, as `figures/discovery…`, further boxes with their
/// number; `command` made them.
///
/// # Errors
/// When a figure cannot be drawn or converted, or `write` fails.
pub fn draw_discovery(
    found: &Discovery,
    suffix: &str,
    command: &str,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    for (place, one) in found.boxes.iter().enumerate() {
        let origin = Origin {
            title: format!("Box {} of {} {}", place + 1, found.name(), found.side()),
            description: scenario_discovery::ABOUT.to_owned(),
            provenance: format!(
                "design blake3 {}; outputs blake3 {}; command: {command}",
                found.digests[0], found.digests[1]
            ),
        };
        let height = scenario_discovery::height_mm(found, one);
        let drawn = render("discovery", height, &origin, |page| {
            scenario_discovery::draw(page, found, one)
        })?;
        write_forms(&figure_name(place, suffix), &drawn, write)?;
    }
    Ok(())
}

/// A drawing in its three forms.
fn render(
    name: &str,
    height_mm: f64,
    origin: &Origin,
    draw: impl FnOnce(&Area) -> DrawResult,
) -> Result<Drawn, ReportError> {
    let failed = |problem: String| ReportError::Figure { name: name.to_owned(), problem };
    let svg = canvas::svg(height_mm, origin, draw).map_err(|error| failed(error.to_string()))?;
    let tree = convert::parse(&svg).map_err(failed)?;
    let png = convert::png(&tree).map_err(failed)?;
    let pdf = convert::pdf(&tree, origin).map_err(failed)?;
    Ok(Drawn { svg, png, pdf })
}

fn provenance(digest: &str, manifest: &Manifest) -> String {
    format!(
        "data blake3 {digest}; plan {}; seed {}; command: {}",
        manifest.plan_digest, manifest.seed, manifest.command
    )
}

fn origin(figure: &Figure, view: &View, data: &Data, manifest: &Manifest) -> Origin {
    let scenarios = match &view.control {
        Some(control) => format!("{} against {control}", view.treatment),
        None => view.treatment.clone(),
    };
    let described = format!("{} Replicates: {}.", figure.about, data.replicates());
    Origin {
        title: format!("{}: {} ({scenarios})", manifest.experiment, figure.title),
        description: [&[described], view.left_out.as_slice()].concat().join(" "),
        provenance: provenance(&data.digest, manifest),
    }
}
