//! What a majority attack costs on a recorded day, by every route.

use super::record::AttackRecord;
use super::{NetworkView, Scratch, SecuritySpec, offers};
use crate::model::attack::attack_offer::{AttackOffer, OfferOrigin};
use crate::model::attack::attack_proceeds::{rental, resale, rewards_kept};
use crate::model::attack::direct_attack::{AttackBasis, hash_rate_needed};
use crate::model::attack::majority::{AttackTerms, Bill, cheapest_attack, time_to_attack};
use crate::units::{HashRate, Power, Seconds, Usd};

/// Largest φ that is reported, so that a dead network leaves a finite number.
const LARGEST_IDLE_RATIO: f64 = 1e6;
const HOUR: Seconds = Seconds(3_600.0);

/// Prices the cheapest mix and, for comparison, each route alone.
pub(crate) fn price_attack(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    scratch: &mut Scratch,
) -> AttackRecord {
    let terms = offers::terms(spec, view, spec.preparation_days);
    let mut record = AttackRecord {
        rental_per_hour: rental(view.honest, view.hashprice, spec.rental_premium, HOUR),
        idle_ratio: idle_ratio(view),
        needed_added: hash_rate_needed(view.honest, spec.ratio, AttackBasis::Add),
        needed_converted: hash_rate_needed(view.honest, spec.ratio, AttackBasis::Convert),
        ..AttackRecord::default()
    };
    price_mix(spec, view, &terms, scratch, &mut record);
    price_routes(spec, view, &terms, scratch, &mut record);
    record
}

/// The cheapest mix, what comes back of it, and when it is ready.
fn price_mix(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    terms: &AttackTerms,
    scratch: &mut Scratch,
    record: &mut AttackRecord,
) {
    offers::to_buy_or_hire(spec, view, spec.preparation_days, &mut scratch.offers);
    record.bill = cheapest_attack(view.honest, &scratch.offers, terms, &mut scratch.purchase);
    record.gross = record.bill.gross();
    record.rewards = rewards(spec, view, record.bill.hash_rate);
    record.resale = resale(record.bill.hardware(), spec.resale_share, spec.price_fall);
    record.net = record.gross - record.rewards - record.resale;
    let built = Power::from_mw(spec.site_mw_per_day);
    record.time = time_to_attack(&record.bill, built, view.delivery_per_day, view.delivery_lag);
}

/// The attacker's branch grows by `hash_rate`/H times the blocks that H finds, the difficulty being
/// that of the honest H.
fn rewards(spec: &SecuritySpec, view: &NetworkView<'_>, hash_rate: HashRate) -> Usd {
    if view.honest <= HashRate::ZERO {
        return Usd::ZERO;
    }
    let reward = view.subsidy + view.fees;
    let blocks = view.blocks_per_day * spec.duration_days * (hash_rate / view.honest);
    rewards_kept(reward, view.btc_price, blocks, spec.price_fall)
}

fn price_routes(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    terms: &AttackTerms,
    scratch: &mut Scratch,
    record: &mut AttackRecord,
) {
    offers::to_buy(spec, view, spec.preparation_days, &mut scratch.offers);
    let running = scratch.offers.partition_point(|offer| offer.origin == OfferOrigin::Running);
    let mut price = |offers: &[AttackOffer]| -> Bill {
        cheapest_attack(view.honest, offers, terms, &mut scratch.purchase)
    };
    let (rigs_in_use, rigs_to_add) = scratch.offers.split_at(running);
    let added = price(rigs_to_add);
    record.buy = price(&scratch.offers).gross();
    record.convert = price(rigs_in_use).gross();
    record.add = added.gross();
    record.add_reach = reach(&added, record.needed_added);
    scratch.offers.clear();
    scratch.offers.extend(offers::bribed(spec, view, 1.0));
    record.bribe =
        cheapest_attack(view.honest, &scratch.offers, terms, &mut scratch.purchase).gross();
}

/// The part of the hash rate needed that a bill provides.
fn reach(bill: &Bill, needed: HashRate) -> f64 {
    if needed > HashRate::ZERO { 1.0 - bill.shortfall / needed } else { 1.0 }
}

/// φ: rigs that stand idle, on site or in stock, over the honest hash rate.
fn idle_ratio(view: &NetworkView<'_>) -> f64 {
    let idle: HashRate = view.idle_on_site.iter().chain(view.displaced).copied().sum();
    if idle <= HashRate::ZERO {
        return 0.0;
    }
    (idle / view.honest).min(LARGEST_IDLE_RATIO)
}
