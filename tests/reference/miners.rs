//! The miners: one array for each property, the miner's index in all of them.

use hashflight::model::mining::rig_fleet::{RigFleet, SLOTS};
use hashflight::units::{
    Btc, DAY, Efficiency, HashRate, Power, RentPerWatt, Tariff, Usd, UsdPerSecond,
};
use hashflight::world::miners::MinersSpec;
use hashflight::world::miners::cash_flows::{CASH_FLOWS, Direction, FIXED_OPEX, FLOWS};
use hashflight::world::miners::state::Site;

/// Cash flows that are charged on machines, and at which rate, USD per MWh that all of them could use.
pub fn charged_on_rigs(spec: &MinersSpec) -> [(usize, f64); 1] {
    [(FIXED_OPEX, spec.operation.fixed_opex_usd_per_mwh)]
}

/// What machines cost beside power, by the energy that they use when all of them run.
pub fn cost_beside_power(spec: &MinersSpec) -> Tariff {
    charged_on_rigs(spec).map(|(_, rate)| Tariff::from_usd_per_mwh(rate)).into_iter().sum()
}

/// All miners.
#[derive(Clone, Debug, Default)]
pub struct Miners {
    /// Hash rate by rig class.
    pub hash_rate: [Vec<HashRate>; SLOTS],
    /// Efficiency by rig class.
    pub efficiency: [Vec<Efficiency>; SLOTS],
    /// Joules a hash of the least efficient rig that runs.
    pub threshold: Vec<Efficiency>,
    /// Contract tariff on the first day.
    pub contract: Vec<Tariff>,
    /// Share of power bought at spot.
    pub spot_share: Vec<f64>,
    /// Region.
    pub region: Vec<u32>,
    /// Pool.
    pub pool: Vec<u32>,
    /// Share of the time that rigs run.
    pub uptime: Vec<f64>,
    /// Hash rate today.
    pub running: Vec<HashRate>,
    /// Facility power today.
    pub power: Vec<Power>,
    /// Tariff today.
    pub tariff: Vec<Tariff>,
    /// Recurring cash flows, each at its place.
    pub recurring: [Vec<UsdPerSecond>; FLOWS],
    /// Corporate debt.
    pub debt: Vec<Usd>,
    /// Cash.
    pub cash: Vec<Usd>,
    /// Coins.
    pub coins: Vec<Btc>,
    /// Share of new coins sold at once.
    pub sale_share: Vec<f64>,
    /// Days in arrears.
    pub arrears: Vec<f64>,
    /// What changes at reviews only.
    pub site: Vec<Site>,
}

impl Miners {
    /// Number of miners.
    pub fn count(&self) -> usize {
        self.site.len()
    }

    /// Rigs of a miner.
    pub fn rigs(&self, i: usize) -> RigFleet {
        RigFleet {
            hash_rate: [0, 1, 2, 3].map(|slot: usize| self.hash_rate[slot][i]),
            efficiency: [0, 1, 2, 3].map(|slot: usize| self.efficiency[slot][i]),
        }
    }

    /// Puts rigs in place of a miner's, with the cash flows that follow from them.
    pub fn set_rigs(&mut self, i: usize, rigs: &RigFleet, spec: &MinersSpec) {
        for slot in 0..SLOTS {
            self.hash_rate[slot][i] = rigs.hash_rate[slot];
            self.efficiency[slot][i] = rigs.efficiency[slot];
        }
        for (place, usd_per_mwh) in charged_on_rigs(spec) {
            self.recurring[place][i] = UsdPerSecond::ZERO;
            if !self.site[i].closed {
                self.recurring[place][i] = rigs.power() * RentPerWatt(usd_per_mwh / 3.6e9);
            }
        }
    }

    /// Recurring cash flows of a miner in a day that go in a direction.
    pub fn flows_of(&self, i: usize, direction: Direction) -> Usd {
        let there = self.recurring.iter().zip(&CASH_FLOWS);
        there.filter(|(_, of)| of.direction == direction).map(|(flow, _)| flow[i] * DAY).sum()
    }

    /// What a miner pays beside power and interest, a second.
    pub fn outlays(&self, i: usize) -> UsdPerSecond {
        let there = self.recurring.iter().zip(&CASH_FLOWS);
        there.filter(|(_, of)| of.direction != Direction::Income).map(|(flow, _)| flow[i]).sum()
    }

    /// All that is known of a miner, digit by digit: equal texts mean equal bits.
    pub fn describe(&self, i: usize) -> String {
        format!(
            "{:?}",
            (
                (self.rigs(i), self.threshold[i], self.contract[i], self.spot_share[i]),
                (self.region[i], self.pool[i], self.uptime[i], self.sale_share[i]),
                (self.running[i], self.power[i], self.tariff[i]),
                (self.recurring.each_ref().map(|flow| flow[i]), self.debt[i]),
                (self.cash[i], self.coins[i]),
                (self.arrears[i], self.site[i]),
            )
        )
    }
}
