//! Concentration by layer against published tables and reason.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::support::network::{Network, spec};
use hashflight::model::concentration::indices::{Concentration, Control, measures, nakamoto};
use hashflight::numerics::ranking::Ranking;
use hashflight::world::security::SecuritySpec;

fn close(value: f64, expected: f64, relative: f64) -> bool {
    (value - expected).abs() <= relative * expected.abs()
}

#[test]
fn pools_that_share_a_template_count_as_one() {
    let record = Network::late_2025().observed(&spec());
    let counted = [
        record.owner.nakamoto,
        record.pool.nakamoto,
        record.template.nakamoto,
        record.region.nakamoto,
    ];
    assert_eq!(counted.map(|count| count as u32), [1, 2, 2, 2]);
    let mut merged = Network::late_2025();
    merged.templates[0] = 1;
    assert!((merged.observed(&spec()).template.nakamoto - 1.0).abs() < f64::EPSILON);
}

#[test]
fn an_empty_view_is_observed_without_panic() {
    let mut network = Network::dead();
    network.owners.clear();
    network.pools.clear();
    network.templates.clear();
    network.regions.clear();
    assert!(network.observed(&spec()).owner.nakamoto.abs() < f64::EPSILON);
}

#[test]
fn manufacturers_and_tenants_are_layers_of_their_own() {
    let record = Network::late_2025().observed(&spec());
    assert!(close(record.manufacturer.top1_share, 820.0 / 1_060.0, 1e-12));
    assert_eq!(record.manufacturer.nakamoto as u32, 1);
    assert!(close(record.tenant.hhi, 1e4 * (0.04 + 0.04 + 0.36), 1e-12));
    assert_eq!(record.tenant.nakamoto as u32, 1);
}

#[test]
fn threshold_and_strictness_decide_what_control_is() {
    let mut network = Network::late_2025();
    network.pools = [500.0, 300.0, 200.0].map(hashflight::units::HashRate::from_ehs).to_vec();
    network.templates = vec![0, 1, 2];
    let count = |control_threshold, control_strictly| {
        let spec = SecuritySpec { control_threshold, control_strictly, ..spec() };
        network.observed(&spec).pool.nakamoto as u32
    };
    assert_eq!([count(0.5, true), count(0.5, false)], [2, 1]);
    assert_eq!([count(0.33, true), count(0.66, true), count(0.8, true)], [1, 2, 3]);
}

/// A file of the public history, or nothing and a loud note when it is not there.
fn history(name: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let folder = std::env::var_os("HASHFLIGHT_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")),
        PathBuf::from,
    );
    let path = folder.join(name);
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    };
    Some(reader.deserialize().map(|row| row.expect("rows of the data are well formed")).collect())
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().expect("columns of the data are numbers")
}

/// Entities of the full file 2018 to 2023, which the published Gini and Theil indices count.
const POPULATION: usize = 236;

#[test]
fn every_published_day_of_2018_to_2020_is_reproduced() {
    let (Some(blocks), Some(published)) =
        (history("pool_blocks_daily_2018_2020.csv"), history("edi_metrics_daily_2018_2020.csv"))
    else {
        return;
    };
    let mut by_day: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in &blocks {
        by_day.entry(row["date"].clone()).or_default().push(number(row, "blocks"));
    }
    let mut ranking = Ranking::default();
    for row in &published {
        let ranked = ranking.rank(by_day[&row["date"]].iter().copied());
        let measured = measures(ranked, Control::MAJORITY, POPULATION);
        assert_eq!(nakamoto(ranked, Control::TAU).to_string(), row["tau"], "{row:?}");
        assert_published(&measured, row);
    }
    assert_eq!(published.len(), 1_096);
}

/// The file has eight significant digits.
fn assert_published(measured: &Concentration, row: &BTreeMap<String, String>) {
    assert_eq!(measured.nakamoto.to_string(), row["nc"], "{row:?}");
    let pairs = [
        (measured.hhi, "hhi"),
        (measured.shannon_bits, "entropy"),
        (measured.gini, "gini"),
        (measured.theil, "theil"),
        (measured.top1_share, "mpr"),
    ];
    for (value, column) in pairs {
        assert!(close(value, number(row, column), 6e-8), "{column}: {value} in {row:?}");
    }
}
