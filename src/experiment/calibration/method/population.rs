//! What is kept between generations.

use serde::{Deserialize, Serialize};

use super::Proposal;
use crate::model::particle_population::{mean, pooled_weights, quantile};

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
    /// Density of the prior over that of the law that proposed it.
    pub ratio: f64,
    /// Weight in the population; all sum to one.
    pub weight: f64,
}

/// An approximate posterior: the weighted runs within a tolerance. With the settings and priors it
/// is all that the next generation depends on.
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

impl Particle {
    /// A run before it is weighed.
    pub(super) fn new(proposal: Proposal, distance: f64, generation: u32, ratio: f64) -> Self {
        let Proposal { place, point } = proposal;
        Self { place, point, distance, generation, ratio, weight: 0.0 }
    }
}

/// Gives particles their weights in the population that they make up.
pub(super) fn weigh(particles: &mut [Particle]) {
    let (ratios, generations): (Vec<f64>, Vec<u32>) =
        particles.iter().map(|particle| (particle.ratio, particle.generation)).unzip();
    for (particle, weight) in particles.iter_mut().zip(pooled_weights(&ratios, &generations)) {
        particle.weight = weight;
    }
}

impl Population {
    /// Places and weights, in the order of the particles.
    pub(super) fn places_and_weights(&self) -> (Vec<&[f64]>, Vec<f64>) {
        self.particles.iter().map(|particle| (&*particle.place, particle.weight)).unzip()
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

    fn weights(&self) -> Vec<f64> {
        self.particles.iter().map(|particle| particle.weight).collect()
    }
}
