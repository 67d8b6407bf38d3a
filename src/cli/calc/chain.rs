//! Rules of the chain: difficulty and coins.

use std::fmt::Display;

use clap::Args;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::Calculate;
use super::answer::{Answer, readable};
use super::range::{whole, within};
use crate::cli::failure::Failure;
use crate::model::chain::asert::asert;
use crate::model::chain::difficulty::{CompactTarget, retarget};
use crate::model::chain::difficulty_response::{HashRateLoss, difficulty_response};
use crate::model::chain::issuance::{subsidy, supply};

/// Writes what has a text form in that form.
fn as_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Flags of `retarget`.
#[derive(Debug, Args, Serialize)]
pub(super) struct RetargetArguments {
    /// Target of the epoch in compact form, such as 170e1ef9
    #[arg(long, value_name = "HEX")]
    #[serde(serialize_with = "as_text")]
    bits: CompactTarget,
    /// Time of the last minus time of the first block of the epoch, s
    #[arg(long, value_name = "S", value_parser = whole(i64::MIN, i64::MAX))]
    timespan: i64,
}

impl Calculate for RetargetArguments {
    fn calculate(&self) -> Result<Answer, Failure> {
        let next = retarget(self.bits, self.timespan);
        let change = next.difficulty() / self.bits.difficulty() - 1.0;
        Ok(Answer::default()
            .word("bits", &next.to_string())
            .number("difficulty", next.difficulty(), "")
            .number("change", change, "of the difficulty (relative, 1 = +100 %)"))
    }
}

/// Flags of `asert`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct Asert {
    /// Target of the anchor block in compact form, such as 1d00ffff
    #[arg(long, value_name = "HEX")]
    #[serde(serialize_with = "as_text")]
    anchor_bits: CompactTarget,
    /// Blocks since the anchor
    #[arg(long, value_name = "N", value_parser = whole(0, i64::from(u32::MAX)))]
    height_delta: i64,
    /// Time since the anchor's parent, s
    #[arg(long, value_name = "S", value_parser = whole(i64::MIN, i64::MAX))]
    time_delta: i64,
}

impl Calculate for Asert {
    fn calculate(&self) -> Result<Answer, Failure> {
        let next = asert(self.anchor_bits, self.time_delta, self.height_delta);
        Ok(Answer::default().word("bits", &next.to_string()))
    }
}

/// Flags of `difficulty-response`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct DifficultyResponse {
    /// Share of the hash rate lost, below 1; negative for a gain
    #[arg(long, value_name = "X", value_parser = within(-1e6, 0.999_999_999))]
    loss: f64,
    /// Fraction of the epoch's blocks already found, 0 to 1
    #[arg(long, value_name = "F", value_parser = within(0.0, 1.0))]
    at: f64,
    /// Elasticity of the remaining hash rate to revenue over difficulty; from 1 on it swings ever wider
    #[arg(long, value_name = "E", default_value_t = 0.0, value_parser = within(0.0, 100.0))]
    elasticity: f64,
    /// How many epochs
    #[arg(long, value_name = "N", default_value_t = 4,
        value_parser = whole(1_u32, 10_000))]
    epochs: u32,
}

impl Calculate for DifficultyResponse {
    fn calculate(&self) -> Result<Answer, Failure> {
        let loss = HashRateLoss { share: self.loss, at: self.at, elasticity: self.elasticity };
        let epochs = difficulty_response(loss, self.epochs as usize);
        let rows = epochs.iter().map(|epoch| {
            let days = Some(epoch.duration.days()).filter(|days| days.is_finite());
            json!({ "days": days, "change": epoch.change })
        });
        let shown = epochs.iter().map(|epoch| {
            let (days, change) = (readable(epoch.duration.days()), 100.0 * epoch.change);
            format!("{days} days, then {change:+.2} % difficulty")
        });
        Ok(Answer::default().rows("epochs", rows.collect(), &shown.collect::<Vec<_>>()))
    }
}

/// Flags of `subsidy`.
#[derive(Debug, Args, Serialize)]
pub(super) struct Subsidy {
    /// Height of the block
    #[arg(long, value_name = "H", value_parser = whole(0, u64::MAX))]
    height: u64,
}

impl Calculate for Subsidy {
    fn calculate(&self) -> Result<Answer, Failure> {
        // Nothing is issued any more long before the heights that a shorter number cannot hold.
        let height = u32::try_from(self.height).unwrap_or(u32::MAX);
        Ok(Answer::default().whole("satoshi", subsidy(height), "satoshi").whole(
            "supply_satoshi",
            supply(height),
            "satoshi",
        ))
    }
}
