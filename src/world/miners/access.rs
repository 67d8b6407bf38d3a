//! One miner with all its columns, for what happens rarely: reviews, deliveries, contracts, failures.
//!
//! All miners live in one table whose row number is the miner's index, so a miner is found by
//! indexing slices rather than by looking its entity up.

use bevy_ecs::prelude::{Mut, Query};
use bevy_ecs::query::QueryData;

use crate::model::mining::rig_fleet::RigFleet;
use crate::units::UsdPerSecond;

use super::Miners;
use super::cash_flows::{self, FLOWS, LEASE, PROJECT_SERVICE, WriteFlows, charge_rigs};
use super::state::{
    Arrears, Cash, Coins, ContractTariff, Debt, OperatingThreshold, PoolIndex, RegionIndex,
    RigEfficiency, RigHashRate, RunningPower, Site, TariffToday, Uptime,
};

/// All columns of a miner but its outputs.
#[derive(QueryData)]
#[query_data(mutable, contiguous(mutable))]
pub struct MinerColumns {
    h0: Mut<'static, RigHashRate<0>>,
    h1: Mut<'static, RigHashRate<1>>,
    h2: Mut<'static, RigHashRate<2>>,
    h3: Mut<'static, RigHashRate<3>>,
    e0: Mut<'static, RigEfficiency<0>>,
    e1: Mut<'static, RigEfficiency<1>>,
    e2: Mut<'static, RigEfficiency<2>>,
    e3: Mut<'static, RigEfficiency<3>>,
    threshold: &'static OperatingThreshold,
    contract: &'static ContractTariff,
    region: &'static RegionIndex,
    pool: &'static PoolIndex,
    power: &'static RunningPower,
    tariff: &'static TariffToday,
    uptime: Mut<'static, Uptime>,
    debt: Mut<'static, Debt>,
    recurring: WriteFlows,
    cash: Mut<'static, Cash>,
    coins: Mut<'static, Coins>,
    arrears: Mut<'static, Arrears>,
    site: Mut<'static, Site>,
}

/// The table of miners.
pub(crate) type MinerTable<'w, 's> = MinerColumnsContiguousItem<'w, 's>;

/// One row of the table.
pub struct Miner<'a> {
    hash_rate: [&'a mut crate::units::HashRate; 4],
    efficiency: [&'a mut crate::units::Efficiency; 4],
    /// Least efficient rig that runs.
    pub threshold: OperatingThreshold,
    /// Contract tariff.
    pub contract: ContractTariff,
    /// Region.
    pub region: RegionIndex,
    /// Pool.
    pub pool: PoolIndex,
    /// Facility power today.
    pub power: RunningPower,
    /// Tariff today.
    pub tariff: TariffToday,
    /// Share of the time that rigs run.
    pub uptime: &'a mut Uptime,
    /// Corporate debt.
    pub debt: &'a mut Debt,
    /// Recurring cash flows, each at its place.
    pub recurring: [&'a mut UsdPerSecond; FLOWS],
    /// Cash.
    pub cash: &'a mut Cash,
    /// Coins.
    pub coins: &'a mut Coins,
    /// Days in arrears.
    pub arrears: &'a mut Arrears,
    /// What changes at reviews only.
    pub site: &'a mut Site,
}

/// The table of miners, if there is one.
pub fn table<'a>(query: &'a mut Query<MinerColumns>) -> Option<MinerTable<'a, 'a>> {
    query.contiguous_iter_mut().ok()?.next()
}

impl MinerColumnsContiguousItem<'_, '_> {
    /// Number of miners.
    #[must_use]
    pub fn count(&self) -> usize {
        self.site.len()
    }

    /// Sites without their rigs, in order of miners.
    #[must_use]
    pub fn sites(&self) -> &[Site] {
        &self.site
    }

    /// Row `i`.
    pub fn miner(&mut self, i: usize) -> Miner<'_> {
        Miner {
            hash_rate: [
                &mut self.h0.bypass_change_detection()[i].0,
                &mut self.h1.bypass_change_detection()[i].0,
                &mut self.h2.bypass_change_detection()[i].0,
                &mut self.h3.bypass_change_detection()[i].0,
            ],
            efficiency: [
                &mut self.e0.bypass_change_detection()[i].0,
                &mut self.e1.bypass_change_detection()[i].0,
                &mut self.e2.bypass_change_detection()[i].0,
                &mut self.e3.bypass_change_detection()[i].0,
            ],
            threshold: self.threshold[i],
            contract: self.contract[i],
            region: self.region[i],
            pool: self.pool[i],
            power: self.power[i],
            tariff: self.tariff[i],
            uptime: &mut self.uptime.bypass_change_detection()[i],
            debt: &mut self.debt.bypass_change_detection()[i],
            recurring: cash_flows::row(&mut self.recurring, i),
            cash: &mut self.cash.bypass_change_detection()[i],
            coins: &mut self.coins.bypass_change_detection()[i],
            arrears: &mut self.arrears.bypass_change_detection()[i],
            site: &mut self.site.bypass_change_detection()[i],
        }
    }
}

impl Miner<'_> {
    /// The miner's rigs.
    #[must_use]
    pub fn rigs(&self) -> RigFleet {
        RigFleet {
            hash_rate: std::array::from_fn(|slot| *self.hash_rate[slot]),
            efficiency: std::array::from_fn(|slot| *self.efficiency[slot]),
        }
    }

    /// Writes the rigs back, with the cash flows that are charged on them: none while closed.
    pub fn set_rigs(&mut self, miners: &Miners, rigs: &RigFleet) {
        for slot in 0..rigs.hash_rate.len() {
            *self.hash_rate[slot] = rigs.hash_rate[slot];
            *self.efficiency[slot] = rigs.efficiency[slot];
        }
        charge_rigs(&mut self.recurring, &miners.spec, rigs, !self.site.closed);
    }

    /// Net income of the AI hall.
    pub const fn lease(&mut self) -> &mut UsdPerSecond {
        self.recurring[LEASE]
    }

    /// Service of project debt.
    pub const fn project_service(&mut self) -> &mut UsdPerSecond {
        self.recurring[PROJECT_SERVICE]
    }
}
