//! Decisions, fourth part: AI halls are energised step by step or given up, rents rise, leases end.

use hashflight::model::hosting::site::filling_steps;
use hashflight::model::market::energy::emissions_mt;
use hashflight::units::{DAY, DAYS_PER_MONTH, Power, Usd, UsdPerSecond};
use hashflight::world::miners::TenantLoad;
use hashflight::world::miners::cash_flows::{LEASE, PROJECT_SERVICE};
use hashflight::world::miners::conversion::leases::{HallStage, Milestone, Route};
use hashflight::world::miners::spec::ConversionSpec;

use super::Model;

/// Milestones after this day need no place in the book.
const NEVER: f64 = 36_500.0;

impl Model {
    /// Sites of a campus.
    pub fn sites_of(&self, campus: usize) -> std::ops::Range<usize> {
        let first = self.campuses[campus].first as usize;
        first..first + self.campuses[campus].sites as usize
    }

    /// Enters a milestone of a lease.
    pub fn enter(&mut self, lease: usize, day: f64, milestone: Milestone) {
        if day < NEVER {
            let due = self.milestones.entry(libm::ceil(day) as u32).or_default();
            due.push((lease as u32, milestone));
        }
    }

    /// Equity of a lease that is spoken for and not out of the owner's purse yet.
    pub fn promise(&mut self, lease: usize, equity: Usd) {
        let lease = &mut self.leases[lease];
        self.owners[lease.owner as usize].promised += equity - lease.promised;
        lease.promised = equity;
    }

    /// Pays a part of a hall's cost: the campus's sites their owner's share of the equity, in equal parts,
    /// lenders and outside owners the rest.
    pub fn pay_part(&mut self, lease: usize, part: f64) {
        let hall = self.leases[lease];
        let due = hall.cost * part;
        let equity = hall.cost * (part * hall.equity_share);
        let sites = self.sites_of(hall.campus as usize);
        let each = equity / sites.len() as f64;
        let mut own = Usd::ZERO;
        for i in sites {
            let share = each * (1.0 - self.miners.site[i].external_share);
            let means = self.miners.cash[i] + self.miners.coins[i] * self.bitcoin.price;
            let paid = share.min(means.max(Usd::ZERO));
            self.miners.cash[i] -= paid;
            own += paid;
        }
        self.flows.construction += due;
        self.flows.external += due - own;
        self.promise(lease, (hall.promised - own).max(Usd::ZERO));
    }

    /// The milestones of the day, what halls bring and cost their owners from then on, and the energy of
    /// those that are lit.
    pub fn advance_projects(&mut self) {
        let (Some(spec), Some(terms)) = (self.policy.ai.clone(), self.market.ai.clone()) else {
            return;
        };
        for (lease, milestone) in self.milestones.remove(&self.clock.day).unwrap_or_default() {
            let lease = lease as usize;
            let stage = self.leases[lease].stage;
            match milestone {
                Milestone::LoanRepaid => {
                    self.leases[lease].repaid = true;
                    self.events.loans_repaid += 1;
                }
                Milestone::Energised if stage == HallStage::Building => self.energise(&spec, lease),
                Milestone::Abandoned if stage == HallStage::Building => self.abandon(&spec, lease),
                Milestone::Filled if stage == HallStage::Hosting => {
                    self.fill(&spec, lease);
                    self.events.filled += 1;
                }
                Milestone::Escalated if stage == HallStage::Hosting => {
                    let income = self.leases[lease].income;
                    self.leases[lease].income = income * (1.0 + terms.escalator);
                    self.events.escalated += 1;
                }
                Milestone::Vacated if stage == HallStage::Hosting => self.vacate(lease),
                _ => {}
            }
        }
        for campus in 0..self.campuses.len() {
            self.enter_hall_flows(campus);
        }
        self.add_up_load();
        for (place, region) in self.market.regions.iter().enumerate() {
            let drawn = self.tenants.utility_by_region[place] * spec.hall_load_factor;
            self.flows.ai_energy += drawn * DAY;
            self.flows.ai_emissions_mt += emissions_mt(drawn * DAY, region.carbon_kg_per_mwh);
        }
        let since = i64::from(self.clock.day) - 365;
        self.demand.signed_last_year = Power::ZERO;
        for lease in &self.leases {
            if lease.signed > since && lease.route != Route::Standing {
                self.demand.signed_last_year += lease.it;
            }
        }
    }

    /// What a campus's leases bring and cost, into the books of its sites: each has an equal part; who took
    /// over from an insolvent owner pays nothing on the loans that were served by then.
    pub fn enter_hall_flows(&mut self, campus: usize) {
        let part = 1.0 / f64::from(self.campuses[campus].sites);
        let halls: Vec<usize> =
            (0..self.leases.len()).filter(|&l| self.leases[l].campus as usize == campus).collect();
        if halls.is_empty() {
            return;
        }
        for i in self.sites_of(campus) {
            let (mut income, mut service) = (UsdPerSecond::ZERO, UsdPerSecond::ZERO);
            for &hall in &halls {
                let hall = &self.leases[hall];
                if hall.stage == HallStage::Hosting {
                    income += hall.income * (hall.on / hall.it);
                }
                let (Some(from), false) = (hall.served_from, hall.repaid) else { continue };
                if self.miners.site[i].insolvent_on.is_none_or(|day| day < from) {
                    service += hall.service;
                }
            }
            self.miners.recurring[LEASE][i] = income * part;
            self.miners.recurring[PROJECT_SERVICE][i] = service * part;
        }
    }

    /// Load by tenant and region, lease by lease.
    fn add_up_load(&mut self) {
        let mut load = TenantLoad::default();
        for lease in &self.leases {
            if matches!(lease.stage, HallStage::Building | HallStage::Hosting) {
                let place = self.campuses[lease.campus as usize].region as usize;
                load.contracted[lease.tenant as usize] += lease.it;
                load.energised[lease.tenant as usize] += lease.on;
                load.utility_by_region[place] += lease.utility * (lease.on / lease.it);
            }
        }
        self.tenants = load;
    }

    /// First power: the rest of the cost is due, and the loan.
    fn energise(&mut self, spec: &ConversionSpec, lease: usize) {
        self.pay_part(lease, 1.0 - spec.signing_share);
        self.promise(lease, Usd::ZERO);
        self.serve_loan(lease, 1.0);
        self.leases[lease].stage = HallStage::Hosting;
        let steps = self.steps(spec, lease);
        self.light(lease, 1.0 / f64::from(steps));
        for step in 1..steps {
            let day = f64::from(self.clock.day) + f64::from(step) * DAYS_PER_MONTH;
            self.enter(lease, day, Milestone::Filled);
        }
        let hall = self.leases[lease];
        if hall.route != Route::Standing {
            self.owners[hall.owner as usize].delivered += 1.0;
        }
        self.events.energised += 1;
    }

    /// Months in which a hall fills: a standing one has been filled before.
    fn steps(&self, spec: &ConversionSpec, lease: usize) -> u32 {
        let hall = &self.leases[lease];
        if hall.route == Route::Standing {
            return 1;
        }
        filling_steps(hall.it.mw(), spec.filling_mw_per_month)
    }

    fn fill(&mut self, spec: &ConversionSpec, lease: usize) {
        let (hall, steps) = (self.leases[lease], f64::from(self.steps(spec, lease)));
        let lit = (hall.on / hall.it * steps).round();
        self.light(lease, (lit + 1.0) / steps);
    }

    /// Energises a hall up to a share of its power, which is connected by that.
    fn light(&mut self, lease: usize, share: f64) {
        let hall = &mut self.leases[lease];
        let on = if share >= 1.0 { hall.it } else { hall.it * share };
        let gained = on - hall.on;
        hall.on = on;
        if hall.route == Route::Standing {
            return;
        }
        let owner = &mut self.owners[hall.owner as usize];
        owner.building_it = (owner.building_it - gained).max(Power::ZERO);
        owner.delivered_it += gained;
        let connected = (hall.utility - hall.mined) * (gained / hall.it);
        let place = self.campuses[hall.campus as usize].region as usize;
        self.flows.connected[place] += connected;
        self.flows.halls_connected[place] += connected;
        self.connections.left = (self.connections.left - connected).max(Power::ZERO);
    }

    /// The drawn part of the loan is served from today until the term ends.
    fn serve_loan(&mut self, lease: usize, drawn: f64) {
        let today = self.clock.day;
        let hall = &mut self.leases[lease];
        hall.service = hall.service * drawn;
        hall.served_from = Some(today);
        let ends = f64::from(hall.ends).max(f64::from(today) + 1.0);
        self.enter(lease, ends, Milestone::LoanRepaid);
    }

    /// The power mines again or returns to the pipeline; the part of the loan that was drawn stays.
    fn abandon(&mut self, spec: &ConversionSpec, lease: usize) {
        self.promise(lease, Usd::ZERO);
        self.serve_loan(lease, spec.signing_share);
        self.leases[lease].stage = HallStage::Ended;
        let hall = self.leases[lease];
        let owner = &mut self.owners[hall.owner as usize];
        owner.building_it = (owner.building_it - hall.it).max(Power::ZERO);
        self.flows.ai_cancelled += hall.it;
        self.campuses[hall.campus as usize].pipeline += hall.utility - hall.mined;
        self.give_back(hall.campus as usize, hall.mined);
        self.events.abandoned += 1;
    }

    /// Power goes to mining, to the open sites of a campus in equal parts; to all of them where none is.
    pub fn give_back(&mut self, campus: usize, power: Power) {
        let mut sites: Vec<usize> =
            self.sites_of(campus).filter(|&i| !self.miners.site[i].closed).collect();
        if sites.is_empty() {
            sites = self.sites_of(campus).collect();
        }
        let part = power / sites.len() as f64;
        for i in sites {
            self.miners.site[i].capacity += part;
        }
    }

    /// The tenant is gone; the hall stands, finished.
    fn vacate(&mut self, lease: usize) {
        self.light(lease, 1.0);
        self.leases[lease].stage = HallStage::Vacant;
        self.leases[lease].vacant_since = self.clock.day;
        self.events.vacated += 1;
    }
}
