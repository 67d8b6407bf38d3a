//! The concentration of measured blocks, as text, JSON and CSV.

pub mod table;
