//! Economics of a majority attack: how long it takes, and which stakes its cost deters.

use crate::numerics::central_binomial::log_central_binomial;
use crate::units::{Btc, BtcPrice, Usd};

/// Terms of a sum, smaller from one to the next, that no longer change it.
const NEGLIGIBLE: f64 = 1e-18;

/// Expected duration of a majority attack, in honest block times.
///
/// The attacker mines at `ratio` A > 1 against an honest rate of 1 and releases its branch once the
/// honest branch has `confirmations` k blocks and its own is ahead:
/// E(t) = k + 1/(A−1)·Σ_{j=0..k} C(k+j−1, j)·p^k·(1−p)^j·(k+1−j), p = 1/(1+A).
/// Infinite for A ≤ 1. Terms are built from the largest down, so that none is lost for large k.
#[must_use]
pub(crate) fn attack_duration(ratio: f64, confirmations: u32) -> f64 {
    if ratio.is_nan() || ratio <= 1.0 {
        return f64::INFINITY;
    }
    let k = f64::from(confirmations);
    let behind = if confirmations == 0 { 1.0 } else { expected_deficit(ratio, k) };
    k + behind / (ratio - 1.0)
}

/// Σ_{j=0..k} P(j attacker blocks before the k-th honest one)·(k+1−j).
fn expected_deficit(ratio: f64, k: f64) -> f64 {
    let attacker_wins = ratio / (1.0 + ratio);
    // C(2k−1, k)·(p(1−p))^k is half of C(2k, k)/4^k·(4p(1−p))^k.
    let mut probability = 0.5 * libm::exp(log_central_binomial(k) + k * log_evenness(ratio));
    let (mut found, mut deficit) = (k, 0.0);
    while probability > 0.0 {
        let term = probability * (k + 1.0 - found);
        deficit += term;
        if term < deficit * NEGLIGIBLE {
            break;
        }
        probability *= found / ((k + found - 1.0).max(1.0) * attacker_wins);
        found -= 1.0;
    }
    deficit
}

/// `ln 4p(1 − p)` for p = 1/(1 + A), without cancellation near A = 1.
fn log_evenness(ratio: f64) -> f64 {
    let lead = (ratio - 1.0) / (ratio + 1.0);
    if lead < 0.5 {
        libm::log1p(-lead * lead)
    } else {
        libm::log(4.0 * ratio) - 2.0 * libm::log1p(ratio)
    }
}

/// Security budget of `blocks` blocks: (S + F)·P each.
#[must_use]
pub(crate) fn security_budget(reward: Btc, price: BtcPrice, blocks: f64) -> Usd {
    reward * price * blocks
}

/// Net cost of an attack in block rewards, α = A·t·(1 − kept): A times the honest cost (one reward
/// per block time under free entry) over t block times, less the part of the attacker's own
/// rewards that keeps its value (1 − Δ after a price fall Δ; 0 when they are lost).
/// Source: Budish (2018), NBER working paper 24717, sections 2 and 3.
#[must_use]
pub(crate) fn flow_multiple(ratio: f64, block_times: f64, kept: f64) -> f64 {
    ratio * block_times * (1.0 - kept)
}

/// Largest stake that the flow of rewards deters from attacking: V = α·(reward per block).
#[must_use]
pub(crate) fn deterred_by_flow(multiple: f64, reward_per_block: Usd) -> Usd {
    reward_per_block * multiple
}

/// Largest stake that capital at risk deters: what the attacker's rigs lose plus its net flow
/// cost. An attacker who buys rigs at scrap value has little to lose (the stock condition).
#[must_use]
pub(crate) fn deterred_by_stock(capital: Usd, share_lost: f64, flow: Usd) -> Usd {
    capital * share_lost + flow
}

/// Confirmations after which reversing a payment of worth V does not pay: the smallest k, at most
/// `longest`, whose attack of ratio A costs A·E[t(A, k)]·(1 − kept)·(reward per block) ≥ V.
/// Source: Auer (2019), BIS working paper 765, section 3 (economic payment finality); the duration
/// is that of [`attack_duration`], which Auer replaces by k.
#[must_use]
pub(crate) fn finality_wait(
    stake: Usd,
    reward_per_block: Usd,
    ratio: f64,
    kept: f64,
    longest: u32,
) -> u32 {
    let needed = stake / deterred_by_flow(flow_multiple(ratio, 1.0, kept), reward_per_block);
    let pays = |confirmations| attack_duration(ratio, confirmations) < needed;
    if !pays(0) {
        return 0;
    }
    // E[t] ≥ k: no more than `needed` confirmations are ever asked for.
    let (mut pays_still, mut deterred) = (0, needed.ceil().min(f64::from(longest)) as u32);
    while deterred - pays_still > 1 {
        let middle = pays_still.midpoint(deterred);
        if pays(middle) {
            pays_still = middle;
        } else {
            deterred = middle;
        }
    }
    deterred
}

/// Premium over honest rewards that bribes a miner: 1/(s·(1 − Δ)) − 1, when the attack succeeds
/// with probability s and the coins paid then fall by Δ. Infinite when nothing is left to pay with.
#[must_use]
pub(crate) fn bribe_premium(success: f64, price_fall: f64) -> f64 {
    1.0 / (success * (1.0 - price_fall)) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_duration_has_its_published_values() {
        assert!((attack_duration(2.0, 1) - 17.0 / 9.0).abs() < 1e-12);
        assert!((attack_duration(1.2, 6) - 13.241).abs() < 1e-3);
        assert!((attack_duration(3.0, 0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_duration_agrees_with_the_sum_term_by_term() {
        for (ratio, k) in [(1.05, 3_u32), (1.5, 12), (4.0, 30)] {
            let (lose, win) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
            let (mut term, mut sum) = (libm::pow(lose, f64::from(k)), 0.0);
            for j in 0..=k {
                sum += term * f64::from(k + 1 - j);
                term *= f64::from(k + j) / f64::from(j + 1) * win;
            }
            let expected = f64::from(k) + sum / (ratio - 1.0);
            assert!((attack_duration(ratio, k) / expected - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn ten_thousand_confirmations_stay_finite() {
        let fast = attack_duration(2.0, 10_000);
        let slow = attack_duration(1.001, 10_000);
        assert!((fast - 10_000.0).abs() < 1e-6);
        assert!(slow > 10_000.0 && slow.is_finite());
        assert!(attack_duration(1.0, 6).is_infinite());
    }

    #[test]
    fn more_hash_rate_is_faster_and_more_confirmations_slower() {
        for k in 0..40 {
            for step in 1..40 {
                let ratio = 1.0 + f64::from(step) * 0.05;
                assert!(attack_duration(ratio + 0.05, k) < attack_duration(ratio, k));
                assert!(attack_duration(ratio, k + 1) > attack_duration(ratio, k));
            }
        }
    }

    #[test]
    fn a_bribe_covers_failure_and_price_fall() {
        assert!((bribe_premium(0.9, 0.2) - 0.388_888_9).abs() < 1e-7);
        assert!(bribe_premium(1.0, 0.0).abs() < 1e-12);
        assert!(bribe_premium(0.0, 0.2).is_infinite());
    }

    #[test]
    fn an_attack_that_keeps_its_rewards_deters_nothing_by_flow() {
        let reward = Usd(200_000.0);
        let block_times = attack_duration(1.2, 6);
        assert!(deterred_by_flow(flow_multiple(1.2, block_times, 1.0), reward).0.abs() < 1e-9);
        let multiple = flow_multiple(1.2, block_times, 0.0);
        assert!((multiple - 1.2 * 13.241).abs() < 2e-3);
        let stake = deterred_by_flow(multiple, reward);
        assert!((stake / multiple - reward).0.abs() < 1e-6);
    }

    #[test]
    fn capital_at_risk_deters_owners_more_than_scrap_buyers() {
        let flow = Usd(1e8);
        let [owner, scrap] = [10e9, 0.5e9].map(|c| deterred_by_stock(Usd(c), 0.6, flow));
        assert!((owner.0 - 6.1e9).abs() < 1.0 && scrap < owner);
    }

    #[test]
    fn the_wait_is_the_first_confirmation_that_deters() {
        let reward = Usd(300_000.0);
        for (stake, ratio, kept) in [(1e8, 1.05, 0.6), (1e9, 1.3, 0.0), (1e5, 1.05, 0.6)] {
            let k = finality_wait(Usd(stake), reward, ratio, kept, 1_000_000);
            let deterred = |k| {
                let alpha = flow_multiple(ratio, attack_duration(ratio, k), kept);
                deterred_by_flow(alpha, reward).0
            };
            assert!(deterred(k) >= stake, "{k}");
            assert!(k == 0 || deterred(k - 1) < stake, "{k}");
        }
    }

    #[test]
    fn an_attack_that_keeps_everything_is_never_final() {
        assert_eq!(finality_wait(Usd(1.0), Usd(1.0), 1.5, 1.0, 10_000), 10_000);
        assert_eq!(finality_wait(Usd(1.0), Usd::ZERO, 1.5, 0.5, 10_000), 10_000);
    }

    #[test]
    fn the_budget_is_reward_times_blocks() {
        let budget = security_budget(Btc(3.15), BtcPrice(62_000.0), 144.0);
        assert!((budget.0 - 28.12e6).abs() < 1e4);
    }
}
