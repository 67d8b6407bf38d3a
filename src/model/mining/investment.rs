//! Buying rigs: what one earns, how soon it pays back, how much to order.

use crate::units::{DAYS_PER_YEAR, Efficiency, Hashprice, Power, RigPrice, Tariff, UsdPerWatt};

use crate::model::chain::hashprice::margin_per_hash;
use crate::model::market::rigs::payback;

/// What a buyer counts on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// Expected revenue per hash over the payback horizon, net of the pool's fee.
    pub net_hashprice: Hashprice,
    /// Tariff with cooling and other operating cost: tariff·PUE + opex per joule.
    pub cost: Tariff,
}

impl Expectation {
    /// Expected margin per hash of a rig.
    #[inline]
    #[must_use]
    pub fn margin(&self, efficiency: Efficiency) -> Hashprice {
        margin_per_hash(self.net_hashprice, efficiency, self.cost, 1.0)
    }

    /// Payback of a rig for free power, months.
    #[inline]
    #[must_use]
    pub fn payback(&self, price: RigPrice, efficiency: Efficiency) -> f64 {
        payback(price, self.margin(efficiency))
    }

    /// Payback of a rig and the hall for it, months; `site` is the cost of a hall for a watt of rigs.
    #[must_use]
    pub fn payback_with_site(
        &self,
        price: RigPrice,
        efficiency: Efficiency,
        site: UsdPerWatt,
    ) -> f64 {
        let hall = RigPrice(site.0 * efficiency.0);
        payback(price + hall, self.margin(efficiency))
    }

    /// Payback of replacing an old rig by a new one on the same power, months.
    ///
    /// Per watt: (P_new/e_new − P_resale/e_old) / (m_new/e_new − max(0, m_old)/e_old).
    #[must_use]
    pub fn payback_of_replacement(
        &self,
        price: RigPrice,
        new: Efficiency,
        resale: RigPrice,
        old: Efficiency,
    ) -> f64 {
        let cost = (price.0 / new.0 - resale.0 / old.0).max(0.0);
        let gain = self.margin(new).0 / new.0 - self.margin(old).0.max(0.0) / old.0;
        payback(RigPrice(cost), Hashprice(gain))
    }
}

/// Shortest payback that is told from a shorter one, months: a numerical bound, for rigs that cost
/// nothing.
const SHORTEST_PAYBACK: f64 = 0.1;

/// Power to equip this month: rate·capacity·min(k, (hurdle/payback)^η), at most `most`, when the payback
/// beats the hurdle, else nothing. The elasticity η ≥ 0 is empirical (orders rise with margin over
/// price), as is the limit k ≥ 1 of eagerness.
#[must_use]
pub fn power_to_equip(
    capacity: Power,
    monthly_rate: f64,
    elasticity: f64,
    limit: f64,
    hurdle_months: f64,
    payback_months: f64,
    most: Power,
) -> Power {
    if payback_months >= hurdle_months {
        return Power::ZERO;
    }
    // The power of a number above one is at least one: often the limit binds whatever it is.
    if most <= capacity * monthly_rate {
        return most;
    }
    let payback = payback_months.max(SHORTEST_PAYBACK);
    let eagerness = libm::pow(hurdle_months / payback, elasticity).min(limit);
    (capacity * (monthly_rate * eagerness)).min(most)
}

/// Part of a stock that leaves in `days` when it leaves at `rate` a year: 1 − e^(−rate·t); 0 at a rate of 0.
#[must_use]
pub fn departed(rate: f64, days: f64) -> f64 {
    1.0 - libm::exp(-rate * days / DAYS_PER_YEAR)
}

/// How newcomers answer the payback of a site with rigs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntryResponse {
    /// Newcomers a month of [`MONTH_OF_ENTRY`] days at the hurdle, over the population.
    pub monthly_rate: f64,
    /// Days between their arrivals.
    pub days: f64,
    /// Payback from which nobody comes, months.
    pub hurdle_months: f64,
    /// Limit k of eagerness.
    pub limit: f64,
}

/// Days of the month that the rate of entry is of.
pub(crate) const MONTH_OF_ENTRY: f64 = 30.0;

/// Mean number of newcomers at one of their arrivals: N·rate·min(k, hurdle/payback)·days/30 when the
/// payback beats the hurdle, else none (an assumption: entry in proportion to profit over cost).
///
/// `population` N, miners; `payback_months` > 0 of the marginal site, its rigs included.
#[must_use]
pub fn expected_newcomers(population: f64, payback_months: f64, entry: &EntryResponse) -> f64 {
    if payback_months >= entry.hurdle_months {
        return 0.0;
    }
    let eagerness = (entry.hurdle_months / payback_months).min(entry.limit);
    population * entry.monthly_rate * eagerness * (entry.days / MONTH_OF_ENTRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expectation() -> Expectation {
        Expectation {
            net_hashprice: Hashprice::from_usd_per_ph_day(50.0),
            cost: Tariff::from_usd_per_mwh(55.0),
        }
    }

    #[test]
    fn replacing_worthless_rigs_pays_like_filling_free_power() {
        let e = expectation();
        let (price, new) = (RigPrice::from_usd_per_th(15.0), Efficiency::from_j_per_th(14.0));
        let old = Efficiency::from_j_per_th(60.0);
        let replacement = e.payback_of_replacement(price, new, RigPrice::ZERO, old);
        assert!((replacement - e.payback(price, new)).abs() < 1e-9);
    }

    #[test]
    fn a_hall_to_build_lengthens_the_payback() {
        let e = expectation();
        let (price, new) = (RigPrice::from_usd_per_th(15.0), Efficiency::from_j_per_th(14.0));
        let built = e.payback_with_site(price, new, UsdPerWatt::from_musd_per_mw(0.35));
        assert!(built > e.payback(price, new));
    }

    #[test]
    fn nothing_is_ordered_beyond_the_hurdle() {
        let capacity = Power::from_mw(10.0);
        assert_eq!(power_to_equip(capacity, 0.04, 0.5, 3.0, 12.0, 12.0, capacity), Power::ZERO);
        let wish = power_to_equip(capacity, 0.04, 0.5, 3.0, 12.0, 6.0, capacity);
        assert!(wish > Power::from_mw(0.4));
    }

    #[test]
    fn orders_and_newcomers_grow_no_further_than_the_limit() {
        let capacity = Power::from_mw(10.0);
        let wish = |limit| power_to_equip(capacity, 0.04, 1.0, limit, 12.0, 2.0, capacity).mw();
        assert!((wish(3.0) - 1.2).abs() < 1e-9 && (wish(9.0) - 2.4).abs() < 1e-9);
        let entry =
            EntryResponse { monthly_rate: 0.01, days: 30.0, hurdle_months: 18.0, limit: 3.0 };
        let mean = |payback: f64| expected_newcomers(1_000.0, payback, &entry);
        assert_eq!([18.0, 9.0, 6.0, 1.0].map(mean), [0.0, 20.0, 30.0, 30.0]);
        let weekly = EntryResponse { days: 7.5, ..entry };
        assert_eq!(expected_newcomers(1_000.0, 9.0, &weekly), 5.0);
    }

    #[test]
    fn at_two_a_year_half_of_the_idle_leave_in_four_months() {
        let months = DAYS_PER_YEAR / 12.0;
        assert!((departed(2.0, 4.0 * months) - (1.0 - libm::exp(-2.0 / 3.0))).abs() < 1e-12);
        assert_eq!(departed(0.0, 30.0), 0.0);
    }

    #[test]
    fn no_more_is_ordered_than_there_is_room_for() {
        let capacity = Power::from_mw(10.0);
        let wish = power_to_equip(capacity, 0.04, 0.5, 3.0, 12.0, 6.0, capacity);
        for room in [0.0, 0.1, 0.4, 0.5, 0.6].map(Power::from_mw) {
            assert_eq!(power_to_equip(capacity, 0.04, 0.5, 3.0, 12.0, 6.0, room), wish.min(room));
        }
    }
}
