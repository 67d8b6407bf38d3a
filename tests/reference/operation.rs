//! Operation: deliveries arrive, beliefs follow the market, and every miner decides what runs.

use hashflight::model::chain::hashprice::{break_even_efficiency, hashprice, operating_threshold};
use hashflight::model::market::energy::tariff_today;
use hashflight::model::market::stochastic::decay;
use hashflight::model::mining::efficiency_bins::bin_of;
use hashflight::model::mining::rig_fleet::RigFleet;
use hashflight::numerics::fixed_order;
use hashflight::random::Need;
use hashflight::units::{Efficiency, HashRate, Power, Usd};
use hashflight::world::chain::{MAX_POOLS, NetworkHashRate};

use super::Model;

/// Lanes of the pools' tables: miner `i` adds to lane `i` modulo this.
const LANES: usize = 8;

impl Model {
    /// The day's production goes to orders in turn, from the day on which each can be made.
    fn make_rigs(&mut self) {
        let (day, manufacturers) = (self.clock.day, &mut self.manufacturers);
        let mut left = manufacturers.daily_capacity;
        while manufacturers.book.front().is_some_and(|order| order.from <= day) {
            let Some(mut order) = manufacturers.book.pop_front() else { break };
            let made = if order.unmade < left { order.unmade } else { left };
            manufacturers.unmade -= made;
            order.unmade -= made;
            left -= made;
            if order.unmade.0 > 0.0 {
                manufacturers.book.push_front(order);
                break;
            }
            let arrives = if order.room_from > day { order.room_from } else { day };
            let place =
                manufacturers.shipped.iter().take_while(|&&(due, _)| due <= arrives).count();
            manufacturers.shipped.insert(place, (arrives, order.delivery));
        }
        if manufacturers.book.is_empty() {
            manufacturers.unmade = HashRate::ZERO;
        }
    }

    /// Rigs that are due arrive; the least efficient ones make room.
    pub fn install_deliveries(&mut self) {
        let pue = self.policy.spec.operation.pue;
        self.make_rigs();
        while let Some(delivery) = self.manufacturers.next_delivery(self.clock.day) {
            let i = delivery.miner as usize;
            let drawn = delivery.hash_rate * delivery.efficiency * pue;
            let site = &mut self.miners.site[i];
            site.on_order = (site.on_order - drawn).max(Power::ZERO);
            site.replacing = (site.replacing - delivery.replaces).max(Power::ZERO);
            site.building = (site.building - delivery.hall).max(Power::ZERO);
            site.capacity += delivery.hall;
            self.flows.connected[self.miners.region[i] as usize] += delivery.hall;
            self.events.halls_opened += u32::from(delivery.hall.0 > 0.0);
            let mut rigs = self.miners.rigs(i);
            rigs.install(delivery.hash_rate, delivery.efficiency);
            self.displace(i, rigs);
            self.events.deliveries += 1;
        }
    }

    /// Gives a miner these rigs, less those for which it has no power; they are sold.
    pub fn displace(&mut self, i: usize, mut rigs: RigFleet) {
        let power = self.miners.site[i].capacity / self.policy.spec.operation.pue;
        for (hash_rate, efficiency) in rigs.fit(power).classes() {
            let paid = self.sell_used(hash_rate, efficiency);
            self.miners.cash[i] += paid;
            self.events.displaced += 1;
        }
        self.set_rigs(i, &rigs);
    }

    /// Adds rigs to the idle stock; returns what it pays for them.
    pub fn sell_used(&mut self, hash_rate: HashRate, efficiency: Efficiency) -> Usd {
        let price = self.stock.price[bin_of(efficiency)];
        self.stock.add(hash_rate, efficiency);
        self.flows.rigs_sold += hash_rate * price;
        hash_rate * price
    }

    /// Puts rigs in place of a miner's.
    pub fn set_rigs(&mut self, i: usize, rigs: &RigFleet) {
        self.miners.set_rigs(i, rigs, &self.policy.spec);
    }

    /// Today's hashprice, the trailing one of operators, and the one that plans rest on.
    pub fn update_beliefs(&mut self) {
        let reward = self.chain.subsidy() + self.fees.per_block;
        self.spot = hashprice(reward, self.bitcoin.price, self.chain.difficulty());
        let kept = decay(1.0, self.policy.spec.operation.response_half_life_days);
        self.trailing = self.spot + (self.trailing - self.spot) * kept;
        let kept = decay(1.0, self.policy.spec.investment.belief_half_life_days);
        self.outlook = self.spot + (self.outlook - self.spot) * kept;
    }

    /// Strategic miners run on days whose hashprice is not below its trailing mean.
    pub fn switch_strategists(&mut self) {
        let operation = &self.policy.spec.operation;
        if operation.strategic_share <= 0.0 {
            return;
        }
        let usual = self.usual.unwrap_or(self.spot);
        let kept = decay(1.0, operation.strategic_half_life_days);
        let mine = self.spot >= usual * operation.strategic_threshold;
        self.usual = Some(self.spot + (usual - self.spot) * kept);
        self.events.days_off += u32::from(!mine);
        for i in 0..self.miners.count() {
            let u = self.draws.draw(Need::Strategic(self.miners.site[i].miner));
            if u < operation.strategic_share {
                let runs = mine && !self.miners.site[i].closed;
                self.miners.site[i].resting = !mine;
                self.miners.uptime[i] = if runs { operation.uptime } else { 0.0 };
            }
        }
    }

    /// Rigs up to the miner's threshold run, as far as weather lets them.
    pub fn run_rigs(&mut self) {
        let (grid, m) = (&self.grid, &mut self.miners);
        let pue = self.policy.spec.operation.pue;
        let restart_factor = 1.0 / (1.0 + self.policy.spec.operation.restart_margin);
        let net = self.kept.map(|kept| self.trailing * kept);
        for i in 0..m.count() {
            let (place, pool) = (m.region[i] as usize, m.pool[i] as usize);
            let tariff = tariff_today(
                m.contract[i],
                grid.level[place],
                m.spot_share[i],
                grid.spot[place],
                grid.carbon[place],
            );
            let break_even = break_even_efficiency(net[pool], tariff, pue);
            let threshold = operating_threshold(m.threshold[i], break_even, restart_factor);
            let (hash_rate, power) = m.rigs(i).running(threshold);
            let share = m.uptime[i] * (grid.availability[place] * grid.uptime_factor);
            m.tariff[i] = tariff;
            m.threshold[i] = threshold;
            m.running[i] = hash_rate * share;
            m.power[i] = power * (share * pue);
        }
        let mut tables = [[0.0; LANES]; MAX_POOLS];
        for i in 0..m.count() {
            tables[m.pool[i] as usize][i % LANES] += m.running[i].0;
        }
        let by_pool = tables.map(|lanes| HashRate(fixed_order::sum(&lanes)));
        self.network = NetworkHashRate::of_pools(by_pool);
    }
}
