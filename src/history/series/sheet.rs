//! A CSV file, or an answer of mempool.space, as a sheet, and the cells that only histories have.

use std::path::Path;

use super::mempool_space;
use crate::clock::unix_seconds;
use crate::files::error::FileError;
use crate::files::foreign::time_hint;
use crate::files::sheet::{Row, Sheet, SheetColumn};
use crate::model::chain::difficulty::CompactTarget;

/// What is said of text that is no CSV.
const ADVICE: &str = "; UTF-8 text with as many fields in each row as in the header is needed";
/// What a time may look like.
const ALLOWED_TIME: &str =
    "a time in Unix seconds or ISO 8601, such as 1713571767 or 2024-04-20T00:09:27Z";

/// Opens a file and reads its header.
///
/// # Errors
/// It cannot be read, is neither CSV nor an answer of mempool.space, or two of its columns have one
/// name.
pub(crate) fn open(path: &Path) -> Result<Sheet, FileError> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(FileError::disk(path))?;
    if mempool_space::is_json(&bytes) {
        let foreign = |problem: String| FileError::whole(&file, problem);
        let text = mempool_space::read(&bytes).map_err(foreign)?.csv();
        return from_bytes(format!("{file} (entry n as line n + 1)"), text.into_bytes());
    }
    from_bytes(file, bytes)
}

/// A sheet of a text; `file` is its name for messages.
///
/// # Errors
/// As [`open`].
pub(crate) fn from_bytes(file: String, bytes: Vec<u8>) -> Result<Sheet, FileError> {
    let sheet = Sheet::of(file, bytes, ADVICE)?;
    sheet.refuse_doubled_columns()?;
    Ok(sheet)
}

/// Cells that only histories have.
pub(crate) trait HistoryCells {
    /// Unix seconds.
    fn time(&self, column: &SheetColumn) -> Result<i64, FileError>;

    /// A target in compact form: eight hexadecimal digits, with or without `0x`, or the same number
    /// in decimal, which has nine or ten digits.
    fn bits(&self, column: &SheetColumn) -> Result<CompactTarget, FileError>;

    /// Refuses a stated difficulty that is not that of the target, within 10⁻⁶ or within the digits
    /// that are printed.
    fn check_difficulty(&self, column: &SheetColumn, bits: CompactTarget) -> Result<(), FileError>;
}

impl HistoryCells for Row<'_> {
    fn time(&self, column: &SheetColumn) -> Result<i64, FileError> {
        let text = self.text(column);
        let refused = || self.refused(column, format!("{ALLOWED_TIME}{}", time_hint(text)));
        unix_seconds(text).ok_or_else(refused)
    }

    fn bits(&self, column: &SheetColumn) -> Result<CompactTarget, FileError> {
        let text = self.text(column);
        let decimal = (9..=10).contains(&text.len()).then(|| text.parse::<u32>().ok()).flatten();
        let target = match decimal {
            Some(bits) => CompactTarget::new(bits),
            None => text.strip_prefix("0x").unwrap_or(text).parse(),
        };
        target.map_err(|reason| {
            self.refused(column, format!("a compact target of Bitcoin's main chain: it {reason}"))
        })
    }

    fn check_difficulty(&self, column: &SheetColumn, bits: CompactTarget) -> Result<(), FileError> {
        let stated = self.positive(column)?;
        let text = self.text(column);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let printed = if plain { 0.501 * libm::pow(10.0, -(decimals as f64)) } else { 0.0 };
        let difficulty = bits.difficulty();
        if (stated - difficulty).abs() <= printed.max(1e-6 * difficulty) {
            return Ok(());
        }
        let hint = power_of_thousand(stated / difficulty);
        let allowed = format!("the difficulty of bits {bits}, which is {difficulty}{hint}");
        Err(self.refused(column, allowed))
    }
}

/// The unit that a number seems to have which is so many times what it should be.
pub(crate) fn power_of_thousand(ratio: f64) -> &'static str {
    let power = if ratio > 0.0 { libm::round(libm::log10(ratio) / 3.0) } else { 0.0 };
    let near = (ratio / libm::pow(1_000.0, power) - 1.0).abs() < 0.05;
    match power as i32 {
        -1 if near => ", so this is in thousands (k)",
        -2 if near => ", so this is in millions (M)",
        -3 if near => ", so this is in billions (G)",
        -4 if near => ", so this is in trillions (T)",
        -5 if near => ", so this is in P",
        _ => "",
    }
}
