//! Sums whose order of additions never changes, and which vectorise: the promise of equal bits for
//! any thread count and machine rests on it.

/// Lanes of a partial sum.
const LANES: usize = 8;

/// Σ values, added in eight interleaved partial sums that are then added pairwise.
#[inline]
#[must_use]
pub fn sum(values: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += value;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (b + f)) + ((c + g) + (d + h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_adds_everything_once() {
        for n in 0..40_u32 {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(sum(&values), f64::from(n * n.saturating_sub(1)) / 2.0);
        }
    }
}
