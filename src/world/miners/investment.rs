//! Invest: at its monthly review a miner lets worn-out rigs go, sells those without a future,
//! and orders new or used ones when they pay back soon enough. Deliveries arrive months later.

use bevy_ecs::prelude::{Query, Res, ResMut};
use multiversion::multiversion;

use crate::clock::Clock;
use crate::model::mining::efficiency_bins::{BINS, bin_of};
use crate::model::mining::investment::{Expectation, departed, power_to_equip};
use crate::model::mining::rig_fleet::RigFleet;
use crate::units::{
    DAY, DAYS_PER_MONTH, DAYS_PER_YEAR, HashRate, Power, RigPrice, Usd, UsdPerWatt,
};
use crate::world::market::state::{Delivery, GridConnections, IdleStock, Manufacturers};

use super::Miners;
use super::access::{Miner, MinerColumns, table};
use super::campuses::Campuses;
use super::cash_flows::outlays;
use super::review::{ReviewDay, ReviewViews};
use super::spec::MinersSpec;
use super::state::{Flows, Site};

/// Takes in the rigs that arrive today; what does not fit goes to the idle stock.
pub fn install_deliveries(
    clock: Res<Clock>,
    miners: Res<Miners>,
    mut manufacturers: ResMut<Manufacturers>,
    mut stock: ResMut<IdleStock>,
    mut flows: ResMut<Flows>,
    mut query: Query<MinerColumns>,
) {
    let Some(mut table) = table(&mut query) else { return };
    manufacturers.make(clock.day);
    while let Some(delivery) = manufacturers.next_delivery(clock.day) {
        let mut miner = table.miner(delivery.miner as usize);
        receive(&miners, &mut miner, delivery, &mut stock, &mut flows);
    }
}

/// Installs one delivery, in the hall that was built for it if there is one, and displaces the least
/// efficient rigs for which there is no power: those that it was ordered to replace, since room was kept for
/// the rest, and those whose power went to something else meanwhile.
fn receive(
    miners: &Miners,
    miner: &mut Miner<'_>,
    delivery: Delivery,
    stock: &mut IdleStock,
    flows: &mut Flows,
) {
    let pue = miners.spec.operation.pue;
    let drawn = delivery.hash_rate * delivery.efficiency * pue;
    miner.site.receive(&delivery, drawn);
    flows.connect(miner.region.0, delivery.hall);
    let mut rigs = miner.rigs();
    rigs.install(delivery.hash_rate, delivery.efficiency);
    displace(miners, miner, rigs, stock, flows);
}

/// Sells the least efficient rigs for which the site has no power.
pub fn displace(
    miners: &Miners,
    miner: &mut Miner<'_>,
    mut rigs: RigFleet,
    stock: &mut IdleStock,
    flows: &mut Flows,
) {
    let displaced = rigs.fit(miner.site.capacity / miners.spec.operation.pue);
    for (hash_rate, efficiency) in displaced.classes() {
        miner.cash.0 += stock.buy_from_owner(hash_rate, efficiency, flows);
    }
    miner.set_rigs(miners, &rigs);
}

impl IdleStock {
    /// Takes rigs from their owner at the used price and returns what it pays.
    pub(crate) fn buy_from_owner(
        &mut self,
        hash_rate: HashRate,
        efficiency: crate::units::Efficiency,
        flows: &mut Flows,
    ) -> Usd {
        let price = self.price[bin_of(efficiency)];
        self.add(hash_rate, efficiency);
        flows.rigs_sold += hash_rate * price;
        hash_rate * price
    }
}

/// Reviews the plans of the sites whose turn it is.
pub fn review_investment(
    (views, campuses): (ReviewViews, Res<Campuses>),
    mut manufacturers: ResMut<Manufacturers>,
    mut connections: ResMut<GridConnections>,
    mut stock: ResMut<IdleStock>,
    mut flows: ResMut<Flows>,
    mut query: Query<MinerColumns>,
) {
    let day = views.day();
    let Some(mut table) = table(&mut query) else { return };
    for index in day.whose_turn(&campuses) {
        let mut miner = table.miner(index);
        if !miner.site.closed {
            let suppliers = (&mut *manufacturers, &mut *connections);
            review(&day, &mut miner, suppliers, &mut stock, &mut flows);
        }
    }
}

fn review(
    day: &ReviewDay<'_>,
    miner: &mut Miner<'_>,
    (manufacturers, connections): (&mut Manufacturers, &mut GridConnections),
    stock: &mut IdleStock,
    flows: &mut Flows,
) {
    let expectation = day.expectation(miner.contract.0, miner.region.0, miner.pool.0, miner.site);
    let mut rigs = miner.rigs();
    wear_out(day.miners, &mut rigs, stock, flows);
    sell_hopeless(day.miners, &expectation, miner, &mut rigs, stock, flows);
    clear_idle(day.miners, miner, &mut rigs, stock, flows);
    let mut plan = ReviewPlan::new(day, miner, &rigs);
    let free = plan.fill_free_power(&expectation, miner, &mut rigs, manufacturers, stock, flows);
    plan.replace(&expectation, miner, &rigs, manufacturers, stock, flows);
    plan.expand(&expectation, miner, free.spoken_for, (manufacturers, connections), flows);
    plan.give_up_power(free.useless, miner, connections, flows);
    miner.set_rigs(day.miners, &rigs);
}

/// Rigs fail for good at the rate of their life.
fn wear_out(miners: &Miners, rigs: &mut RigFleet, stock: &mut IdleStock, flows: &mut Flows) {
    let investment = &miners.spec.investment;
    let share = f64::from(investment.review_days) / (DAYS_PER_YEAR * investment.rig_life_years);
    let gone: HashRate = rigs.take_share(share.min(1.0)).hash_rate.into_iter().sum();
    flows.worn_out += gone;
    stock.scrapped += gone;
}

/// Sells part of the rigs that stand idle and are not expected to earn.
fn sell_hopeless(
    miners: &Miners,
    expectation: &Expectation,
    miner: &mut Miner<'_>,
    rigs: &mut RigFleet,
    stock: &mut IdleStock,
    flows: &mut Flows,
) {
    for slot in 0..rigs.hash_rate.len() {
        let efficiency = rigs.efficiency[slot];
        let stands = rigs.hash_rate[slot].0 > 0.0 && efficiency > miner.threshold.0;
        if stands && expectation.margin(efficiency).0 <= 0.0 {
            let gone = rigs.take_class(slot, miners.spec.investment.idle_sale_share);
            miner.cash.0 += stock.buy_from_owner(gone, efficiency, flows);
        }
    }
}

/// Sells part of the rigs that stand idle, whatever they may earn some day: their place is worth more.
fn clear_idle(
    miners: &Miners,
    miner: &mut Miner<'_>,
    rigs: &mut RigFleet,
    stock: &mut IdleStock,
    flows: &mut Flows,
) {
    let investment = &miners.spec.investment;
    let share = departed(investment.idle_departure_rate, f64::from(investment.review_days));
    for slot in 0..rigs.hash_rate.len() {
        let efficiency = rigs.efficiency[slot];
        if share > 0.0 && rigs.hash_rate[slot].0 > 0.0 && efficiency > miner.threshold.0 {
            let gone = rigs.take_class(slot, share);
            miner.cash.0 += stock.buy_from_owner(gone, efficiency, flows);
        }
    }
}

/// What a hall costs for a watt of rigs: their cooling needs room as well.
#[must_use]
pub fn hall_for_rigs(spec: &MinersSpec) -> UsdPerWatt {
    let cost = UsdPerWatt::from_musd_per_mw(spec.investment.site_cost_musd_per_mw);
    cost * spec.operation.pue
}

/// Where rigs on order will stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    /// On power that is free.
    Free,
    /// In place of older rigs.
    Replaced,
    /// In a hall that is built for them.
    Hall,
}

/// Free power of a site after its review.
struct FreePower {
    /// Power that rigs are bought for, as far as the purse goes.
    spoken_for: Power,
    /// Power on which no rigs pay back soon enough.
    useless: Power,
}

/// What a miner may still equip and spend at this review.
struct ReviewPlan<'a> {
    day: &'a ReviewDay<'a>,
    /// Facility power that mining may use.
    capacity: Power,
    /// Facility power without rigs on it or on order for it.
    free: Power,
    /// Own cash that may be spent.
    purse: Usd,
    /// Months since the last review.
    months: f64,
}

impl<'a> ReviewPlan<'a> {
    fn new(day: &'a ReviewDay<'a>, miner: &Miner<'_>, rigs: &RigFleet) -> Self {
        let spec = &day.miners.spec;
        let capacity = miner.site.capacity;
        let used = rigs.power() * spec.operation.pue + miner.site.reserved();
        let spent = miner.power.0 * DAY * miner.tariff.0
            + outlays(&miner.recurring) * DAY
            + miner.debt.0 * day.miners.day_terms(day.price).interest;
        Self {
            day,
            capacity,
            free: (capacity - used).max(Power::ZERO),
            purse: (miner.cash.0 - spent * spec.treasury.cash_floor_days).max(Usd::ZERO),
            months: f64::from(spec.investment.review_days) / DAYS_PER_MONTH,
        }
    }

    /// Facility power to equip, given a payback, where there is room for `most`.
    fn wish(&self, site: &Site, payback: f64, most: Power) -> Power {
        let investment = &self.day.miners.spec.investment;
        power_to_equip(
            self.capacity,
            investment.monthly_rate * self.months * self.day.appetite,
            investment.payback_elasticity * self.day.elasticity,
            investment.eagerness_limit,
            site.hurdle_months,
            payback,
            most,
        )
    }

    /// Pays for rigs as far as the purse goes; returns the affordable share.
    fn pay(&mut self, miner: &mut Miner<'_>, cost: Usd, flows: &mut Flows) -> f64 {
        let own = cost * (1.0 - miner.site.external_share);
        let share = if own > self.purse { self.purse / own } else { 1.0 };
        let spent = own * share;
        self.purse -= spent;
        miner.cash.0 -= spent;
        flows.external += (cost - own) * share;
        share
    }

    /// Orders new rigs for `power` and what `room` they come with, as far as the purse goes; returns the power
    /// that is affordable.
    fn order_new(
        &mut self,
        miner: &mut Miner<'_>,
        power: Power,
        room: Room,
        manufacturers: &mut Manufacturers,
        flows: &mut Flows,
    ) -> Power {
        let spec = &self.day.miners.spec;
        let (price, efficiency) = (manufacturers.price, manufacturers.efficiency);
        let wanted = power / spec.operation.pue / efficiency;
        if wanted.0 <= 0.0 {
            return Power::ZERO;
        }
        let site_cost = UsdPerWatt::from_musd_per_mw(spec.investment.site_cost_musd_per_mw);
        let hall_cost = if room == Room::Hall { power * site_cost } else { Usd::ZERO };
        let share = self.pay(miner, wanted * price + hall_cost, flows);
        let (hash_rate, power) = (wanted * share, power * share);
        if hash_rate.0 <= 0.0 {
            return Power::ZERO;
        }
        flows.rigs_bought += hash_rate * price;
        flows.construction += hall_cost * share;
        let of = |kind| if room == kind { power } else { Power::ZERO };
        let (replaces, hall) = (of(Room::Replaced), of(Room::Hall));
        let miner_index = miner.site.miner;
        let delivery = Delivery { miner: miner_index, hash_rate, efficiency, replaces, hall };
        miner.site.expect(&delivery, power);
        let wait = if room == Room::Hall { spec.investment.site_lead_days } else { 0 };
        manufacturers.order(self.day.day, self.day.day + wait, delivery);
        power
    }

    /// Fills free power with the rigs that pay back soonest, new ones or a class of used ones. Where a class is sold
    /// out before the site has what it wants of it, the rest of the site takes the next: as it would if it were
    /// several sites.
    fn fill_free_power(
        &mut self,
        expectation: &Expectation,
        miner: &mut Miner<'_>,
        rigs: &mut RigFleet,
        manufacturers: &mut Manufacturers,
        stock: &mut IdleStock,
        flows: &mut Flows,
    ) -> FreePower {
        let mut free = FreePower { spoken_for: Power::ZERO, useless: Power::ZERO };
        if self.free.0 <= 0.0 {
            return free;
        }
        let new = expectation.payback(manufacturers.price, manufacturers.efficiency);
        let pue = self.day.miners.spec.operation.pue;
        // Part of the site that has not chosen yet.
        let mut rest = 1.0;
        loop {
            let (bin, used) = best_used(expectation, stock);
            let payback = new.min(used);
            if payback >= miner.site.hurdle_months {
                free.useless = self.free * rest;
                return free;
            }
            let power = self.wish(miner.site, payback, self.free) * rest;
            if new <= used {
                self.order_new(miner, power, Room::Free, manufacturers, flows);
                free.spoken_for += power;
                return free;
            }
            let wanted = power / pue / stock.efficiency[bin];
            let there = wanted.min(stock.hash_rate[bin]);
            let bought = self.buy_used(miner, there, bin, rigs, stock, flows);
            if there == wanted || bought < there {
                // It has what it wants, or its purse is empty.
                free.spoken_for += power;
                return free;
            }
            let found = there / wanted;
            free.spoken_for += power * found;
            rest *= 1.0 - found;
        }
    }

    /// Gives part of the `useless` power back to the grid: nothing that could stand there pays back, and contracts
    /// for power and halls end.
    fn give_up_power(
        &self,
        useless: Power,
        miner: &mut Miner<'_>,
        connections: &mut GridConnections,
        flows: &mut Flows,
    ) {
        let investment = &self.day.miners.spec.investment;
        let days = f64::from(investment.review_days);
        let gone = useless * departed(investment.power_surrender_rate, days);
        miner.site.capacity -= gone;
        connections.give_back(gone);
        flows.surrender(miner.region.0, gone);
    }

    /// Buys used rigs from the idle stock and installs them; returns what was bought.
    fn buy_used(
        &mut self,
        miner: &mut Miner<'_>,
        wanted: HashRate,
        bin: usize,
        rigs: &mut RigFleet,
        stock: &mut IdleStock,
        flows: &mut Flows,
    ) -> HashRate {
        if wanted.0 <= 0.0 {
            return HashRate::ZERO;
        }
        let (price, efficiency) = (stock.price[bin], stock.efficiency[bin]);
        let share = self.pay(miner, wanted * price, flows);
        let bought = stock.take(bin, wanted * share);
        flows.rigs_bought += bought * price;
        rigs.install(bought, efficiency);
        bought
    }

    /// Orders new rigs in place of the least efficient ones.
    fn replace(
        &mut self,
        expectation: &Expectation,
        miner: &mut Miner<'_>,
        rigs: &RigFleet,
        manufacturers: &mut Manufacturers,
        stock: &IdleStock,
        flows: &mut Flows,
    ) {
        let Some(slot) = rigs.worst() else { return };
        let old = rigs.efficiency[slot];
        let resale = stock.price[bin_of(old)];
        let payback = expectation.payback_of_replacement(
            manufacturers.price,
            manufacturers.efficiency,
            resale,
            old,
        );
        let pue = self.day.miners.spec.operation.pue;
        let held = rigs.hash_rate[slot] * old * pue - miner.site.replacing;
        let power = self.wish(miner.site, payback, held.max(Power::ZERO));
        self.order_new(miner, power, Room::Replaced, manufacturers, flows);
    }

    /// Orders rigs with halls for them: as much as pays back with the cost of the hall, less what comes on free
    /// power, as far as the site can grow and grids connect it.
    fn expand(
        &mut self,
        expectation: &Expectation,
        miner: &mut Miner<'_>,
        filled: Power,
        (manufacturers, connections): (&mut Manufacturers, &mut GridConnections),
        flows: &mut Flows,
    ) {
        let investment = &self.day.miners.spec.investment;
        let payback = expectation.payback_with_site(
            manufacturers.price,
            manufacturers.efficiency,
            hall_for_rigs(&self.day.miners.spec),
        );
        let most = self.capacity * (investment.monthly_site_growth * self.months);
        let beyond = self.wish(miner.site, payback, filled + most) - filled;
        let power = beyond.max(Power::ZERO) * connections.share();
        let built = self.order_new(miner, power, Room::Hall, manufacturers, flows);
        connections.take(built);
    }
}

/// Class of used rigs with the shortest payback, the first of equals; compiled for several
/// instruction sets, which give the same bits.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2",))]
fn best_used(expectation: &Expectation, stock: &IdleStock) -> (usize, f64) {
    const LANES: usize = 8;
    let mut shortest = [f64::INFINITY; LANES];
    let months: [f64; BINS] = std::array::from_fn(|bin| {
        // A numerical bound: a free rig pays back at once.
        let price = stock.price[bin].max(RigPrice(1e-15));
        let payback = expectation.payback(price, stock.efficiency[bin]);
        if stock.hash_rate[bin].0 > 0.0 { payback } else { f64::INFINITY }
    });
    for chunk in months.as_chunks::<LANES>().0 {
        for (shortest, &months) in shortest.iter_mut().zip(chunk) {
            *shortest = if months < *shortest { months } else { *shortest };
        }
    }
    let shortest = shortest.into_iter().fold(f64::INFINITY, f64::min);
    (months.iter().position(|&months| months <= shortest).unwrap_or(0), shortest)
}
