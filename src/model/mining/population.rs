//! Shape of the initial population.

use crate::units::HashRate;

/// Mean of the Pareto law on [1, `bound`]: α/(α−1)·(1 − b^(1−α))/(1 − b^−α), ln b·b/(b−1) at α = 1.
#[must_use]
pub(crate) fn bounded_pareto_mean(alpha: f64, bound: f64) -> f64 {
    if bound <= 1.0 {
        return 1.0;
    }
    let reach = 1.0 - libm::pow(bound, -alpha);
    if (alpha - 1.0).abs() < 1e-9 {
        return libm::log(bound) / reach;
    }
    alpha / (alpha - 1.0) * (1.0 - libm::pow(bound, 1.0 - alpha)) / reach
}

/// Ratio of the largest to the smallest owner such that `count` owners with tail index `alpha` hold
/// `total` and the largest holds `cap`: root of count·mean(b)·cap/b = total, by bisection.
///
/// 1 (all equal) when even equal shares exceed the cap.
#[must_use]
pub(crate) fn pareto_bound(alpha: f64, count: f64, total: HashRate, cap: HashRate) -> f64 {
    let held = |bound: f64| cap * (count * bounded_pareto_mean(alpha, bound) / bound);
    if held(1.0) <= total {
        return 1.0;
    }
    let (mut low, mut high) = (1.0, 1e9);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if held(middle) > total { low = middle } else { high = middle }
    }
    high
}

/// Hash rate bought in each past year that is still in the fleet, newest first, as shares.
///
/// `history`: network hash rate now, one, two, … years ago. Purchases of the year before point k are
/// H_k − (1 − r)·H_{k+1}; after k years (1 − r)^k of them are left; the last entry holds all older ones.
#[must_use]
pub(crate) fn vintage_shares(history: &[f64], retirement: f64) -> Vec<f64> {
    let keep = 1.0 - retirement;
    let mut left = 1.0;
    let mut shares: Vec<f64> = history
        .windows(2)
        .map(|pair| {
            let share = (pair[0] - keep * pair[1]).max(0.0) * left;
            left *= keep;
            share
        })
        .collect();
    shares.push(history.last().copied().unwrap_or(1.0) * left);
    let total: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= total;
    }
    shares
}

/// Gross additions to the fleet in the year before the first day: H₀ − (1 − r)·H₁, never negative.
///
/// `history`: network hash rate now, one, two, … years ago; zero where it does not say.
#[must_use]
pub(crate) fn yearly_additions(history: &[f64], retirement: f64) -> f64 {
    match history {
        [now, before, ..] => (now - (1.0 - retirement) * before).max(0.0),
        _ => 0.0,
    }
}

/// Whole parts of `rows` among entities in proportion to their shares, one at least each, the rest by
/// largest remainders (Hamilton's method; equal remainders by index).
///
/// `shares` ≥ 0, any unit, no more of them than `rows`; the parts add up to `rows`.
#[must_use]
pub(crate) fn apportion(shares: &[f64], rows: usize) -> Vec<usize> {
    let spare = rows.saturating_sub(shares.len());
    let total: f64 = shares.iter().sum();
    let quotas: Vec<f64> =
        shares.iter().map(|share| spare as f64 * share / total.max(f64::MIN_POSITIVE)).collect();
    let mut parts: Vec<usize> = quotas.iter().map(|quota| 1 + *quota as usize).collect();
    let given: usize = parts.iter().sum();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| (quotas[b].fract()).total_cmp(&quotas[a].fract()).then(a.cmp(&b)));
    for &index in order.iter().cycle().take(rows.saturating_sub(given)) {
        parts[index] += 1;
    }
    parts
}

/// Part of the gross additions of the year before the first day that made good what had retired:
/// r·H₁ / (H₀ − (1 − r)·H₁), at most 1; the rest made the network grow.
///
/// `history`: network hash rate now, one, two, … years ago.
#[must_use]
pub(crate) fn replacement_share(history: &[f64], retirement: f64) -> f64 {
    let additions = yearly_additions(history, retirement);
    match history {
        [_, before, ..] if additions > 0.0 => (retirement * before / additions).min(1.0),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_makes_the_population_hold_the_total() {
        let (total, cap) = (HashRate::from_ehs(700.0), HashRate::from_ehs(21.0));
        let bound = pareto_bound(1.1, 4_850.0, total, cap);
        let held = cap * (4_850.0 * bounded_pareto_mean(1.1, bound) / bound);
        assert!((held / total - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_mean_agrees_with_numerical_integration() {
        let (alpha, bound) = (1.1, 300.0);
        let n = 200_000;
        let numeric: f64 = (0..n)
            .map(|i| {
                crate::numerics::sampling::bounded_pareto(
                    (f64::from(i) + 0.5) / f64::from(n),
                    alpha,
                    bound,
                )
            })
            .sum::<f64>()
            / f64::from(n);
        assert!((numeric / bounded_pareto_mean(alpha, bound) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn additions_make_good_what_retired_and_what_grew() {
        assert!((yearly_additions(&[1060.0, 660.0], 0.25) - 565.0).abs() < 1e-9);
        assert_eq!(yearly_additions(&[50.0, 100.0], 0.25), 0.0);
        assert_eq!(yearly_additions(&[50.0], 0.25), 0.0);
    }

    #[test]
    fn what_retired_is_replaced_and_the_rest_is_growth() {
        assert!((replacement_share(&[1060.0, 660.0], 0.25) - 165.0 / 565.0).abs() < 1e-12);
        // A network that shrank by less than what retired only replaced.
        assert_eq!(replacement_share(&[90.0, 100.0], 0.25), 1.0);
        assert_eq!(replacement_share(&[50.0], 0.25), 1.0);
    }

    #[test]
    fn vintages_add_up_and_a_growing_fleet_is_young() {
        let shares = vintage_shares(&[1060.0, 680.0, 440.0, 260.0, 150.0], 0.25);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(shares[0] > 0.5 && shares[0] > shares[1] && shares[1] > shares[2]);
    }

    #[test]
    fn rows_are_shared_out_by_size_and_none_goes_without() {
        assert_eq!(apportion(&[6.0, 3.0, 1.0], 13), [7, 4, 2]);
        assert_eq!(apportion(&[1.0, 1.0, 1.0], 5), [2, 2, 1]);
        assert_eq!(apportion(&[9.0, 0.0], 2), [1, 1]);
        assert!(apportion(&[], 0).is_empty());
        let many = apportion(&[0.3, 0.2, 7.1, 0.01, 2.4], 1_000);
        assert_eq!(many.iter().sum::<usize>(), 1_000);
    }
}
