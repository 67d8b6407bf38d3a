//! Whether an effect survives other equations: one row for each point of a small design, effects
//! with their intervals, and a line at zero.

use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Comparison;
use super::axis::Axis;
use super::canvas::DrawResult;
use super::canvas::{Area, ipt, label, pt, text_style, text_width};
use super::design_points::{
    COLUMNS, ComparedOutput, DrawnPoints, EffectForm, OUTPUTS, OutputEstimate, has_outputs, spoken,
    worded,
};
use super::draw::{Chart, line};
use super::palette::{BLACK, BLUE, GREY, Stroke, VERMILION};
use super::panel::{Frame, LINE_PT, Marker, label_width, marker, panel};
use super::phase_diagram::PhaseMap;
use super::tabulate::points;
use crate::analysis::summary::Summary;
use crate::report::source::FigureData;

/// Most points that find room.
const MOST: usize = 24;
/// Height of a row, mm.
const ROW_MM: f64 = 2.9;
/// Height of what stands around two rows of panels, mm.
const AROUND_MM: f64 = 34.0;
/// Most tick marks of a panel.
const TICKS: usize = 5;
/// Room that a panel leaves beside its data, points.
const AROUND_PT: f64 = 12.5;
/// Half of the height of a bar at a mean over paths, in rows.
const BAR: f64 = 0.42;
/// Room between the labels of two tick marks, points.
const APART_PT: f64 = 5.0;
/// Room between two columns of names, points.
const GAP_PT: f64 = 5.0;

/// The figure.
pub(crate) const FIGURE: Comparison = Comparison {
    name: "rule_comparison",
    title: "Effect under each set of assumptions",
    about: "Means over replicates and 95 % t-intervals at each point of the design, of paired \
            differences where arms are contrasted: hash rate and gross attack cost in per cent of the \
            control's mean (ratio of means; upright black bars: mean over paths of their changes), Nakamoto coefficient of owners as a difference, all three as means over the \
            recorded days; power energised for AI of the treatment on the last day. Blue discs: above \
            zero; vermilion triangles: below zero; grey rings: the interval includes zero.",
    height_mm: |summary| {
        rows(summary)
            .map_or(AROUND_MM, |design| 2.0 * ROW_MM * design.points.len() as f64 + AROUND_MM)
    },
    columns: &COLUMNS,
    applies: |summary| rows(summary).is_some(),
    source: |summary| {
        rows(summary).map_or_else(FigureData::default, |design| points(summary, &design))
    },
    left_out: |summary| {
        rows(summary).map(|design| design.left_out(&summary.manifest)).unwrap_or_default()
    },
    draw,
};

/// The first design of few points, unless a map shows it.
fn rows(summary: &Summary) -> Option<DrawnPoints> {
    if !has_outputs(summary) || PhaseMap::from_manifest(&summary.manifest).is_some() {
        return None;
    }
    let fits = |design: &DrawnPoints| (2..=MOST).contains(&design.points.len());
    DrawnPoints::all(&summary.manifest).find(fits)
}

/// Says when a comparison of designs is drawn by no figure.
#[must_use]
pub(crate) fn undrawn(summary: &Summary) -> Option<String> {
    let manifest = &summary.manifest;
    let drawn = rows(summary).is_some() || PhaseMap::from_manifest(manifest).is_some();
    if manifest.designs.is_empty() || drawn || !has_outputs(summary) {
        return None;
    }
    let sizes = DrawnPoints::all(manifest).map(|design| design.points.len().to_string());
    let sizes = sizes.collect::<Vec<_>>().join(", ");
    Some(format!(
        "figures that compare points: left out, designs have {sizes} points; drawn are 2 to {MOST}, or a whole \
         grid of two numbers"
    ))
}

/// Names of rows in columns, one for each factor; a name that the row above has too is left out.
fn names(design: &DrawnPoints) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (row, point) in design.points.iter().enumerate() {
        let same = |factor: usize| {
            row > 0 && design.points[row - 1].values[..=factor] == point.values[..=factor]
        };
        let words = point.values.iter().enumerate();
        let name = |(factor, value)| {
            if same(factor) { String::new() } else { label(&worded(value)) }
        };
        rows.push(words.map(name).collect());
    }
    rows
}

fn draw(page: &Area, summary: &Summary) -> DrawResult {
    let Some(design) = rows(summary) else { return Ok(()) };
    let heading = design.keys.iter().map(|key| spoken(key)).collect::<Vec<_>>().join(" / ");
    page.draw_text(&format!("Rows: {heading}"), &text_style(), (ipt(1.0), ipt(1.5)))?;
    let contrasted = design.are_contrasted();
    let mut above = LINE_PT + 2.0;
    if contrasted {
        let text = "%: signs are ratios of means, black bars means over paths";
        page.draw_text(text, &text_style(), (ipt(1.0), ipt(LINE_PT + 1.5)))?;
        above += LINE_PT;
    }
    let (_, rest) = page.split_vertically(pt(above));
    let names = names(&design);
    let widths = widths(&rest, &names);
    let room = widths.iter().map(|width| width + pt(GAP_PT)).sum::<u32>();
    let (width, height) = rest.dim_in_pixel();
    let (top, bottom) = rest.split_vertically(height / 2);
    for (half, outputs) in [top, bottom].iter().zip([0, 2]) {
        let (left, right) = half.split_horizontally(room + width.saturating_sub(room) / 2);
        for (area, number, y_width) in [(left, outputs, room), (right, outputs + 1, 0)] {
            let output = &OUTPUTS[number];
            let estimates = estimates(&design, summary, output);
            let is_effect = output.shown(contrasted) != EffectForm::Level;
            let over_paths = design.points.iter().map(|point| output.over_paths(summary, point));
            let over_paths: Vec<Option<f64>> = over_paths.collect();
            let chart = effects(&area, (&estimates, &over_paths), (y_width, is_effect))?;
            if y_width > 0 {
                write_names(&area, &chart, &names, &widths)?;
            }
            write_title(half, &OUTPUTS[number].title(number, contrasted), y_width > 0)?;
        }
    }
    Ok(())
}

/// Width of each column of names, grid units.
fn widths(area: &Area, names: &[Vec<String>]) -> Vec<u32> {
    let columns = names.first().map_or(0, Vec::len);
    let width = |column: usize| names.iter().map(move |row| text_width(area, &row[column])).max();
    (0..columns).map(|column| width(column).unwrap_or(0)).collect()
}

fn estimates(
    design: &DrawnPoints,
    summary: &Summary,
    output: &ComparedOutput,
) -> Vec<Option<OutputEstimate>> {
    design.points.iter().map(|point| output.at(summary, point)).collect()
}

/// Height of a row on the axis: the first at the top.
fn height_of(row: usize, rows: usize) -> f64 {
    (rows - 1 - row) as f64
}

/// Draws a panel of estimates, one a row.
fn effects<'a, 'b>(
    area: &'a Area<'b>,
    (estimates, over_paths): (&[Option<OutputEstimate>], &[Option<f64>]),
    (y_width, is_effect): (u32, bool),
) -> Result<Chart<'a, 'b>, super::canvas::DrawError> {
    let rows = estimates.len();
    let ends = estimates.iter().flatten().flat_map(|estimate| {
        let ends = estimate.interval.map_or([estimate.value; 2], |i| [i.low, i.high]);
        [ends[0], estimate.value, ends[1]]
    });
    let ends = ends.chain(over_paths.iter().flatten().copied());
    let mut x = if is_effect { Axis::around_zero(ends, 3) } else { Axis::from_zero(ends, 3) };
    let plot = area.dim_in_pixel().0.saturating_sub(y_width + pt(AROUND_PT));
    let label = label_width(area, [&x]) + pt(APART_PT);
    thin(&mut x, TICKS.min((plot / label) as usize).max(2));
    let y = Axis { low: -0.7, high: rows as f64 - 0.3, ticks: Vec::new() };
    let mut chart = panel(area, &Frame { title: "", x: &x, x_title: "", y: &y, y_width })?;
    line(&mut chart, &[0.0, 0.0], &[y.low, y.high], Stroke::solid(BLACK).wide(0.6))?;
    let corner = area.get_base_pixel();
    for (row, estimate) in estimates.iter().enumerate() {
        let Some(estimate) = estimate else { continue };
        let (color, sign) = sign(estimate);
        let height = height_of(row, rows);
        if let Some(interval) = estimate.interval {
            let ends = [interval.low, interval.high];
            line(&mut chart, &ends, &[height, height], Stroke::solid(color).wide(0.9))?;
        }
        let at = chart.backend_coord(&(estimate.value, height));
        marker(area, sign, (at.0 - corner.0, at.1 - corner.1), color)?;
    }
    for (row, value) in over_paths.iter().enumerate() {
        let Some(value) = value else { continue };
        let middle = height_of(row, rows);
        let ends = [middle - BAR, middle + BAR];
        line(&mut chart, &[*value; 2], &ends, Stroke::solid(BLACK).wide(0.8))?;
    }
    Ok(chart)
}

/// Leaves every second mark out, zero kept, until no more than `most` are left.
fn thin(axis: &mut Axis, most: usize) {
    while axis.ticks.len() > most {
        let zero = axis.ticks.iter().position(|(at, _)| *at == 0.0).unwrap_or(0);
        let mut place = 0;
        axis.ticks.retain(|_| {
            place += 1;
            (place - 1) % 2 == zero % 2
        });
    }
}

/// Writes the title of the left panel from the left, of the right one, which is narrower than its
/// title may be, up to the right.
fn write_title(half: &Area, title: &str, is_left: bool) -> DrawResult {
    let right = half.dim_in_pixel().0.cast_signed() - ipt(6.0);
    let (x, side) = if is_left { (ipt(1.0), HPos::Left) } else { (right, HPos::Right) };
    half.draw_text(title, &text_style().pos(Pos::new(side, VPos::Top)), (x, ipt(1.5)))?;
    Ok(())
}

/// Colour and sign of an estimate by what is known of its direction.
fn sign(estimate: &OutputEstimate) -> (plotters::style::RGBColor, Marker) {
    match estimate {
        estimate if estimate.may_be_zero() => (GREY, Marker::Ring),
        estimate if estimate.value > 0.0 => (BLUE, Marker::Disc),
        _ => (VERMILION, Marker::Triangle),
    }
}

/// Writes the names of the rows at the left of a panel.
fn write_names(area: &Area, chart: &Chart, names: &[Vec<String>], widths: &[u32]) -> DrawResult {
    let corner = area.get_base_pixel();
    let style = text_style().pos(Pos::new(HPos::Left, VPos::Center));
    for (row, words) in names.iter().enumerate() {
        let y = chart.backend_coord(&(0.0, height_of(row, names.len()))).1 - corner.1;
        let mut x = ipt(1.0);
        for (word, width) in words.iter().zip(widths) {
            if !word.is_empty() {
                area.draw_text(word, &style, (x, y))?;
            }
            x += width.cast_signed() + ipt(GAP_PT);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::figures::design_points::DrawnPoint;
    use crate::statistics::samples::Interval;

    #[test]
    fn a_name_is_written_where_it_or_one_to_its_left_changes() {
        let point = |rule: &str, days: f64| DrawnPoint {
            values: vec![json!(rule), json!(days)],
            scenario: 0,
            contrast: None,
        };
        let points = vec![point("npv", 0.0), point("npv", 10.0), point("logit", 10.0)];
        let keys = vec!["ai.rule".to_owned(), "half_life".to_owned()];
        let rows = names(&DrawnPoints { keys, points });
        assert_eq!(rows, [["npv", "0"], ["", "10"], ["logit", "10"]]);
    }

    #[test]
    fn thinned_marks_keep_zero_and_stay_equally_far_apart() {
        let mut axis = Axis { low: -1.5, high: 7.5, ..Axis::default() };
        axis.ticks = (-1..=7).map(|at| (f64::from(at), at.to_string())).collect();
        thin(&mut axis, TICKS);
        let marks: Vec<_> = axis.ticks.iter().map(|tick| tick.1.as_str()).collect();
        assert_eq!(marks, ["0", "2", "4", "6"]);
    }

    #[test]
    fn the_sign_of_an_estimate_is_told_by_shape_as_well_as_colour() {
        let estimate = |value: f64| {
            let (low, high) = (value - 1.0, value + 1.0);
            sign(&OutputEstimate { value, interval: Some(Interval { low, high }) }).1
        };
        assert_eq!(
            [estimate(-2.0), estimate(0.5), estimate(2.0)],
            [Marker::Triangle, Marker::Ring, Marker::Disc]
        );
    }
}
