//! Decisions, third part: tenants award their tenders, and leases are signed.

use hashflight::model::hosting::tenders::{
    TenantWeights, awarded_rent, generalised_cost, outside_option,
};
use hashflight::model::mining::economics::annuity_payment;
use hashflight::numerics::sampling::exponential;
use hashflight::random::Need;
use hashflight::units::{
    DAYS_PER_MONTH, DAYS_PER_YEAR, Power, RentPerWatt, Usd, UsdPerSecond, UsdPerWatt,
};
use hashflight::world::market::ai_demand::default_after;
use hashflight::world::market::spec::AiDemandSpec;
use hashflight::world::market::state::{HostingKind, Tender};
use hashflight::world::miners::conversion::leases::{HallStage, Lease, Milestone, Route};
use hashflight::world::miners::spec::ConversionSpec;

use super::Model;
use super::hosting::Offer;

impl Model {
    /// Each of the day's tenders goes to the offer that costs its tenant least, if that beats what incumbents
    /// would give; what it does not cover goes to them.
    pub fn award_tenders(&mut self) {
        let (Some(spec), Some(terms)) = (self.policy.ai.clone(), self.market.ai.clone()) else {
            return;
        };
        let weights = TenantWeights {
            month: terms.month_cost_musd,
            quality: terms.quality_cost_musd,
            record: terms.record_value_musd,
        };
        for tender in self.demand.tenders.clone() {
            let market = match tender.kind {
                HostingKind::Colocation => self.demand.colocation_musd,
                HostingKind::GpuCloud => self.demand.gpu_cloud_musd,
            };
            let outside =
                outside_option(market, tender.valuation, terms.incumbents_months, &weights);
            let mut open = tender.it;
            if let Some((offer, cost, next)) = self.best_offer(&spec, &terms, &tender, &weights)
                && cost <= outside
            {
                let next = next.min(outside);
                let rent = awarded_rent(offer.rent, cost, next, terms.bargaining_share);
                open = (open - self.sign(&spec, &terms, &offer, &tender, rent)).max(Power::ZERO);
            }
            self.demand.lost += open;
        }
    }

    /// The offer of least generalised cost, that cost, and the least of any other owner.
    fn best_offer(
        &self,
        spec: &ConversionSpec,
        terms: &AiDemandSpec,
        tender: &Tender,
        weights: &TenantWeights,
    ) -> Option<(Offer, f64, f64)> {
        let land = self.survey(spec);
        let mut offers = Vec::new();
        for campus in 0..self.campuses.len() {
            for route in [Route::Standing, Route::Retrofit, Route::NewHall] {
                let Some(offer) = self.offer((spec, terms), &land, campus, tender, route) else {
                    continue;
                };
                let halls = land.means[offer.owner].delivered;
                let cost =
                    generalised_cost(offer.rent, offer.months, offer.quality, halls, weights);
                offers.push((offer, cost));
            }
        }
        // Of equal offers the first counts.
        let mut best: Option<(Offer, f64)> = None;
        for &(offer, cost) in &offers {
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((offer, cost));
            }
        }
        let (best, least) = best?;
        let others = offers.iter().filter(|(offer, _)| offer.owner != best.owner);
        let next = others.map(|&(_, cost)| cost).fold(f64::INFINITY, f64::min);
        Some((best, least, next))
    }

    /// Signs a lease for as much as is asked for and the offer has, a standing hall whole; returns the IT power.
    fn sign(
        &mut self,
        spec: &ConversionSpec,
        terms: &AiDemandSpec,
        offer: &Offer,
        tender: &Tender,
        rent: f64,
    ) -> Power {
        let it = match offer.standing {
            Some(hall) => self.leases[hall].it,
            None => tender.it.min(Power::from_mw(offer.most_mw)),
        };
        let (utility, mined) = self.take_power(spec, offer, it);
        let margin = match tender.kind {
            HostingKind::Colocation => terms.noi_margin,
            HostingKind::GpuCloud => terms.gpu_cloud_margin,
        };
        let cost = it * UsdPerWatt::from_musd_per_mw(offer.cost);
        let loan = cost * (1.0 - offer.equity_share);
        let value = it * UsdPerWatt::from_musd_per_mw(rent * offer.value_of_rent);
        let yearly = annuity_payment(offer.interest, tender.term_years);
        let lease = self.leases.len();
        self.leases.push(Lease {
            campus: offer.campus as u32,
            owner: offer.owner as u32,
            signer: offer.owner as u32,
            tenant: tender.tenant,
            kind: tender.kind,
            route: offer.route,
            stage: HallStage::Building,
            it,
            on: Power::ZERO,
            utility,
            mined,
            rent_musd: rent,
            income: it * RentPerWatt::from_musd_per_mw_year(rent * margin),
            service: UsdPerSecond::from_usd_per_day(loan.0 * yearly / DAYS_PER_YEAR),
            served_from: None,
            repaid: false,
            cost,
            equity_share: offer.equity_share,
            promised: Usd::ZERO,
            worth: (value - loan).max(Usd::ZERO),
            signed: i64::from(self.clock.day),
            ready: 0.0,
            ends: 0,
            vacant_since: 0,
        });
        let owner = &mut self.owners[offer.owner];
        owner.signed = true;
        if offer.route != Route::Standing {
            owner.building_it += it;
        }
        self.promise(lease, cost * offer.equity_share);
        self.pay_part(lease, spec.signing_share);
        self.book_milestones(spec, terms, lease, offer.months, tender);
        self.flows.ai_signed += it;
        self.events.signed += 1;
        self.events.relet += u32::from(offer.standing.is_some());
        self.events.new_halls += u32::from(offer.route == Route::NewHall);
        self.events.retrofits += u32::from(offer.route == Route::Retrofit);
        it
    }

    /// Utility power of the hall, and the part of it that mined: all of a standing hall's, else what it
    /// takes from the owner's open sites, whose machines go, or from the pipeline.
    fn take_power(&mut self, spec: &ConversionSpec, offer: &Offer, it: Power) -> (Power, Power) {
        if let Some(hall) = offer.standing {
            self.leases[hall].stage = HallStage::Ended;
            return (self.leases[hall].utility, self.leases[hall].mined);
        }
        let utility = it / spec.it_over_utility;
        let mut mined = Power::ZERO;
        if offer.route == Route::Retrofit {
            let is_open = |m: &Model, i: usize| {
                !m.miners.site[i].closed && m.miners.site[i].owner as usize == offer.owner
            };
            let open: Vec<usize> =
                self.sites_of(offer.campus).filter(|&i| is_open(self, i)).collect();
            let all: Power = open.iter().map(|&i| self.miners.site[i].capacity).sum();
            let share = (utility / all).min(1.0);
            for i in open {
                let given = self.miners.site[i].capacity * share;
                let left = self.miners.site[i].capacity - given;
                self.miners.site[i].capacity = left.max(Power::ZERO);
                mined += given;
                self.displace(i, self.miners.rigs(i));
            }
        }
        let campus = &mut self.campuses[offer.campus];
        campus.pipeline = (campus.pipeline - (utility - mined)).max(Power::ZERO);
        (utility, mined)
    }

    /// When the hall is ready or given up, when its rent rises, when it empties.
    fn book_milestones(
        &mut self,
        spec: &ConversionSpec,
        terms: &AiDemandSpec,
        lease: usize,
        months: f64,
        tender: &Tender,
    ) {
        let campus = self.leases[lease].campus;
        let stands = self.leases[lease].route == Route::Standing;
        let today = i64::from(self.clock.day);
        let earlier = self.leases[..lease].iter();
        let earlier = earlier.filter(|other| other.campus == campus && other.signed == today);
        let (day, number) = (self.clock.day, earlier.count() as u16);
        let [punctual, slip] = self.draws.draw_pair(Need::HallDelay(campus, day, number));
        let [failure, default] = self.draws.draw_pair(Need::HallEnd(campus, day, number));
        let late = punctual >= spec.on_time_probability && !stands;
        let slip = if late { exponential(slip, spec.slip_months) } else { 0.0 };
        let today = f64::from(self.clock.day);
        let ready = today + (months + slip) * DAYS_PER_MONTH;
        let ends = ready + tender.term_years * DAYS_PER_YEAR;
        self.leases[lease].ready = ready;
        self.leases[lease].ends = ends as u32;
        if failure < spec.failure_probability && !stands {
            let given_up = today + spec.abandoned_at * (ready - today);
            self.enter(lease, given_up.max(today + 1.0), Milestone::Abandoned);
            return;
        }
        let vacated = ends.min(ready + default_after(terms, tender.backed, default));
        self.enter(lease, ready.max(today + 1.0), Milestone::Energised);
        self.enter(lease, vacated.max(today + 1.0), Milestone::Vacated);
        let mut anniversary = ready + DAYS_PER_YEAR;
        while anniversary < vacated.min(today + 20_000.0) {
            self.enter(lease, anniversary, Milestone::Escalated);
            anniversary += DAYS_PER_YEAR;
        }
    }
}
