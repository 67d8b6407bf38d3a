//! A prospect becomes a miner: its columns are filled and its entity spawned.

use bevy_ecs::prelude::{Bundle, Entity, World};

use crate::model::chain::hashprice::break_even_efficiency;
use crate::model::mining::rig_fleet::RigFleet;
use crate::numerics::sampling::{categorical, lognormal};
use crate::random::{Draws, Need};
use crate::units::{Btc, DAY, Efficiency, Power, Tariff, Usd};
use crate::world::market::Market;
use crate::world::market::spec::RigSpec;
use crate::world::market::state::Manufacturers;

use super::beliefs::SpotHashprice;
use super::spec::{Class, MinersSpec};
use super::state::{
    Arrears, Cash, Coins, ContractTariff, Debt, Headcount, OperatingThreshold, PoolIndex,
    RegionIndex, RigEfficiency, RigHashRate, RunningHashRate, RunningPower, SaleShare, Site,
    SpotShare, TariffToday, Uptime,
};
use super::{Miners, cash_flows};

/// A site before it becomes an entity.
#[derive(Clone, Debug)]
pub struct Prospect {
    /// Rigs.
    pub rigs: RigFleet,
    /// Contract tariff.
    pub tariff: Tariff,
    /// Region.
    pub region: usize,
    /// Pool.
    pub pool: usize,
    /// Owner.
    pub owner: u32,
    /// Class of the owner.
    pub class: Class,
    /// Campus.
    pub campus: u32,
    /// Coins.
    pub coins: Btc,
    /// Cash; none = policy days of costs.
    pub cash: Option<Usd>,
    /// Debt; none = policy share of the rigs' value.
    pub debt: Option<Usd>,
    /// Utility power of the site.
    pub capacity: Power,
    /// Facility power of rigs on order.
    pub on_order: Power,
}

/// Spawns one miner.
pub fn spawn(world: &mut World, prospect: &Prospect, draws: &Draws) -> Entity {
    let miner = world.resource::<Headcount>().0;
    let miners = world.resource::<Miners>();
    let columns = (
        rigs(&prospect.rigs),
        operation(&miners.spec, prospect, draws),
        OperatingThreshold(opening_threshold(world, &miners.spec, prospect)),
        books(world, &miners.spec, prospect),
        (RunningHashRate::default(), RunningPower::default(), TariffToday(prospect.tariff)),
        new_site(miners, world.resource::<Market>(), prospect, miner, draws),
    );
    world.resource_mut::<Headcount>().0 += 1;
    world.spawn(columns).id()
}

fn rigs(rigs: &RigFleet) -> impl Bundle {
    let ([h0, h1, h2, h3], [e0, e1, e2, e3]) = (rigs.hash_rate, rigs.efficiency);
    (
        (RigHashRate::<0>(h0), RigHashRate::<1>(h1), RigHashRate::<2>(h2), RigHashRate::<3>(h3)),
        (RigEfficiency::<0>(e0), RigEfficiency::<1>(e1)),
        (RigEfficiency::<2>(e2), RigEfficiency::<3>(e3)),
    )
}

fn operation(spec: &MinersSpec, prospect: &Prospect, draws: &Draws) -> impl Bundle {
    (
        ContractTariff(prospect.tariff),
        SpotShare(draw_spot_share(spec, draws, prospect.campus)),
        RegionIndex(prospect.region as u32),
        PoolIndex(prospect.pool as u32),
        Uptime(spec.operation.uptime),
    )
}

/// On the first day every rig that earns its power runs.
fn opening_threshold(world: &World, spec: &MinersSpec, prospect: &Prospect) -> Efficiency {
    let net = world.resource::<SpotHashprice>().now * (1.0 - spec.pools[prospect.pool].fee);
    break_even_efficiency(net, prospect.tariff, spec.operation.pue)
}

/// Cash, coins and debt: as the prospect says, else by policy.
fn books(world: &World, spec: &MinersSpec, prospect: &Prospect) -> impl Bundle {
    let treasury = &spec.treasury;
    let rigs = &prospect.rigs;
    let bill = rigs.power() * spec.operation.pue * DAY * prospect.tariff
        + cash_flows::rig_costs(spec, rigs) * DAY;
    let worth = rigs.total() * world.resource::<Manufacturers>().price;
    let public = prospect.class == Class::Public;
    (
        Cash(prospect.cash.unwrap_or(bill * treasury.initial_cash_days)),
        Coins(prospect.coins),
        Debt(prospect.debt.unwrap_or(worth * treasury.initial_debt_share)),
        Arrears::default(),
        SaleShare(if public { treasury.sale_share_public } else { treasury.sale_share_private }),
        cash_flows::opening(spec, rigs),
    )
}

fn new_site(
    miners: &Miners,
    market: &Market,
    prospect: &Prospect,
    miner: u32,
    draws: &Draws,
) -> Site {
    let investment = &miners.spec.investment;
    let [hurdle, optimism] = draws.draw_pair(Need::Hurdle(prospect.campus));
    let hurdle_months = lognormal(hurdle, investment.hurdle_months, investment.hurdle_sd_log);
    let public = prospect.class == Class::Public;
    Site {
        miner,
        owner: prospect.owner,
        class: prospect.class,
        manufacturer: draw_manufacturer(&market.rigs, prospect.campus, draws),
        campus: prospect.campus,
        capacity: prospect.capacity,
        on_order: prospect.on_order,
        replacing: Power::ZERO,
        building: Power::ZERO,
        hurdle_months,
        revenue_factor: miners.revenue_factor(hurdle_months),
        optimism: lognormal(optimism, 1.0, investment.optimism_sd_log),
        external_share: if public {
            investment.external_share_public
        } else {
            investment.external_share_private
        },
        closed: false,
        resting: false,
        insolvent_on: None,
    }
}

/// The manufacturer that a campus buys from, now and later.
#[must_use]
pub fn draw_manufacturer(rigs: &RigSpec, campus: u32, draws: &Draws) -> u8 {
    categorical(draws.draw(Need::Manufacturer(campus)), &rigs.manufacturer_shares) as u8
}

/// Share of power bought at spot: uniform between nothing and twice the mean.
fn draw_spot_share(spec: &MinersSpec, draws: &Draws, campus: u32) -> f64 {
    (2.0 * spec.operation.spot_share * draws.draw(Need::SpotShare(campus))).min(1.0)
}
