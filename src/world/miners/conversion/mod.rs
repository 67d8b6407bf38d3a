//! Choose AI: what owners offer at their campuses and at which rent, who wins a tender, what becomes of the
//! hall, and when its power mines again. Everything here is idle where AI hosting is switched off.

pub mod award;
pub mod bidders;
pub mod contracts;
pub mod leases;
pub mod offers;
pub mod opening;
pub mod pipelines;
pub mod projects;
pub mod supply;
