//! Cases that take turns.

use std::time::Duration;

/// How long to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For numbers to be quoted.
    Full,
    /// For a look, and to see that the benchmarks still run.
    Quick,
}

impl Effort {
    /// Rounds over all cases.
    pub const fn rounds(self) -> usize {
        match self {
            Self::Full => 7,
            Self::Quick => 3,
        }
    }

    /// Days of a replicate.
    pub const fn days(self) -> u32 {
        match self {
            Self::Full => 1_095,
            Self::Quick => 98,
        }
    }
}

/// One timing: so much work took so long.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Time taken.
    pub time: Duration,
    /// Units of work done in it.
    pub work: f64,
}

/// A thing to be timed again and again.
struct Case {
    name: String,
    run: Box<dyn FnMut() -> Sample>,
    best: f64,
}

/// All cases.
#[derive(Default)]
pub struct Rounds {
    cases: Vec<Case>,
}

impl Rounds {
    /// Adds a case.
    pub fn add(&mut self, name: impl Into<String>, run: impl FnMut() -> Sample + 'static) {
        self.cases.push(Case { name: name.into(), run: Box::new(run), best: f64::INFINITY });
    }

    /// Runs every case once a round and keeps its best.
    pub fn race(&mut self, rounds: usize) {
        for round in 1..=rounds {
            eprint!("\rround {round} of {rounds}");
            for case in &mut self.cases {
                let sample = (case.run)();
                case.best = case.best.min(sample.time.as_secs_f64() / sample.work);
            }
        }
        eprintln!();
    }

    /// Seconds per unit of work in the best round of a case.
    pub fn best(&self, name: &str) -> f64 {
        self.cases.iter().find(|case| case.name == name).map_or(f64::NAN, |case| case.best)
    }
}
