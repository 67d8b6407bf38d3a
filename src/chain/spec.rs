//! State of the chain on the first day of an experiment.

use serde::{Deserialize, Serialize};

/// Chain state at 00:00 UTC of the first day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// First day, `YYYY-MM-DD`.
    pub first_day: String,
    /// Unix time of that day's midnight, s.
    pub unix_time: u32,
    /// Height of the last block found before.
    pub height: u32,
    /// Compact target in force, eight hexadecimal digits.
    pub bits: String,
    /// Timestamp of the first block of the current difficulty epoch, s.
    pub epoch_first_time: u32,
}
