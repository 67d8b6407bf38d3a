//! One replicate: the world is set up, lives through its days, and leaves a trajectory.

pub mod column;
pub mod columns;
pub(crate) mod columns_network;
mod columns_security;
pub mod leases;
pub mod outcomes;
pub mod record;
pub mod regions;
pub mod retarget_metrics;
pub mod schedule;
pub mod setup;
pub mod snapshot;
pub mod trajectory;

pub use setup::Setup;
pub use trajectory::Trajectory;

use bevy_ecs::prelude::World;
use bevy_ecs::system::{RunSystemError, RunSystemOnce};

use super::chain::{self, Chain};
use super::market::rigs;
use super::miners::census::take_census;
use super::miners::closures::begin_closures;
use super::miners::conversion::opening::sign_opening_contracts;
use super::miners::operation::run_rigs;
use super::miners::strategic::Strategists;
use super::{market, miners};
use crate::clock::Clock;
use crate::random::Draws;

use record::Recorder;

/// Runs one replicate.
///
/// The result is a pure function of the arguments: same bits on any machine, in any thread, in any
/// order. `snapshot` asks for the miners of the last day.
///
/// # Examples
/// ```
/// use hashflight::study::experiment::document::Document;
/// use hashflight::study::experiment::{Experiment, Overrides};
/// use hashflight::world::simulation::run;
///
/// let set = vec![("simulation.horizon_days".to_owned(), "14".to_owned())];
/// let overrides = Overrides { miners: Some(120), set, ..Overrides::default() };
/// let setup = Experiment::resolve(Document::baseline()?, &overrides)?.base;
/// let trajectory = run(&setup, 1, 0, false);
/// let days: Vec<u32> = trajectory.records.iter().map(|record| record.day).collect();
/// assert_eq!(days, [0, 7, 14]);
/// assert_eq!(run(&setup, 1, 0, false), trajectory);
/// # Ok::<(), hashflight::study::error::ConfigError>(())
/// ```
#[must_use]
pub fn run(setup: &Setup, seed: u64, replicate: u32, snapshot: bool) -> Trajectory {
    let mut world = begin(setup, seed, replicate);
    let mut day = schedule::day();
    for _ in 0..setup.simulation.horizon_days {
        day.run(&mut world);
    }
    let miners = if snapshot { snapshot::miners(&mut world) } else { Vec::new() };
    let leases = leases::leases(&world);
    let mut recorder = world.resource_mut::<Recorder>();
    let records = std::mem::take(&mut recorder.records);
    let regions = std::mem::take(&mut recorder.regions);
    Trajectory {
        records,
        regions,
        region_names: setup.market.regions.iter().map(|region| region.name.clone()).collect(),
        leases,
        miners,
        named_owners: snapshot::named_owners(setup),
        shock_day: setup.first_shock(),
        strategic: world.resource::<Strategists>().outcome(),
    }
}

/// The world on day 0, its first record written.
#[must_use]
pub fn begin(setup: &Setup, seed: u64, replicate: u32) -> World {
    let mut world = World::new();
    let draws = Draws::new(seed, replicate);
    world.insert_resource(draws);
    world.init_resource::<Clock>();
    let installed = chain::install(&mut world, &setup.chain);
    debug_assert!(installed.is_ok(), "a Setup holds a chain state that was checked: {installed:?}");
    let subsidy = world.resource::<Chain>().subsidy();
    let ai = setup.ai.enabled.then_some(&setup.ai);
    market::install(&mut world, &setup.market, ai.map(|ai| &ai.demand), subsidy);
    miners::install(&mut world, &setup.miners, ai.map(|ai| &ai.conversion), &draws);
    record::install(&mut world, setup);
    let opened = open(&mut world);
    debug_assert!(
        opened.is_ok(),
        "every resource of these systems was installed above: {opened:?}"
    );
    world
}

/// What must have happened before the first day: who is away has left, rigs are counted, priced
/// and switched on, contracts of the past signed, the first record written.
fn open(world: &mut World) -> Result<(), RunSystemError> {
    world.run_system_once(begin_closures)?;
    world.run_system_once(run_rigs)?;
    world.run_system_once(take_census)?;
    world.run_system_once(rigs::price_rigs)?;
    world.run_system_once(sign_opening_contracts)?;
    world.run_system_once(run_rigs)?;
    world.run_system_once(take_census)?;
    world.run_system_once(record::record_opening)
}
