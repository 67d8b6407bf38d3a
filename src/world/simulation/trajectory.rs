//! What one replicate leaves: a record per recorded day, one outcome row, and (on request) a
//! snapshot of the miners on the last day.

use super::column::Column;
pub use super::columns_network::Record;
pub use super::leases::LeaseRecord;
pub use super::regions::RegionRecord;
use crate::units::{HashRate, Power, Tariff};
use crate::world::miners::strategic::StrategicOutcome;

/// What a miner does on the day of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Activity {
    /// All power mines.
    Mining = 0,
    /// Rigs are switched off.
    Idle = 1,
    /// An AI hall is being built.
    Converting = 2,
    /// An AI hall earns.
    Hosting = 3,
    /// Insolvent or empty.
    Closed = 4,
}

/// One miner on the last day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinerSnapshot {
    /// Index of the miner.
    pub miner: u32,
    /// Index of its owner: [`Trajectory::owner_name`] tells who that is.
    pub owner: u32,
    /// Today's tariff.
    pub tariff: Tariff,
    /// Mean efficiency of its rigs, J/TH as a number.
    pub efficiency_j_per_th: f64,
    /// Site power.
    pub power: Power,
    /// Hash rate of its running rigs.
    pub hash_rate: HashRate,
    /// What it does.
    pub activity: Activity,
}

/// One replicate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    /// A record per recorded day, in order of days.
    pub records: Vec<Record>,
    /// A record per region and day on which regions are recorded, in order of days, then regions.
    pub regions: Vec<RegionRecord>,
    /// Leases of AI halls as they stand on the last day, in order of signing.
    pub leases: Vec<LeaseRecord>,
    /// Names of the regions, in order of their index.
    pub region_names: Vec<String>,
    /// The miners on the last day; empty unless asked for.
    pub miners: Vec<MinerSnapshot>,
    /// Names of the owners that have one in the experiment, in order of their index.
    pub named_owners: Vec<String>,
    /// Day of the first scheduled shock, if there is any.
    pub shock_day: Option<u32>,
    /// How strategic miners fared.
    pub strategic: StrategicOutcome,
}

impl Trajectory {
    /// Name of an owner: the experiment's, or a made-up one of its index, such as `owner-0042`, for
    /// everyone who is drawn, who enters later, or who takes over the site of an insolvent miner.
    #[must_use]
    pub(crate) fn owner_name(&self, owner: u32) -> String {
        let named = self.named_owners.get(owner as usize);
        named.cloned().unwrap_or_else(|| format!("owner-{owner:04}"))
    }

    /// Name of a region by its index; empty for an index that no region has.
    #[must_use]
    pub(crate) fn region_name(&self, region: u32) -> &str {
        self.region_names.get(region as usize).map_or("", String::as_str)
    }

    /// The values of one series column over the records.
    #[must_use]
    pub fn series(&self, column: &Column<Record>) -> Vec<f64> {
        self.records.iter().map(column.value).collect()
    }
}
