//! The security record of a day.

use super::attack::price_attack;
use super::comparison::compare_attacks;
use super::deterrence::record_deterrence;
use super::deviation::record_deviation;
use super::layers::record_concentration;
use super::{NetworkView, Scratch, SecurityRecord, SecuritySpec};

/// Prices the attack, what it deters and what a smaller coalition can do, and measures
/// concentration. Reads only; finite for any network, a dead one included, but
/// for the cost of an attack that cannot be had, which is none.
#[must_use]
pub fn observe(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    scratch: &mut Scratch,
) -> SecurityRecord {
    let attack = price_attack(spec, view, scratch);
    let compared = compare_attacks(spec, view, scratch, &attack);
    let mut record = SecurityRecord { attack, compared, ..SecurityRecord::default() };
    record_concentration(spec, view, scratch, &mut record);
    record_deterrence(spec, view, &mut record);
    record_deviation(spec, view, &mut record);
    record
}
