//! Rigs: frontier, prices of new and used ones, wear.

use crate::units::{Efficiency, HashRate, Hashprice, RigPrice, Seconds, UsdPerWatt};

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

/// What buyers would pay for a rig: months·margin, never negative.
#[must_use]
pub fn buyers_price(margin: Hashprice, months: f64) -> RigPrice {
    RigPrice((margin.0 * Seconds::from_months(months).0).max(0.0))
}

/// What a rig costs its manufacturer: k·e, with `per_watt` k in USD per watt of rig power and `efficiency`
/// e in J/H. Chips are bought by area, and area goes with power, so a hash costs less as its joules fall
/// (assumption; among rigs of 2018 to 2025 the lowest prices lie between 0.2 and 0.5 USD/W).
#[must_use]
pub fn production_cost(per_watt: UsdPerWatt, efficiency: Efficiency) -> RigPrice {
    RigPrice(per_watt.0 * efficiency.0)
}

/// Scarcity of new rigs, from 0 (they sell at cost) to 1 (at what buyers would pay):
/// s₀ + (1 − s₀)·min(1, q), with `queue` q the queue of orders over the usual lead time and
/// `without_queue` s₀ (an assumption: linear in the queue).
#[must_use]
pub fn scarcity(without_queue: f64, queue: f64) -> f64 {
    without_queue + (1.0 - without_queue) * queue.clamp(0.0, 1.0)
}

/// Price of a new rig: c + s·max(0, v − c), with `cost` c, what buyers would pay `worth` v and `scarcity` s
/// in [0, 1]. Never below cost. With c = 0 it is s·v, a price by payback alone.
#[must_use]
pub fn new_price(cost: RigPrice, worth: RigPrice, scarcity: f64) -> RigPrice {
    RigPrice(cost.0 + scarcity * (worth.0 - cost.0).max(0.0))
}

/// Manufacturers' capacity after `years`: K·(1 + g)^t·e^(a·min(1, q)·t), with `trend` g a year, which needs
/// no queue, and `response` a a year at a full queue; `queue` q is over the usual lead time.
#[must_use]
pub fn expanded_capacity(
    capacity: HashRate,
    trend: f64,
    response: f64,
    queue: f64,
    years: f64,
) -> HashRate {
    let asked = libm::exp(response * queue.clamp(0.0, 1.0) * years);
    capacity * (libm::pow(1.0 + trend, years) * asked)
}

/// Days that an order waits for its turn beyond the usual lead time L: max(0, U/K − L), with U `unmade` in
/// front of it and K made a day (Little 1961). With orders of K a day U is L·K, and nobody waits.
#[must_use]
pub(crate) fn queue_days(unmade: HashRate, daily_capacity: HashRate, lead_days: f64) -> f64 {
    (unmade / daily_capacity - lead_days).max(0.0)
}

/// Capacity a day of manufacturers who took a book B of orders: at least B/L, since they can make in their
/// usual lead time L what they promised for it.
#[must_use]
pub(crate) fn able_to_deliver(
    daily_capacity: HashRate,
    book: HashRate,
    lead_days: f64,
) -> HashRate {
    daily_capacity.max(book / lead_days.max(1.0))
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
        let price = buyers_price(margin, 10.0);
        assert!((price.usd_per_th() - 10.0).abs() < 1e-9);
        assert!((payback(price, margin) - 10.0).abs() < 1e-9);
        assert_eq!(buyers_price(Hashprice(-1.0), 10.0), RigPrice::ZERO);
    }

    #[test]
    fn rigs_sell_between_cost_and_what_buyers_would_pay_by_the_queue() {
        let usd = RigPrice::from_usd_per_th;
        let price = |queue| new_price(usd(5.0), usd(20.0), scarcity(0.2, queue)).usd_per_th();
        for (queue, expected) in [(0.0, 8.0), (0.5, 14.0), (1.0, 20.0), (7.0, 20.0)] {
            assert!((price(queue) - expected).abs() < 1e-9, "{queue}: {}", price(queue));
        }
        // Nobody sells below cost, whatever buyers would pay.
        assert_eq!(new_price(usd(5.0), usd(2.0), 0.7), usd(5.0));
    }

    #[test]
    fn without_cost_the_price_is_a_payback_that_doubles_with_the_queue() {
        let months = |queue| {
            let worth = RigPrice::from_usd_per_th(20.0);
            new_price(RigPrice::ZERO, worth, scarcity(0.5, queue)).usd_per_th()
        };
        assert!((months(0.0) - 10.0).abs() < 1e-9 && (months(1.0) - 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_third_of_a_dollar_a_watt_is_five_dollars_a_terahash_at_fifteen_joules() {
        let cost = production_cost(UsdPerWatt(1.0 / 3.0), Efficiency::from_j_per_th(15.0));
        assert!((cost.usd_per_th() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn capacity_follows_its_trend_and_grows_with_the_queue_up_to_a_full_one() {
        let now = HashRate::from_ehs(2.0);
        let after = |queue| expanded_capacity(now, 0.3, 1.0, queue, 0.5).ehs();
        assert!((after(0.0) - 2.0 * 1.3_f64.sqrt()).abs() < 1e-12);
        assert!((after(1.0) / after(0.0) - libm::exp(0.5)).abs() < 1e-12);
        assert_eq!(after(1.0), after(9.0));
        assert_eq!(expanded_capacity(now, 0.0, 0.0, 1.0, 3.0), now);
    }

    #[test]
    fn an_order_waits_as_long_as_what_is_unmade_before_it_takes_beyond_the_lead_time() {
        let rate = HashRate::from_ehs;
        assert_eq!(queue_days(rate(90.0), rate(1.0), 100.0), 0.0);
        assert_eq!(queue_days(rate(300.0), rate(2.0), 100.0), 50.0);
    }

    #[test]
    fn manufacturers_can_make_what_they_promised_in_their_lead_time() {
        let rate = HashRate::from_ehs;
        assert_eq!(able_to_deliver(rate(1.0), rate(150.0), 100.0).ehs(), 1.5);
        assert_eq!(able_to_deliver(rate(2.0), rate(150.0), 100.0).ehs(), 2.0);
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
