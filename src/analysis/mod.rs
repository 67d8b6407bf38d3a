//! What finished results say, as data: statistics of scenarios and effects, sensitivity, scenario
//! discovery, concentration of measured blocks. Nothing here draws or lays out.

pub mod discovery;
pub mod measure;
pub mod points;
pub mod sensitivity;
pub mod summary;
