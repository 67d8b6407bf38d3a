//! Difficulty in Bitcoin's own integers: 256-bit targets, their compact form, the retarget rule.

use std::fmt;
use std::str::FromStr;

use ruint::aliases::U256;
use thiserror::Error;

/// Blocks in a difficulty epoch.
pub const BLOCKS_PER_EPOCH: u32 = 2_016;
/// Time that an epoch should take, s.
pub const EPOCH_TIMESPAN_S: i64 = 1_209_600;
/// Time between blocks that the retarget rule aims at, s.
pub(crate) const TARGET_INTERVAL_S: f64 = 600.0;

/// An epoch counts as at least a quarter and at most four times its scheduled time.
pub(crate) const LARGEST_STEP: i64 = 4;
/// The easiest target, `0xffff·2²⁰⁸`, at which the difficulty is 1 (compact `1d00ffff`).
const LIMIT: U256 = U256::from_limbs([0, 0, 0, 0xffff_0000]);
const LIMIT_MANTISSA: f64 = 65_535.0;
const LIMIT_SHIFT: i32 = 208;
const LIMIT_WIDTH: i32 = 224;
const SIGN_BIT: u32 = 0x0080_0000;
const MANTISSA_BITS: u32 = 0x007f_ffff;

/// The number that a block's hash must not exceed: at least 1, at most `0xffff·2²⁰⁸`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target(U256);

impl Target {
    /// The easiest target that mainnet allows.
    pub const LIMIT: Self = Self(LIMIT);

    /// The nearest allowed target: the retarget rule stops at the limit; 0 (never met) becomes 1.
    #[must_use]
    pub(crate) fn nearest(value: U256) -> Self {
        Self(value.clamp(U256::ONE, LIMIT))
    }

    /// The integer.
    #[must_use]
    pub const fn value(self) -> U256 {
        self.0
    }

    /// The nearest allowed target to `⌊target·factor·2^shift⌋`. The product with a 32-bit factor
    /// is below 2²⁵⁶; what a shift would push beyond that is beyond the limit, too.
    #[must_use]
    pub fn scaled(self, factor: u32, shift: i32) -> Self {
        let product = self.0 * U256::from(factor);
        let bits = shift.unsigned_abs() as usize;
        if shift < 0 {
            Self::nearest(product >> bits)
        } else if product.leading_zeros() < bits {
            Self::LIMIT
        } else {
            Self::nearest(product << bits)
        }
    }
}

/// Why 32 bits are not a compact target of mainnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CompactError {
    /// Text that is not eight hexadecimal digits.
    #[error("must be eight hexadecimal digits such as 1701fa38")]
    NotHexadecimal,
    /// The sign bit `0x00800000` is set.
    #[error("must not be negative (sign bit 00800000)")]
    Negative,
    /// The target is zero.
    #[error("must be a target above zero")]
    Zero,
    /// Easier than difficulty 1.
    #[error("must not be easier than 1d00ffff")]
    AboveLimit,
}

/// A target as block headers carry it: `mantissa·256^(size − 3)` in the 32 bits `size|mantissa`,
/// the mantissa's top bit being a sign. Always a target between 1 and the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactTarget(u32);

impl CompactTarget {
    /// Difficulty 1.
    pub const LIMIT: Self = Self(0x1d00_ffff);

    /// The compact target of header field `bits`.
    ///
    /// # Errors
    /// When the bits stand for a negative number, zero, or more than the limit.
    pub fn new(bits: u32) -> Result<Self, CompactError> {
        let (mantissa, shift) = parts(bits);
        let width = (u32::BITS - mantissa.leading_zeros()).cast_signed();
        match mantissa {
            0 => Err(CompactError::Zero),
            _ if bits & SIGN_BIT != 0 => Err(CompactError::Negative),
            _ if width + shift > LIMIT_WIDTH => Err(CompactError::AboveLimit),
            _ if expand(mantissa, shift) > LIMIT => Err(CompactError::AboveLimit),
            _ => Ok(Self(bits)),
        }
    }

    /// The compact form of a target: its three leading bytes, one fewer where the third would be
    /// read as a sign; what follows is cut off.
    #[must_use]
    pub(crate) fn from_target(target: Target) -> Self {
        let size = target.0.byte_len() as u32;
        let shift = 8 * (size.cast_signed() - 3);
        let leading = if shift < 0 {
            target.0 << shift.unsigned_abs() as usize
        } else {
            target.0 >> shift as usize
        };
        let mantissa = leading.as_limbs()[0] as u32;
        if mantissa & SIGN_BIT == 0 {
            Self(size << 24 | mantissa)
        } else {
            Self((size + 1) << 24 | mantissa >> 8)
        }
    }

    /// The compact target of a difficulty that is stated in full; none where no target has it within
    /// 10⁻⁸, a tenth of the finest step between targets.
    #[must_use]
    pub(crate) fn of_difficulty(difficulty: f64) -> Option<Self> {
        let (mut mantissa, mut size) = (f64::from(0xffff_u16) / difficulty, 0x1d_u32);
        while mantissa < f64::from(0x8000_u16) && size > 3 {
            mantissa *= 256.0;
            size -= 1;
        }
        let rounded = mantissa.round() as u32;
        let carried = rounded & SIGN_BIT != 0;
        let bits = if carried { (size + 1) << 24 | rounded >> 8 } else { size << 24 | rounded };
        let found = Self::new(bits).ok()?;
        ((found.difficulty() / difficulty - 1.0).abs() <= 1e-8).then_some(found)
    }

    /// The 32 bits of the header field.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The full target.
    #[must_use]
    pub fn target(self) -> Target {
        let (mantissa, shift) = parts(self.0);
        Target(expand(mantissa, shift))
    }

    /// Difficulty `D = 0xffff·2²⁰⁸/target`, rounded once: the quotient of two 24-bit integers is
    /// the nearest double, and the power of two is exact.
    #[must_use]
    pub fn difficulty(self) -> f64 {
        let (mantissa, shift) = parts(self.0);
        libm::ldexp(LIMIT_MANTISSA / f64::from(mantissa), LIMIT_SHIFT - shift)
    }

    /// Bound on the relative loss of a target by its compact rounding, `1/mantissa`: what is cut
    /// off is less than one unit of the mantissa (2⁻²³ to 2⁻¹⁵ for a full one).
    #[must_use]
    pub fn rounding_bound(self) -> f64 {
        1.0 / f64::from(parts(self.0).0)
    }
}

impl FromStr for CompactTarget {
    type Err = CompactError;

    fn from_str(text: &str) -> Result<Self, CompactError> {
        let hexadecimal = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = u32::from_str_radix(text, 16).map_err(|_| CompactError::NotHexadecimal)?;
        if hexadecimal { Self::new(bits) } else { Err(CompactError::NotHexadecimal) }
    }
}

impl fmt::Display for CompactTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

/// Bitcoin's rule at the end of an epoch: `target·timespan/1209600` in integers, the timespan
/// (last minus first timestamp of the epoch, 2,015 intervals) held within a quarter and four times
/// 1,209,600 s, the target at the limit, and the result rounded to compact form.
///
/// The product is below 2²²⁴·2²³ and cannot overflow 256 bits.
#[must_use]
pub fn retarget(bits: CompactTarget, timespan_s: i64) -> CompactTarget {
    let span = timespan_s.clamp(EPOCH_TIMESPAN_S / LARGEST_STEP, EPOCH_TIMESPAN_S * LARGEST_STEP);
    let product = bits.target().0 * U256::from(span.unsigned_abs());
    let quotient = product / U256::from(EPOCH_TIMESPAN_S.unsigned_abs());
    CompactTarget::from_target(Target::nearest(quotient))
}

/// Mantissa and power of two: the target is `mantissa·2^shift`, with a shift of zero or more.
const fn parts(bits: u32) -> (u32, i32) {
    let shift = 8 * ((bits >> 24).cast_signed() - 3);
    let mantissa = bits & MANTISSA_BITS;
    if shift < 0 { (mantissa >> shift.unsigned_abs(), 0) } else { (mantissa, shift) }
}

fn expand(mantissa: u32, shift: i32) -> U256 {
    U256::from(mantissa) << shift.unsigned_abs() as usize
}

#[cfg(test)]
mod tests {
    use bitcoin::params::MAINNET;
    use bitcoin::pow;
    use proptest::prelude::*;

    use super::*;

    fn compact(text: &str) -> CompactTarget {
        text.parse().expect("the test names a valid target")
    }

    /// Any header field that stands for a target between 1 and the limit.
    fn any_compact() -> impl Strategy<Value = CompactTarget> {
        (0x01_u32..=0x1d, 0_u32..0x0080_0000).prop_filter_map("not a target", |(size, mantissa)| {
            CompactTarget::new(size << 24 | mantissa).ok()
        })
    }

    #[test]
    fn a_difficulty_in_full_has_its_target_and_a_rounded_one_has_none() {
        for text in ["1d00ffff", "1b0404cb", "181b0dca", "17022b91", "1701fa38", "1c008000"] {
            let bits = compact(text);
            assert_eq!(CompactTarget::of_difficulty(bits.difficulty()), Some(bits), "{text}");
        }
        for none in [136.04, 0.5, 0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(CompactTarget::of_difficulty(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn targets_expand_as_in_rust_bitcoin(bits in any_compact()) {
            let oracle = pow::Target::from_compact(pow::CompactTarget::from_consensus(bits.bits()));
            prop_assert_eq!(bits.target().value().to_be_bytes::<32>(), oracle.to_be_bytes());
        }

        #[test]
        fn targets_round_to_compact_form_as_in_rust_bitcoin(
            limbs in any::<[u64; 4]>(), shift in 32_usize..256,
        ) {
            let target = Target::nearest(U256::from_limbs(limbs) >> shift);
            let oracle = pow::Target::from_be_bytes(target.value().to_be_bytes()).to_compact_lossy();
            prop_assert_eq!(CompactTarget::from_target(target).bits(), oracle.to_consensus());
        }

        #[test]
        fn retargets_as_in_rust_bitcoin(bits in any_compact(), span in 0_u64..10_000_000) {
            let last = pow::CompactTarget::from_consensus(bits.bits());
            let oracle = pow::CompactTarget::from_next_work_required(last, span, &MAINNET);
            prop_assume!(oracle.to_consensus() != 0);
            prop_assert_eq!(retarget(bits, span.cast_signed()).bits(), oracle.to_consensus());
        }

        #[test]
        fn rounding_lowers_a_target_by_less_than_its_bound(
            limbs in any::<[u64; 4]>(), shift in 32_usize..240,
        ) {
            let target = Target::nearest(U256::from_limbs(limbs) >> shift);
            let rounded = CompactTarget::from_target(target);
            let lost = target.value() - rounded.target().value();
            let mantissa = U256::from(rounded.rounding_bound().recip().round() as u64);
            prop_assert!(lost * mantissa < target.value());
        }

        #[test]
        fn difficulty_is_the_exact_ratio_rounded_once(bits in any_compact()) {
            let oracle = pow::Target::from_compact(pow::CompactTarget::from_consensus(bits.bits()));
            let error = bits.difficulty() / oracle.difficulty_float() - 1.0;
            prop_assert!(error.abs() <= 2.0 * f64::EPSILON);
        }

        #[test]
        fn only_mainnet_targets_are_compact_targets(bits in any::<u32>()) {
            if let Ok(valid) = CompactTarget::new(bits) {
                prop_assert!((Target::nearest(U256::ZERO)..=Target::LIMIT).contains(&valid.target()));
                prop_assert_eq!(valid.to_string().parse(), Ok(valid));
            }
        }
    }

    #[test]
    fn difficulties_are_the_published_ones() {
        let published = [
            ("1d00ffff", 1.0),
            ("1b0404cb", 16_307.420_938_523_983),
            ("17148edf", 13_691_480_038_694.451),
        ];
        for (bits, difficulty) in published {
            assert_eq!(compact(bits).difficulty().to_bits(), f64::to_bits(difficulty), "{bits}");
        }
        assert!((compact("1701fa38").difficulty() - 142_342_602_928_675.0).abs() < 1.0);
    }

    #[test]
    fn an_epoch_moves_the_target_by_no_more_than_four() {
        let bits = compact("1b0404cb");
        assert_eq!(retarget(bits, -5), retarget(bits, 302_400));
        assert_eq!(retarget(bits, i64::MAX), retarget(bits, 4_838_400));
        assert!((retarget(bits, 0).difficulty() / bits.difficulty() - 4.0).abs() < 1e-4);
        assert_eq!(retarget(CompactTarget::LIMIT, i64::MAX), CompactTarget::LIMIT);
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_reason() {
        let cases = [
            ("1d00fff", CompactError::NotHexadecimal),
            ("+d00ffff", CompactError::NotHexadecimal),
            ("1d00ffffé", CompactError::NotHexadecimal),
            ("04923456", CompactError::Negative),
            ("17000000", CompactError::Zero),
            ("00123456", CompactError::Zero),
            ("1d010000", CompactError::AboveLimit),
            ("1e00ffff", CompactError::AboveLimit),
            ("ff123456", CompactError::AboveLimit),
        ];
        for (text, reason) in cases {
            assert_eq!(text.parse::<CompactTarget>(), Err(reason), "{text}");
        }
    }

    #[test]
    fn the_hardest_target_stays_reachable() {
        let hardest = CompactTarget::from_target(Target::nearest(U256::ZERO));
        assert_eq!(retarget(hardest, 0), hardest);
        assert!(hardest.difficulty().is_finite());
    }
}
