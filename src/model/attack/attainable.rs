//! Whether an attack can be had at all from what is on offer, and its cost if so.
//!
//! Where running rigs are not for sale the offers may be too few, whatever is paid. A sum of what
//! there is would then fall the less there is: the cost of such an attack is none, and the share of
//! the target that the offers reach says how far it is away.

use super::attack_offer::AttackOffer;
use super::direct_attack::{AttackBasis, hash_rate_needed};
use super::majority::{AttackTerms, Purchase, cheapest_attack};
use crate::units::{HashRate, Power, Usd};

/// Part of the target that rounding and the search for the price of sites may leave open.
const ROUNDING: f64 = 1e-6;

/// An attack that may be out of reach.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AttainableAttack {
    /// Gross cost of the cheapest way; none where no way leads there in time.
    pub gross: Option<Usd>,
    /// Share of the target that can be had in time, 1 where all of it can.
    pub reach: f64,
}

impl AttainableAttack {
    /// An attack of this cost that leaves `shortfall` of `target`, both in H/s towards the target.
    #[must_use]
    pub fn of(gross: Usd, shortfall: HashRate, target: HashRate) -> Self {
        if shortfall <= target * ROUNDING {
            Self { gross: Some(gross), reach: 1.0 }
        } else {
            Self { gross: None, reach: (1.0 - shortfall / target).max(0.0) }
        }
    }
}

/// The cheapest attack on `honest` from the offers, if they reach the target of
/// ratio·`honest` at all.
pub fn attainable_attack(
    honest: HashRate,
    offers: &[AttackOffer],
    terms: &AttackTerms,
    purchase: &mut Purchase,
) -> AttainableAttack {
    let target = hash_rate_needed(honest, terms.ratio, AttackBasis::Add);
    let there = attainable(offers, terms, purchase.order());
    if there < target * (1.0 - ROUNDING) {
        return AttainableAttack { gross: None, reach: there / target };
    }
    let bill = cheapest_attack(honest, offers, terms, purchase);
    AttainableAttack::of(bill.gross(), bill.shortfall, target)
}

/// The most that the offers can contribute to the target a + c·(1 + ratio), Σ w·q in H/s.
///
/// Hired rigs and those that stand on a site count whole. Those that need a site share S, all the
/// power that the terms house: as a rig counts the same whatever it draws, the frugal ones go first,
/// max Σq subject to Σ q·e·PUE ≤ S (the greedy solution of a fractional knapsack; Dantzig 1957,
/// Operations Research 5:266). `order` is room for the work.
#[must_use]
pub fn attainable(offers: &[AttackOffer], terms: &AttackTerms, order: &mut Vec<usize>) -> HashRate {
    let contribution = |offer: &AttackOffer| offer.origin.contribution(terms.ratio);
    order.clear();
    order.extend((0..offers.len()).filter(|&place| offers[place].origin.needs_site()));
    let drawn = |place: &usize| offers[*place].efficiency.0;
    order.sort_unstable_by(|one, other| drawn(one).total_cmp(&drawn(other)));
    let placed = offers.iter().filter(|offer| !offer.origin.needs_site());
    let mut there: HashRate = placed.map(|offer| offer.stock * contribution(offer)).sum();
    let mut left = terms.sites.total();
    for offer in order.iter().map(|&place| &offers[place]) {
        let power = offer.stock * offer.efficiency * terms.running.pue;
        let housed = if power <= left { 1.0 } else { left / power };
        there += offer.stock * (contribution(offer) * housed);
        left = (left - power).max(Power::ZERO);
    }
    there
}
