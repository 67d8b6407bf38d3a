//! The columns of a record, all groups of them.

use super::column::Column;
use super::columns_network::{NETWORK, Record, SUPPLY};
use super::columns_security::{ATTACK, COMPARED, SECURITY};

/// Columns of `series.parquet` after the keys `scenario`, `replicate`, `day`, `height`.
pub const SERIES: &[Column<Record>] = &join::<
    { NETWORK.len() + SUPPLY.len() + ATTACK.len() + COMPARED.len() + SECURITY.len() },
>([NETWORK, SUPPLY, ATTACK, COMPARED, SECURITY]);

/// Groups of columns, one after the other.
const fn join<const N: usize>(groups: [&[Column<Record>]; 5]) -> [Column<Record>; N] {
    let mut all = [groups[0][0]; N];
    let (mut group, mut place) = (0, 0);
    while group < groups.len() {
        let mut index = 0;
        while index < groups[group].len() {
            all[place] = groups[group][index];
            (index, place) = (index + 1, place + 1);
        }
        group += 1;
    }
    all
}
