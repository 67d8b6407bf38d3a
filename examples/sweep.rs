//! A small sweep through the library, as the program does it: an experiment with a design becomes a
//! plan, the plan runs shard by shard into a folder, the shards are merged, and the effect of AI
//! hosting at each point is printed with its interval.
//!
//! `cargo run --example sweep`

use std::error::Error;
use std::path::PathBuf;

use hashflight::analysis::summary::Summary;
use hashflight::study::execution::runner::{self, Job, Part, ShardShare};
use hashflight::study::experiment::document::Document;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::study::results::folder::Folder;
use hashflight::study::results::load::ResultTable;
use hashflight::study::results::merge::merge;
use hashflight::study::results::plan::Plan;
use hashflight::study::results::provenance::Invocation;
use hashflight::world::simulation;

/// Rents from what miners just ask to the mean of the contracts on record, with and without the option.
const EXPERIMENT: &str = r#"
extends = "ai-counterfactual"
experiment = { name = "sweep", title = "Effect of hosting by rent", replicates = 8 }
simulation = { horizon_days = 365, record_every_days = 73 }
miners.population.count = 200

[[design]]
name = "rent"
method = "grid"

[[design.factor]]
key = "ai.demand.market_rent_musd"
values = [0.3, 0.6, 1.76]
"#;
const METRIC: &str = "hash_rate_ehs_last";

fn main() -> Result<(), Box<dyn Error>> {
    let document = Document::parse("sweep.toml", "sweep", PathBuf::new(), EXPERIMENT)?;
    let experiment = Experiment::resolve(document, &Overrides::default())?;
    let (plan, inputs) = Plan::from_experiment(&experiment)?;
    println!("{} scenarios, {} runs, {} shards", plan.scenarios.len(), plan.units, plan.shards);

    let root = tempfile::tempdir()?;
    let folder = Folder::prepare(root.path(), plan, &inputs, false)?;
    let invocation = Invocation { command: "cargo run --example sweep".to_owned(), threads: 2 };
    let attempt = runner::run(&Job {
        folder: &folder,
        simulate: &simulation::run,
        part: &Part::Share(ShardShare::WHOLE),
        budget: None,
        invocation: &invocation,
        stop: &|| false,
        on_unit: &|| (),
    })?;
    let proof = merge(&folder, &invocation, attempt.wall)?;
    println!("{} runs merged, plan {:.12}", proof.units, folder.digest);

    let manifest = folder.manifest()?.ok_or("what was merged has a manifest")?;
    let summary = Summary::from_runs(&manifest, &ResultTable::open(&folder.merged("runs"))?)?;
    let metric = summary.metric(METRIC).ok_or("the results have the metric")?;
    println!("{METRIC}, mean of paired differences [95 %]:");
    for (contrast, effect) in manifest.contrasts.iter().zip(&summary.effects[metric]) {
        let effect = effect.as_ref().ok_or("every pair is finite")?;
        let interval = effect.interval.ok_or("eight pairs have an interval")?;
        let pair = format!("{} - {}", contrast.treatment, contrast.control);
        println!("{pair}  {:7.2} [{:.2}, {:.2}]", effect.difference, interval.low, interval.high);
    }
    Ok(())
}
