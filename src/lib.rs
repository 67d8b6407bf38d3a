//! HashFlight: what does Bitcoin miners' shift to AI hosting do to Bitcoin's security?
//!
//! The model in twenty lines. A few thousand [`miners`], one entity a site, live through days.
//! Each day the [`market`] moves: bitcoin's price, fees, power and weather, AI rents and tenders,
//! prices of machines. Miners run the machines that earn their power at a trailing hashprice. The
//! [`chain`] finds blocks one by one, with Bitcoin's exact retarget and subsidy. Pools credit coins;
//! miners pay power, staff and debt, sell coins, and count days in arrears. A thirtieth of them
//! reviews its plans: buys new or used machines that pay back in time, and names the lowest rent at
//! which it would host AI. Tenants award tenders; halls take power from mining, whose machines go to
//! an idle stock; halls are built, late, abandoned, let and vacated. Insolvent sites change hands and
//! newcomers enter. On recorded days [`security`] prices a majority attack, item by item, from the
//! machines that stand idle, run, or can be delivered, and measures concentration; it changes
//! nothing. Worlds that differ in one parameter share every random number ([`random`]), so that a
//! difference between them is its effect.
//!
//! Modules in reading order; imports point upwards in this list only:
//! [`units`] (one type for each dimension, one line for each law), [`clock`], [`files`] and [`random`],
//! [`model`] (the equations: pure functions), [`market`] and [`chain`], [`miners`], [`security`],
//! [`simulation`] ([`simulation::schedule`] is Algorithm 1; [`simulation::run`] is one replicate),
//! [`experiment`] (files, scenarios, many replicates, results), [`report`] (tables and figures),
//! [`cli`]. The prose is in `docs/ODD.md`.

pub mod units;

pub mod clock;
pub mod files;
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
