//! What miners' connected power is used for in each region, on the first day and on the last.

use plotters::prelude::Rectangle;
use plotters::style::{Color, RGBColor};

use super::Figure;
use super::axis::Axis;
use super::canvas::Area;
use super::canvas::{self, DrawError, DrawResult};
use super::data::Data;
use super::draw::{Chart, line_style};
use super::palette::{BLACK, BLUE, LIGHT_GREY, ORANGE, SKY, Stroke, VERMILION};
use super::panel::{Frame, LegendKey, label_width, legend, panel};
use super::regions::{PowerByUse, USES};
use super::scope::Scope;
use crate::report::source::FigureData;

/// Label and colour of each use, in their order.
const LAYERS: [(&str, RGBColor); USES.len()] = [
    ("mining", SKY),
    ("idle", BLUE),
    ("converting", ORANGE),
    ("hosting AI", VERMILION),
    ("vacant", LIGHT_GREY),
];
const MW_PER_GW: f64 = 1e3;
/// From the middle of a row to the upper and the lower edge of its bars: the first day's above the last's.
const BARS: [[f64; 2]; 2] = [[0.36, 0.14], [0.08, -0.40]];

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "power_by_region",
    title: "Power by region and use on the first and the last day",
    about: "Connected power of miners, means over replicates: the thin upper bar of each region is \
            the first day, the lower one the last day on which regions are recorded. Regions with \
            most connected power on that day are at the top.",
    height_mm: 92.0,
    columns: &["mining_mw"],
    scope: Scope::Regions,
    needs_control: false,
    needs_miners: false,
    source,
    draw,
};

/// A line for each day and region.
#[expect(clippy::unnecessary_wraps, reason = "figures share the form of the function")]
fn source(data: &Data, _: &[&str]) -> Result<FigureData, DrawError> {
    let keys = ["scenario", "replicates", "day", "date", "region"].map(str::to_owned);
    let uses = USES.map(|column| format!("{column}_mean"));
    let mut source = FigureData::new(keys.into_iter().chain(uses));
    for (day, regions) in &data.regions.days {
        for (name, power) in data.regions.names.iter().zip(regions) {
            let run = [data.treatment.name.as_str().into(), data.replicates().into()];
            let place = [(*day).into(), data.date(*day).into(), name.as_str().into()];
            source.row(run.into_iter().chain(place).chain(power.map(Into::into)));
        }
    }
    Ok(source)
}

fn draw(page: &Area, data: &Data) -> DrawResult {
    let (names, days) = (&data.regions.names, &data.regions.days);
    let mut order: Vec<usize> = (0..names.len()).collect();
    let last = |place: &usize| days.last().map_or(0.0, |(_, regions)| total(&regions[*place]));
    order.sort_by(|left, right| last(right).total_cmp(&last(left)));
    let entries = LAYERS.map(|(label, color)| (LegendKey::Area(color, 1.0), label.to_owned()));
    let rest = legend(page, &[entries.to_vec()])?;
    let totals = days.iter().flat_map(|(_, regions)| regions).map(|power| total(power) / MW_PER_GW);
    let x = Axis::closed(totals, 5);
    let tick = |(row, place): (usize, &usize)| (-(row as f64), canvas::label(&names[*place]));
    let ticks = order.iter().enumerate().map(tick).collect();
    let y = Axis { low: 0.4 - names.len() as f64, high: 0.6, ticks };
    let y_width = label_width(page, [&y]);
    let dates: Vec<String> = days.iter().map(|(day, _)| data.date(*day)).collect();
    let title = format!("{}: {}", data.treatment.label, dates.join(" (thin), "));
    let x_title = format!("Connected power (GW), means of {}", data.runs_of_treatment());
    let frame = Frame { title: &title, x: &x, x_title: &x_title, y: &y, y_width };
    let mut chart = panel(&rest, &frame)?;
    for ((_, regions), edges) in days.iter().zip(BARS) {
        for (row, place) in order.iter().enumerate() {
            let [upper, lower] = edges.map(|edge| edge - row as f64);
            bar(&mut chart, &regions[*place], [upper, lower])?;
        }
    }
    Ok(())
}

/// Power of all uses, MW.
fn total(power: &PowerByUse) -> f64 {
    power.iter().sum()
}

/// The uses of one region on one day, from zero to the right, with a thin dark edge around each.
fn bar(chart: &mut Chart, power: &PowerByUse, [upper, lower]: [f64; 2]) -> DrawResult {
    let edge = line_style(Stroke::solid(BLACK).wide(0.4));
    let mut from = 0.0;
    for (mw, (_, color)) in power.iter().zip(LAYERS) {
        let to = from + mw / MW_PER_GW;
        if to > from {
            let corners = [(from, upper), (to, lower)];
            chart.draw_series([Rectangle::new(corners, color.filled())])?;
            chart.draw_series([Rectangle::new(corners, edge)])?;
        }
        from = to;
    }
    Ok(())
}
