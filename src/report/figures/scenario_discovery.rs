//! Scenario discovery: how coverage was traded for density, and the limits of the chosen box.

use plotters::prelude::Rectangle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use super::axis::{Axis, minus};
use super::canvas::DrawResult;
use super::canvas::{Area, ipt, pt, text_width};
use super::draw::{Chart, line};
use super::factor_rows::{FactorRows, heading, short_names, text_lines};
use super::palette::{BLACK, BLUE, GREY, LIGHT_GREY, Stroke, VERMILION};
use super::panel::{Frame, LegendKey, Marker, label_width, legend, marker, panel};
use crate::analysis::discovery::{ChoiceRule, Discovery, Found, Limits, PeelStep, Sampled, Side};
use crate::report::discovery::table::number as number_words;
use crate::report::discovery::table::{limit_words, quasi_p_words};
use crate::report::numbers::{fixed, grouped};

/// What the figure says about itself.
pub(crate) const ABOUT: &str = "(a) Share of all cases of interest inside the box (coverage) and share of points inside that \
     are cases of interest (density) along the peeling, by number of factors cut, steps apart enough to be told; the triangle is the chosen \
     box, widened; rings are boxes beside it: without cuts that are not significant, of next best harmonic mean of coverage and \
     density, and the densest at half of the coverage or more. (b) Its limits among all sampled values, by rank, with quasi-p-values of the cuts.";
/// Height of the heading and the trajectory, mm.
const TRAJECTORY_MM: f64 = 68.0;
/// Height of the axis below the limits, mm.
const AXIS_MM: f64 = 13.0;
/// Numbers of cut factors that the legend names.
const NAMED: usize = 7;
/// Steps nearer than this to the one marked before are not marked, points.
const APART_PT: f64 = 4.0;
/// Half of the height of a bar, in rows.
const HALF: f64 = 0.16;

/// Height of the figure, mm.
#[must_use]
pub(crate) fn height_mm(found: &Discovery, one: &Found) -> f64 {
    TRAJECTORY_MM + AXIS_MM + rows(found, one).1.height_mm(2)
}

/// Places of the factors that are cut, and their rows.
fn rows(found: &Discovery, one: &Found) -> (Vec<usize>, FactorRows) {
    let places: Vec<usize> = found.cut_factors(one).map(|(place, ..)| place).collect();
    let all: Vec<String> = found.factors.iter().map(|factor| factor.name.clone()).collect();
    let all = short_names(&all);
    let names: Vec<String> = places.iter().map(|&place| all[place].clone()).collect();
    (places, FactorRows::new(&names))
}

/// Draws the trajectory above, the limits below.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn draw(page: &Area, found: &Discovery, one: &Found) -> DrawResult {
    let (top, bottom) = page.split_vertically(pt(TRAJECTORY_MM * 72.0 / 25.4));
    let per_cent = |share: f64| fixed(100.0 * share, 0);
    let threshold = number_words(found.threshold);
    let unit =
        if ["", "1"].contains(&found.unit.as_str()) { "" } else { &format!(" {}", found.unit) };
    let lines = [
        format!("{} {} {}{unit}", found.title(), found.side(), minus(&threshold)),
        format!(
            "{} of {} points; box: coverage {} %, density {} %",
            grouped(&found.cases.to_string(), ","),
            grouped(&found.points.to_string(), ","),
            per_cent(found.coverage(one.last.cases)),
            per_cent(one.last.density())
        ),
    ];
    let rest = heading(&top, &lines)?;
    trajectory(&rest, found, one)?;
    limits(&bottom, found, one)
}

/// From light to dark blue by number of factors cut.
fn shade(restricted: usize, most: usize) -> RGBColor {
    let part = restricted as f64 / most.max(1) as f64;
    let (light, dark) = (RGBColor(150, 205, 240), RGBColor(0, 40, 75));
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part) as u8;
    RGBColor(mix(light.0, dark.0), mix(light.1, dark.1), mix(light.2, dark.2))
}

fn trajectory(area: &Area, found: &Discovery, one: &Found) -> DrawResult {
    let most = one.trajectory.iter().map(PeelStep::restricted).max().unwrap_or(0);
    let stride = (most + 1).div_ceil(NAMED);
    let key =
        |count: usize| (LegendKey::Marker(Marker::Square, shade(count, most)), count.to_string());
    let mut entries: Vec<_> = (0..=most).step_by(stride).map(key).collect();
    if let Some(last) = entries.last_mut() {
        last.1.push_str(" factors cut");
    }
    let chosen = match found.settings.rule {
        ChoiceRule::Balanced => "best harmonic mean".to_owned(),
        ChoiceRule::Density(least) => format!("widest of density ≥ {} %", fixed(100.0 * least, 0)),
    };
    let mut boxes = vec![(LegendKey::Marker(Marker::Triangle, VERMILION), chosen)];
    if !one.beside.is_empty() {
        boxes.push((LegendKey::Marker(Marker::Ring, BLACK), "boxes beside it".to_owned()));
    }
    let area = legend(area, &[entries, boxes])?;
    let place = |step: &PeelStep| (100.0 * found.coverage(step.cases), 100.0 * step.density());
    let places: Vec<(f64, f64)> = one.trajectory.iter().map(place).collect();
    let chosen = place(&one.last);
    let beside: Vec<(f64, f64)> = one.beside.iter().map(|b| place(&b.found.last)).collect();
    let all = || places.iter().chain(&beside).chain([&chosen]);
    let x = Axis::from_zero(all().map(|at| at.0), 6);
    let y = Axis::from_zero(all().map(|at| at.1), 6);
    let y_width = label_width(&area, [&y]);
    let frame = Frame { title: "(a) Density (%)", x: &x, x_title: "Coverage (%)", y: &y, y_width };
    let mut chart = panel(&area, &frame)?;
    let (xs, ys): (Vec<f64>, Vec<f64>) = places.iter().copied().unzip();
    line(&mut chart, &xs, &ys, Stroke::solid(GREY).wide(0.6))?;
    let (left, top) = area.get_base_pixel();
    let at = |chart: &Chart, place: &(f64, f64)| {
        let (x, y) = chart.backend_coord(place);
        (x - left, y - top)
    };
    let mut before: Option<(i32, i32)> = None;
    for (step, place) in one.trajectory.iter().zip(&places) {
        let place = at(&chart, place);
        let apart = ipt(APART_PT);
        let covers =
            |(x, y): (i32, i32)| (x - place.0).abs() < apart && (y - place.1).abs() < apart;
        if before.is_none_or(|before| !covers(before)) {
            marker(&area, Marker::Square, place, shade(step.restricted(), most))?;
            before = Some(place);
        }
    }
    for place in &beside {
        marker(&area, Marker::Ring, at(&chart, place), BLACK)?;
    }
    marker(&area, Marker::Triangle, at(&chart, &chosen), VERMILION)
}

fn limits(area: &Area, found: &Discovery, one: &Found) -> DrawResult {
    let (places, rows) = rows(found, one);
    let words: Vec<Vec<String>> = places.iter().map(|&place| words(found, one, place)).collect();
    let room = words.iter().flatten().map(|line| text_width(area, line)).max().unwrap_or(0);
    let width = area.dim_in_pixel().0.saturating_sub(room + pt(3.0));
    let (left, right) = area.split_horizontally(width);
    let ticks = [0.0, 0.5, 1.0].map(|share| (share, fixed(100.0 * share, 0))).to_vec();
    let x = Axis { low: 0.0, high: 1.0, ticks };
    let mut chart = rows.panel(&left, ("(b) Limits", &x, "Rank of value (%)"))?;
    let top = area.get_base_pixel().1;
    for ((row, &place), words) in places.iter().enumerate().zip(&words) {
        let middle = rows.height(row);
        let full = [(0.0, middle - HALF), (1.0, middle + HALF)];
        chart.draw_series([Rectangle::new(full, LIGHT_GREY.mix(0.7).filled())])?;
        for (low, high) in stretches(&found.factors[place], &one.last.limits[place]) {
            let inside = [(low, middle - HALF), (high, middle + HALF)];
            chart.draw_series([Rectangle::new(inside, BLUE.filled())])?;
        }
        let y = chart.backend_coord(&(0.0, middle)).1 - top;
        text_lines(&right, words, (ipt(1.0), y), Pos::new(HPos::Left, VPos::Center))?;
    }
    Ok(())
}

/// Limits, and below them the quasi-p-values.
fn words(found: &Discovery, one: &Found, place: usize) -> Vec<String> {
    let (sampled, limits) = (&found.factors[place], &one.last.limits[place]);
    let limits = limit_words(sampled, limits);
    let limits = if sampled.categories.is_none() { minus(&limits) } else { limits };
    vec![limits, format!("p {}", quasi_p_words(one, place).replace('<', "< "))]
}

/// What is allowed, as stretches of the sampled values by rank, or of the categories.
fn stretches(sampled: &Sampled, limits: &Limits) -> Vec<(f64, f64)> {
    match limits {
        Limits::Range { low, high } => {
            let end =
                if limits.sides().contains(&Side::High) { sampled.share_below(*high) } else { 1.0 };
            vec![(sampled.share_below(*low), end)]
        }
        Limits::Categories(allowed) => {
            let count = allowed.len() as f64;
            let stretch = |place: usize| (place as f64 / count, (place as f64 + 0.94) / count);
            (0..allowed.len()).filter(|&place| allowed[place]).map(stretch).collect()
        }
    }
}
