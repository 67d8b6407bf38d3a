//! ASERT: the difficulty rule that Bitcoin Cash adopted in November 2020 ("aserti3-2d").
//!
//! The target is a pure function of how far the chain is ahead of or behind its schedule:
//! `target = anchor·2^((Δt − 600·(Δh + 1))/τ)`, Δt the seconds since the anchor's **parent**, Δh the
//! blocks since the anchor, τ the half-life. It has no memory, hence no epochs, and an elastic
//! supply of hash rate cannot make it swing.
//!
//! Source: Lundeberg (2020), "Static difficulty adjustments, with absolutely scheduled
//! exponentially rising targets (DA-ASERT)"; Toomim, Zegers and Lundeberg (2020), Bitcoin Cash
//! specification "2020-11-15 ASERT difficulty adjustment algorithm" for the integer rule.

use super::difficulty::CompactTarget;

/// Half-life of Bitcoin Cash, two days, s.
pub(crate) const HALF_LIFE_S: u32 = 172_800;

/// Scheduled time between blocks, s.
const SPACING_S: i128 = 600;
/// Bits of the exponent after the binary point.
const FRACTION_BITS: u32 = 16;
/// A shift this long leaves nothing of any target, or exceeds the limit from any target.
const LONGEST_SHIFT: i128 = 256;

/// Target of the block after the one `height_delta` blocks above the anchor and `time_delta_s`
/// seconds after the anchor's parent, with the half-life of two days.
#[must_use]
pub fn asert(anchor: CompactTarget, time_delta_s: i64, height_delta: i64) -> CompactTarget {
    asert_with_half_life(anchor, time_delta_s, height_delta, HALF_LIFE_S)
}

/// [`asert`] with a half-life of `half_life_s` seconds (0 counts as 1).
///
/// In integers: the exponent `x = (Δt − 600·(Δh + 1))·2¹⁶/τ`, cut off towards zero, splits into whole
/// doublings `⌊x/2¹⁶⌋` and a fraction; the power of the fraction is a cubic; the product with the
/// target is cut off; the result lies between 1 and the limit and is rounded to compact form.
#[must_use]
pub(crate) fn asert_with_half_life(
    anchor: CompactTarget,
    time_delta_s: i64,
    height_delta: i64,
    half_life_s: u32,
) -> CompactTarget {
    let ahead = i128::from(time_delta_s) - SPACING_S * (i128::from(height_delta) + 1);
    let exponent = (ahead << FRACTION_BITS) / i128::from(half_life_s.max(1));
    let doublings = (exponent >> FRACTION_BITS).clamp(-LONGEST_SHIFT, LONGEST_SHIFT) as i32;
    let factor = power_of_two(exponent as u16);
    let shift = doublings - FRACTION_BITS.cast_signed();
    CompactTarget::from_target(anchor.target().scaled(factor, shift))
}

/// `2^(f/2¹⁶)·2¹⁶` by the specification's cubic, which errs by less than 0.013 %.
fn power_of_two(fraction: u16) -> u32 {
    const ROUND: u64 = 1 << 47;
    let f = u64::from(fraction);
    // At most 2⁶⁴ − 4·10¹⁴: the coefficients were chosen to fit.
    let cubic = 195_766_423_245_049 * f + 971_821_376 * f * f + 5_127 * f * f * f + ROUND;
    (1 << FRACTION_BITS) + (cubic >> 48) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compact(text: &str) -> CompactTarget {
        text.parse().expect("the test names a valid target")
    }

    /// Height since the anchor, seconds since its parent, target: rows of the specification's
    /// test vectors (runs 1 to 12 in Bitcoin Cash Node's test data).
    type AsertRow = (i64, i64, &'static str);

    fn check(run: &str, anchor: &str, rows: &[AsertRow]) {
        for &(height, time, bits) in rows {
            let next = asert(compact(anchor), time, height);
            assert_eq!(next.to_string(), bits, "{run}: {height} blocks, {time} s");
        }
    }

    #[test]
    fn runs_1_and_2_a_chain_on_schedule_keeps_its_target() {
        for anchor in ["1d00ffff", "1a2b3c4d"] {
            for blocks in 1..=10 {
                check("1, 2", anchor, &[(blocks, 600 * (blocks + 1), anchor)]);
            }
        }
    }

    #[test]
    fn run_4_the_hardest_target_doubles() {
        check("4", "01010000", &[(1, 174_000, "01020000"), (2, 347_400, "01040000")]);
    }

    #[test]
    fn run_5_half_lives_without_time_halve_the_target_down_to_1() {
        let leading =
            ["00fec5", "7f62c0", "3fb160", "1fd8b0", "0fec58", "07f62c", "03fb16", "01fd8b"];
        for halving in 0..208_u32 {
            let size = 0x1d - halving.div_ceil(8);
            let bits = format!("{size:02x}{}", leading[halving as usize % 8]);
            let next = asert(CompactTarget::LIMIT, 0, 1 + 288 * i64::from(halving));
            assert_eq!(next.to_string(), bits, "run 5, halving {halving}");
        }
        let smallest = [
            (60_193, 0, "027f6200"),
            (62_209, 0, "0200fe00"),
            (62_497, 0, "017f0000"),
            (63_937, 0, "01030000"),
            (64_225, 0, "01010000"),
            (64_513, 0, "01010000"),
        ];
        check("5", "1d00ffff", &smallest);
    }

    #[test]
    fn run_6_random_block_times_at_a_stable_hash_rate() {
        let rows = [
            (1, 1_200, "1802aee8"),
            (2, 1_310, "1802ad91"),
            (3, 1_327, "1802abf8"),
            (9, 7_099, "1802b1f2"),
            (22, 19_348, "1802be68"),
            (100, 63_201, "1802b620"),
            (185, 112_245, "1802b0b0"),
            (311, 199_668, "1802d232"),
            (467, 279_447, "1802ab33"),
            (551, 338_121, "1802c249"),
            (619, 378_438, "1802c0ec"),
        ];
        check("6", "1802aee8", &rows);
    }

    #[test]
    fn run_8_random_block_times_at_a_falling_hash_rate() {
        let rows = [
            (21, 33_606, "1802e994"),
            (102, 352_990, "1808a0e7"),
            (125, 498_904, "180ea828"),
            (186, 1_078_358, "19008158"),
            (249, 2_101_636, "191a522b"),
            (281, 2_567_210, "1a009dbf"),
            (351, 3_950_808, "1b0085ea"),
            (426, 5_460_070, "1c00b9fd"),
            (480, 6_842_136, "1d00a31a"),
            (483, 6_930_238, "1d00e688"),
            (484, 6_993_399, "1d00ffff"),
            (500, 7_462_933, "1d00ffff"),
        ];
        check("8", "1802aee8", &rows);
    }

    #[test]
    fn runs_9_to_12_slow_and_unordered_blocks() {
        let rows = [
            (1, 900, "1802ae16"),
            (3, 1_500, "1802ac71"),
            (1, 1_500, "1802afbb"),
            (2, 2_400, "1802b08f"),
            (3, 3_300, "1802b166"),
            (10, 9_600, "1802b73d"),
            (2, 1_496, "1802ae12"),
            (2, 1_199, "1802ad44"),
            (3, 1_198, "1802ab9e"),
        ];
        check("9 to 12", "1802aee8", &rows);
    }

    #[test]
    fn the_cubic_errs_by_less_than_0_013_per_cent() {
        for fraction in 0..=u16::MAX {
            let exact = 65_536.0 * libm::exp2(f64::from(fraction) / 65_536.0);
            assert!((f64::from(power_of_two(fraction)) / exact - 1.0).abs() < 1.3e-4);
        }
    }

    proptest! {
        #[test]
        fn the_target_is_the_exponential_of_the_lag(lag in -2_000_000_i64..2_000_000) {
            let anchor = compact("1a2b3c4d");
            let next = asert(anchor, 600 + lag, 0);
            let exact = libm::exp2(-(lag as f64) / f64::from(HALF_LIFE_S));
            prop_assert!((next.difficulty() / anchor.difficulty() / exact - 1.0).abs() < 3e-4);
        }

        #[test]
        fn later_blocks_never_get_a_harder_target(
            time in any::<i32>(), later in 0_i64..1_000_000, height in any::<i32>(), tau in 1_u32..,
        ) {
            let (time, height) = (i64::from(time), i64::from(height));
            let anchor = compact("1a2b3c4d");
            let early = asert_with_half_life(anchor, time, height, tau).target();
            let late = asert_with_half_life(anchor, time + later, height, tau).target();
            prop_assert!(early <= late);
        }

        #[test]
        fn no_input_overflows(time in any::<i64>(), height in any::<i64>(), tau in any::<u32>()) {
            let next = asert_with_half_life(compact("1802aee8"), time, height, tau);
            prop_assert!(CompactTarget::new(next.bits()).is_ok());
        }
    }
}
