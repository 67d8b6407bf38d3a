//! Where an attacker's rigs without a home find power: halls that stand vacant first, then
//! new ones, as many as can be built before the attack.

use crate::numerics::bracketed_root::Bracket;
use crate::units::{Power, Usd, UsdPerWatt};

/// Steps of the search for the price of a site.
const STEPS: u32 = 24;
/// Part of the supply that demand may miss.
const TOLERANCE: f64 = 1e-9;
/// Highest price that is searched, 10 billion USD per MW; beyond it power is rationed.
const HIGHEST: UsdPerWatt = UsdPerWatt(1e4);
/// Lowest price that is searched above free sites.
const LOWEST: UsdPerWatt = UsdPerWatt(1e-6);

/// Sites on offer: a step supply curve of facility power.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SiteSupply {
    /// Vacant halls with power.
    pub vacant: Power,
    /// Cost of putting one to use.
    pub vacant_cost: UsdPerWatt,
    /// What can be built in time.
    pub buildable: Power,
    /// Cost of building.
    pub build_cost: UsdPerWatt,
}

/// Power of sites taken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sites {
    /// In vacant halls.
    pub vacant: Power,
    /// Newly built.
    pub built: Power,
    /// Cost of both.
    pub cost: Usd,
}

impl SiteSupply {
    /// All there is.
    #[must_use]
    pub fn total(&self) -> Power {
        self.vacant + self.buildable
    }

    /// Sites for `power`, the vacant ones first; what exceeds the total is not housed.
    #[must_use]
    pub fn house(&self, power: Power) -> Sites {
        let vacant = power.min(self.vacant);
        let built = (power - vacant).min(self.buildable);
        Sites { vacant, built, cost: vacant * self.vacant_cost + built * self.build_cost }
    }

    /// The price of sites at which `demand`, which falls with price, meets this supply. The
    /// attacker pays costs, not this price: between the steps it only says who gets a site.
    ///
    /// `demand` is called last with the price returned. At 10 billion USD per MW the search stops:
    /// demand may then still exceed supply.
    pub fn price(&self, mut demand: impl FnMut(UsdPerWatt) -> Power) -> UsdPerWatt {
        // As a rule some halls are built: the price of building is tried first.
        let built = demand(self.build_cost);
        if built > self.total() {
            return ration(self.build_cost, HIGHEST, self.total(), demand);
        }
        if built > self.vacant {
            return self.build_cost;
        }
        if demand(self.vacant_cost) <= self.vacant {
            return self.vacant_cost;
        }
        if built < self.vacant {
            return ration(self.vacant_cost, self.build_cost, self.vacant, demand);
        }
        demand(self.build_cost);
        self.build_cost
    }
}

/// The lowest price in an interval that keeps demand within the supply, or the upper end when none
/// does; searched by its logarithm.
fn ration(
    low: UsdPerWatt,
    high: UsdPerWatt,
    supply: Power,
    mut demand: impl FnMut(UsdPerWatt) -> Power,
) -> UsdPerWatt {
    let ends = [low, high].map(|price| libm::log(price.max(LOWEST).0));
    let ends = Bracket { low: ends[0], high: ends[1] };
    let spare = |log: f64| (supply - demand(UsdPerWatt(libm::exp(log)))).0;
    let price = UsdPerWatt(libm::exp(ends.narrow(TOLERANCE * supply.0, STEPS, spare).high));
    demand(price);
    price
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supply() -> SiteSupply {
        SiteSupply {
            vacant: Power(4.0),
            vacant_cost: UsdPerWatt(0.1),
            buildable: Power(6.0),
            build_cost: UsdPerWatt(0.4),
        }
    }

    fn price(scale: f64) -> f64 {
        supply().price(|price| Power(scale / (0.1 + price.0))).0
    }

    #[test]
    fn demand_meets_the_steps_of_supply() {
        assert_eq!(price(0.5), 0.1);
        assert!((price(1.6) - 0.3).abs() < 1e-6);
        assert_eq!(price(3.0), 0.4);
        assert!((price(11.0) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_demand_that_never_falls_is_left_at_the_highest_price() {
        let mut last = UsdPerWatt::ZERO;
        let price = supply().price(|price| {
            last = price;
            Power(11.0)
        });
        assert_eq!(last, price);
        assert!((price.0 / 1e4 - 1.0).abs() < 1e-9, "{price:?}");
    }

    #[test]
    fn vacant_halls_are_used_before_new_ones() {
        let sites = supply().house(Power(7.0));
        assert_eq!((sites.vacant, sites.built), (Power(4.0), Power(3.0)));
        assert!((sites.cost.0 - 1.6).abs() < 1e-12);
        assert_eq!(supply().house(Power(99.0)).built, Power(6.0));
    }

    #[test]
    fn sites_without_a_cost_are_rationed_by_price_all_the_same() {
        let free = SiteSupply { vacant: Power(1.0), ..SiteSupply::default() };
        assert_eq!(free.price(|_| Power(0.5)), UsdPerWatt::ZERO);
        let price = free.price(|price| Power(2.0 / (1.0 + price.0)));
        assert!((price.0 - 1.0).abs() < 1e-6, "{price:?}");
    }
}
