//! Random bits of a design: a pure function of seed, need, subject and step.

use crate::random::{Draws, Stream};

/// What random bits are for. The numbers are part of published designs: never renumber.
#[derive(Clone, Copy, Debug)]
#[repr(u16)]
pub(crate) enum DesignNeed {
    /// Order of the strata of a Latin hypercube (subject = factor, step = place).
    Strata = 0,
    /// Place within a stratum (subject = factor, step = row).
    Place = 1,
    /// Digital shift of a Sobol dimension (subject = dimension).
    Shift = 2,
    /// Order in which a Morris trajectory changes the factors (subject = trajectory, step = place).
    Turns = 3,
    /// Level at which a factor starts (subject = trajectory, step = factor).
    Start = 4,
}

/// Random bits of the design with one seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits(Draws);

impl Bits {
    /// The bits under `seed`.
    pub(super) const fn new(seed: u64) -> Self {
        Self(Draws::new(seed, 0))
    }

    /// 32 random bits.
    pub(super) fn word(&self, need: DesignNeed, subject: u32, step: u32) -> u32 {
        self.0.words(Stream::Analysis, subject, step, need as u16)[0]
    }

    /// A whole number below `limit`, by multiplication of 64 bits (Lemire 2019, section 3, without
    /// the rejection: no number is likelier than another by more than `limit`/2⁶⁴).
    pub(super) fn below(&self, limit: u32, need: DesignNeed, subject: u32, step: u32) -> u32 {
        let [high, low, ..] = self.0.words(Stream::Analysis, subject, step, need as u16);
        let bits = u128::from(high) << 32 | u128::from(low);
        ((bits * u128::from(limit)) >> 64) as u32
    }

    /// The numbers below `count` in random order (Durstenfeld 1964).
    pub(super) fn order(&self, count: u32, need: DesignNeed, subject: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last as usize, self.below(last + 1, need, subject, last) as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_of_three_is_equally_likely() {
        let (bits, draws) = (Bits::new(3), 6_000);
        let mut counts = std::collections::BTreeMap::new();
        for subject in 0..draws {
            *counts.entry(bits.order(3, DesignNeed::Turns, subject)).or_insert(0_u32) += 1;
        }
        let (mean, share) = (f64::from(draws) / 6.0, 1.0 / 6.0);
        let standard_error = (f64::from(draws) * share * (1.0 - share)).sqrt();
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|n| (f64::from(*n) - mean).abs() < 4.0 * standard_error));
    }
}
