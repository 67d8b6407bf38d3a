//! HashFlight: what does miners' shift from Bitcoin to AI hosting do to Bitcoin's security?
pub mod chain;
pub mod market;
pub mod miners;
pub mod random;
pub mod report;
pub mod security;
pub mod simulation;
pub mod units;
