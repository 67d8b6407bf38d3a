//! Areas stacked on one another.

use plotters::style::RGBColor;

use super::data::Arm;
use super::draw::{Chart, DrawError, DrawResult, band, line};
use super::fan::means;
use super::palette::{BLACK, Stroke};
use super::panel::{Entry, Key};

/// One layer of a stack: column, label, colour.
pub type Layer = (&'static str, &'static str, RGBColor);

/// The upper edge of every layer: means over replicates, added from the first layer up.
///
/// # Errors
/// When a column was not loaded or cannot be read.
pub fn edges(arm: &Arm, layers: &[Layer], scale: f64) -> Result<Vec<Vec<f64>>, DrawError> {
    let mut edges: Vec<Vec<f64>> = Vec::with_capacity(layers.len());
    for (column, ..) in layers {
        let mut edge = means(arm.column(column)?, scale)?;
        if let Some(below) = edges.last() {
            for (value, below) in edge.iter_mut().zip(below) {
                *value += below;
            }
        }
        edges.push(edge);
    }
    Ok(edges)
}

/// Fills the layers, each with a thin dark upper edge that separates it in print without colour.
///
/// # Errors
/// When plotters cannot draw.
pub fn draw(chart: &mut Chart, days: &[f64], edges: &[Vec<f64>], layers: &[Layer]) -> DrawResult {
    let ground = vec![0.0; days.len()];
    let mut below = &ground;
    for (edge, (.., color)) in edges.iter().zip(layers) {
        band(chart, days, (below, edge), *color, 1.0)?;
        below = edge;
    }
    for edge in edges {
        line(chart, days, edge, Stroke::solid(BLACK).wide(0.6))?;
    }
    Ok(())
}

/// Legend entries in the order of the layers.
#[must_use]
pub fn entries(layers: &[Layer]) -> Vec<Entry> {
    layers.iter().map(|(_, label, color)| (Key::Area(*color, 1.0), (*label).to_owned())).collect()
}
