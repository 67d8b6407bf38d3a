//! The past, one row per difficulty epoch: what hindcasts are fed with and compared with.

pub(crate) mod mempool_space;
pub(crate) mod read;
pub(crate) mod sheet;
pub(crate) mod succession;
mod text;

use crate::model::chain::difficulty::CompactTarget;
use crate::units::{BtcPrice, HashRate};

/// Columns of a HISTORY file, in the order in which they are written.
pub const COLUMNS: [&str; 8] = [
    "epoch",
    "first_height",
    "first_time",
    "bits",
    "difficulty",
    "hash_rate_ehs",
    "price_usd",
    "fee_share",
];

/// One difficulty epoch of the past.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistoryEpoch {
    /// Number, the first epoch of the chain being 0.
    pub epoch: u32,
    /// Height of its first block, 2,016 times its number.
    pub first_height: u32,
    /// Header time of its first block, Unix seconds.
    pub first_time: i64,
    /// Its target in compact form.
    pub bits: CompactTarget,
    /// Difficulty of that target.
    pub difficulty: f64,
    /// Mean hash rate, from difficulty and the mean block interval.
    pub hash_rate: HashRate,
    /// Mean price.
    pub price: BtcPrice,
    /// Fees over fees and subsidy.
    pub fee_share: f64,
}

/// Consecutive epochs of the past, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Epochs; each is one after the one before.
    pub epochs: Vec<HistoryEpoch>,
}

impl History {
    /// Place of an epoch in [`History::epochs`].
    #[must_use]
    pub fn position(&self, epoch: u32) -> Option<usize> {
        let first = self.epochs.first()?.epoch;
        let place = epoch.checked_sub(first)? as usize;
        (place < self.epochs.len()).then_some(place)
    }
}
