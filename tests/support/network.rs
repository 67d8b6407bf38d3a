//! A network as it stood in late 2025, in round numbers, to be observed.

use hashflight::model::mining::efficiency_bins::{BINS, HashRateByBin, RigPriceByBin};
use hashflight::units::{
    Btc, BtcPrice, Efficiency, HashRate, Hashprice, Power, RigPrice, Seconds, Tariff,
};
use hashflight::world::security::{
    Coalition, NetworkView, Scratch, SecurityRecord, SecuritySpec, observe,
};

#[derive(Clone, Debug)]
pub struct Network {
    pub owners: Vec<f64>,
    pub pools: Vec<HashRate>,
    pub templates: Vec<u8>,
    pub regions: Vec<HashRate>,
    pub idle_on_site: HashRateByBin,
    pub displaced: HashRateByBin,
    pub used_price: RigPriceByBin,
    pub new_price: RigPrice,
    pub honest: HashRate,
    pub on_by_cost: HashRateByBin,
    pub vacant_mw: f64,
}

impl Network {
    pub fn late_2025() -> Self {
        let mut idle_on_site = [HashRate::ZERO; BINS];
        let mut displaced = [HashRate::ZERO; BINS];
        for (bin, share) in (14..24).zip(1..) {
            idle_on_site[bin] = HashRate::from_ehs(f64::from(share));
            displaced[bin] = HashRate::from_ehs(f64::from(share) / 2.0);
        }
        let mut on_by_cost = [HashRate::ZERO; BINS];
        for (bin, share) in (18..30).zip(1..) {
            on_by_cost[bin] = HashRate::from_ehs(f64::from(share) * 15.0);
        }
        let used_price = std::array::from_fn(|bin| {
            RigPrice::from_usd_per_th((12.0 - 0.4 * bin as f64).max(2.0))
        });
        Self {
            owners: vec![180e18, 90e18, 60e18, 0.0, 730e18],
            pools: [330.0, 210.0, 250.0, 170.0, 100.0].map(HashRate::from_ehs).to_vec(),
            templates: vec![0, 1, 2, 1, 1],
            regions: [400.0, 360.0, 300.0].map(HashRate::from_ehs).to_vec(),
            idle_on_site,
            displaced,
            used_price,
            new_price: RigPrice::from_usd_per_th(12.0),
            honest: HashRate::from_ehs(1_060.0),
            on_by_cost,
            vacant_mw: 500.0,
        }
    }

    pub fn dead() -> Self {
        let mut network = Self::late_2025();
        network.honest = HashRate::ZERO;
        network.owners.fill(0.0);
        network.pools.fill(HashRate::ZERO);
        network.regions.fill(HashRate::ZERO);
        network
    }

    pub fn view(&self) -> NetworkView<'_> {
        NetworkView {
            honest: self.honest,
            by_owner: &self.owners,
            by_pool: &self.pools,
            pool_template: &self.templates,
            pool_fee: &[0.01, 0.015, 0.02, 0.02, 0.0],
            by_region: &self.regions,
            by_manufacturer: &[HashRate(820e18), HashRate(240e18)],
            by_tenant: &[100e6, 100e6, 300e6],
            idle_on_site: &self.idle_on_site,
            displaced: &self.displaced,
            used_price: &self.used_price,
            on_by_cost: &self.on_by_cost,
            earning_years: 3.0,
            new_price: self.new_price,
            new_efficiency: Efficiency::from_j_per_th(15.0),
            delivery_per_day: HashRate::from_ehs(1.0),
            delivery_lag: Seconds::from_days(90.0),
            hashprice: Hashprice::from_usd_per_ph_day(50.0),
            btc_price: BtcPrice(114_000.0),
            subsidy: Btc(3.125),
            fees: Btc(0.025),
            blocks_per_day: 144.0,
            fleet_efficiency: Efficiency::from_j_per_th(20.0),
            mean_tariff: Tariff::from_usd_per_mwh(45.0),
            pue: 1.05,
            vacant_power: Power::from_mw(self.vacant_mw),
        }
    }

    pub fn observed(&self, spec: &SecuritySpec) -> SecurityRecord {
        observe(spec, &self.view(), &mut Scratch::with_capacity(self.owners.len()))
    }
}

pub fn spec() -> SecuritySpec {
    SecuritySpec {
        ratio: 1.0,
        duration_days: 7.0,
        preparation_days: 365.0,
        preparation_days_compared: vec![90.0, 365.0, 1095.0],
        tariff_usd_per_mwh: 50.0,
        site_cost_musd_per_mw: 0.35,
        site_mw_per_day: 20.0,
        operations_share: 0.2,
        vacant_site_cost_musd_per_mw: 0.1,
        price_impact: 0.5,
        buyout_premium: 0.25,
        remaining_life_share: 0.5,
        rentable_share: 0.02,
        rental_premium: 0.3,
        bribable_share: 0.05,
        bribe_internalised: 0.1,
        pool_stay_share: 0.2,
        pool_business_years: 3.0,
        success_probability: 0.9,
        price_fall: 0.4,
        resale_share: 0.5,
        confirmations: 6,
        double_spend_risk: 0.001,
        value_at_risk_usd: 1e9,
        coalition: Coalition::TemplateGroup,
        tie_share: 0.5,
        control_threshold: 0.5,
        control_strictly: true,
    }
}
