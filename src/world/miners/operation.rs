//! Operate: which rigs run today, what they hash, what they draw, what they pay for power.

use bevy_ecs::prelude::{Mut, Query, Res, ResMut};
use bevy_ecs::query::QueryData;
use bytemuck::TransparentWrapper;
use multiversion::multiversion;

use crate::model::chain::hashprice::{break_even_efficiency, operating_threshold};
use crate::model::market::energy::tariff_today;
use crate::model::mining::rig_fleet::SLOTS;
use crate::numerics::fixed_order;
use crate::units::{Efficiency, HashRate, Hashprice, Power, Tariff};
use crate::world::chain::{MAX_POOLS, NetworkHashRate};
use crate::world::market::state::{MAX_REGIONS, PowerGrid};

use super::Miners;
use super::beliefs::SpotHashprice;
use super::pools::PoolBook;
use super::state::{
    ContractTariff, OperatingThreshold, PoolIndex, RegionIndex, RigEfficiency, RigHashRate,
    RunningHashRate, RunningPower, SpotShare, TariffToday, Uptime,
};

/// What all miners face today, by region and by pool.
#[derive(Clone, Copy, Debug)]
pub struct OperatingConditions {
    /// Hashprice net of the pool's fee, by pool.
    pub net_hashprice: [Hashprice; MAX_POOLS],
    /// Tariff level by region.
    pub level: [f64; MAX_REGIONS],
    /// Spot factor by region.
    pub spot: [f64; MAX_REGIONS],
    /// Carbon cost by region.
    pub carbon: [Tariff; MAX_REGIONS],
    /// Share of rigs that can run, by region, relative to normal uptime.
    pub availability: [f64; MAX_REGIONS],
    /// Facility power over rig power.
    pub pue: f64,
    /// 1 / (1 + restart margin).
    pub restart_factor: f64,
}

/// Columns that operation reads and writes.
#[derive(QueryData)]
#[query_data(mutable, contiguous(all))]
pub struct OperationColumns {
    h0: &'static RigHashRate<0>,
    h1: &'static RigHashRate<1>,
    h2: &'static RigHashRate<2>,
    h3: &'static RigHashRate<3>,
    e0: &'static RigEfficiency<0>,
    e1: &'static RigEfficiency<1>,
    e2: &'static RigEfficiency<2>,
    e3: &'static RigEfficiency<3>,
    contract: &'static ContractTariff,
    spot_share: &'static SpotShare,
    region: &'static RegionIndex,
    pool: &'static PoolIndex,
    uptime: &'static Uptime,
    threshold: Mut<'static, OperatingThreshold>,
    hash_rate: Mut<'static, RunningHashRate>,
    power: Mut<'static, RunningPower>,
    tariff: Mut<'static, TariffToday>,
}

/// The same columns as plain slices, all of one length.
pub struct OperationSlices<'a> {
    /// Hash rate by rig class.
    pub hash_rate: [&'a [HashRate]; SLOTS],
    /// Efficiency by rig class.
    pub efficiency: [&'a [Efficiency]; SLOTS],
    /// Contract tariff.
    pub contract: &'a [ContractTariff],
    /// Share bought at spot.
    pub spot_share: &'a [SpotShare],
    /// Region.
    pub region: &'a [RegionIndex],
    /// Pool.
    pub pool: &'a [PoolIndex],
    /// Uptime.
    pub uptime: &'a [Uptime],
    /// Operating threshold.
    pub threshold: &'a mut [OperatingThreshold],
    /// Hash rate today.
    pub running: &'a mut [RunningHashRate],
    /// Facility power today.
    pub power: &'a mut [RunningPower],
    /// Tariff today.
    pub tariff: &'a mut [TariffToday],
}

/// Decides for every miner which rigs run and what they draw; sums the network's hash rate.
pub fn run_rigs(
    miners: Res<Miners>,
    grid: Res<PowerGrid>,
    book: Res<PoolBook>,
    hashprice: Res<SpotHashprice>,
    mut network: ResMut<NetworkHashRate>,
    mut query: Query<OperationColumns>,
) {
    let conditions = OperatingConditions {
        net_hashprice: book.net_hashprice(hashprice.trailing),
        level: grid.level,
        spot: grid.spot,
        carbon: grid.carbon,
        availability: grid.usable(),
        pue: miners.spec.operation.pue,
        restart_factor: 1.0 / (1.0 + miners.spec.operation.restart_margin),
    };
    let mut by_pool = [HashRate::ZERO; MAX_POOLS];
    for mut columns in query.contiguous_iter_mut().into_iter().flatten() {
        let mut slices = OperationSlices {
            hash_rate: [
                RigHashRate::peel_slice(columns.h0),
                RigHashRate::peel_slice(columns.h1),
                RigHashRate::peel_slice(columns.h2),
                RigHashRate::peel_slice(columns.h3),
            ],
            efficiency: [
                RigEfficiency::peel_slice(columns.e0),
                RigEfficiency::peel_slice(columns.e1),
                RigEfficiency::peel_slice(columns.e2),
                RigEfficiency::peel_slice(columns.e3),
            ],
            contract: columns.contract,
            spot_share: columns.spot_share,
            region: columns.region,
            pool: columns.pool,
            uptime: columns.uptime,
            threshold: columns.threshold.bypass_change_detection(),
            running: columns.hash_rate.bypass_change_detection(),
            power: columns.power.bypass_change_detection(),
            tariff: columns.tariff.bypass_change_detection(),
        };
        operate(&conditions, &mut slices);
        add_by_pool(slices.pool, slices.running, &mut by_pool);
    }
    *network = NetworkHashRate::of_pools(by_pool);
}

/// Operation of all miners in `slices`, branch-free; compiled for several instruction sets, which
/// give the same bits.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2",))]
pub fn operate(day: &OperatingConditions, slices: &mut OperationSlices<'_>) {
    let n = slices.running.len();
    let [h0, h1, h2, h3] = slices.hash_rate.map(|column| &column[..n]);
    let [e0, e1, e2, e3] = slices.efficiency.map(|column| &column[..n]);
    let (contract, spot_share) = (&slices.contract[..n], &slices.spot_share[..n]);
    let (region, pool, uptime) = (&slices.region[..n], &slices.pool[..n], &slices.uptime[..n]);
    let threshold = &mut slices.threshold[..n];
    let (running, power) = (&mut slices.running[..n], &mut slices.power[..n]);
    let tariff = &mut slices.tariff[..n];
    for i in 0..n {
        let place = region[i].0 as usize % MAX_REGIONS;
        let price = tariff_today(
            contract[i].0,
            day.level[place],
            spot_share[i].0,
            day.spot[place],
            day.carbon[place],
        );
        let net = day.net_hashprice[pool[i].0 as usize % MAX_POOLS];
        let limit = operating_threshold(
            threshold[i].0,
            break_even_efficiency(net, price, day.pue),
            day.restart_factor,
        );
        let (h, p) =
            running_rigs([h0[i], h1[i], h2[i], h3[i]], [e0[i], e1[i], e2[i], e3[i]], limit);
        let share = uptime[i].0 * day.availability[place];
        threshold[i].0 = limit;
        tariff[i].0 = price;
        running[i].0 = h * share;
        power[i].0 = p * (share * day.pue);
    }
}

/// Hash rate and rig power of the classes with at most `limit` joules a hash.
#[inline(always)]
fn running_rigs(
    hash_rate: [HashRate; SLOTS],
    efficiency: [Efficiency; SLOTS],
    limit: Efficiency,
) -> (HashRate, Power) {
    let mut sum = (HashRate::ZERO, Power::ZERO);
    for slot in 0..SLOTS {
        let on = if efficiency[slot].0 <= limit.0 { hash_rate[slot] } else { HashRate::ZERO };
        sum.0 += on;
        sum.1 += on * efficiency[slot];
    }
    sum
}

/// Adds hash rates to their pools, in fixed order: eight interleaved tables, then table by table.
pub fn add_by_pool(
    pools: &[PoolIndex],
    running: &[RunningHashRate],
    by_pool: &mut [HashRate; MAX_POOLS],
) {
    const LANES: usize = 8;
    let mut tables = [[0.0; MAX_POOLS]; LANES];
    for (pools, running) in pools.chunks(LANES).zip(running.chunks(LANES)) {
        for ((table, pool), hash_rate) in tables.iter_mut().zip(pools).zip(running) {
            table[pool.0 as usize % MAX_POOLS] += hash_rate.0.0;
        }
    }
    for (pool, total) in by_pool.iter_mut().enumerate() {
        let lanes: [f64; LANES] = std::array::from_fn(|lane| tables[lane][pool]);
        total.0 += fixed_order::sum(&lanes);
    }
}
