//! Algorithm 1: what happens on a day, in order. One list, one thread, no ambiguity.

use bevy_ecs::prelude::{IntoScheduleConfigs, Res, ResMut, Schedule, SystemSet};
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, SingleThreadedExecutor};

use crate::clock::Clock;
use crate::model::chain::issuance::scheduled_issuance;
use crate::world::chain::{FeesPerBlock, find_blocks};
use crate::world::market::state::{Fees, MinerSales};
use crate::world::market::{ai_demand, energy, fees, price, rigs};
use crate::world::miners::{
    accounting, appetite, beliefs, census, closures, conversion, investment, operation, pools,
    strategic, turnover,
};

use super::record;

/// The phases of a day.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The world outside moves: price, fees, power and weather, AI demand, prices of rigs, and appetite for them.
    Environment,
    /// Scheduled closures begin; deliveries arrive; every miner decides which rigs run.
    Operation,
    /// The network finds blocks; difficulty and subsidy change where their heights fall.
    Production,
    /// Pools credit coins; every miner settles power, opex, rent, debt and coin sales.
    Accounting,
    /// A thirtieth of the miners review investment and AI hosting; tenders are awarded; halls advance.
    Decisions,
    /// Insolvent sites change hands, closed ones reopen, newcomers enter.
    Turnover,
    /// On recorded days the state and its security are written down.
    Record,
}

impl Step {
    /// All phases, in order.
    pub const ALL: [Self; 7] = [
        Self::Environment,
        Self::Operation,
        Self::Production,
        Self::Accounting,
        Self::Decisions,
        Self::Turnover,
        Self::Record,
    ];

    /// The processes of the phase, in order, as `docs/ODD.md` prints them.
    #[must_use]
    pub const fn processes(self) -> &'static [&'static str] {
        match self {
            Self::Environment => &[
                "begin_day",
                "move_price",
                "move_fees",
                "post_fees",
                "move_power",
                "move_ai_demand",
                "price_rigs",
                "move_appetite",
            ],
            Self::Operation => &[
                "begin_closures",
                "install_deliveries",
                "update_beliefs",
                "switch_strategists",
                "run_rigs",
            ],
            Self::Production => &["find_blocks"],
            Self::Accounting => &["share_rewards", "settle_day", "total_revenues"],
            Self::Decisions => &[
                "review_investment",
                "award_tenders",
                "advance_projects",
                "develop_power",
                "scrap_idle",
            ],
            Self::Turnover => &["close_insolvent", "reopen_sites", "admit_entrants", "take_census"],
            Self::Record => &["record_day"],
        }
    }
}

/// The day.
#[must_use]
pub fn day() -> Schedule {
    let mut schedule = Schedule::default();
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        ..ScheduleBuildSettings::default()
    });
    schedule.configure_sets(
        (
            Step::Environment,
            Step::Operation,
            Step::Production,
            Step::Accounting,
            Step::Decisions,
            Step::Turnover,
            Step::Record,
        )
            .chain(),
    );
    schedule.add_systems((
        (
            begin_day,
            price::move_price,
            fees::move_fees,
            post_fees,
            energy::move_power,
            ai_demand::move_ai_demand,
            rigs::price_rigs,
            appetite::move_appetite,
        )
            .chain()
            .in_set(Step::Environment),
        (
            closures::begin_closures,
            investment::install_deliveries,
            beliefs::update_beliefs,
            strategic::switch_strategists,
            operation::run_rigs,
        )
            .chain()
            .in_set(Step::Operation),
        find_blocks.in_set(Step::Production),
        (pools::share_rewards, accounting::settle_day, strategic::total_revenues)
            .chain()
            .in_set(Step::Accounting),
        (
            investment::review_investment,
            conversion::award::award_tenders,
            conversion::projects::advance_projects,
            conversion::pipelines::develop_power,
            rigs::scrap_idle,
        )
            .chain()
            .in_set(Step::Decisions),
        (
            turnover::close_insolvent,
            turnover::reopen_sites,
            turnover::admit_entrants,
            census::take_census,
        )
            .chain()
            .in_set(Step::Turnover),
        record::record_day.in_set(Step::Record),
    ));
    schedule
}

/// Turns the calendar and hands the absorbed issuance to its port.
pub fn begin_day(
    mut clock: ResMut<Clock>,
    chain: Res<crate::world::chain::Chain>,
    mut sales: ResMut<MinerSales>,
) {
    clock.day += 1;
    sales.absorbed = scheduled_issuance(chain.subsidy());
}

/// Hands the day's fees to the port of the chain.
pub fn post_fees(fees: Res<Fees>, mut port: ResMut<FeesPerBlock>) {
    port.0 = fees.per_block;
}
