//! The market's nouns: what it keeps (resources) and the ports through which miners act on it.

use std::collections::VecDeque;

use bevy_ecs::prelude::Resource;

use crate::model::market::energy::connected_share;
use crate::model::mining::efficiency_bins::BINS;
use crate::units::{
    Btc, BtcPrice, DAYS_PER_YEAR, Efficiency, HashRate, Hashprice, Power, RigPrice, Tariff,
};

/// Most regions a scenario may have.
pub const MAX_REGIONS: usize = 16;
/// Most tenants a scenario may have.
pub const MAX_TENANTS: usize = 16;
/// Most manufacturers of rigs.
pub(crate) const MAX_MANUFACTURERS: usize = 8;

/// Bitcoin price.
#[derive(Resource, Clone, Debug, Default)]
pub struct Bitcoin {
    /// Log of the price that would rule without miners' sales.
    pub log_exogenous: f64,
    /// Log impact of miners' sales in force.
    pub impact_log: f64,
    /// Price today.
    pub price: BtcPrice,
}

/// Coins that miners sold yesterday beyond what the market absorbs: port filled by miners.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct MinerSales {
    /// Coins sold.
    pub sold: Btc,
    /// Coins the market absorbs without moving: the scheduled issuance.
    pub absorbed: Btc,
}

/// Transaction fees.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Fees {
    /// Log deviation of fees from their median.
    pub log_level: f64,
    /// Log height of a spike that is fading.
    pub log_spike: f64,
    /// Fees per block today.
    pub per_block: Btc,
}

/// Electricity by region.
#[derive(Resource, Clone, Debug)]
pub struct PowerGrid {
    /// Long-run tariff level relative to the first day.
    pub level: [f64; MAX_REGIONS],
    /// Spot price relative to its normal level.
    pub spot: [f64; MAX_REGIONS],
    /// Log deviation of spot prices.
    pub log_spot: [f64; MAX_REGIONS],
    /// Share of power that weather leaves.
    pub availability: [f64; MAX_REGIONS],
    /// Share of rigs that can run, everywhere, relative to normal uptime.
    pub uptime_factor: f64,
    /// Day on which the last weather shock began, if any did.
    pub shock_began: [Option<u32>; MAX_REGIONS],
    /// Carbon cost.
    pub carbon: [Tariff; MAX_REGIONS],
    /// Rise of tariffs caused by AI load, relative.
    pub ai_push: [f64; MAX_REGIONS],
}

impl PowerGrid {
    /// Share of rigs that can run in each region, relative to normal uptime.
    #[must_use]
    pub fn usable(&self) -> [f64; MAX_REGIONS] {
        self.availability.map(|weather| weather * self.uptime_factor)
    }
}

impl Default for PowerGrid {
    fn default() -> Self {
        Self {
            level: [1.0; MAX_REGIONS],
            spot: [1.0; MAX_REGIONS],
            log_spot: [0.0; MAX_REGIONS],
            availability: [1.0; MAX_REGIONS],
            uptime_factor: 1.0,
            shock_began: [None; MAX_REGIONS],
            carbon: [Tariff::ZERO; MAX_REGIONS],
            ai_push: [0.0; MAX_REGIONS],
        }
    }
}

/// Utility power that grids connect for miners, all over the world: what is left of a year's flow after other
/// data centres took theirs.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct GridConnections {
    /// A year's flow, which is also the most that can be left.
    pub yearly: Power,
    /// What is left.
    pub left: Power,
}

impl GridConnections {
    /// Part of what is asked for that can be connected today.
    #[must_use]
    pub fn share(&self) -> f64 {
        connected_share(self.left, self.yearly)
    }

    /// Takes power that is to be connected out of what is left.
    pub fn take(&mut self, power: Power) {
        self.left = (self.left - power).max(Power::ZERO);
    }

    /// Takes back power that is given up.
    pub fn give_back(&mut self, power: Power) {
        self.left = (self.left + power).min(self.yearly);
    }

    /// Adds a day of a flow of so much a year.
    pub fn add_day(&mut self, yearly: Power) {
        self.yearly = yearly;
        self.left = (self.left + self.yearly / DAYS_PER_YEAR).min(self.yearly);
    }
}

/// AI load by region that did not replace mining, and mining load: port filled by miners.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct RegionalLoad {
    /// AI halls on power that never mined.
    pub added_ai: [Power; MAX_REGIONS],
    /// Power of mining sites.
    pub mining: [Power; MAX_REGIONS],
}

/// Rigs on their way to a miner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delivery {
    /// Index of the miner.
    pub miner: u32,
    /// Hash rate.
    pub hash_rate: HashRate,
    /// Efficiency.
    pub efficiency: Efficiency,
    /// Facility power of the rigs that they replace.
    pub replaces: Power,
    /// Utility power of the hall that is built for them.
    pub hall: Power,
}

/// Rigs that manufacturers have an order for and have not made yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RigOrder {
    /// First day on which they can be made: the usual lead time after the order.
    pub from: u32,
    /// First day on which there is room for them.
    pub room_from: u32,
    /// Hash rate of them that is still to be made.
    pub unmade: HashRate,
    /// What is delivered once all of them are made.
    pub delivery: Delivery,
}

/// Manufacturers of rigs: frontier, price, order book.
#[derive(Resource, Clone, Debug, Default)]
pub struct Manufacturers {
    /// Efficiency of rigs shipped from orders placed today.
    pub efficiency: Efficiency,
    /// Price of a new rig.
    pub price: RigPrice,
    /// Hash rate built a day.
    pub daily_capacity: HashRate,
    /// Order to delivery when the book is empty, days.
    pub lead_days: f64,
    /// Orders in the turn in which they are made.
    pub book: VecDeque<RigOrder>,
    /// Hash rate in the book that is still to be made.
    pub unmade: HashRate,
    /// Rigs that are made and the days on which they arrive, in order of days.
    pub shipped: VecDeque<(u32, Delivery)>,
    /// Hash rate ordered and not delivered.
    pub on_order: HashRate,
    /// Hash rate of rigs made since the start (initial fleet and order book included).
    pub made: HashRate,
}

/// Used rigs without a site: one stock by efficiency class.
#[derive(Resource, Clone, Debug)]
pub struct IdleStock {
    /// Hash rate by class.
    pub hash_rate: [HashRate; BINS],
    /// Rig power by class (its ratio to the hash rate is the class's efficiency).
    pub power: [Power; BINS],
    /// Price by class.
    pub price: [RigPrice; BINS],
    /// Efficiency by class: of the stock, or the class's midpoint when it is empty.
    pub efficiency: [Efficiency; BINS],
    /// Hash rate scrapped since the start.
    pub scrapped: HashRate,
    /// Discount of used prices below their payback value, e^(−ψ·idle/fleet).
    pub discount: f64,
}

impl Default for IdleStock {
    fn default() -> Self {
        Self {
            hash_rate: [HashRate::ZERO; BINS],
            power: [Power::ZERO; BINS],
            price: [RigPrice::ZERO; BINS],
            efficiency: std::array::from_fn(crate::model::mining::efficiency_bins::midpoint),
            scrapped: HashRate::ZERO,
            discount: 1.0,
        }
    }
}

impl IdleStock {
    /// All rigs in stock.
    #[must_use]
    pub fn total(&self) -> HashRate {
        self.hash_rate.iter().copied().sum()
    }
}

/// Rigs of the network: port filled by miners.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Fleet {
    /// Hash rate of all rigs on sites, running or not.
    pub installed: HashRate,
    /// Hash rate of rigs on sites that are switched off.
    pub idle: HashRate,
}

/// Hashprice that buyers and sellers of rigs count on: port filled by miners' beliefs.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Outlook {
    /// Expected revenue per hash before pool fees.
    pub hashprice: Hashprice,
}

/// Kinds of AI business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostingKind {
    /// The tenant brings the computers.
    Colocation,
    /// The miner owns the GPUs.
    GpuCloud,
}

/// A tenant's request for capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tender {
    /// Number among the tenders of its day, the same in every scenario of a replicate.
    pub number: u16,
    /// Kind of business.
    pub kind: HostingKind,
    /// IT power asked for.
    pub it: Power,
    /// Lease term, years.
    pub term_years: f64,
    /// Index of the tenant.
    pub tenant: u32,
    /// Whether a strong backer stands behind the tenant.
    pub backed: bool,
    /// Months until power is due.
    pub due_months: f64,
    /// Least quality of a place.
    pub quality: f64,
    /// Valuation of the market rent: 1 = at that rent.
    pub valuation: f64,
}

/// Demand for AI halls. `None` where AI hosting is switched off.
#[derive(Resource, Clone, Debug, Default)]
pub struct AiDemand {
    /// Log deviation of the rent level from what supply and demand make of it.
    pub log_level: f64,
    /// Log effect of a sector bust in force.
    pub log_bust: f64,
    /// Log effect of a scheduled shift in force.
    pub log_shift: f64,
    /// First-year colocation rent of the market, million USD per IT MW and year.
    pub colocation_musd: f64,
    /// GPU-cloud revenue level, million USD per IT MW and year.
    pub gpu_cloud_musd: f64,
    /// Market rent over that of the first day, by day.
    pub rent_ratios: Vec<f64>,
    /// Demand over supply on the first day.
    pub opening_ratio: Option<f64>,
    /// Supply of incumbents over that of the first day.
    pub incumbents_ratio: f64,
    /// Tenders of today.
    pub tenders: Vec<Tender>,
    /// IT power asked for in tenders so far.
    pub asked: Power,
    /// IT power that tenants gave to incumbents or gave up.
    pub lost: Power,
    /// IT power that miners signed in the last year: filled by miners.
    pub signed_last_year: Power,
}

impl AiDemand {
    /// Market level of a kind of business, million USD per IT MW and year.
    #[must_use]
    pub const fn level(&self, kind: HostingKind) -> f64 {
        match kind {
            HostingKind::Colocation => self.colocation_musd,
            HostingKind::GpuCloud => self.gpu_cloud_musd,
        }
    }
}
