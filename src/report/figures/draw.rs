//! Lines, bands and markers on a panel.

use plotters::chart::ChartContext;
use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::{DashedLineSeries, PathElement, Polygon, SVGBackend};
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::axis::Axis;
use super::canvas::{DrawResult, pt};
use super::palette::Stroke;

/// A panel with its two axes.
pub(crate) type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// The style plotters wants for a line.
#[must_use]
pub(crate) fn line_style(stroke: Stroke) -> ShapeStyle {
    stroke.color.stroke_width(pt(stroke.width))
}

/// A line through the finite points.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn line(chart: &mut Chart, xs: &[f64], ys: &[f64], stroke: Stroke) -> DrawResult {
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

/// A line through the finite points, without what lies above or below the axis' range.
///
/// # Errors
/// When plotters cannot draw.
pub(crate) fn line_within(
    chart: &mut Chart,
    xs: &[f64],
    ys: &[f64],
    y: &Axis,
    stroke: Stroke,
) -> DrawResult {
    for piece in pieces_within(&finite(xs, ys), [y.low, y.high]) {
        let (xs, ys): (Vec<f64>, Vec<f64>) = piece.into_iter().unzip();
        line(chart, &xs, &ys, stroke)?;
    }
    Ok(())
}

/// The parts of a line between two heights, cut where it crosses them.
fn pieces_within(points: &[(f64, f64)], bounds: [f64; 2]) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let segments = points.windows(2).filter_map(|ends| segment_within(ends[0], ends[1], bounds));
    for [from, to] in segments {
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// The part of a segment between two heights.
fn segment_within(
    from: (f64, f64),
    to: (f64, f64),
    [low, high]: [f64; 2],
) -> Option<[(f64, f64); 2]> {
    let inside = |(_, y): (f64, f64)| (low..=high).contains(&y);
    let outside = from.1.max(to.1) < low || from.1.min(to.1) > high;
    // The bound itself, not a sum that rounds: a piece must never lie beyond it.
    let cut = |end: (f64, f64)| {
        let y = end.1.clamp(low, high);
        let share = (y - from.1) / (to.1 - from.1);
        if inside(end) { end } else { (from.0 + share * (to.0 - from.0), y) }
    };
    (!outside).then(|| [cut(from), cut(to)])
}

/// A line on a white edge, so that it stands out from the areas it crosses.
///
/// # Errors
/// When plotters cannot draw.
pub(crate) fn outlined(chart: &mut Chart, xs: &[f64], ys: &[f64], stroke: Stroke) -> DrawResult {
    line(chart, xs, ys, Stroke::solid(RGBColor(255, 255, 255)).wide(stroke.width + 1.4))?;
    line(chart, xs, ys, stroke)
}

/// The area between two lines.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn band(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_it_leaves_and_enters_the_range() {
        let up_and_down = [(0.0, 1.0), (2.0, 5.0), (4.0, 1.0), (5.0, 0.5)];
        let pieces = pieces_within(&up_and_down, [0.75, 3.0]);
        assert_eq!(
            pieces,
            [vec![(0.0, 1.0), (1.0, 3.0)], vec![(3.0, 3.0), (4.0, 1.0), (4.5, 0.75)]]
        );
    }

    #[test]
    fn a_line_through_the_whole_range_is_cut_at_both_ends() {
        assert_eq!(
            pieces_within(&[(0.0, -1.0), (4.0, 3.0)], [0.0, 1.0]),
            [[(1.0, 0.0), (2.0, 1.0)]]
        );
        assert!(pieces_within(&[(0.0, 2.0), (4.0, 3.0)], [0.0, 1.0]).is_empty());
        assert_eq!(
            pieces_within(&[(0.0, 1.0), (4.0, 1.0)], [0.0, 1.0]),
            [[(0.0, 1.0), (4.0, 1.0)]]
        );
    }
}
