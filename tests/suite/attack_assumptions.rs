//! The price of a majority attack by what the attacker may use and how long it prepares.

use crate::support::network::{Network, spec};
use hashflight::model::attack::attack_offer::{AttackOffer, OfferOrigin, Running};
use hashflight::model::attack::attainable::{AttainableAttack, attainable, attainable_attack};
use hashflight::model::attack::majority::{AttackTerms, Purchase};
use hashflight::model::attack::site_supply::SiteSupply;
use hashflight::model::mining::efficiency_bins::BINS;
use hashflight::units::{Efficiency, HashRate, Power, RigPrice, Seconds, Tariff, UsdPerWatt};
use hashflight::world::security::{ComparedAttacks, SecuritySpec};
use proptest::prelude::*;

/// Hand arithmetic: no energy, no cooling, sites at 1 USD/W of which there are `watts`, and an
/// attacker who wants as much as is left.
fn terms(watts: f64) -> AttackTerms {
    AttackTerms {
        ratio: 1.0,
        running: Running { duration: Seconds::ZERO, pue: 1.0, operations_share: 0.0 },
        sites: SiteSupply {
            buildable: Power(watts),
            build_cost: UsdPerWatt(1.0),
            ..SiteSupply::default()
        },
    }
}

/// `stock` H/s at `price` USD and `efficiency` W per H/s, at one price each.
fn offer(origin: OfferOrigin, stock: f64, price: f64, efficiency: f64) -> AttackOffer {
    AttackOffer {
        origin,
        stock: HashRate(stock),
        price: RigPrice(price),
        impact: 0.0,
        efficiency: Efficiency(efficiency),
        tariff: Tariff(0.0),
    }
}

fn attack(honest: f64, offers: &[AttackOffer], watts: f64) -> AttainableAttack {
    attainable_attack(HashRate(honest), offers, &terms(watts), &mut Purchase::default())
}

fn close(value: f64, expected: f64) -> bool {
    (value - expected).abs() <= 1e-6 * expected.abs().max(1e-6)
}

fn costs(attack: AttainableAttack, expected: f64) -> bool {
    attack.reach == 1.0 && attack.gross.is_some_and(|gross| close(gross.0, expected))
}

const IDLE: AttackOfferOf = (OfferOrigin::IdleOnSite, 20.0, 1.0, 1.0);
const DISPLACED: AttackOfferOf = (OfferOrigin::Displaced, 30.0, 1.0, 2.0);
const NEW: AttackOfferOf = (OfferOrigin::New, 60.0, 4.0, 1.0);
const RUNNING: AttackOfferOf = (OfferOrigin::Running, 100.0, 3.0, 1.0);
const RENTED: AttackOfferOf = (OfferOrigin::Rented, 10.0, 0.5, 1.0);
const BRIBED: AttackOfferOf = (OfferOrigin::Bribed, 20.0, 0.7, 1.0);

type AttackOfferOf = (OfferOrigin, f64, f64, f64);

fn offers(of: &[AttackOfferOf]) -> Vec<AttackOffer> {
    of.iter()
        .map(|&(origin, stock, price, efficiency)| offer(origin, stock, price, efficiency))
        .collect()
}

/// 100 H/s honest: rented and bribed count twice at half their price (0.25 and 0.35 per H/s of the target
/// of 100), then idle (1), then bought out (1.5). 20 + 40 + 20 + 20: 5 + 14 + 20 + 30 USD.
#[test]
fn the_cheapest_mix_takes_what_is_cheapest_towards_the_target() {
    let all = offers(&[IDLE, DISPLACED, NEW, RUNNING, RENTED, BRIBED]);
    assert!(costs(attack(100.0, &all, 1e3), 69.0), "{:?}", attack(100.0, &all, 1e3));
}

/// Idle 20 at 1, displaced 30 at 1 and 2 W of site, new 50 of 60 at 4 and 1 W: 20 + 90 + 250 USD.
#[test]
fn where_nobody_sells_the_rest_is_made_up_by_new_rigs_and_sites() {
    let idle = offers(&[IDLE, DISPLACED, NEW]);
    assert!(costs(attack(100.0, &idle, 1e3), 360.0), "{:?}", attack(100.0, &idle, 1e3));
}

/// New rigs draw 1 W and go first: 60 W for 60 H/s, the 20 W left house 10 of 30 displaced ones. With
/// 20 idle ones on their sites that is 90 of 100.
#[test]
fn frugal_rigs_take_the_sites_first_and_what_is_missing_has_no_price() {
    let idle = offers(&[IDLE, DISPLACED, NEW]);
    let there = attainable(&idle, &terms(80.0), &mut Vec::new());
    assert!(close(there.0, 90.0), "{there:?}");
    let short = attack(100.0, &idle, 80.0);
    assert!(short.gross.is_none() && close(short.reach, 0.9), "{short:?}");
    // 10 H/s more need 20 W more.
    assert!(attack(100.0, &idle, 100.1).gross.is_some());
    assert!(attack(100.0, &idle, 99.0).gross.is_none());
}

/// 2·(10 + 20) of a target of 100; of a target of 50 at 0.25 and 0.35 it is 5 + 10.5 USD.
#[test]
fn what_is_hired_reaches_as_far_as_there_are_sellers() {
    let hired = offers(&[RENTED, BRIBED]);
    let short = attack(100.0, &hired, 0.0);
    assert!(short.gross.is_none() && close(short.reach, 0.6), "{short:?}");
    assert!(costs(attack(50.0, &hired, 0.0), 15.5));
}

#[test]
fn nothing_is_needed_against_a_dead_network() {
    assert!(costs(attack(0.0, &[], 0.0), 0.0));
    let dead = Network::dead().observed(&spec()).compared;
    assert!(dead.no_sale.iter().all(|attack| attack.gross.is_some() && attack.reach == 1.0));
}

/// The attack of the day is one of the compared, where it has as long to prepare.
#[test]
fn the_comparison_holds_the_attack_of_the_day() {
    let network = Network::late_2025();
    for preparation_days in [90.0, 365.0, 1095.0, 200.0] {
        let record = network.observed(&SecuritySpec { preparation_days, ..spec() });
        let place =
            spec().preparation_days_compared.iter().position(|&days| days == preparation_days);
        if let Some(place) = place {
            assert_eq!(record.compared.mix[place].gross, Some(record.attack.gross));
            assert!(close(record.compared.no_sale[place].reach.min(1.0), record.attack.add_reach));
        }
        assert_eq!(record.compared, network.observed(&spec()).compared);
    }
}

/// Of 1,060 EH/s needed 82.5 stand idle, and manufacturers deliver one a day after ninety days.
#[test]
fn without_those_who_mine_a_majority_takes_years() {
    let compared = Network::late_2025().observed(&spec()).compared;
    let reach = compared.no_sale.map(|attack| attack.reach);
    assert!(close(reach[0], 82.5 / 1_060.0) && close(reach[1], 357.5 / 1_060.0), "{reach:?}");
    assert!(compared.no_sale[1].gross.is_none() && compared.no_sale[2].gross.is_some());
    // 2 % rented, 5 % bribed, and a fifth of the 93 % that the pools of one template have, twice.
    let pooled = 0.93 * 480.0 / 1_060.0 * 0.2;
    assert!(close(compared.hired_only.reach, 2.0 * (0.07 + pooled)), "{compared:?}");
    assert!(compared.hired_only.gross.is_none());
}

/// Rigs that leave their sites for AI halls and go into stock make an attack without the help of those
/// who mine cheaper; halls that take no rig's place do not.
#[test]
fn displaced_rigs_make_an_attack_without_sellers_cheaper_and_other_halls_do_not() {
    let before = Network::late_2025();
    let displaced = |ehs: f64| {
        let mut after = before.clone();
        after.honest -= HashRate::from_ehs(ehs);
        after.displaced[16] += HashRate::from_ehs(ehs);
        after.observed(&spec()).compared.no_sale
    };
    let untouched = before.observed(&spec()).compared.no_sale;
    let gross = |attacks: [AttainableAttack; 3]| attacks[2].gross.expect("three years suffice").0;
    assert!(gross(displaced(60.0)) < 0.99 * gross(untouched));
    assert_eq!(displaced(0.0), untouched);
    assert!(displaced(60.0)[0].reach > untouched[0].reach);
}

/// None is dearer than any cost.
fn dearness(attack: AttainableAttack) -> f64 {
    attack.gross.map_or(f64::INFINITY, |gross| gross.0)
}

/// What the search for the price of sites may leave open: it ends after 24 steps, and where vacant halls
/// are few against what is sought, some of them stand empty then.
const SLACK: f64 = 1e-3;

fn no_dearer(one: AttainableAttack, other: AttainableAttack) -> bool {
    let (one, other) = (dearness(one), dearness(other));
    one <= other || one <= other * (1.0 + SLACK)
}

fn any_network() -> impl Strategy<Value = Network> {
    let stock = || prop::collection::vec(prop_oneof![Just(0.0), 0.0..60.0_f64], BINS);
    (stock(), stock(), 0.0..3_000.0_f64, 50.0..1_500.0_f64, 1.0..40.0_f64).prop_map(
        |(idle, displaced, vacant_mw, honest, new)| {
            let rates = |ehs: Vec<f64>| std::array::from_fn(|bin| HashRate::from_ehs(ehs[bin]));
            Network {
                idle_on_site: rates(idle),
                displaced: rates(displaced),
                vacant_mw,
                honest: HashRate::from_ehs(honest),
                new_price: RigPrice::from_usd_per_th(new),
                ..Network::late_2025()
            }
        },
    )
}

fn any_spec() -> impl Strategy<Value = SecuritySpec> {
    let days = [0.0..200.0_f64, 0.0..500.0_f64, 0.0..1_500.0_f64];
    (
        (0.3..2.5_f64, 0.0..2.0_f64, prop_oneof![Just(0.0), 1.0..60.0_f64]),
        (0.0..0.5_f64, 0.0..0.5_f64, 0.0..1.0_f64),
        days,
    )
        .prop_map(|((ratio, price_impact, site_mw_per_day), hired, days)| {
            let [short, more, yet_more] = days;
            SecuritySpec {
                ratio,
                price_impact,
                site_mw_per_day,
                rentable_share: hired.0,
                bribable_share: hired.1,
                pool_stay_share: hired.2,
                preparation_days_compared: vec![short, short + more, short + more + yet_more],
                ..spec()
            }
        })
}

fn check(compared: &ComparedAttacks) -> Result<(), TestCaseError> {
    for place in 0..3 {
        prop_assert!(no_dearer(compared.mix[place], compared.no_sale[place]), "{compared:?}");
        prop_assert!(no_dearer(compared.mix[place], compared.hired_only), "{compared:?}");
    }
    for (longer, shorter) in [(1, 0), (2, 1)] {
        for attacks in [compared.mix, compared.no_sale] {
            prop_assert!(no_dearer(attacks[longer], attacks[shorter]), "{compared:?}");
            prop_assert!(attacks[longer].reach >= attacks[shorter].reach * (1.0 - 1e-6));
        }
    }
    let all = compared.mix.iter().chain(&compared.no_sale).chain([&compared.hired_only]);
    for attack in all {
        prop_assert!((0.0..=1.0).contains(&attack.reach), "{attack:?}");
        prop_assert_eq!(attack.gross.is_some(), attack.reach == 1.0, "{:?}", attack);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn time_and_choice_never_make_an_attack_dearer(network in any_network(), spec in any_spec()) {
        check(&network.observed(&spec).compared)?;
    }

    #[test]
    fn more_displaced_rigs_never_make_an_attack_without_sellers_dearer(
        network in any_network(), spec in any_spec(), bin in 0..BINS, ehs in 0.0..300.0_f64
    ) {
        let mut after = network.clone();
        after.displaced[bin] += HashRate::from_ehs(ehs);
        let [before, after] = [network, after].map(|n| n.observed(&spec).compared.no_sale);
        for (before, after) in before.into_iter().zip(after) {
            prop_assert!(no_dearer(after, before), "{after:?} against {before:?}");
            prop_assert!(after.reach >= before.reach * (1.0 - 1e-6));
        }
    }
}
