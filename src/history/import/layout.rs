//! Which layout a file has, from its header.

use crate::files::error::FileError;
use crate::files::sheet::Sheet;

/// A layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceLayout {
    /// Values by day.
    Daily,
    /// Difficulty epochs, without prices.
    Epochs,
    /// Single blocks.
    Blocks,
    /// A history made before.
    History,
}

/// Columns of days: those of Coin Metrics' community files and our own names.
pub(super) mod daily {
    /// The day.
    pub(crate) const DATE: [&str; 2] = ["date", "time"];
    /// Price, USD.
    pub(crate) const PRICE: [&str; 3] = ["PriceUSD", "price_usd", "ReferenceRateUSD"];
    /// Fees, BTC.
    pub(crate) const FEES: [&str; 3] = ["FeeTotNtv", "fee_btc", "fees_btc"];
    /// New coins, BTC.
    pub(crate) const ISSUANCE: [&str; 3] = ["IssTotNtv", "IssContNtv", "issuance_btc"];
    /// Fees and new coins, USD.
    pub(crate) const REVENUE: [&str; 2] = ["RevUSD", "revenue_usd"];
    /// Hash rate, TH/s.
    pub(crate) const HASH_RATE: [&str; 2] = ["HashRate", "hashrate_ths"];
    /// Difficulty: the mean of the day's blocks, its last block's, or the one in force at noon.
    pub(crate) const DIFFICULTY: [&str; 3] = ["DiffMean", "DiffLast", "difficulty_noon"];
    /// Blocks.
    pub(crate) const BLOCKS: [&str; 2] = ["BlkCnt", "blocks"];
    /// Which currency, in files of several.
    pub(crate) const ASSET: &str = "asset";
}

/// The layouts in words.
const KNOWN: &str = "known are: days (`time` or `date` with any of PriceUSD, HashRate, DiffMean, \
                     DiffLast, BlkCnt, IssContNtv, IssTotNtv, FeeTotNtv, RevUSD, or price_usd, \
                     fee_btc, issuance_btc …), epochs (`epoch,first_time,bits` with any of \
                     first_height, last_time, difficulty), blocks (`height,time,bits` with fee_btc \
                     or reward) and histories made before (`epoch,…,price_usd,fee_share`)";

impl SourceLayout {
    /// The layout of a file.
    ///
    /// # Errors
    /// The header fits none.
    pub(crate) fn from_sheet(sheet: &Sheet) -> Result<Self, FileError> {
        let has = |name: &str| sheet.column(name).is_some();
        let any = |names: &[&str]| sheet.column_of(names).is_some();
        let of_days = any(&daily::PRICE)
            || any(&daily::FEES)
            || any(&daily::ISSUANCE)
            || any(&daily::REVENUE)
            || any(&daily::HASH_RATE)
            || any(&daily::DIFFICULTY)
            || any(&daily::BLOCKS);
        if has("epoch") && (has("price_usd") || has("fee_share")) {
            Ok(Self::History)
        } else if has("epoch") && has("bits") {
            Ok(Self::Epochs)
        } else if has("height") && has("bits") {
            Ok(Self::Blocks)
        } else if any(&daily::DATE) && of_days {
            Ok(Self::Daily)
        } else {
            Err(sheet.header_error(format!("fits no layout; {KNOWN}")))
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daily => "days",
            Self::Epochs => "epochs",
            Self::Blocks => "blocks",
            Self::History => "history",
        }
    }
}
