//! Who may make an offer on a day of tenders: what every campus has, what it is worth, and what its owner can carry.

use crate::model::hosting::reservation::{growth_option, machines_value, risk_adjusted_rate};
use crate::model::hosting::tenders::build_limit;
use crate::model::market::energy::tariff_today;
use crate::model::mining::efficiency_bins::bin_of;
use crate::model::mining::investment::Expectation;
use crate::random::Draws;
use crate::units::{DAY, DAYS_PER_YEAR, Power, Tariff};
use crate::world::market::spec::AiDemandSpec;
use crate::world::market::state::{AiDemand, IdleStock};
use crate::world::miners::access::MinerTable;
use crate::world::miners::campuses::Campuses;
use crate::world::miners::cash_flows::cost_per_energy;
use crate::world::miners::review::ReviewDay;
use crate::world::miners::spec::{Class, ConversionSpec};
use crate::world::miners::state::Owners;

use super::leases::{HallStage, Leases};

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

    /// Rate at which what mining earns is discounted, a year.
    pub(super) fn mining_rate(&self) -> f64 {
        let spec = self.spec;
        risk_adjusted_rate(spec.mining_discount_rate, spec.risk_aversion, spec.mining_volatility)
    }
}
