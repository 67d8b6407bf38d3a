//! One replicate of a small world, and a few of its columns on recorded days.
//!
//! `cargo run --example one_run`

use std::error::Error;
use std::path::Path;

use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::run;

/// What is printed of each recorded day, by its name in `series.parquet`.
const SHOWN: [&str; 5] =
    ["hash_rate_ehs", "difficulty", "hashprice_usd_per_ph_day", "hosting_mw", "attack_gross_usd"];

fn main() -> Result<(), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/ai-counterfactual.toml");
    let year = [("simulation.horizon_days", "364"), ("simulation.record_every_days", "91")];
    let set = year.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    let overrides = Overrides { miners: Some(300), set, ..Overrides::default() };

    // All that can be wrong with the input is found here; what follows cannot fail on it.
    let experiment = Experiment::load(&file, &overrides)?;
    let setup = experiment.setup(0)?;
    let trajectory = run(&setup, experiment.seed, 0, false);

    println!("{}, seed {}, replicate 0", experiment.scenarios[0].name, experiment.seed);
    let columns: Vec<_> = SERIES.iter().filter(|column| SHOWN.contains(&column.name)).collect();
    for column in &columns {
        println!("  {:<26} {:<14} {}", column.name, column.unit, column.meaning);
    }
    for record in &trajectory.records {
        print!("day {:>3}", record.day);
        for column in &columns {
            print!("  {:>12.5e}", (column.value)(record));
        }
        println!();
    }
    Ok(())
}
