//! Sums over the world that conservation laws speak of, counted afresh from the miners themselves.

use bevy_ecs::prelude::World;
use hashflight::units::{Btc, BtcPrice, HashRate, Power, Usd};
use hashflight::world::chain::{Chain, DayOfBlocks, FeesPerBlock, MAX_POOLS};
use hashflight::world::market::state::{
    Bitcoin, Delivery, IdleStock, MAX_REGIONS, MAX_TENANTS, Manufacturers,
};
use hashflight::world::miners::Miners;
use hashflight::world::miners::campuses::Campuses;
use hashflight::world::miners::conversion::leases::{HallStage, Leases};
use hashflight::world::miners::count::CountColumns;
use hashflight::world::miners::pools::PoolBook;
use hashflight::world::miners::state::{Cash, Coins, Debt, Flows, RegionIndex, Site};

/// The world in numbers, after a day.
#[derive(Clone, Debug)]
pub struct Totals {
    /// Height of the last block.
    pub height: u32,
    /// Satoshi issued by all blocks.
    pub issued_sat: u64,
    /// Satoshi issued by the day's blocks.
    pub issued_today_sat: u64,
    /// Subsidy and fees of the day's blocks.
    pub rewards: Btc,
    /// Balance of all pools.
    pub reserves: Btc,
    /// Coins of all miners.
    pub coins: Btc,
    /// Cash of all miners.
    pub cash: Usd,
    /// Corporate debt of all miners.
    pub debt: Usd,
    /// Bitcoin price.
    pub price: BtcPrice,
    /// Rigs on sites.
    pub installed: HashRate,
    /// Rigs in the manufacturers' book, counted delivery by delivery.
    pub in_book: HashRate,
    /// Rigs on order as the manufacturers keep count.
    pub on_order: HashRate,
    /// Rigs in the idle stock.
    pub stock: HashRate,
    /// Rigs scrapped or worn out since the start.
    pub scrapped: HashRate,
    /// Rigs made since the start.
    pub made: HashRate,
    /// Utility power of all mining sites.
    pub capacity: Power,
    /// Utility power that is connected, of sites and halls, by region.
    pub connected: [Power; MAX_REGIONS],
    /// Utility power under development, promised to halls or not, by region.
    pub developing: [Power; MAX_REGIONS],
    /// Contracted IT power of halls, by tenant.
    pub contracted: [f64; MAX_TENANTS],
    /// Energised IT power of halls, by tenant.
    pub energised: [f64; MAX_TENANTS],
    /// Flows since the start.
    pub flows: Flows,
}

impl Totals {
    /// Counts.
    pub fn from_world(world: &mut World) -> Self {
        let chain = world.resource::<Chain>();
        let blocks = *world.resource::<DayOfBlocks>();
        let fees = *world.resource::<FeesPerBlock>();
        let manufacturers = world.resource::<Manufacturers>();
        let stock = world.resource::<IdleStock>();
        let book = world.resource::<PoolBook>();
        let mut totals = Self {
            height: chain.height(),
            issued_sat: chain.issued_sat(),
            issued_today_sat: blocks.subsidy_sat,
            rewards: blocks.reward_by_pool(fees).into_iter().sum(),
            reserves: book.reserve[..MAX_POOLS].iter().copied().sum(),
            coins: Btc::ZERO,
            cash: Usd::ZERO,
            debt: Usd::ZERO,
            price: world.resource::<Bitcoin>().price,
            installed: HashRate::ZERO,
            in_book: underway(manufacturers).map(|delivery| delivery.hash_rate).sum(),
            on_order: manufacturers.on_order,
            stock: stock.total(),
            scrapped: stock.scrapped,
            made: manufacturers.made,
            capacity: Power::ZERO,
            connected: [Power::ZERO; MAX_REGIONS],
            developing: [Power::ZERO; MAX_REGIONS],
            contracted: [0.0; MAX_TENANTS],
            energised: [0.0; MAX_TENANTS],
            flows: *world.resource::<Flows>(),
        };
        for (cash, coins, debt) in world.query::<(&Cash, &Coins, &Debt)>().iter(world) {
            totals.cash += cash.0;
            totals.coins += coins.0;
            totals.debt += debt.0;
        }
        for miner in world.query::<CountColumns>().iter(world) {
            totals.installed += miner.rigs().total();
            totals.capacity += miner.site.capacity;
        }
        totals.add_sites_and_halls(world);
        totals
    }

    /// Power of sites, halls and pipelines where it stands, and IT power by tenant, lease by lease.
    fn add_sites_and_halls(&mut self, world: &mut World) {
        for (site, region) in world.query::<(&Site, &RegionIndex)>().iter(world) {
            self.connected[region.0 as usize] += site.capacity;
        }
        let campuses = world.resource::<Campuses>();
        for campus in &campuses.0 {
            self.developing[campus.region as usize] += campus.pipeline;
        }
        for lease in &world.resource::<Leases>().all {
            let region = campuses.0[lease.campus as usize].region as usize;
            let power = lease.power();
            self.connected[region] += power.converting + power.hosting + power.vacant;
            self.developing[region] += power.developing;
            if matches!(lease.stage, HallStage::Building | HallStage::Hosting) {
                self.contracted[lease.tenant as usize] += lease.it.0;
                self.energised[lease.tenant as usize] += lease.on.0;
            }
        }
    }
}

/// Facility power of every site's rigs, and the site, by miner.
pub fn site_power(world: &mut World) -> Vec<(Power, Site)> {
    let pue = world.resource::<Miners>().spec.operation.pue;
    let mut sites = world.query::<CountColumns>();
    sites.iter(world).map(|miner| (miner.rigs().power() * pue, *miner.site)).collect()
}

/// Facility power of the rigs in the manufacturers' book, of those that they will replace, and of the halls
/// that are built for them, by miner.
pub fn ordered_power(world: &World, miners: usize) -> Vec<[Power; 3]> {
    let pue = world.resource::<Miners>().spec.operation.pue;
    let mut ordered = vec![[Power::ZERO; 3]; miners];
    for delivery in underway(world.resource::<Manufacturers>()) {
        let of = &mut ordered[delivery.miner as usize];
        of[0] += delivery.hash_rate * delivery.efficiency * pue;
        of[1] += delivery.replaces;
        of[2] += delivery.hall;
    }
    ordered
}

/// What is ordered, made or not, and has not arrived.
fn underway(manufacturers: &Manufacturers) -> impl Iterator<Item = &Delivery> {
    let waiting = manufacturers.book.iter().map(|order| &order.delivery);
    waiting.chain(manufacturers.shipped.iter().map(|(_, delivery)| delivery))
}
