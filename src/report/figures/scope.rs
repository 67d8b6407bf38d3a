//! Which runs and days a figure shows, in words for its metadata.

use super::data::{Arm, Data};
use crate::report::numbers::grouped;

/// What a figure shows of the scenarios that a report compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All replicates of both scenarios on all recorded days.
    Course,
    /// All replicates of the treatment, or of the only scenario, on all recorded days.
    Treatment,
    /// All replicates of the treatment, or of the only scenario, on the first and the last recorded day.
    Ends,
    /// Replicates that both scenarios have, on all recorded days.
    Pairs,
    /// All replicates of both scenarios on the last recorded day.
    LastDay,
    /// All replicates of the treatment on the first and the last day on which regions are recorded.
    Regions,
    /// One replicate of the treatment at the end of its last day, which need not be a recorded one.
    Snapshot,
}

impl Scope {
    /// The scenarios shown.
    #[must_use]
    pub fn scenarios(self, data: &Data) -> String {
        match (self, &data.control) {
            (Self::Treatment | Self::Ends | Self::Regions | Self::Snapshot, _) | (_, None) => {
                data.treatment.name.clone()
            }
            (_, Some(control)) => format!("{} against {}", data.treatment.name, control.name),
        }
    }

    /// Scenarios, replicates and days in a sentence.
    #[must_use]
    pub fn words(self, data: &Data) -> String {
        let runs = |arm: &Arm| format!("{} ({} replicates)", arm.name, arm.replicates());
        let both: Vec<String> = data.arms().map(runs).collect();
        let both = both.join(" against ");
        let treatment = &data.treatment;
        let last = data.dates().last().map(|(day, date)| format!("day {day} ({date})"));
        let last = last.unwrap_or_default();
        match self {
            Self::Course => format!("Shown: {both}, {}.", period(data)),
            Self::Treatment => format!("Shown: {} alone, {}.", runs(treatment), period(data)),
            Self::Ends => {
                let first = data.dates().next().map(|(day, date)| format!("day {day} ({date})"));
                let first = first.unwrap_or_default();
                format!("Shown: {} alone, {first} and {last}.", runs(treatment))
            }
            Self::Pairs => {
                format!("Shown: {both}, replicates of the same number paired, {}.", period(data))
            }
            Self::LastDay => format!("Shown: {both}, {last} alone."),
            Self::Regions => {
                let days = data.regions.days.iter();
                let days = days.map(|(day, _)| format!("day {day} ({})", data.date(*day)));
                let days = days.collect::<Vec<_>>().join(" and ");
                format!("Shown: {} alone, regions on {days}.", runs(treatment))
            }
            Self::Snapshot => format!(
                "Shown: replicate {} of {} alone, one run of {}: {} miners at the end of its last \
                 day, hashprice of {last}.",
                data.miners.replicate,
                treatment.name,
                treatment.replicates(),
                grouped(&data.miners.activity.len().to_string(), ",")
            ),
        }
    }
}

/// The recorded days from the first to the last.
fn period(data: &Data) -> String {
    let count = data.dates().count();
    match data.dates().next().zip(data.dates().last()) {
        Some(((first, from), (last, to))) => {
            format!("{count} recorded days from day {first} ({from}) to day {last} ({to})")
        }
        None => "no recorded day".to_owned(),
    }
}
