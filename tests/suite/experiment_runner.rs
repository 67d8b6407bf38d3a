//! The runner with a cheap stand-in for the model: same results however the work is cut, killed,
//! repeated or shared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::support::walk::{
    experiment, invocation, load, merged_bytes, prepare, run_all, run_with, walk,
};
use hashflight::study::cluster::status::Status;
use hashflight::study::error::Error;
use hashflight::study::execution::runner::{self, Job, Part, ShardShare};
use hashflight::study::execution::verify::verify;
use hashflight::study::execution::work::Work;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::study::results::folder::Folder;
use hashflight::study::results::load::ResultTable;
use hashflight::study::results::merge::{await_announced, merge};
use hashflight::study::results::plan::Plan;
use hashflight::study::results::plan::Unit;
use hashflight::study::results::unit_rows::Swept;
use hashflight::study::store::reader::TableReader;
use hashflight::study::store::table::{runs_schema, series_schema};
use hashflight::world::simulation::{Setup, Trajectory};
use tempfile::TempDir;

/// What a whole, undisturbed run of 40 replicates leaves.
fn reference() -> (TempDir, Vec<Vec<u8>>) {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    run_all(&folder, 1);
    let bytes = merged_bytes(&folder);
    (root, bytes)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn one_and_two_threads_leave_the_same_bytes() {
    let (_root, expected) = reference();
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    run_all(&folder, 2);
    assert!(merged_bytes(&folder) == expected);
    assert_eq!(names(&folder.shards()), Vec::<String>::new());
}

#[test]
fn parts_run_in_any_order_leave_the_same_bytes() {
    let (_root, expected) = reference();
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    for index in [2, 0, 1] {
        run_with(&folder, &walk, ShardShare { index, of: 3 }, 2, &|| false).unwrap();
    }
    merge(&folder, &invocation(1), Duration::ZERO).unwrap();
    assert!(merged_bytes(&folder) == expected);
}

#[test]
fn a_killed_run_is_continued_without_repeating_or_losing_anything() {
    let (_root, expected) = reference();
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    run_with(&folder, &walk, ShardShare { index: 0, of: 2 }, 1, &|| false).unwrap();
    // A kill between the files of a shard, and one in the middle of a file.
    fs::remove_file(folder.shards().join("000004.runs.parquet")).unwrap();
    fs::write(folder.shards().join("000005.runs.parquet.here~4294967294~1.tmp"), "half").unwrap();
    let again = AtomicU32::new(0);
    let counted = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        again.fetch_add(1, Ordering::Relaxed);
        walk(setup, seed, replicate, snapshot)
    };
    let before = folder.missing_shards().unwrap();
    let missing: usize = before.iter().map(|&shard| folder.plan.shard(shard).len()).sum();
    run_with(&folder, &counted, ShardShare::WHOLE, 2, &|| false).unwrap();
    assert_eq!(again.load(Ordering::Relaxed) as usize, missing);
    merge(&folder, &invocation(2), Duration::ZERO).unwrap();
    assert!(merged_bytes(&folder) == expected);
}

#[test]
fn a_request_to_stop_keeps_what_is_finished() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    let runs = AtomicU32::new(0);
    let stop = || runs.load(Ordering::Relaxed) >= 20;
    let counted = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        runs.fetch_add(1, Ordering::Relaxed);
        walk(setup, seed, replicate, snapshot)
    };
    let attempt = run_with(&folder, &counted, ShardShare::WHOLE, 1, &stop).unwrap();
    assert!(attempt.left > 0 && attempt.units == 20, "{attempt:?}");
    let status = Status::read(&folder).unwrap();
    assert_eq!((status.state, status.done as usize), ("incomplete", attempt.units));
    assert_eq!(status.done + status.missing, 80);
}

#[test]
fn a_replicate_does_not_depend_on_how_many_are_run() {
    let rows = |replicates: u32| {
        let root = tempfile::tempdir().unwrap();
        let folder = prepare(root.path(), replicates);
        run_all(&folder, 2);
        let reader = TableReader::open(&folder.merged("runs"), &runs_schema()).unwrap();
        let table = reader.whole(&runs_schema()).unwrap();
        let row = |row| {
            let bytes = table.columns.iter().flat_map(|cells| cells.bytes(row)).collect();
            let (scenario, replicate) = table.unit_of(row).unwrap();
            ((scenario.to_owned(), replicate), bytes)
        };
        (0..table.rows()).map(row).collect::<BTreeMap<_, Vec<u8>>>()
    };
    let (few, many) = (rows(4), rows(12));
    assert_eq!((few.len(), many.len()), (8, 24));
    assert!(few.iter().all(|(unit, row)| many[unit] == *row));
}

#[test]
fn a_merge_without_a_shard_is_refused_and_names_it() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    for index in [0, 2] {
        run_with(&folder, &walk, ShardShare { index, of: 3 }, 1, &|| false).unwrap();
    }
    let error = merge(&folder, &invocation(1), Duration::ZERO).unwrap_err();
    assert!(matches!(error, Error::Incomplete { .. }));
    assert!(error.to_string().contains("shards are missing: 1, 4, 7, "), "{error}");
    assert!(!folder.merged("runs").exists());
}

#[test]
fn a_merge_waits_for_shards_that_receipts_name_and_for_no_others() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 10);
    let hours = Duration::from_hours(9);
    assert!(await_announced(&folder, hours).unwrap() < Duration::from_mins(1), "none is named");
    run_with(&folder, &walk, ShardShare { index: 0, of: 2 }, 1, &|| false).unwrap();
    assert!(await_announced(&folder, hours).unwrap() < Duration::from_mins(1), "all are there");
    let (shard, aside) = (folder.shards().join("000002.runs.parquet"), root.path().join("aside"));
    fs::rename(&shard, &aside).unwrap();
    let patience = Duration::from_millis(50);
    assert!(await_announced(&folder, patience).unwrap() >= patience, "one is out of sight");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(patience);
            fs::rename(&aside, &shard).unwrap();
        });
        await_announced(&folder, hours).unwrap();
    });
    assert!(shard.exists());
}

#[test]
fn a_task_runs_its_shards_and_no_others_and_none_without_time() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 10);
    let part = Part::Shards(vec![1, 2, 3, 5]);
    let run = |budget| {
        let (invocation, on_unit, stop) = (&invocation(1), &|| {}, &|| false);
        let budget = Some(budget);
        let job = Job {
            folder: &folder,
            simulate: &walk,
            part: &part,
            budget,
            invocation,
            stop,
            on_unit,
        };
        runner::run(&job).unwrap()
    };
    let attempt = run(Duration::ZERO);
    assert_eq!((attempt.units, attempt.left), (0, 4));
    let attempt = run(Duration::from_hours(1));
    assert_eq!((attempt.units, attempt.left), (4, 0));
    let missing = folder.missing_shards().unwrap();
    assert_eq!(missing.len(), 16);
    assert!([1, 2, 3, 5].iter().all(|shard| !missing.contains(shard)));
}

#[test]
fn a_shard_in_another_shards_place_is_noticed() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    run_with(&folder, &walk, ShardShare::WHOLE, 1, &|| false).unwrap();
    let shard = |name: &str| folder.shards().join(name);
    fs::copy(shard("000003.runs.parquet"), shard("000002.runs.parquet")).unwrap();
    let error = merge(&folder, &invocation(1), Duration::ZERO).unwrap_err().to_string();
    assert!(error.contains("000002.runs.parquet: is damaged"), "{error}");
}

#[test]
fn a_run_that_panics_is_recorded_and_does_not_stop_the_rest() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    let fragile = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        assert!(replicate != 7 || setup.ai.enabled, "replicate {replicate} is cursed");
        walk(setup, seed, replicate, snapshot)
    };
    let attempt = run_with(&folder, &fragile, ShardShare::WHOLE, 2, &|| false).unwrap();
    assert_eq!((attempt.units, attempt.failures.len()), (80, 1));
    let failure = &attempt.failures[0];
    assert_eq!((failure.scenario.as_str(), failure.replicate), ("off", 7));
    assert_eq!(failure.message, "panicked: replicate 7 is cursed");
    let status = Status::read(&folder).unwrap();
    assert_eq!((status.done, status.missing, &status.failed[..]), (80, 0, &attempt.failures[..]));
    let proof = merge(&folder, &invocation(1), Duration::ZERO).unwrap();
    assert_eq!((proof.units, &proof.failures), (79, &attempt.failures));
    assert_eq!(Status::read(&folder).unwrap().failed, attempt.failures);
    let reader = TableReader::open(&folder.merged("runs"), &runs_schema()).unwrap();
    let table = reader.whole(&runs_schema()).unwrap();
    let units = (0..table.rows()).filter_map(|row| table.unit_of(row));
    assert!(!units.clone().any(|unit| unit == (b"off".as_slice(), 7)));
    assert_eq!(units.count(), 79);
    assert!(verify(&folder, &walk, 1000, 1).unwrap().agree());
}

#[test]
fn failures_that_are_forgotten_are_run_again() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    let fragile = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        assert!(replicate != 7, "cursed");
        walk(setup, seed, replicate, snapshot)
    };
    run_with(&folder, &fragile, ShardShare::WHOLE, 2, &|| false).unwrap();
    assert_eq!(folder.forget_failures().unwrap(), 2);
    assert_eq!(Status::read(&folder).unwrap().missing, 2 * folder.plan.shard_units);
    run_all(&folder, 1);
    assert!(merged_bytes(&folder) == reference().1);
}

/// A scenario that records no regions leaves none and is not missed in their file; a run that leaves
/// none although it should is a failure.
#[test]
fn regions_are_of_the_runs_that_record_them() {
    let never = "[[scenario]]\nname = \"on\"\n[[scenario]]\nname = \"never\"\n\
                 set = { \"simulation.regions_every_days\" = 0 }\n";
    let overrides = Overrides { replicates: Some(3), ..Overrides::default() };
    let (plan, inputs) = Plan::from_experiment(&load(never, &overrides)).unwrap();
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::prepare(root.path(), plan, &inputs, false).unwrap();
    run_all(&folder, 2);
    let mut scenarios = Vec::new();
    let table = ResultTable::open(&folder.merged("regions")).unwrap();
    table.strings("scenario", |name| scenarios.push(name.to_owned())).unwrap();
    assert_eq!(scenarios, vec!["on"; 3 * 8]);
    assert!(verify(&folder, &walk, 6, 1).unwrap().agree());
    let forgetful = |setup: &Setup, seed, replicate, snapshot| Trajectory {
        regions: Vec::new(),
        ..walk(setup, seed, replicate, snapshot)
    };
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 1);
    let attempt = run_with(&folder, &forgetful, ShardShare::WHOLE, 1, &|| false).unwrap();
    assert_eq!(attempt.failures.len(), 2);
    assert!(attempt.failures[0].message.starts_with("left no records of regions"));
}

#[test]
fn a_run_that_leaves_no_number_is_a_failure() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 2);
    let broken = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        let mut trajectory = walk(setup, seed, replicate, snapshot);
        trajectory.records[4].difficulty = f64::NAN;
        trajectory
    };
    let attempt = run_with(&folder, &broken, ShardShare::WHOLE, 1, &|| false).unwrap();
    assert_eq!(attempt.failures.len(), 4);
    assert_eq!(attempt.failures[0].message, "difficulty is not a finite number in row 4");
}

#[test]
fn two_attempts_that_disagree_are_noticed_and_both_are_kept() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 2);
    run_with(&folder, &walk, ShardShare::WHOLE, 1, &|| false).unwrap();
    fs::remove_file(folder.shards().join("000001.runs.parquet")).unwrap();
    let other = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        walk(setup, seed + 1, replicate, snapshot)
    };
    let error = run_with(&folder, &other, ShardShare::WHOLE, 1, &|| false).unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error}");
    assert!(names(&folder.shards()).contains(&"000001.series.parquet.conflict".to_owned()));
}

#[test]
fn another_plan_is_refused_with_the_difference_and_fresh_starts_over() {
    let root = tempfile::tempdir().unwrap();
    run_all(&prepare(root.path(), 2), 1);
    let mut changed = experiment(3);
    changed.seed = 9;
    let (plan, inputs) = Plan::from_experiment(&changed).unwrap();
    let error = Folder::prepare(root.path(), plan.clone(), &inputs, false).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, Error::AnotherPlan { .. }));
    assert!(message.contains("  replicates: 2 there, 3 here\n"), "{message}");
    assert!(message.contains("  seed: 20251001 there, 9 here\n"), "{message}");
    let folder = Folder::prepare(root.path(), plan, &inputs, true).unwrap();
    assert_eq!(folder.missing_shards().unwrap().len(), 6);
    assert!(!folder.merged("runs").exists());
}

#[test]
fn title_and_contrasts_may_change_without_repeating_anything() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 2);
    run_all(&folder, 1);
    let mut changed = experiment(2);
    changed.title = "A better title".to_owned();
    let (plan, inputs) = Plan::from_experiment(&changed).unwrap();
    let again = Folder::prepare(root.path(), plan, &inputs, false).unwrap();
    assert_eq!(again.digest, folder.digest);
    assert_eq!(Folder::open(root.path()).unwrap().plan.title, "A better title");
    assert!(merge(&again, &invocation(1), Duration::ZERO).unwrap().retitled);
    assert_eq!(again.manifest().unwrap().unwrap().title, "A better title");
}

#[test]
fn the_plan_is_the_same_wherever_the_replayed_prices_lie() {
    let plan_of = |name: &str, prices: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), prices).unwrap();
        let path: PathBuf = folder.path().join("replay.toml");
        let text = format!(
            "extends = \"baseline\"\n[simulation]\nhorizon_days = 1\nrecord_every_days = 1\n\
             [market.price]\nprocess = \"replay\"\nreplay_file = \"{name}\""
        );
        fs::write(&path, text).unwrap();
        let experiment = Experiment::load(&path, &Overrides::default()).unwrap();
        let (plan, inputs) = Plan::from_experiment(&experiment).unwrap();
        let root = tempfile::tempdir().unwrap();
        let digest = plan.digest();
        let results = Folder::prepare(root.path(), plan, &inputs, false).unwrap();
        let swept = Swept::from_plan(&results.plan);
        let mut work = Work::from_folder(&results, &swept);
        let kept = work
            .setup(Unit { scenario: 0, replicate: 0 })
            .unwrap()
            .market
            .price
            .replay_file
            .clone();
        assert_eq!(fs::read_to_string(kept).unwrap(), prices);
        digest
    };
    let prices = "date,price_usd\n2025-10-01,114000\n2025-10-02,114500\n";
    let others = "date,price_usd\n2025-10-01,114000\n2025-10-02,114600\n";
    assert_eq!(plan_of("a.csv", prices), plan_of("b.csv", prices));
    assert_ne!(plan_of("a.csv", prices), plan_of("a.csv", others));
}

#[test]
fn the_model_gets_the_setup_that_the_experiment_states() {
    let root = tempfile::tempdir().unwrap();
    prepare(root.path(), 2);
    let folder = Folder::open(root.path()).unwrap();
    let on = experiment(2).base;
    let mut off = on.clone();
    off.ai.enabled = false;
    let swept = Swept::from_plan(&folder.plan);
    let mut work = Work::from_folder(&folder, &swept);
    for (scenario, expected) in [(0, &on), (1, &off), (0, &on)] {
        assert!(work.setup(Unit { scenario, replicate: 0 }).unwrap() == expected);
        assert!(experiment(2).setup(scenario).unwrap() == *expected);
    }
}

#[test]
fn verification_agrees_with_untouched_results_and_notices_another_model() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 10);
    run_all(&folder, 2);
    let findings = verify(&folder, &walk, 5, 1).unwrap();
    assert!(findings.agree() && findings.checks.len() == 5, "{findings:?}");
    let other = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        let mut trajectory = walk(setup, seed, replicate, snapshot);
        trajectory.records[9].difficulty *= 1.0 + f64::EPSILON;
        trajectory
    };
    let findings = verify(&folder, &other, 5, 1).unwrap();
    assert!(findings.changed_files.is_empty());
    assert!(findings.checks.iter().all(|check| !check.same));
    let everything = verify(&folder, &walk, 1000, 1).unwrap();
    assert_eq!(everything.checks.len(), 20);
}

#[test]
fn the_files_have_the_columns_of_the_contract() {
    let (root, _) = reference();
    let reader = TableReader::open(&root.path().join("series.parquet"), &series_schema()).unwrap();
    assert_eq!(reader.rows(), 80 * 10);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(root.path().join("manifest.json")).unwrap()).unwrap();
    assert_eq!(reader.plan_digest().as_deref(), manifest["plan_digest"].as_str());
    assert_eq!(manifest["scenarios"], serde_json::json!(["on", "off"]));
    assert_eq!(manifest["first_day"], "2025-10-01");
    assert_eq!(manifest["replicates"], 40);
}
