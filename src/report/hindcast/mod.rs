//! The scoreboard of a hindcast, as text, JSON, CSV and LaTeX, what it let for AI, and
//! scores by horizon from many beginnings.

mod ai_history;
pub(crate) mod export;
mod identified;
mod matched;
pub(crate) mod rolling;

pub use ai_history::AiHistory;
pub(crate) use ai_history::deals_csv;
pub use export::{csv, json, latex, table, text};
pub(crate) use identified::{identified_csv, identified_text};
pub(crate) use matched::{matched_csv, matched_text};
pub use rolling::{rolling_json, rolling_text};
