//! What deals for AI halls and hash rate tell of the parameters, apart and together, and of what AI has done to hash rate.
//!
//! All points come from the priors and are run with AI hosting and without it, in the window whose deals are on record and in
//! placebo windows, in which there was no AI: what is found there is what the method makes up.

use std::path::Path;

use super::CalibrationSpec;
use super::horizons::{HorizonTarget, PointEnsembles};
use super::method::{Particle, Population, Proposal};
use crate::clock::SECONDS_PER_DAY;
use crate::history::hindcast::Hindcast;
use crate::history::hindcast::ai_deals::{AiDeal, Quarter};
use crate::history::hindcast::deals::law::DealLaw;
use crate::history::hindcast::deals::scores::owners_and_power;
use crate::history::hindcast::deals::{SimulatedDeal, dispersion, simulated_deals};
use crate::history::hindcast::matching::PathWeights;
use crate::history::hindcast::state::Days;
use crate::statistics::particle_population::{effective_size, mean, quantile};
use crate::study::results::report_error::ReportError;

/// What is added to the name of a window that is run without AI hosting.
pub const WITHOUT: &str = "-without-ai";
/// The effect of AI hosting is that on the mean over the last of so many epochs, a quarter of a year.
const EPOCHS_OF_EFFECT: usize = 6;

/// What runs of points are held against: deals of the first window, hash rate of all.
#[derive(Clone, Debug)]
pub struct DealTarget {
    /// All windows: each with AI hosting, then without it.
    windows: HorizonTarget,
    /// Their names.
    names: Vec<String>,
    /// First midnight of the first window, s since 1970-01-01.
    start: i64,
    quarters: Vec<Quarter>,
    deals: Vec<AiDeal>,
    owners: Vec<String>,
    paths: usize,
    /// Least part of their number that the points are worth by deals.
    effective_share: f64,
}

/// From what is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearntBy {
    /// From nothing.
    Prior,
    /// From hash rate.
    HashRate,
    /// From deals.
    Deals,
    /// From both.
    Both,
}

impl LearntBy {
    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::HashRate => "hash_rate",
            Self::Deals => "deals",
            Self::Both => "both",
        }
    }
}

/// A quantity as far as it is known from something.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentifiedRow {
    /// Name of the window.
    pub window: String,
    /// From what.
    pub learnt: LearntBy,
    /// A parameter, or what it is that runs give.
    pub quantity: String,
    /// How many equal weights the points are worth.
    pub effective: f64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Quantiles of 5, 50 and 95 %.
    pub quantiles: [f64; 3],
    /// Standard deviation over that of the prior: 1 where nothing was learnt.
    pub sd_over_prior: f64,
    /// Distance of the mean from the prior's in standard deviations of the prior.
    pub shift: f64,
}

/// What is known of all points, in their order.
#[derive(Clone, Debug)]
pub struct DealFit {
    /// Weights of the points by the probability of the deals on record.
    pub by_deals: Vec<f64>,
    /// How many equal weights they would be worth were they not tempered.
    pub untempered: f64,
    /// Rows of all windows.
    pub rows: Vec<IdentifiedRow>,
}

impl DealTarget {
    /// Of windows in pairs, with and without AI hosting, of which the first has deals on record.
    ///
    /// # Errors
    /// If the history does not hold a window, or the first has no record of deals.
    pub(super) fn new(spec: &CalibrationSpec, windows: &[Hindcast]) -> Result<Self, ReportError> {
        let fitted = &windows[0];
        let refuse = |problem: &str| {
            ReportError::Input(format!("{}: calibration.deals: {problem}", spec.file))
        };
        let record = fitted
            .ai_record
            .as_ref()
            .ok_or_else(|| refuse("its window names no hindcast.ai_deals"))?;
        let days = Days::from_history(&fitted.spec, &fitted.history).map_err(ReportError::input)?;
        let first = days.start.div_euclid(SECONDS_PER_DAY);
        let quarters: Vec<Quarter> = Quarter::ends_between(first, first + days.horizon())
            .into_iter()
            .map(|(quarter, _)| quarter)
            .collect();
        let deals = record.after(first);
        if !deals.iter().any(|deal| quarters.contains(&deal.signed)) {
            return Err(refuse(
                "no deal of its file was signed in a quarter that ends in the window",
            ));
        }
        let names: Vec<String> =
            windows.iter().map(|window| window.experiment.name.clone()).collect();
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name))
        {
            return Err(refuse(&format!("two windows have the name {}", twice.1)));
        }
        let miners = &fitted.experiment.base.miners;
        Ok(Self {
            windows: HorizonTarget::new((&[], spec.paths()), (&[], windows), &spec.reference)?,
            names,
            start: days.start,
            quarters,
            deals,
            owners: owners_and_power(miners).into_iter().map(|(name, _)| name).collect(),
            paths: spec.paths() as usize,
            effective_share: fitted.spec.matching.effective_share,
        })
    }

    /// Distances of all points by hash rate in the first window, as [`HorizonTarget::distances`] of it alone.
    ///
    /// # Errors
    /// When the results are missing or damaged.
    pub(super) fn distances(&self, results: &Path, points: usize) -> Result<Vec<f64>, ReportError> {
        Ok(self.distances_in(&self.scores(&self.windows.ensembles(results, points)?), 0))
    }

    /// Scores of hash rate of each point by window and epoch.
    fn scores(&self, ensembles: &[PointEnsembles]) -> Vec<Option<Vec<Vec<f64>>>> {
        ensembles.iter().map(|point| self.windows.scores(point)).collect()
    }

    fn distances_in(&self, scores: &[Option<Vec<Vec<f64>>>], window: usize) -> Vec<f64> {
        let distance = |own: &Option<_>| self.windows.distance(own.as_ref(), |at| at == window);
        scores.iter().map(distance).collect()
    }

    /// ln of the probability of the deals on record for each point.
    fn log_likelihood(&self, deals: &[SimulatedDeal], points: usize) -> Vec<f64> {
        let mut by_point: Vec<Vec<&SimulatedDeal>> = vec![Vec::new(); points];
        for deal in deals {
            if let Some(own) = by_point.get_mut(deal.replicate as usize / self.paths) {
                own.push(deal);
            }
        }
        let replicates = |point: usize| {
            let first = (point * self.paths) as u32;
            (first..first + self.paths as u32).collect::<Vec<u32>>()
        };
        let groups: Vec<(Vec<&SimulatedDeal>, Vec<u32>)> =
            by_point.into_iter().enumerate().map(|(at, own)| (own, replicates(at))).collect();
        let spread = dispersion(&groups, &self.quarters);
        let all: Vec<&SimulatedDeal> = deals.iter().collect();
        let paths: Vec<u32> = (0..(points * self.paths) as u32).collect();
        let law = |(deals, paths): (&[&SimulatedDeal], &[u32]), towards| {
            DealLaw::estimate((deals, paths), &self.quarters, &self.owners, spread, towards)
        };
        let common = law((&all, &paths), None);
        let score = |(own, paths): &(Vec<&SimulatedDeal>, Vec<u32>)| {
            law((own, paths), Some(&common)).score(&self.deals).sum()
        };
        groups.iter().map(score).collect()
    }

    /// What deals and hash rate tell; `kept` points count as near by hash rate.
    ///
    /// # Errors
    /// When the results are missing or damaged.
    pub(super) fn fit(
        &self,
        spec: &CalibrationSpec,
        results: &Path,
        points: &[Proposal],
    ) -> Result<DealFit, ReportError> {
        let kept = spec.method.settings().kept() as usize;
        let ensembles = self.windows.ensembles(results, points.len())?;
        let scores = self.scores(&ensembles);
        let deals = simulated_deals(&results.join("leases.parquet"), &self.names[0], self.start)?;
        let log_likelihood = self.log_likelihood(&deals, points.len());
        if log_likelihood.iter().any(|log| log.is_nan()) {
            let problem =
                "no path signs a deal with all that those on record have: nothing can be fitted";
            return Err(ReportError::Input(format!("{}: {problem}", spec.file)));
        }
        let equal = vec![1.0 / points.len() as f64; points.len()];
        let by_deals = likelihood_weights(&log_likelihood, self.effective_share).weights;
        let untempered = likelihood_weights(&log_likelihood, 0.0).effective;
        let mut rows = Vec::new();
        for at in (0..self.names.len()).step_by(2) {
            let with = self.distances_in(&scores, at);
            let by_hash_rate = nearest(&with, kept);
            let mut learnt =
                vec![(LearntBy::Prior, equal.clone()), (LearntBy::HashRate, by_hash_rate.clone())];
            if at == 0 {
                learnt.push((LearntBy::Deals, by_deals.clone()));
                learnt.push((LearntBy::Both, product(&by_deals, &by_hash_rate)));
            }
            let mut quantities: Vec<(String, Vec<f64>)> = vec![
                ("effect_log_hash_rate".to_owned(), effects(&ensembles, at)),
                ("distance_with_ai".to_owned(), with),
                ("distance_without_ai".to_owned(), self.distances_in(&scores, at + 1)),
            ];
            if at == 0 {
                quantities.push(("signed_it_mw".to_owned(), self.signed(&deals, points.len())));
            }
            let parameters = spec.method.priors().iter().enumerate().map(|(place, prior)| {
                (prior.key.clone(), points.iter().map(|point| point.point[place]).collect())
            });
            quantities.extend(parameters);
            for (quantity, values) in &quantities {
                let of = |(learnt, weights): &(LearntBy, Vec<f64>)| {
                    row(&self.names[at], *learnt, quantity, values, (weights, &equal))
                };
                rows.extend(learnt.iter().map(of));
            }
        }
        Ok(DealFit { by_deals, untempered, rows })
    }

    /// IT power signed in the quarters that are fitted, MW, mean of the paths of each point.
    fn signed(&self, deals: &[SimulatedDeal], points: usize) -> Vec<f64> {
        let mut sums = vec![0.0; points];
        for deal in deals.iter().filter(|deal| self.quarters.contains(&deal.signed)) {
            if let Some(sum) = sums.get_mut(deal.replicate as usize / self.paths) {
                *sum += deal.it_mw / self.paths as f64;
            }
        }
        sums
    }
}

impl DealFit {
    /// The population that hash rate left, each particle by the probability of the deals on record.
    #[must_use]
    pub(super) fn reweighed(&self, population: &Population, points: &[Proposal]) -> Population {
        let own = |particle: &Particle| {
            let there = points.iter().position(|point| point.point == particle.point);
            there.map_or(0.0, |at| self.by_deals[at])
        };
        let weights = normalised(population.particles.iter().map(own).collect());
        let weigh =
            |(particle, &weight): (&Particle, &f64)| Particle { weight, ..particle.clone() };
        Population {
            effective_size: effective_size(&weights),
            particles: population.particles.iter().zip(&weights).map(weigh).collect(),
            ..population.clone()
        }
    }
}

/// Weights by likelihood, one on the whole, tempered so that the points are worth a share of their number:
///
/// w ∝ exp(γ·ln L), γ ≤ 1 as large as the share allows.
///
/// A likelihood that rests on a few paths has noise of its own; untempered the luckiest points alone would be left.
fn likelihood_weights(logs: &[f64], share: f64) -> PathWeights {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let misfits: Vec<f64> = logs.iter().map(|log| most - log).collect();
    let exact = normalised(misfits.iter().map(|misfit| libm::exp(-misfit)).collect());
    let effective = effective_size(&exact);
    if effective >= share * logs.len() as f64 {
        return PathWeights { weights: exact, effective };
    }
    PathWeights::from_misfits(&misfits, share)
}

/// Equal weights of the nearest points, one on the whole.
fn nearest(distances: &[f64], kept: usize) -> Vec<f64> {
    let mut order: Vec<usize> = (0..distances.len()).collect();
    order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]).then(a.cmp(&b)));
    let mut weights = vec![0.0; distances.len()];
    order.iter().take(kept).for_each(|&at| weights[at] = 1.0);
    normalised(weights)
}

/// Products of weights, one on the whole.
fn product(one: &[f64], other: &[f64]) -> Vec<f64> {
    normalised(one.iter().zip(other).map(|(a, b)| a * b).collect())
}

fn normalised(weights: Vec<f64>) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// What AI hosting does to ln hash rate at the end of a window, mean over the paths of each point: with it less without it, under
/// the same shocks.
fn effects(ensembles: &[PointEnsembles], window: usize) -> Vec<f64> {
    let late = |path: &Vec<f64>| {
        let last = &path[path.len().saturating_sub(EPOCHS_OF_EFFECT)..];
        last.iter().sum::<f64>() / last.len() as f64
    };
    let effect = |point: &PointEnsembles| {
        let pairs = point[window].iter().zip(&point[window + 1]);
        pairs.map(|(with, without)| late(with) - late(without)).sum::<f64>()
            / point[window].len() as f64
    };
    ensembles.iter().map(effect).collect()
}

fn row(
    window: &str,
    learnt: LearntBy,
    quantity: &str,
    values: &[f64],
    (weights, equal): (&[f64], &[f64]),
) -> IdentifiedRow {
    let moments = |weights: &[f64]| {
        let middle = mean(values.iter().copied(), weights);
        let squares = values.iter().map(|value| (value - middle) * (value - middle));
        (middle, mean(squares, weights).sqrt())
    };
    let ((middle, sd), (before, before_sd)) = (moments(weights), moments(equal));
    IdentifiedRow {
        window: window.to_owned(),
        learnt,
        quantity: quantity.to_owned(),
        effective: effective_size(weights),
        mean: middle,
        sd,
        quantiles: [0.05, 0.5, 0.95].map(|at| quantile(values.iter().copied(), weights, at)),
        sd_over_prior: sd / before_sd,
        shift: (middle - before) / before_sd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_count_by_what_they_are_learnt_from() {
        let logs = [0.0, libm::log(3.0), -800.0];
        let by_deals = likelihood_weights(&logs, 0.0).weights;
        assert!((by_deals[0] - 0.25).abs() < 1e-12 && (by_deals[1] - 0.75).abs() < 1e-12);
        assert_eq!(by_deals[2], 0.0);
        // They are worth 1.6 of three: half of these are not tempered, nine tenths are.
        assert_eq!(likelihood_weights(&logs, 0.5).weights, by_deals);
        let tempered = likelihood_weights(&logs, 0.9);
        let [middle, best, worst] = tempered.weights[..] else { panic!("three points") };
        assert!((tempered.effective - 2.7).abs() < 1e-6);
        assert!(best > middle && middle > worst && worst > 0.0);
        let by_hash_rate = nearest(&[0.3, f64::INFINITY, 0.1], 2);
        assert_eq!(by_hash_rate, [0.5, 0.0, 0.5]);
        assert_eq!(product(&by_deals, &by_hash_rate), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn the_effect_is_the_mean_difference_of_the_last_epochs() {
        let path = |last: f64| [vec![9.0; 3], vec![last; EPOCHS_OF_EFFECT]].concat();
        let point = vec![vec![path(1.0), path(2.0)], vec![path(1.5), path(2.7)]];
        let found = effects(&[point], 0)[0];
        assert!((found + 0.6).abs() < 1e-12, "{found}");
    }

    #[test]
    fn a_row_says_how_much_was_learnt() {
        let (values, equal) = ([0.0, 1.0, 2.0, 3.0], [0.25; 4]);
        let of = |weights: &[f64]| row("w", LearntBy::Deals, "q", &values, (weights, &equal));
        let nothing = of(&equal);
        assert_eq!((nothing.sd_over_prior, nothing.shift, nothing.effective), (1.0, 0.0, 4.0));
        let all = of(&[0.0, 0.0, 1.0, 0.0]);
        assert_eq!((all.mean, all.sd, all.quantiles), (2.0, 0.0, [2.0; 3]));
        assert!((all.shift - 0.5 / 1.25_f64.sqrt()).abs() < 1e-12);
    }
}
