//! The sensitivity to factors, as text, JSON, CSV, LaTeX and figures.

pub mod export;
pub mod table;
