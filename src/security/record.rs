//! What is written about security on a recorded day.

use crate::units::Usd;

/// Security metrics of a recorded day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SecurityRecord {
    /// Cost of machines from miners' idle and displaced stock.
    pub attack_idle: Usd,
    /// Cost of machines bought out from running miners.
    pub attack_used: Usd,
    /// Cost of new machines.
    pub attack_new: Usd,
    /// Sum of the three.
    pub attack_hardware: Usd,
    /// Sites and power connection.
    pub attack_site: Usd,
    /// Electricity during the attack.
    pub attack_energy: Usd,
    /// Other operating cost.
    pub attack_operations: Usd,
    /// Sum of all costs.
    pub attack_gross: Usd,
    /// Block rewards that the attacker keeps, at the fallen price.
    pub attack_rewards: Usd,
    /// Resale of hardware after the attack.
    pub attack_resale: Usd,
    /// Gross minus rewards minus resale.
    pub attack_net: Usd,
    /// Buying out a majority of the running hash rate instead: machines, electricity, operations.
    pub attack_convert: Usd,
    /// Rental of the whole honest hash rate for an hour.
    pub attack_rental_per_hour: Usd,
    /// Idle usable hash rate over honest hash rate (φ).
    pub idle_attack_ratio: f64,
    /// Days to gather hardware and power.
    pub time_to_attack_days: f64,
    /// Smallest number of owners with more than half of the hash rate.
    pub nakamoto_owner: f64,
    /// The same for pools.
    pub nakamoto_pool: f64,
    /// The same for pools merged by block template.
    pub nakamoto_proxy: f64,
    /// The same for regions.
    pub nakamoto_region: f64,
    /// Herfindahl–Hirschman index of owners, 0 to 10,000.
    pub hhi_owner: f64,
    /// The same for pools.
    pub hhi_pool: f64,
    /// The same for regions.
    pub hhi_region: f64,
    /// Gini coefficient of owners.
    pub gini_owner: f64,
    /// Shannon entropy of owners, bits.
    pub entropy_owner: f64,
    /// Shannon entropy of pools, bits.
    pub entropy_pool: f64,
    /// Share of the largest owner.
    pub top1_owner: f64,
    /// Share of the largest pool.
    pub top1_pool: f64,
}
