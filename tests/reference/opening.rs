//! Day 0 is read out of the engine's world, so that the initial population is written once.

use bevy_ecs::prelude::{Component, Resource, World};
use hashflight::world::market::state::Outlook;
use hashflight::world::miners::beliefs::SpotHashprice;
use hashflight::world::miners::campuses::Campuses;
use hashflight::world::miners::cash_flows::{ReadFlows, values};
use hashflight::world::miners::census::{CensusInterval, RecordInterval};
use hashflight::world::miners::conversion::leases::Leases;
use hashflight::world::miners::pools::PoolBook;
use hashflight::world::miners::state::{
    Arrears, Cash, Coins, ContractTariff, Debt, OpeningCampuses, OperatingThreshold, Owners,
    PoolIndex, RegionIndex, RigEfficiency, RigHashRate, RunningHashRate, RunningPower, SaleShare,
    SpotShare, TariffToday, Uptime,
};
use hashflight::world::simulation::record::Recorder;
use hashflight::world::simulation::{Setup, begin};

use super::record::LastRecord;
use super::{Events, Miners, Model};

impl Model {
    /// The model on day 0.
    pub fn begin(setup: &Setup, seed: u64, replicate: u32) -> Self {
        Self::read(&mut begin(setup, seed, replicate))
    }

    /// The model in the state of the engine's world. Sites that are closed there stay closed here,
    /// and what was summed since the last record is lost, so on days other than day 0 this serves
    /// for comparisons only.
    pub fn read(world: &mut World) -> Self {
        let book: PoolBook = get(world);
        let leases: Leases = get(world);
        let chain: hashflight::world::chain::Chain = get(world);
        let flows: hashflight::world::miners::state::Flows = get(world);
        let records = world.resource::<Recorder>().records.clone();
        let offered = records.last().map(|record| record.ai_offered).unwrap_or_default();
        Self {
            market: get(world),
            policy: get(world),
            record_every: get::<RecordInterval>(world).0,
            census_every: get::<CensusInterval>(world).0,
            survey_every: world.resource::<Recorder>().survey_every,
            draws: get(world),
            clock: get(world),
            blocks: get(world),
            fees_per_block: get(world),
            network: get(world),
            bitcoin: get(world),
            sales: get(world),
            fees: get(world),
            grid: get(world),
            load: get(world),
            connections: get(world),
            manufacturers: get(world),
            appetite: get(world),
            stock: get(world),
            fleet: get(world),
            outlook: get::<Outlook>(world).hashprice,
            spot: get::<SpotHashprice>(world).now,
            trailing: get::<SpotHashprice>(world).trailing,
            demand: get(world),
            kept: book.kept,
            reward: book.reward,
            reserve: book.reserve,
            miners: read_miners(world),
            opening_campuses: get::<OpeningCampuses>(world),
            campuses: get::<Campuses>(world).0,
            owners: get::<Owners>(world).0,
            tenants: get(world),
            milestones: (0..).zip(leases.by_day).filter(|(_, due)| !due.is_empty()).collect(),
            leases: leases.all,
            reopenings: std::collections::VecDeque::new(),
            usual: None,
            count: get(world),
            last: LastRecord::opening(&flows, &chain, offered),
            records,
            events: Events::default(),
            chain,
            flows,
        }
    }
}

fn get<R: Resource + Clone>(world: &World) -> R {
    world.resource::<R>().clone()
}

fn column<C: Component, T>(world: &mut World, value: impl Fn(&C) -> T) -> Vec<T> {
    world.query::<&C>().iter(world).map(value).collect()
}

fn read_miners(world: &mut World) -> Miners {
    let flows: Vec<_> = world.query::<ReadFlows>().iter(world).map(values).collect();
    let w = world;
    Miners {
        hash_rate: [
            column(w, |c: &RigHashRate<0>| c.0),
            column(w, |c: &RigHashRate<1>| c.0),
            column(w, |c: &RigHashRate<2>| c.0),
            column(w, |c: &RigHashRate<3>| c.0),
        ],
        efficiency: [
            column(w, |c: &RigEfficiency<0>| c.0),
            column(w, |c: &RigEfficiency<1>| c.0),
            column(w, |c: &RigEfficiency<2>| c.0),
            column(w, |c: &RigEfficiency<3>| c.0),
        ],
        threshold: column(w, |c: &OperatingThreshold| c.0),
        contract: column(w, |c: &ContractTariff| c.0),
        spot_share: column(w, |c: &SpotShare| c.0),
        region: column(w, |c: &RegionIndex| c.0),
        pool: column(w, |c: &PoolIndex| c.0),
        uptime: column(w, |c: &Uptime| c.0),
        running: column(w, |c: &RunningHashRate| c.0),
        power: column(w, |c: &RunningPower| c.0),
        tariff: column(w, |c: &TariffToday| c.0),
        recurring: std::array::from_fn(|place| flows.iter().map(|flow| flow[place]).collect()),
        debt: column(w, |c: &Debt| c.0),
        cash: column(w, |c: &Cash| c.0),
        coins: column(w, |c: &Coins| c.0),
        sale_share: column(w, |c: &SaleShare| c.0),
        arrears: column(w, |c: &Arrears| c.0),
        site: column(w, |c| *c),
    }
}
