//! The security observers alone.

use std::hint::black_box;

use hashflight::units::{DAY, Efficiency, Power, Seconds, Tariff};
use hashflight::world::chain::MAX_POOLS;
use hashflight::world::security::{NetworkView, Scratch, SecuritySpec, observe};
use hashflight::world::simulation::Setup;

use super::reference::Model;

/// A network to be observed.
pub struct Network {
    model: Model,
    spec: SecuritySpec,
    scratch: Scratch,
    templates: [u8; MAX_POOLS],
}

/// The network of day 0.
pub fn network(setup: &Setup) -> Network {
    let model = Model::begin(setup, 1, 0);
    let scratch = Scratch::with_capacity(2 * model.miners.count());
    let templates = std::array::from_fn(|pool| pool as u8);
    Network { model, spec: setup.security.clone(), scratch, templates }
}

impl Network {
    /// One record's observations.
    pub fn observe(&mut self) {
        let (model, count) = (&self.model, &self.model.count);
        let view = NetworkView {
            honest: model.network.total,
            by_owner: &count.by_owner,
            by_pool: &model.network.by_pool,
            pool_template: &self.templates,
            pool_fee: &[0.01; MAX_POOLS],
            by_region: &count.by_region,
            by_manufacturer: &count.by_manufacturer,
            by_tenant: &model.tenants.contracted.map(|load| load.0),
            idle_on_site: &count.idle_on_site,
            displaced: &model.stock.hash_rate,
            used_price: &model.stock.price,
            on_by_cost: &count.on_by_cost,
            earning_years: 2.0,
            new_price: model.manufacturers.price,
            new_efficiency: model.manufacturers.efficiency,
            delivery_per_day: model.manufacturers.daily_capacity,
            delivery_lag: Seconds::from_days(model.manufacturers.lead_days),
            hashprice: model.spot,
            btc_price: model.bitcoin.price,
            subsidy: model.chain.subsidy(),
            fees: model.fees.per_block,
            blocks_per_day: DAY / Seconds(600.0),
            fleet_efficiency: Efficiency::from_j_per_th(18.0),
            mean_tariff: Tariff::from_usd_per_mwh(45.0),
            pue: model.policy.spec.operation.pue,
            vacant_power: Power::from_mw(500.0),
        };
        black_box(observe(&self.spec, &view, &mut self.scratch));
    }
}
