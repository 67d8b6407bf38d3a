//! Nothing appears and nothing is lost: coins, dollars, rigs, power, debt and leases balance on
//! every day of every world that the experiment interface lets a user make.

use crate::support::setup;
use crate::support::totals::{Totals, ordered_power, site_power};
use bevy_ecs::prelude::World;
use hashflight::clock::Clock;
use hashflight::model::chain::issuance::supply;
use hashflight::study::experiment::document::Document;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::units::{DAY, Power, Usd};
use hashflight::world::market::Market;
use hashflight::world::market::state::{
    AiDemand, Bitcoin, IdleStock, MAX_REGIONS, MAX_TENANTS, Manufacturers, PowerGrid,
};
use hashflight::world::miners::campuses::Campuses;
use hashflight::world::miners::cash_flows::{Direction, ReadFlows, sum_of, values};
use hashflight::world::miners::conversion::leases::{HallStage, Leases};
use hashflight::world::miners::count::CountColumns;
use hashflight::world::miners::state::{
    Arrears, Cash, Coins, Debt, Flows, OperatingThreshold, Owners, RunningHashRate, RunningPower,
    SpotShare, TariffToday, Uptime,
};
use hashflight::world::miners::{Miners, TenantLoad};
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::record::Recorder;
use hashflight::world::simulation::regions::REGIONS;
use hashflight::world::simulation::trajectory::{LeaseRecord, Record};
use hashflight::world::simulation::{Setup, begin, run, schedule};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

type Checked = Result<(), TestCaseError>;

/// Slack for sums in floating point, relative to the gross amounts that moved.
const SLACK: f64 = 1e-9;

/// Two numbers agree within the slack of `scale`.
fn balance(what: &str, left: f64, right: f64, scale: f64) -> Checked {
    let gap = (left - right).abs();
    let slack = SLACK * scale.abs().max(1e-6);
    prop_assert!(gap <= slack, "{what}: {left} against {right}, {gap:e} apart, {slack:e} allowed");
    Ok(())
}

/// Changes of the baseline that reach every process, as the command line would make them.
#[allow(clippy::too_many_lines)] // A list of keys.
fn worlds() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let people = (20..80_u32, 60..300_u32, 1..8_u32, any::<bool>()).prop_map(
        |(count, days, every, named)| {
            // The named owners have 96 sites.
            let count = if named { count + 96 } else { count };
            let mut set = vec![
                ("miners.population.count", count.to_string()),
                ("simulation.horizon_days", days.to_string()),
                ("simulation.record_every_days", every.to_string()),
                ("simulation.regions_every_days", (8 - every).to_string()),
            ];
            if !named {
                set.push(("miners.owners", "[]".to_owned()));
            }
            set
        },
    );
    let price = (
        prop_oneof![Just("gbm"), Just("jump_diffusion")],
        0.2..1.5_f64,
        -1.5..0.5_f64,
        -1..60_i32,
        0.0..5.0_f64,
    )
        .prop_map(|(process, volatility, shock, day, impact)| {
            vec![
                ("market.price.process", process.to_owned()),
                ("market.price.annual_volatility", volatility.to_string()),
                ("market.price.shock_log", shock.to_string()),
                ("market.price.shock_day", day.to_string()),
                ("market.price.impact_coefficient", impact.to_string()),
            ]
        });
    let mining = (
        20.0..90.0_f64,
        (0.0..1.0_f64, 0.0..1.0_f64, 0.0..20.0_f64),
        (0..40_u32, 0..60_u32, 0.0..1.0_f64),
        (0.0..0.3_f64, 0.0..1.0_f64, 1..60_u32, 5.0..200.0_f64),
        (0.0..1.0_f64, 0.0..1.0_f64, 0.0..0.5_f64),
        (0..200_u32, 0.0..2e4_f64, 0.0..4.0_f64, 0.0..5.0_f64, 0.0..1.0_f64),
        (0.0..1.0_f64, 0.0..0.95_f64, 0.0..0.5_f64, 0.0..6.0_f64),
    )
        .prop_map(|(tariff, power, failure, growth, finance, supply, rivals)| {
            vec![
                ("market.energy.median_tariff_usd_per_mwh", tariff.to_string()),
                ("miners.operation.spot_share", power.0.to_string()),
                ("market.energy.weather_depth", power.1.to_string()),
                ("market.energy.weather_shocks_per_year", power.2.to_string()),
                ("miners.turnover.grace_days", failure.0.to_string()),
                ("miners.turnover.vacancy_days", failure.1.to_string()),
                ("miners.turnover.takeover_share", failure.2.to_string()),
                ("miners.turnover.monthly_entry_rate", growth.0.to_string()),
                ("miners.investment.monthly_rate", growth.1.to_string()),
                ("miners.investment.review_days", growth.2.to_string()),
                ("market.rigs.delivery_lag_days", growth.3.to_string()),
                ("miners.investment.external_share_public", finance.0.to_string()),
                ("miners.investment.external_share_private", finance.1.to_string()),
                ("miners.investment.monthly_site_growth", finance.2.to_string()),
                ("miners.investment.site_lead_days", supply.0.to_string()),
                ("market.energy.connections_mw_per_year", supply.1.to_string()),
                ("market.rigs.queue_capacity_growth", supply.2.to_string()),
                ("miners.investment.idle_departure_rate", supply.3.to_string()),
                ("miners.appetite.sd_log", supply.4.to_string()),
                ("market.energy.connections_shared_part", rivals.0.to_string()),
                ("market.energy.others_connections_part", rivals.1.to_string()),
                ("market.energy.others_connections_growth", rivals.2.to_string()),
                ("miners.investment.power_surrender_rate", rivals.3.to_string()),
            ]
        });
    let hosting = (
        any::<bool>(),
        prop_oneof![Just("npv"), Just("real_option"), Just("logit")],
        (5.0..900.0_f64, 5.0..300.0_f64, 0.0..1.0_f64, 1.0..12.0_f64),
        (0.0..9.0_f64, 0.0..0.9_f64, 0.0..1.0_f64, 0.0..4.0_f64),
        (0.1..1.0_f64, 0.0..6.0_f64, 1..16_u32, 0.0..5.0_f64),
    )
        .prop_map(|(enabled, rule, demand, risk, sites)| {
            vec![
                ("ai.enabled", enabled.to_string()),
                ("ai.conversion.rule", rule.to_owned()),
                ("ai.demand.demand_gw_per_year", demand.0.to_string()),
                ("ai.demand.incumbents_gw_per_year", "1".to_owned()),
                ("ai.demand.quality_asked", (demand.2 * 0.5).to_string()),
                ("ai.conversion.build_base_mw", "1000".to_owned()),
                ("ai.conversion.filling_mw_per_month", (sites.3 * 5.0 + 0.5).to_string()),
                ("ai.conversion.purse_equity_share", "5".to_owned()),
                ("ai.conversion.vacant_days", sites.2.to_string()),
                ("ai.demand.tender_mean_mw", demand.1.to_string()),
                ("ai.demand.gpu_cloud_share", demand.2.to_string()),
                ("ai.demand.market_rent_musd", demand.3.to_string()),
                ("ai.demand.default_per_year", risk.0.to_string()),
                ("ai.demand.default_backed_per_year", risk.0.to_string()),
                ("ai.conversion.failure_probability", risk.1.to_string()),
                ("ai.conversion.tenant_funded_share", risk.2.to_string()),
                ("ai.demand.bust_per_year", risk.3.to_string()),
                ("ai.conversion.convertible_share", sites.0.to_string()),
                ("ai.conversion.retrofit_months", sites.1.to_string()),
                ("ai.demand.tenants", sites.2.to_string()),
                ("ai.demand.tariff_slope", sites.3.to_string()),
                ("ai.conversion.min_hall_mw", "1".to_owned()),
            ]
        });
    let phase = (-30..60_i32, 0..30_u32, 0.0..0.6_f64, 0..40_u32);
    let shocks = (-1..60_i32, 0.0..1.0_f64, 0..40_u32, 0..90_u32, 0.0..0.5_f64, phase).prop_map(
        |(closure, share, back, storm, strategic, phase)| {
            vec![
                ("miners.closures.single_day", closure.to_string()),
                ("miners.closures.single_share", share.to_string()),
                ("miners.closures.single_return_days", back.to_string()),
                ("market.energy.storm_days", format!("[{storm}]")),
                ("miners.operation.strategic_share", strategic.to_string()),
                ("miners.closures.day", format!("[{}]", phase.0)),
                ("miners.closures.span_days", format!("[{}]", phase.1)),
                ("miners.closures.share", format!("[{}]", phase.2)),
                ("miners.closures.return_days", format!("[{}]", phase.3)),
                ("miners.closures.return_span_days", "[20]".to_owned()),
            ]
        },
    );
    (people, price, mining, hosting, shocks).prop_map(|(a, b, c, d, e)| [a, b, c, d, e].concat())
}

/// Lives through worlds drawn at random and checks each of them after every day.
fn every_day(cases: u32, check: impl Fn(&mut World, &Totals, &Totals) -> Checked) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&(worlds(), 0..1_000_u32), |(changes, replicate)| {
        let changes: Vec<_> = changes.iter().map(|(key, value)| (*key, value.as_str())).collect();
        live(&setup(&changes), replicate, &check)
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (changes, replicate))) => {
            let changes: Vec<_> =
                changes.iter().map(|(key, value)| format!("{key}={value}")).collect();
            panic!("{reason}\nreplicate {replicate} of {}", changes.join(" "));
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

fn live(
    setup: &Setup,
    replicate: u32,
    check: impl Fn(&mut World, &Totals, &Totals) -> Checked,
) -> Checked {
    let mut world = begin(setup, 7, replicate);
    let mut day = schedule::day();
    let mut before = Totals::from_world(&mut world);
    for number in 1..=setup.simulation.horizon_days {
        day.run(&mut world);
        let after = Totals::from_world(&mut world);
        check(&mut world, &before, &after)
            .map_err(|error| TestCaseError::fail(format!("day {number}: {error}")))?;
        before = after;
    }
    Ok(())
}

#[test]
fn coins_are_issued_credited_kept_and_sold_and_nothing_else() {
    every_day(40, |_, before, after| {
        prop_assert_eq!(after.issued_sat, before.issued_sat + after.issued_today_sat);
        prop_assert_eq!(after.issued_sat, supply(after.height));
        let mined = after.flows.coins_mined - before.flows.coins_mined;
        let sold = after.flows.coins_sold - before.flows.coins_sold;
        let kept = after.reserves - before.reserves;
        balance("rewards", after.rewards.0, (mined + kept).0, after.flows.coins_mined.0)?;
        let gross = before.coins.0 + after.flows.coins_mined.0;
        balance("coins", after.coins.0, (before.coins + mined - sold).0, gross)?;
        let sales = after.flows.coin_sales - before.flows.coin_sales;
        balance("coin sales", sales.0, (sold * after.price).0, after.flows.coin_sales.0)
    });
}

/// Recurring cash flows of all sites since the start that go in a direction.
fn recurring(flows: &Flows, direction: Direction) -> Usd {
    sum_of(&flows.recurring, direction)
}

#[test]
fn every_dollar_of_cash_comes_from_somewhere_and_goes_somewhere() {
    every_day(60, |_, before, after| {
        let (a, b) = (&after.flows, &before.flows);
        let income = (a.coin_sales - b.coin_sales)
            + (recurring(a, Direction::Income) - recurring(b, Direction::Income))
            + (a.rigs_sold - b.rigs_sold)
            + (a.external - b.external)
            + (a.written_off - b.written_off);
        let spent = (a.power - b.power)
            + (recurring(a, Direction::OperatingCost) - recurring(b, Direction::OperatingCost))
            + (a.debt_service - b.debt_service)
            + (a.dividends - b.dividends)
            + (a.rigs_bought - b.rigs_bought)
            + (a.construction - b.construction);
        let gross =
            before.cash.0.abs() + a.coin_sales.0 + a.external.0 + recurring(a, Direction::Income).0;
        balance("cash", after.cash.0, (before.cash + income - spent).0, gross)?;
        let debt = before.debt - (a.repaid - b.repaid) - (a.debt_written_off - b.debt_written_off);
        balance("debt", after.debt.0, debt.0, before.debt.0)
    });
}

#[test]
fn every_rig_made_is_on_a_site_on_order_in_stock_or_scrapped() {
    every_day(40, |world, _, after| {
        let there = after.installed + after.on_order + after.stock + after.scrapped;
        balance("rigs", after.made.0, there.0, after.made.0)?;
        balance("order book", after.on_order.0, after.in_book.0, after.made.0)?;
        let sites = site_power(world);
        for (ordered, (_, site)) in ordered_power(world, sites.len()).iter().zip(&sites) {
            let scale = site.capacity.0 + site.building.0;
            let [drawn, replaces, hall] = ordered.map(|power| power.0);
            balance("power on order", site.on_order.0, drawn, scale)?;
            balance("power of rigs to be replaced", site.replacing.0, replaces, scale)?;
            balance("power of halls under construction", site.building.0, hall, scale)?;
        }
        Ok(())
    });
}

#[test]
fn no_site_holds_more_than_its_power_and_power_is_built_or_it_was_there() {
    every_day(40, |world, before, after| {
        for (rigs, site) in site_power(world) {
            let (held, limit) = (rigs.0, site.capacity.0 * (1.0 + SLACK) + 1.0);
            prop_assert!(held <= limit, "site {} holds {held} of {limit} W", site.miner);
            prop_assert!(site.capacity.0 >= 0.0 && site.on_order.0 >= 0.0);
        }
        for region in 0..MAX_REGIONS {
            let connected = after.flows.connected[region] - before.flows.connected[region];
            let given = after.flows.surrendered[region] - before.flows.surrendered[region];
            let (had, has) = (before.connected[region], after.connected[region]);
            balance("connected power", has.0, (had + connected - given).0, 1e6 + has.0)?;
            let grown = after.flows.developed[region] - before.flows.developed[region];
            let halls = after.flows.halls_connected[region] - before.flows.halls_connected[region];
            let (had, has) = (before.developing[region], after.developing[region]);
            balance("power in development", has.0, (had + grown - halls).0, 1e6 + has.0)?;
        }
        check_regions(world, after)?;
        let records = &world.resource::<Recorder>().records;
        let Some(record) = records.last().filter(|record| record.day % 7 == 0) else {
            return Ok(());
        };
        if records.len() > 1 && record.day == world.resource::<Clock>().day {
            let by_use = record.mining_power
                + record.idle_power
                + record.converting_power
                + record.hosting_power
                + record.vacant_power;
            let connected: Power = after.connected.iter().copied().sum();
            balance("power by use", connected.0, by_use.0, connected.0)?;
            let waiting: Power = after.developing.iter().copied().sum();
            let by_use = record.developing_power + record.pipeline_power;
            balance("pipelines by use", waiting.0, by_use.0, 1e6 + waiting.0)?;
        }
        Ok(())
    });
}

/// Columns of regions that are parts of the world's column of the same name.
const PARTS: [&str; 8] = [
    "hash_rate_ehs",
    "mining_mw",
    "idle_mw",
    "converting_mw",
    "hosting_mw",
    "vacant_mw",
    "developing_mw",
    "pipeline_mw",
];

/// The power of every region is used for one thing or another, and the regions are the world.
fn check_regions(world: &World, after: &Totals) -> Checked {
    let (recorder, day) = (world.resource::<Recorder>(), world.resource::<Clock>().day);
    let regions: Vec<_> = recorder.regions.iter().filter(|record| record.day == day).collect();
    for record in &regions {
        let value = |name: &str| {
            let column = REGIONS.iter().find(|column| column.name == name);
            column.map_or(f64::NAN, |column| (column.value)(record))
        };
        let by_use: f64 = PARTS[1..6].iter().map(|name| value(name)).sum();
        let (place, connected) = (record.region as usize, value("connected_mw"));
        balance("power of a region by use", connected, by_use, 1.0 + connected)?;
        balance("a region's power", after.connected[place].mw(), connected, 1.0 + connected)?;
        let waiting = value("developing_mw") + value("pipeline_mw");
        balance("a region's pipelines", after.developing[place].mw(), waiting, 1.0 + waiting)?;
        for column in REGIONS {
            let value = (column.value)(record);
            prop_assert!(value.is_finite() && value >= -SLACK, "{} = {value}", column.name);
        }
    }
    let Some(whole) = recorder.records.last().filter(|record| record.day == day) else {
        return Ok(());
    };
    for name in PARTS.iter().filter(|_| !regions.is_empty()) {
        let parts = REGIONS.iter().find(|column| column.name == *name);
        let parts = parts.map(|column| regions.iter().map(|record| (column.value)(record)).sum());
        let whole = SERIES.iter().find(|column| column.name == *name).map(|c| (c.value)(whole));
        let (parts, whole) = (parts.unwrap_or(f64::NAN), whole.unwrap_or(f64::NAN));
        prop_assert!(parts.is_finite() && whole.is_finite(), "{name} is of both tables");
        balance(name, whole, parts, 1.0 + whole)?;
    }
    Ok(())
}

/// What is written down of leases adds up to what the last record says, in another unit: worlds with and without AI hosting.
#[test]
fn leases_that_are_written_down_are_what_is_under_contract() {
    let change = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    for (enabled, seed) in [("true", 3), ("true", 4), ("false", 3)] {
        let days = change("simulation.horizon_days", "560");
        let set = vec![days, change("ai.enabled", enabled)];
        let overrides = Overrides { miners: Some(400), set, ..Overrides::default() };
        let setup = Experiment::resolve(Document::baseline().unwrap(), &overrides).unwrap().base;
        let trajectory = run(&setup, seed, 0, false);
        let last = trajectory.records.last().unwrap();
        let sum = |of: fn(&LeaseRecord) -> Power, stages: &[HallStage]| -> f64 {
            let there = trajectory.leases.iter().filter(|lease| stages.contains(&lease.stage));
            there.map(|lease| of(lease).mw()).sum()
        };
        let bound = sum(|lease| lease.it, &[HallStage::Building, HallStage::Hosting]);
        let lit = sum(|lease| lease.on, &[HallStage::Building, HallStage::Hosting]);
        assert!((bound - last.ai_contracted.mw()).abs() < 1e-6 * (1.0 + bound), "{bound}");
        assert!((lit - last.ai_energised.mw()).abs() < 1e-6 * (1.0 + lit), "{lit}");
        assert_eq!(trajectory.leases.is_empty(), enabled == "false");
        let new: f64 = trajectory
            .leases
            .iter()
            .filter(|lease| lease.signed > 0)
            .map(|lease| lease.it.mw())
            .sum();
        let signed = last.ai_signed.mw() - trajectory.records[0].ai_signed.mw();
        assert!((new - signed).abs() < 1e-6 * (1.0 + new), "{new} and {signed}");
        for lease in &trajectory.leases {
            assert!(
                lease.ready > lease.signed as f64 && f64::from(lease.ends) > lease.ready,
                "{lease:?}"
            );
            assert!(lease.on.0 <= lease.it.0 * (1.0 + SLACK) && lease.rent_musd > 0.0, "{lease:?}");
            assert!(!trajectory.region_names[lease.region as usize].is_empty());
        }
        let named = |name: &str| trajectory.named_owners.iter().any(|owner| owner == name);
        assert!(named("Core Scientific"));
    }
}

#[test]
fn tenants_hold_the_halls_that_miners_let_to_them() {
    every_day(40, |world, _, after| {
        let load = world.resource::<TenantLoad>();
        let scale = after.contracted.iter().sum::<f64>() + after.flows.ai_signed.0;
        for tenant in 0..MAX_TENANTS {
            let (books, halls) = (load.contracted[tenant].0, after.contracted[tenant]);
            balance("contracted", books, halls, scale)?;
            let (books, halls) = (load.energised[tenant].0, after.energised[tenant]);
            balance("energised", books, halls, scale)?;
        }
        Ok(())
    });
}

#[test]
fn halls_use_what_is_energised_times_hours_times_load() {
    every_day(40, |world, before, after| {
        let (mut energy, mut emissions, mut gross) = (0.0, 0.0, after.flows.ai_energy.0);
        let Some(spec) = world.resource::<Miners>().ai.clone() else {
            prop_assert_eq!(after.flows.ai_energy.0, 0.0);
            prop_assert_eq!(after.flows.ai_emissions_mt, 0.0);
            return Ok(());
        };
        let carbon: Vec<f64> =
            world.resource::<Market>().regions.iter().map(|r| r.carbon_kg_per_mwh).collect();
        let campuses = world.resource::<Campuses>();
        for lease in &world.resource::<Leases>().all {
            if lease.stage == HallStage::Hosting {
                let drawn = lease.on.0 / spec.it_over_utility * spec.hall_load_factor * DAY.0;
                let region = campuses.0[lease.campus as usize].region as usize;
                energy += drawn;
                emissions += drawn / 3.6e9 * carbon[region] / 1e9;
                gross += drawn;
            }
        }
        let used = after.flows.ai_energy - before.flows.ai_energy;
        balance("energy of halls", used.0, energy, gross)?;
        let emitted = after.flows.ai_emissions_mt - before.flows.ai_emissions_mt;
        balance("emissions of halls", emitted, emissions, 1.0 + after.flows.ai_emissions_mt)
    });
}

#[test]
fn every_number_is_finite_and_in_its_bounds() {
    every_day(40, |world, _, _| {
        check_market(world)?;
        check_miners(world)?;
        let records = &world.resource::<Recorder>().records;
        records.last().map_or(Ok(()), check_record)
    });
}

fn check_record(record: &Record) -> Checked {
    for column in SERIES {
        let value = (column.value)(record);
        let good = value.is_finite() || value.is_nan() && column.nature.may_be_none();
        prop_assert!(good, "{} = {value} on day {}", column.name, record.day);
    }
    Ok(())
}

fn check_market(world: &World) -> Checked {
    let (bitcoin, grid) = (world.resource::<Bitcoin>(), world.resource::<PowerGrid>());
    let (manufacturers, stock) = (world.resource::<Manufacturers>(), world.resource::<IdleStock>());
    let demand = world.resource::<AiDemand>();
    prop_assert!(bitcoin.price.0 > 0.0 && bitcoin.price.0.is_finite());
    prop_assert!(manufacturers.price.0 > 0.0 && manufacturers.price.0.is_finite());
    prop_assert!(
        manufacturers.unmade.0 >= -SLACK * manufacturers.made.0
            && manufacturers.on_order.0 >= -SLACK * manufacturers.made.0
    );
    prop_assert!(grid.availability.iter().all(|share| (0.0..=1.0).contains(share)));
    prop_assert!(grid.spot.iter().chain(&grid.level).all(|factor| *factor > 0.0));
    prop_assert!((0.0..=1.0).contains(&stock.discount), "discount {}", stock.discount);
    for bin in 0..stock.hash_rate.len() {
        let (held, drawn) = (stock.hash_rate[bin].0, stock.power[bin].0);
        prop_assert!(held >= 0.0 && drawn >= 0.0 && held.is_finite());
        prop_assert!(stock.price[bin].0 > 0.0 && stock.efficiency[bin].0 > 0.0);
    }
    prop_assert!(demand.colocation_musd.is_finite() && demand.lost.0 >= 0.0);
    prop_assert!(demand.lost.0 <= demand.asked.0 * (1.0 + SLACK));
    Ok(())
}

fn check_miners(world: &mut World) -> Checked {
    let owners = world.resource::<Owners>().0.len();
    let mut query = world.query::<(
        (&Cash, &Coins, &Debt, &Arrears, &SpotShare, &Uptime),
        (&OperatingThreshold, &RunningHashRate, &RunningPower, &TariffToday),
        ReadFlows,
    )>();
    for ((cash, coins, debt, arrears, spot, uptime), running, money) in query.iter(world) {
        prop_assert!(cash.0.0.is_finite() && debt.0.0 >= 0.0 && arrears.0 >= 0.0);
        prop_assert!(coins.0.0 >= -SLACK, "coins {}", coins.0.0);
        prop_assert!((0.0..=1.0).contains(&spot.0) && (0.0..=1.0).contains(&uptime.0));
        let (threshold, hash_rate, power, tariff) = running;
        prop_assert!(threshold.0.0 > 0.0 && threshold.0.0.is_finite());
        prop_assert!(hash_rate.0.0 >= 0.0 && hash_rate.0.0.is_finite());
        prop_assert!(power.0.0 >= 0.0 && power.0.0.is_finite() && tariff.0.0 > 0.0);
        prop_assert!(values(money).iter().all(|flow| flow.0 >= 0.0 && flow.0.is_finite()));
    }
    for (row, miner) in world.query::<CountColumns>().iter(world).enumerate() {
        let (site, rigs) = (miner.site, miner.rigs());
        prop_assert_eq!(site.miner as usize, row);
        prop_assert!((site.owner as usize) < owners);
        prop_assert!(rigs.hash_rate.iter().all(|class| class.0 >= 0.0 && class.0.is_finite()));
        prop_assert!(rigs.efficiency.iter().all(|class| class.0 >= 0.0 && class.0.is_finite()));
        prop_assert!(site.optimism > 0.0);
    }
    Ok(())
}
