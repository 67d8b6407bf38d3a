//! The equations: pure functions of their arguments. No world, no random numbers, no files.

pub mod block_time;
pub mod difficulty;
pub mod difficulty_response;
pub mod issuance;
