//! Choose AI: which sites could host, at which rent they would, who wins a tender, and what becomes
//! of the hall. Everything here is idle where AI hosting is switched off.

pub mod award;
pub mod choose;
pub mod opening;
pub mod projects;
pub mod suitability;
