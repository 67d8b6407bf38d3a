//! What is written down of the network on a recorded day, its machines, money and AI halls: each
//! column with its field of the record, declared once.

use super::column::{Column, Nature};
use crate::units::{Btc, BtcPrice, HashRate, Hashprice, Power, RigPrice, Seconds, Tariff, Usd};
use crate::world::security::SecurityRecord;

/// Declares fields of [`Record`] and columns that are read off it: `(field: Type) "name", "unit",
/// Nature, "meaning", value;`, without a field where the value follows from others.
macro_rules! columns {
    ($(($($field:ident: $type:ty)?) $name:literal, $unit:literal, $nature:ident, $meaning:literal,
        $value:expr;)+) => {
        /// State of the world on a recorded day.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Record {
            /// Day since the start (0 = state before the first day).
            pub day: u32,
            /// Height of the last block.
            pub height: u32,
            $($(
                #[doc = $meaning]
                pub $field: $type,
            )?)+
            /// Security metrics.
            pub security: SecurityRecord,
        }

        /// The columns of the network.
        pub(crate) const NETWORK: &[Column<Record>] = &[$(Column {
            name: $name,
            unit: $unit,
            meaning: $meaning,
            nature: Nature::$nature,
            value: $value,
        }),+];
    };
}

columns! {
    (hash_rate: HashRate) "hash_rate_ehs", "EH/s", State,
        "hash rate of running machines", |r| r.hash_rate.ehs();
    (difficulty: f64) "difficulty", "1", State,
        "difficulty in force", |r| r.difficulty;
    (block_interval: Seconds) "block_interval_s", "s", Interval,
        "mean interval of the blocks found since the last record", |r| r.block_interval.0;
    (btc_price: BtcPrice) "btc_price_usd", "USD/BTC", State,
        "bitcoin price", |r| r.btc_price.0;
    (hashprice: Hashprice) "hashprice_usd_per_ph_day", "USD/(PH day)", State,
        "expected revenue per hash rate and day before pool fees", |r| r.hashprice.usd_per_ph_day();
    (subsidy: Btc) "subsidy_btc", "BTC", State,
        "block subsidy", |r| r.subsidy.0;
    (fee_share: f64) "fee_share", "1", State,
        "fees over reward", |r| r.fee_share;
    (security_budget_per_day: Usd) "security_budget_usd_per_day", "USD/day", Interval,
        "block rewards a day at the mean price since the last record", |r| r.security_budget_per_day.0;
    (issuance_deviation: Btc) "issuance_deviation_btc", "BTC", State,
        "coins issued so far minus the 144-blocks-a-day schedule", |r| r.issuance_deviation.0;
    () "idle_hash_rate_ehs", "EH/s", State,
        "machines switched off, on site or in stock", |r| (r.idle_on_site + r.idle_stock).ehs();
    (idle_on_site: HashRate) "idle_on_site_ehs", "EH/s", State,
        "machines on miners' sites that are switched off", |r| r.idle_on_site.ehs();
    (idle_stock: HashRate) "idle_stock_ehs", "EH/s", State,
        "machines without a site: displaced, unsold, insolvent", |r| r.idle_stock.ehs();
    (in_delivery: HashRate) "in_delivery_ehs", "EH/s", State,
        "machines ordered and not yet delivered", |r| r.in_delivery.ehs();
    (fleet_efficiency_j_per_th: f64) "fleet_efficiency_j_per_th", "J/TH", State,
        "mean efficiency of running machines", |r| r.fleet_efficiency_j_per_th;
    (rig_price_new: RigPrice) "rig_price_new_usd_per_th", "USD/TH", State,
        "price of a new machine", |r| r.rig_price_new.usd_per_th();
    (rig_price_used: RigPrice) "rig_price_used_usd_per_th", "USD/TH", State,
        "price of a used machine of the fleet's mean efficiency", |r| r.rig_price_used.usd_per_th();
    (mean_tariff: Tariff) "mean_tariff_usd_per_mwh", "USD/MWh", State,
        "mean tariff, weighted by running power", |r| r.mean_tariff.usd_per_mwh();
    (mining_power: Power) "mining_mw", "MW", State,
        "facility power of running machines", |r| r.mining_power.mw();
    (idle_power: Power) "idle_mw", "MW", State,
        "facility power of machines switched off", |r| r.idle_power.mw();
    (converting_power: Power) "converting_mw", "MW", State,
        "utility power of sites under conversion", |r| r.converting_power.mw();
    (hosting_power: Power) "hosting_mw", "MW", State,
        "utility power of energised AI halls", |r| r.hosting_power.mw();
    (vacant_power: Power) "vacant_mw", "MW", State,
        "utility power that stands empty", |r| r.vacant_power.mw();
    (ai_energised: Power) "ai_energised_mw", "MW (IT)", State,
        "IT power of energised AI halls", |r| r.ai_energised.mw();
    (ai_contracted: Power) "ai_contracted_mw", "MW (IT)", State,
        "IT power under contract, energised or not", |r| r.ai_contracted.mw();
    (ai_cancelled: Power) "ai_cancelled_mw", "MW (IT)", Total,
        "IT power of contracts abandoned so far", |r| r.ai_cancelled.mw();
    (ai_rent_musd: f64) "ai_rent_musd_per_mw_year", "MUSD/(MW year)", State,
        "colocation rent level per IT power", |r| r.ai_rent_musd;
    (hhi_tenant: f64) "hhi_tenant", "1", State,
        "Herfindahl-Hirschman index of AI capacity over tenants, 0 to 10,000", |r| r.hhi_tenant;
    (btc_sold_per_day: Btc) "btc_sold_per_day", "BTC/day", Interval,
        "coins sold by miners a day since the last record", |r| r.btc_sold_per_day.0;
    (treasury: Btc) "treasury_btc", "BTC", State,
        "coins held by miners", |r| r.treasury.0;
    (price_impact_log: f64) "price_impact_log", "1", State,
        "log price impact of miners' sales in force", |r| r.price_impact_log;
    (active_miners: f64) "active_miners", "1", State,
        "miners that mine or host", |r| r.active_miners;
    (insolvencies: f64) "insolvencies", "1", Total,
        "insolvencies so far", |r| r.insolvencies;
    (entrants: f64) "entrants", "1", Total,
        "entrants so far", |r| r.entrants;
    (mining_margin: f64) "mining_margin", "1", State,
        "revenue minus power and other operating cost of running machines, over revenue", |r| r.mining_margin;
    () "energy_twh", "TWh", Total,
        "energy used by mining and AI halls since the start", |r| r.mining_energy_twh + r.ai_energy_twh;
    (mining_energy_twh: f64) "mining_energy_twh", "TWh", Total,
        "energy used by mining since the start", |r| r.mining_energy_twh;
    (ai_energy_twh: f64) "ai_energy_twh", "TWh", Total,
        "energy used by AI halls since the start", |r| r.ai_energy_twh;
    (curtailed_mwh: f64) "curtailed_mwh", "MWh", SampledTotal,
        "energy that mining did not use because of weather since the start", |r| r.curtailed_mwh;
    () "emissions_mt", "Mt CO2", SampledTotal,
        "emissions of mining and AI halls since the start", |r| r.mining_emissions_mt + r.ai_emissions_mt;
    (mining_emissions_mt: f64) "mining_emissions_mt", "Mt CO2", SampledTotal,
        "emissions of mining since the start", |r| r.mining_emissions_mt;
    (ai_emissions_mt: f64) "ai_emissions_mt", "Mt CO2", Total,
        "emissions of AI halls since the start", |r| r.ai_emissions_mt;
}
