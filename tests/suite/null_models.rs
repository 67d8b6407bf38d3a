//! What the null models of hash rate reach on history, as a record: the windows of the hindcasts,
//! free runs and one-step forecasts, root mean square errors of log hash rate.
//!
//! A window is named by the epoch whose state a run starts from and the last epoch forecast; the
//! first epoch forecast is the one after the start.

use crate::support::{history, repository};
use hashflight::clock::unix_day;
use hashflight::history::hindcast::forecast_scores::{bias, rmse, sampling_floor};
use hashflight::history::hindcast::null_models::hashprice_regression::{self, Regression};
use hashflight::history::hindcast::null_models::merit_order::{self, Inputs, MeritOrder};
use hashflight::history::hindcast::null_models::rig_frontier::Frontier;
use hashflight::history::hindcast::null_models::{
    EPOCH, EpochFacts, Forecast, NullModelError, TRAINING_EPOCHS, drift, mean_reward, random_walk,
    step_by_step,
};
use hashflight::model::chain::difficulty::CompactTarget;
use hashflight::units::{BtcPrice, Efficiency, HashRate};

/// Name, epoch of the start, last epoch.
const WINDOWS: [(&str, usize, usize); 5] = [
    ("crash of 2018", 268, 276),
    ("ban in China", 337, 358),
    ("bear market of 2022", 366, 382),
    ("halving of 2024", 415, 424),
    ("to 2025-09", 424, 454),
];

/// Free runs: RMSE by window in the order of [`MODELS`].
const FREE: [[f64; 5]; 5] = [
    [0.184, 0.425, 0.417, 0.139, 0.111],
    [0.208, 0.396, 0.300, 0.191, 0.084],
    [0.129, 0.087, 0.235, 0.355, 0.092],
    [0.043, 0.114, 0.092, 0.037, 0.031],
    [0.303, 0.047, 0.038, 0.231, 0.048],
];
/// One step ahead.
const ONE_STEP: [[f64; 5]; 5] = [
    [0.084, 0.109, 0.096, 0.068, 0.046],
    [0.106, 0.107, 0.100, 0.097, 0.071],
    [0.055, 0.054, 0.058, 0.064, 0.054],
    [0.047, 0.049, 0.041, 0.039, 0.028],
    [0.039, 0.035, 0.038, 0.042, 0.042],
];
/// Moves of less than this are no news.
const TOLERANCE: f64 = 0.005;
const MODELS: [&str; 5] =
    ["random walk", "drift", "hashprice", "hashprice, no trend", "merit order"];

/// A table with columns found by name.
fn rows(path: &std::path::Path, names: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).expect("the file can be read");
    let header = reader.headers().expect("it has a header").clone();
    let place = |name: &&str| header.iter().position(|cell| cell == *name).expect("a known column");
    let places: Vec<_> = names.iter().map(place).collect();
    let records = reader.records().map(|record| record.expect("every row is a record"));
    records.map(|record| places.iter().map(|&at| record[at].to_owned()).collect()).collect()
}

/// The first epoch's number and the facts of all.
fn facts(path: &std::path::Path) -> (usize, Vec<EpochFacts>) {
    let names =
        ["epoch", "first_height", "first_time", "bits", "hash_rate_ehs", "price_usd", "fee_share"];
    let rows = rows(path, &names);
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let of = |row: &Vec<String>| {
        let height = row[1].parse().expect("a height");
        EpochFacts {
            first_time: number(&row[2]),
            height,
            difficulty: row[3].parse::<CompactTarget>().expect("a target").difficulty(),
            hash_rate: HashRate::from_ehs(number(&row[4])),
            price: BtcPrice(number(&row[5])),
            reward: mean_reward(height, number(&row[6])),
        }
    };
    (rows[0][0].parse().expect("an epoch"), rows.iter().map(of).collect())
}

fn midnight(date: &str) -> f64 {
    unix_day(date).expect("a date") as f64 * 86_400.0
}

/// The rigs that the hindcasts state: date, name, J/TH.
fn rigs() -> Vec<(String, String, f64)> {
    let text = std::fs::read_to_string(repository("experiments/hindcast.toml")).expect("shipped");
    let table: toml::Table = text.parse().expect("TOML");
    let rows = table["hindcast"]["frontier"].as_array().expect("a list of tables");
    let text = |row: &toml::Value, key: &str| row[key].as_str().expect("a text").to_owned();
    let rig = |row: &toml::Value| {
        let efficiency = row["efficiency_j_per_th"].as_float().expect("a number");
        (text(row, "date"), text(row, "machine"), efficiency)
    };
    rows.iter().map(rig).collect()
}

fn frontier() -> Frontier {
    let release = |(date, _, efficiency): &(String, String, f64)| {
        (midnight(date), Efficiency::from_j_per_th(*efficiency))
    };
    let releases: Vec<_> = rigs().iter().map(release).collect();
    Frontier::new(&releases, 0.22).expect("sound releases")
}

/// Share closed by the ban at a time: up to a half from 2021-05-20 to 2021-07-05, back to nothing
/// over six and a half months.
fn banned(time: f64) -> f64 {
    let (begin, height, months) = (midnight("2021-05-20"), midnight("2021-07-05"), 6.5);
    let closing = (time - begin) / (height - begin);
    let opening = 1.0 - (time - height) / (months * 30.44 * 86_400.0);
    0.5 * closing.min(opening).max(0.0)
}

/// Mean share closed in each epoch, which lasts until the next begins.
fn closures(history: &[EpochFacts]) -> Vec<f64> {
    let begins = history.iter().map(|facts| facts.first_time);
    let ends = begins.clone().skip(1).chain([f64::INFINITY]);
    let mean = |(begin, end): (f64, f64)| {
        let span = (end - begin).min(2.0 * EPOCH.0);
        let moments = (0..50).map(|i| begin + (f64::from(i) + 0.5) / 50.0 * span);
        moments.map(banned).sum::<f64>() / 50.0
    };
    begins.zip(ends).map(mean).collect()
}

type Run = Result<Forecast, NullModelError>;

/// Free run and one-step forecasts of every model over one window.
fn forecasts(inputs: &Inputs, from: usize, to: usize) -> [[Run; 2]; 5] {
    let history = inputs.history;
    let both = |run: &dyn Fn(usize, usize) -> Run| {
        [run(from, to), step_by_step(history, from, to, |epoch| run(epoch, epoch))]
    };
    let regression =
        |kind| both(&|from, to| hashprice_regression::free_run(history, kind, from, to));
    [
        both(&|from, to| random_walk::free_run(history, from, to)),
        both(&|from, to| drift::free_run(history, TRAINING_EPOCHS, from, to)),
        regression(Regression::STANDARD),
        regression(Regression::TRENDLESS),
        both(&|from, to| merit_order::free_run(inputs, from, to)),
    ]
}

/// RMSE and bias of a forecast.
fn scores(run: &Run, observed: &[f64]) -> (f64, f64) {
    let logs = &run.as_ref().unwrap_or_else(|error| panic!("{error}")).log_hash_rate;
    let both = rmse(logs, observed).zip(bias(logs, observed));
    both.expect("the window has epochs")
}

#[test]
fn null_models_reach_on_history_what_was_recorded() {
    let Some(path) = history("history.csv") else { return };
    let (first, history) = facts(&path);
    let (frontier, assumptions) = (frontier(), MeritOrder::STANDARD);
    let closed = closures(&history);
    let inputs = Inputs {
        history: &history,
        frontier: &frontier,
        assumptions: &assumptions,
        closed: &closed,
    };
    let mut moved = Vec::new();
    println!("RMSE (bias) of log hash rate; floor of one step {:.4}", sampling_floor());
    for (window, &(name, start, last)) in WINDOWS.iter().enumerate() {
        let (from, to) = (start + 1 - first, last - first);
        let observed: Vec<_> = history[from..=to].iter().map(EpochFacts::log_hash_rate).collect();
        for (model, [free, one]) in forecasts(&inputs, from, to).iter().enumerate() {
            let [free, one] = [free, one].map(|run| scores(run, &observed));
            println!(
                "{name:20} {:20} free {:.3} ({:+.3})  one step {:.3} ({:+.3})",
                MODELS[model], free.0, free.1, one.0, one.1,
            );
            let recorded = [FREE[window][model], ONE_STEP[window][model]];
            for (found, recorded) in [free.0, one.0].into_iter().zip(recorded) {
                if (found - recorded).abs() > TOLERANCE {
                    moved.push(format!("{name}, {}: {recorded}, now {found:.3}", MODELS[model]));
                }
            }
        }
    }
    assert!(moved.is_empty(), "{}", moved.join("\n"));
}

#[test]
fn the_frontier_is_that_of_the_list_of_rigs() {
    let Some(path) = history("asics.csv") else { return };
    let listed = rows(&path, &["vendor", "model", "efficiency_jth", "release_sourced"]);
    for (date, name, efficiency) in rigs().iter().skip(1) {
        let named = |rig: &&Vec<String>| format!("{} {}", rig[0], rig[1]) == *name;
        let rig = listed.iter().find(named).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(rig[2].parse(), Ok(*efficiency), "{name}");
        // Months or years, where a release is sourced at all.
        assert!(date.starts_with(&rig[3]), "{name} is of {}", rig[3]);
    }
}
