//! The security record of a day.

use super::attack::price_attack;
use super::deterrence::record_deterrence;
use super::deviation::record_deviation;
use super::layers::record_concentration;
use super::{NetworkView, Scratch, SecurityRecord, SecuritySpec};

/// Prices the attack, what it deters and what a smaller coalition can do, and measures
/// concentration. Reads only; finite for any network, a dead one included.
#[must_use]
pub fn observe(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    scratch: &mut Scratch,
) -> SecurityRecord {
    let mut record =
        SecurityRecord { attack: price_attack(spec, view, scratch), ..SecurityRecord::default() };
    record_concentration(spec, view, scratch, &mut record);
    record_deterrence(spec, view, &mut record);
    record_deviation(spec, view, &mut record);
    record
}
