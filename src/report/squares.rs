//! Interactions that an experiment asks for: four contrasts that go around a square of scenarios.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::Contrast;

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

/// The squares among contrasts, each once, by the first stated of its contrasts. The interaction is
/// the same whichever two opposite sides are taken; the side stated first in the experiment is, so
/// that relative terms answer what it asks first.
#[must_use]
pub fn squares(contrasts: &[Contrast]) -> Vec<Square> {
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
