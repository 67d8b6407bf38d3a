//! Rows that hold the sum of the others, which are no entity.

use std::collections::BTreeMap;

use super::counts::CountEntry;
use super::error::MeasureError;
use super::layout::CountKey;
use super::names::{Names, is_total, shown};
use crate::files::foreign::listed;

/// Blocks of an entity and of all, at each day or epoch at which the entity has a row.
type Pairs = Vec<(u64, u64)>;

/// Refuses an entity that is called a total and has as many blocks as all others together, and notes
/// entities that may be totals by their name or by their blocks.
pub(super) fn check(
    file: &str,
    key: CountKey,
    names: &Names,
    entries: &[CountEntry],
) -> Result<Option<String>, MeasureError> {
    let counted = key != CountKey::Height;
    let mut sums: BTreeMap<i64, (u64, usize)> = BTreeMap::new();
    for entry in entries {
        let (blocks, rows) = sums.entry(entry.at).or_default();
        *blocks += u64::from(entry.blocks);
        *rows += usize::from(entry.blocks > 0);
    }
    let mut suspects: BTreeMap<u32, Pairs> = BTreeMap::new();
    let mut cleared = vec![false; names.len()];
    for entry in entries {
        let (all, rows) = sums[&entry.at];
        let (blocks, named) = (u64::from(entry.blocks), is_total(names.name(entry.entity)));
        if named || counted && rows > 2 && 2 * blocks == all {
            suspects.entry(entry.entity).or_default().push((blocks, all));
        } else {
            cleared[entry.entity as usize] = true;
        }
    }
    suspects.retain(|entity, pairs| {
        is_total(names.name(*entity)) || pairs.len() > 1 && !cleared[*entity as usize]
    });
    let is_sum = |pairs: &Pairs| pairs.iter().all(|(blocks, all)| 2 * blocks >= *all);
    let is_refused = |(entity, pairs): &(&u32, &Pairs)| {
        counted && is_total(names.name(**entity)) && names.len() > 1 && is_sum(pairs)
    };
    if let Some((entity, _)) = suspects.iter().find(is_refused) {
        return Err(MeasureError::Total {
            file: file.to_owned(),
            name: shown(names.name(*entity)),
        });
    }
    let suspects: Vec<&str> = suspects.keys().map(|entity| names.name(*entity)).collect();
    Ok((!suspects.is_empty()).then(|| {
        format!(
            "{} counts as an entity like any other; if it is a total of the others, remove its rows",
            listed(suspects.into_iter())
        )
    }))
}
