//! A posterior: of each calibrated parameter what the prior allowed and what history left of it.

use plotters::prelude::{Circle, Rectangle, TriangleMarker};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::axis::{Axis, minus};
use super::canvas::{Area, FigureOrigin, ipt, printable, pt, text_style, text_width};
use super::canvas::{DrawError, DrawResult};
use super::design_points::without_unit;
use super::draw::{Chart, line};
use super::factor_rows::{FactorRows, heading, short_names, text_lines};
use super::page::{Drawn, Page};
use super::palette::{BLACK, BLUE, GREY, Stroke, VERMILION};
use super::panel::{LegendEntry, LegendKey, Marker, legend};
use crate::report::calibration::{PosteriorRow, PosteriorTable};
use crate::report::numbers::{decimals_for, fixed, grouped};
use crate::report::source::{Cell, FigureData};
use crate::study::results::report_error::ReportError;

/// Height of heading, legend and axis, mm.
const FURNITURE_MM: f64 = 22.5;
/// What the numbers at the right are.
const NUMBERS: &str = "Median (prior)";
/// Half the height of the bars, in rows: of nine tenths of the posterior, of a half.
const HALVES: [f64; 2] = [0.1, 0.17];
/// Opacity of the outer bar.
const OUTER: f64 = 0.4;
/// The range of a prior.
const PRIOR: Stroke = Stroke::solid(GREY).wide(0.8);
/// The median of a posterior.
const MEDIAN: Stroke = Stroke::solid(BLACK).wide(1.4);
/// Colour of the baseline.
const BASELINE: RGBColor = VERMILION;
/// How far below its row's middle the baseline's triangle stands, in rows.
const BELOW: f64 = 0.3;
/// Room beyond the bounds of a prior, in their distance.
const ROOM: f64 = 0.09;

/// Draws a posterior; `title` names the calibration and `command` made it.
///
/// # Errors
/// When there is no parameter, or the figure cannot be drawn or converted.
pub fn draw_posterior(
    table: &PosteriorTable,
    title: &str,
    command: &str,
) -> Result<Drawn, ReportError> {
    let origin = FigureOrigin {
        title: title.to_owned(),
        description: "Posterior of each calibrated parameter on the scale of its prior, from its lower bound (0) to its \
             upper (1): central 90 % and 50 %, median, and the baseline's value, a ring where it lies beyond the \
             bounds. At the right medians with units, and the bounds of the priors."
            .to_owned(),
        provenance: format!("command: {command}"),
    };
    let height_mm = FURNITURE_MM + names(table).height_mm(2);
    let page = Page { name: "posterior", height_mm, origin, source: source(table) };
    page.render(|page| draw(page, table, title))
}

/// A line for each parameter.
fn source(table: &PosteriorTable) -> FigureData {
    let prior = ["parameter", "unit", "prior_low", "prior_high", "prior_scale"];
    let posterior = ["q05", "q25", "q50", "q75", "q95", "baseline"];
    let mut source = FigureData::new(prior.into_iter().chain(posterior));
    for row in &table.rows {
        let scale = if row.logarithmic { "logarithmic" } else { "linear" };
        let [low, high] = row.bounds.map(Cell::from);
        let prior = [row.key.as_str().into(), row.unit.as_str().into(), low, high, scale.into()];
        let quantiles = row.quantiles.map(Cell::from);
        source.row(prior.into_iter().chain(quantiles).chain([row.baseline.into()]));
    }
    source
}

/// The parameters by the last parts of their keys, whose units stand with the medians.
fn names(table: &PosteriorTable) -> FactorRows {
    let keys = table.rows.iter().map(|row| without_unit(&row.key).to_owned());
    FactorRows::new(&short_names(&keys.collect::<Vec<_>>()))
}

fn draw(page: &Area, table: &PosteriorTable, title: &str) -> DrawResult {
    if table.rows.is_empty() {
        return Err(DrawError("the calibration has no parameter".to_owned()));
    }
    let rest = heading(page, &[title.chars().map(printable).collect()])?;
    let rest = legend(&rest, &entries(table))?;
    let numbers: Vec<[String; 2]> = table.rows.iter().map(numbers).collect();
    let widths = numbers.iter().flatten().map(|line| text_width(&rest, line));
    let beside = widths.chain([text_width(&rest, NUMBERS)]).max().unwrap_or(0) + pt(2.0);
    let width = rest.dim_in_pixel().0;
    let (left, right) = rest.split_horizontally(width.saturating_sub(beside));
    let (rows, x) = (names(table), axis());
    let title = "Place between the bounds of the prior";
    let mut chart = rows.panel(&left, ("", &x, title))?;
    for (place, row) in table.rows.iter().enumerate() {
        bars(&mut chart, row, rows.height(place))?;
        baseline(&mut chart, row, rows.height(place))?;
    }
    let end = beside.cast_signed() - ipt(2.0);
    let anchor = |vertical| Pos::new(HPos::Right, vertical);
    right.draw_text(NUMBERS, &text_style().pos(anchor(VPos::Top)), (end, ipt(1.5)))?;
    for (place, lines) in numbers.iter().enumerate() {
        let (_, y) = chart.backend_coord(&(1.0, rows.height(place)));
        let y = y - right.get_base_pixel().1;
        text_lines(&right, lines, (end, y), anchor(VPos::Center))?;
    }
    Ok(())
}

fn entries(table: &PosteriorTable) -> [Vec<LegendEntry>; 2] {
    let bars = [
        (LegendKey::Line(PRIOR), "prior"),
        (LegendKey::Area(BLUE, OUTER), "posterior 90 %"),
        (LegendKey::Area(BLUE, 1.0), "50 %"),
        (LegendKey::Tick(MEDIAN), "median"),
    ];
    let places: Vec<f64> = table.rows.iter().filter_map(baseline_place).collect();
    let beyond = |place: &f64| !(0.0..=1.0).contains(place);
    let [inside, outside] = [false, true].map(|side| places.iter().any(|at| beyond(at) == side));
    let within = inside.then_some((LegendKey::Marker(Marker::Triangle, BASELINE), "baseline"));
    let without =
        outside.then_some((LegendKey::Marker(Marker::Ring, BASELINE), "baseline beyond the prior"));
    let named = |(key, label): (LegendKey, &str)| (key, label.to_owned());
    [bars.map(named).to_vec(), within.into_iter().chain(without).map(named).collect()]
}

fn axis() -> Axis {
    let ticks = [(0.0, "0"), (0.25, ""), (0.5, "0.5"), (0.75, ""), (1.0, "1")];
    let ticks = ticks.map(|(at, label)| (at, label.to_owned())).to_vec();
    Axis { low: -ROOM, high: 1.0 + ROOM, ticks }
}

fn bars(chart: &mut Chart, row: &PosteriorRow, height: f64) -> DrawResult {
    line(chart, &[0.0, 1.0], &[height; 2], PRIOR)?;
    for end in [0.0, 1.0] {
        line(chart, &[end; 2], &[height - HALVES[0], height + HALVES[0]], PRIOR)?;
    }
    let places = row.quantiles.map(|value| row.place(value).clamp(0.0, 1.0));
    if places.iter().any(|place| !place.is_finite()) {
        return Ok(());
    }
    let [q05, q25, q50, q75, q95] = places;
    for (ends, half, opacity) in [([q05, q95], HALVES[0], OUTER), ([q25, q75], HALVES[1], 1.0)] {
        let corners = [(ends[0], height - half), (ends[1], height + half)];
        chart.draw_series([Rectangle::new(corners, BLUE.mix(opacity).filled())])?;
    }
    line(chart, &[q50; 2], &[height - 1.4 * HALVES[1], height + 1.4 * HALVES[1]], MEDIAN)
}

fn baseline_place(row: &PosteriorRow) -> Option<f64> {
    // A logarithmic prior has its lower bound infinitely far above a baseline of zero.
    row.baseline.map(|value| row.place(value)).filter(|place| !place.is_nan())
}

/// A triangle below the bars, or a ring at the edge that the baseline lies beyond.
fn baseline(chart: &mut Chart, row: &PosteriorRow, height: f64) -> DrawResult {
    let Some(place) = baseline_place(row) else { return Ok(()) };
    if (0.0..=1.0).contains(&place) {
        let at = (place, height - BELOW);
        chart.draw_series([TriangleMarker::new(at, ipt(2.4), BASELINE.filled())])?;
    } else {
        let at = (place.clamp(-0.45 * ROOM, 1.0 + 0.45 * ROOM), height - BELOW);
        chart.draw_series([Circle::new(at, ipt(1.5), BASELINE.stroke_width(pt(0.8)))])?;
    }
    Ok(())
}

/// Median with its unit, and the bounds of the prior.
fn numbers(row: &PosteriorRow) -> [String; 2] {
    let median = row.quantiles[2];
    let median = grouped(&fixed(median, decimals_for(median, 3)), ",");
    let unit = row.unit.replace("MUSD", "million USD");
    let unit = match unit.strip_prefix("1/") {
        Some(time) => format!(" per {time}"),
        None if unit == "1" => String::new(),
        None => format!(" {unit}"),
    };
    let [low, high] = row.bounds.map(|bound| grouped(&bound.to_string(), ","));
    let scale = if row.logarithmic { ", log" } else { "" };
    [minus(&format!("{median}{unit}")), format!("({} to {}{scale})", minus(&low), minus(&high))]
}
