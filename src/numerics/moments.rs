//! Sums over shares that measures of concentration are made of, in one pass.
//!
//! The pass works on eight shares at a time with eight partial sums: a fixed order of operations,
//! hence equal bits everywhere, that the processor can work on in parallel.

use std::f64::consts::{LN_2, SQRT_2};

use super::ranking::Ranked;

const LANES: usize = 8;

/// Sums over the shares p of ranked weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    /// Σ p².
    pub squares: f64,
    /// Σ rank·p, with rank 1 for the smallest entity.
    pub ranks: f64,
    /// −Σ p·ln p, nats; a zero adds nothing.
    pub entropy: f64,
}

impl Moments {
    /// The sums for weights of which at least one is positive, when `below` further entities of
    /// weight zero rank below them.
    #[must_use]
    pub(crate) fn from_ranked(ranked: Ranked<'_>, below: usize) -> Self {
        let (chunks, rest) = ranked.bits().as_chunks::<LANES>();
        let mut last = [0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        let mut sums = Sums::default();
        let mut rank = below as f64;
        for chunk in chunks.iter().chain([&last]) {
            sums.add(chunk, ranked.total(), rank);
            rank += LANES as f64;
        }
        sums.total()
    }
}

#[derive(Default)]
struct Sums {
    squares: [f64; LANES],
    ranks: [f64; LANES],
    entropy: [f64; LANES],
}

impl Sums {
    #[inline]
    fn add(&mut self, weights: &[u64; LANES], total: f64, rank: f64) {
        for (lane, &weight) in weights.iter().enumerate() {
            let share = f64::from_bits(weight) / total;
            self.squares[lane] += share * share;
            self.ranks[lane] += share * (rank + (lane + 1) as f64);
            self.entropy[lane] -= share * log_of_share(share);
        }
    }

    fn total(&self) -> Moments {
        let [squares, ranks, entropy] =
            [self.squares, self.ranks, self.entropy].map(|lanes| lanes.iter().sum::<f64>());
        Moments { squares, ranks, entropy: entropy.max(0.0) }
    }
}

/// ln p = e·ln 2 + 2·artanh((m − 1)/(m + 1)) for p = m·2ᵉ with m in [√½, √2), the artanh by its
/// series to the 19th power: an absolute error below 10⁻¹⁴. For p = 0 some finite number.
///
/// More than twice as fast as a library's logarithm because it has no branches and no table, so that
/// several are taken at once.
#[inline]
fn log_of_share(share: f64) -> f64 {
    const ONE: u64 = 1.0_f64.to_bits();
    const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
    /// 2⁵²: a whole number below it, put into its mantissa bits, is added to it.
    const WHOLE: f64 = (1_u64 << MANTISSA) as f64;
    /// Moves the border between exponents from 1 to √½.
    const OFFSET: u64 = ONE - (SQRT_2 / 2.0).to_bits();
    let shifted = share.to_bits() + OFFSET;
    let exponent = f64::from_bits(WHOLE.to_bits() | (shifted >> MANTISSA)) - WHOLE - 1023.0;
    let fraction = shifted & ((1 << MANTISSA) - 1);
    let mantissa = f64::from_bits(fraction + ONE - OFFSET);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    exponent * LN_2 + 2.0 * s * artanh_over(s * s)
}

/// artanh(s)/s = 1 + s²/3 + s⁴/5 + …
#[inline]
fn artanh_over(square: f64) -> f64 {
    const TERMS: [f64; 9] = [
        1.0 / 17.0,
        1.0 / 15.0,
        1.0 / 13.0,
        1.0 / 11.0,
        1.0 / 9.0,
        1.0 / 7.0,
        1.0 / 5.0,
        1.0 / 3.0,
        1.0,
    ];
    TERMS.iter().fold(1.0 / 19.0, |sum, term| sum * square + term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::ranking::Ranking;
    use proptest::prelude::*;

    #[test]
    fn the_logarithm_of_one_is_exactly_zero() {
        assert!(log_of_share(1.0).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn a_share_of_zero_has_a_finite_logarithm() {
        assert!(log_of_share(0.0).is_finite());
    }

    proptest! {
        #[test]
        fn the_logarithm_is_that_of_the_library(power in -320.0..0.0_f64) {
            let share = libm::exp(power);
            prop_assert!((log_of_share(share) - libm::log(share)).abs() < 1e-13);
        }

        #[test]
        fn the_sums_are_those_of_a_plain_loop(
            weights in prop::collection::vec(0.0..1e21_f64, 1..60), below in 0_usize..9
        ) {
            let mut ranking = Ranking::default();
            let ranked = ranking.rank(weights);
            let [mut squares, mut ranks, mut entropy] = [0.0; 3];
            for (place, weight) in ranked.ascending().enumerate() {
                let share = weight / ranked.total();
                squares += share * share;
                ranks += share * (below + place + 1) as f64;
                entropy -= share * libm::log(share.max(1e-300));
            }
            let sums = Moments::from_ranked(ranked, below);
            prop_assert!((sums.squares - squares).abs() < 1e-12);
            prop_assert!((sums.ranks - ranks).abs() < 1e-12 * ranks);
            prop_assert!((sums.entropy - entropy).abs() < 1e-12);
        }
    }
}
