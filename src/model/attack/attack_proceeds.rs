//! What rigs are worth to those who mine, what an attacker gets back, and what it pays when it
//! rents instead of buying.

use crate::units::{
    Btc, BtcPrice, DAY, DAYS_PER_YEAR, HashRate, Hashprice, RigPrice, Seconds, Usd,
};

/// Block rewards that the attacker keeps: (S + F)·P·(1 − Δ) for every block of its own branch, which
/// replaces the honest one.
#[must_use]
pub(crate) fn rewards_kept(reward: Btc, price: BtcPrice, blocks: f64, price_fall: f64) -> Usd {
    reward * price * (blocks * (1.0 - price_fall))
}

/// Resale after the attack: hardware·share·(1 − Δ). Rigs lose with the coin that they mine.
#[must_use]
pub fn resale(hardware: Usd, share: f64, price_fall: f64) -> Usd {
    hardware * (share * (1.0 - price_fall))
}

/// Rental of hash rate: H·hashprice·(1 + premium)·time.
#[must_use]
pub fn rental(hash_rate: HashRate, hashprice: Hashprice, premium: f64, time: Seconds) -> Usd {
    hash_rate * time * hashprice * (1.0 + premium)
}

/// What a running rig still earns, per hash rate: the margin max(0, hashprice − cost) over
/// `years` (discounted).
#[must_use]
pub(crate) fn remaining_earnings(hashprice: Hashprice, cost: Hashprice, years: f64) -> RigPrice {
    (hashprice - cost).max(Hashprice::ZERO) * (DAY * (DAYS_PER_YEAR * years))
}
