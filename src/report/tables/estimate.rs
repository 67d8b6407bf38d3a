//! Rounded estimates, and the cells of effects and interactions made of them.

use crate::report::numbers::{decimals_for, fixed};
use crate::statistics::samples::{Interaction, Interval, PairedEffect, PathShare};

/// A rounded estimate and its interval; empty text where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EstimateCell {
    /// Estimate.
    pub value: String,
    /// Lower end of the 95 % interval.
    pub low: String,
    /// Upper end.
    pub high: String,
}

impl EstimateCell {
    /// Rounds to two significant digits of the interval's half width, or to three of the value.
    fn rounded(value: Option<f64>, interval: Option<Interval>, scale: f64) -> Self {
        let Some(value) = value.map(|value| value / scale) else { return Self::default() };
        let half = interval.map(|interval| (interval.high - interval.low) / 2.0 / scale);
        let decimals = match half {
            Some(half) if half > value.abs() * 1e-6 => decimals_for(half, 2),
            _ => decimals_for(value, 3),
        };
        let end = |end: f64| fixed(end / scale, decimals);
        Self {
            value: fixed(value, decimals),
            low: interval.map(|interval| end(interval.low)).unwrap_or_default(),
            high: interval.map(|interval| end(interval.high)).unwrap_or_default(),
        }
    }

    /// A share of paths in per cent.
    fn share(share: PathShare) -> Self {
        Self::rounded(Some(share.value()), share.interval(), 0.01)
    }

    /// Value and ends.
    pub(crate) fn fields(&self) -> [String; 3] {
        [self.value.clone(), self.low.clone(), self.high.clone()]
    }

    /// `value [low, high]`, each number as `show` writes it; a dash where there is none.
    pub fn text(&self, show: impl Fn(&str) -> String) -> String {
        match (self.value.as_str(), self.low.as_str()) {
            ("", _) => "--".to_owned(),
            (value, "") => show(value),
            (value, low) => format!("{} [{}, {}]", show(value), show(low), show(&self.high)),
        }
    }
}

/// An effect on one metric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectCells {
    /// Mean difference.
    pub difference: EstimateCell,
    /// Ratio of means, %.
    pub ratio: EstimateCell,
    /// Mean over paths of the change, %.
    pub path_mean: EstimateCell,
    /// Median over paths of the change, %.
    pub path_median: EstimateCell,
    /// Share of paths in which the treatment is below the control, %.
    pub falls: EstimateCell,
    /// How many times the variance of the difference would be without pairing; empty where it cannot
    /// be known.
    pub variance_ratio: String,
    /// Paths that have a change in per cent, and paths.
    pub paths: [usize; 2],
    /// Paths of both scenarios, those included that have no value.
    pub all_paths: usize,
    /// Share of the control's sum that the largest tenth of paths hold, %; empty for few paths.
    pub top_tenth: String,
}

impl EffectCells {
    /// What follows the name of a contrast in columns at the end of the CSV.
    pub(crate) const MORE: [&str; 12] = [
        " mean over paths %",
        " mean over paths % low",
        " mean over paths % high",
        " median over paths %",
        " median over paths % low",
        " median over paths % high",
        " falls in % of paths",
        " falls in % of paths low",
        " falls in % of paths high",
        " paths",
        " paths with a change in %",
        " largest tenth of paths holds % of the control's sum",
    ];

    pub(crate) fn from_effect(effect: Option<&PairedEffect>, scale: f64) -> Self {
        let Some(effect) = effect else { return Self::default() };
        let paths = &effect.paths;
        let percent = |value, interval| EstimateCell::rounded(value, interval, 1.0);
        let ratio = effect.variance_reduction;
        Self {
            difference: EstimateCell::rounded(Some(effect.difference), effect.interval, scale),
            ratio: percent(effect.relative_percent, effect.relative_interval),
            path_mean: percent(paths.mean_percent, paths.interval),
            path_median: percent(paths.median_percent, paths.median_interval),
            falls: EstimateCell::share(paths.falls),
            variance_ratio: ratio
                .map(|ratio| fixed(ratio, decimals_for(ratio, 2)))
                .unwrap_or_default(),
            paths: [paths.relative, effect.n],
            all_paths: effect.n,
            top_tenth: paths.top_tenth.map(|top| fixed(100.0 * top, 1)).unwrap_or_default(),
        }
    }

    /// The same, of which both scenarios have at least so many paths.
    #[must_use]
    pub(crate) fn of_paths(self, all: usize) -> Self {
        Self { all_paths: all.max(self.all_paths), ..self }
    }

    /// The cells of [`EffectCells::MORE`].
    pub(crate) fn more(&self) -> Vec<String> {
        let estimates = [&self.path_mean, &self.path_median, &self.falls];
        let counts = [self.paths[1], self.paths[0]].map(|count| count.to_string());
        let top = [self.top_tenth.clone()];
        estimates.into_iter().flat_map(EstimateCell::fields).chain(counts).chain(top).collect()
    }

    /// The cells of text and LaTeX, in the order of the headings.
    pub(crate) fn cells(&self, show: impl Fn(&str) -> String) -> [String; 6] {
        let [difference, ratio, mean, median, falls] =
            [&self.difference, &self.ratio, &self.path_mean, &self.path_median, &self.falls]
                .map(|estimate| estimate.text(&show));
        let variance_ratio = match self.variance_ratio.as_str() {
            "" => "--".to_owned(),
            ratio => show(ratio),
        };
        let difference = with_count(difference, [self.paths[1], self.all_paths]);
        [difference, ratio, with_count(mean, self.paths), median, falls, variance_ratio]
    }
}

/// With the number of paths that it is of, where that is not all.
pub(super) fn with_count(cell: String, [some, all]: [usize; 2]) -> String {
    if some < all { format!("{cell} ({some} of {all})") } else { cell }
}

/// The difference of two effects on one metric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InteractionCells {
    /// Mean over paths of first effect minus second.
    pub difference: EstimateCell,
    /// Difference of the two ratios of means, percentage points.
    pub ratio: EstimateCell,
    /// Mean over paths of the difference of changes, percentage points.
    pub path_mean: EstimateCell,
    /// Share of paths in which the first effect is below the second, %.
    pub falls: EstimateCell,
    /// Paths that have both changes in per cent, and paths.
    pub paths: [usize; 2],
}

impl InteractionCells {
    /// What follows the name of an interaction in columns at the end of the CSV.
    pub const CSV: [&str; 14] = [
        "",
        " low",
        " high",
        " ratios of means, points",
        " ratios of means, points low",
        " ratios of means, points high",
        " mean over paths, points",
        " mean over paths, points low",
        " mean over paths, points high",
        " first effect lower in % of paths",
        " first effect lower in % of paths low",
        " first effect lower in % of paths high",
        " paths",
        " paths with changes in %",
    ];

    pub(crate) fn from_interaction(found: Option<&Interaction>, scale: f64) -> Self {
        let Some(found) = found else { return Self::default() };
        let absolute = &found.absolute;
        let points = found.path_points.as_ref();
        Self {
            difference: EstimateCell::rounded(Some(absolute.difference), absolute.interval, scale),
            ratio: EstimateCell::rounded(found.ratio_points, found.ratio_interval, 1.0),
            path_mean: EstimateCell::rounded(
                points.map(|points| points.difference),
                points.and_then(|points| points.interval),
                1.0,
            ),
            falls: EstimateCell::share(absolute.paths.falls),
            paths: [found.relative, absolute.n],
        }
    }

    fn estimates(&self) -> [&EstimateCell; 4] {
        [&self.difference, &self.ratio, &self.path_mean, &self.falls]
    }

    /// The cells of [`InteractionCells::CSV`].
    pub(crate) fn csv(&self) -> Vec<String> {
        let counts = [self.paths[1], self.paths[0]].map(|count| count.to_string());
        self.estimates().into_iter().flat_map(EstimateCell::fields).chain(counts).collect()
    }

    /// The cells of text and LaTeX, in the order of the headings.
    pub(crate) fn cells(&self, show: impl Fn(&str) -> String) -> [String; 4] {
        let [difference, ratio, mean, falls] =
            self.estimates().map(|estimate| estimate.text(&show));
        [difference, ratio, with_count(mean, self.paths), falls]
    }
}
