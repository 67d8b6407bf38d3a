//! Scores by which forecasts of the network's log hash rate are judged.
//!
//! A point forecast has a root mean square error and a bias; an ensemble has the continuous ranked
//! probability score (Gneiting and Raftery 2007, Journal of the American Statistical Association
//! 102:359) and the coverage of its central intervals. All but coverage have the unit of the
//! forecast quantity: for logs, about the relative error.
//!
//! Every score is none when there is nothing to judge or the two sides differ in length.

use crate::model::chain::block_time::epoch_sampling_sd;

/// Root mean square error, √mean((f − y)²), of forecasts f of observations y.
#[must_use]
pub fn rmse(forecast: &[f64], observed: &[f64]) -> Option<f64> {
    mean_of(forecast, observed, |error| error * error).map(f64::sqrt)
}

/// Mean error, mean(f − y): above zero where the forecasts are too high.
#[must_use]
pub fn bias(forecast: &[f64], observed: &[f64]) -> Option<f64> {
    mean_of(forecast, observed, |error| error)
}

fn mean_of(forecast: &[f64], observed: &[f64], score: impl Fn(f64) -> f64) -> Option<f64> {
    let sum: f64 = forecast.iter().zip(observed).map(|(f, y)| score(f - y)).sum();
    let any = !observed.is_empty() && forecast.len() == observed.len();
    any.then(|| sum / observed.len() as f64)
}

/// Continuous ranked probability score of an ensemble of m members for the observation y,
///
/// CRPS = E|X − y| − ½·E|X − X′| = (1/m)·Σ|x₍ᵢ₎ − y| − (1/m²)·Σ(2i − m − 1)·x₍ᵢ₎,
///
/// with members x₍₁₎ ≤ … ≤ x₍ₘ₎ and both expectations over the ensemble as it is (divisor m², the
/// score of its empirical distribution; ibid. eq. 21). For one member it is the absolute error.
/// None for an empty ensemble.
#[must_use]
pub fn crps(members: &[f64], observed: f64) -> Option<f64> {
    let m = members.len() as f64;
    let (distance, spread) = distance_and_spread(members, observed);
    (!members.is_empty()).then(|| distance / m - spread / (m * m))
}

/// The same of the law of which the m members are a sample, with the divisor m(m − 1) of the spread: its expectation does not
/// depend on m (Ferro 2014, Quarterly Journal of the Royal Meteorological Society 140:1917). The absolute error for one
/// member.
#[must_use]
pub fn fair_crps(members: &[f64], observed: f64) -> Option<f64> {
    let m = members.len() as f64;
    let (distance, spread) = distance_and_spread(members, observed);
    let spread = if members.len() > 1 { spread / (m * (m - 1.0)) } else { 0.0 };
    (!members.is_empty()).then(|| distance / m - spread)
}

/// Σ|xᵢ − y| and ½·Σ|xᵢ − xⱼ| = Σ(2i − m − 1)·x₍ᵢ₎.
fn distance_and_spread(members: &[f64], observed: f64) -> (f64, f64) {
    let sorted = sorted(members);
    let m = sorted.len() as f64;
    let distance: f64 = sorted.iter().map(|x| (x - observed).abs()).sum();
    // 2i − m − 1 for i = 1, 2, …
    let weights = (0..sorted.len()).map(|index| 2.0 * index as f64 + 1.0 - m);
    let spread: f64 = sorted.iter().zip(weights).map(|(x, weight)| weight * x).sum();
    (distance, spread)
}

/// Quantile at `probability` (held within 0 and 1) of the members, linear between order statistics
/// at (i − 1)/(m − 1): type 7 of Hyndman and Fan 1996, American Statistician 50:361. None for an
/// empty ensemble.
#[must_use]
pub fn quantile(members: &[f64], probability: f64) -> Option<f64> {
    quantile_of_sorted(&sorted(members), probability)
}

fn quantile_of_sorted(sorted: &[f64], probability: f64) -> Option<f64> {
    let place = probability.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f64;
    let below = place as usize;
    let low = *sorted.get(below)?;
    let high = *sorted.get(below + 1).unwrap_or(&low);
    Some(low + (high - low) * (place - below as f64))
}

fn sorted(members: &[f64]) -> Vec<f64> {
    let mut sorted = members.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Central interval of an ensemble that should hold the share `level` of observations: from the
/// quantile at (1 − level)/2 to that at (1 + level)/2.
#[must_use]
pub(crate) fn central_interval(members: &[f64], level: f64) -> Option<(f64, f64)> {
    let sorted = sorted(members);
    let at = |probability| quantile_of_sorted(&sorted, probability);
    Some((at(0.5 * (1.0 - level))?, at(0.5 * (1.0 + level))?))
}

/// Share of the observations that lie in the central interval at `level` of their ensembles.
#[must_use]
pub fn coverage(ensembles: &[Vec<f64>], observed: &[f64], level: f64) -> Option<f64> {
    let mut inside = 0.0;
    for (members, y) in ensembles.iter().zip(observed) {
        let (low, high) = central_interval(members, level)?;
        inside += f64::from(u8::from((low..=high).contains(y)));
    }
    let any = !observed.is_empty() && ensembles.len() == observed.len();
    any.then(|| inside / observed.len() as f64)
}

/// The error of a one-step forecast that knows the true hash rate to be unchanged and yet has it
/// only from the last epoch's blocks: √2·sd, 3.15 %, since the forecast and the observation each
/// carry the sampling error sd = √ψ′(2015) = 2.23 % of one epoch's 2,015 intervals
/// ([`epoch_sampling_sd`]). A forecast that does not start from a measured hash rate has the floor
/// sd itself.
#[must_use]
pub fn sampling_floor() -> f64 {
    core::f64::consts::SQRT_2 * epoch_sampling_sd()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::numerics::sampling::normal;
    use crate::random::{Draws, Stream};

    /// Equally likely members: quantiles at the middles of `count` equal parts.
    fn stratified(count: usize, quantile: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..count).map(|i| quantile((i as f64 + 0.5) / count as f64)).collect()
    }

    fn near(found: Option<f64>, want: f64, tolerance: f64) {
        assert!(found.is_some_and(|x| (x - want).abs() <= tolerance), "{found:?} is not {want}");
    }

    #[test]
    fn errors_of_three_and_four_have_a_root_mean_square_of_3_54_and_a_bias_of_minus_half() {
        near(rmse(&[3.0, -4.0], &[0.0, 0.0]), 12.5_f64.sqrt(), 1e-15);
        near(bias(&[3.0, -4.0], &[0.0, 0.0]), -0.5, 1e-15);
    }

    #[test]
    fn sides_that_are_empty_or_differ_in_length_have_no_score() {
        assert_eq!(rmse(&[], &[]), None);
        assert_eq!(bias(&[1.0, 2.0], &[1.0]), None);
        assert_eq!(coverage(&[], &[1.0], 0.9), None);
        assert_eq!(coverage(&[vec![]], &[1.0], 0.9), None);
        assert_eq!(crps(&[], 1.0), None);
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_crps_of_one_member_is_the_absolute_error() {
        near(crps(&[2.5], 4.0), 1.5, 1e-15);
        near(crps(&[2.5; 7], 4.0), 1.5, 1e-15);
    }

    #[test]
    fn the_crps_of_a_normal_ensemble_is_near_its_closed_form() {
        // σ·(z(2Φ(z) − 1) + 2φ(z) − 1/√π) at z = 1, σ = 0.1 (Gneiting and Raftery 2007, eq. 22).
        let members = stratified(20_000, |u| 0.1 * normal(u));
        let density = 0.241_970_724_519_143_37;
        let twice_phi = 2.0 * 0.841_344_746_068_542_9 - 1.0;
        let want = 0.1 * (twice_phi + 2.0 * density - 1.0 / core::f64::consts::PI.sqrt());
        near(crps(&members, 0.1), want, 1e-5);
    }

    #[test]
    fn the_fair_score_of_few_members_is_on_average_that_of_many() {
        let draws = Draws::new(5, 0);
        let sample = |count: u32, number: u32| -> Vec<f64> {
            let draw = |at| normal(draws.uniform(Stream::Analysis, number, at, count as u16));
            (0..count).map(draw).collect()
        };
        let mean = |count: u32, samples: u32, score: fn(&[f64], f64) -> Option<f64>| {
            let scores = (0..samples).map(|number| score(&sample(count, number), 0.7).unwrap());
            scores.sum::<f64>() / f64::from(samples)
        };
        let many = mean(2_000, 20, crps);
        assert!((mean(4, 20_000, fair_crps) - many).abs() < 0.01);
        assert!(mean(4, 20_000, crps) - many > 0.1, "the other one punishes small ensembles");
        near(fair_crps(&[2.5], 4.0), 1.5, 1e-15);
        assert_eq!(fair_crps(&[], 1.0), None);
    }

    #[test]
    fn quantiles_lie_linearly_between_members() {
        // R: quantile(c(1, 2, 4, 8), c(.25, .5, .9), type = 7).
        for (probability, want) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            near(quantile(&[8.0, 1.0, 4.0, 2.0], probability), want, 1e-12);
        }
    }

    #[test]
    fn uniform_ranks_are_covered_as_often_as_the_level_says() {
        let members = stratified(999, |u| u);
        let observed = stratified(1_000, |u| u);
        for level in [0.5, 0.8, 0.9] {
            near(coverage(&vec![members.clone(); 1_000], &observed, level), level, 2e-3);
        }
    }

    #[test]
    fn the_floor_is_the_root_of_two_times_2_23_percent() {
        near(Some(sampling_floor()), 2.0_f64.sqrt() * 0.022_28, 1e-5);
    }

    proptest! {
        #[test]
        fn the_sorted_crps_is_the_double_sum(
            members in prop::collection::vec(-5.0..5.0_f64, 1..30),
            observed in -5.0..5.0_f64,
        ) {
            let m = members.len() as f64;
            let all: f64 = members.iter().flat_map(|a| members.iter().map(move |b| (a - b).abs())).sum();
            let one: f64 = members.iter().map(|x| (x - observed).abs()).sum();
            let score = crps(&members, observed).expect("there are members");
            prop_assert!((score - (one / m - 0.5 * all / (m * m))).abs() < 1e-12);
        }
    }
}
