//! Fans: median and the ranges that hold 50 % and 90 % of the replicates, for each scenario.

use super::super::series::Ensemble;
use super::super::statistics::{mean, quantiles};
use super::axis::Axis;
use super::canvas::Area;
use super::data::{Arm, Data};
use super::draw::{DrawError, DrawResult, band, line};
use super::palette::{GREY, Stroke};
use super::panel::{Entry, Frame, Key, label_width, legend, panel};

/// Quantiles 5, 25, 50, 75 and 95 % on each recorded day.
type Fan = [Vec<f64>; 5];

/// One panel of fans.
pub struct FanPanel<'t> {
    /// Column of the series.
    pub column: &'t str,
    /// Letter, quantity and unit.
    pub title: &'t str,
    /// Size of the unit in the column's unit.
    pub scale: f64,
}

/// The fan of one series.
///
/// # Errors
/// When the series cannot be read.
pub fn fan(ensemble: &Ensemble, scale: f64) -> Result<Fan, DrawError> {
    let mut fan: Fan = Default::default();
    ensemble.by_day(|_, values| {
        let five = quantiles(values.to_vec()).unwrap_or([f64::NAN; 5]);
        for (series, value) in fan.iter_mut().zip(five) {
            series.push(value / scale);
        }
    })?;
    Ok(fan)
}

/// The mean over replicates on each recorded day.
///
/// # Errors
/// When the series cannot be read.
pub fn means(ensemble: &Ensemble, scale: f64) -> Result<Vec<f64>, DrawError> {
    let mut means = Vec::with_capacity(ensemble.days);
    ensemble.by_day(|_, values| {
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        means.push(mean(&finite) / scale);
    })?;
    Ok(means)
}

/// Two panels of fans one below the other, with the legend above.
///
/// # Errors
/// When a column was not loaded or plotters cannot draw.
pub fn two_fans(page: &Area, data: &Data, upper: &FanPanel, lower: &FanPanel) -> DrawResult {
    let rest = legend(page, &entries(data))?;
    let height = rest.dim_in_pixel().1;
    // The lower panel needs a line more for the title of the time axis.
    let (top, bottom) = rest.split_vertically(height * 47 / 100);
    let (x, x_title) = data.time(5);
    let (above, below) = (fans(data, upper)?, fans(data, lower)?);
    let (y_above, y_below) = (axis(&above), axis(&below));
    let y_width = label_width(page, [&y_above, &y_below]);
    let frame = Frame { title: upper.title, x: &x, x_title: "", y: &y_above, y_width };
    fan_panel(&top, &data.days, &above, &frame)?;
    let frame = Frame { title: lower.title, x_title: &x_title, y: &y_below, ..frame };
    fan_panel(&bottom, &data.days, &below, &frame)
}

fn fans(data: &Data, what: &FanPanel) -> Result<Vec<(Stroke, Fan)>, DrawError> {
    data.arms().map(|arm| Ok((arm.stroke, fan(arm.column(what.column)?, what.scale)?))).collect()
}

fn axis(fans: &[(Stroke, Fan)]) -> Axis {
    let values: Vec<f64> = fans.iter().flat_map(|(_, fan)| fan.iter().flatten().copied()).collect();
    Axis::close_fit(&values, 4)
}

fn fan_panel(area: &Area, days: &[f64], fans: &[(Stroke, Fan)], frame: &Frame) -> DrawResult {
    let mut chart = panel(area, frame)?;
    for (stroke, fan) in fans.iter().rev() {
        band(&mut chart, days, (&fan[0], &fan[4]), stroke.color, 0.16)?;
        band(&mut chart, days, (&fan[1], &fan[3]), stroke.color, 0.26)?;
    }
    for (stroke, fan) in fans.iter().rev() {
        for edge in [&fan[0], &fan[4]] {
            line(&mut chart, days, edge, stroke.wide(0.6))?;
        }
        line(&mut chart, days, &fan[2], stroke.wide(1.3))?;
    }
    Ok(())
}

fn entries(data: &Data) -> [Vec<Entry>; 2] {
    let median = |arm: &Arm| (Key::Line(arm.stroke.wide(1.3)), format!("{}, median", arm.label));
    let half = (Key::Area(GREY, 0.65), "25–75 %".to_owned());
    let most = (Key::Area(GREY, 0.3), "5–95 % of replicates".to_owned());
    [data.arms().map(median).collect(), vec![half, most]]
}
