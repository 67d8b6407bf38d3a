//! Whether the epochs that are known can be those of one chain.

use super::raw_series::{ChainEpoch, RawSeries};
use crate::files::error::FileError;
use crate::history::series::succession::{BACKWARDS_S, EpochEnd, TargetVerdict, verdict};

/// Checks every epoch against the one before, where that is known.
///
/// # Errors
/// Times or a target that are impossible.
pub(super) fn check(raw: &mut RawSeries) -> Result<(), FileError> {
    let mut doubtful = Vec::new();
    for (epoch, fact) in &raw.facts {
        let Some(before) = epoch.checked_sub(1).and_then(|n| raw.facts.get(&n)) else {
            continue;
        };
        check_times(raw, *epoch, before, fact)?;
        let end = before.last_time.map_or(EpochEnd::Before(fact.first_time), EpochEnd::Known);
        let allowed = || {
            format!(
                "what Bitcoin's retarget rule makes of {} at the end of epoch {}, which took {}",
                before.bits,
                epoch - 1,
                match end {
                    EpochEnd::Known(last) => format!("{} s", last - before.first_time),
                    EpochEnd::Before(next) => format!("about {} s", next - before.first_time),
                }
            )
        };
        match verdict(before.bits, before.first_time, end, fact.bits) {
            TargetVerdict::Follows => {}
            TargetVerdict::Doubtful => {
                let place = raw.at(fact.place);
                doubtful.push(format!(
                    "{place}, column `bits`: {} is not {}",
                    fact.bits,
                    allowed()
                ));
            }
            TargetVerdict::Impossible => {
                return Err(raw.refused(fact.place, "bits", fact.bits, allowed()));
            }
        }
    }
    for case in doubtful {
        raw.doubts.add("targets that follow from the one before only roughly", case);
    }
    raw.by_first_time = raw.facts.iter().map(|(epoch, fact)| (fact.first_time, *epoch)).collect();
    Ok(())
}

/// First times increase from epoch to epoch, also over epochs that are missing; a last time may be
/// later than the next first time by two hours.
fn check_times(
    raw: &RawSeries,
    epoch: u32,
    before: &ChainEpoch,
    fact: &ChainEpoch,
) -> Result<(), FileError> {
    if fact.first_time <= before.first_time {
        let (first, number) = (before.first_time, epoch - 1);
        let allowed = format!("after {first}, the first time of epoch {number}");
        return Err(raw.refused(fact.place, "first_time", fact.first_time, allowed));
    }
    match before.last_time {
        Some(last) if last > fact.first_time + BACKWARDS_S => {
            let allowed = format!(
                "at most two hours after {}, the first time of epoch {epoch}",
                fact.first_time
            );
            Err(raw.refused(before.place, "last_time", last, allowed))
        }
        _ => Ok(()),
    }
}
