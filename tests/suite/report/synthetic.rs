//! Made-up results for tests: smooth series of scenarios that share their noise.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::json;

use crate::support::manifest::write_manifest;
use hashflight::world::simulation::column::Reduction;
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::regions::REGIONS;
use hashflight::world::simulation::retarget_metrics::OUTCOMES;

/// A column to write.
pub enum Values {
    /// Strings.
    Text(Vec<String>),
    /// Integers.
    Whole(Vec<i32>),
    /// Numbers.
    Real(Vec<f64>),
}

/// Writes a Parquet file of required columns in row groups of 1,000 rows.
pub fn write_parquet(path: &Path, columns: &[(String, Values)]) {
    let field = |(name, values): &(String, Values)| match values {
        Values::Text(_) => format!("required byte_array {name} (UTF8);"),
        Values::Whole(_) => format!("required int32 {name};"),
        Values::Real(_) => format!("required double {name};"),
    };
    let schema = format!("message rows {{ {} }}", columns.iter().map(field).collect::<String>());
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    for first in (0..rows).step_by(1000) {
        let range = first..(first + 1000).min(rows);
        let mut group = writer.next_row_group().unwrap();
        for (_, values) in columns {
            let mut column = group.next_column().unwrap().unwrap();
            match values {
                Values::Text(text) => {
                    let bytes: Vec<ByteArray> =
                        text[range.clone()].iter().map(|text| text.as_str().into()).collect();
                    column.typed::<ByteArrayType>().write_batch(&bytes, None, None).unwrap();
                }
                Values::Whole(whole) => {
                    column
                        .typed::<Int32Type>()
                        .write_batch(&whole[range.clone()], None, None)
                        .unwrap();
                }
                Values::Real(real) => {
                    column
                        .typed::<DoubleType>()
                        .write_batch(&real[range.clone()], None, None)
                        .unwrap();
                }
            }
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Real(values) => values.len(),
        }
    }
}

/// What to make up.
pub struct Plan<'n> {
    /// Scenarios; AI hosting grows in the first only.
    pub scenarios: &'n [&'n str],
    /// Whether the first two form a contrast.
    pub contrast: bool,
    /// Replicates.
    pub replicates: i32,
    /// Last day.
    pub horizon: i32,
}

/// A value between -1 and 1 that wanders smoothly, the same for every scenario.
fn noise(replicate: i32, salt: f64, day: f64) -> f64 {
    let phase = f64::from(replicate) * 2.399 + salt;
    let slow = libm::sin(day / 410.0 + phase) + 0.5 * libm::sin(day / 130.0 + 1.7 * phase);
    (slow + 0.25 * libm::sin(day / 31.0 + 2.3 * phase)) / 1.75
}

/// The made-up value of a series.
pub fn value(series: &str, scenario: usize, replicate: i32, day: i32) -> f64 {
    let day = f64::from(day);
    let years = day / 365.25;
    let ai = if scenario == 0 { 1.0 / (1.0 + libm::exp(-(years - 1.4) * 3.0)) } else { 0.0 };
    let own = ai * (1.0 + 0.35 * noise(replicate, 9.0, day));
    let growth = libm::exp(0.16 * years + 0.35 * years.sqrt() * noise(replicate, 0.0, day));
    let hash = 1060.0 * growth * (1.0 - 0.13 * own);
    let idle = 35.0 + 60.0 * (1.0 + noise(replicate, 1.0, day)) * years.min(1.0) + 110.0 * own;
    let used = 11.0
        * libm::exp(-0.25 * years)
        * (1.0 + 0.3 * noise(replicate, 0.0, day))
        * (1.0 - 0.3 * own);
    match series {
        "hash_rate_ehs" => hash,
        "difficulty" => {
            hash * 1e18 * 600.0 / 4_294_967_296.0 * (1.0 + 0.02 * noise(replicate, 3.0, day * 5.0))
        }
        "block_interval_s" => 600.0 + 40.0 * noise(replicate, 4.0, day * 7.0) + 15.0 * own,
        "btc_price_usd" => 114_000.0 * growth,
        "hashprice_usd_per_ph_day" => {
            48.0 * libm::exp(-0.1 * years) * (1.0 + 0.2 * noise(replicate, 0.0, day))
        }
        "security_budget_usd_per_day" => 51e6 * growth,
        "idle_hash_rate_ehs" => idle,
        "idle_stock_ehs" => idle * 0.7,
        "rig_price_used_usd_per_th" => used,
        "mining_mw" => hash * 18.0,
        "idle_mw" => idle * 19.0,
        "converting_mw" => 1900.0 * own * (1.0 - 0.6 * ai),
        "hosting_mw" => 4200.0 * own,
        "vacant_mw" => 500.0 + 200.0 * noise(replicate, 5.0, day),
        "ai_energised_mw" => 2900.0 * own,
        offered if offered.starts_with("ai_offered_") => {
            let rent: f64 = offered[11..14].parse().unwrap_or(0.0);
            4400.0 * (1.0 - libm::exp(-(rent - 70.0) / 60.0)) * (1.0 - 0.3 * own)
        }
        "attack_idle_usd" => idle * 1e6 * used * 0.6,
        "attack_used_usd" => 180e6 * used * growth.sqrt(),
        "attack_new_usd" => (hash - idle) * 1e6 * 13.0,
        "attack_site_usd" => hash * 18.0 * 0.55e6,
        "attack_energy_usd" => hash * 18.0 * 24.0 * 7.0 * 47.0,
        "attack_operations_usd" => 0.6e9 * growth,
        "attack_hardware_usd" => {
            (hash - idle) * 1e6 * 13.0 + idle * 1e6 * used * 0.6 + 180e6 * used
        }
        "attack_gross_usd" => hash * 18.0 * 0.55e6 + (hash - idle) * 1e6 * 13.0 + idle * 6e5 * used,
        "attack_net_usd" => (hash - idle) * 1e6 * 7.5 + hash * 18.0 * 0.5e6,
        "attack_rental_usd_per_hour" => 2.4e6 * growth,
        "idle_attack_ratio" => idle / hash,
        "nakamoto_owner" => libm::round(17.0 - 4.0 * own + 2.0 * noise(replicate, 6.0, day)),
        "nakamoto_pool" => libm::round(2.6 + 0.6 * noise(replicate, 7.0, day)),
        "nakamoto_proxy" => libm::round(1.8 + 0.5 * noise(replicate, 7.5, day)),
        "nakamoto_region" => libm::round(2.3 + 0.4 * noise(replicate, 8.0, day)),
        "hhi_owner" => 155.0 + 45.0 * own + 20.0 * noise(replicate, 6.0, day),
        "hhi_pool" => 1650.0 + 200.0 * noise(replicate, 7.0, day),
        "hhi_region" => 2300.0 - 260.0 * own,
        "gini_owner" => 0.83 + 0.02 * own,
        "btc_sold_per_day" => 430.0 + 80.0 * noise(replicate, 2.0, day) + 90.0 * own,
        _ => 1.0 + 0.1 * noise(replicate, 0.5, day),
    }
}

/// Writes `manifest.json`, `runs.parquet`, `series.parquet`, `regions.parquet` and `miners.parquet`.
pub fn write_results(folder: &Path, plan: &Plan) {
    let contrasts = if plan.contrast {
        json!([{ "treatment": plan.scenarios[0], "control": plan.scenarios[1] }])
    } else {
        json!([])
    };
    let manifest = json!({
        "experiment": "made-up",
        "title": "Made-up results",
        "command": "hashflight run experiments/made-up.toml --replicates 8",
        "scenarios": plan.scenarios,
        "contrasts": contrasts,
        "replicates": plan.replicates,
        "seed": 1,
        "plan_digest": "0123456789abcdef",
        "first_day": "2025-10-01",
    });
    write_series(folder, plan);
    write_regions(folder, plan);
    write_miners(folder, plan);
    write_manifest(folder, &manifest);
}

fn write_series(folder: &Path, plan: &Plan) {
    let days: Vec<i32> = (0..=plan.horizon).step_by(7).collect();
    let units: Vec<(usize, i32)> = (0..plan.scenarios.len())
        .flat_map(|scenario| (0..plan.replicates).map(move |replicate| (scenario, replicate)))
        .collect();
    let rows: Vec<(usize, i32, i32)> =
        units.iter().flat_map(|(s, r)| days.iter().map(move |day| (*s, *r, *day))).collect();
    let name = |scenario: usize| plan.scenarios[scenario].to_owned();
    let mut series = vec![
        ("scenario".to_owned(), Values::Text(rows.iter().map(|row| name(row.0)).collect())),
        ("replicate".to_owned(), Values::Whole(rows.iter().map(|row| row.1).collect())),
        ("day".to_owned(), Values::Whole(rows.iter().map(|row| row.2).collect())),
        (
            "height".to_owned(),
            Values::Whole(rows.iter().map(|row| 917_000 + 144 * row.2).collect()),
        ),
    ];
    let mut runs = vec![
        ("scenario".to_owned(), Values::Text(units.iter().map(|unit| name(unit.0)).collect())),
        ("replicate".to_owned(), Values::Whole(units.iter().map(|unit| unit.1).collect())),
    ];
    for column in SERIES {
        let at = |(scenario, replicate, day): &(usize, i32, i32)| {
            value(column.name, *scenario, *replicate, *day)
        };
        let values: Vec<f64> = rows.iter().map(at).collect();
        for reduction in Reduction::ALL {
            let outcomes = values.chunks(days.len()).map(|run| reduction.of(run)).collect();
            runs.push((format!("{}_{}", column.name, reduction.suffix()), Values::Real(outcomes)));
        }
        series.push((column.name.to_owned(), Values::Real(values)));
    }
    for column in OUTCOMES {
        let outcome = |unit: &(usize, i32)| value(column.name, unit.0, unit.1, 0);
        let outcomes = units.iter().map(outcome).collect();
        runs.push((column.name.to_owned(), Values::Real(outcomes)));
    }
    write_parquet(&folder.join("series.parquet"), &series);
    write_parquet(&folder.join("runs.parquet"), &runs);
}

/// A row of regions: scenario, replicate, day, and the region with its part of the world.
type RegionRow = (usize, i32, i32, (&'static str, f64));

/// Every use of power in unequal parts of the world's, which add up to it.
fn write_regions(folder: &Path, plan: &Plan) {
    const NAMES: [(&str, f64); 3] = [("texas", 0.5), ("ethiopia", 0.2), ("us_north", 0.3)];
    let scenarios = 0..plan.scenarios.len();
    let units = scenarios.flat_map(|s| (0..plan.replicates).map(move |replicate| (s, replicate)));
    let days = units.flat_map(|(s, r)| (0..=plan.horizon).step_by(28).map(move |day| (s, r, day)));
    let rows: Vec<_> = days.flat_map(|(s, r, day)| NAMES.map(|name| (s, r, day, name))).collect();
    let text = |of: &dyn Fn(&RegionRow) -> String| Values::Text(rows.iter().map(of).collect());
    let mut columns = vec![
        ("scenario".to_owned(), text(&|row| plan.scenarios[row.0].to_owned())),
        ("replicate".to_owned(), Values::Whole(rows.iter().map(|row| row.1).collect())),
        ("day".to_owned(), Values::Whole(rows.iter().map(|row| row.2).collect())),
        ("region".to_owned(), text(&|row| row.3.0.to_owned())),
    ];
    for column in REGIONS {
        let value = |(s, r, day, (_, share)): &RegionRow| share * value(column.name, *s, *r, *day);
        columns.push((column.name.to_owned(), Values::Real(rows.iter().map(value).collect())));
    }
    write_parquet(&folder.join("regions.parquet"), &columns);
}

fn write_miners(folder: &Path, plan: &Plan) {
    const MINERS: i32 = 5000;
    let rows: Vec<(usize, i32)> =
        (0..plan.scenarios.len()).flat_map(|s| (0..MINERS).map(move |m| (s, m))).collect();
    let uniform = |miner: i32, salt: f64| {
        let x = libm::sin(f64::from(miner) * 12.9898 + salt * 78.233) * 43_758.545;
        x - x.floor()
    };
    let normal = |miner: i32, salt: f64| {
        (0..6).map(|k| uniform(miner, salt + f64::from(k))).sum::<f64>() * 2.0_f64.sqrt()
            - 3.0 * 2.0_f64.sqrt()
    };
    let tariff = |miner: i32| 45.0 * libm::exp(0.28 * normal(miner, 1.0));
    let activity = |(scenario, miner): (usize, i32)| match uniform(miner, 30.0) {
        _ if tariff(miner) * efficiency(normal(miner, 9.0)) * 0.024 > 36.0 => "idle",
        draw if scenario == 0 && draw < 0.03 => "hosting",
        draw if scenario == 0 && draw < 0.045 => "converting",
        draw if draw > 0.985 => "closed",
        _ => "mining",
    };
    let rigs = |row: (usize, i32)| {
        let none = activity(row) == "closed" || (activity(row) == "hosting" && row.1 % 2 == 0);
        if none { 0.0 } else { efficiency(normal(row.1, 9.0)) }
    };
    let real =
        |f: &dyn Fn((usize, i32)) -> f64| Values::Real(rows.iter().map(|row| f(*row)).collect());
    let columns = vec![
        (
            "scenario".to_owned(),
            Values::Text(rows.iter().map(|r| plan.scenarios[r.0].to_owned()).collect()),
        ),
        ("replicate".to_owned(), Values::Whole(vec![0; rows.len()])),
        ("miner".to_owned(), Values::Whole(rows.iter().map(|row| row.1).collect())),
        (
            "owner".to_owned(),
            Values::Text(rows.iter().map(|row| format!("owner-{:04}", row.1 / 2)).collect()),
        ),
        ("tariff_usd_per_mwh".to_owned(), real(&|row| tariff(row.1))),
        ("efficiency_j_per_th".to_owned(), real(&rigs)),
        ("power_mw".to_owned(), real(&|row| 2.0 + f64::from(row.1 % 50))),
        ("hash_rate_ehs".to_owned(), real(&|_| 0.2)),
        (
            "activity".to_owned(),
            Values::Text(rows.iter().map(|row| activity(*row).to_owned()).collect()),
        ),
    ];
    write_parquet(&folder.join("miners.parquet"), &columns);
}

/// Efficiency of rigs in J/TH from a standard normal draw.
fn efficiency(normal: f64) -> f64 {
    (20.0 * libm::exp(0.2 * normal)).max(11.0)
}
