//! HashFlight: what does Bitcoin miners' shift to AI hosting do to Bitcoin's security?

pub mod units;

pub mod clock;
pub mod random;

pub mod model;

pub mod chain;
pub mod market;
pub mod miners;
pub mod security;

pub mod simulation;

pub mod experiment;
pub mod report;

pub mod cli;
