//! What an experiment says about the attacker.

use serde::{Deserialize, Serialize};

/// A 51 % attack to be priced on every record day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Attacker's hash rate over the honest rest.
    pub ratio: f64,
    /// Duration, days.
    pub duration_days: f64,
    /// Time to gather hardware and power, days.
    pub preparation_days: f64,
    /// Attacker's tariff, USD/MWh.
    pub tariff_usd_per_mwh: f64,
    /// Cost of sites, million USD per MW.
    pub site_cost_musd_per_mw: f64,
    /// Fastest build-up of sites, MW a day.
    pub site_mw_per_day: f64,
    /// Operating cost other than power, share of the power bill.
    pub operations_share: f64,
    /// Rise of log prices per unit of a stock that the attacker buys.
    pub price_impact: f64,
    /// Premium over its earnings that buys a running machine from a miner.
    pub buyout_premium: f64,
    /// Premium over hashprice that rents hash rate.
    pub rental_premium: f64,
    /// Fall of the bitcoin price caused by the attack.
    pub price_fall: f64,
    /// Share of the hardware cost recovered after the attack, before the price fall.
    pub resale_share: f64,
}
