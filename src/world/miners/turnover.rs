//! Turnover: insolvent sites change hands, and newcomers build where mining pays.

use bevy_ecs::prelude::{Entity, ParamSet, Query, Res, ResMut, World};

use crate::clock::Clock;
use crate::model::market::energy::tariff_today;
use crate::model::mining::investment::{EntryResponse, Expectation, expected_newcomers};
use crate::model::mining::rig_fleet::RigFleet;
use crate::numerics::sampling::{lognormal_with_mean, poisson};
use crate::random::{Draws, Need};
use crate::units::{Btc, DAY, HashRate, Power, Tariff, Usd, UsdPerWatt};
use crate::world::market::Market;
use crate::world::market::state::{
    Delivery, GridConnections, IdleStock, Manufacturers, Outlook, PowerGrid,
};

use super::Miners;
use super::access::{Miner, MinerColumns, MinerTable, table};
use super::appetite::Appetite;
use super::campuses::{Campus, Campuses};
use super::cash_flows::cost_per_energy;
use super::conversion::leases::Leases;
use super::investment::hall_for_rigs;
use super::pools::PoolBook;
use super::population::{draw_pool, draw_region, draw_tariff, shares_left};
use super::reopenings::Reopenings;
use super::spawn::{Prospect, spawn};
use super::spec::{Class, MinersSpec, TurnoverSpec};
use super::state::{Arrears, Flows, Headcount, OpeningCampuses, Owners, Site};

/// Closes the sites of miners too long in arrears whose owner cannot help: creditors write off the rest, part of the rigs
/// goes to the idle stock, and the site waits for its next owner, to whom the leases of a campus go with its first site.
pub fn close_insolvent(
    (clock, miners): (Res<Clock>, Res<Miners>),
    mut stock: ResMut<IdleStock>,
    (mut owners, mut campuses): (ResMut<Owners>, ResMut<Campuses>),
    mut leases: ResMut<Leases>,
    mut flows: ResMut<Flows>,
    mut reopenings: ResMut<Reopenings>,
    mut queries: ParamSet<(Query<&Arrears>, Query<MinerColumns>)>,
) {
    let turnover = &miners.spec.turnover;
    let grace = f64::from(turnover.grace_days.max(1));
    let failed: Vec<usize> = queries
        .p0()
        .contiguous_iter()
        .into_iter()
        .flatten()
        .flat_map(|column| column.iter().map(|arrears| arrears.0))
        .enumerate()
        .filter(|&(_, days)| days >= grace)
        .map(|(miner, _)| miner)
        .collect();
    let mut query = queries.p1();
    let Some(mut table) = table(&mut query) else { return };
    for index in failed {
        if rescued_by_owner(&mut table, index) {
            continue;
        }
        let mut miner = table.miner(index);
        let (campus, failed) = (miner.site.campus, miner.site.owner);
        let next = next_owner(&mut campuses, campus, failed, (&mut owners, &mut flows));
        if campuses.0[campus as usize].first as usize == index {
            leases.change_hands(campus, (failed, next), &mut owners);
        }
        close(&miners, &mut miner, (clock.day, next), &mut stock, &mut flows);
        reopenings.add(clock.day + turnover.vacancy_days, index as u32);
    }
}

/// Clears a site's arrears where it owes nothing any more, else with the cash of its owner's other sites, in proportion to what each has;
/// false when they have too little.
fn rescued_by_owner(table: &mut MinerTable<'_, '_>, index: usize) -> bool {
    let owner = table.sites()[index].owner;
    let missing = Usd::ZERO - table.miner(index).cash.0;
    if missing.0 <= 0.0 {
        // Rigs sold since the day was settled have filled the purse.
        table.miner(index).arrears.0 = 0.0;
        return true;
    }
    let siblings: Vec<usize> =
        (0..table.count()).filter(|&i| i != index && table.sites()[i].owner == owner).collect();
    let spare: Usd = siblings.iter().map(|&i| table.miner(i).cash.0.max(Usd::ZERO)).sum();
    if spare < missing || siblings.is_empty() {
        return false;
    }
    let share = missing / spare;
    for i in siblings {
        let giver = table.miner(i);
        giver.cash.0 -= giver.cash.0.max(Usd::ZERO) * share;
    }
    let receiver = table.miner(index);
    receiver.cash.0 += missing;
    receiver.arrears.0 = 0.0;
    true
}

/// Who takes the sites of a campus whose owner fails: one newcomer, however many sites it is cut into. It is one
/// insolvency.
fn next_owner(
    campuses: &mut Campuses,
    campus: u32,
    failed: u32,
    (owners, flows): (&mut Owners, &mut Flows),
) -> u32 {
    let campus = &mut campuses.0[campus as usize];
    if let Some(next) = campus.successor.filter(|&next| next != failed) {
        return next;
    }
    flows.insolvencies += 1;
    *campus.successor.insert(owners.add())
}

fn close(
    miners: &Miners,
    miner: &mut Miner<'_>,
    (today, next_owner): (u32, u32),
    stock: &mut IdleStock,
    flows: &mut Flows,
) {
    flows.written_off += Usd::ZERO - miner.cash.0;
    flows.debt_written_off += miner.debt.0;
    miner.cash.0 = Usd::ZERO;
    miner.debt.0 = Usd::ZERO;
    *miner.project_service() = crate::units::UsdPerSecond::ZERO;
    miner.site.insolvent_on = Some(today);
    miner.arrears.0 = 0.0;
    let mut rigs = miner.rigs();
    let gone = rigs.take_share(1.0 - miners.spec.turnover.takeover_share);
    for (hash_rate, efficiency) in gone.classes() {
        stock.add(hash_rate, efficiency);
    }
    miner.site.closed = true;
    miner.set_rigs(miners, &rigs);
    miner.uptime.0 = 0.0;
    miner.site.owner = next_owner;
}

/// Opens closed sites again under their new owner, who brings working capital.
pub fn reopen_sites(
    (clock, miners): (Res<Clock>, Res<Miners>),
    mut flows: ResMut<Flows>,
    mut reopenings: ResMut<Reopenings>,
    mut query: Query<MinerColumns>,
) {
    let Some(mut table) = table(&mut query) else { return };
    for index in reopenings.due(clock.day) {
        let mut miner = table.miner(index as usize);
        miner.site.closed = false;
        miner.uptime.0 = miners.spec.operation.uptime;
        let rigs = miner.rigs();
        miner.set_rigs(&miners, &rigs);
        let bill = miner.site.capacity * DAY * miner.contract.0;
        let capital = bill * miners.spec.treasury.initial_cash_days;
        miner.cash.0 += capital;
        flows.external += capital;
    }
}

/// Lets newcomers build sites, once a month or so, when the marginal one's payback beats its hurdle.
pub fn admit_entrants(world: &mut World) {
    let clock = *world.resource::<Clock>();
    if !clock.day.is_multiple_of(world.resource::<Miners>().spec.turnover.entry_days) {
        return;
    }
    let draws = *world.resource::<Draws>();
    let miners = world.resource::<Miners>().clone();
    let count = entrants_today(world, &miners, clock, &draws);
    for k in 0..count {
        enter(world, &miners, clock, &draws, k);
    }
}

/// Poisson number whose mean follows the marginal site's payback, appetite, and what grids connect.
fn entrants_today(world: &World, miners: &Miners, clock: Clock, draws: &Draws) -> u32 {
    let turnover = &miners.spec.turnover;
    let market = world.resource::<Market>();
    let manufacturers = world.resource::<Manufacturers>();
    let payback = expectation(world, market, &miners.spec).payback_with_site(
        manufacturers.price,
        manufacturers.efficiency,
        hall_for_rigs(&miners.spec),
    );
    let there = world.resource::<OpeningCampuses>().number;
    let mean = expected_newcomers(there, payback, &entry(turnover));
    let eager = world.resource::<Appetite>().orders() * world.resource::<GridConnections>().share();
    poisson(draws.draw(Need::Newcomers(clock.day)), mean * eager)
}

/// How newcomers answer payback.
#[must_use]
pub fn entry(spec: &TurnoverSpec) -> EntryResponse {
    EntryResponse {
        monthly_rate: spec.monthly_entry_rate,
        days: f64::from(spec.entry_days),
        hurdle_months: spec.entry_hurdle_months,
        limit: spec.entry_eagerness_limit,
    }
}

/// What a newcomer without particular optimism expects, who does not know yet in which region and pool: means over
/// what newcomers draw from.
fn expectation(world: &World, market: &Market, spec: &MinersSpec) -> Expectation {
    let grid = world.resource::<PowerGrid>();
    let book = world.resource::<PoolBook>();
    let median = market.energy.median_tariff_usd_per_mwh;
    let tariff = mean(market.regions.iter().enumerate().map(|(index, region)| {
        let contract = Tariff::from_usd_per_mwh(median * region.tariff_factor);
        let today = tariff_today(contract, grid.level[index], 0.0, 1.0, grid.carbon[index]);
        (region.hash_share, today.0)
    }));
    let kept = mean(shares_left(spec).into_iter().zip(book.kept));
    let factor = world.resource::<Miners>().revenue_factor(spec.turnover.entry_hurdle_months);
    Expectation {
        net_hashprice: world.resource::<Outlook>().hashprice * (factor * kept),
        cost: Tariff(tariff) * spec.operation.pue + cost_per_energy(spec),
    }
}

/// Mean of values by their weights: Σ w·x / Σ w.
fn mean(weighted: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (weight, sum) =
        weighted.fold((0.0, 0.0), |(w, s), (weight, value)| (w + weight, s + weight * value));
    sum / weight
}

/// Spawns one newcomer: its hall and its rigs are ordered, with outside capital.
fn enter(world: &mut World, miners: &Miners, clock: Clock, draws: &Draws, k: u32) {
    let market = world.resource::<Market>().clone();
    let miner = world.resource::<Headcount>().0;
    let owner = world.resource_mut::<Owners>().add();
    let size = draws.draw(Need::NewcomerSize(k, clock.day));
    let turnover = &miners.spec.turnover;
    let mean = world.resource::<OpeningCampuses>().mean;
    let capacity = mean * lognormal_with_mean(size, 1.0, turnover.entrant_sd_log);
    let campus = world.resource::<Campuses>().0.len() as u32;
    let region = draw_region(&market, draws, campus);
    let tariff = draw_tariff(&market, draws, campus, region);
    let working_capital = capacity * DAY * tariff * miners.spec.treasury.initial_cash_days;
    let prospect = Prospect {
        rigs: RigFleet::default(),
        tariff,
        region,
        pool: draw_pool(&miners.spec, draws, campus),
        owner,
        class: Class::Small,
        campus,
        coins: Btc::ZERO,
        cash: Some(working_capital),
        debt: Some(Usd::ZERO),
        capacity,
        on_order: capacity,
    };
    let site = Campus {
        region: region as u32,
        class: Class::Small,
        first: miner,
        sites: 1,
        pipeline: Power::ZERO,
        opening_pipeline: Power::ZERO,
        opening_capacity: capacity,
        successor: None,
        firm_day: 0.0,
    };
    world.resource_mut::<Campuses>().0.push(site);
    let newcomer = spawn(world, &prospect, draws);
    fund_entrant(world, miners, clock, &prospect, newcomer);
}

/// Orders a newcomer's rigs and the hall for them, which is its site's power once both are there.
fn fund_entrant(world: &mut World, miners: &Miners, clock: Clock, site: &Prospect, who: Entity) {
    let spec = &miners.spec;
    let hall = site.capacity * UsdPerWatt::from_musd_per_mw(spec.investment.site_cost_musd_per_mw);
    let manufacturers = world.resource::<Manufacturers>();
    let (price, efficiency) = (manufacturers.price, manufacturers.efficiency);
    let hash_rate: HashRate = site.capacity / spec.operation.pue / efficiency;
    if let Some(mut columns) = world.get_mut::<Site>(who) {
        let delivery = Delivery {
            miner: columns.miner,
            hash_rate,
            efficiency,
            replaces: Power::ZERO,
            hall: site.capacity,
        };
        columns.capacity = Power::ZERO;
        columns.building = site.capacity;
        let ready = clock.day + spec.investment.site_lead_days;
        world.resource_mut::<Manufacturers>().order(clock.day, ready, delivery);
    }
    world.resource_mut::<GridConnections>().take(site.capacity);
    let mut flows = world.resource_mut::<Flows>();
    flows.entrants += 1;
    flows.rigs_bought += hash_rate * price;
    flows.construction += hall;
    flows.external += hash_rate * price + hall + site.cash.unwrap_or(Usd::ZERO);
}
