//! The supply curve of AI halls on the first and on the last day.

use super::Figure;
use super::axis::Axis;
use super::canvas::Area;
use super::canvas::{DrawError, DrawResult};
use super::data::Data;
use super::draw::{band, line};
use super::fan::{OPACITY, outer_range, spread};
use super::palette::{CONTROL, Stroke, TREATMENT};
use super::panel::{Frame, LegendKey, label_width, legend, panel};
use super::scope::Scope;
use crate::report::source::FigureData;
use crate::statistics::samples::mean;
use crate::world::miners::conversion::supply::SUPPLY_CURVE;

/// The columns of the curve, in the order of rents.
const COLUMNS: [&str; SUPPLY_CURVE.len()] = {
    let mut names = [""; SUPPLY_CURVE.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = SUPPLY_CURVE[place].column;
        place += 1;
    }
    names
};
/// Ends of the names of what is shown of a column.
const SHOWN: [&str; 3] = ["mean", "outer_low", "outer_high"];
/// First day, last day.
const STROKES: [Stroke; 2] = [CONTROL, TREATMENT];
const MW_PER_GW: f64 = 1e3;

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "ai_supply_curve",
    title: "Supply of AI halls by miners",
    about: "IT power that miners offer at a first-year rent or below to a backed tenant who takes halls of any \
            size, on the first and on the last recorded day, as the survey of the day or the last one before it found it: mean over \
            replicates (lines), 5-95 % of replicates (band of the last day, thin edges of the first; of fewer \
            than 20 replicates their whole range).",
    height_mm: 62.0,
    columns: &COLUMNS,
    scope: Scope::Ends,
    needs_control: false,
    needs_miners: false,
    source,
    draw,
};

/// The curve of a day.
struct Curve {
    /// Day and date.
    day: (i32, String),
    /// Mean, low and high by rent, MW.
    values: [Vec<f64>; SHOWN.len()],
}

/// The curves of the first and the last recorded day.
fn curves(data: &Data) -> Result<Vec<Curve>, DrawError> {
    let dates: Vec<(i32, String)> = data.dates().collect();
    let ends = [0, dates.len().saturating_sub(1)];
    let mut curves: Vec<Curve> = ends
        .iter()
        .filter_map(|&end| dates.get(end).cloned())
        .map(|day| Curve { day, values: Default::default() })
        .collect();
    for name in COLUMNS {
        let ensemble = data.treatment.column(name)?;
        ensemble.by_day(|day, values| {
            for (curve, _) in curves.iter_mut().zip(ends).filter(|(_, end)| *end == day) {
                let five = spread(values.to_vec(), ensemble.replicates());
                let [low, .., high] = five.unwrap_or([f64::NAN; 5]);
                for (series, value) in curve.values.iter_mut().zip([mean(values), low, high]) {
                    series.push(value);
                }
            }
        })?;
    }
    Ok(curves)
}

/// A line for each of the two days.
fn source(data: &Data, _: &[&str]) -> Result<FigureData, DrawError> {
    let keys = ["scenario", "replicates", "day", "date"].map(str::to_owned);
    let names = COLUMNS.iter().flat_map(|column| SHOWN.map(|end| format!("{column}_{end}")));
    let mut table = FigureData::new(keys.into_iter().chain(names));
    for curve in curves(data)? {
        let (day, date) = curve.day;
        let arm = &data.treatment;
        let keys = [arm.name.as_str().into(), arm.replicates().into(), day.into(), date.into()];
        let at = |place: usize| curve.values.iter().map(move |series| series.get(place).copied());
        let values = (0..COLUMNS.len()).flat_map(at).map(Into::into);
        table.row(keys.into_iter().chain(values));
    }
    Ok(table)
}

fn draw(page: &Area, data: &Data) -> DrawResult {
    let curves: Vec<(String, [Vec<f64>; 3])> = curves(data)?
        .into_iter()
        .map(|Curve { day, values }| {
            (day.1, values.map(|series| series.iter().map(|mw| mw / MW_PER_GW).collect()))
        })
        .collect();
    let rents = SUPPLY_CURVE.map(|point| point.rent_musd);
    let lines = curves.iter().zip(STROKES);
    let entries = lines
        .clone()
        .map(|((date, _), stroke)| (LegendKey::Line(stroke.wide(1.3)), format!("{date}, mean")));
    let range = (
        LegendKey::Area(TREATMENT.color, OPACITY[0]),
        format!("{} (first day: edges)", outer_range(data.replicates())),
    );
    let rest = legend(page, &[entries.collect(), vec![range]])?;
    let x = Axis::linear(rents, 7);
    let y = Axis::from_zero(curves.iter().flat_map(|(_, values)| values).flatten().copied(), 5);
    let y_width = label_width(page, [&y]);
    let title = format!("IT power offered, {} (GW)", data.treatment.label);
    let x_title = "First-year rent (MUSD per IT MW and year)";
    let mut chart = panel(&rest, &Frame { title: &title, x: &x, x_title, y: &y, y_width })?;
    if let Some((_, [_, low, high])) = curves.get(1) {
        band(&mut chart, &rents, (low, high), TREATMENT.color, OPACITY[0])?;
    }
    for ((_, [mean, low, high]), stroke) in lines {
        line(&mut chart, &rents, low, stroke.wide(0.6))?;
        line(&mut chart, &rents, high, stroke.wide(0.6))?;
        line(&mut chart, &rents, mean, stroke.wide(1.3))?;
    }
    Ok(())
}
