//! Columns of the summary files: names and values.

use serde_json::{Map, Value};

use crate::statistics::samples::{
    Description, Interaction, Interval, PairedEffect, Paths, QUANTILES, QuantileError,
};

/// Statistics of a metric in a scenario, after `n`.
pub(crate) const DESCRIPTION: [&str; 8] = ["mean", "sd", "mcse", "q05", "q25", "q50", "q75", "q95"];
/// How well a quantile is known.
pub(crate) const ERRORS: [&str; 3] = ["low", "high", "mcse"];
/// Statistics of a metric in a contrast, after `n`.
pub(crate) const EFFECT: [&str; 27] = [
    "treatment_mean",
    "control_mean",
    "difference",
    "sd",
    "low",
    "high",
    "relative_percent",
    "relative_low",
    "relative_high",
    "variance_reduction",
    "mcse",
    "unpaired_mcse",
    "treatment_mcse",
    "control_mcse",
    "relative_mcse",
    "n_relative",
    "path_percent_mean",
    "path_percent_mcse",
    "path_percent_low",
    "path_percent_high",
    "path_percent_median",
    "falling_share",
    "falling_low",
    "falling_high",
    "path_percent_median_low",
    "path_percent_median_high",
    "top_tenth_share",
];
/// Statistics of a metric in an interaction, after `n`.
pub(crate) const INTERACTION: [&str; 20] = [
    "first_difference",
    "second_difference",
    "difference",
    "sd",
    "mcse",
    "low",
    "high",
    "relative_points",
    "relative_mcse",
    "relative_low",
    "relative_high",
    "n_relative",
    "path_points_mean",
    "path_points_mcse",
    "path_points_low",
    "path_points_high",
    "path_points_median",
    "falling_share",
    "falling_low",
    "falling_high",
];
/// Statistics of an effect or an interaction in a brief file.
const BRIEF: [&str; 4] = ["n", "difference", "low", "high"];
/// What the relative columns are of, for readers of `summary.json` alone.
const ESTIMANDS: [(&str, &str); 8] = [
    ("difference", "mean over paths of treatment - control"),
    (
        "relative_percent",
        "ratio of means: mean difference in per cent of the size of the control's mean; paths count by the size of their control",
    ),
    (
        "path_percent_mean",
        "mean over paths of each path's own change, 100 (treatment / control - 1); paths count the same; null unless all n paths have one",
    ),
    ("path_percent_median", "median over paths of the same"),
    (
        "falling_share",
        "share of the n paths whose treatment is below their control (equal ones do not fall); of interactions, whose first effect is below the second",
    ),
    (
        "top_tenth_share",
        "share of the sum of all controls, signs left away, that the largest tenth of paths hold; null for fewer than 10",
    ),
    (
        "relative_points",
        "of interactions: difference of the two ratios of means, percentage points",
    ),
    (
        "path_points_mean",
        "of interactions: mean over paths of the difference of each path's two changes, percentage points",
    ),
];

/// What the relative columns are of, by name.
pub(super) fn estimands() -> Map<String, Value> {
    ESTIMANDS.map(|(name, of)| (name.to_owned(), Value::from(of))).into_iter().collect()
}

/// Names of how well each quantile is known, `q05_low` and so on.
pub(crate) fn quantile_errors() -> Vec<String> {
    let quantiles = &DESCRIPTION[DESCRIPTION.len() - QUANTILES.len()..];
    quantiles.iter().flat_map(|q| ERRORS.map(|error| format!("{q}_{error}"))).collect()
}

/// Statistics of a metric in a scenario, by name.
pub(crate) fn description_json(description: &Description, brief: bool) -> Map<String, Value> {
    let values = description_values(description).into_iter().map(Value::from);
    let mut entry = Map::from_iter([("n".to_owned(), description.n.into())]);
    let named = DESCRIPTION.iter().map(|name| (*name).to_owned()).zip(values);
    if brief {
        entry.extend(named.filter(|(name, _)| name == "mean" || name == "mcse"));
        return entry;
    }
    entry.extend(named);
    let errors = quantile_errors().into_iter().zip(error_values(description));
    entry.extend(errors.filter_map(|(name, value)| Some((name, value?.into()))));
    entry
}

/// Statistics of a metric in a contrast, by name.
pub(crate) fn effect_json(effect: &PairedEffect, brief: bool) -> Map<String, Value> {
    shortened(named(effect.n, &EFFECT, effect_values(effect)), brief)
}

/// Statistics of a metric in an interaction, by name.
pub(crate) fn interaction_json(found: &Interaction, brief: bool) -> Map<String, Value> {
    shortened(named(found.absolute.n, &INTERACTION, interaction_values(found)), brief)
}

/// All of an entry, or the few numbers of a brief file.
fn shortened(mut entry: Map<String, Value>, brief: bool) -> Map<String, Value> {
    if brief {
        entry.retain(|name, _| BRIEF.contains(&name.as_str()));
    }
    entry
}

/// `n` and the values by name; counts are whole numbers.
fn named(n: usize, names: &[&str], values: Vec<Option<f64>>) -> Map<String, Value> {
    let mut entry = Map::from_iter([("n".to_owned(), n.into())]);
    let value = |(name, value): (&&str, Option<f64>)| {
        let count = |value: f64| Value::from(value as u64);
        let value = if name.starts_with("n_") { value.map(count) } else { value.map(Value::from) };
        ((*name).to_owned(), value.unwrap_or_default())
    };
    entry.extend(names.iter().zip(values).map(value));
    entry
}

/// As [`DESCRIPTION`].
pub(crate) fn description_values(description: &Description) -> Vec<Option<f64>> {
    let mut values = vec![Some(description.mean), description.sd, description.mcse];
    values.extend(description.quantiles.map(Some));
    values
}

/// How well each quantile is known, as [`quantile_errors`] names it.
pub(crate) fn error_values(description: &Description) -> Vec<Option<f64>> {
    let none = [None; QUANTILES.len()];
    let errors = description.quantile_errors.as_deref().unwrap_or(&none);
    let three = |error: &Option<_>| {
        let error: Option<QuantileError> = *error;
        [error.map(|e| e.interval.low), error.map(|e| e.interval.high), error.map(|e| e.mcse)]
    };
    errors.iter().flat_map(three).collect()
}

fn low(interval: Option<Interval>) -> Option<f64> {
    interval.map(|interval| interval.low)
}

fn high(interval: Option<Interval>) -> Option<f64> {
    interval.map(|interval| interval.high)
}

/// As [`EFFECT`].
pub(crate) fn effect_values(effect: &PairedEffect) -> Vec<Option<f64>> {
    let mut values = vec![
        Some(effect.treatment_mean),
        Some(effect.control_mean),
        Some(effect.difference),
        effect.sd,
        low(effect.interval),
        high(effect.interval),
        effect.relative_percent,
        low(effect.relative_interval),
        high(effect.relative_interval),
        effect.variance_reduction,
        effect.mcse,
        effect.unpaired_mcse,
        effect.treatment_mcse,
        effect.control_mcse,
        effect.relative_mcse,
    ];
    values.extend(path_values(&effect.paths));
    values
}

fn path_values(paths: &Paths) -> [Option<f64>; 12] {
    [
        Some(paths.relative as f64),
        paths.mean_percent,
        paths.mcse,
        low(paths.interval),
        high(paths.interval),
        paths.median_percent,
        Some(paths.falls.value()),
        low(paths.falls.interval()),
        high(paths.falls.interval()),
        low(paths.median_interval),
        high(paths.median_interval),
        paths.top_tenth,
    ]
}

/// As [`INTERACTION`].
pub(crate) fn interaction_values(found: &Interaction) -> Vec<Option<f64>> {
    let Interaction { absolute, path_points, .. } = found;
    let path_points = path_points.as_ref();
    let falls = absolute.paths.falls;
    vec![
        Some(absolute.treatment_mean),
        Some(absolute.control_mean),
        Some(absolute.difference),
        absolute.sd,
        absolute.mcse,
        low(absolute.interval),
        high(absolute.interval),
        found.ratio_points,
        found.ratio_mcse,
        low(found.ratio_interval),
        high(found.ratio_interval),
        Some(found.relative as f64),
        path_points.map(|points| points.difference),
        path_points.and_then(|points| points.mcse),
        path_points.and_then(|points| low(points.interval)),
        path_points.and_then(|points| high(points.interval)),
        path_points.map(|points| points.median),
        Some(falls.value()),
        low(falls.interval()),
        high(falls.interval()),
    ]
}
