//! What an experiment says about miners. Units stand in the field names; meaning, range and source
//! of every field stand in `experiments/baseline.toml`.

use serde::{Deserialize, Serialize};

/// Miners: who they are and how they behave, AI aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinersSpec {
    /// Who they are.
    pub population: PopulationSpec,
    /// Daily operation and costs.
    pub operation: OperationSpec,
    /// Coins, cash and debt.
    pub treasury: TreasurySpec,
    /// Buying rigs.
    pub investment: InvestmentSpec,
    /// How eager all of them are to buy, prices apart.
    pub appetite: AppetiteSpec,
    /// Failure and entry.
    pub turnover: TurnoverSpec,
    /// Scheduled closures of sites.
    pub closures: ClosureSpec,
    /// Named owners.
    pub owners: Vec<OwnerSpec>,
    /// Mining pools.
    pub pools: Vec<PoolSpec>,
}

/// Share of the network's hash rate that the named owners may lack and still be all of it: their hash
/// rates are written with a few digits.
const WHOLE_NETWORK: f64 = 1e-3;

impl MinersSpec {
    /// Sites of the named owners.
    #[must_use]
    pub(crate) fn named_sites(&self) -> u64 {
        self.owners.iter().map(|owner| u64::from(owner.sites)).sum()
    }

    /// Hash rate of the named owners, EH/s.
    #[must_use]
    pub(crate) fn named_ehs(&self) -> f64 {
        self.owners.iter().map(|owner| owner.hash_rate_ehs).sum()
    }

    /// Whether the named owners are the whole network: nobody is drawn beside them.
    #[must_use]
    pub(crate) fn is_closed_list(&self) -> bool {
        self.named_ehs() >= self.population.hash_rate_ehs * (1.0 - WHOLE_NETWORK)
    }
}

/// The initial population.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationSpec {
    /// Number of miners (sites).
    pub count: u32,
    /// Network hash rate on the first day, EH/s.
    pub hash_rate_ehs: f64,
    /// Network hash rate one, two, … years before the first day, EH/s.
    pub past_hash_rate_ehs: Vec<f64>,
    /// Share of rigs that leave the fleet in a year.
    pub annual_retirement: f64,
    /// Spread of log efficiency between miners who bought in the same year.
    pub efficiency_sd_log: f64,
    /// Spread of the log weights of the vintages between miners.
    pub vintage_sd_log: f64,
    /// Rigs already ordered on the first day, delivered a month, over the mean gross additions of a
    /// month in the year before.
    pub pipeline_over_additions: f64,
    /// Spread of the log of this ratio between replicates; 0 = it is known.
    pub pipeline_sd_log: f64,
    /// Rigs already ordered on the first day, EH/s, where they are known; 0 = by the ratio above.
    pub order_book_ehs: f64,
    /// Number of unnamed owners, however many sites there are.
    pub unnamed_owners: u32,
    /// Pareto tail index of owners' size.
    pub pareto_alpha: f64,
    /// Largest unnamed owner, share of the network.
    pub max_tail_share: f64,
    /// Largest single site, MW.
    pub max_site_mw: f64,
    /// Built but unused share of a site's power on the first day.
    pub spare_power_share: f64,
    /// Share of unnamed hash rate run by private industrial firms (the rest is small miners).
    pub industrial_share: f64,
    /// Share of unnamed hash rate run by former Ethereum GPU operators.
    pub gpu_operator_share: f64,
    /// Share of unnamed hash rate run by sovereigns.
    pub sovereign_share: f64,
}

impl PopulationSpec {
    /// Network hash rate on the first day, one, two, … years before, EH/s.
    #[must_use]
    pub(crate) fn hash_rates_ehs(&self) -> Vec<f64> {
        let past = self.past_hash_rate_ehs.iter().copied();
        std::iter::once(self.hash_rate_ehs).chain(past).collect()
    }
}

/// Daily operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationSpec {
    /// Margin above break-even needed to restart an idle rig.
    pub restart_margin: f64,
    /// Half-life of the trailing hashprice on which operators switch rigs, days.
    pub response_half_life_days: f64,
    /// Facility power over rig power.
    pub pue: f64,
    /// Share of the time rigs that should run do run.
    pub uptime: f64,
    /// Operating cost other than power, USD per MWh of rig capacity.
    pub fixed_opex_usd_per_mwh: f64,
    /// Mean share of a miner's power bought at spot.
    pub spot_share: f64,
    /// Share of miners that run only while hashprice is favourable.
    pub strategic_share: f64,
    /// Hashprice over its trailing mean from which they run.
    pub strategic_threshold: f64,
    /// Half-life of that mean, days.
    pub strategic_half_life_days: f64,
}

/// Treasury policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreasurySpec {
    /// Share of newly mined coins sold each day by listed firms.
    pub sale_share_public: f64,
    /// The same for everyone else.
    pub sale_share_private: f64,
    /// Coins held by an unnamed miner on the first day, days of its production.
    pub initial_coin_days: f64,
    /// Cash held on the first day, days of its costs.
    pub initial_cash_days: f64,
    /// Cash a miner keeps, days of its costs; below it coins are sold.
    pub cash_floor_days: f64,
    /// Surplus cash above this many days of costs is paid out to owners.
    pub cash_ceiling_days: f64,
    /// Time constant with which it is paid out, days.
    pub payout_days: f64,
    /// Debt on the first day over the value of the rigs.
    pub initial_debt_share: f64,
    /// Interest on corporate debt, a year.
    pub interest_rate: f64,
    /// Corporate debt repaid a year, share.
    pub amortisation_rate: f64,
}

/// Buying rigs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvestmentSpec {
    /// Days between a miner's reviews.
    pub review_days: u32,
    /// Median payback hurdle, months.
    pub hurdle_months: f64,
    /// Spread of log hurdles between miners.
    pub hurdle_sd_log: f64,
    /// Share of a site's power that may be re-equipped or filled in a month.
    pub monthly_rate: f64,
    /// Elasticity of the order to (hurdle / payback).
    pub payback_elasticity: f64,
    /// Order at the shortest payback over that at the hurdle.
    pub eagerness_limit: f64,
    /// Half-life of the belief about hashprice, days.
    pub belief_half_life_days: f64,
    /// Expected fall of hashprice a year.
    pub expected_annual_decline: f64,
    /// Spread of log optimism between miners.
    pub optimism_sd_log: f64,
    /// New mining halls, million USD per MW.
    pub site_cost_musd_per_mw: f64,
    /// Fastest growth of a site's power in a month.
    pub monthly_site_growth: f64,
    /// Days from order until a new mining hall stands.
    pub site_lead_days: u32,
    /// Share of a purchase that outside capital pays, listed firms.
    pub external_share_public: f64,
    /// The same for everyone else.
    pub external_share_private: f64,
    /// Mean rig life, years.
    pub rig_life_years: f64,
    /// Share of rigs without an expected margin that their owner sells at a review.
    pub idle_sale_share: f64,
    /// Rate at which idle rigs lose their place, a year.
    pub idle_departure_rate: f64,
    /// Rate at which power that no rigs pay back on is given up, a year.
    pub power_surrender_rate: f64,
}

/// Appetite for rigs, the same for all miners, which no price explains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppetiteSpec {
    /// Stationary standard deviation of log orders around their mean.
    pub sd_log: f64,
    /// Half-life of these deviations, days.
    pub half_life_days: f64,
    /// Stationary standard deviation of that mean, in logs.
    pub mean_sd_log: f64,
    /// Half-life of the mean's deviations, days.
    pub mean_half_life_days: f64,
    /// Stationary standard deviation of the log of the elasticity of orders to payback.
    pub elasticity_sd_log: f64,
    /// Half-life of its deviations, days.
    pub elasticity_half_life_days: f64,
    /// Log orders on the first day, their mean and the log of the elasticity, where they are known.
    pub opening_log: f64,
    /// The mean of log orders on the first day.
    pub opening_mean_log: f64,
    /// The log of the elasticity on the first day.
    pub opening_elasticity_log: f64,
    /// Part of the stationary laws' spread that is added to these: 1 where nothing is known, 0 where all is.
    pub opening_spread: f64,
}

/// Failure and entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnoverSpec {
    /// Days in arrears until a miner is insolvent.
    pub grace_days: u32,
    /// Share of an insolvent site's rigs that its buyer keeps on site.
    pub takeover_share: f64,
    /// Days until an insolvent site's new owner starts.
    pub vacancy_days: u32,
    /// Entrants a month when the marginal entrant's payback is at its hurdle, share of the population.
    pub monthly_entry_rate: f64,
    /// Payback hurdle of an entrant, months, site included.
    pub entry_hurdle_months: f64,
    /// Entrants at the shortest payback over those at the hurdle.
    pub entry_eagerness_limit: f64,
    /// Days between arrivals of entrants.
    pub entry_days: u32,
    /// Spread of the log size of entrants' sites around the mean site of the first day.
    pub entrant_sd_log: f64,
}

/// Closures decided outside the model, such as a ban: one entry of each list a phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosureSpec {
    /// Day of the phase of closures on a single day; a negative day means none.
    pub single_day: f64,
    /// Probability with which each miner leaves then.
    pub single_share: f64,
    /// Days until those who left return; 0 = never.
    pub single_return_days: f64,
    /// First day of a phase.
    pub day: Vec<f64>,
    /// Days over which its closures spread.
    pub span_days: Vec<f64>,
    /// Probability with which each open site closes in the phase.
    pub share: Vec<f64>,
    /// Shortest time until a closed site's rigs run elsewhere, days; 0 = never.
    pub return_days: Vec<f64>,
    /// Days by which the longest such time exceeds the shortest.
    pub return_span_days: Vec<f64>,
}

/// Miner classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Listed firm.
    Public,
    /// Private industrial firm.
    Industrial,
    /// State-owned.
    Sovereign,
    /// Small miner.
    Small,
    /// Former Ethereum GPU operator.
    GpuOperator,
}

/// A named owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerSpec {
    /// Name, unique.
    pub name: String,
    /// Class.
    pub class: Class,
    /// Region of its sites but for those elsewhere.
    pub region: String,
    /// Regions of its other sites, one name a site; may be empty.
    #[serde(default)]
    pub elsewhere: Vec<String>,
    /// Pool it points its rigs at.
    pub pool: String,
    /// Hash rate, EH/s.
    pub hash_rate_ehs: f64,
    /// Fleet efficiency, J/TH.
    pub efficiency_j_per_th: f64,
    /// Tariff, USD/MWh.
    pub tariff_usd_per_mwh: f64,
    /// Sites.
    pub sites: u32,
    /// Power under development, MW.
    pub pipeline_mw: f64,
    /// Coins held.
    pub coins_btc: f64,
    /// Cash, million USD.
    pub cash_musd: f64,
    /// Debt, million USD.
    pub debt_musd: f64,
    /// AI capacity already energised on the first day, IT MW.
    pub ai_energised_mw: f64,
    /// AI capacity contracted but not energised on the first day, IT MW.
    pub ai_contracted_mw: f64,
    /// Day on which its AI contracts were signed, `YYYY-MM-DD`; empty: not told, counts as the first day.
    #[serde(default)]
    pub ai_signed: String,
    /// Where the row comes from.
    pub source: String,
}

impl OwnerSpec {
    /// Region of one of its sites, counted from 0: those elsewhere come last.
    #[must_use]
    pub fn region_of(&self, site: u32) -> &str {
        let at_home = (self.sites as usize).saturating_sub(self.elsewhere.len());
        let other = (site as usize).checked_sub(at_home).and_then(|n| self.elsewhere.get(n));
        other.map_or(self.region.as_str(), String::as_str)
    }
}

/// A mining pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolSpec {
    /// Name, unique.
    pub name: String,
    /// Share of the initial hash rate.
    pub share: f64,
    /// Fee on the reward.
    pub fee: f64,
    /// Pays the expected reward (full pay per share) rather than the found one.
    pub pays_expected: bool,
    /// Pools with the same template group count as one in the proxy-merged metric; empty = alone.
    pub template_group: String,
    /// Where the row comes from.
    pub source: String,
}

/// How a miner chooses between mining and AI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionRule {
    /// Net present value above a hurdle.
    Npv,
    /// McDonald–Siegel (1986) exchange trigger.
    RealOption,
    /// Noisy choice (McFadden 1974).
    Logit,
}

/// Turning sites over to AI.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversionSpec {
    /// Decision rule.
    pub rule: DecisionRule,
    /// Largest share of a campus's mining power that converts.
    pub convertible_share: f64,
    /// Smallest hall, IT MW.
    pub min_hall_mw: f64,
    /// IT power over utility power.
    pub it_over_utility: f64,
    /// Mean power that an energised hall draws over its utility power.
    pub hall_load_factor: f64,
    /// Quality of the median place of 100 MW in a region that is fully ready.
    pub quality_ready: f64,
    /// Spread of quality between places, normal deviates.
    pub quality_spread: f64,
    /// Gain of quality per unit of log size, normal deviates.
    pub quality_size: f64,
    /// Loss of quality where a mining hall is turned over, normal deviates.
    pub quality_mining_site: f64,
    /// Gain of quality at former GPU operators' places, normal deviates.
    pub quality_gpu_operator: f64,
    /// Median capital cost of turning a mining hall over, million USD per IT MW.
    pub retrofit_capex_musd: f64,
    /// Median capital cost of a new hall, million USD per IT MW.
    pub new_build_capex_musd: f64,
    /// Standard deviation of the log of capital cost between places.
    pub capex_sd_log: f64,
    /// Rise of capital cost from a perfect place to one of no quality.
    pub capex_quality_slope: f64,
    /// Capital cost of GPUs, million USD per IT MW.
    pub gpu_capex_musd: f64,
    /// Fall of capital cost per doubling of an owner's experience.
    pub learning_rate: f64,
    /// Part of its cost that a hall is worth once its lease is over.
    pub residual_share: f64,
    /// Share of halls' capital cost paid by the tenant.
    pub tenant_funded_share: f64,
    /// What warrants for a backer cost the owner, million USD per IT MW.
    pub backing_cost_musd: f64,
    /// Debt over cost.
    pub loan_to_cost: f64,
    /// How much less of the cost is lent where the tenant has no backer.
    pub unbacked_loan_discount: f64,
    /// Interest on project debt, a year.
    pub debt_rate: f64,
    /// Interest on top where the tenant has no backer, a year.
    pub unbacked_debt_spread: f64,
    /// Interest on top where the owner is not listed, a year.
    pub private_debt_spread: f64,
    /// Income over debt service that lenders ask for.
    pub debt_cover: f64,
    /// Return owners ask of AI equity, a year.
    pub equity_return: f64,
    /// Discount rate of mining before risk, a year.
    pub mining_discount_rate: f64,
    /// Coefficient γ of the premium for variance.
    pub risk_aversion: f64,
    /// Standard deviation of log mining value a year.
    pub mining_volatility: f64,
    /// Standard deviation of log lease value a year.
    pub lease_volatility: f64,
    /// Correlation of the two.
    pub correlation: f64,
    /// Tariff at which the marginal miner earns nothing in the long run, USD/MWh.
    pub long_run_tariff_usd_per_mwh: f64,
    /// Standard deviation of the long-run margin, USD/MWh.
    pub long_run_margin_sd_usd_per_mwh: f64,
    /// Life that a running rig has before it, over its whole life.
    pub remaining_life_share: f64,
    /// Share of pipeline power that would mine if it did not host.
    pub pipeline_mining_share: f64,
    /// Price of powered land, million USD per MW.
    pub powered_land_musd_per_mw: f64,
    /// Growth of pipelines a year at the first day's rent, share of the first day's.
    pub pipeline_growth: f64,
    /// Elasticity of that growth to the rent.
    pub pipeline_rent_elasticity: f64,
    /// Median months from signing to first power of a retrofit.
    pub retrofit_months: f64,
    /// The same of a new hall where power is firm.
    pub new_build_months: f64,
    /// Standard deviation of the log of these months between places.
    pub months_sd_log: f64,
    /// Median months until pipeline power is firm.
    pub firm_power_months: f64,
    /// Standard deviation of their log.
    pub firm_power_sd_log: f64,
    /// Elasticity of that wait to what others connect.
    pub firm_power_congestion: f64,
    /// Probability that a hall is on time.
    pub on_time_probability: f64,
    /// Mean slip of a late hall, months.
    pub slip_months: f64,
    /// Pace at which a hall fills after its first power, IT MW a month.
    pub filling_mw_per_month: f64,
    /// Part of a hall's cost that is due at signing; the rest is when it is energised.
    pub signing_share: f64,
    /// Probability that a project is abandoned after its first payment.
    pub failure_probability: f64,
    /// Part of its lead time after which such a project is abandoned.
    pub abandoned_at: f64,
    /// Scale of noise in the logit rule, relative to cost.
    pub logit_scale: f64,
    /// Net value over cost that the npv rule asks for.
    pub npv_hurdle: f64,
    /// Part of this hurdle that goes once everybody has signed.
    pub imitation: f64,
    /// IT MW that any owner may have under construction.
    pub build_base_mw: f64,
    /// The same per utility MW of its mining halls.
    pub build_per_built: f64,
    /// The same per IT MW that it has delivered.
    pub build_per_delivered: f64,
    /// Share of its coins that an owner puts into halls.
    pub purse_coin_share: f64,
    /// Share of its equity value that an owner raises for halls.
    pub purse_equity_share: f64,
    /// Capital cost of re-letting a vacant hall, million USD per IT MW.
    pub relet_capex_musd: f64,
    /// Months from signing until a vacant hall earns again.
    pub relet_months: f64,
    /// Days for which a vacant hall waits for a tenant before its power may mine again.
    pub vacant_days: u32,
}
