//! The security record of a day.

use super::{NetworkView, Scratch, SecurityRecord, Spec, offers};
use crate::model::attack::{Bill, Origin, Terms, cheapest_attack, time_to_attack};
use crate::model::attack_proceeds::{rental, resale, rewards_kept};
use crate::model::concentration::{Concentration, Control, concentration};
use crate::model::ranking::Ranking;
use crate::units::{HashRate, Seconds};

/// Largest φ that is reported, so that a dead network leaves a finite number.
const LARGEST_IDLE_RATIO: f64 = 1e6;
const HOUR: Seconds = Seconds(3_600.0);

/// Prices the attack and measures concentration. Reads only; finite for any network, a dead one
/// included.
#[must_use]
pub fn observe(spec: &Spec, view: &NetworkView<'_>, scratch: &mut Scratch) -> SecurityRecord {
    let mut record = SecurityRecord::default();
    record_attack(spec, view, scratch, &mut record);
    record_concentration(view, scratch, &mut record);
    record
}

fn record_attack(
    spec: &Spec,
    view: &NetworkView<'_>,
    scratch: &mut Scratch,
    record: &mut SecurityRecord,
) {
    let terms = offers::terms(spec, view);
    offers::collect(spec, view, &mut scratch.offers);
    let bill = cheapest_attack(view.honest, &scratch.offers, &terms, &mut scratch.purchase);
    record_costs(&bill, record);
    record_recoveries(spec, view, record);
    record.attack_convert = conversion(view, scratch, &terms).gross();
    record.attack_rental_per_hour = rental(view.honest, view.hashprice, spec.rental_premium, HOUR);
    record.idle_attack_ratio = idle_ratio(view);
    record.time_to_attack_days =
        time_to_attack(&bill, &terms, view.delivery_per_day, view.delivery_lag).days();
}

fn record_costs(bill: &Bill, record: &mut SecurityRecord) {
    record.attack_idle = bill.idle;
    record.attack_used = bill.used;
    record.attack_new = bill.new;
    record.attack_hardware = bill.hardware();
    record.attack_site = bill.site;
    record.attack_energy = bill.energy;
    record.attack_operations = bill.operations;
    record.attack_gross = bill.gross();
}

fn record_recoveries(spec: &Spec, view: &NetworkView<'_>, record: &mut SecurityRecord) {
    let blocks =
        if view.honest > HashRate::ZERO { view.blocks_per_day * spec.duration_days } else { 0.0 };
    let reward = view.subsidy + view.fees;
    record.attack_rewards =
        rewards_kept(reward, view.btc_price, blocks, spec.ratio, spec.price_fall);
    record.attack_resale = resale(record.attack_hardware, spec.resale_share, spec.price_fall);
    record.attack_net = record.attack_gross - record.attack_rewards - record.attack_resale;
}

/// The attack that only buys out running machines: ratio/(1 + ratio) of the honest hash rate.
fn conversion(view: &NetworkView<'_>, scratch: &mut Scratch, terms: &Terms) -> Bill {
    let running = scratch.offers.iter().take_while(|offer| offer.origin == Origin::Running).count();
    cheapest_attack(view.honest, &scratch.offers[..running], terms, &mut scratch.purchase)
}

/// φ: machines that stand idle, on site or in stock, over the honest hash rate.
fn idle_ratio(view: &NetworkView<'_>) -> f64 {
    let idle: HashRate = view.idle_on_site.iter().chain(view.displaced).copied().sum();
    if idle <= HashRate::ZERO {
        return 0.0;
    }
    (idle / view.honest).min(LARGEST_IDLE_RATIO)
}

fn record_concentration(
    view: &NetworkView<'_>,
    scratch: &mut Scratch,
    record: &mut SecurityRecord,
) {
    let ranking = &mut scratch.ranking;
    let owners = majority(view.by_owner.iter().copied(), ranking);
    let pools = majority(view.by_pool.iter().map(|pool| pool.0), ranking);
    let regions = majority(view.by_region.iter().map(|region| region.0), ranking);
    let templates = merge_templates(view, &mut scratch.by_template);
    record.nakamoto_proxy = majority(templates.iter().copied(), ranking).nakamoto;
    record.nakamoto_owner = owners.nakamoto;
    record.nakamoto_pool = pools.nakamoto;
    record.nakamoto_region = regions.nakamoto;
    record.hhi_owner = owners.hhi;
    record.hhi_pool = pools.hhi;
    record.hhi_region = regions.hhi;
    record.gini_owner = owners.gini;
    record.entropy_owner = owners.shannon_bits;
    record.entropy_pool = pools.shannon_bits;
    record.top1_owner = owners.top1_share;
    record.top1_pool = pools.top1_share;
}

fn majority(weights: impl IntoIterator<Item = f64>, ranking: &mut Ranking) -> Concentration {
    concentration(weights, Control::MAJORITY, ranking)
}

/// Hash rate by block template, the largest template number in use last.
fn merge_templates<'a>(view: &NetworkView<'_>, by_template: &'a mut [f64]) -> &'a [f64] {
    by_template.fill(0.0);
    let mut templates = 0;
    for (pool, &template) in view.by_pool.iter().zip(view.pool_template) {
        by_template[usize::from(template)] += pool.0;
        templates = templates.max(usize::from(template) + 1);
    }
    &by_template[..templates]
}
