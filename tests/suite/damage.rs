//! Files that were damaged after they were written: named by whoever reads them, set aside, and
//! made again with the same bytes. A stand-in for the model makes the runs cheap.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::support::manifest::change_manifest;
use crate::support::walk::{TWO, invocation, load, merged_bytes, prepare, run_all, run_with, walk};
use hashflight::random::{Draws, Stream};
use hashflight::study::cluster::status::Status;
use hashflight::study::error::Error;
use hashflight::study::execution::runner::ShardShare;
use hashflight::study::execution::verify::verify;
use hashflight::study::experiment::posterior;
use hashflight::study::experiment::{Overrides, ParameterSets};
use hashflight::study::results::folder::{Folder, KINDS};
use hashflight::study::results::load::ResultTable;
use hashflight::study::results::merge::merge;
use hashflight::study::results::plan::Plan;
use tempfile::TempDir;

/// A way to spoil a file: the number chooses place and kind.
fn spoil(path: &Path, number: u32) {
    let mut bytes = fs::read(path).unwrap();
    let place = |n| {
        let uniform = Draws::new(7, 0).uniform(Stream::Analysis, number, n, 0);
        (uniform * bytes.len() as f64) as usize
    };
    let (at, length) = (place(0), bytes.len());
    match number % 6 {
        0 => bytes.truncate(at),
        1 => bytes.extend_from_slice(b"more"),
        2 => bytes[at..(at + 16).min(length)].fill(0),
        _ => bytes[at] ^= 1 << (number % 8),
    }
    if fs::read(path).unwrap() == bytes {
        bytes[at] ^= 1;
    }
    fs::write(path, bytes).unwrap();
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// Twelve replicates of two scenarios, of which every seventh fails, run and not merged.
fn unmerged() -> (TempDir, Folder) {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 12);
    run_missing(&folder);
    (root, folder)
}

fn run_missing(folder: &Folder) -> usize {
    let some_fail = |setup: &_, seed, replicate: u32, snapshot| {
        assert!(replicate % 7 != 6, "no luck");
        walk(setup, seed, replicate, snapshot)
    };
    run_with(folder, &some_fail, ShardShare::WHOLE, 1, &|| false).unwrap().units
}

fn all_bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let whole = |path: &PathBuf| !name(path).ends_with(".damaged");
    let files = files(folder).into_iter().filter(whole);
    files.map(|path| (name(&path), fs::read(&path).unwrap())).collect()
}

#[test]
fn damage_to_any_file_of_a_shard_is_named_and_the_shard_is_made_again() {
    let (_root, folder) = unmerged();
    let expected = all_bytes(&folder.shards());
    assert!(expected.iter().any(|(name, _)| name.ends_with(".failed.json")));
    for number in 0..90 {
        let (victim, _) = &expected[number as usize * 7 % expected.len()];
        let path = folder.shards().join(victim);
        if number % 9 == 8 {
            fs::remove_file(&path).unwrap();
        } else {
            spoil(&path, number);
        }
        let damages = folder.heal(&|_| true).unwrap();
        let is_named = damages.iter().any(|damage| damage.file == path);
        let is_missing = !folder.missing_shards().unwrap().is_empty();
        // Blanks in a seal may change and mean the same.
        if fs::read(&path)
            .is_ok_and(|bytes| bytes != expected.iter().find(|(n, _)| n == victim).unwrap().1)
        {
            assert!(victim.ends_with(".seal.json"), "{victim}, {number}");
            fs::remove_file(&path).unwrap();
        } else {
            assert!(is_named || number % 9 == 8, "{victim}, {number}: {damages:?}");
            assert!(is_missing, "{victim}, {number}");
        }
        folder.heal(&|_| true).unwrap();
        run_missing(&folder);
        assert!(all_bytes(&folder.shards()) == expected, "{victim}, {number}");
    }
    merge(&folder, &invocation(1), Duration::ZERO).unwrap();
    assert_eq!(files(&folder.shards()), Vec::<PathBuf>::new());
}

#[test]
fn a_merge_sets_damaged_shards_aside_by_name_and_says_that_they_are_missing() {
    let (_root, folder) = unmerged();
    let path = folder.shards().join("000001.series.parquet");
    spoil(&path, 3);
    let error = merge(&folder, &invocation(1), Duration::ZERO).unwrap_err();
    assert!(matches!(error, Error::Incomplete { .. }), "{error}");
    assert!(error.to_string().contains("000001.series.parquet: is damaged"), "{error}");
    let status = Status::read(&folder).unwrap();
    assert_eq!(status.set_aside, ["shards/000001.series.parquet.damaged"]);
    assert_eq!(status.shards - status.shards_done, 1);
    run_missing(&folder);
    assert!(Status::read(&folder).unwrap().set_aside.is_empty());
    merge(&folder, &invocation(1), Duration::ZERO).unwrap();
}

#[test]
fn a_stopping_rule_does_not_read_a_damaged_shard() {
    let root = tempfile::tempdir().unwrap();
    let rule = "[replication]\nminimum = 8\nbatch = 8\nuntil = [{ metric = \"hash_rate_ehs_mean\", half_width = 0.0001, \
                relative = true }]\n[experiment]\nreplicates = 16\n";
    let experiment = load(&format!("{rule}{TWO}"), &Overrides::default());
    let (plan, inputs) = Plan::from_experiment(&experiment).unwrap();
    let folder = Folder::prepare(root.path(), plan, &inputs, false).unwrap();
    run_missing(&folder);
    spoil(&folder.shards().join("000000.runs.parquet"), 4);
    let error = folder.rounds().unwrap_err().to_string();
    assert!(error.contains("000000.runs.parquet: is damaged"), "{error}");
}

#[test]
fn merged_results_that_were_damaged_are_refused_by_every_reader_and_made_again() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 5);
    run_all(&folder, 1);
    let expected = merged_bytes(&folder);
    for number in 0..18 {
        let kind = KINDS[number as usize % KINDS.len()];
        let path = folder.merged(kind);
        if number == 17 {
            fs::remove_file(&path).unwrap();
        } else {
            spoil(&path, number);
        }
        let error = ResultTable::open(&path).err().unwrap().to_string();
        assert!(error.contains(&format!("{kind}.parquet: ")), "{error}");
        assert!(folder.open_merged(kind, &[]).is_err());
        let findings = verify(&folder, &walk, 2, 1).unwrap();
        assert_eq!(findings.changed_files, [format!("{kind}.parquet")]);
        assert!(!findings.agree());
        let status = Status::read(&folder).unwrap();
        assert_eq!((status.state, status.missing), ("damaged", 10));
        assert!(status.damaged[0].contains(&name(&path)), "{:?}", status.damaged);
        let damages = folder.heal(&|_| true).unwrap();
        assert_eq!(damages.iter().map(|damage| &damage.file).collect::<Vec<_>>(), [&path]);
        run_all(&folder, 1);
        assert!(merged_bytes(&folder) == expected, "{number}");
        assert!(verify(&folder, &walk, 2, 1).unwrap().agree());
    }
}

#[test]
fn a_lost_or_damaged_manifest_is_put_back_and_nothing_is_computed_again() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 5);
    run_all(&folder, 1);
    let (expected, path) = (merged_bytes(&folder), root.path().join("manifest.json"));
    let manifest = fs::read(&path).unwrap();
    let (mut damaged, runs) = (0, AtomicU32::new(0));
    for number in 0..40 {
        if number == 0 {
            fs::remove_file(&path).unwrap();
        } else {
            spoil(&path, number);
        }
        let status = Status::read(&folder).unwrap();
        match folder.manifest() {
            Err(error) => {
                assert!(error.to_string().contains("manifest.json: "), "{error}");
                assert!(ResultTable::open(&folder.merged("runs")).is_err());
                assert!(verify(&folder, &walk, 1, 1).is_err());
                assert_eq!((status.state, status.missing), ("damaged", 0));
                damaged += 1;
            }
            // A blank may change and mean the same.
            Ok(there) => assert!(there.is_none() || number > 0),
        }
        folder.heal(&|_| true).unwrap();
        let counted = |setup: &_, seed, replicate, snapshot| {
            runs.fetch_add(1, Ordering::Relaxed);
            walk(setup, seed, replicate, snapshot)
        };
        run_with(&folder, &counted, ShardShare::WHOLE, 1, &|| false).unwrap();
        assert!(merge(&folder, &invocation(1), Duration::ZERO).unwrap().before);
        assert!(merged_bytes(&folder) == expected);
        fs::write(&path, &manifest).unwrap();
    }
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    assert!(damaged >= 30, "{damaged}");
}

#[test]
fn a_manifest_of_other_keys_or_digests_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 2);
    run_all(&folder, 1);
    let path = root.path().join("manifest.json");
    let original = fs::read(&path).unwrap();
    let whole: serde_json::Value = serde_json::from_slice(&original).unwrap();
    let keys: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
    let reseal = |change: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
        let mut changed = whole.clone();
        let object = changed.as_object_mut().unwrap();
        object.shift_remove("digest");
        change(object);
        fs::write(&path, hashflight::files::sealed::text(&changed).unwrap()).unwrap();
        folder.manifest()
    };
    assert!(reseal(&|_| ()).unwrap().is_some());
    for key in keys.iter().filter(|key| *key != "digest") {
        assert!(reseal(&|object| drop(object.shift_remove(key))).is_err(), "{key}");
    }
    assert!(reseal(&|object| drop(object.insert("more".to_owned(), 1.into()))).is_err());
    for key in ["plan_digest", "config_digest", "experiment", "first_day"] {
        let error = reseal(&|object| drop(object.insert(key.to_owned(), "0123".into())));
        let error = error.unwrap_err().to_string();
        assert!(error.contains(&format!("its `{key}` is not that of the plan")), "{error}");
    }
}

#[test]
fn a_lost_or_damaged_plan_is_written_again_where_the_results_are_of_it() {
    for number in 0..12 {
        let root = tempfile::tempdir().unwrap();
        let folder = prepare(root.path(), 3);
        if number % 2 == 0 {
            run_all(&folder, 1);
        } else {
            run_missing(&folder);
        }
        let path = root.path().join("plan.json");
        let plan = fs::read(&path).unwrap();
        if number < 2 {
            fs::remove_file(&path).unwrap();
        } else {
            spoil(&path, number);
        }
        if let Err(error) = Folder::open(root.path()) {
            assert!(error.to_string().contains("plan.json"), "{error}");
        }
        let other = load(TWO, &Overrides { replicates: Some(4), ..Overrides::default() });
        let (other, inputs) = Plan::from_experiment(&other).unwrap();
        assert!(Folder::prepare(root.path(), other, &inputs, false).is_err());
        let again = prepare(root.path(), 3);
        assert!(again.missing_shards().unwrap().is_empty() || again.is_merged());
        let kept: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(kept, serde_json::from_slice::<serde_json::Value>(&plan).unwrap());
    }
}

#[test]
fn a_spoilt_posterior_is_refused_or_says_the_same_and_never_panics() {
    let sets = ParameterSets {
        keys: vec!["market.price.initial_usd".to_owned()],
        sets: (0..300).map(|draw| vec![1e5 + f64::from(draw)]).collect(),
    };
    let bytes = posterior::bytes(&sets, "abc").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posterior.parquet");
    let mut refused = 0;
    for number in 0..600 {
        fs::write(&path, &bytes).unwrap();
        spoil(&path, number);
        match posterior::read(&path) {
            Ok(read) => assert!(read == sets, "{number}"),
            Err(error) => {
                assert!(error.to_string().contains("posterior.parquet"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 400, "{refused}");
}

#[test]
fn a_seal_of_another_shard_is_set_aside_and_made_again() {
    let (_root, folder) = unmerged();
    let expected = all_bytes(&folder.shards());
    let seal = |shard: u32| folder.shards().join(format!("{shard:06}.seal.json"));
    fs::copy(seal(1), seal(2)).unwrap();
    let damages = folder.heal(&|_| true).unwrap();
    assert!(damages.iter().any(|damage| damage.file == seal(2)), "{damages:?}");
    run_missing(&folder);
    assert!(all_bytes(&folder.shards()) == expected);
}

#[test]
fn status_names_a_damaged_shard_before_it_is_merged() {
    let (_root, folder) = unmerged();
    assert_eq!(Status::read(&folder).unwrap().state, "complete");
    spoil(&folder.shards().join("000003.runs.parquet"), 3);
    let status = Status::read(&folder).unwrap();
    assert_eq!((status.state, status.shards - status.shards_done), ("incomplete", 1));
    assert!(status.damaged[0].contains("000003.runs.parquet: is damaged"), "{status:?}");
}

/// Results of a layout that knew no regions: what reads rows refuses it by its number, and nobody takes
/// them for damaged.
#[test]
fn results_of_a_layout_without_regions_are_told_from_damaged_ones() {
    let root = tempfile::tempdir().unwrap();
    let now = prepare(root.path(), 3);
    let (mut plan, other) = (now.plan.clone(), tempfile::tempdir().unwrap());
    plan.schema = 4;
    let old = Folder::prepare(other.path(), plan, &[], false).unwrap();
    let refusal = "has files of layout 4; this program writes layout ";
    run_with(&old, &walk, ShardShare::WHOLE, 1, &|| false).unwrap();
    assert!(files(&old.shards()).iter().all(|path| !name(path).contains("regions")));
    let unmerged = merge(&old, &invocation(1), Duration::ZERO).unwrap_err().to_string();
    assert!(unmerged.contains(refusal), "{unmerged}");
    // The same as merged results: those of today without the file.
    run_all(&now, 1);
    fs::remove_file(now.merged("regions")).unwrap();
    change_manifest(root.path(), |manifest| {
        manifest["files"].as_object_mut().unwrap().shift_remove("regions.parquet");
    });
    // Of today's layout, a manifest that names no regions contradicts its plan.
    assert!(now.manifest().unwrap_err().to_string().contains("its `files` is not"));
    change_manifest(root.path(), |manifest| {
        manifest["plan_digest"] = old.digest.clone().into();
    });
    fs::copy(other.path().join("plan.json"), root.path().join("plan.json")).unwrap();
    fs::copy(root.path().join("manifest.json"), now.receipts().join("manifest.json")).unwrap();
    let before = files(root.path());
    let old = Folder::open(root.path()).unwrap();
    assert_eq!(old.heal(&|_| true).unwrap(), []);
    assert_eq!(Status::read(&old).unwrap().state, "merged");
    let verified = verify(&old, &walk, 1, 1).unwrap_err().to_string();
    assert!(verified.contains(refusal), "{verified}");
    assert_eq!(files(root.path()), before);
}

#[test]
fn a_lost_copy_of_the_manifest_and_damaged_receipts_heal() {
    let root = tempfile::tempdir().unwrap();
    let folder = prepare(root.path(), 3);
    run_all(&folder, 1);
    let copy = folder.receipts().join("manifest.json");
    let receipt = files(&folder.receipts())
        .into_iter()
        .find(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .unwrap();
    let agrees = || verify(&folder, &walk, 1, 1).unwrap().agree();
    for number in 0..6 {
        match number {
            0 => fs::remove_file(&copy).unwrap(),
            1 => fs::write(&copy, "").unwrap(),
            2 => fs::write(&copy, fs::read(root.path().join("plan.json")).unwrap()).unwrap(),
            _ => {
                let text = fs::read_to_string(&receipt).unwrap();
                fs::write(&receipt, text.replacen("\"event\"", "\"evemt\"", 1)).unwrap();
            }
        }
        assert!(!agrees(), "{number}");
        assert_eq!(folder.heal(&|_| true).unwrap().len(), usize::from(number > 0), "{number}");
        assert!(agrees(), "{number}");
        if number > 2 {
            return;
        }
    }
}

#[cfg(unix)]
#[test]
fn starting_over_removes_a_link_and_nothing_behind_it() {
    let root = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let theirs = elsewhere.path().join("thesis.tex");
    fs::write(&theirs, "years of work").unwrap();
    let folder = prepare(root.path(), 2);
    fs::remove_dir_all(folder.shards()).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.shards()).unwrap();
    let (plan, inputs) = Plan::from_experiment(&crate::support::walk::experiment(2)).unwrap();
    Folder::prepare(root.path(), plan, &inputs, true).unwrap();
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "years of work");
}

#[test]
fn a_posterior_that_lost_the_note_of_its_digest_is_refused() {
    let sets = ParameterSets {
        keys: vec!["market.price.initial_usd".to_owned()],
        sets: vec![vec![1e5], vec![2e5]],
    };
    let bytes = posterior::bytes(&sets, "abc").unwrap();
    let at = bytes.windows(14).position(|part| part == b"content_digest").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posterior.parquet");
    let mut spoilt = bytes.clone();
    spoilt[at] ^= 1;
    fs::write(&path, spoilt).unwrap();
    assert!(posterior::read(&path).unwrap_err().to_string().contains("no digest of its values"));
    fs::write(&path, bytes).unwrap();
    assert!(posterior::read(&path).unwrap() == sets);
}
