//! Rigs: manufacturers price new ones between cost and what buyers would pay, by their queue of orders,
//! which also lets them build capacity, and deliver from a queue of production slots; used
//! ones are priced by what they earn and by how many stand idle.

use bevy_ecs::prelude::{Res, ResMut};

use crate::clock::Clock;
use crate::model::chain::hashprice::margin_per_hash;
use crate::model::market::rigs::{
    buyers_price, expanded_capacity, frontier_efficiency, idle_discount, new_price, past_frontier,
    production_cost, scarcity, used_price,
};
use crate::model::market::stochastic::decay;
use crate::units::{
    DAYS_PER_MONTH, DAYS_PER_YEAR, Efficiency, HashRate, Hashprice, RigPrice, Tariff, UsdPerWatt,
};

use super::Market;
use super::spec::RigSpec;
use super::state::{Delivery, Fleet, IdleStock, Manufacturers, Outlook};

/// Prices new and used rigs for the day.
pub fn price_rigs(
    market: Res<Market>,
    clock: Res<Clock>,
    outlook: Res<Outlook>,
    fleet: Res<Fleet>,
    mut manufacturers: ResMut<Manufacturers>,
    mut stock: ResMut<IdleStock>,
) {
    price_new(&market, *clock, outlook.hashprice, &mut manufacturers);
    price_used(&market, outlook.hashprice, *fleet, &mut stock);
}

/// Moves the frontier, the manufacturers' capacity and the price of a new rig.
fn price_new(
    market: &Market,
    clock: Clock,
    hashprice: Hashprice,
    manufacturers: &mut Manufacturers,
) {
    let spec = &market.rigs;
    let queue = manufacturers.queue(clock.day);
    manufacturers.efficiency = shipped_efficiency(spec, clock.years());
    // Day 0 is priced before anything is built on it.
    let years = f64::from(clock.day.min(1)) / DAYS_PER_YEAR;
    manufacturers.daily_capacity = expanded_capacity(
        manufacturers.daily_capacity,
        spec.annual_capacity_growth,
        spec.queue_capacity_growth,
        queue,
        years,
    );
    let target = asked_price(market, hashprice, manufacturers.efficiency, queue);
    manufacturers.price =
        target + (manufacturers.price - target) * decay(1.0, spec.price_half_life_days);
}

/// Price of a new rig that the manufacturers' cost, their queue over the usual lead time and what buyers
/// would pay make.
#[must_use]
pub(crate) fn asked_price(
    market: &Market,
    hashprice: Hashprice,
    efficiency: Efficiency,
    queue: f64,
) -> RigPrice {
    let spec = &market.rigs;
    let margin = marginal_margin(market, hashprice, efficiency);
    new_price(
        production_cost(UsdPerWatt(spec.production_cost_usd_per_w), efficiency),
        buyers_price(margin, spec.buyers_payback_months),
        scarcity(spec.scarcity_without_queue, queue),
    )
}

/// Prices every class of used rigs.
fn price_used(market: &Market, hashprice: Hashprice, fleet: Fleet, stock: &mut IdleStock) {
    let spec = &market.rigs;
    let idle = stock.total() + fleet.idle;
    stock.discount = idle_discount(spec.used_price_idle_slope, idle, fleet.installed);
    for bin in 0..stock.price.len() {
        let margin = marginal_margin(market, hashprice, stock.efficiency[bin]);
        stock.price[bin] = used_price(
            margin,
            spec.used_payback_months,
            stock.discount,
            RigPrice::from_usd_per_th(spec.scrap_usd_per_th),
        );
    }
}

/// Margin per hash of a rig at the marginal buyer's tariff.
fn marginal_margin(market: &Market, hashprice: Hashprice, efficiency: Efficiency) -> Hashprice {
    let tariff = Tariff::from_usd_per_mwh(market.rigs.marginal_tariff_usd_per_mwh);
    margin_per_hash(hashprice, efficiency, tariff, 1.0)
}

/// Efficiency of the rigs that manufacturers ship from orders of that time.
#[must_use]
pub fn shipped_efficiency(spec: &RigSpec, years: f64) -> Efficiency {
    let frontier = Efficiency::from_j_per_th(spec.frontier_efficiency_j_per_th);
    let improvement = spec.annual_improvement;
    let best = if years < 0.0 {
        past_frontier(frontier, &spec.past_frontier_j_per_th, improvement, -years)
    } else {
        frontier_efficiency(frontier, improvement, years)
    };
    best * spec.shipped_over_frontier
}

/// Hash rate that manufacturers build a day at first.
#[must_use]
pub(crate) fn opening_capacity(spec: &RigSpec) -> HashRate {
    HashRate::from_ehs(spec.capacity_ehs_per_month / DAYS_PER_MONTH)
}

impl Manufacturers {
    /// Days that an order waits for a production slot beyond the usual lead time.
    #[must_use]
    pub fn queue_days(&self, day: u32) -> f64 {
        (self.next_slot - f64::from(day) - self.lead_days).max(0.0)
    }

    /// The same over the usual lead time.
    #[must_use]
    pub fn queue(&self, day: u32) -> f64 {
        self.queue_days(day) / self.lead_days.max(1.0)
    }

    /// Takes an order: it fills the next free production slots and arrives when they are done, and not
    /// before the day from which there is room for it.
    pub fn order(&mut self, day: u32, room_from: u32, delivery: Delivery) {
        let earliest = f64::from(day) + self.lead_days;
        let build_days = delivery.hash_rate / self.daily_capacity;
        self.next_slot = self.next_slot.max(earliest) + build_days;
        self.deliver_on((libm::ceil(self.next_slot) as u32).max(room_from), delivery);
    }

    /// Enters a delivery in the book, behind those due by then.
    pub(crate) fn deliver_on(&mut self, day: u32, delivery: Delivery) {
        let place = self.book.partition_point(|&(due, _)| due <= day);
        self.book.insert(place, (day, delivery));
        self.on_order += delivery.hash_rate;
        self.made += delivery.hash_rate;
    }

    /// Takes the next delivery due by `day` out of the book.
    pub fn next_delivery(&mut self, day: u32) -> Option<Delivery> {
        let (_, delivery) = self.book.pop_front_if(|&mut (due, _)| due <= day)?;
        self.on_order -= delivery.hash_rate;
        Some(delivery)
    }
}

impl IdleStock {
    /// Adds rigs of one efficiency to the stock.
    pub fn add(&mut self, hash_rate: HashRate, efficiency: Efficiency) {
        if hash_rate.0 <= 0.0 {
            return;
        }
        let bin = crate::model::mining::efficiency_bins::bin_of(efficiency);
        self.hash_rate[bin] += hash_rate;
        self.power[bin] += hash_rate * efficiency;
        self.efficiency[bin] = self.power[bin] / self.hash_rate[bin];
    }

    /// Takes up to `wanted` of a class out of the stock; returns what was there.
    pub fn take(&mut self, bin: usize, wanted: HashRate) -> HashRate {
        let taken = wanted.min(self.hash_rate[bin]).max(HashRate::ZERO);
        let efficiency = self.efficiency[bin];
        self.hash_rate[bin] -= taken;
        self.power[bin] = self.hash_rate[bin] * efficiency;
        taken
    }

    /// Scraps a share of every class whose price has fallen to scrap.
    pub(crate) fn scrap_unsaleable(&mut self, share: f64, scrap: RigPrice) {
        for bin in 0..self.hash_rate.len() {
            if self.price[bin] <= scrap {
                let gone = self.take(bin, self.hash_rate[bin] * share);
                self.scrapped += gone;
            }
        }
    }
}

/// Scraps unsaleable rigs.
pub fn scrap_idle(market: Res<Market>, mut stock: ResMut<IdleStock>) {
    let spec = &market.rigs;
    let daily = spec.monthly_scrap_rate / DAYS_PER_MONTH;
    stock.scrap_unsaleable(daily, RigPrice::from_usd_per_th(spec.scrap_usd_per_th));
}
