//! Prices of bitcoin, power and rigs.

pub mod energy;
pub mod price;
pub mod rigs;
pub mod stochastic;
