//! Turnover: insolvent sites close and open again under new owners, newcomers enter.

use hashflight::model::chain::hashprice::break_even_efficiency;
use hashflight::model::market::energy::{connected_share, tariff_today};
use hashflight::model::mining::investment::{Expectation, expected_newcomers};
use hashflight::model::mining::rig_fleet::SLOTS;
use hashflight::numerics::sampling::{lognormal, lognormal_with_mean, poisson};
use hashflight::random::Need;
use hashflight::units::{
    Btc, DAY, Efficiency, HashRate, Power, Tariff, Usd, UsdPerSecond, UsdPerWatt,
};
use hashflight::world::market::state::Delivery;
use hashflight::world::miners::campuses::Campus;
use hashflight::world::miners::conversion::leases::{HallStage, Route};
use hashflight::world::miners::population::{draw_pool, draw_region, draw_tariff, shares_left};
use hashflight::world::miners::spawn::draw_manufacturer;
use hashflight::world::miners::spec::Class;
use hashflight::world::miners::state::{OwnerRecord, Site};
use hashflight::world::miners::turnover::entry;

use super::Model;
use super::miners::cost_beside_power;

impl Model {
    /// Whoever a phase of closures takes today leaves, free of debt. Day 0 belongs to the
    /// initial state, and with it all that was before.
    pub fn begin_closures(&mut self) {
        let closures = self.policy.spec.closures.clone();
        if self.clock.is(closures.single_day) {
            for i in 0..self.miners.count() {
                let u = self.draws.draw(Need::Closure(i as u32, 0));
                if u < closures.single_share && !self.miners.site[i].closed {
                    let away = closures.single_return_days;
                    self.leave(i, (away >= 1.0).then_some(away as u32));
                }
            }
        }
        for phase in 0..closures.day.len() {
            for i in 0..self.miners.count() {
                let (miner, number) = (i as u32, phase as u32 + 1);
                let [when, back] = self.draws.draw_pair(Need::ClosureDays(miner, number));
                let day = (closures.day[phase] + when * closures.span_days[phase]).floor();
                let luck = self.draws.draw(Need::Closure(miner, number));
                let chosen = luck < closures.share[phase];
                if !chosen || day != f64::from(self.clock.day) || self.miners.site[i].closed {
                    continue;
                }
                let (least, more) = (closures.return_days[phase], closures.return_span_days[phase]);
                self.leave(i, (least >= 1.0).then_some((least + back * more) as u32));
            }
        }
    }

    fn leave(&mut self, i: usize, away: Option<u32>) {
        let (debt, cash) = (self.miners.debt[i], self.miners.cash[i]);
        let arrears = (Usd::ZERO - cash).max(Usd::ZERO);
        self.flows.external += debt + arrears;
        self.flows.debt_service += debt;
        self.flows.repaid += debt;
        self.miners.cash[i] += arrears;
        self.miners.debt[i] = Usd::ZERO;
        self.miners.arrears[i] = 0.0;
        self.miners.site[i].closed = true;
        self.miners.uptime[i] = 0.0;
        self.set_rigs(i, &self.miners.rigs(i));
        self.events.closed += 1;
        if let Some(away) = away {
            let day = self.clock.day + away;
            let place = self.reopenings.partition_point(|&(due, _)| due <= day);
            self.reopenings.insert(place, (day, i));
        }
    }

    /// Miners too long in arrears close: creditors write off the rest, and part of the rigs
    /// goes to the idle stock.
    pub fn close_insolvent(&mut self) {
        let turnover = &self.policy.spec.turnover;
        let (grace, vacancy) = (f64::from(turnover.grace_days.max(1)), turnover.vacancy_days);
        let failed: Vec<usize> =
            (0..self.miners.count()).filter(|&i| self.miners.arrears[i] >= grace).collect();
        for i in failed {
            if !self.rescue(i) {
                self.close(i);
                let day = self.clock.day + vacancy;
                let place = self.reopenings.partition_point(|&(due, _)| due <= day);
                self.reopenings.insert(place, (day, i));
            }
        }
    }

    /// The owner's other sites clear the arrears if they have the cash, each in proportion.
    fn rescue(&mut self, i: usize) -> bool {
        let m = &mut self.miners;
        let missing = Usd::ZERO - m.cash[i];
        if missing.0 <= 0.0 {
            m.arrears[i] = 0.0;
            return true;
        }
        let siblings: Vec<usize> = (0..m.count())
            .filter(|&other| other != i && m.site[other].owner == m.site[i].owner)
            .collect();
        let spare: Usd = siblings.iter().map(|&other| m.cash[other].max(Usd::ZERO)).sum();
        if siblings.is_empty() || spare < missing {
            return false;
        }
        for other in siblings {
            let given = m.cash[other].max(Usd::ZERO) * (missing / spare);
            m.cash[other] -= given;
        }
        m.cash[i] += missing;
        m.arrears[i] = 0.0;
        self.events.rescued += 1;
        true
    }

    fn close(&mut self, i: usize) {
        let campus = self.miners.site[i].campus as usize;
        let failed = self.miners.site[i].owner;
        let next_owner = self.successor(campus, failed);
        if self.campuses[campus].first as usize == i {
            self.hand_over_leases(campus, failed, next_owner);
        }
        let mut rigs = self.miners.rigs(i);
        let gone = rigs.take_share(1.0 - self.policy.spec.turnover.takeover_share);
        for (hash_rate, efficiency) in gone.classes() {
            self.stock.add(hash_rate, efficiency);
        }
        self.miners.site[i].closed = true;
        self.set_rigs(i, &rigs);
        let m = &mut self.miners;
        m.site[i].insolvent_on = Some(self.clock.day);
        self.flows.written_off += Usd::ZERO - m.cash[i];
        self.flows.debt_written_off += m.debt[i];
        m.cash[i] = Usd::ZERO;
        m.debt[i] = Usd::ZERO;
        m.arrears[i] = 0.0;
        m.uptime[i] = 0.0;
        m.site[i].owner = next_owner;
        self.enter_hall_flows(campus);
        self.events.insolvent += 1;
    }

    /// The leases of a campus go with its first site.
    fn hand_over_leases(&mut self, campus: usize, failed: u32, next: u32) {
        for lease in &mut self.leases {
            let there = lease.campus as usize == campus && lease.stage != HallStage::Ended;
            if !there || lease.owner != failed {
                continue;
            }
            lease.owner = next;
            if lease.route != Route::Standing {
                let dark = lease.it - lease.on;
                let left = self.owners[failed as usize].building_it - dark;
                self.owners[failed as usize].building_it = left.max(Power::ZERO);
                self.owners[next as usize].building_it += dark;
            }
            self.owners[failed as usize].promised -= lease.promised;
            self.owners[next as usize].promised += lease.promised;
            self.owners[next as usize].signed = true;
            self.events.leases_handed_over += 1;
        }
    }

    /// Who takes a site of a campus from a failed owner: whoever took one before and has not failed in turn,
    /// else a newcomer.
    fn successor(&mut self, campus: usize, failed: u32) -> u32 {
        if let Some(next) = self.campuses[campus].successor
            && next != failed
        {
            self.events.same_successor += 1;
            return next;
        }
        let next = self.owners.len() as u32;
        self.flows.insolvencies += 1;
        self.owners.push(OwnerRecord::default());
        self.campuses[campus].successor = Some(next);
        next
    }

    /// Closed sites open again with working capital of their new owners.
    pub fn reopen_sites(&mut self) {
        while let Some((_, i)) = self.reopenings.pop_front_if(|(day, _)| *day <= self.clock.day) {
            self.miners.site[i].closed = false;
            self.miners.uptime[i] = self.policy.spec.operation.uptime;
            self.set_rigs(i, &self.miners.rigs(i));
            let bill = self.miners.site[i].capacity * DAY * self.miners.contract[i];
            let capital = bill * self.policy.spec.treasury.initial_cash_days;
            self.miners.cash[i] += capital;
            self.flows.external += capital;
            self.events.reopened += 1;
        }
    }

    /// Once a month newcomers build sites if the marginal one's payback beats its hurdle.
    pub fn admit_entrants(&mut self) {
        if !self.clock.day.is_multiple_of(self.policy.spec.turnover.entry_days) {
            return;
        }
        let spec = &self.policy.spec;
        let median = self.market.energy.median_tariff_usd_per_mwh;
        let (mut tariff, mut shares) = (0.0, 0.0);
        for (r, region) in self.market.regions.iter().enumerate() {
            let contract = Tariff::from_usd_per_mwh(median * region.tariff_factor);
            let today = tariff_today(contract, self.grid.level[r], 0.0, 1.0, self.grid.carbon[r]);
            tariff += region.hash_share * today.0;
            shares += region.hash_share;
        }
        let (mut kept, mut open) = (0.0, 0.0);
        for (pool, share) in shares_left(spec).into_iter().enumerate() {
            kept += share * self.kept[pool];
            open += share;
        }
        let factor = self.policy.revenue_factor(spec.turnover.entry_hurdle_months);
        let expected = Expectation {
            net_hashprice: self.outlook * (factor * (kept / open)),
            cost: Tariff(tariff / shares) * spec.operation.pue + cost_beside_power(spec),
        };
        let hall = UsdPerWatt::from_musd_per_mw(spec.investment.site_cost_musd_per_mw);
        let payback = expected.payback_with_site(
            self.manufacturers.price,
            self.manufacturers.efficiency,
            hall * spec.operation.pue,
        );
        let there = self.opening_campuses.number;
        let mean = expected_newcomers(there, payback, &entry(&spec.turnover));
        let connected = connected_share(self.connections.left, self.connections.yearly);
        let mean = mean * (self.appetite.orders() * connected);
        let u = self.draws.draw(Need::Newcomers(self.clock.day));
        for k in 0..poisson(u, mean) {
            self.admit(k, hall);
        }
    }

    /// A newcomer: outside capital builds its hall, orders its rigs and fills its till.
    fn admit(&mut self, k: u32, hall: UsdPerWatt) {
        let size = self.draws.draw(Need::NewcomerSize(k, self.clock.day));
        let turnover = &self.policy.spec.turnover;
        let capacity =
            self.opening_campuses.mean * lognormal_with_mean(size, 1.0, turnover.entrant_sd_log);
        let miner = self.miners.count() as u32;
        let campus = self.campuses.len() as u32;
        let region = draw_region(&self.market, &self.draws, campus);
        let tariff = draw_tariff(&self.market, &self.draws, campus, region);
        let days = self.policy.spec.treasury.initial_cash_days;
        let till = capacity * DAY * tariff * days;
        let owner = self.owners.len() as u32;
        self.owners.push(OwnerRecord::default());
        self.add_miner(owner, region, tariff, capacity, till);
        self.campuses.push(Campus {
            region: region as u32,
            class: Class::Small,
            first: miner,
            sites: 1,
            pipeline: Power::ZERO,
            opening_pipeline: Power::ZERO,
            opening_capacity: capacity,
            successor: None,
            firm_day: 0.0,
        });

        let (price, efficiency) = (self.manufacturers.price, self.manufacturers.efficiency);
        let hash_rate: HashRate = capacity / self.policy.spec.operation.pue / efficiency;
        let (replaces, hall_power) = (Power::ZERO, capacity);
        let delivery = Delivery { miner, hash_rate, efficiency, replaces, hall: hall_power };
        let ready = self.clock.day + self.policy.spec.investment.site_lead_days;
        self.manufacturers.order(self.clock.day, ready, delivery);
        self.connections.left = (self.connections.left - capacity).max(Power::ZERO);
        self.flows.entrants += 1;
        self.flows.rigs_bought += hash_rate * price;
        self.flows.construction += capacity * hall;
        self.flows.external += hash_rate * price + capacity * hall + till;
        self.events.entered += 1;
    }

    /// A small miner whose rigs are all on order.
    fn add_miner(&mut self, owner: u32, region: usize, tariff: Tariff, capacity: Power, till: Usd) {
        let miner = self.miners.count() as u32;
        let campus = self.campuses.len() as u32;
        let pool = draw_pool(&self.policy.spec, &self.draws, campus);
        let site = self.new_site(miner, owner, campus, capacity);
        let spec = &self.policy.spec;
        let spot = self.draws.draw(Need::SpotShare(campus));
        let net = self.spot * (1.0 - spec.pools[pool].fee);
        let m = &mut self.miners;
        for slot in 0..SLOTS {
            m.hash_rate[slot].push(HashRate::ZERO);
            m.efficiency[slot].push(Efficiency::ZERO);
        }
        m.threshold.push(break_even_efficiency(net, tariff, spec.operation.pue));
        m.contract.push(tariff);
        m.spot_share.push((2.0 * spec.operation.spot_share * spot).min(1.0));
        m.region.push(region as u32);
        m.pool.push(pool as u32);
        m.uptime.push(spec.operation.uptime);
        m.running.push(HashRate::ZERO);
        m.power.push(Power::ZERO);
        m.tariff.push(tariff);
        m.recurring.iter_mut().for_each(|flow| flow.push(UsdPerSecond::ZERO));
        m.debt.push(Usd::ZERO);
        m.cash.push(till);
        m.coins.push(Btc::ZERO);
        m.sale_share.push(spec.treasury.sale_share_private);
        m.arrears.push(0.0);
        m.site.push(site);
    }

    fn new_site(&self, miner: u32, owner: u32, campus: u32, capacity: Power) -> Site {
        let investment = &self.policy.spec.investment;
        let [hurdle, optimism] = self.draws.draw_pair(Need::Hurdle(campus));
        let hurdle_months = lognormal(hurdle, investment.hurdle_months, investment.hurdle_sd_log);
        Site {
            miner,
            owner,
            class: Class::Small,
            manufacturer: draw_manufacturer(&self.market.rigs, campus, &self.draws),
            campus,
            capacity: Power::ZERO,
            on_order: capacity,
            replacing: Power::ZERO,
            building: capacity,
            hurdle_months,
            revenue_factor: self.policy.revenue_factor(hurdle_months),
            optimism: lognormal(optimism, 1.0, investment.optimism_sd_log),
            external_share: investment.external_share_private,
            closed: false,
            resting: false,
            insolvent_on: None,
        }
    }
}
