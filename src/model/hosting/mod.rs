//! Hosting AI: what a site asks for, and when it is worth converting.

pub mod ai_hosting;
pub mod decision_rules;
pub mod real_option;
