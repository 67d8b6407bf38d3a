//! Elementary effects: their mean size with intervals, and against it their spread, which tells
//! linear factors from those that interact (Garcia Sanchez et al. 2014, Energy and Buildings
//! 68:741, section 3.2, for the limits of σ/μ*).

use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::super::sensitivity::{Index, Sensitivity};
use super::axis::Axis;
use super::canvas::{Area, ipt, pt, text_style, text_width};
use super::draw::{Chart, DrawResult, line};
use super::factor_rows::{Rows, heading, short_names};
use super::palette::{BLACK, BLUE, GREY, Stroke};
use super::panel::{Frame, Key, Marker, label_width, legend, marker, panel};
use super::sobol_indices::{bar, subject};

/// What the figure says about itself.
pub const ABOUT: &str = "(a) Mean of absolute elementary effects with 95 % bootstrap intervals, the largest first. (b) \
     Standard deviation of the effects against that mean, with intervals; numbers as in (a), left out where they would \
     overlap. Below the dotted line a factor acts almost linearly, above the solid line it interacts or turns.";
/// Factors shown, those that matter most.
const SHOWN: usize = 20;
/// Height of legend, heading and axes of the bars, mm.
const FURNITURE_MM: f64 = 20.0;
/// Height of the plane, mm.
const PLANE_MM: f64 = 64.0;
/// Limits of σ/μ* and how they are drawn.
const GUIDES: [(f64, &str, Stroke); 3] = [
    (1.0, "σ/μ* = 1", Stroke::solid(GREY)),
    (0.5, "0.5", Stroke::dashed(GREY)),
    (0.1, "0.1", Stroke { color: GREY, width: 1.0, dash: Some((1.0, 1.6)) }),
];
/// Distance of a number from its point, points.
const AWAY_PT: f64 = 2.6;

/// Height of the figure, mm.
#[must_use]
pub fn height_mm(found: &Sensitivity) -> f64 {
    FURNITURE_MM + PLANE_MM + rows(found).1.height_mm(1)
}

fn rows(found: &Sensitivity) -> (Vec<&Index>, Rows) {
    let mut shown = found.ranked();
    shown.truncate(SHOWN);
    let names: Vec<String> = shown.iter().map(|index| index.name.clone()).collect();
    let numbered = short_names(&names).into_iter().enumerate();
    let names: Vec<String> = numbered.map(|(row, name)| format!("{name}_({})", row + 1)).collect();
    (shown, Rows::new(&names))
}

/// Draws bars above, the plane below.
///
/// # Errors
/// When plotters cannot draw.
pub fn draw(page: &Area, found: &Sensitivity) -> DrawResult {
    let rest = heading(page, &subject(found, "trajectories"))?;
    let height = rest.dim_in_pixel().1.cast_signed();
    let (top, bottom) = rest.split_vertically(height - ipt(PLANE_MM * 72.0 / 25.4));
    let (indices, rows) = rows(found);
    let ends = indices.iter().map(|index| index.estimates[0].high);
    let x = Axis::from_zero(ends, 5);
    let mut chart =
        rows.panel(&top, ("(a) Size", &x, "μ*, in the unit of the output (95 % intervals)"))?;
    for (row, index) in indices.iter().enumerate() {
        bar(&mut chart, index.estimates[0], rows.height(row), 0.3, BLUE)?;
    }
    plane(&bottom, &indices)
}

fn plane(area: &Area, indices: &[&Index]) -> DrawResult {
    let entries = GUIDES.map(|(_, name, stroke)| (Key::Line(stroke), name.to_owned()));
    let area = legend(area, &[entries.to_vec()])?;
    let ends = |measure: usize| indices.iter().map(move |index| index.estimates[measure].high);
    let (x, y) = (Axis::from_zero(ends(0), 5), Axis::from_zero(ends(2), 5));
    let y_width = label_width(&area, [&y]);
    let frame = Frame { title: "(b) Spread σ", x: &x, x_title: "μ*", y: &y, y_width };
    let mut chart = panel(&area, &frame)?;
    for (slope, _, stroke) in GUIDES {
        let end = x.high.min(y.high / slope);
        line(&mut chart, &[0.0, end], &[0.0, slope * end], stroke.wide(0.8))?;
    }
    for index in indices {
        let [size, _, spread] = index.estimates;
        let stroke = Stroke::solid(BLUE).wide(0.5);
        line(&mut chart, &[size.low, size.high], &[spread.value; 2], stroke)?;
        line(&mut chart, &[size.value; 2], &[spread.low, spread.high], stroke)?;
    }
    numbers(&area, &chart, indices)
}

/// Points, and their numbers where there is room.
fn numbers(area: &Area, chart: &Chart, indices: &[&Index]) -> DrawResult {
    let (left, top) = area.get_base_pixel();
    let place = |index: &&Index| {
        let (x, y) = chart.backend_coord(&(index.estimates[0].value, index.estimates[2].value));
        (x - left, y - top)
    };
    let points: Vec<(i32, i32)> = indices.iter().map(place).collect();
    let half = ipt(1.2);
    let mut taken: Vec<[i32; 4]> =
        points.iter().map(|&(x, y)| [x - half, y - half, x + half, y + half]).collect();
    for (number, &(x, y)) in points.iter().enumerate() {
        marker(area, Marker::Disc, (x, y), BLACK)?;
        let text = (number + 1).to_string();
        let (width, height) = (text_width(area, &text).cast_signed(), ipt(6.0));
        let away = ipt(AWAY_PT);
        let corners = [(1, -1), (-1, -1), (1, 1), (-1, 1)].map(|(right, down)| {
            let x = if right > 0 { x + away } else { x - away - width };
            let y = if down > 0 { y + away } else { y - away - height };
            [x, y, x + width, y + height]
        });
        let free = |room: &&[i32; 4]| !taken.iter().any(|other| overlap(room, other));
        if let Some(&room) = corners.iter().find(free) {
            taken.push(room);
            let style = text_style().pos(Pos::new(HPos::Left, VPos::Center));
            area.draw_text(&text, &style, (room[0], (room[1] + room[3]) / 2))?;
        }
    }
    Ok(())
}

fn overlap(one: &[i32; 4], other: &[i32; 4]) -> bool {
    let gap = pt(0.3).cast_signed();
    one[0] < other[2] + gap && other[0] < one[2] + gap && one[1] < other[3] && other[1] < one[3]
}
