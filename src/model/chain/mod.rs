//! The chain: difficulty and its rules of adjustment, times of blocks, issuance.

pub mod asert;
pub mod block_time;
pub mod difficulty;
pub mod difficulty_response;
pub(crate) mod epoch_means;
pub(crate) mod forecast_origin;
pub mod hashprice;
pub mod issuance;
pub mod retarget_rules;
