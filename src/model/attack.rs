//! The cheapest majority attack, item by item, and how long it takes to gather.
//!
//! The attacker buys from every stock of machines at rising prices (see `supply_curve`) until it
//! outpaces what is left of the honest side: idle + new + used ≥ ratio·(H − used).

use super::direct_attack::{Basis, hash_rate_needed};
use super::supply_curve::{Source, cheapest_mix};
use crate::units::{Efficiency, HashRate, Power, RigPrice, Seconds, Tariff, Usd, UsdPerWatt};

/// Where machines come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Switched off on a miner's site: power and hall come with it.
    #[default]
    IdleOnSite,
    /// Without a site.
    Displaced,
    /// Bought out from a running miner, in place: the honest side shrinks.
    Running,
    /// From the makers.
    New,
}

impl Origin {
    /// Whether the attacker must build a site for the machine.
    #[must_use]
    pub const fn needs_site(self) -> bool {
        matches!(self, Self::Displaced | Self::New)
    }

    /// Contribution to A − ratio·H per hash rate bought: a machine bought out counts for itself
    /// and no longer for the honest side.
    #[must_use]
    pub fn contribution(self, ratio: f64) -> f64 {
        if self == Self::Running { 1.0 + ratio } else { 1.0 }
    }
}

/// Machines of one kind that an attacker can buy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Offer {
    /// Where they come from.
    pub origin: Origin,
    /// How many.
    pub stock: HashRate,
    /// Price of the first one.
    pub price: RigPrice,
    /// Energy per hash.
    pub efficiency: Efficiency,
    /// Price of energy where they will run.
    pub tariff: Tariff,
}

/// What the attacker wants and pays besides machines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// Attacker's hash rate over the honest rest.
    pub ratio: f64,
    /// Duration of the attack.
    pub duration: Seconds,
    /// Cost of sites per facility power.
    pub site_cost: UsdPerWatt,
    /// Fastest build-up of sites, facility power a day.
    pub site_power_per_day: Power,
    /// Facility power over machine power.
    pub pue: f64,
    /// Operating cost other than power, share of the power bill.
    pub operations_share: f64,
    /// Rise of the log price from the first to the last machine of a stock.
    pub price_impact: f64,
}

impl Terms {
    /// What using a machine costs per H/s: site, energy and operations.
    #[must_use]
    pub fn carrying_cost(&self, offer: &Offer) -> RigPrice {
        let facility = offer.efficiency.0 * self.pue;
        let site = if offer.origin.needs_site() { facility * self.site_cost.0 } else { 0.0 };
        let energy = facility * self.duration.0 * offer.tariff.0;
        RigPrice(site + energy * (1.0 + self.operations_share))
    }

    /// The offer as a source of the supply curve.
    #[must_use]
    pub fn source(&self, offer: &Offer) -> Source {
        Source::new(
            offer.stock,
            offer.price,
            self.price_impact,
            self.carrying_cost(offer),
            offer.origin.contribution(self.ratio),
        )
    }
}

/// Itemised cost of the cheapest attack.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bill {
    /// Machines idle on miners' sites and displaced machines.
    pub idle: Usd,
    /// Machines bought out from running miners.
    pub used: Usd,
    /// New machines.
    pub new: Usd,
    /// Sites.
    pub site: Usd,
    /// Electricity.
    pub energy: Usd,
    /// Other operating cost.
    pub operations: Usd,
    /// Attacker's hash rate.
    pub hash_rate: HashRate,
    /// New machines bought.
    pub new_hash_rate: HashRate,
    /// Facility power of sites to build.
    pub site_power: Power,
    /// Target that no offer can meet.
    pub shortfall: HashRate,
    /// Marginal cost per hash rate towards the target.
    pub shadow_price: RigPrice,
}

impl Bill {
    /// All machines.
    #[must_use]
    pub fn hardware(&self) -> Usd {
        self.idle + self.used + self.new
    }

    /// All costs.
    #[must_use]
    pub fn gross(&self) -> Usd {
        self.hardware() + self.site + self.energy + self.operations
    }

    /// Adds the purchase of `bought` of an offer.
    fn add(&mut self, offer: &Offer, source: &Source, bought: HashRate, terms: &Terms) {
        let paid = source.purchase_cost(bought);
        let power = bought * offer.efficiency * terms.pue;
        let energy = power * terms.duration * offer.tariff;
        match offer.origin {
            Origin::IdleOnSite | Origin::Displaced => self.idle += paid,
            Origin::Running => self.used += paid,
            Origin::New => {
                self.new += paid;
                self.new_hash_rate += bought;
            }
        }
        if offer.origin.needs_site() {
            self.site += power * terms.site_cost;
            self.site_power += power;
        }
        self.energy += energy;
        self.operations += energy * terms.operations_share;
        self.hash_rate += bought;
    }
}

/// Buffers for pricing attacks, kept by the caller.
#[derive(Clone, Debug, Default)]
pub struct Purchase {
    sources: Vec<Source>,
    bought: Vec<HashRate>,
}

impl Purchase {
    /// Buffers for up to `offers` offers.
    #[must_use]
    pub fn with_capacity(offers: usize) -> Self {
        Self { sources: Vec::with_capacity(offers), bought: Vec::with_capacity(offers) }
    }

    /// What the last priced attack bought of each offer.
    #[must_use]
    pub fn bought(&self) -> &[HashRate] {
        &self.bought
    }
}

/// The cheapest attack on `honest` from the offers: idle + new + used ≥ ratio·(H − used).
pub fn cheapest_attack(
    honest: HashRate,
    offers: &[Offer],
    terms: &Terms,
    purchase: &mut Purchase,
) -> Bill {
    purchase.sources.clear();
    purchase.sources.extend(offers.iter().map(|offer| terms.source(offer)));
    purchase.bought.clear();
    purchase.bought.resize(offers.len(), HashRate::ZERO);
    let target = hash_rate_needed(honest, terms.ratio, Basis::Add);
    let mix = cheapest_mix(&purchase.sources, target, &mut purchase.bought);
    let mut bill =
        Bill { shortfall: mix.shortfall, shadow_price: mix.shadow_price, ..Bill::default() };
    for ((offer, source), &bought) in offers.iter().zip(&purchase.sources).zip(&purchase.bought) {
        bill.add(offer, source, bought, terms);
    }
    bill
}

/// New machines that makers can deliver before the attack: capacity a day × (preparation − lag).
#[must_use]
pub fn deliverable(per_day: HashRate, preparation: Seconds, lag: Seconds) -> HashRate {
    per_day * (preparation - lag).days().max(0.0)
}

/// Time to gather machines and power: the slower of delivery (lag + new machines at the makers'
/// capacity) and of building sites; not cut at the preparation time. A source whose rate is zero
/// takes no part.
#[must_use]
pub fn time_to_attack(bill: &Bill, terms: &Terms, per_day: HashRate, lag: Seconds) -> Seconds {
    let delivery = if bill.new_hash_rate.0 > 0.0 && per_day.0 > 0.0 {
        lag + Seconds::from_days(bill.new_hash_rate / per_day)
    } else {
        Seconds::ZERO
    };
    let building = if terms.site_power_per_day.0 > 0.0 {
        Seconds::from_days(bill.site_power / terms.site_power_per_day)
    } else {
        Seconds::ZERO
    };
    delivery.max(building)
}
