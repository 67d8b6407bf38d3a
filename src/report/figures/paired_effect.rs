//! The effect of the treatment over time, from replicates paired by common random numbers.

use super::Figure;
use super::axis::Axis;
use super::canvas::{Area, pt, text_width};
use super::canvas::{DrawError, DrawResult};
use super::data::{Arm, Data};
use super::draw::{band, line};
use super::fan::{outer_range, spread};
use super::palette::{BLACK, BLUE, SKY, Stroke, VERMILION};
use super::panel::{Frame, LegendKey, label_width, legend, panel};
use super::scope::Scope;
use crate::analysis::summary::series::Ensemble;
use crate::report::source::{Cell, FigureData};
use crate::statistics::samples::{Ranks, paired_effect_with};

/// Panels: column, title, whether the effect is relative (%).
const PANELS: [(&str, &str, bool); 4] = [
    ("hash_rate_ehs", "(a) Hash rate (%)", true),
    ("attack_gross_usd", "(b) Attack cost, gross (%)", true),
    ("nakamoto_owner", "(c) Nakamoto, owners (difference)", false),
    ("idle_attack_ratio", "(d) φ, idle/honest (difference)", false),
];
const MEAN: Stroke = Stroke::solid(BLUE).wide(1.3);
const OVER_PATHS: Stroke = Stroke::dashed(VERMILION).wide(0.9);

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "paired_effect",
    title: "Paired effect",
    about: "Treatment minus control under common random numbers: mean effect (line), its 95 % \
            t-interval (dark band) and 5-95 % of single replicates (light band; of fewer than 20 their whole range). Relative effects: \
            ratio of means, which is the mean difference over the control's mean (line, dark band); mean over \
            replicates of each one's own change in per cent (dashed; only where every replicate has one); the changes of single \
            replicates (light band).",
    height_mm: 90.0,
    columns: &["hash_rate_ehs", "attack_gross_usd", "nakamoto_owner", "idle_attack_ratio"],
    scope: Scope::Pairs,
    needs_control: true,
    needs_miners: false,
    source,
    draw,
};

/// The effect on each recorded day.
#[derive(Default)]
struct DailyEffect {
    mean: Vec<f64>,
    /// Mean over paths of the relative change.
    over_paths: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    fifth: Vec<f64>,
    ninety_fifth: Vec<f64>,
}

impl DailyEffect {
    fn from_ensembles(
        treatment: &Ensemble,
        control: &Ensemble,
        relative: bool,
    ) -> Result<Self, DrawError> {
        let (mut course, mut ranks) = (Self::default(), Ranks::default());
        treatment.pairs_by_day(control, |_, pairs| course.push(pairs, relative, &mut ranks))?;
        Ok(course)
    }

    fn push(&mut self, pairs: &[(f64, f64)], relative: bool, ranks: &mut Ranks) {
        let effect = paired_effect_with(pairs, ranks);
        let effect = effect.as_ref();
        let mean =
            effect.and_then(|e| if relative { e.relative_percent } else { Some(e.difference) });
        let over_paths = effect.filter(|_| relative).and_then(|e| e.paths.mean_percent);
        self.over_paths.push(over_paths.unwrap_or(f64::NAN));
        let interval = effect.and_then(|e| if relative { e.relative_interval } else { e.interval });
        let single = |(t, c): &(f64, f64)| if relative { 100.0 * (t - c) / c } else { t - c };
        let five = spread(pairs.iter().map(single).collect(), pairs.len());
        self.mean.push(mean.unwrap_or(f64::NAN));
        self.low.push(interval.map_or(f64::NAN, |interval| interval.low));
        self.high.push(interval.map_or(f64::NAN, |interval| interval.high));
        self.fifth.push(five.map_or(f64::NAN, |five| five[0]));
        self.ninety_fifth.push(five.map_or(f64::NAN, |five| five[4]));
    }

    /// Mean, interval and range on a recorded day.
    fn at(&self, day: usize) -> [f64; 5] {
        [&self.mean, &self.low, &self.high, &self.fifth, &self.ninety_fifth].map(|of| of[day])
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let bands = [&self.low, &self.high, &self.fifth, &self.ninety_fifth];
        bands.into_iter().chain([&self.mean, &self.over_paths]).flatten().copied()
    }
}

/// The course of each panel's effect.
fn courses(data: &Data) -> Result<Vec<DailyEffect>, DrawError> {
    let control = control(data)?;
    let course = |(column, _, relative): &(&str, &str, bool)| {
        DailyEffect::from_ensembles(
            data.treatment.column(column)?,
            control.column(column)?,
            *relative,
        )
    };
    PANELS.iter().map(course).collect()
}

fn control<'d, 'f>(data: &'d Data<'f>) -> Result<&'d Arm<'f>, DrawError> {
    let control = data.control.as_ref();
    control.ok_or_else(|| DrawError("a paired effect needs a control".to_owned()))
}

/// A line for each recorded day: mean effect, its interval, and the range of single replicates.
fn source(data: &Data, _: &[&str]) -> Result<FigureData, DrawError> {
    let ends = ["mean", "low", "high", "outer_low", "outer_high"];
    let names = PANELS.iter().flat_map(|(column, _, relative)| {
        let what = if *relative { "change_percent" } else { "difference" };
        ends.map(|end| format!("{column}_{what}_{end}"))
    });
    let keys = ["treatment", "control", "day", "date"].map(str::to_owned);
    let mut source = FigureData::new(keys.into_iter().chain(names));
    let (control, courses) = (control(data)?, courses(data)?);
    for (place, (day, date)) in data.dates().enumerate() {
        let keys: [Cell; 4] = [
            data.treatment.name.as_str().into(),
            control.name.as_str().into(),
            day.into(),
            date.into(),
        ];
        let numbers = courses.iter().flat_map(|course| course.at(place)).map(Cell::from);
        source.row(keys.into_iter().chain(numbers));
    }
    Ok(source)
}

fn draw(page: &Area, data: &Data) -> DrawResult {
    let control = control(data)?;
    let title = format!("{} minus {}, mean", data.treatment.label, control.label);
    let dashed = "in %: mean over paths (line: ratio of means)".to_owned();
    let rest = legend(
        page,
        &[
            vec![(LegendKey::Line(MEAN), title)],
            vec![(LegendKey::Line(OVER_PATHS), dashed)],
            vec![
                (LegendKey::Area(BLUE, 0.45), "95 % interval of the mean".to_owned()),
                (LegendKey::Area(SKY, 0.35), outer_range(data.replicates())),
            ],
        ],
    )?;
    let (width, height) = rest.dim_in_pixel();
    let (top, bottom) = rest.split_vertically(height * 47 / 100);
    let quarters = [top, bottom].map(|half| half.split_horizontally(width / 2));
    let quarters = quarters.iter().flat_map(|(left, right)| [left, right]);
    let (mut x, x_title) = data.time(3);
    let x_title = x_title.split(" (ticks").next().unwrap_or_default();
    let courses = courses(data)?;
    let axes: Vec<Axis> =
        courses.iter().map(|course| Axis::around_zero(course.values(), 4)).collect();
    let y_width = label_width(page, &axes);
    clear_labels_beyond(&mut x, page, f64::from(width / 2) - f64::from(y_width + pt(12.5)));
    for (number, area) in quarters.enumerate() {
        let x_title = if number < 2 { "" } else { x_title };
        let (title, y) = (PANELS[number].1, &axes[number]);
        let frame = Frame { title, x: &x, x_title, y, y_width };
        effect_panel(area, &data.days, &courses[number], &frame)?;
    }
    Ok(())
}

/// Leaves the marks but not the labels of ticks whose text would reach beyond a panel's data into
/// the next panel or to the edge of the page.
fn clear_labels_beyond(x: &mut Axis, page: &Area, width: f64) {
    let (low, high) = (x.low, x.high);
    for (at, label) in &mut x.ticks {
        let end = width * (*at - low) / (high - low) + 0.5 * f64::from(text_width(page, label));
        if end > width + f64::from(pt(2.0)) {
            label.clear();
        }
    }
}

fn effect_panel(area: &Area, days: &[f64], course: &DailyEffect, frame: &Frame) -> DrawResult {
    let mut chart = panel(area, frame)?;
    band(&mut chart, days, (&course.fifth, &course.ninety_fifth), SKY, 0.35)?;
    band(&mut chart, days, (&course.low, &course.high), BLUE, 0.45)?;
    line(&mut chart, &[frame.x.low, frame.x.high], &[0.0, 0.0], Stroke::solid(BLACK).wide(0.6))?;
    line(&mut chart, days, &course.mean, MEAN)?;
    line(&mut chart, days, &course.over_paths, OVER_PATHS)
}
