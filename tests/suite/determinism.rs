//! Same input, same bits: on any thread, in any order, however often it is recorded, whatever
//! mathematical library the rig has.
//!
//! The pinned digests below are the same in debug and release builds, since no operation may be
//! reordered or fused by the compiler. They are those of columns, so that a new column is no changed
//! result. A deliberate change of the model changes them; then
//! `HASHFLIGHT_REPIN=1 cargo test --test suite determinism` writes the new ones.

use std::path::PathBuf;

use crate::support::columns::{List, assert_pinned, read, repin, to_csv};
use crate::support::digest::digest;
use crate::support::totals::Totals;
use crate::support::{repository, small};
use hashflight::study::store::column_digest::ColumnHasher;
use hashflight::study::store::table::{
    lease_rows, leases_schema, miner_rows, miners_schema, region_rows, regions_schema, run_row,
    runs_schema, series_rows, series_schema,
};
use hashflight::world::miners::cash_flows::LEASE;
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::{Setup, Trajectory, begin, run, schedule, snapshot};

const SEED: u64 = 20_251_001;

/// A year of 150 miners in which every process happens.
fn eventful() -> Setup {
    small(&[
        ("market.price.shock_day", "120"),
        ("market.price.shock_log", "-1.2"),
        ("miners.turnover.grace_days", "10"),
        ("miners.turnover.entry_hurdle_months", "60"),
        ("miners.treasury.initial_cash_days", "15"),
        ("miners.turnover.monthly_entry_rate", "0.02"),
        ("ai.demand.demand_gw_per_year", "20"),
        ("ai.demand.market_rent_musd", "8"),
        ("ai.demand.default_per_year", "0.5"),
        ("ai.demand.default_backed_per_year", "0.5"),
        ("ai.conversion.retrofit_months", "3"),
        ("ai.conversion.new_build_months", "3"),
        ("ai.conversion.firm_power_months", "3"),
        ("ai.conversion.failure_probability", "0.3"),
        ("ai.conversion.purse_equity_share", "0.5"),
        ("ai.conversion.rule", "logit"),
    ])
}

fn reference() -> Trajectory {
    run(&eventful(), SEED, 0, true)
}

#[test]
fn the_eventful_year_has_every_event() {
    let mut world = begin(&eventful(), SEED, 0);
    let mut day = schedule::day();
    let mut vacated = false;
    for _ in 0..365 {
        let before = Totals::from_world(&mut world);
        day.run(&mut world);
        let after = Totals::from_world(&mut world);
        vacated |= after.energised.iter().zip(&before.energised).any(|(a, b)| a < b);
    }
    let flows = Totals::from_world(&mut world).flows;
    assert!(flows.insolvencies > 0 && flows.entrants > 0, "{flows:?}");
    assert!(flows.ai_signed.0 > 0.0 && flows.ai_cancelled.0 > 0.0, "{flows:?}");
    assert!(flows.written_off.0 > 0.0 && flows.debt_written_off.0 > 0.0, "{flows:?}");
    assert!(flows.recurring[LEASE].0 > 0.0 && flows.rigs_sold.0 > 0.0, "{flows:?}");
    assert!(flows.power_built().0 > 0.0 && vacated, "{flows:?}");
}

#[test]
fn the_same_run_gives_the_same_bits_twice_and_in_another_thread() {
    let here = reference();
    assert_eq!(digest(&reference()), digest(&here));
    let there = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(reference)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    });
    let there: Vec<Trajectory> = there;
    assert!(there.iter().all(|there| digest(there) == digest(&here)));
}

#[test]
fn worlds_that_take_turns_do_not_disturb_one_another() {
    let (one, other) = (eventful(), small(&[]));
    let mut worlds = [begin(&one, SEED, 0), begin(&other, SEED, 9)];
    let mut days = [schedule::day(), schedule::day()];
    for _ in 0..one.simulation.horizon_days {
        for (world, day) in worlds.iter_mut().zip(&mut days) {
            day.run(world);
        }
    }
    let alone = [run(&one, SEED, 0, true), run(&other, SEED, 9, true)];
    for (world, alone) in worlds.iter_mut().zip(&alone) {
        assert_eq!(snapshot::miners(world), alone.miners);
    }
}

#[test]
fn recording_changes_nothing() {
    let weekly = eventful();
    let mut daily = weekly.clone();
    daily.simulation.record_every_days = 1;
    daily.simulation.regions_every_days = 5;
    let (weekly, daily) = (run(&weekly, SEED, 0, true), run(&daily, SEED, 0, true));
    assert_eq!(weekly.miners, daily.miners);
    assert_eq!(daily.records.len(), 366);
    for record in &weekly.records {
        let same_day = &daily.records[record.day as usize];
        assert_eq!(record.height, same_day.height);
        for column in SERIES.iter().filter(|column| column.nature.ignores_recording()) {
            let [weekly, daily] = [record, same_day].map(column.value);
            assert_eq!(weekly.to_bits(), daily.to_bits(), "{} day {}", column.name, record.day);
        }
    }
}

/// Whether and how often regions are recorded moves nothing of the world, not even in the last bit, and
/// a day's records of them are the same whatever days have some.
#[test]
fn recording_regions_changes_nothing() {
    let runs = [28, 0, 1].map(|every| {
        let mut setup = eventful();
        setup.simulation.regions_every_days = every;
        run(&setup, SEED, 0, true)
    });
    let places = runs[0].region_names.len();
    assert_eq!(runs.each_ref().map(|run| run.regions.len()), [14 * places, 0, 366 * places]);
    for record in &runs[0].regions {
        assert_eq!(*record, runs[2].regions[record.day as usize * places + record.region as usize]);
    }
    let [monthly, never, daily] = runs.map(|run| Trajectory { regions: Vec::new(), ..run });
    assert!(digest(&monthly) == digest(&never) && digest(&monthly) == digest(&daily));
}

fn pinned() -> PathBuf {
    repository("tests/pinned/eventful_year.csv")
}

/// The digests of all columns of the files that a run becomes.
fn columns_of(trajectory: &Trajectory) -> List {
    let name = "eventful-year";
    let files = [
        ("runs.parquet", runs_schema(), run_row(name, 0, trajectory)),
        ("series.parquet", series_schema(), series_rows(name, 0, trajectory)),
        ("regions.parquet", regions_schema(), region_rows(name, 0, trajectory)),
        ("leases.parquet", leases_schema(), lease_rows(name, 0, trajectory)),
        ("miners.parquet", miners_schema(), miner_rows(name, 0, trajectory)),
    ];
    let lists = files.into_iter().map(|(file, schema, rows)| {
        let mut hasher = ColumnHasher::new(&schema);
        hasher.update(&rows);
        let key = move |column| [name.to_owned(), file.to_owned(), column];
        hasher.finish().into_iter().map(move |found| (key(found.column), found.digest))
    });
    lists.flatten().collect()
}

#[test]
fn the_eventful_year_has_its_pinned_bits() {
    let now = reference();
    println!("digest {}", digest(&now));
    let found = columns_of(&now);
    if repin() {
        std::fs::write(pinned(), to_csv(&found)).expect("the repository can be written");
    }
    assert_pinned(&read(&pinned()), &found, "determinism");
}

/// Runs the test above in a process whose C library believes that the processor has no fused
/// multiply-add: the library's own functions would now give other last digits.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn an_older_processor_gives_the_same_bits() {
    let test = std::env::current_exe().expect("the running test has a file");
    let child = std::process::Command::new(test)
        .args(["--exact", "determinism::the_eventful_year_has_its_pinned_bits", "--nocapture"])
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2")
        .env_remove("HASHFLIGHT_REPIN")
        .output()
        .expect("the test can be run again");
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    let digest = format!("digest {}", digest(&reference()));
    assert!(said.lines().any(|line| line.ends_with(&digest)), "{said}");
}
