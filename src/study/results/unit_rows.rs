//! The rows that a unit leaves: columns of the plan's swept parameters, and outcomes.

use std::collections::HashSet;

use serde_json::Value;

use super::folder::KINDS;
use super::plan::{Plan, Unit};
use crate::study::experiment::config::Tree;
use crate::study::experiment::sweep::written;
use crate::study::store::table::{
    CellKind, ColumnCells, Field, Table, lease_rows, leases_schema, may_be_none, miner_rows,
    miners_schema, region_rows, regions_schema, run_row, runs_schema, series_rows, series_schema,
};
use crate::world::simulation::Trajectory;

/// The rows of some units: a table for each of the [`KINDS`] of files.
#[derive(Debug)]
pub struct UnitRows {
    /// Recorded days.
    pub series: Table,
    /// Regions on the days on which they are recorded.
    pub regions: Table,
    /// Leases of AI halls.
    pub leases: Table,
    /// Miners of first replicates.
    pub miners: Table,
    /// Outcome rows.
    pub runs: Table,
}

impl UnitRows {
    /// None, with the columns of a plan.
    #[must_use]
    pub fn none(swept: &Swept) -> Self {
        Self::from_tables(swept.schemas().map(|schema| Table::empty(&schema)))
    }

    /// The tables, in the order of [`KINDS`].
    #[must_use]
    pub fn from_tables([series, regions, leases, miners, runs]: [Table; KINDS.len()]) -> Self {
        Self { series, regions, leases, miners, runs }
    }

    /// The tables, in the order of [`KINDS`].
    #[must_use]
    pub fn into_tables(self) -> [Table; KINDS.len()] {
        [self.series, self.regions, self.leases, self.miners, self.runs]
    }

    /// The same, on loan.
    #[must_use]
    pub const fn tables(&self) -> [&Table; KINDS.len()] {
        [&self.series, &self.regions, &self.leases, &self.miners, &self.runs]
    }

    /// Appends the rows of further units.
    pub fn append(&mut self, other: Self) {
        let Self { series, regions, leases, miners, runs } = self;
        let tables = [series, regions, leases, miners, runs];
        for (table, more) in tables.into_iter().zip(other.into_tables()) {
            table.append(more);
        }
    }
}

/// The parameters that differ between scenarios or replicates: columns of `runs.parquet`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    fields: Vec<Field>,
}

impl Swept {
    /// Every key that differs between replicates, then every key that a scenario of the plan sets, in
    /// order of appearance; numbers where all values are numbers, switches where all are true or
    /// false, else texts.
    #[must_use]
    pub fn from_plan(plan: &Plan) -> Self {
        // The baseline is the list of all parameters; a test parses it.
        let tree = Tree::baseline().ok();
        let unit = |key: &str| {
            let known = tree.iter().flat_map(Tree::parameters);
            known.filter(|known| known.key == key).map(|known| known.unit.clone()).next()
        };
        let mut fields: Vec<Field> = Vec::new();
        let mut seen = HashSet::new();
        let drawn = plan.parameter_sets.iter().flat_map(|sets| &sets.keys).map(String::as_str);
        for key in drawn.chain(plan.scenarios.iter().flat_map(|scenario| scenario.set.keys())) {
            if seen.insert(key) {
                let kind = kind_of(plan, key);
                let unit = unit(key).unwrap_or_default();
                fields.push(Field { name: key.to_owned(), unit, kind });
            }
        }
        Self { fields }
    }

    /// No parameter.
    #[must_use]
    pub const fn none() -> Self {
        Self { fields: Vec::new() }
    }

    /// Columns of `runs.parquet`: keys, swept parameters, outcomes.
    #[must_use]
    pub fn runs_schema(&self) -> Vec<Field> {
        let mut schema = runs_schema();
        schema.splice(2..2, self.fields.iter().cloned());
        schema
    }

    /// Columns of all files, in the order of [`KINDS`].
    #[must_use]
    pub fn schemas(&self) -> [Vec<Field>; KINDS.len()] {
        let runs = self.runs_schema();
        [series_schema(), regions_schema(), leases_schema(), miners_schema(), runs]
    }

    /// The cells of a unit.
    fn cells(&self, plan: &Plan, unit: Unit) -> impl Iterator<Item = ColumnCells> {
        self.fields.iter().map(move |field| {
            let value = plan.value_in(unit, &field.name);
            match field.kind {
                // A parameter that a scenario does not have is no zero.
                CellKind::Number => ColumnCells::Number(vec![value.as_f64().unwrap_or(f64::NAN)]),
                CellKind::Boolean => {
                    ColumnCells::Boolean(vec![value.as_bool().unwrap_or_default()])
                }
                _ => ColumnCells::text(&written(&value)),
            }
        })
    }
}

/// What a column holds that shows the values of a key in all scenarios of a plan.
fn kind_of(plan: &Plan, key: &str) -> CellKind {
    let all = |is: fn(&Value) -> bool| {
        (0..plan.scenarios.len()).all(|scenario| plan.value_of(scenario, key).is_none_or(is))
    };
    if all(Value::is_number) {
        CellKind::Number
    } else if all(Value::is_boolean) {
        CellKind::Boolean
    } else {
        CellKind::Text
    }
}

/// The rows of a unit, once it is certain that all numbers in them are finite, but for
/// those of a nature that may have none.
///
/// # Errors
/// What is wrong with them, in words.
pub(crate) fn rows(
    plan: &Plan,
    swept: &Swept,
    unit: Unit,
    trajectory: &Trajectory,
) -> Result<UnitRows, String> {
    if trajectory.records.is_empty() {
        return Err("left no records".to_owned());
    }
    if trajectory.regions.is_empty() == plan.keeps_regions(unit) {
        return Err("left no records of regions, or some that were not asked for".to_owned());
    }
    let (scenario, replicate) = (plan.name_of(unit), unit.replicate);
    let rows = UnitRows {
        series: series_rows(scenario, replicate, trajectory),
        regions: region_rows(scenario, replicate, trajectory),
        leases: lease_rows(scenario, replicate, trajectory),
        miners: miner_rows(scenario, replicate, trajectory),
        runs: run_row(scenario, replicate, trajectory),
    };
    for (table, schema) in rows.tables().into_iter().zip(Swept::none().schemas()) {
        let none = |column: usize| may_be_none(&schema[column].name);
        if let Some((row, column)) = table.first_not_finite(none) {
            return Err(format!("{} is not a finite number in row {row}", schema[column].name));
        }
    }
    let mut runs = rows.runs;
    runs.columns.splice(2..2, swept.cells(plan, unit));
    Ok(UnitRows { runs, ..rows })
}
