//! The census: once a week the fleet and the regional load are counted for the markets that read them.
//! The interval is fixed, so that recording more often changes nothing.

use bevy_ecs::prelude::{Local, Query, Res, ResMut};

use crate::clock::Clock;
use crate::market::state::{Fleet, RegionalLoad};

use super::count::{Count, CountColumns};
use super::state::Owners;

/// Days between counts.
const CENSUS_DAYS: u32 = 7;

/// Counts machines and load.
pub fn take_census(
    clock: Res<Clock>,
    owners: Res<Owners>,
    mut count: Local<Count>,
    mut fleet: ResMut<Fleet>,
    mut load: ResMut<RegionalLoad>,
    query: Query<CountColumns>,
) {
    if !clock.day.is_multiple_of(CENSUS_DAYS) {
        return;
    }
    count.reset(owners.delivered.len());
    for columns in query.contiguous_iter().into_iter().flatten() {
        count.add(&columns);
    }
    *fleet = Fleet { installed: count.installed, idle: count.idle() };
    *load = RegionalLoad { added_ai: count.added_ai, mining: count.mining_sites };
}
