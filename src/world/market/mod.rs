//! Markets that miners face: bitcoin price, fees, electricity, rigs, AI demand.
//!
//! Reads ports that miners fill (sales, fleet, regional load) with a lag of one day, so that the
//! order within a day is simple: markets move first, miners answer.

pub mod ai_demand;
pub mod energy;
pub mod fees;
pub mod price;
pub mod record;
pub mod replay;
pub mod rigs;
pub mod spec;
pub mod state;

pub use spec::AiDemandSpec;
pub use spec::MarketSpec;

use bevy_ecs::prelude::{Resource, World};

use crate::model::chain::issuance::scheduled_issuance;
use crate::model::market::energy::carbon_cost;
use crate::units::{Btc, BtcPrice, Hashprice, Power};

use spec::{EnergySpec, FeeSpec, PriceSpec, RegionSpec, RigSpec};
use state::{
    AiDemand, Bitcoin, Fees, Fleet, GridConnections, IdleStock, Manufacturers, MinerSales, Outlook,
    PowerGrid, RegionalLoad,
};

/// What the market believes; constant during a run.
#[derive(Resource, Clone, Debug)]
pub struct Market {
    /// Price.
    pub price: PriceSpec,
    /// Fees.
    pub fees: FeeSpec,
    /// Electricity.
    pub energy: EnergySpec,
    /// Rigs.
    pub rigs: RigSpec,
    /// Regions.
    pub regions: Vec<RegionSpec>,
    /// AI demand; none where AI hosting is switched off.
    pub ai: Option<AiDemandSpec>,
    /// Relative rise of tariffs per relative AI load; 0 where AI hosting is switched off.
    pub ai_tariff_slope: f64,
    /// Subsidy on the first day.
    pub initial_subsidy: Btc,
}

/// Puts the market into the world in its state of day 0.
pub fn install(world: &mut World, spec: &MarketSpec, ai: Option<&AiDemandSpec>, subsidy: Btc) {
    let market = Market {
        price: spec.price.clone(),
        fees: spec.fees.clone(),
        energy: spec.energy.clone(),
        rigs: spec.rigs.clone(),
        regions: spec.regions.clone(),
        ai: ai.cloned(),
        ai_tariff_slope: ai.map_or(0.0, |ai| ai.tariff_slope),
        initial_subsidy: subsidy,
    };
    world.insert_resource(initial_bitcoin(&market.price));
    world.insert_resource(Fees {
        per_block: fees::median_fees(&spec.fees, subsidy),
        ..Fees::default()
    });
    world.insert_resource(initial_grid(&market));
    let yearly = Power::from_mw(spec.energy.connections_mw_per_year);
    world.insert_resource(GridConnections { yearly, left: yearly });
    world.insert_resource(initial_manufacturers(&spec.rigs));
    world.insert_resource(AiDemand {
        colocation_musd: ai.map_or(0.0, |ai| ai.market_rent_musd),
        gpu_cloud_musd: ai.map_or(0.0, |ai| ai.gpu_cloud_rent_musd),
        incumbents_ratio: 1.0,
        ..AiDemand::default()
    });
    world.init_resource::<IdleStock>();
    let scheduled = scheduled_issuance(subsidy);
    world.insert_resource(MinerSales { sold: scheduled, absorbed: scheduled });
    world.init_resource::<RegionalLoad>();
    world.init_resource::<Fleet>();
    world.insert_resource(Outlook { hashprice: Hashprice::ZERO });
    world.insert_resource(market);
}

fn initial_bitcoin(spec: &PriceSpec) -> Bitcoin {
    let price = spec.replay_usd.first().copied().unwrap_or(spec.initial_usd);
    Bitcoin { log_exogenous: libm::log(price), impact_log: 0.0, price: BtcPrice(price) }
}

fn initial_grid(market: &Market) -> PowerGrid {
    let mut grid = PowerGrid::default();
    for (carbon, region) in grid.carbon.iter_mut().zip(&market.regions) {
        *carbon = carbon_cost(market.energy.carbon_price_usd_per_t, region.carbon_kg_per_mwh);
    }
    grid
}

fn initial_manufacturers(spec: &RigSpec) -> Manufacturers {
    Manufacturers {
        efficiency: rigs::shipped_efficiency(spec, 0.0),
        daily_capacity: rigs::opening_capacity(spec),
        lead_days: spec.delivery_lag_days,
        ..Manufacturers::default()
    }
}
