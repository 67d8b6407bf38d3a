//! Which scenarios a stopping rule still runs.

use std::collections::HashMap;

use super::folder::Folder;
use super::folder::shard_name;
use super::plan::Plan;
use super::plan::Unit;
use super::seal::Seal;
use crate::study::error::Error;
use crate::study::experiment::stopping::{Condition, Of, Stopping};
use crate::study::store::reader::TableReader;
use crate::study::store::table::{CellKind, Field};

impl Folder {
    /// The rounds that are known to be needed.
    ///
    /// # Errors
    /// [`Error::Disk`] or [`Error::Damaged`] if shards cannot be listed or read.
    pub fn rounds(&self) -> Result<Rounds, Error> {
        let mut rounds = Rounds::first(&self.plan);
        match self.open_rounds(&mut rounds) {
            // Another attempt has merged and emptied the shards while they were read.
            Err(_) if self.is_merged() => Ok(rounds),
            opened => opened.map(|()| rounds),
        }
    }

    fn open_rounds(&self, rounds: &mut Rounds) -> Result<(), Error> {
        let Some(stopping) = &self.plan.stopping else { return Ok(()) };
        let published = self.names()?;
        let is_there = |shard| self.is_published(shard, &published);
        while rounds.shards_of_last(&self.plan).all(is_there) && rounds.open_next(self, stopping)? {
        }
        Ok(())
    }

    /// The shards that are needed and not yet published, in order.
    ///
    /// # Errors
    /// As [`Folder::rounds`].
    pub fn missing_shards(&self) -> Result<Vec<u32>, Error> {
        self.missing_of(&self.rounds()?)
    }

    /// The shards of these rounds that are not yet published, in order.
    ///
    /// # Errors
    /// [`Error::Disk`] if the folder cannot be listed.
    pub(crate) fn missing_of(&self, rounds: &Rounds) -> Result<Vec<u32>, Error> {
        let published = self.names()?;
        let missing = |shard: &u32| !self.is_published(*shard, &published);
        Ok(rounds.shards(&self.plan).filter(missing).collect())
    }
}

/// The rounds that are known to be needed: those whose earlier rounds are complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounds {
    /// For each such round, whether a scenario takes part.
    active: Vec<Vec<bool>>,
    /// What the rule reads, of all rounds but the last.
    values: MetricValues,
}

impl Rounds {
    /// The one round of a plan with a fixed number of replicates, or the first of others.
    #[must_use]
    pub fn first(plan: &Plan) -> Self {
        Self { active: vec![vec![true; plan.scenarios.len()]], values: MetricValues::default() }
    }

    /// How many there are.
    #[must_use]
    pub const fn known(&self) -> u32 {
        self.active.len() as u32
    }

    /// The units of a shard that are needed, in order.
    pub fn units(&self, plan: &Plan, shard: u32) -> impl Iterator<Item = Unit> {
        let active = self.active.get(plan.round_of(shard) as usize);
        plan.shard(shard).filter(move |unit| active.is_some_and(|active| active[unit.scenario]))
    }

    /// The shards of the known rounds that hold needed units, in order.
    pub fn shards(&self, plan: &Plan) -> impl Iterator<Item = u32> {
        (0..self.known()).flat_map(|round| self.shards_of(plan, round))
    }

    /// The shards of the last known round that hold needed units, in order.
    pub(crate) fn shards_of_last(&self, plan: &Plan) -> impl Iterator<Item = u32> {
        self.shards_of(plan, self.known() - 1)
    }

    fn shards_of(&self, plan: &Plan, round: u32) -> impl Iterator<Item = u32> {
        plan.shards_in(round).filter(|&shard| self.units(plan, shard).next().is_some())
    }

    /// Adds the next round, if all shards so far are there and the rule asks for more.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Disk`] if the shards cannot be read.
    pub(crate) fn open_next(
        &mut self,
        folder: &Folder,
        stopping: &Stopping,
    ) -> Result<bool, Error> {
        let plan = &folder.plan;
        if self.known() >= plan.rounds() {
            return Ok(false);
        }
        let last: Vec<u32> = self.shards_of_last(plan).collect();
        self.values.read(folder, &last, &stopping.until)?;
        let before = &self.active[self.active.len() - 1];
        let mut next = vec![false; plan.scenarios.len()];
        for group in Group::all(plan) {
            let goes_on =
                before[group.scenarios[0]] && !self.values.precise(&group, &stopping.until);
            group.scenarios.iter().for_each(|&scenario| next[scenario] = goes_on);
        }
        let more = next.contains(&true);
        if more {
            self.active.push(next);
        }
        Ok(more)
    }
}

/// Scenarios that stop together: those that contrasts tie, so that every run has its partner.
struct Group {
    scenarios: Vec<usize>,
    /// Treatment and control of each contrast among them.
    contrasts: Vec<(usize, usize)>,
}

impl Group {
    fn all(plan: &Plan) -> Vec<Self> {
        let places = places(plan);
        let place = |name: &String| places.get(name.as_bytes()).copied();
        let pairs = plan.contrasts.iter();
        let contrasts: Vec<(usize, usize)> =
            pairs.filter_map(|c| place(&c.treatment).zip(place(&c.control))).collect();
        // Every scenario points at an earlier one of its group, the first of a group at itself.
        let mut tied: Vec<usize> = (0..plan.scenarios.len()).collect();
        for &(one, other) in &contrasts {
            let (one, other) = (root(&mut tied, one), root(&mut tied, other));
            tied[one.max(other)] = one.min(other);
        }
        let mut groups: Vec<Self> = Vec::new();
        let mut number = vec![0; tied.len()];
        for scenario in 0..tied.len() {
            let first = root(&mut tied, scenario);
            if first == scenario {
                number[scenario] = groups.len();
                groups.push(Self { scenarios: Vec::new(), contrasts: Vec::new() });
            }
            groups[number[first]].scenarios.push(scenario);
        }
        for pair in contrasts {
            groups[number[root(&mut tied, pair.0)]].contrasts.push(pair);
        }
        groups
    }
}

/// The first scenario of a group; shortens the way to it.
fn root(tied: &mut [usize], mut scenario: usize) -> usize {
    while tied[scenario] != scenario {
        tied[scenario] = tied[tied[scenario]];
        scenario = tied[scenario];
    }
    scenario
}

/// The scenarios by name.
fn places(plan: &Plan) -> HashMap<&[u8], usize> {
    plan.scenarios.iter().enumerate().map(|(place, each)| (each.name.as_bytes(), place)).collect()
}

/// The metrics of a rule, replicate by replicate: `of[condition][scenario]`.
#[derive(Clone, Debug, Default, PartialEq)]
struct MetricValues {
    of: Vec<Vec<Vec<(u32, f64)>>>,
}

impl MetricValues {
    /// Adds the metrics of some shards.
    fn read(&mut self, folder: &Folder, shards: &[u32], until: &[Condition]) -> Result<(), Error> {
        let plan = &folder.plan;
        self.of.resize(until.len(), vec![Vec::new(); plan.scenarios.len()]);
        let number = |condition: &Condition| Field {
            name: condition.metric.clone(),
            unit: String::new(),
            kind: CellKind::Number,
        };
        let text = Field { name: "scenario".to_owned(), unit: String::new(), kind: CellKind::Text };
        let whole = Field { kind: CellKind::Integer, name: "replicate".to_owned(), ..text.clone() };
        let schema: Vec<Field> =
            [text, whole].into_iter().chain(until.iter().map(number)).collect();
        let places = places(plan);
        for &shard in shards {
            let name = shard_name(shard, "runs");
            Seal::read(folder, shard)?.check(&folder.shards(), &name)?;
            let path = folder.shards().join(name);
            let table = TableReader::open(&path, &schema)?.whole(&schema)?;
            for row in 0..table.rows() {
                let unit = table.unit_of(row);
                let found = unit.as_ref().and_then(|(name, k)| Some((*places.get(&**name)?, *k)));
                let (scenario, replicate) = found
                    .ok_or_else(|| Error::damaged(&path)("names a scenario of another plan"))?;
                for (values, cells) in self.of.iter_mut().zip(&table.columns[2..]) {
                    values[scenario].push((replicate, cells.number(row)));
                }
            }
        }
        Ok(())
    }

    /// Whether all conditions hold for a group of scenarios.
    fn precise(&self, group: &Group, until: &[Condition]) -> bool {
        until.iter().zip(&self.of).all(|(condition, of)| match condition.of {
            Of::Scenario => group.scenarios.iter().all(|&scenario| {
                let values: Vec<f64> = of[scenario].iter().map(|(_, value)| *value).collect();
                condition.holds(&values)
            }),
            Of::Difference => group.contrasts.iter().all(|&(treatment, control)| {
                condition.holds(&differences(&of[treatment], &of[control]))
            }),
        })
    }
}

/// Treatment less control, replicate by replicate; the replicates of both rise.
fn differences(treatment: &[(u32, f64)], control: &[(u32, f64)]) -> Vec<f64> {
    let other = |replicate: u32| {
        let place = control.binary_search_by_key(&replicate, |(replicate, _)| *replicate);
        place.ok().map(|place| control[place].1)
    };
    let pair = |(replicate, value): &(u32, f64)| Some(value - other(*replicate)?);
    treatment.iter().filter_map(pair).collect()
}
