//! Ranges, tick marks and their labels.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use crate::report::numbers::{decimals_for, fixed, grouped};

/// An axis of a panel.
#[derive(Clone, Debug, Default)]
pub struct Axis {
    /// Range.
    pub low: f64,
    /// Range.
    pub high: f64,
    /// Tick marks, in the axis' coordinate, with labels.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// A linear axis over the finite values, with round tick marks.
    #[must_use]
    pub fn linear(values: impl IntoIterator<Item = f64>, most_ticks: usize) -> Self {
        let (low, high) = extent(values);
        let high = if low == 0.0 && high == 0.0 { 1.0 } else { high };
        let margin = if high > low { 0.04 * (high - low) } else { 0.1 * high.abs() };
        // Values that are all of one sign get no room on the other side of zero.
        let low = if low >= 0.0 { (low - margin).max(0.0) } else { low - margin };
        let high = if high <= 0.0 { (high + margin).min(0.0) } else { high + margin };
        Self::with_round_ticks(low, high, most_ticks)
    }

    /// A linear axis from zero.
    #[must_use]
    pub(crate) fn from_zero(values: impl IntoIterator<Item = f64>, most_ticks: usize) -> Self {
        Self::linear(values.into_iter().chain([0.0]), most_ticks)
    }

    /// A linear axis from zero whose last tick mark is not below any value.
    #[must_use]
    pub fn closed(values: impl IntoIterator<Item = f64>, most_ticks: usize) -> Self {
        let (low, high) = extent(values.into_iter().chain([0.0]));
        let mut axis = Self::linear([low, high], most_ticks);
        if let [.., (before, _), (last, _)] = axis.ticks[..]
            && last < high
        {
            let step = last - before;
            axis.ticks.push((last + step, tick_label(last + step, decimals_for(step, 1))));
            axis.high = last + step;
        }
        axis
    }

    /// A linear axis for data that need no zero: from zero only when that costs little room.
    #[must_use]
    pub(crate) fn close_fit(values: &[f64], most_ticks: usize) -> Self {
        let (low, high) = extent(values.iter().copied());
        let near_zero = low >= 0.0 && low < 0.25 * high;
        let zero = near_zero.then_some(0.0);
        Self::linear(values.iter().copied().chain(zero), most_ticks)
    }

    /// A linear axis with zero and some room on either side of it.
    #[must_use]
    pub(crate) fn around_zero(values: impl IntoIterator<Item = f64>, most_ticks: usize) -> Self {
        let (low, high) = extent(values.into_iter().chain([0.0]));
        let margin = if high > low { 0.05 * (high - low) } else { 1.0 };
        Self::with_round_ticks(low - margin, high + margin, most_ticks)
    }

    fn with_round_ticks(low: f64, high: f64, most_ticks: usize) -> Self {
        let coarse = round_step((high - low) / most_ticks.max(1) as f64);
        let enough = |step: &f64| (high / step).floor() - (low / step).ceil() >= 2.0;
        let finer = [coarse, round_step(0.39 * coarse), round_step(0.19 * coarse)];
        let step = finer.into_iter().find(enough).unwrap_or(coarse);
        let decimals = decimals_for(step, 1);
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        let tick = |index: i64| {
            let value = index as f64 * step;
            (value, tick_label(value, decimals))
        };
        Self { low, high, ticks: (first..=last).map(tick).collect() }
    }

    /// A logarithmic axis (coordinate: log₁₀) over the positive values, with ticks at 1, 2, 5.
    #[must_use]
    pub fn logarithmic(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = extent(values.into_iter().filter(|value| *value > 0.0).map(libm::log10));
        let margin = (0.04 * (high - low)).max(0.25 - 0.5 * (high - low));
        let (low, high) = (low - margin, high + margin);
        let decades = low.floor() as i32..=high.ceil() as i32;
        let steps: &[f64] = if high - low > 2.2 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let candidates = decades.flat_map(|decade| {
            steps.iter().map(move |step| step * libm::pow(10.0, f64::from(decade)))
        });
        let label = |value: f64| grouped(&fixed(value, decimals_for(value, 1)), ",");
        let ticks = candidates.map(|value| (libm::log10(value), label(value)));
        Self { low, high, ticks: ticks.filter(|(at, _)| (low..=high).contains(at)).collect() }
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// Smallest and largest finite value; (0, 1) when there is none.
#[must_use]
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite
        .fold(None, |range: Option<(f64, f64)>, value| {
            Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        })
        .unwrap_or((0.0, 1.0))
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least.max(f64::MIN_POSITIVE))));
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(power)
}

fn tick_label(value: f64, decimals: usize) -> String {
    minus(&grouped(&fixed(value, decimals), ","))
}

/// A typographic minus sign.
#[must_use]
pub fn minus(number: &str) -> String {
    number.replace('-', "−")
}

/// A unit of US dollars that keeps numbers below 1,000: its size and name.
#[must_use]
pub fn dollars(largest: f64) -> (f64, &'static str) {
    match largest {
        value if value >= 1e12 => (1e12, "trillion USD"),
        value if value >= 1e9 => (1e9, "billion USD"),
        value if value >= 1e6 => (1e6, "million USD"),
        value if value >= 1e3 => (1e3, "thousand USD"),
        _ => (1.0, "USD"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_carry_separators() {
        let axis = Axis::linear([870.0, 1430.0], 4);
        assert_eq!(labels(&axis), ["1,000", "1,200", "1,400"]);
        let axis = Axis::linear([125.0, 350.0], 4);
        assert_eq!(labels(&axis), ["150", "200", "250", "300", "350"]);
        let axis = Axis::linear([-0.031, 0.012], 5);
        assert_eq!(labels(&axis), ["−0.03", "−0.02", "−0.01", "0.00", "0.01"]);
        let axis = Axis::linear([27.0, 37.0], 5);
        assert_eq!(labels(&axis), ["28", "30", "32", "34", "36"]);
    }

    #[test]
    fn the_last_tick_of_a_closed_axis_reaches_the_data() {
        for largest in [0.3, 1.0, 6.21, 16.9, 99.0, 1234.5] {
            let axis = Axis::closed([0.0, largest], 5);
            assert!(axis.ticks.last().unwrap().0 >= largest, "{largest}: {axis:?}");
            assert!(axis.high >= axis.ticks.last().unwrap().0, "{largest}: {axis:?}");
        }
        assert_eq!(labels(&Axis::closed([16.9], 5)), ["0", "5", "10", "15", "20"]);
    }

    #[test]
    fn an_axis_of_equal_or_no_values_still_has_a_length() {
        for values in [vec![], vec![0.0, 0.0], vec![5.0], vec![f64::NAN], vec![-3.0, -3.0]] {
            let given = values.iter().copied();
            let axes = [
                Axis::linear(given.clone(), 4),
                Axis::from_zero(given.clone(), 4),
                Axis::around_zero(given.clone(), 4),
                Axis::close_fit(&values, 4),
                Axis::logarithmic(given),
            ];
            for axis in axes {
                assert!(axis.high > axis.low && !axis.ticks.is_empty(), "{values:?}: {axis:?}");
            }
        }
    }

    #[test]
    fn a_logarithmic_axis_labels_values_not_logarithms() {
        assert_eq!(labels(&Axis::logarithmic([2.0, 30.0])), ["2", "5", "10", "20"]);
        assert_eq!(labels(&Axis::logarithmic([12.0, 9000.0])), ["10", "100", "1,000", "10,000"]);
    }
}
