//! What happens at each point of a design: the effect of its first contrast, or its level where
//! nothing is contrasted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::axis::minus;
use crate::analysis::summary::Summary;
use crate::report::numbers::{decimals_for, fixed};
use crate::statistics::samples::Interval;
use crate::study::experiment::Contrast;
use crate::study::experiment::DesignPlace;
use crate::study::experiment::config::Tree;
use crate::study::experiment::sweep::PlannedSweep;
use crate::study::results::manifest::Manifest;

/// Letters of a meaning that still fits an axis.
const LONGEST_MEANING: usize = 36;

/// Units at the end of keys.
const UNITS: [&str; 7] = ["_usd_per_mwh", "_musd", "_usd", "_days", "_months", "_years", "_ehs"];

/// A point of a design.
#[derive(Clone, Debug)]
pub(crate) struct DrawnPoint {
    /// Values of the factors; null where the point leaves a factor at the base.
    pub values: Vec<Value>,
    /// Scenario that is shown, in the order of the manifest: the treatment, or the first arm.
    pub scenario: usize,
    /// Contrast that is shown, in the order of the manifest.
    pub contrast: Option<usize>,
}

/// The points of a design in order.
#[derive(Clone, Debug)]
pub(crate) struct DrawnPoints {
    /// Dotted keys of the factors.
    pub keys: Vec<String>,
    /// Points.
    pub points: Vec<DrawnPoint>,
}

impl DrawnPoints {
    /// The designs of an experiment.
    pub(super) fn all(manifest: &Manifest) -> impl Iterator<Item = Self> {
        manifest.designs.iter().map(|design| Self::from_design(manifest, design))
    }

    fn from_design(manifest: &Manifest, design: &PlannedSweep) -> Self {
        let keys: Vec<String> = design.factors.iter().map(|factor| factor.key.clone()).collect();
        let names = manifest.scenarios.iter().enumerate();
        let place: BTreeMap<&str, usize> = names.map(|(at, name)| (name.as_str(), at)).collect();
        let contrasts = manifest.contrasts.iter().enumerate();
        let contrasted = contrasts.map(|(at, contrast)| (&contrast.treatment, Some(at)));
        let plain = manifest.scenarios.iter().map(|name| (name, None));
        let mut points = BTreeMap::new();
        for (name, contrast) in contrasted.chain(plain) {
            let at = manifest.points.get(name).filter(|point| *point.design == *design.name);
            if let (Some(at), Some(&scenario)) = (at, place.get(name.as_str())) {
                let values = values(manifest, name, &keys);
                points.entry(at.number).or_insert(DrawnPoint { values, scenario, contrast });
            }
        }
        Self { keys, points: points.into_values().collect() }
    }

    /// What a figure of this design does not show of an experiment, and what its effects are of.
    #[must_use]
    pub(crate) fn left_out(&self, manifest: &Manifest) -> Vec<String> {
        let design_of = |name: &String| manifest.points.get(name).map(|point| &point.design);
        let first = self.points.first().and_then(|point| manifest.scenarios.get(point.scenario));
        let Some(design) = first.and_then(design_of) else { return Vec::new() };
        let of_design = |contrast: &&Contrast| design_of(&contrast.treatment) == Some(design);
        let contrasts = manifest.contrasts.iter().filter(of_design).count();
        let mut left = Vec::new();
        let designs = manifest.designs.len();
        if designs > 1 {
            left.push(format!("Design {design}, 1 of {designs}."));
        }
        let shown = self.points.iter().filter_map(|point| point.contrast).collect::<Vec<_>>();
        let arm = |name: &String| manifest.points.get(name).map(|point| point.arm.clone());
        let first = shown.first().map(|at| &manifest.contrasts[*at]);
        if let (true, Some(first)) = (shown.len() < contrasts, first) {
            let arms = [&first.treatment, &first.control].map(|name| arm(name).unwrap_or_default());
            left.push(format!(
                "{} minus {}: {} of {} contrasts, one for each point; all are in differences.csv.",
                arms[0],
                arms[1],
                shown.len(),
                contrasts
            ));
        }
        let of_design = |at: &&DesignPlace| at.design == *design;
        let (scenarios, points) =
            (manifest.points.values().filter(of_design).count(), self.points.len());
        if !self.are_contrasted() && points < scenarios {
            left.push(format!(
                "Levels of {points} of {scenarios} scenarios, one for each point; all are in summary.csv."
            ));
        }
        left
    }

    /// Whether points show effects rather than levels.
    #[must_use]
    pub(crate) fn are_contrasted(&self) -> bool {
        self.points.iter().all(|point| point.contrast.is_some())
    }
}

fn values(manifest: &Manifest, scenario: &str, keys: &[String]) -> Vec<Value> {
    let set = manifest.settings.get(scenario);
    let value = |key: &String| set.and_then(|set| set.get(key)).cloned().unwrap_or_default();
    keys.iter().map(value).collect()
}

/// How an effect is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EffectForm {
    /// In per cent of the control's mean: ratio of means.
    Relative,
    /// As a difference.
    Difference,
    /// As what the treatment has, because the control has none.
    Level,
}

/// An outcome that is compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ComparedOutput {
    /// Column of `runs.parquet`.
    pub column: &'static str,
    /// Quantity.
    pub name: &'static str,
    /// How its effect is stated.
    pub stated: EffectForm,
    /// Unit of its level, and its size in the unit of the column.
    pub unit: (&'static str, f64),
}

/// What the figures of designs compare.
pub(crate) const OUTPUTS: [ComparedOutput; 4] = [
    ComparedOutput {
        column: "hash_rate_ehs_mean",
        name: "Hash rate",
        stated: EffectForm::Relative,
        unit: ("EH/s", 1.0),
    },
    ComparedOutput {
        column: "attack_gross_usd_mean",
        name: "Attack cost, gross",
        stated: EffectForm::Relative,
        unit: ("billion USD", 1e9),
    },
    ComparedOutput {
        column: "nakamoto_owner_mean",
        name: "Nakamoto, owners",
        stated: EffectForm::Difference,
        unit: ("number", 1.0),
    },
    ComparedOutput {
        column: "ai_energised_mw_last",
        name: "Energised for AI",
        stated: EffectForm::Level,
        unit: ("IT GW", 1e3),
    },
];
/// Their columns of `runs.parquet`.
pub(super) const COLUMNS: [&str; OUTPUTS.len()] =
    [OUTPUTS[0].column, OUTPUTS[1].column, OUTPUTS[2].column, OUTPUTS[3].column];

/// Whether results have all of them.
#[must_use]
pub(crate) fn has_outputs(summary: &Summary) -> bool {
    OUTPUTS.iter().all(|output| summary.metric(output.column).is_some())
}

/// An estimate and its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OutputEstimate {
    /// Estimate.
    pub value: f64,
    /// Interval; none for one replicate.
    pub interval: Option<Interval>,
}

impl OutputEstimate {
    /// Whether it cannot be told from zero.
    #[must_use]
    pub(crate) fn may_be_zero(&self) -> bool {
        self.interval.is_none_or(|interval| interval.low <= 0.0 && interval.high >= 0.0)
    }
}

impl ComparedOutput {
    /// How it is stated where effects are shown, or levels.
    #[must_use]
    pub(super) const fn shown(&self, contrasted: bool) -> EffectForm {
        if contrasted { self.stated } else { EffectForm::Level }
    }

    /// Letter, quantity and unit.
    #[must_use]
    pub(super) fn title(&self, number: usize, contrasted: bool) -> String {
        let letter = (b'a' + number as u8) as char;
        let what = match self.shown(contrasted) {
            EffectForm::Relative => "%",
            EffectForm::Difference => "difference",
            EffectForm::Level => self.unit.0,
        };
        format!("({letter}) {} ({what})", self.name)
    }

    /// Mean over paths of the change in per cent, where the effect is stated in per cent; none unless
    /// every path has one.
    #[must_use]
    pub(crate) fn over_paths(&self, summary: &Summary, point: &DrawnPoint) -> Option<f64> {
        let metric = summary.metric(self.column)?;
        let effect = summary.effects[metric][point.contrast?].as_ref()?;
        (self.stated == EffectForm::Relative).then_some(effect.paths.mean_percent).flatten()
    }

    /// What a point shows of it; none without a finite value.
    #[must_use]
    pub(super) fn at(&self, summary: &Summary, point: &DrawnPoint) -> Option<OutputEstimate> {
        let metric = summary.metric(self.column)?;
        let scaled = |value: f64, interval: Option<Interval>, unit: f64| OutputEstimate {
            value: value / unit,
            interval: interval.map(|i| Interval { low: i.low / unit, high: i.high / unit }),
        };
        let effect = || summary.effects[metric][point.contrast?].as_ref();
        match self.shown(point.contrast.is_some()) {
            EffectForm::Relative => {
                effect().and_then(|e| Some(scaled(e.relative_percent?, e.relative_interval, 1.0)))
            }
            EffectForm::Difference => effect().map(|e| scaled(e.difference, e.interval, 1.0)),
            EffectForm::Level => {
                let level = summary.descriptions[metric][point.scenario].as_ref()?;
                Some(scaled(level.mean, level.interval(), self.unit.1))
            }
        }
    }
}

/// Quantity and unit of a parameter, for an axis: its meaning, or its key where that is too long
/// or the parameter unknown.
#[must_use]
pub(crate) fn axis_title(key: &str) -> String {
    let tree = Tree::baseline().ok();
    let known = tree.as_ref().map(Tree::parameters).unwrap_or_default();
    let Some(parameter) = known.iter().find(|parameter| parameter.key == key) else {
        return spoken(key);
    };
    let short = parameter.meaning.chars().count() <= LONGEST_MEANING;
    let name = if short { parameter.meaning.clone() } else { spoken(key) };
    let first = name.chars().next().map(|letter| letter.to_uppercase().to_string());
    let name = first.unwrap_or_default() + &name.chars().skip(1).collect::<String>();
    let unit = parameter.unit.replace("MUSD", "million USD");
    if unit == "1" { name } else { format!("{name} ({unit})") }
}

/// The last part of a dotted key in words, without the unit at its end.
#[must_use]
pub(crate) fn spoken(key: &str) -> String {
    without_unit(key.rsplit('.').next().unwrap_or(key)).replace('_', " ")
}

/// A key without the unit at its end.
#[must_use]
pub(crate) fn without_unit(key: &str) -> &str {
    UNITS.iter().find_map(|unit| key.strip_suffix(unit)).unwrap_or(key)
}

/// A value of a factor in words.
#[must_use]
pub(crate) fn worded(value: &Value) -> String {
    match value {
        Value::Null => "base".to_owned(),
        Value::Bool(on) => if *on { "on" } else { "off" }.to_owned(),
        Value::String(text) => text.replace('_', " "),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), rounded),
        other => other.to_string(),
    }
}

/// A number with three significant digits and no needless zeros.
fn rounded(number: f64) -> String {
    let text = fixed(number, decimals_for(number, 3));
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    minus(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_worded_for_readers() {
        let worded = |value: Value| super::worded(&value);
        assert_eq!(worded(json!("real_option")), "real option");
        assert_eq!(worded(json!(10.0)), "10");
        assert_eq!(worded(json!(-0.25)), "−0.25");
        assert_eq!(worded(json!(114_000)), "114000");
        assert_eq!([worded(json!(false)), worded(Value::Null)], ["off", "base"]);
    }

    #[test]
    fn an_axis_carries_meaning_and_unit() {
        let rent = axis_title("ai.demand.market_rent_musd");
        assert_eq!(rent, "Market rent (million USD per IT MW and year)");
        assert_eq!(axis_title("market.price.initial_usd"), "Price on the first day (USD/BTC)");
        assert_eq!(axis_title("of.another_model_musd"), "another model");
    }

    #[test]
    fn an_estimate_without_an_interval_may_be_zero() {
        let estimate =
            |low, high| OutputEstimate { value: 1.0, interval: Some(Interval { low, high }) };
        assert!(OutputEstimate { value: 1.0, interval: None }.may_be_zero());
        assert!(estimate(-0.1, 2.0).may_be_zero() && estimate(0.0, 0.0).may_be_zero());
        assert!(!estimate(0.1, 2.0).may_be_zero() && !estimate(-2.0, -0.1).may_be_zero());
    }

    /// Two arms at two points of one design, and a design of another name.
    #[test]
    fn a_point_shows_its_first_contrast() {
        let manifest = Manifest::made_up(&json!({
            "experiment": "e",
            "scenarios": ["d-1.on", "d-1.off", "d-2.on", "d-2.off", "x-1"],
            "contrasts": [
                { "treatment": "d-1.on", "control": "d-1.off" },
                { "treatment": "d-2.on", "control": "d-2.off" },
            ],
            "designs": [
                { "name": "d", "method": "grid", "factors": [{ "key": "a.b" }], "points": 2 },
                { "name": "x", "method": "list", "factors": [{ "key": "a.c" }], "points": 1 },
            ],
            "points": {
                "d-1.on": { "design": "d", "number": 1, "block": "A", "arm": "on" },
                "d-1.off": { "design": "d", "number": 1, "block": "A", "arm": "off" },
                "d-2.on": { "design": "d", "number": 2, "block": "A", "arm": "on" },
                "d-2.off": { "design": "d", "number": 2, "block": "A", "arm": "off" },
                "x-1": { "design": "x", "number": 1, "block": "A", "arm": "" },
            },
            "settings": { "d-1.on": { "a.b": 1.5 }, "d-2.on": { "a.b": 2.5 } },
        }));
        let designs: Vec<DrawnPoints> = DrawnPoints::all(&manifest).collect();
        let shown: Vec<_> = designs[0].points.iter().map(|p| (p.scenario, p.contrast)).collect();
        assert_eq!(shown, [(0, Some(0)), (2, Some(1))]);
        assert_eq!(designs[0].points[1].values, [json!(2.5)]);
        assert!(designs[0].are_contrasted() && !designs[1].are_contrasted());
        assert_eq!((designs[1].points[0].scenario, designs[1].points.len()), (4, 1));
    }
}
