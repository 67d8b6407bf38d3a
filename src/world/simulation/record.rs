//! Write down: the state of the world and of its security on recorded days. Reads only.

use bevy_ecs::prelude::{Res, ResMut, Resource, World};
use bevy_ecs::system::SystemParam;

use crate::clock::Clock;
use crate::model::chain::block_time::hazard_rate;
use crate::model::concentration::indices::{Control, concentration};
use crate::model::market::energy::emissions_mt;
use crate::model::mining::economics::growing_annuity;
use crate::model::mining::efficiency_bins::bin_of;
use crate::numerics::ranking::Ranking;
use crate::units::{Btc, DAY, Efficiency, Power, Seconds, Tariff};
use crate::world::chain::{Chain, MAX_POOLS, NetworkHashRate};
use crate::world::market::Market;
use crate::world::market::state::{
    AiDemand, Bitcoin, Fees, IdleStock, MAX_TENANTS, Manufacturers, PowerGrid,
};
use crate::world::miners::appetite::Appetite;
use crate::world::miners::beliefs::SpotHashprice;
use crate::world::miners::campuses::Campuses;
use crate::world::miners::cash_flows::{Direction, sum_of};
use crate::world::miners::census::{CensusInterval, RecordInterval, RegionInterval};
use crate::world::miners::conversion::leases::{Lease, Leases};
use crate::world::miners::conversion::supply::{OfferedPower, SupplySurvey};
use crate::world::miners::count::Count;
use crate::world::miners::state::{Flows, LARGE_OWNER, Owners, SMALL_OWNER};
use crate::world::miners::{Miners, TenantLoad};
use crate::world::security::{self, NetworkView, Scratch, SecurityRecord};

use super::Setup;
use super::trajectory::{Record, RegionRecord};

/// Records so far, and what the next one needs to know of the last.
#[derive(Resource, Debug)]
pub struct Recorder {
    /// Records so far.
    pub records: Vec<Record>,
    /// Records of regions so far.
    pub regions: Vec<RegionRecord>,
    spec: security::SecuritySpec,
    scratch: Scratch,
    tenants: Ranking,
    templates: [u8; MAX_POOLS],
    pool_fees: [f64; MAX_POOLS],
    sold: Btc,
    issued_sat: u64,
    mining_emissions_mt: f64,
    curtailed_mwh: f64,
    /// Days between surveys of supply; 0 for none after the first.
    pub survey_every: u32,
    offered: OfferedPower,
}

/// Everything a record reads.
#[derive(SystemParam)]
pub struct Views<'w> {
    clock: Res<'w, Clock>,
    market: Res<'w, Market>,
    miners: Res<'w, Miners>,
    bitcoin: Res<'w, Bitcoin>,
    fees: Res<'w, Fees>,
    grid: Res<'w, PowerGrid>,
    manufacturers: Res<'w, Manufacturers>,
    appetite: Res<'w, Appetite>,
    stock: Res<'w, IdleStock>,
    demand: Res<'w, AiDemand>,
    tenants: Res<'w, TenantLoad>,
    leases: Res<'w, Leases>,
    campuses: Res<'w, Campuses>,
    owners: Res<'w, Owners>,
    network: Res<'w, NetworkHashRate>,
    hashprice: Res<'w, SpotHashprice>,
    flows: Res<'w, Flows>,
    count: Res<'w, Count>,
    interval: Res<'w, RecordInterval>,
    region_interval: Res<'w, RegionInterval>,
}

/// Puts the recorder into the world.
pub fn install(world: &mut World, setup: &Setup) {
    let every = setup.simulation.record_every_days.max(1);
    let days = setup.simulation.horizon_days / every;
    let regions_every = setup.simulation.regions_every_days;
    let region_days = setup.simulation.horizon_days.checked_div(regions_every).map_or(0, |n| n + 1);
    world.insert_resource(RecordInterval(every));
    world.insert_resource(RegionInterval(regions_every));
    world.insert_resource(CensusInterval(setup.simulation.census_days.max(1)));
    world.insert_resource(Recorder {
        records: Vec::with_capacity(days as usize + 2),
        regions: Vec::with_capacity(region_days as usize * setup.market.regions.len()),
        spec: setup.security.clone(),
        scratch: Scratch::with_capacity(2 * setup.miners.population.count as usize),
        tenants: Ranking::with_capacity(MAX_TENANTS),
        templates: template_groups(&setup.miners.pools),
        pool_fees: std::array::from_fn(|pool| setup.miners.pools.get(pool).map_or(0.0, |p| p.fee)),
        sold: Btc::ZERO,
        issued_sat: world.resource::<Chain>().issued_sat(),
        mining_emissions_mt: 0.0,
        curtailed_mwh: 0.0,
        survey_every: setup.simulation.supply_survey_days,
        offered: OfferedPower::default(),
    });
}

/// Numbers the template groups: pools that name the same group share a number.
fn template_groups(pools: &[crate::world::miners::spec::PoolSpec]) -> [u8; MAX_POOLS] {
    std::array::from_fn(|index| {
        let group = pools.get(index).map_or("", |pool| pool.template_group.as_str());
        let first = pools.iter().position(|pool| !group.is_empty() && pool.template_group == group);
        first.unwrap_or(index) as u8
    })
}

/// Surveys the supply of AI halls when it is time, and writes a record on recorded days, and those of regions on
/// theirs.
pub fn record_day(
    views: Views,
    mut survey: SupplySurvey,
    mut chain: ResMut<Chain>,
    mut recorder: ResMut<Recorder>,
) {
    if recorder.survey_every > 0 && views.clock.day.is_multiple_of(recorder.survey_every) {
        recorder.offered = survey.offered();
    }
    if views.clock.day.is_multiple_of(views.interval.0) {
        recorder.write(&views, &mut chain);
    }
    recorder.write_regions(&views);
}

/// Writes the record of day 0.
pub(crate) fn record_opening(
    views: Views,
    mut survey: SupplySurvey,
    mut chain: ResMut<Chain>,
    mut recorder: ResMut<Recorder>,
) {
    recorder.offered = survey.offered();
    recorder.write(&views, &mut chain);
    recorder.write_regions(&views);
}

impl Recorder {
    fn write(&mut self, views: &Views, chain: &mut Chain) {
        let days = self.records.last().map_or(0, |last| views.clock.day - last.day);
        self.add_emissions(views, f64::from(days));
        let mut record =
            Record { day: views.clock.day, height: chain.height(), ..Record::default() };
        self.record_chain(views, chain, f64::from(days.max(1)), &mut record);
        self.record_rigs(views, &mut record);
        self.record_money(views, f64::from(days.max(1)), &mut record);
        self.record_ai(views, &mut record);
        record.security = self.observe(views, chain, &record);
        self.records.push(record);
    }

    /// Records of all regions, if this is one of their days.
    fn write_regions(&mut self, views: &Views) {
        let (day, pue) = (views.clock.day, views.miners.spec.operation.pue);
        if views.region_interval.has(day) {
            let places = 0..views.market.regions.len();
            self.regions.extend(
                places.map(|place| RegionRecord::of(&views.count, &views.grid, pue, day, place)),
            );
        }
    }

    /// Emissions and curtailment of mining at today's rates over the days since the last record.
    fn add_emissions(&mut self, views: &Views, days: f64) {
        for (place, region) in views.market.regions.iter().enumerate() {
            let energy = views.count.power_by_region[place] * (DAY * days);
            let left = views.grid.availability[place];
            self.mining_emissions_mt += emissions_mt(energy, region.carbon_kg_per_mwh);
            if left > 0.0 {
                self.curtailed_mwh += energy.mwh() * (1.0 - left) / left;
            }
        }
    }

    fn record_chain(&mut self, views: &Views, chain: &mut Chain, days: f64, record: &mut Record) {
        let previous = self.records.last().map_or(Seconds(600.0), |last| last.block_interval);
        let issued = chain.issued_sat() - self.issued_sat;
        self.issued_sat = chain.issued_sat();
        let intervals = chain.take_interval_statistics();
        let fees = views.fees.per_block * f64::from(intervals.count);
        let subsidy = chain.subsidy();
        record.hash_rate = views.network.total;
        record.difficulty = chain.difficulty();
        record.block_interval = intervals.mean().unwrap_or(previous);
        record.btc_price = views.bitcoin.price;
        record.hashprice = views.hashprice.now;
        record.subsidy = subsidy;
        record.fee_share = share_of_fees(views.fees.per_block, subsidy);
        record.security_budget_per_day =
            (Btc(issued as f64 / 1e8) + fees) * views.bitcoin.price / days;
        record.issuance_deviation = chain.issuance_deviation();
        record.price_impact_log = views.bitcoin.impact_log;
    }

    fn record_rigs(&self, views: &Views, record: &mut Record) {
        let (count, pue) = (&views.count, views.miners.spec.operation.pue);
        record.idle_on_site = count.idle();
        record.idle_stock = views.stock.total();
        record.in_delivery = views.manufacturers.on_order;
        record.makers_capacity = views.manufacturers.daily_capacity;
        record.appetite = *views.appetite;
        record.fleet_efficiency_j_per_th = fleet_efficiency(count).j_per_th();
        record.rig_price_new = views.manufacturers.price;
        record.rig_price_used = views.stock.price[bin_of(fleet_efficiency(count))];
        record.mean_tariff = mean_tariff(count);
        record.mining_power = count.on_power * pue;
        record.idle_power = count.off_power * pue;
        let halls = count.hall_power();
        let sites: Power = count.mining_sites.iter().copied().sum();
        record.converting_power = halls.converting;
        record.hosting_power = halls.hosting;
        record.developing_power = halls.developing;
        record.pipeline_power = count.pipeline.iter().copied().sum();
        record.vacant_power =
            (sites - record.mining_power - record.idle_power).max(Power::ZERO) + halls.vacant;
        record.surrendered_power = views.flows.power_given_up();
        record.curtailed_mwh = self.curtailed_mwh;
        record.mining_emissions_mt = self.mining_emissions_mt;
        record.mining_energy_twh = views.flows.energy.mwh() / 1e6;
    }

    fn record_money(&mut self, views: &Views, days: f64, record: &mut Record) {
        let count = &views.count;
        record.btc_sold_per_day = (views.flows.coins_sold - self.sold) / days;
        self.sold = views.flows.coins_sold;
        record.treasury = count.coins;
        record.active_miners = count.active + count.hosts;
        record.insolvencies = f64::from(views.flows.insolvencies);
        record.entrants = f64::from(views.flows.entrants);
        let revenue = views.network.total * DAY * views.hashprice.now;
        let profit = revenue - count.bill - sum_of(&count.recurring, Direction::OperatingCost);
        record.mining_margin = if revenue.0 > 0.0 { profit / revenue } else { 0.0 };
    }

    fn record_ai(&mut self, views: &Views, record: &mut Record) {
        let load = views.tenants.contracted.map(|load| load.0);
        record.ai_energised = views.tenants.energised.iter().copied().sum();
        record.ai_contracted = views.tenants.contracted.iter().copied().sum();
        record.ai_cancelled = views.flows.ai_cancelled;
        record.ai_energy_twh = views.flows.ai_energy.mwh() / 1e6;
        record.ai_emissions_mt = views.flows.ai_emissions_mt;
        record.ai_rent_musd = views.demand.colocation_musd;
        record.ai_tendered = views.demand.asked;
        record.ai_lost = views.demand.lost;
        record.ai_signed = views.flows.ai_signed;
        let let_out = views.leases.let_out();
        record.ai_lease_rent_musd = let_out.mean_rent_musd();
        record.ai_retrofit = let_out.retrofit;
        record.ai_offered = self.offered;
        let place = |lease: &Lease| views.campuses.0[lease.campus as usize].region as usize;
        let size = |lease: &Lease| views.owners.0[lease.owner as usize].opening_power;
        let country = |lease: &Lease| views.market.regions[place(lease)].country.as_str();
        record.ai_in_us = views.leases.let_power(|lease| country(lease) == "US");
        record.ai_of_large = views.leases.let_power(|lease| size(lease) >= LARGE_OWNER);
        record.ai_of_small = views.leases.let_power(|lease| size(lease) < SMALL_OWNER);
        record.hhi_tenant = concentration(load, Control::MAJORITY, &mut self.tenants).hhi;
    }

    fn observe(&mut self, views: &Views, chain: &Chain, record: &Record) -> SecurityRecord {
        let efficiency = fleet_efficiency(&views.count);
        let view = NetworkView {
            honest: views.network.total,
            by_owner: &views.count.by_owner,
            by_pool: &views.network.by_pool,
            pool_template: &self.templates,
            pool_fee: &self.pool_fees,
            by_region: &views.count.by_region,
            by_manufacturer: &views.count.by_manufacturer,
            by_tenant: &views.tenants.contracted.map(|load| load.0),
            idle_on_site: &views.count.idle_on_site,
            displaced: &views.stock.hash_rate,
            used_price: &views.stock.price,
            on_by_cost: &views.count.on_by_cost,
            earning_years: earning_years(&views.miners.spec, self.spec.remaining_life_share),
            new_price: views.manufacturers.price,
            new_efficiency: views.manufacturers.efficiency,
            delivery_per_day: views.manufacturers.daily_capacity,
            delivery_lag: Seconds::from_days(views.manufacturers.lead_days),
            hashprice: views.hashprice.now,
            btc_price: views.bitcoin.price,
            subsidy: chain.subsidy(),
            fees: views.fees.per_block,
            blocks_per_day: (DAY.0 * hazard_rate(record.hash_rate, record.difficulty))
                .min(MOST_BLOCKS),
            fleet_efficiency: efficiency,
            mean_tariff: record.mean_tariff,
            pue: views.miners.spec.operation.pue,
            vacant_power: record.vacant_power,
        };
        security::observe(&self.spec, &view, &mut self.scratch)
    }
}

/// Most blocks a day in expectation, at a hash rate far above its difficulty: a numerical bound.
const MOST_BLOCKS: f64 = 1_000.0;

fn fleet_efficiency(count: &Count) -> Efficiency {
    if count.on.0 > 0.0 { count.on_power / count.on } else { Efficiency::ZERO }
}

fn mean_tariff(count: &Count) -> Tariff {
    let energy = count.drawn * DAY;
    if energy.0 > 0.0 { count.bill / energy } else { Tariff::ZERO }
}

/// Years over which a running rig still earns, discounted at the interest on corporate debt, with
/// the decline that investors expect.
fn earning_years(spec: &crate::world::miners::MinersSpec, remaining_share: f64) -> f64 {
    growing_annuity(
        spec.treasury.interest_rate + spec.investment.expected_annual_decline,
        0.0,
        spec.investment.rig_life_years * remaining_share,
    )
}

/// Fees over the reward; none of a block that is worth nothing, once the subsidy has ended.
fn share_of_fees(fees: Btc, subsidy: Btc) -> f64 {
    let reward = subsidy + fees;
    if reward.0 > 0.0 { fees / reward } else { 0.0 }
}
