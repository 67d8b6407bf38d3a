//! Whether rows are those of the units they should be of, told while they pass by.

use crate::study::store::table::Table;

/// How many rows of a file are of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowsEach {
    /// One.
    One,
    /// Any number but none.
    Some,
    /// Any number, also none.
    Any,
}

impl RowsEach {
    /// Of a kind of file: leases are signed in some runs, and in others not.
    #[must_use]
    pub(crate) fn of(kind: &str) -> Self {
        match kind {
            "runs" => Self::One,
            "leases" => Self::Any,
            _ => Self::Some,
        }
    }
}

/// Compares the units of rows with the units that are wanted, in order.
pub(crate) struct UnitOrderCheck<I> {
    wanted: I,
    last: Option<(Vec<u8>, u32)>,
    rows: RowsEach,
}

impl<'p, I: Iterator<Item = (&'p str, u32)>> UnitOrderCheck<I> {
    /// Scenario and replicate of every unit wanted, and how many rows each has.
    pub(crate) const fn new(wanted: I, rows: RowsEach) -> Self {
        Self { wanted, last: None, rows }
    }

    /// Whether the rows, which follow those seen before, go on with the units wanted.
    pub(crate) fn accepts(&mut self, table: &Table) -> bool {
        (0..table.rows())
            .all(|row| table.unit_of(row).is_some_and(|(name, number)| self.next(name, number)))
    }

    /// Whether no unit is left that should have had rows.
    pub(crate) fn completes(mut self) -> bool {
        self.rows == RowsEach::Any || self.wanted.next().is_none()
    }

    fn next(&mut self, scenario: &[u8], replicate: u32) -> bool {
        let same = |(name, number): &(Vec<u8>, u32)| name == scenario && *number == replicate;
        if self.rows != RowsEach::One && self.last.as_ref().is_some_and(same) {
            return true;
        }
        let (name, number) = self.last.get_or_insert_default();
        scenario.clone_into(name);
        *number = replicate;
        let is_it =
            |(name, number): (&str, u32)| name.as_bytes() == scenario && number == replicate;
        match self.rows {
            RowsEach::Any => self.wanted.any(is_it),
            RowsEach::One | RowsEach::Some => self.wanted.next().is_some_and(is_it),
        }
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

    fn holds(each: RowsEach, tables: &[&[(&str, i32)]]) -> bool {
        let mut check = UnitOrderCheck::new(WANTED.into_iter(), each);
        tables.iter().all(|units| check.accepts(&rows(units))) && check.completes()
    }

    #[test]
    fn every_unit_once_and_in_order_is_accepted_across_tables() {
        assert!(holds(RowsEach::One, &[&[("a", 0), ("a", 1)], &[("b", 0)]]));
        assert!(holds(RowsEach::Some, &[&[("a", 0), ("a", 0), ("a", 1)], &[("a", 1), ("b", 0)]]));
    }

    #[test]
    fn what_is_doubled_missing_strange_or_out_of_order_is_refused() {
        assert!(!holds(RowsEach::One, &[&[("a", 0), ("a", 0), ("a", 1), ("b", 0)]]));
        assert!(!holds(RowsEach::One, &[&[("a", 0), ("b", 0)]]));
        assert!(!holds(RowsEach::One, &[&[("a", 0), ("a", 1)]]));
        assert!(!holds(RowsEach::Some, &[&[("a", 1), ("a", 0), ("b", 0)]]));
        assert!(!holds(RowsEach::Some, &[&[("a", 0), ("a", 1), ("a", 0), ("b", 0)]]));
        assert!(!holds(RowsEach::Some, &[&[("a", 0), ("a", 1), ("b", 0), ("c", 0)]]));
        assert!(!holds(RowsEach::Some, &[&[("a", 0), ("a", 1), ("b", -1)]]));
    }

    #[test]
    fn units_that_may_have_no_rows_are_passed_over_and_their_order_is_kept() {
        assert!(holds(RowsEach::Any, &[]));
        assert!(holds(RowsEach::Any, &[&[("a", 1), ("a", 1)], &[("a", 1)]]));
        assert!(holds(RowsEach::Any, &[&[("a", 0), ("b", 0)]]));
        assert!(!holds(RowsEach::Any, &[&[("b", 0), ("a", 0)]]));
        assert!(!holds(RowsEach::Any, &[&[("a", 0), ("a", 1), ("a", 0)]]));
        assert!(!holds(RowsEach::Any, &[&[("c", 0)]]));
    }
}
