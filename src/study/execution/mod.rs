//! Running what a plan asks for: one unit, a shard after another, a sample again; and what that costs.

pub mod complete;
pub mod cost;
pub mod runner;
pub mod verify;
pub mod work;
