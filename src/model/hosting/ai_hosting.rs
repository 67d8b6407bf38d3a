//! What an AI hall is worth, what it costs, and the rent at which a miner gives up mining for it.
//! All values are in USD per watt of IT power.

use crate::model::mining::economics::{cost_of_capital, growing_annuity};

/// Terms of a hall that a miner could build.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HallTerms {
    /// Years from signing to first rent.
    pub delay_years: f64,
    /// Lease term, years.
    pub term_years: f64,
    /// Yearly escalator of the rent.
    pub escalator: f64,
    /// Net operating income over rent.
    pub noi_margin: f64,
    /// Probability that the project is finished.
    pub success: f64,
    /// Yearly hazard of the tenant's default.
    pub default_rate: f64,
}

/// How a hall is paid for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Financing {
    /// Debt over cost.
    pub loan_to_cost: f64,
    /// Interest, a year.
    pub debt_rate: f64,
    /// Return asked by owners, a year.
    pub equity_return: f64,
}

/// Present value of a lease per USD of yearly rent: s·m·e^(−r·d)·A(r + λ, g, T), with r the cost of
/// capital, d the delay, λ the tenant's default rate, g the escalator, T the term, m the margin and
/// s the odds of finishing. Linear in the rent, so a reservation rent exists in closed form.
#[must_use]
pub fn lease_value_per_rent(terms: &HallTerms, financing: &Financing) -> f64 {
    let rate =
        cost_of_capital(financing.loan_to_cost, financing.debt_rate, financing.equity_return);
    terms.success
        * terms.noi_margin
        * libm::exp(-rate * terms.delay_years)
        * growing_annuity(rate + terms.default_rate, terms.escalator, terms.term_years)
}

/// Certainty equivalent of a risky value under mean–variance preferences: V·(1 − ½·γ·s²), at least 0,
/// with γ risk aversion and s the yearly standard deviation of log value (Markowitz 1952).
#[must_use]
pub fn certainty_equivalent(value: f64, risk_aversion: f64, volatility: f64) -> f64 {
    value * (1.0 - 0.5 * risk_aversion * volatility * volatility).max(0.0)
}

/// Rent at which the hall's certainty equivalent equals `asked`: asked / (value per rent · haircut).
#[must_use]
pub fn reservation_rent(asked: f64, value_per_rent: f64, haircut: f64) -> f64 {
    let worth = value_per_rent * haircut;
    if worth > 0.0 { asked / worth } else { f64::INFINITY }
}

/// Value of mining with the rigs at hand, per watt of utility power: yearly margin·A(r + d, 0, T)
/// with r the discount rate, d the expected yearly fall of margins and T the rigs' remaining life.
#[must_use]
pub fn mining_value(yearly_margin: f64, discount_rate: f64, decline: f64, life_years: f64) -> f64 {
    yearly_margin.max(0.0) * growing_annuity(discount_rate + decline, 0.0, life_years)
}

/// Tightness of the market for halls: ln(a/o) within ±k; 0 where either is missing.
///
/// `asked` a and `offered` o, IT power in one unit; `limit` k ≥ 0, beyond which rents answer no further
/// (an assumption).
#[must_use]
pub fn log_tightness(asked: f64, offered: f64, limit: f64) -> f64 {
    if asked > 0.0 && offered > 0.0 { libm::log(asked / offered).clamp(-limit, limit) } else { 0.0 }
}

/// Term of the typical lease on offer, years: Σ pᵢ·Tᵢ of terms T with probabilities p.
#[must_use]
pub fn expected_term(years: &[f64], probabilities: &[f64]) -> f64 {
    years.iter().zip(probabilities).map(|(years, p)| years * p).sum()
}

/// Months from signing to first rent, on average: m + (1 − p)·s.
///
/// `months` m when on time, with probability `on_time` p; `slip` s, mean delay of a late hall, months.
#[must_use]
pub fn expected_delay(months: f64, on_time: f64, slip: f64) -> f64 {
    months + (1.0 - on_time) * slip
}

/// Yearly hazard of a default when the tenant is not known: b·λ_b + (1 − b)·λ, to first order.
///
/// `backed_share` b of tenants with a backer, whose hazard is `backed` λ_b; `unbacked` λ, all 1/year.
#[must_use]
pub fn expected_default_rate(backed_share: f64, backed: f64, unbacked: f64) -> f64 {
    backed_share * backed + (1.0 - backed_share) * unbacked
}

/// Capital cost after learning: c·(1 − ℓ)^log₂(1 + n), n halls delivered (Wright 1936).
#[must_use]
pub fn learned_cost(cost: f64, learning_rate: f64, delivered: f64) -> f64 {
    cost * libm::pow(1.0 - learning_rate, libm::log2(1.0 + delivered))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: HallTerms = HallTerms {
        delay_years: 1.0,
        term_years: 15.0,
        escalator: 0.03,
        noi_margin: 0.85,
        success: 1.0,
        default_rate: 0.0,
    };
    const FINANCING: Financing =
        Financing { loan_to_cost: 0.82, debt_rate: 0.07, equity_return: 0.15 };

    #[test]
    fn at_the_reservation_rent_the_lease_is_worth_what_was_asked() {
        let per_rent = lease_value_per_rent(&TERMS, &FINANCING);
        let rent = reservation_rent(9.0, per_rent, 0.9);
        assert!((rent * per_rent * 0.9 - 9.0).abs() < 1e-12);
    }

    #[test]
    fn the_median_deal_of_2025_is_worth_more_than_its_hall() {
        let value = 1.76 * lease_value_per_rent(&TERMS, &FINANCING);
        assert!(value > 8.0 && value < 20.0, "{value}");
    }

    #[test]
    fn delay_default_and_failure_each_cost_value() {
        let base = lease_value_per_rent(&TERMS, &FINANCING);
        for worse in [
            HallTerms { delay_years: 2.0, ..TERMS },
            HallTerms { default_rate: 0.02, ..TERMS },
            HallTerms { success: 0.9, ..TERMS },
        ] {
            assert!(lease_value_per_rent(&worse, &FINANCING) < base);
        }
    }

    #[test]
    fn tightness_is_a_log_within_its_limit_and_none_without_both_sides() {
        assert!((log_tightness(2.0, 1.0, 1.5) - core::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!([log_tightness(9.0, 1.0, 1.5), log_tightness(1.0, 9.0, 1.5)], [1.5, -1.5]);
        assert_eq!([log_tightness(0.0, 1.0, 1.5), log_tightness(1.0, 0.0, 1.5)], [0.0, 0.0]);
    }

    #[test]
    fn expected_terms_are_means_over_what_may_come() {
        assert_eq!(expected_term(&[5.0, 10.0, 15.0], &[0.25, 0.5, 0.25]), 10.0);
        assert_eq!(expected_delay(7.0, 0.75, 4.0), 8.0);
        assert_eq!(expected_default_rate(0.75, 0.25, 1.0), 0.4375);
    }

    #[test]
    fn a_fleet_without_margin_is_worth_nothing() {
        assert_eq!(mining_value(-1.0, 0.1, 0.2, 4.0), 0.0);
    }

    #[test]
    fn each_doubling_of_experience_saves_the_learning_rate() {
        assert!((learned_cost(10.0, 0.05, 1.0) - 9.5).abs() < 1e-12);
        assert!((learned_cost(10.0, 0.05, 3.0) - 9.025).abs() < 1e-12);
    }
}
