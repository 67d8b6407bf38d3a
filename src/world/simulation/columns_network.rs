//! What is written down of the network on a recorded day, its rigs, money and AI halls: the fields of the
//! record, and the columns that are read off it.

use super::column::Nature::{Interval, SampledTotal, State, Total};
use super::column::{Column, Nature};
use crate::units::{
    Btc, BtcPrice, DAYS_PER_MONTH, HashRate, Hashprice, Power, RigPrice, Seconds, Tariff, Usd,
};
use crate::world::miners::appetite::Appetite;
use crate::world::miners::conversion::supply::{OfferedPower, SUPPLY_CURVE};
use crate::world::security::SecurityRecord;

/// State of the world on a recorded day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record {
    /// Day since the start (0 = state before the first day).
    pub day: u32,
    /// Height of the last block.
    pub height: u32,
    /// Hash rate of running rigs.
    pub hash_rate: HashRate,
    /// Difficulty in force.
    pub difficulty: f64,
    /// Mean interval of the blocks found since the last record.
    pub block_interval: Seconds,
    /// Bitcoin price.
    pub btc_price: BtcPrice,
    /// Expected revenue per hash, before pool fees.
    pub hashprice: Hashprice,
    /// Block subsidy.
    pub subsidy: Btc,
    /// Fees over reward.
    pub fee_share: f64,
    /// Block rewards a day at the mean since the last record.
    pub security_budget_per_day: Usd,
    /// Coins issued so far minus the 144-blocks-a-day schedule.
    pub issuance_deviation: Btc,
    /// Rigs on miners' sites that are switched off.
    pub idle_on_site: HashRate,
    /// Rigs without a site: displaced, unsold, insolvent.
    pub idle_stock: HashRate,
    /// Rigs ordered and not yet delivered.
    pub in_delivery: HashRate,
    /// Hash rate that manufacturers can build a day.
    pub makers_capacity: HashRate,
    /// Appetite for rigs.
    pub appetite: Appetite,
    /// Mean efficiency of running rigs, J/TH as a number.
    pub fleet_efficiency_j_per_th: f64,
    /// Price of a new rig.
    pub rig_price_new: RigPrice,
    /// Price of a used rig of the fleet's mean efficiency.
    pub rig_price_used: RigPrice,
    /// Mean tariff, weighted by running power.
    pub mean_tariff: Tariff,
    /// Facility power of running rigs.
    pub mining_power: Power,
    /// Facility power of rigs switched off.
    pub idle_power: Power,
    /// Utility power of mining halls under conversion.
    pub converting_power: Power,
    /// Utility power of energised AI halls.
    pub hosting_power: Power,
    /// Utility power that is connected and stands empty.
    pub vacant_power: Power,
    /// Utility power of mining sites given up so far.
    pub surrendered_power: Power,
    /// Utility power not yet connected and promised to AI halls.
    pub developing_power: Power,
    /// Utility power under development and not promised.
    pub pipeline_power: Power,
    /// IT power of energised AI halls.
    pub ai_energised: Power,
    /// IT power under contract, energised or not.
    pub ai_contracted: Power,
    /// IT power under contract in mining halls turned over.
    pub ai_retrofit: Power,
    /// IT power under contract in the United States.
    pub ai_in_us: Power,
    /// IT power under contract of large owners.
    pub ai_of_large: Power,
    /// IT power under contract of small owners and of newcomers.
    pub ai_of_small: Power,
    /// IT power of contracts signed so far, re-lettings included.
    pub ai_signed: Power,
    /// IT power of contracts abandoned so far.
    pub ai_cancelled: Power,
    /// IT power asked for in tenders so far.
    pub ai_tendered: Power,
    /// IT power of tenders that incumbents got or nobody, so far.
    pub ai_lost: Power,
    /// First-year rent of the market for colocation, million USD per IT MW and year.
    pub ai_rent_musd: f64,
    /// Mean first-year rent of colocation leases in force, million USD per IT MW and year; 0 without any.
    pub ai_lease_rent_musd: f64,
    /// IT power offered at the rents of the supply curve.
    pub ai_offered: OfferedPower,
    /// HHI of AI capacity over tenants.
    pub hhi_tenant: f64,
    /// Coins sold by miners since the last record, a day.
    pub btc_sold_per_day: Btc,
    /// Coins held by miners.
    pub treasury: Btc,
    /// Log price impact of miners' sales in force.
    pub price_impact_log: f64,
    /// Sites that mine and leases that earn.
    pub active_miners: f64,
    /// Insolvencies so far.
    pub insolvencies: f64,
    /// Entrants so far.
    pub entrants: f64,
    /// Cash margin of running rigs over their revenue.
    pub mining_margin: f64,
    /// Energy used by mining since the start.
    pub mining_energy_twh: f64,
    /// Energy used by AI halls since the start.
    pub ai_energy_twh: f64,
    /// Energy that mining did not use because of weather, since the start.
    pub curtailed_mwh: f64,
    /// Emissions of mining since the start.
    pub mining_emissions_mt: f64,
    /// Emissions of AI halls since the start.
    pub ai_emissions_mt: f64,
    /// Security metrics.
    pub security: SecurityRecord,
}

/// The columns of the network.
pub(crate) const NETWORK: &[Column<Record>] = &[
    column("hash_rate_ehs", "EH/s", State, "hash rate of running rigs", |r| r.hash_rate.ehs()),
    column("difficulty", "1", State, "difficulty in force", |r| r.difficulty),
    column(
        "block_interval_s",
        "s",
        Interval,
        "mean interval of the blocks found since the last record",
        |r| r.block_interval.0,
    ),
    column("btc_price_usd", "USD/BTC", State, "bitcoin price", |r| r.btc_price.0),
    column(
        "hashprice_usd_per_ph_day",
        "USD/(PH day)",
        State,
        "expected revenue per hash rate and day before pool fees",
        |r| r.hashprice.usd_per_ph_day(),
    ),
    column("subsidy_btc", "BTC", State, "block subsidy", |r| r.subsidy.0),
    column("fee_share", "1", State, "fees over reward", |r| r.fee_share),
    column(
        "security_budget_usd_per_day",
        "USD/day",
        Interval,
        "block rewards a day at the mean price since the last record",
        |r| r.security_budget_per_day.0,
    ),
    column(
        "issuance_deviation_btc",
        "BTC",
        State,
        "coins issued so far minus the 144-blocks-a-day schedule",
        |r| r.issuance_deviation.0,
    ),
    column("idle_hash_rate_ehs", "EH/s", State, "rigs switched off, on site or in stock", |r| {
        (r.idle_on_site + r.idle_stock).ehs()
    }),
    column("idle_on_site_ehs", "EH/s", State, "rigs on miners' sites that are switched off", |r| {
        r.idle_on_site.ehs()
    }),
    column(
        "idle_stock_ehs",
        "EH/s",
        State,
        "rigs without a site: displaced, unsold, insolvent",
        |r| r.idle_stock.ehs(),
    ),
    column("in_delivery_ehs", "EH/s", State, "rigs ordered and not yet delivered", |r| {
        r.in_delivery.ehs()
    }),
    column(
        "makers_capacity_ehs_per_month",
        "EH/s per month",
        State,
        "hash rate that manufacturers can build a month",
        |r| r.makers_capacity.ehs() * DAYS_PER_MONTH,
    ),
    column("appetite_log", "1", State, "log of orders over what paybacks explain", |r| {
        r.appetite.log_orders
    }),
    column("appetite_mean_log", "1", State, "mean around which the log of orders moves", |r| {
        r.appetite.log_mean
    }),
    column(
        "appetite_elasticity_log",
        "1",
        State,
        "log of the elasticity of orders to payback over its usual value",
        |r| r.appetite.log_elasticity,
    ),
    column("fleet_efficiency_j_per_th", "J/TH", State, "mean efficiency of running rigs", |r| {
        r.fleet_efficiency_j_per_th
    }),
    column("rig_price_new_usd_per_th", "USD/TH", State, "price of a new rig", |r| {
        r.rig_price_new.usd_per_th()
    }),
    column(
        "rig_price_used_usd_per_th",
        "USD/TH",
        State,
        "price of a used rig of the fleet's mean efficiency",
        |r| r.rig_price_used.usd_per_th(),
    ),
    column(
        "mean_tariff_usd_per_mwh",
        "USD/MWh",
        State,
        "mean tariff, weighted by running power",
        |r| r.mean_tariff.usd_per_mwh(),
    ),
    column("mining_mw", "MW", State, "facility power of running rigs", |r| r.mining_power.mw()),
    column("idle_mw", "MW", State, "facility power of rigs switched off", |r| r.idle_power.mw()),
    column("converting_mw", "MW", State, "utility power of mining halls under conversion", |r| {
        r.converting_power.mw()
    }),
    column("hosting_mw", "MW", State, "utility power of energised AI halls", |r| {
        r.hosting_power.mw()
    }),
    column(
        "vacant_mw",
        "MW",
        State,
        "utility power that is connected and stands empty, in mining halls and in AI halls without a load",
        |r| r.vacant_power.mw(),
    ),
    column(
        "surrendered_mw",
        "MW",
        Total,
        "utility power of mining sites given up so far, since no rigs paid back on it",
        |r| r.surrendered_power.mw(),
    ),
    column(
        "developing_mw",
        "MW",
        State,
        "utility power not yet connected and promised to AI halls",
        |r| r.developing_power.mw(),
    ),
    column("pipeline_mw", "MW", State, "utility power under development and not promised", |r| {
        r.pipeline_power.mw()
    }),
    column("ai_energised_mw", "MW (IT)", State, "IT power of energised AI halls", |r| {
        r.ai_energised.mw()
    }),
    column(
        "ai_contracted_mw",
        "MW (IT)",
        State,
        "IT power under contract, energised or not",
        |r| r.ai_contracted.mw(),
    ),
    column(
        "ai_retrofit_mw",
        "MW (IT)",
        State,
        "IT power under contract in mining halls turned over",
        |r| r.ai_retrofit.mw(),
    ),
    column(
        "ai_contracted_us_mw",
        "MW (IT)",
        State,
        "IT power under contract in regions whose country is US; 0 where none says so",
        |r| r.ai_in_us.mw(),
    ),
    column(
        "ai_contracted_large_mw",
        "MW (IT)",
        State,
        "IT power under contract of owners with 400 MW or more on the first day, pipelines included",
        |r| r.ai_of_large.mw(),
    ),
    column(
        "ai_contracted_small_mw",
        "MW (IT)",
        State,
        "IT power under contract of owners with less than 20 MW on the first day, and of newcomers",
        |r| r.ai_of_small.mw(),
    ),
    column(
        "ai_signed_mw",
        "MW (IT)",
        Total,
        "IT power of contracts signed so far, those before the first day and re-lettings included",
        |r| r.ai_signed.mw(),
    ),
    column("ai_tendered_mw", "MW (IT)", Total, "IT power asked for in tenders so far", |r| {
        r.ai_tendered.mw()
    }),
    column(
        "ai_lost_mw",
        "MW (IT)",
        Total,
        "IT power of tenders that went to incumbents or to nobody, so far",
        |r| r.ai_lost.mw(),
    ),
    column("ai_cancelled_mw", "MW (IT)", Total, "IT power of contracts abandoned so far", |r| {
        r.ai_cancelled.mw()
    }),
    column(
        "ai_rent_musd_per_mw_year",
        "MUSD/(MW year)",
        State,
        "first-year rent of the market for colocation, per IT power",
        |r| r.ai_rent_musd,
    ),
    column(
        "ai_lease_rent_musd_per_mw_year",
        "MUSD/(MW year)",
        State,
        "mean first-year rent of colocation leases in force, per IT power; 0 without any",
        |r| r.ai_lease_rent_musd,
    ),
    column(
        "hhi_tenant",
        "1",
        State,
        "Herfindahl-Hirschman index of AI capacity over tenants, 0 to 10,000",
        |r| r.hhi_tenant,
    ),
    column(
        "btc_sold_per_day",
        "BTC/day",
        Interval,
        "coins sold by miners a day since the last record",
        |r| r.btc_sold_per_day.0,
    ),
    column("treasury_btc", "BTC", State, "coins held by miners", |r| r.treasury.0),
    column("price_impact_log", "1", State, "log price impact of miners' sales in force", |r| {
        r.price_impact_log
    }),
    column("active_miners", "1", State, "sites that mine and leases that earn", |r| {
        r.active_miners
    }),
    column("insolvencies", "1", Total, "places at which an owner has failed so far", |r| {
        r.insolvencies
    }),
    column("entrants", "1", Total, "entrants so far", |r| r.entrants),
    column(
        "mining_margin",
        "1",
        State,
        "revenue minus power and other operating cost of running rigs, over revenue",
        |r| r.mining_margin,
    ),
    column("energy_twh", "TWh", Total, "energy used by mining and AI halls since the start", |r| {
        r.mining_energy_twh + r.ai_energy_twh
    }),
    column("mining_energy_twh", "TWh", Total, "energy used by mining since the start", |r| {
        r.mining_energy_twh
    }),
    column("ai_energy_twh", "TWh", Total, "energy used by AI halls since the start", |r| {
        r.ai_energy_twh
    }),
    column(
        "curtailed_mwh",
        "MWh",
        SampledTotal,
        "energy that mining did not use because of weather since the start",
        |r| r.curtailed_mwh,
    ),
    column(
        "emissions_mt",
        "Mt CO2",
        SampledTotal,
        "emissions of mining and AI halls since the start",
        |r| r.mining_emissions_mt + r.ai_emissions_mt,
    ),
    column(
        "mining_emissions_mt",
        "Mt CO2",
        SampledTotal,
        "emissions of mining since the start",
        |r| r.mining_emissions_mt,
    ),
    column("ai_emissions_mt", "Mt CO2", Total, "emissions of AI halls since the start", |r| {
        r.ai_emissions_mt
    }),
];

/// The columns of the supply curve of AI halls.
pub(crate) const SUPPLY: &[Column<Record>] = &[
    offered::<0>(),
    offered::<1>(),
    offered::<2>(),
    offered::<3>(),
    offered::<4>(),
    offered::<5>(),
    offered::<6>(),
];

/// The column of a point of the supply curve.
const fn offered<const POINT: usize>() -> Column<Record> {
    let point = &SUPPLY_CURVE[POINT];
    column(point.column, "MW (IT)", State, point.meaning, |r| r.ai_offered[POINT].mw())
}

/// A column of the network.
const fn column(
    name: &'static str,
    unit: &'static str,
    nature: Nature,
    meaning: &'static str,
    value: fn(&Record) -> f64,
) -> Column<Record> {
    Column { name, unit, meaning, nature, value }
}
