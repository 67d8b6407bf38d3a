//! Lines, bands and markers on a panel.

use std::fmt;

use plotters::chart::ChartContext;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{DashedLineSeries, PathElement, Polygon, SVGBackend};
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::super::error::ReportError;
use super::axis::Axis;
use super::canvas::pt;
use super::palette::Stroke;

/// Why a figure could not be drawn.
#[derive(Debug)]
pub struct DrawError(pub String);

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for DrawError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self(error.to_string())
    }
}

impl From<ReportError> for DrawError {
    fn from(error: ReportError) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for DrawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it could be drawn.
pub type DrawResult = Result<(), DrawError>;

/// A panel with its two axes.
pub type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// The style plotters wants for a line.
#[must_use]
pub fn line_style(stroke: Stroke) -> ShapeStyle {
    stroke.color.stroke_width(pt(stroke.width))
}

/// A line through the finite points.
///
/// # Errors
/// When plotters cannot draw.
pub fn line(chart: &mut Chart, xs: &[f64], ys: &[f64], stroke: Stroke) -> DrawResult {
    let points: Vec<(f64, f64)> = finite(xs, ys);
    let style = line_style(stroke);
    match stroke.dash {
        None => {
            chart.draw_series([PathElement::new(points, style)])?;
        }
        Some((dash, gap)) => {
            chart.draw_series(DashedLineSeries::new(points, pt(dash), pt(gap), style))?;
        }
    }
    Ok(())
}

/// A line on a white edge, so that it stands out from the areas it crosses.
///
/// # Errors
/// When plotters cannot draw.
pub fn outlined(chart: &mut Chart, xs: &[f64], ys: &[f64], stroke: Stroke) -> DrawResult {
    line(chart, xs, ys, Stroke::solid(RGBColor(255, 255, 255)).wide(stroke.width + 1.4))?;
    line(chart, xs, ys, stroke)
}

/// The area between two lines.
///
/// # Errors
/// When plotters cannot draw.
pub fn band(
    chart: &mut Chart,
    xs: &[f64],
    (low, high): (&[f64], &[f64]),
    color: RGBColor,
    opacity: f64,
) -> DrawResult {
    let mut outline = finite(xs, low);
    outline.extend(finite(xs, high).into_iter().rev());
    if outline.len() > 2 {
        chart.draw_series([Polygon::new(outline, color.mix(opacity).filled())])?;
    }
    Ok(())
}

fn finite(xs: &[f64], ys: &[f64]) -> Vec<(f64, f64)> {
    xs.iter()
        .copied()
        .zip(ys.iter().copied())
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect()
}
