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
//!    calibration ends when that falls below a floor, a stated tolerance is reached, or the generations
//!    are used up.
//!
//! Particles are weighted by the prior's density over that of all proposals. The source takes the
//! law of a particle's own generation as that of its proposal; here it is the mixture of the laws of
//! all generations, see [`mixture_weights`].
//!
//! A calibration is a state machine without a model in it: [`CalibrationMethod::points`] says what is to be run
//! after the populations so far, of which there is none at first; the distances of those runs from
//! the observation make the next population by [`CalibrationMethod::advance`]. The same distances give the same
//! bits. Points must have independent chances: under common random numbers every run would repeat
//! one draw of the noise, and the posterior would be too narrow.
//!
//! [`mixture_weights`]: crate::statistics::particle_population::mixture_weights

mod error;
mod population;
mod prior;
mod settings;

pub use error::MethodError;
pub use population::Particle;
pub use population::{Population, Reason};
pub use prior::Prior;
pub use settings::CalibrationSettings;

use population::Kernel;

use crate::numerics::sampling;
use crate::random::{Draws, Need};
use crate::statistics::particle_population::{
    ProposalLaw, effective_size, mixture_weights, systematic, tolerance,
};

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
pub struct CalibrationMethod {
    priors: Vec<Prior>,
    settings: CalibrationSettings,
}

impl CalibrationMethod {
    /// A calibration of the parameters that have priors.
    ///
    /// # Errors
    /// At the first prior or setting that is not allowed.
    pub fn new(priors: Vec<Prior>, settings: CalibrationSettings) -> Result<Self, MethodError> {
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
    pub const fn settings(&self) -> &CalibrationSettings {
        &self.settings
    }

    /// The points to be run after these populations, which are all so far in order: draws from the
    /// prior if there is none, no points if the calibration is finished.
    ///
    /// # Errors
    /// If a population is missing or is of other parameters.
    pub fn points(&self, history: &[Population]) -> Result<Vec<Proposal>, MethodError> {
        error::check_history(history, self.priors.len())?;
        Ok(match history.last() {
            None => {
                let count = self.settings.particles;
                (0..count).map(|number| self.proposal(self.normals(0, number))).collect()
            }
            Some(last) if last.finished.is_some() => Vec::new(),
            Some(last) => {
                let kernel = last.kernel();
                self.propose(&kernel.law(), &kernel.weights, last.generation + 1)
            }
        })
    }

    /// The population after these, which are all so far in order, from the distances of
    /// [`CalibrationMethod::points`]; a distance that is not finite is a run that failed.
    ///
    /// # Errors
    /// As [`CalibrationMethod::points`]; if the distances are not as many as the points, too few runs of
    /// generation 0 came through, or the calibration is finished.
    pub fn advance(
        &self,
        history: &[Population],
        distances: &[f64],
    ) -> Result<Population, MethodError> {
        let points = self.points(history)?;
        error::check_outcomes(points.len(), distances, history)?;
        let fresh = Self::within(points, distances, history);
        let (needed, came_through) = (self.fewest_runs(), fresh.len());
        if history.is_empty() && came_through < needed {
            return Err(MethodError::Failed { came_through, of: distances.len(), needed });
        }
        let acceptance = fresh.len() as f64 / distances.len() as f64;
        let old = history.last().map_or(&[][..], |last| &last.particles);
        let mut particles = [old, &fresh].concat();
        let (tolerance, reached) = self.tolerance(&particles);
        particles.retain(|particle| particle.distance <= tolerance);
        self.weigh(&mut particles, history);
        let weights: Vec<f64> = particles.iter().map(|particle| particle.weight).collect();
        let generation = history.len() as u32;
        Ok(Population {
            generation,
            tolerance,
            acceptance,
            effective_size: effective_size(&weights),
            finished: reached.or_else(|| self.ended(generation, acceptance)),
            particles,
        })
    }

    /// The runs that came through, and near enough: what lies beyond the tolerance of an earlier
    /// generation is gone there, so it must go here.
    fn within(points: Vec<Proposal>, distances: &[f64], history: &[Population]) -> Vec<Particle> {
        let limit = history.last().map_or(f64::MAX, |last| last.tolerance);
        let generation = history.len() as u32;
        let particle = |(Proposal { place, point }, &distance): (Proposal, &f64)| {
            let (proposed, weight) = (0.0, 0.0);
            Particle { place, point, distance, generation, proposed, weight }
        };
        let is_within =
            |particle: &Particle| particle.distance.is_finite() && particle.distance <= limit;
        points.into_iter().zip(distances).map(particle).filter(is_within).collect()
    }

    /// `count` points that stand for the posterior with equal weights: particles drawn by their
    /// weights, which may repeat.
    #[must_use]
    pub(crate) fn posterior_points(&self, population: &Population, count: usize) -> Vec<Vec<f64>> {
        let uniform = self.uniform(Choice::Posterior, population.generation);
        let chosen = systematic(&population.weights(), count, uniform).into_iter();
        chosen.filter_map(|at| population.particles.get(at)).map(|p| p.point.clone()).collect()
    }

    /// Fewest runs of generation 0 that a covariance can be estimated from.
    const fn fewest_runs(&self) -> usize {
        2 * (self.priors.len() + 1)
    }

    /// The tolerance that keeps the nearest particles, and whether it is the one aimed at.
    fn tolerance(&self, particles: &[Particle]) -> (f64, Option<Reason>) {
        let distances: Vec<f64> = particles.iter().map(|particle| particle.distance).collect();
        let rank = tolerance(&distances, self.settings.kept() as usize).unwrap_or(f64::MAX);
        // All that is within the target is wanted, even if it is more than the generation's share.
        match self.settings.target_tolerance {
            Some(target) if rank <= target => (target, Some(Reason::Tolerance)),
            _ => (rank, None),
        }
    }

    /// Why a generation is the last, its tolerance apart.
    fn ended(&self, generation: u32, acceptance: f64) -> Option<Reason> {
        if generation > 0 && acceptance < self.settings.minimum_acceptance {
            return Some(Reason::Acceptance);
        }
        (generation >= self.settings.maximum_generations).then_some(Reason::Generations)
    }

    /// Counts what was proposed around the particles, of which those of the last generation are new,
    /// and gives them their weights.
    fn weigh(&self, particles: &mut [Particle], history: &[Population]) {
        let kernels: Vec<Kernel> = history.iter().map(Population::kernel).collect();
        let laws: Vec<ProposalLaw> = kernels.iter().map(Kernel::law).collect();
        let fresh = f64::from(self.settings.fresh());
        for particle in &mut *particles {
            let is_new = particle.generation as usize == laws.len();
            let unseen = if is_new { &laws[..] } else { &laws[laws.len() - 1..] };
            if is_new {
                particle.proposed = f64::from(self.settings.particles);
            }
            for law in unseen {
                particle.proposed += fresh * law.over_prior(&particle.place);
            }
        }
        let proposed: Vec<f64> = particles.iter().map(|particle| particle.proposed).collect();
        for (particle, weight) in particles.iter_mut().zip(mixture_weights(&proposed)) {
            particle.weight = weight;
        }
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
        let point = self.priors.iter().zip(&place).map(|(prior, z)| prior.law.at(*z)).collect();
        Proposal { place, point }
    }

    /// Independent standard normal numbers of a point, one a parameter.
    fn normals(&self, generation: u32, number: u32) -> Vec<f64> {
        let draws = self.draws();
        let need = |n| Need::Deviation(number, generation, n);
        let normal = |n| sampling::normal(draws.draw(need(n)));
        (0..self.priors.len() as u16).map(normal).collect()
    }

    /// The random numbers of the calibration.
    const fn draws(&self) -> Draws {
        Draws::new(self.settings.seed, 0)
    }

    /// The uniform by which particles are drawn.
    fn uniform(&self, choice: Choice, generation: u32) -> f64 {
        self.draws().draw(Need::Particles(choice as u32, generation))
    }
}

#[cfg(test)]
mod tests;
