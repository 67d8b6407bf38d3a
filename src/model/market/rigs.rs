//! Rigs: frontier, prices of new and used ones, wear.

use crate::units::{Efficiency, HashRate, Hashprice, RigPrice, Seconds};

/// Efficiency of the best rig on sale: e₀·(1 − a)^t, t in years (Koomey-type learning; fit to
/// announced flagships 2023–2026).
#[must_use]
pub(crate) fn frontier_efficiency(
    initial: Efficiency,
    annual_improvement: f64,
    years: f64,
) -> Efficiency {
    initial * libm::pow(1.0 - annual_improvement, years)
}

/// Efficiency of the best rig on sale `years` ago, log-linear between `now` and the values of one,
/// two, … years ago; before the last of them e·(1 − a)^(−t), as [`frontier_efficiency`] taken back.
#[must_use]
pub(crate) fn past_frontier(
    now: Efficiency,
    past_j_per_th: &[f64],
    annual_improvement: f64,
    years: f64,
) -> Efficiency {
    let at = |year: usize| match year.checked_sub(1) {
        None => now,
        Some(index) => Efficiency::from_j_per_th(past_j_per_th[index]),
    };
    let whole = (years.max(0.0) as usize).min(past_j_per_th.len());
    let rest = years.max(0.0) - whole as f64;
    if whole == past_j_per_th.len() {
        return frontier_efficiency(at(whole), annual_improvement, -rest);
    }
    at(whole) * libm::pow(at(whole + 1) / at(whole), rest)
}

/// Months of gross margin that manufacturers ask for: from `slack` with an empty order book to `tight`
/// when the queue of orders is as long as the usual lead time (`queue` = queue/lead, clipped to 1).
#[must_use]
pub fn payback_months(slack: f64, tight: f64, queue: f64) -> f64 {
    slack + (tight - slack) * queue.clamp(0.0, 1.0)
}

/// Price by payback: months·margin, never below `floor`.
#[must_use]
pub fn payback_price(margin: Hashprice, months: f64, floor: RigPrice) -> RigPrice {
    RigPrice((margin.0 * Seconds::from_months(months).0).max(floor.0))
}

/// Price of a used rig: months·margin·e^(−ψ·idle/fleet), never below scrap.
///
/// The exponential is the inverse demand of buyers whose free power is exponentially distributed:
/// each further unit of idle stock must find a less eager buyer (assumption; slope ψ is a parameter).
#[must_use]
pub fn used_price(margin: Hashprice, months: f64, discount: f64, scrap: RigPrice) -> RigPrice {
    RigPrice((margin.0 * Seconds::from_months(months).0 * discount).max(scrap.0))
}

/// Discount of used prices when `idle` rigs stand beside a fleet of `fleet`: e^(−ψ·idle/fleet).
#[must_use]
pub fn idle_discount(slope: f64, idle: HashRate, fleet: HashRate) -> f64 {
    if fleet.0 > 0.0 { libm::exp(-slope * (idle / fleet)) } else { 0.0 }
}

/// Payback of a purchase in months: price / monthly margin; infinite when there is no margin.
#[inline]
#[must_use]
pub fn payback(price: RigPrice, margin: Hashprice) -> f64 {
    if margin.0 > 0.0 { price.0 / (margin.0 * Seconds::from_months(1.0).0) } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_months_of_one_dollar_margin_cost_ten_dollars() {
        let margin = Hashprice(1.0 / 1e12 / Seconds::from_months(1.0).0);
        let price = payback_price(margin, 10.0, RigPrice::ZERO);
        assert!((price.usd_per_th() - 10.0).abs() < 1e-9);
        assert!((payback(price, margin) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn the_frontier_loses_a_fifth_in_a_year() {
        let e = frontier_efficiency(Efficiency::from_j_per_th(10.0), 0.22, 1.0);
        assert!((e.j_per_th() - 7.8).abs() < 1e-12);
    }

    #[test]
    fn the_past_frontier_goes_through_its_points_and_is_taken_back_beyond_them() {
        let now = Efficiency::from_j_per_th(20.0);
        let at = |years: f64| past_frontier(now, &[30.0, 100.0], 0.2, years).j_per_th();
        for (years, expected) in [(0.0, 20.0), (1.0, 30.0), (2.0, 100.0), (3.0, 125.0)] {
            assert!((at(years) - expected).abs() < 1e-9, "{years} years ago: {}", at(years));
        }
        assert!((at(1.5) - (30.0_f64 * 100.0).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn without_points_the_frontier_is_taken_back_at_its_own_rate() {
        let now = Efficiency::from_j_per_th(20.0);
        let back = past_frontier(now, &[], 0.2, 2.5);
        assert_eq!(back, frontier_efficiency(now, 0.2, -2.5));
    }

    #[test]
    fn more_idle_rigs_make_used_ones_cheaper() {
        let fleet = HashRate::from_ehs(1000.0);
        let few = idle_discount(4.0, HashRate::from_ehs(50.0), fleet);
        let many = idle_discount(4.0, HashRate::from_ehs(300.0), fleet);
        assert!(many < few && few < 1.0);
    }

    #[test]
    fn a_rig_without_margin_never_pays_back() {
        assert!(payback(RigPrice(1.0), Hashprice(-1.0)).is_infinite());
    }
}
