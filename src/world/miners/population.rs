//! The initial population: named owners as reported, everyone else from a bounded Pareto tail.

use bevy_ecs::prelude::World;

use crate::model::chain::hashprice::{break_even_efficiency, hashprice};
use crate::model::market::rigs::able_to_deliver;
use crate::model::mining::population::{
    apportion, pareto_bound, replacement_share, vintage_shares, yearly_additions,
};
use crate::model::mining::rig_fleet::{RigFleet, SLOTS};
use crate::numerics::sampling::{bounded_pareto, categorical, lognormal, power_law};
use crate::random::{Draws, Need};
use crate::units::{
    Btc, BtcPrice, DAY, DAYS_PER_MONTH, DAYS_PER_YEAR, Efficiency, HashRate, Hashprice, Power,
    Tariff, Usd,
};
use crate::world::market::Market;
use crate::world::market::rigs::{asked_price, shipped_efficiency};
use crate::world::market::state::{
    Bitcoin, Delivery, Fees, GridConnections, Manufacturers, Outlook, RigOrder,
};

use super::Miners;
use super::beliefs::SpotHashprice;
use super::campuses::{Campus, Campuses, firm_power_wait};
use super::closures::is_closed_at_first;
use super::spawn::{Prospect, spawn};
use super::spec::{Class, ConversionSpec, MinersSpec, OwnerSpec};
use super::state::{OpeningCampuses, Owners, Site};

/// Everything `populate` needs to know about the first day.
struct FirstDay<'a> {
    spec: &'a MinersSpec,
    market: &'a Market,
    draws: &'a Draws,
    hashprice: Hashprice,
    price: BtcPrice,
    /// Share of the fleet bought in each past year, newest first, and what was shipped then.
    vintages: Vec<(f64, Efficiency)>,
    /// Share of each pool that named owners do not fill.
    pools_left: Vec<f64>,
}

/// Spawns the miners of day 0 and fills the manufacturers' order book.
pub(crate) fn populate(world: &mut World, draws: &Draws) {
    let spec = world.resource::<Miners>().spec.clone();
    let market = world.resource::<Market>().clone();
    let (price, fees) = (world.resource::<Bitcoin>().price, world.resource::<Fees>().per_block);
    let chain = world.resource::<crate::world::chain::Chain>();
    let spot = hashprice(chain.subsidy() + fees, price, chain.difficulty());
    world.insert_resource(Outlook { hashprice: spot });
    world.insert_resource(SpotHashprice { now: spot, trailing: spot });
    let day = FirstDay {
        spec: &spec,
        market: &market,
        draws,
        hashprice: spot,
        price,
        vintages: vintages(&spec, &market),
        pools_left: shares_left(&spec),
    };
    open_manufacturers(world, &day);
    let (mut owners, mut campuses) = (Owners::default(), Campuses::default());
    let named = named_sites(&day, &mut owners, &mut campuses);
    let tail = tail_sites(
        &day,
        named.iter().map(|site| site.rigs.total()).sum(),
        named.len(),
        &mut owners,
        &mut campuses,
    );
    let mut sites = named;
    sites.extend(scaled_to_network(&day, &sites, tail));
    open_campuses(&day, world.resource::<Miners>().ai.as_ref(), &sites, &mut campuses);
    for campus in &campuses.0 {
        let owner = &mut owners.0[sites[campus.first as usize].owner as usize];
        owner.opening_power += campus.opening_capacity + campus.opening_pipeline;
    }
    let power: Power = sites.iter().map(|site| site.capacity).sum();
    let number = campuses.0.len().max(1) as f64;
    world.insert_resource(OpeningCampuses { number, mean: power / number });
    world.insert_resource(campuses);
    let book = opening_orders(&day, &sites);
    world.insert_resource(owners);
    for prospect in &sites {
        spawn(world, prospect, draws);
    }
    keep_room(world, &spec, &book);
    let installed = sites.iter().map(|site| site.rigs.total()).sum();
    fill_order_book(world, book, installed);
}

/// The manufacturers' capacity and price on the first day: they can make in time what they took orders for, so that
/// nobody waits.
fn open_manufacturers(world: &mut World, day: &FirstDay<'_>) {
    let mut manufacturers = world.resource_mut::<Manufacturers>();
    let book = order_book(day);
    manufacturers.daily_capacity =
        able_to_deliver(manufacturers.daily_capacity, book, manufacturers.lead_days);
    manufacturers.price = asked_price(day.market, day.hashprice, manufacturers.efficiency, 0.0);
}

/// All sites of the named owners.
fn named_sites(day: &FirstDay<'_>, owners: &mut Owners, campuses: &mut Campuses) -> Vec<Prospect> {
    let mut sites = Vec::new();
    for owner in pinned_owners(day.spec) {
        let index = owners.add();
        let count = f64::from(owner.sites);
        for number in 0..owner.sites {
            let miner = sites.len() as u32;
            sites.push(named_site(day, owner, (index, number), count, miner));
            let region = sites.last().map_or(0, |site| site.region);
            let pipeline = Power::from_mw(owner.pipeline_mw / count);
            campuses.0.push(new_campus(region, owner.class, miner, 1, pipeline));
        }
    }
    sites
}

/// A campus before its firm day and its power are known.
const fn new_campus(
    region: usize,
    class: Class,
    first: u32,
    sites: u32,
    pipeline: Power,
) -> Campus {
    Campus {
        region: region as u32,
        class,
        first,
        sites,
        pipeline,
        opening_pipeline: pipeline,
        opening_capacity: Power::ZERO,
        successor: None,
        firm_day: 0.0,
    }
}

/// Fills in what campuses have once sites are scaled: their power, and when their pipelines are firm.
fn open_campuses(
    day: &FirstDay<'_>,
    ai: Option<&ConversionSpec>,
    sites: &[Prospect],
    campuses: &mut Campuses,
) {
    for (index, campus) in (0..).zip(&mut campuses.0) {
        let own = &sites[campus.first as usize..(campus.first + campus.sites) as usize];
        campus.opening_capacity = own.iter().map(|site| site.capacity).sum();
        if let Some(ai) = ai {
            campus.firm_day = firm_power_wait(ai, index, day.draws) * DAYS_PER_MONTH;
        }
    }
}

/// The named owners, largest first; their place in the list is their index.
#[must_use]
pub fn pinned_owners(spec: &MinersSpec) -> Vec<&OwnerSpec> {
    let mut owners: Vec<&OwnerSpec> = spec.owners.iter().collect();
    owners.sort_by(|a, b| b.hash_rate_ehs.total_cmp(&a.hash_rate_ehs));
    owners
}

fn named_site(
    day: &FirstDay<'_>,
    owner: &OwnerSpec,
    (index, number): (u32, u32),
    count: f64,
    miner: u32,
) -> Prospect {
    let installed = HashRate::from_ehs(owner.hash_rate_ehs / count) / day.spec.operation.uptime;
    let mut rigs = draw_rigs(day, miner, installed);
    let correction =
        Efficiency::from_j_per_th(owner.efficiency_j_per_th) / (rigs.power() / rigs.total());
    rigs.efficiency = rigs.efficiency.map(|e| e * correction);
    let place = |name: &str| day.market.regions.iter().position(|region| region.name == name);
    Prospect {
        capacity: capacity_for(day.spec, &rigs),
        on_order: Power::ZERO,
        rigs,
        tariff: Tariff::from_usd_per_mwh(owner.tariff_usd_per_mwh),
        region: place(owner.region_of(number)).unwrap_or(0),
        pool: day.spec.pools.iter().position(|pool| pool.name == owner.pool).unwrap_or(0),
        owner: index,
        campus: miner,
        class: owner.class,
        coins: Btc(owner.coins_btc / count),
        cash: Some(Usd(owner.cash_musd * 1e6 / count)),
        debt: Some(Usd(owner.debt_musd * 1e6 / count)),
    }
}

/// Utility power of a site with these rigs and the usual spare.
fn capacity_for(spec: &MinersSpec, rigs: &RigFleet) -> Power {
    rigs.power() * spec.operation.pue / (1.0 - spec.population.spare_power_share)
}

/// Share of the fleet by year of purchase, newest first, and the efficiency shipped in that year.
fn vintages(spec: &MinersSpec, market: &Market) -> Vec<(f64, Efficiency)> {
    let population = &spec.population;
    vintage_shares(&population.hash_rates_ehs(), population.annual_retirement)
        .into_iter()
        .enumerate()
        .map(|(age, share)| (share, shipped_efficiency(&market.rigs, -(age as f64 + 0.5))))
        .collect()
}

/// Rigs of one site: the network's vintages in shares that differ between campuses.
fn draw_rigs(day: &FirstDay<'_>, campus: u32, installed: HashRate) -> RigFleet {
    let population = &day.spec.population;
    let mut weights = [0.0; SLOTS];
    let mut rigs = RigFleet::default();
    for (age, &(share, shipped)) in day.vintages.iter().enumerate() {
        let slot = age.min(SLOTS - 1);
        let [weight, quality] = day.draws.draw_pair(Need::Vintage(campus, age as u16));
        let own = share * lognormal(weight, 1.0, population.vintage_sd_log);
        if own <= 0.0 {
            continue;
        }
        let e = shipped * lognormal(quality, 1.0, population.efficiency_sd_log);
        let power = rigs.efficiency[slot] * weights[slot] + e * own;
        weights[slot] += own;
        rigs.efficiency[slot] = power / weights[slot];
    }
    let total: f64 = weights.iter().sum();
    rigs.hash_rate = weights.map(|weight| installed * (weight / total));
    rigs
}

/// Sites of everyone else, before they are scaled to the network; none where the named owners are all
/// of it. Owners and their campuses are drawn first, however many sites there are; campuses are then cut
/// into as many sites as are left.
fn tail_sites(
    day: &FirstDay<'_>,
    named: HashRate,
    already: usize,
    owners: &mut Owners,
    campuses: &mut Campuses,
) -> Vec<Prospect> {
    let population = &day.spec.population;
    let rows = (population.count as usize).saturating_sub(already);
    if day.spec.is_closed_list() || rows == 0 {
        return Vec::new();
    }
    let network = HashRate::from_ehs(population.hash_rate_ehs);
    let total = network / day.spec.operation.uptime - named;
    let largest = HashRate::from_ehs(population.max_site_mw / fleet_efficiency(day));
    let sizes = owner_sizes(day, rows, total, network * population.max_tail_share, owners);
    let places = places_of(&sizes, largest, rows);
    let shares: Vec<f64> = sizes
        .iter()
        .zip(&places)
        .flat_map(|(&(_, size), &n)| std::iter::repeat_n(size.0 / n as f64, n))
        .collect();
    let mut slices = apportion(&shares, rows).into_iter();
    let mut sites = Vec::with_capacity(rows);
    for (&(owner, size), &count) in sizes.iter().zip(&places) {
        let class = draw_class(day, owner, size, largest);
        for slices in slices.by_ref().take(count) {
            let first = (already + sites.len()) as u32;
            let campus = campuses.0.len() as u32;
            let region = draw_region(day.market, day.draws, campus);
            campuses.0.push(new_campus(region, class, first, slices as u32, Power::ZERO));
            let part = size / (count * slices) as f64;
            let place = Place { owner, class, campus, region };
            sites.extend((0..slices).map(|_| tail_site(day, &place, part)));
        }
    }
    sites
}

/// Unnamed owners and what they have installed, before it is scaled to the network.
fn owner_sizes(
    day: &FirstDay<'_>,
    rows: usize,
    total: HashRate,
    cap: HashRate,
    owners: &mut Owners,
) -> Vec<(u32, HashRate)> {
    let population = &day.spec.population;
    let alpha = population.pareto_alpha;
    let count = (population.unnamed_owners as usize).min(rows);
    let bound = pareto_bound(alpha, count as f64, total, cap);
    let draw = |_| {
        let owner = owners.add();
        let u = day.draws.draw(Need::OwnerSize(owner));
        (owner, cap * (bounded_pareto(u, alpha, bound) / bound))
    };
    (0..count).map(draw).collect()
}

/// Number of each owner's places: as many as the largest site asks for, the largest owners first where
/// there are not enough rows for all of them.
fn places_of(sizes: &[(u32, HashRate)], largest: HashRate, rows: usize) -> Vec<usize> {
    let mut places = vec![1; sizes.len()];
    let mut left = rows - sizes.len();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| sizes[b].1.0.total_cmp(&sizes[a].1.0).then(a.cmp(&b)));
    for owner in order {
        let wanted = libm::ceil(sizes[owner].1 / largest).max(1.0) as usize;
        let more = (wanted - 1).min(left);
        places[owner] += more;
        left -= more;
    }
    places
}

/// Where a drawn site stands and whose it is.
struct Place {
    owner: u32,
    class: Class,
    campus: u32,
    region: usize,
}

/// J/TH of the initial fleet, before differences between miners.
fn fleet_efficiency(day: &FirstDay<'_>) -> f64 {
    let rigs = draw_rigs(day, 0, HashRate(1.0));
    (rigs.power() / rigs.total()).j_per_th()
}

fn draw_class(day: &FirstDay<'_>, owner: u32, size: HashRate, largest_site: HashRate) -> Class {
    let population = &day.spec.population;
    let u = day.draws.draw(Need::OwnerClass(owner));
    // Former Ethereum farms and state miners appear at any size; firms are the larger rest.
    if u < population.gpu_operator_share {
        Class::GpuOperator
    } else if u < population.gpu_operator_share + population.sovereign_share {
        Class::Sovereign
    } else if size / largest_site > 1.0 - population.industrial_share {
        Class::Industrial
    } else {
        Class::Small
    }
}

fn tail_site(day: &FirstDay<'_>, place: &Place, installed: HashRate) -> Prospect {
    let &Place { owner, class, campus, region } = place;
    let rigs = draw_rigs(day, campus, installed);
    let production = rigs.total() * DAY * (day.hashprice / day.price);
    Prospect {
        capacity: capacity_for(day.spec, &rigs),
        on_order: Power::ZERO,
        rigs,
        tariff: draw_tariff(day.market, day.draws, campus, region),
        region,
        pool: categorical(day.draws.draw(Need::Pool(campus)), &day.pools_left),
        owner,
        campus,
        class,
        coins: production * day.spec.treasury.initial_coin_days,
        cash: None,
        debt: None,
    }
}

/// Region of an unnamed campus.
#[must_use]
pub fn draw_region(market: &Market, draws: &Draws, campus: u32) -> usize {
    let shares: Vec<f64> = market.regions.iter().map(|region| region.hash_share).collect();
    categorical(draws.draw(Need::CampusRegion(campus)), &shares)
}

/// Contract tariff of an unnamed campus: log-normal around the region's level, or around the level of
/// stranded power, which is the same everywhere; with a supply elasticity, by its power law instead.
#[must_use]
pub fn draw_tariff(market: &Market, draws: &Draws, campus: u32, region: usize) -> Tariff {
    let energy = &market.energy;
    let u = draws.draw(Need::Tariff(campus));
    if energy.supply_elasticity > 0.0 {
        let median = energy.median_tariff_usd_per_mwh * market.regions[region].tariff_factor;
        return Tariff::from_usd_per_mwh(power_law(u, median, energy.supply_elasticity));
    }
    let stranded = draws.draw(Need::Stranded(campus)) < energy.stranded_share;
    let median = if stranded {
        energy.stranded_tariff_usd_per_mwh
    } else {
        energy.median_tariff_usd_per_mwh * market.regions[region].tariff_factor
    };
    Tariff::from_usd_per_mwh(lognormal(u, median, energy.tariff_sd_log))
}

/// Pool of an unnamed campus: in proportion to what the named owners leave of each pool's share.
#[must_use]
pub fn draw_pool(spec: &MinersSpec, draws: &Draws, campus: u32) -> usize {
    categorical(draws.draw(Need::Pool(campus)), &shares_left(spec))
}

/// Share of each pool that named owners do not fill; where they fill all of them, newcomers choose
/// between the pools by size.
#[must_use]
pub fn shares_left(spec: &MinersSpec) -> Vec<f64> {
    let left: Vec<f64> = spec
        .pools
        .iter()
        .map(|pool| {
            let named: f64 = spec
                .owners
                .iter()
                .filter(|owner| owner.pool == pool.name)
                .map(|owner| owner.hash_rate_ehs)
                .sum();
            (pool.share - named / spec.population.hash_rate_ehs).max(0.0)
        })
        .collect();
    if left.iter().sum::<f64>() > NOTHING_LEFT {
        return left;
    }
    spec.pools.iter().map(|pool| pool.share).collect()
}

/// Shares of pools that rounding leaves over: a numerical tolerance.
const NOTHING_LEFT: f64 = 1e-9;

/// Scales the unnamed sites so that the hash rate that runs on day 0 is the network's. What a closure
/// holds away then comes on top.
fn scaled_to_network(
    day: &FirstDay<'_>,
    named: &[Prospect],
    mut tail: Vec<Prospect>,
) -> Vec<Prospect> {
    let network = HashRate::from_ehs(day.spec.population.hash_rate_ehs);
    let running = |first: u32, sites: &[Prospect]| -> HashRate {
        let open = (first..).zip(sites).filter(|&(miner, _)| is_open_at_first(day, miner));
        open.map(|(_, site)| running_on_day_zero(day, site)).sum()
    };
    let wanted = (network - running(0, named)).max(HashRate::ZERO);
    let runs = running(named.len() as u32, &tail);
    // Where no rig earns its power, what could run counts.
    let could: HashRate =
        tail.iter().map(|site| site.rigs.total() * day.spec.operation.uptime).sum();
    let factor = wanted / if runs > HashRate(1.0) { runs } else { could };
    for site in &mut tail {
        site.rigs.hash_rate = site.rigs.hash_rate.map(|h| h * factor);
        site.capacity = site.capacity * factor;
        site.coins = site.coins * factor;
    }
    tail
}

fn running_on_day_zero(day: &FirstDay<'_>, site: &Prospect) -> HashRate {
    let net = day.hashprice * (1.0 - day.spec.pools[site.pool].fee);
    let limit = break_even_efficiency(net, site.tariff, day.spec.operation.pue);
    site.rigs.running(limit).0 * day.spec.operation.uptime
}

fn is_open_at_first(day: &FirstDay<'_>, miner: u32) -> bool {
    !is_closed_at_first(day.spec, miner, day.draws)
}

/// All rigs on order on the first day: what is known of them, else a replicate's own log-normal multiple of what was added in
/// as long a time of the year before.
fn order_book(day: &FirstDay<'_>) -> HashRate {
    let population = &day.spec.population;
    if population.order_book_ehs > 0.0 {
        return HashRate::from_ehs(population.order_book_ehs);
    }
    let additions = yearly_additions(&population.hash_rates_ehs(), population.annual_retirement);
    let usual = additions * day.market.rigs.delivery_lag_days / DAYS_PER_YEAR;
    let u = day.draws.draw(Need::OrderBook);
    let ratio = lognormal(u, population.pipeline_over_additions, population.pipeline_sd_log);
    HashRate::from_ehs(ratio * usual)
}

/// Rigs ordered before the first day, by day of delivery: spread over the lead time, in
/// proportion to size. Sites that are closed have none. Of them as large a part replaces older ones as of
/// what was added in the year before; the rest comes on free power and, beyond it, with halls.
fn opening_orders(day: &FirstDay<'_>, sites: &[Prospect]) -> Vec<(u32, Delivery)> {
    let lead = day.market.rigs.delivery_lag_days;
    let total = order_book(day);
    let open = || (0..).zip(sites).filter(|&(miner, _)| is_open_at_first(day, miner));
    let installed: HashRate = open().map(|(_, site)| site.rigs.total()).sum();
    let population = &day.spec.population;
    let replaced = replacement_share(&population.hash_rates_ehs(), population.annual_retirement);
    let mut book: Vec<(u32, Delivery)> = Vec::with_capacity(sites.len());
    for (miner, site) in open() {
        let when = 1.0 + day.draws.draw(Need::OpeningDelivery(site.campus)) * lead;
        let age = (lead - when).max(0.0) / DAYS_PER_YEAR;
        let hash_rate = total * (site.rigs.total() / installed);
        let efficiency = shipped_efficiency(&day.market.rigs, -age);
        let [drawn, held] =
            [hash_rate * efficiency, site.rigs.power()].map(|power| power * day.spec.operation.pue);
        let replaces = (drawn * replaced).min(held);
        let free = (site.capacity - held).max(Power::ZERO);
        let hall = (drawn - replaces - free).max(Power::ZERO);
        book.push((when as u32, Delivery { miner, hash_rate, efficiency, replaces, hall }));
    }
    book.sort_by_key(|&(when, _)| when);
    book
}

/// Sites keep room for what they have on order, and grids have connected what is being built for it.
fn keep_room(world: &mut World, spec: &MinersSpec, book: &[(u32, Delivery)]) {
    let mut query = world.query::<&mut Site>();
    let mut sites: Vec<_> = query.iter_mut(world).collect();
    for (_, delivery) in book {
        let drawn = delivery.hash_rate * delivery.efficiency * spec.operation.pue;
        sites[delivery.miner as usize].expect(delivery, drawn);
    }
    let building = book.iter().map(|(_, delivery)| delivery.hall).sum();
    world.resource_mut::<GridConnections>().take(building);
}

/// Hands the orders of the past to the manufacturers, who also made the rigs on site.
fn fill_order_book(world: &mut World, book: Vec<(u32, Delivery)>, installed: HashRate) {
    let mut manufacturers = world.resource_mut::<Manufacturers>();
    for (when, delivery) in book {
        let unmade = delivery.hash_rate;
        manufacturers.enter(RigOrder { from: when, room_from: when, unmade, delivery });
    }
    manufacturers.made += installed;
}
