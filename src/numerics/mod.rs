//! Numbers that know nothing of Bitcoin: sums in a fixed order, roots, samplers, ranks, moments.
//!
//! Transcendental functions come from the crate `libm`, whose bits do not depend on the machine.

pub(crate) mod binomial;
pub(crate) mod bracketed_root;
pub(crate) mod central_binomial;
pub mod fixed_order;
pub mod moments;
pub(crate) mod normal;
pub mod ranking;
pub mod sampling;
