//! Where miners stand: tariff against efficiency, and what each does.

use plotters::style::RGBColor;

use super::super::numbers::fixed;
use super::super::statistics::quantile;
use super::Figure;
use super::axis::Axis;
use super::canvas::Area;
use super::data::Data;
use super::draw::{DrawResult, line};
use super::palette::{BLACK, BLUE, GREEN, GREY, ORANGE, Stroke, VERMILION};
use super::panel::{Frame, Key, Marker, legend, marker, panel};

/// Activities from the back to the front: name in the file, colour, shape.
const ACTIVITIES: [(&str, RGBColor, Marker); 5] = [
    ("mining", BLUE, Marker::Disc),
    ("idle", GREEN, Marker::Ring),
    ("closed", GREY, Marker::Cross),
    ("converting", ORANGE, Marker::Triangle),
    ("hosting", VERMILION, Marker::Square),
];
const BREAK_EVEN: Stroke = Stroke { color: BLACK, width: 1.0, dash: Some((4.0, 1.6)) };

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "miners_map",
    title: "Miners by efficiency and tariff on the last day",
    about: "One point per miner. Dashed: the efficiency e* = hashprice/tariff at which machines earn \
            just their power, without pool fee and overhead. Miners without machines stand in the \
            strip at the left; points beyond the axes (outermost 0.5 %) stand on the border.",
    height_mm: 80.0,
    columns: &["hashprice_usd_per_ph_day"],
    needs_control: false,
    needs_miners: true,
    draw,
};

fn draw(page: &Area, data: &Data) -> DrawResult {
    let miners = &data.miners;
    let hashprice = hashprice(data);
    let rest = legend(page, &entries(data, hashprice))?;
    let with_machines = |efficiency: &&f64| **efficiency > 0.0;
    let (low, high) = inner(miners.efficiency.iter().filter(with_machines));
    let strip = (high - low).max(1.0) * 0.06;
    let mut x = Axis::linear([low, high], 6);
    x.low -= 1.6 * strip;
    x.ticks.retain(|(at, _)| *at >= x.low + 1.6 * strip);
    x.ticks.insert(0, (x.low + 0.6 * strip, "none".to_owned()));
    let (cheapest, dearest) = inner(miners.tariff.iter());
    let y = Axis::linear([cheapest, dearest], 6);
    let title =
        format!("Tariff (USD/MWh), {}, replicate {}", data.treatment.label, miners.replicate);
    let x_title = "Mean efficiency of the miner's machines (J/TH)";
    let mut chart = panel(&rest, &Frame { title: &title, x: &x, x_title, y: &y })?;
    let (efficiencies, tariffs) = break_even(hashprice, &x, &y, 1.2 * strip);
    for (name, color, shape) in ACTIVITIES {
        let matching = miners.activity.iter().zip(miners.efficiency.iter().zip(&miners.tariff));
        for (_, (efficiency, tariff)) in matching.filter(|(activity, _)| *activity == name) {
            let across =
                if *efficiency > 0.0 { efficiency.clamp(low, high) } else { x.low + 0.6 * strip };
            let place = chart.backend_coord(&(across, tariff.clamp(y.low, y.high)));
            let (left, top) = rest.get_base_pixel();
            marker(&rest, shape, (place.0 - left, place.1 - top), color)?;
        }
    }
    line(&mut chart, &efficiencies, &tariffs, BREAK_EVEN)?;
    let edge = x.low + 1.2 * strip;
    line(&mut chart, &[edge, edge], &[y.low, y.high], Stroke::solid(GREY).wide(0.6))
}

/// Hashprice of the snapshot's replicate on its last day, USD/PH/day.
fn hashprice(data: &Data) -> Option<f64> {
    let ensemble = data.treatment.column("hashprice_usd_per_ph_day").ok()?;
    let index = ensemble.replicates.binary_search(&data.miners.replicate).ok()?;
    ensemble.replicate(index).last().copied().filter(|price| price.is_finite())
}

/// The tariff in USD/MWh at which a machine of efficiency e J/TH earns just its power:
/// 1 PH/s draws e kW, so t* = 1000·hashprice/(24·e).
fn break_even_tariff(hashprice: f64, efficiency: f64) -> f64 {
    1000.0 * hashprice / (24.0 * efficiency)
}

/// The part of the break-even line inside the panel.
fn break_even(hashprice: Option<f64>, x: &Axis, y: &Axis, strip: f64) -> (Vec<f64>, Vec<f64>) {
    let Some(hashprice) = hashprice else { return (Vec::new(), Vec::new()) };
    let from = (x.low + strip).max(1e-3);
    let at = |step: i32| from + (x.high - from) * f64::from(step) / 200.0;
    let points = (0..=200).map(|step| (at(step), break_even_tariff(hashprice, at(step))));
    points.filter(|(_, tariff)| (y.low..=y.high).contains(tariff)).unzip()
}

/// The range without the outermost 0.5 % at either end.
fn inner<'v>(values: impl Iterator<Item = &'v f64>) -> (f64, f64) {
    let mut sorted: Vec<f64> = values.copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    (quantile(&sorted, 0.005).unwrap_or(0.0), quantile(&sorted, 0.995).unwrap_or(1.0))
}

fn entries(data: &Data, hashprice: Option<f64>) -> Vec<(Key, String)> {
    let count =
        |name: &str| data.miners.activity.iter().filter(|activity| *activity == name).count();
    let mut entries: Vec<_> = ACTIVITIES
        .iter()
        .filter(|(name, ..)| count(name) > 0)
        .map(|(name, color, shape)| {
            (Key::Marker(*shape, *color), format!("{name} ({})", count(name)))
        })
        .collect();
    if let Some(hashprice) = hashprice {
        let label = format!("break-even e* at {} USD/PH/day", fixed(hashprice, 1));
        entries.push((Key::Line(BREAK_EVEN), label));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_dollars_at_21_5_joules_break_even_at_58_14_dollars() {
        assert!((break_even_tariff(30.0, 21.5) - 58.14).abs() < 0.005);
    }
}
