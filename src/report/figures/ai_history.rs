//! What a hindcast let for AI by quarter, against the deals on record.

use plotters::prelude::Circle;
use plotters::style::Color;

use super::axis::Axis;
use super::calendar::{Date, time_axis};
use super::canvas::{Area, DrawError, DrawResult, FigureOrigin, printable, pt};
use super::draw::{band, line};
use super::factor_rows::heading;
use super::fan::OPACITY;
use super::page::{Drawn, Page};
use super::palette::{BLACK, BLUE, GREY, Stroke};
use super::panel::{Frame, LegendKey, Marker, label_width, legend, panel};
use crate::clock::{SECONDS_PER_DAY, iso_date};
use crate::history::hindcast::ai_history::AiHistoryRow;
use crate::report::hindcast::AiHistory;
use crate::study::results::report_error::ReportError;

const HEIGHT_MM: f64 = 132.0;
/// Radius of a point, points.
const DOT_PT: f64 = 1.6;
/// Ticks of an axis, about.
const TICKS: usize = 5;
const MODEL: Stroke = Stroke::solid(BLUE).wide(1.3);
/// The panels from above: quantity, and title.
const PANELS: [(&str, &str); 3] = [
    ("contracted", "(a) Under contract (MW of IT power)"),
    ("energised", "(b) Energised (MW of IT power)"),
    ("first_year_rent", "(c) Mean first-year rent (MUSD per IT MW and year)"),
];
/// What stands beside the deals of all owners in the first panel.
const MINERS_ONLY: &str = "contracted_by_miners";

/// Draws the comparison; `command` made it.
///
/// # Errors
/// When there is no quarter, or the figure cannot be drawn or converted.
pub fn draw_ai_history(history: &AiHistory, command: &str) -> Result<Drawn, ReportError> {
    let origin = FigureOrigin {
        title: history.title.to_owned(),
        description: format!(
            "At the ends of quarters, replicates: {}. IT power under contract for AI, energised, and the mean \
             first-year rent of what is let: mean over replicates and their central 90 %; discs: deals on record, \
             rings: those of owners that mined themselves.",
            history.paths
        ),
        provenance: format!("command: {command}"),
    };
    let page = Page { name: "ai_history", height_mm: HEIGHT_MM, origin, source: history.csv() };
    page.render(|page| draw(page, history))
}

fn draw(page: &Area, history: &AiHistory) -> DrawResult {
    let title = history.title.chars().map(printable).collect();
    let rest = heading(page, &[title])?;
    let model = vec![
        (LegendKey::Line(MODEL), "model, mean".to_owned()),
        (LegendKey::Area(BLUE, OPACITY[0]), format!("90 % of {} paths", history.paths)),
    ];
    let facts = vec![
        (LegendKey::Marker(Marker::Disc, BLACK), "on record".to_owned()),
        (LegendKey::Marker(Marker::Ring, GREY), "of owners that mine".to_owned()),
    ];
    let rest = legend(&rest, &[model, facts])?;
    let (x, x_title) = calendar(history)?;
    let axes = PANELS.map(|(name, _)| vertical(history, name));
    let y_width = label_width(page, &axes);
    let height = rest.dim_in_pixel().1;
    let (top, below) = rest.split_vertically(height * 36 / 100);
    let (middle, bottom) = below.split_vertically(height * 30 / 100);
    for ((area, (name, title)), y) in [top, middle, bottom].iter().zip(PANELS).zip(&axes) {
        let last = name == PANELS[PANELS.len() - 1].0;
        let x_title = if last { x_title.as_str() } else { "" };
        course(area, history, name, &Frame { title, x: &x, x_title, y, y_width })?;
    }
    Ok(())
}

/// Days after the last quarter, so that the label of a tick at its end is not cut.
const ROOM_DAYS: i32 = 42;

/// The time axis, from the first day to the end of the last quarter.
fn calendar(history: &AiHistory) -> Result<(Axis, String), DrawError> {
    let none = || DrawError("the window holds no end of a quarter".to_owned());
    let last = history.rows.iter().map(|row| row.day).max().ok_or_else(none)?;
    let text = iso_date(history.start.div_euclid(SECONDS_PER_DAY));
    let date = Date::parse(&text).ok_or_else(|| DrawError(format!("{text} is no date")))?;
    Ok(time_axis(date, &text, &[0, last + ROOM_DAYS], TICKS))
}

fn vertical(history: &AiHistory, name: &str) -> Axis {
    let values = history.of(name).flat_map(|row| row.model.into_iter().flatten().chain(row.fact));
    let values: Vec<f64> = values.collect();
    if name == "first_year_rent" {
        Axis::close_fit(&values, TICKS)
    } else {
        Axis::from_zero(values, TICKS)
    }
}

/// One quantity: band and mean of the paths, and what is on record.
fn course(area: &Area, history: &AiHistory, name: &str, frame: &Frame) -> DrawResult {
    let rows: Vec<&AiHistoryRow> = history.of(name).collect();
    let days: Vec<f64> = rows.iter().map(|row| f64::from(row.day)).collect();
    let of = |place: usize| -> Vec<f64> {
        rows.iter().map(|row| row.model.map_or(f64::NAN, |model| model[place])).collect()
    };
    let mut chart = panel(area, frame)?;
    band(&mut chart, &days, (&of(1), &of(2)), BLUE, OPACITY[0])?;
    line(&mut chart, &days, &of(0), MODEL)?;
    let points = |name| {
        history.of(name).filter_map(|row: &AiHistoryRow| Some((f64::from(row.day), row.fact?)))
    };
    if name == PANELS[0].0 {
        let ring = GREY.stroke_width(pt(0.9));
        chart.draw_series(points(MINERS_ONLY).map(|at| Circle::new(at, pt(DOT_PT), ring)))?;
    }
    chart.draw_series(points(name).map(|at| Circle::new(at, pt(DOT_PT), BLACK.filled())))?;
    Ok(())
}
