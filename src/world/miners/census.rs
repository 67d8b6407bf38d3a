//! The census: once a week or so the fleet and the regional load are counted for the markets that read
//! them. It has an interval of its own, so that recording more often changes nothing; recorded days are
//! counted too.

use bevy_ecs::prelude::{Query, Res, ResMut, Resource};

use crate::clock::Clock;
use crate::world::market::state::{Fleet, RegionalLoad};

use super::campuses::Campuses;
use super::conversion::leases::Leases;
use super::count::{Count, CountColumns};
use super::state::Owners;

/// Days between counts that the markets see.
#[derive(Resource, Clone, Copy, Debug)]
pub struct CensusInterval(pub u32);

/// Days between records, on which the miners are counted as well.
#[derive(Resource, Clone, Copy, Debug)]
pub struct RecordInterval(pub u32);

/// Days between records of regions, on which the miners are counted as well; 0 for none.
#[derive(Resource, Clone, Copy, Debug)]
pub struct RegionInterval(pub u32);

impl RegionInterval {
    /// Whether regions are recorded on a day.
    #[must_use]
    pub fn has(self, day: u32) -> bool {
        self.0 > 0 && day.is_multiple_of(self.0)
    }
}

/// Counts rigs and load.
pub fn take_census(
    (clock, owners): (Res<Clock>, Res<Owners>),
    (campuses, leases): (Res<Campuses>, Res<Leases>),
    (census, records, regions): (Res<CensusInterval>, Res<RecordInterval>, Res<RegionInterval>),
    mut count: ResMut<Count>,
    mut fleet: ResMut<Fleet>,
    mut load: ResMut<RegionalLoad>,
    query: Query<CountColumns>,
) {
    let published = clock.day.is_multiple_of(census.0);
    let recorded = clock.day.is_multiple_of(records.0) || regions.has(clock.day);
    if !published && !recorded {
        return;
    }
    count.reset(owners.0.len());
    for columns in query.contiguous_iter().into_iter().flatten() {
        count.add(&columns);
    }
    count.add_halls(&campuses, &leases);
    if published {
        *fleet = Fleet { installed: count.installed, idle: count.idle() };
        *load = RegionalLoad {
            added_ai: count.halls.map(|halls| halls.added),
            mining: count.mining_sites,
        };
    }
}
