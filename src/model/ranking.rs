//! Weights in ascending order: the one sort that all measures of concentration share.

/// Weights below this count as zero, so that shares and their squares never underflow.
const SMALLEST: f64 = 1e-150;
/// Weights above this count as this, so that sums never overflow.
const LARGEST: f64 = 1e150;
/// A bucket longer than this is sorted by comparison instead of insertion.
const LONG_BUCKET: usize = 48;

/// Buffers for ranking; kept by the caller so that ranking allocates nothing once they have grown.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    unsorted: Vec<u64>,
    sorted: Vec<u64>,
    ends: Vec<u32>,
    weights: Vec<f64>,
}

impl Ranking {
    /// Buffers for up to `entities` weights.
    #[must_use]
    pub fn with_capacity(entities: usize) -> Self {
        Self {
            unsorted: Vec::with_capacity(entities),
            sorted: Vec::with_capacity(entities),
            ends: Vec::with_capacity(entities + 1),
            weights: Vec::with_capacity(entities),
        }
    }

    /// Ranks the weights. Every one is an entity, a zero too; what is negative or not a number
    /// counts as zero.
    pub fn rank(&mut self, weights: impl IntoIterator<Item = f64>) -> Ranked<'_> {
        self.unsorted.clear();
        self.unsorted.extend(weights.into_iter().map(|weight| admissible(weight).to_bits()));
        self.sort();
        self.weights.clear();
        self.weights.extend(self.sorted.iter().map(|&bits| f64::from_bits(bits)));
        Ranked { ascending: &self.weights, total: sum(&self.weights) }
    }

    /// Sorts the bit patterns (the order of non-negative numbers is that of their bits): scatters
    /// them into as many buckets as there are weights, evenly over the bits of the positive
    /// weights, which is nearly evenly over their logarithms, then sorts each bucket.
    fn sort(&mut self) {
        let positive = self.unsorted.iter().copied().filter(|&bits| bits > 0);
        let lowest = positive.clone().min().unwrap_or(0);
        let highest = positive.max().unwrap_or(0);
        let buckets = self.unsorted.len().max(1) as u64;
        let width = (highest - lowest) / buckets + 1;
        let scale = Reciprocal::of(width);
        let bucket_of =
            |bits: u64| scale.divide(bits.saturating_sub(lowest)).min(buckets - 1) as usize;
        self.count(buckets as usize, bucket_of);
        self.scatter(bucket_of);
        self.finish_buckets();
    }

    /// Turns bucket sizes into the position where each bucket starts.
    fn count(&mut self, buckets: usize, bucket_of: impl Fn(u64) -> usize) {
        self.ends.clear();
        self.ends.resize(buckets, 0);
        for &bits in &self.unsorted {
            self.ends[bucket_of(bits)] += 1;
        }
        let mut start = 0;
        for end in &mut self.ends {
            let size = *end;
            *end = start;
            start += size;
        }
    }

    /// Moves every weight to its bucket; afterwards `ends` holds where each bucket ends.
    fn scatter(&mut self, bucket_of: impl Fn(u64) -> usize) {
        self.sorted.clear();
        self.sorted.resize(self.unsorted.len(), 0);
        for &bits in &self.unsorted {
            let next = &mut self.ends[bucket_of(bits)];
            self.sorted[*next as usize] = bits;
            *next += 1;
        }
    }

    fn finish_buckets(&mut self) {
        let mut start = 0;
        for &end in &self.ends {
            let bucket = &mut self.sorted[start..end as usize];
            start = end as usize;
            if bucket.len() > LONG_BUCKET {
                bucket.sort_unstable();
            } else {
                sort_by_insertion(bucket);
            }
        }
    }
}

/// Approximate division by a fixed number, monotone in the dividend.
#[derive(Clone, Copy)]
struct Reciprocal(f64);

impl Reciprocal {
    fn of(divisor: u64) -> Self {
        Self(1.0 / divisor as f64)
    }

    fn divide(self, dividend: u64) -> u64 {
        (dividend as f64 * self.0) as u64
    }
}

fn sort_by_insertion(values: &mut [u64]) {
    for next in 1..values.len() {
        let mut at = next;
        while at > 0 && values[at - 1] > values[at] {
            values.swap(at - 1, at);
            at -= 1;
        }
    }
}

fn admissible(weight: f64) -> f64 {
    if weight >= SMALLEST { weight.min(LARGEST) } else { 0.0 }
}

/// Sum in eight interleaved parts: a fixed order that the processor need not wait for.
fn sum(values: &[f64]) -> f64 {
    let mut parts = [0.0; 8];
    let (whole, rest) = values.as_chunks::<8>();
    for chunk in whole {
        for (part, value) in parts.iter_mut().zip(chunk) {
            *part += value;
        }
    }
    parts.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

/// Weights in ascending order and their sum.
#[derive(Clone, Copy, Debug)]
pub struct Ranked<'a> {
    ascending: &'a [f64],
    total: f64,
}

impl<'a> Ranked<'a> {
    /// The weights in ascending order.
    #[must_use]
    pub const fn ascending(self) -> &'a [f64] {
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

    fn sorted_by_comparison(weights: &[f64]) -> Vec<f64> {
        let mut expected: Vec<f64> = weights.iter().map(|&weight| admissible(weight)).collect();
        expected.sort_by(f64::total_cmp);
        expected
    }

    #[test]
    fn what_is_not_a_weight_ranks_as_zero() {
        let mut ranking = Ranking::default();
        let ranked = ranking.rank([f64::NAN, -3.0, 2.0, f64::INFINITY, 1e-300]);
        assert_eq!(ranked.ascending(), [0.0, 0.0, 0.0, 2.0, 1e150]);
    }

    #[test]
    fn many_equal_weights_do_not_confuse_the_buckets() {
        let weights: Vec<f64> = (0..5_000).map(|i| if i % 7 == 0 { 1e21 } else { 3.0 }).collect();
        assert_eq!(
            Ranking::default().rank(weights.iter().copied()).ascending(),
            sorted_by_comparison(&weights)
        );
    }

    proptest! {
        #[test]
        fn ranking_agrees_with_a_sort_by_comparison(weights in prop::collection::vec(prop_oneof![
            Just(0.0), 0.0..1.0_f64, 1.0..1.001_f64, prop::num::f64::ANY
        ], 0..300)) {
            let mut ranking = Ranking::with_capacity(10);
            ranking.rank([5.0, 1.0]);
            prop_assert_eq!(ranking.rank(weights.iter().copied()).ascending(), sorted_by_comparison(&weights));
        }
    }
}
