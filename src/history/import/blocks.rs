//! Reads single blocks and makes epochs of them.

use std::ops::Range;

use super::raw_series::{ChainEpoch, RECONSTRUCTED_S, RawBlock, RawSeries};
use crate::files::error::FileError;
use crate::files::sheet::{Row, Sheet, SheetColumn};
use crate::history::series::sheet::HistoryCells;
use crate::history::series::succession::BACKWARDS_S;
use crate::model::chain::difficulty::{BLOCKS_PER_EPOCH, CompactTarget};
use crate::model::chain::issuance::subsidy;

const LAYOUT: &str = "height,time,bits";
const SATOSHI: f64 = 1e8;
/// More than any block ever paid, BTC; what is above is in satoshi.
const LARGEST_REWARD: f64 = 10_000.0;

struct BlockColumns {
    height: SheetColumn,
    time: SheetColumn,
    bits: SheetColumn,
    fees: Option<SheetColumn>,
    reward: Option<SheetColumn>,
}

impl BlockColumns {
    fn from_sheet(sheet: &Sheet) -> Result<Self, FileError> {
        Ok(Self {
            height: sheet.needed("height", LAYOUT)?,
            time: sheet.needed("time", LAYOUT)?,
            bits: sheet.needed("bits", LAYOUT)?,
            fees: sheet.column_of(&["fee_btc", "fees_btc"]),
            reward: sheet.column_of(&["reward", "reward_btc"]),
        })
    }

    fn read(&self, row: &Row, into: &RawSeries) -> Result<(u32, RawBlock), FileError> {
        let height = row.whole(&self.height)?;
        let needs_bits = height.is_multiple_of(BLOCKS_PER_EPOCH);
        let bits = (needs_bits || !row.text(&self.bits).is_empty())
            .then(|| row.bits(&self.bits))
            .transpose()?;
        let time = row.time(&self.time)?;
        let fees = self.fees(row, height)?;
        Ok((height, RawBlock { time, bits, fees, place: into.place(row) }))
    }

    /// Fees as stated, or the reward without the subsidy; a block that claimed less than its subsidy
    /// paid no fees.
    fn fees(&self, row: &Row, height: u32) -> Result<Option<f64>, FileError> {
        let possible = |value: f64| (0.0..LARGEST_REWARD).contains(&value);
        let allowed = "an amount in BTC, from 0 to below 10000";
        let said = |column: &Option<SheetColumn>| {
            column
                .as_ref()
                .filter(|column| !row.text(column).is_empty())
                .map(|column| row.number(column, allowed, possible))
                .transpose()
        };
        let reward = said(&self.reward)?;
        let paid = reward.map(|reward| (reward - coins(height)).max(0.0));
        Ok(said(&self.fees)?.or(paid))
    }
}

/// Subsidy, BTC.
fn coins(height: u32) -> f64 {
    subsidy(height) as f64 / SATOSHI
}

/// Reads a file of blocks.
pub(super) fn read(sheet: &mut Sheet, into: &mut RawSeries) -> Result<(), FileError> {
    let columns = BlockColumns::from_sheet(sheet)?;
    let mut rewards = Rewards::default();
    while let Some(row) = sheet.needed_row()? {
        let (height, block) = columns.read(&row, into)?;
        rewards.note(&columns, &row, height);
        let Some(there) = into.blocks.get(&height).copied() else {
            into.blocks.insert(height, block);
            continue;
        };
        if (block.time, block.bits, block.fees) != (there.time, there.bits, there.fees) {
            let allowed = format!(
                "one of a kind: {} says something else of this height, and a chain has one block at \
                 each height",
                into.at(there.place)
            );
            return Err(row.refused(&columns.height, allowed));
        }
    }
    rewards.check()
}

/// Rewards of a file beside the subsidies of their heights: hardly a block ever claimed less.
#[derive(Default)]
struct Rewards {
    stated: usize,
    below: usize,
    first: Option<FileError>,
}

impl Rewards {
    fn note(&mut self, columns: &BlockColumns, row: &Row, height: u32) {
        let Some(column) = &columns.reward else { return };
        let Ok(reward) = row.text(column).parse::<f64>() else { return };
        self.stated += 1;
        if reward < coins(height) {
            self.below += 1;
            self.first.get_or_insert_with(|| {
                let allowed = format!(
                    "a reward in BTC, fees included: the subsidy alone is {} BTC at height {height} (most \
                     blocks of this file have less)",
                    coins(height)
                );
                row.refused(column, allowed)
            });
        }
    }

    /// Refuses rewards most of which are below the subsidy.
    fn check(self) -> Result<(), FileError> {
        let most = 2 * self.below > self.stated;
        self.first.filter(|_| most).map_or(Ok(()), Err)
    }
}

/// Turns the blocks into epochs.
///
/// # Errors
/// A target that changes within an epoch, or what contradicts another file.
pub(crate) fn make_epochs(raw: &mut RawSeries) -> Result<(), FileError> {
    let blocks = std::mem::take(&mut raw.blocks);
    let made = epochs_of(&blocks).into_iter().try_for_each(|epoch| make_epoch(&blocks, epoch, raw));
    doubt_times(&blocks, raw);
    raw.blocks = blocks;
    made
}

type RawBlocks = std::collections::BTreeMap<u32, RawBlock>;

fn epochs_of(blocks: &RawBlocks) -> Vec<u32> {
    let mut epochs: Vec<u32> = blocks.keys().map(|height| height / BLOCKS_PER_EPOCH).collect();
    epochs.dedup();
    epochs
}

/// Heights of an epoch.
fn heights(epoch: u32) -> Range<u32> {
    let first = epoch.saturating_mul(BLOCKS_PER_EPOCH);
    first..first.saturating_add(BLOCKS_PER_EPOCH)
}

fn make_epoch(blocks: &RawBlocks, epoch: u32, raw: &mut RawSeries) -> Result<(), FileError> {
    let heights = heights(epoch);
    doubt_gaps(blocks, epoch, raw);
    let Some((first, bits)) = blocks.get(&heights.start).and_then(|b| Some((*b, b.bits?))) else {
        let case = format!("epoch {epoch} has blocks but not its first, {}", heights.start);
        raw.doubts.add("epochs without their first block", case);
        return Ok(());
    };
    refuse_other_targets(blocks, epoch, bits, raw)?;
    let last_time = blocks.get(&(heights.end - 1)).map(|block| block.time);
    raw.add_fact(
        epoch,
        ChainEpoch { first_time: first.time, last_time, bits, place: first.place },
    )?;
    // A header's time counts for more than a reconstruction, which lies within a minute of it.
    if let (Some(last), Some(fact)) = (last_time, raw.facts.get_mut(&epoch)) {
        debug_assert!(fact.last_time.is_some_and(|time| (time - last).abs() <= RECONSTRUCTED_S));
        fact.last_time = Some(last);
    }
    Ok(())
}

fn refuse_other_targets(
    blocks: &RawBlocks,
    epoch: u32,
    bits: CompactTarget,
    raw: &RawSeries,
) -> Result<(), FileError> {
    for (height, block) in blocks.range(heights(epoch)) {
        if let Some(other) = block.bits.filter(|other| *other != bits) {
            let allowed =
                format!("{bits}, the target of epoch {epoch}, which block {height} belongs to");
            return Err(raw.refused(block.place, "bits", other, allowed));
        }
    }
    Ok(())
}

/// Tells of blocks that are missing between blocks of an epoch; a list of first and last blocks has
/// no gaps.
fn doubt_gaps(blocks: &RawBlocks, epoch: u32, raw: &mut RawSeries) {
    let heights = heights(epoch);
    let there: Vec<u32> = blocks.range(heights.clone()).map(|(height, _)| *height).collect();
    let of_ends = there.iter().all(|h| *h == heights.start || *h == heights.end - 1);
    let end = blocks.keys().next_back().map_or(heights.end, |last| heights.end.min(last + 1));
    let missing = (end - heights.start) as usize - there.len();
    if of_ends || missing == 0 {
        return;
    }
    let first = heights.zip(&there).find(|(due, height)| due != *height).map(|(due, _)| due);
    let first = first.or(there.last().map(|last| last + 1)).unwrap_or_default();
    let case = format!("epoch {epoch} lacks {missing} of its blocks, the first at height {first}");
    raw.doubts.add("epochs with missing blocks", case);
}

/// Tells of header times further back than nodes allow.
fn doubt_times(blocks: &RawBlocks, raw: &mut RawSeries) {
    let mut latest = i64::MIN;
    for (height, block) in blocks {
        if block.time.saturating_add(BACKWARDS_S) < latest {
            let place = raw.at(block.place);
            let case = format!(
                "{place}, column `time`: {} of block {height} is {} s before an earlier block's",
                block.time,
                latest - block.time
            );
            raw.doubts.add("header times that run backwards by more than two hours", case);
        }
        latest = latest.max(block.time);
    }
}

/// Fee share of an epoch all of whose blocks state their fees: `Σ fees / Σ (fees + subsidy)`.
pub(super) fn fee_share(blocks: &RawBlocks, epoch: u32) -> Option<f64> {
    let (mut fees, mut reward, mut count) = (0.0, 0.0, 0);
    for (height, block) in blocks.range(heights(epoch)) {
        let paid = block.fees?;
        fees += paid;
        reward += paid + coins(*height);
        count += 1;
    }
    (count == BLOCKS_PER_EPOCH && reward > fees).then(|| fees / reward)
}
