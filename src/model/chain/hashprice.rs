//! What a hash earns and costs, and when a rig runs.

use crate::units::{Btc, BtcPerHash, BtcPrice, Efficiency, Hashprice, Tariff};

/// Hashes that find one block at difficulty 1: 2³² (exactly 2⁴⁸/65535, which is 0.0015 % more; the
/// field's convention is 2³²).
pub(crate) const HASHES_PER_DIFFICULTY: f64 = 4_294_967_296.0;

/// Expected coins per hash: reward / (D·2³²).
#[must_use]
pub(crate) fn reward_per_hash(reward: Btc, difficulty: f64) -> BtcPerHash {
    BtcPerHash(reward.0 / (difficulty * HASHES_PER_DIFFICULTY))
}

/// Hashprice: (S + F)·P / (D·2³²), USD per hash.
///
/// # Examples
/// ```
/// use hashflight::model::chain::hashprice::hashprice;
/// use hashflight::units::{Btc, BtcPrice};
///
/// // September 2025: 3.125 BTC of subsidy and 0.021 of fees.
/// let earned = hashprice(Btc(3.146), BtcPrice(113_971.7), 142.342_602_928_675e12);
/// assert!((earned.usd_per_ph_day() - 50.7).abs() < 0.1);
/// ```
#[must_use]
pub fn hashprice(reward: Btc, price: BtcPrice, difficulty: f64) -> Hashprice {
    reward_per_hash(reward, difficulty) * price
}

/// Energy per hash at which a rig just pays for its power:
/// e* = hashprice·(1 − pool fee) / (tariff·PUE), J/H.
#[inline]
#[must_use]
pub fn break_even_efficiency(net_hashprice: Hashprice, tariff: Tariff, pue: f64) -> Efficiency {
    net_hashprice / (tariff * pue)
}

/// Price of energy at which a rig just pays for it: hashprice / efficiency, USD/J.
#[must_use]
pub(crate) fn break_even_tariff(net_hashprice: Hashprice, efficiency: Efficiency) -> Tariff {
    net_hashprice / efficiency
}

/// The least efficient rig that runs today, from yesterday's and today's break-even.
///
/// A running rig stops when its J/TH exceeds break-even e*; a stopped one starts again only
/// below e*/(1 + h). Since all rigs of a site face the same e*, the running set is always
/// {e ≤ θ} with the play operator θ′ = min(e*, max(e*/(1 + h), θ)) (Krasnosel'skii and Pokrovskii
/// 1989, ch. 2): one number a site instead of one flag a rig class.
#[inline]
#[must_use]
pub fn operating_threshold(
    yesterday: Efficiency,
    break_even: Efficiency,
    restart_factor: f64,
) -> Efficiency {
    let restart = break_even * restart_factor;
    let kept = if yesterday.0 > restart.0 { yesterday } else { restart };
    if kept.0 < break_even.0 { kept } else { break_even }
}

/// Margin per hash of a rig: net hashprice − e·PUE·tariff.
#[inline]
#[must_use]
pub fn margin_per_hash(
    net_hashprice: Hashprice,
    efficiency: Efficiency,
    tariff: Tariff,
    pue: f64,
) -> Hashprice {
    net_hashprice - efficiency * tariff * pue
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thirty_dollars_per_petahash_break_even_at_5_8_cents_for_21_5_joules() {
        let e = break_even_efficiency(
            Hashprice::from_usd_per_ph_day(30.0),
            Tariff::from_usd_per_mwh(58.14),
            1.0,
        );
        assert!((e.j_per_th() - 21.5).abs() < 0.001);
    }

    #[test]
    fn hashprice_agrees_with_the_published_level_of_september_2025() {
        let hp = hashprice(Btc(3.125 + 0.021), BtcPrice(113_971.7), 142_342_602_928_675.0);
        assert!((hp.usd_per_ph_day() - 50.7).abs() < 0.3);
    }

    proptest! {
        /// The threshold is the same thing as a relay with hysteresis for every rig class.
        #[test]
        fn the_threshold_equals_one_relay_per_rig(
            break_evens in proptest::collection::vec(10.0_f64..40.0, 1..60),
            efficiencies in proptest::collection::vec(8.0_f64..45.0, 4),
            restart in 0.0_f64..0.3,
        ) {
            let mut threshold = Efficiency(break_evens[0]);
            let mut relays: Vec<bool> = efficiencies.iter().map(|&e| e <= break_evens[0]).collect();
            for &level in &break_evens {
                threshold = operating_threshold(threshold, Efficiency(level), 1.0 / (1.0 + restart));
                for (on, &e) in relays.iter_mut().zip(&efficiencies) {
                    *on = if *on { e <= level } else { e <= level * (1.0 / (1.0 + restart)) };
                    prop_assert_eq!(*on, e <= threshold.0);
                }
            }
        }
    }
}
