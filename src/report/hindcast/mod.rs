//! The scoreboard of a hindcast, as text, JSON, CSV and LaTeX, and what it let for AI.

mod ai_history;
pub(crate) mod export;

pub use ai_history::AiHistory;
pub use export::{csv, json, latex, table, text};
