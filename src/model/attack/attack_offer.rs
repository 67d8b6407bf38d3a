//! What an attacker can buy or hire: rigs of one kind, from one place, at one price.

use super::supply_curve::RigStock;
use crate::units::{Efficiency, HashRate, Hashprice, RigPrice, Seconds, Tariff, UsdPerWatt};

/// Where hash rate comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfferOrigin {
    /// Switched off on a miner's site: power and hall come with it.
    #[default]
    IdleOnSite,
    /// Without a site.
    Displaced,
    /// Bought out from a running miner, in place: the honest side shrinks.
    Running,
    /// From the manufacturers.
    New,
    /// Rented from a running miner on a market for hash rate.
    Rented,
    /// A running miner who is paid to mine the attacker's branch.
    Bribed,
    /// Members of a pool whose operator points their rigs at the attacker's branch.
    Pool,
}

impl OfferOrigin {
    /// Whether the attacker must find a site for the rig.
    #[must_use]
    pub(crate) const fn needs_site(self) -> bool {
        matches!(self, Self::Displaced | Self::New)
    }

    /// Whether the rig ran for the honest side, which loses it.
    #[must_use]
    pub(crate) const fn was_honest(self) -> bool {
        matches!(self, Self::Running | Self::Rented | Self::Bribed | Self::Pool)
    }

    /// Whether the hash rate is hired for the attack: nothing is left to resell, and its miner
    /// pays the power out of what it gets.
    #[must_use]
    pub(crate) const fn is_hired(self) -> bool {
        matches!(self, Self::Rented | Self::Bribed | Self::Pool)
    }

    /// Contribution to A − ratio·H per hash rate: what leaves the honest side counts for itself
    /// and no longer against it.
    #[must_use]
    pub(crate) fn contribution(self, ratio: f64) -> f64 {
        if self.was_honest() { 1.0 + ratio } else { 1.0 }
    }
}

/// Hash rate of one kind that an attacker can get.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AttackOffer {
    /// Where it comes from.
    pub origin: OfferOrigin,
    /// How much.
    pub stock: HashRate,
    /// Price of the first unit: of a rig, or of its use over the attack.
    pub price: RigPrice,
    /// Rise of the log price from the first to the last unit.
    pub impact: f64,
    /// Energy per hash.
    pub efficiency: Efficiency,
    /// Price of energy where it runs.
    pub tariff: Tariff,
}

/// What using rigs costs besides the rigs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// Duration of the attack.
    pub duration: Seconds,
    /// Facility power over rig power.
    pub pue: f64,
    /// Operating cost other than power, share of the power bill.
    pub operations_share: f64,
}

impl AttackOffer {
    /// The offer as a source of the supply curve, for an attacker who wants `ratio` times the
    /// honest rest and pays `site_price` for a site. Rigs: price + site + energy and
    /// operations; hired hash rate: its price.
    #[must_use]
    pub fn source(&self, ratio: f64, running: &Running, site_price: UsdPerWatt) -> RigStock {
        let carrying = self.carrying_cost(running, site_price);
        let contribution = self.origin.contribution(ratio);
        RigStock::new(self.stock, self.price, self.impact, carrying, contribution)
    }

    fn carrying_cost(&self, running: &Running, site_price: UsdPerWatt) -> RigPrice {
        if self.origin.is_hired() {
            return RigPrice::ZERO;
        }
        let facility = self.efficiency * running.pue;
        let site = if self.origin.needs_site() { facility * site_price } else { RigPrice::ZERO };
        let energy = facility * self.tariff * running.duration;
        site + energy * (1.0 + running.operations_share)
    }
}

/// Rent of hash rate over an attack: hashprice·(1 + premium)·time.
#[must_use]
pub(crate) fn rental_price(hashprice: Hashprice, premium: f64, time: Seconds) -> RigPrice {
    hashprice * time * (1.0 + premium)
}

/// Up-front payment for which a miner mines the attacker's branch: the honest revenue that it
/// gives up, and the part ι of its own expected capital loss that it ascribes to its own act,
/// hashprice·t + ι·s·Δ·V.
///
/// `capital` V is what the rig would still earn, `success` s the probability that the attack
/// succeeds, `price_fall` Δ what the coin, and with it V, then loses. A small miner in a large
/// crowd has ι ≈ 0 (Bonneau 2016, "Why buy when you can rent?", section 3), a cartel ι = 1. A
/// miner with a thin margin has little V to lose and is bribed first.
#[must_use]
pub(crate) fn bribe_price(
    hashprice: Hashprice,
    time: Seconds,
    capital: RigPrice,
    internalised: f64,
    success: f64,
    price_fall: f64,
) -> RigPrice {
    hashprice * time + capital * (internalised * success * price_fall)
}

/// What an operator's pool costs per hash rate that stays on it during the attack: the members'
/// honest revenue, and the fees of the years of business that end, spread over those who stay:
/// hashprice·t + fee·hashprice·T/m.
///
/// `staying` m in (0, 1], `business` T.
#[must_use]
pub(crate) fn pool_price(
    hashprice: Hashprice,
    time: Seconds,
    fee: f64,
    business: Seconds,
    staying: f64,
) -> RigPrice {
    hashprice * time + hashprice * business * (fee / staying)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Seconds = Seconds(604_800.0);

    fn hashprice() -> Hashprice {
        Hashprice::from_usd_per_ph_day(40.0)
    }

    #[test]
    fn a_week_of_rent_is_a_week_of_revenue_and_the_premium() {
        let rent = rental_price(hashprice(), 0.25, WEEK).usd_per_th();
        assert!((rent - 7.0 * 0.040 * 1.25).abs() < 1e-12);
    }

    #[test]
    fn who_has_nothing_to_lose_is_bribed_with_its_revenue() {
        let price = |usd, own| {
            let capital = RigPrice::from_usd_per_th(usd);
            bribe_price(hashprice(), WEEK, capital, own, 0.8, 0.5).usd_per_th()
        };
        assert!((price(0.0, 1.0) - 0.28).abs() < 1e-12);
        assert!((price(20.0, 0.0) - 0.28).abs() < 1e-12);
        assert!((price(20.0, 1.0) - 8.28).abs() < 1e-12);
        assert!(price(20.0, 0.5) > price(10.0, 0.5));
    }

    #[test]
    fn a_pool_whose_members_leave_costs_more_per_hash_that_stays() {
        let year = Seconds::from_days(365.0);
        let price = |staying| pool_price(hashprice(), WEEK, 0.02, year, staying).usd_per_th();
        assert!((price(1.0) - (0.28 + 0.02 * 0.04 * 365.0)).abs() < 1e-12);
        assert!((price(0.1) - 0.28 - 10.0 * (price(1.0) - 0.28)).abs() < 1e-12);
    }

    #[test]
    fn hired_hash_rate_carries_no_site_and_no_power() {
        let offer = |origin| AttackOffer {
            origin,
            stock: HashRate(1.0),
            price: RigPrice::from_usd_per_th(1.0),
            impact: 0.0,
            efficiency: Efficiency::from_j_per_th(20.0),
            tariff: Tariff::from_usd_per_mwh(50.0),
        };
        let running = Running { duration: WEEK, pue: 1.0, operations_share: 0.1 };
        let cost = |origin: OfferOrigin| {
            let site = UsdPerWatt::from_musd_per_mw(0.35);
            let source = offer(origin).source(1.0, &running, site);
            source.total_cost(HashRate(1.0)).0 * 1e12
        };
        let energy = 20.0 * 168.0 * 50.0 / 1e6 * 1.1;
        assert!((cost(OfferOrigin::Rented) - 1.0).abs() < 1e-9);
        assert!((cost(OfferOrigin::Running) - 1.0 - energy).abs() < 1e-9);
        assert!((cost(OfferOrigin::New) - 1.0 - energy - 20.0 * 0.35).abs() < 1e-9);
    }
}
