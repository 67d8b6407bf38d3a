//! The miners on one day, for the map of tariff against efficiency.

use bevy_ecs::prelude::World;

use crate::world::miners::campuses::Campuses;
use crate::world::miners::conversion::leases::{HallPower, Leases};
use crate::world::miners::count::{CountColumns, CountColumnsItem};
use crate::world::miners::population::pinned_owners;

use super::Setup;
use super::trajectory::{Activity, MinerSnapshot};

/// All miners, in order of their index.
pub fn miners(world: &mut World) -> Vec<MinerSnapshot> {
    let halls = hall_power(world.resource::<Leases>(), world.resource::<Campuses>());
    world
        .query::<CountColumns>()
        .iter(world)
        .map(|miner| snapshot(&miner, &halls[miner.site.campus as usize]))
        .collect()
}

/// Power of AI halls by campus: a site's equal part of it.
fn hall_power(leases: &Leases, campuses: &Campuses) -> Vec<HallPower> {
    let mut halls = vec![HallPower::default(); campuses.0.len()];
    for lease in &leases.all {
        halls[lease.campus as usize] += lease.power();
    }
    halls
        .iter()
        .zip(&campuses.0)
        .map(|(halls, campus)| halls.part(1.0 / f64::from(campus.sites)))
        .collect()
}

/// Names of the owners that have one, in order of their index.
#[must_use]
pub(crate) fn named_owners(setup: &Setup) -> Vec<String> {
    pinned_owners(&setup.miners).into_iter().map(|owner| owner.name.clone()).collect()
}

fn snapshot(miner: &CountColumnsItem<'_, '_>, halls: &HallPower) -> MinerSnapshot {
    let rigs = miner.rigs();
    let total = rigs.total();
    MinerSnapshot {
        miner: miner.site.miner,
        owner: miner.site.owner,
        tariff: miner.tariff.0,
        efficiency_j_per_th: if total.0 > 0.0 { (rigs.power() / total).j_per_th() } else { 0.0 },
        power: miner.site.capacity,
        hash_rate: miner.running.0,
        activity: activity(miner, halls),
    }
}

/// What a site does: its part of an AI hall counts where it holds more power than the site mines on.
fn activity(miner: &CountColumnsItem<'_, '_>, halls: &HallPower) -> Activity {
    let hall = halls.hosting + halls.converting;
    if hall > miner.site.capacity {
        return if halls.hosting > halls.converting {
            Activity::Hosting
        } else {
            Activity::Converting
        };
    }
    match () {
        () if miner.site.closed => Activity::Closed,
        () if miner.running.0.0 > 0.0 => Activity::Mining,
        () => Activity::Idle,
    }
}
