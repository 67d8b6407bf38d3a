//! Counting the miners: one pass over contiguous columns, for the weekly census and for records.

use bevy_ecs::prelude::Resource;
use bevy_ecs::query::QueryData;

use super::campuses::Campuses;
use super::cash_flows::{FLOWS, ReadFlows, as_array};
use super::conversion::leases::{HallPower, HallStage, Leases};
use super::state::{
    Coins, OperatingThreshold, RegionIndex, RigEfficiency, RigHashRate, RunningHashRate,
    RunningPower, Site, TariffToday,
};
use crate::model::mining::efficiency_bins::{BINS, HashRateByBin, bin_of, cost_bin_of};
use crate::model::mining::rig_fleet::{RigFleet, SLOTS};
use crate::units::{Btc, DAY, Efficiency, HashRate, Power, Tariff, Usd};
use crate::world::market::state::{MAX_MANUFACTURERS, MAX_REGIONS};

/// Columns that a record reads.
#[derive(QueryData)]
#[query_data(contiguous(all))]
pub struct CountColumns {
    h0: &'static RigHashRate<0>,
    h1: &'static RigHashRate<1>,
    h2: &'static RigHashRate<2>,
    h3: &'static RigHashRate<3>,
    e0: &'static RigEfficiency<0>,
    e1: &'static RigEfficiency<1>,
    e2: &'static RigEfficiency<2>,
    e3: &'static RigEfficiency<3>,
    threshold: &'static OperatingThreshold,
    region: &'static RegionIndex,
    /// See the column's own documentation.
    pub running: &'static RunningHashRate,
    /// See the column's own documentation.
    pub power: &'static RunningPower,
    /// See the column's own documentation.
    pub tariff: &'static TariffToday,
    recurring: ReadFlows,
    coins: &'static Coins,
    /// See the column's own documentation.
    pub site: &'static Site,
}

impl CountColumnsItem<'_, '_> {
    /// The miner's rigs.
    #[must_use]
    pub fn rigs(&self) -> RigFleet {
        RigFleet {
            hash_rate: [self.h0.0, self.h1.0, self.h2.0, self.h3.0],
            efficiency: [self.e0.0, self.e1.0, self.e2.0, self.e3.0],
        }
    }
}

/// Sums over miners.
#[derive(Resource, Clone, Debug)]
pub struct Count {
    /// Running hash rate by owner, H/s.
    pub by_owner: Vec<f64>,
    /// Running hash rate by manufacturer of the rigs.
    pub by_manufacturer: [HashRate; MAX_MANUFACTURERS],
    /// Running hash rate by region.
    pub by_region: [HashRate; MAX_REGIONS],
    /// Facility power drawn by region.
    pub power_by_region: [Power; MAX_REGIONS],
    /// Utility power of AI halls, by region.
    pub halls: [HallPower; MAX_REGIONS],
    /// Utility power under development and not promised, by region.
    pub pipeline: [Power; MAX_REGIONS],
    /// Leases that earn rent.
    pub hosts: f64,
    /// Utility power of mining sites, by region.
    pub mining_sites: [Power; MAX_REGIONS],
    /// Rigs switched off on sites, by efficiency.
    pub idle_on_site: HashRateByBin,
    /// Rigs switched on, by power cost per hash.
    pub on_by_cost: HashRateByBin,
    /// All rigs on sites.
    pub installed: HashRate,
    /// Rigs that are switched on.
    pub on: HashRate,
    /// Their power, without cooling.
    pub on_power: Power,
    /// Rig power of those switched off.
    pub off_power: Power,
    /// Both of them by region: of rigs switched on, and of those switched off.
    pub rig_power_by_region: [[Power; 2]; MAX_REGIONS],
    /// Facility power drawn.
    pub drawn: Power,
    /// Power bills of a day.
    pub bill: Usd,
    /// Recurring cash flows of a day, each at its place.
    pub recurring: [Usd; FLOWS],
    /// Coins held.
    pub coins: Btc,
    /// Sites that mine.
    pub active: f64,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            by_owner: Vec::new(),
            by_manufacturer: [HashRate::ZERO; MAX_MANUFACTURERS],
            by_region: [HashRate::ZERO; MAX_REGIONS],
            power_by_region: [Power::ZERO; MAX_REGIONS],
            halls: [HallPower::default(); MAX_REGIONS],
            pipeline: [Power::ZERO; MAX_REGIONS],
            hosts: 0.0,
            mining_sites: [Power::ZERO; MAX_REGIONS],
            idle_on_site: [HashRate::ZERO; BINS],
            on_by_cost: [HashRate::ZERO; BINS],
            installed: HashRate::ZERO,
            on: HashRate::ZERO,
            on_power: Power::ZERO,
            off_power: Power::ZERO,
            rig_power_by_region: [[Power::ZERO; 2]; MAX_REGIONS],
            drawn: Power::ZERO,
            bill: Usd::ZERO,
            recurring: [Usd::ZERO; FLOWS],
            coins: Btc::ZERO,
            active: 0.0,
        }
    }
}

impl Count {
    /// Starts a new count over `owners` owners, keeping the buffer.
    pub(crate) fn reset(&mut self, owners: usize) {
        let mut by_owner = std::mem::take(&mut self.by_owner);
        by_owner.clear();
        by_owner.resize(owners, 0.0);
        *self = Self { by_owner, ..Self::default() };
    }

    /// Counts the miners of one table.
    pub fn add(&mut self, columns: &CountColumnsContiguousItem<'_, '_>) {
        let recurring = as_array(&columns.recurring);
        for i in 0..columns.site.len() {
            let rigs = RigFleet {
                hash_rate: [columns.h0[i].0, columns.h1[i].0, columns.h2[i].0, columns.h3[i].0],
                efficiency: [columns.e0[i].0, columns.e1[i].0, columns.e2[i].0, columns.e3[i].0],
            };
            let site = &columns.site[i];
            let limit =
                if site.closed || site.resting { Efficiency::ZERO } else { columns.threshold[i].0 };
            let place = columns.region[i].0 as usize % MAX_REGIONS;
            self.add_rigs(&rigs, limit, columns.tariff[i].0, place);
            self.add_site(site, columns.running[i].0, place);
            self.by_region[place] += columns.running[i].0;
            self.power_by_region[place] += columns.power[i].0;
            self.drawn += columns.power[i].0;
            self.bill += columns.power[i].0 * DAY * columns.tariff[i].0;
            for (sum, flow) in self.recurring.iter_mut().zip(recurring) {
                *sum += flow[i] * DAY;
            }
            self.coins += columns.coins[i].0;
        }
    }

    fn add_rigs(&mut self, rigs: &RigFleet, limit: Efficiency, tariff: Tariff, place: usize) {
        let (mut on, mut off) = (Power::ZERO, Power::ZERO);
        for slot in 0..SLOTS {
            let (hash_rate, efficiency) = (rigs.hash_rate[slot], rigs.efficiency[slot]);
            self.installed += hash_rate;
            if efficiency <= limit {
                self.on += hash_rate;
                self.on_power += hash_rate * efficiency;
                on += hash_rate * efficiency;
                self.on_by_cost[cost_bin_of(efficiency * tariff)] += hash_rate;
            } else if hash_rate.0 > 0.0 {
                self.off_power += hash_rate * efficiency;
                off += hash_rate * efficiency;
                self.idle_on_site[bin_of(efficiency)] += hash_rate;
            }
        }
        self.rig_power_by_region[place][0] += on;
        self.rig_power_by_region[place][1] += off;
    }

    fn add_site(&mut self, site: &Site, running: HashRate, place: usize) {
        self.by_owner[site.owner as usize] += running.0;
        self.by_manufacturer[usize::from(site.manufacturer) % MAX_MANUFACTURERS] += running;
        self.mining_sites[place] += site.capacity;
        if running.0 > 0.0 {
            self.active += 1.0;
        }
    }

    /// Counts AI halls and pipelines.
    pub(crate) fn add_halls(&mut self, campuses: &Campuses, leases: &Leases) {
        self.halls = leases.power_by_region(campuses);
        for campus in &campuses.0 {
            self.pipeline[campus.region as usize % MAX_REGIONS] += campus.pipeline;
        }
        let hosts = leases.all.iter().filter(|lease| lease.stage == HallStage::Hosting);
        self.hosts = hosts.count() as f64;
    }

    /// Power of all halls.
    #[must_use]
    pub fn hall_power(&self) -> HallPower {
        let mut sum = HallPower::default();
        for halls in &self.halls {
            sum += *halls;
        }
        sum
    }

    /// Utility power that is connected: of mining sites and of halls, by region.
    #[must_use]
    pub fn connected(&self) -> [Power; MAX_REGIONS] {
        std::array::from_fn(|region| {
            let halls = &self.halls[region];
            self.mining_sites[region] + halls.converting + halls.hosting + halls.vacant
        })
    }

    /// Rigs switched off on sites.
    #[must_use]
    pub fn idle(&self) -> HashRate {
        self.idle_on_site.iter().copied().sum()
    }
}
