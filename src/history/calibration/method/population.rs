//! What is kept between generations.

use serde::{Deserialize, Serialize};

use crate::statistics::particle_population::{ProposalLaw, mean, quantile};

/// Why a calibration is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The tolerance that was asked for is reached.
    Tolerance,
    /// Too small a share of the last generation was accepted.
    Acceptance,
    /// The generations are used up.
    Generations,
}

/// A run within the tolerance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Particle {
    /// Where its point lies on the scale on which the prior is standard normal.
    pub place: Vec<f64>,
    /// Values of the parameters, in the order of the priors.
    pub point: Vec<f64>,
    /// Distance of the run from what was observed.
    pub distance: f64,
    /// Generation that it was run in.
    pub generation: u32,
    /// Points that all generations proposed around it, per unit of prior probability: N of
    /// generation 0 and as many of every later one as it had, times the density of its law over the
    /// prior's. Weights are inverse to it.
    pub proposed: f64,
    /// Weight in the population; all sum to one.
    pub weight: f64,
}

/// An approximate posterior: the weighted runs within a tolerance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// Number of the generation that made it, from 0.
    pub generation: u32,
    /// Every particle is within it, and no run within it is missing.
    pub tolerance: f64,
    /// Share of the generation's runs within the tolerance before; in generation 0, that came
    /// through.
    pub acceptance: f64,
    /// How many equal weights the particles are worth.
    pub effective_size: f64,
    /// Why there is no further generation; none while there is.
    pub finished: Option<Reason>,
    /// The particles, oldest generation first.
    pub particles: Vec<Particle>,
}

/// Places of a population's particles and their weights.
pub(crate) struct Kernel<'p> {
    centres: Vec<&'p [f64]>,
    pub(crate) weights: Vec<f64>,
}

impl Kernel<'_> {
    /// The law that proposes the generation after the population.
    pub(crate) fn law(&self) -> ProposalLaw<'_> {
        ProposalLaw::around(&self.centres, &self.weights)
    }
}

impl Population {
    /// What the law that proposes the next generation is made of.
    pub(crate) fn kernel(&self) -> Kernel<'_> {
        let centres = self.particles.iter().map(|particle| &*particle.place).collect();
        Kernel { centres, weights: self.weights() }
    }

    /// Posterior mean of a parameter, by its place among the priors.
    #[must_use]
    pub fn mean(&self, parameter: usize) -> f64 {
        mean(self.values(parameter), &self.weights())
    }

    /// Posterior covariance of two parameters, the variance of one if they are the same.
    #[must_use]
    pub fn covariance(&self, one: usize, other: usize) -> f64 {
        let (first, second) = (self.mean(one), self.mean(other));
        let values = self.values(one).zip(self.values(other));
        mean(values.map(|(a, b)| (a - first) * (b - second)), &self.weights())
    }

    /// Posterior standard deviation of a parameter.
    #[must_use]
    pub fn sd(&self, parameter: usize) -> f64 {
        self.covariance(parameter, parameter).sqrt()
    }

    /// Value of a parameter that a share of the posterior does not exceed.
    #[must_use]
    pub fn quantile(&self, parameter: usize, share: f64) -> f64 {
        quantile(self.values(parameter), &self.weights(), share)
    }

    /// Share of the posterior in which a parameter is below a value.
    #[must_use]
    pub fn share_below(&self, parameter: usize, value: f64) -> f64 {
        let below = self.values(parameter).map(|own| f64::from(u8::from(own < value)));
        mean(below, &self.weights())
    }

    fn values(&self, parameter: usize) -> impl Iterator<Item = f64> {
        self.particles.iter().map(move |particle| particle.point[parameter])
    }

    /// Weights, in the order of the particles.
    pub(crate) fn weights(&self) -> Vec<f64> {
        self.particles.iter().map(|particle| particle.weight).collect()
    }
}
