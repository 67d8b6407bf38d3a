//! At its review a suitable miner works out the lowest rent at which it would host, under the
//! experiment's decision rule, and offers its hall at that rent until the next review.

use bevy_ecs::prelude::{Query, Res};

use crate::model::hosting::ai_hosting::{
    Financing, HallTerms, certainty_equivalent, expected_default_rate, expected_delay,
    expected_term, learned_cost, lease_value_per_rent, mining_value, reservation_rent,
};
use crate::model::hosting::decision_rules::{
    asked_by_net_value, asked_by_noisy_choice, asked_by_option, bidder_score, forgone_mining,
    peer_factor,
};
use crate::model::hosting::real_option::ExchangeOption;
use crate::model::mining::efficiency_bins::bin_of;
use crate::random::{Draws, Need};
use crate::units::{DAY, DAYS_PER_YEAR, Power};
use crate::world::market::spec::AiDemandSpec;
use crate::world::market::state::IdleStock;
use crate::world::miners::access::{Miner, MinerColumns, table};
use crate::world::miners::review::{ReviewDay, ReviewViews};
use crate::world::miners::spec::{ConversionSpec, DecisionRule};
use crate::world::miners::state::{Bid, HallStage, Owners, Site};

use super::projects::ProjectBook;

/// The day's common knowledge about AI.
struct ChoiceDay<'a> {
    review: ReviewDay<'a>,
    spec: &'a ConversionSpec,
    demand: &'a AiDemandSpec,
    stock: &'a IdleStock,
    owners: &'a Owners,
    draws: &'a Draws,
    /// Factor on the value asked that the signings of peers make.
    peers: f64,
    /// Value per dollar of colocation rent of a typical lease, before delay and capex.
    typical_term: f64,
}

/// A way to provide a hall.
#[derive(Clone, Copy, Debug)]
struct HostingOffer {
    it: Power,
    takes_mining: bool,
    standing: bool,
    capex_musd: f64,
    months: f64,
}

/// Renews the bids of the miners whose turn it is.
pub fn choose_hosting(
    views: ReviewViews,
    (stock, owners, projects, draws): (Res<IdleStock>, Res<Owners>, Res<ProjectBook>, Res<Draws>),
    mut query: Query<MinerColumns>,
) {
    let review = views.day();
    let (Some(spec), Some(demand)) = (&review.miners.ai, &review.market.ai) else { return };
    let Some(mut table) = table(&mut query) else { return };
    let day = ChoiceDay {
        spec,
        demand,
        stock: &stock,
        owners: &owners,
        draws: &draws,
        peers: peer_factor(spec.herding, projects.signed_within(spec.herding_days, review.day)),
        typical_term: expected_term(&demand.term_years, &demand.term_probability),
        review,
    };
    for index in day.review.whose_turn(table.count()) {
        if table.sites()[index].suitability > 0.0 {
            let miner = table.miner(index);
            *miner.bid = day.bid(&miner);
        }
    }
}

impl ChoiceDay<'_> {
    fn bid(&self, miner: &Miner<'_>) -> Bid {
        let site = &*miner.site;
        let open = matches!(miner.hall.stage, HallStage::None | HallStage::Vacant);
        if site.closed || !open {
            return Bid::default();
        }
        let mining = self.mining_value_per_watt(miner);
        self.offers(miner)
            .into_iter()
            .flatten()
            .filter(|offer| offer.it >= Power::from_mw(self.spec.min_hall_mw))
            .map(|offer| self.price(miner, offer, mining))
            .reduce(|best, bid| if bid.colocation_musd < best.colocation_musd { bid } else { best })
            .unwrap_or_default()
    }

    /// A standing hall, or a retrofit and a new building.
    fn offers(&self, miner: &Miner<'_>) -> [Option<HostingOffer>; 2] {
        let (spec, site) = (self.spec, &*miner.site);
        if miner.hall.stage == HallStage::Vacant {
            let standing = HostingOffer {
                it: miner.hall.it,
                takes_mining: false,
                standing: true,
                capex_musd: spec.relet_capex_musd,
                months: spec.relet_months,
            };
            return [Some(standing), None];
        }
        let experience = self.owners.delivered[site.owner as usize];
        let learned = |capex: f64| {
            learned_cost(capex, spec.learning_rate, experience) * (1.0 - spec.tenant_funded_share)
        };
        let retrofit = HostingOffer {
            it: site.capacity * (spec.convertible_share * spec.it_over_utility),
            takes_mining: true,
            standing: false,
            capex_musd: learned(spec.retrofit_capex_musd),
            months: spec.retrofit_months,
        };
        let new_build = HostingOffer {
            it: site.pipeline * spec.it_over_utility,
            takes_mining: false,
            standing: false,
            capex_musd: learned(spec.new_build_capex_musd),
            months: spec.new_build_months,
        };
        [Some(retrofit), Some(new_build)]
    }

    /// Value of going on mining minus what the rigs would fetch, USD per watt of utility power.
    fn mining_value_per_watt(&self, miner: &Miner<'_>) -> f64 {
        let rigs = miner.rigs();
        let site = &*miner.site;
        let expectation =
            self.review.expectation(miner.contract.0, miner.region.0, miner.pool.0, site);
        let investment = &self.review.miners.spec.investment;
        let (mut margin, mut resale) = (0.0, 0.0);
        for (hash_rate, efficiency) in rigs.hash_rate.iter().zip(rigs.efficiency) {
            margin += (*hash_rate * DAY * expectation.margin(efficiency)).0.max(0.0);
            resale += (*hash_rate * self.stock.price[bin_of(efficiency)]).0;
        }
        let value = mining_value(
            margin * DAYS_PER_YEAR,
            self.spec.mining_discount_rate,
            investment.expected_annual_decline,
            investment.rig_life_years,
        );
        let certain =
            certainty_equivalent(value, self.spec.risk_aversion, self.spec.mining_volatility);
        if site.capacity.0 > 0.0 { (certain - resale) / site.capacity.0 } else { 0.0 }
    }

    /// The lowest rents at which the miner would take the offer.
    fn price(&self, miner: &Miner<'_>, offer: HostingOffer, mining: f64) -> Bid {
        let spec = self.spec;
        let forgone =
            if offer.takes_mining { forgone_mining(mining, spec.it_over_utility) } else { 0.0 };
        let noise = self.draws.draw(Need::Choice(miner.site.miner, self.review.day));
        let colocation = self.asked(offer.capex_musd, forgone, noise) * self.peers;
        let gpus = self.asked(offer.capex_musd + spec.gpu_capex_musd, forgone, noise) * self.peers;
        let haircut = certainty_equivalent(1.0, spec.risk_aversion, spec.lease_volatility);
        let d = self.demand;
        Bid {
            it: offer.it,
            takes_mining: offer.takes_mining,
            standing: offer.standing,
            capex_musd: offer.capex_musd,
            months: offer.months,
            colocation_musd: reservation_rent(
                colocation,
                self.value_per_rent(&offer, self.typical_term, d.noi_margin),
                haircut,
            ),
            gpu_cloud_musd: reservation_rent(
                gpus,
                self.value_per_rent(&offer, d.gpu_cloud_term_years, d.gpu_cloud_margin),
                haircut,
            ),
            score: self.score(miner.site, &offer),
        }
    }

    /// What the lease must be worth, million USD per IT MW, under the decision rule.
    fn asked(&self, capex: f64, forgone: f64, noise: f64) -> f64 {
        let spec = self.spec;
        match spec.rule {
            DecisionRule::Npv => asked_by_net_value(capex, forgone, spec.npv_hurdle),
            DecisionRule::Logit => asked_by_noisy_choice(capex, forgone, spec.logit_scale, noise),
            DecisionRule::RealOption => asked_by_option(capex, forgone, &lease_for_mining(spec)),
        }
    }

    fn value_per_rent(&self, offer: &HostingOffer, term_years: f64, noi_margin: f64) -> f64 {
        let (spec, demand) = (self.spec, self.demand);
        let months = if offer.standing {
            offer.months
        } else {
            expected_delay(offer.months, spec.on_time_probability, spec.slip_months)
        };
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

    /// Rank among bidders: suitability, track record, speed.
    fn score(&self, site: &Site, offer: &HostingOffer) -> f64 {
        bidder_score(
            site.suitability,
            self.owners.delivered[site.owner as usize],
            offer.months,
            self.spec.rank_record_weight,
            self.spec.rank_lead_months,
        )
    }
}

/// The option to give up mining for a lease.
#[must_use]
pub fn lease_for_mining(spec: &ConversionSpec) -> ExchangeOption {
    ExchangeOption {
        yield_v: spec.equity_return,
        yield_k: spec.mining_discount_rate,
        vol_v: spec.lease_volatility,
        vol_k: spec.mining_volatility,
        correlation: spec.correlation,
    }
}

/// How halls are paid for.
#[must_use]
pub fn financing(spec: &ConversionSpec) -> Financing {
    Financing {
        loan_to_cost: spec.loan_to_cost,
        debt_rate: spec.debt_rate,
        equity_return: spec.equity_return,
    }
}
