//! Reads HISTORY.csv and checks that it can be the past of one chain.

use std::path::Path;

use super::sheet::{self, HistoryCells};
use super::succession::{EpochEnd, TargetVerdict, verdict};
use super::{COLUMNS, History, HistoryEpoch};
use crate::files::error::FileError;
use crate::files::sheet::{Row, Sheet, SheetColumn};
use crate::model::chain::difficulty::{BLOCKS_PER_EPOCH, TARGET_INTERVAL_S};
use crate::model::chain::hashprice::HASHES_PER_DIFFICULTY;
use crate::units::{BtcPrice, HashRate, Hashes, Seconds};
use crate::world::market::record;

/// Factor between a stated hash rate and the one that difficulty and times give, from which the
/// unit must be another.
pub(crate) const WRONG_UNIT: f64 = 100.0;

/// Places of the columns of a HISTORY file.
struct HistoryColumns {
    epoch: SheetColumn,
    first_height: SheetColumn,
    first_time: SheetColumn,
    bits: SheetColumn,
    difficulty: SheetColumn,
    hash_rate: SheetColumn,
    price: SheetColumn,
    fee_share: SheetColumn,
}

impl HistoryColumns {
    /// Finds the columns, in any order and among others.
    fn from_sheet(sheet: &Sheet) -> Result<Self, FileError> {
        let layout = COLUMNS.join(",");
        let [epoch, first_height, first_time, bits, difficulty, hash_rate, price, fee_share] =
            COLUMNS.map(|name| sheet.needed(name, &layout));
        Ok(Self {
            epoch: epoch?,
            first_height: first_height?,
            first_time: first_time?,
            bits: bits?,
            difficulty: difficulty?,
            hash_rate: hash_rate?,
            price: price?,
            fee_share: fee_share?,
        })
    }

    /// An epoch whose values are possible.
    fn epoch(&self, row: &Row) -> Result<HistoryEpoch, FileError> {
        let epoch = row.whole(&self.epoch)?;
        let bits = row.bits(&self.bits)?;
        row.check_difficulty(&self.difficulty, bits)?;
        let share = |value: f64| (0.0..1.0).contains(&value);
        Ok(HistoryEpoch {
            epoch,
            first_height: height_of(row, &self.first_height, epoch)?,
            first_time: row.time(&self.first_time)?,
            bits,
            difficulty: bits.difficulty(),
            hash_rate: HashRate::from_ehs(row.positive(&self.hash_rate)?),
            price: BtcPrice(row.positive(&self.price)?),
            fee_share: row.number(&self.fee_share, "a share from 0 to below 1", share)?,
        })
    }

    /// Refuses an epoch that cannot follow the one before.
    fn check_pair(
        &self,
        row: &Row,
        before: &HistoryEpoch,
        epoch: &HistoryEpoch,
    ) -> Result<(), FileError> {
        let due = before.epoch + 1;
        if epoch.epoch != due {
            let allowed = format!("{due}, which follows {} in the row before", before.epoch);
            return Err(row.refused(&self.epoch, allowed));
        }
        if epoch.first_time <= before.first_time {
            let allowed =
                format!("after {}, the first time of epoch {}", before.first_time, before.epoch);
            return Err(row.refused(&self.first_time, allowed));
        }
        let end = EpochEnd::Before(epoch.first_time);
        if verdict(before.bits, before.first_time, end, epoch.bits) == TargetVerdict::Impossible {
            let allowed = format!(
                "what Bitcoin's retarget rule makes of {} after an epoch of {} s",
                before.bits,
                epoch.first_time - before.first_time
            );
            return Err(row.refused(&self.bits, allowed));
        }
        Ok(())
    }

    /// Refuses a hash rate in another unit.
    fn check_unit(&self, row: &Row, epoch: &HistoryEpoch) -> Result<(), FileError> {
        let scheduled = hash_rate(epoch.difficulty, 1, Seconds(TARGET_INTERVAL_S));
        let ratio = epoch.hash_rate / scheduled;
        if (1.0 / WRONG_UNIT..=WRONG_UNIT).contains(&ratio) {
            return Ok(());
        }
        let allowed = format!(
            "in EH/s: at this difficulty blocks every ten minutes take {:.6} EH/s",
            scheduled.ehs()
        );
        Err(row.refused(&self.hash_rate, allowed))
    }
}

/// Hash rate at which `blocks` of difficulty D take a time: `H = blocks·D·2³²/time`.
#[must_use]
pub(crate) fn hash_rate(difficulty: f64, blocks: u32, time: Seconds) -> HashRate {
    Hashes(f64::from(blocks) * difficulty * HASHES_PER_DIFFICULTY) / time
}

/// The first height of an epoch.
///
/// # Errors
/// What stands there is another.
pub(crate) fn height_of(row: &Row, column: &SheetColumn, epoch: u32) -> Result<u32, FileError> {
    let height = row.whole(column)?;
    let due = epoch.checked_mul(BLOCKS_PER_EPOCH);
    if due == Some(height) {
        return Ok(height);
    }
    let due = due.map_or_else(|| "a height that any chain reached".to_owned(), |h| h.to_string());
    Err(row.refused(column, format!("{due}, which is 2016 times epoch {epoch}")))
}

/// By how much a price may lie outside the range of its year in a history, as a factor: histories
/// hold made-up prices too, and a wrong unit is off by more.
const OTHER_UNIT: f64 = 20.0;
/// Fee share of an epoch from which fees must be in another unit; the largest so far is 0.31.
const LARGEST_SHARE: f64 = 0.9;

/// Refuses a price in another unit, and fees that are nearly the whole reward.
fn check_money(columns: &HistoryColumns, row: &Row, epoch: &HistoryEpoch) -> Result<(), FileError> {
    if let Some(allowed) = record::objection(epoch.first_time, epoch.price.0, OTHER_UNIT) {
        return Err(row.refused(&columns.price, allowed));
    }
    if epoch.fee_share > LARGEST_SHARE {
        let allowed = format!(
            "a fee share of any epoch so far: 0.31 is the largest, and above {LARGEST_SHARE} fees are \
             in another unit than the subsidy"
        );
        return Err(row.refused(&columns.fee_share, allowed));
    }
    Ok(())
}

impl History {
    /// Reads the text of a HISTORY file; `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`History::read`].
    pub fn parse(name: &str, text: &str) -> Result<Self, FileError> {
        let rows = rows(&mut sheet::from_bytes(name.to_owned(), text.as_bytes().to_vec())?)?;
        Ok(Self { epochs: rows.into_iter().map(|(_, epoch)| epoch).collect() })
    }

    /// Reads a HISTORY file: consecutive epochs, oldest first. Columns may stand in any order, among
    /// others.
    ///
    /// # Errors
    /// The file cannot be read, holds no row, or one that is impossible in itself or after the one
    /// before: see [`FileError::Cell`].
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let rows = rows(&mut sheet::open(path)?)?;
        Ok(Self { epochs: rows.into_iter().map(|(_, epoch)| epoch).collect() })
    }
}

/// The epochs of an open HISTORY file with their lines.
///
/// # Errors
/// As [`History::read`].
pub(crate) fn rows(sheet: &mut Sheet) -> Result<Vec<(u64, HistoryEpoch)>, FileError> {
    let columns = HistoryColumns::from_sheet(sheet)?;
    let mut rows: Vec<(u64, HistoryEpoch)> = Vec::new();
    while let Some(row) = sheet.needed_row()? {
        let epoch = columns.epoch(&row)?;
        columns.check_unit(&row, &epoch)?;
        check_money(&columns, &row, &epoch)?;
        if let Some((_, before)) = rows.last() {
            columns.check_pair(&row, before, &epoch)?;
        }
        rows.push((row.line(), epoch));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "epoch,first_height,first_time,bits,difficulty,hash_rate_ehs,price_usd,fee_share";
    const EPOCH_452: &str =
        "452,911232,1755895678,17022b91,129699156960681,972.554,111358.51,0.00878";
    const EPOCH_453: &str =
        "453,913248,1757050390,170211ac,136039872848261,1018.56,114182.76,0.00874";

    fn read(lines: &[&str]) -> Result<History, FileError> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), lines.join("\n")).expect("written");
        History::read(file.path())
    }

    fn refusal(lines: &[&str]) -> String {
        read(lines).expect_err("impossible").to_string()
    }

    #[test]
    fn what_is_written_is_read_back_and_written_again() {
        let history = read(&[HEADER, EPOCH_452, EPOCH_453]).expect("valid");
        assert_eq!(history.text(), [HEADER, EPOCH_452, EPOCH_453, ""].join("\n"));
        assert_eq!(history.position(453), Some(1));
        assert_eq!((history.position(451), history.position(454)), (None, None));
        let mut written = Vec::new();
        history.write(&mut written).expect("memory takes it");
        assert_eq!(written, history.text().into_bytes());
    }

    #[test]
    fn columns_may_stand_in_any_order_among_others() {
        let header =
            "note,fee_share,price_usd,hash_rate_ehs,difficulty,bits,first_time,first_height,epoch";
        let row = "x,0.00878,111358.51,972.554,129699156960681,17022b91,1755895678,911232,452";
        let history = read(&[header, row]).expect("valid");
        assert_eq!(history, read(&[HEADER, EPOCH_452]).expect("valid"));
    }

    #[test]
    fn the_difficulty_is_that_of_the_bits() {
        let epoch = read(&[HEADER, EPOCH_452]).expect("valid").epochs[0];
        assert_eq!(epoch.difficulty, epoch.bits.difficulty());
        let wrong = EPOCH_452.replace("129699156960681", "129699456960681");
        let message = refusal(&[HEADER, &wrong]);
        assert!(
            message
                .contains("line 2, column `difficulty`: `129699456960681` is not the difficulty"),
            "{message}"
        );
    }

    #[test]
    fn impossible_cells_are_named_by_line_column_and_value() {
        let cases = [
            ("972.554", "-1", "column `hash_rate_ehs`: `-1` is not a number above zero"),
            ("972.554", "972554000", "`972554000` is not in EH/s"),
            ("111358.51", "0", "column `price_usd`: `0` is not a number above zero"),
            ("111358.51", "NaN", "column `price_usd`: `NaN`"),
            ("0.00878", "1", "column `fee_share`: `1` is not a share from 0 to below 1"),
            ("17022b91", "1e022b91", "column `bits`: `1e022b91` is not a compact target"),
            ("17022b91", "bits", "must be eight hexadecimal digits"),
            ("911232", "911233", "column `first_height`: `911233` is not 911232"),
            ("1755895678", "soon", "column `first_time`: `soon` is not a time"),
            ("452,", "4294967295,", "is not a height that any chain reached"),
        ];
        for (right, wrong, expected) in cases {
            let message = refusal(&[HEADER, &EPOCH_452.replacen(right, wrong, 1)]);
            assert!(message.contains("line 2") && message.contains(expected), "{message}");
        }
    }

    #[test]
    fn epochs_must_follow_one_another() {
        let message = refusal(&[HEADER, EPOCH_453, EPOCH_452]);
        assert!(message.contains("line 3, column `epoch`: `452` is not 454"), "{message}");
        let early = EPOCH_453.replace("1757050390", "1755895678");
        let message = refusal(&[HEADER, EPOCH_452, &early]);
        assert!(message.contains("column `first_time`: `1755895678` is not after"), "{message}");
        let unmoved = EPOCH_453.replace("170211ac", "17022b91");
        let unmoved = unmoved.replace("136039872848261", "129699156960681");
        let message = refusal(&[HEADER, EPOCH_452, &unmoved]);
        assert!(message.contains("column `bits`: `17022b91` is not what Bitcoin"), "{message}");
    }

    #[test]
    fn files_that_are_no_history_say_what_is_missing() {
        let message = refusal(&["epoch,first_height", "1,2016"]);
        assert!(message.contains("no column `first_time`; epoch,first_height,"), "{message}");
        assert!(refusal(&[HEADER]).contains("holds no row"));
        let message = refusal(&[HEADER, "452,911232"]);
        assert!(
            message.contains("not readable as CSV") && message.contains("line: 2"),
            "{message}"
        );
        assert!(refusal(&["epoch,epoch", "1,1"]).contains("column `epoch` is there twice"));
        assert!(matches!(History::read(Path::new("nowhere")), Err(FileError::Disk { .. })));
    }
}
