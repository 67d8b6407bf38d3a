//! Decisions, second part: a suitable miner works out the lowest rent at which it would host.

use hashflight::model::hosting::ai_hosting::{
    HallTerms, certainty_equivalent, expected_default_rate, expected_delay, expected_term,
    learned_cost, lease_value_per_rent, mining_value, reservation_rent,
};
use hashflight::model::hosting::decision_rules::{
    asked_by_net_value, asked_by_noisy_choice, asked_by_option, bidder_score, forgone_mining,
    peer_factor,
};
use hashflight::model::mining::efficiency_bins::bin_of;
use hashflight::random::Need;
use hashflight::units::{DAY, DAYS_PER_YEAR, Power};
use hashflight::world::market::spec::AiDemandSpec;
use hashflight::world::miners::conversion::choose::{financing, lease_for_mining};
use hashflight::world::miners::spec::{ConversionSpec, DecisionRule};
use hashflight::world::miners::state::{Bid, HallStage};

use super::Model;

impl Model {
    /// The miners whose turn it is renew their bids.
    pub fn choose_hosting(&mut self) {
        let (Some(spec), Some(demand)) = (self.policy.ai.clone(), self.market.ai.clone()) else {
            return;
        };
        let every = self.policy.spec.investment.review_days as usize;
        let first = self.clock.day as usize % every;
        for i in (first..self.miners.count()).step_by(every) {
            if self.miners.site[i].suitability > 0.0 {
                self.miners.bid[i] = self.best_bid(&spec, &demand, i);
            }
        }
    }

    /// The offer with the lowest rent; none while a hall is built or let.
    fn best_bid(&self, spec: &ConversionSpec, demand: &AiDemandSpec, i: usize) -> Bid {
        let mut best = Bid::default();
        let stage = self.miners.hall[i].stage;
        if self.miners.site[i].closed || matches!(stage, HallStage::Building | HallStage::Hosting) {
            return best;
        }
        let mining = self.mining_value_per_watt(spec, i);
        for offer in self.offers(spec, i) {
            if offer.it < Power::from_mw(spec.min_hall_mw) {
                continue;
            }
            let bid = self.price_offer(spec, demand, i, offer, mining);
            if best.it.0 <= 0.0 || bid.colocation_musd < best.colocation_musd {
                best = bid;
            }
        }
        best
    }

    /// The standing hall, or else a retrofit and a new building; not yet priced.
    fn offers(&self, spec: &ConversionSpec, i: usize) -> Vec<Bid> {
        let site = &self.miners.site[i];
        if self.miners.hall[i].stage == HallStage::Vacant {
            return vec![Bid {
                it: self.miners.hall[i].it,
                standing: true,
                capex_musd: spec.relet_capex_musd,
                months: spec.relet_months,
                ..Bid::default()
            }];
        }
        let experience = self.delivered[site.owner as usize];
        let borne = |capex: f64| {
            learned_cost(capex, spec.learning_rate, experience) * (1.0 - spec.tenant_funded_share)
        };
        let retrofit = Bid {
            it: site.capacity * (spec.convertible_share * spec.it_over_utility),
            takes_mining: true,
            capex_musd: borne(spec.retrofit_capex_musd),
            months: spec.retrofit_months,
            ..Bid::default()
        };
        let new_building = Bid {
            it: site.pipeline * spec.it_over_utility,
            capex_musd: borne(spec.new_build_capex_musd),
            months: spec.new_build_months,
            ..Bid::default()
        };
        vec![retrofit, new_building]
    }

    /// Value of going on mining minus what the rigs would fetch, USD per watt of utility power.
    fn mining_value_per_watt(&self, spec: &ConversionSpec, i: usize) -> f64 {
        let capacity = self.miners.site[i].capacity.0;
        if capacity <= 0.0 {
            return 0.0;
        }
        let (expected, rigs) = (self.expectation(i), self.miners.rigs(i));
        let (mut margin, mut resale) = (0.0, 0.0);
        for (hash_rate, efficiency) in rigs.hash_rate.into_iter().zip(rigs.efficiency) {
            margin += (hash_rate * DAY * expected.margin(efficiency)).0.max(0.0);
            resale += (hash_rate * self.stock.price[bin_of(efficiency)]).0;
        }
        let investment = &self.policy.spec.investment;
        let value = mining_value(
            margin * DAYS_PER_YEAR,
            spec.mining_discount_rate,
            investment.expected_annual_decline,
            investment.rig_life_years,
        );
        (certainty_equivalent(value, spec.risk_aversion, spec.mining_volatility) - resale)
            / capacity
    }

    /// Puts rents and a rank to an offer.
    fn price_offer(
        &self,
        spec: &ConversionSpec,
        demand: &AiDemandSpec,
        i: usize,
        offer: Bid,
        mining: f64,
    ) -> Bid {
        let (site, day) = (&self.miners.site[i], self.clock.day);
        let mut forgone = 0.0;
        if offer.takes_mining {
            forgone = forgone_mining(mining, spec.it_over_utility);
        }
        let noise = self.draws.draw(Need::Choice(i as u32, day));
        let counts = |signed: i64| signed + i64::from(spec.herding_days) > i64::from(day);
        let signed = self.signed_on.iter().filter(|&&signed| counts(signed)).count() as f64;
        let peers = peer_factor(spec.herding, signed);
        let haircut = certainty_equivalent(1.0, spec.risk_aversion, spec.lease_volatility);
        let rent = |capex: f64, term: f64, margin: f64| {
            let asked = asked_value(spec, capex, forgone, noise) * peers;
            reservation_rent(asked, value_per_rent(spec, demand, &offer, term, margin), haircut)
        };
        let usual_term = expected_term(&demand.term_years, &demand.term_probability);
        let halls = self.delivered[site.owner as usize];
        let (weight, months) = (spec.rank_record_weight, spec.rank_lead_months);
        Bid {
            colocation_musd: rent(offer.capex_musd, usual_term, demand.noi_margin),
            gpu_cloud_musd: rent(
                offer.capex_musd + spec.gpu_capex_musd,
                demand.gpu_cloud_term_years,
                demand.gpu_cloud_margin,
            ),
            score: bidder_score(site.suitability, halls, offer.months, weight, months),
            ..offer
        }
    }
}

/// What a lease must be worth under the decision rule, million USD per IT MW.
fn asked_value(spec: &ConversionSpec, capex: f64, forgone: f64, noise: f64) -> f64 {
    match spec.rule {
        DecisionRule::Npv => asked_by_net_value(capex, forgone, spec.npv_hurdle),
        DecisionRule::Logit => asked_by_noisy_choice(capex, forgone, spec.logit_scale, noise),
        DecisionRule::RealOption => asked_by_option(capex, forgone, &lease_for_mining(spec)),
    }
}

/// Value of a lease per dollar of yearly rent.
fn value_per_rent(
    spec: &ConversionSpec,
    demand: &AiDemandSpec,
    offer: &Bid,
    term_years: f64,
    noi_margin: f64,
) -> f64 {
    let late = expected_delay(offer.months, spec.on_time_probability, spec.slip_months);
    let months = if offer.standing { offer.months } else { late };
    let terms = HallTerms {
        delay_years: months / 12.0,
        term_years,
        escalator: demand.escalator,
        noi_margin,
        success: if offer.standing { 1.0 } else { 1.0 - spec.failure_probability },
        default_rate: expected_default_rate(
            demand.backed_share,
            demand.default_backed_per_year,
            demand.default_per_year,
        ),
    };
    lease_value_per_rent(&terms, &financing(spec))
}
