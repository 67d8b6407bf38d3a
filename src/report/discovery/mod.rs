//! What scenario discovery has found, as text, JSON, CSV and a figure.

pub mod export;
pub mod source;
pub mod table;
