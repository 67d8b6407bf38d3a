//! What the retarget laboratory asks of a replicate: how regular blocks came, how soon difficulty found
//! its level after a shock, how hash rate swung, what strategic miners gained and lost. Every value is finite.
//!
//! The shock is the first scheduled one, or day 0 without any; only records after it count.

use super::column::{Column, Nature};
use super::trajectory::{Record, Trajectory};
use crate::model::chain::block_time::expected_interval;

/// Interval that every difficulty rule aims at, s.
const SCHEDULE_S: f64 = 600.0;
/// Days over which expected intervals are averaged.
const AVERAGED_DAYS: u32 = 7;
/// Largest deviation of that average that counts as recovered.
const TOLERANCE: f64 = 0.1;
/// Days for which it must hold: two of Bitcoin's epochs.
const QUIET_DAYS: u32 = 28;
/// No interval counts as more than this many schedules, so that a day without hash rate is finite.
const LONGEST: f64 = 1_000.0;

/// Columns of `runs.parquet` after the reduced series.
pub const OUTCOMES: &[Column<Trajectory>] = &[
    Column {
        name: "interval_dispersion",
        unit: "1",
        meaning: "root mean square of a record's mean block interval over 600 s minus 1, after the \
                  shock; 1/√144 = 0.083 is luck where records are daily",
        nature: Nature::Run,
        value: interval_dispersion,
    },
    Column {
        name: "difficulty_error",
        unit: "1",
        meaning: "the same of the expected interval D·2³²/H, which luck moves only through difficulty",
        nature: Nature::Run,
        value: difficulty_error,
    },
    Column {
        name: "days_to_recovery",
        unit: "day",
        meaning: "days from the shock until the mean of the expected interval since it, over seven days \
                  at most, stays within 10 % of 600 s for 28 days; 0 without a shock and for a loss \
                  below 9.1 % of hash rate, the rest of the run if never",
        nature: Nature::Run,
        value: days_to_recovery,
    },
    Column {
        name: "hash_rate_oscillation",
        unit: "1",
        meaning: "standard deviation of log changes of hash rate from record to record, in the second \
                  half of the days after the shock",
        nature: Nature::Run,
        value: hash_rate_oscillation,
    },
    Column {
        name: "strategic_gain",
        unit: "1",
        meaning: "expected revenue per hash of strategic miners over that of all others, minus 1",
        nature: Nature::Run,
        value: |trajectory| trajectory.strategic.gain,
    },
    Column {
        name: "strategic_profit_gain",
        unit: "1",
        meaning: "expected revenue minus power cost per hash rate owned of strategic miners over that of \
                  all others, minus 1; days off earn nothing",
        nature: Nature::Run,
        value: |trajectory| trajectory.strategic.profit_gain,
    },
    Column {
        name: "strategic_outside_income",
        unit: "1",
        meaning: "what a hash rate must earn elsewhere on days off, net of power and over the others' \
                  revenue, for strategic miners to earn as much as the others",
        nature: Nature::Run,
        value: |trajectory| trajectory.strategic.outside_income,
    },
    Column {
        name: "strategic_hash_rate_ehs",
        unit: "EH/s",
        meaning: "hash rate of strategic miners, mean over all days, those off included",
        nature: Nature::Run,
        value: |trajectory| trajectory.strategic.hash_rate.ehs(),
    },
];

impl Trajectory {
    fn after_shock(&self) -> impl Iterator<Item = &Record> {
        let shock = self.shock_day.unwrap_or(0).max(1);
        self.records.iter().filter(move |record| record.day >= shock)
    }
}

/// Expected interval over schedule: difficulty at the end of the day, hash rate of the day.
fn expected(record: &Record) -> f64 {
    let interval = expected_interval(record.hash_rate, record.difficulty).0 / SCHEDULE_S;
    // Neither hash rate nor difficulty gives 0/0: nothing to wait for, nothing recorded.
    if interval.is_nan() { 1.0 } else { interval.min(LONGEST) }
}

fn interval_dispersion(trajectory: &Trajectory) -> f64 {
    root_mean_square(
        trajectory.after_shock().map(|record| record.block_interval.0 / SCHEDULE_S - 1.0),
    )
}

fn difficulty_error(trajectory: &Trajectory) -> f64 {
    root_mean_square(trajectory.after_shock().map(|record| expected(record) - 1.0))
}

fn days_to_recovery(trajectory: &Trajectory) -> f64 {
    let (Some(shock), Some(last)) = (trajectory.shock_day, trajectory.records.last()) else {
        return 0.0;
    };
    let before = trajectory.records.partition_point(|record| record.day < shock);
    let after = &trajectory.records[before..];
    let mut quiet_since = None;
    for (place, record) in after.iter().enumerate() {
        if (week_before(&after[..=place]) - 1.0).abs() > TOLERANCE {
            quiet_since = None;
        } else if record.day - *quiet_since.get_or_insert(record.day) >= QUIET_DAYS {
            break;
        }
    }
    let quiet = quiet_since.filter(|&since| last.day - since >= QUIET_DAYS);
    f64::from(quiet.unwrap_or(last.day).saturating_sub(shock))
}

/// Mean of the expected intervals of the last seven days.
fn week_before(records: &[Record]) -> f64 {
    let today = records.last().map_or(0, |record| record.day);
    let week = records.iter().rev().take_while(|record| record.day + AVERAGED_DAYS > today);
    let (sum, count) = week.fold((0.0, 0.0), |(sum, n), record| (sum + expected(record), n + 1.0));
    sum / f64::max(count, 1.0)
}

fn hash_rate_oscillation(trajectory: &Trajectory) -> f64 {
    let records: Vec<&Record> = trajectory.after_shock().collect();
    let settled = &records[records.len() / 2..];
    let changes: Vec<f64> = settled
        .windows(2)
        .filter(|pair| pair.iter().all(|record| record.hash_rate.0 > 0.0))
        .map(|pair| libm::log(pair[1].hash_rate.0 / pair[0].hash_rate.0))
        .collect();
    let mean = changes.iter().sum::<f64>() / changes.len().max(1) as f64;
    root_mean_square(changes.iter().map(|change| change - mean))
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value * value, n + 1.0));
    (sum / f64::max(count, 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{HashRate, Seconds};

    /// Daily records with these expected intervals, over 600 s, at difficulty 1.
    fn trajectory(intervals: &[f64], shock_day: Option<u32>) -> Trajectory {
        let balanced = 4_294_967_296.0 / SCHEDULE_S;
        let record = |(day, interval): (u32, &f64)| Record {
            day,
            difficulty: 1.0,
            hash_rate: HashRate(balanced / interval),
            block_interval: Seconds(SCHEDULE_S * interval),
            ..Record::default()
        };
        let records = (0..).zip(intervals).map(record).collect();
        Trajectory { records, shock_day, ..Trajectory::default() }
    }

    fn value(name: &str, trajectory: &Trajectory) -> f64 {
        let column = OUTCOMES.iter().find(|column| column.name == name);
        (column.expect("there is such an outcome").value)(trajectory)
    }

    #[test]
    fn recovery_is_counted_from_the_shock_to_the_end_of_the_last_bad_week() {
        let mut intervals = vec![1.0; 100];
        intervals[10..30].fill(2.0);
        // Day 29 is the last bad one; a week's mean holds it until day 35, at 1 + 1/7.
        assert_eq!(value("days_to_recovery", &trajectory(&intervals, Some(10))), 26.0);
        assert_eq!(value("days_to_recovery", &trajectory(&intervals, None)), 0.0);
    }

    #[test]
    fn a_calm_of_fewer_than_28_days_is_no_recovery() {
        let mut intervals = vec![1.0; 100];
        intervals[10..30].fill(2.0);
        intervals[60..62].fill(2.0);
        assert_eq!(value("days_to_recovery", &trajectory(&intervals, Some(10))), 58.0);
        assert_eq!(value("days_to_recovery", &trajectory(&intervals[..80], Some(10))), 69.0);
        let hopeless = [vec![1.0; 10], vec![1.2; 90]].concat();
        assert_eq!(value("days_to_recovery", &trajectory(&hopeless, Some(10))), 89.0);
    }

    #[test]
    fn dispersion_looks_only_at_days_after_the_shock() {
        let intervals = [9.0, 9.0, 9.0, 1.3, 0.7];
        for name in ["interval_dispersion", "difficulty_error"] {
            let dispersion = value(name, &trajectory(&intervals, Some(3)));
            assert!((dispersion - 0.3).abs() < 1e-12, "{name}: {dispersion}");
        }
    }

    #[test]
    fn a_steady_trend_is_no_oscillation_and_a_zigzag_is() {
        let trend: Vec<f64> = (0..80).map(|day| libm::exp(0.01 * f64::from(day))).collect();
        assert!(value("hash_rate_oscillation", &trajectory(&trend, None)) < 1e-12);
        let zigzag: Vec<f64> = (0..81).map(|day| if day % 2 == 0 { 1.0 } else { 1.1 }).collect();
        let oscillation = value("hash_rate_oscillation", &trajectory(&zigzag, None));
        assert!((oscillation / libm::log(1.1) - 1.0).abs() < 1e-3, "{oscillation}");
    }

    #[test]
    fn every_outcome_is_finite_whatever_the_records() {
        let dark = Record { hash_rate: HashRate::ZERO, difficulty: 1.0, ..Record::default() };
        let records = vec![Record::default(), Record { day: 1, ..dark }, Record { day: 2, ..dark }];
        for shock_day in [None, Some(0), Some(1), Some(900)] {
            for records in [records.clone(), Vec::new()] {
                let trajectory = Trajectory { records, shock_day, ..Trajectory::default() };
                for column in OUTCOMES {
                    assert!((column.value)(&trajectory).is_finite(), "{}", column.name);
                }
            }
        }
    }
}
