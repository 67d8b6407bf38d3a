//! Concentration of owners, pools, merged pools and regions.

use plotters::style::RGBColor;

use super::Figure;
use super::axis::Axis;
use super::canvas::Area;
use super::data::{Arm, Data};
use super::draw::{DrawResult, line};
use super::fan::means;
use super::palette::{BLUE, GREEN, GREY, PURPLE, Stroke, VERMILION};
use super::panel::{Frame, Key, legend, panel};

/// Layers: label, colour, columns of the Nakamoto coefficient and of the HHI.
const LAYERS: &[(&str, RGBColor, &str, Option<&str>)] = &[
    ("owners", VERMILION, "nakamoto_owner", Some("hhi_owner")),
    ("pools", BLUE, "nakamoto_pool", Some("hhi_pool")),
    ("pools merged by template", GREEN, "nakamoto_proxy", None),
    ("regions", PURPLE, "nakamoto_region", Some("hhi_region")),
];

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "concentration_by_layer",
    title: "Concentration by layer",
    about: "Means over replicates: Nakamoto coefficient (smallest number with more than half of the \
            hash rate) and Herfindahl-Hirschman index (0 to 10,000), logarithmic axes.",
    height_mm: 105.0,
    columns: &[
        "nakamoto_owner",
        "nakamoto_pool",
        "nakamoto_proxy",
        "nakamoto_region",
        "hhi_owner",
        "hhi_pool",
        "hhi_region",
    ],
    needs_control: false,
    needs_miners: false,
    draw,
};

fn draw(page: &Area, data: &Data) -> DrawResult {
    let rest = legend(page, &entries(data))?;
    let (top, bottom) = rest.split_vertically(rest.dim_in_pixel().1 * 47 / 100);
    let nakamoto: Vec<_> = LAYERS.iter().map(|(_, color, column, _)| (*column, *color)).collect();
    let hhi: Vec<_> =
        LAYERS.iter().filter_map(|(_, color, _, column)| Some(((*column)?, *color))).collect();
    let (x, x_title) = data.time(5);
    layer_panel(&top, data, &nakamoto, ("(a) Nakamoto coefficient (entities)", &x, ""))?;
    layer_panel(&bottom, data, &hhi, ("(b) HHI (0–10,000)", &x, &x_title))
}

fn layer_panel(
    area: &Area,
    data: &Data,
    columns: &[(&str, RGBColor)],
    (title, x, x_title): (&str, &Axis, &str),
) -> DrawResult {
    let mut lines = Vec::new();
    for arm in data.arms() {
        for (column, color) in columns {
            lines.push((stroke(arm, *color), means(arm.column(column)?, 1.0)));
        }
    }
    let y = Axis::logarithmic(lines.iter().flat_map(|(_, values)| values.iter().copied()));
    let mut chart = panel(area, &Frame { title, x, x_title, y: &y })?;
    for (stroke, values) in lines.iter().rev() {
        let logs: Vec<f64> = values.iter().map(|value| libm::log10(*value)).collect();
        line(&mut chart, &data.days, &logs, *stroke)?;
    }
    Ok(())
}

/// The scenario's dash in the layer's colour.
fn stroke(arm: &Arm, color: RGBColor) -> Stroke {
    Stroke { color, width: 1.2, ..arm.stroke }
}

fn entries(data: &Data) -> Vec<(Key, String)> {
    let layers =
        LAYERS.iter().map(|(label, color, ..)| (Key::Area(*color, 1.0), (*label).to_owned()));
    let arms = data.arms().map(|arm| (Key::Line(stroke(arm, GREY)), arm.label.clone()));
    layers.chain(arms).collect()
}
