//! How often bands would hold the truth if the model were true: coverage of few windows that overlap scatters widely, and
//! is judged beside this and not beside its nominal level.

use super::ensembles::OriginForecast;
use crate::numerics::normal::normal_cdf;
use crate::numerics::sampling::normal;
use crate::random::{Draws, Stream};
use crate::statistics::samples::quantile;

/// Synthetic worlds.
const WORLDS: u32 = 200;
/// Share of worlds outside the range, half at either end.
const OUTSIDE: f64 = 0.1;

/// Range of coverage in which 90 % of the worlds lie.
pub type CoverageRange = [f64; 2];

/// Ranges of the coverage of the central intervals at [`super::super::scores::LEVELS`] over windows of a horizon, had one
/// of the paths been the truth at every beginning.
///
/// In each world the truth of a beginning is the path at a probability Φ(z) of its ensemble, in order of the mean over the
/// window; z is a standard normal AR(1) whose correlation from one beginning to the next, `step` epochs later, is the share
/// 1 − step/horizon of epochs that their windows have in common. Deviations begin anew at each beginning, so this is
/// rather too much dependence, and the ranges rather too wide.
#[must_use]
pub fn coverage_ranges(
    origins: &[&OriginForecast],
    horizon: usize,
    step: usize,
    seed: u64,
) -> Option<[CoverageRange; 2]> {
    let ranked: Vec<OrderedPaths> =
        origins.iter().map(|origin| OrderedPaths::of(origin, horizon)).collect();
    let draws = Draws::new(seed, 0);
    let common = (1.0 - step as f64 / horizon as f64).max(0.0);
    let mut found = [Vec::new(), Vec::new()];
    for world in 0..WORLDS {
        let (mut inside, mut all, mut z) = ([0.0; 2], 0.0, 0.0);
        for (number, ranked) in (0..).zip(&ranked) {
            let new = normal(draws.uniform(Stream::Analysis, number, world, 1));
            z = if number == 0 { new } else { common * z + (1.0 - common * common).sqrt() * new };
            let truth = ranked.at(normal_cdf(z));
            for (sum, share) in inside.iter_mut().zip(ranked.inside[truth]) {
                *sum += share;
            }
            all += 1.0;
        }
        for (found, inside) in found.iter_mut().zip(inside) {
            found.push(inside / all);
        }
    }
    let range = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        Some([quantile(&values, 0.5 * OUTSIDE)?, quantile(&values, 1.0 - 0.5 * OUTSIDE)?])
    };
    let [half, most] = found;
    Some([range(half)?, range(most)?])
}

/// The paths of an origin by their mean over a window.
struct OrderedPaths {
    /// Places of the paths, the lowest first, with cumulative weights.
    order: Vec<(usize, f64)>,
    /// Share of the window's epochs in which each path is inside the ensemble's central intervals.
    inside: Vec<[f64; 2]>,
}

impl OrderedPaths {
    fn of(origin: &OriginForecast, horizon: usize) -> Self {
        let mean = |path: &Vec<f64>| path[..horizon].iter().sum::<f64>();
        let mut order: Vec<usize> = (0..origin.paths.len()).collect();
        order.sort_by(|&a, &b| {
            mean(&origin.paths[a]).total_cmp(&mean(&origin.paths[b])).then(a.cmp(&b))
        });
        let mut cumulated = 0.0;
        let order = order.into_iter().map(|place| {
            cumulated += origin.weights.weights[place];
            (place, cumulated)
        });
        let order = order.collect();
        let laws: Vec<_> = (1..=horizon).filter_map(|lead| origin.law(lead)).collect();
        let ends: Vec<[[f64; 2]; 2]> = laws
            .iter()
            .map(|law| {
                super::super::scores::LEVELS.map(|level| {
                    [0.5 * (1.0 - level), 0.5 * (1.0 + level)].map(|p| law.quantile(p))
                })
            })
            .collect();
        let inside = |path: &Vec<f64>| {
            let mut share = [0.0; 2];
            for (value, ends) in path.iter().zip(&ends) {
                for (share, [low, high]) in share.iter_mut().zip(ends) {
                    *share += f64::from(u8::from((low..=high).contains(&value)));
                }
            }
            share.map(|count| count / horizon as f64)
        };
        Self { order, inside: origin.paths.iter().map(inside).collect() }
    }

    /// The path at a probability.
    fn at(&self, probability: f64) -> usize {
        let place = self.order.partition_point(|&(_, cumulated)| cumulated < probability);
        self.order[place.min(self.order.len() - 1)].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::hindcast::matching::PathWeights;

    /// An ensemble of paths that are constant at their own level.
    fn origin(paths: u32) -> OriginForecast {
        OriginForecast {
            beginning: 300,
            replicates: (0..paths).collect(),
            weights: PathWeights::equal(paths as usize),
            misfits: Vec::new(),
            paths: (0..paths).map(|path| vec![f64::from(path); 6]).collect(),
            observed: vec![0.0; 6],
        }
    }

    #[test]
    fn a_perfect_ensemble_covers_its_level_and_windows_that_overlap_scatter_more() {
        let many: Vec<OriginForecast> = (0..400).map(|_| origin(200)).collect();
        let many: Vec<&OriginForecast> = many.iter().collect();
        let [half, most] = coverage_ranges(&many, 6, 6, 1).expect("paths");
        assert!(half[0] > 0.42 && half[1] < 0.58, "{half:?}");
        assert!(most[0] > 0.86 && most[1] < 0.94, "{most:?}");
        let width = |step| {
            let [_, [low, high]] = coverage_ranges(&many[..40], 6, step, 1).expect("paths");
            high - low
        };
        assert!(width(1) > 1.5 * width(6), "{} {}", width(1), width(6));
    }
}
