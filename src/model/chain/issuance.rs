//! Issuance: what a block creates, what exists at a height, what the schedule foresaw.

use crate::units::Btc;

/// Blocks between halvings.
pub(crate) const HALVING_INTERVAL: u32 = 210_000;
/// Blocks a day on schedule: one every 600 s.
pub(crate) const SCHEDULED_BLOCKS_PER_DAY: u32 = 144;
/// Satoshi in a bitcoin.
pub(crate) const SATOSHI_PER_BTC: u64 = 100_000_000;

const FIRST_SUBSIDY: u64 = 50 * SATOSHI_PER_BTC;

/// Subsidy of the block at `height`, satoshi: `⌊50·10⁸/2^⌊height/210000⌋⌋` (zero from the 33rd
/// halving).
#[must_use]
pub const fn subsidy(height: u32) -> u64 {
    subsidy_of_era(height / HALVING_INTERVAL)
}

/// Coins created by all blocks up to and including `height`, satoshi: whole eras plus the part of
/// the last. The first block's 50 bitcoin, which cannot be spent, count.
#[must_use]
pub fn supply(height: u32) -> u64 {
    let blocks = u64::from(height) + 1;
    let era = (blocks / u64::from(HALVING_INTERVAL)) as u32;
    let whole: u64 = (0..era.min(u64::BITS))
        .map(|past| u64::from(HALVING_INTERVAL) * subsidy_of_era(past))
        .sum();
    whole + blocks % u64::from(HALVING_INTERVAL) * subsidy_of_era(era)
}

/// Coins that would exist `days` after a block at `from_height` with 144 blocks a day, satoshi.
#[must_use]
pub(crate) fn scheduled_supply(from_height: u32, days: u32) -> u64 {
    supply(from_height.saturating_add(days.saturating_mul(SCHEDULED_BLOCKS_PER_DAY)))
}

/// Coins that the schedule issues a day at a subsidy: 144·S.
#[must_use]
pub fn scheduled_issuance(subsidy: Btc) -> Btc {
    subsidy * f64::from(SCHEDULED_BLOCKS_PER_DAY)
}

/// Coins issued up to `height` minus [`scheduled_supply`], satoshi: negative while blocks are slow.
#[must_use]
pub fn issuance_deviation(height: u32, from_height: u32, days: u32) -> i64 {
    supply(height).cast_signed() - scheduled_supply(from_height, days).cast_signed()
}

/// An amount of satoshi in bitcoin, the nearest double.
#[must_use]
pub const fn bitcoin(satoshi: u64) -> Btc {
    Btc(satoshi as f64 / SATOSHI_PER_BTC as f64)
}

const fn subsidy_of_era(era: u32) -> u64 {
    if era < u64::BITS { FIRST_SUBSIDY >> era } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subsidy_halves_every_210000_blocks() {
        let schedule = [
            (0, 5_000_000_000),
            (209_999, 5_000_000_000),
            (210_000, 2_500_000_000),
            (839_999, 625_000_000),
            (840_000, 312_500_000),
            (6_929_999, 1),
            (6_930_000, 0),
            (u32::MAX, 0),
        ];
        for (height, satoshi) in schedule {
            assert_eq!(subsidy(height), satoshi, "height {height}");
        }
    }

    #[test]
    fn every_coin_there_will_ever_be_is_counted() {
        assert_eq!(supply(6_929_999), 2_099_999_997_690_000);
        assert_eq!(supply(u32::MAX), 2_099_999_997_690_000);
    }

    #[test]
    fn supply_grows_by_the_subsidy_of_each_block() {
        assert_eq!(supply(0), subsidy(0));
        for height in (0..40).map(|era| era * HALVING_INTERVAL).flat_map(|h| h + 1..h + 3) {
            for block in [height, height + HALVING_INTERVAL - 2] {
                assert_eq!(supply(block) - supply(block - 1), subsidy(block), "block {block}");
            }
        }
    }

    #[test]
    fn issuance_on_schedule_does_not_deviate() {
        assert_eq!(issuance_deviation(917_000 + 1_440, 917_000, 10), 0);
        assert_eq!(issuance_deviation(917_000 + 1_439, 917_000, 10), -312_500_000);
        assert_eq!(issuance_deviation(917_000 + 1_442, 917_000, 10), 625_000_000);
    }

    #[test]
    fn the_schedule_passes_through_a_halving() {
        let (before, days) = (1_049_999 - 144, 2);
        let expected = supply(before) + 144 * 312_500_000 + 144 * 156_250_000;
        assert_eq!(scheduled_supply(before, days), expected);
    }

    #[test]
    fn satoshi_become_bitcoin() {
        assert_eq!(bitcoin(312_500_000), Btc(3.125));
    }
}
