//! One miner with all its columns, for what happens rarely: reviews, deliveries, contracts, failures.

use bevy_ecs::query::QueryData;

use crate::model::rig_fleet::RigFleet;
use crate::units::Power;

use super::Miners;
use super::population::fixed_opex;
use super::state::{
    Arrears, Bid, Cash, Coins, ContractTariff, Debt, FixedOpex, Hall, LeaseIncome,
    OperatingThreshold, PoolIndex, ProjectService, RegionIndex, RigEfficiency, RigHashRate,
    RunningPower, Site, TariffToday, Uptime,
};

/// All columns of a miner but its outputs.
#[derive(QueryData)]
#[query_data(mutable)]
pub struct MinerAccess {
    h0: &'static mut RigHashRate<0>,
    h1: &'static mut RigHashRate<1>,
    h2: &'static mut RigHashRate<2>,
    h3: &'static mut RigHashRate<3>,
    e0: &'static mut RigEfficiency<0>,
    e1: &'static mut RigEfficiency<1>,
    e2: &'static mut RigEfficiency<2>,
    e3: &'static mut RigEfficiency<3>,
    /// Least efficient machine that runs.
    pub threshold: &'static OperatingThreshold,
    /// Contract tariff.
    pub contract: &'static ContractTariff,
    /// Region.
    pub region: &'static RegionIndex,
    /// Pool.
    pub pool: &'static PoolIndex,
    /// Facility power today.
    pub power: &'static RunningPower,
    /// Tariff today.
    pub tariff: &'static TariffToday,
    /// Share of the time that machines run.
    pub uptime: &'static mut Uptime,
    /// Corporate debt.
    pub debt: &'static mut Debt,
    /// Service of project debt.
    pub service: &'static mut ProjectService,
    /// Net income of the AI hall.
    pub lease: &'static mut LeaseIncome,
    /// Operating cost.
    pub opex: &'static mut FixedOpex,
    /// Cash.
    pub cash: &'static mut Cash,
    /// Coins.
    pub coins: &'static mut Coins,
    /// Days in arrears.
    pub arrears: &'static mut Arrears,
    /// AI hall.
    pub hall: &'static mut Hall,
    /// Standing offer to tenants.
    pub bid: &'static mut Bid,
    /// What changes at reviews only.
    pub site: &'static mut Site,
}

impl MinerAccessReadOnlyItem<'_, '_> {
    /// The miner's machines.
    #[must_use]
    pub fn rigs(&self) -> RigFleet {
        RigFleet {
            hash_rate: [self.h0.0, self.h1.0, self.h2.0, self.h3.0],
            efficiency: [self.e0.0, self.e1.0, self.e2.0, self.e3.0],
        }
    }
}

impl MinerAccessItem<'_, '_> {
    /// The miner's machines.
    #[must_use]
    pub fn rigs(&self) -> RigFleet {
        RigFleet {
            hash_rate: [self.h0.0, self.h1.0, self.h2.0, self.h3.0],
            efficiency: [self.e0.0, self.e1.0, self.e2.0, self.e3.0],
        }
    }

    /// Writes the machines back, with the operating cost that follows from them.
    pub fn set_rigs(&mut self, miners: &Miners, rigs: &RigFleet) {
        [self.h0.0, self.h1.0, self.h2.0, self.h3.0] = rigs.hash_rate;
        [self.e0.0, self.e1.0, self.e2.0, self.e3.0] = rigs.efficiency;
        self.opex.0 = fixed_opex(&miners.spec, rigs);
    }

    /// Facility power that mining may use.
    #[must_use]
    pub fn mining_capacity(&self) -> Power {
        if self.site.closed {
            return Power::ZERO;
        }
        (self.site.capacity - self.hall.utility).max(Power::ZERO)
    }
}
