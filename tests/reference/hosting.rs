//! Decisions, second part: on the day of a tender every owner works out what it could build at each of its
//! campuses, for how much, by when, and at which rent at least.

use hashflight::model::hosting::real_option::ExchangeOption;
use hashflight::model::hosting::reservation::{
    Capital, LeaseTerms, asked_by_net_value, asked_by_noisy_choice, asked_by_option,
    cost_at_delivery, forgone_by_new_hall, forgone_by_retrofit, growth_option, imitated_hurdle,
    machines_value, reservation_rent, residual_value, risk_adjusted_rate, value_of_rent,
};
use hashflight::model::hosting::site::{
    PlaceKind, QualityWeights, hall_cost, months_to_firm_power, site_quality,
};
use hashflight::model::hosting::tenders::{affordable, build_limit, largest_loan};
use hashflight::model::market::energy::tariff_today;
use hashflight::model::mining::economics::growing_annuity;
use hashflight::model::mining::efficiency_bins::bin_of;
use hashflight::model::mining::investment::Expectation;
use hashflight::numerics::sampling::{lognormal, normal};
use hashflight::random::Need;
use hashflight::units::{DAY, DAYS_PER_MONTH, DAYS_PER_YEAR, Power, Tariff};
use hashflight::world::market::spec::AiDemandSpec;
use hashflight::world::market::state::{HostingKind, Tender};
use hashflight::world::miners::conversion::leases::{HallStage, Route};
use hashflight::world::miners::spec::{Class, ConversionSpec, DecisionRule};

use super::Model;
use super::miners::cost_beside_power;

/// Dollars of a million.
const MILLION: f64 = 1e6;

/// A campus that is open. Values in million USD per utility MW.
#[derive(Clone, Copy, Debug)]
pub struct OpenCampus {
    /// Whose it is.
    pub owner: usize,
    /// Power of the owner's open sites there.
    mining: Power,
    /// Power of halls there that mined before.
    turned: Power,
    /// The first hall without a tenant.
    vacant: Option<usize>,
    /// What its machines will earn.
    machines: f64,
    /// What they would fetch today.
    resale: f64,
    /// The right to mine there for good.
    pub growth: f64,
}

/// What an owner can carry.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// Million USD.
    pub purse: f64,
    /// IT MW that it may still begin to build.
    pub room: f64,
    /// Halls it has delivered.
    pub delivered: f64,
    /// Whether its shares are traded.
    listed: bool,
}

/// All of them on a day.
#[derive(Clone, Debug)]
pub struct Landscape {
    /// By campus.
    pub campuses: Vec<Option<OpenCampus>>,
    /// By owner.
    pub means: Vec<Means>,
    /// Part of mining power whose owner has signed a lease.
    signed: f64,
}

/// What an owner offers.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// Campus.
    pub campus: usize,
    /// Owner.
    pub owner: usize,
    /// What the hall is made of.
    pub route: Route,
    /// The hall that stands, if one does.
    pub standing: Option<usize>,
    /// Largest hall, IT MW.
    pub most_mw: f64,
    /// Cost to owner and lenders, million USD per IT MW.
    pub cost: f64,
    /// Part of it that is not lent.
    pub equity_share: f64,
    /// Interest.
    pub interest: f64,
    /// Months until first power, when on time.
    pub months: f64,
    /// Quality.
    pub quality: f64,
    /// Least first-year rent, million USD per IT MW.
    pub rent: f64,
    /// Value of a dollar of it.
    pub value_of_rent: f64,
}

impl Model {
    /// Campuses and owners as they are now.
    pub fn survey(&self, spec: &ConversionSpec) -> Landscape {
        let owners = self.owners.len();
        let mut campuses: Vec<_> =
            (0..self.campuses.len()).map(|campus| self.open_campus(spec, campus)).collect();

        // What an owner is worth: sites and land, then cash and coins less debt, then leases.
        let (mut built, mut worth) = (vec![0.0; owners], vec![0.0; owners]);
        let (mut liquid, mut listed) = (vec![0.0; owners], vec![false; owners]);
        for (campus, open) in self.campuses.iter().zip(&campuses) {
            let Some(open) = open else { continue };
            built[open.owner] += open.mining.mw();
            worth[open.owner] += open.mining.mw() * (open.machines + open.growth)
                + campus.pipeline.mw() * spec.powered_land_musd_per_mw;
            listed[open.owner] = campus.class == Class::Public;
        }
        for i in 0..self.miners.count() {
            let owner = self.miners.site[i].owner as usize;
            let cash = self.miners.cash[i].0 / MILLION;
            let coins = (self.miners.coins[i] * self.bitcoin.price).0 / MILLION;
            liquid[owner] += cash + spec.purse_coin_share * coins;
            worth[owner] += cash + coins - self.miners.debt[i].0 / MILLION;
        }
        for (number, lease) in self.leases.iter().enumerate() {
            if matches!(lease.stage, HallStage::Building | HallStage::Hosting) {
                worth[lease.owner as usize] += lease.worth.0 / MILLION;
            }
            let Some(open) = &mut campuses[lease.campus as usize] else { continue };
            if lease.stage != HallStage::Ended {
                open.turned += lease.mined;
            }
            if lease.stage == HallStage::Vacant && open.vacant.is_none() {
                open.vacant = Some(number);
            }
        }

        let mut means = Vec::with_capacity(owners);
        let (mut all, mut of_signers) = (0.0, 0.0);
        for (owner, record) in self.owners.iter().enumerate() {
            let limit = build_limit(
                (spec.build_base_mw, spec.build_per_built, spec.build_per_delivered),
                built[owner],
                record.delivered_it.mw(),
            );
            let raised = spec.purse_equity_share * worth[owner].max(0.0);
            means.push(Means {
                purse: liquid[owner] + raised - record.promised.0 / MILLION,
                room: limit - record.building_it.mw(),
                delivered: record.delivered,
                listed: listed[owner],
            });
            all += built[owner];
            if record.signed {
                of_signers += built[owner];
            }
        }
        Landscape { campuses, means, signed: if all > 0.0 { of_signers / all } else { 0.0 } }
    }

    /// A campus whose first site is open.
    fn open_campus(&self, spec: &ConversionSpec, campus: usize) -> Option<OpenCampus> {
        let (m, policy) = (&self.miners, &self.policy.spec);
        let (first, sites) = (self.campuses[campus].first as usize, self.campuses[campus].sites);
        if m.site[first].closed {
            return None;
        }
        let tariff = self.plain_tariff(m.contract[first], m.region[first] as usize);
        let expected = Expectation {
            net_hashprice: self.outlook * self.kept[m.pool[first] as usize],
            cost: tariff * policy.operation.pue + cost_beside_power(policy),
        };
        let (mut mining, mut margin, mut resale) = (Power::ZERO, 0.0, 0.0);
        for i in first..first + sites as usize {
            if m.site[i].closed || m.site[i].owner != m.site[first].owner {
                continue;
            }
            mining += m.site[i].capacity;
            let rigs = m.rigs(i);
            for (hash_rate, efficiency) in rigs.hash_rate.into_iter().zip(rigs.efficiency) {
                margin += (hash_rate * DAY * expected.margin(efficiency)).0.max(0.0);
                resale += (hash_rate * self.stock.price[bin_of(efficiency)]).0;
            }
        }
        let (uptime, rate) = (policy.operation.uptime, mining_rate(spec));
        let (mut earned, mut fetched) = (0.0, 0.0);
        if mining.0 > 0.0 {
            earned = margin * DAYS_PER_YEAR * uptime / MILLION / mining.mw();
            fetched = resale / MILLION / mining.mw();
        }
        Some(OpenCampus {
            owner: m.site[first].owner as usize,
            mining,
            turned: Power::ZERO,
            vacant: None,
            machines: machines_value(
                earned,
                rate,
                policy.investment.expected_annual_decline,
                policy.investment.rig_life_years * spec.remaining_life_share,
            ),
            resale: fetched,
            growth: growth_option(
                spec.long_run_tariff_usd_per_mwh - tariff.usd_per_mwh(),
                spec.long_run_margin_sd_usd_per_mwh,
                8760.0 * uptime,
                rate,
            ),
        })
    }

    /// Contract tariff at today's level, nothing bought at spot.
    fn plain_tariff(&self, contract: Tariff, place: usize) -> Tariff {
        tariff_today(contract, self.grid.level[place], 0.0, 1.0, self.grid.carbon[place])
    }

    /// What a campus offers by one route; none where it does not meet the tender or has no room.
    pub fn offer(
        &self,
        (spec, terms): (&ConversionSpec, &AiDemandSpec),
        land: &Landscape,
        campus: usize,
        tender: &Tender,
        route: Route,
    ) -> Option<Offer> {
        let open = land.campuses[campus].as_ref()?;
        let means = &land.means[open.owner];
        let stands = route == Route::Standing;
        if stands && open.vacant.is_none() {
            return None;
        }
        let (quality, months, capex) = self.hall(spec, campus, route, means.delivered);
        if quality <= 0.0 || quality < tender.quality || months > tender.due_months {
            return None;
        }

        // Who pays, and at which rates.
        let capital = capital(spec, tender.backed, means.listed);
        let gpu = tender.kind == HostingKind::GpuCloud;
        let capex = capex + if gpu { spec.gpu_capex_musd } else { 0.0 };
        let late = (1.0 - spec.on_time_probability) * spec.slip_months;
        let lease = LeaseTerms {
            delay_years: (months + if stands { 0.0 } else { late }) / 12.0,
            term_years: tender.term_years,
            escalator: terms.escalator,
            noi_margin: if gpu { terms.gpu_cloud_margin } else { terms.noi_margin },
            success: if stands { 1.0 } else { 1.0 - spec.failure_probability },
            default_rate: if tender.backed {
                terms.default_backed_per_year
            } else {
                terms.default_per_year
            },
            volatility: spec.lease_volatility,
        };

        // The least rent.
        let rate = capital.rate();
        let warrants = if tender.backed && !stands { spec.backing_cost_musd } else { 0.0 };
        let tenants_part = spec.tenant_funded_share;
        let cost = cost_at_delivery(capex, warrants, tenants_part, rate, lease.delay_years);
        let after = lease.delay_years + tender.term_years;
        let residual = residual_value(capex, spec.residual_share, rate, after);
        let forgone = self.forgone(spec, open, route);
        let hurdle = imitated_hurdle(spec.npv_hurdle, spec.imitation, land.signed);
        let asked = match spec.rule {
            DecisionRule::Npv => asked_by_net_value(cost, forgone, residual, hurdle),
            DecisionRule::Logit => {
                let need = Need::Offer(tender.number, campus as u32, self.clock.day);
                let noise = (spec.logit_scale, self.draws.draw(need));
                asked_by_noisy_choice(cost, forgone, residual, hurdle, noise)
            }
            DecisionRule::RealOption => {
                let option = ExchangeOption {
                    yield_v: spec.equity_return,
                    yield_k: spec.equity_return,
                    vol_v: spec.lease_volatility,
                    vol_k: spec.mining_volatility,
                    correlation: spec.correlation,
                };
                asked_by_option(cost, forgone, residual, &option)
            }
        };
        let value_of_rent = value_of_rent(&lease, &capital, spec.risk_aversion);
        let rent = reservation_rent(asked, value_of_rent);

        // How large a hall lenders, purse, crews and place allow.
        let borne = capex * (1.0 - 0.5 * tenants_part);
        let annuity = growing_annuity(capital.debt_rate, 0.0, tender.term_years);
        let income = rent * lease.noi_margin;
        let loan = largest_loan(capital.loan_to_cost, borne, income, annuity, spec.debt_cover);
        let equity = borne - loan;
        let most_mw = match self.room(spec, open, campus, route) {
            None => self.leases[open.vacant?].utility.mw() * spec.it_over_utility,
            Some(room) => (room.mw() * spec.it_over_utility)
                .min(means.room)
                .min(affordable(means.purse, equity)),
        };
        let (asked_mw, part) = (tender.it.mw(), terms.least_part);
        let large_enough = most_mw >= (part * asked_mw).max(spec.min_hall_mw);
        let too_large = stands && most_mw * part > asked_mw;
        (large_enough && !too_large).then_some(Offer {
            campus,
            owner: open.owner,
            route,
            standing: open.vacant.filter(|_| stands),
            most_mw,
            cost: borne,
            equity_share: if borne > 0.0 { equity / borne } else { 1.0 },
            interest: capital.debt_rate,
            months,
            quality,
            rent,
            value_of_rent,
        })
    }

    /// Utility power for a hall to be built; none where it stands.
    fn room(
        &self,
        spec: &ConversionSpec,
        open: &OpenCampus,
        campus: usize,
        route: Route,
    ) -> Option<Power> {
        match route {
            Route::Standing => None,
            Route::NewHall => Some(self.campuses[campus].pipeline),
            Route::Retrofit => {
                Some((open.mining + open.turned) * spec.convertible_share - open.turned)
            }
        }
    }

    /// Quality, months and cost, without computers, of a hall at a campus, million USD per IT MW.
    fn hall(
        &self,
        spec: &ConversionSpec,
        campus: usize,
        route: Route,
        delivered: f64,
    ) -> (f64, f64, f64) {
        let site = &self.campuses[campus];
        let [luck, dear] = self.draws.draw_pair(Need::CampusQuality(campus as u32));
        let dear = lognormal(dear, 1.0, spec.capex_sd_log);
        let slow =
            lognormal(self.draws.draw(Need::CampusTimes(campus as u32)), 1.0, spec.months_sd_log);
        let weights = QualityWeights {
            ready: spec.quality_ready,
            spread: spec.quality_spread,
            size: spec.quality_size,
            mining_site: spec.quality_mining_site,
            gpu_operator: spec.quality_gpu_operator,
        };
        let kind = PlaceKind {
            mines: route == Route::Retrofit,
            gpu_operator: site.class == Class::GpuOperator,
        };
        let readiness = self.market.regions[site.region as usize].ai_readiness;
        let size = (site.opening_capacity + site.opening_pipeline).mw();
        let quality = site_quality(&weights, readiness, normal(luck), size, kind);
        let cost = |base: f64| {
            hall_cost(base, dear, quality, spec.capex_quality_slope, spec.learning_rate, delivered)
        };
        match route {
            Route::Standing => (quality, spec.relet_months, spec.relet_capex_musd),
            Route::Retrofit => {
                (quality, spec.retrofit_months * slow, cost(spec.retrofit_capex_musd))
            }
            Route::NewHall => {
                let firm = months_to_firm_power(
                    site.firm_day / DAYS_PER_MONTH,
                    self.demand.incumbents_ratio,
                    spec.firm_power_congestion,
                    f64::from(self.clock.day) / DAYS_PER_MONTH,
                );
                let months = (spec.new_build_months * slow).max(firm);
                (quality, months, cost(spec.new_build_capex_musd))
            }
        }
    }

    /// What else the power could be used for, million USD per IT MW.
    fn forgone(&self, spec: &ConversionSpec, open: &OpenCampus, route: Route) -> f64 {
        let investment = &self.policy.spec.investment;
        let (hall, per_it) = (investment.site_cost_musd_per_mw, spec.it_over_utility);
        let (share, land) = (spec.pipeline_mining_share, spec.powered_land_musd_per_mw);
        match route {
            // The hall that stands could only mine.
            Route::Standing => forgone_by_new_hall(open.growth, hall, 1.0, 0.0, per_it),
            Route::NewHall => forgone_by_new_hall(open.growth, hall, share, land, per_it),
            Route::Retrofit => {
                let life = investment.rig_life_years * spec.remaining_life_share;
                let (machines, resale) = (open.machines, open.resale);
                let wait = (mining_rate(spec), life);
                forgone_by_retrofit(machines, resale, open.growth, wait, per_it)
            }
        }
    }
}

/// Discount rate of mining.
fn mining_rate(spec: &ConversionSpec) -> f64 {
    risk_adjusted_rate(spec.mining_discount_rate, spec.risk_aversion, spec.mining_volatility)
}

/// Loan and rates for an owner and a tenant.
fn capital(spec: &ConversionSpec, backed: bool, listed: bool) -> Capital {
    let mut capital = Capital {
        loan_to_cost: spec.loan_to_cost,
        debt_rate: spec.debt_rate,
        equity_return: spec.equity_return,
    };
    if !backed {
        capital.loan_to_cost = (spec.loan_to_cost - spec.unbacked_loan_discount).max(0.0);
        capital.debt_rate += spec.unbacked_debt_spread;
    }
    if !listed {
        capital.debt_rate += spec.private_debt_spread;
    }
    capital
}
