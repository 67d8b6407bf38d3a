//! What an attacker gets back, and what it pays when it rents instead of buying.

use crate::units::{Btc, BtcPrice, HashRate, Hashprice, Seconds, Usd};

/// Block rewards that the attacker keeps: (S + F)·P·(1 − Δ) for its share ratio/(1 + ratio) of the
/// blocks of the attack's duration.
#[must_use]
pub fn rewards_kept(reward: Btc, price: BtcPrice, blocks: f64, ratio: f64, price_fall: f64) -> Usd {
    reward * price * (blocks * ratio / (1.0 + ratio) * (1.0 - price_fall))
}

/// Resale after the attack: hardware·share·(1 − Δ). Machines lose with the coin that they mine.
#[must_use]
pub fn resale(hardware: Usd, share: f64, price_fall: f64) -> Usd {
    hardware * (share * (1.0 - price_fall))
}

/// Rental of hash rate: H·hashprice·(1 + premium)·time.
#[must_use]
pub fn rental(hash_rate: HashRate, hashprice: Hashprice, premium: f64, time: Seconds) -> Usd {
    hash_rate * time * hashprice * (1.0 + premium)
}
