//! Maps of cells: where cells lie, how values become shades, and the bar that tells which is which.

use plotters::prelude::Rectangle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::axis::{Axis, extent};
use super::canvas::DrawResult;
use super::canvas::{Area, ipt, pt, text_style};
use super::draw::{Chart, line_style};
use super::palette::{BLACK, BLUE, ORANGE, SKY, Stroke, VERMILION};
use crate::report::numbers::fixed;

/// Stripes of a colour bar.
const STRIPES: i32 = 96;
/// Height of a colour bar, points.
const BAR_PT: f64 = 5.0;

/// The values that each of two coordinates takes, rising.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HeatGrid {
    /// Values across.
    pub x: Vec<f64>,
    /// Values upwards.
    pub y: Vec<f64>,
}

impl HeatGrid {
    /// The grid that points lie on; none unless both coordinates take several values.
    #[must_use]
    pub(crate) fn from_points(points: &[(f64, f64)]) -> Option<Self> {
        let x = rising(points.iter().map(|point| point.0));
        let y = rising(points.iter().map(|point| point.1));
        (x.len() > 1 && y.len() > 1).then_some(Self { x, y })
    }

    /// Column and row of a point.
    #[must_use]
    pub(super) fn place(&self, (x, y): (f64, f64)) -> (usize, usize) {
        let place = |list: &[f64], value: f64| list.partition_point(|&other| other < value);
        (place(&self.x, x), place(&self.y, y))
    }
}

/// Different values, in rising order.
fn rising(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut list: Vec<f64> = values.collect();
    list.sort_by(f64::total_cmp);
    list.dedup();
    list
}

/// An axis of equal steps, each labelled with its value times `scale`.
#[must_use]
pub(super) fn steps(values: &[f64], scale: f64) -> Axis {
    let label = |(place, value): (usize, &f64)| (place as f64, fixed(value * scale, 0));
    let ticks = values.iter().enumerate().map(label).collect();
    Axis { low: -0.5, high: values.len() as f64 - 0.5, ticks }
}

/// An axis of equal steps with marks where round values lie between them; logarithmic when the
/// values rise by a ratio rather than by a difference.
#[must_use]
pub(crate) fn graded(values: &[f64], most_ticks: usize) -> Axis {
    let high = values.len() as f64 - 0.5;
    let log = rise_by_ratio(values);
    let at: Vec<f64> = values.iter().map(|&v| if log { libm::log10(v) } else { v }).collect();
    let marks = if log {
        Axis::logarithmic(values.iter().copied())
    } else {
        Axis::linear(values.iter().copied(), most_ticks)
    };
    let ticks =
        marks.ticks.into_iter().filter_map(|(mark, label)| Some((between(&at, mark)?, label)));
    Axis { low: -0.5, high, ticks: ticks.collect() }
}

/// Whether the middle value is nearer to the geometric than to the arithmetic mean of the ends.
fn rise_by_ratio(values: &[f64]) -> bool {
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else { return false };
    let middle = values[values.len() / 2];
    let geometric = (first * last).sqrt();
    first > 0.0 && (middle - geometric).abs() < (middle - f64::midpoint(first, last)).abs()
}

/// Place of a value among rising ones, by straight lines between them; none outside of them.
fn between(rising: &[f64], value: f64) -> Option<f64> {
    let slack = 1e-9 * (rising.last()? - rising.first()?);
    let inside = (rising.first()? - slack..=rising.last()? + slack).contains(&value);
    let above = rising.partition_point(|&other| other < value).clamp(1, rising.len() - 1);
    let (low, high) = (rising[above - 1], rising[above]);
    inside.then(|| (above - 1) as f64 + (value - low) / (high - low))
}

/// How values become shades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColourScale {
    /// From white for the least to dark blue for the greatest.
    Linear,
    /// The same by the logarithm.
    Logarithmic,
    /// White for zero, blue above it and vermilion below it, equally dark at equal distance.
    Diverging,
}

/// A scale over the values that are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shading {
    scale: ColourScale,
    low: f64,
    high: f64,
}

impl Shading {
    /// A scale over the finite values; a diverging one has zero in it.
    #[must_use]
    pub(crate) fn from_values(scale: ColourScale, values: impl Iterator<Item = f64>) -> Self {
        let zero = (scale == ColourScale::Diverging).then_some(0.0);
        let (low, high) = extent(values.map(|value| size(scale, value)).chain(zero));
        Self { scale, low, high }
    }

    /// How dark a value is: 0 is white, 1 the darkest blue, −1 the darkest vermilion.
    #[must_use]
    pub(super) fn depth(&self, value: f64) -> f64 {
        let value = size(self.scale, value);
        let (zero, most) = match self.scale {
            ColourScale::Diverging => (0.0, self.high.max(-self.low)),
            ColourScale::Linear | ColourScale::Logarithmic => (self.low, self.high),
        };
        if most > zero { (value - zero) / (most - zero) } else { 0.0 }
    }

    /// Colour of a value.
    #[must_use]
    pub(super) fn color(&self, value: f64) -> RGBColor {
        blend(self.depth(value))
    }

    /// Round values to be marked on a bar of a linear or diverging scale.
    fn ticks(&self) -> Vec<(f64, String)> {
        let mut ticks = Axis::linear([self.low, self.high], 4).ticks;
        ticks.retain(|(at, _)| (self.low..=self.high).contains(at));
        ticks
    }
}

fn size(scale: ColourScale, value: f64) -> f64 {
    if scale == ColourScale::Logarithmic { libm::log10(value.max(1e-9)) } else { value }
}

/// From white over sky blue to dark blue, or over orange to dark vermilion for negative depths:
/// lightness falls all the way on either side, so that depth reads without colour.
fn blend(depth: f64) -> RGBColor {
    let (pale, light, full, dark) = if depth < 0.0 {
        (RGBColor(254, 249, 242), ORANGE, VERMILION, RGBColor(102, 32, 0))
    } else {
        (RGBColor(244, 249, 253), SKY, BLUE, RGBColor(0, 52, 89))
    };
    let mix = |a: RGBColor, b: RGBColor, part: f64| {
        let channel = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part) as u8;
        RGBColor(channel(a.0, b.0), channel(a.1, b.1), channel(a.2, b.2))
    };
    match depth.abs() {
        s if s < 0.35 => mix(pale, light, s / 0.35),
        s if s < 0.7 => mix(light, full, (s - 0.35) / 0.35),
        s => mix(full, dark, ((s - 0.7) / 0.3).min(1.0)),
    }
}

/// Draws a cell; `half` is half its width and height in steps of the axes.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn cell(
    chart: &mut Chart,
    (column, row): (usize, usize),
    half: (f64, f64),
    color: RGBColor,
) -> DrawResult {
    let (x, y) = (column as f64, row as f64);
    let corners = [(x - half.0, y - half.1), (x + half.0, y + half.1)];
    chart.draw_series([Rectangle::new(corners, color.filled())])?;
    Ok(())
}

/// Draws the bar of a linear or diverging scale at a height of an area from `left` to `right`,
/// marks and labels below it.
///
/// # Errors
/// When plotters cannot draw.
pub(crate) fn bar(
    area: &Area,
    shading: &Shading,
    (left, right): (i32, i32),
    top: i32,
) -> DrawResult {
    let bottom = top + ipt(BAR_PT);
    let range = shading.high - shading.low;
    let edge = |stripe: i32| left + (right - left) * stripe / STRIPES;
    for stripe in 0..STRIPES {
        let value = shading.low + range * (f64::from(stripe) + 0.5) / f64::from(STRIPES);
        // Each stripe reaches to the end and the next ones cover it, so that no seam shows.
        let corners = [(edge(stripe), top), (right, bottom)];
        area.draw(&Rectangle::new(corners, shading.color(value).filled()))?;
    }
    let outline = line_style(Stroke::solid(BLACK).wide(0.6));
    area.draw(&Rectangle::new([(left, top), (right, bottom)], outline))?;
    let style = text_style().pos(Pos::new(HPos::Center, VPos::Top));
    for (value, label) in shading.ticks() {
        let share = if range > 0.0 { (value - shading.low) / range } else { 0.5 };
        let x = left + (share * f64::from(right - left)).round() as i32;
        let mark = vec![(x, bottom), (x, bottom + ipt(1.6))];
        area.draw(&plotters::prelude::PathElement::new(mark, outline))?;
        area.draw_text(&label, &style, (x, bottom + ipt(2.4)))?;
    }
    Ok(())
}

/// Height of a bar with its marks and labels, grid units.
#[must_use]
pub(crate) fn bar_height(line_pt: f64) -> u32 {
    pt(BAR_PT + 2.4 + line_pt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness(color: RGBColor) -> f64 {
        0.2126 * f64::from(color.0) + 0.7152 * f64::from(color.1) + 0.0722 * f64::from(color.2)
    }

    #[test]
    fn points_of_a_grid_have_their_column_and_row() {
        let points = [(3.0, 10.0), (1.0, 20.0), (3.0, 20.0), (1.0, 10.0)];
        let grid = HeatGrid::from_points(&points).unwrap();
        assert_eq!((grid.x.as_slice(), grid.y.as_slice()), (&[1.0, 3.0][..], &[10.0, 20.0][..]));
        assert_eq!(points.map(|point| grid.place(point)), [(1, 0), (0, 1), (1, 1), (0, 0)]);
        assert_eq!(HeatGrid::from_points(&[(1.0, 1.0), (1.0, 2.0)]), None);
    }

    /// 50,000 lies 0.3219 of an octave above 40,000; 20,000 and 80,000 are steps themselves.
    #[test]
    fn round_values_are_marked_between_steps_of_equal_ratio() {
        let axis = graded(&[20_000.0, 40_000.0, 80_000.0], 4);
        let labels: Vec<_> = axis.ticks.iter().map(|tick| tick.1.as_str()).collect();
        assert_eq!(labels, ["20,000", "50,000"]);
        assert!(axis.ticks[0].0.abs() < 1e-9 && (axis.ticks[1].0 - 1.321_928).abs() < 1e-6);
        assert!([axis.low, axis.high] == [-0.5, 2.5]);
    }

    #[test]
    fn steps_of_equal_difference_are_marked_linearly() {
        let axis = graded(&[0.0, 1.0, 2.0, 3.0, 4.0], 4);
        assert!(axis.ticks.iter().any(|(at, label)| *at == 2.0 && label == "2"), "{axis:?}");
    }

    #[test]
    fn a_diverging_scale_is_white_at_zero_and_as_dark_on_either_side() {
        let shading = Shading::from_values(ColourScale::Diverging, [-4.0, 1.0].into_iter());
        assert!(lightness(shading.color(0.0)) > 240.0);
        assert!(shading.depth(-4.0) == -1.0 && shading.depth(1.0) == 0.25);
        let (below, above) = (shading.color(-1.0), shading.color(1.0));
        assert!(below.0 > below.2 && above.2 > above.0, "vermilion below, blue above");
    }

    #[test]
    fn deeper_is_darker_on_both_sides() {
        let depths = (0..=50).map(|step| f64::from(step) / 50.0);
        for sign in [-1.0, 1.0] {
            let course: Vec<f64> = depths.clone().map(|d| lightness(blend(sign * d))).collect();
            assert!(course.windows(2).all(|pair| pair[1] < pair[0]), "{course:?}");
        }
    }

    #[test]
    fn equal_values_have_one_shade() {
        for scale in [ColourScale::Linear, ColourScale::Logarithmic, ColourScale::Diverging] {
            let shading = Shading::from_values(scale, [0.0, 0.0].into_iter());
            assert!(shading.depth(0.0) == 0.0 && shading.depth(0.0).is_finite());
        }
    }
}
