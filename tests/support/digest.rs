//! One number for all bits of a trajectory.

use hashflight::world::simulation::Trajectory;
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::regions::REGIONS;

/// BLAKE3 of every column of every record, of the regions and of every miner, in order, as hexadecimal digits.
pub fn digest(trajectory: &Trajectory) -> String {
    let mut hasher = blake3::Hasher::new();
    for record in &trajectory.records {
        hasher.update(&record.day.to_le_bytes());
        hasher.update(&record.height.to_le_bytes());
        for column in SERIES {
            hasher.update(&(column.value)(record).to_bits().to_le_bytes());
        }
    }
    for region in &trajectory.regions {
        hasher.update(&region.day.to_le_bytes());
        hasher.update(&region.region.to_le_bytes());
        for column in REGIONS {
            hasher.update(&(column.value)(region).to_bits().to_le_bytes());
        }
    }
    for miner in &trajectory.miners {
        hasher.update(&miner.miner.to_le_bytes());
        hasher.update(&miner.owner.to_le_bytes());
        for number in [
            miner.tariff.0,
            miner.efficiency_j_per_th,
            miner.power.0,
            miner.hash_rate.0,
            f64::from(miner.activity as u8),
        ] {
            hasher.update(&number.to_bits().to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}
