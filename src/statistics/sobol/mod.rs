//! Sobol' points: a low-discrepancy sequence in up to [`MOST_DIMENSIONS`] dimensions.
//!
//! Point n in a dimension is the exclusive or of the direction numbers that the bits of n's Gray
//! code select (Sobol' 1967; Antonov and Saleev 1979). Direction numbers follow the recurrence of
//! Bratley and Fox (1988, section 2) from the initial ones of Joe and Kuo (2008). The first 2^m
//! points put one into each of the 2^m equal intervals of every dimension.

mod directions;

use directions::DIRECTIONS;

/// Dimensions for which there are direction numbers.
pub(crate) const MOST_DIMENSIONS: usize = DIRECTIONS.len() + 1;

/// Bits of a coordinate.
const BITS: usize = 32;

/// Direction numbers of one dimension: fractions of 2³², one for each bit of the Gray code.
#[derive(Clone, Debug)]
pub struct Sobol([u32; BITS]);

impl Sobol {
    /// Dimension `dimension`, counted from 0; none beyond [`MOST_DIMENSIONS`].
    #[must_use]
    pub(crate) fn dimension(dimension: usize) -> Option<Self> {
        let Some(before) = dimension.checked_sub(1) else {
            return Some(Self(std::array::from_fn(|bit| 1 << (BITS - 1 - bit))));
        };
        let (coefficients, initial) = DIRECTIONS.get(before)?;
        Some(Self(directions(*coefficients, initial)))
    }

    /// Coordinate of point `index`, counted from 0, as a fraction of 2³².
    ///
    /// Point 0 is the origin; the points come in the order of the Gray code.
    #[must_use]
    pub(crate) fn coordinate(&self, index: u32) -> u32 {
        let mut gray = index ^ (index >> 1);
        let mut sum = 0;
        while gray != 0 {
            sum ^= self.0[gray.trailing_zeros() as usize];
            gray &= gray - 1;
        }
        sum
    }
}

/// v_i = m_i·2^(32−i) for i ≤ s, then
/// v_i = a₁v_{i−1} ⊕ … ⊕ a_{s−1}v_{i−s+1} ⊕ v_{i−s} ⊕ v_{i−s}/2^s.
fn directions(coefficients: u32, initial: &[u32]) -> [u32; BITS] {
    let degree = initial.len();
    let mut v = [0; BITS];
    for i in 0..BITS {
        v[i] = match initial.get(i) {
            Some(m) => m << (BITS - 1 - i),
            None => (1..degree)
                .filter(|k| coefficients >> (degree - 1 - k) & 1 == 1)
                .fold(v[i - degree] ^ (v[i - degree] >> degree), |sum, k| sum ^ v[i - k]),
        };
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(dimension: usize, index: u32) -> f64 {
        let sobol = Sobol::dimension(dimension).expect("a dimension of the table");
        f64::from(sobol.coordinate(index)) / 4_294_967_296.0
    }

    /// As printed by the program `sobol.cc` that Joe and Kuo give with their numbers.
    #[test]
    fn the_first_points_are_the_published_ones() {
        let published = [
            [0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
            [0.625, 0.125, 0.875],
            [0.125, 0.625, 0.375],
        ];
        for (index, point) in (0..).zip(published) {
            assert_eq!([0, 1, 2].map(|dimension| unit(dimension, index)), point);
        }
    }

    /// `scipy.stats.qmc.Sobol(128, scramble=False, bits=32)`, SciPy 1.17.1.
    #[test]
    fn far_points_of_far_dimensions_are_those_of_scipy() {
        for (index, dimension, fraction) in [
            (777, 4, 1_178_599_424),
            (777, 20, 3_233_808_384),
            (777, 37, 1_983_905_792),
            (777, 64, 1_832_910_848),
            (777, 100, 2_193_620_992),
            (777, 128, 507_510_784),
            (4_095, 4, 3_872_391_168_u32),
            (4_095, 20, 2_238_709_760),
            (4_095, 37, 2_492_465_152),
            (4_095, 64, 2_377_121_792),
            (4_095, 100, 4_134_535_168),
            (4_095, 128, 1_123_024_896),
        ] {
            let sobol = Sobol::dimension(dimension - 1).expect("a dimension of the table");
            assert_eq!(sobol.coordinate(index), fraction, "point {index}, dimension {dimension}");
        }
    }

    /// A digit wrong in a coefficient would break this for nearly every polynomial.
    #[test]
    fn every_polynomial_is_primitive_and_none_comes_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for (coefficients, initial) in DIRECTIONS {
            let degree = initial.len() as u32;
            let polynomial = 1 << degree | coefficients << 1 | 1;
            let mut power = 1_u32;
            let order = (1..1_u32 << degree).find(|_| {
                power <<= 1;
                power ^= if power >> degree & 1 == 1 { polynomial } else { 0 };
                power == 1
            });
            assert_eq!(order, Some((1_u32 << degree) - 1), "{polynomial:b}");
            assert!(seen.insert(polynomial));
        }
    }

    #[test]
    fn initial_direction_numbers_are_odd_and_fit_their_bits() {
        for (_, initial) in DIRECTIONS {
            for (bits, m) in (1..).zip(initial) {
                assert!(m % 2 == 1 && *m < 1 << bits, "{initial:?}");
            }
        }
    }

    #[test]
    fn each_of_256_equal_intervals_of_every_dimension_holds_one_of_256_points() {
        for dimension in 0..MOST_DIMENSIONS {
            let mut places: Vec<_> =
                (0..256).map(|index| (unit(dimension, index) * 256.0) as u32).collect();
            places.sort_unstable();
            assert!(places.into_iter().eq(0..256), "dimension {}", dimension + 1);
        }
        assert!(Sobol::dimension(MOST_DIMENSIONS).is_none());
    }

    /// The first two dimensions are a (0, m, 2)-net: every box of area 2^−m holds one point.
    #[test]
    fn every_box_of_the_first_two_dimensions_holds_one_point() {
        for across in 0..=8_i32 {
            let (wide, high) = (f64::from(1 << across), f64::from(1 << (8 - across)));
            let mut boxes: Vec<_> = (0..256)
                .map(|index| ((unit(0, index) * wide) as u32, (unit(1, index) * high) as u32))
                .collect();
            boxes.sort_unstable();
            boxes.dedup();
            assert_eq!(boxes.len(), 256);
        }
    }
}
