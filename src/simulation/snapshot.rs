//! The miners on one day, for the map of tariff against efficiency.

use bevy_ecs::prelude::World;

use crate::miners::access::{MinerAccess, MinerAccessReadOnlyItem};
use crate::miners::state::{HallStage, RunningHashRate};
use crate::units::HashRate;

use super::trajectory::{Activity, MinerSnapshot};

/// All miners, in order of their index.
pub fn miners(world: &mut World) -> Vec<MinerSnapshot> {
    world
        .query::<(MinerAccess, &RunningHashRate)>()
        .iter(world)
        .map(|(miner, running)| snapshot(&miner, running.0))
        .collect()
}

fn snapshot(miner: &MinerAccessReadOnlyItem<'_, '_>, hash_rate: HashRate) -> MinerSnapshot {
    let rigs = miner.rigs();
    let total = rigs.total();
    MinerSnapshot {
        miner: miner.site.miner,
        owner: miner.site.owner,
        tariff: miner.tariff.0,
        efficiency_j_per_th: if total.0 > 0.0 { (rigs.power() / total).j_per_th() } else { 0.0 },
        power: miner.site.capacity,
        hash_rate,
        activity: activity(miner, hash_rate),
    }
}

fn activity(miner: &MinerAccessReadOnlyItem<'_, '_>, hash_rate: HashRate) -> Activity {
    match miner.hall.stage {
        HallStage::Hosting => Activity::Hosting,
        HallStage::Building => Activity::Converting,
        _ if miner.site.closed => Activity::Closed,
        _ if hash_rate.0 > 0.0 => Activity::Mining,
        _ => Activity::Idle,
    }
}
