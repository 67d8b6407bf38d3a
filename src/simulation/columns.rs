//! The schema of every result file: the columns of a record, with unit and meaning.

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
pub const SERIES: &[Column<Record>] = &[
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
    column("energy_twh", "TWh", "energy used by mining since the start", |r| r.energy_twh),
    column("curtailed_mwh", "MWh", "energy not used because of weather since the start", |r| {
        r.curtailed_mwh
    }),
    column("emissions_mt", "Mt CO2", "emissions of mining since the start", |r| r.emissions_mt),
    column("attack_idle_usd", "USD", "machines from miners' idle and displaced stock", |r| {
        r.security.attack_idle.0
    }),
    column("attack_used_usd", "USD", "machines bought out from running miners", |r| {
        r.security.attack_used.0
    }),
    column("attack_new_usd", "USD", "new machines at delivery limits", |r| r.security.attack_new.0),
    column("attack_hardware_usd", "USD", "all machines", |r| r.security.attack_hardware.0),
    column("attack_site_usd", "USD", "sites and power connection", |r| r.security.attack_site.0),
    column("attack_energy_usd", "USD", "electricity during the attack", |r| {
        r.security.attack_energy.0
    }),
    column("attack_operations_usd", "USD", "operating cost other than power", |r| {
        r.security.attack_operations.0
    }),
    column("attack_gross_usd", "USD", "hardware, sites, electricity and operations", |r| {
        r.security.attack_gross.0
    }),
    column(
        "attack_rewards_usd",
        "USD",
        "block rewards that the attacker keeps, at the fallen price",
        |r| r.security.attack_rewards.0,
    ),
    column("attack_resale_usd", "USD", "resale of hardware after the attack", |r| {
        r.security.attack_resale.0
    }),
    column("attack_net_usd", "USD", "gross cost minus rewards minus resale", |r| {
        r.security.attack_net.0
    }),
    column(
        "attack_convert_usd",
        "USD",
        "buying out a majority of the running hash rate instead of adding to it",
        |r| r.security.attack_convert.0,
    ),
    column(
        "attack_rental_usd_per_hour",
        "USD/h",
        "rental of the honest hash rate for an hour",
        |r| r.security.attack_rental_per_hour.0,
    ),
    column("idle_attack_ratio", "1", "idle usable hash rate over honest hash rate", |r| {
        r.security.idle_attack_ratio
    }),
    column("time_to_attack_days", "day", "time to gather hardware and power", |r| {
        r.security.time_to_attack_days
    }),
    column(
        "nakamoto_owner",
        "1",
        "smallest number of owners with more than half of the hash rate",
        |r| r.security.nakamoto_owner,
    ),
    column(
        "nakamoto_pool",
        "1",
        "smallest number of pools with more than half of the hash rate",
        |r| r.security.nakamoto_pool,
    ),
    column("nakamoto_proxy", "1", "the same for pools merged by block template", |r| {
        r.security.nakamoto_proxy
    }),
    column(
        "nakamoto_region",
        "1",
        "smallest number of regions with more than half of the hash rate",
        |r| r.security.nakamoto_region,
    ),
    column("hhi_owner", "1", "Herfindahl-Hirschman index of owners, 0 to 10,000", |r| {
        r.security.hhi_owner
    }),
    column("hhi_pool", "1", "Herfindahl-Hirschman index of pools, 0 to 10,000", |r| {
        r.security.hhi_pool
    }),
    column("hhi_region", "1", "Herfindahl-Hirschman index of regions, 0 to 10,000", |r| {
        r.security.hhi_region
    }),
    column("gini_owner", "1", "Gini coefficient of owners", |r| r.security.gini_owner),
    column("entropy_owner_bits", "bit", "Shannon entropy of owners", |r| r.security.entropy_owner),
    column("entropy_pool_bits", "bit", "Shannon entropy of pools", |r| r.security.entropy_pool),
    column("top1_owner_share", "1", "share of the largest owner", |r| r.security.top1_owner),
    column("top1_pool_share", "1", "share of the largest pool", |r| r.security.top1_pool),
];

const fn column(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    value: fn(&Record) -> f64,
) -> Column<Record> {
    Column { name, unit, meaning, value }
}
