//! Latin hypercube: every factor has one point in each of its equally likely strata.

use super::bits::{Bits, DesignNeed};

/// Bits that place a point within its stratum; with at most 2²⁰ strata both fit a float exactly,
/// so that rounding never carries a point into the next stratum.
const PLACE_BITS: u32 = 28;

/// `samples` points in `factors` dimensions, row by row, in (0, 1) (McKay, Beckman and Conover 1979,
/// section 2): the strata of a factor come in random order, the place within a stratum is random.
pub(crate) fn latin_hypercube(samples: u32, factors: u32, bits: &Bits) -> Vec<f64> {
    let columns: Vec<Vec<u32>> =
        (0..factors).map(|factor| bits.order(samples, DesignNeed::Strata, factor)).collect();
    let place = |factor, row| {
        let word = bits.word(DesignNeed::Place, factor, row) >> (u32::BITS - PLACE_BITS);
        (f64::from(word) + 0.5) / f64::from(1 << PLACE_BITS)
    };
    let point = |row| (0..).zip(&columns).map(move |(factor, strata)| (row, factor, strata));
    (0..samples)
        .flat_map(point)
        .map(|(row, factor, strata)| {
            (f64::from(strata[row as usize]) + place(factor, row)) / f64::from(samples)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_stratum_of_each_factor_holds_one_point(
            samples in 1_u32..200, factors in 1_u32..6, seed: u64,
        ) {
            let points = latin_hypercube(samples, factors, &Bits::new(seed));
            prop_assert_eq!(points.len() as u32, samples * factors);
            for factor in 0..factors as usize {
                let column = points.iter().skip(factor).step_by(factors as usize);
                let mut strata: Vec<_> = column.map(|u| (u * f64::from(samples)) as u32).collect();
                strata.sort_unstable();
                prop_assert!(strata.into_iter().eq(0..samples));
            }
        }
    }

    #[test]
    fn another_factor_leaves_the_points_of_the_first_alone() {
        let bits = Bits::new(1);
        let (one, two) = (latin_hypercube(50, 1, &bits), latin_hypercube(50, 2, &bits));
        assert!(one.iter().eq(two.iter().step_by(2)));
        assert!(one.iter().ne(two.iter().skip(1).step_by(2)));
    }
}
