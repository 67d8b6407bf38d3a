//! What AI hosting must do, and what must speed or slow it: signs of paired runs that share all
//! random numbers, beyond two standard errors.

use crate::support::paired::{
    Effect, SEED, effect, effect_of, last_of, mean_of, on_day, series, world,
};
use crate::support::{AI_OFF, Change, setup};
use bevy_ecs::prelude::{Query, Res, World};
use bevy_ecs::system::RunSystemOnce;
use hashflight::random::Draws;
use hashflight::units::Power;
use hashflight::world::market::Market;
use hashflight::world::market::state::{AiDemand, HostingKind, IdleStock, Tender};
use hashflight::world::miners::Miners;
use hashflight::world::miners::access::{MinerColumns, table};
use hashflight::world::miners::campuses::Campuses;
use hashflight::world::miners::conversion::bidders::OfferDay;
use hashflight::world::miners::conversion::leases::{HallStage, Lease, Leases, Milestone, Route};
use hashflight::world::miners::conversion::offers::Offer;
use hashflight::world::miners::population::pinned_owners;
use hashflight::world::miners::review::ReviewViews;
use hashflight::world::miners::state::Owners;
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::record::Recorder;
use hashflight::world::simulation::{Setup, Trajectory, begin, run, schedule};

/// Demand and sites enough for hosting to matter in a small world.
const BOOM: [Change; 4] = [
    ("ai.demand.demand_gw_per_year", "20"),
    ("ai.demand.market_rent_musd", "2.2"),
    ("ai.conversion.convertible_share", "1"),
    ("ai.conversion.purse_equity_share", "0.5"),
];

/// What a change does to the IT power under contract in the end, at the baseline.
fn on_contracts(change: Change) -> Effect {
    effect(&[], &[change], last_of("ai_contracted_mw"))
}

#[test]
fn with_ai_hosting_off_nothing_converts() {
    let off = run(&world(&[&BOOM[..], &[AI_OFF]].concat()), SEED, 0, false);
    for column in [
        "converting_mw",
        "hosting_mw",
        "ai_energised_mw",
        "ai_contracted_mw",
        "ai_cancelled_mw",
        "ai_energy_twh",
        "ai_emissions_mt",
        "ai_rent_musd_per_mw_year",
        "hhi_tenant",
    ] {
        assert!(series(&off, column).iter().all(|&value| value == 0.0), "{column}");
    }
    let on = run(&world(&BOOM), SEED, 0, false);
    assert!(last_of("hosting_mw")(&on) > 0.0);
}

/// What the option to host does to an outcome.
fn hosting(outcome: impl Fn(&Trajectory) -> f64) -> Effect {
    let on = world(&BOOM);
    effect_of(&world(&[&BOOM[..], &[AI_OFF]].concat()), &on, outcome)
}

#[test]
fn energy_and_emissions_count_mining_and_halls() {
    let mut setup = world(&BOOM);
    setup.simulation.record_every_days = 1;
    let trajectory = run(&setup, SEED, 0, false);
    let of = |column: &str| series(&trajectory, column);
    for (total, mining, halls) in [
        ("energy_twh", "mining_energy_twh", "ai_energy_twh"),
        ("emissions_mt", "mining_emissions_mt", "ai_emissions_mt"),
    ] {
        for ((total, mining), halls) in of(total).iter().zip(of(mining)).zip(of(halls)) {
            assert!(mining >= 0.0 && halls >= 0.0 && total.to_bits() == (mining + halls).to_bits());
        }
        assert!(of(halls).is_sorted() && of(halls).last() > Some(&0.0), "{halls}");
    }
    // Energised IT power over IT power's share of utility power, around the clock, times the load.
    let spec = &setup.ai.conversion;
    let twh_per_mw_day = 24.0 / 1e6 * spec.hall_load_factor / spec.it_over_utility;
    let energy = of("ai_energy_twh");
    for (day, mw) in of("ai_energised_mw").into_iter().enumerate().skip(1) {
        let used = energy[day] - energy[day - 1];
        assert!((used - mw * twh_per_mw_day).abs() < 1e-9 * energy[day].max(1e-3), "day {day}");
    }
}

#[test]
fn a_higher_load_of_halls_changes_their_energy_and_nothing_else() {
    let half = [("ai.conversion.hall_load_factor", "0.375")];
    let [full, half] = [world(&BOOM), world(&[&BOOM[..], &half].concat())]
        .map(|setup| run(&setup, SEED, 0, false));
    for column in SERIES {
        // As bits: what cannot be had on a day is NaN in both.
        let bits = |run: &Trajectory| run.series(column).into_iter().map(f64::to_bits);
        let [full, half] = [&full, &half].map(|run| bits(run).collect::<Vec<_>>());
        let moved = ["energy_twh", "ai_energy_twh", "emissions_mt", "ai_emissions_mt"];
        assert_eq!(full != half, moved.contains(&column.name), "{}", column.name);
    }
    let [full, half] = [full, half].map(|run| last_of("ai_energy_twh")(&run));
    assert!((full / half - 2.0).abs() < 1e-9, "{full} {half}");
}

#[test]
fn what_mining_no_longer_emits_halls_emit() {
    let mining = hosting(last_of("mining_emissions_mt"));
    mining.must_fall();
    let total = hosting(last_of("emissions_mt"));
    assert!(total.mean.abs() < 0.5 * mining.mean.abs(), "{total:?} of {mining:?}");
}

#[test]
fn hosting_takes_power_and_hash_rate_from_mining() {
    hosting(last_of("mining_mw")).must_fall();
    hosting(last_of("hash_rate_ehs")).must_fall();
}

#[test]
fn conversions_raise_the_idle_stock_and_cheapen_used_rigs() {
    let soon = |column| move |run: &_| on_day(run, column, 364);
    hosting(soon("idle_stock_ehs")).must_rise();
    hosting(soon("rig_price_used_usd_per_th")).must_fall();
    hosting(mean_of("idle_attack_ratio")).must_rise();
}

#[test]
fn those_who_go_on_mining_earn_more_per_hash() {
    hosting(mean_of("hashprice_usd_per_ph_day")).must_rise();
}

/// Rigs that make room for halls go into stock and are for sale to an attacker who gets none that run.
#[test]
fn halls_in_place_of_rigs_carry_an_attacker_without_sellers_further_at_once() {
    // Within three months: with more time new rigs make most of it, and others buy what was displaced.
    hosting(mean_of("attack_no_sale_short_reach")).must_rise();
}

/// Contracts of before the first day are built on the owners' pipeline: halls take no rig's place, and an
/// attacker who gets no running rig finds no more than before.
#[test]
fn halls_beside_the_rigs_do_not() {
    // Grids connect whatever is asked for, so that halls take no connection from mining.
    let beside = [
        ("ai.demand.tender_share", "0"),
        ("ai.demand.tariff_slope", "0"),
        ("market.energy.connections_mw_per_year", "1000000000"),
    ];
    let on = world(&beside);
    let off = world(&[&beside[..], &[AI_OFF]].concat());
    let effect = |column| effect_of(&off, &on, mean_of(column));
    effect("hosting_mw").must_rise();
    let (stock, reach) = (effect("idle_stock_ehs"), effect("attack_no_sale_medium_reach"));
    assert!(stock.mean.abs() < 0.02 * stock.control, "{stock:?}");
    assert!(reach.mean.abs() < 0.01 * reach.control, "{reach:?}");
}

/// The largest owners have the pipelines, the purses and the builders: they host first, and what is left of mining
/// belongs to more owners.
#[test]
fn hosting_spreads_what_is_left_of_mining_over_owners() {
    hosting(last_of("hhi_owner")).must_fall();
    hosting(last_of("nakamoto_owner")).must_rise();
}

#[test]
fn halls_are_paid_for_with_coins() {
    hosting(|run| on_day(run, "treasury_btc", 182)).must_fall();
}

#[test]
fn higher_ai_rent_converts_more() {
    on_contracts(("ai.demand.market_rent_musd", "2.0")).must_rise();
}

#[test]
fn a_growing_ai_market_converts_more() {
    on_contracts(("ai.demand.growth_rate", "1")).must_rise();
}

#[test]
fn more_supply_of_incumbents_leaves_miners_less() {
    on_contracts(("ai.demand.incumbents_gw_per_year", "7.5")).must_fall();
}

#[test]
fn dearer_retrofits_convert_less() {
    on_contracts(("ai.conversion.retrofit_capex_musd", "13")).must_fall();
}

#[test]
fn tenants_who_pay_for_halls_get_more_of_them() {
    on_contracts(("ai.conversion.tenant_funded_share", "0.5")).must_rise();
}

#[test]
fn cheaper_capital_converts_more() {
    on_contracts(("ai.conversion.debt_rate", "0.03")).must_rise();
}

#[test]
fn longer_leases_convert_more() {
    on_contracts(("ai.demand.term_years", "[10, 15, 17, 20, 30]")).must_rise();
}

#[test]
fn steadier_leases_convert_more() {
    on_contracts(("ai.conversion.lease_volatility", "0.5")).must_fall();
}

#[test]
fn the_risk_of_mining_makes_the_risk_averse_ask_for_less() {
    // Lease income is taken as certain and nobody has power that never mined.
    let sure = [("ai.conversion.lease_volatility", "0"), crate::support::UNNAMED];
    let asked = |aversion: &str| -> Vec<(u32, f64)> {
        let risk = [("ai.conversion.risk_aversion", aversion)];
        let offers = offers(&world(&[&BOOM[..], &sure, &risk].concat()));
        offers.iter().map(|(_, offer)| (offer.campus, offer.rent_musd)).collect()
    };
    let (bold, averse) = (asked("0"), asked("2"));
    let pairs = || {
        bold.iter().filter_map(|&(campus, rent)| {
            averse.iter().find(|(other, _)| *other == campus).map(|&(_, other)| (rent, other))
        })
    };
    assert!(pairs().count() > 15, "{} pairs", pairs().count());
    assert!(pairs().all(|(bold, averse)| averse < bold), "{:?}", pairs().collect::<Vec<_>>());
}

/// Offers to turn mining halls over after a month, with the tariff of the campus, USD per MWh; and those to
/// build new ones.
fn offers_of(setup: &Setup, route: Route) -> Vec<(f64, Offer)> {
    let mut setup = setup.clone();
    setup.ai.demand.tender_share = 0.0;
    let mut world = begin(&setup, SEED, 0);
    let mut day = schedule::day();
    for _ in 0..31 {
        day.run(&mut world);
    }
    let all = ask_for_offers(&mut world);
    all.into_iter().filter(|(_, offer)| offer.route == route).collect()
}

fn offers(setup: &Setup) -> Vec<(f64, Offer)> {
    offers_of(setup, Route::Retrofit)
}

/// Offers of all campuses for a tender that asks for nothing special.
pub(crate) fn ask_for_offers(world: &mut World) -> Vec<(f64, Offer)> {
    let asked = world.run_system_once(
        |reviews: ReviewViews,
         (miners, market, demand): (Res<Miners>, Res<Market>, Res<AiDemand>),
         (stock, draws, campuses): (Res<IdleStock>, Res<Draws>, Res<Campuses>),
         (leases, owners): (Res<Leases>, Res<Owners>),
         mut query: Query<MinerColumns>| {
            let day = OfferDay {
                review: reviews.day(),
                spec: miners.ai.as_ref().expect("AI is on"),
                terms: market.ai.as_ref().expect("AI is on"),
                demand: &demand,
                stock: &stock,
                draws: &draws,
            };
            let mut table = table(&mut query).expect("miners");
            let bidders = day.bidders(&mut table, &campuses, &leases, &owners);
            let tender = Tender {
                number: 0,
                kind: HostingKind::Colocation,
                it: Power::from_mw(100.0),
                term_years: 15.0,
                tenant: 0,
                backed: true,
                due_months: f64::INFINITY,
                quality: 0.0,
                valuation: 1.0,
            };
            let mut offers = Vec::new();
            for campus in 0..campuses.0.len() as u32 {
                let site = campuses.sites(campus as usize).start;
                let tariff = table.miner(site).contract.0.usd_per_mwh();
                let made = day.offers(&bidders, &campuses, campus, &tender);
                offers.extend(made.into_iter().flatten().map(|offer| (tariff, offer)));
            }
            offers
        },
    );
    asked.expect("everything that it asks for is in the world")
}

#[test]
fn late_halls_convert_fewer_sites() {
    let late = [("ai.conversion.on_time_probability", "0"), ("ai.conversion.slip_months", "24")];
    effect(&[], &late, last_of("ai_contracted_mw")).must_fall();
}

#[test]
fn learning_lowers_the_capital_cost_that_is_asked_for() {
    let control = [("ai.conversion.learning_rate", "0")];
    let learning = [("ai.conversion.learning_rate", "0.3")];
    effect(&control, &learning, last_of("ai_contracted_mw")).must_rise();
}

#[test]
fn imitation_signs_more_contracts() {
    let control = [("ai.conversion.npv_hurdle", "0.6"), ("ai.conversion.imitation", "0")];
    effect(&control, &[("ai.conversion.imitation", "1")], last_of("ai_contracted_mw")).must_rise();
}

#[test]
fn waiting_for_an_option_to_be_worth_it_converts_less() {
    on_contracts(("ai.conversion.rule", "real_option")).must_fall();
}

#[test]
fn own_gpus_are_rented_out_when_they_pay() {
    let cloud = [("ai.demand.gpu_cloud_share", "1")];
    let poor = [&cloud[..], &[("ai.demand.gpu_cloud_rent_musd", "7")]].concat();
    let rich = [("ai.demand.gpu_cloud_rent_musd", "12")];
    effect(&poor, &rich, last_of("ai_contracted_mw")).must_rise();
}

#[test]
fn projects_that_fail_are_cancelled() {
    let control = [&BOOM[..], &[("ai.conversion.failure_probability", "0")]].concat();
    let failing = [("ai.conversion.failure_probability", "0.4")];
    let cancelled = effect(&control, &failing, last_of("ai_cancelled_mw"));
    cancelled.must_rise();
    assert!(cancelled.control == 0.0);
    effect(&control, &failing, last_of("ai_energised_mw")).must_fall();
}

#[test]
fn tenants_who_default_empty_their_halls() {
    let defaults =
        [("ai.demand.default_per_year", "2"), ("ai.demand.default_backed_per_year", "2")];
    effect(&BOOM, &defaults, last_of("ai_energised_mw")).must_fall();
    // Halls stand empty until they are let again.
    let mut world = begin(&world(&[&BOOM[..], &defaults].concat()), SEED, 0);
    let mut day = schedule::day();
    let mut vacant = 0;
    for _ in 0..500 {
        day.run(&mut world);
        let leases = &world.resource::<Leases>().all;
        vacant += leases.iter().filter(|lease| lease.stage == HallStage::Vacant).count();
    }
    assert!(vacant > 0, "no hall ever stood empty");
}

#[test]
fn ai_load_raises_tariffs() {
    let control = [&BOOM[..], &[("ai.demand.tariff_slope", "0")]].concat();
    let slope = [("ai.demand.tariff_slope", "1")];
    effect(&control, &slope, last_of("mean_tariff_usd_per_mwh")).must_rise();
}

/// What a campus asks for to turn its halls over falls with what mining pays. Contracts need not rise with it: a
/// crash also empties purses.
#[test]
fn low_mining_profits_make_miners_ask_for_less() {
    let crash = [("market.price.shock_day", "1"), ("market.price.shock_log", "-0.9")];
    let asked = |changes: &[Change]| -> Vec<(u32, f64)> {
        let offers = offers(&world(&[&BOOM[..], changes].concat()));
        offers.iter().map(|(_, offer)| (offer.campus, offer.rent_musd)).collect()
    };
    let (usual, poor) = (asked(&[]), asked(&crash));
    let pairs: Vec<(f64, f64)> = usual
        .iter()
        .filter_map(|&(campus, rent)| {
            poor.iter().find(|(other, _)| *other == campus).map(|&(_, other)| (rent, other))
        })
        .collect();
    assert!(pairs.len() > 15, "{} pairs", pairs.len());
    let lower = pairs.iter().filter(|(usual, poor)| poor < usual).count();
    assert!(lower * 10 >= pairs.len() * 9, "{lower} of {} ask for less", pairs.len());
}

#[test]
fn fewer_tenants_hold_more_concentrated_capacity() {
    effect(&BOOM, &[("ai.demand.tenants", "2")], last_of("hhi_tenant")).must_rise();
}

/// Utility power of halls let in regions that pass, and in all.
fn halls(setup: &Setup, replicate: u32, passes: impl Fn(u32) -> bool) -> (f64, f64) {
    let mut world = begin(setup, SEED, replicate);
    let mut day = schedule::day();
    for _ in 0..setup.simulation.horizon_days {
        day.run(&mut world);
    }
    let campuses = world.resource::<Campuses>();
    let mut sums = (0.0, 0.0);
    for lease in &world.resource::<Leases>().all {
        let utility = if lease.is_let() { lease.utility.mw() } else { 0.0 };
        sums.1 += utility;
        sums.0 += if passes(campuses.0[lease.campus as usize].region) { utility } else { 0.0 };
    }
    sums
}

#[test]
fn a_region_that_bars_ai_hosts_none() {
    let mut setup = world(&[&BOOM[..], &[crate::support::UNNAMED]].concat());
    let not_permitted = 0..setup.market.regions.len() as u32 / 2;
    let before = halls(&setup, 0, |region| not_permitted.contains(&region));
    assert!(before.0 > 0.0);
    for region in &mut setup.market.regions[..not_permitted.end as usize] {
        region.ai_readiness = 0.0;
    }
    let after = halls(&setup, 0, |region| not_permitted.contains(&region));
    assert_eq!(after.0, 0.0);
    assert!(after.1 > 0.0);
}

#[test]
fn us_regions_convert_before_the_others() {
    let setup = world(&[&BOOM[..], &[crate::support::UNNAMED]].concat());
    let us: Vec<bool> = setup
        .market
        .regions
        .iter()
        .map(|region| region.name.starts_with("us_") || region.name == "texas")
        .collect();
    let share: f64 = setup
        .market
        .regions
        .iter()
        .zip(&us)
        .filter(|(_, us)| **us)
        .map(|(r, _)| r.hash_share)
        .sum();
    let mut hosted = (0.0, 0.0);
    for replicate in 0..6 {
        let (here, all) = halls(&setup, replicate, |region| us[region as usize]);
        hosted = (hosted.0 + here, hosted.1 + all);
    }
    assert!(hosted.0 / hosted.1 > 1.5 * share, "{hosted:?} against a share of {share}");
}

#[test]
fn campuses_with_dear_power_ask_for_less_to_turn_their_halls_over() {
    // Rank correlation of the asked rent with the tariff, places being alike.
    let alike = [
        ("ai.conversion.capex_sd_log", "0"),
        ("ai.conversion.capex_quality_slope", "0"),
        ("ai.conversion.months_sd_log", "0"),
        ("ai.conversion.private_debt_spread", "0"),
    ];
    let offers = offers(&world(&[&BOOM[..], &alike, &[crate::support::UNNAMED]].concat()));
    let n = offers.len();
    assert!(n > 20, "{n} offers");
    let mut score = 0.0;
    for (i, a) in offers.iter().enumerate() {
        for b in &offers[..i] {
            score += ((a.0 - b.0) * (a.1.rent_musd - b.1.rent_musd)).signum();
        }
    }
    // Kendall's S has variance n(n−1)(2n+5)/18 when there is no association (Kendall 1938).
    let n = n as f64;
    let standard_error = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    assert!(score < -2.0 * standard_error, "S = {score}, standard error {standard_error}");
}

#[test]
fn former_ethereum_operators_convert_more_of_their_sites() {
    let better = ("ai.conversion.quality_gpu_operator", "1");
    let few = [&BOOM[..], &[better, ("miners.population.gpu_operator_share", "0")]].concat();
    let many = [("miners.population.gpu_operator_share", "0.5")];
    effect(&few, &many, last_of("ai_retrofit_mw")).must_rise();
}

#[test]
fn contracts_of_before_the_first_day_are_opened_whole() {
    for count in ["200", "1000", "5000"] {
        let setup = setup(&[("miners.population.count", count)]);
        let owners = &setup.miners.owners;
        let wanted: f64 = owners.iter().map(|o| o.ai_energised_mw + o.ai_contracted_mw).sum();
        assert!((wanted - 1_223.0).abs() < 1e-9, "{wanted}");
        for seed in [SEED, 1, 2] {
            let world = begin(&setup, seed, 0);
            let record = world.resource::<Recorder>().records[0];
            let opened = record.ai_contracted.mw();
            assert!((opened - wanted).abs() < 1e-6, "{count} sites, seed {seed}: {opened}");
            // What is energised stands on the first day.
            let stands = record.ai_energised.mw();
            assert!((stands - 72.5).abs() < 1e-9, "{count} sites, seed {seed}: {stands}");
            let pipeline: f64 =
                world.resource::<Campuses>().0.iter().map(|campus| campus.pipeline.mw()).sum();
            let mined: f64 =
                world.resource::<Leases>().all.iter().map(|lease| lease.mined.mw()).sum();
            let developed: f64 = owners.iter().map(|owner| owner.pipeline_mw).sum();
            let due: f64 = owners.iter().map(|owner| owner.ai_contracted_mw).sum::<f64>() / 0.7;
            // Pipeline goes into halls, and only TeraWulf's 568 MW need 18 more than its 550.
            assert!((developed - pipeline - due + mined).abs() < 1e-6);
            assert!((mined - (397.5 / 0.7 - 550.0)).abs() < 1e-6, "{mined}");
        }
    }
}

/// Days on which the halls of an owner of the baseline that are under construction open, by the book.
fn openings(setup: &Setup, replicate: u32, name: &str) -> Vec<f64> {
    let place = pinned_owners(&setup.miners).iter().position(|owner| owner.name == name);
    let place = place.expect("an owner of the baseline") as u32;
    let world = begin(setup, SEED, replicate);
    let leases = world.resource::<Leases>();
    let is_mine = |lease: &Lease| lease.owner == place && lease.stage == HallStage::Building;
    assert!(leases.all.iter().any(is_mine), "{name} has halls under construction");
    let opens = |&&(lease, milestone): &&(u32, Milestone)| {
        milestone == Milestone::Energised && is_mine(&leases.all[lease as usize])
    };
    let days = (0..)
        .zip(&leases.by_day)
        .flat_map(|(day, due): (u32, _)| vec![f64::from(day); due.iter().filter(opens).count()]);
    days.collect()
}

#[test]
fn contracts_keep_the_lead_time_that_they_have_used() {
    let certain = [
        ("ai.conversion.on_time_probability", "1"),
        ("ai.conversion.failure_probability", "0"),
        ("miners.population.count", "200"),
    ];
    let punctual = setup(&certain);
    let months: f64 = 13.0 * 365.25 / 12.0;
    // Signed on 25 September and, on average, 23 July 2025: 6 and 70 days are gone.
    assert_eq!(openings(&punctual, 0, "Cipher"), [(months - 6.0).ceil(); 4]);
    assert_eq!(openings(&punctual, 0, "TeraWulf"), [(months - 70.0).ceil(); 2]);
    // Thirteen months after August 2024 have passed: due at once where nothing is ever late.
    assert_eq!(openings(&punctual, 0, "Core Scientific"), [1.0; 6]);
    // Where halls may be late, what is not there is late, by three months on average.
    let late = setup(&[certain[1], certain[2]]);
    let days: Vec<f64> =
        (0..80).flat_map(|replicate| openings(&late, replicate, "Core Scientific")).collect();
    let mean = days.iter().sum::<f64>() / days.len() as f64;
    assert!((mean - 91.3).abs() < 3.0 * 91.3 / 20.0, "{mean} days over {} halls", days.len());
    // What was signed long ago counts as no signing of the last year.
    let world = begin(&punctual, SEED, 0);
    let recent = world.resource::<Leases>().signed_last_year(0).mw();
    let old = 40.0 + 550.0 + 1.0; // Core Scientific and Bitdeer.
    assert!((recent - (1_223.0 - old)).abs() < 1e-6, "{recent}");
    assert_eq!(world.resource::<AiDemand>().signed_last_year.mw(), recent);
}
