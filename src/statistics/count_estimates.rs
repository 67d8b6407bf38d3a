//! Concentration with its standard error, from block counts.

/// An estimate and its standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CountEstimate {
    /// Value.
    pub value: f64,
    /// Standard error, in the same unit.
    pub error: f64,
}

/// Smooth measures of concentration of the same shares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Estimates {
    /// Σ p², 0 to 1.
    pub simpson: CountEstimate,
    /// −Σ p·ln p, nats.
    pub entropy: CountEstimate,
    /// Gini coefficient, 0 to 1.
    pub gini: CountEstimate,
}

/// Σ x(x−1)/(n(n−1)): unbiased for Σ p² (Simpson 1949, Nature 163:688), whereas Σ (x/n)² is too
/// large by (1 − Σ p²)/n. None for fewer than two blocks.
#[must_use]
pub(crate) fn unbiased_simpson(counts: &[u32]) -> Option<f64> {
    let blocks: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let pairs: f64 = counts.iter().map(|&x| f64::from(x) * (f64::from(x) - 1.0)).sum();
    (blocks > 1.0).then(|| pairs / (blocks * (blocks - 1.0)))
}

/// Sums of one measure's influence g over the shares: Σ p·g and Σ p·g².
#[derive(Default)]
struct Influence {
    mean: f64,
    square: f64,
}

impl Influence {
    fn add(&mut self, share: f64, influence: f64) {
        self.mean += share * influence;
        self.square += share * influence * influence;
    }

    /// Delta method for n multinomial draws: √((Σ p·g² − (Σ p·g)²)/n).
    fn error(&self, blocks: f64) -> f64 {
        (((self.square - self.mean * self.mean) / blocks).max(0.0)).sqrt()
    }
}

/// Measures and standard errors of shares given as (p, ln p) in ascending order, with `below`
/// further entities of share zero, estimated from `blocks` blocks.
///
/// Influences (gradients) are 2p, −ln p and 2·rank/N.
#[must_use]
pub(crate) fn estimates(
    ascending: impl Iterator<Item = (f64, f64)>,
    below: usize,
    blocks: f64,
) -> Estimates {
    let mut influences = <[Influence; 3]>::default();
    let mut rank = below as f64;
    for (share, log) in ascending {
        rank += 1.0;
        for (sums, influence) in influences.iter_mut().zip([share, -log, rank]) {
            sums.add(share, influence);
        }
    }
    let [squares, logs, ranks] = influences;
    let entities = rank.max(1.0);
    Estimates {
        simpson: CountEstimate { value: squares.mean, error: 2.0 * squares.error(blocks) },
        entropy: CountEstimate { value: logs.mean, error: logs.error(blocks) },
        gini: CountEstimate {
            value: ((2.0 * ranks.mean - entities - 1.0) / entities).max(0.0),
            error: 2.0 / entities * ranks.error(blocks),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::concentration::indices::{Control, measures};
    use crate::numerics::ranking::Ranking;
    use proptest::prelude::*;

    fn of(ascending: &[u32], below: usize) -> Estimates {
        let blocks: f64 = ascending.iter().map(|&x| f64::from(x)).sum();
        let shares = ascending.iter().map(|&x| f64::from(x) / blocks);
        estimates(shares.map(|p| (p, libm::log(p))), below, blocks)
    }

    #[test]
    fn pairs_of_blocks_count_without_bias() {
        // 3, 2, 1: 3·2 + 2·1 = 8 of 30 ordered pairs.
        assert_eq!(unbiased_simpson(&[3, 2, 1]), Some(8.0 / 30.0));
        assert_eq!(unbiased_simpson(&[1]), None);
    }

    #[test]
    fn equal_shares_have_no_first_order_error() {
        let found = of(&[5, 5, 5, 5], 0);
        assert!(found.simpson.error < 1e-9 && found.entropy.error < 1e-9);
    }

    #[test]
    fn standard_errors_agree_with_hand_arithmetic() {
        // p = ¼, ¾ and n = 4: Σp³ = 28/64, (Σp²)² = 100/256, so 2·√((112−100)/256/4).
        let found = of(&[1, 3], 0);
        assert!((found.simpson.error - 2.0 * (12.0_f64 / 1_024.0).sqrt()).abs() < 1e-12);
        // Σp·rank² = ¼ + 3 = 3.25, (Σp·rank)² = 1.75²: √(0.1875/4), times 2/2.
        assert!((found.gini.error - (0.187_5_f64 / 4.0).sqrt()).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn values_are_those_of_the_measures(mut counts in prop::collection::vec(1_u32..500, 1..60), below in 0_usize..200) {
            counts.sort_unstable();
            let mut ranking = Ranking::default();
            let ranked = ranking.rank(counts.iter().map(|&x| f64::from(x)));
            let measured = measures(ranked, Control::MAJORITY, counts.len() + below);
            let found = of(&counts, below);
            prop_assert!((1e4 * found.simpson.value - measured.hhi).abs() < 1e-6);
            prop_assert!((found.entropy.value / std::f64::consts::LN_2 - measured.shannon_bits).abs() < 1e-9);
            prop_assert!((found.gini.value - measured.gini).abs() < 1e-9);
        }
    }
}
