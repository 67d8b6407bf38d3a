//! One outcome of all runs, by scenario and replicate.

use std::collections::{BTreeMap, HashMap};

use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;

/// One outcome of all runs.
pub(crate) struct OutcomeRuns {
    values: HashMap<String, BTreeMap<i32, f64>>,
}

impl OutcomeRuns {
    /// Reads a column.
    ///
    /// # Errors
    /// When it or the keys are missing, or the file is damaged.
    pub(super) fn read(table: &ResultTable, column: &str) -> Result<Self, ReportError> {
        let all = 0..table.rows();
        let replicates = table.integers_of("replicate", all.clone())?;
        let numbers = table.numbers_of(column, all)?;
        let mut values: HashMap<String, BTreeMap<i32, f64>> = HashMap::new();
        let mut run = replicates.into_iter().zip(numbers);
        table.strings("scenario", |scenario| {
            if let Some((replicate, value)) = run.next() {
                values.entry(scenario.to_owned()).or_default().insert(replicate, value);
            }
        })?;
        Ok(Self { values })
    }

    /// Values of one scenario, or differences of two, by replicate.
    ///
    /// # Errors
    /// When a replicate is there of only one of two scenarios.
    pub(super) fn at(&self, scenarios: &[String]) -> Result<BTreeMap<i32, f64>, String> {
        let of = |scenario: &String| self.values.get(scenario).cloned().unwrap_or_default();
        let [treatment, control] = scenarios else {
            return Ok(scenarios.first().map(of).unwrap_or_default());
        };
        let (mut values, others) = (of(treatment), of(control));
        let numbers = values.keys().chain(others.keys());
        let alone = |number: &&i32| !(values.contains_key(number) && others.contains_key(number));
        if let Some(replicate) = numbers.clone().find(alone) {
            return Err(format!(
                "replicate {replicate} is there of only one of `{treatment}` and `{control}`; \
                 differences are taken replicate by replicate"
            ));
        }
        for (value, other) in values.values_mut().zip(others.values()) {
            *value -= other;
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_pair_replicates_and_refuse_what_has_no_partner() {
        let course = |values: &[(i32, f64)]| values.iter().copied().collect::<BTreeMap<_, _>>();
        let both = [
            ("t".to_owned(), course(&[(1, 5.0), (0, 3.0)])),
            ("c".to_owned(), course(&[(0, 1.0), (1, 10.0)])),
            ("short".to_owned(), course(&[(0, 1.0)])),
        ];
        let runs = OutcomeRuns { values: both.into_iter().collect() };
        let at = |names: [&str; 2]| runs.at(&names.map(str::to_owned));
        assert_eq!(at(["t", "c"]), Ok(course(&[(0, 2.0), (1, -5.0)])));
        assert!(at(["t", "short"]).is_err_and(|problem| problem.contains("replicate 1")));
    }
}
