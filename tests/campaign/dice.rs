//! Chance that can be repeated: every case of a campaign has dice of its own.

use hashflight::random::{Draws, Stream};

/// The random numbers of one case.
pub struct Dice {
    draws: Draws,
    thrown: u32,
}

impl Dice {
    /// The dice of a case.
    pub fn from_seed(seed: u64, case: u32) -> Self {
        Self { draws: Draws::new(seed, case), thrown: 0 }
    }

    /// A number in (0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.thrown += 1;
        self.draws.uniform(Stream::Analysis, 0, self.thrown, 0)
    }

    /// A whole number below a limit; 0 where the limit is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        ((self.uniform() * limit as f64) as usize).min(limit.saturating_sub(1))
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.below(several.len())]
    }
}
