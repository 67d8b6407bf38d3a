//! Counter-based random numbers: a draw is a pure function of what it is for.
//!
//! [`Draws`] is keyed by (seed, replicate); every draw is then addressed by (stream, subject, step,
//! draw). Nothing is consumed, so adding a miner, a draw or a whole process shifts nothing
//! elsewhere, and two scenarios that share a seed share every draw they both make (common random
//! numbers). The model says what it draws for ([`Need`]) and knows no addresses. The generator is
//! Philox4x32-10 (Salmon et al. 2011, SC'11, section 3.3).

mod needs;

pub use needs::Need;

use bevy_ecs::prelude::Resource;

/// What a draw is for. The numbers are part of the published results: never reuse or renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Stream {
    /// Work needed to find a block (subject 0, step = height); second lane: the pool that finds it.
    Block = 1,
    /// Bitcoin price: diffusion and jumps.
    Price = 2,
    /// Fee level and spikes.
    Fees = 3,
    /// Regional spot power (subject = region).
    SpotPower = 4,
    /// Regional weather (subject = region).
    Weather = 5,
    /// AI rent level.
    Rent = 6,
    /// Arrival of AI tenders and what they ask for.
    Tender = 7,
    /// AI sector bust.
    Bust = 8,
    /// Make-up of the initial population (subject = miner).
    Population = 9,
    /// Make-up of owners (subject = owner).
    Owner = 10,
    /// Monthly review of a miner: noise of a choice (subject = miner, step = day).
    Review = 11,
    /// Course of an AI project (subject = campus, step = day signed).
    Project = 12,
    /// Default of a tenant (subject = miner, step = day).
    TenantDefault = 13,
    /// Entry of new miners.
    Entry = 14,
    /// Tests and analyses outside the model.
    Analysis = 15,
    /// Scheduled closure of a site (subject = miner, step = phase).
    Closure = 16,
    /// Whether a miner is strategic (subject = miner, step 0).
    Strategic = 17,
    /// Points of a calibration (subject = point, step = generation, draw 1 up = parameter); draw 0: whose
    /// neighbours they are (subject 0), and who stands for the posterior (subject 1).
    Calibration = 18,
    /// Uptime (step = day).
    Uptime = 19,
    /// Size of the order book on the first day.
    OrderBook = 20,
    /// Appetite for rigs (step = day; 0 = the first day's level).
    Appetite = 21,
    /// Make-up of campuses (subject = campus).
    Campus = 23,
    /// Noise of an offer to a tenant (subject = campus, step = day, draw = tender of the day).
    Offer = 24,
}

/// All random numbers of one replicate.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Draws {
    key: [u32; 2],
    replicate: u32,
}

impl Draws {
    /// The random numbers of `replicate` under `seed`.
    #[must_use]
    pub const fn new(seed: u64, replicate: u32) -> Self {
        Self { key: [low(seed), low(seed >> 32)], replicate }
    }

    /// One uniform in (0, 1) for a need.
    #[inline]
    #[must_use]
    pub fn draw(&self, need: Need) -> f64 {
        self.draw_pair(need)[0]
    }

    /// Two independent uniforms in (0, 1) for a need.
    #[inline]
    #[must_use]
    pub fn draw_pair(&self, need: Need) -> [f64; 2] {
        let (stream, subject, step, draw) = need.address();
        self.pair(stream, subject, step, draw)
    }

    /// Two independent uniforms in (0, 1) for the `draw`-th need of `subject` at `step`. For analyses
    /// and tests: the model draws for a [`Need`].
    #[inline]
    #[must_use]
    pub fn pair(&self, stream: Stream, subject: u32, step: u32, draw: u16) -> [f64; 2] {
        let [a, b, c, d] = self.words(stream, subject, step, draw);
        [unit_interval(a, b), unit_interval(c, d)]
    }

    /// The four random words behind [`Draws::pair`], for those who need many coarse draws.
    #[inline]
    #[must_use]
    pub fn words(&self, stream: Stream, subject: u32, step: u32, draw: u16) -> [u32; 4] {
        let purpose = (stream as u32) << 16 | u32::from(draw);
        philox4x32_10([self.replicate, purpose, subject, step], self.key)
    }

    /// One uniform in (0, 1).
    ///
    /// # Examples
    /// ```
    /// use hashflight::random::{Draws, Stream};
    ///
    /// // A draw is a function of its address: nothing is consumed, order does not matter.
    /// let (one, other) = (Draws::new(7, 0), Draws::new(7, 1));
    /// let noise = |draws: &Draws| draws.uniform(Stream::Review, 42, 100, 0);
    /// assert_eq!(noise(&one), noise(&one));
    /// assert_ne!(noise(&one), noise(&other));
    /// ```
    #[inline]
    #[must_use]
    pub fn uniform(&self, stream: Stream, subject: u32, step: u32, draw: u16) -> f64 {
        self.pair(stream, subject, step, draw)[0]
    }
}

/// The low half of a 64-bit word.
const fn low(word: u64) -> u32 {
    (word & 0xFFFF_FFFF) as u32
}

/// Maps 64 random bits to the centre of one of 2⁵² equal cells of (0, 1): never 0, never 1.
#[inline]
fn unit_interval(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 32 | u64::from(low)) >> 12;
    (bits as f64 + 0.5) * (1.0 / (1_u64 << 52) as f64)
}

/// Philox4x32 with ten rounds: four random words from a 128-bit counter and a 64-bit key.
#[inline]
#[must_use]
pub(crate) fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    let ([mut a, mut b, mut c, mut d], [mut k0, mut k1]) = (counter, key);
    for _ in 0..10 {
        let first = MULTIPLIERS[0] * u64::from(a);
        let second = MULTIPLIERS[1] * u64::from(c);
        (a, b, c, d) =
            (low(second >> 32) ^ b ^ k0, low(second), low(first >> 32) ^ d ^ k1, low(first));
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known-answer vectors of the Random123 distribution (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_gives_the_published_vectors() {
        assert_eq!(
            philox4x32_10([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox4x32_10([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox4x32_10(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn uniforms_stay_inside_the_open_interval() {
        assert!(unit_interval(0, 0) > 0.0);
        assert!(unit_interval(u32::MAX, u32::MAX) < 1.0);
    }

    #[test]
    fn every_part_of_the_address_matters() {
        let draws = Draws::new(1, 0);
        let base = draws.uniform(Stream::Price, 1, 1, 1);
        let others = [
            Draws::new(2, 0).uniform(Stream::Price, 1, 1, 1),
            Draws::new(1, 1).uniform(Stream::Price, 1, 1, 1),
            draws.uniform(Stream::Fees, 1, 1, 1),
            draws.uniform(Stream::Price, 2, 1, 1),
            draws.uniform(Stream::Price, 1, 2, 1),
            draws.uniform(Stream::Price, 1, 1, 2),
        ];
        assert!(others.iter().all(|&other| other != base));
    }

    #[test]
    fn the_mean_and_variance_are_those_of_the_uniform_law() {
        let n = 200_000_u32;
        let draws = Draws::new(42, 7);
        let (mut sum, mut square) = (0.0, 0.0);
        for step in 0..n {
            let u = draws.uniform(Stream::Analysis, 0, step, 0);
            sum += u;
            square += u * u;
        }
        let (n, mean) = (f64::from(n), sum / f64::from(n));
        let standard_error = (1.0 / 12.0 / n).sqrt();
        assert!((mean - 0.5).abs() < 4.0 * standard_error);
        assert!((square / n - 1.0 / 3.0).abs() < 4.0 * (4.0 / 45.0 / n).sqrt());
    }
}
