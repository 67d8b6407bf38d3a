//! Campuses: an owner's place. AI is decided by campus; the sites of a campus are slices of its mining
//! halls, so that nothing here depends on how finely the network is cut.

use bevy_ecs::prelude::Resource;

use crate::numerics::sampling::{lognormal, normal};
use crate::random::{Draws, Need};
use crate::units::Power;

use super::spec::{Class, ConversionSpec};

/// An owner's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Campus {
    /// Index of the region.
    pub region: u32,
    /// Class of the owner.
    pub class: Class,
    /// First of its sites; they follow each other.
    pub first: u32,
    /// Number of its sites.
    pub sites: u32,
    /// Utility power under development, not promised to a hall.
    pub pipeline: Power,
    /// The same on the first day.
    pub opening_pipeline: Power,
    /// Utility power of its mining halls on the first day.
    pub opening_capacity: Power,
    /// Owner to whom sites go that fail, if any has.
    pub successor: Option<u32>,
    /// Day from which its pipeline is firm, in a queue as long as on the first day.
    pub firm_day: f64,
}

/// All campuses, by index.
#[derive(Resource, Clone, Debug, Default)]
pub struct Campuses(pub Vec<Campus>);

impl Campuses {
    /// Sites of a campus.
    #[must_use]
    pub fn sites(&self, campus: usize) -> std::ops::Range<usize> {
        let campus = &self.0[campus];
        campus.first as usize..(campus.first + campus.sites) as usize
    }
}

/// What a campus brings along and nothing changes. Drawn by index, whatever miners do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CampusTraits {
    /// Standard normal deviate of its quality.
    pub quality_deviate: f64,
    /// Factor on the capital cost of halls.
    pub cost_factor: f64,
    /// Factor on the months that halls take.
    pub time_factor: f64,
}

impl CampusTraits {
    /// Of the campus with this index.
    #[must_use]
    pub fn draw(spec: &ConversionSpec, campus: u32, draws: &Draws) -> Self {
        let [quality, cost] = draws.draw_pair(Need::CampusQuality(campus));
        let time = draws.draw(Need::CampusTimes(campus));
        Self {
            quality_deviate: normal(quality),
            cost_factor: lognormal(cost, 1.0, spec.capex_sd_log),
            time_factor: lognormal(time, 1.0, spec.months_sd_log),
        }
    }
}

/// Months that a campus's pipeline waits for firm power, from the day on which it asks.
#[must_use]
pub fn firm_power_wait(spec: &ConversionSpec, campus: u32, draws: &Draws) -> f64 {
    let [_, wait] = draws.draw_pair(Need::CampusTimes(campus));
    lognormal(wait, spec.firm_power_months, spec.firm_power_sd_log)
}
