//! Sobol indices: first-order and total shares of variance with intervals, over those of a factor that does nothing.

use plotters::prelude::Rectangle;
use plotters::style::{Color, RGBColor};

use super::axis::Axis;
use super::canvas::Area;
use super::canvas::DrawResult;
use super::draw::{Chart, line};
use super::factor_rows::{FactorRows, heading, short_names};
use super::palette::{BLACK, BLUE, LIGHT_GREY, ORANGE, Stroke};
use super::panel::{LegendKey, legend};
use crate::analysis::sensitivity::{Index, IndexEstimate, Sensitivity};
use crate::report::numbers::{fixed, grouped};

/// What the figure says about itself.
pub(crate) const ABOUT: &str = "First-order and total Sobol indices with 95 % bootstrap intervals, the factor of the largest \
     total index first. The grey band holds the intervals of a factor that does nothing: an index whose \
     interval overlaps it cannot be told from noise at this number of base rows.";
/// Factors shown, those that matter most.
pub(super) const SHOWN: usize = 15;
/// Height of legend, heading and axis, mm.
const FURNITURE_MM: f64 = 21.5;
/// Half of a bar's height, in rows.
const HALF: f64 = 0.17;
/// The two bars of a row: measure, height above its middle, colour.
const BARS: [(usize, f64, RGBColor); 2] = [(0, 0.18, BLUE), (1, -0.18, ORANGE)];

/// Height of the figure, mm.
#[must_use]
pub(crate) fn height_mm(found: &Sensitivity) -> f64 {
    FURNITURE_MM + rows(found).1.height_mm(1)
}

/// The factors shown, the dummy last, and their rows.
fn rows(found: &Sensitivity) -> (Vec<&Index>, FactorRows) {
    let mut shown = found.ranked();
    shown.truncate(SHOWN);
    let names: Vec<String> = shown.iter().map(|index| index.name.clone()).collect();
    let mut names = short_names(&names);
    names.extend(found.whole().dummy.as_ref().map(|_| "(does nothing)".to_owned()));
    shown.extend(&found.whole().dummy);
    (shown, FactorRows::new(&names))
}

/// How many rows were analysed and how much of the variance is noise.
#[must_use]
pub(crate) fn extent(found: &Sensitivity, rows: &str) -> String {
    let count = |number: usize| grouped(&number.to_string(), ",");
    let noise = found.noise_share.map_or_else(
        || "replication noise unknown".to_owned(),
        |share| format!("replication noise {} % of variance", fixed(100.0 * share, 1)),
    );
    let (rows_used, factors) = (found.whole().rows, found.whole().indices.len());
    if factors > SHOWN {
        let noise = noise.trim_end_matches(" of variance");
        return format!("{} {rows}; {noise}; {SHOWN} of {factors} factors", count(rows_used));
    }
    format!("{} {rows}; {noise}", count(rows_used))
}

/// Draws a row of two bars for each factor.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn draw(page: &Area, found: &Sensitivity) -> DrawResult {
    let rest = heading(page, &[found.title()])?;
    let entries = [
        (LegendKey::Area(BLUE, 1.0), "first order".to_owned()),
        (LegendKey::Area(ORANGE, 1.0), "total".to_owned()),
        (LegendKey::Area(LIGHT_GREY, 0.7), "does nothing".to_owned()),
    ];
    let rest = legend(&rest, &[entries.to_vec()])?;
    let (indices, rows) = rows(found);
    let ends = indices.iter().flat_map(|index| index.estimates[..2].iter());
    let x = Axis::around_zero(ends.flat_map(|estimate| [estimate.low, estimate.high]), 6);
    let mut chart =
        rows.panel(&rest, (&extent(found, "base rows"), &x, "Share of variance (95 % intervals)"))?;
    if let Some(dummy) = &found.whole().dummy {
        floor(&mut chart, &dummy.estimates[..2], indices.len())?;
    }
    for (row, index) in indices.iter().enumerate() {
        for (measure, above, color) in BARS {
            bar(&mut chart, index.estimates[measure], rows.height(row) + above, HALF, color)?;
        }
    }
    line(
        &mut chart,
        &[0.0, 0.0],
        &[-0.5, indices.len() as f64 - 0.5],
        Stroke::solid(BLACK).wide(0.6),
    )
}

/// The range of the intervals of a factor that does nothing.
fn floor(chart: &mut Chart, dummy: &[IndexEstimate], rows: usize) -> DrawResult {
    let low = dummy.iter().map(|estimate| estimate.low).fold(0.0, f64::min);
    let high = dummy.iter().map(|estimate| estimate.high).fold(0.0, f64::max);
    let corners = [(low, -0.5), (high, rows as f64 - 0.5)];
    chart.draw_series([Rectangle::new(corners, LIGHT_GREY.mix(0.7).filled())])?;
    Ok(())
}

/// A bar from zero with its interval.
///
/// # Errors
/// When plotters cannot draw.
pub(crate) fn bar(
    chart: &mut Chart,
    estimate: IndexEstimate,
    at: f64,
    half: f64,
    color: RGBColor,
) -> DrawResult {
    let corners = [(0.0, at - half), (estimate.value, at + half)];
    chart.draw_series([Rectangle::new(corners, color.filled())])?;
    let stroke = Stroke::solid(BLACK).wide(0.7);
    line(chart, &[estimate.low, estimate.high], &[at, at], stroke)?;
    for end in [estimate.low, estimate.high] {
        line(chart, &[end, end], &[at - 0.6 * half, at + 0.6 * half], stroke)?;
    }
    Ok(())
}
