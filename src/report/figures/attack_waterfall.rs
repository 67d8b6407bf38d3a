//! From the first rig to the net cost: what the cheapest attack of the last day is made of.

use plotters::prelude::Rectangle;
use plotters::style::Color;

use super::Figure;
use super::axis::{Axis, dollars, minus};
use super::canvas::Area;
use super::canvas::{DrawError, DrawResult};
use super::data::{Arm, Data};
use super::draw::{Chart, line};
use super::fan::means;
use super::palette::{BLACK, Stroke};
use super::panel::{Frame, LegendEntry, LegendKey, label_width, legend, panel};
use super::scope::Scope;
use crate::report::numbers::{decimals_for, fixed};
use crate::report::source::{Cell, FigureData};

/// What a row of the waterfall does to the sum.
#[derive(Clone, Copy, PartialEq)]
enum WaterfallRow {
    Adds,
    Total,
    TakesOff,
}

const ROWS: [(&str, &str, WaterfallRow); 13] = [
    ("attack_idle_usd", "idle rigs", WaterfallRow::Adds),
    ("attack_used_usd", "rigs in use", WaterfallRow::Adds),
    ("attack_new_usd", "new rigs", WaterfallRow::Adds),
    ("attack_rented_usd", "rented", WaterfallRow::Adds),
    ("attack_bribed_usd", "bribed", WaterfallRow::Adds),
    ("attack_pool_usd", "pool members", WaterfallRow::Adds),
    ("attack_site_usd", "sites", WaterfallRow::Adds),
    ("attack_energy_usd", "electricity", WaterfallRow::Adds),
    ("attack_operations_usd", "operations", WaterfallRow::Adds),
    ("attack_gross_usd", "gross", WaterfallRow::Total),
    ("attack_rewards_usd", "rewards kept", WaterfallRow::TakesOff),
    ("attack_resale_usd", "resale", WaterfallRow::TakesOff),
    ("attack_net_usd", "net", WaterfallRow::Total),
];

/// Significant digits of an amount.
const DIGITS: i32 = 3;

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "attack_waterfall",
    title: "Cost of the cheapest attack by source on the last day",
    about: "Means over replicates on the last recorded day: each bar starts where the one above it \
            ends; totals start at zero.",
    height_mm: 92.0,
    columns: &[
        "attack_idle_usd",
        "attack_used_usd",
        "attack_new_usd",
        "attack_rented_usd",
        "attack_bribed_usd",
        "attack_pool_usd",
        "attack_site_usd",
        "attack_energy_usd",
        "attack_operations_usd",
        "attack_gross_usd",
        "attack_rewards_usd",
        "attack_resale_usd",
        "attack_net_usd",
    ],
    scope: Scope::LastDay,
    needs_control: false,
    needs_miners: false,
    source,
    draw,
};

/// Where each row's bar starts and ends.
type Bars = Vec<(f64, f64)>;

fn bars(arm: &Arm) -> Result<Bars, DrawError> {
    let mut sum = 0.0;
    ROWS.iter()
        .map(|(column, _, row)| {
            let values = means(arm.column(column)?, 1.0)?;
            let value = values.last().copied().unwrap_or(f64::NAN);
            let start = if *row == WaterfallRow::Total { 0.0 } else { sum };
            let end = if *row == WaterfallRow::TakesOff { start - value } else { start + value };
            sum = end;
            Ok((start, end))
        })
        .collect()
}

/// The bars of each scenario: what each row adds or takes off, and where its bar starts and ends.
fn source(data: &Data, _: &[&str]) -> Result<FigureData, DrawError> {
    let keys = ["scenario", "replicates", "day", "date", "item", "metric"];
    let numbers = ["mean_usd", "bar_from_usd", "bar_to_usd"];
    let mut source = FigureData::new(keys.into_iter().chain(numbers));
    let last = data.dates().last();
    let (day, date) = last.map_or((Cell::from(""), Cell::from("")), |(d, t)| (d.into(), t.into()));
    for arm in data.arms() {
        for ((column, item, row), (start, end)) in ROWS.iter().zip(bars(arm)?) {
            let value = if *row == WaterfallRow::TakesOff { start - end } else { end - start };
            let keys = [arm.name.as_str().into(), arm.replicates().into(), day.clone()];
            let names = [date.clone(), (*item).into(), (*column).into()];
            let numbers = [value.into(), start.into(), end.into()];
            source.row(keys.into_iter().chain(names).chain(numbers));
        }
    }
    Ok(source)
}

fn draw(page: &Area, data: &Data) -> DrawResult {
    let arms: Vec<(&Arm, Bars)> =
        data.arms().map(|arm| Ok((arm, bars(arm)?))).collect::<Result<_, DrawError>>()?;
    let entries: Vec<LegendEntry> = arms
        .iter()
        .map(|(arm, _)| (LegendKey::Area(arm.stroke.color, 1.0), arm.label.clone()))
        .collect();
    let rest = legend(page, &[entries])?;
    let ends = arms.iter().flat_map(|(_, bars)| bars).map(|(_, end)| *end);
    let (scale, unit) = dollars(ends.clone().fold(0.0, f64::max));
    let x = Axis::closed(ends.map(|end| end / scale), 5);
    let y = rows(&arms, scale);
    let y_width = label_width(page, [&y]);
    let names: Vec<&str> = arms.iter().map(|(arm, _)| arm.label.as_str()).collect();
    let title = format!("Cheapest attack, {}: {}", data.last_date(), names.join(" | "));
    let x_title = format!("{unit}, means of {}", data.runs());
    let frame = Frame { title: &title, x: &x, x_title: &x_title, y: &y, y_width };
    let mut chart = panel(&rest, &frame)?;
    for (place, (arm, bars)) in arms.iter().enumerate() {
        waterfall(&mut chart, bars, scale, (place, arms.len()), arm)?;
    }
    line(&mut chart, &[0.0, 0.0], &[y.low, y.high], Stroke::solid(BLACK).wide(0.6))
}

/// One place for each row, the first at the top, with what each scenario pays.
fn rows(arms: &[(&Arm, Bars)], scale: f64) -> Axis {
    let amount = |row: usize, bars: &Bars| {
        let (start, end) = bars[row];
        let value = (end - start) / scale;
        minus(&fixed(value, decimals_for(value, DIGITS)))
    };
    let label = |(row, (_, label, _)): (usize, &(&str, &str, WaterfallRow))| {
        let amounts: Vec<String> = arms.iter().map(|(_, bars)| amount(row, bars)).collect();
        (-(row as f64), format!("{label}  {}", amounts.join(" | ")))
    };
    let ticks = ROWS.iter().enumerate().map(label).collect();
    Axis { low: 0.4 - ROWS.len() as f64, high: 0.6, ticks }
}

/// The bars of one scenario, beside those of the others.
fn waterfall(
    chart: &mut Chart,
    bars: &Bars,
    scale: f64,
    (place, of): (usize, usize),
    arm: &Arm,
) -> DrawResult {
    let height = 0.8 / of as f64;
    let top = |row: usize| 0.4 - row as f64 - place as f64 * height;
    for (row, (start, end)) in bars.iter().enumerate().filter(|(_, (_, end))| end.is_finite()) {
        let corners = [(start / scale, top(row)), (end / scale, top(row) - height)];
        chart.draw_series([Rectangle::new(corners, arm.stroke.color.filled())])?;
        if row > 0 && start.abs() > 0.0 {
            let edge = Stroke::solid(arm.stroke.color).wide(0.6);
            line(chart, &[start / scale; 2], &[top(row - 1) - height, top(row)], edge)?;
        }
    }
    Ok(())
}
