//! Weights in ascending order: the one sort that all measures of concentration share.

/// Weights below this count as zero, so that shares and their squares never underflow.
const SMALLEST: f64 = 1e-150;
/// Weights above this count as this, so that sums never overflow.
const LARGEST: f64 = 1e150;

/// Buffer for ranking; kept by the caller so that ranking allocates nothing once it has grown.
///
/// Holds the bit patterns of the weights: for numbers that are not negative their order is the
/// numbers' own, and whole numbers sort faster.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    bits: Vec<u64>,
}

impl Ranking {
    /// A buffer for up to `entities` weights.
    #[must_use]
    pub fn with_capacity(entities: usize) -> Self {
        Self { bits: Vec::with_capacity(entities) }
    }

    /// Ranks the weights. Every one is an entity, a zero too; what is negative or not a number
    /// counts as zero.
    pub fn rank(&mut self, weights: impl IntoIterator<Item = f64>) -> Ranked<'_> {
        self.bits.clear();
        self.bits.extend(weights.into_iter().map(|weight| admissible(weight).to_bits()));
        self.bits.sort_unstable();
        Ranked { ascending: &self.bits, total: sum(&self.bits) }
    }
}

fn admissible(weight: f64) -> f64 {
    if weight >= SMALLEST { weight.min(LARGEST) } else { 0.0 }
}

/// Sum in eight interleaved parts: a fixed order that the processor need not wait for.
fn sum(weights: &[u64]) -> f64 {
    let mut parts = [0.0; 8];
    let (whole, rest) = weights.as_chunks::<8>();
    for chunk in whole {
        for (part, &weight) in parts.iter_mut().zip(chunk) {
            *part += f64::from_bits(weight);
        }
    }
    parts.iter().sum::<f64>() + rest.iter().map(|&weight| f64::from_bits(weight)).sum::<f64>()
}

/// Weights in ascending order and their sum.
#[derive(Clone, Copy, Debug)]
pub struct Ranked<'a> {
    ascending: &'a [u64],
    total: f64,
}

impl<'a> Ranked<'a> {
    /// The weights in ascending order.
    #[must_use = "iterators are lazy"]
    pub(crate) fn ascending(self) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator + 'a {
        self.ascending.iter().map(|&bits| f64::from_bits(bits))
    }

    /// Their bit patterns, in the same order.
    #[must_use]
    pub const fn bits(self) -> &'a [u64] {
        self.ascending
    }

    /// Their sum.
    #[must_use]
    pub const fn total(self) -> f64 {
        self.total
    }

    /// Number of entities, those of weight zero included.
    #[must_use]
    pub const fn entities(self) -> usize {
        self.ascending.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_a_weight_ranks_as_zero() {
        let mut ranking = Ranking::default();
        let ranked = ranking.rank([f64::NAN, -3.0, 2.0, f64::INFINITY, 1e-300]);
        assert!(ranked.ascending().eq([0.0, 0.0, 0.0, 2.0, 1e150]));
    }

    proptest! {
        #[test]
        fn ranking_agrees_with_a_sort_by_comparison(weights in prop::collection::vec(prop_oneof![
            Just(0.0), 0.0..1.0_f64, prop::num::f64::ANY
        ], 0..300)) {
            let mut ranking = Ranking::with_capacity(10);
            ranking.rank([5.0, 1.0]);
            let mut expected: Vec<f64> = weights.iter().map(|&weight| admissible(weight)).collect();
            expected.sort_by(f64::total_cmp);
            let ranked = ranking.rank(weights);
            prop_assert!(ranked.ascending().eq(expected.iter().copied()));
            let total: f64 = expected.iter().sum();
            prop_assert!((ranked.total() - total).abs() <= 1e-12 * total);
        }
    }
}
