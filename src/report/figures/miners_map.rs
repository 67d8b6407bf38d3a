//! Where miners stand: tariff against efficiency, and what each does.

use plotters::style::RGBColor;

use super::Figure;
use super::axis::Axis;
use super::canvas::Area;
use super::canvas::{DrawError, DrawResult};
use super::data::Data;
use super::draw::{Chart, line, outlined};
use super::miners::MinersView;
use super::palette::{BLACK, BLUE, GREEN, GREY, ORANGE, Stroke, VERMILION};
use super::panel::{Frame, LegendEntry, LegendKey, Marker, label_width, legend, marker, panel};
use super::scope::Scope;
use crate::report::numbers::{fixed, grouped};
use crate::report::source::{Cell, FigureData};
use crate::statistics::samples::quantile;

/// Activities from the back to the front: name in the file, colour, shape.
const ACTIVITIES: [(&str, RGBColor, Marker); 5] = [
    ("mining", BLUE, Marker::Disc),
    ("idle", GREEN, Marker::Ring),
    ("closed", GREY, Marker::Cross),
    ("converting", ORANGE, Marker::Triangle),
    ("hosting", VERMILION, Marker::Square),
];
/// Points drawn at most; of more miners an even sample is drawn.
const MOST_POINTS: usize = 8000;
/// Width of the strip for miners without rigs, share of the efficiencies' range.
const STRIP: f64 = 0.12;
const BREAK_EVEN: Stroke = Stroke { color: BLACK, width: 1.0, dash: Some((4.0, 1.6)) };

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "miners_map",
    title: "Miners by efficiency and tariff on the last day",
    about: "One point per miner. Dashed: the efficiency e* = hashprice/tariff at which rigs earn \
            just their power, without pool fee and overhead. Miners without rigs stand in the \
            strip at the left; points beyond the axes (outermost 0.5 %) stand on the border; of more than \
            8,000 miners an even sample is drawn.",
    height_mm: 80.0,
    columns: &["hashprice_usd_per_ph_day"],
    scope: Scope::Snapshot,
    needs_control: false,
    needs_miners: true,
    source,
    draw,
};

/// One in so many miners is drawn.
fn stride(miners: &MinersView) -> usize {
    miners.activity.len().div_ceil(MOST_POINTS).max(1)
}

/// A line for each point, and the hashprice of the break-even line.
fn source(data: &Data, _: &[&str]) -> Result<FigureData, DrawError> {
    let mut source = FigureData::new([
        "scenario",
        "replicate",
        "activity",
        "efficiency_j_per_th",
        "tariff_usd_per_mwh",
        "hashprice_usd_per_ph_day",
        "hashprice_day",
        "hashprice_date",
    ]);
    let (miners, hashprice) = (&data.miners, hashprice(data)?);
    let last = data.dates().last();
    let (day, date) = last.map_or((Cell::from(""), Cell::from("")), |(d, t)| (d.into(), t.into()));
    let positions = miners.efficiency.iter().zip(&miners.tariff);
    let all = miners.activity.iter().zip(positions).step_by(stride(miners));
    for (activity, (efficiency, tariff)) in all {
        let keys = [data.treatment.name.as_str().into(), miners.replicate.into()];
        let place = [activity.as_str().into(), (*efficiency).into(), (*tariff).into()];
        let price = [hashprice.into(), day.clone(), date.clone()];
        source.row(keys.into_iter().chain(place).chain(price));
    }
    Ok(source)
}

fn draw(page: &Area, data: &Data) -> DrawResult {
    let hashprice = hashprice(data)?;
    let map = MinersMap::from_miners(&data.miners);
    let (efficiencies, tariffs) = break_even(hashprice, &map);
    let rest = legend(page, &entries(data, hashprice, tariffs.len() > 1))?;
    let y_width = label_width(page, [&map.y]);
    let every = stride(&data.miners);
    let sample = if every > 1 { format!(", 1 in {every} miners") } else { String::new() };
    let (label, replicate) = (&data.treatment.label, data.miners.replicate);
    let title = format!("Tariff (USD/MWh), {label}, replicate {replicate}{sample}");
    let x_title = "Mean efficiency of the miner’s rigs (J/TH)";
    let mut chart = panel(&rest, &Frame { title: &title, x: &map.x, x_title, y: &map.y, y_width })?;
    points(&rest, &chart, &map, &data.miners, every)?;
    outlined(&mut chart, &efficiencies, &tariffs, BREAK_EVEN)?;
    line(&mut chart, &[map.edge; 2], &[map.y.low, map.y.high], Stroke::solid(GREY).wide(0.6))
}

/// The axes: a strip for miners without rigs, then efficiency; tariff upwards.
struct MinersMap {
    x: Axis,
    y: Axis,
    /// Middle of the strip.
    without: f64,
    /// Where the strip ends.
    edge: f64,
}

impl MinersMap {
    fn from_miners(miners: &MinersView) -> Self {
        let (low, high) = inner(miners.efficiency.iter().filter(|efficiency| **efficiency > 0.0));
        let (cheapest, dearest) = inner(miners.tariff.iter());
        let y = Axis::linear([cheapest, dearest], 6);
        let mut x = Axis::linear([low, high], 6);
        let strip = STRIP * (x.high - x.low);
        let (edge, without) = (x.low, x.low - 0.5 * strip);
        x.low -= strip;
        x.ticks.insert(0, (without, "no rigs".to_owned()));
        Self { x, y, without, edge }
    }

    /// Where a miner stands; beyond the axes, on their border.
    fn place(&self, efficiency: f64, tariff: f64) -> (f64, f64) {
        let across =
            if efficiency > 0.0 { efficiency.clamp(self.edge, self.x.high) } else { self.without };
        (across, tariff.clamp(self.y.low, self.y.high))
    }
}

fn points(
    area: &Area,
    chart: &Chart,
    map: &MinersMap,
    miners: &MinersView,
    every: usize,
) -> DrawResult {
    let (left, top) = area.get_base_pixel();
    for (name, color, shape) in ACTIVITIES {
        let positions = miners.efficiency.iter().zip(&miners.tariff);
        let all = miners.activity.iter().zip(positions).step_by(every);
        for (_, (efficiency, tariff)) in all.filter(|(activity, _)| *activity == name) {
            let place = chart.backend_coord(&map.place(*efficiency, *tariff));
            marker(area, shape, (place.0 - left, place.1 - top), color)?;
        }
    }
    Ok(())
}

/// Hashprice of the snapshot's replicate on its last day, USD/PH/day.
fn hashprice(data: &Data) -> Result<Option<f64>, DrawError> {
    let ensemble = data.treatment.column("hashprice_usd_per_ph_day")?;
    let series = ensemble.replicate(data.miners.replicate)?;
    Ok(series.and_then(|series| series.last().copied()).filter(|price| price.is_finite()))
}

/// The tariff in USD/MWh at which a rig of efficiency e J/TH earns just its power:
/// 1 PH/s draws e kW, so t* = 1000·hashprice/(24·e).
fn break_even_tariff(hashprice: f64, efficiency: f64) -> f64 {
    1000.0 * hashprice / (24.0 * efficiency)
}

/// The part of the break-even line inside the panel.
fn break_even(hashprice: Option<f64>, map: &MinersMap) -> (Vec<f64>, Vec<f64>) {
    let Some(hashprice) = hashprice else { return (Vec::new(), Vec::new()) };
    let from = map.edge.max(1e-3);
    let at = |step: i32| from + (map.x.high - from) * f64::from(step) / 400.0;
    let points = (0..=400).map(|step| (at(step), break_even_tariff(hashprice, at(step))));
    points.filter(|(_, tariff)| (map.y.low..=map.y.high).contains(tariff)).unzip()
}

/// The range without the outermost 0.5 % at either end.
fn inner<'v>(values: impl Iterator<Item = &'v f64>) -> (f64, f64) {
    let mut sorted: Vec<f64> = values.copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    (quantile(&sorted, 0.005).unwrap_or(0.0), quantile(&sorted, 0.995).unwrap_or(1.0))
}

/// The line is in the legend when a part of it is in the panel.
fn entries(data: &Data, hashprice: Option<f64>, crosses: bool) -> [Vec<LegendEntry>; 2] {
    let count =
        |name: &str| data.miners.activity.iter().filter(|activity| *activity == name).count();
    let kind = |(name, color, shape): &(&str, RGBColor, Marker)| {
        let number = grouped(&count(name).to_string(), ",");
        (LegendKey::Marker(*shape, *color), format!("{name} ({number})"))
    };
    let kinds = ACTIVITIES.iter().filter(|(name, ..)| count(name) > 0).map(kind).collect();
    let label = |price: f64| format!("break-even e* at {} USD/PH/day", fixed(price, 1));
    let drawn = hashprice.filter(|_| crosses);
    [kinds, drawn.map(|price| (LegendKey::Line(BREAK_EVEN), label(price))).into_iter().collect()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_dollars_at_21_5_joules_break_even_at_58_14_dollars() {
        assert!((break_even_tariff(30.0, 21.5) - 58.14).abs() < 0.005);
    }
}
