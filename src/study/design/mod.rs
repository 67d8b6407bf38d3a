//! Designs: where in the space of its inputs a model, any model, is to be run.
//!
//! [`FactorFile`] says what varies and by which law; [`Design::new`] places points in the unit cube
//! and passes each coordinate through the inverse distribution function of its factor. A design is
//! a pure function of factors, method, samples and seed, the same bits on every machine.

mod bits;
mod error;
mod factor;
mod latin_hypercube;
mod morris;
mod read;
mod saltelli;
mod sobol;
mod table;

use std::fmt;

use bits::Bits;
pub use error::DesignError;
pub use factor::Distribution;
pub use factor::Factor;
pub use read::FactorFile;
use read::NO_FACTOR;

use crate::files::error::FileError;
use crate::statistics::sobol::MOST_DIMENSIONS;

/// Greatest number of samples, 2²⁰.
pub(crate) const MOST_SAMPLES: u32 = 1 << 20;

/// Greatest number of levels of a Morris grid.
pub(crate) const MOST_LEVELS: u32 = 1_000;

/// Greatest number of values, so that a design and its text fit in 300 MB.
pub(crate) const MOST_VALUES: u64 = 10_000_000;

/// How points are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesignMethod {
    /// One point in each of N equally likely strata of every factor.
    LatinHypercube,
    /// Sobol' points, digitally shifted.
    Sobol,
    /// N(k + 2) points for first-order and total Sobol' indices.
    Saltelli,
    /// N trajectories of k + 1 points for elementary effects.
    Morris {
        /// Levels of the grid, an even number.
        levels: u32,
    },
}

impl DesignMethod {
    /// Name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LatinHypercube => "lhs",
            Self::Sobol => "sobol",
            Self::Saltelli => "saltelli",
            Self::Morris { .. } => "morris",
        }
    }

    /// Rows for each sample with `factors` factors.
    const fn rows_per_sample(self, factors: u64) -> u64 {
        match self {
            Self::LatinHypercube | Self::Sobol => 1,
            Self::Saltelli => factors + 2,
            Self::Morris { .. } => factors + 1,
        }
    }

    /// Greatest number of factors.
    const fn most_factors(self) -> usize {
        match self {
            Self::LatinHypercube | Self::Morris { .. } => 10_000,
            Self::Sobol => MOST_DIMENSIONS,
            Self::Saltelli => MOST_DIMENSIONS / 2,
        }
    }
}

/// What is asked of a design besides its factors.
#[derive(Clone, Copy, Debug)]
pub struct DesignRequest {
    /// How points are placed.
    pub method: DesignMethod,
    /// Points (lhs, sobol), base points (saltelli) or trajectories (morris).
    pub samples: u32,
    /// Seed of all that is random.
    pub seed: u64,
}

/// What part of a design a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesignBlock {
    /// The first sample; the only one of lhs and sobol.
    A,
    /// Saltelli's second sample.
    B,
    /// Saltelli's first sample with this factor, counted from 1, from the second.
    Mixed(u32),
    /// Morris trajectory, counted from 1.
    Trajectory(u32),
}

impl fmt::Display for DesignBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A => f.write_str("A"),
            Self::B => f.write_str("B"),
            Self::Mixed(factor) => write!(f, "AB{factor}"),
            Self::Trajectory(number) => write!(f, "{number}"),
        }
    }
}

/// Points at which a model is to be run.
#[derive(Clone, Debug)]
pub struct Design {
    factors: Vec<Factor>,
    /// Block of each row.
    blocks: Vec<DesignBlock>,
    /// Values row by row, in units of the factors.
    values: Vec<f64>,
}

impl Design {
    /// The design for the factors of a file.
    ///
    /// # Errors
    /// When samples, levels, factors or the whole are more than the method or [`MOST_VALUES`]
    /// allows.
    pub fn new(file: &FactorFile, request: &DesignRequest) -> Result<Self, DesignError> {
        check(file, request)?;
        let factors = file.factors.clone();
        let (k, samples, bits) = (factors.len() as u32, request.samples, Bits::new(request.seed));
        let one_block = |points| (vec![DesignBlock::A; samples as usize], points);
        let (blocks, mut values) = match request.method {
            DesignMethod::LatinHypercube => {
                one_block(latin_hypercube::latin_hypercube(samples, k, &bits))
            }
            DesignMethod::Sobol => one_block(sobol::sobol(samples, k, &bits)),
            DesignMethod::Saltelli => saltelli::saltelli(samples, k, &bits),
            DesignMethod::Morris { levels } => morris::morris(samples, k, levels, &bits),
        };
        let on_grid = matches!(request.method, DesignMethod::Morris { .. });
        for point in values.chunks_mut(factors.len()) {
            for (value, factor) in point.iter_mut().zip(&factors) {
                let law = &factor.distribution;
                *value = if on_grid { law.on_grid(*value) } else { law.quantile(*value) };
            }
        }
        Ok(Self { factors, blocks, values })
    }

    /// What varies, in the order of the columns.
    #[must_use]
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// Block and values, in units of the factors, of each row.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (DesignBlock, &[f64])> {
        self.blocks.iter().copied().zip(self.values.chunks(self.factors.len()))
    }
}

/// Whether the method can do what is asked.
fn check(file: &FactorFile, request: &DesignRequest) -> Result<(), DesignError> {
    let DesignRequest { method, samples, .. } = *request;
    if samples == 0 || samples > MOST_SAMPLES {
        return Err(DesignError::Samples { samples, most: MOST_SAMPLES });
    }
    if let DesignMethod::Morris { levels } = method
        && (levels == 0 || levels % 2 == 1 || levels > MOST_LEVELS)
    {
        return Err(DesignError::Levels { levels, most: MOST_LEVELS });
    }
    let (factors, most) = (file.factors.len(), method.most_factors());
    if factors == 0 {
        return Err(FileError::whole(&file.name, NO_FACTOR).into());
    }
    if factors > most {
        let (file, method) = (file.name.clone(), method.name());
        return Err(DesignError::Factors { file, factors, method, most });
    }
    let per_sample = method.rows_per_sample(factors as u64);
    let (rows, most) = (per_sample * u64::from(samples), MOST_VALUES);
    let allowed = most / (per_sample * factors as u64);
    if u64::from(samples) > allowed {
        return Err(DesignError::Large { samples, rows, factors, most, allowed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(count: usize) -> FactorFile {
        let distribution = Distribution::normal(0.0, 1.0);
        let factor = |number| Factor { name: format!("x{number}"), distribution };
        FactorFile { name: "f.csv".to_owned(), factors: (0..count).map(factor).collect() }
    }

    fn refusal(count: usize, method: DesignMethod, samples: u32) -> String {
        let request = DesignRequest { method, samples, seed: 1 };
        Design::new(&factors(count), &request).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn what_a_method_cannot_do_is_refused_with_its_limit() {
        let morris = |levels| DesignMethod::Morris { levels };
        for (refusal, words) in [
            (refusal(65, DesignMethod::Saltelli, 8), "--method saltelli can vary at most 64"),
            (refusal(129, DesignMethod::Sobol, 8), "--method sobol can vary at most 128"),
            (refusal(2, DesignMethod::Sobol, 0), "--samples 0"),
            (refusal(2, morris(5), 8), "--levels 5: an even"),
            (refusal(2, morris(0), 8), "--levels 0: an even"),
            (refusal(64, DesignMethod::Saltelli, 1 << 20), "at most --samples 2367 is possible"),
            (refusal(0, DesignMethod::Sobol, 8), "holds no factor"),
        ] {
            assert!(refusal.contains(words), "{refusal}");
        }
    }

    #[test]
    fn rows_are_as_many_as_the_method_says_and_normal_factors_stay_finite() {
        for (method, rows) in [
            (DesignMethod::LatinHypercube, 8),
            (DesignMethod::Sobol, 8),
            (DesignMethod::Saltelli, 8 * 5),
            (DesignMethod::Morris { levels: 4 }, 8 * 4),
        ] {
            let design = Design::new(&factors(3), &DesignRequest { method, samples: 8, seed: 1 });
            let design = design.expect("a small design");
            assert_eq!(design.rows().len(), rows);
            assert!(design.rows().all(|(_, point)| point.iter().all(|x| x.is_finite())));
        }
    }
}
