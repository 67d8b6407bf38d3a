//! What a majority attack costs by what the attacker may use and by how long it prepares.

use super::record::{AttackRecord, ComparedAttacks};
use super::{NetworkView, Scratch, SecuritySpec, offers};
use crate::model::attack::attainable::{AttainableAttack, attainable_attack};

/// Prices every assumption at every preparation compared. `record` is the attack of the day: where
/// it has as long to prepare, its mix is the one wanted and is not sought twice.
pub(crate) fn compare_attacks(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    scratch: &mut Scratch,
    record: &AttackRecord,
) -> ComparedAttacks {
    let Scratch { offers, purchase, .. } = scratch;
    let mut compared = ComparedAttacks::default();
    let columns = compared.mix.iter_mut().zip(&mut compared.no_sale);
    for (&days, (mix, no_sale)) in spec.preparation_days_compared.iter().zip(columns) {
        let terms = offers::terms(spec, view, days);
        *mix = if days.to_bits() == spec.preparation_days.to_bits() {
            AttainableAttack::of(record.gross, record.bill.shortfall, record.needed_added)
        } else {
            offers::to_buy_or_hire(spec, view, days, offers);
            attainable_attack(view.honest, offers, &terms, purchase)
        };
        offers::of_nobody_who_mines(spec, view, days, offers);
        *no_sale = attainable_attack(view.honest, offers, &terms, purchase);
    }
    offers::to_hire(spec, view, offers);
    let terms = offers::terms(spec, view, spec.preparation_days);
    compared.hired_only = attainable_attack(view.honest, offers, &terms, purchase);
    compared
}
