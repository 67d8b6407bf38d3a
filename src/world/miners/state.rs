//! Miners' nouns. Columns that change every day are one number each, so that the daily systems run
//! over contiguous slices; what changes at reviews is kept in fewer, larger components.
//!
//! All miners live in one table and none is ever despawned: row number = miner index.

use bevy_ecs::prelude::{Component, Resource};
use bytemuck::TransparentWrapper;

use crate::units::{Btc, Efficiency, HashRate, Power, Tariff, Usd, UsdPerSecond};
use crate::world::market::state::{Delivery, HostingKind};

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
    /// Utility power of the site.
    pub capacity: Power,
    /// Power under development that could host AI.
    pub pipeline: Power,
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
    /// Suitability for AI, 0 (none) to 1.
    pub suitability: f64,
    /// Whether the site is closed after an insolvency.
    pub closed: bool,
    /// Whether a strategic miner keeps its rigs off for now.
    pub resting: bool,
    /// Last contract whose loan an insolvency wrote off.
    pub void_loans: u32,
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

/// Stage of an AI hall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HallStage {
    /// No hall.
    #[default]
    None,
    /// Signed and being built.
    Building,
    /// Earning rent.
    Hosting,
    /// Built, without a tenant.
    Vacant,
}

/// An AI hall.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Hall {
    /// Stage.
    pub stage: HallStage,
    /// Serial number of the contract on this site; events of older contracts are void.
    pub contract: u32,
    /// IT power.
    pub it: Power,
    /// Utility power.
    pub utility: Power,
    /// Part of the utility power that mined before.
    pub displaced: Power,
    /// Net operating income once energised.
    pub income: UsdPerSecond,
    /// Service of the project debt once energised.
    pub service: UsdPerSecond,
    /// Capital cost that the owner and its lenders bear.
    pub cost: Usd,
    /// Day on which the lease ends.
    pub ends: u32,
    /// Index of the tenant.
    pub tenant: u32,
}

/// What a miner would host and at which rent; empty when it does not bid.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Bid {
    /// IT power offered; zero = no bid.
    pub it: Power,
    /// Part of the offer's utility power that would be taken from mining.
    pub takes_mining: bool,
    /// Whether the hall stands already.
    pub standing: bool,
    /// Capital cost borne by the miner for a colocation hall, million USD per IT MW.
    pub capex_musd: f64,
    /// Months from signing to rent.
    pub months: f64,
    /// Lowest acceptable colocation rent, million USD per IT MW and year.
    pub colocation_musd: f64,
    /// Lowest acceptable GPU-cloud revenue, million USD per IT MW and year.
    pub gpu_cloud_musd: f64,
    /// Rank among bidders.
    pub score: f64,
}

impl Bid {
    /// Lowest acceptable rent for a kind of business.
    #[must_use]
    pub const fn reservation(&self, kind: HostingKind) -> f64 {
        match kind {
            HostingKind::Colocation => self.colocation_musd,
            HostingKind::GpuCloud => self.gpu_cloud_musd,
        }
    }
}

/// Number of miners spawned; the next one's index.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Headcount(pub u32);

/// Owners: what they learned.
#[derive(Resource, Clone, Debug, Default)]
pub struct Owners {
    /// AI halls delivered, by owner.
    pub delivered: Vec<f64>,
}

impl Owners {
    /// Registers a new owner and returns its index.
    pub fn add(&mut self) -> u32 {
        self.delivered.push(0.0);
        self.delivered.len() as u32 - 1
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
    /// Power gained by building or connecting sites.
    pub power_built: Power,
    /// Insolvencies.
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
