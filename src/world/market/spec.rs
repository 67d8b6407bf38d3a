//! What an experiment says about the market. Units stand in the field names; meaning, range and
//! source of every field stand in `experiments/baseline.toml`.

use serde::{Deserialize, Serialize};

/// Everything exogenous to miners except AI demand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketSpec {
    /// Bitcoin price.
    pub price: PriceSpec,
    /// Transaction fees.
    pub fees: FeeSpec,
    /// Electricity.
    pub energy: EnergySpec,
    /// Mining hardware.
    pub rigs: RigSpec,
    /// Power regions.
    pub regions: Vec<RegionSpec>,
}

/// Law of motion of the exogenous price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceProcess {
    /// Geometric Brownian motion.
    Gbm,
    /// Merton (1976) jump-diffusion.
    JumpDiffusion,
    /// A CSV of dated prices.
    Replay,
}

/// How days that a replayed series lacks are bridged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapRule {
    /// Not at all.
    #[default]
    Refuse,
    /// By the last value before them.
    Last,
    /// Between the values around them, in equal ratios; in equal steps where one is zero.
    Interpolate,
}

/// Bitcoin price and the impact of miners' sales.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceSpec {
    /// Law of motion.
    pub process: PriceProcess,
    /// Price on the first day, USD/BTC.
    pub initial_usd: f64,
    /// Expected log growth is `drift - volatility²/2` a year.
    pub annual_drift: f64,
    /// Standard deviation of yearly log returns.
    pub annual_volatility: f64,
    /// Jumps a year (jump-diffusion only).
    pub jumps_per_year: f64,
    /// Mean log size of a jump.
    pub jump_mean_log: f64,
    /// Standard deviation of the log size of a jump.
    pub jump_sd_log: f64,
    /// Day of a scheduled shock; a negative day means none.
    pub shock_day: f64,
    /// Log size of the scheduled shock.
    pub shock_log: f64,
    /// CSV with `date,price_usd` or the HISTORY layout; empty unless replayed.
    pub replay_file: String,
    /// How days that the file lacks are bridged.
    pub replay_gaps: GapRule,
    /// Longest stretch of such days, days.
    pub replay_gap_days: u32,
    /// Days that are replayed, after which prices and fees are drawn; 0 for all.
    pub replay_days: u32,
    /// Coefficient Y of the square-root impact law.
    pub impact_coefficient: f64,
    /// Daily traded volume, USD.
    pub daily_volume_usd: f64,
    /// Half-life of the impact, days.
    pub impact_half_life_days: f64,
    /// Daily prices of the replayed days, read from `replay_file`; empty unless replayed.
    #[serde(skip)]
    pub replay_usd: Vec<f64>,
}

/// Fees per block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeSpec {
    /// Median fee share of the reward on the first day.
    pub initial_share: f64,
    /// Half-life of deviations of log fees, days.
    pub half_life_days: f64,
    /// Stationary standard deviation of log fees.
    pub sd_log: f64,
    /// Fee spikes a year.
    pub spikes_per_year: f64,
    /// Mean log height of a spike (exponential law).
    pub spike_mean_log: f64,
    /// Half-life of a spike, days.
    pub spike_half_life_days: f64,
    /// How days for which the replayed file lacks fees are bridged.
    pub replay_gaps: GapRule,
    /// Longest stretch of such days, days.
    pub replay_gap_days: u32,
    /// Daily fees per block (BTC) from the first day on, read from the price's `replay_file` where
    /// that has a fee column; empty otherwise.
    #[serde(skip)]
    pub replay_btc: Vec<f64>,
}

/// Electricity: levels, spot prices, weather, carbon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergySpec {
    /// Median tariff over miners, USD/MWh.
    pub median_tariff_usd_per_mwh: f64,
    /// Standard deviation of log tariffs over miners.
    pub tariff_sd_log: f64,
    /// Elasticity of the supply of hash rate that unnamed miners' tariffs make; 0 = lognormal tariffs.
    pub supply_elasticity: f64,
    /// Share of unnamed miners on power that nobody else buys (flared gas, curtailed hydro, heat).
    pub stranded_share: f64,
    /// Their median tariff, USD/MWh.
    pub stranded_tariff_usd_per_mwh: f64,
    /// Growth of tariffs a year.
    pub annual_tariff_drift: f64,
    /// Stationary standard deviation of the log spot factor.
    pub spot_sd_log: f64,
    /// Half-life of spot deviations, days.
    pub spot_half_life_days: f64,
    /// Spot price spikes a year in each region.
    pub spot_spikes_per_year: f64,
    /// Spot price in a spike as a multiple of the normal level.
    pub spot_spike_factor: f64,
    /// Weather shocks a year in an exposed region.
    pub weather_shocks_per_year: f64,
    /// Share of an exposed region's power that a shock curtails at its worst.
    pub weather_depth: f64,
    /// Days from onset to the worst of a weather shock.
    pub weather_onset_days: f64,
    /// Days from onset to full recovery.
    pub weather_recovery_days: f64,
    /// Stationary standard deviation of log uptime, the same everywhere.
    pub uptime_sd_log: f64,
    /// Half-life of deviations of uptime, days.
    pub uptime_half_life_days: f64,
    /// Days of scheduled shocks in every exposed region.
    pub storm_days: Vec<f64>,
    /// Carbon price, USD per tonne of CO₂.
    pub carbon_price_usd_per_t: f64,
    /// Utility power that grids connect for miners in a year, all over the world, MW.
    pub connections_mw_per_year: f64,
    /// Part of it in grids in which other data centres queue as well.
    pub connections_shared_part: f64,
    /// Part of what these grids connect that the others take on the first day.
    pub others_connections_part: f64,
    /// Growth of what these grids connect, a year.
    pub shared_connections_growth: f64,
    /// Growth of what the others take, a year.
    pub others_connections_growth: f64,
}

/// What stands for a country.
pub const COUNTRY_CODE: &str = "two capital letters of ISO 3166, such as US";

/// Whether a text can stand for a country.
#[must_use]
pub fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// A power region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSpec {
    /// Name, unique.
    pub name: String,
    /// Share of the initial hash rate outside the named owners.
    pub hash_share: f64,
    /// Tariff level relative to the world median.
    pub tariff_factor: f64,
    /// Grid carbon intensity, kg CO₂ per MWh.
    pub carbon_kg_per_mwh: f64,
    /// Exposure to weather shocks, 0 to 1.
    pub weather_exposure: f64,
    /// Readiness for AI halls (fibre, grid, law), 0 (not permitted) to 1.
    pub ai_readiness: f64,
    /// Country, two letters of ISO 3166; empty where it is none or several.
    #[serde(default)]
    pub country: String,
    /// Where the row comes from.
    pub source: String,
}

/// New and used mining hardware.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RigSpec {
    /// Efficiency of the best rig on sale on the first day, J/TH.
    pub frontier_efficiency_j_per_th: f64,
    /// Efficiency of the best rig on sale one, two, … years before the first day, J/TH; empty: taken
    /// back at the yearly fall.
    pub past_frontier_j_per_th: Vec<f64>,
    /// Yearly fall of the frontier's J/TH.
    pub annual_improvement: f64,
    /// Efficiency of the average rig shipped relative to the frontier.
    pub shipped_over_frontier: f64,
    /// What buyers would pay for a new rig, months of its gross margin.
    pub buyers_payback_months: f64,
    /// What a new rig costs its manufacturer, USD per watt of its power.
    pub production_cost_usd_per_w: f64,
    /// Part of what buyers would pay beyond that cost which manufacturers get with empty order books.
    pub scarcity_without_queue: f64,
    /// Adjustment of new prices: half-life, days.
    pub price_half_life_days: f64,
    /// Order to delivery, days.
    pub delivery_lag_days: f64,
    /// Shares of the manufacturers in rigs sold.
    pub manufacturer_shares: Vec<f64>,
    /// Manufacturers' capacity on the first day, EH/s a month.
    pub capacity_ehs_per_month: f64,
    /// Yearly growth of the capacity without a queue.
    pub annual_capacity_growth: f64,
    /// Log growth of the capacity a year that a queue as long as the lead time adds.
    pub queue_capacity_growth: f64,
    /// Price of a used rig in months of its gross margin when nothing is idle.
    pub used_payback_months: f64,
    /// Fall of log used prices per unit of idle stock over the installed fleet.
    pub used_price_idle_slope: f64,
    /// Scrap value, USD/TH.
    pub scrap_usd_per_th: f64,
    /// Share of unsaleable idle rigs scrapped in a month.
    pub monthly_scrap_rate: f64,
    /// Tariff of the marginal buyer whose margin sets the prices, USD/MWh.
    pub marginal_tariff_usd_per_mwh: f64,
}

/// AI demand for miners' sites: tenders, rents, tenants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AiDemandSpec {
    /// Demand for AI halls on the first day, GW of IT a year.
    pub demand_gw_per_year: f64,
    /// Growth rate of the logistic demand, 1/year.
    pub growth_rate: f64,
    /// Ceiling of the logistic demand as a multiple of the first day's.
    pub ceiling: f64,
    /// Elasticity of demand to the rent.
    pub demand_elasticity: f64,
    /// Supply of incumbents on the first day, GW of IT a year.
    pub incumbents_gw_per_year: f64,
    /// Its growth a year.
    pub incumbents_growth: f64,
    /// Its elasticity to the rent of a building lag ago.
    pub incumbents_elasticity: f64,
    /// This lag, months.
    pub incumbents_lag_months: f64,
    /// Share of what incumbents leave that is put out to tender among miners.
    pub tender_share: f64,
    /// Mean size of a tender, IT MW.
    pub tender_mean_mw: f64,
    /// Standard deviation of log tender size.
    pub tender_sd_log: f64,
    /// Least part of a tender for which a tenant takes an offer.
    pub least_part: f64,
    /// Median time from tender to the day on which power is due, months.
    pub due_months: f64,
    /// Standard deviation of its log.
    pub due_sd_log: f64,
    /// Highest quality that a tender may ask of a place.
    pub quality_asked: f64,
    /// Power of the uniform with which it does; above 1 most ask for little.
    pub quality_power: f64,
    /// Standard deviation of the log of a tenant's valuation of the market rent.
    pub valuation_sd_log: f64,
    /// What a month of waiting costs a tenant, million USD per IT MW and year.
    pub month_cost_musd: f64,
    /// What a place of no quality costs against a perfect one, million USD per IT MW and year.
    pub quality_cost_musd: f64,
    /// What a proven landlord is worth against a newcomer, million USD per IT MW and year.
    pub record_value_musd: f64,
    /// Months until an incumbent delivers.
    pub incumbents_months: f64,
    /// Share of the winner's advantage that it bargains for.
    pub bargaining_share: f64,
    /// Share of tenders that ask for GPU cloud.
    pub gpu_cloud_share: f64,
    /// First-year rent of the market on the first day, million USD per IT MW and year.
    pub market_rent_musd: f64,
    /// GPU-cloud revenue, million USD per IT MW and year.
    pub gpu_cloud_rent_musd: f64,
    /// Stationary standard deviation of the log rent level.
    pub rent_level_sd_log: f64,
    /// Half-life of the rent level, days.
    pub rent_half_life_days: f64,
    /// Yearly escalator of a lease.
    pub escalator: f64,
    /// Net operating income over rent, colocation.
    pub noi_margin: f64,
    /// Net operating income over revenue, GPU cloud.
    pub gpu_cloud_margin: f64,
    /// Lease terms in years and their probabilities.
    pub term_years: Vec<f64>,
    /// Probability of each term.
    pub term_probability: Vec<f64>,
    /// Term of a GPU-cloud contract, years.
    pub gpu_cloud_term_years: f64,
    /// First-year rent of contracts signed before the first day, million USD per IT MW and year.
    pub opening_rent_musd: f64,
    /// Term of these contracts, years.
    pub opening_term_years: f64,
    /// Whether strong backers stand behind the tenants of these.
    pub opening_backed: bool,
    /// Share of tenders from tenants with a strong backer.
    pub backed_share: f64,
    /// Tenant default, 1/year, unbacked.
    pub default_per_year: f64,
    /// Tenant default, 1/year, backed.
    pub default_backed_per_year: f64,
    /// Sector bust, 1/year.
    pub bust_per_year: f64,
    /// Log change of rents and tenders in a bust.
    pub bust_log: f64,
    /// Half-life of a bust, days.
    pub bust_half_life_days: f64,
    /// Day of a scheduled change of the rent level; a negative day means none.
    pub shift_day: f64,
    /// Log size of the scheduled change of rents and tenders.
    pub shift_log: f64,
    /// Rise of a region's tariffs per unit of (AI megawatts added beyond displaced mining) over its mining megawatts.
    pub tariff_slope: f64,
    /// Number of tenants that tender.
    pub tenants: f64,
}
