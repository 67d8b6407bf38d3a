//! Sensitivity measures against the number of rows they come from.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::Area;
use super::canvas::DrawResult;
use super::draw::{Chart, band, line};
use super::factor_rows::{heading, power_and_unit, power_of_ten, short_names};
use super::palette::{BLACK, BLUE, GREEN, LIGHT_GREY, ORANGE, PURPLE, Stroke, VERMILION};
use super::panel::{Frame, LegendKey, Marker, label_width, legend, marker, panel};
use crate::analysis::sensitivity::{Index, IndexEstimate, Sensitivity, SensitivityMethod, Stage};
use crate::report::numbers::grouped;

/// Height of the figure, mm.
pub(crate) const HEIGHT_MM: f64 = 118.0;
/// What the figure says about itself.
pub(crate) const ABOUT: &str = "Measures of the factors that matter most with 95 % bootstrap intervals, from the first rows \
     of the design up to all of them. The grey band is the interval of a factor \
     that does nothing.";
/// Signs of the factors; no more are shown.
const SIGNS: [(RGBColor, Marker); 6] = [
    (BLUE, Marker::Disc),
    (VERMILION, Marker::Triangle),
    (GREEN, Marker::Square),
    (BLACK, Marker::Cross),
    (ORANGE, Marker::Ring),
    (PURPLE, Marker::Disc),
];
/// Room beside a stage that the signs of its factors share, in doublings of rows.
const SPREAD: f64 = 0.42;

/// Draws two measures, one above the other.
///
/// # Errors
/// When plotters cannot draw.
pub(super) fn draw(page: &Area, found: &Sensitivity) -> DrawResult {
    let (rows, panels) = match found.method {
        SensitivityMethod::Sobol => {
            ("Base rows", [(0, "(a) First-order index"), (1, "(b) Total index")])
        }
        SensitivityMethod::Morris => {
            ("Trajectories", [(0, "(a) Mean size of effects μ*"), (2, "(b) Spread of effects σ")])
        }
    };
    let shown = shown(found);
    let names: Vec<String> =
        shown.iter().map(|&place| found.whole().indices[place].name.clone()).collect();
    let count = found.whole().indices.len();
    let part = format!("the {} factors of {count} that matter most", shown.len());
    let part = (shown.len() < count).then_some(part);
    let lines: Vec<String> = [found.title()].into_iter().chain(part).collect();
    let rest = heading(page, &lines)?;
    let keys = short_names(&names).into_iter().zip(SIGNS);
    let mut entries: Vec<_> = keys
        .map(|(name, (color, sign))| (LegendKey::Marked(Stroke::solid(color), sign), name))
        .collect();
    if found.whole().dummy.is_some() {
        entries.push((LegendKey::Area(LIGHT_GREY, 0.7), "does nothing".to_owned()));
    }
    let rest = legend(&rest, &[entries])?;
    let x = horizontal(&found.stages);
    let axes = panels.map(|(measure, _)| vertical(found, &shown, measure));
    let titles = panels.map(|(_, title)| title).into_iter().zip(axes.iter());
    let titles = titles.map(|(title, (_, power))| match found.method {
        SensitivityMethod::Morris => format!("{title} ({})", power_and_unit(power, &found.unit)),
        SensitivityMethod::Sobol => title.to_owned(),
    });
    let titles: Vec<String> = titles.collect();
    let axes = axes.map(|(axis, _)| axis);
    let y_width = label_width(&rest, &axes);
    let height = rest.dim_in_pixel().1;
    let (top, bottom) = rest.split_vertically(height * 47 / 100);
    let parts = [top, bottom].into_iter().zip(&axes).zip(panels.map(|(measure, _)| measure));
    for (((area, y), measure), (title, x_title)) in parts.zip(titles.iter().zip(["", rows])) {
        let area = &area;
        let frame = Frame { title, x: &x, x_title, y, y_width };
        let mut chart = panel(area, &frame)?;
        dummy(&mut chart, &found.stages, measure)?;
        for (number, &place) in shown.iter().enumerate() {
            let course = course(&found.stages, |stage| Some(&stage.indices[place]), measure);
            let aside = SPREAD * ((number as f64 + 0.5) / shown.len() as f64 - 0.5);
            curve(area, &mut chart, &course, aside, SIGNS[number])?;
        }
    }
    Ok(())
}

/// Places of the factors that matter most, that first.
fn shown(found: &Sensitivity) -> Vec<usize> {
    let indices = &found.whole().indices;
    let place = |index: &Index| indices.iter().position(|other| other.name == index.name);
    found.ranked().into_iter().filter_map(place).take(SIGNS.len()).collect()
}

/// Rows of each stage in doublings.
fn horizontal(stages: &[Stage]) -> Axis {
    let at = |stage: &Stage| libm::log2(stage.rows as f64);
    let label = |stage: &Stage| (at(stage), grouped(&stage.rows.to_string(), ","));
    let ticks: Vec<_> = stages.iter().map(label).collect();
    let low = stages.first().map_or(0.0, at);
    Axis { low: low - 0.5, high: stages.last().map_or(1.0, at) + 0.5, ticks }
}

/// An axis over all intervals, and the power of ten that its labels leave out.
fn vertical(found: &Sensitivity, shown: &[usize], measure: usize) -> (Axis, String) {
    let of = |stage: &Stage| -> Vec<IndexEstimate> {
        let indices = shown.iter().map(|&place| &stage.indices[place]).chain(&stage.dummy);
        indices.map(|index| index.estimates[measure]).collect()
    };
    let all: Vec<f64> = found.stages.iter().flat_map(of).flat_map(|e| [e.low, e.high]).collect();
    let largest = all.iter().copied().fold(0.0, f64::max);
    let (unit, power) = match found.method {
        SensitivityMethod::Morris => power_of_ten(largest),
        SensitivityMethod::Sobol => (1.0, String::new()),
    };
    let ends = all.into_iter().map(|end| end / unit);
    let Axis { low, high, ticks } = Axis::around_zero(ends, 5);
    let ticks = ticks.into_iter().map(|(at, label)| (at * unit, label)).collect();
    (Axis { low: low * unit, high: high * unit, ticks }, power)
}

/// Rows in doublings, and the estimate, of each stage that has one.
fn course<'s>(
    stages: &'s [Stage],
    index: impl Fn(&'s Stage) -> Option<&'s Index>,
    measure: usize,
) -> Vec<(f64, IndexEstimate)> {
    let at =
        |stage: &'s Stage| Some((libm::log2(stage.rows as f64), index(stage)?.estimates[measure]));
    stages.iter().filter_map(at).collect()
}

fn dummy(chart: &mut Chart, stages: &[Stage], measure: usize) -> DrawResult {
    let course = course(stages, |stage| stage.dummy.as_ref(), measure);
    let xs: Vec<f64> = course.iter().map(|(x, _)| *x).collect();
    let end = |of: fn(&IndexEstimate) -> f64| {
        course.iter().map(|(_, estimate)| of(estimate)).collect::<Vec<_>>()
    };
    band(chart, &xs, (&end(|e| e.low), &end(|e| e.high)), LIGHT_GREY, 0.7)
}

fn curve(
    area: &Area,
    chart: &mut Chart,
    course: &[(f64, IndexEstimate)],
    aside: f64,
    (color, sign): (RGBColor, Marker),
) -> DrawResult {
    let xs: Vec<f64> = course.iter().map(|(x, _)| x + aside).collect();
    let values: Vec<f64> = course.iter().map(|(_, estimate)| estimate.value).collect();
    line(chart, &xs, &values, Stroke::solid(color).wide(0.8))?;
    let (left, top) = area.get_base_pixel();
    for ((&x, &value), (_, estimate)) in xs.iter().zip(&values).zip(course) {
        let ends = [estimate.low, estimate.high];
        line(chart, &[x, x], &ends, Stroke::solid(color).wide(0.6))?;
        let place = chart.backend_coord(&(x, value));
        marker(area, sign, (place.0 - left, place.1 - top), color)?;
    }
    Ok(())
}
