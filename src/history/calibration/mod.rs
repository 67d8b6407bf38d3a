//! Parameters that make the model agree with what was measured: windows of history, all at once.
//!
//! A calibration is a chain of experiments. Each generation of points ([`method`]) is one: a scenario a
//! window, a replicate a point or several ([`generation`]), run, sharded and continued like any other. Its results
//! decide the next ([`run`]). The end is a file of equally weighted draws
//! ([`crate::study::experiment::posterior`]).

pub mod deals;
pub mod distance;
pub mod generation;
pub mod horizons;
pub mod left_out;
pub mod method;
pub mod run;
mod spec;

pub use spec::{CalibrationSpec, DealRuns, USUAL_REFERENCE};
