//! Rigs: manufacturers price new ones between cost and what buyers would pay, by their queue of orders,
//! which also lets them build capacity, and make them in the turn of the orders; used
//! ones are priced by what they earn and by how many stand idle.

use bevy_ecs::prelude::{Res, ResMut};

use crate::clock::Clock;
use crate::model::chain::hashprice::margin_per_hash;
use crate::model::market::rigs::{
    buyers_price, expanded_capacity, frontier_efficiency, idle_discount, new_price, past_frontier,
    production_cost, queue_days, scarcity, used_price,
};
use crate::model::market::stochastic::decay;
use crate::units::{
    DAYS_PER_MONTH, DAYS_PER_YEAR, Efficiency, HashRate, Hashprice, RigPrice, Tariff, UsdPerWatt,
};

use super::Market;
use super::spec::RigSpec;
use super::state::{Delivery, Fleet, IdleStock, Manufacturers, Outlook, RigOrder};

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
    let queue = manufacturers.queue();
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
    /// Days that an order placed today waits for its turn beyond the usual lead time, at today's capacity.
    #[must_use]
    pub fn queue_days(&self) -> f64 {
        queue_days(self.unmade, self.daily_capacity, self.lead_days)
    }

    /// The same over the usual lead time.
    #[must_use]
    pub fn queue(&self) -> f64 {
        self.queue_days() / self.lead_days.max(1.0)
    }

    /// Takes an order: it is made in its turn, not before the usual lead time is over, and arrives not before the
    /// day from which there is room for it.
    pub fn order(&mut self, day: u32, room_from: u32, delivery: Delivery) {
        let from = libm::ceil(f64::from(day) + self.lead_days) as u32;
        self.enter(RigOrder { from, room_from, unmade: delivery.hash_rate, delivery });
    }

    /// Enters an order in the book behind all others.
    pub(crate) fn enter(&mut self, order: RigOrder) {
        self.unmade += order.unmade;
        self.on_order += order.delivery.hash_rate;
        self.made += order.delivery.hash_rate;
        self.book.push_back(order);
    }

    /// Makes rigs for a day: as many as the day's capacity, one order after the other.
    pub fn make(&mut self, day: u32) {
        let mut free = self.daily_capacity;
        while let Some(order) = self.book.front_mut().filter(|order| order.from <= day) {
            let made = order.unmade.min(free);
            order.unmade -= made;
            self.unmade -= made;
            free -= made;
            if order.unmade > HashRate::ZERO {
                break;
            }
            let (arrives, delivery) = (order.room_from.max(day), order.delivery);
            let place = self.shipped.partition_point(|&(due, _)| due <= arrives);
            self.shipped.insert(place, (arrives, delivery));
            self.book.pop_front();
        }
        if self.book.is_empty() {
            // Rounding adds up while there is a book.
            self.unmade = HashRate::ZERO;
        }
    }

    /// Takes the next delivery due by `day`.
    pub fn next_delivery(&mut self, day: u32) -> Option<Delivery> {
        let (_, delivery) = self.shipped.pop_front_if(|&mut (due, _)| due <= day)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Power;

    fn delivery(miner: u32, ehs: f64) -> Delivery {
        Delivery {
            miner,
            hash_rate: HashRate::from_ehs(ehs),
            efficiency: Efficiency::from_j_per_th(20.0),
            replaces: Power::ZERO,
            hall: Power::ZERO,
        }
    }

    fn makers(ehs_a_day: f64) -> Manufacturers {
        let daily_capacity = HashRate::from_ehs(ehs_a_day);
        Manufacturers { daily_capacity, lead_days: 10.0, ..Manufacturers::default() }
    }

    /// Days on which the orders of miners arrive; `capacity` is what is made on a day, EH/s.
    fn arrivals(
        makers: &mut Manufacturers,
        days: u32,
        capacity: impl Fn(u32) -> f64,
    ) -> Vec<(u32, u32)> {
        let mut arrived = Vec::new();
        for day in 1..=days {
            makers.daily_capacity = HashRate::from_ehs(capacity(day));
            makers.make(day);
            while let Some(delivery) = makers.next_delivery(day) {
                arrived.push((day, delivery.miner));
            }
        }
        arrived
    }

    #[test]
    fn orders_are_made_in_turn_and_not_before_the_usual_lead_time() {
        let mut line = makers(1.0);
        line.order(0, 0, delivery(0, 2.0));
        line.order(0, 0, delivery(1, 3.0));
        line.order(20, 0, delivery(2, 1.0));
        // The line is free from day 10 on: two days for the first, three for the next; the last has its own lead time.
        assert_eq!(arrivals(&mut line, 40, |_| 1.0), [(11, 0), (14, 1), (30, 2)]);
        assert_eq!((line.unmade, line.on_order), (HashRate::ZERO, HashRate::ZERO));
        assert!((line.made.ehs() - 6.0).abs() < 1e-12);
    }

    #[test]
    fn capacity_that_is_added_later_serves_those_who_wait() {
        let waiting = |capacity: fn(u32) -> f64| {
            let mut line = makers(1.0);
            line.order(0, 0, delivery(0, 50.0));
            arrivals(&mut line, 100, capacity)
        };
        assert_eq!(waiting(|_| 1.0), [(59, 0)]);
        // Ten made by day 19, the other forty at four a day.
        assert_eq!(waiting(|day| if day < 20 { 1.0 } else { 4.0 }), [(29, 0)]);
    }

    #[test]
    fn rigs_wait_for_room_without_holding_the_line() {
        let mut line = makers(1.0);
        line.order(0, 30, delivery(0, 1.0));
        line.order(0, 0, delivery(1, 1.0));
        assert_eq!(arrivals(&mut line, 40, |_| 1.0), [(11, 1), (30, 0)]);
    }

    #[test]
    fn a_queue_is_what_an_order_placed_now_waits_beyond_the_lead_time() {
        let mut line = makers(2.0);
        line.order(0, 0, delivery(0, 20.0));
        assert_eq!(line.queue(), 0.0);
        line.order(0, 0, delivery(1, 10.0));
        assert!((line.queue_days() - 5.0).abs() < 1e-9 && (line.queue() - 0.5).abs() < 1e-9);
    }
}
