//! Mining: what rigs earn, cost and are worth, and books that balance.

pub mod economics;
pub mod efficiency_bins;
pub mod investment;
pub mod ledger;
pub mod population;
pub mod rig_fleet;
