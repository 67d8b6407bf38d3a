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
    /// Median site of an entrant, MW.
    pub entrant_median_mw: f64,
    /// Spread of the log size of entrants' sites.
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
    /// Region of its sites.
    pub region: String,
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
    /// Share of sites that could host AI.
    pub suitable_share: f64,
    /// Size above which a site counts as large, MW.
    pub suitable_above_mw: f64,
    /// Odds of a large site of being suitable over those of others.
    pub large_site_odds: f64,
    /// Odds of a former GPU operator's site over those of others.
    pub gpu_operator_odds: f64,
    /// Largest share of a suitable site that converts.
    pub convertible_share: f64,
    /// Smallest hall, IT MW.
    pub min_hall_mw: f64,
    /// IT power over utility power.
    pub it_over_utility: f64,
    /// Mean power that an energised hall draws over its utility power.
    pub hall_load_factor: f64,
    /// Capital cost of turning a mining hall over, million USD per IT MW.
    pub retrofit_capex_musd: f64,
    /// Capital cost of a new hall, million USD per IT MW.
    pub new_build_capex_musd: f64,
    /// Capital cost of GPUs, million USD per IT MW.
    pub gpu_capex_musd: f64,
    /// Share of halls' capital cost paid by the tenant.
    pub tenant_funded_share: f64,
    /// Debt over the rest of the cost.
    pub loan_to_cost: f64,
    /// Interest on project debt, a year.
    pub debt_rate: f64,
    /// Return owners ask of AI equity, a year.
    pub equity_return: f64,
    /// Discount rate of mining, a year.
    pub mining_discount_rate: f64,
    /// Median discount of log values for risk aversion: coefficient γ.
    pub risk_aversion: f64,
    /// Standard deviation of log mining value a year.
    pub mining_volatility: f64,
    /// Standard deviation of log lease value a year.
    pub lease_volatility: f64,
    /// Correlation of the two.
    pub correlation: f64,
    /// Median lead time of a retrofit, months.
    pub retrofit_months: f64,
    /// Median lead time of a new hall, months.
    pub new_build_months: f64,
    /// Probability that a hall is on time.
    pub on_time_probability: f64,
    /// Mean slip of a late hall, months.
    pub slip_months: f64,
    /// Part of a hall's cost that is due at signing; the rest is when it is energised.
    pub signing_share: f64,
    /// Probability that a project is abandoned after its first payment.
    pub failure_probability: f64,
    /// Part of its lead time after which such a project is abandoned.
    pub abandoned_at: f64,
    /// Fall of capital cost per doubling of an owner's experience.
    pub learning_rate: f64,
    /// Scale of noise in the logit rule, relative to capital cost.
    pub logit_scale: f64,
    /// NPV over capital cost that the npv rule asks for.
    pub npv_hurdle: f64,
    /// Capital cost of re-letting a vacant hall, million USD per IT MW.
    pub relet_capex_musd: f64,
    /// Months from signing until a vacant hall earns again.
    pub relet_months: f64,
    /// Fall of the log value a miner asks for, per hall signed by peers of late.
    pub herding: f64,
    /// Days for which a signing counts in it.
    pub herding_days: u32,
    /// Rank of a bidder per doubling of its owner's halls, over that of a suitability of 1.
    pub rank_record_weight: f64,
    /// Months until a hall is ready that cost as much rank as a suitability of 1 gives.
    pub rank_lead_months: f64,
}
