//! Is one forecast better than another? Losses of windows that overlap, compared.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::random::{Draws, Stream};
use crate::statistics::samples::{Interval, mean, quantile};

/// Skill of losses over a rival's, 1 − mean(losses)/mean(rival), with an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skill {
    /// From all windows: 1 is perfect, 0 as good as the rival, below 0 worse.
    pub value: f64,
    /// 95 % interval; none where windows do not make two blocks: resamples would hardly differ.
    pub interval: Option<Interval>,
}

/// Probability that an interval misses the truth.
const ERROR: f64 = 0.05;

impl Skill {
    /// Of losses of the same windows in order, of which `overlap` neighbours share epochs: moving blocks of that length
    /// are drawn with replacement until there are as many windows (Künsch 1989, Annals of Statistics 17:1217).
    ///
    /// None without windows, or where the rival loses nothing.
    #[must_use]
    pub fn from_losses(
        losses: &[f64],
        rival: &[f64],
        overlap: usize,
        resamples: u32,
        seed: u64,
    ) -> Option<Self> {
        let windows = losses.len();
        if windows == 0 || windows != rival.len() {
            return None;
        }
        let of = |chosen: &[usize]| {
            let sum = |of: &[f64]| chosen.iter().map(|&window| of[window]).sum::<f64>();
            let against = sum(rival);
            (against > 0.0).then(|| 1.0 - sum(losses) / against)
        };
        let mut chosen: Vec<usize> = (0..windows).collect();
        let value = of(&chosen)?;
        let block = overlap.max(1);
        if 2 * block > windows {
            return Some(Self { value, interval: None });
        }
        let draws = Draws::new(seed, 0);
        let mut all = Vec::with_capacity(resamples as usize);
        for resample in 0..resamples {
            moving_blocks(&draws, resample, block, &mut chosen);
            all.push(of(&chosen)?);
        }
        all.sort_by(f64::total_cmp);
        let ends = quantile(&all, 0.5 * ERROR).zip(quantile(&all, 1.0 - 0.5 * ERROR));
        Some(Self { value, interval: ends.map(|(low, high)| Interval { low, high }) })
    }
}

/// Fills `chosen` with blocks of neighbours, each beginning equally likely.
fn moving_blocks(draws: &Draws, resample: u32, block: usize, chosen: &mut [usize]) {
    let begins = (chosen.len() - block + 1) as f64;
    for (number, part) in (0..).zip(chosen.chunks_mut(block)) {
        let u = draws.uniform(Stream::Analysis, number, resample, 0);
        let first = (u * begins) as usize;
        for (window, slot) in (first..).zip(part) {
            *slot = window;
        }
    }
}

/// Diebold and Mariano's test that two forecasts lose equally, in the form of Harvey, Leybourne and Newbold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DieboldMariano {
    /// Student t of the mean difference of losses, rival's less own.
    pub statistic: f64,
    /// Two-sided probability of as large a difference between equal forecasts.
    pub p: f64,
}

impl DieboldMariano {
    /// Of the losses of the same windows in order, of which `overlap` neighbours share epochs, so that differences are
    /// correlated up to `overlap` − 1 windows apart:
    ///
    /// t = d̄/√(V/n)·√((n + 1 − 2h + h(h − 1)/n)/n), V = γ₀ + 2·Σ_{k<h} γₖ, with n − 1 degrees of freedom
    ///
    /// (Diebold and Mariano 1995, Journal of Business & Economic Statistics 13:253; Harvey, Leybourne and Newbold 1997,
    /// International Journal of Forecasting 13:281). None for fewer windows than 2·`overlap` + 2, or where the estimate of
    /// the variance is not above 0.
    #[must_use]
    pub fn from_losses(losses: &[f64], rival: &[f64], overlap: usize) -> Option<Self> {
        let (windows, steps) = (losses.len(), overlap.max(1));
        if windows != rival.len() || windows < 2 * steps + 2 {
            return None;
        }
        let differences: Vec<f64> = rival.iter().zip(losses).map(|(r, l)| r - l).collect();
        let centre = mean(&differences);
        let n = windows as f64;
        let covariance = |lag: usize| -> f64 {
            let pairs = differences.iter().zip(&differences[lag..]);
            pairs.map(|(a, b)| (a - centre) * (b - centre)).sum::<f64>() / n
        };
        let variance = covariance(0) + 2.0 * (1..steps).map(covariance).sum::<f64>();
        let h = steps as f64;
        let correction = (n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n;
        if variance <= 0.0 || correction <= 0.0 {
            return None;
        }
        let statistic = centre / (variance / n).sqrt() * correction.sqrt();
        let law = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
        Some(Self { statistic, p: 2.0 * law.sf(statistic.abs()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_loss_is_a_skill_of_one_half_whatever_is_drawn() {
        let rival: Vec<f64> = (1..=12).map(f64::from).collect();
        let losses: Vec<f64> = rival.iter().map(|loss| 0.5 * loss).collect();
        let skill = Skill::from_losses(&losses, &rival, 3, 200, 1).expect("there are windows");
        let interval = skill.interval.expect("four blocks");
        for value in [skill.value, interval.low, interval.high] {
            assert!((value - 0.5).abs() < 1e-12, "{skill:?}");
        }
    }

    #[test]
    fn less_than_two_blocks_have_no_interval_and_nothing_no_skill() {
        assert_eq!(Skill::from_losses(&[1.0; 7], &[2.0; 7], 4, 50, 1).unwrap().interval, None);
        assert!(Skill::from_losses(&[1.0; 8], &[2.0; 8], 4, 50, 1).unwrap().interval.is_some());
        assert_eq!(Skill::from_losses(&[], &[], 1, 50, 1), None);
        assert_eq!(Skill::from_losses(&[1.0], &[0.0], 1, 50, 1), None);
    }

    #[test]
    fn blocks_are_neighbours_and_fill_all_places() {
        let mut chosen = [0; 10];
        moving_blocks(&Draws::new(3, 0), 5, 4, &mut chosen);
        let inner = (0..10).filter(|place| place % 4 > 0);
        assert!(inner.into_iter().all(|place| chosen[place] == chosen[place - 1] + 1));
        assert!(chosen.iter().all(|&window| window < 10));
    }

    #[test]
    fn intervals_of_longer_blocks_are_wider_where_neighbours_agree() {
        // Losses that come in runs of six: twelve windows are two and not twelve.
        let losses: Vec<f64> = (0..36).map(|i| if i / 6 % 2 == 0 { 0.5 } else { 1.5 }).collect();
        let width = |overlap| {
            let skill = Skill::from_losses(&losses, &[1.0; 36], overlap, 2_000, 1).unwrap();
            skill.interval.map(|interval| interval.high - interval.low).unwrap()
        };
        assert!(width(6) > 1.3 * width(1), "{} {}", width(6), width(1));
    }

    /// Worked by hand: d = (1, 3, 2, 4, 0, 2), mean 2, γ₀ = 10/6, γ₁ = (−1·1 + 1·0 + 0·2 + 2·−2 + −2·0)/6 = −5/6.
    #[test]
    fn the_test_has_the_value_worked_out_by_hand() {
        let rival = [1.0, 3.0, 2.0, 4.0, 0.0, 2.0];
        let one = DieboldMariano::from_losses(&[0.0; 6], &rival, 1).expect("six windows");
        // 2/√(10/36)·√(5/6)
        assert!(
            (one.statistic - 2.0 / (10.0_f64 / 36.0).sqrt() * (5.0_f64 / 6.0).sqrt()).abs() < 1e-12
        );
        assert!((one.p - 0.017_8).abs() < 5e-4, "{}", one.p);
        // V = 10/6 − 10/6 = 0: no answer rather than an infinite one.
        assert_eq!(DieboldMariano::from_losses(&[0.0; 6], &rival, 2), None);
        assert_eq!(DieboldMariano::from_losses(&[0.0; 5], &rival[..5], 2), None);
    }
}
