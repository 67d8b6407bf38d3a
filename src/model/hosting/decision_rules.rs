//! Mining or hosting: what a lease must be worth before a miner gives up mining for it, by three rival
//! rules, and which bidder a tenant prefers.
//!
//! Values are in million USD per MW of IT power: I, capital cost of a hall; F, value of the mining that
//! is given up for it. Functions are total: what is not a number stays so, nothing else fails.

use super::real_option::ExchangeOption;
use crate::numerics::sampling::logistic;

/// A trigger ratio at which nobody exchanges, and finite: who gives up nothing asks for nothing. A
/// numerical bound.
const HIGHEST_TRIGGER: f64 = 1e9;
/// Least value of which a share is taken. A numerical bound.
const LEAST_VALUE: f64 = 1e-12;

/// Value asked by the net present value: I·(1 + h) + F (Fisher 1930, "The Theory of Interest", with a
/// margin).
///
/// `capex` I and `forgone` F, million USD per IT MW; `hurdle` h, net value over capital cost.
#[must_use]
pub fn asked_by_net_value(capex: f64, forgone: f64, hurdle: f64) -> f64 {
    capex * (1.0 + hurdle) + forgone
}

/// Value asked by a noisy choice: max(0, I·(1 + s·ln(u/(1 − u))) + F).
///
/// The difference of two independent Gumbel errors is logistic, so that hosting is chosen with the
/// probability of a binary logit (McFadden 1974, in "Frontiers in Econometrics").
///
/// `capex` I and `forgone` F, million USD per IT MW; `scale` s of the noise over capital cost; `u`, a
/// uniform in (0, 1).
#[must_use]
pub fn asked_by_noisy_choice(capex: f64, forgone: f64, scale: f64, u: f64) -> f64 {
    (capex * (1.0 + scale * logistic(u)) + forgone).max(0.0)
}

/// Value asked by the option to wait: (I + F)·β/(β − 1), the trigger at which giving up K = I + F for the
/// lease V is best (McDonald and Siegel 1986, QJE 101, equations 4 to 6).
///
/// `capex` I and `forgone` F, million USD per IT MW; `option` the lease V against mining, whose volatility
/// K has in its part F, σ_K = σ·F/(I + F): capital cost is riskless.
#[must_use]
pub fn asked_by_option(capex: f64, forgone: f64, option: &ExchangeOption) -> f64 {
    (capex + forgone) * exchange_trigger(capex, forgone, option)
}

/// The trigger ratio β/(β − 1) of [`asked_by_option`], at most 10⁹.
fn exchange_trigger(capex: f64, forgone: f64, option: &ExchangeOption) -> f64 {
    let risky = forgone / (capex + forgone).max(LEAST_VALUE);
    let option = ExchangeOption { vol_k: option.vol_k * risky, ..*option };
    option.trigger_ratio().min(HIGHEST_TRIGGER)
}

/// Mining given up per IT power: max(0, v)/q.
///
/// `mining` v, value of mining per utility power; `it_over_utility` q > 0. A site whose rigs are
/// worth more sold gives up nothing.
#[must_use]
pub fn forgone_mining(mining: f64, it_over_utility: f64) -> f64 {
    mining.max(0.0) / it_over_utility
}

/// Factor on the value asked once peers have signed n halls of late: e^(−h·n), h per hall (a form after
/// Banerjee 1992, QJE 107; its size is an assumption).
#[must_use]
pub fn peer_factor(herding: f64, signed: f64) -> f64 {
    libm::exp(-herding * signed)
}

/// Odds that a site could host at all: share·size·class·readiness (an assumption), each a plain number.
#[must_use]
pub(crate) fn suitability_odds(share: f64, size_odds: f64, class_odds: f64, readiness: f64) -> f64 {
    share * size_odds * class_odds * readiness
}

/// Score of a bidder: s + w·log₂(1 + n) − m/M, the higher the better (an assumption: a tenant weighs site,
/// record and speed).
///
/// `suitability` s of the site, 0 to 1; `delivered` n halls of its owner, with weight `record_weight` w a
/// doubling; `months` m until the hall is ready, of which `lead_months` M > 0 cost a point.
#[must_use]
pub fn bidder_score(
    suitability: f64,
    delivered: f64,
    months: f64,
    record_weight: f64,
    lead_months: f64,
) -> f64 {
    let record = libm::log2(1.0 + delivered);
    suitability + record_weight * record - months / lead_months
}

/// Bidders from the best score to the worst; of equal scores the lower index comes first.
#[must_use]
pub fn rank_of_bidders(bidders: impl IntoIterator<Item = (usize, f64)>) -> Vec<usize> {
    let mut ranking: Vec<(usize, f64)> = bidders.into_iter().collect();
    ranking.sort_by(|(a, x), (b, y)| y.total_cmp(x).then(a.cmp(b)));
    ranking.into_iter().map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTION: ExchangeOption =
        ExchangeOption { yield_v: 0.15, yield_k: 0.15, vol_v: 0.15, vol_k: 0.55, correlation: 0.2 };

    #[test]
    fn rules_ask_for_what_hand_arithmetic_gives() {
        assert_eq!(asked_by_net_value(10.0, 3.0, 0.5), 18.0);
        assert_eq!(asked_by_noisy_choice(10.0, 3.0, 0.5, 0.5), 13.0);
        // With u = e/(1 + e) the noise is one.
        let u = libm::exp(1.0) / (1.0 + libm::exp(1.0));
        assert!((asked_by_noisy_choice(10.0, 3.0, 0.5, u) - 18.0).abs() < 1e-12);
        assert_eq!(asked_by_noisy_choice(10.0, 3.0, 1.0, 1e-12), 0.0);
    }

    #[test]
    fn without_risk_and_with_equal_yields_the_option_asks_for_what_is_given_up() {
        let riskless = ExchangeOption { vol_v: 0.0, vol_k: 0.0, ..OPTION };
        assert_eq!(asked_by_option(10.0, 3.0, &riskless), 13.0);
        // The same for mining that is not given up, however risky it is.
        let lease = ExchangeOption { vol_v: 0.0, ..OPTION };
        assert_eq!(asked_by_option(10.0, 0.0, &lease), 10.0);
    }

    #[test]
    fn the_option_asks_the_more_the_larger_the_risky_part_is() {
        let ratio = |forgone| asked_by_option(10.0, forgone, &OPTION) / (10.0 + forgone);
        assert!(ratio(0.0) > 1.0 && ratio(5.0) > ratio(2.0), "{} {}", ratio(2.0), ratio(5.0));
        // Half of what is given up is mining: σ_K is half of mining's.
        let half = ExchangeOption { vol_k: 0.275, ..OPTION };
        assert!((ratio(10.0) / half.trigger_ratio() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn who_gives_up_nothing_asks_for_nothing_even_where_nobody_exchanges() {
        let never = ExchangeOption { yield_v: 0.0, ..OPTION };
        assert_eq!(asked_by_option(0.0, 0.0, &never), 0.0);
        assert_eq!(asked_by_option(1.0, 0.0, &never), 1e9);
    }

    #[test]
    fn ten_signings_at_two_per_cent_take_off_eighteen() {
        assert!((peer_factor(0.02, 10.0) - 0.818_730_753).abs() < 1e-9);
        assert_eq!(peer_factor(0.0, 99.0), 1.0);
        assert_eq!((forgone_mining(-1.0, 0.7), forgone_mining(1.4, 0.7)), (0.0, 2.0));
    }

    #[test]
    fn record_and_speed_count_as_the_weights_say() {
        assert_eq!(bidder_score(0.5, 0.0, 0.0, 0.2, 24.0), 0.5);
        assert_eq!(bidder_score(0.5, 3.0, 12.0, 0.25, 24.0), 0.5);
        assert_eq!(suitability_odds(0.2, 2.0, 1.5, 0.5), 0.300_000_000_000_000_04);
    }

    #[test]
    fn bidders_come_by_score_and_equals_by_index() {
        let bidders = [(4, 0.5), (9, 0.7), (7, 0.5), (2, f64::NEG_INFINITY), (1, 0.5)];
        assert_eq!(rank_of_bidders(bidders), [9, 1, 4, 7, 2]);
        assert!(rank_of_bidders([]).is_empty());
    }
}
