//! Intervals of the smooth measures by a studentised bootstrap of the window's blocks.
//!
//! Resamples are multinomial, of as many blocks, from the estimated shares of
//! [`estimated_shares`](crate::statistics::rare_entities). With θ* the measure of those shares, each
//! resample gives z = (measure − θ*)/(its standard error); the interval is
//! [m − z₀.₉₇₅·s, m − z₀.₀₂₅·s] around the measure m of the counts (Efron and Tibshirani 1993, An
//! Introduction to the Bootstrap, section 12.5). The bias of small counts is in z and so is removed.

use std::f64::consts::LN_2;

use super::{ERROR, HHI_SCALE, Intervals};
use crate::random::{Draws, Stream};
use crate::statistics::count_estimates::{CountEstimate, Estimates, estimates};
use crate::statistics::rare_entities::estimated_shares;
use crate::statistics::samples::{Interval, quantile};

/// Fewer blocks than this have no interval: their counts hardly show their own spread.
pub(crate) const FEWEST_BLOCKS: u64 = 30;
/// Blocks that one counter of draws can address: 2¹⁶ times four words.
const PAGE: usize = 4 << 16;
/// Size of the table in which a draw looks up where to start.
const GUIDES: usize = 256;

/// Scratch that windows share.
pub(crate) struct CountBootstrap {
    draws: Draws,
    resamples: u32,
    /// ln x for x = 0, 1, 2 …
    logs: Vec<f64>,
    counts: Vec<u32>,
    /// z of HHI, entropy and Gini of each resample.
    pivots: [Vec<f64>; 3],
}

impl CountBootstrap {
    pub(super) fn new(seed: u64, resamples: u32) -> Self {
        let draws = Draws::new(seed, 0);
        Self { draws, resamples, logs: vec![0.0], counts: Vec::new(), pivots: Default::default() }
    }

    /// Intervals of the window numbered `window`, whose counts ascend.
    pub(super) fn intervals(
        &mut self,
        window: i64,
        counts: &[u32],
        population: Option<usize>,
    ) -> Intervals {
        let blocks = counts.iter().map(|&count| u64::from(count)).sum::<u64>();
        if blocks < FEWEST_BLOCKS {
            return Intervals::default();
        }
        while self.logs.len() as u64 <= blocks {
            self.logs.push(libm::log(self.logs.len() as f64));
        }
        let entities = population.unwrap_or(0).max(counts.len());
        let unseen = population.map_or(usize::MAX, |all| all.saturating_sub(counts.len()));
        let shares = estimated_shares(counts, unseen);
        let entities = entities.max(shares.len());
        self.resample(window, &shares, blocks as usize, entities);
        self.invert(&self.measured(counts, blocks, entities), population)
    }

    /// Fills the pivots.
    fn resample(&mut self, window: i64, shares: &[f64], blocks: usize, entities: usize) {
        let positive = shares.iter().filter(|share| **share > 0.0);
        let known = positive.map(|&share| (share, libm::log(share)));
        let below = entities - known.clone().count();
        let truth = estimates(known, below, blocks as f64);
        let wheel = ShareSampler::new(shares);
        self.pivots.iter_mut().for_each(Vec::clear);
        for resample in 0..self.resamples {
            self.draw(window, resample, &wheel, blocks);
            self.counts.sort_unstable();
            let found = self.measured(&self.counts, blocks as u64, entities);
            for (pivots, (one, other)) in
                self.pivots.iter_mut().zip(each(&found).into_iter().zip(each(&truth)))
            {
                pivots.push((one.value - other.value) / one.error);
            }
        }
    }

    /// One multinomial resample.
    fn draw(&mut self, window: i64, resample: u32, wheel: &ShareSampler, blocks: usize) {
        self.counts.clear();
        self.counts.resize(wheel.ends.len(), 0);
        let subject = (window & 0xFFFF_FFFF) as u32;
        for block in (0..blocks).step_by(4) {
            let page = (block / PAGE) as u32;
            let place = ((block % PAGE) / 4) as u16;
            let step = page * self.resamples + resample;
            let words = self.draws.words(Stream::Analysis, subject, step, place);
            for word in words.into_iter().take(blocks - block) {
                self.counts[wheel.entity(word)] += 1;
            }
        }
    }

    fn measured(&self, ascending: &[u32], blocks: u64, entities: usize) -> Estimates {
        let n = blocks as f64;
        let log_n = self.logs[blocks as usize];
        let found = ascending.iter().filter(|count| **count > 0);
        let below = entities.saturating_sub(found.clone().count());
        let share = |&count: &u32| (f64::from(count) / n, self.logs[count as usize] - log_n);
        estimates(found.map(share), below, n)
    }

    /// From pivots to intervals, cut to what the measures can be.
    fn invert(&mut self, found: &Estimates, population: Option<usize>) -> Intervals {
        let [hhi, entropy, gini] = each(found);
        let [hhis, entropies, ginis] = &mut self.pivots;
        let entropy = interval(entropies, entropy).map(|nats| clamped(nats, f64::INFINITY));
        // ln N - H: where N is known, what is sure about H is sure about T.
        let theil = |nats: Interval| {
            let all = libm::log(population? as f64);
            Some(clamped(Interval { low: all - nats.high, high: all - nats.low }, all))
        };
        let scaled = |by: f64| move |i: Interval| Interval { low: i.low * by, high: i.high * by };
        Intervals {
            hhi: interval(hhis, hhi).map(|shares| clamped(shares, 1.0)).map(scaled(HHI_SCALE)),
            gini: population.and_then(|_| interval(ginis, gini)).map(|index| clamped(index, 1.0)),
            theil: entropy.and_then(theil),
            shannon_bits: entropy.map(scaled(1.0 / LN_2)),
            ..Intervals::default()
        }
    }
}

fn each(estimates: &Estimates) -> [CountEstimate; 3] {
    [estimates.simpson, estimates.entropy, estimates.gini]
}

fn clamped(interval: Interval, most: f64) -> Interval {
    Interval { low: interval.low.clamp(0.0, most), high: interval.high.clamp(0.0, most) }
}

/// None where the counts have no spread (one entity, or all equal) or most resamples have none.
fn interval(pivots: &mut Vec<f64>, found: CountEstimate) -> Option<Interval> {
    let all = pivots.len();
    pivots.retain(|pivot| pivot.is_finite());
    pivots.sort_unstable_by(f64::total_cmp);
    let low = found.value - quantile(pivots, 1.0 - ERROR / 2.0)? * found.error;
    let high = found.value - quantile(pivots, ERROR / 2.0)? * found.error;
    (2 * pivots.len() > all && found.error > 1e-12).then_some(Interval { low, high })
}

/// Turns words into entities in proportion to their shares.
struct ShareSampler {
    /// Ends of the entities' parts of 2³², ascending.
    ends: Vec<u64>,
    /// The first entity whose part a word with these leading bits can lie in.
    guides: [usize; GUIDES],
}

impl ShareSampler {
    fn new(shares: &[f64]) -> Self {
        let mut sum = 0.0;
        let mut ends: Vec<u64> = Vec::with_capacity(shares.len());
        for share in shares {
            sum += share;
            ends.push((sum * (1_u64 << 32) as f64) as u64);
        }
        // What rounding left over belongs to the largest.
        ends.iter_mut().last().into_iter().for_each(|end| *end = 1 << 32);
        let first = |lead: usize| ends.partition_point(|end| *end <= (lead as u64) << 24);
        let guides = std::array::from_fn(first);
        Self { ends, guides }
    }

    #[inline]
    fn entity(&self, word: u32) -> usize {
        let mut entity = self.guides[(word >> 24) as usize];
        while self.ends[entity] <= u64::from(word) {
            entity += 1;
        }
        entity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::concentration::indices::{Control, measures};
    use crate::numerics::ranking::Ranking;

    #[test]
    fn the_wheel_gives_each_entity_its_share_of_words() {
        let wheel = ShareSampler::new(&[0.125, 0.25, 0.625]);
        let mut counts = [0_u32; 3];
        for word in (0..=u32::MAX).step_by(1 << 16) {
            counts[wheel.entity(word)] += 1;
        }
        assert_eq!(counts, [8_192, 16_384, 40_960]);
        assert_eq!(wheel.entity(u32::MAX), 2);
    }

    #[test]
    fn counts_without_spread_have_no_interval() {
        let mut bootstrap = CountBootstrap::new(1, 100);
        for counts in [&[144][..], &[36, 36, 36, 36], &[5, 7]] {
            let found = bootstrap.intervals(0, counts, Some(10));
            assert!(found.hhi.is_none() && found.shannon_bits.is_none(), "{counts:?}: {found:?}");
        }
    }

    /// Blocks of the pools of difficulty epoch 450 (2024) and of the entities of 2019-06-15.
    const SHARES: [&[u32]; 2] = [
        &[570, 368, 258, 221, 175, 90, 78, 60, 36, 32, 24, 22, 19, 18, 13, 10, 8, 5, 4, 2, 1, 1, 1],
        &[44, 17, 16, 15, 15, 13, 6, 6, 3, 3, 2, 2, 1, 1, 1, 1],
    ];
    const POPULATION: usize = 236;

    /// How often the intervals of HHI, entropy, Gini and Theil hold the truth.
    fn coverage(shares: &[u32], blocks: usize, windows: u32, resamples: u32) -> [f64; 4] {
        let whole: f64 = shares.iter().map(|&x| f64::from(x)).sum();
        let shares: Vec<f64> = shares.iter().rev().map(|&x| f64::from(x) / whole).collect();
        let mut ranking = Ranking::default();
        let truth = measures(ranking.rank(shares.iter().copied()), Control::MAJORITY, POPULATION);
        let wheel = ShareSampler::new(&shares);
        let (mut nature, mut bootstrap) =
            (CountBootstrap::new(5, 1), CountBootstrap::new(6, resamples));
        let mut held = [0_u32; 4];
        for window in 0..windows {
            nature.draw(i64::from(window), 0, &wheel, blocks);
            let mut counts: Vec<u32> = nature.counts.iter().copied().filter(|x| *x > 0).collect();
            counts.sort_unstable();
            let found = bootstrap.intervals(i64::from(window), &counts, Some(POPULATION));
            let pairs = [
                (found.hhi, truth.hhi),
                (found.shannon_bits, truth.shannon_bits),
                (found.gini, truth.gini),
                (found.theil, truth.theil),
            ];
            for (held, (interval, value)) in held.iter_mut().zip(pairs) {
                let inside = interval.is_some_and(|i| i.low <= value && value <= i.high);
                *held += u32::from(inside);
            }
        }
        held.map(|held| f64::from(held) / f64::from(windows))
    }

    #[test]
    fn intervals_hold_the_truth_in_92_to_97_percent_of_daily_windows() {
        assert_covered(144, 1_000, 400);
    }

    #[test]
    fn intervals_hold_the_truth_in_92_to_97_percent_of_epochs() {
        assert_covered(2_016, 300, 400);
    }

    fn assert_covered(blocks: usize, windows: u32, resamples: u32) {
        let tolerance = 3.0 * (0.95_f64 * 0.05 / f64::from(windows)).sqrt();
        for shares in SHARES {
            let found = coverage(shares, blocks, windows, resamples);
            eprintln!("{blocks} blocks, {} entities: {found:?}", shares.len());
            let allowed = 0.92 - tolerance..=0.97 + tolerance;
            assert!(found.iter().all(|share| allowed.contains(share)), "{blocks}: {found:?}");
        }
    }
}
