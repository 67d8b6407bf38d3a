//! The model against what came: the record of chain and market, hindcasts with their null models and
//! scores, and calibration.

pub mod calibration;
pub mod hindcast;
pub mod import;
pub mod series;
