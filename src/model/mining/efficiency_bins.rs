//! Classes of rigs by energy per hash and by power cost per hash.
//!
//! Eight classes to each doubling, from 5 to 160 J/TH and from 5 J/TH at 20 USD/MWh to 32 times as
//! much. Within an octave they are equally wide (6 to 12 % of their midpoint), so that the class
//! of a rig follows from the exponent and the first three mantissa bits of a number and costs
//! no logarithm.

use crate::units::{Efficiency, HashRate, Hashprice, RigPrice, Tariff};

/// Number of classes.
pub const BINS: usize = 40;
/// Hash rate by class.
pub type HashRateByBin = [HashRate; BINS];
/// Price of a rig by efficiency class.
pub type RigPriceByBin = [RigPrice; BINS];

/// Lower edge of the first class, J/TH.
const LOWEST_J_PER_TH: f64 = 5.0;
const LOWEST: Efficiency = Efficiency::from_j_per_th(LOWEST_J_PER_TH);
/// Tariff at which the first class of efficiency is the first class of cost.
const LOWEST_TARIFF: Tariff = Tariff::from_usd_per_mwh(20.0);
const BINS_PER_OCTAVE: usize = 8;
/// Mantissa bits below the three that number the class inside its octave.
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - BINS_PER_OCTAVE.trailing_zeros();
const FIRST: u64 = 1.0_f64.to_bits() >> SHIFT;

/// The class of a number over the lower edge of the first class; what lies beyond the edges
/// belongs to the first and the last class.
#[inline]
const fn class_of(multiple: f64) -> usize {
    if multiple > 1.0 {
        let bin = (multiple.to_bits() >> SHIFT) - FIRST;
        if bin < BINS as u64 { bin as usize } else { BINS - 1 }
    } else {
        0
    }
}

/// Lower edge of a class over that of the first.
const fn edge(bin: usize) -> f64 {
    let octave = (1_u64 << (bin / BINS_PER_OCTAVE)) as f64;
    octave * (1.0 + (bin % BINS_PER_OCTAVE) as f64 / BINS_PER_OCTAVE as f64)
}

/// The efficiency class of a rig.
#[inline]
#[must_use]
pub const fn bin_of(efficiency: Efficiency) -> usize {
    class_of(efficiency.j_per_th() / LOWEST_J_PER_TH)
}

/// Lower edge of an efficiency class.
#[must_use]
pub(crate) const fn lower_edge(bin: usize) -> Efficiency {
    Efficiency::from_j_per_th(LOWEST_J_PER_TH * edge(bin))
}

/// Middle of an efficiency class, which stands for all its rigs.
#[must_use]
pub(crate) const fn midpoint(bin: usize) -> Efficiency {
    Efficiency(lower_edge(bin).0.midpoint(lower_edge(bin + 1).0))
}

/// The class of a rig by what its power costs per hash (efficiency times tariff).
#[inline]
#[must_use]
pub fn cost_bin_of(cost: Hashprice) -> usize {
    class_of(cost.0 / (LOWEST.0 * LOWEST_TARIFF.0))
}

/// Middle of a cost class, which stands for all its rigs.
#[must_use]
pub(crate) fn cost_midpoint(bin: usize) -> Hashprice {
    LOWEST * LOWEST_TARIFF * edge(bin).midpoint(edge(bin + 1))
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
    fn the_midpoint_of_every_cost_class_lies_in_it() {
        for bin in 0..BINS {
            assert_eq!(cost_bin_of(cost_midpoint(bin)), bin);
        }
        let at = |tariff| Efficiency::from_j_per_th(5.0) * Tariff::from_usd_per_mwh(tariff);
        assert_eq!(
            [cost_bin_of(at(19.9)), cost_bin_of(at(40.1)), cost_bin_of(at(1e4))],
            [0, 8, 39]
        );
    }

    #[test]
    fn an_edge_belongs_to_the_class_above() {
        assert_eq!(bin_of(Efficiency::from_j_per_th(20.0)), 16);
        assert!((lower_edge(16).j_per_th() - 20.0).abs() < 1e-9);
        assert!((lower_edge(BINS).j_per_th() - 160.0).abs() < 1e-9);
    }
}
