//! Sweeps of any size with next to no model: what the runner, the merge and the report need by
//! themselves.

use std::fs;
use std::path::Path;
use std::time::Duration;

use hashflight::random::{Draws, Stream};
use hashflight::study::execution::runner::{self, Job, Part, ShardShare};
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::study::results::folder::Folder;
use hashflight::study::results::merge::merge;
use hashflight::study::results::plan::Plan;
use hashflight::study::results::provenance::Invocation;
use hashflight::units::{BtcPrice, HashRate, Power, Usd};
use hashflight::world::simulation::trajectory::{Record, RegionRecord};
use hashflight::world::simulation::{Setup, Trajectory};

/// Replicates of two scenarios that share their random numbers, with a record a week.
#[derive(Clone, Copy)]
pub struct Sweep {
    /// Replicates of each scenario.
    pub replicates: u32,
    /// Records of each run.
    pub records: u32,
}

/// Made-up records of two regions, and their names; none if the setup asks for none.
pub fn regions(setup: &Setup, draws: &Draws) -> (Vec<RegionRecord>, Vec<String>) {
    let record = |(day, region)| RegionRecord {
        day,
        region,
        connected: Power::from_mw(draws.uniform(Stream::Weather, region, day, 0)),
        ..RegionRecord::default()
    };
    let days = if setup.simulation.regions_every_days == 0 { 0 } else { 4 };
    let places = (0..days).flat_map(|day| [(28 * day, 0), (28 * day, 1)]);
    (places.map(record).collect(), vec!["texas".to_owned(), "ethiopia".to_owned()])
}

impl Sweep {
    /// What stands for the model: a few series that are drawn, the others zero.
    pub fn simulate(self, setup: &Setup, seed: u64, replicate: u32) -> Trajectory {
        let draws = Draws::new(seed, replicate);
        let scale = if setup.ai.enabled { 0.9 } else { 1.0 };
        let record = |week| {
            let uniform = |item| draws.uniform(Stream::Price, 0, week, item);
            let mut record = Record { day: 7 * week, height: 1008 * week, ..Record::default() };
            record.hash_rate = HashRate::from_ehs(1000.0 * scale * (1.0 + uniform(0)));
            record.difficulty = 1e14 * scale * (1.0 + uniform(0));
            record.btc_price = BtcPrice(1e5 * (1.0 + uniform(1)));
            record.security_budget_per_day = Usd(4e7 * (1.0 + uniform(2)));
            record.mining_margin = uniform(3);
            record
        };
        let records = (0..self.records).map(record).collect();
        let (regions, region_names) = regions(setup, &draws);
        Trajectory { records, regions, region_names, ..Trajectory::default() }
    }

    /// An empty results folder for it.
    pub fn folder(self, root: &Path) -> Folder {
        fs::create_dir_all(root).expect("a folder for the sweep");
        let path = root.join("sweep.toml");
        let text = "extends = \"baseline\"\n[[scenario]]\nname = \"on\"\n\
                    [[scenario]]\nname = \"off\"\nset = { \"ai.enabled\" = false }\n\
                    [[contrast]]\ntreatment = \"on\"\ncontrol = \"off\"\n";
        fs::write(&path, text).expect("a file in it");
        let overrides = Overrides { replicates: Some(self.replicates), ..Overrides::default() };
        let experiment = Experiment::load(&path, &overrides);
        let experiment = experiment.unwrap_or_else(|error| panic!("{error}"));
        let (plan, inputs) = Plan::from_experiment(&experiment).expect("a plan of it");
        Folder::prepare(&root.join("results"), plan, &inputs, true).expect("a results folder")
    }

    /// Runs everything; leaves the shards.
    pub fn run(self, folder: &Folder, threads: usize) {
        let simulate = |setup: &Setup, seed: u64, replicate: u32, _: bool| {
            self.simulate(setup, seed, replicate)
        };
        let (part, invocation) = (&Part::Share(ShardShare::WHOLE), &invocation(threads));
        let (stop, on_unit) = (&|| false, &|| {});
        let simulate = &simulate;
        let job = Job { folder, simulate, part, budget: None, invocation, stop, on_unit };
        let attempt = runner::run(&job).unwrap_or_else(|error| panic!("{error}"));
        assert!(attempt.failures.is_empty(), "{:?}", attempt.failures.first());
    }

    /// Merges what has run.
    pub fn merge(folder: &Folder) {
        let proof = merge(folder, &invocation(1), Duration::ZERO);
        proof.unwrap_or_else(|error| panic!("{error}"));
    }
}

fn invocation(threads: usize) -> Invocation {
    Invocation { command: "hashflight run sweep.toml".to_owned(), threads }
}
