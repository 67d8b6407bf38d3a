//! The supply curve of AI halls as it is recorded: its shape, what it is without AI, and that the plain loop
//! finds the same.

use hashflight::study::experiment::document::Document;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::world::miners::conversion::supply::{OfferedPower, SUPPLY_CURVE};
use hashflight::world::simulation::trajectory::Record;
use hashflight::world::simulation::{Setup, run};

use crate::reference::Model;

const SEED: u64 = 20_251_001;
const REPLICATES: u32 = 4;

/// The baseline with 1,000 miners over some days, with changes.
fn setup(days: u32, changes: &[(&str, &str)]) -> Setup {
    let days = days.to_string();
    let changes = [("simulation.horizon_days", days.as_str())].into_iter().chain(changes.to_vec());
    let set = changes.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let overrides = Overrides { miners: Some(1000), set, ..Overrides::default() };
    Document::baseline()
        .and_then(|document| Experiment::resolve(document, &overrides))
        .unwrap_or_else(|error| panic!("{error}"))
        .base
}

/// Days between surveys here.
const SURVEYED_EVERY: u32 = 91;

fn offered_gw(record: &Record) -> Vec<f64> {
    record.ai_offered.iter().map(|power| power.mw() / 1e3).collect()
}

#[test]
fn more_is_offered_at_a_higher_rent_and_next_to_nothing_at_the_lowest() {
    let rising = SUPPLY_CURVE.windows(2).all(|pair| pair[0].rent_musd < pair[1].rent_musd);
    assert!(rising, "{SUPPLY_CURVE:?}");
    let surveyed = ("simulation.supply_survey_days", "91");
    let setup = setup(2 * SURVEYED_EVERY, &[surveyed]);
    let mut mean = [0.0; SUPPLY_CURVE.len()];
    for replicate in 0..REPLICATES {
        for record in run(&setup, SEED, replicate, false).records {
            let curve = offered_gw(&record);
            assert!(curve.is_sorted(), "replicate {replicate}, day {}: {curve:?}", record.day);
            if record.day == 0 {
                mean.iter_mut().zip(curve).for_each(|(sum, gw)| *sum += gw / f64::from(REPLICATES));
            }
        }
    }
    // What the prototype of the market gave, GW of IT; the design asks for its shape.
    let prototype = [0.02, 0.4, 1.8, 3.2, 3.9, 4.3, 4.4];
    assert!(mean[0] < 0.1, "{mean:?}");
    for (point, (gw, shape)) in SUPPLY_CURVE.iter().zip(mean.iter().zip(prototype)).skip(2) {
        let ratio = gw / shape;
        assert!((0.5..=2.0).contains(&ratio), "{}: {mean:?}", point.column);
    }
}

#[test]
fn a_survey_holds_until_the_next_however_often_is_recorded() {
    let days = SURVEYED_EVERY + 20;
    let surveyed = ("simulation.supply_survey_days", "91");
    let weekly = run(&setup(days, &[surveyed]), SEED, 0, false).records;
    let every_tenth = [surveyed, ("simulation.record_every_days", "10")];
    let rarely = run(&setup(days, &every_tenth), SEED, 0, false).records;
    let at = |records: &[Record], day: u32| {
        records.iter().rfind(|record| record.day <= day).map(offered_gw)
    };
    assert_eq!(at(&weekly, SURVEYED_EVERY - 1), at(&weekly, 0));
    assert_ne!(at(&weekly, SURVEYED_EVERY), at(&weekly, 0));
    assert_eq!(at(&rarely, days), at(&weekly, days));
    let once = [("simulation.supply_survey_days", "0")];
    let once = run(&setup(days, &once), SEED, 0, false).records;
    assert_eq!(at(&once, days), at(&weekly, 0));
}

#[test]
fn nothing_is_offered_without_ai() {
    let off = setup(SURVEYED_EVERY, &[("ai.enabled", "false")]);
    let records = run(&off, SEED, 0, false).records;
    assert!(records.iter().all(|record| record.ai_offered == OfferedPower::default()));
}

/// Later surveys are compared with all else that is recorded.
#[test]
fn the_plain_loop_finds_the_same_on_the_first_day() {
    let model = Model::begin(&setup(7, &[]), SEED, 1);
    assert_eq!(model.offered(), model.records[0].ai_offered);
}
