//! Fans: median and the ranges that hold 50 % and 90 % of the replicates; bands for the first scenario,
//! edges only for the second, because two bands on one another would show colours of no legend.

use super::axis::Axis;
use super::canvas::Area;
use super::canvas::{DrawError, DrawResult};
use super::data::{Arm, Data};
use super::draw::{band, line};
use super::palette::Stroke;
use super::panel::{Frame, LegendEntry, LegendKey, label_width, legend, panel};
use crate::analysis::summary::series::Ensemble;
use crate::statistics::samples::{mean, quantiles};

/// Quantiles 5, 25, 50, 75 and 95 % on each recorded day; of few replicates, extremes for the outer
/// two.
type Fan = [Vec<f64>; 5];

/// With fewer replicates, 5 and 95 % lie between the extremes and the values next to them.
const FEW: usize = 20;
/// Opacity of the bands, outer and inner; the inner lies on the outer.
pub(crate) const OPACITY: [f64; 2] = [0.16, 0.26];
/// What the eye sees of the inner band.
pub(crate) const BOTH: f64 = 1.0 - (1.0 - OPACITY[0]) * (1.0 - OPACITY[1]);

/// Quantiles 5, 25, 50, 75 and 95 % of the values of all replicates, with the extremes as the outer
/// two when there are fewer than 20.
#[must_use]
pub(super) fn spread(values: Vec<f64>, replicates: usize) -> Option<[f64; 5]> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite.clone().reduce(f64::min), finite.reduce(f64::max));
    let five = quantiles(values)?;
    let [outer_low, q25, q50, q75, outer_high] = five;
    Some(match (low, high) {
        (Some(low), Some(high)) if replicates < FEW => [low, q25, q50, q75, high],
        _ => [outer_low, q25, q50, q75, outer_high],
    })
}

/// What the outer range of [`spread`] holds.
#[must_use]
pub(crate) fn outer_range(replicates: usize) -> String {
    if replicates < FEW {
        format!("range of {replicates} replicates")
    } else {
        "5–95 % of replicates".to_owned()
    }
}

/// One panel of fans.
pub(crate) struct FanPanel<'t> {
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
pub(crate) fn fan(ensemble: &Ensemble, scale: f64) -> Result<Fan, DrawError> {
    let mut fan: Fan = Default::default();
    ensemble.by_day(|_, values| {
        let five = spread(values.to_vec(), ensemble.replicates()).unwrap_or([f64::NAN; 5]);
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
pub(super) fn means(ensemble: &Ensemble, scale: f64) -> Result<Vec<f64>, DrawError> {
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
pub(crate) fn two_fans(page: &Area, data: &Data, upper: &FanPanel, lower: &FanPanel) -> DrawResult {
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
    for (stroke, fan) in fans.iter().take(1) {
        band(&mut chart, days, (&fan[0], &fan[4]), stroke.color, OPACITY[0])?;
        band(&mut chart, days, (&fan[1], &fan[3]), stroke.color, OPACITY[1])?;
    }
    for (place, (stroke, fan)) in fans.iter().enumerate().rev() {
        // The inner range of the first is a band; that of the others has edges too.
        let edges: &[usize] = if place == 0 { &[0, 4] } else { &[0, 1, 3, 4] };
        for edge in edges {
            line(&mut chart, days, &fan[*edge], stroke.wide(0.6))?;
        }
        line(&mut chart, days, &fan[2], stroke.wide(1.3))?;
    }
    Ok(())
}

fn entries(data: &Data) -> [Vec<LegendEntry>; 3] {
    let median =
        |arm: &Arm| (LegendKey::Line(arm.stroke.wide(1.3)), format!("{}, median", arm.label));
    let first = &data.treatment;
    let half = (LegendKey::Area(first.stroke.color, BOTH), "25–75 %".to_owned());
    let most = (LegendKey::Area(first.stroke.color, OPACITY[0]), outer_range(first.replicates()));
    let edges = |arm: &Arm| {
        (LegendKey::Line(arm.stroke.wide(0.6)), format!("{}, edges of both ranges", arm.label))
    };
    let others = data.control.iter().map(edges).collect();
    [data.arms().map(median).collect(), vec![half, most], others]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_replicates_show_their_range_and_say_so() {
        let values: Vec<f64> = (0..6).map(f64::from).collect();
        let five = spread(values.clone(), 6).unwrap();
        assert_eq!((five[0], five[4]), (0.0, 5.0));
        assert_eq!(outer_range(6), "range of 6 replicates");
        let five = spread(values, 20).unwrap();
        assert!(five[0] > 0.0 && five[4] < 5.0);
        assert_eq!(outer_range(20), "5–95 % of replicates");
    }
}
