//! Concentration of owners, pools, merged pools, regions and manufacturers of rigs.

use plotters::style::RGBColor;

use super::Figure;
use super::axis::Axis;
use super::canvas::Area;
use super::canvas::{DrawError, DrawResult};
use super::data::{Arm, Data};
use super::draw::{Chart, line};
use super::fan::means;
use super::palette::{BLACK, BLUE, GREEN, ORANGE, PURPLE, Stroke, VERMILION};
use super::panel::{Frame, LegendEntry, LegendKey, Marker, label_width, legend, marker, panel};
use super::scope::Scope;
use super::tabulate::averages;

/// A layer of concentration.
struct LayerStyle {
    label: &'static str,
    color: RGBColor,
    marker: Marker,
    nakamoto: &'static str,
    hhi: Option<&'static str>,
}

const LAYERS: [LayerStyle; 5] = [
    LayerStyle {
        label: "owners",
        color: VERMILION,
        marker: Marker::Square,
        nakamoto: "nakamoto_owner",
        hhi: Some("hhi_owner"),
    },
    LayerStyle {
        label: "pools",
        color: BLUE,
        marker: Marker::Disc,
        nakamoto: "nakamoto_pool",
        hhi: Some("hhi_pool"),
    },
    LayerStyle {
        label: "merged pools",
        color: GREEN,
        marker: Marker::Triangle,
        nakamoto: "nakamoto_proxy",
        hhi: Some("hhi_proxy"),
    },
    LayerStyle {
        label: "regions",
        color: PURPLE,
        marker: Marker::Cross,
        nakamoto: "nakamoto_region",
        hhi: Some("hhi_region"),
    },
    LayerStyle {
        label: "makers",
        color: ORANGE,
        marker: Marker::Ring,
        nakamoto: "nakamoto_maker",
        hhi: Some("hhi_maker"),
    },
];
/// Markers on each line.
const MARKERS: usize = 6;

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "concentration_by_layer",
    title: "Concentration by layer",
    about: "Means over replicates: Nakamoto coefficient (smallest number with more than half of the \
            hash rate; merged pools share block templates) and Herfindahl-Hirschman index (0 to 10,000), logarithmic axes.",
    height_mm: 105.0,
    columns: &[
        "nakamoto_owner",
        "nakamoto_pool",
        "nakamoto_proxy",
        "nakamoto_region",
        "nakamoto_maker",
        "hhi_owner",
        "hhi_pool",
        "hhi_proxy",
        "hhi_region",
        "hhi_maker",
    ],
    scope: Scope::Course,
    needs_control: false,
    needs_miners: false,
    source: averages,
    draw,
};

fn draw(page: &Area, data: &Data) -> DrawResult {
    let rest = legend(page, &entries(data))?;
    let (top, bottom) = rest.split_vertically(rest.dim_in_pixel().1 * 47 / 100);
    let nakamoto = courses(data, |layer| Some(layer.nakamoto))?;
    let hhi = courses(data, |layer| layer.hhi)?;
    let (y_above, y_below) = (axis(&nakamoto), axis(&hhi));
    let y_width = label_width(page, [&y_above, &y_below]);
    let (x, x_title) = data.time(5);
    let title = "(a) Nakamoto coefficient (entities, mean of replicates)";
    let frame = Frame { title, x: &x, x_title: "", y: &y_above, y_width };
    layer_panel(&top, &data.days, &nakamoto, &frame)?;
    let title = "(b) Herfindahl–Hirschman index (0–10,000)";
    let frame = Frame { title, x_title: &x_title, y: &y_below, ..frame };
    layer_panel(&bottom, &data.days, &hhi, &frame)
}

/// A line: its stroke, its layer's place and marker, values.
struct LayerLine {
    stroke: Stroke,
    place: usize,
    marker: Marker,
    values: Vec<f64>,
}

fn courses(
    data: &Data,
    column: impl Fn(&LayerStyle) -> Option<&'static str>,
) -> Result<Vec<LayerLine>, DrawError> {
    let mut courses = Vec::new();
    for arm in data.arms() {
        for (place, layer) in LAYERS.iter().enumerate() {
            let Some(column) = column(layer) else { continue };
            let values = means(arm.column(column)?, 1.0)?;
            let stroke = stroke(arm, layer.color);
            courses.push(LayerLine { stroke, place, marker: layer.marker, values });
        }
    }
    Ok(courses)
}

fn axis(courses: &[LayerLine]) -> Axis {
    Axis::logarithmic(courses.iter().flat_map(|course| course.values.iter().copied()))
}

fn layer_panel(area: &Area, days: &[f64], courses: &[LayerLine], frame: &Frame) -> DrawResult {
    let mut chart = panel(area, frame)?;
    for course in courses.iter().rev() {
        let logs: Vec<f64> = course.values.iter().map(|value| libm::log10(*value)).collect();
        line(&mut chart, days, &logs, course.stroke)?;
        markers(area, &chart, days, &logs, course)?;
    }
    Ok(())
}

/// Marks a line at even distances, each layer at places of its own.
fn markers(
    area: &Area,
    chart: &Chart,
    days: &[f64],
    logs: &[f64],
    course: &LayerLine,
) -> DrawResult {
    let (left, top) = area.get_base_pixel();
    let spacing = (days.len() / MARKERS).max(1);
    let first = spacing * (2 * course.place + 1) / (2 * LAYERS.len());
    for (day, log) in days.iter().zip(logs).skip(first).step_by(spacing) {
        if log.is_finite() {
            let place = chart.backend_coord(&(*day, *log));
            marker(area, course.marker, (place.0 - left, place.1 - top), course.stroke.color)?;
        }
    }
    Ok(())
}

/// The scenario's dash in the layer's colour.
fn stroke(arm: &Arm, color: RGBColor) -> Stroke {
    Stroke { color, width: 1.0, ..arm.stroke }
}

fn entries(data: &Data) -> [Vec<LegendEntry>; 2] {
    let layer = |layer: &LayerStyle| {
        (LegendKey::Marked(Stroke::solid(layer.color), layer.marker), layer.label.to_owned())
    };
    let scenario = |arm: &Arm| (LegendKey::Line(stroke(arm, BLACK)), arm.label.clone());
    [LAYERS.iter().map(layer).collect(), data.arms().map(scenario).collect()]
}
