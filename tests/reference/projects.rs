//! Decisions, fourth part: AI halls are energised or given up, rents rise, leases end.

use hashflight::model::market::energy::emissions_mt;
use hashflight::units::{DAY, Power, Usd, UsdPerSecond};
use hashflight::world::miners::cash_flows::{LEASE, PROJECT_SERVICE};
use hashflight::world::miners::conversion::projects::{DatedMilestone, Milestone};
use hashflight::world::miners::spec::ConversionSpec;
use hashflight::world::miners::state::{Hall, HallStage};

use super::Model;

/// Milestones after this day need no place in the book.
const NEVER: f64 = 36_500.0;

impl Model {
    /// Enters a milestone of the contract now in force on a site.
    pub fn enter(&mut self, i: usize, day: f64, milestone: Milestone) {
        if day < NEVER {
            let contract = self.miners.hall[i].contract;
            let entry = DatedMilestone { miner: i as u32, contract, milestone };
            self.milestones.entry(libm::ceil(day) as u32).or_default().push(entry);
        }
    }

    /// Pays a part of a hall's cost: the miner its share of the equity, lenders and outside owners
    /// the rest.
    pub fn pay_part(&mut self, spec: &ConversionSpec, i: usize, part: f64) {
        let due = self.miners.hall[i].cost * part;
        let equity = 1.0 - spec.loan_to_cost;
        let share = due * (equity * (1.0 - self.miners.site[i].external_share));
        let means = self.miners.cash[i] + self.miners.coins[i] * self.bitcoin.price;
        let own = share.min(means.max(Usd::ZERO));
        self.miners.cash[i] -= own;
        self.flows.construction += due;
        self.flows.external += due - own;
    }

    /// The milestones of the day, and the energy of the halls that are lit after them.
    pub fn advance_projects(&mut self) {
        let (Some(spec), Some(terms)) = (self.policy.ai.clone(), self.market.ai.clone()) else {
            return;
        };
        for entry in self.milestones.remove(&self.clock.day).unwrap_or_default() {
            let i = entry.miner as usize;
            if let Milestone::LoanRepaid(service) = entry.milestone {
                if entry.contract > self.miners.site[i].void_loans {
                    let left = self.miners.recurring[PROJECT_SERVICE][i] - service;
                    self.miners.recurring[PROJECT_SERVICE][i] = left.max(UsdPerSecond::ZERO);
                    self.events.loans_repaid += 1;
                }
            } else if entry.contract == self.miners.hall[i].contract {
                match entry.milestone {
                    Milestone::Energised => self.energise(&spec, i),
                    Milestone::Abandoned => self.abandon(&spec, i),
                    Milestone::Escalated => self.escalate(i, terms.escalator),
                    Milestone::Vacated | Milestone::LoanRepaid(_) => self.vacate(i),
                }
            }
        }
        for (place, region) in self.market.regions.iter().enumerate() {
            let drawn = self.tenants.utility_by_region[place] * spec.hall_load_factor;
            self.flows.ai_energy += drawn * DAY;
            self.flows.ai_emissions_mt += emissions_mt(drawn * DAY, region.carbon_kg_per_mwh);
        }
    }

    fn energise(&mut self, spec: &ConversionSpec, i: usize) {
        self.pay_part(spec, i, 1.0 - spec.signing_share);
        self.miners.hall[i].stage = HallStage::Hosting;
        let hall = self.miners.hall[i];
        self.miners.recurring[LEASE][i] = hall.income;
        self.serve_loan(i, hall.service, hall.ends);
        self.tenants.energised[hall.tenant as usize] += hall.it;
        self.tenants.utility_by_region[self.miners.region[i] as usize] += hall.utility;
        self.delivered[self.miners.site[i].owner as usize] += 1.0;
        self.events.energised += 1;
    }

    fn serve_loan(&mut self, i: usize, service: UsdPerSecond, ends: u32) {
        self.miners.recurring[PROJECT_SERVICE][i] += service;
        self.enter(i, f64::from(ends), Milestone::LoanRepaid(service));
    }

    /// The power mines again or returns to the pipeline; the part of the loan that was drawn stays.
    fn abandon(&mut self, spec: &ConversionSpec, i: usize) {
        let hall = self.miners.hall[i];
        self.serve_loan(i, hall.service * spec.signing_share, hall.ends);
        self.tenants.contracted[hall.tenant as usize] -= hall.it;
        self.flows.ai_cancelled += hall.it;
        let new = hall.utility - hall.displaced;
        self.miners.site[i].capacity -= new;
        self.miners.site[i].pipeline += new;
        self.flows.power_built -= new;
        self.miners.hall[i] = Hall { contract: hall.contract, ..Hall::default() };
        self.events.abandoned += 1;
    }

    fn escalate(&mut self, i: usize, escalator: f64) {
        self.miners.recurring[LEASE][i] = self.miners.recurring[LEASE][i] * (1.0 + escalator);
        self.events.escalated += 1;
    }

    fn vacate(&mut self, i: usize) {
        let hall = self.miners.hall[i];
        debug_assert!(hall.it > Power::ZERO, "a contract in force is for some power");
        self.miners.hall[i].stage = HallStage::Vacant;
        self.miners.recurring[LEASE][i] = UsdPerSecond::ZERO;
        self.tenants.contracted[hall.tenant as usize] -= hall.it;
        self.tenants.energised[hall.tenant as usize] -= hall.it;
        self.tenants.utility_by_region[self.miners.region[i] as usize] -= hall.utility;
        self.events.vacated += 1;
    }
}
