//! A hindcast: hash rate and difficulty as measured and as forecast, and how far each forecast is off.

use plotters::prelude::Circle;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::{Axis, extent};
use super::calendar::{Date, time_axis};
use super::canvas::{Area, FigureOrigin, printable, pt, text_style};
use super::canvas::{DrawError, DrawResult};
use super::draw::{Chart, band, line, line_within};
use super::factor_rows::{FactorRows, heading, power_of_ten};
use super::fan::{BOTH, OPACITY};
use super::measured_blocks::inside;
use super::page::{Drawn, Page};
use super::palette::{BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, Stroke, VERMILION};
use super::panel::{Frame, LegendEntry, LegendKey, Marker, label_width, legend, panel};
use crate::clock::{SECONDS_PER_DAY, iso_date};
use crate::files::sheet::csv_line;
use crate::history::hindcast::scores::{EpochRow, Scoreboard};
use crate::report::hindcast::table;
use crate::report::numbers::fixed;
use crate::report::source::{FigureData, written};
use crate::study::results::report_error::ReportError;

/// Height of heading, legend and the panels over time, mm.
const ABOVE_MM: f64 = 104.0;
/// Height of title and axis of the errors, mm.
const FURNITURE_MM: f64 = 11.0;
/// Of the two panels over time, share of the upper, %.
const UPPER: u32 = 58;
/// Days of an epoch whose blocks come at the pace that is aimed at; the end of the last is not known.
const EPOCH_DAYS: f64 = 14.0;
/// A range of values wider than this factor is drawn on a logarithmic axis.
const WIDE: f64 = 6.0;
/// Room that null models get beyond all else, in its range.
const ROOM: f64 = 0.3;
/// The same without them.
const MARGIN: f64 = 0.05;
/// Length of the axis of errors over what they need, so that numbers have room.
const NUMBERS: f64 = 1.14;
/// The smallest error that is told from none, in units of the floor.
const LEAST: f64 = 0.25;
/// Ticks of an axis, about.
const TICKS: usize = 5;
/// Radius of a measured point, points.
const DOT_PT: f64 = 1.15;
/// The model's line.
const MODEL: Stroke = Stroke::solid(BLUE).wide(1.3);
/// The null models' lines, in their order; further ones start again.
const NULLS: [Stroke; 5] = [
    Stroke::solid(GREY).wide(0.9),
    Stroke::dashed(VERMILION).wide(0.9),
    Stroke { color: GREEN, width: 1.1, dash: Some((1.1, 1.5)) },
    Stroke { color: PURPLE, width: 0.9, dash: Some((7.0, 1.6)) },
    Stroke::solid(ORANGE).wide(1.1),
];

/// Draws a hindcast; `command` made it.
///
/// # Errors
/// When there is no epoch, or the figure cannot be drawn or converted.
pub fn draw_hindcast(board: &Scoreboard, command: &str) -> Result<Drawn, ReportError> {
    let height_mm = ABOVE_MM + FURNITURE_MM + rows(board).height_mm(1);
    let (origin, source) = (origin(board, command), source(board));
    Page { name: "hindcast", height_mm, origin, source }.render(|page| draw(page, board))
}

/// The epochs' rows, each with the errors over all of them behind it.
fn source(board: &Scoreboard) -> FigureData {
    let nulls = board.nulls.iter().map(|null| (null.name, null.rmse_free_run));
    let model = ("model", board.model.rmse_log_hash_rate);
    let errors = std::iter::once(model).chain(nulls);
    let errors = errors.map(|(name, error)| (format!("rmse_log_hash_rate_{name}"), error));
    let floor = ("rmse_log_hash_rate_sampling_floor".to_owned(), board.sampling_floor);
    let (names, errors): (Vec<_>, Vec<_>) = errors.chain([floor]).unzip();
    let errors: Vec<String> = errors.into_iter().map(written).collect();
    let ends = std::iter::once(&names).chain(std::iter::repeat(&errors));
    let rows = table(board).into_iter().zip(ends);
    rows.map(|(row, end)| csv_line(row.iter().chain(end))).collect::<String>().into()
}

/// What the figure says about itself.
fn origin(board: &Scoreboard, command: &str) -> FigureOrigin {
    let (first, last) = (board.rows.first(), board.rows.last());
    let number = |row: Option<&EpochRow>| row.map_or(0, |row| row.epoch);
    FigureOrigin {
        title: board.title.clone(),
        description: format!(
            "Epochs {} to {}, replicates: {}. (a) Mean hash rate of each epoch: measured, median and central 50 % and \
             90 % of replicates, and free runs of null models, cut where they leave the panel. (b) Difficulty of each \
             epoch: measured, and the mean over replicates of its logarithm. (c) Root mean square error of log hash \
             rate over the window, from its beginning on, on a logarithmic axis, and the error that sampling alone would leave ({}).",
            number(first),
            number(last),
            board.replicates,
            fixed(board.sampling_floor, 3)
        ),
        provenance: format!("command: {command}"),
    }
}

/// Draws two panels over time and a row for each forecast's error.
fn draw(page: &Area, board: &Scoreboard) -> DrawResult {
    let calendar = Calendar::from_rows(&board.rows)?;
    let title = board.title.chars().map(printable).collect();
    let rest = heading(page, &[title])?;
    let rest = legend(&rest, &entries(board))?;
    let below = FURNITURE_MM + rows(board).height_mm(1);
    let above = rest.dim_in_pixel().1.saturating_sub(pt(below * 72.0 / 25.4));
    let (courses, errors) = rest.split_vertically(above);
    let (top, bottom) = courses.split_vertically(above * UPPER / 100);
    let (rates, difficulties) = (Rates::from_scores(board), Difficulties::from_scores(board));
    let y_width = label_width(page, [&rates.y, &difficulties.y]);
    rates.panel(&top, board, &calendar, y_width)?;
    difficulties.panel(&bottom, &calendar, y_width)?;
    error_panel(&errors, board)
}

fn entries(board: &Scoreboard) -> [Vec<LegendEntry>; 3] {
    let measured = (LegendKey::Marker(Marker::Disc, BLACK), "measured".to_owned());
    let bands = [
        (LegendKey::Area(BLUE, BOTH), "50 %".to_owned()),
        (LegendKey::Area(BLUE, OPACITY[0]), "90 % of replicates".to_owned()),
    ];
    let several = board.replicates > 1;
    let model = if several { "model: median (a), mean (b)" } else { "model, one replicate" };
    let bands = if several { bands.to_vec() } else { Vec::new() };
    let nulls = board.nulls.iter().enumerate();
    let nulls = nulls.map(|(place, null)| (LegendKey::Line(null_stroke(place)), words(null.name)));
    [vec![measured, (LegendKey::Line(MODEL), model.to_owned())], bands, nulls.collect()]
}

fn null_stroke(place: usize) -> Stroke {
    NULLS[place % NULLS.len()]
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// The window's epochs as days since the first midnight.
struct Calendar {
    x: Axis,
    title: String,
    /// Beginning of each epoch, and the end of the last.
    edges: Vec<f64>,
}

impl Calendar {
    fn from_rows(rows: &[EpochRow]) -> Result<Self, DrawError> {
        let none = || DrawError("the window holds no epoch".to_owned());
        let midnight = rows.first().ok_or_else(none)?.first_time.div_euclid(SECONDS_PER_DAY);
        let text = iso_date(midnight);
        let date = Date::parse(&text).ok_or_else(|| DrawError(format!("{text} is no date")))?;
        let since = |row: &EpochRow| {
            (row.first_time - midnight * SECONDS_PER_DAY) as f64 / SECONDS_PER_DAY as f64
        };
        let mut edges: Vec<f64> = rows.iter().map(since).collect();
        edges.extend(edges.last().map(|last| last + EPOCH_DAYS));
        let end = edges.last().map_or(0, |end| end.ceil() as i32);
        let (axis, title) = time_axis(date, &text, &[0, end], TICKS);
        let x = Axis { ticks: inside(axis.ticks, axis.low, axis.high), ..axis };
        Ok(Self { x, title, edges })
    }

    fn middles(&self) -> impl Iterator<Item = f64> {
        self.edges.windows(2).map(|ends| 0.5 * (ends[0] + ends[1]))
    }

    /// Where a line through the epochs' middles has its points, prolonged to the window's edges.
    fn line(&self) -> Vec<f64> {
        let first = self.edges.first().copied();
        let last = self.edges.last().copied();
        first.into_iter().chain(self.middles()).chain(last).collect()
    }

    /// Beginning and end of each epoch.
    fn steps(&self) -> Vec<f64> {
        self.edges.windows(2).flat_map(|ends| [ends[0], ends[1]]).collect()
    }
}

/// Values for [`Calendar::line`].
fn prolonged(values: &[f64]) -> Vec<f64> {
    let (first, last) = (values.first(), values.last());
    first.into_iter().chain(values).chain(last).copied().collect()
}

/// A vertical axis, linear or logarithmic, that shows `needed` whole and null models where they
/// stay near; and how values are placed on it.
struct HindcastAxis {
    y: Axis,
    logarithmic: bool,
}

impl HindcastAxis {
    fn from_values(needed: &[f64], nulls: &[f64]) -> Self {
        let (low, high) = extent(needed.iter().copied());
        let logarithmic = low > 0.0 && high > WIDE * low;
        let place = |value: f64| if logarithmic { libm::log10(value) } else { value };
        let (low, high) = (place(low), place(high));
        let range = high - low;
        let near = |value: &f64| place(*value).clamp(low - ROOM * range, high + ROOM * range);
        let (least, most) = extent(nulls.iter().map(near).chain([low, high]));
        let ends = [least.min(low - MARGIN * range), most.max(high + MARGIN * range)];
        let y = if logarithmic {
            Axis::logarithmic(ends.map(|end| libm::pow(10.0, end)))
        } else {
            Axis::linear(ends, TICKS)
        };
        Self { y, logarithmic }
    }

    fn places(&self, values: impl IntoIterator<Item = f64>) -> Vec<f64> {
        let place = |value| if self.logarithmic { libm::log10(value) } else { value };
        values.into_iter().map(place).collect()
    }
}

/// Hash rates as placed on their axis.
struct Rates {
    y: Axis,
    measured: Vec<f64>,
    /// Quantiles 5, 25, 50, 75, 95 %.
    quantiles: [Vec<f64>; 5],
    nulls: Vec<Vec<f64>>,
}

impl Rates {
    fn from_scores(board: &Scoreboard) -> Self {
        let ehs = |log: f64| libm::exp(log) / 1e18;
        let each = |of: &dyn Fn(&EpochRow) -> f64| -> Vec<f64> {
            board.rows.iter().map(|row| ehs(of(row))).collect()
        };
        let measured = each(&|row| row.observed);
        let quantiles = [0, 1, 2, 3, 4].map(|level| each(&|row| row.quantiles[level]));
        let null = |place: usize| each(&|row| row.nulls.get(place).copied().unwrap_or(f64::NAN));
        let nulls: Vec<Vec<f64>> = (0..board.nulls.len()).map(null).collect();
        let needed: Vec<f64> = quantiles.iter().chain([&measured]).flatten().copied().collect();
        let scale = HindcastAxis::from_values(&needed, &nulls.concat());
        Self {
            measured: scale.places(measured),
            quantiles: quantiles.map(|values| scale.places(values)),
            nulls: nulls.into_iter().map(|values| scale.places(values)).collect(),
            y: scale.y,
        }
    }

    fn panel(
        &self,
        area: &Area,
        board: &Scoreboard,
        calendar: &Calendar,
        y_width: u32,
    ) -> DrawResult {
        let (x, y, title) = (&calendar.x, &self.y, "(a) Hash rate (EH/s)");
        let mut chart = panel(area, &Frame { title, x, x_title: "", y, y_width })?;
        let places = calendar.line();
        let [q05, q25, q50, q75, q95] =
            [0, 1, 2, 3, 4].map(|level| prolonged(&self.quantiles[level]));
        if board.replicates > 1 {
            band(&mut chart, &places, (&q05, &q95), BLUE, OPACITY[0])?;
            band(&mut chart, &places, (&q25, &q75), BLUE, OPACITY[1])?;
        }
        for (number, values) in self.nulls.iter().enumerate() {
            line_within(&mut chart, &places, &prolonged(values), y, null_stroke(number))?;
        }
        line(&mut chart, &places, &q50, MODEL)?;
        dots(&mut chart, calendar, &self.measured)
    }
}

/// Measured values in the middle of their epochs.
fn dots(chart: &mut Chart, calendar: &Calendar, values: &[f64]) -> DrawResult {
    let points = calendar.middles().zip(values.iter().copied());
    let points = points.filter(|(_, value)| value.is_finite());
    chart.draw_series(points.map(|at| Circle::new(at, pt(DOT_PT), BLACK.filled())))?;
    Ok(())
}

/// Difficulties as placed on their axis.
struct Difficulties {
    y: Axis,
    title: String,
    measured: Vec<f64>,
    model: Vec<f64>,
}

impl Difficulties {
    fn from_scores(board: &Scoreboard) -> Self {
        let side = |side: usize| board.rows.iter().map(move |row| libm::exp(row.difficulty[side]));
        let (_, most) = extent(side(0).chain(side(1)));
        let (unit, power) = power_of_ten(most);
        let [measured, model] =
            [0, 1].map(|known| side(known).map(|value| value / unit).collect::<Vec<_>>());
        let scale = HindcastAxis::from_values(&[&*measured, &*model].concat(), &[]);
        let power = power.strip_suffix(" × ").map(|power| format!(" ({power})"));
        Self {
            title: format!("(b) Difficulty{}", power.unwrap_or_default()),
            measured: scale.places(measured),
            model: scale.places(model),
            y: scale.y,
        }
    }

    fn panel(&self, area: &Area, calendar: &Calendar, y_width: u32) -> DrawResult {
        let (title, x_title) = (self.title.as_str(), calendar.title.as_str());
        let frame = Frame { title, x: &calendar.x, x_title, y: &self.y, y_width };
        let mut chart = panel(area, &frame)?;
        let steps: Vec<f64> = self.model.iter().flat_map(|value| [*value; 2]).collect();
        line(&mut chart, &calendar.steps(), &steps, MODEL)?;
        dots(&mut chart, calendar, &self.measured)
    }
}

/// A row for the model and each null model.
fn rows(board: &Scoreboard) -> FactorRows {
    let nulls = board.nulls.iter().map(|null| words(null.name));
    FactorRows::new(&std::iter::once("model".to_owned()).chain(nulls).collect::<Vec<_>>())
}

/// Error of the model and of each null model, with its line.
fn errors(board: &Scoreboard) -> Vec<(f64, Stroke)> {
    let nulls = board.nulls.iter().enumerate();
    let nulls = nulls.map(|(place, null)| (null.rmse_free_run, null_stroke(place)));
    std::iter::once((board.model.rmse_log_hash_rate, MODEL)).chain(nulls).collect()
}

/// A line from the floor that sampling sets to each error, the numbers at the right.
fn error_panel(area: &Area, board: &Scoreboard) -> DrawResult {
    let (errors, floor) = (errors(board), board.sampling_floor);
    let axis = error_axis(floor, &errors);
    let title = format!("(c) Error of the free run; dashed: sampling floor {}", fixed(floor, 3));
    let rows = rows(board);
    let x_title = "Root mean square error of log hash rate (log scale)";
    let mut chart = rows.panel(area, (&title, &axis, x_title))?;
    let ends = [-0.5, errors.len() as f64 - 0.5];
    let floor = libm::log10(floor);
    line(&mut chart, &[floor; 2], &ends, Stroke::dashed(BLACK).wide(0.8))?;
    for (row, (error, stroke)) in errors.iter().enumerate() {
        let height = rows.height(row);
        if error.is_finite() {
            let place = libm::log10(*error).max(axis.low);
            line(&mut chart, &[floor, place], &[height; 2], stroke.wide(1.3))?;
            chart.draw_series([Circle::new((place, height), pt(1.8), stroke.color.filled())])?;
        }
        number(area, &chart, (axis.high, height), *error)?;
    }
    Ok(())
}

/// Logarithmic, with room for numbers and no tick mark behind them. Errors far below the floor are
/// as good as none and stand at its left end.
fn error_axis(floor: f64, errors: &[(f64, Stroke)]) -> Axis {
    let finite = errors.iter().map(|(error, _)| *error).filter(|error| error.is_finite());
    let axis = Axis::logarithmic(finite.map(|error| error.max(LEAST * floor)).chain([floor]));
    Axis { high: axis.low + NUMBERS * (axis.high - axis.low), ..axis }
}

/// An error in figures, at the left of a place.
fn number(area: &Area, chart: &Chart, at: (f64, f64), error: f64) -> DrawResult {
    let (left, top) = area.get_base_pixel();
    let (x, y) = chart.backend_coord(&at);
    let text = if error.is_finite() { fixed(error, 3) } else { "none".to_owned() };
    let style = text_style().pos(Pos::new(HPos::Right, VPos::Center));
    area.draw_text(&text, &style, (x - left, y - top))?;
    Ok(())
}
