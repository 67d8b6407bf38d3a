//! What `manifest.json` says about the results: which experiment, scenarios, contrasts, seed.

pub use crate::experiment::Contrast;
pub use crate::experiment::manifest::Manifest;
