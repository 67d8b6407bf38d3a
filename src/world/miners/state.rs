//! Miners' nouns. Columns that change every day are one number each, so that the daily systems run
//! over contiguous slices; what changes at reviews is kept in fewer, larger components.
//!
//! All miners live in one table and none is ever despawned: row number = miner index.

use bevy_ecs::prelude::{Component, Resource};
use bytemuck::TransparentWrapper;

use crate::units::{Btc, Efficiency, HashRate, Power, Tariff, Usd};
use crate::world::market::state::{Delivery, MAX_REGIONS};

use super::cash_flows::FLOWS;
use super::spec::Class;

/// Hash rate of a site's rigs of one class.
#[derive(Component, Clone, Copy, Debug, Default, TransparentWrapper)]
#[repr(transparent)]
pub struct RigHashRate<const SLOT: usize>(pub HashRate);

/// Efficiency of a site's rigs of one class.
#[derive(Component, Clone, Copy, Debug, Default, TransparentWrapper)]
#[repr(transparent)]
pub struct RigEfficiency<const SLOT: usize>(pub Efficiency);

/// Joules a hash of the least efficient rig that runs.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct OperatingThreshold(pub Efficiency);

/// Contract tariff on the first day.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct ContractTariff(pub Tariff);

/// Share of power bought at spot.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct SpotShare(pub f64);

/// Index of the region.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct RegionIndex(pub u32);

/// Index of the pool.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct PoolIndex(pub u32);

/// Share of the time that rigs which should run do run; 0 while the site is closed.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Uptime(pub f64);

/// Hash rate today.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct RunningHashRate(pub HashRate);

/// Facility power drawn by mining today.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct RunningPower(pub Power);

/// Tariff paid today.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct TariffToday(pub Tariff);

/// Corporate debt.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Debt(pub Usd);

/// Cash; negative while in arrears.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Cash(pub Usd);

/// Coins held.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Coins(pub Btc);

/// Share of newly mined coins sold at once.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct SaleShare(pub f64);

/// Days in arrears.
#[derive(Component, Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Arrears(pub f64);

/// What changes at reviews only.
#[derive(Component, Clone, Copy, Debug)]
pub struct Site {
    /// Index of the miner.
    pub miner: u32,
    /// Index of the owner.
    pub owner: u32,
    /// Class of the owner.
    pub class: Class,
    /// Index of the manufacturer of the site's rigs.
    pub manufacturer: u8,
    /// Index of the campus.
    pub campus: u32,
    /// Utility power that the site has for mining.
    pub capacity: Power,
    /// Facility power of rigs on order.
    pub on_order: Power,
    /// Part of it for which older rigs will make room.
    pub replacing: Power,
    /// Utility power of halls under construction for another part.
    pub building: Power,
    /// Payback hurdle, months.
    pub hurdle_months: f64,
    /// Mean share of today's revenue that the miner counts on over its payback horizon.
    pub revenue_factor: f64,
    /// Optimism: factor on the expected hashprice.
    pub optimism: f64,
    /// Share of a purchase that outside capital pays.
    pub external_share: f64,
    /// Whether the site is closed after an insolvency.
    pub closed: bool,
    /// Whether a strategic miner keeps its rigs off for now.
    pub resting: bool,
    /// Day of the last insolvency, which wrote off the loans served by then.
    pub insolvent_on: Option<u32>,
}

impl Site {
    /// Power that is kept for rigs on order beside what they replace and what is built for them.
    #[must_use]
    pub fn reserved(&self) -> Power {
        (self.on_order - self.replacing - self.building).max(Power::ZERO)
    }

    /// Keeps room for rigs on order.
    pub fn expect(&mut self, delivery: &Delivery, drawn: Power) {
        self.on_order += drawn;
        self.replacing += delivery.replaces;
        self.building += delivery.hall;
    }

    /// Opens the hall that was built for rigs which arrive, and keeps no more room for them.
    pub fn receive(&mut self, delivery: &Delivery, drawn: Power) {
        let less = |power: Power, by: Power| (power - by).max(Power::ZERO);
        self.on_order = less(self.on_order, drawn);
        self.replacing = less(self.replacing, delivery.replaces);
        self.building = less(self.building, delivery.hall);
        self.capacity += delivery.hall;
    }
}

/// Campuses of the first day: newcomers come in proportion to their number and are as large as they on
/// average, so that what they bring does not depend on how finely the network is cut.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct OpeningCampuses {
    /// Number.
    pub number: f64,
    /// Mean utility power of their mining halls.
    pub mean: Power,
}

/// Number of miners spawned; the next one's index.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Headcount(pub u32);

/// What an owner has to do with AI.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OwnerRecord {
    /// AI halls delivered.
    pub delivered: f64,
    /// IT power of these.
    pub delivered_it: Power,
    /// IT power of halls under construction.
    pub building_it: Power,
    /// Own money promised to halls and not yet paid.
    pub promised: Usd,
    /// Whether it has signed a lease.
    pub signed: bool,
    /// Utility power of its mining halls and pipelines on the first day; none of who comes later.
    pub opening_power: Power,
}

/// From this utility power on the first day on, pipelines included, an owner counts as large.
pub const LARGE_OWNER: Power = Power(400e6);
/// Below this one it counts as small.
pub const SMALL_OWNER: Power = Power(20e6);

/// Owners, by index.
#[derive(Resource, Clone, Debug, Default)]
pub struct Owners(pub Vec<OwnerRecord>);

impl Owners {
    /// Registers a new owner and returns its index.
    pub fn add(&mut self) -> u32 {
        self.0.push(OwnerRecord::default());
        self.0.len() as u32 - 1
    }
}

/// Money, coins and energy that moved since the start: both sides of every conservation law.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct Flows {
    /// Coins credited to miners.
    pub coins_mined: Btc,
    /// Coins sold.
    pub coins_sold: Btc,
    /// Dollars received for them.
    pub coin_sales: Usd,
    /// Power bills.
    pub power: Usd,
    /// Recurring cash flows, each at its place; the service of project debt is part of that below.
    pub recurring: [Usd; FLOWS],
    /// Service of corporate and project debt.
    pub debt_service: Usd,
    /// Corporate debt repaid (part of the service).
    pub repaid: Usd,
    /// Paid out to owners.
    pub dividends: Usd,
    /// Spent on rigs.
    pub rigs_bought: Usd,
    /// Received for rigs.
    pub rigs_sold: Usd,
    /// Spent on sites and halls.
    pub construction: Usd,
    /// Paid in by outside capital.
    pub external: Usd,
    /// Negative cash written off in insolvencies.
    pub written_off: Usd,
    /// Corporate debt written off in insolvencies.
    pub debt_written_off: Usd,
    /// Energy used by mining, joules.
    pub energy: crate::units::Energy,
    /// Energy used by AI halls, joules.
    pub ai_energy: crate::units::Energy,
    /// Emissions of AI halls, million tonnes of CO₂.
    pub ai_emissions_mt: f64,
    /// Power connected by building sites and halls, by region.
    pub connected: [Power; MAX_REGIONS],
    /// Part of it that came from pipelines by way of AI halls, by region.
    pub halls_connected: [Power; MAX_REGIONS],
    /// Power that pipelines gained, by region.
    pub developed: [Power; MAX_REGIONS],
    /// Power of mining sites that was given up, by region.
    pub surrendered: [Power; MAX_REGIONS],
    /// Places at which an owner has failed.
    pub insolvencies: u32,
    /// Entrants.
    pub entrants: u32,
    /// IT power of contracts signed.
    pub ai_signed: Power,
    /// IT power of contracts abandoned.
    pub ai_cancelled: Power,
    /// Rigs worn out.
    pub worn_out: HashRate,
}

impl Flows {
    /// Books utility power that is connected in a region.
    pub fn connect(&mut self, region: u32, power: Power) {
        self.connected[region as usize % MAX_REGIONS] += power;
    }

    /// Books utility power of an AI hall that leaves the pipeline for the grid.
    pub fn connect_hall(&mut self, region: u32, power: Power) {
        self.connect(region, power);
        self.halls_connected[region as usize % MAX_REGIONS] += power;
    }

    /// Books utility power by which a region's pipelines grow.
    pub fn develop(&mut self, region: u32, power: Power) {
        self.developed[region as usize % MAX_REGIONS] += power;
    }

    /// Books utility power of a mining site that goes back to the grid.
    pub fn surrender(&mut self, region: u32, power: Power) {
        self.surrendered[region as usize % MAX_REGIONS] += power;
    }

    /// Power given up everywhere.
    #[must_use]
    pub fn power_given_up(&self) -> Power {
        self.surrendered.iter().copied().sum()
    }

    /// Power connected everywhere.
    #[must_use]
    pub fn power_built(&self) -> Power {
        self.connected.iter().copied().sum()
    }
}
