//! What AI hosting must do, and what must speed or slow it: signs of paired runs that share all
//! random numbers, beyond two standard errors.

use crate::support::paired::{
    Effect, SEED, effect, effect_of, last_of, mean_of, on_day, series, world,
};
use crate::support::{AI_OFF, Change, setup};
use hashflight::world::miners::conversion::projects::{DatedMilestone, Milestone, ProjectBook};
use hashflight::world::miners::count::CountColumns;
use hashflight::world::miners::population::pinned_owners;
use hashflight::world::miners::state::{Bid, Hall, HallStage, RegionIndex, Site};
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::record::Recorder;
use hashflight::world::simulation::{Setup, Trajectory, begin, run, schedule};

/// Demand and sites enough for hosting to matter in a small world.
const BOOM: [Change; 3] = [
    ("ai.demand.tenders_per_year", "40"),
    ("ai.conversion.suitable_share", "0.5"),
    ("ai.conversion.convertible_share", "1"),
];
/// A market in which the choice is close: many sites, few tenders, rents near what miners ask. At
/// the rents of the baseline nearly every suitable miner wants to host, and sites and tenders are
/// the limit, not prices.
const CLOSE: [Change; 3] = [
    ("ai.demand.colocation_rent_musd", "0.9"),
    ("ai.conversion.suitable_share", "1"),
    ("ai.conversion.herding", "0"),
];

/// What a change does to the IT power under contract in the end, rents being close to what miners ask.
fn on_contracts(change: Change) -> Effect {
    effect(&CLOSE, &[change], last_of("ai_contracted_mw"))
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

#[test]
fn where_half_of_the_sites_may_convert_an_attack_becomes_cheaper() {
    hosting(mean_of("attack_gross_usd")).must_fall();
}

/// Rigs that make room for halls go into stock and are for sale to an attacker who gets none that run.
#[test]
fn halls_in_place_of_rigs_make_an_attack_without_sellers_cheaper() {
    hosting(mean_of("attack_no_sale_short_reach")).must_rise();
    hosting(mean_of("attack_no_sale_medium_reach")).must_rise();
    hosting(mean_of("attack_no_sale_long_usd")).must_fall();
}

/// Contracts of before the first day are built on the owners' pipeline: halls take no rig's place, and an
/// attacker who gets no running rig finds no more than before.
#[test]
fn halls_beside_the_rigs_do_not() {
    let beside = [("ai.conversion.suitable_share", "0"), ("ai.demand.tariff_slope", "0")];
    let on = world(&beside);
    let off = world(&[&beside[..], &[AI_OFF]].concat());
    let effect = |column| effect_of(&off, &on, mean_of(column));
    effect("hosting_mw").must_rise();
    let (stock, cost) = (effect("idle_stock_ehs"), effect("attack_no_sale_long_usd"));
    let boom = hosting(mean_of("attack_no_sale_long_usd"));
    assert!(stock.mean.abs() < 0.01 * stock.control, "{stock:?}");
    assert!(cost.mean.abs() < 0.1 * boom.mean.abs(), "{cost:?} against {boom:?}");
}

#[test]
fn hosting_concentrates_what_is_left_of_mining() {
    hosting(last_of("hhi_region")).must_rise();
    hosting(last_of("gini_owner")).must_rise();
    hosting(last_of("nakamoto_owner")).must_fall();
}

#[test]
fn halls_are_paid_for_with_coins() {
    hosting(|run| on_day(run, "treasury_btc", 182)).must_fall();
}

#[test]
fn higher_ai_rent_converts_more() {
    on_contracts(("ai.demand.colocation_rent_musd", "1.2")).must_rise();
}

#[test]
fn a_growing_ai_market_converts_more() {
    on_contracts(("ai.demand.growth_rate", "2")).must_rise();
}

#[test]
fn dearer_retrofits_convert_less() {
    on_contracts(("ai.conversion.retrofit_capex_musd", "9")).must_fall();
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
    let asked = |aversion: &str| -> Vec<f64> {
        let risk = [("ai.conversion.risk_aversion", aversion)];
        offers(&world(&[&CLOSE[..], &sure, &risk].concat())).into_iter().map(|o| o.1).collect()
    };
    let (bold, averse) = (asked("0"), asked("2"));
    assert!(bold.len() > 20 && bold.len() == averse.len());
    let pairs = || bold.iter().zip(&averse);
    let higher = pairs().filter(|(bold, averse)| averse > bold).count();
    let lower = pairs().filter(|(bold, averse)| averse < bold).count();
    // Where mining is worth nothing there is no risk to be averse to.
    assert_eq!(higher, 0, "{higher} of {} ask for more", bold.len());
    assert!(lower > bold.len() * 3 / 4, "{lower} of {} ask for less", bold.len());
}

/// Tariff and asked rent of every offer to turn mining halls over, after a month without tenders.
fn offers(setup: &Setup) -> Vec<(f64, f64)> {
    let mut setup = setup.clone();
    setup.ai.demand.tenders_per_year = 0.0;
    let mut world = begin(&setup, SEED, 0);
    let mut day = schedule::day();
    for _ in 0..31 {
        day.run(&mut world);
    }
    let mut query = world.query::<(&Bid, CountColumns)>();
    let bids = query.iter(&world).filter(|(bid, _)| bid.it.0 > 0.0 && bid.takes_mining);
    bids.map(|(bid, miner)| (miner.tariff.0.0, bid.colocation_musd)).collect()
}

#[test]
fn late_halls_convert_fewer_sites() {
    let late = [("ai.conversion.on_time_probability", "0"), ("ai.conversion.slip_months", "24")];
    effect(&CLOSE, &late, last_of("ai_contracted_mw")).must_fall();
}

#[test]
fn learning_lowers_the_capital_cost_that_is_asked_for() {
    let control = [&CLOSE[..], &[("ai.conversion.learning_rate", "0")]].concat();
    let learning = [("ai.conversion.learning_rate", "0.3")];
    effect(&control, &learning, last_of("ai_contracted_mw")).must_rise();
}

#[test]
fn herding_signs_more_contracts() {
    on_contracts(("ai.conversion.herding", "0.02")).must_rise();
}

#[test]
fn waiting_for_an_option_to_be_worth_it_converts_less() {
    on_contracts(("ai.conversion.rule", "real_option")).must_fall();
}

#[test]
fn own_gpus_are_rented_out_when_they_pay() {
    let cloud = [&CLOSE[..], &[("ai.demand.gpu_cloud_share", "1")]].concat();
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
        let mut halls = world.query::<&Hall>();
        let empty = halls.iter(&world).filter(|hall| hall.stage == HallStage::Vacant);
        vacant += empty.count();
    }
    assert!(vacant > 0, "no hall ever stood empty");
}

#[test]
fn ai_load_raises_tariffs() {
    let control = [&BOOM[..], &[("ai.demand.tariff_slope", "0")]].concat();
    let slope = [("ai.demand.tariff_slope", "1")];
    effect(&control, &slope, last_of("mean_tariff_usd_per_mwh")).must_rise();
}

#[test]
fn low_mining_profits_make_more_miners_host() {
    let crash = [("market.price.shock_day", "90"), ("market.price.shock_log", "-0.9")];
    effect(&CLOSE, &crash, last_of("ai_contracted_mw")).must_rise();
}

#[test]
fn fewer_tenants_hold_more_concentrated_capacity() {
    effect(&BOOM, &[("ai.demand.tenants", "2")], last_of("hhi_tenant")).must_rise();
}

/// Utility power of halls signed since day 0 in regions that pass, and in all.
fn halls(setup: &Setup, replicate: u32, passes: impl Fn(u32) -> bool) -> (f64, f64) {
    let mut world = begin(setup, SEED, replicate);
    let mut day = schedule::day();
    for _ in 0..setup.simulation.horizon_days {
        day.run(&mut world);
    }
    let mut query = world.query::<(CountColumns, &RegionIndex)>();
    let mut sums = (0.0, 0.0);
    for (miner, region) in query.iter(&world) {
        sums.1 += miner.hall.utility.mw();
        sums.0 += if passes(region.0) { miner.hall.utility.mw() } else { 0.0 };
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
fn miners_with_dear_power_and_old_rigs_ask_for_less() {
    // Rank correlation of the asked rent with the tariff.
    let offers = offers(&world(&[&BOOM[..], &[crate::support::UNNAMED]].concat()));
    let n = offers.len();
    assert!(n > 20, "{n} offers");
    let mut score = 0.0;
    for (i, a) in offers.iter().enumerate() {
        for b in &offers[..i] {
            score += ((a.0 - b.0) * (a.1 - b.1)).signum();
        }
    }
    // Kendall's S has variance n(n−1)(2n+5)/18 when there is no association (Kendall 1938).
    let n = n as f64;
    let standard_error = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    assert!(score < -2.0 * standard_error, "S = {score}, standard error {standard_error}");
}

#[test]
fn former_ethereum_operators_convert_more_of_their_sites() {
    let few = [("ai.demand.tenders_per_year", "60"), ("miners.population.gpu_operator_share", "0")];
    let many = [("miners.population.gpu_operator_share", "0.5")];
    effect(&few, &many, last_of("ai_contracted_mw")).must_rise();
}

#[test]
fn contracts_of_before_the_first_day_are_opened_whole() {
    for count in ["200", "1000", "5000"] {
        let setup = setup(&[("miners.population.count", count)]);
        let owners = &setup.miners.owners;
        let wanted: f64 = owners.iter().map(|o| o.ai_energised_mw + o.ai_contracted_mw).sum();
        assert!((wanted - 1_223.0).abs() < 1e-9, "{wanted}");
        for seed in [SEED, 1, 2] {
            let mut world = begin(&setup, seed, 0);
            let record = world.resource::<Recorder>().records[0];
            let opened = record.ai_contracted.mw();
            assert!((opened - wanted).abs() < 1e-6, "{count} sites, seed {seed}: {opened}");
            // What is energised stands on the first day.
            let stands = record.ai_energised.mw();
            assert!((stands - 72.5).abs() < 1e-9, "{count} sites, seed {seed}: {stands}");
            let pipeline: f64 =
                world.query::<&Site>().iter(&world).map(|site| site.pipeline.mw()).sum();
            let displaced: f64 =
                world.query::<&Hall>().iter(&world).map(|hall| hall.displaced.mw()).sum();
            let developed: f64 = owners.iter().map(|owner| owner.pipeline_mw).sum();
            let due: f64 = owners.iter().map(|owner| owner.ai_contracted_mw).sum::<f64>() / 0.7;
            // Pipeline goes into halls, and only TeraWulf's 568 MW need 18 more than its 550.
            assert!((developed - pipeline - due + displaced).abs() < 1e-6);
            assert!((displaced - (397.5 / 0.7 - 550.0)).abs() < 1e-6, "{displaced}");
        }
    }
}

/// Days on which the halls of an owner of the baseline that are under construction open, by the book.
fn openings(setup: &Setup, replicate: u32, name: &str) -> Vec<f64> {
    let place = pinned_owners(&setup.miners).iter().position(|owner| owner.name == name);
    let place = place.expect("an owner of the baseline") as u32;
    let mut world = begin(setup, SEED, replicate);
    let rows = world.query::<(&Site, &Hall)>();
    let mine: Vec<u32> = { rows }
        .iter(&world)
        .filter(|(site, hall)| site.owner == place && hall.cost.0 > 0.0)
        .map(|(site, _)| site.miner)
        .collect();
    assert!(!mine.is_empty(), "{name} has halls under construction");
    let book = &world.resource::<ProjectBook>().by_day;
    let opens = |entry: &DatedMilestone| {
        entry.milestone == Milestone::Energised && mine.contains(&entry.miner)
    };
    let days = (0..).zip(book).flat_map(|(day, due): (u32, _)| {
        vec![f64::from(day); due.iter().filter(|entry| opens(entry)).count()]
    });
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
    assert_eq!(openings(&punctual, 0, "TeraWulf"), [(months - 70.0).ceil()]);
    // Thirteen months after August 2024 have passed: due at once where nothing is ever late.
    assert_eq!(openings(&punctual, 0, "Core Scientific"), [1.0; 5]);
    // Where halls may be late, what is not there is late, by three months on average.
    let late = setup(&[certain[1], certain[2]]);
    let days: Vec<f64> =
        (0..80).flat_map(|replicate| openings(&late, replicate, "Core Scientific")).collect();
    let mean = days.iter().sum::<f64>() / days.len() as f64;
    assert!((mean - 91.3).abs() < 3.0 * 91.3 / 20.0, "{mean} days over {} halls", days.len());
    // What was signed long ago counts as no signing of the last year.
    let world = begin(&punctual, SEED, 0);
    let signed = world.resource::<ProjectBook>();
    assert!(
        signed.signed_on.iter().filter(|&&day| day < -365).count() >= 6,
        "{:?}",
        signed.signed_on
    );
    assert!(signed.signed_on.is_sorted());
}
