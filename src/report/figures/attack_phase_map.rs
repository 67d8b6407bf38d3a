//! What share of the hash rate an attacker can have, how soon, and at what price: a map over the
//! scenarios of an experiment that varies both.

use plotters::prelude::Rectangle;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor, WHITE};

use super::super::numbers::{decimals_for, fixed};
use super::super::summary::Summary;
use super::Comparison;
use super::axis::Axis;
use super::canvas::{Area, text_style};
use super::draw::DrawResult;
use super::palette::{BLACK, BLUE, SKY};
use super::panel::{Frame, label_width, panel};

/// The parameters that the map spans.
const RATIO: &str = "security.ratio";
const DAYS: &str = "security.preparation_days";
/// Panels: column of `runs.parquet`, title, unit of the numbers, whether shades are logarithmic.
const PANELS: [(&str, &str, f64, bool); 2] = [
    ("attack_gross_usd_last", "(a) Cheapest attack (billion USD)", 1e9, true),
    ("attack_add_reach_last", "(b) Of it, can be added in time (%)", 0.01, false),
];
/// Significant digits of a cell.
const DIGITS: i32 = 2;

/// The figure.
pub const FIGURE: Comparison = Comparison {
    name: "attack_phase_map",
    title: "Price of a share of the hash rate by time to prepare",
    about: "Means over replicates on the last recorded day. (a) Gross cost of the cheapest mix of \
            machines bought and hash rate hired. (b) Of the hash rate needed, what idle and new \
            machines can provide in time, without the consent of any running miner.",
    height_mm: 104.0,
    columns: &[PANELS[0].0, PANELS[1].0],
    applies: |summary| Map::of(summary).is_some(),
    draw,
};

/// Scenarios by attacker's share and time to prepare, both rising.
struct Map {
    shares: Vec<f64>,
    days: Vec<f64>,
    /// Scenario, place of its share, place of its days.
    cells: Vec<(usize, usize, usize)>,
    /// Place of each panel's metric in the summary.
    metrics: [usize; 2],
}

impl Map {
    /// The map of an experiment that varies both parameters.
    fn of(summary: &Summary) -> Option<Self> {
        let settings = &summary.manifest.settings;
        let number = |name: &String, key: &str| settings.get(name)?.get(key)?.as_f64();
        let points: Vec<(usize, f64, f64)> = summary
            .manifest
            .scenarios
            .iter()
            .enumerate()
            .filter_map(|(place, name)| {
                let ratio = number(name, RATIO)?;
                Some((place, ratio / (1.0 + ratio), number(name, DAYS)?))
            })
            .collect();
        let shares = rising(points.iter().map(|point| point.1));
        let days = rising(points.iter().map(|point| point.2));
        if shares.len() < 2 || days.len() < 2 {
            return None;
        }
        let place = |list: &[f64], value: f64| list.partition_point(|&other| other < value);
        let cells = points
            .iter()
            .map(|&(scenario, share, time)| (scenario, place(&shares, share), place(&days, time)));
        let cells = cells.collect();
        let mut metrics = [0; PANELS.len()];
        for (metric, (column, ..)) in metrics.iter_mut().zip(PANELS) {
            *metric = summary.metric(column)?;
        }
        Some(Self { shares, days, cells, metrics })
    }

    /// Mean of a metric in each cell that has one.
    fn values(&self, summary: &Summary, metric: usize, scale: f64) -> Vec<(usize, usize, f64)> {
        let value = |&(scenario, share, time): &(usize, usize, usize)| {
            let description = summary.descriptions[metric][scenario].as_ref()?;
            Some((share, time, description.mean / scale))
        };
        self.cells.iter().filter_map(value).collect()
    }
}

/// Different values, in rising order.
fn rising(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut list: Vec<f64> = values.collect();
    list.sort_by(f64::total_cmp);
    list.dedup();
    list
}

/// An axis of equal steps, one for each value.
fn steps(values: &[f64], scale: f64) -> Axis {
    let label = |(place, value): (usize, &f64)| (place as f64, fixed(value * scale, 0));
    let ticks = values.iter().enumerate().map(label).collect();
    Axis { low: -0.5, high: values.len() as f64 - 0.5, ticks }
}

fn draw(page: &Area, summary: &Summary) -> DrawResult {
    let Some(map) = Map::of(summary) else { return Ok(()) };
    let (x, y) = (steps(&map.days, 1.0), steps(&map.shares, 100.0));
    let y_width = label_width(page, [&y]);
    let (top, bottom) = page.split_vertically(page.dim_in_pixel().1 / 2);
    for (area, (metric, (_, title, scale, log))) in
        [top, bottom].iter().zip(map.metrics.into_iter().zip(PANELS))
    {
        let title = format!("{title}, by share of hash rate (%)");
        let frame = Frame { title: &title, x: &x, x_title: "Days to prepare", y: &y, y_width };
        cells(area, &frame, &map.values(summary, metric, scale), log)?;
    }
    Ok(())
}

fn cells(area: &Area, frame: &Frame, values: &[(usize, usize, f64)], log: bool) -> DrawResult {
    let mut chart = panel(area, frame)?;
    let size = |value: f64| if log { libm::log10(value.max(1e-9)) } else { value };
    let sizes = values.iter().map(|cell| size(cell.2));
    let (least, most) = (sizes.clone().fold(f64::MAX, f64::min), sizes.fold(f64::MIN, f64::max));
    let (left, top) = area.get_base_pixel();
    for &(row, column, value) in values {
        let (x, y) = (column as f64, row as f64);
        let shade = if most > least { (size(value) - least) / (most - least) } else { 0.0 };
        let corners = [(x - 0.48, y - 0.46), (x + 0.48, y + 0.46)];
        chart.draw_series([Rectangle::new(corners, blend(shade).filled())])?;
        let ink = if shade > 0.55 { WHITE } else { BLACK };
        let style = text_style().color(&ink).pos(Pos::new(HPos::Center, VPos::Center));
        let place = chart.backend_coord(&(x, y));
        let text = fixed(value, decimals_for(value, DIGITS));
        area.draw_text(&text, &style, (place.0 - left, place.1 - top))?;
    }
    Ok(())
}

/// From white over sky blue to dark blue: lightness falls all the way, so it reads without colour.
fn blend(shade: f64) -> RGBColor {
    let dark = RGBColor(0, 52, 89);
    let mix = |a: RGBColor, b: RGBColor, part: f64| {
        let channel = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part) as u8;
        RGBColor(channel(a.0, b.0), channel(a.1, b.1), channel(a.2, b.2))
    };
    match shade {
        s if s < 0.35 => mix(RGBColor(244, 249, 253), SKY, s / 0.35),
        s if s < 0.7 => mix(SKY, BLUE, (s - 0.35) / 0.35),
        s => mix(BLUE, dark, (s - 0.7) / 0.3),
    }
}
