//! Skill by horizon: how far forecasts of many beginnings are off, the model against null models, and how honest its
//! bands are.

use plotters::style::RGBColor;

use super::axis::Axis;
use super::canvas::{Area, DrawResult, FigureOrigin, printable};
use super::draw::{Chart, band, line};
use super::factor_rows::heading;
use super::page::{Drawn, Page};
use super::palette::{BLACK, BLUE, GREEN, GREY, LIGHT_GREY, ORANGE, PURPLE, Stroke, VERMILION};
use super::panel::{Frame, LegendKey, Marker, label_width, legend, marker, panel};
use crate::history::hindcast::rolling::scores::{HorizonRow, HorizonScores, RollingBoard};
use crate::report::hindcast::rolling::{beginnings, rolling_csv};
use crate::study::results::report_error::ReportError;

const HEIGHT_MM: f64 = 148.0;
/// What the figure says about itself.
const ABOUT: &str = "(a) Mean continuous ranked probability score of log hash rate over all epochs of all windows, by \
     horizon; null models have bands of their own past errors. (b) Skill of the model over each null model, 1 - CRPS/CRPS, with \
     95 % intervals of moving blocks, where windows make two blocks or more; cut at -100 %. (c) Share of epochs in the central \
     90 % band; grey: where 90 % of worlds lie in which the model is true.";
/// Ticks of an axis, about.
const TICKS: usize = 5;
/// The model's sign.
const MODEL: (RGBColor, Marker) = (BLUE, Marker::Disc);
/// Signs of the null models, in their order; further ones start again.
const NULLS: [(RGBColor, Marker); 5] = [
    (GREY, Marker::Ring),
    (VERMILION, Marker::Triangle),
    (GREEN, Marker::Square),
    (PURPLE, Marker::Cross),
    (ORANGE, Marker::Disc),
];
/// Room that the signs of one horizon share, over the room of a horizon.
const SPREAD: f64 = 0.5;
/// Least skill that is drawn, %: a null model that is far better is cut there.
const LEAST_SKILL: f64 = -100.0;

/// Draws the scores under the figure's name; `command` made them.
///
/// # Errors
/// When the figure cannot be drawn or converted.
pub(crate) fn draw_skill_by_horizon(
    board: &RollingBoard,
    name: &str,
    command: &str,
) -> Result<Drawn, ReportError> {
    let origin = FigureOrigin {
        title: board.title.clone(),
        description: format!("{}. {ABOUT}", beginnings(board)),
        provenance: format!("command: {command}"),
    };
    let source = rolling_csv(board);
    let page = Page { name, height_mm: HEIGHT_MM, origin, source };
    page.render(|page| draw(page, board))
}

fn draw(page: &Area, board: &RollingBoard) -> DrawResult {
    let title = format!("Skill by horizon: {}", board.name).chars().map(printable).collect();
    let rest = heading(page, &[title, beginnings(board)])?;
    let key = |(color, sign): (RGBColor, Marker)| LegendKey::Marked(Stroke::solid(color), sign);
    let names = board.horizons.first().map_or(&[][..], |row| &row.nulls);
    let nulls = names.iter().zip(NULLS.iter().cycle());
    let nulls = nulls.map(|(null, &sign)| (key(sign), null.name.replace('_', " ")));
    let model = vec![
        (key(MODEL), "model".to_owned()),
        (LegendKey::Area(LIGHT_GREY, 0.7), "were the model true (c)".to_owned()),
    ];
    let rest = legend(&rest, &[model, nulls.collect()])?;
    let x = horizontal(&board.horizons);
    let axes = [scores_axis(board), skill_axis(board), coverage_axis(board)];
    let y_width = label_width(page, &axes);
    let height = rest.dim_in_pixel().1;
    let (top, below) = rest.split_vertically(height * 33 / 100);
    let (middle, bottom) = below.split_vertically(height * 34 / 100);
    let frame =
        |place: usize, title, x_title| Frame { title, x: &x, x_title, y: &axes[place], y_width };
    scores(&top, board, &frame(0, "(a) CRPS of log hash rate", ""))?;
    skills(&middle, board, &frame(1, "(b) Skill of the model over each null model (%)", ""))?;
    coverage(&bottom, board, &frame(2, "(c) Epochs in the 90 % band (%)", "Horizon (epochs)"))
}

/// Horizons side by side: their order, not their length, else the short ones fall together.
fn horizontal(rows: &[HorizonRow]) -> Axis {
    let ticks = rows.iter().enumerate().map(|(at, row)| (at as f64, row.horizon.to_string()));
    Axis { low: -0.5, high: rows.len() as f64 - 0.5, ticks: ticks.collect() }
}

fn all(board: &RollingBoard) -> impl Iterator<Item = &HorizonScores> {
    board.horizons.iter().flat_map(|row| {
        std::iter::once(&row.model).chain(row.nulls.iter().map(|null| &null.scores))
    })
}

fn scores_axis(board: &RollingBoard) -> Axis {
    Axis::from_zero(all(board).map(|scores| scores.crps), TICKS)
}

fn skill_axis(board: &RollingBoard) -> Axis {
    let ends = board.horizons.iter().flat_map(|row| &row.nulls).filter_map(|null| null.skill);
    let ends = ends.flat_map(|skill| {
        let interval = skill.interval.map(|i| [i.low, i.high]).into_iter().flatten();
        std::iter::once(skill.value).chain(interval)
    });
    Axis::around_zero(ends.map(|end| (100.0 * end).max(LEAST_SKILL)), TICKS)
}

fn coverage_axis(board: &RollingBoard) -> Axis {
    let ranges = board.horizons.iter().filter_map(|row| row.perfect).flat_map(|ranges| ranges[1]);
    let found = all(board).map(|scores| scores.coverage[1]);
    Axis::closed(found.chain(ranges).map(|share| 100.0 * share).chain([90.0, 100.0]), TICKS)
}

/// Place of a forecast's sign beside its horizon.
fn beside(at: usize, place: usize, of: usize) -> f64 {
    at as f64 + SPREAD * ((place as f64 + 0.5) / of as f64 - 0.5)
}

/// A quantity of each forecast by horizon: its value and interval.
type ForecastCurve = Vec<(f64, f64, Option<[f64; 2]>)>;

fn scores(area: &Area, board: &RollingBoard, frame: &Frame) -> DrawResult {
    let mut chart = panel(area, frame)?;
    courses(area, &mut chart, board, |scores| scores.crps)
}

fn coverage(area: &Area, board: &RollingBoard, frame: &Frame) -> DrawResult {
    let mut chart = panel(area, frame)?;
    for (at, row) in board.horizons.iter().enumerate() {
        if let Some([_, [low, high]]) = row.perfect {
            let xs = [at as f64 - 0.42, at as f64 + 0.42];
            let ends = [[100.0 * low; 2], [100.0 * high; 2]];
            band(&mut chart, &xs, (&ends[0], &ends[1]), LIGHT_GREY, 0.7)?;
        }
    }
    let xs = [-0.5, board.horizons.len() as f64 - 0.5];
    line(&mut chart, &xs, &[90.0; 2], Stroke::solid(BLACK).wide(0.6))?;
    courses(area, &mut chart, board, |scores| 100.0 * scores.coverage[1])
}

/// A quantity of the model and the null models.
fn courses(
    area: &Area,
    chart: &mut Chart,
    board: &RollingBoard,
    of: impl Fn(&HorizonScores) -> f64,
) -> DrawResult {
    let nulls = board.horizons.first().map_or(0, |row| row.nulls.len());
    let course = |place: Option<usize>| -> ForecastCurve {
        let rows = board.horizons.iter().enumerate();
        rows.map(|(at, row)| {
            let scores = place.map_or(&row.model, |place| &row.nulls[place].scores);
            (beside(at, place.map_or(0, |place| place + 1), nulls + 1), of(scores), None)
        })
        .collect()
    };
    for place in 0..nulls {
        curve(area, chart, &course(Some(place)), NULLS[place % NULLS.len()])?;
    }
    curve(area, chart, &course(None), MODEL)
}

fn skills(area: &Area, board: &RollingBoard, frame: &Frame) -> DrawResult {
    let mut chart = panel(area, frame)?;
    let xs = [-0.5, board.horizons.len() as f64 - 0.5];
    line(&mut chart, &xs, &[0.0; 2], Stroke::solid(BLACK).wide(0.6))?;
    let nulls = board.horizons.first().map_or(0, |row| row.nulls.len());
    for place in 0..nulls {
        let point = |(at, row): (usize, &HorizonRow)| {
            let skill = row.nulls[place].skill?;
            let percent = |value: f64| (100.0 * value).max(LEAST_SKILL);
            let interval = skill.interval.map(|i| [i.low, i.high].map(percent));
            Some((beside(at, place, nulls), percent(skill.value), interval))
        };
        let course: ForecastCurve = board.horizons.iter().enumerate().filter_map(point).collect();
        curve(area, &mut chart, &course, NULLS[place % NULLS.len()])?;
    }
    Ok(())
}

fn curve(
    area: &Area,
    chart: &mut Chart,
    course: &ForecastCurve,
    (color, sign): (RGBColor, Marker),
) -> DrawResult {
    let (xs, ys): (Vec<f64>, Vec<f64>) = course.iter().map(|&(x, y, _)| (x, y)).unzip();
    line(chart, &xs, &ys, Stroke::solid(color).wide(0.8))?;
    let (left, top) = area.get_base_pixel();
    for &(x, y, interval) in course {
        if let Some(ends) = interval {
            line(chart, &[x, x], &ends, Stroke::solid(color).wide(0.6))?;
        }
        let place = chart.backend_coord(&(x, y));
        marker(area, sign, (place.0 - left, place.1 - top), color)?;
    }
    Ok(())
}
