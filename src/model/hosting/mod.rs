//! Hosting AI: what a place offers, the lowest rent at which it would, and how tenders clear.

pub mod real_option;
pub mod reservation;
pub mod site;
pub mod tenders;
