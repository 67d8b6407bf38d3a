//! What owners offer: on the day of a tender every campus works out what it could build, for how much and by
//! when, and the lowest rent at which its owner would, under the experiment's decision rule.

use crate::model::hosting::real_option::ExchangeOption;
use crate::model::hosting::reservation::{
    Capital, LeaseTerms, asked_by_net_value, asked_by_noisy_choice, asked_by_option,
    cost_at_delivery, forgone_by_new_hall, forgone_by_retrofit, imitated_hurdle, reservation_rent,
    residual_value, value_of_rent,
};
use crate::model::hosting::site::{
    PlaceKind, QualityWeights, hall_cost, months_to_firm_power, site_quality,
};
use crate::model::hosting::tenders::{affordable, largest_loan};
use crate::model::mining::economics::growing_annuity;
use crate::random::Need;
use crate::units::DAYS_PER_MONTH;
use crate::world::market::state::{HostingKind, Tender};
use crate::world::miners::campuses::{CampusTraits, Campuses};
use crate::world::miners::spec::{Class, ConversionSpec, DecisionRule};

use super::bidders::{Bidders, CampusState, OfferDay};
use super::leases::Route;

/// An offer for a tender.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    /// Index of the campus.
    pub campus: u32,
    /// Index of the owner.
    pub owner: u32,
    /// What the hall is made of.
    pub route: Route,
    /// The vacant hall, where one stands.
    pub vacant: Option<u32>,
    /// Largest hall, IT MW.
    pub it_mw: f64,
    /// Capital cost borne by owner and lenders, million USD per IT MW.
    pub cost_musd: f64,
    /// Part of it that is not lent.
    pub equity_share: f64,
    /// Interest on the loan, a year.
    pub debt_rate: f64,
    /// Months until first power when on time.
    pub months: f64,
    /// Quality.
    pub quality: f64,
    /// Lowest first-year rent, million USD per IT MW and year.
    pub rent_musd: f64,
    /// Value of a dollar of first-year rent.
    pub value_of_rent: f64,
}

impl OfferDay<'_> {
    /// The offers of a campus for a tender: at most one of each route, of those that meet it.
    #[must_use]
    pub fn offers(
        &self,
        bidders: &Bidders,
        campuses: &Campuses,
        index: u32,
        tender: &Tender,
    ) -> [Option<Offer>; 3] {
        let Some(state) = &bidders.campuses[index as usize] else { return [None; 3] };
        let routes = [Route::Standing, Route::Retrofit, Route::NewHall];
        let rooms = routes.map(|route| self.room(bidders, state, tender, route));
        // Most places are too small for most tenders, and their traits need not be drawn.
        if rooms.iter().all(Option::is_none) {
            return [None; 3];
        }
        let traits = CampusTraits::draw(self.spec, index, self.draws);
        let place = Candidate { bidders, campuses, index, state, traits, tender };
        [0, 1, 2].map(|at| self.offer(&place, routes[at], rooms[at]?))
    }

    /// Largest hall before money is counted, IT MW; none where it is less than the tenant would take.
    fn room(
        &self,
        bidders: &Bidders,
        state: &CampusState,
        tender: &Tender,
        route: Route,
    ) -> Option<f64> {
        let spec = self.spec;
        let utility = match route {
            Route::Standing => state.vacant.map(|(_, utility)| utility)?,
            Route::Retrofit => {
                (state.mining + state.turned) * spec.convertible_share - state.turned
            }
            Route::NewHall => state.pipeline,
        };
        let room = utility.mw() * spec.it_over_utility;
        let most = match route {
            Route::Standing => room,
            _ => room.min(bidders.owners[state.owner as usize].room_mw),
        };
        let least = (self.terms.least_part * tender.it.mw()).max(spec.min_hall_mw);
        (most >= least).then_some(most)
    }

    fn offer(&self, place: &Candidate<'_>, route: Route, room: f64) -> Option<Offer> {
        let (spec, state, tender) = (self.spec, place.state, place.tender);
        let owner = &place.bidders.owners[state.owner as usize];
        let quality = self.quality(place, route);
        let months = self.months(place, route);
        if quality <= 0.0 || quality < tender.quality || months > tender.due_months {
            return None;
        }
        let capital = self.capital(tender, owner.listed);
        let capex = self.capex(place, route, quality, owner.delivered);
        let lease = self.lease_terms(tender, route, months);
        let value = value_of_rent(&lease, &capital, spec.risk_aversion);
        let backing =
            if tender.backed && route != Route::Standing { spec.backing_cost_musd } else { 0.0 };
        let cost = cost_at_delivery(
            capex,
            backing,
            spec.tenant_funded_share,
            capital.rate(),
            lease.delay_years,
        );
        let forgone = self.forgone(state, route);
        let years = lease.delay_years + lease.term_years;
        let residual = residual_value(capex, spec.residual_share, capital.rate(), years);
        let rent = reservation_rent(self.asked(place, cost, forgone, residual), value);
        let borne = capex * (1.0 - 0.5 * spec.tenant_funded_share);
        let annuity = growing_annuity(capital.debt_rate, 0.0, tender.term_years);
        let noi = rent * lease.noi_margin;
        let loan = largest_loan(capital.loan_to_cost, borne, noi, annuity, spec.debt_cover);
        let equity = borne - loan;
        let it_mw = if route == Route::Standing {
            room
        } else {
            room.min(affordable(owner.purse_musd, equity))
        };
        let (asked, part) = (tender.it.mw(), self.terms.least_part);
        let too_large = route == Route::Standing && it_mw * part > asked;
        (it_mw >= (part * asked).max(spec.min_hall_mw) && !too_large).then_some(Offer {
            campus: place.index,
            owner: state.owner,
            route,
            vacant: state.vacant.filter(|_| route == Route::Standing).map(|(lease, _)| lease),
            it_mw,
            cost_musd: borne,
            equity_share: if borne > 0.0 { equity / borne } else { 1.0 },
            debt_rate: capital.debt_rate,
            months,
            quality,
            rent_musd: rent,
            value_of_rent: value,
        })
    }

    fn quality(&self, place: &Candidate<'_>, route: Route) -> f64 {
        let (spec, campus) = (self.spec, &place.campuses.0[place.index as usize]);
        let weights = QualityWeights {
            ready: spec.quality_ready,
            spread: spec.quality_spread,
            size: spec.quality_size,
            mining_site: spec.quality_mining_site,
            gpu_operator: spec.quality_gpu_operator,
        };
        let kind = PlaceKind {
            mines: route == Route::Retrofit,
            gpu_operator: campus.class == Class::GpuOperator,
        };
        site_quality(
            &weights,
            self.review.market.regions[campus.region as usize].ai_readiness,
            place.traits.quality_deviate,
            (campus.opening_capacity + campus.opening_pipeline).mw(),
            kind,
        )
    }

    fn months(&self, place: &Candidate<'_>, route: Route) -> f64 {
        let (spec, factor) = (self.spec, place.traits.time_factor);
        match route {
            Route::Standing => spec.relet_months,
            Route::Retrofit => spec.retrofit_months * factor,
            Route::NewHall => {
                let firm = months_to_firm_power(
                    place.campuses.0[place.index as usize].firm_day / DAYS_PER_MONTH,
                    self.demand.incumbents_ratio,
                    spec.firm_power_congestion,
                    f64::from(self.review.day) / DAYS_PER_MONTH,
                );
                (spec.new_build_months * factor).max(firm)
            }
        }
    }

    fn capex(&self, place: &Candidate<'_>, route: Route, quality: f64, delivered: f64) -> f64 {
        let spec = self.spec;
        let base = match route {
            Route::Standing => return spec.relet_capex_musd + self.gpus(place.tender),
            Route::Retrofit => spec.retrofit_capex_musd,
            Route::NewHall => spec.new_build_capex_musd,
        };
        let (factor, slope) = (place.traits.cost_factor, spec.capex_quality_slope);
        hall_cost(base, factor, quality, slope, spec.learning_rate, delivered)
            + self.gpus(place.tender)
    }

    fn gpus(&self, tender: &Tender) -> f64 {
        if tender.kind == HostingKind::GpuCloud { self.spec.gpu_capex_musd } else { 0.0 }
    }

    fn capital(&self, tender: &Tender, listed: bool) -> Capital {
        let spec = self.spec;
        let (less, more) = if tender.backed {
            (0.0, 0.0)
        } else {
            (spec.unbacked_loan_discount, spec.unbacked_debt_spread)
        };
        let private = if listed { 0.0 } else { spec.private_debt_spread };
        Capital {
            loan_to_cost: (spec.loan_to_cost - less).max(0.0),
            debt_rate: spec.debt_rate + more + private,
            equity_return: spec.equity_return,
        }
    }

    fn lease_terms(&self, tender: &Tender, route: Route, months: f64) -> LeaseTerms {
        let (spec, terms) = (self.spec, self.terms);
        let stands = route == Route::Standing;
        let late = if stands { 0.0 } else { (1.0 - spec.on_time_probability) * spec.slip_months };
        LeaseTerms {
            delay_years: (months + late) / 12.0,
            term_years: tender.term_years,
            escalator: terms.escalator,
            noi_margin: match tender.kind {
                HostingKind::Colocation => terms.noi_margin,
                HostingKind::GpuCloud => terms.gpu_cloud_margin,
            },
            success: if stands { 1.0 } else { 1.0 - spec.failure_probability },
            default_rate: if tender.backed {
                terms.default_backed_per_year
            } else {
                terms.default_per_year
            },
            volatility: spec.lease_volatility,
        }
    }

    /// Mining and other uses given up, million USD per IT MW.
    fn forgone(&self, state: &CampusState, route: Route) -> f64 {
        let (spec, investment) = (self.spec, &self.review.miners.spec.investment);
        match route {
            Route::Standing => forgone_by_new_hall(
                state.growth,
                investment.site_cost_musd_per_mw,
                1.0,
                0.0,
                spec.it_over_utility,
            ),
            Route::Retrofit => forgone_by_retrofit(
                state.machines,
                state.resale,
                state.growth,
                (self.mining_rate(), investment.rig_life_years * spec.remaining_life_share),
                spec.it_over_utility,
            ),
            Route::NewHall => forgone_by_new_hall(
                state.growth,
                investment.site_cost_musd_per_mw,
                spec.pipeline_mining_share,
                spec.powered_land_musd_per_mw,
                spec.it_over_utility,
            ),
        }
    }

    /// What the lease must be worth, million USD per IT MW, under the decision rule.
    fn asked(&self, place: &Candidate<'_>, cost: f64, forgone: f64, residual: f64) -> f64 {
        let spec = self.spec;
        let hurdle = imitated_hurdle(spec.npv_hurdle, spec.imitation, place.bidders.signed_share);
        match spec.rule {
            DecisionRule::Npv => asked_by_net_value(cost, forgone, residual, hurdle),
            DecisionRule::Logit => {
                let need = Need::Offer(place.tender.number, place.index, self.review.day);
                let noise = (spec.logit_scale, self.draws.draw(need));
                asked_by_noisy_choice(cost, forgone, residual, hurdle, noise)
            }
            DecisionRule::RealOption => {
                asked_by_option(cost, forgone, residual, &lease_for_mining(spec))
            }
        }
    }
}

/// A campus before a tender.
struct Candidate<'a> {
    bidders: &'a Bidders,
    campuses: &'a Campuses,
    index: u32,
    state: &'a CampusState,
    traits: CampusTraits,
    tender: &'a Tender,
}

/// The option to give up money and mining for a lease.
#[must_use]
pub fn lease_for_mining(spec: &ConversionSpec) -> ExchangeOption {
    ExchangeOption {
        yield_v: spec.equity_return,
        yield_k: spec.equity_return,
        vol_v: spec.lease_volatility,
        vol_k: spec.mining_volatility,
        correlation: spec.correlation,
    }
}
