//! Mining as a contest: who mines how much when every miner minds its own weight.
//!
//! Source: Arnosti and Weinberg (2022), "Bitcoin: A Natural Oligopoly", Management Science 68.

/// Equilibrium of the contest.
#[derive(Clone, Debug, PartialEq)]
pub struct Equilibrium {
    /// Shares of the hash rate, in the order of the costs.
    pub shares: Vec<f64>,
    /// c*, the marginal cost above which nobody mines.
    pub marginal_cost: f64,
}

/// Shares `max(0, 1 − c_i/c*)` with `c* = Σc/(n − 1)` over the n active miners, those whose cost is
/// below c*.
///
/// `None` with fewer than two miners (no equilibrium exists) or a cost that is not positive and
/// finite.
#[must_use]
pub fn equilibrium(costs: &[f64]) -> Option<Equilibrium> {
    if costs.len() < 2 || !costs.iter().all(|cost| *cost > 0.0 && cost.is_finite()) {
        return None;
    }
    let marginal_cost = marginal_cost(costs);
    let shares = costs.iter().map(|cost| (1.0 - cost / marginal_cost).max(0.0)).collect();
    Some(Equilibrium { shares, marginal_cost })
}

/// Drops whoever cannot cover its cost until nobody is left to drop. Each round lowers c*, so who
/// leaves never comes back; the two cheapest always stay.
fn marginal_cost(costs: &[f64]) -> f64 {
    let mut ceiling = f64::INFINITY;
    loop {
        let (active, total) = costs
            .iter()
            .filter(|cost| **cost < ceiling)
            .fold((0.0, 0.0), |(active, total), cost| (active + 1.0, total + cost));
        let next = if active < 2.0 { ceiling } else { total / (active - 1.0) };
        if next >= ceiling {
            return ceiling;
        }
        ceiling = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn four_miners_share_as_published() {
        let found = equilibrium(&[1.0, 1.1, 1.2, 1.3]).expect("four valid costs");
        assert!((found.marginal_cost - 1.533_333).abs() < 1e-6);
        let published = [0.347_826, 0.282_609, 0.217_391, 0.152_174];
        for (share, expected) in found.shares.iter().zip(published) {
            assert!((share - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn a_dear_miner_stays_out() {
        let found = equilibrium(&[1.0, 10.0, 1.0]).expect("three valid costs");
        assert_eq!(found.shares, [0.5, 0.0, 0.5]);
    }

    #[test]
    fn a_contest_needs_two_and_real_costs() {
        assert_eq!(equilibrium(&[1.0]), None);
        assert_eq!(equilibrium(&[1.0, 0.0]), None);
        assert_eq!(equilibrium(&[1.0, f64::NAN]), None);
    }

    proptest! {
        #[test]
        fn shares_sum_to_one_and_the_cheaper_mines_more(costs in prop::collection::vec(0.1..10.0_f64, 2..100)) {
            let found = equilibrium(&costs).expect("costs are positive");
            prop_assert!((found.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            for (i, j) in (1..costs.len()).map(|j| (j - 1, j)) {
                prop_assert!(costs[i] > costs[j] || found.shares[i] >= found.shares[j]);
            }
        }
    }
}
