//! Paired runs: the same replicates of two scenarios, and what differs between them.

use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::{Setup, Trajectory, run};

use super::{Change, setup};

/// Replicates of each scenario.
const REPLICATES: u32 = 12;
/// Seed of all of them.
pub const SEED: u64 = 20_251_001;
/// Another seed.
const OTHER_SEED: u64 = 7;

/// Mean of the paired differences and its standard error.
#[derive(Clone, Copy, Debug)]
pub struct Effect {
    /// Mean over replicates of treatment minus control.
    pub mean: f64,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// Mean over replicates of the control.
    pub control: f64,
}

impl Effect {
    /// Asserts that the treatment raises the outcome by more than two standard errors.
    pub fn must_rise(self) {
        assert!(self.mean > 2.0 * self.standard_error && self.mean > 0.0, "{self:?}");
    }

    /// Asserts that the treatment lowers the outcome by more than two standard errors.
    pub fn must_fall(self) {
        assert!(self.mean < -2.0 * self.standard_error && self.mean < 0.0, "{self:?}");
    }
}

/// Two years of 250 miners with some keys of the baseline changed.
pub fn world(changes: &[Change]) -> Setup {
    let size = [("miners.population.count", "250"), ("simulation.horizon_days", "730")];
    setup(&[&size, changes].concat())
}

/// What the treatment does to an outcome of the control, both given as changes of [`world`].
pub fn effect(
    control: &[Change],
    treatment: &[Change],
    outcome: impl Fn(&Trajectory) -> f64,
) -> Effect {
    effect_of(&world(control), &world(&[control, treatment].concat()), outcome)
}

/// The same under two seeds.
pub fn effects(
    control: &[Change],
    treatment: &[Change],
    outcome: impl Fn(&Trajectory) -> f64,
) -> [Effect; 2] {
    let (control, treatment) = (world(control), world(&[control, treatment].concat()));
    [SEED, OTHER_SEED].map(|seed| effect_under(seed, &control, &treatment, &outcome))
}

/// What differs between two setups.
pub fn effect_of(
    control: &Setup,
    treatment: &Setup,
    outcome: impl Fn(&Trajectory) -> f64,
) -> Effect {
    effect_under(SEED, control, treatment, outcome)
}

fn effect_under(
    seed: u64,
    control: &Setup,
    treatment: &Setup,
    outcome: impl Fn(&Trajectory) -> f64,
) -> Effect {
    let mut differences = Vec::new();
    let mut level = 0.0;
    for replicate in 0..REPLICATES {
        let [treated, untreated] =
            [treatment, control].map(|setup| outcome(&run(setup, seed, replicate, false)));
        differences.push(treated - untreated);
        level += untreated;
    }
    let n = f64::from(REPLICATES);
    let mean = differences.iter().sum::<f64>() / n;
    let square = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>();
    Effect { mean, standard_error: (square / (n - 1.0) / n).sqrt(), control: level / n }
}

/// The series of a column.
pub fn series(trajectory: &Trajectory, column: &str) -> Vec<f64> {
    let column = SERIES.iter().find(|known| known.name == column);
    trajectory.series(column.unwrap_or_else(|| panic!("there is no such column")))
}

/// The mean of a column after day 0.
pub fn mean_of(column: &'static str) -> impl Fn(&Trajectory) -> f64 {
    move |trajectory| {
        let values = series(trajectory, column);
        values[1..].iter().sum::<f64>() / (values.len() - 1) as f64
    }
}

/// The last value of a column.
pub fn last_of(column: &'static str) -> impl Fn(&Trajectory) -> f64 {
    move |trajectory| *series(trajectory, column).last().expect("day 0 is always recorded")
}

/// The value of a column on a recorded day.
pub fn on_day(trajectory: &Trajectory, column: &str, day: u32) -> f64 {
    let row = trajectory.records.iter().position(|record| record.day == day);
    series(trajectory, column)[row.unwrap_or_else(|| panic!("day {day} is not recorded"))]
}
