//! A small study that leaves every kind of file: a design with two arms, replayed prices, journals,
//! submissions.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::files::list;
use crate::program::{Told, call, start};

/// The study: 72 runs in 36 shards.
const STUDY: &str = r#"extends = "baseline"

[experiment]
name = "study"
title = "A small study"
replicates = 3
seed = SEED

[simulation]
horizon_days = 60
record_every_days = 30

[miners]
owners = []

[miners.population]
count = 40

[market.price]
process = "replay"
replay_file = "prices.csv"

[[design]]
name = "screening"
method = "morris"
samples = 4
seed = 1

[[design.factor]]
key = "ai.conversion.convertible_share"

[[design.factor]]
key = "market.energy.median_tariff_usd_per_mwh"

[[scenario]]
name = "ai-on"

[[scenario]]
name = "ai-off"
set = { "ai.enabled" = false }

[[contrast]]
treatment = "ai-on"
control = "ai-off"
"#;

/// Days of replayed prices: some more than are simulated.
const DAYS: u32 = 80;

/// The call that does everything.
pub const RUN: [&str; 4] = ["run", "study.toml", "--out", "results"];
/// The call that leaves all shards.
pub const SHARDS: [&str; 6] = ["run", "study.toml", "--out", "results", "--shard", "0/1"];

/// A folder with the study.
pub fn study(seed: u32) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_study(folder.path(), seed);
    folder
}

/// Writes the study's files into a folder.
pub fn write_study(folder: &Path, seed: u32) {
    let text = STUDY.replace("SEED", &seed.to_string());
    fs::write(folder.join("study.toml"), text).expect("a file in it");
    let mut prices = "date,price_usd\n".to_owned();
    for day in 0..DAYS {
        let date = hashflight::clock::iso_date(20_362 + i64::from(day));
        writeln!(prices, "{date},{}", 114_000 + 150 * (day % 7) + day * (seed % 5)).expect("text");
    }
    fs::write(folder.join("prices.csv"), prices).expect("a file in it");
}

/// Calls the program and insists that it ends well.
pub fn succeed(folder: &Path, arguments: &[&str]) -> Told {
    let told = call(folder, arguments);
    assert_eq!(told.code, Some(0), "{arguments:?}: {}\n{}", told.out, told.err);
    told
}

/// How far a study is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Killed while shards are in flight.
    Flight,
    /// All shards are there.
    Shards,
    /// Merged and reported.
    Merged,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Flight, Self::Shards, Self::Merged];
}

/// A study that is so far.
pub fn prepared(state: State, seed: u32) -> TempDir {
    let folder = study(seed);
    let root = folder.path();
    match state {
        State::Flight => fly(root),
        State::Shards => {
            let submit =
                ["submit", "study.toml", "--engine", "pbs", "--tasks", "3", "--out", "results"];
            succeed(root, &submit);
            // A copy of the program, which is large and not what is tried here.
            fs::remove_dir_all(root.join("results/bin")).expect("the program's copy");
            succeed(root, &SHARDS);
        }
        State::Merged => drop(succeed(root, &RUN)),
    }
    folder
}

/// Starts a study again and again until a kill leaves a journal.
fn fly(root: &Path) {
    let shards = root.join("results/shards");
    let journaled = || list(&shards).iter().any(|name| name.ends_with(".journal"));
    let whole = |name: &String| name.ends_with(".runs.parquet");
    for _ in 0..20 {
        let sign = || {
            let sizes = list(&shards).into_iter().filter(|name| name.ends_with(".journal"));
            let sizes = sizes.filter_map(|name| fs::metadata(shards.join(name)).ok());
            let size = sizes.map(|data| data.len()).max().unwrap_or(0);
            size > 0 && list(&shards).iter().filter(|name| whole(name)).count() > 3
        };
        let _ = start(root, &SHARDS).kill_after(Duration::from_mins(1), sign);
        if journaled() {
            return;
        }
        fs::remove_dir_all(root.join("results")).expect("the study so far");
    }
    panic!("no kill left a journal");
}
