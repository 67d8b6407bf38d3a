//! What share of the hash rate an attacker can have, how soon, and at what price: a map over the
//! scenarios of an experiment that varies both.

use std::collections::BTreeSet;

use plotters::style::WHITE;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Comparison;
use super::canvas::DrawResult;
use super::canvas::{Area, text_style};
use super::heat_map::{ColourScale, HeatGrid, Shading, cell, steps};
use super::palette::BLACK;
use super::panel::{Frame, label_width, panel};
use super::tabulate::PlacedEstimates;
use crate::analysis::summary::Summary;
use crate::report::numbers::{decimals_for, fixed};
use crate::report::source::FigureData;

/// The parameters that the map spans.
const RATIO: &str = "security.ratio";
const DAYS: &str = "security.preparation_days";
/// Panels: column of `runs.parquet`, title, unit of the numbers, how they are shaded.
const PANELS: [(&str, &str, f64, ColourScale); 2] = [
    ("attack_gross_usd_last", "(a) Cheapest attack (billion USD)", 1e9, ColourScale::Logarithmic),
    ("attack_add_reach_last", "(b) Of it, can be added in time (%)", 0.01, ColourScale::Linear),
];
/// Significant digits of a cell.
const DIGITS: i32 = 2;

/// The figure.
pub(crate) const FIGURE: Comparison = Comparison {
    name: "attack_phase_map",
    title: "Price of a share of the hash rate by time to prepare",
    about: "Means over replicates on the last recorded day. (a) Gross cost of the cheapest mix of \
            rigs bought and hash rate hired. (b) Of the hash rate needed, what idle and new \
            rigs can provide in time, without the consent of any running miner.",
    height_mm: |_| 104.0,
    columns: &[PANELS[0].0, PANELS[1].0],
    applies: |summary| AttackMap::from_summary(summary).is_some(),
    source,
    left_out: |summary| {
        AttackMap::from_summary(summary).and_then(|map| map.left_out(summary)).into_iter().collect()
    },
    draw,
};

/// Scenarios by time to prepare and attacker's share.
struct AttackMap {
    /// Days across, shares upwards.
    grid: HeatGrid,
    /// Scenario, column and row.
    cells: Vec<(usize, (usize, usize))>,
    /// Place of each panel's metric in the summary.
    metrics: [usize; 2],
}

impl AttackMap {
    /// The map of an experiment that varies both parameters.
    fn from_summary(summary: &Summary) -> Option<Self> {
        let settings = &summary.manifest.settings;
        let number = |name: &String, key: &str| settings.get(name)?.get(key)?.as_f64();
        let point = |(scenario, name): (usize, &String)| {
            let ratio = number(name, RATIO)?;
            Some((scenario, (number(name, DAYS)?, ratio / (1.0 + ratio))))
        };
        let scenarios = summary.manifest.scenarios.iter().enumerate();
        let (scenarios, points): (Vec<_>, Vec<_>) = scenarios.filter_map(point).unzip();
        let grid = HeatGrid::from_points(&points)?;
        let places = points.into_iter().map(|point| grid.place(point));
        let mut taken = BTreeSet::new();
        let cells = scenarios.into_iter().zip(places);
        // Of scenarios that differ in other parameters the first.
        let cells = cells.filter(|(_, place)| taken.insert(*place)).collect();
        let mut metrics = [0; PANELS.len()];
        for (metric, (column, ..)) in metrics.iter_mut().zip(PANELS) {
            *metric = summary.metric(column)?;
        }
        Some(Self { grid, cells, metrics })
    }

    /// How many scenarios have no cell of their own.
    fn left_out(&self, summary: &Summary) -> Option<String> {
        let (some, all) = (self.cells.len(), summary.manifest.scenarios.len());
        (some < all).then(|| format!("{some} of {all} scenarios; all are in summary.csv."))
    }

    /// Mean of a metric in each cell that has one.
    fn values(&self, summary: &Summary, metric: usize, unit: f64) -> Vec<((usize, usize), f64)> {
        let value = |&(scenario, place): &(usize, (usize, usize))| {
            let description = summary.descriptions[metric][scenario].as_ref()?;
            Some((place, description.mean / unit))
        };
        self.cells.iter().filter_map(value).collect()
    }
}

/// A line for each cell.
fn source(summary: &Summary) -> FigureData {
    let mut table = PlacedEstimates::new(["preparation_days", "attacker_share"]);
    let Some(map) = AttackMap::from_summary(summary) else { return table.finish() };
    for metric in map.metrics {
        for &(scenario, (column, row)) in &map.cells {
            let keys = [map.grid.x[column].into(), map.grid.y[row].into()];
            table.mean(keys, summary, (metric, scenario));
        }
    }
    table.finish()
}

fn draw(page: &Area, summary: &Summary) -> DrawResult {
    let Some(map) = AttackMap::from_summary(summary) else { return Ok(()) };
    let (x, y) = (steps(&map.grid.x, 1.0), steps(&map.grid.y, 100.0));
    let y_width = label_width(page, [&y]);
    let (top, bottom) = page.split_vertically(page.dim_in_pixel().1 / 2);
    for (area, (metric, (_, title, unit, scale))) in
        [top, bottom].iter().zip(map.metrics.into_iter().zip(PANELS))
    {
        let title = format!("{title}; rows: attacker’s share (%)");
        let frame = Frame { title: &title, x: &x, x_title: "Days to prepare", y: &y, y_width };
        cells(area, &frame, &map.values(summary, metric, unit), scale)?;
    }
    Ok(())
}

fn cells(
    area: &Area,
    frame: &Frame,
    values: &[((usize, usize), f64)],
    scale: ColourScale,
) -> DrawResult {
    let mut chart = panel(area, frame)?;
    let shading = Shading::from_values(scale, values.iter().map(|cell| cell.1));
    let (left, top) = area.get_base_pixel();
    for &(at, value) in values {
        cell(&mut chart, at, (0.48, 0.46), shading.color(value))?;
        let ink = if shading.depth(value) > 0.55 { WHITE } else { BLACK };
        let style = text_style().color(&ink).pos(Pos::new(HPos::Center, VPos::Center));
        let place = chart.backend_coord(&(at.0 as f64, at.1 as f64));
        let text = fixed(value, decimals_for(value, DIGITS));
        area.draw_text(&text, &style, (place.0 - left, place.1 - top))?;
    }
    Ok(())
}
