//! What is known of the network at the moment from which it is forecast.

use crate::units::{DAY, DAYS_PER_YEAR, HashRate};

use super::hashprice::HASHES_PER_DIFFICULTY;

/// The first midnight (UTC) that is not before a time, s.
#[must_use]
pub(crate) fn midnight_after(time: i64) -> i64 {
    let day = DAY.0 as i64;
    time.div_euclid(day) * day + if time.rem_euclid(day) > 0 { day } else { 0 }
}

/// Height of the last block found `elapsed` seconds after the first block of an epoch, by expectation:
/// h₀ + ⌊t·H/(D·2³²)⌋, at most the epoch's last.
#[must_use]
pub(crate) fn expected_height(
    first_height: u32,
    difficulty: f64,
    hash_rate: HashRate,
    elapsed: f64,
) -> u32 {
    let blocks = elapsed.max(0.0) * hash_rate.0 / (difficulty * HASHES_PER_DIFFICULTY);
    first_height + (blocks as u32).min(super::difficulty::BLOCKS_PER_EPOCH - 1)
}

/// Time that an epoch's blocks take at a difficulty and a hash rate: 2016·D·2³²/H, s.
#[must_use]
pub(crate) fn expected_span(difficulty: f64, hash_rate: HashRate) -> f64 {
    let blocks = f64::from(super::difficulty::BLOCKS_PER_EPOCH);
    blocks * difficulty * HASHES_PER_DIFFICULTY / hash_rate.0
}

/// e^(mean of logs); 0 of nothing.
#[must_use]
pub(crate) fn geometric_mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    libm::exp(values.iter().map(|&value| libm::log(value)).sum::<f64>() / values.len() as f64)
}

/// Hash rate one, two, … years before a time: geometric mean of the epoch in force then and of its
/// neighbours, as far back as there is an epoch on both sides, at most `most` of them.
///
/// `times`: when epochs began, rising, s; `hash_rates`: theirs, in any unit.
#[must_use]
pub(crate) fn yearly_hash_rates(
    times: &[f64],
    hash_rates: &[f64],
    now: f64,
    most: usize,
) -> Vec<f64> {
    let year = DAYS_PER_YEAR * DAY.0;
    let at = |years: usize| {
        let began = times.partition_point(|&time| time <= now - years as f64 * year);
        let (first, end) = (began.checked_sub(2)?, began + 1);
        (end <= hash_rates.len()).then(|| geometric_mean(&hash_rates[first..end]))
    };
    (1..=most).map_while(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_is_its_own() {
        assert_eq!(midnight_after(86_400), 86_400);
        assert_eq!(midnight_after(86_401), 172_800);
    }

    #[test]
    fn at_the_designed_pace_a_day_has_144_blocks() {
        let rate = HashRate(2.0 * HASHES_PER_DIFFICULTY / 600.0);
        assert_eq!(expected_height(4_032, 2.0, rate, 86_400.0), 4_176);
        assert_eq!(expected_height(4_032, 2.0, rate, 1e9), 6_047);
        assert!((expected_span(2.0, rate) - 1_209_600.0).abs() < 1e-6);
    }

    #[test]
    fn past_years_are_means_of_three_epochs() {
        let year = DAYS_PER_YEAR * 86_400.0;
        let times: Vec<f64> = (0..53).map(|index| f64::from(index) * year / 26.0).collect();
        let rates: Vec<f64> = (0..53).map(|index| libm::exp(f64::from(index) / 26.0)).collect();
        let past = yearly_hash_rates(&times, &rates, 52.5 / 26.0 * year, 6);
        assert_eq!(past.len(), 1);
        assert!((past[0] - libm::exp(1.0)).abs() < 1e-9);
    }

    #[test]
    fn the_geometric_mean_of_two_and_eight_is_four() {
        assert!((geometric_mean(&[2.0, 8.0]) - 4.0).abs() < 1e-12);
        assert_eq!(geometric_mean(&[]), 0.0);
    }
}
