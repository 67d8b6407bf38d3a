//! The units of a plan, one after another: what each is given, and the rows it leaves.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::config::{Tree, pointer};
use super::plan::{Input, Unit, input_name};
use super::provenance::digest_file;
use super::sweep::written;
use super::table::{
    CellKind, Cells, Field, Table, miner_rows, miners_schema, run_row, runs_schema, series_rows,
    series_schema,
};
use super::{Error, Folder, Plan, replay};
use crate::market::spec::PriceProcess;
use crate::simulation::{Setup, Trajectory};

/// Runs one replicate: setup, seed, replicate, whether to keep the miners of the last day.
pub type Simulate<'a> = dyn Fn(&Setup, u64, u32, bool) -> Trajectory + Sync + 'a;

/// The rows of some units.
#[derive(Debug)]
pub struct Rows {
    /// Outcome rows.
    pub runs: Table,
    /// Recorded days.
    pub series: Table,
    /// Miners of first replicates.
    pub miners: Table,
}

impl Rows {
    /// None, with the columns of a plan.
    #[must_use]
    pub fn none(swept: &Swept) -> Self {
        Self {
            runs: Table::empty(&swept.runs_schema()),
            series: Table::empty(&series_schema()),
            miners: Table::empty(&miners_schema()),
        }
    }

    /// Appends the rows of further units.
    pub fn append(&mut self, other: Self) {
        self.runs.append(other.runs);
        self.series.append(other.series);
        self.miners.append(other.miners);
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
    pub fn of(plan: &Plan) -> Self {
        // The baseline is the list of all parameters; a test parses it.
        let tree = Tree::baseline().ok();
        let unit = |key: &str| {
            let known = tree.iter().flat_map(Tree::parameters);
            known.filter(|known| known.key == key).map(|known| known.unit.clone()).next()
        };
        let mut fields: Vec<Field> = Vec::new();
        let mut seen = std::collections::HashSet::new();
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

    /// The cells of a unit.
    fn cells(&self, plan: &Plan, unit: Unit) -> impl Iterator<Item = Cells> {
        self.fields.iter().map(move |field| {
            let value = plan.value_in(unit, &field.name);
            match field.kind {
                // A parameter that a scenario does not have is no zero.
                CellKind::Number => Cells::Number(vec![value.as_f64().unwrap_or(f64::NAN)]),
                CellKind::Boolean => Cells::Boolean(vec![value.as_bool().unwrap_or_default()]),
                _ => Cells::text(&written(&value)),
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

/// A worker's view of a plan: makes the input of one unit after another.
pub struct Work<'a> {
    plan: &'a Plan,
    swept: &'a Swept,
    /// Folder against which the names of input files are resolved.
    root: PathBuf,
    /// Input files that are not in the folder.
    inputs: &'a [Input],
    /// The plan's configuration, with the changes of one unit while its input is made.
    config: Value,
    last: Option<(Unit, Setup)>,
}

impl<'a> Work<'a> {
    /// The work of a results folder.
    #[must_use]
    pub fn of(folder: &'a Folder, swept: &'a Swept) -> Self {
        let root = std::path::absolute(folder.root()).unwrap_or_else(|_| folder.root().to_owned());
        Self { root, ..Self::ahead(&folder.plan, swept, &[]) }
    }

    /// The work of a plan that has no folder yet; its input files are where they were found.
    #[must_use]
    pub fn ahead(plan: &'a Plan, swept: &'a Swept, inputs: &'a [Input]) -> Self {
        let config = plan.config.clone();
        Self { plan, swept, root: PathBuf::new(), inputs, config, last: None }
    }

    /// The model's input of a unit.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the plan does not fit the model.
    pub fn setup(&mut self, unit: Unit) -> Result<&Setup, Error> {
        let shared = self.plan.parameter_sets.is_none();
        let same = |at: &Unit| at.scenario == unit.scenario && (shared || *at == unit);
        let kept = self.last.take_if(|(at, _)| same(at));
        let setup = match kept {
            Some((_, setup)) => setup,
            None => self.make(unit).map_err(Error::damaged(&self.root.join("plan.json")))?,
        };
        Ok(&self.last.insert((unit, setup)).1)
    }

    fn make(&mut self, unit: Unit) -> Result<Setup, String> {
        let set = &self.plan.scenarios[unit.scenario].set;
        let drawn = self.plan.parameter_sets.iter().flat_map(|sets| &sets.keys).map(String::as_str);
        let keys: Vec<&str> = drawn.chain(set.keys()).collect();
        for key in &keys {
            let place = self.config.pointer_mut(&pointer(key));
            *place.ok_or_else(|| format!("the configuration has no key {key}"))? =
                self.plan.value_in(unit, key);
        }
        let setup = Setup::deserialize(&self.config).map_err(|error| error.to_string());
        for key in keys {
            let place =
                self.config.pointer_mut(&pointer(key)).zip(self.plan.config.pointer(&pointer(key)));
            if let Some((place, base)) = place {
                *place = base.clone();
            }
        }
        let mut setup = setup?;
        let file = &mut setup.market.price.replay_file;
        if !file.is_empty() {
            let found = self.inputs.iter().find(|input| input.name == *file);
            let path = found.map_or_else(|| self.root.join(&*file), |input| input.path.clone());
            check_input(&path, file)?;
            *file = path.to_string_lossy().into_owned();
        }
        self.replay(&mut setup)?;
        Ok(setup)
    }

    /// Fills in the replayed series, from the last unit where it is the same.
    fn replay(&mut self, setup: &mut Setup) -> Result<(), String> {
        let window = |setup: &Setup| {
            let file = setup.market.price.replay_file.clone();
            let price = &setup.market.price;
            let gaps = (price.replay_gaps, price.replay_gap_days);
            let fees = (setup.market.fees.replay_gaps, setup.market.fees.replay_gap_days);
            (file, setup.chain.unix_time, setup.simulation.horizon_days, gaps, fees)
        };
        let replays = |setup: &Setup| setup.market.price.process == PriceProcess::Replay;
        match self.last.take() {
            Some((_, last))
                if replays(&last) && replays(setup) && window(&last) == window(setup) =>
            {
                setup.market.price.replay_usd = last.market.price.replay_usd;
                setup.market.fees.replay_btc = last.market.fees.replay_btc;
                Ok(())
            }
            _ => replay::fill(setup).map_err(|error| error.to_string()),
        }
    }

    /// The rows of one unit, or in a sentence why there are none: it panicked, or left something
    /// that is no number.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the plan does not fit the model.
    pub fn run(&mut self, simulate: &Simulate, unit: Unit) -> Result<Result<Rows, String>, Error> {
        let (plan, swept) = (self.plan, self.swept);
        let setup = self.setup(unit)?;
        let simulated = simulated(simulate, setup, plan.seed, unit.replicate);
        Ok(simulated.and_then(|trajectory| rows(plan, swept, unit, &trajectory)))
    }
}

/// Makes sure that a file that the experiment reads is the one that its name is the digest of.
fn check_input(path: &Path, name: &str) -> Result<(), String> {
    let digest = digest_file(path).map_err(|error| error.to_string())?;
    if name == input_name(&digest) {
        return Ok(());
    }
    Err(format!(
        "{} is damaged: its digest is not the one in its name; put the file back that the experiment \
         was begun with, or remove this one and `hashflight run` copies it again",
        path.display()
    ))
}

/// What the model leaves, unless it panics.
fn simulated(
    simulate: &Simulate,
    setup: &Setup,
    seed: u64,
    replicate: u32,
) -> Result<Trajectory, String> {
    let snapshot = replicate == 0;
    let simulated = catch_unwind(AssertUnwindSafe(|| simulate(setup, seed, replicate, snapshot)));
    simulated.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        format!("panicked: {}", text.unwrap_or_else(|| "without a message".to_owned()))
    })
}

fn rows(plan: &Plan, swept: &Swept, unit: Unit, trajectory: &Trajectory) -> Result<Rows, String> {
    if trajectory.records.is_empty() {
        return Err("left no records".to_owned());
    }
    let (scenario, replicate) = (plan.name_of(unit), unit.replicate);
    let rows = Rows {
        runs: run_row(scenario, replicate, trajectory),
        series: series_rows(scenario, replicate, trajectory),
        miners: miner_rows(scenario, replicate, trajectory),
    };
    for (table, schema) in [
        (&rows.series, series_schema as fn() -> Vec<Field>),
        (&rows.runs, runs_schema),
        (&rows.miners, miners_schema),
    ] {
        if let Some((row, column)) = table.first_not_finite() {
            return Err(format!("{} is not a finite number in row {row}", schema()[column].name));
        }
    }
    let mut runs = rows.runs;
    runs.columns.splice(2..2, swept.cells(plan, unit));
    Ok(Rows { runs, ..rows })
}
