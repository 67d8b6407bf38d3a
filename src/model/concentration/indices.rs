//! Concentration of hash rate, blocks or capacity over entities (owners, pools, regions, tenants).
//!
//! Shares are `p_i = w_i/Σw`. With no entities, or all weights zero, every measure is 0. The same
//! functions read simulated shares and block counts.

use std::f64::consts::LN_2;

use crate::numerics::moments::Moments;
use crate::numerics::ranking::{Ranked, Ranking};

/// Shares are compared with a threshold to this relative precision, so that ten shares of 0.1 make
/// exactly one.
const ROUNDING: f64 = 1e-12;
/// Largest value of the Herfindahl–Hirschman index.
const HHI_SCALE: f64 = 10_000.0;

/// What counts as control: a share of the whole, and whether it must be exceeded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// Share of the whole, 0 to 1.
    pub threshold: f64,
    /// Strictly more than the threshold (true) or at least the threshold (false).
    pub strictly: bool,
}

impl Control {
    /// Strictly more than half.
    pub const MAJORITY: Self = Self { threshold: 0.5, strictly: true };
    /// Strictly more than 0.66, the τ of the "τ-decentralisation index".
    pub const TAU: Self = Self { threshold: 0.66, strictly: true };

    fn reached(self, share: f64) -> bool {
        if self.strictly {
            share > self.threshold * (1.0 + ROUNDING)
        } else {
            share >= self.threshold * (1.0 - ROUNDING)
        }
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::MAJORITY
    }
}

/// All measures of one distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Concentration {
    /// Nakamoto coefficient under the asked threshold, see [`nakamoto`].
    pub nakamoto: f64,
    /// Herfindahl–Hirschman index, 10,000·Σp² (10,000/n to 10,000).
    pub hhi: f64,
    /// Gini coefficient, 0 (equal) to 1 − 1/n.
    pub gini: f64,
    /// Shannon entropy −Σ p·log₂p, bits.
    pub shannon_bits: f64,
    /// Theil index ln n − H, nats.
    pub theil: f64,
    /// Hill number of order 1, 2^H: the effective number of entities by entropy.
    pub hill_1: f64,
    /// Hill number of order 2, 1/Σp²: the effective number of entities by HHI.
    pub hill_2: f64,
    /// Share of the largest entity.
    pub top1_share: f64,
    /// Share of the three largest entities.
    pub top3_share: f64,
    /// Entities counted in the Gini and Theil measures.
    pub entities: usize,
}

/// All measures of the weights, from one sort and one pass over them. `buffer` is scratch.
#[must_use]
pub fn concentration(
    weights: impl IntoIterator<Item = f64>,
    control: Control,
    buffer: &mut Ranking,
) -> Concentration {
    measures(buffer.rank(weights), control, 0)
}

/// All measures of ranked weights, with at least `population` entities: those that are missing
/// from the weights have zero and count in the Gini and Theil measures.
#[must_use]
pub fn measures(ranked: Ranked<'_>, control: Control, population: usize) -> Concentration {
    let entities = ranked.entities().max(population);
    if ranked.total() <= 0.0 {
        return Concentration { entities, ..Concentration::default() };
    }
    let moments = Moments::from_ranked(ranked, entities - ranked.entities());
    Concentration {
        nakamoto: nakamoto(ranked, control) as f64,
        hhi: HHI_SCALE * moments.squares,
        gini: gini(&moments, entities as f64),
        shannon_bits: moments.entropy / LN_2,
        theil: theil(&moments, entities as f64),
        hill_1: libm::exp(moments.entropy),
        hill_2: 1.0 / moments.squares,
        top1_share: top_share(ranked, 1),
        top3_share: top_share(ranked, 3),
        entities,
    }
}

/// Nakamoto coefficient: the smallest number of entities that together reach control (Srinivasan
/// and Lee 2017). With threshold 0.66 it is the τ-index. When even all of them do not reach it,
/// their number; 0 when the total is 0.
#[must_use]
pub fn nakamoto(ranked: Ranked<'_>, control: Control) -> usize {
    let mut held = 0.0;
    let needed = ranked.ascending().rev().position(|weight| {
        held += weight;
        control.reached(held / ranked.total())
    });
    if ranked.total() > 0.0 { needed.map_or(ranked.entities(), |before| before + 1) } else { 0 }
}

/// Share of the `n` largest entities, 0 to 1.
#[must_use]
pub(crate) fn top_share(ranked: Ranked<'_>, n: usize) -> f64 {
    if ranked.total() <= 0.0 {
        return 0.0;
    }
    let held: f64 = ranked.ascending().rev().take(n).sum();
    (held / ranked.total()).min(1.0)
}

/// `G = 2·Σ i·p_i/n − (n+1)/n`, ranks i from 1 for the smallest.
fn gini(moments: &Moments, entities: f64) -> f64 {
    ((2.0 * moments.ranks - entities - 1.0) / entities).max(0.0)
}

/// T = Σ p·ln(n·p) = ln n − H·ln 2 (Theil 1967).
fn theil(moments: &Moments, entities: f64) -> f64 {
    (libm::log(entities) - moments.entropy).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(weights: &[f64]) -> Concentration {
        concentration(weights.iter().copied(), Control::MAJORITY, &mut Ranking::default())
    }

    fn near(value: f64, expected: f64) -> bool {
        (value - expected).abs() <= 1e-6 * expected.abs().max(1.0)
    }

    #[test]
    fn three_two_one_gives_the_published_values() {
        let measured = of(&[3.0, 2.0, 1.0]);
        assert!((measured.nakamoto - 2.0).abs() < f64::EPSILON);
        assert!(near(measured.hhi, 3_888.888_889));
        assert!(near(measured.shannon_bits, 1.459_148));
        assert!(near(measured.hill_1, 2.749_459));
        assert!(near(measured.hill_2, 2.571_429));
    }

    #[test]
    fn exactly_half_is_control_only_when_at_least_is_enough() {
        let at_least = Control { strictly: false, ..Control::MAJORITY };
        let mut buffer = Ranking::default();
        assert_eq!(nakamoto(buffer.rank([3.0, 2.0, 1.0]), Control::MAJORITY), 2);
        assert_eq!(nakamoto(buffer.rank([3.0, 2.0, 1.0]), at_least), 1);
        assert_eq!(nakamoto(buffer.rank([0.1; 10]), Control::MAJORITY), 6);
        assert_eq!(nakamoto(buffer.rank([0.1; 10]), at_least), 5);
    }

    #[test]
    fn gini_of_five_to_one_is_four_fifteenths_and_a_zero_counts() {
        assert!(near(of(&[5.0, 4.0, 3.0, 2.0, 1.0]).gini, 4.0 / 15.0));
        assert!(near(of(&[1.0, 0.0]).gini, 0.5));
        let mut buffer = Ranking::default();
        let padded = measures(buffer.rank([1.0]), Control::MAJORITY, 2);
        assert!(near(padded.gini, 0.5) && near(padded.theil, LN_2));
    }

    #[test]
    fn nothing_to_measure_gives_zeros() {
        for weights in [&[][..], &[0.0], &[0.0, 0.0, f64::NAN]] {
            let expected = Concentration { entities: weights.len(), ..Concentration::default() };
            assert_eq!(of(weights), expected);
        }
    }

    #[test]
    fn one_entity_is_a_monopoly() {
        let measured = of(&[7e20]);
        let expected = Concentration {
            nakamoto: 1.0,
            hhi: 10_000.0,
            hill_1: 1.0,
            hill_2: 1.0,
            top1_share: 1.0,
            top3_share: 1.0,
            entities: 1,
            ..Concentration::default()
        };
        assert_eq!(measured, expected);
    }

    #[test]
    fn an_unreachable_threshold_needs_everybody() {
        let all = Control { threshold: 1.0, strictly: true };
        assert_eq!(nakamoto(Ranking::default().rank([1.0, 2.0]), all), 2);
    }

    fn whole_weights() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec((0_u32..1_000).prop_map(f64::from), 2..60)
    }

    proptest! {
        #[test]
        fn measures_stay_within_their_bounds(weights in prop::collection::vec(0.0..1e21_f64, 1..200)) {
            let measured = of(&weights);
            let n = weights.len() as f64;
            prop_assert!((1.0..=n).contains(&measured.nakamoto));
            prop_assert!(measured.hhi >= 1e4 / n * (1.0 - 1e-12) && measured.hhi <= 1e4 * (1.0 + 1e-12));
            prop_assert!(measured.gini >= 0.0 && measured.gini <= 1.0 - 1.0 / n + 1e-12);
            prop_assert!(measured.shannon_bits <= libm::log2(n) + 1e-9);
            prop_assert!(measured.hill_2 <= measured.hill_1 * (1.0 + 1e-9));
            prop_assert!(measured.top1_share <= measured.top3_share);
        }

        #[test]
        fn the_unit_of_the_weights_does_not_matter(weights in whole_weights(), power in -40_i32..40) {
            let scaled: Vec<f64> = weights.iter().map(|w| w * 2_f64.powi(power)).collect();
            prop_assert_eq!(of(&weights), of(&scaled));
        }

        #[test]
        fn a_merger_never_lowers_concentration(weights in whole_weights(), pick in 0_usize..60) {
            let mut merged = weights.clone();
            let last = merged.pop().unwrap_or(0.0);
            let buyer = pick % merged.len();
            merged[buyer] += last;
            let (before, after) = (of(&weights), of(&merged));
            prop_assert!(after.nakamoto <= before.nakamoto);
            prop_assert!(after.hhi >= before.hhi - 1e-8);
            prop_assert!(after.shannon_bits <= before.shannon_bits + 1e-9);
            prop_assert!(after.top1_share >= before.top1_share - 1e-12);
        }

        #[test]
        fn stricter_control_needs_no_fewer_entities(weights in whole_weights(), low in 0.0..1.0_f64, high in 0.0..1.0_f64) {
            let mut buffer = Ranking::default();
            let ranked = buffer.rank(weights);
            let count = |threshold, strictly| nakamoto(ranked, Control { threshold, strictly });
            prop_assert!(count(low.min(high), true) <= count(low.max(high), true));
            prop_assert!(count(low, false) <= count(low, true));
        }
    }
}
