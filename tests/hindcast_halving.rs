//! A hindcast: the network of the 2024 halving, fed with the price that came, against the hash rate
//! that came. Nothing in the model was fitted to this window.

mod support;

use std::path::Path;

use hashflight::clock::unix_day;
use hashflight::model::difficulty::CompactTarget;
use hashflight::simulation::{Trajectory, run};
use support::{Change, experiment, history, repository};

/// First and last day of the comparison.
const FROM: &str = "2024-04-20";
const TO: &str = "2025-09-30";

/// A difficulty epoch: when it began and the mean hash rate it implies, EH/s.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    first_time: i64,
    ehs: f64,
}

fn column(header: &csv::StringRecord, name: &str) -> usize {
    header.iter().position(|cell| cell == name).unwrap_or_else(|| panic!("no column {name}"))
}

/// Epochs of the shipped chain facts: H = 2015·D·2³²/(time of last − time of first block).
fn epochs() -> Vec<Epoch> {
    let path = repository("experiments/data/difficulty_epochs.csv");
    let mut reader = csv::Reader::from_path(path).expect("the file is shipped");
    let header = reader.headers().expect("it has a header").clone();
    let [first, last, bits] = ["first_time", "last_time", "bits"].map(|name| column(&header, name));
    let records = reader.records().map(|record| record.expect("every row is a record"));
    records
        .filter(|record| !record[last].is_empty())
        .map(|record| {
            let time = |column: usize| record[column].parse::<i64>().expect("a Unix time");
            let bits = u32::from_str_radix(&record[bits], 16).expect("hexadecimal digits");
            let target = CompactTarget::new(bits).expect("a target of the chain");
            let work = 2_015.0 * target.difficulty() * 4_294_967_296.0;
            let span = (time(last) - time(first)) as f64;
            Epoch { first_time: time(first), ehs: work / span / 1e18 }
        })
        .collect()
}

/// Mean hash rate of the three epochs that end with the one in force on a day.
fn hash_rate_on(epochs: &[Epoch], day: &str) -> f64 {
    let midnight = unix_day(day).expect("a date") * 86_400;
    let begun = epochs.iter().rev().filter(|epoch| epoch.first_time <= midnight);
    begun.take(3).map(|epoch| epoch.ehs).sum::<f64>() / 3.0
}

#[test]
fn the_experiment_starts_where_the_chain_facts_say() {
    let epochs = epochs();
    let start = experiment("halving-2024", &[]).base;
    let population = &start.miners.population;
    let near = |stated: f64, fact: f64| {
        assert!((stated / fact - 1.0).abs() < 2e-3, "{stated} is stated, {fact} is right");
    };
    near(population.hash_rate_ehs, hash_rate_on(&epochs, FROM));
    let years = ["2023", "2022", "2021", "2020", "2019", "2018"];
    for (stated, year) in population.past_hash_rate_ehs.iter().zip(years) {
        near(*stated, hash_rate_on(&epochs, &format!("{year}-04-20")));
    }
    let left = (1.0 - population.annual_retirement) * population.past_hash_rate_ehs[0];
    near(population.pipeline_ehs_per_month, (population.hash_rate_ehs - left) / 12.0);
    let (then, now) = (&start.market.rigs, experiment("baseline", &[]).base.market.rigs);
    let back = |rate: f64| libm::pow(1.0 + rate, -1.447);
    let frontier = now.frontier_efficiency_j_per_th * back(-now.annual_improvement);
    near(then.frontier_efficiency_j_per_th, frontier);
    near(
        then.capacity_ehs_per_month,
        now.capacity_ehs_per_month * back(now.annual_capacity_growth),
    );
    let in_force = epochs.iter().rev().find(|epoch| epoch.first_time <= 1_713_571_200);
    assert_eq!(
        in_force.map(|epoch| epoch.first_time),
        Some(i64::from(start.chain.epoch_first_time))
    );
}

/// The hindcast with some keys changed.
fn hindcast(prices: &Path, changes: &[Change]) -> Trajectory {
    let file = prices.to_str().expect("a path in UTF-8");
    let replay = [("market.price.process", "replay"), ("market.price.replay_file", file)];
    run(&experiment("halving-2024", &[&replay, changes].concat()).base, 1, 0, false)
}

/// Hash rate and price by epoch as they were: (day since the start, EH/s, USD).
fn measured(path: &Path) -> Vec<(f64, f64, f64)> {
    let mut reader = csv::Reader::from_path(path).expect("the history can be read");
    let header = reader.headers().expect("it has a header").clone();
    let [time, ehs, price] =
        ["first_time", "hash_rate_ehs", "price_usd"].map(|name| column(&header, name));
    let start = unix_day(FROM).expect("a date") as f64;
    let records = reader.records().map(|record| record.expect("every row is a record"));
    records
        .map(|record| {
            let number = |column: usize| record[column].parse::<f64>().expect("a number");
            (number(time) / 86_400.0 - start, number(ehs), number(price))
        })
        .collect()
}

/// Root mean square of the differences of logs.
fn rmse_log(pairs: &[(f64, f64)]) -> f64 {
    let square = |&(a, b): &(f64, f64)| libm::log(a / b) * libm::log(a / b);
    (pairs.iter().map(square).sum::<f64>() / pairs.len() as f64).sqrt()
}

#[test]
fn after_the_2024_halving_the_mean_hash_rate_stays_within_15_percent_of_history() {
    let Some(path) = history("history.csv") else { return };
    let epochs = measured(&path);
    let records = hindcast(&path, &[]).records;
    let last = (unix_day(TO).expect("a date") - unix_day(FROM).expect("a date")) as f64;
    let inside: Vec<_> =
        epochs.windows(2).filter(|pair| pair[0].0 >= 0.0 && pair[1].0 <= last).collect();
    let mut pairs = Vec::new();
    for pair in &inside {
        let days =
            records.iter().filter(|record| (pair[0].0..pair[1].0).contains(&f64::from(record.day)));
        let (sum, n) = days.fold((0.0, 0.0), |(sum, n), r| (sum + r.hash_rate.ehs(), n + 1.0));
        pairs.push((sum / n, pair[0].1));
        println!("day {:5.0}: {:6.1} EH/s, {:6.1} measured", pair[0].0, sum / n, pair[0].1);
    }
    let mean = |side: fn(&(f64, f64)) -> f64| pairs.iter().map(side).sum::<f64>();
    let ratio = mean(|pair| pair.0) / mean(|pair| pair.1);
    let start = records[0].hash_rate.ehs();
    let walk: Vec<_> = pairs.iter().map(|pair| (start, pair.1)).collect();
    println!("mean over measured {ratio:.3}; RMSE of log {:.3}", rmse_log(&pairs));
    println!("free random walk from the start: RMSE of log {:.3}", rmse_log(&walk));
    assert!(pairs.len() > 35, "only {} epochs compared", pairs.len());
    assert!((ratio - 1.0).abs() < 0.15, "mean hash rate is {ratio:.3} of history's");
}

#[test]
fn without_impact_the_replayed_price_is_the_price_of_the_file() {
    let Some(path) = history("history.csv") else { return };
    let epochs = measured(&path);
    let changes = [
        ("market.price.impact_coefficient", "0"),
        ("miners.population.count", "100"),
        ("simulation.record_every_days", "1"),
    ];
    for record in &hindcast(&path, &changes).records {
        // Each day takes the last row that begins on that day or before.
        let day = f64::from(record.day) + 1.0;
        let known =
            epochs.iter().rev().find(|epoch| epoch.0 < day).expect("the file goes back far");
        assert!((record.btc_price.0 / known.2 - 1.0).abs() < 1e-9, "day {}", record.day);
    }
}
