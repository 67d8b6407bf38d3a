//! What is timed.

use std::hint::black_box;
use std::time::Instant;

use bevy_ecs::prelude::{IntoScheduleConfigs, Schedule, World};
use bevy_ecs::schedule::SingleThreadedExecutor;
use hashflight::study::experiment::document::Document;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::study::results::unit_rows::UnitRows;
use hashflight::study::store::table::{
    Table, lease_rows, miner_rows, region_rows, run_row, runs_schema, series_rows, series_schema,
};
use hashflight::study::store::writer::encode;
use hashflight::world::miners::accounting::settle_day;
use hashflight::world::miners::operation::run_rigs;
use hashflight::world::miners::state::Headcount;
use hashflight::world::simulation::record::record_day;
use hashflight::world::simulation::{Setup, begin, run, schedule};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::kernels::Columns;
use super::observing;
use super::reference::Model;
use super::rounds::{Effort, Rounds, Sample};

/// Small population.
pub const SMALL: u32 = 1_000;
/// The default population.
pub const MEDIUM: u32 = 5_000;
/// Large population.
pub const LARGE: u32 = 10_000;
/// As few miners as there can be: what is left is the world around them.
pub const FEWEST: u32 = 2;

const SEED: u64 = 1;
/// Days between records where results are kept.
pub const RECORD_DAYS: u32 = 7;
/// Passes of a kernel in one timing.
const PASSES: u32 = 200;
/// Replicates in a file.
const BATCH: u32 = 4;

/// The baseline at a size, recorded every so many days or, with `None`, once at the end.
pub fn setup(miners: u32, effort: Effort, record_days: Option<u32>) -> Setup {
    let days = effort.days();
    let set = |key: &str, value: u32| (format!("simulation.{key}"), value.to_string());
    let every = record_days.unwrap_or(days);
    let mut set = vec![set("horizon_days", days), set("record_every_days", every)];
    if miners == FEWEST {
        set.push(("miners.owners".to_owned(), "[]".to_owned()));
    }
    let overrides = Overrides { miners: Some(miners), set, ..Overrides::default() };
    let resolved = Document::baseline().and_then(|file| Experiment::resolve(file, &overrides));
    resolved.expect("the built-in baseline is valid").base
}

/// All cases of the table.
pub fn all(effort: Effort) -> Rounds {
    let mut rounds = Rounds::default();
    for miners in [SMALL, MEDIUM, LARGE, FEWEST] {
        let once = setup(miners, effort, None);
        rounds.add(format!("engine {miners}"), move || engine(&once));
    }
    for miners in [SMALL, LARGE] {
        let once = setup(miners, effort, None);
        rounds.add(format!("plain {miners}"), move || plain(&once));
    }
    for miners in [MEDIUM, LARGE] {
        let weekly = setup(miners, effort, Some(RECORD_DAYS));
        rounds.add(format!("weekly {miners}"), move || engine(&weekly));
        add_recording(&mut rounds, &setup(miners, effort, None));
    }
    add_fixed_costs(&mut rounds, effort);
    add_threads(&mut rounds, effort);
    add_kernels(&mut rounds, effort);
    rounds
}

/// The engine, day by day. The first day also prepares the systems and is not timed.
fn engine(setup: &Setup) -> Sample {
    let mut world = begin(setup, SEED, 0);
    let mut day = schedule::day();
    day.run(&mut world);
    let (start, mut miner_days) = (Instant::now(), 0.0);
    for _ in 1..setup.simulation.horizon_days {
        day.run(&mut world);
        miner_days += f64::from(world.resource::<Headcount>().0);
    }
    Sample { time: start.elapsed(), work: miner_days }
}

/// The plain loop, day by day.
fn plain(setup: &Setup) -> Sample {
    let mut model = Model::begin(setup, SEED, 0);
    model.live_a_day();
    let (start, mut miner_days) = (Instant::now(), 0.0);
    for _ in 1..setup.simulation.horizon_days {
        model.live_a_day();
        miner_days += model.miners.count() as f64;
    }
    Sample { time: start.elapsed(), work: miner_days }
}

/// Repeats something.
fn times(passes: u32, mut pass: impl FnMut(), work: f64) -> Sample {
    let start = Instant::now();
    for _ in 0..passes {
        pass();
    }
    Sample { time: start.elapsed(), work }
}

/// Writing a record on day 0, without and with a survey of the supply of AI halls, of which a replicate has far fewer, and the
/// security observers that are part of it.
fn add_recording(rounds: &mut Rounds, setup: &Setup) {
    let (miners, passes) = (setup.miners.population.count, f64::from(PASSES));
    let mut network = observing::network(setup);
    rounds.add(format!("security {miners}"), move || times(PASSES, || network.observe(), passes));
    for (what, survey_days) in [("record", 0), ("surveyed record", 1)] {
        let mut setup = setup.clone();
        setup.simulation.supply_survey_days = survey_days;
        let mut world = begin(&setup, SEED, 0);
        let mut day = Schedule::default();
        day.set_executor(SingleThreadedExecutor::new());
        day.add_systems(record_day);
        day.run(&mut world);
        let name = format!("{what} {miners}");
        rounds.add(name, move || times(PASSES, || day.run(&mut world), passes));
    }
}

/// Surveys of the supply of AI halls in a replicate: on the first day and as often as the baseline has them after it.
pub fn surveys(effort: Effort) -> f64 {
    let every = setup(SMALL, effort, None).simulation.supply_survey_days;
    f64::from(1 + effort.days().checked_div(every).unwrap_or(0))
}

fn add_fixed_costs(rounds: &mut Rounds, effort: Effort) {
    let mut world = World::new();
    let mut empty = empty_day();
    empty.run(&mut world);
    rounds.add("empty day", move || times(1_000, || empty.run(&mut world), 1_000.0));

    let large = setup(LARGE, effort, None);
    rounds.add("set-up", move || {
        times(1, || drop(black_box(begin(&large, SEED, 0))), f64::from(LARGE))
    });

    let weekly = setup(SMALL, effort, Some(RECORD_DAYS));
    let trajectory = run(&weekly, SEED, 1, false);
    let unit = || UnitRows {
        series: series_rows("bench", 1, &trajectory),
        regions: region_rows("bench", 1, &trajectory),
        leases: lease_rows("bench", 1, &trajectory),
        miners: miner_rows("bench", 1, &trajectory),
        runs: run_row("bench", 1, &trajectory),
    };
    let rows: Vec<_> = (0..BATCH).map(|_| unit()).collect();
    rounds.add("parquet", move || {
        let gather = |pick: fn(&UnitRows) -> &Table| {
            let mut table = pick(&rows[0]).clone();
            rows[1..].iter().for_each(|more| table.append(pick(more).clone()));
            table
        };
        let start = Instant::now();
        for (table, schema) in
            [(gather(|r| &r.series), series_schema()), (gather(|r| &r.runs), runs_schema())]
        {
            black_box(encode(table, schema, "bench").expect("rows fit their schema"));
        }
        Sample { time: start.elapsed(), work: f64::from(BATCH) }
    });
}

/// As many systems as the day has, in order, and nothing in them.
fn empty_day() -> Schedule {
    const fn nothing() {}
    let systems: usize = schedule::Step::ALL.iter().map(|step| step.processes().len()).sum();
    let mut day = Schedule::default();
    day.set_executor(SingleThreadedExecutor::new());
    for _ in 0..systems {
        day.add_systems((|| nothing()).ambiguous_with_all());
    }
    day
}

/// Independent replicates on one thread and on two.
fn add_threads(rounds: &mut Rounds, effort: Effort) {
    for threads in [1, 2] {
        let quarter = setup(MEDIUM, Effort::Quick, Some(RECORD_DAYS));
        let replicates = if effort == Effort::Quick { 4 } else { 16 };
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("two threads can be had");
        rounds.add(format!("threads {threads}"), move || {
            let start = Instant::now();
            let one = |replicate| run(&quarter, SEED, replicate, false).records.len();
            let all = || (0..replicates).into_par_iter().with_max_len(1).map(one).sum::<usize>();
            black_box(pool.install(all));
            Sample { time: start.elapsed(), work: f64::from(replicates) }
        });
    }
}

/// The daily kernels on the engine's columns and on plain arrays.
fn add_kernels(rounds: &mut Rounds, effort: Effort) {
    let large = setup(LARGE, effort, None);
    let passes_work = f64::from(PASSES) * f64::from(LARGE);
    for name in ["run_rigs", "settle_day"] {
        let mut world = begin(&large, SEED, 0);
        let mut day = Schedule::default();
        day.set_executor(SingleThreadedExecutor::new());
        if name == "run_rigs" {
            day.add_systems(run_rigs)
        } else {
            day.add_systems(settle_day)
        };
        day.run(&mut world);
        rounds.add(name, move || times(PASSES, || day.run(&mut world), passes_work));
    }
    let mut columns = Columns::from_model(&Model::begin(&large, SEED, 0));
    rounds.add("operate", move || times(PASSES, || columns.operate(), passes_work));
    let mut columns = Columns::from_model(&Model::begin(&large, SEED, 0));
    rounds.add("account", move || times(PASSES, || columns.account(), passes_work));
}
