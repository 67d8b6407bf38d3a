//! Decisions, fifth part: once a month pipelines grow, and halls that nobody takes mine again.

use hashflight::numerics::sampling::lognormal;
use hashflight::random::Need;
use hashflight::units::{DAYS_PER_MONTH, DAYS_PER_YEAR, Usd, UsdPerWatt};
use hashflight::world::market::spec::AiDemandSpec;
use hashflight::world::market::state::{HostingKind, Tender};
use hashflight::world::miners::conversion::leases::{HallStage, Route};
use hashflight::world::miners::spec::ConversionSpec;

use super::Model;

impl Model {
    /// Pipelines first.
    pub fn develop_power(&mut self) {
        let (Some(spec), Some(terms)) = (self.policy.ai.clone(), self.market.ai.clone()) else {
            return;
        };
        let every = self.policy.spec.investment.review_days;
        if !self.clock.day.is_multiple_of(every) {
            return;
        }
        self.grow_pipelines(&spec, f64::from(every) / DAYS_PER_YEAR);
        let vacant: Vec<usize> =
            (0..self.leases.len()).filter(|&l| self.leases[l].stage == HallStage::Vacant).collect();
        // All are judged before the first is turned back.
        let given_up: Vec<usize> =
            vacant.into_iter().filter(|&l| self.had_better_mine(&spec, &terms, l)).collect();
        for lease in given_up {
            self.mine_again(lease);
        }
    }

    /// By a share of what they were, the more the dearer halls are; what is new queues for firm power.
    fn grow_pipelines(&mut self, spec: &ConversionSpec, years: f64) {
        let rent = self.demand.rent_ratios[self.clock.day as usize - 1];
        let growth = spec.pipeline_growth * libm::pow(rent, spec.pipeline_rent_elasticity) * years;
        for (number, campus) in self.campuses.iter_mut().enumerate() {
            let gained = campus.opening_pipeline * growth;
            if gained.0 <= 0.0 {
                continue;
            }
            let [_, luck] = self.draws.draw_pair(Need::CampusTimes(number as u32));
            let wait = lognormal(luck, spec.firm_power_months, spec.firm_power_sd_log);
            let firm = f64::from(self.clock.day) + wait * DAYS_PER_MONTH;
            campus.firm_day += gained / (campus.pipeline + gained) * (firm - campus.firm_day);
            campus.pipeline += gained;
            self.flows.developed[campus.region as usize] += gained;
            self.events.pipelines_grown += 1;
        }
    }

    /// Mining is worth its halls, and no tenant pays enough or none has come for long.
    fn had_better_mine(&self, spec: &ConversionSpec, terms: &AiDemandSpec, lease: usize) -> bool {
        let hall = &self.leases[lease];
        let land = self.survey(spec);
        let Some(open) = &land.campuses[hall.campus as usize] else { return false };
        let anyone = Tender {
            number: 0,
            kind: HostingKind::Colocation,
            it: hall.it,
            term_years: terms.opening_term_years,
            tenant: 0,
            backed: true,
            due_months: f64::INFINITY,
            quality: 0.0,
            valuation: 1.0,
        };
        let campus = hall.campus as usize;
        let offer = self.offer((spec, terms), &land, campus, &anyone, Route::Standing);
        let lets = offer.is_some_and(|offer| offer.rent <= self.demand.colocation_musd);
        let waits = self.clock.day - hall.vacant_since < spec.vacant_days;
        open.growth >= self.policy.spec.investment.site_cost_musd_per_mw && !(lets && waits)
    }

    /// Mining halls take the place of a vacant one.
    fn mine_again(&mut self, lease: usize) {
        self.leases[lease].stage = HallStage::Ended;
        let hall = self.leases[lease];
        let price = self.policy.spec.investment.site_cost_musd_per_mw;
        let due = hall.utility * UsdPerWatt::from_musd_per_mw(price);
        let sites = self.sites_of(hall.campus as usize);
        let each = due / sites.len() as f64;
        let mut own = Usd::ZERO;
        for i in sites {
            let share = each * (1.0 - self.miners.site[i].external_share);
            let paid = share.min(self.miners.cash[i].max(Usd::ZERO));
            self.miners.cash[i] -= paid;
            own += paid;
        }
        self.flows.construction += due;
        self.flows.external += due - own;
        self.give_back(hall.campus as usize, hall.utility);
        self.events.mined_again += 1;
    }
}
