//! Miners: one entity per site. They operate every day, settle their books, review their plans
//! every month, fail and enter.

pub mod access;
pub mod accounting;
pub mod appetite;
pub mod beliefs;
pub mod campuses;
pub mod cash_flows;
pub mod census;
pub mod closures;
pub mod conversion;
pub mod count;
pub mod investment;
pub mod operation;
pub mod pools;
pub mod population;
pub mod reopenings;
pub mod review;
pub mod spawn;
pub mod spec;
pub mod state;
pub mod strategic;
pub mod turnover;

pub use spec::{ConversionSpec, MinersSpec};

use bevy_ecs::prelude::{Resource, World};

use super::market::state::{MAX_REGIONS, MAX_TENANTS};
use crate::model::mining::economics::mean_decline;
use crate::model::mining::ledger::DayTerms;
use crate::random::Draws;
use crate::units::{BtcPrice, DAYS_PER_YEAR, Power};

use beliefs::SpotHashprice;
use pools::PoolBook;
use state::{Flows, Headcount, Owners};

/// What miners believe and how they behave; constant during a run.
#[derive(Resource, Clone, Debug)]
pub struct Miners {
    /// As the experiment says.
    pub spec: MinersSpec,
    /// AI choice; none where AI hosting is switched off.
    pub ai: Option<ConversionSpec>,
}

impl Miners {
    /// Terms on which every miner settles a day.
    #[must_use]
    pub fn day_terms(&self, price: BtcPrice) -> DayTerms {
        let treasury = &self.spec.treasury;
        DayTerms {
            price,
            interest: treasury.interest_rate / DAYS_PER_YEAR,
            amortisation: treasury.amortisation_rate / DAYS_PER_YEAR,
            floor_days: treasury.cash_floor_days,
            ceiling_days: treasury.cash_ceiling_days,
            payout: 1.0 / treasury.payout_days,
        }
    }

    /// Share of revenue that a miner with this payback hurdle counts on.
    #[must_use]
    pub fn revenue_factor(&self, hurdle_months: f64) -> f64 {
        mean_decline(self.spec.investment.expected_annual_decline, hurdle_months / 12.0)
    }
}

/// Power of AI halls: of IT by tenant, and from the grid by region.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct TenantLoad {
    /// Contracted IT power.
    pub contracted: [Power; MAX_TENANTS],
    /// Energised IT power.
    pub energised: [Power; MAX_TENANTS],
    /// Utility power of energised halls, by region.
    pub utility_by_region: [Power; MAX_REGIONS],
}

/// Puts the initial population into the world. The market and the chain must be there already.
pub fn install(world: &mut World, spec: &MinersSpec, ai: Option<&ConversionSpec>, draws: &Draws) {
    world.insert_resource(Miners { spec: spec.clone(), ai: ai.cloned() });
    world.insert_resource(PoolBook::new(&spec.pools));
    world.insert_resource(appetite::Appetite::opening(&spec.appetite, draws));
    world.init_resource::<SpotHashprice>();
    world.init_resource::<Flows>();
    world.init_resource::<count::Count>();
    world.init_resource::<Owners>();
    world.init_resource::<Headcount>();
    world.init_resource::<TenantLoad>();
    world.init_resource::<conversion::leases::Leases>();
    world.init_resource::<reopenings::Reopenings>();
    world.init_resource::<strategic::Strategists>();
    population::populate(world, draws);
}
