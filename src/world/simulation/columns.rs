//! The schema of every result file: the columns of a record, with unit and meaning.

use super::columns_security::{ATTACK, SECURITY};
use super::trajectory::Record;

/// A column of a result file: its name, unit, meaning and how to read it off a row.
#[derive(Clone, Copy)]
pub struct Column<Row> {
    /// Name, with the unit as suffix where there is one.
    pub name: &'static str,
    /// Unit, "1" for plain numbers.
    pub unit: &'static str,
    /// Meaning, one sentence.
    pub meaning: &'static str,
    /// The value in the unit above.
    pub value: fn(&Row) -> f64,
}

/// Columns of `series.parquet` after the keys `scenario`, `replicate`, `day`, `height`.
pub const SERIES: &[Column<Record>] =
    &join::<{ NETWORK.len() + ATTACK.len() + SECURITY.len() }>([NETWORK, ATTACK, SECURITY]);

/// Groups of columns, one after the other.
const fn join<const N: usize>(groups: [&[Column<Record>]; 3]) -> [Column<Record>; N] {
    let mut all = [groups[0][0]; N];
    let (mut group, mut place) = (0, 0);
    while group < groups.len() {
        let mut index = 0;
        while index < groups[group].len() {
            all[place] = groups[group][index];
            (index, place) = (index + 1, place + 1);
        }
        group += 1;
    }
    all
}

/// The network, its machines, money and AI halls.
const NETWORK: &[Column<Record>] = &[
    column("hash_rate_ehs", "EH/s", "hash rate of running machines", |r| r.hash_rate.ehs()),
    column("difficulty", "1", "difficulty in force", |r| r.difficulty),
    column(
        "block_interval_s",
        "s",
        "mean interval of the blocks found since the last record",
        |r| r.block_interval.0,
    ),
    column("btc_price_usd", "USD/BTC", "bitcoin price", |r| r.btc_price.0),
    column(
        "hashprice_usd_per_ph_day",
        "USD/(PH day)",
        "expected revenue per hash rate and day before pool fees",
        |r| r.hashprice.usd_per_ph_day(),
    ),
    column("subsidy_btc", "BTC", "block subsidy", |r| r.subsidy.0),
    column("fee_share", "1", "fees over reward", |r| r.fee_share),
    column(
        "security_budget_usd_per_day",
        "USD/day",
        "block rewards a day at the mean price since the last record",
        |r| r.security_budget_per_day.0,
    ),
    column(
        "issuance_deviation_btc",
        "BTC",
        "coins issued so far minus the 144-blocks-a-day schedule",
        |r| r.issuance_deviation.0,
    ),
    column("idle_hash_rate_ehs", "EH/s", "machines switched off, on site or in stock", |r| {
        (r.idle_on_site + r.idle_stock).ehs()
    }),
    column("idle_on_site_ehs", "EH/s", "machines on miners' sites that are switched off", |r| {
        r.idle_on_site.ehs()
    }),
    column(
        "idle_stock_ehs",
        "EH/s",
        "machines without a site: displaced, unsold, insolvent",
        |r| r.idle_stock.ehs(),
    ),
    column("in_delivery_ehs", "EH/s", "machines ordered and not yet delivered", |r| {
        r.in_delivery.ehs()
    }),
    column("fleet_efficiency_j_per_th", "J/TH", "mean efficiency of running machines", |r| {
        r.fleet_efficiency_j_per_th
    }),
    column("rig_price_new_usd_per_th", "USD/TH", "price of a new machine", |r| {
        r.rig_price_new.usd_per_th()
    }),
    column(
        "rig_price_used_usd_per_th",
        "USD/TH",
        "price of a used machine of the fleet's mean efficiency",
        |r| r.rig_price_used.usd_per_th(),
    ),
    column("mean_tariff_usd_per_mwh", "USD/MWh", "mean tariff, weighted by running power", |r| {
        r.mean_tariff.usd_per_mwh()
    }),
    column("mining_mw", "MW", "facility power of running machines", |r| r.mining_power.mw()),
    column("idle_mw", "MW", "facility power of machines switched off", |r| r.idle_power.mw()),
    column("converting_mw", "MW", "utility power of sites under conversion", |r| {
        r.converting_power.mw()
    }),
    column("hosting_mw", "MW", "utility power of energised AI halls", |r| r.hosting_power.mw()),
    column("vacant_mw", "MW", "utility power that stands empty", |r| r.vacant_power.mw()),
    column("ai_energised_mw", "MW (IT)", "IT power of energised AI halls", |r| r.ai_energised.mw()),
    column("ai_contracted_mw", "MW (IT)", "IT power under contract, energised or not", |r| {
        r.ai_contracted.mw()
    }),
    column("ai_cancelled_mw", "MW (IT)", "IT power of contracts abandoned so far", |r| {
        r.ai_cancelled.mw()
    }),
    column(
        "ai_rent_musd_per_mw_year",
        "MUSD/(MW year)",
        "colocation rent level per IT power",
        |r| r.ai_rent_musd,
    ),
    column(
        "hhi_tenant",
        "1",
        "Herfindahl-Hirschman index of AI capacity over tenants, 0 to 10,000",
        |r| r.hhi_tenant,
    ),
    column(
        "btc_sold_per_day",
        "BTC/day",
        "coins sold by miners a day since the last record",
        |r| r.btc_sold_per_day.0,
    ),
    column("treasury_btc", "BTC", "coins held by miners", |r| r.treasury.0),
    column("price_impact_log", "1", "log price impact of miners' sales in force", |r| {
        r.price_impact_log
    }),
    column("active_miners", "1", "miners that mine or host", |r| r.active_miners),
    column("insolvencies", "1", "insolvencies so far", |r| r.insolvencies),
    column("entrants", "1", "entrants so far", |r| r.entrants),
    column(
        "mining_margin",
        "1",
        "revenue minus power and other operating cost of running machines, over revenue",
        |r| r.mining_margin,
    ),
    column("energy_twh", "TWh", "energy used by mining and AI halls since the start", |r| {
        r.mining_energy_twh + r.ai_energy_twh
    }),
    column("mining_energy_twh", "TWh", "energy used by mining since the start", |r| {
        r.mining_energy_twh
    }),
    column("ai_energy_twh", "TWh", "energy used by AI halls since the start", |r| r.ai_energy_twh),
    column(
        "curtailed_mwh",
        "MWh",
        "energy that mining did not use because of weather since the start",
        |r| r.curtailed_mwh,
    ),
    column("emissions_mt", "Mt CO2", "emissions of mining and AI halls since the start", |r| {
        r.mining_emissions_mt + r.ai_emissions_mt
    }),
    column("mining_emissions_mt", "Mt CO2", "emissions of mining since the start", |r| {
        r.mining_emissions_mt
    }),
    column("ai_emissions_mt", "Mt CO2", "emissions of AI halls since the start", |r| {
        r.ai_emissions_mt
    }),
];

pub(crate) const fn column(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    value: fn(&Record) -> f64,
) -> Column<Record> {
    Column { name, unit, meaning, value }
}
