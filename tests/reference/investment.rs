//! Decisions, first part: at its review a miner lets worn-out rigs go, sells those without a
//! future and buys new or used ones as far as they pay back and its purse goes.

use hashflight::model::market::energy::{connected_share, tariff_today};
use hashflight::model::mining::efficiency_bins::bin_of;
use hashflight::model::mining::investment::{Expectation, departed, power_to_equip};
use hashflight::model::mining::rig_fleet::{RigFleet, SLOTS};
use hashflight::units::{
    DAY, DAYS_PER_MONTH, DAYS_PER_YEAR, HashRate, Power, RigPrice, Usd, UsdPerWatt,
};
use hashflight::world::market::state::Delivery;

use super::Model;
use super::miners::cost_beside_power;

/// Where rigs on order will stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Free,
    Replaced,
    Hall,
}

/// What a miner may still equip and spend at this review.
struct Budget {
    /// Facility power that mining may use.
    capacity: Power,
    /// Part of it without rigs on it or on order for it.
    free: Power,
    /// Own cash that may be spent.
    purse: Usd,
}

impl Model {
    /// The sites at a thirtieth of the campuses review their plans (if they do so every 30 days).
    pub fn review_investment(&mut self) {
        let every = self.policy.spec.investment.review_days;
        for i in 0..self.miners.count() {
            let in_turn = self.miners.site[i].campus % every == self.clock.day % every;
            if in_turn && !self.miners.site[i].closed {
                self.review(i);
            }
        }
    }

    fn review(&mut self, i: usize) {
        let expected = self.expectation(i);
        let mut rigs = self.miners.rigs(i);
        self.wear_out(&mut rigs);
        self.sell_hopeless(i, &expected, &mut rigs);
        self.clear_idle(i, &mut rigs);
        let mut budget = self.budget(i, &rigs);
        let (mut filled, mut no_use) = (Power::ZERO, 0.0);
        if budget.free.0 > 0.0 {
            (filled, no_use) = self.fill_free_power(i, &expected, &mut rigs, &mut budget);
        }
        if let Some(slot) = rigs.worst() {
            self.replace(i, &expected, &rigs, slot, &mut budget);
        }
        self.expand(i, &expected, filled, &mut budget);
        if no_use > 0.0 {
            self.give_up_power(i, budget.free * no_use);
        }
        self.set_rigs(i, &rigs);
    }

    /// What the miner expects rigs to earn and cost.
    pub fn expectation(&self, i: usize) -> Expectation {
        let (m, operation) = (&self.miners, &self.policy.spec.operation);
        let (place, pool) = (m.region[i] as usize, m.pool[i] as usize);
        let (level, carbon) = (self.grid.level[place], self.grid.carbon[place]);
        let tariff = tariff_today(m.contract[i], level, 0.0, 1.0, carbon);
        let belief = m.site[i].optimism * m.site[i].revenue_factor;
        Expectation {
            net_hashprice: self.outlook * belief * self.kept[pool],
            cost: tariff * operation.pue + cost_beside_power(&self.policy.spec),
        }
    }

    fn wear_out(&mut self, rigs: &mut RigFleet) {
        let spec = &self.policy.spec.investment;
        let share = f64::from(spec.review_days) / (DAYS_PER_YEAR * spec.rig_life_years);
        let gone: HashRate = rigs.take_share(share.min(1.0)).hash_rate.into_iter().sum();
        self.flows.worn_out += gone;
        self.stock.scrapped += gone;
    }

    /// Sells part of the rigs that stand idle and are not expected to earn.
    fn sell_hopeless(&mut self, i: usize, expected: &Expectation, rigs: &mut RigFleet) {
        for slot in 0..SLOTS {
            let efficiency = rigs.efficiency[slot];
            let idle = rigs.hash_rate[slot].0 > 0.0 && efficiency > self.miners.threshold[i];
            if idle && expected.margin(efficiency).0 <= 0.0 {
                let gone = rigs.take_class(slot, self.policy.spec.investment.idle_sale_share);
                let paid = self.sell_used(gone, efficiency);
                self.miners.cash[i] += paid;
                self.events.hopeless_sold += 1;
            }
        }
    }

    /// Sells part of the rigs that stand idle, whatever they may earn some day.
    fn clear_idle(&mut self, i: usize, rigs: &mut RigFleet) {
        let spec = &self.policy.spec.investment;
        let share = departed(spec.idle_departure_rate, f64::from(spec.review_days));
        for slot in 0..SLOTS {
            let efficiency = rigs.efficiency[slot];
            let idle = rigs.hash_rate[slot].0 > 0.0 && efficiency > self.miners.threshold[i];
            if share > 0.0 && idle {
                let gone = rigs.take_class(slot, share);
                let paid = self.sell_used(gone, efficiency);
                self.miners.cash[i] += paid;
                self.events.idle_cleared += 1;
            }
        }
    }

    fn budget(&self, i: usize, rigs: &RigFleet) -> Budget {
        let (m, spec) = (&self.miners, &self.policy.spec);
        let capacity = m.site[i].capacity;
        // Rigs on order need room, but for those that older ones make room for or a hall is built for.
        let site = &m.site[i];
        let kept = (site.on_order - site.replacing - site.building).max(Power::ZERO);
        let used = rigs.power() * spec.operation.pue + kept;
        let outlays = m.power[i] * DAY * m.tariff[i]
            + m.outlays(i) * DAY
            + m.debt[i] * (spec.treasury.interest_rate / DAYS_PER_YEAR);
        let kept = outlays * spec.treasury.cash_floor_days;
        Budget {
            capacity,
            free: (capacity - used).max(Power::ZERO),
            purse: (m.cash[i] - kept).max(Usd::ZERO),
        }
    }

    /// Months since the last review.
    fn review_months(&self) -> f64 {
        f64::from(self.policy.spec.investment.review_days) / DAYS_PER_MONTH
    }

    /// Power that a miner would equip at this payback.
    fn wish(&self, i: usize, budget: &Budget, payback: f64) -> Power {
        let spec = &self.policy.spec.investment;
        let rate = spec.monthly_rate * self.review_months() * self.appetite.orders();
        let hurdle = self.miners.site[i].hurdle_months;
        let unlimited = Power(f64::INFINITY);
        let elasticity = spec.payback_elasticity * self.appetite.elasticity();
        let limit = spec.eagerness_limit;
        power_to_equip(budget.capacity, rate, elasticity, limit, hurdle, payback, unlimited)
    }

    /// Pays as far as the purse goes; returns the affordable share.
    fn pay(&mut self, i: usize, budget: &mut Budget, cost: Usd) -> f64 {
        let own = cost * (1.0 - self.miners.site[i].external_share);
        let share = if own > budget.purse { budget.purse / own } else { 1.0 };
        budget.purse -= own * share;
        self.miners.cash[i] -= own * share;
        self.flows.external += (cost - own) * share;
        share
    }

    fn order_new(&mut self, i: usize, budget: &mut Budget, power: Power, room: Room) -> Power {
        let (investment, pue) = (&self.policy.spec.investment, self.policy.spec.operation.pue);
        let site_cost = UsdPerWatt::from_musd_per_mw(investment.site_cost_musd_per_mw);
        let site_lead = investment.site_lead_days;
        let (price, efficiency) = (self.manufacturers.price, self.manufacturers.efficiency);
        let wanted = power / pue / efficiency;
        if wanted.0 <= 0.0 {
            return Power::ZERO;
        }
        let mut hall_cost = Usd::ZERO;
        if room == Room::Hall {
            hall_cost = power * site_cost;
        }
        let share = self.pay(i, budget, wanted * price + hall_cost);
        let hash_rate = wanted * share;
        let drawn = power * share;
        if hash_rate.0 <= 0.0 {
            return Power::ZERO;
        }
        self.flows.rigs_bought += hash_rate * price;
        self.flows.construction += hall_cost * share;
        let (mut replaces, mut hall) = (Power::ZERO, Power::ZERO);
        let mut earliest = self.clock.day;
        match room {
            Room::Free => {}
            Room::Replaced => replaces = drawn,
            Room::Hall => {
                hall = drawn;
                earliest += site_lead;
                self.events.halls_built += 1;
            }
        }
        let site = &mut self.miners.site[i];
        site.on_order += drawn;
        site.replacing += replaces;
        site.building += hall;
        let delivery = Delivery { miner: i as u32, hash_rate, efficiency, replaces, hall };
        self.manufacturers.order(self.clock.day, earliest, delivery);
        self.events.orders += 1;
        drawn
    }

    /// Part of the power for which there is no use goes back to the grid, which may connect others with it.
    fn give_up_power(&mut self, i: usize, unused: Power) {
        let spec = &self.policy.spec.investment;
        let gone = unused * departed(spec.power_surrender_rate, f64::from(spec.review_days));
        let site = &mut self.miners.site[i];
        site.capacity -= gone;
        let connections = &mut self.connections;
        connections.left = (connections.left + gone).min(connections.yearly);
        self.flows.surrendered[self.miners.region[i] as usize] += gone;
        self.events.power_given_up += u32::from(gone.0 > 0.0);
    }

    /// New or used rigs on free power, whichever pay back sooner, class after class while they are sold out: the power
    /// that is spoken for, and the part of the free power for which nothing pays back.
    fn fill_free_power(
        &mut self,
        i: usize,
        expected: &Expectation,
        rigs: &mut RigFleet,
        budget: &mut Budget,
    ) -> (Power, f64) {
        let new = expected.payback(self.manufacturers.price, self.manufacturers.efficiency);
        let hurdle = self.miners.site[i].hurdle_months;
        let (mut spoken_for, mut undecided) = (Power::ZERO, 1.0);
        for class in 0.. {
            let (bin, used) = self.best_used(expected);
            let payback = new.min(used);
            if payback >= hurdle {
                break;
            }
            let power = self.wish(i, budget, payback).min(budget.free) * undecided;
            let mut part = 1.0;
            if used < new {
                part = self.buy_used(i, budget, rigs, bin, power);
            } else {
                self.order_new(i, budget, power, Room::Free);
            }
            self.events.next_class += u32::from(class > 0);
            spoken_for += power * part;
            undecided *= 1.0 - part;
            if part == 1.0 {
                break;
            }
        }
        (spoken_for, undecided)
    }

    /// Class of used rigs with the shortest payback.
    fn best_used(&self, expected: &Expectation) -> (usize, f64) {
        let (mut best, mut shortest) = (0, f64::INFINITY);
        for bin in 0..self.stock.hash_rate.len() {
            let price = self.stock.price[bin].max(RigPrice(1e-15));
            let months = expected.payback(price, self.stock.efficiency[bin]);
            if self.stock.hash_rate[bin].0 > 0.0 && months < shortest {
                (best, shortest) = (bin, months);
            }
        }
        (best, shortest)
    }

    /// Buys used rigs for this power; returns the part of the site that has chosen: all of it unless the class is
    /// sold out and there is money left.
    fn buy_used(
        &mut self,
        i: usize,
        budget: &mut Budget,
        rigs: &mut RigFleet,
        bin: usize,
        power: Power,
    ) -> f64 {
        let (price, efficiency) = (self.stock.price[bin], self.stock.efficiency[bin]);
        let wanted = power / self.policy.spec.operation.pue / efficiency;
        let there = self.stock.hash_rate[bin];
        if wanted.0 <= 0.0 {
            return 1.0;
        }
        let share = self.pay(i, budget, wanted.min(there) * price);
        let bought = self.stock.take(bin, wanted.min(there) * share);
        self.flows.rigs_bought += bought * price;
        rigs.install(bought, efficiency);
        self.events.used_bought += 1;
        if wanted > there && bought == there { there / wanted } else { 1.0 }
    }

    /// Orders new rigs in place of the least efficient class.
    fn replace(
        &mut self,
        i: usize,
        expected: &Expectation,
        rigs: &RigFleet,
        slot: usize,
        budget: &mut Budget,
    ) {
        let old = rigs.efficiency[slot];
        let resale = self.stock.price[bin_of(old)];
        let (price, new) = (self.manufacturers.price, self.manufacturers.efficiency);
        let payback = expected.payback_of_replacement(price, new, resale, old);
        let drawn = rigs.hash_rate[slot] * old * self.policy.spec.operation.pue;
        let not_yet_replaced = (drawn - self.miners.site[i].replacing).max(Power::ZERO);
        let power = self.wish(i, budget, payback).min(not_yet_replaced);
        self.order_new(i, budget, power, Room::Replaced);
    }

    /// Orders rigs with halls for them, as far as even the halls pay back.
    fn expand(&mut self, i: usize, expected: &Expectation, filled: Power, budget: &mut Budget) {
        let spec = &self.policy.spec.investment;
        let cost = UsdPerWatt::from_musd_per_mw(spec.site_cost_musd_per_mw)
            * self.policy.spec.operation.pue;
        let (price, new) = (self.manufacturers.price, self.manufacturers.efficiency);
        let payback = expected.payback_with_site(price, new, cost);
        let most = budget.capacity * (spec.monthly_site_growth * self.review_months());
        let wanted = self.wish(i, budget, payback).min(filled + most) - filled;
        let connected = connected_share(self.connections.left, self.connections.yearly);
        let power = wanted.max(Power::ZERO) * connected;
        self.events.waiting_for_grid += u32::from(power < wanted);
        let built = self.order_new(i, budget, power, Room::Hall);
        self.connections.left = (self.connections.left - built).max(Power::ZERO);
    }
}
