//! The price of a majority attack against closed forms, published totals and reason.

use crate::support::network::{Network, spec};
use hashflight::model::attack::attack_offer::{AttackOffer, OfferOrigin, Running};
use hashflight::model::attack::direct_attack::{
    AttackBasis, DirectCost, DirectTerms, direct_attack_cost, hash_rate_needed,
};
use hashflight::model::attack::majority::{AttackTerms, Purchase, cheapest_attack};
use hashflight::model::attack::site_supply::SiteSupply;
use hashflight::model::mining::efficiency_bins::BINS;
use hashflight::units::{Efficiency, HashRate, Power, RigPrice, Seconds, Tariff, UsdPerWatt};
use hashflight::world::security::{Coalition, Scratch, SecuritySpec, observe};
use proptest::prelude::*;

fn close(value: f64, expected: f64, relative: f64) -> bool {
    (value - expected).abs() <= relative * expected.abs()
}

#[test]
fn the_items_sum_to_the_totals() {
    let record = Network::late_2025().observed(&spec());
    let (attack, bill) = (record.attack, record.attack.bill);
    let hardware = bill.idle + bill.used + bill.new;
    let hired = bill.rented + bill.bribed + bill.pool;
    let gross = hardware + hired + bill.site + bill.energy + bill.operations;
    assert!(close(bill.hardware().0, hardware.0, 1e-12));
    assert!(close(attack.gross.0, gross.0, 1e-12));
    assert!(close(attack.net.0, (gross - attack.rewards - attack.resale).0, 1e-12));
    assert!(close(bill.operations.0, 0.2 * bill.energy.0, 1e-12));
    assert!(close(attack.resale.0, hardware.0 * 0.5 * 0.6, 1e-12));
    let blocks = 144.0 * 7.0 * bill.hash_rate.ehs() / 1_060.0;
    let rewards = 3.15 * 114_000.0 * blocks * 0.6;
    assert!(close(attack.rewards.0, rewards, 1e-12));
    let sources = [bill.idle, bill.used, bill.new, bill.rented, bill.bribed, bill.pool];
    assert!(sources.iter().all(|cost| cost.0 > 0.0), "{sources:?}");
}

#[test]
fn renting_the_network_for_a_day_costs_its_revenue_and_the_premium() {
    let record = Network::late_2025().observed(&spec());
    let day = 24.0 * record.attack.rental_per_hour.0;
    assert!(close(day, 1_060_000.0 * 50.0 * 1.3, 1e-9));
}

#[test]
fn the_idle_ratio_counts_rigs_on_site_and_in_stock() {
    let record = Network::late_2025().observed(&spec());
    assert!(close(record.attack.idle_ratio, 55.0 * 1.5 / 1_060.0, 1e-9));
}

#[test]
fn a_dead_network_leaves_finite_numbers() {
    let mut network = Network::dead();
    for stock in [HashRate::from_ehs(1.0), HashRate::ZERO] {
        network.idle_on_site.fill(stock);
        network.displaced.fill(stock);
        let record = network.observed(&spec());
        let numbers = format!("{record:?}");
        assert!(!numbers.contains("NaN") && !numbers.contains("inf"), "{numbers}");
        assert!(record.attack.gross.0.abs() < 1e-9 && record.attack.rewards.0.abs() < 1e-9);
    }
}

#[test]
fn the_buffers_carry_nothing_from_one_day_to_the_next() {
    let (first, second) = (Network::late_2025(), Network::dead());
    let mut scratch = Scratch::with_capacity(5);
    let fresh = first.observed(&spec());
    let _ = observe(&spec(), &first.view(), &mut scratch);
    let _ = observe(&spec(), &second.view(), &mut scratch);
    assert_eq!(observe(&spec(), &first.view(), &mut scratch), fresh);
}

#[test]
fn an_attack_is_ready_within_the_time_to_prepare() {
    let network = Network::late_2025();
    let at = |site_mw_per_day| network.observed(&SecuritySpec { site_mw_per_day, ..spec() }).attack;
    let (slow, fast) = (at(1.0), at(1e6));
    assert!(close(slow.time.days(), 365.0, 1e-4), "building binds: {}", slow.time.days());
    assert!(close(slow.bill.power.built.mw(), 365.0, 1e-4));
    assert!(fast.time.days() > 90.0 && fast.time.days() <= 365.0 + 1e-6, "delivery binds");
    assert!(slow.gross >= fast.gross);
}

#[test]
fn without_time_to_prepare_nothing_new_is_bought() {
    let record = Network::late_2025().observed(&SecuritySpec { preparation_days: 60.0, ..spec() });
    assert!(record.attack.bill.new.0.abs() < f64::EPSILON);
    assert!(record.attack.bill.used.0 > 0.0);
}

fn terms(ratio: f64) -> AttackTerms {
    AttackTerms {
        ratio,
        running: Running { duration: Seconds::from_days(7.0), pue: 1.04, operations_share: 0.0 },
        sites: SiteSupply {
            buildable: Power(f64::MAX),
            build_cost: UsdPerWatt::from_musd_per_mw(0.35),
            ..SiteSupply::default()
        },
    }
}

fn offer(origin: OfferOrigin, ehs: f64, usd_per_th: f64) -> AttackOffer {
    AttackOffer {
        origin,
        stock: HashRate::from_ehs(ehs),
        price: RigPrice::from_usd_per_th(usd_per_th),
        impact: 0.0,
        efficiency: Efficiency::from_j_per_th(18.4),
        tariff: Tariff::from_usd_per_mwh(40.0),
    }
}

fn direct(honest: HashRate, basis: AttackBasis, terms: &AttackTerms) -> DirectCost {
    let rig = DirectTerms {
        efficiency: Efficiency::from_j_per_th(18.4),
        price: RigPrice::from_usd_per_th(4.38),
        site_cost: terms.sites.build_cost,
        tariff: Tariff::from_usd_per_mwh(40.0),
        pue: terms.running.pue,
        duration: terms.running.duration,
    };
    direct_attack_cost(hash_rate_needed(honest, terms.ratio, basis), &rig)
}

#[test]
fn one_source_without_impact_costs_what_the_closed_form_says() {
    let (honest, terms) = (HashRate::from_ehs(1_050.0), terms(1.0));
    let offers = [offer(OfferOrigin::Displaced, 5_000.0, 4.38)];
    let bill = cheapest_attack(honest, &offers, &terms, &mut Purchase::default());
    let expected = direct(honest, AttackBasis::Add, &terms);
    assert!(close(bill.hardware().0, expected.hardware.0, 1e-9));
    assert!(close(bill.site.0, expected.site.0, 1e-9));
    assert!(close(bill.energy.0, expected.energy.0, 1e-9));
    assert!(close(bill.gross().0, expected.gross.0, 1e-9));
    assert!(close(bill.power.built.0, expected.power.0, 1e-9));
}

#[test]
fn converting_half_costs_half_of_adding_a_whole() {
    let (honest, terms) = (HashRate::from_ehs(1_050.0), terms(1.0));
    let [add, convert] =
        [AttackBasis::Add, AttackBasis::Convert].map(|b| direct(honest, b, &terms).gross);
    assert!(close(add.0, 2.0 * convert.0, 1e-12));
}

#[test]
fn buying_out_the_honest_side_alone_takes_the_converted_share_of_it() {
    for ratio in [1.0, 1.5] {
        let (honest, terms) = (HashRate::from_ehs(1_000.0), terms(ratio));
        let offers = [AttackOffer { impact: 0.7, ..offer(OfferOrigin::Running, 1_000.0, 20.0) }];
        let bill = cheapest_attack(honest, &offers, &terms, &mut Purchase::default());
        let needed = hash_rate_needed(honest, ratio, AttackBasis::Convert);
        assert!(close(bill.hash_rate.0, needed.0, 1e-9));
        assert!(bill.site.0.abs() < f64::EPSILON);
    }
}

#[test]
fn the_attacker_outpaces_what_is_left_of_the_honest_side() {
    let honest = HashRate::from_ehs(1_000.0);
    let offers = [
        offer(OfferOrigin::IdleOnSite, 100.0, 3.0),
        offer(OfferOrigin::Displaced, 100.0, 3.0),
        offer(OfferOrigin::Running, 1_000.0, 20.0),
        offer(OfferOrigin::New, 300.0, 16.0),
    ]
    .map(|offer| AttackOffer { impact: 0.5, ..offer });
    for ratio in [0.8, 1.0, 1.3] {
        let mut purchase = Purchase::default();
        let terms = terms(ratio);
        let bill = cheapest_attack(honest, &offers, &terms, &mut purchase);
        let left = honest - purchase.bought()[2];
        assert!(close(bill.hash_rate.0, ratio * left.0, 1e-9));
        assert!(bill.shortfall.0.abs() < f64::EPSILON);
        let source =
            |offer: &AttackOffer| offer.source(ratio, &terms.running, terms.sites.build_cost);
        for (offer, &bought) in offers.iter().zip(purchase.bought()) {
            let marginal = source(offer).marginal_cost(bought);
            let relative = marginal / bill.shadow_price - 1.0;
            assert!(bought.0 <= 0.0 || bought.0 >= offer.stock.0 || relative.abs() < 1e-6);
        }
    }
}

#[test]
fn no_running_rig_is_had_twice() {
    let greedy = SecuritySpec {
        ratio: 3.0,
        rentable_share: 0.3,
        bribable_share: 0.4,
        pool_stay_share: 0.9,
        preparation_days: 0.0,
        ..spec()
    };
    let network = Network { idle_on_site: [HashRate::ZERO; BINS], ..Network::late_2025() };
    let network = Network { displaced: [HashRate::ZERO; BINS], ..network };
    let attack = network.observed(&greedy).attack;
    assert!(close(attack.bill.hash_rate.0, 0.75 * network.honest.0, 1e-9));
    let everything = SecuritySpec { ratio: 1e6, ..greedy };
    let all = network.observed(&everything).attack.bill.hash_rate;
    assert!(close(all.0, network.honest.0, 1e-5));
}

#[test]
fn what_nothing_on_offer_can_provide_is_the_shortfall() {
    let mut network = Network::late_2025();
    network.idle_on_site = [HashRate::ZERO; BINS];
    network.displaced = [HashRate::ZERO; BINS];
    let attack = network.observed(&SecuritySpec { preparation_days: 0.0, ..spec() }).attack;
    assert!(attack.add_reach.abs() < 1e-12 && attack.add.0.abs() < 1e-9);
    assert!(attack.bill.shortfall.0.abs() < 1e-6, "running rigs suffice");
    let later = network.observed(&spec()).attack;
    let deliverable = 365.0 - 90.0;
    assert!(close(later.add_reach, deliverable / 1_060.0, 1e-9));
}

#[test]
fn power_comes_from_running_idle_vacant_and_new_sites() {
    let attack = Network::late_2025().observed(&spec()).attack;
    let power = attack.bill.power;
    let places = [power.running, power.idle, power.vacant, power.built];
    assert!(places.iter().all(|power| power.0 > 0.0), "{places:?}");
    assert!(close(power.vacant.mw(), 500.0, 1e-9), "vacant halls are used before new ones");
    let cost = 500.0 * 0.1e6 + power.built.mw() * 0.35e6;
    assert!(close(attack.bill.site.0, cost, 1e-9));
}

#[test]
fn a_bribe_buys_a_week_of_revenue_and_the_fear_of_loss() {
    let network = Network::late_2025();
    let bribe = |bribe_internalised| {
        network.observed(&SecuritySpec { bribe_internalised, ..spec() }).attack.bribe.0
    };
    let revenue = 0.5 * 1_060_000.0 * 50.0 * 7.0;
    assert!(close(bribe(0.0), revenue, 1e-9), "half of the network for a week");
    assert!(bribe(0.1) > revenue && bribe(1.0) > bribe(0.1));
}

#[test]
fn owners_have_more_to_lose_than_buyers_of_scrap() {
    let record = Network::late_2025().observed(&spec());
    let deterrence = record.deterrence;
    assert!(deterrence.owner > deterrence.scrap && deterrence.scrap > deterrence.flow);
}

#[test]
fn merchants_wait_longer_while_more_rigs_stand_idle() {
    let wait = |factor: f64| {
        let mut network = Network::late_2025();
        network.idle_on_site = network.idle_on_site.map(|stock| stock * factor);
        network.observed(&spec()).deterrence.latent_confirmations
    };
    // φ = 82.5/1060: q = 0.072, between the 5 and 6 of Nakamoto's table for q = 0.1.
    assert_eq!(wait(1.0) as u32, 5);
    assert!(wait(4.0) > wait(2.0) && wait(2.0) > wait(1.0));
    assert_eq!(wait(20.0) as u32, 1_008, "more idle than honest: no wait is safe");
}

#[test]
fn each_coalition_has_its_own_share() {
    let share = |coalition| {
        Network::late_2025().observed(&SecuritySpec { coalition, ..spec() }).deviation.share
    };
    assert!(close(share(Coalition::LargestPool), 330.0 / 1_060.0, 1e-12));
    assert!(close(share(Coalition::TemplateGroup), 480.0 / 1_060.0, 1e-12));
    assert!(close(share(Coalition::LatentIdle), 82.5 / 1_142.5, 1e-9));
}

#[test]
fn a_coalition_above_the_threshold_gains_by_selfish_mining_and_in_finite_time() {
    let at =
        |coalition| Network::late_2025().observed(&SecuritySpec { coalition, ..spec() }).deviation;
    // With half of the honest hash rate on its side the threshold is a quarter.
    let (large, small) = (at(Coalition::TemplateGroup), at(Coalition::LatentIdle));
    assert!(large.selfish_revenue > large.share && large.selfish_weeks < 52.0);
    assert!(small.selfish_revenue < small.share && small.selfish_weeks == 104.0);
    assert!(large.double_spend > small.double_spend);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn more_idle_rigs_never_make_the_attack_dearer(
        bin in 0..BINS, ehs in 0.0..500.0_f64, on_site in any::<bool>(), impact in 0.0..2.0_f64
    ) {
        let spec = SecuritySpec { price_impact: impact, ..spec() };
        let before = Network::late_2025();
        let mut after = before.clone();
        let stock = if on_site { &mut after.idle_on_site } else { &mut after.displaced };
        stock[bin] += HashRate::from_ehs(ehs);
        let [before, after] = [before, after].map(|network| network.observed(&spec));
        prop_assert!(after.attack.gross.0 <= before.attack.gross.0 * (1.0 + 1e-9));
        prop_assert!(after.attack.idle_ratio >= before.attack.idle_ratio);
    }

    #[test]
    fn dearer_new_rigs_never_make_the_attack_cheaper(factor in 1.0..5.0_f64) {
        let mut dearer = Network::late_2025();
        dearer.new_price = dearer.new_price * factor;
        let before = Network::late_2025().observed(&spec()).attack.gross;
        prop_assert!(dearer.observed(&spec()).attack.gross.0 >= before.0 * (1.0 - 1e-9));
    }

    #[test]
    fn more_time_to_prepare_never_makes_the_attack_dearer(
        days in 0.0..700.0_f64, more in 0.0..700.0_f64
    ) {
        let network = Network::late_2025();
        let [short, long] = [days, days + more].map(|preparation_days| {
            network.observed(&SecuritySpec { preparation_days, ..spec() }).attack.gross
        });
        prop_assert!(long.0 <= short.0 * (1.0 + 1e-9));
    }

    #[test]
    fn buying_out_alone_is_never_cheaper_than_the_cheapest_mix(
        ratio in 0.5..2.0_f64, impact in 0.0..2.0_f64
    ) {
        let spec = SecuritySpec { ratio, price_impact: impact, ..spec() };
        let record = Network::late_2025().observed(&spec);
        prop_assert!(record.attack.convert.0 >= record.attack.buy.0 * (1.0 - 1e-9));
    }

    #[test]
    fn what_can_be_hired_never_makes_the_attack_dearer(
        rentable_share in 0.0..0.3_f64, bribable_share in 0.0..0.3_f64, more in 0.0..0.3_f64
    ) {
        let spec = SecuritySpec { rentable_share, bribable_share, ..spec() };
        let fewer = Network::late_2025().observed(&spec).attack;
        let spec = SecuritySpec { bribable_share: bribable_share + more, ..spec };
        let attack = Network::late_2025().observed(&spec).attack;
        prop_assert!(fewer.gross.0 <= fewer.buy.0 * (1.0 + 1e-9));
        prop_assert!(attack.gross.0 <= fewer.gross.0 * (1.0 + 1e-9));
    }

    #[test]
    fn vacant_halls_never_make_the_attack_dearer(vacant in 0.0..5_000.0_f64, more in 0.0..5_000.0_f64) {
        let gross = |vacant_mw| {
            let network = Network { vacant_mw, ..Network::late_2025() };
            network.observed(&spec()).attack.gross.0
        };
        prop_assert!(gross(vacant + more) <= gross(vacant) * (1.0 + 1e-9));
    }
}
