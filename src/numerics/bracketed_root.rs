//! The zero of a rising function between two ends.

use std::cmp::Ordering;

/// Relative width at which the two ends count as one.
const WIDTH: f64 = 1e-12;

/// Two ends around a zero: the function is below zero at the lower and not below at the upper end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bracket {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Bracket {
    /// Narrows the bracket by regula falsi in its Illinois variant (Dowell and Jarratt 1971) until
    /// the function is within `tolerance` of zero (both ends are then that point), the ends meet,
    /// or `steps` are used up. Where the function is on one side of zero at both ends, they become
    /// the end that is nearer to zero.
    #[must_use]
    pub(crate) fn narrow(self, tolerance: f64, steps: u32, mut f: impl FnMut(f64) -> f64) -> Self {
        let Self { mut low, mut high } = self;
        let (mut below, mut above) = (f(low), f(high));
        if above < 0.0 {
            return Self { low: high, high };
        }
        if below >= 0.0 {
            return Self { low, high: low };
        }
        let mut moved = Ordering::Equal;
        for _ in 0..steps {
            if high - low <= WIDTH * high.abs() {
                break;
            }
            let middle = high - (high - low) * (above / (above - below));
            let found = f(middle);
            if found.abs() <= tolerance {
                return Self { low: middle, high: middle };
            }
            // An end that stays twice loses half its weight: both ends close in.
            let side = if found < 0.0 { Ordering::Less } else { Ordering::Greater };
            let weight = if side == moved { 0.5 } else { 1.0 };
            if found < 0.0 {
                (low, below, above) = (middle, found, above * weight);
            } else {
                (high, above, below) = (middle, found, below * weight);
            }
            moved = side;
        }
        Self { low, high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zero(low: f64, high: f64, f: impl FnMut(f64) -> f64) -> (Bracket, u32) {
        let (mut calls, mut f) = (0, f);
        let bracket = Bracket { low, high }.narrow(1e-13, 60, |x| {
            calls += 1;
            f(x)
        });
        (bracket, calls)
    }

    #[test]
    fn smooth_functions_take_few_steps() {
        for (f, root) in [
            ((|x: f64| x * x - 2.0) as fn(f64) -> f64, 2.0_f64.sqrt()),
            (|x| libm::exp(x) - 3.0, libm::log(3.0)),
            (|x| x * x * x - 1e-3, 0.1),
        ] {
            let (bracket, calls) = zero(0.0, 2.0, f);
            assert!((bracket.high - root).abs() < 1e-11, "{bracket:?}");
            assert!(calls < 20, "{calls}");
        }
    }

    #[test]
    fn a_step_is_caught_between_the_ends() {
        let (bracket, _) = zero(0.0, 1.0, |x| if x < 0.3 { -1.0 } else { 5.0 });
        assert!(bracket.low < 0.3 && bracket.high >= 0.3);
        assert!(bracket.high - bracket.low < 1e-9, "{bracket:?}");
    }

    #[test]
    fn without_a_change_of_sign_the_nearer_end_is_taken() {
        let ends = Bracket { low: 1.0, high: 2.0 };
        assert_eq!(ends.narrow(0.0, 9, |x| x), Bracket { low: 1.0, high: 1.0 });
        assert_eq!(ends.narrow(0.0, 9, |x| x - 3.0), Bracket { low: 2.0, high: 2.0 });
    }
}
