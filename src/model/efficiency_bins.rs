//! Efficiency classes of mining machines: eight to each doubling of J/TH, from 5 to 160 J/TH.
//!
//! Within an octave the classes are equally wide (6 to 12 % of their midpoint), so that the class
//! of a machine follows from the exponent and the first three mantissa bits of a number and costs
//! no logarithm.

use crate::units::{Efficiency, HashRate, RigPrice};

/// Number of classes.
pub const BINS: usize = 40;
/// Hash rate by efficiency class.
pub type HashRateByBin = [HashRate; BINS];
/// Price of a machine by efficiency class.
pub type RigPriceByBin = [RigPrice; BINS];

/// Lower edge of the first class, J/TH.
const LOWEST_J_PER_TH: f64 = 5.0;
const BINS_PER_OCTAVE: usize = 8;
/// Mantissa bits below the three that number the class inside its octave.
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - BINS_PER_OCTAVE.trailing_zeros();
const FIRST: u64 = 1.0_f64.to_bits() >> SHIFT;

/// The class of a machine; machines beyond the edges belong to the first and the last class.
#[inline]
#[must_use]
pub const fn bin_of(efficiency: Efficiency) -> usize {
    let octaves = efficiency.j_per_th() / LOWEST_J_PER_TH;
    if octaves > 1.0 {
        let bin = (octaves.to_bits() >> SHIFT) - FIRST;
        if bin < BINS as u64 { bin as usize } else { BINS - 1 }
    } else {
        0
    }
}

/// Lower edge of a class.
#[must_use]
pub const fn lower_edge(bin: usize) -> Efficiency {
    let octave = (1_u64 << (bin / BINS_PER_OCTAVE)) as f64;
    let step = (bin % BINS_PER_OCTAVE) as f64 / BINS_PER_OCTAVE as f64;
    Efficiency::from_j_per_th(LOWEST_J_PER_TH * octave * (1.0 + step))
}

/// Middle of a class, which stands for all its machines.
#[must_use]
pub const fn midpoint(bin: usize) -> Efficiency {
    Efficiency(lower_edge(bin).0.midpoint(lower_edge(bin + 1).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_midpoint_of_every_class_lies_in_it() {
        for bin in 0..BINS {
            assert_eq!(bin_of(midpoint(bin)), bin);
            assert!(midpoint(bin).0 / lower_edge(bin).0 < 1.063);
        }
    }

    #[test]
    fn classes_rise_with_joules_and_hold_everything() {
        let mut last = 0;
        for tenth in 0..3_000 {
            let bin = bin_of(Efficiency::from_j_per_th(f64::from(tenth) / 10.0));
            assert!(bin == last || bin == last + 1);
            last = bin;
        }
        assert_eq!(last, BINS - 1);
        assert_eq!(bin_of(Efficiency(f64::NAN)), 0);
        assert_eq!(bin_of(Efficiency(f64::INFINITY)), BINS - 1);
    }

    #[test]
    fn an_edge_belongs_to_the_class_above() {
        assert_eq!(bin_of(Efficiency::from_j_per_th(20.0)), 16);
        assert!((lower_edge(16).j_per_th() - 20.0).abs() < 1e-9);
        assert!((lower_edge(BINS).j_per_th() - 160.0).abs() < 1e-9);
    }
}
