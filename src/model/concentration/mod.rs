//! How concentrated a network is.

pub mod indices;
pub mod oligopoly;
