//! A majority attack with one kind of rig at one price: the closed form.
//!
//! Two ways to a majority over H honest hash rate: an attacker who **adds** hash rate needs
//! A > ratio·H of its own, one who **converts** running miners needs only
//! A > ratio·(H − A), i.e. ratio/(1 + ratio)·H: half of H at ratio 1.

use crate::units::{Efficiency, HashRate, Power, RigPrice, Seconds, Tariff, Usd, UsdPerWatt};

/// How the attacker comes by its hash rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttackBasis {
    /// New to the network: the honest side stays as it is.
    Add,
    /// Taken over from the honest side, which shrinks by as much.
    Convert,
}

/// Hash rate that outpaces the honest side by `ratio`: ratio·H added, or ratio/(1+ratio)·H
/// converted.
#[must_use]
pub fn hash_rate_needed(honest: HashRate, ratio: f64, basis: AttackBasis) -> HashRate {
    match basis {
        AttackBasis::Add => honest * ratio,
        AttackBasis::Convert => honest * (ratio / (1.0 + ratio)),
    }
}

/// Cost of an attack with one kind of rig at one price.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DirectCost {
    /// A·price.
    pub hardware: Usd,
    /// Power·site cost.
    pub site: Usd,
    /// Power·duration·tariff.
    pub energy: Usd,
    /// Sum of the three.
    pub gross: Usd,
    /// A·efficiency·PUE.
    pub power: Power,
}

/// One rig type for all of an attack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DirectTerms {
    /// Energy per hash of the rigs.
    pub efficiency: Efficiency,
    /// Price of the rigs.
    pub price: RigPrice,
    /// Cost of sites per facility power.
    pub site_cost: UsdPerWatt,
    /// Price of energy.
    pub tariff: Tariff,
    /// Facility power over rig power.
    pub pue: f64,
    /// Duration of the attack.
    pub duration: Seconds,
}

/// Cost of out-hashing with `hash_rate` of one rig type, bought at a fixed price.
#[must_use]
pub fn direct_attack_cost(hash_rate: HashRate, terms: &DirectTerms) -> DirectCost {
    let power = hash_rate * terms.efficiency * terms.pue;
    let hardware = hash_rate * terms.price;
    let site = power * terms.site_cost;
    let energy = power * terms.duration * terms.tariff;
    DirectCost { hardware, site, energy, gross: hardware + site + energy, power }
}
