//! The units of a plan, one after another: what each is given, and the rows it leaves.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::study::error::Error;
use crate::study::experiment::config::pointer;
use crate::study::experiment::{Experiment, replay};
use crate::study::results::folder::Folder;
use crate::study::results::plan::{Input, Plan, Unit, input_name};
use crate::study::results::provenance::digest_file;
use crate::study::results::unit_rows::{Swept, UnitRows, rows};
use crate::world::market::spec::PriceProcess;
use crate::world::simulation::{Setup, Trajectory};

/// Runs one replicate: setup, seed, replicate, whether to keep the miners of the last day.
pub type Simulate<'a> = dyn Fn(&Setup, u64, u32, bool) -> Trajectory + Sync + 'a;

impl Experiment {
    /// The model's input of the first replicate of a scenario.
    ///
    /// # Errors
    /// If a file that it reads is gone.
    pub fn setup(&self, scenario: usize) -> Result<Setup, Error> {
        let (plan, inputs) = Plan::from_experiment(self)?;
        let swept = Swept::from_plan(&plan);
        Work::ahead(&plan, &swept, &inputs).setup(Unit { scenario, replicate: 0 }).cloned()
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
    pub fn from_folder(folder: &'a Folder, swept: &'a Swept) -> Self {
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
            let days = (setup.simulation.horizon_days, price.replay_days);
            let gaps = (price.replay_gaps, price.replay_gap_days);
            let fees = (setup.market.fees.replay_gaps, setup.market.fees.replay_gap_days);
            (file, setup.chain.unix_time, days, gaps, fees)
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
    pub fn run(
        &mut self,
        simulate: &Simulate,
        unit: Unit,
    ) -> Result<Result<UnitRows, String>, Error> {
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
