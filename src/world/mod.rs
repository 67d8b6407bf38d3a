//! One replicate: market, chain, miners and security on one bevy world, stepped by
//! [`simulation::schedule`].

pub mod chain;
pub mod market;
pub mod miners;
pub mod security;
pub mod simulation;
