//! Whether an epoch's target follows from the one before, as far as known times tell.

use std::ops::RangeInclusive;

use crate::model::chain::difficulty::{CompactTarget, retarget};

/// By how much the time of a later block may be earlier, s: nodes take blocks up to two hours ahead
/// of their clocks.
pub(crate) const BACKWARDS_S: i64 = 7_200;
/// Longest wait for a block that is thought possible, s; chance alone exceeds it once in e¹⁴⁴ blocks.
const LONGEST_WAIT_S: i64 = 86_400;
/// By how much a stated last time may be off before it contradicts the rule, s.
const STATED_S: i64 = 60;

/// When the last block of an epoch was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EpochEnd {
    /// At this time.
    Known(i64),
    /// Before the next epoch's first block, which has this time.
    Before(i64),
}

/// What the times say about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetVerdict {
    /// The rule gives it.
    Follows,
    /// The rule gives it only when header times are off by more than is usual.
    Doubtful,
    /// The rule cannot give it.
    Impossible,
}

/// Whether Bitcoin's rule leads from `bits` to `next` at the end of an epoch.
///
/// A known last time must give the target bit for bit; a minute beside it is doubtful. An unknown one
/// lies within two hours of the next epoch's first block; up to a day before is doubtful.
#[must_use]
pub(crate) fn verdict(
    bits: CompactTarget,
    first_time: i64,
    end: EpochEnd,
    next: CompactTarget,
) -> TargetVerdict {
    let (usual, possible) = match end {
        EpochEnd::Known(last) => (last..=last, last - STATED_S..=last + STATED_S),
        EpochEnd::Before(next) => {
            (next - BACKWARDS_S..=next + BACKWARDS_S, next - LONGEST_WAIT_S..=next + BACKWARDS_S)
        }
    };
    let leads = |last: RangeInclusive<i64>| {
        let target = |time: i64| retarget(bits, time - first_time).target();
        (target(*last.start())..=target(*last.end())).contains(&next.target())
    };
    match (leads(usual), leads(possible)) {
        (true, _) => TargetVerdict::Follows,
        (_, true) => TargetVerdict::Doubtful,
        _ => TargetVerdict::Impossible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn compact(text: &str) -> CompactTarget {
        text.parse().expect("the test names a valid target")
    }

    /// Epochs 453 and 454.
    fn of_453(end: EpochEnd, next: &str) -> TargetVerdict {
        verdict(compact("170211ac"), 1_757_050_390, end, compact(next))
    }

    #[test]
    fn a_known_last_time_gives_the_target_bit_for_bit() {
        assert_eq!(of_453(EpochEnd::Known(1_758_206_431), "1701fa38"), TargetVerdict::Follows);
        assert_eq!(
            of_453(EpochEnd::Known(1_758_206_431 + 30), "1701fa38"),
            TargetVerdict::Doubtful
        );
        assert_eq!(
            of_453(EpochEnd::Known(1_758_206_431 + 600), "1701fa38"),
            TargetVerdict::Impossible
        );
        assert_eq!(of_453(EpochEnd::Known(1_758_206_431), "170211ac"), TargetVerdict::Impossible);
    }

    #[test]
    fn an_unknown_last_time_leaves_the_target_some_room() {
        let next = 1_758_206_848;
        assert_eq!(of_453(EpochEnd::Before(next), "1701fa38"), TargetVerdict::Follows);
        assert_eq!(of_453(EpochEnd::Before(next + DAY / 2), "1701fa38"), TargetVerdict::Doubtful);
        assert_eq!(of_453(EpochEnd::Before(next - DAY / 2), "1701fa38"), TargetVerdict::Impossible);
        assert_eq!(of_453(EpochEnd::Before(next + 2 * DAY), "1701fa38"), TargetVerdict::Impossible);
    }

    #[test]
    fn at_the_limits_of_the_rule_times_do_not_matter() {
        let easiest = CompactTarget::LIMIT;
        assert_eq!(
            verdict(easiest, 0, EpochEnd::Before(90 * DAY), easiest),
            TargetVerdict::Follows
        );
        let hard = compact("1b0404cb");
        let quarter = retarget(hard, 0);
        assert_eq!(verdict(hard, 0, EpochEnd::Before(DAY), quarter), TargetVerdict::Follows);
    }
}
