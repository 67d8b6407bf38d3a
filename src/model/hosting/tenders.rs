//! How the market for halls clears: what incumbents leave over, at which rent, and who wins a tender.
//!
//! Rents are of the first year, million USD per IT MW and year. Functions are total.

/// Supply of incumbents, GW a year: S₀·e^(g·t)·(R_lag/R_lag0)^ε.
///
/// `base` S₀ and `growth` g a year; `years` t since the first day; `rent_ratio` of the rent a building lag ago
/// over that a building lag before the first day, > 0; `elasticity` ε ≥ 0.
#[must_use]
pub fn incumbents_supply(
    base: f64,
    growth: f64,
    years: f64,
    rent_ratio: f64,
    elasticity: f64,
) -> f64 {
    base * libm::exp(growth * years) * libm::pow(rent_ratio, elasticity)
}

/// Tenders a year that incumbents leave over: max(0, A − S)/s.
///
/// `demand` A and `incumbents` S in GW of IT a year; `mean_mw` s > 0 of a tender, IT MW.
#[must_use]
pub fn tenders_left(demand: f64, incumbents: f64, mean_mw: f64) -> f64 {
    (demand - incumbents).max(0.0) * MW_PER_GW / mean_mw
}

const MW_PER_GW: f64 = 1000.0;

/// Market rent: R₀·[(A/(S + M))/(A₀/(S₀ + M₀))]^(1/(ε_D + ε_S)): demand over what incumbents and miners
/// supply, against its ratio on the first day; constant elasticities of both sides.
///
/// `base` R₀; `ratio` and `opening_ratio` of demand to supply, > 0; `elasticities` ε_D + ε_S > 0.
#[must_use]
pub fn market_rent(base: f64, ratio: f64, opening_ratio: f64, elasticities: f64) -> f64 {
    base * libm::pow(ratio / opening_ratio, 1.0 / elasticities)
}

/// What a tenant weighs beside the rent, million USD per IT MW and year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TenantWeights {
    /// A month of waiting for first power, c_d.
    pub month: f64,
    /// A place of no quality against a perfect one, c_q.
    pub quality: f64,
    /// A landlord who has proven himself against a newcomer, c_r.
    pub record: f64,
}

/// How far a landlord has proven himself, 0 to 1: n/(n + 2) after n halls (a form of our own).
#[must_use]
pub fn proven(delivered: f64) -> f64 {
    delivered / (delivered + 2.0)
}

/// Generalised cost of an offer: C = ρ + c_d·months + c_q(1 − q) − c_r·n/(n + 2) (a score, Che 1993).
///
/// `rent` ρ; `months` until first power; `quality` q in 0..=1; `delivered` n halls.
#[must_use]
pub fn generalised_cost(
    rent: f64,
    months: f64,
    quality: f64,
    delivered: f64,
    weights: &TenantWeights,
) -> f64 {
    rent + weights.month * months + weights.quality * (1.0 - quality)
        - weights.record * proven(delivered)
}

/// Generalised cost of the tenant's outside option, an incumbent of perfect quality and record:
/// C₀ = R·w + c_d·months − c_r.
///
/// `rent` R of the market; `valuation` w of this tenant; `months` until an incumbent delivers.
#[must_use]
pub fn outside_option(rent: f64, valuation: f64, months: f64, weights: &TenantWeights) -> f64 {
    rent * valuation + weights.month * months - weights.record
}

/// First-year rent of an award: ρ₁ + θ·(min(C₂, C₀) − C₁): all of the advantage at θ = 1, a second-score
/// auction (Che 1993; Asker and Cantillon 2008), a part by bargaining, none where it pays as bid.
///
/// `asked` ρ₁ and `cost` C₁ of the winner, `next` min(C₂, C₀) ≥ C₁, `share` θ in 0..=1.
#[must_use]
pub fn awarded_rent(asked: f64, cost: f64, next: f64, share: f64) -> f64 {
    asked + share * (next - cost)
}

/// IT MW that an owner may have under construction: a + b·built + c·delivered.
///
/// `room` (a, b, c): IT MW, IT MW per utility MW built, and per IT MW delivered; `built_mw` utility power of
/// its mining sites; `delivered_mw` IT power of halls it has delivered.
#[must_use]
pub fn build_limit((base, per_built, per_delivered): (f64, f64, f64), built: f64, it: f64) -> f64 {
    base + per_built * built + per_delivered * it
}

/// Largest loan per IT MW: min(λ·K, NOI·A(r_d, 0, T)/c), million USD: lenders want income to cover service
/// c times.
///
/// `share` λ of cost K; `noi` of the first year; `annuity` A(r_d, 0, T); `cover` c > 0.
#[must_use]
pub fn largest_loan(share: f64, cost: f64, noi: f64, annuity: f64, cover: f64) -> f64 {
    (share * cost).min(noi * annuity / cover)
}

/// IT MW that a purse carries: purse/(K − loan); without limit where the loan pays for all.
///
/// `purse` in million USD; `equity` K − loan per IT MW.
#[must_use]
pub fn affordable(purse: f64, equity: f64) -> f64 {
    if equity > 0.0 { purse.max(0.0) / equity } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: TenantWeights = TenantWeights { month: 0.010, quality: 0.60, record: 0.20 };

    #[test]
    fn the_auction_gives_what_hand_arithmetic_does() {
        let none = outside_option(1.75, 1.0, 27.0, &WEIGHTS);
        assert!((none - 1.82).abs() < 1e-12);
        let a = generalised_cost(1.40, 14.0, 0.70, 1.0, &WEIGHTS);
        let b = generalised_cost(1.27, 11.0, 0.35, 0.0, &WEIGHTS);
        assert!((a - 1.6533).abs() < 1e-4 && (b - 1.77).abs() < 1e-12, "{a} {b}");
        let rent = |next: f64, share| awarded_rent(1.40, a, next.min(none), share);
        assert!((rent(b, 1.0) - 1.5167).abs() < 1e-4);
        assert!((rent(b, 0.7) - 1.4817).abs() < 1e-4);
        assert!((rent(1.70, 0.7) - 1.4327).abs() < 1e-4);
        assert_eq!(rent(b, 0.0), 1.40);
    }

    #[test]
    fn the_winner_builds_what_campus_room_and_purse_allow() {
        let equity = 10.0 - largest_loan(0.82, 10.0, 1.40 * 0.85, 9.2, 1.0);
        assert!((equity - 1.8).abs() < 1e-12);
        let purse = affordable(260.0, equity);
        assert!((purse - 144.44).abs() < 0.01);
        assert_eq!(150.0_f64.min(180.0).min(140.0).min(purse), 140.0);
    }

    #[test]
    fn lenders_want_their_cover() {
        // NOI 1.19 over twelve years at 7 % is worth 9.67; covered 1.4 times it carries 6.9 of 9.5.
        let annuity = crate::model::mining::economics::growing_annuity(0.07, 0.0, 12.0);
        let loan = largest_loan(0.82, 9.5, 1.19, annuity, 1.4);
        assert!((loan - 6.90).abs() < 0.02, "{loan}");
        assert_eq!(largest_loan(0.82, 5.0, 1.19, annuity, 1.4), 4.1);
        assert_eq!(affordable(10.0, -1.0), f64::INFINITY);
        assert_eq!(affordable(-1.0, 2.0), 0.0);
    }

    #[test]
    fn an_owner_may_build_in_proportion_to_what_it_has_built() {
        assert_eq!(build_limit((100.0, 0.3, 1.5), 500.0, 60.0), 340.0);
    }

    #[test]
    fn incumbents_answer_rents_and_leave_the_rest() {
        assert_eq!(incumbents_supply(5.0, 0.0, 3.0, 1.0, 1.0), 5.0);
        assert_eq!(incumbents_supply(5.0, 0.0, 3.0, 1.2, 1.0), 6.0);
        assert!((incumbents_supply(5.0, 0.2, 1.0, 1.0, 1.0) - 6.107_01).abs() < 1e-4);
        assert_eq!(tenders_left(8.5, 5.0, 175.0), 20.0);
        assert_eq!(tenders_left(4.0, 5.0, 175.0), 0.0);
    }

    #[test]
    fn more_supply_lowers_the_rent_by_the_elasticities() {
        assert_eq!(market_rent(1.75, 1.5, 1.5, 2.0), 1.75);
        // A quarter less demand per supply takes 13.4 % off at 1/(1 + 1).
        assert!((market_rent(1.0, 0.75, 1.0, 2.0) - 0.866_025).abs() < 1e-6);
        assert!(market_rent(1.0, 0.75, 1.0, 4.0) > market_rent(1.0, 0.75, 1.0, 2.0));
    }
}
