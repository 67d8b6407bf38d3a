//! Turnover, last part: the census, weekly for the markets and on recorded days for the record.

use hashflight::model::mining::efficiency_bins::{bin_of, cost_bin_of};
use hashflight::model::mining::rig_fleet::SLOTS;
use hashflight::units::{DAY, Efficiency};
use hashflight::world::market::state::{Fleet, RegionalLoad};
use hashflight::world::miners::conversion::leases::{HallStage, Route};
use hashflight::world::miners::count::Count;

use super::Model;

impl Model {
    /// Counts rigs, power and halls.
    pub fn take_census(&mut self) {
        let published = self.clock.day.is_multiple_of(self.census_every);
        if !published && !self.clock.day.is_multiple_of(self.record_every) {
            return;
        }
        let mut count = Count { by_owner: vec![0.0; self.owners.len()], ..Count::default() };
        for i in 0..self.miners.count() {
            self.count_rigs(&mut count, i);
            self.count_site(&mut count, i);
            self.count_flows(&mut count, i);
        }
        self.count_halls(&mut count);
        self.count = count;
        if published {
            let count = &self.count;
            self.fleet = Fleet { installed: count.installed, idle: count.idle() };
            self.load = RegionalLoad {
                added_ai: count.halls.map(|halls| halls.added),
                mining: count.mining_sites,
            };
        }
    }

    fn count_rigs(&self, count: &mut Count, i: usize) {
        let m = &self.miners;
        let off = m.site[i].closed || m.site[i].resting;
        let threshold = if off { Efficiency::ZERO } else { m.threshold[i] };
        for slot in 0..SLOTS {
            let (hash_rate, efficiency) = (m.hash_rate[slot][i], m.efficiency[slot][i]);
            count.installed += hash_rate;
            if efficiency <= threshold {
                count.on += hash_rate;
                count.on_power += hash_rate * efficiency;
                count.on_by_cost[cost_bin_of(efficiency * m.tariff[i])] += hash_rate;
            } else if hash_rate.0 > 0.0 {
                count.off_power += hash_rate * efficiency;
                count.idle_on_site[bin_of(efficiency)] += hash_rate;
            }
        }
    }

    fn count_site(&self, count: &mut Count, i: usize) {
        let m = &self.miners;
        let (site, place) = (&m.site[i], m.region[i] as usize);
        count.by_owner[site.owner as usize] += m.running[i].0;
        count.by_manufacturer[usize::from(site.manufacturer)] += m.running[i];
        count.mining_sites[place] += site.capacity;
        if m.running[i].0 > 0.0 {
            count.active += 1.0;
        }
    }

    /// Power of halls by what becomes of it, lease by lease, and of pipelines, campus by campus.
    fn count_halls(&self, count: &mut Count) {
        for lease in &self.leases {
            let sums = &mut count.halls[self.campuses[lease.campus as usize].region as usize];
            let (new, on) = (lease.utility - lease.mined, lease.on / lease.it);
            match lease.stage {
                HallStage::Ended => {}
                HallStage::Vacant => sums.vacant += lease.utility,
                HallStage::Building | HallStage::Hosting => {
                    sums.hosting += lease.utility * on;
                    sums.added += new * on;
                    if lease.route == Route::Standing {
                        sums.vacant += lease.utility * (1.0 - on);
                    } else {
                        sums.converting += lease.mined * (1.0 - on);
                        sums.developing += new * (1.0 - on);
                    }
                }
            }
            if lease.stage == HallStage::Hosting {
                count.hosts += 1.0;
            }
        }
        for campus in &self.campuses {
            count.pipeline[campus.region as usize] += campus.pipeline;
        }
    }

    fn count_flows(&self, count: &mut Count, i: usize) {
        let (m, place) = (&self.miners, self.miners.region[i] as usize);
        count.by_region[place] += m.running[i];
        count.power_by_region[place] += m.power[i];
        count.drawn += m.power[i];
        count.bill += m.power[i] * DAY * m.tariff[i];
        for (sum, flow) in count.recurring.iter_mut().zip(&m.recurring) {
            *sum += flow[i] * DAY;
        }
        count.coins += m.coins[i];
    }
}
