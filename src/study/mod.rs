//! Many replicates of many scenarios: from an experiment file to one checked data set.
//!
//! [`experiment`] finds everything that can be wrong with the input; a [`results::plan::Plan`] freezes
//! what is to be run; [`execution`] runs it shard by shard; a [`results::merge`] proves that nothing is
//! missing or doubled; [`cluster`] does it on many machines. A shard is a fixed, contiguous range of
//! units, a unit is one replicate of one scenario, and the same unit gives the same bytes wherever,
//! whenever and beside whatever it is run.

pub mod cluster;
pub mod design;
pub mod error;
pub mod execution;
pub mod experiment;
pub mod results;
pub mod store;
