//! AI halls from construction to the end of the lease: energising in steps or abandonment, escalators, tenant
//! default, vacancy, and power that mines again. Milestones wait in a book by day.

use bevy_ecs::prelude::{Query, ResMut};

use crate::model::hosting::site::filling_steps;
use crate::model::market::energy::emissions_mt;
use crate::units::{DAY, DAYS_PER_MONTH, Power, Usd, UsdPerWatt};
use crate::world::market::state::AiDemand;
use crate::world::miners::access::{MinerColumns, MinerTable, table};

use super::contracts::{ContractDay, ContractViews};
use super::leases::{HallStage, Milestone, Route};

impl ContractDay<'_> {
    /// Carries out a milestone.
    fn reach(&mut self, table: &mut MinerTable<'_, '_>, lease: u32, milestone: Milestone) {
        let (stage, campus) = {
            let lease = &self.leases.all[lease as usize];
            (lease.stage, lease.campus)
        };
        match (milestone, stage) {
            (Milestone::Energised, HallStage::Building) => self.energise(table, lease, false),
            (Milestone::Filled, HallStage::Hosting) => self.fill(lease),
            (Milestone::Abandoned, HallStage::Building) => self.abandon(table, lease),
            (Milestone::Escalated, HallStage::Hosting) => {
                let income = &mut self.leases.all[lease as usize].income;
                *income = *income * (1.0 + self.terms.escalator);
            }
            (Milestone::Vacated, HallStage::Hosting) => self.vacate(lease),
            (Milestone::LoanRepaid, _) => self.leases.all[lease as usize].repaid = true,
            _ => return,
        }
        self.refresh_flows(table, campus);
    }

    /// Writes what a campus's leases bring and cost into the books of its sites, in equal parts.
    fn refresh_flows(&self, table: &mut MinerTable<'_, '_>, campus: u32) {
        let sites = self.campuses.0[campus as usize].sites;
        for index in self.campuses.sites(campus as usize) {
            let mut miner = table.miner(index);
            let (income, service) = self.leases.flows(campus, sites, miner.site.insolvent_on);
            *miner.lease() = income;
            *miner.project_service() = service;
        }
    }

    /// First power: the rest of the cost is paid, the loan is served, the hall fills in monthly steps, or at
    /// once where it is `whole`.
    pub(crate) fn energise(&mut self, table: &mut MinerTable<'_, '_>, lease: u32, whole: bool) {
        if !whole {
            self.pay_part(table, lease, 1.0 - self.spec.signing_share);
        }
        self.promise(lease, Usd::ZERO);
        self.serve_loan(lease, 1.0);
        let today = f64::from(self.day);
        let record = &mut self.leases.all[lease as usize];
        record.stage = HallStage::Hosting;
        let steps = self.steps(lease);
        if whole || steps == 1 {
            self.light(lease, 1.0);
        } else {
            self.light(lease, 1.0 / f64::from(steps));
            for step in 1..steps {
                let day = today + f64::from(step) * DAYS_PER_MONTH;
                self.leases.enter(day, lease, Milestone::Filled);
            }
        }
        let lease = &self.leases.all[lease as usize];
        if lease.route != Route::Standing {
            self.owners.0[lease.owner as usize].delivered += 1.0;
        }
        let campus = lease.campus;
        self.refresh_flows(table, campus);
    }

    /// Monthly steps in which a hall fills; a standing one in one.
    fn steps(&self, lease: u32) -> u32 {
        let lease = &self.leases.all[lease as usize];
        match lease.route {
            Route::Standing => 1,
            _ => filling_steps(lease.it.mw(), self.spec.filling_mw_per_month),
        }
    }

    fn fill(&mut self, lease: u32) {
        let steps = f64::from(self.steps(lease));
        let done = libm::round(self.leases.all[lease as usize].lit() * steps);
        self.light(lease, ((done + 1.0) / steps).min(1.0));
    }

    /// Energises a hall up to a share of its power.
    fn light(&mut self, lease: u32, share: f64) {
        let lease = &mut self.leases.all[lease as usize];
        let before = lease.on;
        lease.on = if share >= 1.0 { lease.it } else { lease.it * share };
        let gained = lease.on - before;
        if lease.route == Route::Standing {
            return;
        }
        let owner = &mut self.owners.0[lease.owner as usize];
        owner.building_it = (owner.building_it - gained).max(Power::ZERO);
        owner.delivered_it += gained;
        let new = (lease.utility - lease.mined) * (gained / lease.it);
        let region = self.campuses.0[lease.campus as usize].region;
        self.flows.connect_hall(region, new);
        self.connections.take(new);
    }

    /// From now on the loan, or the part of it that was drawn, is served until the term ends.
    fn serve_loan(&mut self, lease: u32, drawn: f64) {
        let record = &mut self.leases.all[lease as usize];
        record.service = record.service * drawn;
        record.served_from = Some(self.day);
        let ends = f64::from(record.ends).max(f64::from(self.day) + 1.0);
        self.leases.enter(ends, lease, Milestone::LoanRepaid);
    }

    /// Gives the hall up: its power mines again or returns to the pipeline, the loan drawn at signing
    /// stays.
    fn abandon(&mut self, table: &mut MinerTable<'_, '_>, lease: u32) {
        self.promise(lease, Usd::ZERO);
        self.serve_loan(lease, self.spec.signing_share);
        let record = &mut self.leases.all[lease as usize];
        record.stage = HallStage::Ended;
        let record = *record;
        self.flows.ai_cancelled += record.it;
        let owner = &mut self.owners.0[record.owner as usize];
        owner.building_it = (owner.building_it - record.it).max(Power::ZERO);
        self.campuses.0[record.campus as usize].pipeline += record.utility - record.mined;
        self.give_back(table, record.campus, record.mined);
    }

    /// The tenant is gone; what was not yet energised of the hall is finished and stands empty as well.
    fn vacate(&mut self, lease: u32) {
        self.light(lease, 1.0);
        let lease = &mut self.leases.all[lease as usize];
        lease.stage = HallStage::Vacant;
        lease.vacant_since = self.day;
    }

    /// Turns a vacant hall back into mining halls, whose cost the owner pays as far as it can.
    pub(crate) fn mine_again(&mut self, table: &mut MinerTable<'_, '_>, lease: u32) {
        let record = &mut self.leases.all[lease as usize];
        record.stage = HallStage::Ended;
        let (campus, utility) = (record.campus, record.utility);
        let cost = UsdPerWatt::from_musd_per_mw(self.miners.spec.investment.site_cost_musd_per_mw);
        let due = utility * cost;
        let sites = self.campuses.sites(campus as usize);
        let each = due / sites.len() as f64;
        let mut own = Usd::ZERO;
        for index in sites {
            let miner = table.miner(index);
            let paid = (each * (1.0 - miner.site.external_share)).min(miner.cash.0.max(Usd::ZERO));
            miner.cash.0 -= paid;
            own += paid;
        }
        self.flows.construction += due;
        self.flows.external += due - own;
        self.give_back(table, campus, utility);
    }

    /// A day's energy of the energised halls, and its emissions.
    fn draw_power(&mut self) {
        for (region, utility) in self.regions.iter().zip(self.tenants.utility_by_region) {
            let energy = utility * self.spec.hall_load_factor * DAY;
            self.flows.ai_energy += energy;
            self.flows.ai_emissions_mt += emissions_mt(energy, region.carbon_kg_per_mwh);
        }
    }
}

/// Carries out the day's milestones, and counts what the halls that are lit after them draw.
pub fn advance_projects(
    mut views: ContractViews,
    mut demand: ResMut<AiDemand>,
    mut query: Query<MinerColumns>,
) {
    let (Some(mut today), Some(mut table)) = (views.day(), table(&mut query)) else { return };
    let due = today.leases.by_day.get_mut(today.day as usize).map(std::mem::take);
    for (lease, milestone) in due.into_iter().flatten() {
        today.reach(&mut table, lease, milestone);
        *today.tenants = today.leases.load(today.campuses);
    }
    today.draw_power();
    demand.signed_last_year = today.leases.signed_last_year(today.day);
}
