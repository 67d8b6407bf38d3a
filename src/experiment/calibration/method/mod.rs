//! Approximate Bayesian computation in generations that are plain lists of points.
//!
//! The posterior sought is that of the parameters given that a run of the model comes within a
//! tolerance of what was observed. The scheme is adaptive population Monte Carlo (Lenormand, Jabot
//! and Deffuant 2013, Computational Statistics 28:2777):
//!
//! 1. Generation 0 has N points drawn from the prior. Of their runs the K = α·N nearest to the
//!    observation are kept; the distance of the last of them is the tolerance.
//! 2. Every later generation has N − K points, each a normal step of twice the kept particles'
//!    covariance away from a particle drawn by its weight. Of old and new together the K nearest are
//!    kept, and the tolerance falls with them.
//! 3. The acceptance of a generation is the share of its runs within the tolerance before it. A
//!    calibration ends when that falls to a floor, a stated tolerance is reached, or the generations
//!    are used up.
//!
//! Particles are weighted by the ratio of the prior's to the proposal's density. Unlike the source,
//! which pools the ratios of all generations as they are, [`pooled_weights`] gives each generation a
//! part in proportion to its effective size.
//!
//! A calibration is a state machine without a model in it: [`Method::first_points`] are run
//! somewhere, their distances make the first [`Population`], whose [`Method::proposals`] are run, and
//! so on. The same distances give the same bits. Points must have independent chances: under common
//! random numbers every run would repeat one draw of the noise, and the posterior would be too narrow.
//!
//! [`pooled_weights`]: crate::model::particle_population::pooled_weights

mod error;
mod metric;
mod population;
mod prior;
mod settings;

pub use error::MethodError;
pub use metric::Metric;
pub use population::{Particle, Population, Reason};
pub use prior::{Prior, PriorLaw};
pub use settings::Settings;

use crate::model::particle_population::{ProposalLaw, effective_size, systematic, tolerance};
use crate::model::sampling;
use crate::random::{Draws, Stream};

/// Who is drawn with the uniform of a generation.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Choice {
    /// The particles that new points are neighbours of.
    Parents = 0,
    /// The particles that stand for the posterior.
    Posterior = 1,
}

/// A point to be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Where it lies on the scale on which the prior is standard normal in every parameter.
    pub place: Vec<f64>,
    /// Values of the parameters, in the order of the priors.
    pub point: Vec<f64>,
}

/// What a calibration is of and how it goes on; holds no result.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    priors: Vec<Prior>,
    settings: Settings,
}

impl Method {
    /// A calibration of the parameters that have priors.
    ///
    /// # Errors
    /// At the first prior or setting that is not allowed.
    pub fn new(priors: Vec<Prior>, settings: Settings) -> Result<Self, MethodError> {
        settings.check()?;
        prior::check(&priors)?;
        Ok(Self { priors, settings })
    }

    /// Priors, one a parameter.
    #[must_use]
    pub fn priors(&self) -> &[Prior] {
        &self.priors
    }

    /// Settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The points of generation 0: independent draws from the prior.
    #[must_use]
    pub fn first_points(&self) -> Vec<Proposal> {
        (0..self.settings.particles).map(|number| self.proposal(self.normals(0, number))).collect()
    }

    /// Generation 0, from the distances of [`Method::first_points`]; what is not finite is a run
    /// that failed.
    ///
    /// # Errors
    /// If the distances are not as many as the points, or too few runs came through.
    pub fn first_population(&self, distances: &[f64]) -> Result<Population, MethodError> {
        let points = self.first_points();
        error::check_count(points.len(), distances)?;
        let came_through = distances.iter().filter(|distance| distance.is_finite()).count();
        let needed = self.fewest_runs();
        if came_through < needed {
            return Err(MethodError::Failed { came_through, of: points.len(), needed });
        }
        let particles = points.into_iter().zip(distances);
        let particles = particles
            .map(|(proposal, &distance)| Particle::new(proposal, distance, 0, 1.0))
            .filter(|particle| particle.distance.is_finite());
        let acceptance = came_through as f64 / distances.len() as f64;
        Ok(self.select(particles.collect(), 0, acceptance))
    }

    /// The points of the generation after a population; none when the calibration is finished.
    #[must_use]
    pub fn proposals(&self, population: &Population) -> Vec<Proposal> {
        if population.finished.is_some() {
            return Vec::new();
        }
        let (places, weights) = population.places_and_weights();
        self.propose(&ProposalLaw::around(&places, &weights), &weights, population.generation + 1)
    }

    /// The population after this one, from the distances of its [`Method::proposals`]; what is not
    /// finite is a run that failed. A population that is finished stays as it is.
    ///
    /// # Errors
    /// If the distances are not as many as the points.
    pub fn advance(
        &self,
        population: &Population,
        distances: &[f64],
    ) -> Result<Population, MethodError> {
        if population.finished.is_some() {
            error::check_count(0, distances)?;
            return Ok(population.clone());
        }
        let generation = population.generation + 1;
        let (places, weights) = population.places_and_weights();
        let law = ProposalLaw::around(&places, &weights);
        let points = self.propose(&law, &weights, generation);
        error::check_count(points.len(), distances)?;
        // What lies beyond the tolerance of an earlier generation is gone there, so it must go here.
        let within = points
            .into_iter()
            .zip(distances)
            .filter(|(_, distance)| **distance <= population.tolerance);
        let fresh: Vec<Particle> = within
            .map(|(proposal, &distance)| {
                let ratio = law.ratio(&proposal.place);
                Particle::new(proposal, distance, generation, ratio)
            })
            .collect();
        let acceptance = fresh.len() as f64 / distances.len() as f64;
        let particles = population.particles.iter().cloned().chain(fresh).collect();
        Ok(self.select(particles, generation, acceptance))
    }

    /// `count` points that stand for the posterior with equal weights: particles drawn by their
    /// weights, which may repeat.
    #[must_use]
    pub fn posterior_points(&self, population: &Population, count: usize) -> Vec<Vec<f64>> {
        let (_, weights) = population.places_and_weights();
        let uniform = self.uniform(Choice::Posterior, population.generation);
        let chosen = systematic(&weights, count, uniform).into_iter();
        chosen.filter_map(|at| population.particles.get(at)).map(|p| p.point.clone()).collect()
    }

    /// Fewest runs of generation 0 that a covariance can be estimated from.
    const fn fewest_runs(&self) -> usize {
        2 * (self.priors.len() + 1)
    }

    /// Keeps the nearest particles, weighs them and decides whether there is to be another
    /// generation.
    fn select(&self, mut particles: Vec<Particle>, generation: u32, acceptance: f64) -> Population {
        let distances: Vec<f64> = particles.iter().map(|particle| particle.distance).collect();
        let rank = tolerance(&distances, self.settings.kept() as usize).unwrap_or(f64::MAX);
        // All that is within the target is wanted, even if it is more than the generation's share.
        let reached = self.settings.target_tolerance.filter(|target| rank <= *target);
        let tolerance = reached.unwrap_or(rank);
        particles.retain(|particle| particle.distance <= tolerance);
        population::weigh(&mut particles);
        let weights: Vec<f64> = particles.iter().map(|particle| particle.weight).collect();
        let finished = match reached {
            Some(_) => Some(Reason::Tolerance),
            None if generation > 0 && acceptance <= self.settings.minimum_acceptance => {
                Some(Reason::Acceptance)
            }
            None if generation >= self.settings.maximum_generations => Some(Reason::Generations),
            None => None,
        };
        let effective_size = effective_size(&weights);
        Population { generation, tolerance, acceptance, effective_size, finished, particles }
    }

    /// The points that a law proposes for a generation.
    fn propose(&self, law: &ProposalLaw, weights: &[f64], generation: u32) -> Vec<Proposal> {
        let fresh = self.settings.fresh();
        let uniform = self.uniform(Choice::Parents, generation);
        let parents = systematic(weights, fresh as usize, uniform);
        let step = |(number, parent)| law.step(parent, &self.normals(generation, number));
        (0..fresh).zip(parents).map(step).map(|place| self.proposal(place)).collect()
    }

    /// A place and the values it stands for.
    fn proposal(&self, place: Vec<f64>) -> Proposal {
        let point = self.priors.iter().zip(&place).map(|(prior, z)| prior.law.value(*z)).collect();
        Proposal { place, point }
    }

    /// Independent standard normal numbers of a point, one a parameter.
    fn normals(&self, generation: u32, number: u32) -> Vec<f64> {
        let draws = self.draws();
        let normal =
            |draw| sampling::normal(draws.uniform(Stream::Calibration, number, generation, draw));
        (1..=self.priors.len() as u16).map(normal).collect()
    }

    /// The uniform by which particles of a generation are drawn.
    const fn draws(&self) -> Draws {
        Draws::new(self.settings.seed, 0)
    }

    /// The uniform by which particles are drawn.
    fn uniform(&self, choice: Choice, generation: u32) -> f64 {
        self.draws().uniform(Stream::Calibration, choice as u32, generation, 0)
    }
}

#[cfg(test)]
mod tests;
