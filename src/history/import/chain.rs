//! Whether the epochs that are known can be those of one chain.

use super::gathered::{Fact, Gathered};
use crate::files::error::FileError;
use crate::history::series::succession::{BACKWARDS_S, End, Verdict, verdict};

/// Checks every epoch against the one before, where that is known.
///
/// # Errors
/// Times or a target that are impossible.
pub fn check(gathered: &mut Gathered) -> Result<(), FileError> {
    let mut doubtful = Vec::new();
    for (epoch, fact) in &gathered.facts {
        let Some(before) = epoch.checked_sub(1).and_then(|n| gathered.facts.get(&n)) else {
            continue;
        };
        check_times(gathered, *epoch, before, fact)?;
        let end = before.last_time.map_or(End::Before(fact.first_time), End::Known);
        let allowed = || {
            format!(
                "what Bitcoin's retarget rule makes of {} at the end of epoch {}, which took {}",
                before.bits,
                epoch - 1,
                match end {
                    End::Known(last) => format!("{} s", last - before.first_time),
                    End::Before(next) => format!("about {} s", next - before.first_time),
                }
            )
        };
        match verdict(before.bits, before.first_time, end, fact.bits) {
            Verdict::Follows => {}
            Verdict::Doubtful => {
                let place = gathered.at(fact.place);
                doubtful.push(format!(
                    "{place}, column `bits`: {} is not {}",
                    fact.bits,
                    allowed()
                ));
            }
            Verdict::Impossible => {
                return Err(gathered.refused(fact.place, "bits", fact.bits, allowed()));
            }
        }
    }
    for case in doubtful {
        gathered.doubts.add("targets that follow from the one before only roughly", case);
    }
    gathered.by_first_time =
        gathered.facts.iter().map(|(epoch, fact)| (fact.first_time, *epoch)).collect();
    Ok(())
}

/// First times increase from epoch to epoch, also over epochs that are missing; a last time may be
/// later than the next first time by two hours.
fn check_times(
    gathered: &Gathered,
    epoch: u32,
    before: &Fact,
    fact: &Fact,
) -> Result<(), FileError> {
    if fact.first_time <= before.first_time {
        let (first, number) = (before.first_time, epoch - 1);
        let allowed = format!("after {first}, the first time of epoch {number}");
        return Err(gathered.refused(fact.place, "first_time", fact.first_time, allowed));
    }
    match before.last_time {
        Some(last) if last > fact.first_time + BACKWARDS_S => {
            let allowed = format!(
                "at most two hours after {}, the first time of epoch {epoch}",
                fact.first_time
            );
            Err(gathered.refused(before.place, "last_time", last, allowed))
        }
        _ => Ok(()),
    }
}
