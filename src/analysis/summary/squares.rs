//! Interactions that an experiment asks for: four contrasts that go around a square of scenarios, or
//! two of the same change.

use std::collections::{BTreeMap, BTreeSet};

use crate::study::experiment::settings::Settings;

use crate::study::experiment::Contrast;
use crate::study::results::manifest::Manifest;

/// Two effects of the same change whose difference is an interaction: t₁ − c₁ and t₂ − c₂, where
/// t₁ − t₂ and c₁ − c₂ are contrasts as well, the other change with and without the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Square {
    /// The effect stated first.
    pub first: Contrast,
    /// The other.
    pub second: Contrast,
}

impl Square {
    /// Both effects, each in brackets.
    #[must_use]
    pub fn name(&self) -> String {
        let effect = |contrast: &Contrast| format!("({contrast})");
        format!("{} - {}", effect(&self.first), effect(&self.second))
    }
}

/// The interactions of an experiment: squares of contrasts, and pairs of contrasts that make the same
/// change to two different scenarios where no third does.
#[must_use]
pub fn of(manifest: &Manifest) -> Vec<Square> {
    let mut found = squares(&manifest.contrasts);
    if !manifest.designs.is_empty() {
        return found;
    }
    let mut by_change: BTreeMap<String, Vec<&Contrast>> = BTreeMap::new();
    for contrast in &manifest.contrasts {
        if let Some(change) = change(manifest, contrast) {
            by_change.entry(change).or_default().push(contrast);
        }
    }
    let corners = |first: &Contrast, second: &Contrast| {
        let all = [&first.treatment, &first.control, &second.treatment, &second.control];
        all.into_iter().cloned().collect::<BTreeSet<String>>()
    };
    // In the order of the experiment.
    for first in &manifest.contrasts {
        let pair = by_change.values().find(|all| all.len() == 2 && all[0] == first);
        let Some(second) = pair.map(|pair| pair[1]) else { continue };
        let four = corners(first, second);
        let known = found.iter().any(|square| corners(&square.first, &square.second) == four);
        if four.len() == 4 && !known {
            found.push(Square { first: first.clone(), second: second.clone() });
        }
    }
    found
}

/// What a contrast changes: keys with their values in control and treatment, as text; none where
/// nothing is known of it.
fn change(manifest: &Manifest, contrast: &Contrast) -> Option<String> {
    let treatment = manifest.settings.get(&contrast.treatment)?;
    let control = manifest.settings.get(&contrast.control)?;
    let keys: BTreeSet<&str> = treatment.keys().chain(control.keys()).collect();
    let value = |set: &Settings, key| set.get(key).cloned().unwrap_or_default();
    let both = keys.into_iter().map(|key| (key, value(control, key), value(treatment, key)));
    let changed: Vec<_> = both.filter(|(_, before, after)| before != after).collect();
    (!changed.is_empty()).then(|| format!("{changed:?}"))
}

/// The squares among contrasts, each once, by the first stated of its contrasts. The interaction is
/// the same whichever two opposite sides are taken; the side stated first in the experiment is, so
/// that relative terms answer what it asks first.
fn squares(contrasts: &[Contrast]) -> Vec<Square> {
    let mut controls: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut stated = BTreeMap::new();
    for (place, contrast) in contrasts.iter().enumerate() {
        controls.entry(&contrast.treatment).or_default().push(place);
        stated.entry((contrast.treatment.as_str(), contrast.control.as_str())).or_insert(place);
    }
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for first in contrasts {
        let others = |name: &str| controls.get(name).into_iter().flatten().copied();
        for second in others(&first.treatment).filter(|at| contrasts[*at].control != first.control)
        {
            // The other change, with the first one; what it leads to must differ from where we began.
            let treatment = &contrasts[second].control;
            for side in others(&first.control) {
                let control = &contrasts[side].control;
                let Some(&opposite) = stated.get(&(treatment.as_str(), control.as_str())) else {
                    continue;
                };
                let mut corners = [&first.treatment, &first.control, treatment, control];
                corners.sort_unstable();
                let distinct = corners.windows(2).all(|pair| pair[0] != pair[1]);
                if distinct && seen.insert(corners) {
                    let second = contrasts[opposite].clone();
                    found.push(Square { first: first.clone(), second });
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrasts(names: &[(&str, &str)]) -> Vec<Contrast> {
        let contrast = |(treatment, control): &(&str, &str)| Contrast {
            treatment: (*treatment).to_owned(),
            control: (*control).to_owned(),
        };
        names.iter().map(contrast).collect()
    }

    #[test]
    fn four_contrasts_around_a_square_are_one_interaction_of_the_effect_stated_first() {
        let stated = [
            ("crash-on", "calm-on"),
            ("crash-off", "calm-off"),
            ("crash-on", "crash-off"),
            ("calm-on", "calm-off"),
        ];
        let found = squares(&contrasts(&stated));
        let names: Vec<String> = found.iter().map(Square::name).collect();
        assert_eq!(names, ["(crash-on - calm-on) - (crash-off - calm-off)"]);
        let [a, b, c, d] = stated;
        let turned = squares(&contrasts(&[d, c, b, a]));
        assert_eq!(turned[0].name(), "(crash-on - crash-off) - (calm-on - calm-off)");
    }

    /// The same change in two worlds is an interaction with what tells the worlds apart; in three it
    /// is not clear which is meant.
    #[test]
    fn two_contrasts_of_the_same_change_are_an_interaction() {
        let shock = serde_json::json!({ "market.price.shock_day": 9.0 });
        let both = serde_json::json!({ "market.price.shock_day": 9.0, "ai.enabled": false });
        let off = serde_json::json!({ "ai.enabled": false });
        let mut manifest = Manifest::made_up(&serde_json::json!({
            "experiment": "e",
            "scenarios": ["a", "b", "c", "d", "x", "y"],
            "contrasts": [
                { "treatment": "a", "control": "b" },
                { "treatment": "c", "control": "d" },
                { "treatment": "c", "control": "b" },
            ],
            "settings": { "a": shock, "b": {}, "c": both, "d": off, "x": shock, "y": {} },
        }));
        let names: Vec<String> = of(&manifest).iter().map(Square::name).collect();
        assert_eq!(names, ["(a - b) - (c - d)"]);
        manifest.contrasts.extend(contrasts(&[("x", "y")]));
        assert_eq!(of(&manifest), []);
    }

    #[test]
    fn chains_and_stars_of_contrasts_are_no_interactions() {
        assert_eq!(squares(&contrasts(&[("a", "b"), ("b", "c"), ("a", "c")])), []);
        assert_eq!(squares(&contrasts(&[("a", "x"), ("b", "x"), ("c", "x"), ("d", "x")])), []);
        assert_eq!(squares(&contrasts(&[("a", "b"), ("b", "a")])), []);
    }

    #[test]
    fn every_point_of_a_design_has_its_own_interaction() {
        let mut all = Vec::new();
        for point in ["d-1", "d-2"] {
            let name = |arm: &str| format!("{point}.{arm}");
            for (t, c) in [("ab", "b"), ("a", "o"), ("ab", "a"), ("b", "o")] {
                all.push(Contrast { treatment: name(t), control: name(c) });
            }
        }
        let found = squares(&all);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].name(), "(d-2.ab - d-2.b) - (d-2.a - d-2.o)");
    }
}
