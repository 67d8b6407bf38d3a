//! Decisions to invest against theory: the three rules for halls disagree where theory says so, a miner alone
//! signs at the trigger of McDonald and Siegel (1986) and Marshall's, and a competitive supply of hash rate
//! keeps what a hash earns under a reflecting barrier (Prat and Walter 2021, "An Equilibrium Model of the
//! Market for Bitcoin Mining", J. Political Economy 129(8)).
//!
//! Expected values are worked out here, from parameters, by formulas and solvers of these files.

mod alone;
mod barrier;
mod rules;
mod switching;

/// Seeds of all runs.
const SEEDS: [u64; 2] = [20_251_001, 7];
/// Least accepted effect and largest accepted deviation, in standard errors.
const SIGMAS: f64 = 3.0;

/// A mean over replicates and its standard error.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean: f64,
    error: f64,
}

impl Estimate {
    fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let square = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        Self { mean, error: (square / (n - 1.0) / n).sqrt() }
    }

    /// Mean of `more` less `less`, pair by pair.
    fn of_pairs(more: &[f64], less: &[f64]) -> Self {
        assert_eq!(more.len(), less.len());
        Self::of(&more.iter().zip(less).map(|(more, less)| more - less).collect::<Vec<_>>())
    }

    /// Whether it is above nothing beyond its error.
    fn is_positive(self) -> bool {
        self.mean > 0.0 && self.mean > SIGMAS * self.error
    }
}

/// The number between two others at which a question is first answered by yes, by halving.
fn first_yes(mut no: f64, mut yes: f64, steps: u32, is_yes: impl Fn(f64) -> bool) -> f64 {
    assert!(is_yes(yes) && !is_yes(no), "no change between {no} and {yes}");
    for _ in 0..steps {
        let middle = 0.5 * (no + yes);
        if is_yes(middle) { yes = middle } else { no = middle }
    }
    yes
}

/// The larger root b of ½s²b(b − 1) + (δ_K − δ_V)b − δ_K = 0 over itself less one, by halving from its sign:
/// the ratio V/K from which giving up K for V is best (McDonald and Siegel 1986, QJE 101). `variance` s² > 0.
fn exchange_trigger(variance: f64, yield_v: f64, yield_k: f64) -> f64 {
    let quadratic = |b: f64| 0.5 * variance * b * (b - 1.0) + (yield_k - yield_v) * b - yield_k;
    let b = first_yes(1.0, 1e6, 100, |b| quadratic(b) > 0.0);
    b / (b - 1.0)
}
