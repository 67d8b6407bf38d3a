//! What the observers see of the network, and the buffers that they work in.

use super::layers::TEMPLATES;
use crate::model::attack::attack_offer::AttackOffer;
use crate::model::attack::majority::Purchase;
use crate::model::mining::efficiency_bins::{BINS, HashRateByBin, RigPriceByBin};
use crate::numerics::ranking::Ranking;
use crate::units::{
    Btc, BtcPrice, Efficiency, HashRate, Hashprice, Power, RigPrice, Seconds, Tariff,
};

/// The network on a recorded day.
#[derive(Clone, Copy, Debug)]
pub struct NetworkView<'a> {
    /// Hash rate of running rigs.
    pub honest: HashRate,
    /// Running hash rate by owner, H/s; an owner without any counts in the Gini coefficient.
    pub by_owner: &'a [f64],
    /// Running hash rate by pool.
    pub by_pool: &'a [HashRate],
    /// Block template of each pool; pools of equal template count as one in the proxy metric.
    pub pool_template: &'a [u8],
    /// Fee of each pool on the reward.
    pub pool_fee: &'a [f64],
    /// Running hash rate by region.
    pub by_region: &'a [HashRate],
    /// Running hash rate by manufacturer of the rigs.
    pub by_manufacturer: &'a [HashRate],
    /// AI capacity under contract by tenant, W.
    pub by_tenant: &'a [f64],
    /// Rigs switched off on miners' sites, by efficiency.
    pub idle_on_site: &'a HashRateByBin,
    /// Rigs without a site, by efficiency.
    pub displaced: &'a HashRateByBin,
    /// Price of a used rig, by efficiency.
    pub used_price: &'a RigPriceByBin,
    /// Rigs that are switched on, by power cost per hash (efficiency times tariff).
    pub on_by_cost: &'a HashRateByBin,
    /// Years over which a running rig still earns, discounted.
    pub earning_years: f64,
    /// Price of a new rig.
    pub new_price: RigPrice,
    /// Efficiency of a new rig.
    pub new_efficiency: Efficiency,
    /// Manufacturers' capacity a day.
    pub delivery_per_day: HashRate,
    /// Order to delivery.
    pub delivery_lag: Seconds,
    /// Expected revenue per hash.
    pub hashprice: Hashprice,
    /// Bitcoin price.
    pub btc_price: BtcPrice,
    /// Subsidy of a block.
    pub subsidy: Btc,
    /// Fees of a block.
    pub fees: Btc,
    /// Blocks a day that the honest hash rate finds at today's difficulty, in expectation.
    pub blocks_per_day: f64,
    /// Mean efficiency of running rigs.
    pub fleet_efficiency: Efficiency,
    /// Mean tariff, weighted by running power.
    pub mean_tariff: Tariff,
    /// Facility power over rig power.
    pub pue: f64,
    /// Facility power of halls that stand vacant.
    pub vacant_power: Power,
}

/// Buffers of the observers; nothing is allocated on a recorded day.
#[derive(Clone, Debug)]
pub struct Scratch {
    pub(crate) ranking: Ranking,
    pub(crate) by_template: [f64; TEMPLATES],
    pub(crate) offers: Vec<AttackOffer>,
    pub(crate) purchase: Purchase,
}

impl Scratch {
    /// Buffers for up to `owners` owners.
    #[must_use]
    pub fn with_capacity(owners: usize) -> Self {
        let offers = 4 * BINS + 3;
        Self {
            ranking: Ranking::with_capacity(owners.max(TEMPLATES)),
            by_template: [0.0; TEMPLATES],
            offers: Vec::with_capacity(offers),
            purchase: Purchase::with_capacity(offers),
        }
    }
}
