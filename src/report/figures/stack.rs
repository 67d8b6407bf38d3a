//! Areas stacked on one another.

use plotters::style::RGBColor;

use super::canvas::{DrawError, DrawResult};
use super::data::Arm;
use super::draw::{Chart, band, line};
use super::fan::means;
use super::palette::{BLACK, GREY, Stroke};
use super::panel::{LegendEntry, LegendKey};

/// One layer of a stack: column, label, colour.
pub(crate) type StackLayer = (&'static str, &'static str, RGBColor);

/// A layer that never reaches this share of the highest stack cannot be seen.
const SLIVER: f64 = 0.01;

/// Layers with their means over replicates, from the bottom up.
pub(super) struct Stack {
    labels: Vec<(String, RGBColor)>,
    heights: Vec<Vec<f64>>,
}

impl Stack {
    /// The stack of a scenario's columns.
    ///
    /// # Errors
    /// When a column was not loaded or cannot be read.
    pub(crate) fn from_arm(arm: &Arm, layers: &[StackLayer]) -> Result<Self, DrawError> {
        let labels = layers.iter().map(|(_, label, color)| ((*label).to_owned(), *color)).collect();
        let heights = layers
            .iter()
            .map(|(column, ..)| means(arm.column(column)?, 1.0))
            .collect::<Result<_, _>>()?;
        Ok(Self { labels, heights })
    }

    /// The highest stack of all days.
    #[must_use]
    pub(super) fn highest(&self) -> f64 {
        self.edges(1.0).iter().flatten().copied().fold(0.0, f64::max)
    }

    /// The upper edge of every layer: heights added from the first layer up, over `scale`.
    #[must_use]
    pub(crate) fn edges(&self, scale: f64) -> Vec<Vec<f64>> {
        let mut edges: Vec<Vec<f64>> = Vec::with_capacity(self.heights.len());
        for heights in &self.heights {
            let mut edge: Vec<f64> = heights.iter().map(|height| height / scale).collect();
            if let Some(below) = edges.last() {
                add(&mut edge, below);
            }
            edges.push(edge);
        }
        edges
    }

    /// The same with the layers that are too thin to see on top, as one.
    #[must_use]
    pub(crate) fn without_slivers(self) -> Self {
        let visible = SLIVER * self.highest();
        let (mut labels, mut heights) = (Vec::new(), Vec::new());
        let mut others: Option<Vec<f64>> = None;
        let mut merged = 0;
        for (label, layer) in self.labels.into_iter().zip(self.heights) {
            let most = layer.iter().copied().fold(0.0, f64::max);
            if most >= visible && most > 0.0 {
                labels.push(label);
                heights.push(layer);
            } else if most > 0.0 {
                merged += 1;
                match &mut others {
                    Some(others) => add(others, &layer),
                    None => others = Some(layer),
                }
            }
        }
        if let Some(others) = others {
            labels.push((format!("{merged} others below {} % each", 100.0 * SLIVER), GREY));
            heights.push(others);
        }
        Self { labels, heights }
    }

    /// Fills the layers, each with a thin dark upper edge that separates it in print without colour.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub(super) fn draw(&self, chart: &mut Chart, days: &[f64], scale: f64) -> DrawResult {
        let edges = self.edges(scale);
        let ground = vec![0.0; days.len()];
        let mut below = &ground;
        for (edge, (_, color)) in edges.iter().zip(&self.labels) {
            band(chart, days, (below, edge), *color, 1.0)?;
            below = edge;
        }
        for edge in &edges {
            line(chart, days, edge, Stroke::solid(BLACK).wide(0.6))?;
        }
        Ok(())
    }

    /// Legend entries in the order of the layers.
    #[must_use]
    pub(super) fn entries(&self) -> Vec<LegendEntry> {
        let entry =
            |(label, color): &(String, RGBColor)| (LegendKey::Area(*color, 1.0), label.clone());
        self.labels.iter().map(entry).collect()
    }
}

fn add(sums: &mut [f64], values: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thin_layers_are_merged_and_absent_ones_left_out() {
        let heights = [[100.0, 60.0], [0.4, 0.5], [0.0, 0.0], [0.2, 0.9], [30.0, 0.0]];
        let labels = (0..5).map(|place| (format!("layer {place}"), BLACK)).collect();
        let stack = Stack { labels, heights: heights.map(|pair| pair.to_vec()).to_vec() };
        let highest = stack.highest();
        let stack = stack.without_slivers();
        let names: Vec<&str> = stack.labels.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(names, ["layer 0", "layer 4", "2 others below 1 % each"]);
        assert!((stack.highest() - highest).abs() < 1e-9, "the sum stays");
    }
}
