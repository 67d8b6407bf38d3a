//! What a long study needs of the runner: nothing lost by a kill, as many replicates as a precision
//! asks for, designs of many points; the same results however the work is cut.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::support::walk::{
    TWO, experiment, invocation, load, merged_bytes, prepare, run_all, run_with, walk,
};
use hashflight::report::report;
use hashflight::study::cluster::status::Status;
use hashflight::study::execution::runner::ShardShare;
use hashflight::study::execution::verify::verify;
use hashflight::study::experiment::Overrides;
use hashflight::study::results::explain::explain;
use hashflight::study::results::folder::Folder;
use hashflight::study::results::merge::merge;
use hashflight::study::results::plan::Plan;
use hashflight::study::store::reader::TableReader;
use hashflight::study::store::table::runs_schema;
use hashflight::world::simulation::Setup;

/// A kill -9 leaves the journals; here the runs of a killed attempt are cut off after 30.
#[test]
fn a_kill_loses_only_the_runs_in_flight() {
    let whole = tempfile::tempdir().unwrap();
    run_all(&prepare(whole.path(), 300), 1);
    let expected = merged_bytes(&Folder::open(whole.path()).unwrap());
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 300);
    let runs = AtomicU32::new(0);
    let counted = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        runs.fetch_add(1, Ordering::Relaxed);
        walk(setup, seed, replicate, snapshot)
    };
    let stop = || runs.load(Ordering::Relaxed) >= 33;
    run_with(&folder, &counted, ShardShare::WHOLE, 1, &stop).unwrap();
    // 600 runs in 60 shards of 10: three are published, three runs of the fourth are journaled.
    let status = Status::read(&folder).unwrap();
    assert_eq!((folder.plan.shard_units, status.shards_done, status.done), (10, 3, 33));
    // The last entry is cut off in the middle, as by a power cut.
    let journal = fs::read_dir(folder.shards()).unwrap().flatten().map(|entry| entry.path());
    let journal = journal.into_iter().find(|path| path.extension().is_some_and(|e| e == "journal"));
    let journal = journal.expect("the journal of the fourth shard");
    let text = fs::read(&journal).unwrap();
    fs::write(&journal, &text[..text.len() - 5]).unwrap();
    assert_eq!(Status::read(&folder).unwrap().done, 32);
    runs.store(0, Ordering::Relaxed);
    run_with(&folder, &counted, ShardShare::WHOLE, 2, &|| false).unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 600 - 32);
    merge(&folder, &invocation(1), Duration::ZERO).unwrap();
    assert!(merged_bytes(&folder) == expected);
    assert_eq!(fs::read_dir(folder.shards()).unwrap().count(), 0);
}

/// The stand-in's hash rate is uniform on (0, scale) on each day.
const PRECISE: &str = "[experiment]\nreplicates = 145\n[replication]\nminimum = 10\nbatch = 15\n\
                       [[replication.until]]\nmetric = \"hash_rate_ehs_last\"\nhalf_width = 0.08\n";

fn precise(root: &std::path::Path, more: &str) -> Folder {
    let (plan, inputs) =
        Plan::from_experiment(&load(&format!("{PRECISE}{more}{TWO}"), &Overrides::default()))
            .unwrap();
    Folder::prepare(root, plan, &inputs, false).unwrap()
}

fn replicates(folder: &Folder) -> BTreeMap<String, u32> {
    folder.merged_runs().unwrap()
}

#[test]
fn a_scenario_has_as_many_replicates_as_its_precision_asks_for() {
    let root = tempfile::tempdir().unwrap();
    let folder = precise(root.path(), "");
    run_all(&folder, 1);
    let found = replicates(&folder);
    // sd = scale/√12: 1.96·0.289/√n = 0.08 at n = 50; at twice the scale n = 200, more than allowed.
    assert!((40..=85).contains(&found["on"]) && found["on"] % 15 == 10, "{found:?}");
    assert_eq!(found["off"], 145);
    let reader = TableReader::open(&folder.merged("runs"), &runs_schema()).unwrap();
    assert_eq!(reader.rows(), u64::from(found["on"] + found["off"]));
    assert!(verify(&folder, &walk, 20, 3).unwrap().agree());
    let status = Status::read(&folder).unwrap();
    assert_eq!((status.state, status.missing), ("merged", 0));
}

#[test]
fn threads_parts_and_interruptions_do_not_change_when_a_scenario_stops() {
    let root = tempfile::tempdir().unwrap();
    let folder = precise(root.path(), "");
    run_all(&folder, 1);
    let expected = merged_bytes(&folder);
    let root = tempfile::tempdir().unwrap();
    let folder = precise(root.path(), "");
    let mut passes = 0;
    while !folder.missing_shards().unwrap().is_empty() {
        for index in [2, 0, 1] {
            let begun = AtomicU32::new(0);
            let stop = || begun.fetch_add(1, Ordering::Relaxed) > 60;
            run_with(&folder, &walk, ShardShare { index, of: 3 }, 2, &stop).unwrap();
        }
        passes += 1;
        assert!(passes < 200);
    }
    assert!(passes > 1);
    merge(&folder, &invocation(2), Duration::ZERO).unwrap();
    assert!(merged_bytes(&folder) == expected);
}

#[test]
fn scenarios_of_a_contrast_stop_together_when_the_rule_is_about_their_difference() {
    let more = "of = \"difference\"\n[[contrast]]\ntreatment = \"on\"\ncontrol = \"off\"\n";
    let root = tempfile::tempdir().unwrap();
    let folder = precise(root.path(), more);
    run_all(&folder, 2);
    let found = replicates(&folder);
    // On and off draw the same uniforms u, 2u: the difference has the sd of `on` alone.
    assert_eq!(found["on"], found["off"]);
    assert!((40..=85).contains(&found["on"]), "{found:?}");
}

#[test]
fn arms_of_a_contrast_stop_together_whatever_the_rule_is_about() {
    let more = "[[contrast]]\ntreatment = \"on\"\ncontrol = \"off\"\n";
    let root = tempfile::tempdir().unwrap();
    let folder = precise(root.path(), more);
    run_all(&folder, 2);
    let found = replicates(&folder);
    assert_eq!((found["on"], found["off"]), (145, 145));
}

/// Contrasts decide who stops with whom, so results under another set of them are others.
#[test]
fn contrasts_are_part_of_a_plan_that_stops_by_precision() {
    let contrast = "[[contrast]]\ntreatment = \"on\"\ncontrol = \"off\"\n";
    let plan = |text: &str| {
        let experiment = load(&format!("{text}{TWO}"), &Overrides::default());
        Plan::from_experiment(&experiment).unwrap().0.digest()
    };
    assert_ne!(plan(PRECISE), plan(&format!("{PRECISE}{contrast}")));
    assert_eq!(plan(""), plan(contrast));
}

#[test]
fn attempts_that_begin_at_once_all_find_the_folder_ready() {
    for _ in 0..20 {
        let root = tempfile::tempdir().unwrap();
        let results = root.path().join("results");
        std::thread::scope(|scope| {
            let attempts: Vec<_> =
                (0..6).map(|_| scope.spawn(|| drop(prepare(&results, 4)))).collect();
            for attempt in attempts {
                attempt.join().unwrap();
            }
        });
    }
}

#[test]
fn a_straggler_repeats_nothing_once_another_attempt_has_merged() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    run_all(&folder, 2);
    let expected = merged_bytes(&folder);
    let late = run_with(&folder, &walk, ShardShare::WHOLE, 2, &|| false).unwrap();
    assert_eq!((late.units, late.left), (0, 0));
    assert!(merged_bytes(&folder) == expected);
    // One that has listed what is missing finds a shard published in the meantime.
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    let begun = AtomicU32::new(0);
    let nested = |setup: &Setup, seed: u64, replicate: u32, snapshot: bool| {
        if begun.fetch_add(1, Ordering::Relaxed) == 0 {
            // On a thread of its own: a worker that waits for other workers takes up other shards.
            let odd =
                || run_with(&folder, &walk, ShardShare { index: 1, of: 2 }, 1, &|| false).unwrap();
            std::thread::scope(|scope| drop(scope.spawn(odd).join().unwrap()));
        }
        walk(setup, seed, replicate, snapshot)
    };
    run_with(&folder, &nested, ShardShare::WHOLE, 1, &|| false).unwrap();
    assert_eq!(begun.load(Ordering::Relaxed), 40);
    merge(&folder, &invocation(1), Duration::ZERO).unwrap();
    assert!(merged_bytes(&folder) == expected);
}

#[test]
fn results_that_lost_a_file_are_made_again() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 4);
    run_all(&folder, 2);
    let expected = merged_bytes(&folder);
    fs::remove_file(folder.merged("runs")).unwrap();
    run_all(&folder, 2);
    assert!(merged_bytes(&folder) == expected);
}

/// Two scenarios whose horizons differ: the longer one bounds the shards.
#[test]
fn shards_are_sized_by_the_largest_of_their_scenarios() {
    let text = "[experiment]\nreplicates = 100000\n[simulation]\nhorizon_days = 14\n\
                [miners.population]\ncount = 100\n[miners]\nowners = []\n\
                [[scenario]]\nname = \"short\"\n[[scenario]]\nname = \"long\"\n\
                set = { \"simulation.horizon_days\" = 36525, \"simulation.record_every_days\" = 1 }\n";
    let units = |text: &str| {
        Plan::from_experiment(&load(text, &Overrides::default())).unwrap().0.shard_units
    };
    assert_eq!(units(text), 65_536 / 36_526);
    assert!(units(&text.replace("36525", "14")) > 3000);
}

#[test]
fn points_of_a_design_are_run_with_every_scenario_and_named_in_the_results() {
    let text = format!(
        "[experiment]\nreplicates = 2\n{TWO}[[contrast]]\ntreatment = \"on\"\ncontrol = \"off\"\n\
         [[design]]\nname = \"grid\"\nmethod = \"grid\"\n\
         [[design.factor]]\nkey = \"market.price.initial_usd\"\nvalues = [60000, 90000]\n\
         [[design.factor]]\nkey = \"ai.conversion.rule\"\nvalues = [\"npv\", \"real_option\"]\n"
    );
    let experiment = load(&text, &Overrides::default());
    let root = tempfile::tempdir().unwrap();
    let (plan, inputs) = Plan::from_experiment(&experiment).unwrap();
    let folder = Folder::prepare(root.path(), plan, &inputs, false).unwrap();
    run_all(&folder, 2);
    let swept = hashflight::study::results::unit_rows::Swept::from_plan(&folder.plan);
    let schema = swept.runs_schema();
    let names: Vec<_> = schema.iter().skip(2).take(3).map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["market.price.initial_usd", "ai.conversion.rule", "ai.enabled"]);
    let table = TableReader::open(&folder.merged("runs"), &schema).unwrap().whole(&schema).unwrap();
    assert_eq!(table.rows(), 4 * 2 * 2);
    assert_eq!(table.unit_of(15), Some((b"grid-4.off".as_slice(), 1)));
    assert_eq!(table.columns[2].number(15), 90_000.0);
    let design = fs::read_to_string(root.path().join("design.csv")).unwrap();
    let lines: Vec<_> = design.lines().collect();
    assert_eq!(
        lines[0],
        "scenario,design,arm,market.price.initial_usd,ai.conversion.rule,block,row"
    );
    assert_eq!(lines[1], "grid-1.on,grid,on,60000.0,npv,A,1");
    assert_eq!(lines[8], "grid-4.off,grid,off,90000.0,real_option,A,4");
    let manifest = serde_json::to_value(folder.manifest().unwrap().unwrap()).unwrap();
    assert_eq!(manifest["contrasts"].as_array().unwrap().len(), 4);
    assert_eq!(manifest["points"]["grid-3.on"]["number"], 3);
    assert_eq!(manifest["designs"][0]["method"], "grid");
    // The report reads the list in the order of the file, which is not that of appearance.
    let read =
        hashflight::study::results::manifest::Manifest::read(&root.path().join("manifest.json"))
            .unwrap();
    assert!(read.designs == folder.plan.designs);
    assert_eq!(read.designs[0].factors[1].listed(), ["npv", "real_option"]);
    assert_eq!(read.designs[0].factors[0].listed(), ["60000.0", "90000.0"]);
}

#[test]
fn what_is_done_missing_and_stale_is_explained() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 40);
    run_with(&folder, &walk, ShardShare { index: 0, of: 2 }, 1, &|| false).unwrap();
    let statuses = explain(root.path(), &folder.plan).unwrap();
    assert_eq!(statuses.iter().map(|s| (s.done, s.missing)).collect::<Vec<_>>(), [(20, 20); 2]);
    let changed = TWO.replace("false }", "false, \"market.price.initial_usd\" = 5.0 }");
    let overrides = Overrides { replicates: Some(40), ..Overrides::default() };
    let (plan, _) = Plan::from_experiment(&load(&changed, &overrides)).unwrap();
    let statuses = explain(root.path(), &plan).unwrap();
    assert!(statuses[0].stale[0].starts_with("unchanged itself"), "{statuses:?}");
    let stale = &statuses[1].stale[0];
    assert!(
        stale.starts_with("market.price.initial_usd: ") && stale.ends_with(", 5.0 here"),
        "{stale}"
    );
    let (plan, _) = Plan::from_experiment(&experiment(41)).unwrap();
    let statuses = explain(root.path(), &plan).unwrap();
    assert!(statuses.iter().all(|s| s.stale == ["replicates: 40 there, 41 here"]), "{statuses:?}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(explain(empty.path(), &plan).unwrap()[0].missing, 41);
}

#[test]
fn the_summary_of_many_scenarios_is_no_larger_than_the_data() {
    let prices: Vec<String> = (0..120).map(|n| format!("{}.5", 60_000 + n)).collect();
    let text = format!(
        "[experiment]\nreplicates = 3\n{TWO}[[contrast]]\ntreatment = \"on\"\ncontrol = \"off\"\n\
         [[design]]\nname = \"grid\"\nmethod = \"grid\"\n\
         [[design.factor]]\nkey = \"market.price.initial_usd\"\nvalues = [{}]\n",
        prices.join(", ")
    );
    let root = tempfile::tempdir().unwrap();
    let (plan, inputs) = Plan::from_experiment(&load(&text, &Overrides::default())).unwrap();
    let folder = Folder::prepare(root.path(), plan, &inputs, false).unwrap();
    run_all(&folder, 2);
    report(root.path()).unwrap();
    let bytes = |name: &&str| fs::metadata(root.path().join(name)).unwrap().len();
    let data: u64 = ["runs.parquet", "series.parquet"].iter().map(bytes).sum();
    let summary: u64 = ["summary.json", "summary.csv", "differences.csv"].iter().map(bytes).sum();
    assert!(summary <= data, "{summary} bytes about {data}");
    let text = fs::read(root.path().join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let (scenarios, contrasts) = (&summary["scenarios"], &summary["contrasts"]);
    assert_eq!(scenarios.as_array().unwrap().len(), 240);
    assert_eq!(contrasts.as_array().unwrap().len(), 120);
    let found = &scenarios[7]["metrics"]["hash_rate_ehs_mean"];
    assert!(found["n"] == 3 && found["mean"].is_f64() && found.get("q05").is_none(), "{found}");
    assert!(contrasts[7]["metrics"]["hash_rate_ehs_mean"]["difference"].is_f64());
}
