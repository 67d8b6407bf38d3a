//! The scoreboard of a hindcast, as text, JSON, CSV and LaTeX.

pub(crate) mod export;

pub use export::{csv, json, latex, table, text};
