//! Decisions, third part: tenants award their tenders, and leases are signed.

use hashflight::model::hosting::decision_rules::rank_of_bidders;
use hashflight::model::mining::economics::annuity_payment;
use hashflight::numerics::sampling::exponential;
use hashflight::random::Need;
use hashflight::units::{
    DAYS_PER_MONTH, DAYS_PER_YEAR, Power, RentPerWatt, UsdPerSecond, UsdPerWatt,
};
use hashflight::world::market::ai_demand::default_after;
use hashflight::world::market::spec::AiDemandSpec;
use hashflight::world::market::state::{HostingKind, Tender};
use hashflight::world::miners::conversion::projects::Milestone;
use hashflight::world::miners::spec::ConversionSpec;
use hashflight::world::miners::state::{Bid, HallStage};

use super::Model;

impl Model {
    /// Tenders go to the best-ranked bidders whose reservation rent they meet: on the day they are
    /// issued, and once a month while they stay open.
    pub fn award_tenders(&mut self) {
        let (Some(spec), Some(terms)) = (self.policy.ai.clone(), self.market.ai.clone()) else {
            return;
        };
        let day = self.clock.day;
        let fresh = self.demand.tenders.iter().any(|tender| tender.id >> 8 == day);
        let retry = day.is_multiple_of(terms.retry_days) && !self.demand.tenders.is_empty();
        if !fresh && !retry {
            return;
        }
        let ranking = self.rank_bidders();
        let smallest = Power::from_mw(spec.min_hall_mw);
        let mut tenders = std::mem::take(&mut self.demand.tenders);
        for tender in &mut tenders {
            for &i in &ranking {
                let bid = self.miners.bid[i];
                let meets = bid.it.0 > 0.0 && bid.reservation(tender.kind) <= tender.rent_musd;
                if meets && tender.open >= smallest {
                    let it = self.sign(&spec, &terms, i, tender);
                    tender.open = (tender.open - it).max(Power::ZERO);
                }
            }
            if tender.open < smallest {
                tender.open = Power::ZERO;
            }
        }
        self.demand.tenders = tenders;
    }

    /// Miners with a bid, best first; adds up what they offer.
    fn rank_bidders(&mut self) -> Vec<usize> {
        let bids = &self.miners.bid;
        self.demand.offered = Power::ZERO;
        let mut bidders = Vec::new();
        for (i, bid) in bids.iter().enumerate().filter(|(_, bid)| bid.it.0 > 0.0) {
            self.demand.offered += bid.it;
            bidders.push((i, bid.score));
        }
        rank_of_bidders(bidders)
    }

    /// Signs a lease for as much as the tender asks and the bid offers; returns the IT power.
    fn sign(
        &mut self,
        spec: &ConversionSpec,
        terms: &AiDemandSpec,
        i: usize,
        tender: &Tender,
    ) -> Power {
        let bid = std::mem::take(&mut self.miners.bid[i]);
        let it = if bid.standing { bid.it } else { bid.it.min(tender.open) };
        let utility = it / spec.it_over_utility;
        if !bid.standing {
            self.take_power(i, &bid, utility);
        }
        let (gpus, margin) = match tender.kind {
            HostingKind::Colocation => (0.0, terms.noi_margin),
            HostingKind::GpuCloud => (spec.gpu_capex_musd, terms.gpu_cloud_margin),
        };
        let cost = it * UsdPerWatt::from_musd_per_mw(bid.capex_musd + gpus);
        let loan = cost * spec.loan_to_cost;
        let yearly = annuity_payment(spec.debt_rate, tender.term_years);
        let hall = &mut self.miners.hall[i];
        hall.stage = HallStage::Building;
        hall.contract += 1;
        hall.it = it;
        hall.income = it * RentPerWatt::from_musd_per_mw_year(tender.rent_musd * margin);
        hall.service = UsdPerSecond::from_usd_per_day(loan.0 * yearly / DAYS_PER_YEAR);
        hall.cost = cost;
        hall.tenant = tender.tenant;
        self.tenants.contracted[tender.tenant as usize] += it;
        self.flows.ai_signed += it;
        self.signed_on.push(i64::from(self.clock.day));
        self.events.signed += 1;
        self.events.relet += u32::from(bid.standing);
        self.pay_part(spec, i, spec.signing_share);
        self.book_milestones(spec, terms, i, &bid, tender);
        it
    }

    /// Power for a hall comes from mining, whose rigs go, or from the pipeline.
    fn take_power(&mut self, i: usize, bid: &Bid, utility: Power) {
        self.miners.hall[i].utility = utility;
        self.miners.hall[i].displaced = if bid.takes_mining { utility } else { Power::ZERO };
        if bid.takes_mining {
            self.displace(i, self.miners.rigs(i));
        } else {
            let site = &mut self.miners.site[i];
            site.pipeline = (site.pipeline - utility).max(Power::ZERO);
            site.capacity += utility;
            self.flows.power_built += utility;
        }
    }

    /// When the hall is ready or given up, when its rent rises, when it empties.
    fn book_milestones(
        &mut self,
        spec: &ConversionSpec,
        terms: &AiDemandSpec,
        i: usize,
        bid: &Bid,
        tender: &Tender,
    ) {
        let [punctual, slip] = self.draws.draw_pair(Need::HallDelay(i as u32, self.clock.day));
        let [failure, default] = self.draws.draw_pair(Need::HallEnd(i as u32, self.clock.day));
        let late = punctual >= spec.on_time_probability && !bid.standing;
        let slip = if late { exponential(slip, spec.slip_months) } else { 0.0 };
        let today = f64::from(self.clock.day);
        let ready = today + (bid.months + slip) * DAYS_PER_MONTH;
        let ends = ready + tender.term_years * DAYS_PER_YEAR;
        self.miners.hall[i].ends = ends as u32;
        if failure < spec.failure_probability && !bid.standing {
            let given_up = today + spec.abandoned_at * (ready - today);
            self.enter(i, given_up.max(today + 1.0), Milestone::Abandoned);
            return;
        }
        let vacated = ends.min(ready + default_after(terms, tender.backed, default));
        self.enter(i, ready.max(today + 1.0), Milestone::Energised);
        self.enter(i, vacated, Milestone::Vacated);
        let mut anniversary = ready + DAYS_PER_YEAR;
        while anniversary < vacated.min(today + 20_000.0) {
            self.enter(i, anniversary, Milestone::Escalated);
            anniversary += DAYS_PER_YEAR;
        }
    }
}
