//! Simulated time: whole days since the first day of the experiment.

use bevy_ecs::prelude::Resource;

use crate::units::DAYS_PER_YEAR;

/// Today.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Days since the first day; the first simulated day is 1, day 0 is the initial state.
    pub day: u32,
}

impl Clock {
    /// Years since the first day.
    #[must_use]
    pub fn years(self) -> f64 {
        f64::from(self.day) / DAYS_PER_YEAR
    }

    /// Whether `scheduled` (a day as written in a parameter; negative = never) is today.
    #[must_use]
    pub fn is(self, scheduled: f64) -> bool {
        scheduled >= 0.0 && scheduled as u32 == self.day
    }
}
