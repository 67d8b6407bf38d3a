//! What an experiment says about the attacker, and about what is at stake.

use serde::{Deserialize, Serialize};

/// A majority attack to be priced on every record day, and the terms on which security is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecuritySpec {
    /// Attacker's hash rate over the honest rest.
    pub ratio: f64,
    /// Duration, days.
    pub duration_days: f64,
    /// Time to gather hardware and power, days.
    pub preparation_days: f64,
    /// The three times to prepare that the comparison of assumptions has, rising, days.
    pub preparation_days_compared: Vec<f64>,
    /// Attacker's tariff, USD/MWh.
    pub tariff_usd_per_mwh: f64,
    /// Cost of new sites, million USD per MW.
    pub site_cost_musd_per_mw: f64,
    /// Fastest build-up of sites, MW a day; 0 = no limit.
    pub site_mw_per_day: f64,
    /// Cost of putting a vacant hall to use, million USD per MW.
    pub vacant_site_cost_musd_per_mw: f64,
    /// Operating cost other than power, share of the power bill.
    pub operations_share: f64,
    /// Rise of log prices per unit of a stock that the attacker buys.
    pub price_impact: f64,
    /// Premium over its earnings that buys a running rig from a miner.
    pub buyout_premium: f64,
    /// Life that a running rig has before it over its whole life.
    pub remaining_life_share: f64,
    /// Share of running hash rate that can be rented.
    pub rentable_share: f64,
    /// Premium over hashprice that rents hash rate.
    pub rental_premium: f64,
    /// Share of running hash rate whose miners can be bribed.
    pub bribable_share: f64,
    /// Part of its expected capital loss that a bribed miner ascribes to its own act.
    pub bribe_internalised: f64,
    /// Share of its members' hash rate that stays with the largest template group when it attacks.
    pub pool_stay_share: f64,
    /// Years of fee income that such an operator gives up.
    pub pool_business_years: f64,
    /// Probability that the attack succeeds.
    pub success_probability: f64,
    /// Fall of the bitcoin price caused by the attack.
    pub price_fall: f64,
    /// Share of the hardware cost recovered after the attack, before the price fall.
    pub resale_share: f64,
    /// Confirmations that a payment waits for.
    pub confirmations: u32,
    /// Risk of a double spend that a merchant accepts.
    pub double_spend_risk: f64,
    /// Value that one attack could take, USD.
    pub value_at_risk_usd: f64,
    /// Who deviates from the protocol without a majority.
    pub coalition: Coalition,
    /// Share of honest hash rate that builds on the coalition's block in a tie.
    pub tie_share: f64,
    /// Share of hash rate that counts as control in Nakamoto coefficients.
    pub control_threshold: f64,
    /// Whether control takes more than the threshold, not just as much.
    pub control_strictly: bool,
}

/// A coalition that could mine selfishly or double spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coalition {
    /// The largest pool.
    LargestPool,
    /// The largest group of pools that share block templates.
    TemplateGroup,
    /// Whoever switches on all idle rigs: φ/(1 + φ) of the hash rate.
    LatentIdle,
}
