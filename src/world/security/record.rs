//! What is written about security on a recorded day.

use crate::model::attack::attainable::AttainableAttack;
use crate::model::attack::majority::Bill;
use crate::model::concentration::indices::Concentration;
use crate::units::{HashRate, Seconds, Usd};

/// Security metrics of a recorded day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SecurityRecord {
    /// What an attack costs.
    pub attack: AttackRecord,
    /// The same under other assumptions.
    pub compared: ComparedAttacks,
    /// What that cost deters.
    pub deterrence: DeterrenceRecord,
    /// What a coalition without a majority can do.
    pub deviation: DeviationRecord,
    /// Concentration of owners.
    pub owner: Concentration,
    /// The same of pools.
    pub pool: Concentration,
    /// The same of pools merged by block template.
    pub template: Concentration,
    /// The same of regions.
    pub region: Concentration,
    /// The same of manufacturers of rigs.
    pub manufacturer: Concentration,
    /// The same of AI capacity over tenants.
    pub tenant: Concentration,
}

/// Cost of a majority attack.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AttackRecord {
    /// The cheapest mix of everything that can be bought or hired.
    pub bill: Bill,
    /// Sum of all costs of that mix.
    pub gross: Usd,
    /// Block rewards that the attacker keeps, at the fallen price.
    pub rewards: Usd,
    /// Resale of hardware after the attack.
    pub resale: Usd,
    /// Gross minus rewards minus resale.
    pub net: Usd,
    /// Gross cost of the cheapest mix of rigs bought, with nothing hired.
    pub buy: Usd,
    /// Gross cost of adding idle and new rigs alone, as many as can be had.
    pub add: Usd,
    /// Share of the hash rate needed for that which can be had in time.
    pub add_reach: f64,
    /// Gross cost of buying out a majority of the running hash rate.
    pub convert: Usd,
    /// Gross cost of bribing a majority, if every miner can be bribed.
    pub bribe: Usd,
    /// Rental of the whole honest hash rate for an hour.
    pub rental_per_hour: Usd,
    /// Idle usable hash rate over honest hash rate (φ).
    pub idle_ratio: f64,
    /// Time to gather hardware and power.
    pub time: Seconds,
    /// Hash rate that outpaces all honest hash rate, added.
    pub needed_added: HashRate,
    /// Hash rate that outpaces what is left of the honest one, converted.
    pub needed_converted: HashRate,
}

/// A majority attack by what the attacker may use and, short, medium or long, by how long it
/// prepares.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ComparedAttacks {
    /// The cheapest mix of everything that can be bought or hired.
    pub mix: [AttainableAttack; 3],
    /// Nobody who mines sells, lets or takes a bribe: idle, displaced and new rigs.
    pub no_sale: [AttainableAttack; 3],
    /// Nothing is bought: hash rate rented, bribed and of pools. Time to prepare changes nothing.
    pub hired_only: AttainableAttack,
}

/// What the cost of an attack deters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DeterrenceRecord {
    /// Largest stake that the flow of rewards deters (Budish's flow condition).
    pub flow: Usd,
    /// The same with the capital of owners who turn their own rigs (stock condition).
    pub owner: Usd,
    /// The same with rigs bought at the price of idle ones.
    pub scrap: Usd,
    /// Wait after which reversing a payment worth the value at risk does not pay.
    pub finality_wait: Seconds,
    /// Security budget a day over the value at risk.
    pub budget_over_value: f64,
    /// Confirmations that keep the risk of a double spend by idle rigs within bounds.
    pub latent_confirmations: f64,
}

/// What a coalition without a majority can do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DeviationRecord {
    /// Its share of the hash rate.
    pub share: f64,
    /// Its share of blocks when it mines selfishly.
    pub selfish_revenue: f64,
    /// Weeks until that has paid.
    pub selfish_weeks: f64,
    /// Probability that it reverses a payment.
    pub double_spend: f64,
}
