//! Which chain states can be: the checks behind every [`ChainSpec`].

use thiserror::Error;

use super::{Chain, ChainSpec};
use crate::clock::unix_day;
use crate::model::chain::difficulty::{BLOCKS_PER_EPOCH, CompactTarget};

/// Unix time of the first block, s.
const GENESIS_TIME: u32 = 1_231_006_505;
/// Headers may run ahead of the clock by two hours.
const HEADER_DRIFT: u32 = 7_200;
/// Leaves room for millennia of blocks above it.
const HIGHEST_START: u32 = 100_000_000;
const SECONDS_PER_DAY: u32 = 86_400;
/// Days since 1970 from 2009-01-01 to 2099-12-31.
const DAYS: std::ops::RangeInclusive<u32> = 14_245..=47_481;

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

impl ChainSpec {
    /// Whether the simulation can start from this state.
    ///
    /// # Errors
    /// The first key that does not fit, its value and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        Chain::new(self).map(drop).map_err(|error| error.to_string())
    }

    /// The compact target, if it is one and the rest of the spec fits together.
    pub(crate) fn checked_bits(&self) -> Result<CompactTarget, SpecError> {
        self.check_day()?;
        self.check_height()?;
        self.check_epoch()?;
        self.bits.parse().map_err(|error| refuse("bits", &self.bits, format!("{error}")))
    }

    fn check_day(&self) -> Result<(), SpecError> {
        let days = unix_day(&self.first_day)
            .and_then(|days| u32::try_from(days).ok())
            .filter(|days| DAYS.contains(days))
            .ok_or_else(|| {
                let allowed = "must be a day YYYY-MM-DD of 2009 to 2099".to_owned();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::chain::state::tests::october_2025;

    #[test]
    fn the_start_of_october_2025_is_accepted() {
        assert_eq!(october_2025().check(), Ok(()));
    }

    #[test]
    fn a_wrong_value_is_refused_by_key_value_and_what_is_allowed() {
        type Fault = fn(&mut ChainSpec);
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
                "first_day = 1 October: must be a day YYYY-MM-DD of 2009 to 2099",
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
