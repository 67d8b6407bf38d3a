//! Elementary effects: their mean size with intervals, and against it their spread, which tells
//! linear factors from those that interact (Garcia Sanchez et al. 2014, Energy and Buildings
//! 68:741, section 3.2, for the limits of σ/μ*).

use plotters::prelude::PathElement;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use super::canvas::DrawResult;
use super::canvas::{Area, ipt, pt, text_style, text_width};
use super::draw::{Chart, line, line_style};
use super::factor_rows::{FactorRows, heading, power_and_unit, power_of_ten, short_names, spaced};
use super::palette::{BLACK, BLUE, GREY, Stroke};
use super::panel::{Frame, LegendKey, Marker, label_width, legend, marker, panel};
use super::sobol_indices::{SHOWN, bar, extent};
use crate::analysis::sensitivity::{Index, IndexEstimate, Sensitivity};

/// What the figure says about itself.
pub(crate) const ABOUT: &str = "(a) Mean of absolute elementary effects with 95 % bootstrap intervals, the largest first. (b) \
     Standard deviation of the effects against that mean, with intervals; numbers as in (a), with a line to the point where \
     they stand aside, left out where there is no room. Below the dotted line a factor acts almost linearly, above the solid line it interacts or turns.";
/// Height of legend, heading and axes of the bars, mm.
const FURNITURE_MM: f64 = 20.0;
/// Height of the plane, mm.
const PLANE_MM: f64 = 76.0;
/// Limits of σ/μ* and how they are drawn.
const GUIDES: [(f64, &str, Stroke); 3] = [
    (1.0, "σ/μ* = 1", Stroke::solid(GREY)),
    (0.5, "0.5", Stroke::dashed(GREY)),
    (0.1, "0.1", Stroke { color: GREY, width: 1.0, dash: Some((1.0, 1.6)) }),
];
/// Distance of a number from its point, points.
const AWAY_PT: f64 = 2.6;

/// Distances of numbers that are tried, in these; from the second on a line leads to the point.
const DISTANCES: [i32; 4] = [1, 3, 5, 7];
/// The line that leads to a point.
const LEADER: Stroke = Stroke { color: GREY, width: 0.4, dash: None };

/// Height of the figure, mm.
#[must_use]
pub(crate) fn height_mm(found: &Sensitivity) -> f64 {
    FURNITURE_MM + PLANE_MM + rows(found).1.height_mm(1)
}

fn rows(found: &Sensitivity) -> (Vec<&Index>, FactorRows) {
    let mut shown = found.ranked();
    shown.truncate(SHOWN);
    let names: Vec<String> = shown.iter().map(|index| index.name.clone()).collect();
    (shown, FactorRows::new(&short_names(&names)).numbered())
}

/// Draws bars above, the plane below.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn draw(page: &Area, found: &Sensitivity) -> DrawResult {
    let rest = heading(page, &[found.title(), extent(found, "trajectories")])?;
    let height = rest.dim_in_pixel().1.cast_signed();
    let (top, bottom) = rest.split_vertically(height - ipt(PLANE_MM * 72.0 / 25.4));
    let (indices, rows) = rows(found);
    let ends = indices.iter().flat_map(|index| [0, 2].map(|measure| index.estimates[measure].high));
    let (size, power) = power_of_ten(ends.fold(0.0, f64::max));
    let effects: Vec<FactorEffect> =
        indices.iter().map(|index| FactorEffect::from_index(index, size)).collect();
    let x = Axis::from_zero(effects.iter().map(|effect| effect.size.high), 5);
    let unit = power_and_unit(&power, &found.unit);
    let x_title = format!("μ* ({unit}; 95 % intervals)");
    let mut chart = rows.panel(&top, ("(a) Size of effects", &x, &x_title))?;
    for (row, effect) in effects.iter().enumerate() {
        bar(&mut chart, effect.size, rows.height(row), 0.3, BLUE)?;
    }
    plane(&bottom, &effects, &unit)
}

/// Size and spread of a factor's effects, in the unit that is shown.
struct FactorEffect {
    size: IndexEstimate,
    spread: IndexEstimate,
}

impl FactorEffect {
    fn from_index(index: &Index, unit: f64) -> Self {
        let shown = |e: IndexEstimate| IndexEstimate {
            value: e.value / unit,
            low: e.low / unit,
            high: e.high / unit,
        };
        Self { size: shown(index.estimates[0]), spread: shown(index.estimates[2]) }
    }
}

fn plane(area: &Area, effects: &[FactorEffect], unit: &str) -> DrawResult {
    let area = heading(area, &[format!("(b) Spread σ ({unit})")])?;
    let entries = GUIDES.map(|(_, name, stroke)| (LegendKey::Line(stroke), name.to_owned()));
    let area = legend(&area, &[entries.to_vec()])?;
    let x = Axis::from_zero(effects.iter().map(|effect| effect.size.high), 5);
    let y = Axis::from_zero(effects.iter().map(|effect| effect.spread.high), 5);
    let y_width = label_width(&area, [&y]);
    let x = spaced(&area, x, y_width);
    let x_title = format!("μ* ({unit})");
    let frame = Frame { title: "", x: &x, x_title: &x_title, y: &y, y_width };
    let mut chart = panel(&area, &frame)?;
    for (slope, _, stroke) in GUIDES {
        let end = x.high.min(y.high / slope);
        line(&mut chart, &[0.0, end], &[0.0, slope * end], stroke.wide(0.8))?;
    }
    for FactorEffect { size, spread } in effects {
        let stroke = Stroke::solid(BLUE).wide(0.5);
        line(&mut chart, &[size.low, size.high], &[spread.value; 2], stroke)?;
        line(&mut chart, &[size.value; 2], &[spread.low, spread.high], stroke)?;
    }
    numbers(&area, &chart, effects)
}

/// Points, and their numbers where there is room.
fn numbers(area: &Area, chart: &Chart, effects: &[FactorEffect]) -> DrawResult {
    let (left, top) = area.get_base_pixel();
    let place = |effect: &FactorEffect| {
        let (x, y) = chart.backend_coord(&(effect.size.value, effect.spread.value));
        (x - left, y - top)
    };
    let points: Vec<(i32, i32)> = effects.iter().map(place).collect();
    let (xs, ys) = chart.plotting_area().get_pixel_range();
    let within = [xs.start - left, ys.start - top, xs.end - left, ys.end - top];
    let half = ipt(1.2);
    let mut taken: Vec<[i32; 4]> =
        points.iter().map(|&(x, y)| [x - half, y - half, x + half, y + half]).collect();
    for (number, &(x, y)) in points.iter().enumerate() {
        marker(area, Marker::Disc, (x, y), BLACK)?;
        let text = (number + 1).to_string();
        let (width, height) = (text_width(area, &text).cast_signed(), ipt(6.0));
        let away = ipt(AWAY_PT);
        let corners = [(1, -1), (-1, -1), (1, 1), (-1, 1)];
        let rooms = DISTANCES.iter().flat_map(|times| corners.map(|corner| (*times, corner)));
        let rooms = rooms.map(|(times, (right, down))| {
            let x = if right > 0 { x + times * away } else { x - times * away - width };
            let y = if down > 0 { y + times * away } else { y - times * away - height };
            [x, y, x + width, y + height]
        });
        let inside = |room: &[i32; 4]| {
            within[0] <= room[0]
                && within[1] <= room[1]
                && room[2] <= within[2]
                && room[3] <= within[3]
        };
        let free =
            |room: &[i32; 4]| inside(room) && !taken.iter().any(|other| overlap(room, other));
        if let Some((place, room)) = rooms.enumerate().find(|(_, room)| free(room)) {
            taken.push(room);
            if place >= corners.len() {
                let end = (x.clamp(room[0], room[2]), y.clamp(room[1], room[3]));
                area.draw(&PathElement::new(vec![(x, y), end], line_style(LEADER)))?;
            }
            let style = text_style().pos(Pos::new(HPos::Left, VPos::Center));
            area.draw_text(&text, &style, (room[0], i32::midpoint(room[1], room[3])))?;
        }
    }
    Ok(())
}

fn overlap(one: &[i32; 4], other: &[i32; 4]) -> bool {
    let gap = pt(0.3).cast_signed();
    one[0] < other[2] + gap && other[0] < one[2] + gap && one[1] < other[3] && other[1] < one[3]
}
