//! Whether rows are those of the units they should be of, told while they pass by.

use crate::study::store::table::Table;

/// Compares the units of rows with the units that are wanted, in order.
pub(crate) struct UnitOrderCheck<I> {
    wanted: I,
    last: Option<(Vec<u8>, u32)>,
    one_row_each: bool,
}

impl<'p, I: Iterator<Item = (&'p str, u32)>> UnitOrderCheck<I> {
    /// Scenario and replicate of every unit wanted; each has one row, or any number but none.
    pub(crate) const fn new(wanted: I, one_row_each: bool) -> Self {
        Self { wanted, last: None, one_row_each }
    }

    /// Whether the rows, which follow those seen before, go on with the units wanted.
    pub(crate) fn accepts(&mut self, table: &Table) -> bool {
        (0..table.rows())
            .all(|row| table.unit_of(row).is_some_and(|(name, number)| self.next(name, number)))
    }

    /// Whether no unit is left that had no rows.
    pub(crate) fn completes(mut self) -> bool {
        self.wanted.next().is_none()
    }

    fn next(&mut self, scenario: &[u8], replicate: u32) -> bool {
        let same = |(name, number): &(Vec<u8>, u32)| name == scenario && *number == replicate;
        if !self.one_row_each && self.last.as_ref().is_some_and(same) {
            return true;
        }
        let (name, number) = self.last.get_or_insert_default();
        scenario.clone_into(name);
        *number = replicate;
        self.wanted
            .next()
            .is_some_and(|(name, number)| name.as_bytes() == scenario && number == replicate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::store::table::ColumnCells;
    use parquet::data_type::ByteArray;

    const WANTED: [(&str, u32); 3] = [("a", 0), ("a", 1), ("b", 0)];

    fn rows(units: &[(&str, i32)]) -> Table {
        let names = units.iter().map(|(name, _)| ByteArray::from(*name)).collect();
        let numbers = units.iter().map(|(_, number)| *number).collect();
        Table { columns: vec![ColumnCells::Text(names), ColumnCells::Integer(numbers)] }
    }

    fn holds(one_row_each: bool, tables: &[&[(&str, i32)]]) -> bool {
        let mut check = UnitOrderCheck::new(WANTED.into_iter(), one_row_each);
        tables.iter().all(|units| check.accepts(&rows(units))) && check.completes()
    }

    #[test]
    fn every_unit_once_and_in_order_is_accepted_across_tables() {
        assert!(holds(true, &[&[("a", 0), ("a", 1)], &[("b", 0)]]));
        assert!(holds(false, &[&[("a", 0), ("a", 0), ("a", 1)], &[("a", 1), ("b", 0)]]));
    }

    #[test]
    fn what_is_doubled_missing_strange_or_out_of_order_is_refused() {
        assert!(!holds(true, &[&[("a", 0), ("a", 0), ("a", 1), ("b", 0)]]));
        assert!(!holds(true, &[&[("a", 0), ("b", 0)]]));
        assert!(!holds(true, &[&[("a", 0), ("a", 1)]]));
        assert!(!holds(false, &[&[("a", 1), ("a", 0), ("b", 0)]]));
        assert!(!holds(false, &[&[("a", 0), ("a", 1), ("a", 0), ("b", 0)]]));
        assert!(!holds(false, &[&[("a", 0), ("a", 1), ("b", 0), ("c", 0)]]));
        assert!(!holds(false, &[&[("a", 0), ("a", 1), ("b", -1)]]));
    }
}
