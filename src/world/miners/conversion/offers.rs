//! What owners offer: on the day of a tender every campus works out what it could build, for how much and by
//! when, and the lowest rent at which its owner would, under the experiment's decision rule.

use crate::model::hosting::real_option::ExchangeOption;
use crate::model::hosting::reservation::{
    Capital, LeaseTerms, asked_by_net_value, asked_by_noisy_choice, asked_by_option,
    cost_at_delivery, forgone_by_new_hall, forgone_by_retrofit, growth_option, imitated_hurdle,
    machines_value, reservation_rent, residual_value, risk_adjusted_rate, value_of_rent,
};
use crate::model::hosting::site::{
    PlaceKind, QualityWeights, hall_cost, months_to_firm_power, site_quality,
};
use crate::model::hosting::tenders::{affordable, build_limit, largest_loan};
use crate::model::market::energy::tariff_today;
use crate::model::mining::economics::growing_annuity;
use crate::model::mining::efficiency_bins::bin_of;
use crate::model::mining::investment::Expectation;
use crate::random::{Draws, Need};
use crate::units::{DAY, DAYS_PER_MONTH, DAYS_PER_YEAR, Power, Tariff, Usd};
use crate::world::market::spec::AiDemandSpec;
use crate::world::market::state::{AiDemand, HostingKind, IdleStock, Tender};
use crate::world::miners::access::MinerTable;
use crate::world::miners::campuses::{CampusTraits, Campuses};
use crate::world::miners::cash_flows::cost_per_energy;
use crate::world::miners::review::ReviewDay;
use crate::world::miners::spec::{Class, ConversionSpec, DecisionRule};
use crate::world::miners::state::Owners;

use super::leases::{HallStage, Leases, Route};

/// Hours of a year.
const HOURS_PER_YEAR: f64 = 8760.0;
const USD_PER_MUSD: f64 = 1e6;

/// What everybody knows on a day of tenders.
pub struct OfferDay<'a> {
    /// Prices, tariffs and beliefs.
    pub review: ReviewDay<'a>,
    /// AI projects.
    pub spec: &'a ConversionSpec,
    /// AI market.
    pub terms: &'a AiDemandSpec,
    /// Demand.
    pub demand: &'a AiDemand,
    /// Idle stock.
    pub stock: &'a IdleStock,
    /// Random numbers.
    pub draws: &'a Draws,
}

/// What a campus has on that day. Values in million USD per utility MW.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CampusState {
    /// Index of the owner.
    pub owner: u32,
    /// Utility power of its open mining halls.
    pub mining: Power,
    /// Pipeline that is not promised.
    pub pipeline: Power,
    /// Power of its halls that mined before.
    pub turned: Power,
    /// A vacant hall and its utility power, if it has one.
    pub vacant: Option<(u32, Power)>,
    /// What its machines earn before they are worn.
    pub machines: f64,
    /// What they would fetch.
    pub resale: f64,
    /// The right to mine for good.
    pub growth: f64,
}

/// What an owner can carry on that day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OwnerState {
    /// Own money and what it can raise, million USD.
    pub purse_musd: f64,
    /// IT MW that it may have under construction beyond what it has.
    pub room_mw: f64,
    /// Halls delivered.
    pub delivered: f64,
    /// Whether it is listed.
    pub listed: bool,
}

/// Campuses and owners on a day of tenders.
#[derive(Clone, Debug, Default)]
pub struct Bidders {
    /// By campus.
    pub campuses: Vec<Option<CampusState>>,
    /// By owner.
    pub owners: Vec<OwnerState>,
    /// Share of mining power whose owner has signed a lease.
    pub signed_share: f64,
}

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
    /// Looks at every campus and owner. Newcomers' and closed campuses bid nothing.
    #[must_use]
    pub fn bidders(
        &self,
        table: &mut MinerTable<'_, '_>,
        campuses: &Campuses,
        leases: &Leases,
        owners: &Owners,
    ) -> Bidders {
        let mut value = vec![0.0; owners.0.len()];
        let mut cash = vec![0.0; owners.0.len()];
        let mut built = vec![0.0; owners.0.len()];
        let mut listed = vec![false; owners.0.len()];
        let states = (0..campuses.0.len())
            .map(|index| {
                let state = self.campus(table, campuses, index)?;
                let owner = state.owner as usize;
                listed[owner] = campuses.0[index].class == Class::Public;
                built[owner] += state.mining.mw();
                value[owner] += state.mining.mw() * (state.machines + state.growth)
                    + state.pipeline.mw() * self.spec.powered_land_musd_per_mw;
                Some(state)
            })
            .collect();
        let mut bidders = Bidders { campuses: states, ..Bidders::default() };
        for index in 0..table.count() {
            let miner = table.miner(index);
            let owner = miner.site.owner as usize;
            let coins = (miner.coins.0 * self.review.price).0 / USD_PER_MUSD;
            let liquid = miner.cash.0.0 / USD_PER_MUSD;
            cash[owner] += liquid + self.spec.purse_coin_share * coins;
            value[owner] += liquid + coins - miner.debt.0.0 / USD_PER_MUSD;
        }
        for (serial, lease) in (0..).zip(&leases.all) {
            value[lease.owner as usize] +=
                if lease.is_let() { lease.worth.0 / USD_PER_MUSD } else { 0.0 };
            if let Some(campus) = &mut bidders.campuses[lease.campus as usize] {
                if lease.stage != HallStage::Ended {
                    campus.turned += lease.mined;
                }
                if lease.stage == HallStage::Vacant {
                    campus.vacant = campus.vacant.or(Some((serial, lease.utility)));
                }
            }
        }
        let spec = self.spec;
        bidders.owners = (0..owners.0.len())
            .map(|owner| {
                let record = &owners.0[owner];
                let limits = (spec.build_base_mw, spec.build_per_built, spec.build_per_delivered);
                let limit = build_limit(limits, built[owner], record.delivered_it.mw());
                let raised = spec.purse_equity_share * value[owner].max(0.0);
                OwnerState {
                    purse_musd: cash[owner] + raised - record.promised.0 / USD_PER_MUSD,
                    room_mw: limit - record.building_it.mw(),
                    delivered: record.delivered,
                    listed: listed[owner],
                }
            })
            .collect();
        let signed: f64 =
            built.iter().zip(&owners.0).filter(|(_, owner)| owner.signed).map(|(mw, _)| mw).sum();
        let all: f64 = built.iter().sum();
        bidders.signed_share = if all > 0.0 { signed / all } else { 0.0 };
        bidders
    }

    /// A campus, unless its first site is closed.
    fn campus(
        &self,
        table: &mut MinerTable<'_, '_>,
        campuses: &Campuses,
        index: usize,
    ) -> Option<CampusState> {
        let sites = campuses.sites(index);
        let head = table.miner(sites.start);
        if head.site.closed {
            return None;
        }
        let owner = head.site.owner;
        let tariff = self.tariff(head.contract.0, head.region.0);
        let operation = &self.review.miners.spec.operation;
        let running_cost = cost_per_energy(&self.review.miners.spec);
        let expectation = Expectation {
            net_hashprice: self.review.outlook.hashprice
                * self.review.book.kept[head.pool.0 as usize],
            cost: tariff * operation.pue + running_cost,
        };
        let (mut mining, mut margin, mut resale) = (Power::ZERO, 0.0, 0.0);
        for site in sites {
            let miner = table.miner(site);
            if miner.site.closed || miner.site.owner != owner {
                continue;
            }
            mining += miner.site.capacity;
            let rigs = miner.rigs();
            for (hash_rate, efficiency) in rigs.hash_rate.iter().zip(rigs.efficiency) {
                margin += (*hash_rate * DAY * expectation.margin(efficiency)).0.max(0.0);
                resale += (*hash_rate * self.stock.price[bin_of(efficiency)]).0;
            }
        }
        let per_mw = |usd: f64| if mining.0 > 0.0 { usd / USD_PER_MUSD / mining.mw() } else { 0.0 };
        let investment = &self.review.miners.spec.investment;
        let rate = self.mining_rate();
        let long_run = self.spec.long_run_tariff_usd_per_mwh - tariff.usd_per_mwh();
        Some(CampusState {
            owner,
            mining,
            pipeline: campuses.0[index].pipeline,
            turned: Power::ZERO,
            vacant: None,
            machines: machines_value(
                per_mw(margin * DAYS_PER_YEAR * operation.uptime),
                rate,
                investment.expected_annual_decline,
                investment.rig_life_years * self.spec.remaining_life_share,
            ),
            resale: per_mw(resale),
            growth: growth_option(
                long_run,
                self.spec.long_run_margin_sd_usd_per_mwh,
                HOURS_PER_YEAR * operation.uptime,
                rate,
            ),
        })
    }

    fn tariff(&self, contract: Tariff, region: u32) -> Tariff {
        let (grid, place) = (self.review.grid, region as usize);
        tariff_today(contract, grid.level[place], 0.0, 1.0, grid.carbon[place])
    }

    fn mining_rate(&self) -> f64 {
        let spec = self.spec;
        risk_adjusted_rate(spec.mining_discount_rate, spec.risk_aversion, spec.mining_volatility)
    }

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

/// A sum of million dollars.
#[must_use]
pub fn musd(millions: f64) -> Usd {
    Usd(millions * USD_PER_MUSD)
}
