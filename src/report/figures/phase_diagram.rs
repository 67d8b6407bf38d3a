//! Where in a plane of two parameters an effect is large, small or turns its sign: a map for each
//! outcome over a grid of two factors.

use plotters::prelude::Circle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform};

use super::Comparison;
use super::axis::Axis;
use super::canvas::DrawResult;
use super::canvas::{Area, ipt, pt, text_style};
use super::design_points::{
    COLUMNS, ComparedOutput, DrawnPoints, EffectForm, OUTPUTS, OutputEstimate, axis_title,
    has_outputs,
};
use super::heat_map::{ColourScale, HeatGrid, Shading, bar, bar_height, cell, graded};
use super::palette::BLACK;
use super::panel::{Frame, LINE_PT, label_width, panel};
use super::tabulate::points;
use crate::analysis::summary::Summary;
use crate::report::source::FigureData;
use crate::study::results::manifest::Manifest;

/// Values of each factor that a map needs.
const FEWEST: usize = 3;
/// Half a cell: a little more than half a step, so that no seam shows between neighbours.
const HALF: (f64, f64) = (0.515, 0.515);
/// Tick marks of a linear axis.
const TICKS: usize = 4;

/// The figure.
pub(crate) const FIGURE: Comparison = Comparison {
    name: "phase_diagram",
    title: "Effect over a grid of two parameters",
    about: "Means over replicates at each point of the grid, of paired differences where arms are \
            contrasted: hash rate and gross attack cost in per cent of the control's mean (ratio of means, not \
            the mean over paths of their changes), Nakamoto \
            coefficient of owners as a difference, all three as means over the recorded days; power \
            energised for AI of the treatment on the last day. A dot marks effects whose 95 % interval \
            includes zero; of those that are zero, one in twenty lacks it. Each map has shades of its own.",
    height_mm: |_| 118.0,
    columns: &COLUMNS,
    applies: |summary| has_outputs(summary) && PhaseMap::from_manifest(&summary.manifest).is_some(),
    source: |summary| {
        let map = PhaseMap::from_manifest(&summary.manifest);
        map.map_or_else(FigureData::default, |map| points(summary, &map.design))
    },
    left_out: |summary| {
        let map = PhaseMap::from_manifest(&summary.manifest);
        map.map(|map| map.design.left_out(&summary.manifest)).unwrap_or_default()
    },
    draw,
};

/// A design that is a whole grid of two numeric factors.
pub(crate) struct PhaseMap {
    grid: HeatGrid,
    design: DrawnPoints,
    /// Column and row of each point of the design.
    places: Vec<(usize, usize)>,
}

impl PhaseMap {
    /// The first design that is such a grid.
    #[must_use]
    pub(crate) fn from_manifest(manifest: &Manifest) -> Option<Self> {
        DrawnPoints::all(manifest).find_map(Self::over)
    }

    fn over(design: DrawnPoints) -> Option<Self> {
        if design.keys.len() != 2 {
            return None;
        }
        let number =
            |point: &super::design_points::DrawnPoint, factor: usize| point.values[factor].as_f64();
        let points = design.points.iter().map(|point| Some((number(point, 0)?, number(point, 1)?)));
        let points = points.collect::<Option<Vec<_>>>()?;
        let grid = HeatGrid::from_points(&points)?;
        let places: Vec<_> = points.into_iter().map(|point| grid.place(point)).collect();
        let mut cells = places.clone();
        cells.sort_unstable();
        cells.dedup();
        let whole = cells.len() == grid.x.len() * grid.y.len() && cells.len() == places.len();
        let enough = grid.x.len() >= FEWEST && grid.y.len() >= FEWEST;
        (whole && enough).then_some(Self { grid, design, places })
    }

    /// The cells of a map that have a value.
    fn cells(
        &self,
        summary: &Summary,
        output: &ComparedOutput,
    ) -> Vec<((usize, usize), OutputEstimate)> {
        let cells = self.places.iter().zip(&self.design.points);
        cells.filter_map(|(place, point)| Some((*place, output.at(summary, point)?))).collect()
    }
}

fn draw(page: &Area, summary: &Summary) -> DrawResult {
    let Some(map) = PhaseMap::from_manifest(&summary.manifest) else { return Ok(()) };
    let (x, y) = (graded(&map.grid.x, TICKS), graded(&map.grid.y, TICKS));
    let unnamed = Axis { ticks: y.ticks.iter().map(|(at, _)| (*at, String::new())).collect(), ..y };
    let titles = [&map.design.keys[0], &map.design.keys[1]].map(|key| axis_title(key));
    let y_width = label_width(page, [&y]);
    let (width, height) = page.dim_in_pixel();
    let note = pt(LINE_PT + 1.0);
    let (maps, below) = page.split_vertically(height.saturating_sub(2 * note));
    let (side, maps) = maps.split_horizontally(pt(LINE_PT));
    upwards(&side, &titles[1])?;
    let half = u32::midpoint(width - pt(LINE_PT), y_width);
    let (left, right) = maps.split_horizontally(half);
    let middle = maps.dim_in_pixel().1 / 2;
    let contrasted = map.design.are_contrasted();
    let columns = [(left, &y, y_width), (right, &unnamed, 0)];
    for (column, (area, y, y_width)) in columns.iter().enumerate() {
        let (top, bottom) = area.split_vertically(middle);
        for (row, area) in [top, bottom].iter().enumerate() {
            let number = 2 * row + column;
            let title = OUTPUTS[number].title(number, contrasted);
            let frame = Frame { title: &title, x: &x, x_title: "", y, y_width: *y_width };
            one_map(
                area,
                &frame,
                &map.cells(summary, &OUTPUTS[number]),
                OUTPUTS[number].shown(contrasted),
            )?;
        }
    }
    legend(&below, &titles[0], contrasted)
}

/// A quantity written upwards along the middle of an area.
fn upwards(area: &Area, text: &str) -> DrawResult {
    let style = text_style().transform(FontTransform::Rotate270);
    let style = style.pos(Pos::new(HPos::Center, VPos::Center));
    let (width, height) = area.dim_in_pixel();
    area.draw_text(text, &style, (width.cast_signed() / 2, height.cast_signed() / 2))?;
    Ok(())
}

/// The quantity across, and what the dots mean.
fn legend(area: &Area, x_title: &str, contrasted: bool) -> DrawResult {
    let middle = area.dim_in_pixel().0.cast_signed() / 2;
    let style = text_style().pos(Pos::new(HPos::Center, VPos::Top));
    area.draw_text(x_title, &style, (middle, ipt(0.5)))?;
    if contrasted {
        let text = "%: ratio of means; dot: 95 % interval includes zero";
        area.draw_text(text, &style, (middle, ipt(LINE_PT + 0.5)))?;
    }
    Ok(())
}

/// A map below its title and the bar of its shades.
fn one_map(
    area: &Area,
    frame: &Frame,
    cells: &[((usize, usize), OutputEstimate)],
    stated: EffectForm,
) -> DrawResult {
    let scale =
        if stated == EffectForm::Level { ColourScale::Linear } else { ColourScale::Diverging };
    let shading = Shading::from_values(scale, cells.iter().map(|(_, estimate)| estimate.value));
    let top = pt(LINE_PT + 3.0);
    // The panel keeps a line free above its plot, where the labels of the bar find room.
    let (_, rest) = area.split_vertically(top + bar_height(LINE_PT) - pt(LINE_PT));
    let mut chart = panel(&rest, &Frame { title: "", ..*frame })?;
    for (place, estimate) in cells {
        cell(&mut chart, *place, HALF, shading.color(estimate.value))?;
    }
    let corner = rest.get_base_pixel();
    for (place, _) in
        cells.iter().filter(|cell| stated != EffectForm::Level && cell.1.may_be_zero())
    {
        let at = chart.backend_coord(&(place.0 as f64, place.1 as f64));
        let at = (at.0 - corner.0, at.1 - corner.1);
        rest.draw(&Circle::new(at, ipt(0.55), BLACK.mix(0.65).filled()))?;
    }
    let across = |x: f64| chart.backend_coord(&(x, frame.y.low)).0 - corner.0;
    bar(area, &shading, (across(frame.x.low), across(frame.x.high)), top.cast_signed())?;
    area.draw_text(frame.title, &text_style(), (ipt(1.0), ipt(1.5)))?;
    Ok(())
}
