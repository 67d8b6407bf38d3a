//! Which chain states can be: the checks behind every [`Spec`].

use std::ops::Range;

use thiserror::Error;

use super::{Chain, Spec};
use crate::model::difficulty::{BLOCKS_PER_EPOCH, CompactTarget};

/// Unix time of the first block, s.
const GENESIS_TIME: u32 = 1_231_006_505;
/// Headers may run ahead of the clock by two hours.
const HEADER_DRIFT: u32 = 7_200;
/// Leaves room for millennia of blocks above it.
const HIGHEST_START: u32 = 100_000_000;
const SECONDS_PER_DAY: u32 = 86_400;

/// A value of the chain's spec that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key} = {value}: {allowed}")]
pub struct SpecError {
    /// Key in the experiment's `[chain]` table.
    pub key: &'static str,
    /// Value found.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

impl Spec {
    /// Whether the simulation can start from this state.
    ///
    /// # Errors
    /// The first key that does not fit, its value and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        Chain::new(self).map(drop).map_err(|error| error.to_string())
    }

    /// The compact target, if it is one and the rest of the spec fits together.
    pub(super) fn checked_bits(&self) -> Result<CompactTarget, SpecError> {
        self.check_day()?;
        self.check_height()?;
        self.check_epoch()?;
        self.bits.parse().map_err(|error| refuse("bits", &self.bits, format!("{error}")))
    }

    fn check_day(&self) -> Result<(), SpecError> {
        let days = days_since_1970(&self.first_day).ok_or_else(|| {
            let allowed = "must be a day of the calendar as YYYY-MM-DD, 2009 to 2099".to_owned();
            refuse("first_day", &self.first_day, allowed)
        })?;
        let midnight = days * SECONDS_PER_DAY;
        if self.unix_time == midnight && midnight >= GENESIS_TIME {
            return Ok(());
        }
        let allowed = format!(
            "must be the midnight (UTC) of first_day, {midnight}, and not before the first block"
        );
        Err(refuse("unix_time", &self.unix_time, allowed))
    }

    fn check_height(&self) -> Result<(), SpecError> {
        if self.height <= HIGHEST_START {
            return Ok(());
        }
        Err(refuse("height", &self.height, format!("must be at most {HIGHEST_START}")))
    }

    /// The first block of the epoch is past, unless the next block starts another.
    fn check_epoch(&self) -> Result<(), SpecError> {
        let starts_an_epoch = (self.height + 1).is_multiple_of(BLOCKS_PER_EPOCH);
        let latest = self.unix_time.saturating_add(HEADER_DRIFT);
        if starts_an_epoch || (GENESIS_TIME..=latest).contains(&self.epoch_first_time) {
            return Ok(());
        }
        let allowed = format!("must lie between {GENESIS_TIME} and {latest}");
        Err(refuse("epoch_first_time", &self.epoch_first_time, allowed))
    }
}

fn refuse(key: &'static str, value: &impl ToString, allowed: String) -> SpecError {
    SpecError { key, value: value.to_string(), allowed }
}

/// Days from 1970-01-01 to a day of 2009 to 2099 (in which every fourth year is a leap year).
fn days_since_1970(date: &str) -> Option<u32> {
    let digits = |range: Range<usize>| {
        date.get(range)?.bytes().try_fold(0_u32, |number, byte| {
            byte.is_ascii_digit().then(|| 10 * number + u32::from(byte - b'0'))
        })
    };
    let dashed = date.len() == 10 && date.get(4..5)? == "-" && date.get(7..8)? == "-";
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let leap = year.is_multiple_of(4);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(month.checked_sub(1)? as usize)?;
    if !dashed || !(2009..=2099).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    let before_month: u32 = lengths.iter().take(month as usize - 1).sum();
    Some((year - 1970) * 365 + (year - 1969) / 4 + before_month + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::state::tests::october_2025;

    #[test]
    fn days_count_from_1970() {
        assert_eq!(days_since_1970("2009-01-03"), Some(14_247));
        assert_eq!(days_since_1970("2024-02-29"), Some(19_782));
        assert_eq!(days_since_1970("2024-03-01"), Some(19_783));
        assert_eq!(days_since_1970("2025-10-01"), Some(20_362));
        for wrong in
            ["2025-02-29", "2025-13-01", "2025-00-10", "2025-1-10", "2025/10/01", "", "2025-10-0é"]
        {
            assert_eq!(days_since_1970(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_start_of_october_2025_is_accepted() {
        assert_eq!(october_2025().check(), Ok(()));
    }

    #[test]
    fn a_wrong_value_is_refused_by_key_value_and_what_is_allowed() {
        type Fault = fn(&mut Spec);
        let faults: [(Fault, &str); 6] = [
            (
                |spec| spec.bits = "1701fa3".into(),
                "bits = 1701fa3: must be eight hexadecimal digits such as 1701fa38",
            ),
            (
                |spec| spec.bits = "1e00ffff".into(),
                "bits = 1e00ffff: must not be easier than 1d00ffff",
            ),
            (
                |spec| spec.first_day = "1 October".into(),
                "first_day = 1 October: must be a day of the calendar as YYYY-MM-DD, 2009 to 2099",
            ),
            (
                |spec| spec.unix_time += 1,
                "unix_time = 1759276801: must be the midnight (UTC) of first_day, 1759276800, \
                 and not before the first block",
            ),
            (|spec| spec.height = u32::MAX, "height = 4294967295: must be at most 100000000"),
            (
                |spec| spec.epoch_first_time = 0,
                "epoch_first_time = 0: must lie between 1231006505 and 1759284000",
            ),
        ];
        for (fault, message) in faults {
            let mut spec = october_2025();
            fault(&mut spec);
            assert_eq!(spec.check(), Err(message.to_owned()));
        }
    }
}
