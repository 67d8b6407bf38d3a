//! A panel: title over the y axis, light grid, axes with tick marks; and the legend above panels.

use plotters::prelude::{ChartBuilder, Circle, Cross, PathElement, Rectangle, TriangleMarker};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::axis::Axis;
use super::canvas::{Area, TEXT_PT, ipt, pt, text_style, text_width};
use super::canvas::{DrawError, DrawResult};
use super::draw::{Chart, line_style};
use super::palette::{BLACK, GRID, Stroke};

/// Height of a line of text, points.
pub(crate) const LINE_PT: f64 = TEXT_PT * 1.35;

/// What stands around a panel's data.
pub(crate) struct Frame<'t> {
    /// Letter, quantity and unit of the y axis, above it; empty when the room is for something else.
    pub title: &'t str,
    /// Horizontal axis.
    pub x: &'t Axis,
    /// Quantity and unit of the x axis; empty when the panel below shows it.
    pub x_title: &'t str,
    /// Vertical axis.
    pub y: &'t Axis,
    /// Room for the labels of the vertical axis, so that panels above one another line up.
    pub y_width: u32,
}

/// Room for the labels of vertical axes, in grid units.
#[must_use]
pub(crate) fn label_width<'x>(area: &Area, axes: impl IntoIterator<Item = &'x Axis>) -> u32 {
    let labels = axes.into_iter().flat_map(|axis| &axis.ticks);
    labels.map(|(_, label)| text_width(area, label)).max().unwrap_or(0)
}

/// Draws a panel's frame and returns the chart to draw data on.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn panel<'a, 'b>(area: &'a Area<'b>, frame: &Frame) -> Result<Chart<'a, 'b>, DrawError> {
    let title_lines = if frame.x_title.is_empty() { 1.0 } else { 2.0 };
    let mut chart = ChartBuilder::on(area)
        .margin_top(pt(LINE_PT + 2.5))
        .margin_right(pt(6.0))
        .margin_left(pt(1.0))
        .y_label_area_size(frame.y_width + pt(5.5))
        .x_label_area_size(pt(title_lines * LINE_PT + 2.0))
        .build_cartesian_2d(frame.x.clone(), frame.y.clone())?;
    let x_label = |value: &f64| label_at(frame.x, *value);
    let y_label = |value: &f64| label_at(frame.y, *value);
    let mut mesh = chart.configure_mesh();
    mesh.max_light_lines(0)
        .bold_line_style(line_style(Stroke::solid(GRID).wide(0.6)))
        .axis_style(line_style(Stroke::solid(BLACK).wide(0.6)))
        .set_all_tick_mark_size(pt(2.0))
        .label_style(text_style())
        .axis_desc_style(text_style())
        .x_label_formatter(&x_label)
        .y_label_formatter(&y_label);
    if !frame.x_title.is_empty() {
        mesh.x_desc(frame.x_title);
    }
    mesh.draw()?;
    if !frame.title.is_empty() {
        area.draw_text(frame.title, &text_style(), (ipt(1.0), ipt(1.5)))?;
    }
    Ok(chart)
}

fn label_at(axis: &Axis, value: f64) -> String {
    let same = |(at, _): &&(f64, String)| at.to_bits() == value.to_bits();
    axis.ticks.iter().find(same).map(|(_, label)| label.clone()).unwrap_or_default()
}

/// The sign beside a legend entry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LegendKey {
    /// A line.
    Line(Stroke),
    /// A line with markers on it.
    Marked(Stroke, Marker),
    /// A short upright line.
    Tick(Stroke),
    /// A filled area.
    Area(RGBColor, f64),
    /// A point of the map.
    Marker(Marker, RGBColor),
}

/// Shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// Small disc.
    Disc,
    /// Ring.
    Ring,
    /// Cross.
    Cross,
    /// Triangle.
    Triangle,
    /// Square.
    Square,
}

/// An entry of a legend.
pub(crate) type LegendEntry = (LegendKey, String);

/// Draws groups of legend entries, each group from the left margin and in as many lines as it
/// needs; returns the area below.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn legend<'b>(
    area: &Area<'b>,
    groups: &[Vec<LegendEntry>],
) -> Result<Area<'b>, DrawError> {
    let (key, gap, left) = (ipt(16.0), ipt(7.0), ipt(1.0));
    let right = area.dim_in_pixel().0.cast_signed() - ipt(2.0);
    let (mut x, mut line) = (left, -1);
    let entries = groups.iter().flat_map(|group| {
        group.iter().enumerate().map(|(place, (sign, label))| (place == 0, *sign, label))
    });
    for (starts, sign, label) in entries {
        let width = key + ipt(3.0) + text_width(area, label).cast_signed();
        if starts || x + width > right {
            x = left;
            line += 1;
        }
        let y = ipt(2.0 + LINE_PT * (f64::from(line) + 0.5));
        draw_key(area, sign, (x, y), key)?;
        let style = text_style().pos(Pos::new(HPos::Left, VPos::Center));
        area.draw_text(label, &style, (x + key + ipt(3.0), y))?;
        x += width + gap;
    }
    Ok(area.split_vertically(pt(LINE_PT * f64::from(line + 1) + 3.0)).1)
}

fn draw_key(area: &Area, key: LegendKey, (x, y): (i32, i32), width: i32) -> DrawResult {
    let half = ipt(2.6);
    let stripe = [(x, y - half), (x + width, y + half)];
    match key {
        LegendKey::Line(stroke) => key_line(area, (x, y), width, stroke)?,
        LegendKey::Marked(stroke, shape) => {
            key_line(area, (x, y), width, stroke)?;
            marker(area, shape, (x + width / 2, y), stroke.color)?;
        }
        LegendKey::Tick(stroke) => {
            let ends = vec![(x + width / 2, y - half), (x + width / 2, y + half)];
            area.draw(&PathElement::new(ends, line_style(stroke)))?;
        }
        LegendKey::Area(color, opacity) => {
            area.draw(&Rectangle::new(stripe, color.mix(opacity).filled()))?;
        }
        LegendKey::Marker(shape, color) => marker(area, shape, (x + width / 2, y), color)?,
    }
    Ok(())
}

fn key_line(area: &Area, (x, y): (i32, i32), width: i32, stroke: Stroke) -> DrawResult {
    let style = line_style(stroke);
    let (dash, gap) = stroke.dash.map_or((width, width), |(dash, gap)| (ipt(dash), ipt(gap)));
    let mut from = x;
    while from < x + width {
        let to = (from + dash).min(x + width);
        area.draw(&PathElement::new(vec![(from, y), (to, y)], style))?;
        from += dash + gap;
    }
    Ok(())
}

/// Draws one point at a place of an area.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn marker(area: &Area, shape: Marker, at: (i32, i32), color: RGBColor) -> DrawResult {
    let outline = color.stroke_width(pt(0.6));
    let size = ipt(1.7);
    match shape {
        Marker::Disc => area.draw(&Circle::new(at, ipt(0.9), color.filled()))?,
        Marker::Ring => area.draw(&Circle::new(at, ipt(1.5), outline))?,
        Marker::Cross => area.draw(&Cross::new(at, ipt(1.4), outline))?,
        Marker::Triangle => area.draw(&TriangleMarker::new(at, ipt(2.4), color.filled()))?,
        Marker::Square => {
            let corners = [(at.0 - size, at.1 - size), (at.0 + size, at.1 + size)];
            area.draw(&Rectangle::new(corners, color.filled()))?;
        }
    }
    Ok(())
}
