//! Weighted particles of a calibration: weights, tolerance, and the law that proposes new points.
//!
//! Places have no unit: they are on a scale where the prior is the standard normal law, see
//! [`super::prior_scale`]. Sums run in the order of the particles.

/// Least variance of a proposal along any axis, the prior's being one: keeps a law that has shrunk
/// to a line or a point a law.
const LEAST_VARIANCE: f64 = 1e-12;

/// (Σw)²/Σw²: how many equal weights estimate a mean as well as these (Kong, Liu and Wong 1994,
/// Journal of the American Statistical Association 89:278); 0 without weights.
#[must_use]
pub(crate) fn effective_size(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// Weights, one on the whole, of particles around which so many points were `proposed` per unit of
/// prior probability, above 0, by all generations together: wᵢ ∝ 1/proposedᵢ.
///
/// This takes all points as drawn from one mixture of all the laws that proposed them, the prior
/// being one (deterministic mixture; Owen and Zhou 2000, Journal of the American Statistical
/// Association 95:135; for laws that adapt Cornuet, Marin, Mira and Robert 2012, Scandinavian
/// Journal of Statistics 39:798). Were each particle weighed by its own generation's law, one
/// survivor of an early generation, which sought far and wide, could outweigh hundreds of late ones.
#[must_use]
pub(crate) fn mixture_weights(proposed: &[f64]) -> Vec<f64> {
    let total: f64 = proposed.iter().map(|proposed| 1.0 / proposed).sum();
    proposed.iter().map(|proposed| 1.0 / proposed / total).collect()
}

/// The `count`-th smallest of these distances, or the largest if they are fewer; none without any.
/// What is not finite does not count.
#[must_use]
pub(crate) fn tolerance(distances: &[f64], count: usize) -> Option<f64> {
    let mut finite: Vec<f64> = distances.iter().copied().filter(|d| d.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    finite.get(count.min(finite.len()).checked_sub(1)?).copied()
}

/// Numbers of `count` particles drawn by their weights, in ascending order, from one uniform `u` in
/// (0, 1): the particles at (i + u)/count of the cumulative weight (systematic resampling, Kitagawa
/// 1996, Journal of Computational and Graphical Statistics 5:1). A particle comes count·weight
/// times on average, and never a whole time more or less often.
#[must_use]
pub(crate) fn systematic(weights: &[f64], count: usize, u: f64) -> Vec<usize> {
    let total: f64 = weights.iter().sum();
    let heaviest = weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
    let (mut at, mut reached) = (0, weights.first().copied().unwrap_or(0.0));
    let mut chosen = Vec::with_capacity(count);
    for number in 0..count {
        let mark = (number as f64 + u) / count as f64 * total;
        while reached <= mark && at < heaviest {
            at += 1;
            reached += weights[at];
        }
        chosen.push(at);
    }
    chosen
}

/// Weighted mean of values; weights sum to one.
#[must_use]
pub(crate) fn mean(values: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
    values.zip(weights).map(|(value, weight)| value * weight).sum()
}

/// Value that at least a share `share` of the weight does not exceed; not a number without values.
#[must_use]
pub(crate) fn quantile(values: impl Iterator<Item = f64>, weights: &[f64], share: f64) -> f64 {
    let mut pairs: Vec<(f64, f64)> = values.zip(weights.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = pairs.iter().map(|pair| pair.1).sum();
    let mut reached = 0.0;
    let within = |pair: &&(f64, f64)| {
        reached += pair.1;
        reached >= share * total
    };
    pairs.iter().find(within).or(pairs.last()).map_or(f64::NAN, |pair| pair.0)
}

/// Weighted covariance of places (divisor one, weights sum to one), row by row.
#[must_use]
pub(crate) fn covariance(places: &[&[f64]], weights: &[f64]) -> Vec<f64> {
    let axes = places.first().map_or(0, |place| place.len());
    let centre: Vec<f64> =
        (0..axes).map(|axis| mean(places.iter().map(|place| place[axis]), weights)).collect();
    let entry = |cell: usize| {
        let (row, column) = (cell / axes, cell % axes);
        let product =
            |place: &&[f64]| (place[row] - centre[row]) * (place[column] - centre[column]);
        mean(places.iter().map(product), weights)
    };
    (0..axes * axes).map(entry).collect()
}

/// Lower triangular L with L·Lᵀ = C + floor·1, row by row (Cholesky), for a covariance of `axes`
/// rows; no pivot falls below the floor, so that a singular C has one too.
#[must_use]
pub(crate) fn cholesky(covariance: &[f64], axes: usize, floor: f64) -> Vec<f64> {
    let mut lower = vec![0.0; axes * axes];
    for row in 0..axes {
        for column in 0..=row {
            let dot: f64 =
                (0..column).map(|k| lower[row * axes + k] * lower[column * axes + k]).sum();
            let rest = covariance[row * axes + column] - dot;
            lower[row * axes + column] = if row == column {
                (rest + floor).max(floor).sqrt()
            } else {
                rest / lower[column * axes + column]
            };
        }
    }
    lower
}

/// x with L·x = `right`, for a lower triangular L, row by row, with as many rows.
fn forward_substitution(lower: &[f64], right: &[f64]) -> Vec<f64> {
    let mut solved: Vec<f64> = Vec::with_capacity(right.len());
    for (row, coefficients) in lower.chunks(right.len().max(1)).enumerate() {
        let known: f64 = coefficients.iter().zip(&solved).map(|(l, x)| l * x).sum();
        solved.push((right[row] - known) / coefficients[row]);
    }
    solved
}

/// Mixture of normal laws, one around each particle, that proposes new places: q(z) = Σ wⱼ·N(z; zⱼ,
/// 2C) with C the weighted covariance of the particles (Beaumont, Cornuet, Marin and Robert 2009,
/// Biometrika 96:983, with the full covariance of Filippi et al. 2013, Statistical Applications in
/// Genetics and Molecular Biology 12:87).
#[derive(Clone, Debug)]
pub(crate) struct ProposalLaw<'p> {
    centres: &'p [&'p [f64]],
    weights: &'p [f64],
    /// Cholesky factor L of 2C.
    lower: Vec<f64>,
    /// L⁻¹·zⱼ, particle by particle: there the law around each is standard normal.
    standardised: Vec<f64>,
    axes: usize,
}

impl<'p> ProposalLaw<'p> {
    /// The law around particles at `centres`, whose weights sum to one.
    #[must_use]
    pub(crate) fn around(centres: &'p [&'p [f64]], weights: &'p [f64]) -> Self {
        let axes = centres.first().map_or(0, |centre| centre.len());
        let twice: Vec<f64> = covariance(centres, weights).iter().map(|c| 2.0 * c).collect();
        let lower = cholesky(&twice, axes, LEAST_VARIANCE);
        let standardised =
            centres.iter().flat_map(|centre| forward_substitution(&lower, centre)).collect();
        Self { centres, weights, lower, standardised, axes }
    }

    /// Place that independent standard `normals`, one an axis, lead to from a particle: zⱼ + L·n.
    #[must_use]
    pub(crate) fn step(&self, from: usize, normals: &[f64]) -> Vec<f64> {
        let rows = self.lower.chunks(self.axes.max(1));
        let moved = rows.zip(self.centres[from]).map(|(row, start)| {
            start + row.iter().zip(normals).map(|(l, normal)| l * normal).sum::<f64>()
        });
        moved.collect()
    }

    /// q(z)/φ(z), the density of this law over the prior's, which is standard normal on every axis.
    #[must_use]
    pub(crate) fn over_prior(&self, place: &[f64]) -> f64 {
        let standard = forward_substitution(&self.lower, place);
        let square = |centre: &[f64]| -> f64 {
            standard.iter().zip(centre).map(|(z, c)| (z - c) * (z - c)).sum()
        };
        let squares: Vec<f64> = self.standardised.chunks(self.axes.max(1)).map(square).collect();
        // The nearest centre is taken out of the sum, so that its terms never all vanish.
        let nearest = squares.iter().copied().fold(f64::INFINITY, f64::min);
        let terms = squares.iter().zip(self.weights);
        let sum: f64 =
            terms.map(|(square, weight)| weight * libm::exp(0.5 * (nearest - square))).sum();
        let prior: f64 = place.iter().map(|z| z * z).sum();
        let scale: f64 = (0..self.axes).map(|axis| self.lower[axis * (self.axes + 1)]).product();
        sum * libm::exp(0.5 * (prior - nearest)) / scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    use proptest::prelude::*;

    #[test]
    fn the_effective_size_has_its_closed_forms() {
        assert_eq!(effective_size(&[]), 0.0);
        assert_eq!(effective_size(&[0.25; 4]), 4.0);
        assert_eq!(effective_size(&[0.0, 3.0, 0.0]), 1.0);
        // (1 + 2 + 3)²/(1 + 4 + 9).
        assert!((effective_size(&[1.0, 2.0, 3.0]) - 36.0 / 14.0).abs() < 1e-15);
    }

    #[test]
    fn a_weight_is_the_smaller_the_more_points_were_proposed_around_it() {
        assert_eq!(mixture_weights(&[2.0, 1.0, 2.0]), [0.25, 0.5, 0.25]);
        assert!(mixture_weights(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn weights_sum_to_one(proposed in prop::collection::vec(1e-6..1e9_f64, 1..60)) {
            let weights = mixture_weights(&proposed);
            prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let size = effective_size(&weights);
            prop_assert!(size > 1.0 - 1e-9 && size < proposed.len() as f64 * (1.0 + 1e-9));
        }

        #[test]
        fn resampling_gives_every_particle_its_share_to_within_one(
            weights in prop::collection::vec(0.0..1.0_f64, 1..40),
            count in 1_usize..200,
            u in 0.001..0.999_f64,
        ) {
            let total: f64 = weights.iter().sum();
            prop_assume!(total > 1e-3);
            let chosen = systematic(&weights, count, u);
            prop_assert_eq!(chosen.len(), count);
            prop_assert!(chosen.is_sorted());
            for (number, weight) in weights.iter().enumerate() {
                let times = chosen.iter().filter(|at| **at == number).count() as f64;
                let share = count as f64 * weight / total;
                prop_assert!((times - share).abs() < 1.0 + 1e-9, "{times} for {share}");
            }
        }

        #[test]
        fn a_cholesky_factor_gives_its_matrix_back(
            entries in prop::collection::vec(-2.0..2.0_f64, 9), floor in 1e-9..1e-3_f64,
        ) {
            // C = M·Mᵀ is a covariance.
            let dot = |a: usize, b: usize| -> f64 {
                (0..3).map(|k| entries[a * 3 + k] * entries[b * 3 + k]).sum()
            };
            let matrix: Vec<f64> = (0..9).map(|cell| dot(cell / 3, cell % 3)).collect();
            let lower = cholesky(&matrix, 3, floor);
            for (cell, entry) in matrix.iter().enumerate() {
                let (row, column) = (cell / 3, cell % 3);
                let product: f64 = (0..3).map(|k| lower[row * 3 + k] * lower[column * 3 + k]).sum();
                let want = entry + if row == column { floor } else { 0.0 };
                prop_assert!((product - want).abs() < 1e-9, "{product} {want}");
            }
        }
    }

    #[test]
    fn resampling_is_unbiased() {
        // The mean over a fine grid of uniforms is the mean over the uniform law.
        let weights = [0.07, 0.0, 0.41, 0.52];
        let (count, grid) = (7, 10_000);
        let mut times = [0.0; 4];
        for cell in 0..grid {
            let u = (f64::from(cell) + 0.5) / f64::from(grid);
            for at in systematic(&weights, count, u) {
                times[at] += 1.0;
            }
        }
        for (times, weight) in times.iter().zip(weights) {
            let share = count as f64 * weight;
            // A step of the count is misplaced by at most half a cell, at both its ends.
            assert!((times / f64::from(grid) - share).abs() <= 1.0 / f64::from(grid) + 1e-12);
        }
    }

    #[test]
    fn the_tolerance_is_a_rank_among_the_runs_that_came_through() {
        let distances = [3.0, f64::INFINITY, 1.0, f64::NAN, 2.0];
        assert_eq!([1, 2, 3, 9].map(|count| tolerance(&distances, count)), {
            [Some(1.0), Some(2.0), Some(3.0), Some(3.0)]
        });
        assert_eq!(tolerance(&[f64::NAN], 1), None);
        assert_eq!(tolerance(&[1.0], 0), None);
    }

    #[test]
    fn weighted_quantiles_count_weight_and_not_particles() {
        let (values, weights) = ([5.0, 1.0, 3.0], [0.2, 0.7, 0.1]);
        let at = |share| quantile(values.iter().copied(), &weights, share);
        assert_eq!([0.0, 0.5, 0.75, 0.9, 1.0].map(at), [1.0, 1.0, 3.0, 5.0, 5.0]);
        assert!(quantile(std::iter::empty(), &[], 0.5).is_nan());
    }

    #[test]
    fn the_covariance_agrees_with_hand_arithmetic() {
        let places: [&[f64]; 3] = [&[0.0, 0.0], &[2.0, 4.0], &[4.0, 0.0]];
        // Means 2 and 2; products (4, 0, 4), (4, 4, 4), (4, 0, −4).
        let found = covariance(&places, &[0.25, 0.5, 0.25]);
        assert_eq!(found, [2.0, 0.0, 0.0, 4.0]);
    }

    #[test]
    fn the_density_of_a_proposal_integrates_to_one_and_has_the_variance_of_three_populations() {
        // Particles at −1 and 1 have variance 1; the mixture adds 2.
        let (centres, weights): ([&[f64]; 2], _) = ([&[-1.0], &[1.0]], [0.5, 0.5]);
        let law = ProposalLaw::around(&centres, &weights);
        let step = 0.01;
        let (mut mass, mut variance) = (0.0, 0.0);
        for cell in -1_500..=1_500 {
            let z = f64::from(cell) * step;
            let density = law.over_prior(&[z]) * libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
            mass += density * step;
            variance += z * z * density * step;
        }
        assert!((mass - 1.0).abs() < 1e-9 && (variance - 3.0).abs() < 1e-9, "{mass} {variance}");
    }

    #[test]
    fn the_density_over_the_prior_agrees_with_densities_written_out() {
        let (centres, weights): ([&[f64]; 3], _) =
            ([&[0.0, 0.0], &[1.0, 0.5], &[-0.5, 1.0]], [0.5, 0.3, 0.2]);
        let law = ProposalLaw::around(&centres, &weights);
        let c: Vec<f64> = covariance(&centres, &weights).iter().map(|c| 2.0 * c).collect();
        let determinant = c[0] * c[3] - c[1] * c[2];
        let place = [0.7, -0.2];
        let normal = |centre: &[f64]| {
            let (x, y) = (place[0] - centre[0], place[1] - centre[1]);
            let square = (c[3] * x * x - 2.0 * c[1] * x * y + c[0] * y * y) / determinant;
            libm::exp(-0.5 * square) / (2.0 * PI * determinant.sqrt())
        };
        let mixture: f64 = centres.iter().zip(weights).map(|(z, w)| w * normal(z)).sum();
        let prior = libm::exp(-0.5 * (0.49 + 0.04)) / (2.0 * PI);
        assert!((law.over_prior(&place) / (mixture / prior) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_population_in_one_place_still_proposes() {
        let (centres, weights): ([&[f64]; 2], _) = ([&[1.0, 2.0], &[1.0, 2.0]], [0.5, 0.5]);
        let law = ProposalLaw::around(&centres, &weights);
        let place = law.step(1, &[1.0, -1.0]);
        assert!((place[0] - 1.0 - 1e-6).abs() < 1e-12 && (place[1] - 2.0 + 1e-6).abs() < 1e-12);
        assert!(law.over_prior(&place).is_finite());
    }
}
