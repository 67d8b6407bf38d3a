//! HashFlight: what does Bitcoin miners' shift to AI hosting do to Bitcoin's security?
//!
//! The model in twenty lines. A few thousand [`miners`](world::miners), one entity a site, live through days.
//! Each day the [`market`](world::market) moves: bitcoin's price, fees, power and weather, AI rents and tenders,
//! prices of rigs. Miners run the rigs that earn their power at a trailing hashprice. The
//! [`chain`](world::chain) finds blocks one by one, with Bitcoin's exact retarget and subsidy. Pools credit coins;
//! miners pay power, staff and debt, sell coins, and count days in arrears. A thirtieth of them
//! reviews its plans: buys new or used rigs that pay back in time, and names the lowest rent at
//! which it would host AI. Tenants award tenders; halls take power from mining, whose rigs go to
//! an idle stock; halls are built, late, abandoned, let and vacated. Insolvent sites change hands and
//! newcomers enter. On recorded days [`security`](world::security) prices a majority attack, item by item, from the
//! rigs that stand idle, run, or can be delivered, and measures concentration; it changes
//! nothing. Worlds that differ in one parameter share every random number ([`random`]), so that a
//! difference between them is its effect.
//!
//! Folders in reading order; imports point upwards in this list only, and so they do inside each
//! folder:
//!
//! - [`units`] (one type for each dimension, one line for each law), [`clock`], [`random`]; [`files`]
//!   (whole or not at all, with digests), [`numerics`], [`statistics`]: foundations, which know nothing
//!   of Bitcoin.
//! - [`model`]: the equations, pure functions by subject.
//! - [`world`]: one replicate. [`world::simulation::schedule`] is Algorithm 1, and
//!   [`world::simulation::run`] runs it.
//! - [`study`]: many replicates. Experiment files, designs, results, execution, clusters.
//! - [`history`]: against what came. The record of chain and market, hindcasts, calibration.
//! - [`analysis`]: what results say, as data.
//! - [`report`]: the only folder that draws and typesets.
//! - [`cli`]: the program.
//!
//! The prose is in `docs/ODD.md`, the picture of the house in `docs/ARCHITECTURE.md`.
// Public is what has a name outside; all else is of the crate.
#![warn(unnameable_types, unreachable_pub)]

pub mod units;

pub mod clock;
pub mod random;

pub mod files;
pub mod numerics;
pub mod statistics;

pub mod model;

pub mod world;

pub mod study;

pub mod history;

pub mod analysis;

pub mod report;

pub mod cli;
