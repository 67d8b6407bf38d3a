//! The engine and the plain loop of `tests/reference/` are the same model, bit for bit: every record
//! but its security part, every miner and every flow of the last day. Each scenario also says what
//! must have happened in it, so that none is equal for want of events.
#![allow(clippy::needless_range_loop, reason = "the reference is written as plain loops")]

use bevy_ecs::prelude::World;
use hashflight::study::experiment::document::Document;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::world::security::SecurityRecord;
use hashflight::world::simulation::record::Recorder;
use hashflight::world::simulation::trajectory::Record;
use hashflight::world::simulation::{Setup, begin, run, schedule};

use crate::reference::{Events, Model};

const SEED: u64 = 20_251_001;

/// The baseline with changes.
fn setup(miners: u32, days: u32, changes: &[(&str, &str)]) -> Setup {
    let horizon = days.to_string();
    let set = [("simulation.horizon_days", horizon.as_str())]
        .iter()
        .chain(changes)
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let overrides = Overrides { miners: Some(miners), set, ..Overrides::default() };
    Document::baseline()
        .and_then(|document| Experiment::resolve(document, &overrides))
        .unwrap_or_else(|error| panic!("{error}"))
        .base
}

/// Runs both, compares them, and returns what happened.
fn compare(setup: &Setup, replicate: u32) -> Events {
    let mut world = begin(setup, SEED, replicate);
    let mut model = Model::begin(setup, SEED, replicate);
    let mut day = schedule::day();
    for _ in 0..setup.simulation.horizon_days {
        day.run(&mut world);
        model.live_a_day();
    }
    compare_records(&world.resource::<Recorder>().records, &model.records);
    compare_last_day(&mut world, &model);
    model.events
}

fn compare_records(engine: &[Record], reference: &[Record]) {
    assert_eq!(engine.len(), reference.len());
    for (engine, reference) in engine.iter().zip(reference) {
        for (a, b) in digits(engine).into_iter().zip(digits(reference)) {
            assert_eq!(a, b, "day {}: the engine, then the plain loop", engine.day);
        }
    }
}

fn compare_last_day(world: &mut World, model: &Model) {
    let engine = Model::read(world);
    assert_eq!(engine.miners.count(), model.miners.count());
    for i in 0..model.miners.count() {
        assert_eq!(engine.miners.describe(i), model.miners.describe(i), "miner {i}");
    }
    let rest = |m: &Model| {
        [
            format!("{:?}", m.flows),
            format!("{:?}", (&m.chain, m.network, m.reserve, m.reward)),
            format!("{:?}", (&m.bitcoin, m.fees, &m.grid)),
            format!("{:?}", (&m.manufacturers, &m.stock, m.connections, m.appetite)),
            format!("{:?}", (&m.demand, m.tenants)),
            format!("{:?}", (&m.campuses, &m.owners)),
            format!("{:?}", (&m.leases, &m.milestones)),
            format!("{:?}", (m.load, m.fleet, m.outlook, m.trailing)),
        ]
    };
    for (engine, reference) in rest(&engine).iter().zip(&rest(model)) {
        assert!(engine == reference, "{}", first_difference(engine, reference));
    }
}

/// Where two long texts part.
fn first_difference(engine: &str, reference: &str) -> String {
    let parted = engine.bytes().zip(reference.bytes()).take_while(|(a, b)| a == b).count();
    let from = parted.saturating_sub(60);
    let cut = |text: &str| text.chars().skip(from).take(120).collect::<String>();
    format!("engine … {}\nplain loop … {}", cut(engine), cut(reference))
}

/// Every number of a record but its security part, by name and to the last digit: equal texts mean
/// equal bits.
fn digits(record: &Record) -> Vec<String> {
    let rest = Record { security: SecurityRecord::default(), ..*record };
    format!("{rest:?}").split(", ").map(str::to_owned).collect()
}

/// Many small tenders on short terms with unreliable tenants and builders, at rents that pay for that, and
/// campuses of several sites.
const BUSY_AI: &[(&str, &str)] = &[
    ("miners.population.unnamed_owners", "20"),
    ("ai.demand.demand_gw_per_year", "20"),
    ("ai.demand.tender_mean_mw", "60"),
    ("ai.demand.market_rent_musd", "20"),
    ("ai.demand.gpu_cloud_term_years", "0.5"),
    ("ai.demand.gpu_cloud_share", "0.4"),
    ("ai.demand.gpu_cloud_rent_musd", "400"),
    ("ai.demand.default_per_year", "1.0"),
    ("ai.demand.default_backed_per_year", "0.5"),
    ("ai.demand.incumbents_lag_months", "4"),
    ("ai.conversion.min_hall_mw", "1"),
    ("ai.conversion.retrofit_months", "2"),
    ("ai.conversion.new_build_months", "3"),
    ("ai.conversion.firm_power_months", "3"),
    ("ai.conversion.filling_mw_per_month", "10"),
    ("ai.conversion.failure_probability", "0.3"),
    ("ai.conversion.vacant_days", "40"),
    ("ai.conversion.long_run_tariff_usd_per_mwh", "75"),
];

fn busy(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [BUSY_AI, more].concat()
}

fn assert_ai_happened(events: &Events) {
    let counts = [
        ("signed", events.signed),
        ("relet", events.relet),
        ("energised", events.energised),
        ("abandoned", events.abandoned),
        ("vacated", events.vacated),
        ("loans repaid", events.loans_repaid),
        ("displaced", events.displaced),
        ("filled further", events.filled),
        ("retrofits", events.retrofits),
        ("new halls", events.new_halls),
        ("pipelines grown", events.pipelines_grown),
    ];
    for (what, count) in counts {
        assert!(count > 0, "no {what}: {events:?}");
    }
}

#[test]
fn a_small_world_runs_alike_for_400_days() {
    let events = compare(&setup(120, 400, &[("simulation.record_every_days", "1")]), 0);
    let quiet = [events.retargets, events.deliveries, events.orders, events.escalated];
    assert!(quiet.iter().all(|&count| count > 0), "{events:?}");
    assert!(events.retargets >= 24);
}

#[test]
fn a_boom_of_ai_runs_alike_from_tender_to_default() {
    let events = compare(&setup(300, 600, &busy(&[])), 1);
    assert_ai_happened(&events);
    assert!(events.escalated > 0 && events.mined_again > 0, "{events:?}");
}

#[test]
fn a_crash_runs_alike_through_insolvency_and_reopening() {
    let changes = [
        ("miners.population.unnamed_owners", "60"),
        ("market.price.shock_day", "20"),
        ("market.price.shock_log", "-1.8"),
        ("miners.turnover.grace_days", "10"),
        ("miners.turnover.vacancy_days", "40"),
        ("miners.treasury.initial_cash_days", "20"),
        ("miners.treasury.initial_debt_share", "0.9"),
        ("simulation.record_every_days", "5"),
    ];
    let events = compare(&setup(257, 300, &changes), 2);
    let rare = [events.insolvent, events.reopened, events.hopeless_sold, events.same_successor];
    assert!(rare.iter().all(|&count| count > 0), "{events:?}");
}

#[test]
fn halls_of_the_insolvent_run_alike_under_their_successors() {
    let changes = [
        ("miners.population.unnamed_owners", "12"),
        ("market.price.shock_day", "200"),
        ("market.price.shock_log", "-2.2"),
        ("miners.turnover.grace_days", "10"),
        ("miners.turnover.vacancy_days", "40"),
        ("miners.treasury.initial_cash_days", "20"),
        ("miners.treasury.initial_debt_share", "0.9"),
        ("ai.demand.default_per_year", "5"),
        ("ai.demand.default_backed_per_year", "5"),
        ("ai.demand.market_rent_musd", "60"),
    ];
    let events = compare(&setup(257, 400, &busy(&changes)), 2);
    let rare = [events.insolvent, events.same_successor, events.leases_handed_over];
    assert!(rare.iter().all(|&count| count > 0), "{events:?}");
}

#[test]
fn a_bull_market_runs_alike_through_entry_and_growth() {
    let changes = [
        ("market.price.process", "gbm"),
        ("market.price.shock_day", "10"),
        ("market.price.shock_log", "0.9"),
        ("miners.turnover.monthly_entry_rate", "0.03"),
        ("miners.turnover.entry_hurdle_months", "60"),
        ("miners.investment.hurdle_months", "30"),
        ("miners.population.spare_power_share", "0"),
    ];
    let events = compare(&setup(777, 250, &changes), 3);
    let rare = [events.entered, events.halls_built, events.orders, events.used_bought];
    assert!(rare.iter().all(|&count| count > 0), "{events:?}");
}

#[test]
fn a_boom_with_scarce_connections_slow_halls_and_a_moving_appetite_runs_alike() {
    let changes = [
        ("ai.enabled", "false"),
        ("market.price.shock_day", "10"),
        ("market.price.shock_log", "0.6"),
        ("market.energy.connections_mw_per_year", "1500"),
        ("market.energy.others_connections_growth", "0.4"),
        ("market.rigs.capacity_ehs_per_month", "30"),
        ("market.rigs.queue_capacity_growth", "3"),
        ("market.rigs.delivery_lag_days", "40"),
        ("miners.investment.site_lead_days", "150"),
        ("miners.investment.monthly_site_growth", "0.05"),
        ("miners.turnover.monthly_entry_rate", "0.02"),
        ("miners.appetite.sd_log", "0.9"),
        ("miners.appetite.elasticity_sd_log", "0.8"),
    ];
    let events = compare(&setup(400, 400, &changes), 6);
    let rare = [
        events.halls_built,
        events.halls_opened,
        events.waiting_for_grid,
        events.entered,
        events.idle_cleared,
        events.power_given_up,
        events.next_class,
    ];
    assert!(rare.iter().all(|&count| count > 0), "{events:?}");
}

#[test]
fn a_world_without_ai_runs_alike() {
    let events = compare(&setup(777, 200, &[("ai.enabled", "false")]), 4);
    assert_eq!((events.signed, events.energised, events.escalated), (0, 0, 0));
    assert!(events.orders > 0 && events.deliveries > 0 && events.used_bought > 0, "{events:?}");
}

#[test]
fn a_closure_and_a_storm_under_asert_run_alike() {
    let changes = [
        ("chain.rule", "asert"),
        ("market.energy.storm_days", "[90]"),
        ("miners.closures.single_day", "30"),
        ("miners.closures.single_share", "0.5"),
        ("miners.closures.single_return_days", "100"),
        ("simulation.record_every_days", "1"),
    ];
    let events = compare(&setup(200, 200, &changes), 7);
    assert!(events.closed > 60 && events.reopened >= events.closed, "{events:?}");
    assert!(events.retargets > 20_000, "every block adjusts: {events:?}");
}

#[test]
fn closures_in_phases_run_alike() {
    let changes = [
        ("miners.closures.day", "[20, 35]"),
        ("miners.closures.span_days", "[30, 0]"),
        ("miners.closures.share", "[0.4, 0.3]"),
        ("miners.closures.return_days", "[25, 0]"),
        ("miners.closures.return_span_days", "[60, 0]"),
    ];
    let events = compare(&setup(200, 150, &changes), 9);
    assert!(events.closed > 90 && events.reopened > 50, "{events:?}");
}

#[test]
fn strategic_miners_under_each_other_rule_run_alike() {
    for rule in ["bitcoin", "lwma", "cw144", "wtema"] {
        let changes = [("chain.rule", rule), ("miners.operation.strategic_share", "0.3")];
        let events = compare(&setup(120, 120, &changes), 8);
        assert!((10..110).contains(&events.days_off), "{rule}: {events:?}");
    }
}

#[test]
fn the_real_option_rule_runs_alike() {
    let rule = [("ai.conversion.rule", "real_option"), ("ai.demand.market_rent_musd", "30")];
    assert_ai_happened(&compare(&setup(200, 400, &busy(&rule)), 5));
}

#[test]
fn the_logit_rule_runs_alike() {
    let rule = [("ai.conversion.rule", "logit"), ("simulation.record_every_days", "30")];
    assert_ai_happened(&compare(&setup(200, 400, &busy(&rule)), 6));
}

/// Choices of behaviour, at another value.
const OTHER_HABITS: &[(&str, &str)] = &[
    ("simulation.census_days", "3"),
    ("miners.population.vintage_sd_log", "0.2"),
    ("miners.treasury.payout_days", "10"),
    ("miners.investment.eagerness_limit", "1.2"),
    ("miners.turnover.entry_eagerness_limit", "1.5"),
    ("miners.turnover.entry_days", "10"),
    ("miners.turnover.entrant_sd_log", "0.4"),
    ("ai.demand.tender_share", "0.6"),
    ("ai.demand.bargaining_share", "0.3"),
    ("ai.demand.quality_asked", "0.5"),
    ("ai.demand.month_cost_musd", "0.5"),
    ("ai.demand.quality_cost_musd", "5"),
    ("ai.demand.record_value_musd", "2"),
    ("ai.demand.valuation_sd_log", "0.3"),
    ("ai.demand.opening_term_years", "3"),
    ("ai.demand.opening_backed", "false"),
    ("ai.conversion.convertible_share", "0.5"),
    ("ai.conversion.quality_gpu_operator", "2"),
    ("ai.conversion.residual_share", "0.3"),
    ("ai.conversion.pipeline_growth", "1"),
    ("ai.conversion.firm_power_congestion", "1"),
    ("ai.conversion.signing_share", "0.3"),
    ("ai.conversion.abandoned_at", "0.2"),
    ("ai.conversion.relet_months", "3"),
    ("ai.conversion.vacant_days", "0"),
    ("ai.conversion.imitation", "1"),
    ("ai.conversion.build_per_delivered", "0.2"),
    ("ai.conversion.purse_equity_share", "0.3"),
    ("security.remaining_life_share", "0.7"),
];

/// A boom of AI that newcomers enter, in which all of them count.
const LIVELY: &[(&str, &str)] = &[
    ("miners.population.gpu_operator_share", "0.3"),
    ("miners.turnover.monthly_entry_rate", "0.03"),
    ("miners.turnover.entry_hurdle_months", "60"),
    ("miners.investment.hurdle_months", "30"),
];

#[test]
fn other_habits_run_alike() {
    let events = compare(&setup(300, 500, &busy(&[LIVELY, OTHER_HABITS].concat())), 1);
    let rare = [events.relet, events.abandoned, events.vacated, events.insolvent, events.entered];
    assert!(rare.iter().all(|&count| count > 0), "{events:?}");
}

#[test]
fn each_of_these_habits_changes_what_happens() {
    let records = |more: &[(&'static str, &'static str)]| {
        let world = setup(300, 500, &busy(&[LIVELY, more].concat()));
        run(&world, SEED, 1, false).records
    };
    let usual = records(&[]);
    let idle: Vec<_> = OTHER_HABITS.iter().filter(|habit| records(&[**habit]) == usual).collect();
    assert!(idle.is_empty(), "{idle:?} change nothing");
}
