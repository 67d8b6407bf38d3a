//! Selfish mining: a miner who withholds its blocks to waste the work of the others.
//!
//! `α` is the selfish miner's share of the hash rate, `γ` the part of the honest hash rate that
//! mines on its branch when two branches of equal length race, both 0 to 1.
//!
//! Source: Eyal and Sirer (2014), "Majority is not enough: Bitcoin mining is vulnerable".
//!
//! # Time until it pays
//!
//! Withholding makes nobody's hardware faster. While difficulty is what it was, blocks are found at
//! the old pace, but only the part `s` of them ends up in the chain, of which the selfish miner has
//! `R`. The epoch of two scheduled weeks therefore takes `2/s` weeks, in which an honest miner would
//! have earned `α/s` epochs' rewards and the selfish one earns only `R ≤ α/s`. The retarget
//! multiplies difficulty by `s`; from then on an epoch takes two weeks again and brings `R` against
//! `α`. Losses are made good after
//!
//! `T = 2/s + 2·(α/s − R)/(R − α) = 2·R·(1/s − 1)/(R − α)` weeks.
//!
//! The idea is Grunspan and Pérez-Marco's (2018, "On profitability of selfish mining"). The part `s`
//! is the sum of all revenues over Eyal and Sirer's states (their equations 6 and 7):
//! `s = (1 − α·(1 + (2 − α)·α))/(1 − 4α² + 2α³)`, whatever γ. It lies between 1/2 and 1, so that the
//! retarget's limit of a factor of four never binds.
//!
//! With α ≥ 1/2 the selfish miner's branch outgrows the honest one for good: R = 1, s = α.

/// Scheduled length of an epoch, weeks.
const EPOCH_WEEKS: f64 = 2.0;

/// Relative revenue: the selfish miner's part of the blocks in the chain,
/// `R = (α(1−α)²(4α + γ(1−2α)) − α³)/(1 − α(1 + (2−α)α))` (Eyal and Sirer 2014, equation 8); 1 for
/// α ≥ 1/2.
#[must_use]
pub(crate) fn relative_revenue(share: f64, gamma: f64) -> f64 {
    if share >= 0.5 {
        return 1.0;
    }
    let honest = 1.0 - share;
    let won = share * honest * honest * (4.0 * share + gamma * (1.0 - 2.0 * share));
    (won - share * share * share) / undisturbed(share)
}

/// Share from which selfish mining earns more than honest mining: `(1 − γ)/(3 − 2γ)`.
#[must_use]
pub(crate) fn threshold(gamma: f64) -> f64 {
    (1.0 - gamma) / (3.0 - 2.0 * gamma)
}

/// Part of all blocks found that ends up in the chain, `s`: what the retarget multiplies
/// difficulty by.
#[must_use]
pub(crate) fn chain_growth(share: f64) -> f64 {
    if share >= 0.5 {
        return share;
    }
    undisturbed(share) / (1.0 - share * share * (4.0 - 2.0 * share))
}

/// Weeks until a selfish miner has earned as much as an honest one, across the first retarget;
/// `None` when it never does.
#[must_use]
pub(crate) fn weeks_to_profit(share: f64, gamma: f64) -> Option<f64> {
    let revenue = relative_revenue(share, gamma);
    let gain = revenue - share;
    let weeks = EPOCH_WEEKS * revenue * (1.0 / chain_growth(share) - 1.0) / gain;
    (share > threshold(gamma) && gain > 0.0 && weeks.is_finite()).then_some(weeks)
}

/// Weeks until a newcomer who mines selfishly has earned as much as if it had joined honestly;
/// `None` when it never does. Difficulty was set without its hash rate, so that blocks come faster
/// by 1/(1 − α) until the first retarget.
///
/// With E an epoch of blocks, s the [`chain_growth`] and R the [`relative_revenue`], the selfish
/// newcomer earns R·E by t₁ = 2(1 − α)/s weeks and R·E/2 a week afterwards, the honest one α·E by
/// 2(1 − α) weeks and α·E/2 a week afterwards. They meet at
/// T = 2(α² − R + R(1 − α)/s)/(R − α), or before t₁ at 2α²/(R·s/(1 − α) − α).
#[must_use]
pub(crate) fn newcomer_weeks_to_profit(share: f64, gamma: f64) -> Option<f64> {
    let (revenue, growth) = (relative_revenue(share, gamma), chain_growth(share));
    if share <= threshold(gamma) || revenue <= share {
        return None;
    }
    let joined = 1.0 - share;
    let first_retarget = EPOCH_WEEKS * joined / growth;
    let before = EPOCH_WEEKS * share * share / (revenue * growth / joined - share);
    if before > 0.0 && before <= first_retarget {
        return Some(before);
    }
    let balance = share * share - revenue + revenue * joined / growth;
    Some(EPOCH_WEEKS * balance / (revenue - share))
}

/// `1 − α(1 + (2 − α)α)`.
fn undisturbed(share: f64) -> f64 {
    1.0 - share * (1.0 + (2.0 - share) * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_revenue_has_its_published_values() {
        // Sapirshtein et al. 2016, table 1 (γ = 0, strategy SM1).
        for (share, revenue) in [(0.375, 0.421_18), (0.4, 0.483_72), (0.45, 0.651_77)] {
            assert!((relative_revenue(share, 0.0) - revenue).abs() < 5.1e-6, "{share}");
        }
    }

    #[test]
    fn the_threshold_runs_from_a_third_through_a_quarter_to_nothing() {
        assert!((threshold(0.0) - 1.0 / 3.0).abs() < 1e-15);
        assert!((threshold(0.5) - 0.25).abs() < 1e-15);
        assert_eq!(threshold(1.0), 0.0);
    }

    #[test]
    fn a_tenth_with_gamma_nine_tenths_waits_ten_weeks() {
        let weeks = weeks_to_profit(0.1, 0.9).expect("the share is above the threshold");
        assert!((weeks - 10.18).abs() < 0.005, "{weeks}");
    }

    #[test]
    fn half_of_the_hash_rate_wins_everything_and_waits_four_weeks() {
        assert_eq!(relative_revenue(0.5, 0.0), 1.0);
        assert!((relative_revenue(0.5 - 1e-9, 0.3) - 1.0).abs() < 1e-7);
        assert!((chain_growth(0.5 - 1e-9) - 0.5).abs() < 1e-7);
        assert_eq!(weeks_to_profit(0.5, 0.0), Some(4.0));
        assert_eq!(weeks_to_profit(1.0, 0.0), None);
        assert_eq!(weeks_to_profit(0.0, 1.0), None);
    }

    /// Revenue of both sides as Eyal and Sirer sum it over their states (equations 6 and 7).
    fn by_states(a: f64, g: f64) -> (f64, f64) {
        let d = 2.0 * a.powi(3) - 4.0 * a.powi(2) + 1.0;
        let p0 = (a - 2.0 * a * a) / (a * d);
        let tie = (1.0 - a) * (a - 2.0 * a * a) / d;
        let p1 = (a - 2.0 * a * a) / d;
        let x = a / (1.0 - a);
        let (p2, above) = (p1 * x, p1 * x * x / (1.0 - x));
        let own = tie * (2.0 * a + g * (1.0 - a)) + (2.0 * p2 + above) * (1.0 - a);
        let others = tie * (g + 2.0 * (1.0 - g)) * (1.0 - a) + p0 * (1.0 - a);
        (own, others)
    }

    /// Earnings minus those of an honest miner after a number of weeks, epoch by epoch.
    fn balance(share: f64, gamma: f64, weeks: f64) -> f64 {
        let (revenue, pace) = (relative_revenue(share, gamma), chain_growth(share));
        let first = 2.0 / pace;
        let earned = if weeks < first { revenue * pace } else { revenue } / 2.0;
        revenue.min(revenue * weeks / first) - share * weeks.min(first) / 2.0
            + (earned - share / 2.0) * (weeks - first).max(0.0)
    }

    proptest! {
        #[test]
        fn revenue_and_growth_are_sums_over_the_states(share in 0.001_f64..0.499, gamma in 0.0_f64..=1.0) {
            let (own, others) = by_states(share, gamma);
            prop_assert!((own / (own + others) - relative_revenue(share, gamma)).abs() < 1e-9);
            prop_assert!((own + others - chain_growth(share)).abs() < 1e-9);
        }

        #[test]
        fn it_pays_exactly_above_the_threshold(share in 0.0_f64..0.5, gamma in 0.0_f64..=1.0) {
            let (gain, excess) = (relative_revenue(share, gamma) - share, share - threshold(gamma));
            prop_assert!(gain * excess >= -1e-15);
            prop_assert_eq!(weeks_to_profit(share, gamma).is_some(), excess > 0.0 && gain > 0.0);
        }

        #[test]
        fn revenue_is_a_part_that_rises_with_share_and_gamma(
            share in 0.0_f64..=1.0, gamma in 0.0_f64..=1.0, more in 0.0_f64..0.2,
        ) {
            let revenue = relative_revenue(share, gamma);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&revenue));
            prop_assert!(relative_revenue((share + more).min(1.0), gamma) >= revenue - 1e-12);
            prop_assert!(relative_revenue(share, (gamma + more).min(1.0)) >= revenue - 1e-12);
        }

        #[test]
        fn the_weeks_are_where_the_balance_is_zero(share in 0.05_f64..0.95, gamma in 0.0_f64..=1.0) {
            if let Some(weeks) = weeks_to_profit(share, gamma) {
                prop_assert!(weeks > 2.0);
                prop_assert!(balance(share, gamma, weeks).abs() < 1e-9 * weeks);
            }
        }

        #[test]
        fn the_weeks_diverge_at_the_threshold(gamma in 0.0_f64..0.99) {
            let at = threshold(gamma);
            let weeks = |excess: f64| weeks_to_profit(at + excess, gamma).unwrap_or(f64::INFINITY);
            prop_assert!(weeks(1e-6) > weeks(1e-5) && weeks(1e-5) > weeks(1e-4));
            prop_assert!(weeks(1e-9) > 1e4 * at);
        }
    }

    /// Rewards in epochs of blocks, of which the network finds one in two weeks.
    fn earned(weeks: f64, first_retarget: f64, share: f64) -> f64 {
        let later = (weeks - first_retarget).max(0.0) / 2.0;
        share * ((weeks / first_retarget).min(1.0) + later)
    }

    #[test]
    fn a_newcomer_has_caught_up_when_both_accounts_are_equal() {
        for (share, gamma) in [(0.286, 0.5), (0.36, 0.5), (0.45, 0.0), (0.2, 0.9), (0.44, 1.0)] {
            let weeks = newcomer_weeks_to_profit(share, gamma).expect("above the threshold");
            let joined = 2.0 * (1.0 - share);
            let selfish =
                earned(weeks, joined / chain_growth(share), relative_revenue(share, gamma));
            let honest = earned(weeks, joined, share);
            assert!((selfish / honest - 1.0).abs() < 1e-9, "{share}: {weeks}");
        }
        assert_eq!(newcomer_weeks_to_profit(0.2, 0.5), None);
    }
}
