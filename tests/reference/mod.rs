//! The model once more, as one plain loop a day over arrays: no systems, no queries, no kernels for
//! special processors. It shares the equations (`hashflight::model`) and the chain with the engine
//! and says everything else again, as shortly as it can be said.
//!
//! It is an executable specification: [`Model::live_a_day`] is Algorithm 1, one file holds one phase
//! of the day, and every sum runs over miners in the order of their index, in the lanes that
//! `fixed_order` and the pools' tables prescribe. A run of it equals a run of the engine bit for
//! bit, and its time is the yardstick for the engine's.

mod accounting;
mod awards;
mod census;
mod events;
mod hosting;
mod investment;
mod markets;
mod miners;
mod opening;
mod operation;
mod pipelines;
mod projects;
mod record;
mod turnover;

use std::collections::{BTreeMap, VecDeque};

use hashflight::clock::Clock;
use hashflight::model::chain::issuance::scheduled_issuance;
use hashflight::random::Draws;
use hashflight::units::{Btc, BtcPerHash, Hashprice};
use hashflight::world::chain::{
    Chain, DayOfBlocks, FeesPerBlock, MAX_POOLS, NetworkHashRate, advance_day,
};
use hashflight::world::market::Market;
use hashflight::world::market::state::{
    AiDemand, Bitcoin, Fees, Fleet, GridConnections, IdleStock, Manufacturers, MinerSales,
    PowerGrid, RegionalLoad,
};
use hashflight::world::miners::appetite::Appetite;
use hashflight::world::miners::campuses::Campus;
use hashflight::world::miners::conversion::leases::{Lease, Milestone};
use hashflight::world::miners::count::Count;
use hashflight::world::miners::state::{Flows, OpeningCampuses, OwnerRecord};
use hashflight::world::miners::{Miners as Policy, TenantLoad};
use hashflight::world::simulation::trajectory::Record;

pub use events::Events;
pub use miners::Miners;

/// Everything there is on a day.
#[derive(Clone, Debug)]
pub struct Model {
    /// What the market believes; constant.
    pub market: Market,
    /// What miners believe and how they behave; constant.
    pub policy: Policy,
    /// Days between records; constant.
    pub record_every: u32,
    /// Days between surveys of the supply of AI halls, 0 for none; constant.
    pub survey_every: u32,
    /// Days between counts that the markets see; constant.
    pub census_every: u32,
    /// Random numbers; constant.
    pub draws: Draws,
    /// Today.
    pub clock: Clock,
    /// The chain.
    pub chain: Chain,
    /// Blocks of the day.
    pub blocks: DayOfBlocks,
    /// Fees of a block found today.
    pub fees_per_block: FeesPerBlock,
    /// Hash rate of the day.
    pub network: NetworkHashRate,
    /// Bitcoin price.
    pub bitcoin: Bitcoin,
    /// Coins sold and absorbed.
    pub sales: MinerSales,
    /// Transaction fees.
    pub fees: Fees,
    /// Electricity.
    pub grid: PowerGrid,
    /// Regional load at the last census.
    pub load: RegionalLoad,
    /// Power that grids connect for miners.
    pub connections: GridConnections,
    /// Manufacturers of rigs.
    pub manufacturers: Manufacturers,
    /// Appetite for rigs.
    pub appetite: Appetite,
    /// Rigs without a site.
    pub stock: IdleStock,
    /// Rigs at the last census.
    pub fleet: Fleet,
    /// Hashprice that plans rest on.
    pub outlook: Hashprice,
    /// Hashprice of the day.
    pub spot: Hashprice,
    /// Trailing hashprice on which operators switch rigs.
    pub trailing: Hashprice,
    /// Trailing hashprice with which strategic miners compare; none before the first day.
    pub usual: Option<Hashprice>,
    /// AI demand.
    pub demand: AiDemand,
    /// Share of the reward that each pool's members get.
    pub kept: [f64; MAX_POOLS],
    /// Coins credited per hash, by pool.
    pub reward: [BtcPerHash; MAX_POOLS],
    /// Coins found minus coins credited, by pool.
    pub reserve: [Btc; MAX_POOLS],
    /// The miners.
    pub miners: Miners,
    /// Number and mean size of campuses on the first day; constant.
    pub opening_campuses: OpeningCampuses,
    /// Campuses.
    pub campuses: Vec<Campus>,
    /// Owners.
    pub owners: Vec<OwnerRecord>,
    /// Leases of AI halls, in the order of signing.
    pub leases: Vec<Lease>,
    /// Milestones of leases, by day.
    pub milestones: BTreeMap<u32, Vec<(u32, Milestone)>>,
    /// AI power by tenant.
    pub tenants: TenantLoad,
    /// Closed sites and the day on which they open again, in order of days.
    pub reopenings: VecDeque<(u32, usize)>,
    /// Money, coins and energy moved so far.
    pub flows: Flows,
    /// The last census.
    pub count: Count,
    /// What the next record needs to know of the last.
    pub last: record::LastRecord,
    /// Records so far.
    pub records: Vec<Record>,
    /// What has happened so far, for tests that must not pass for want of events.
    pub events: Events,
}

impl Model {
    /// Algorithm 1.
    pub fn live_a_day(&mut self) {
        // Environment.
        self.begin_day();
        self.move_price();
        self.move_fees();
        self.fees_per_block = FeesPerBlock(self.fees.per_block);
        self.move_power();
        self.move_ai_demand();
        self.price_rigs();
        self.move_appetite();
        // Operation.
        self.begin_closures();
        self.install_deliveries();
        self.update_beliefs();
        self.switch_strategists();
        self.run_rigs();
        // Production.
        self.blocks = advance_day(&mut self.chain, &self.network, &self.draws);
        self.events.retargets += self.blocks.retargets;
        // Accounting.
        self.share_rewards();
        self.settle_day();
        // Decisions.
        self.review_investment();
        self.award_tenders();
        self.advance_projects();
        self.develop_power();
        self.scrap_idle();
        // Turnover.
        self.close_insolvent();
        self.reopen_sites();
        self.admit_entrants();
        self.take_census();
        // Record.
        self.record_day();
    }

    fn begin_day(&mut self) {
        self.clock.day += 1;
        self.sales.absorbed = scheduled_issuance(self.chain.subsidy());
    }
}
