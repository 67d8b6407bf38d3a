//! Which stakes the cost of an attack deters: Budish's conditions, Auer's wait, and what a
//! merchant waits for while idle rigs could come back.

use super::{NetworkView, SecurityRecord, SecuritySpec};
use crate::model::attack::attack_proceeds::remaining_earnings;
use crate::model::attack::direct_attack::{AttackBasis, hash_rate_needed};
use crate::model::attack::double_spend::{Formula, confirmations, latent_share};
use crate::model::attack::economic_security::{
    attack_duration, deterred_by_flow, deterred_by_stock, finality_wait, flow_multiple,
    security_budget,
};
use crate::model::mining::efficiency_bins::{bin_of, cost_midpoint};
use crate::units::{HashRate, RigPrice, Seconds, Usd};

/// Block times beyond this (19 years) are all the same: never.
const NEVER_BLOCKS: u32 = 1_000_000;
/// Confirmations beyond this (a week) are all the same: no merchant waits.
const MOST_CONFIRMATIONS: f64 = 1_008.0;
const BLOCK_INTERVAL: Seconds = Seconds(600.0);

/// Records what today's rewards and rigs deter.
pub(crate) fn record_deterrence(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    record: &mut SecurityRecord,
) {
    let attack = &record.attack;
    let (kept, lost) = (1.0 - spec.price_fall, spec.price_fall);
    let reward: Usd = (view.subsidy + view.fees) * view.btc_price;
    let duration = attack_duration(spec.ratio, spec.confirmations).min(f64::from(NEVER_BLOCKS));
    let flow = deterred_by_flow(flow_multiple(spec.ratio, duration, kept), reward);
    let stake = Usd(spec.value_at_risk_usd);
    let wait = finality_wait(stake, reward, spec.ratio, kept, NEVER_BLOCKS);
    let budget = security_budget(view.subsidy + view.fees, view.btc_price, view.blocks_per_day);
    let latent = latent_share(attack.idle_ratio);
    let own = hash_rate_needed(view.honest, spec.ratio, AttackBasis::Convert) * worth_in_use(view);
    let scrap = hash_rate_needed(view.honest, spec.ratio, AttackBasis::Add) * worth_as_scrap(view);
    let deterrence = &mut record.deterrence;
    deterrence.flow = flow;
    deterrence.owner = deterred_by_stock(own, lost, flow);
    deterrence.scrap = deterred_by_stock(scrap, lost, flow);
    deterrence.finality_wait = BLOCK_INTERVAL * f64::from(wait);
    deterrence.budget_over_value = budget / stake;
    deterrence.latent_confirmations = confirmations(Formula::Exact, latent, spec.double_spend_risk)
        .map_or(MOST_CONFIRMATIONS, |z| (z as f64).min(MOST_CONFIRMATIONS));
}

/// What running rigs still earn, mean per hash rate.
fn worth_in_use(view: &NetworkView<'_>) -> RigPrice {
    let (mut worth, mut on) = (Usd::ZERO, HashRate::ZERO);
    for (bin, &rigs) in view.on_by_cost.iter().enumerate() {
        let cost = cost_midpoint(bin) * view.pue;
        worth += rigs * remaining_earnings(view.hashprice, cost, view.earning_years);
        on += rigs;
    }
    if on > HashRate::ZERO { worth / on } else { RigPrice::ZERO }
}

/// What idle rigs fetch, mean per hash rate; without any, a used rig of the fleet's mean
/// efficiency.
fn worth_as_scrap(view: &NetworkView<'_>) -> RigPrice {
    let (mut worth, mut idle) = (Usd::ZERO, HashRate::ZERO);
    for (bin, &price) in view.used_price.iter().enumerate() {
        let rigs = view.idle_on_site[bin] + view.displaced[bin];
        worth += rigs * price;
        idle += rigs;
    }
    if idle > HashRate::ZERO {
        worth / idle
    } else {
        view.used_price[bin_of(view.fleet_efficiency)]
    }
}
