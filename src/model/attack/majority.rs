//! The cheapest majority attack, item by item, and how long it takes to gather.
//!
//! The attacker buys rigs and hires hash rate from every source at rising prices (see
//! `supply_curve`) until it outpaces what is left of the honest side: with `a` added and `c` taken
//! from the honest H, a + c ≥ ratio·(H − c). Rigs without a home take sites from `site_supply`.

use super::attack_offer::{AttackOffer, OfferOrigin, Running};
use super::direct_attack::{AttackBasis, hash_rate_needed};
use super::site_supply::{SiteSupply, Sites};
use super::supply_curve::{Breakpoints, Mix, RigStock, cheapest_mix};
use crate::units::{HashRate, Power, RigPrice, Seconds, Usd};

/// What the attacker wants and pays besides rigs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttackTerms {
    /// Attacker's hash rate over the honest rest.
    pub ratio: f64,
    /// What using rigs costs.
    pub running: Running,
    /// Sites for rigs without one.
    pub sites: SiteSupply,
}

/// Itemised cost of the cheapest attack.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bill {
    /// Rigs idle on miners' sites and displaced rigs.
    pub idle: Usd,
    /// Rigs bought out from running miners.
    pub used: Usd,
    /// New rigs.
    pub new: Usd,
    /// Rent of hash rate.
    pub rented: Usd,
    /// Bribes to running miners.
    pub bribed: Usd,
    /// Pools and their members.
    pub pool: Usd,
    /// Sites.
    pub site: Usd,
    /// Electricity.
    pub energy: Usd,
    /// Other operating cost.
    pub operations: Usd,
    /// Attacker's hash rate.
    pub hash_rate: HashRate,
    /// New rigs bought.
    pub new_hash_rate: HashRate,
    /// Where its facility power comes from.
    pub power: PowerBySite,
    /// Target that no offer can meet.
    pub shortfall: HashRate,
    /// Marginal cost per hash rate towards the target.
    pub shadow_price: RigPrice,
}

/// The attacker's facility power by the site that it comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PowerBySite {
    /// Sites of miners who run now: bought out or hired.
    pub running: Power,
    /// Sites where rigs stand switched off.
    pub idle: Power,
    /// Halls that stand vacant.
    pub vacant: Power,
    /// New sites.
    pub built: Power,
}

impl Bill {
    /// All rigs.
    #[must_use]
    pub fn hardware(&self) -> Usd {
        self.idle + self.used + self.new
    }

    /// All hash rate that is hired and not bought.
    #[must_use]
    pub fn hired(&self) -> Usd {
        self.rented + self.bribed + self.pool
    }

    /// All costs.
    #[must_use]
    pub fn gross(&self) -> Usd {
        self.hardware() + self.hired() + self.site + self.energy + self.operations
    }

    /// Adds what is got of an offer, sites apart.
    fn add(&mut self, offer: &AttackOffer, source: &RigStock, bought: HashRate, running: &Running) {
        *self.item(offer.origin) += source.purchase_cost(bought);
        let power = bought * offer.efficiency * running.pue;
        if !offer.origin.is_hired() {
            let energy = power * running.duration * offer.tariff;
            self.energy += energy;
            self.operations += energy * running.operations_share;
        }
        if offer.origin.was_honest() {
            self.power.running += power;
        } else if offer.origin == OfferOrigin::IdleOnSite {
            self.power.idle += power;
        }
        if offer.origin == OfferOrigin::New {
            self.new_hash_rate += bought;
        }
        self.hash_rate += bought;
    }

    fn item(&mut self, origin: OfferOrigin) -> &mut Usd {
        match origin {
            OfferOrigin::IdleOnSite | OfferOrigin::Displaced => &mut self.idle,
            OfferOrigin::Running => &mut self.used,
            OfferOrigin::New => &mut self.new,
            OfferOrigin::Rented => &mut self.rented,
            OfferOrigin::Bribed => &mut self.bribed,
            OfferOrigin::Pool => &mut self.pool,
        }
    }

    fn add_sites(&mut self, sites: Sites) {
        self.site = sites.cost;
        self.power.vacant = sites.vacant;
        self.power.built = sites.built;
    }
}

/// Buffers for pricing attacks, kept by the caller.
#[derive(Clone, Debug, Default)]
pub struct Purchase {
    sources: Vec<RigStock>,
    breakpoints: Breakpoints,
    bought: Vec<HashRate>,
    order: Vec<usize>,
}

impl Purchase {
    /// Buffers for up to `offers` offers.
    #[must_use]
    pub fn with_capacity(offers: usize) -> Self {
        Self {
            sources: Vec::with_capacity(offers),
            breakpoints: Breakpoints::with_capacity(2 * offers),
            bought: Vec::with_capacity(offers),
            order: Vec::with_capacity(offers),
        }
    }

    /// Room for an order of offers.
    pub(super) const fn order(&mut self) -> &mut Vec<usize> {
        &mut self.order
    }

    /// What the last priced attack got of each offer.
    #[must_use]
    pub fn bought(&self) -> &[HashRate] {
        &self.bought
    }
}

/// The cheapest attack on `honest` from the offers, within the sites of the terms.
///
/// The price of sites is the one at which the rigs that need one meet the sites there are.
/// Where even the highest price leaves too many, all of them get the same part of their power and
/// the rest counts as shortfall.
pub fn cheapest_attack(
    honest: HashRate,
    offers: &[AttackOffer],
    terms: &AttackTerms,
    purchase: &mut Purchase,
) -> Bill {
    let target = hash_rate_needed(honest, terms.ratio, AttackBasis::Add);
    let Purchase { sources, breakpoints, bought, .. } = purchase;
    bought.clear();
    bought.resize(offers.len(), HashRate::ZERO);
    let mut mix = Mix::default();
    let source = |offer: &AttackOffer, price| offer.source(terms.ratio, &terms.running, price);
    sources.clear();
    sources.extend(offers.iter().map(|offer| source(offer, terms.sites.vacant_cost)));
    if offers.iter().any(|offer| offer.origin.needs_site()) {
        terms.sites.price(|price| {
            // The price of sites changes the sources that need one, and no other.
            for (offer, slot) in offers.iter().zip(sources.iter_mut()) {
                if offer.origin.needs_site() {
                    *slot = source(offer, price);
                }
            }
            mix = cheapest_mix(sources, target, breakpoints, bought);
            power_to_house(offers, bought, terms.running.pue)
        });
    } else {
        mix = cheapest_mix(sources, target, breakpoints, bought);
    }
    let unsited = return_unsited(offers, bought, terms);
    let mut bill = Bill {
        shortfall: mix.shortfall + unsited,
        shadow_price: mix.shadow_price,
        ..Bill::default()
    };
    for ((offer, source), &bought) in offers.iter().zip(sources.iter()).zip(bought.iter()) {
        bill.add(offer, source, bought, &terms.running);
    }
    bill.add_sites(terms.sites.house(power_to_house(offers, bought, terms.running.pue)));
    bill
}

/// Facility power of the rigs that need a site.
fn power_to_house(offers: &[AttackOffer], bought: &[HashRate], pue: f64) -> Power {
    let unsited = offers.iter().zip(bought).filter(|(offer, _)| offer.origin.needs_site());
    unsited.map(|(offer, &bought)| bought * offer.efficiency * pue).sum()
}

/// Gives back rigs for which there is no power; returns their hash rate.
fn return_unsited(
    offers: &[AttackOffer],
    bought: &mut [HashRate],
    terms: &AttackTerms,
) -> HashRate {
    let wanted = power_to_house(offers, bought, terms.running.pue);
    let there = terms.sites.total();
    if wanted <= there {
        return HashRate::ZERO;
    }
    let mut left = HashRate::ZERO;
    for (offer, bought) in offers.iter().zip(bought) {
        if offer.origin.needs_site() {
            let housed = *bought * (there / wanted);
            left += *bought - housed;
            *bought = housed;
        }
    }
    left
}

/// New rigs that manufacturers can deliver before the attack: capacity a day × (preparation − lag).
#[must_use]
pub fn deliverable(per_day: HashRate, preparation: Seconds, lag: Seconds) -> HashRate {
    per_day * (preparation - lag).days().max(0.0)
}

/// Time to gather rigs and power: the slower of delivery (lag + new rigs at the manufacturers'
/// capacity a day) and of building sites (power a day); not cut at the preparation time. A source
/// whose rate is zero takes no part.
#[must_use]
pub(crate) fn time_to_attack(
    bill: &Bill,
    built_per_day: Power,
    delivered_per_day: HashRate,
    lag: Seconds,
) -> Seconds {
    let delivery = if bill.new_hash_rate.0 > 0.0 && delivered_per_day.0 > 0.0 {
        lag + Seconds::from_days(bill.new_hash_rate / delivered_per_day)
    } else {
        Seconds::ZERO
    };
    let building = if built_per_day.0 > 0.0 {
        Seconds::from_days(bill.power.built / built_per_day)
    } else {
        Seconds::ZERO
    };
    delivery.max(building)
}
