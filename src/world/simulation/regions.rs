//! What is written down of each region, on days of its own: the fields of the record, and the columns
//! that are read off it.

use super::column::Column;
use crate::units::{HashRate, Power};
use crate::world::market::state::PowerGrid;
use crate::world::miners::count::Count;

/// State of a region on a day on which regions are recorded. Its connected power is what mines, is
/// idle, is under conversion, hosts or stands vacant; developing and pipeline power are not connected yet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RegionRecord {
    /// Day since the start (0 = state before the first day).
    pub day: u32,
    /// Index of the region: [`Trajectory::region_names`](super::Trajectory::region_names) tells its name.
    pub region: u32,
    /// Hash rate of running rigs.
    pub hash_rate: HashRate,
    /// Facility power of running rigs.
    pub mining: Power,
    /// Facility power of rigs switched off.
    pub idle: Power,
    /// Utility power of mining halls under conversion.
    pub converting: Power,
    /// Utility power of energised AI halls.
    pub hosting: Power,
    /// Utility power that is connected and stands empty.
    pub vacant: Power,
    /// Utility power not yet connected and promised to AI halls.
    pub developing: Power,
    /// Utility power under development and not promised.
    pub pipeline: Power,
    /// Utility power that is connected.
    pub connected: Power,
    /// Long-run tariff level relative to the first day.
    pub tariff_level: f64,
}

impl RegionRecord {
    /// The region at a place on a day: power drawn by rigs is at the meter, `pue` times their own.
    #[must_use]
    pub(super) fn of(count: &Count, grid: &PowerGrid, pue: f64, day: u32, place: usize) -> Self {
        let [on, off] = count.rig_power_by_region[place];
        let (mining, idle, halls) = (on * pue, off * pue, &count.halls[place]);
        let empty = (count.mining_sites[place] - mining - idle).max(Power::ZERO);
        Self {
            day,
            region: place as u32,
            hash_rate: count.by_region[place],
            mining,
            idle,
            converting: halls.converting,
            hosting: halls.hosting,
            vacant: empty + halls.vacant,
            developing: halls.developing,
            pipeline: count.pipeline[place],
            connected: count.connected()[place],
            tariff_level: grid.level[place],
        }
    }
}

/// Columns of `regions.parquet` after the keys `scenario`, `replicate`, `day`, `region`.
pub const REGIONS: &[Column<RegionRecord>] = &[
    Column::state("hash_rate_ehs", "EH/s", "hash rate of running rigs", |r| r.hash_rate.ehs()),
    Column::state("mining_mw", "MW", "facility power of running rigs", |r| r.mining.mw()),
    Column::state("idle_mw", "MW", "facility power of rigs switched off", |r| r.idle.mw()),
    Column::state("converting_mw", "MW", "utility power of mining halls under conversion", |r| {
        r.converting.mw()
    }),
    Column::state("hosting_mw", "MW", "utility power of energised AI halls", |r| r.hosting.mw()),
    Column::state(
        "vacant_mw",
        "MW",
        "utility power that is connected and stands empty, in mining halls and in AI halls without a load",
        |r| r.vacant.mw(),
    ),
    Column::state(
        "developing_mw",
        "MW",
        "utility power not yet connected and promised to AI halls",
        |r| r.developing.mw(),
    ),
    Column::state("pipeline_mw", "MW", "utility power under development and not promised", |r| {
        r.pipeline.mw()
    }),
    Column::state(
        "connected_mw",
        "MW",
        "utility power that is connected: mining, idle, converting, hosting and vacant together",
        |r| r.connected.mw(),
    ),
    Column::state(
        "tariff_level",
        "1",
        "long-run level of tariffs relative to the first day",
        |r| r.tariff_level,
    ),
];
