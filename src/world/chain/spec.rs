//! State of the chain on the first day of an experiment.

use serde::{Deserialize, Serialize};

/// The rule that sets the difficulty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifficultyRule {
    /// Bitcoin's: once in 2,016 blocks.
    #[default]
    Bitcoin,
    /// Bitcoin Cash since November 2020: every block, by the lag behind an absolute schedule.
    Asert,
    /// zawy12's LWMA-1: every block, by linearly weighted solve times.
    Lwma,
    /// Bitcoin Cash from November 2017: every block, by work over time of a day's blocks.
    Cw144,
    /// Eliosoff's and Toomim's WTEMA: every block, by the last solve time.
    Wtema,
}

/// Chain state at 00:00 UTC of the first day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSpec {
    /// First day, `YYYY-MM-DD`.
    pub first_day: String,
    /// Unix time of that day's midnight, s.
    pub unix_time: u32,
    /// Height of the last block found before.
    pub height: u32,
    /// Compact target in force, eight hexadecimal digits.
    pub bits: String,
    /// Difficulty rule.
    pub rule: DifficultyRule,
    /// Timestamp of the first block of the current difficulty epoch, s.
    pub epoch_first_time: u32,
}
