//! The runner with a cheap stand-in for the model.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::sweep::regions;
use hashflight::random::{Draws, Stream};
use hashflight::study::error::Error;
use hashflight::study::execution::runner::{self, AttemptOutcome, Job, Part, ShardShare};
use hashflight::study::execution::work::Simulate;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::study::results::folder::{Folder, KINDS};
use hashflight::study::results::merge::merge;
use hashflight::study::results::plan::Plan;
use hashflight::study::results::provenance::Invocation;
use hashflight::units::{HashRate, Power, Tariff};
use hashflight::world::market::state::HostingKind;
use hashflight::world::miners::conversion::leases::{HallStage, Route};
use hashflight::world::simulation::trajectory::{Activity, LeaseRecord, MinerSnapshot, Record};
use hashflight::world::simulation::{Setup, Trajectory};

/// A stand-in for the model: numbers that depend on setup, seed and replicate alone.
pub fn walk(setup: &Setup, seed: u64, replicate: u32, snapshot: bool) -> Trajectory {
    let draws = Draws::new(seed, replicate);
    let scale = if setup.ai.enabled { 1.0 } else { 2.0 };
    let record = |day| Record {
        day,
        height: setup.chain.height + 144 * day,
        hash_rate: HashRate::from_ehs(scale * draws.uniform(Stream::Price, 0, day, 0)),
        difficulty: draws.uniform(Stream::Fees, 0, day, 0),
        ..Record::default()
    };
    let miner = |miner| MinerSnapshot {
        miner,
        owner: miner / 2,
        tariff: Tariff::from_usd_per_mwh(40.0),
        efficiency_j_per_th: 20.0,
        power: Power::from_mw(5.0),
        hash_rate: HashRate::from_ehs(0.1),
        activity: Activity::Hosting,
    };
    // Contracts are signed in some runs, and in others not.
    let lease = |lease| LeaseRecord {
        lease,
        owner: lease,
        region: 0,
        kind: HostingKind::Colocation,
        route: Route::NewHall,
        stage: HallStage::Building,
        signed: 3,
        ready: 400.0,
        ends: 4000,
        it: Power::from_mw(100.0),
        on: Power::ZERO,
        mined: Power::ZERO,
        owner_power: Power::from_mw(500.0),
        rent_musd: draws.uniform(Stream::Price, 1, lease, 0),
    };
    let signed = if setup.ai.enabled { replicate % 3 } else { 0 };
    let leases = (0..signed).map(lease).collect();
    let miners = if snapshot { (0..3).map(miner).collect() } else { Vec::new() };
    let records = (0..10).map(record).collect();
    let (regions, region_names) = regions(setup, &draws);
    Trajectory { records, regions, leases, region_names, miners, ..Trajectory::default() }
}

/// Two scenarios, on and off.
pub const TWO: &str = "[[scenario]]\nname = \"on\"\n\
                       [[scenario]]\nname = \"off\"\nset = { \"ai.enabled\" = false }\n";

pub fn experiment(replicates: u32) -> Experiment {
    let overrides = Overrides { replicates: Some(replicates), ..Overrides::default() };
    load(TWO, &overrides)
}

/// An experiment of this text that extends the baseline.
pub fn load(text: &str, overrides: &Overrides) -> Experiment {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("walks.toml");
    fs::write(&path, format!("extends = \"baseline\"\n{text}")).expect("a file in it");
    Experiment::load(&path, overrides).unwrap_or_else(|error| panic!("{error}"))
}

pub fn prepare(root: &Path, replicates: u32) -> Folder {
    let (plan, inputs) = Plan::from_experiment(&experiment(replicates)).unwrap();
    Folder::prepare(root, plan, &inputs, false).unwrap()
}

pub fn invocation(threads: usize) -> Invocation {
    Invocation { command: "hashflight run walks.toml".to_owned(), threads }
}

pub fn run_with(
    folder: &Folder,
    simulate: &Simulate,
    share: ShardShare,
    threads: usize,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<AttemptOutcome, Error> {
    let invocation = invocation(threads);
    let part = &Part::Share(share);
    let (invocation, on_unit) = (&invocation, &|| {});
    runner::run(&Job { folder, simulate, part, budget: None, invocation, stop, on_unit })
}

pub fn run_all(folder: &Folder, threads: usize) {
    let attempt = run_with(folder, &walk, ShardShare::WHOLE, threads, &|| false).unwrap();
    assert!(attempt.failures.is_empty());
    merge(folder, &invocation(threads), Duration::ZERO).unwrap();
}

pub fn merged_bytes(folder: &Folder) -> Vec<Vec<u8>> {
    KINDS.map(|kind| fs::read(folder.merged(kind)).unwrap()).to_vec()
}
