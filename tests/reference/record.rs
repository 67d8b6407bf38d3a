//! Record: the state of the world on recorded days, security left out (it is read off the world
//! and changes nothing).

use hashflight::model::concentration::indices::{Control, concentration};
use hashflight::model::hosting::tenders::affordable;
use hashflight::model::market::energy::emissions_mt;
use hashflight::model::mining::efficiency_bins::bin_of;
use hashflight::numerics::ranking::Ranking;
use hashflight::units::{Btc, DAY, Efficiency, Power, Seconds, Tariff};
use hashflight::world::chain::Chain;
use hashflight::world::market::state::{HostingKind, MAX_REGIONS};
use hashflight::world::miners::cash_flows::{Direction, sum_of};
use hashflight::world::miners::conversion::leases::{HallPower, HallStage, Route};
use hashflight::world::miners::conversion::supply::{OfferedPower, SUPPLY_CURVE, any_tender};
use hashflight::world::miners::state::{Flows, LARGE_OWNER, SMALL_OWNER};
use hashflight::world::security::SecurityRecord;
use hashflight::world::simulation::trajectory::Record;

use super::Model;

/// What the next record needs to know of the last.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastRecord {
    sold: Btc,
    issued_sat: u64,
    mining_emissions_mt: f64,
    curtailed_mwh: f64,
    /// The supply curve of the last survey.
    offered: OfferedPower,
}

impl LastRecord {
    /// As the record of day 0 leaves it.
    pub fn opening(flows: &Flows, chain: &Chain, offered: OfferedPower) -> Self {
        Self { sold: flows.coins_sold, issued_sat: chain.issued_sat(), offered, ..Self::default() }
    }
}

impl Model {
    /// Writes a record on recorded days.
    pub fn record_day(&mut self) {
        if self.survey_every > 0 && self.clock.day.is_multiple_of(self.survey_every) {
            self.last.offered = self.offered();
        }
        if !self.clock.day.is_multiple_of(self.record_every) {
            return;
        }
        let before = self.records.last().copied().unwrap_or_default();
        let days = f64::from(self.clock.day - before.day);
        self.add_emissions(days);
        let record = self.describe(days.max(1.0), before.block_interval);
        self.last.sold = self.flows.coins_sold;
        self.last.issued_sat = self.chain.issued_sat();
        self.records.push(record);
    }

    /// Emissions and curtailment of mining at today's rates over the days since the last record.
    fn add_emissions(&mut self, days: f64) {
        for (place, region) in self.market.regions.iter().enumerate() {
            let energy = self.count.power_by_region[place] * (DAY * days);
            let left = self.grid.availability[place];
            self.last.mining_emissions_mt += emissions_mt(energy, region.carbon_kg_per_mwh);
            if left > 0.0 {
                self.last.curtailed_mwh += energy.mwh() * (1.0 - left) / left;
            }
        }
    }

    fn describe(&mut self, days: f64, interval_before: Seconds) -> Record {
        let intervals = self.chain.take_interval_statistics();
        let (chain, count, flows) = (&self.chain, &self.count, &self.flows);
        let (subsidy, fee) = (chain.subsidy(), self.fees.per_block);
        let issued = Btc((chain.issued_sat() - self.last.issued_sat) as f64 / 1e8);
        let rewards = issued + fee * f64::from(intervals.count);
        let pue = self.policy.spec.operation.pue;
        let (mining_power, idle_power) = (count.on_power * pue, count.off_power * pue);
        let (mut sites, mut pipeline) = (Power::ZERO, Power::ZERO);
        let mut halls = HallPower::default();
        for place in 0..MAX_REGIONS {
            sites += count.mining_sites[place];
            pipeline += count.pipeline[place];
            halls.converting += count.halls[place].converting;
            halls.developing += count.halls[place].developing;
            halls.hosting += count.halls[place].hosting;
            halls.vacant += count.halls[place].vacant;
        }
        let vacant_sites = (sites - mining_power - idle_power).max(Power::ZERO);
        let (retrofit, lease_rent) = self.leases_in_force();
        let [in_us, of_large, of_small] = self.contracted_of();
        let running = count.on.0 > 0.0;
        let efficiency = if running { count.on_power / count.on } else { Efficiency::ZERO };
        let drawn = count.drawn * DAY;
        let revenue = self.network.total * DAY * self.spot;
        let profit = revenue - count.bill - sum_of(&count.recurring, Direction::OperatingCost);
        Record {
            day: self.clock.day,
            height: chain.height(),
            hash_rate: self.network.total,
            difficulty: chain.difficulty(),
            block_interval: intervals.mean().unwrap_or(interval_before),
            btc_price: self.bitcoin.price,
            hashprice: self.spot,
            subsidy,
            fee_share: if (subsidy + fee).0 > 0.0 { fee / (subsidy + fee) } else { 0.0 },
            security_budget_per_day: rewards * self.bitcoin.price / days,
            issuance_deviation: chain.issuance_deviation(),
            idle_on_site: count.idle(),
            idle_stock: self.stock.total(),
            in_delivery: self.manufacturers.on_order,
            makers_capacity: self.manufacturers.daily_capacity,
            appetite: self.appetite,
            fleet_efficiency_j_per_th: efficiency.j_per_th(),
            rig_price_new: self.manufacturers.price,
            rig_price_used: self.stock.price[bin_of(efficiency)],
            mean_tariff: if drawn.0 > 0.0 { count.bill / drawn } else { Tariff::ZERO },
            mining_power,
            idle_power,
            converting_power: halls.converting,
            hosting_power: halls.hosting,
            surrendered_power: self.flows.surrendered.iter().copied().sum(),
            developing_power: halls.developing,
            pipeline_power: pipeline,
            vacant_power: vacant_sites + halls.vacant,
            ai_energised: self.tenants.energised.into_iter().sum(),
            ai_contracted: self.tenants.contracted.into_iter().sum(),
            ai_cancelled: flows.ai_cancelled,
            ai_rent_musd: self.demand.colocation_musd,
            ai_tendered: self.demand.asked,
            ai_lost: self.demand.lost,
            ai_signed: flows.ai_signed,
            ai_lease_rent_musd: lease_rent,
            ai_retrofit: retrofit,
            ai_offered: self.last.offered,
            ai_in_us: in_us,
            ai_of_large: of_large,
            ai_of_small: of_small,
            hhi_tenant: self.hhi_tenant(),
            btc_sold_per_day: (flows.coins_sold - self.last.sold) / days,
            treasury: count.coins,
            price_impact_log: self.bitcoin.impact_log,
            active_miners: count.active + count.hosts,
            insolvencies: f64::from(flows.insolvencies),
            entrants: f64::from(flows.entrants),
            mining_margin: if revenue.0 > 0.0 { profit / revenue } else { 0.0 },
            mining_energy_twh: flows.energy.mwh() / 1e6,
            ai_energy_twh: flows.ai_energy.mwh() / 1e6,
            curtailed_mwh: self.last.curtailed_mwh,
            mining_emissions_mt: self.last.mining_emissions_mt,
            ai_emissions_mt: flows.ai_emissions_mt,
            security: SecurityRecord::default(),
        }
    }

    /// IT power under contract in the United States, of large owners, and of small ones.
    fn contracted_of(&self) -> [Power; 3] {
        let mut sums = [Power::ZERO; 3];
        for lease in &self.leases {
            if !matches!(lease.stage, HallStage::Building | HallStage::Hosting) {
                continue;
            }
            let region = self.campuses[lease.campus as usize].region as usize;
            let size = self.owners[lease.owner as usize].opening_power;
            let counts = [
                self.market.regions[region].country == "US",
                size >= LARGE_OWNER,
                size < SMALL_OWNER,
            ];
            for (sum, counts) in sums.iter_mut().zip(counts) {
                if counts {
                    *sum += lease.it;
                }
            }
        }
        sums
    }

    /// IT power that owners offer to a plain tender at each rent of the curve: halls to be built, the
    /// cheapest first, each as large as its owner's crews and purse still allow.
    pub fn offered(&self) -> OfferedPower {
        let mut curve = OfferedPower::default();
        let (Some(spec), Some(terms)) = (&self.policy.ai, &self.market.ai) else { return curve };
        let (land, tender) = (self.survey(spec), any_tender(terms));
        let mut offers = Vec::new();
        for campus in 0..self.campuses.len() {
            for route in [Route::Retrofit, Route::NewHall] {
                offers.extend(self.offer((spec, terms), &land, campus, &tender, route));
            }
        }
        offers.sort_by(|a, b| a.rent.total_cmp(&b.rent));
        let mut means = land.means;
        for offer in offers {
            let owner = &mut means[offer.owner];
            let own = offer.cost * offer.equity_share;
            let bought = affordable(owner.purse, own);
            let mw = offer.most_mw.min(owner.room.min(bought)).max(0.0);
            owner.room -= mw;
            owner.purse -= mw * own;
            for (point, power) in SUPPLY_CURVE.iter().zip(&mut curve) {
                *power +=
                    if offer.rent <= point.rent_musd { Power::from_mw(mw) } else { Power::ZERO };
            }
        }
        curve
    }

    /// IT power in mining halls turned over, and the mean first-year rent of colocation.
    fn leases_in_force(&self) -> (Power, f64) {
        let (mut retrofit, mut colocation, mut rent) = (Power::ZERO, 0.0, 0.0);
        for lease in &self.leases {
            if !matches!(lease.stage, HallStage::Building | HallStage::Hosting) {
                continue;
            }
            retrofit += lease.it * (lease.mined / lease.utility);
            if lease.kind == HostingKind::Colocation {
                colocation += lease.it.0;
                rent += lease.it.0 * lease.rent_musd;
            }
        }
        (retrofit, if colocation > 0.0 { rent / colocation } else { 0.0 })
    }

    fn hhi_tenant(&self) -> f64 {
        let load = self.tenants.contracted.map(|load| load.0);
        concentration(load, Control::MAJORITY, &mut Ranking::default()).hhi
    }
}
