//! What is doubtful and not impossible: counted by kind, with the first few cases in words.

use std::collections::BTreeMap;

/// Cases of a kind that are told.
const FEW: usize = 3;

/// Doubtful cases by kind.
#[derive(Clone, Debug, Default)]
pub struct Doubts {
    kinds: BTreeMap<&'static str, Vec<String>>,
}

/// Cases of one kind.
#[derive(Clone, Copy, Debug)]
pub struct DoubtKind<'a> {
    /// What they have in common.
    pub name: &'static str,
    /// How many there are.
    pub count: usize,
    /// The first few.
    pub first: &'a [String],
}

impl Doubts {
    /// Adds a case.
    pub fn add(&mut self, kind: &'static str, case: String) {
        self.kinds.entry(kind).or_default().push(case);
    }

    /// The kinds, each with its first few cases.
    pub fn kinds(&self) -> impl Iterator<Item = DoubtKind<'_>> {
        self.kinds.iter().map(|(name, cases)| DoubtKind {
            name,
            count: cases.len(),
            first: &cases[..cases.len().min(FEW)],
        })
    }

    /// One line for each kind.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |kind: DoubtKind| {
            let more = if kind.count > FEW { "; …" } else { "" };
            format!("{} ({}): {}{more}", kind.name, kind.count, kind.first.join("; "))
        };
        self.kinds().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_and_its_first_cases_are_told() {
        let mut doubts = Doubts::default();
        for day in 1..=5 {
            doubts.add("days without a price", format!("day {day}"));
        }
        doubts.add("another", "case".to_owned());
        assert_eq!(
            doubts.lines(),
            ["another (1): case", "days without a price (5): day 1; day 2; day 3; …"]
        );
    }
}
