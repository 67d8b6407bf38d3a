//! Numbers that know nothing of Bitcoin: sums in a fixed order, roots, samplers, ranks, moments.
//!
//! Transcendental functions come from the crate `libm`, whose bits do not depend on the machine.

pub mod binomial;
pub mod bracketed_root;
pub mod central_binomial;
pub mod fixed_order;
pub mod moments;
pub mod ranking;
pub mod sampling;
