//! Prices of bitcoin, power and machines.

pub mod energy;
pub mod price;
pub mod rigs;
pub mod stochastic;
