//! Shares of an output's variance that factors explain (Sobol indices), from a Saltelli design.
//!
//! The design has two independent samples A and B of N rows, and for each factor i the sample ABᵢ,
//! which is A with the column of i from B. With the outputs a, b and cᵢ of one base row, centred on
//! the mean of all a and b, and with V the variance of all a and b (divisor 2N):
//!
//! - first order, Sᵢ = mean(b·(cᵢ − a))/V (Saltelli et al. 2010, Computer Physics Communications
//!   181:259, table 2, row b);
//! - first order, Sᵢ = 1 − mean((b − cᵢ)²)/(2V) (Jansen 1999, Computer Physics Communications
//!   117:35; same table, row c), which is better where Sᵢ is large;
//! - total, Tᵢ = mean((a − cᵢ)²)/(2V) (Jansen 1999; same table, row f).
//!
//! Indices have no unit. Estimates may lie outside 0 to 1 by chance.

/// Outputs of all base rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SaltelliOutputs<'v> {
    values: &'v [f64],
    width: usize,
}

/// Indices of one factor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SobolIndex {
    /// First order, by Saltelli.
    pub first: f64,
    /// First order, by Jansen.
    pub first_jansen: f64,
    /// Total, by Jansen.
    pub total: f64,
}

/// Indices of all factors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SobolIndices {
    /// In the order of the design's columns.
    pub factors: Vec<SobolIndex>,
    /// Those of a factor that does nothing, see [`SaltelliOutputs::indices`].
    pub dummy: SobolIndex,
}

impl<'v> SaltelliOutputs<'v> {
    /// Outputs (any unit), a, b, c₁ … cₖ of one base row after those of another; none when `values`
    /// does not hold whole base rows.
    #[must_use]
    pub(crate) fn new(values: &'v [f64], factors: usize) -> Option<Self> {
        let width = factors + 2;
        values.len().is_multiple_of(width).then_some(Self { values, width })
    }

    /// Number of base rows.
    #[must_use]
    pub(crate) const fn base_rows(&self) -> usize {
        self.values.len() / self.width
    }

    /// a, b and c₁ … cₖ of a base row.
    fn base_row(&self, number: usize) -> (f64, f64, &'v [f64]) {
        let row = &self.values[number * self.width..(number + 1) * self.width];
        (row[0], row[1], &row[2..])
    }

    /// The indices from the base rows of these numbers, each below [`Self::base_rows`]; a number
    /// may come more than once, as in a bootstrap. None when there is no row, or no variance.
    ///
    /// A factor that does nothing has c = a, for which the first order by Saltelli and the total
    /// are 0 without any error. So that it shows the sampling error, the dummy's first order is
    /// Jansen's with c = a, mean(a·b)/V, and its total is 1 − mean(a·c)/V with c = a (Homma and
    /// Saltelli 1996, Reliability Engineering and System Safety 52:1), after Khorashadi Zadeh et
    /// al. 2017, Environmental Modelling & Software 91:210. Both are 0 on average.
    #[must_use]
    pub(crate) fn indices(&self, rows: &[usize]) -> Option<SobolIndices> {
        let count = rows.len() as f64;
        let mean =
            rows.iter().map(|&row| self.base_row(row)).fold(0.0, |sum, (a, b, _)| sum + (a + b))
                / (2.0 * count);
        let (mut squares_a, mut squares_b, mut product) = (0.0, 0.0, 0.0);
        let mut sums = vec![SobolIndex::default(); self.width - 2];
        for &row in rows {
            let (a, b, mixed) = self.base_row(row);
            squares_a += (a - mean) * (a - mean);
            squares_b += (b - mean) * (b - mean);
            product += (a - mean) * (b - mean);
            for (sum, &c) in sums.iter_mut().zip(mixed) {
                sum.first += (b - mean) * (c - a);
                sum.first_jansen += (b - c) * (b - c);
                sum.total += (a - c) * (a - c);
            }
        }
        let squares = 0.5 * (squares_a + squares_b);
        let factor = |sum: SobolIndex| SobolIndex {
            first: sum.first / squares,
            first_jansen: 1.0 - 0.5 * sum.first_jansen / squares,
            total: 0.5 * sum.total / squares,
        };
        let correlation = product / squares;
        (squares > 0.0).then(|| SobolIndices {
            factors: sums.into_iter().map(factor).collect(),
            dummy: SobolIndex {
                first: correlation,
                first_jansen: correlation,
                total: 1.0 - squares_a / squares,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Draws, Stream};
    use proptest::prelude::*;

    /// Outputs of a model over a random Saltelli design in the unit cube.
    fn sampled(factors: usize, rows: u32, seed: u64, model: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let draws = Draws::new(seed, 0);
        let mut values = Vec::new();
        for row in 0..rows {
            let pairs: Vec<_> =
                (0..factors as u32).map(|i| draws.pair(Stream::Analysis, i, row, 0)).collect();
            let [a, b] = [0, 1].map(|which| pairs.iter().map(|p| p[which]).collect::<Vec<_>>());
            values.extend([model(&a), model(&b)]);
            for factor in 0..factors {
                let mut mixed = a.clone();
                mixed[factor] = b[factor];
                values.push(model(&mixed));
            }
        }
        values
    }

    fn indices(values: &[f64], factors: usize) -> SobolIndices {
        let outputs = SaltelliOutputs::new(values, factors).unwrap();
        outputs.indices(&(0..outputs.base_rows()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn two_base_rows_agree_with_hand_arithmetic() {
        // Mean 2; centred a: -2, 2; b: 0, 0; V = 8/4 = 2.
        let found = indices(&[0.0, 2.0, 1.0, 4.0, 2.0, 2.0], 1);
        assert_eq!(found.factors[0].first, 0.0);
        // mean((b - c)²) = (1 + 0)/2; mean((a - c)²) = (1 + 4)/2.
        assert_eq!(found.factors[0].first_jansen, 1.0 - 0.5 / 4.0);
        assert_eq!(found.factors[0].total, 2.5 / 4.0);
        assert_eq!((found.dummy.first, found.dummy.total), (0.0, -1.0));
    }

    #[test]
    fn a_factor_alone_explains_everything() {
        let values = sampled(1, 4_096, 1, |x| x[0] * x[0]);
        let index = indices(&values, 1).factors[0];
        // c = b: Jansen's first order has no error; the others share that of mean((a - b)²).
        assert_eq!(index.first_jansen, 1.0);
        assert!((index.first - 1.0).abs() < 4.0 / 64.0 && (index.total - 1.0).abs() < 4.0 / 64.0);
    }

    #[test]
    fn an_inert_factor_has_no_index_at_all() {
        let index = indices(&sampled(2, 64, 2, |x| x[0]), 2).factors[1];
        assert_eq!((index.first, index.total), (0.0, 0.0));
    }

    #[test]
    fn outputs_that_do_not_vary_have_no_indices() {
        let outputs = SaltelliOutputs::new(&[3.0; 12], 1).unwrap();
        assert_eq!(outputs.indices(&[0, 1, 2, 3]), None);
        assert_eq!(outputs.indices(&[]), None);
        assert!(SaltelliOutputs::new(&[3.0; 4], 1).is_none());
    }

    proptest! {
        /// y = Σ wᵢ·xᵢ: first and total indices are wᵢ²/Σ w².
        #[test]
        fn additive_models_have_equal_first_and_total_indices(
            weights in prop::collection::vec(0.2..3.0_f64, 2..5), seed in 0_u64..1_000
        ) {
            let rows = 2_048_u32;
            let model = |x: &[f64]| x.iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>();
            let found = indices(&sampled(weights.len(), rows, seed, model), weights.len());
            let all: f64 = weights.iter().map(|w| w * w).sum();
            // A mean of products of unit variance: a standard error of at most about 2/√N.
            let tolerance = 5.0 * 2.0 / f64::from(rows).sqrt();
            for (index, w) in found.factors.iter().zip(&weights) {
                let exact = w * w / all;
                for estimate in [index.first, index.first_jansen, index.total] {
                    prop_assert!((estimate - exact).abs() < tolerance, "{index:?} for {exact}");
                }
            }
        }

        #[test]
        fn a_shift_and_a_change_of_unit_leave_the_indices(
            shift in -1e3..1e3_f64, scale in prop_oneof![-50.0..-0.1_f64, 0.1..50.0_f64]
        ) {
            let values = sampled(2, 64, 3, |x| x[0] + x[0] * x[1]);
            let moved: Vec<f64> = values.iter().map(|y| shift + scale * y).collect();
            let (plain, moved) = (indices(&values, 2), indices(&moved, 2));
            for (one, other) in plain.factors.iter().zip(&moved.factors) {
                prop_assert!((one.first - other.first).abs() < 1e-6);
                prop_assert!((one.total - other.total).abs() < 1e-6);
            }
        }
    }
}
