//! Concentration of real blocks: Nakamoto coefficient and HHI of each window with 95 % bands.

use plotters::prelude::Circle;
use plotters::style::Color;

use super::axis::Axis;
use super::calendar::{Date, time_axis};
use super::canvas::DrawResult;
use super::canvas::{Area, FigureOrigin, pt};
use super::draw::{Chart, band, line};
use super::palette::{BLUE, Stroke};
use super::panel::{Frame, LegendKey, Marker, label_width, legend, panel};
use crate::analysis::measure::{MeasureRow, Measurement, Start, WindowSpan};
use crate::clock::iso_date;
use crate::report::numbers::grouped;

/// Height of the figure, mm.
pub(crate) const HEIGHT_MM: f64 = 95.0;
/// Opacity of the bands.
const BAND: f64 = 0.28;
/// More windows than this are dots: a line through them would hide their band.
const MOST_STEPS: usize = 250;
/// Radius of a dot, points.
const DOT_PT: f64 = 0.4;
/// Ticks of an axis, about.
const TICKS: usize = 5;

/// Value and band of one measure, two points for each window.
struct MeasureBand {
    value: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

/// What the figure says about itself.
#[must_use]
pub(super) fn origin(measured: &Measurement, command: &str) -> FigureOrigin {
    let control = measured.control;
    let strictly = if control.strictly { "more than" } else { "at least" };
    FigureOrigin {
        title: "Concentration of blocks".to_owned(),
        description: format!(
            "{} windows of {}. Nakamoto coefficient (smallest number of entities with {strictly} {} \
             of the blocks) and Herfindahl-Hirschman index of the counts, with 95 % intervals for \
             each window: exact tests of the largest shares, studentised bootstrap of blocks.",
            measured.rows.len(),
            measured.span,
            control.threshold
        ),
        provenance: format!("counts blake3 {}; command: {command}", measured.digest),
    }
}

/// Draws two panels over one axis of time or epochs.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn draw(page: &Area, measured: &Measurement) -> DrawResult {
    let sign = if dotted(measured.rows.len()) {
        LegendKey::Marker(Marker::Disc, BLUE)
    } else {
        LegendKey::Line(value_stroke())
    };
    let entries = [
        (sign, "from the counts".to_owned()),
        (LegendKey::Area(BLUE, BAND), "95 % interval of each window".to_owned()),
    ];
    let rest = legend(page, &[entries.to_vec()])?;
    let (top, bottom) = rest.split_vertically(rest.dim_in_pixel().1 * 47 / 100);
    let (x, x_title) = horizontal(measured);
    let places = places(measured);
    let nakamoto = course(&measured.rows, |row| {
        let counted = row.concentration.nakamoto;
        // Counts too few to exclude any number are drawn up to all entities seen.
        let high = row.nakamoto.high.unwrap_or(row.entities);
        [counted, row.nakamoto.low as f64, high as f64]
    });
    let hhi = course(&measured.rows, |row| {
        let ends = row.intervals.hhi.map_or([f64::NAN; 2], |i| [i.low, i.high]);
        [row.concentration.hhi, ends[0], ends[1]]
    });
    let y_above = whole_numbers(&nakamoto.high);
    let y_below = Axis::from_zero(hhi.value.iter().chain(&hhi.high).copied(), TICKS);
    let y_width = label_width(page, [&y_above, &y_below]);
    let title = "(a) Nakamoto coefficient (entities)";
    let frame = Frame { title, x: &x, x_title: "", y: &y_above, y_width };
    course_panel(&top, &places, &nakamoto, &frame)?;
    let title = "(b) Herfindahl–Hirschman index (0–10,000)";
    let frame = Frame { title, x_title: &x_title, y: &y_below, ..frame };
    course_panel(&bottom, &places, &hhi, &frame)
}

const fn value_stroke() -> Stroke {
    Stroke::solid(BLUE).wide(0.9)
}

fn course_panel(area: &Area, places: &[f64], course: &MeasureBand, frame: &Frame) -> DrawResult {
    let mut chart = panel(area, frame)?;
    band(&mut chart, places, (&course.low, &course.high), BLUE, BAND)?;
    if dotted(places.len() / 2) {
        dots(&mut chart, places, &course.value)
    } else {
        line(&mut chart, places, &course.value, value_stroke())
    }
}

const fn dotted(windows: usize) -> bool {
    windows > MOST_STEPS
}

/// A dot in the middle of each window.
fn dots(chart: &mut Chart, places: &[f64], values: &[f64]) -> DrawResult {
    let middles = places.chunks_exact(2).map(|ends| 0.5 * (ends[0] + ends[1]));
    let points = middles.zip(values.iter().step_by(2).copied());
    chart.draw_series(points.map(|at| Circle::new(at, pt(DOT_PT), BLUE.filled())))?;
    Ok(())
}

/// Length of a window on the horizontal axis.
fn width(measured: &Measurement) -> f64 {
    match measured.span {
        WindowSpan::Days(days) => f64::from(days),
        WindowSpan::Epoch | WindowSpan::All => 1.0,
    }
}

fn first(measured: &Measurement) -> i64 {
    measured.rows.first().map_or(0, |row| row.start.number())
}

/// Start and end of each window, as days since the first or as epochs.
fn places(measured: &Measurement) -> Vec<f64> {
    let origin = if measured.span == WindowSpan::Epoch { 0 } else { first(measured) };
    let ends = |row: &MeasureRow| {
        let start = (row.start.number() - origin) as f64;
        [start, start + width(measured)]
    };
    measured.rows.iter().flat_map(ends).collect()
}

/// Value, low and high of each window, at its start and at its end.
fn course(rows: &[MeasureRow], of: impl Fn(&MeasureRow) -> [f64; 3]) -> MeasureBand {
    let mut course = MeasureBand { value: Vec::new(), low: Vec::new(), high: Vec::new() };
    for row in rows {
        let [value, low, high] = of(row);
        course.value.extend([value; 2]);
        course.low.extend([low; 2]);
        course.high.extend([high; 2]);
    }
    course
}

fn horizontal(measured: &Measurement) -> (Axis, String) {
    let places = places(measured);
    let (low, high) = (places.first().copied(), places.last().copied());
    let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(1.0));
    let start = measured.rows.first().map(|row| row.start);
    if let Some(Start::Day(day)) = start
        && let text = iso_date(day)
        && let Some(date) = Date::parse(&text)
    {
        let (axis, title) = time_axis(date, &text, &[0, high as i32], TICKS);
        return (Axis { ticks: inside(axis.ticks, axis.low, axis.high), ..axis }, title);
    }
    if start == Some(Start::All) {
        return (Axis { low, high, ticks: Vec::new() }, "All blocks of the file".to_owned());
    }
    let ticks = inside(Axis::linear([low, high], TICKS).ticks, low, high);
    (Axis { low, high, ticks }, "Difficulty epoch (2,016 blocks)".to_owned())
}

/// Ticks whose labels the right margin does not cut.
#[must_use]
pub(super) fn inside(mut ticks: Vec<(f64, String)>, low: f64, high: f64) -> Vec<(f64, String)> {
    ticks.retain(|(at, _)| *at >= low && *at - low <= 0.97 * (high - low));
    ticks
}

/// An axis for numbers of entities, from zero.
fn whole_numbers(values: &[f64]) -> Axis {
    let most = values.iter().copied().fold(1.0, f64::max);
    let step = (most / 6.0).ceil().max(1.0);
    let ticks = (0..=(most / step) as i32).map(|index| {
        let value = f64::from(index) * step;
        (value, grouped(&value.to_string(), ","))
    });
    Axis { low: 0.0, high: most + 0.5, ticks: ticks.collect() }
}
