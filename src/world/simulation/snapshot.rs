//! The miners on one day, for the map of tariff against efficiency.

use bevy_ecs::prelude::World;

use crate::world::miners::count::{CountColumns, CountColumnsItem};
use crate::world::miners::population::pinned_owners;
use crate::world::miners::state::HallStage;

use super::Setup;
use super::trajectory::{Activity, MinerSnapshot};

/// All miners, in order of their index.
pub fn miners(world: &mut World) -> Vec<MinerSnapshot> {
    world.query::<CountColumns>().iter(world).map(|miner| snapshot(&miner)).collect()
}

/// Names of the owners that have one, in order of their index.
#[must_use]
pub(crate) fn named_owners(setup: &Setup) -> Vec<String> {
    pinned_owners(&setup.miners).into_iter().map(|owner| owner.name.clone()).collect()
}

fn snapshot(miner: &CountColumnsItem<'_, '_>) -> MinerSnapshot {
    let rigs = miner.rigs();
    let total = rigs.total();
    MinerSnapshot {
        miner: miner.site.miner,
        owner: miner.site.owner,
        tariff: miner.tariff.0,
        efficiency_j_per_th: if total.0 > 0.0 { (rigs.power() / total).j_per_th() } else { 0.0 },
        power: miner.site.capacity,
        hash_rate: miner.running.0,
        activity: activity(miner),
    }
}

fn activity(miner: &CountColumnsItem<'_, '_>) -> Activity {
    match miner.hall.stage {
        HallStage::Hosting => Activity::Hosting,
        HallStage::Building => Activity::Converting,
        _ if miner.site.closed => Activity::Closed,
        _ if miner.running.0.0 > 0.0 => Activity::Mining,
        _ => Activity::Idle,
    }
}
