//! The chain: blocks found one by one as a Poisson process of work, exact retargets and subsidies.
//! Bitcoin's difficulty rule can be replaced by one that adjusts at every block.
//!
//! Ports: miners fill [`NetworkHashRate`], the market fills [`FeesPerBlock`], and [`find_blocks`]
//! answers with the [`DayOfBlocks`] and moves the [`Chain`] on by a day.

mod adjust;
mod blocks;
mod check;
mod day;
mod spec;
mod state;

use bevy_ecs::prelude::World;

pub use blocks::{advance_day, find_blocks};
pub use check::SpecError;
pub use day::{DayOfBlocks, FeesPerBlock, MAX_POOLS, NetworkHashRate};
pub use spec::{ChainSpec, DifficultyRule};
pub use state::IntervalStatistics;
pub use state::{Chain, Retarget};

/// Puts the chain and its ports into the world. The random numbers (`Draws`) are the world's.
///
/// # Errors
/// When the spec would not pass [`ChainSpec::check`].
pub fn install(world: &mut World, spec: &ChainSpec) -> Result<(), SpecError> {
    world.insert_resource(Chain::new(spec)?);
    world.insert_resource(NetworkHashRate::default());
    world.insert_resource(FeesPerBlock::default());
    world.insert_resource(DayOfBlocks::default());
    Ok(())
}
