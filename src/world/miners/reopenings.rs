//! When closed sites reopen.

use bevy_ecs::prelude::Resource;

/// Sites that wait for their next owner: (day of reopening, miner), in order of days.
#[derive(Resource, Clone, Debug, Default)]
pub struct Reopenings(Vec<(u32, u32)>);

impl Reopenings {
    /// Lets a site reopen on a day, behind those due by then.
    pub fn add(&mut self, day: u32, miner: u32) {
        let place = self.0.partition_point(|&(due, _)| due <= day);
        self.0.insert(place, (day, miner));
    }

    /// Takes out the sites that reopen by a day.
    pub fn due(&mut self, day: u32) -> impl Iterator<Item = u32> {
        let due = self.0.partition_point(|&(on, _)| on <= day);
        self.0.drain(..due).map(|(_, miner)| miner)
    }
}
